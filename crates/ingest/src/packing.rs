//! What was delivered to this library is made smaller there, once its pictures are made of the original.
//!
//! That order costs nothing: the original is safe in the library, is looked at at once, and its pictures are not made of
//! something that has to be unpacked first. The zone has let go of it by then.

use std::sync::Arc;
use std::time::Duration;

use tintype_library::model::{IngestDerivation, IngestFile};
use tintype_library::optimising::{LeftAlone, Optimised};
use tintype_library::store::Durability;
use tintype_library::{Disposition, LibraryError};
use tintype_media::recipes::{Engine, Profile};
use tintype_protocol::id::AssetId;
use tintype_protocol::time::Timestamp;

use crate::pipeline::{MAX_ATTEMPTS, Pipeline, milliseconds};
use crate::zone::Zone;

/// How long an asset waits that has no pictures yet.
const PICTURES_WAIT: Duration = Duration::from_secs(3);
/// How long one waits that could not be made smaller for now.
const FAULT_WAIT: Duration = Duration::from_secs(300);
/// Rows looked at to find one that nobody works on.
const LOOK_AHEAD: u32 = 16;

/// By what the assets of a zone are made smaller.
#[derive(Clone)]
pub struct Packing {
    /// The recipe's name.
    pub recipe: String,
    /// Its steps.
    pub profile: Profile,
    /// What runs them.
    pub engine: Arc<Engine>,
}

impl Pipeline {
    /// Makes an asset smaller; whether there was any to be looked at.
    pub fn pack(&self) -> Result<bool, LibraryError> {
        for zone in self.zones() {
            let Some(packing) = &zone.packing else { continue };
            for file in self.journal.library.ingest_files_to_pack(&zone.name, LOOK_AHEAD)? {
                // Several files may have become one asset.
                let asset = file.asset.unwrap_or_default();
                let Some(_busy) = self.busy_with(&zone.name, &[b"pack ", &asset.as_bytes()[..]].concat()) else {
                    continue;
                };
                // Somebody may have been quicker between the two.
                let current = self.journal.library.ingest_file(file.id)?;
                let Some(file) = current.filter(|file| file.packs_with.is_some()) else { continue };
                self.pack_one(zone, packing, file)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn pack_one(&self, zone: &Zone, packing: &Packing, mut file: IngestFile) -> Result<(), LibraryError> {
        let Some(asset) = file.asset.map(AssetId) else { return self.packed(file) };
        let recipe = (packing.recipe.as_str(), &packing.profile);
        let wait = match self.journal.library.optimise(asset, recipe, &packing.engine, &self.stop) {
            Ok(Optimised::Stored { after, form, .. }) => {
                file.derivation = Some(IngestDerivation {
                    sha1: form.sha1,
                    size_bytes: after,
                    file: String::new(),
                    name: String::new(),
                    media_type: form.media_type,
                    recipe: form.recipe,
                    is_lossless: form.is_exact,
                });
                return self.packed(file);
            }
            Ok(Optimised::LeftAlone(LeftAlone::Waits)) => PICTURES_WAIT,
            Ok(Optimised::Kept { .. } | Optimised::LeftAlone(_)) => return self.packed(file),
            Err(_) if self.is_stopping() => return Ok(()),
            Err(error) => {
                tracing::warn!(
                    zone = zone.name,
                    %asset,
                    error = &error as &dyn std::error::Error,
                    "an asset was not made smaller"
                );
                file.attempts += 1;
                if error.disposition() == Disposition::Permanent || file.attempts >= MAX_ATTEMPTS {
                    return self.packed(file);
                }
                FAULT_WAIT
            }
        };
        file.due_at = Timestamp(self.journal.now().0 + milliseconds(wait));
        self.journal.keep(&file, Durability::Relaxed)
    }

    /// Nothing is left to be done.
    fn packed(&self, mut file: IngestFile) -> Result<(), LibraryError> {
        file.packs_with = None;
        self.journal.keep(&file, Durability::Relaxed)
    }
}
