//! Looking at both sides, and making plans of what was seen.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tintype_library::Library;
use tintype_library::folders::{FolderFileChange, Holdings};
use tintype_library::model::{Folder, FolderFailure, FolderFile, FolderPolicy, InPlace};
use tintype_protocol::causes::with_causes;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, LibraryId, UserId};
use tintype_protocol::model::AssetStatus;
use tintype_protocol::time::Timestamp;

use crate::diff::{Material, OtherFolder, diff, diff_in_place};
use crate::error::ReconcileError;
use crate::folders::check_index;
use crate::identity::Identity;
use crate::in_place::{self, InPlaceGround};
use crate::mounts::covered;
use crate::observe::observe;
use crate::places::{read_mark, root_of};
use crate::plan::{FolderPlan, Ground, plan, with_rails};
use crate::rails;
use crate::settings::FolderSettings;
use looking::{LookedThrough, without};

mod edited;
mod looking;

/// Rows that are written down together, where each may have changed.
const OBSERVED_BATCH: usize = 5_000;

/// What happens meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many files have to be read.
    ToRead {
        /// How many.
        files: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// So many are.
    Read {
        /// How many.
        files: u64,
    },
}

/// Told of what happens; whether to go on.
pub type Listener<'l> = dyn FnMut(Progress) -> bool + 'l;

/// Joins folders with a library.
#[derive(Debug)]
pub struct Engine<'l> {
    pub(crate) library: &'l Arc<Library>,
    threads: usize,
}

/// Both sides of a folder, as they are now.
#[derive(Debug)]
pub struct Survey {
    pub(crate) rows: Vec<FolderFile>,
    /// Contents of files that were left out, and may still be there.
    left_out: HashSet<Sha1>,
    holdings: Holdings,
    pub(crate) identity: Identity,
    scope: Option<HashSet<AssetId>>,
    others: Vec<OtherFolder>,
    people: HashMap<UserId, String>,
    problems: Vec<String>,
    /// Where the originals of assets in place are, as the library knows it.
    places: Vec<InPlace>,
    now: Timestamp,
    /// When the folder was looked through, and the library not yet: for the log.
    looked: Instant,
}

impl<'l> Engine<'l> {
    /// Reads so many files at the same time.
    pub fn new(library: &'l Arc<Library>, threads: usize) -> Self {
        Self { library, threads }
    }

    /// Makes a plan for a folder, and remembers that it was shown.
    pub fn plan(
        &self,
        folder: &Folder,
        allow: Option<usize>,
        tell: &mut Listener<'_>,
    ) -> Result<FolderPlan, ReconcileError> {
        let begin = Instant::now();
        let survey = self.survey(folder, tell)?;
        let made = self.plan_of(folder, &survey, allow)?;
        let (look, all) = (survey.looked.duration_since(begin), begin.elapsed());
        tracing::info!(
            folder = folder.id,
            files = survey.rows.len(),
            look_ms = look.as_secs_f64() * 1e3,
            plan_ms = (all - look).as_secs_f64() * 1e3,
            "planned"
        );
        let now = Some(survey.now);
        let current = self.library.reconciled_folder(folder.id)?;
        let current = current.ok_or_else(|| ReconcileError::UnknownFolder { name: folder.id.to_string() })?;
        // A plan that could compare nothing has shown nothing.
        let has_compared = !survey.rows.is_empty() || survey.problems.is_empty();
        let reported_at = current.reported_at.or(now.filter(|_| has_compared));
        let summary = Some(crate::plan_file::summary(&made));
        self.library.update_reconciled_folder(&Folder { reported_at, planned_at: now, summary, ..current })?;
        Ok(made)
    }

    /// Makes a plan of what was seen.
    pub(crate) fn plan_of(
        &self,
        folder: &Folder,
        survey: &Survey,
        allow: Option<usize>,
    ) -> Result<FolderPlan, ReconcileError> {
        let settings = FolderSettings::parse(&folder.settings)?;
        // Elsewhere, nothing follows from what is gone.
        let counts = matches!(folder.policy, FolderPolicy::TwoWay | FolderPolicy::Index | FolderPolicy::Audit);
        let covered = if counts { covered(&root_of(&folder.path), &survey.rows) } else { HashSet::new() };
        let material = Material {
            rows: &survey.rows,
            left_out: Some(&survey.left_out),
            covered: Some(&covered),
            holdings: Some(&survey.holdings),
            scope: survey.scope.as_ref(),
            others: &survey.others,
            people: Some(&survey.people),
            baseline: folder.reported_at,
        };
        let ground_of = Ground {
            folder: folder.id,
            path: &folder.path,
            policy: folder.policy,
            settings: &settings,
            is_first: folder.reported_at.is_none(),
            allow,
            problems: survey.problems.clone(),
            now: survey.now,
        };
        Ok(match folder.library {
            Some(library) => {
                let sides = diff_in_place(&survey.identity, &material, library);
                let deleted = &survey.holdings.deleted;
                let cap = rails::cap(sides.files_known(), allow);
                let ground = InPlaceGround { root: &root_of(&folder.path), places: &survey.places, deleted, cap };
                with_rails(&sides, in_place::decide(&sides, &ground), &ground_of)
            }
            None => plan(&diff(&survey.identity, &material), &ground_of),
        })
    }

    /// Looks at both sides, and remembers what was seen. Fails where a side cannot be trusted, and remembers that, too.
    pub(crate) fn survey(&self, folder: &Folder, tell: &mut Listener<'_>) -> Result<Survey, ReconcileError> {
        let survey = self.look_at_both(folder, tell);
        let failure = match &survey {
            Ok(_) => None,
            // Somebody ended it: that is no fault of the folder.
            Err(ReconcileError::Interrupted) => return survey,
            Err(error) => Some(FolderFailure { at: self.library.now(), text: with_causes(error) }),
        };
        if let Some(current) = self.library.reconciled_folder(folder.id)?
            && current.failure != failure
        {
            self.library.update_reconciled_folder(&Folder { failure, ..current })?;
        }
        survey
    }

    fn look_at_both(&self, folder: &Folder, tell: &mut Listener<'_>) -> Result<Survey, ReconcileError> {
        let settings = FolderSettings::parse(&folder.settings)?;
        let now = self.library.now();
        let root = root_of(&folder.path);
        self.check_marker(folder, &root)?;
        if folder.policy == FolderPolicy::Index {
            check_index(self.library, &root, folder.owner_id)?;
        }
        if folder.library.is_none() {
            // Before anything is written down: what is noticed in a look is noticed once.
            self.check_following(folder.owner_id)?;
        }
        let found = self.look_through(folder, &root, &settings, now, tell)?;
        let looked = Instant::now();
        if let Some(library) = folder.library {
            return self.survey_in_place(folder, library, &settings, found, (now, looked));
        }
        let LookedThrough { rows, left_out, problems } = found;
        edited::note_metadata_edits(self.library, folder, &root, &rows, now)?;
        let mut holdings = self.library.holdings(folder.owner_id)?;
        check_library(&rows, &holdings)?;
        let scope = match folder.policy {
            FolderPolicy::Backup => None,
            _ => self.album_of(folder.owner_id, &settings)?,
        };
        if scope.is_some() && matches!(folder.policy, FolderPolicy::Mirror | FolderPolicy::Download) {
            self.count_in_place(folder.owner_id, &mut holdings)?;
        }
        let identity = Identity::of(&holdings.derivations);
        let held = held(&holdings, &identity);
        let rows = self.remember(rows, |row| observe(row, &identity, &held, folder.planned_at, now))?;
        let others = self.others(folder)?;
        let people = self.library.users(true)?.into_iter().map(|user| (user.id, user.name)).collect();
        Ok(Survey {
            rows,
            left_out,
            holdings,
            identity,
            scope,
            others,
            people,
            problems,
            places: Vec::new(),
            now,
            looked,
        })
    }

    /// The library's side of a folder whose files stay in place: the assets that they are.
    fn survey_in_place(
        &self,
        folder: &Folder,
        library: LibraryId,
        settings: &FolderSettings,
        LookedThrough { rows, left_out, problems }: LookedThrough,
        (now, looked): (Timestamp, Instant),
    ) -> Result<Survey, ReconcileError> {
        let places = self.library.assets_in_place(library)?;
        let changes = in_place::tidy(&rows, &places, &root_of(&folder.path));
        let rows = without(self.keep(folder.id, rows, changes)?, settings);
        let (holdings, identity) = (self.library.holdings(folder.owner_id)?, Identity::default());
        let people = self.library.users(true)?.into_iter().map(|user| (user.id, user.name)).collect();
        let (scope, others) = (None, Vec::new());
        Ok(Survey { rows, left_out, holdings, identity, scope, others, people, problems, places, now, looked })
    }

    /// Whether the folder is the one that it should be.
    pub(crate) fn check_place(&self, folder: &Folder) -> Result<(), ReconcileError> {
        self.check_marker(folder, &root_of(&folder.path))
    }

    fn check_marker(&self, folder: &Folder, root: &Path) -> Result<(), ReconcileError> {
        let Some(marker) = &folder.marker else { return Ok(()) };
        let found = std::fs::metadata(root).and_then(|_| read_mark(root));
        let found = found.map_err(|source| ReconcileError::Unreachable { path: root.to_owned(), source })?;
        if found.as_ref() == Some(marker) {
            return Ok(());
        }
        Err(ReconcileError::NotMounted { path: root.to_owned(), marker: crate::places::MARKER })
    }

    /// Writes changes down; the rows as they are then.
    fn keep(
        &self,
        folder: i64,
        rows: Vec<FolderFile>,
        changes: Vec<FolderFileChange>,
    ) -> Result<Vec<FolderFile>, ReconcileError> {
        if changes.is_empty() {
            return Ok(rows);
        }
        drop(rows);
        self.library.note_folder_files(changes)?;
        Ok(self.library.folder_files(folder)?)
    }

    /// Writes down what becomes of rows, some at a time: a first plan has something to say of each. The rows as they are then.
    fn remember(
        &self,
        mut rows: Vec<FolderFile>,
        observe: impl Fn(&FolderFile) -> Option<FolderFileChange>,
    ) -> Result<Vec<FolderFile>, ReconcileError> {
        let mut forgotten = HashSet::new();
        for rows in rows.chunks_mut(OBSERVED_BATCH) {
            let mut changes = Vec::new();
            for row in rows {
                let Some(change) = observe(row) else { continue };
                match &change {
                    FolderFileChange::Update(anew) => *row = anew.clone(),
                    FolderFileChange::Forget(id) => drop(forgotten.insert(*id)),
                    FolderFileChange::Add(_) => {}
                }
                changes.push(change);
            }
            self.library.note_folder_files(changes)?;
        }
        rows.retain(|row| !forgotten.contains(&row.id));
        Ok(rows)
    }

    /// Photos that stay in place count by the contents of their files: an album that comes down may have some.
    fn count_in_place(&self, owner: UserId, holdings: &mut Holdings) -> Result<(), ReconcileError> {
        let mut contents = HashMap::new();
        let folders = self.library.reconciled_folders()?.into_iter();
        for folder in folders.filter(|folder| folder.owner_id == owner && folder.library.is_some()) {
            let rows = self.library.folder_files(folder.id)?.into_iter().filter(FolderFile::is_present);
            contents.extend(rows.filter_map(|row| Some((row.indexed?.asset, row.sha1))));
        }
        for holding in &mut holdings.assets {
            if let Some(sha1) = contents.get(&holding.asset) {
                (holding.library, holding.sha1) = (None, *sha1);
            }
        }
        Ok(())
    }

    /// From now on, nothing is known to be refused in a folder: the next plan tries again.
    pub fn try_refused_again(&self, folder: &Folder) -> Result<(), ReconcileError> {
        let refused = self.library.folder_files(folder.id)?.into_iter().filter(|row| row.refused.is_some());
        let again = refused.map(|row| FolderFileChange::Update(FolderFile { refused: None, ..row }));
        Ok(self.library.note_folder_files(again.collect())?)
    }

    /// What is only half known of a server that is followed says nothing about deletes.
    fn check_following(&self, owner: UserId) -> Result<(), ReconcileError> {
        match self.library.upstream_of(owner)? {
            Some(upstream) if upstream.is_resetting || upstream.synced_at.is_none() => {
                Err(ReconcileError::LibraryIncomplete { server: upstream.address })
            }
            _ => Ok(()),
        }
    }

    /// The assets of the album that the folder is limited to.
    fn album_of(&self, owner: UserId, settings: &FolderSettings) -> Result<Option<HashSet<AssetId>>, ReconcileError> {
        let Some(name) = settings.source_album() else { return Ok(None) };
        let assets = self.library.read(|tx| {
            let mut assets = HashSet::new();
            for album in tx.albums_of(owner)?.iter().filter(|album| album.name == name) {
                // A motion part is where its still is, and no member of an album itself.
                let members = tx.album_assets(album)?.into_iter();
                assets.extend(members.flat_map(|asset| [Some(asset.id), asset.live_photo_video_id]).flatten());
            }
            Ok(assets)
        })?;
        Ok(Some(assets))
    }

    /// What the other folders of this owner have, and are to have.
    fn others(&self, folder: &Folder) -> Result<Vec<OtherFolder>, ReconcileError> {
        let mut others = Vec::new();
        let all = self.library.reconciled_folders()?;
        // Files in place are assets of their own: they keep no other one from going.
        let is_other = |other: &&Folder| {
            other.id != folder.id && other.owner_id == folder.owner_id && other.policy != FolderPolicy::Index
        };
        for other in all.iter().filter(is_other) {
            let settings = FolderSettings::parse(&other.settings)?;
            // What is left out there may have gone without anybody's looking.
            let rows = without(self.library.folder_files(other.id)?, &settings);
            let comes_down =
                matches!(other.policy, FolderPolicy::Mirror | FolderPolicy::Download | FolderPolicy::TwoWay);
            others.push(OtherFolder {
                path: root_of(&other.path).display().to_string(),
                contents: rows.into_iter().filter(FolderFile::is_present).map(|row| row.sha1).collect(),
                wanted: match comes_down {
                    true => self.album_of(other.owner_id, &settings)?.unwrap_or_default(),
                    false => HashSet::new(),
                },
            });
        }
        Ok(others)
    }
}

fn held(holdings: &Holdings, identity: &Identity) -> HashSet<Sha1> {
    let active = holdings.assets.iter().filter(|asset| asset.status == AssetStatus::Active && asset.library.is_none());
    active.map(|asset| identity.root(asset.sha1)).collect()
}

/// A library that has nothing, and had what is in the folder, is not believed.
fn check_library(rows: &[FolderFile], holdings: &Holdings) -> Result<(), ReconcileError> {
    let agreed = rows.iter().filter(|row| row.agreed_since.is_some()).count();
    let is_empty = !holdings.assets.iter().any(|asset| asset.status == AssetStatus::Active);
    if is_empty && agreed > 0 { Err(ReconcileError::LibraryEmpty { files: agreed }) } else { Ok(()) }
}
