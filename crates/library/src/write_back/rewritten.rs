//! Files into which metadata was written take the places of the originals, many at a time: the disk is waited for together,
//! which costs little more than waiting for one.
//!
//! The new bytes are on disk before anything else happens. They get a name beside the old file, one transaction exchanges the
//! two and tells the ledger, and only then the old file goes and the new one gets its name. A crash leaves an asset with the
//! one or the other, whole, and at most a file that the next start clears away.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;

use super::{WRITE_BACK, may_be_rewritten};
use crate::blobs::{BlobError, Placing, Received};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, StoredForm};
use crate::store::{Durability, StoreError};

/// An asset's file with other metadata, on disk.
#[derive(Debug)]
pub struct Rewrite {
    /// Whose it is.
    pub asset: AssetId,
    /// The content that it was made of.
    pub from: Sha1,
    /// Proven by the caller to differ in nothing but metadata, and of the age that it is to have.
    pub file: Received,
}

/// What became of a file: the key under which it lies; none where the asset was not what it had been made of.
type Kept = Result<Option<String>, LibraryError>;

/// A file on its way.
struct Move {
    /// Which of those that came it is.
    of: usize,
    asset: Asset,
    form: StoredForm,
    /// Its first place.
    key: String,
}

impl Library {
    /// Gives files the places of the originals that they were made of. The results are in their order.
    pub fn keep_rewritten(&self, rewrites: Vec<Rewrite>) -> Vec<Kept> {
        let mut results: Vec<Kept> = rewrites.iter().map(|_| Ok(None)).collect();
        let moves = match self.begin_moves(rewrites, &mut results) {
            Ok(moves) => moves,
            Err(error) => return results.iter().map(|_| Err(alike(&error))).collect(),
        };
        let exchanged = self.exchange_together(moves, &mut results);
        if exchanged.is_empty() {
            return results;
        }
        self.clear_orphans();
        match self.names_as_before(&exchanged) {
            Ok(named) => {
                for (one, is_named) in exchanged.into_iter().zip(named) {
                    results[one.of] = Ok(Some(if is_named { one.asset.original_path } else { one.key }));
                }
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "written files keep their names with a number");
                exchanged.into_iter().for_each(|one| results[one.of] = Ok(Some(one.key)));
            }
        }
        results
    }

    /// Puts the files beside the old ones, durably; their keys stay reserved.
    fn begin_moves(&self, rewrites: Vec<Rewrite>, results: &mut [Kept]) -> Result<Vec<Move>, LibraryError> {
        let known = self.read(|tx| {
            let one = |rewrite: &Rewrite| Ok((tx.asset(rewrite.asset)?, tx.stored_form(rewrite.asset)?));
            rewrites.iter().map(one).collect::<Result<Vec<_>, LibraryError>>()
        })?;
        let (mut moves, mut files) = (Vec::new(), Vec::new());
        for (of, (rewrite, (asset, form))) in rewrites.into_iter().zip(known).enumerate() {
            let Some(asset) = asset else { continue };
            if form.as_ref().map_or(asset.checksum, |form| form.sha1) != rewrite.from {
                continue;
            }
            let form = StoredForm {
                sha1: rewrite.file.sha1,
                size_bytes: i64::try_from(rewrite.file.size_bytes).unwrap_or(i64::MAX),
                media_type: form.map_or_else(|| asset.media_type.clone(), |form| form.media_type),
                recipe: WRITE_BACK.to_owned(),
                is_exact: false,
                stored_at: self.now(),
            };
            moves.push(Move { of, asset, form, key: String::new() });
            files.push(rewrite.file);
        }
        let keys = self.reserve_beside(moves.iter().map(|one| one.asset.original_path.clone()).collect())?;
        let place = |(file, key)| Placing { received: file, key, replaces: false };
        let mut places: Vec<Placing> = files.into_iter().zip(keys).map(place).collect();
        let placed = self.blobs.place_together(&mut places);
        let mut laid = Vec::with_capacity(moves.len());
        for ((mut one, place), placed) in moves.into_iter().zip(&mut places).zip(placed) {
            let key = match placed {
                Ok(()) => Ok(place.key.clone()),
                // It lies there, and may not after a power cut: nothing is to know it.
                Err(error) if place.received.has_moved() => {
                    self.take_back(vec![place.key.clone()]);
                    Err(error.into())
                }
                Err(error) => self.release(place.key.clone()).and_then(|()| match error {
                    // A file that is not ours lies there: another name is looked for.
                    BlobError::Occupied { .. } => {
                        self.file_beside(&mut place.received, &one.asset.original_path, extension(&one.asset))
                    }
                    other => Err(other.into()),
                }),
            };
            match key {
                Ok(key) => {
                    one.key = key;
                    laid.push(one);
                }
                Err(error) => results[one.of] = Err(error),
            }
        }
        Ok(laid)
    }

    /// Exchanges the old files for the new ones, in one transaction; those that were.
    fn exchange_together(&self, moves: Vec<Move>, results: &mut [Kept]) -> Vec<Move> {
        let all: Vec<(Asset, String, StoredForm)> =
            moves.iter().map(|one| (one.asset.clone(), one.key.clone(), one.form.clone())).collect();
        let outcome = self.write(Durability::Full, move |tx| {
            let exchange = |(asset, key, form): &(Asset, String, StoredForm)| {
                let bytes = form.size_bytes;
                super::super::optimising::exchange(tx, asset, key, Some(form), bytes, may_be_rewritten)
            };
            all.iter().map(exchange).collect::<Result<Vec<bool>, LibraryError>>()
        });
        let flags = match outcome {
            Ok(flags) => flags,
            Err(error) => {
                moves.iter().for_each(|one| results[one.of] = Err(alike(&error)));
                vec![false; moves.len()]
            }
        };
        let (kept, refused): (Vec<_>, Vec<_>) = moves.into_iter().zip(flags).partition(|(_, is_kept)| *is_kept);
        self.take_back(refused.into_iter().map(|(one, _)| one.key).collect());
        kept.into_iter().map(|(one, _)| one).collect()
    }

    /// Gives files the names of those whose places they took, which are free now: people and other programs know them by these,
    /// and so do their sidecars. Each file has both names until its row says the right one. Which of them it did that for.
    fn names_as_before(&self, moves: &[Move]) -> Result<Vec<bool>, LibraryError> {
        let old: Vec<String> = moves.iter().map(|one| one.asset.original_path.clone()).collect();
        let mut is_ours = self.write(Durability::Full, move |tx| {
            let reserve = |key: &String| match tx.reserve_key(key) {
                Ok(()) => Ok(true),
                // Somebody was faster, or the old file could not be cleared away.
                Err(StoreError::Conflict(_)) => Ok(false),
                Err(error) => Err(error.into()),
            };
            old.iter().map(reserve).collect::<Result<Vec<bool>, LibraryError>>()
        })?;
        let which: Vec<usize> = (0..moves.len()).filter(|index| is_ours[*index]).collect();
        let names = |index: &usize| (moves[*index].key.as_str(), moves[*index].asset.original_path.as_str());
        let linked = self.blobs.link_together(&which.iter().map(names).collect::<Vec<_>>());
        for (index, linked) in which.into_iter().zip(linked) {
            if let Err(error) = linked {
                is_ours[index] = false;
                // Done at the next start where it fails; the others have their names.
                if let Err(error) = self.release(moves[index].asset.original_path.clone()) {
                    tracing::warn!(
                        key = moves[index].key,
                        error = &error as &dyn std::error::Error,
                        "a name stays reserved"
                    );
                }
                if !matches!(error, BlobError::Occupied { .. }) {
                    tracing::warn!(key = moves[index].key, %error, "a written file keeps the name with a number");
                }
            }
        }
        let names: Vec<Option<(AssetId, String, String)>> = moves
            .iter()
            .zip(&is_ours)
            .map(|(one, is_ours)| is_ours.then(|| (one.asset.id, one.key.clone(), one.asset.original_path.clone())))
            .collect();
        let renamed = self.write(Durability::Full, move |tx| {
            let mut renamed = Vec::with_capacity(names.len());
            for name in names {
                let Some((id, from, to)) = name else {
                    renamed.push(false);
                    continue;
                };
                let is_there = tx.asset(id)?.is_some_and(|now| now.original_path == from);
                if is_there {
                    let form = tx.stored_form(id)?;
                    tx.set_stored_form(id, &to, form.as_ref())?;
                    tx.release_key(&to)?;
                    tx.orphan_key(&from)?;
                }
                renamed.push(is_there);
            }
            Ok(renamed)
        });
        let is_not = |index: &usize| is_ours[*index] && !renamed.as_ref().is_ok_and(|renamed| renamed[*index]);
        let vain = (0..moves.len()).filter(is_not).map(|index| moves[index].asset.original_path.clone());
        self.take_back(vain.collect());
        self.clear_orphans();
        renamed
    }
}

fn extension(asset: &Asset) -> &str {
    asset.original_path.rsplit_once('.').map_or("jpg", |(_, extension)| extension)
}

/// The same error for another file: a full disk stays one, of others the words stay.
fn alike(error: &LibraryError) -> LibraryError {
    match error {
        LibraryError::Store(StoreError::Full) => StoreError::Full.into(),
        LibraryError::Blob(BlobError::Full { path }) => BlobError::Full { path: path.clone() }.into(),
        other => StoreError::Engine(other.to_string().into()).into(),
    }
}
