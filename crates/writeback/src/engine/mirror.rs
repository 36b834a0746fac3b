//! Runs over the photos of a server that is followed, known from the mirror of it, whose files lie in a folder here.
//!
//! Nothing needs to be asked, so this works without the network. Under which names the server keeps its files the mirror
//! does not know: they are found by their length or name, and taken only by their content.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tintype_library::each::each;
use tintype_library::model::{AssetFilter, ExternalKind, ForeignPhoto, Upstream};
use tintype_library::write_back::{Facts, ForeignMemory, Withheld};
use tintype_protocol::causes::with_causes;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::{AssetStatus, Visibility};

use super::batch::{Batch, Went};
use super::subject::{InFolder, Place, Subject, sidecar_beside};
use super::{Engine, Listener, facts, in_folder};
use crate::contents::Contents;
use crate::fault::Fault;
use crate::order::{Order, Report, RunError};
use crate::remote::Remote;

/// Photos of a server that is followed, and where their files are looked for.
#[derive(Debug)]
pub struct Mirrored<'s> {
    /// The server, and who follows it.
    pub upstream: &'s Upstream,
    /// Where the files lie.
    pub contents: &'s Contents,
    /// Who is asked to read changed files again.
    pub remote: &'s Remote<'s>,
    /// Only those with this in their name.
    pub query: Option<&'s str>,
}

/// A photo, as the mirror has it and as the server calls it.
struct Photo {
    /// On the server: what is remembered of files goes by that, whichever way the server is known.
    id: AssetId,
    facts: Facts,
}

/// Whose file each one is: no file belongs to two photos.
type Claimed = Mutex<HashMap<PathBuf, AssetId>>;

impl Engine<'_> {
    /// Writes for the photos of a followed server what is ordered, and asks the server to read changed files again, if it can be
    /// reached.
    pub fn run_mirrored(
        &self,
        order: &Order,
        source: &Mirrored<'_>,
        tell: &mut Listener<'_>,
    ) -> Result<Report, RunError> {
        let began = Instant::now();
        let filter = AssetFilter {
            owners: vec![source.upstream.user_id],
            statuses: vec![AssetStatus::Active],
            visibilities: vec![Visibility::Timeline, Visibility::Archive, Visibility::Locked],
            name_contains: source.query.map(str::to_owned),
            ..AssetFilter::default()
        };
        let run = match order.is_dry {
            true => None,
            false => Some(self.begin(order, &order.wish(Some(&source.upstream.address)))?),
        };
        let mut report = Report { run, ..Report::default() };
        let (claimed, mut changed, mut has_new_sidecars) = (Claimed::default(), Vec::new(), false);
        let outcome = self.page_by_page(filter, &mut report, tell, &mut |ids, report, tell| {
            let mut went = self.write_mirrored(ids, order, (run, report), (source, &claimed), tell)?;
            changed.append(&mut went.changed);
            has_new_sidecars |= went.has_new_sidecars;
            Ok(went)
        });
        // Also where the run failed: nobody looks again at what was changed before.
        report.notices = notices(source, &changed, has_new_sidecars);
        outcome?;
        self.close(order, &report)?;
        report.seconds = began.elapsed().as_secs_f64();
        Ok(report)
    }

    fn write_mirrored(
        &self,
        ids: &[AssetId],
        order: &Order,
        (run, report): (Option<i64>, &mut Report),
        (source, claimed): (&Mirrored<'_>, &Claimed),
        tell: &mut Listener<'_>,
    ) -> Result<Went, RunError> {
        let photos = self.mirrored(ids, source.upstream)?;
        let left = self.left(run.filter(|_| order.resumes), photos.iter().map(|photo| photo.id))?;
        let photos: Vec<Photo> = photos.into_iter().filter(|photo| left.contains(&photo.id)).collect();
        let server = &source.upstream.address;
        let memories = self.library.foreign_memories(server, &left)?;
        let pairs: Vec<(Photo, ForeignMemory)> = photos.into_iter().zip(memories).collect();
        let places = each(&pairs, self.threads, |(photo, memory)| self.find(photo, memory, source.contents, claimed));
        let subject = |((photo, memory), place): ((Photo, ForeignMemory), Result<Place, Fault>)| Subject {
            id: photo.id,
            name: photo.facts.asset.original_name.clone(),
            known: facts::known(&photo.facts),
            written: memory.written,
            place: place.unwrap_or_else(|fault| Place::Withheld(fault.reason(), with_causes(&fault))),
        };
        let subjects: Vec<Subject> = pairs.into_iter().zip(places).map(subject).collect();
        Batch { engine: self, run, order, server: Some(server) }.write(&subjects, report, tell)
    }

    /// Those of these assets that are the server's and whose originals are there only.
    fn mirrored(&self, ids: &[AssetId], upstream: &Upstream) -> Result<Vec<Photo>, RunError> {
        let mut photos = Vec::new();
        let may_be = |facts: &Facts| matches!(facts.withheld, Some(Withheld::Elsewhere | Withheld::External));
        for facts in self.library.facts(ids)?.into_iter().filter(may_be) {
            let local = facts.asset.id;
            let id = self.library.read(|tx| match tx.is_remote(local)? {
                true => Ok(tx.external_id(upstream.server_id, ExternalKind::Asset, local.0)?),
                false => Ok(None),
            })?;
            photos.extend(id.map(|id| Photo { id: AssetId(id), facts }));
        }
        Ok(photos)
    }

    /// Where a photo's file lies, once it is proven to be the one that the server has.
    fn find(
        &self,
        photo: &Photo,
        memory: &ForeignMemory,
        contents: &Contents,
        claimed: &Claimed,
    ) -> Result<Place, Fault> {
        let asset = &photo.facts.asset;
        let withheld = |reason, text: &str| Ok(Place::Withheld(reason, text.to_owned()));
        if asset.library_id.is_some() {
            return withheld("external", "its server only reads its file, and knows no checksum of it: use --server");
        }
        let is_here =
            |known: &&ForeignPhoto| contents.holds(&known.path) && known.looks_the_same(Path::new(&known.path));
        let found = match memory.photo.as_ref().filter(is_here) {
            // What was proven once holds while the file looks the same, and the server has the same content.
            Some(known) if self.library.stands_for(&asset.checksum, &known.sha1)? => Some(known.clone()),
            _ => {
                let mut found = self.with_content(photo, contents)?.into_iter();
                let first = found.next();
                if let (Some(first), Some(second)) = (&first, found.next()) {
                    // Which of them the server means is anybody's guess.
                    return withheld("ambiguous", &format!("{} and {} both have its content", first.path, second.path));
                }
                first
            }
        };
        let Some(found) = found else {
            return withheld("missing", "no file in the folder has its content");
        };
        let path = PathBuf::from(&found.path);
        let mut claimed = claimed.lock().unwrap_or_else(PoisonError::into_inner);
        if *claimed.entry(path.clone()).or_insert(photo.id) != photo.id {
            return withheld("ambiguous", "another photo has the file with its content");
        }
        Ok(Place::Folder(Box::new(InFolder { sidecar: sidecar_beside(&path), photo: found })))
    }

    /// Files whose content is the photo's, or was made of it: none, one, or two of them.
    fn with_content(&self, photo: &Photo, contents: &Contents) -> Result<Vec<ForeignPhoto>, Fault> {
        let mut found = Vec::new();
        let asset = &photo.facts.asset;
        let length = u64::try_from(asset.size_bytes).unwrap_or_default();
        for path in contents.candidates(&asset.original_name, length) {
            let Some(text) = path.to_str() else { continue };
            let content = in_folder::content(path)?;
            if self.library.stands_for(&asset.checksum, &content.sha1)? {
                let (size_bytes, modified_ns) = content.stamp;
                let (path, original, sha1) = (text.to_owned(), asset.checksum, content.sha1);
                found.push(ForeignPhoto { asset: photo.id, path, original, sha1, size_bytes, modified_ns });
                if found.len() == 2 {
                    break;
                }
            }
        }
        Ok(found)
    }
}

/// Asks the server to read again what was changed, and says what came of that.
fn notices(source: &Mirrored<'_>, changed: &[AssetId], has_new_sidecars: bool) -> Vec<String> {
    if changed.is_empty() {
        return Vec::new();
    }
    match source.remote.refresh(changed, &[], has_new_sidecars) {
        Ok(refreshed) => super::remote::notices(refreshed.asked, &refreshed.left.into_iter().collect()),
        Err(error) => vec![format!(
            "The server could not be asked to read the files again ({}): to see there what was written, have its admin run \
             Sidecar Metadata: Discover and Extract Metadata: All under Administration > Jobs.",
            with_causes(&error)
        )],
    }
}
