//! Runs over the photos of another server, whose files lie in a folder here.
//!
//! The server is asked page by page; each photo's file is found and proven to be the one that the server means before
//! anything else is looked at.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tintype_client::{AssetDetails, FoundAsset};
use tintype_library::each::each;
use tintype_library::model::ForeignPhoto;
use tintype_library::write_back::ForeignMemory;
use tintype_protocol::causes::with_causes;
use tintype_protocol::id::{AssetId, LibraryId};

use super::batch::{Batch, Went};
use super::subject::{InFolder, Place, Subject, sidecar_beside};
use super::{BATCH, Engine, Listener, in_folder, remote_facts};
use crate::fault::Fault;
use crate::folder::{Candidates, PhotoFolder};
use crate::known::Known;
use crate::modules::Module;
use crate::order::{Happened, Order, Report, RunError};
use crate::remote::Remote;

/// Photos of another server, and where their files are looked for.
#[derive(Debug)]
pub struct Source<'s> {
    /// Who knows about them.
    pub remote: &'s Remote<'s>,
    /// Where they lie.
    pub folder: &'s PhotoFolder,
    /// Only those with this in their name.
    pub query: Option<&'s str>,
}

/// What is collected on the way.
struct State<'s> {
    source: &'s Source<'s>,
    albums: HashMap<AssetId, Vec<String>>,
    /// Whose file each one is: no file belongs to two photos.
    claimed: Mutex<HashMap<PathBuf, AssetId>>,
    /// What the server would not do, as its admin would have to.
    left: BTreeSet<&'static str>,
    /// Photos that the server was to read again.
    refreshed: u64,
}

impl Engine<'_> {
    /// Writes for the photos of another server what is ordered, and asks the server to read changed files again.
    ///
    /// # Errors
    /// `Server` where it cannot be asked any more; what was written until then is noted, and the run can go on.
    pub fn run_remote(&self, order: &Order, source: &Source<'_>, tell: &mut Listener<'_>) -> Result<Report, RunError> {
        let began = Instant::now();
        let (mut walk, total) = source.remote.walk()?;
        let albums = if order.choice.has(Module::Albums) { source.remote.albums(&walk)? } else { HashMap::new() };
        let server = source.remote.name();
        let run = if order.is_dry { None } else { Some(self.begin(order, &order.wish(Some(server)))?) };
        let mut report = Report { run, ..Report::default() };
        let mut state = State { source, albums, claimed: Mutex::default(), left: BTreeSet::new(), refreshed: 0 };
        let mut goes_on = tell(Happened::Began { run, total });
        let mut done = 0;
        while goes_on && let Some(mut page) = source.remote.page(&mut walk)? {
            let seen = page.len() as u64;
            if let Some(query) = source.query {
                let query = query.to_lowercase();
                page.retain(|asset| asset.original_file_name.to_lowercase().contains(&query));
            }
            goes_on = self.write_page(&page, order, (run, &mut report), &mut state, tell)?;
            done += seen;
            goes_on &= tell(Happened::Progress { done });
        }
        report.is_interrupted = !goes_on;
        report.notices = notices(state.refreshed, &state.left);
        self.close(order, &report)?;
        report.seconds = began.elapsed().as_secs_f64();
        Ok(report)
    }

    /// Writes for a page of photos; whether to go on. What was changed is told to the server even if the next photo fails.
    fn write_page(
        &self,
        page: &[FoundAsset],
        order: &Order,
        (run, report): (Option<i64>, &mut Report),
        state: &mut State<'_>,
        tell: &mut Listener<'_>,
    ) -> Result<bool, RunError> {
        let (mut changed, mut has_new_sidecars, mut outcome) = (Vec::new(), false, Ok(true));
        for assets in page.chunks(BATCH as usize) {
            match self.write_some(assets, order, (run, &mut *report), state, tell) {
                Ok(went) => {
                    changed.extend(went.changed);
                    has_new_sidecars |= went.has_new_sidecars;
                    if !went.goes_on {
                        outcome = Ok(false);
                        break;
                    }
                }
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        if !changed.is_empty() {
            let of = |id: &AssetId| page.iter().find(|asset| asset.id == *id).and_then(|asset| asset.library_id);
            let libraries: BTreeSet<LibraryId> = changed.iter().filter_map(of).collect();
            let libraries: Vec<LibraryId> = libraries.into_iter().collect();
            let refreshed = state.source.remote.refresh(&changed, &libraries, has_new_sidecars);
            // What stopped the run matters more.
            match refreshed {
                Ok(refreshed) => {
                    state.refreshed += refreshed.asked;
                    state.left.extend(refreshed.left);
                }
                Err(error) if outcome.is_ok() => outcome = Err(error.into()),
                Err(_) => {}
            }
        }
        outcome
    }

    fn write_some(
        &self,
        assets: &[FoundAsset],
        order: &Order,
        (run, report): (Option<i64>, &mut Report),
        state: &State<'_>,
        tell: &mut Listener<'_>,
    ) -> Result<Went, RunError> {
        let remote = state.source.remote;
        let left = self.left(run.filter(|_| order.resumes), assets.iter().map(|asset| asset.id))?;
        let assets: Vec<&FoundAsset> = assets.iter().filter(|asset| left.contains(&asset.id)).collect();
        let memories = self.library.foreign_memories(remote.name(), &left)?;
        let pairs: Vec<(&FoundAsset, ForeignMemory)> = assets.into_iter().zip(memories).collect();
        let places = each(&pairs, self.threads, |(asset, memory)| self.locate(asset, memory, state));
        let needs_details =
            [Module::People, Module::Faces, Module::Tags].iter().any(|module| order.choice.has(*module));
        let mut subjects = Vec::with_capacity(pairs.len());
        for ((asset, memory), place) in pairs.into_iter().zip(places) {
            let place = place.unwrap_or_else(|fault| Place::Withheld(fault.reason(), with_causes(&fault)));
            let mut details = Some(AssetDetails::default());
            // Of what is not written nothing needs to be known.
            if needs_details && matches!(place, Place::Folder(_)) {
                details = remote.details(asset.id, order.choice.has(Module::Faces))?;
            }
            let albums = state.albums.get(&asset.id).cloned().unwrap_or_default();
            subjects.push(match details {
                Some(details) => {
                    let zone = remote.zone.as_ref();
                    let known = remote_facts::known(asset, &details, albums, zone);
                    let (id, name) = (asset.id, asset.original_file_name.clone());
                    Subject { id, name, known, written: memory.written, place }
                }
                None => gone(asset),
            });
        }
        let batch = Batch { engine: self, run, order, server: Some(remote.name()) };
        batch.write(&subjects, report, tell)
    }

    /// Where a photo's file lies, once it is proven to be the one that the server means.
    fn locate(&self, asset: &FoundAsset, memory: &ForeignMemory, state: &State<'_>) -> Result<Place, Fault> {
        let withheld = |reason, text: &str| Ok(Place::Withheld(reason, text.to_owned()));
        let Some(there) = &asset.original_path else {
            return withheld("missing", "the server does not say where its file lies");
        };
        let (candidates, is_exact) = match state.source.folder.candidates(there) {
            Candidates::Exactly(path) => (vec![path], true),
            Candidates::OneOf(paths) => (paths, false),
            Candidates::None => return withheld("missing", &format!("no file here fits {there}")),
            Candidates::TooMany => return withheld("ambiguous", &format!("too many files here fit {there}")),
        };
        let mut fitting = Vec::new();
        for path in &candidates {
            match self.proven(asset, memory, path) {
                Ok(Some(found)) => fitting.push(found),
                Ok(None) => {}
                Err(Fault::Io { source, .. }) if is_exact && source.kind() == std::io::ErrorKind::NotFound => {
                    return withheld("missing", &format!("there is no {}", path.display()));
                }
                Err(fault) => return Err(fault),
            }
        }
        let found = match fitting.len() {
            0 => {
                return withheld("other-content", &format!("the file that fits {there} is not the one the server has"));
            }
            1 => fitting.remove(0),
            _ => return withheld("ambiguous", &format!("{} files here fit {there}", fitting.len())),
        };
        let mut claimed = state.claimed.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = *claimed.entry(PathBuf::from(&found.photo.path)).or_insert(asset.id);
        if owner != asset.id {
            return withheld("ambiguous", &format!("another photo has the file that fits {there}"));
        }
        Ok(Place::Folder(Box::new(found)))
    }

    /// The file at a path, if it has the content that the server means: by its checksum, or, for files in folders that the
    /// server only reads, by its length. What was proven once holds while the file looks the same.
    fn proven(&self, asset: &FoundAsset, memory: &ForeignMemory, path: &Path) -> Result<Option<InFolder>, Fault> {
        let reading = |error| Fault::io("reading", path, error);
        let about = std::fs::symlink_metadata(path).map_err(reading)?;
        let text = path.to_str().filter(|_| about.is_file());
        let Some(text) = text else { return Ok(None) };
        // Servers know files that they only read by their path, not by what is in them.
        let checksum = asset.library_id.is_none().then_some(asset.checksum);
        let remembered = memory.photo.as_ref().filter(|photo| photo.path == text && photo.looks_the_same(path));
        let (photo, is_remembered) = match remembered {
            Some(photo) => (photo.clone(), true),
            None => {
                let found = in_folder::content(path)?;
                let (size_bytes, modified_ns) = found.stamp;
                let path = text.to_owned();
                let original = checksum.unwrap_or(found.sha1);
                (ForeignPhoto { asset: asset.id, path, original, sha1: found.sha1, size_bytes, modified_ns }, false)
            }
        };
        let is_it = match checksum {
            Some(checksum) => self.library.stands_for(&checksum, &photo.sha1)?,
            None => {
                let size = asset.exif_info.as_ref().and_then(|exif| exif.file_size_in_byte);
                let was_ours = memory.photo.as_ref().is_some_and(|known| known.sha1 == photo.sha1);
                is_remembered || was_ours || size.is_none_or(|size| u64::try_from(size) == Ok(photo.size_bytes))
            }
        };
        let mut photo = photo;
        if let Some(known) = memory.photo.as_ref().filter(|known| checksum.is_none() && known.sha1 == photo.sha1) {
            photo.original = known.original;
        }
        Ok(is_it.then(|| InFolder { sidecar: sidecar_beside(path), photo }))
    }

    /// Photos of a server whose files an earlier run wrote, by what is remembered of them.
    pub(super) fn remembered_subjects(&self, server: &str, ids: &[AssetId]) -> Result<Vec<Subject>, RunError> {
        let memories = self.library.foreign_memories(server, ids)?;
        Ok(ids.iter().zip(memories).map(|(id, memory)| remembered_subject(*id, memory)).collect())
    }
}

fn remembered_subject(id: AssetId, memory: ForeignMemory) -> Subject {
    let ForeignMemory { photo, written } = memory;
    let (name, place) = match photo {
        None => (id.to_string(), Place::Withheld("missing", "where it lay is not known any more".to_owned())),
        Some(photo) => {
            let path = PathBuf::from(&photo.path);
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let place = if path.is_file() {
                Place::Folder(Box::new(InFolder { photo, sidecar: sidecar_beside(&path) }))
            } else {
                Place::Withheld("missing", format!("there is no {}", path.display()))
            };
            (name, place)
        }
    };
    Subject { id, name, known: Known::default(), written, place }
}

fn gone(asset: &FoundAsset) -> Subject {
    Subject {
        id: asset.id,
        name: asset.original_file_name.clone(),
        known: Known::default(),
        written: Vec::new(),
        place: Place::Withheld("gone", "the server does not have it any more".to_owned()),
    }
}

/// What people are to know or do.
pub(super) fn notices(refreshed: u64, left: &BTreeSet<&'static str>) -> Vec<String> {
    let mut notices = Vec::new();
    if refreshed > 0 {
        notices.push(format!("The server was asked to read the files of {refreshed} photos and videos again."));
    }
    if !left.is_empty() {
        let left: Vec<&str> = left.iter().copied().collect();
        notices.push(format!(
            "It did not take all that it was asked for. To see there what was written, have its admin run, under \
             Administration > Jobs: {}.",
            left.join("; ")
        ));
    }
    notices
}
