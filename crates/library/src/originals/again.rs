//! An original whose file is missing or damaged comes once more, from a server that has it.

use tintype_protocol::id::AssetId;

use super::partial_name;
use crate::error::LibraryError;
use crate::fetching::{Verified, sources};
use crate::library::Library;
use crate::model::{Asset, JobKind, StoredForm};
use crate::store::{Durability, NewJob, Write};

impl Library {
    /// Fetches the original of an asset again that should lie here. Only once it is whole and has the right SHA-1, it takes the
    /// place of the file that is missing or damaged; that one stays where it lies, and is no asset's any more. Whether it came:
    /// not where no server that is followed has the asset, nor for what is not kept here.
    pub fn fetch_again(&self, id: AssetId) -> Result<bool, LibraryError> {
        let found = self.read(|tx| {
            let asset = tx.asset(id)?.filter(|asset| !asset.is_in_place());
            match asset {
                Some(asset) if !tx.is_remote(id)? && !sources(tx, &asset)?.is_empty() => Ok(Some(asset)),
                _ => Ok(None),
            }
        })?;
        let Some(asset) = found else { return Ok(false) };
        self.check_space(u64::try_from(asset.size_bytes).unwrap_or(0))?;
        // Two at the same time would write to the same file.
        let _turn = self.claim_partial(&partial_name(&asset))?;
        let (verified, _) = self.receive_original(&asset, false)?;
        self.settle_again(&asset, verified)
    }

    fn settle_again(&self, asset: &Asset, verified: Verified) -> Result<bool, LibraryError> {
        let Verified { mut received, form } = verified;
        let size = i64::try_from(received.size_bytes).unwrap_or(i64::MAX);
        let key = self.file_under(&mut received, asset.owner_id, &asset.original_name, asset.local_date_time)?;
        let (asset, kept) = (asset.clone(), key.clone());
        let settled = self.write(Durability::Full, move |tx| exchange(tx, &asset, &key, (size, form.as_ref())));
        match settled {
            Ok(true) => self.signal.ring(),
            _ => self.take_back(vec![kept]),
        }
        settled
    }
}

/// Another file is the original of an asset, unless it was deleted, replaced or mended by somebody else meanwhile.
fn exchange(
    tx: &mut dyn Write,
    asset: &Asset,
    key: &str,
    (size, form): (i64, Option<&StoredForm>),
) -> Result<bool, LibraryError> {
    let is_same = |now: &Asset| now.checksum == asset.checksum && now.original_path == asset.original_path;
    let Some(now) = tx.asset(asset.id)?.filter(is_same) else { return Ok(false) };
    let before = tx.stored_form(now.id)?;
    let old_size = before.as_ref().map_or(now.size_bytes, |form| form.size_bytes);
    tx.bring_home(now.id, key, size)?;
    tx.release_key(key)?;
    if form.is_some() || before.is_some() {
        tx.set_stored_form(now.id, key, form)?;
    }
    tx.add_usage(now.owner_id, size.saturating_sub(old_size))?;
    if !now.is_rendered {
        // What could not be read could not be shown either.
        tx.enqueue(NewJob { kind: JobKind::Thumbnail, asset_id: now.id, not_before: None })?;
    }
    Ok(true)
}
