//! Landing zones: from what is configured to a pipeline, and its threads beside a node.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use tintype_client::Client;
use tintype_ingest::delivery::Destination;
use tintype_ingest::recipe::{Optimise, Recipes};
use tintype_ingest::{
    After, ConnectError, Here, Packing, Pipeline, ReadMarks, Running, Selection, Server, Zone, ZoneStatus,
};
use tintype_library::jobs::Signal;
use tintype_library::{Library, LibraryError};
use tintype_media::metadata::MetadataReader;
use tintype_media::recipes::{Engine, Profile};
use tintype_server::landing::{LandingError, LandingZone, Which};

use crate::config::{Config, ZoneConfig};
use crate::follower::options;
use crate::{doctor, folder, read_only, sftp};

/// How long until it is tried again to begin, where there is no account yet for whom files could be.
const BEGIN_AGAIN: Duration = Duration::from_secs(5);

/// Folder inside the data folder for what is made of files on their way.
const WORK: &str = "ingest";

/// The zones of a node or a command. Nothing is opened before it is needed.
pub(crate) struct Landing {
    zones: Vec<ZoneConfig>,
    recipes: BTreeMap<String, Profile>,
    /// Folder with the folders of users who come in by SFTP, if they may: each is a zone without being named.
    users: Option<PathBuf>,
    /// Folder for what is made of files.
    work: PathBuf,
    engine: OnceLock<Arc<Engine>>,
    workers: usize,
    pipeline: Mutex<Option<Arc<Pipeline>>>,
    /// Wakes whoever looks at zones, if somebody does.
    bell: OnceLock<Arc<Signal>>,
    ended: (Mutex<bool>, Condvar),
}

impl Landing {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            zones: config.zones.clone(),
            recipes: config.recipes.clone(),
            users: config.sftp.as_ref().filter(|sftp| sftp.has_users).map(|_| config.data.join(sftp::FOLDER)),
            work: config.data.join(WORK),
            engine: OnceLock::new(),
            workers: config.workers,
            pipeline: Mutex::new(None),
            bell: OnceLock::new(),
            ended: (Mutex::new(false), Condvar::new()),
        }
    }

    /// Whether there is any.
    pub(crate) fn has_zones(&self) -> bool {
        !self.zones.is_empty() || self.users.is_some()
    }

    /// The zones that are named, and those of users.
    fn all_zones(&self, library: &Library) -> anyhow::Result<Vec<ZoneConfig>> {
        let mut zones = self.zones.clone();
        let Some(folder) = &self.users else { return Ok(zones) };
        for user in library.users(false)? {
            let label = sftp::label_of(&user);
            let own = folder.join(&label);
            // A zone that is named goes before, with what it says.
            if self.zones.iter().all(|zone| !zone.folder.starts_with(&own) && !own.starts_with(&zone.folder)) {
                std::fs::create_dir_all(&own).with_context(|| format!("{} could not be made", own.display()))?;
                zones.push(ZoneConfig::of_user(format!("user-{label}"), own, user.email));
            }
        }
        Ok(zones)
    }

    /// Whether threads of this process look at zones by themselves.
    pub(crate) fn is_watching(&self) -> bool {
        self.bell.get().is_some()
    }

    /// Something is to be done soon.
    pub(crate) fn ring(&self) {
        if let Some(bell) = self.bell.get() {
            bell.ring();
        }
    }

    /// The pipeline over all zones.
    pub(crate) fn pipeline(&self, library: &Arc<Library>) -> anyhow::Result<Arc<Pipeline>> {
        let mut known = self.pipeline.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pipeline) = known.as_ref() {
            return Ok(Arc::clone(pipeline));
        }
        std::fs::create_dir_all(&self.work).with_context(|| format!("{} could not be made", self.work.display()))?;
        let mut zones = Vec::new();
        for zone in &self.all_zones(library)? {
            let opened = self.open(library, zone).with_context(|| format!("landing zone `{}`", zone.name));
            zones.push(opened?);
        }
        let pipeline =
            Arc::new(Pipeline::new(Arc::clone(library), zones, Arc::new(Marks::default()), self.work.clone()));
        Ok(Arc::clone(known.insert(pipeline)))
    }

    /// The pipeline, if somebody needed it already.
    fn begun(&self) -> Option<Arc<Pipeline>> {
        self.pipeline.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks at zones and works on files beside serving, until [`Self::end`].
    pub(crate) fn watch(
        self: &Arc<Self>,
        library: &Arc<Library>,
    ) -> anyhow::Result<Option<std::thread::JoinHandle<()>>> {
        if !self.has_zones() {
            return Ok(None);
        }
        let (landing, library) = (Arc::clone(self), Arc::clone(library));
        let watching = std::thread::Builder::new().name("landing".to_owned()).spawn(move || landing.run(&library))?;
        Ok(Some(watching))
    }

    fn run(&self, library: &Arc<Library>) {
        let mut is_told = false;
        while !self.is_ended(Duration::ZERO) {
            match self.begin(library) {
                Ok(running) => {
                    let _ = self.bell.set(running.bell());
                    while !self.is_ended(Duration::MAX) {}
                    return;
                }
                Err(error) if !is_told => {
                    eprintln!("tintype: nothing is taken from landing zones yet: {error:#}");
                    is_told = true;
                }
                Err(_) => {}
            }
            self.is_ended(BEGIN_AGAIN);
        }
    }

    /// A zone whose destination is known. The folder need not be there now: what is mounted may come later.
    fn open(&self, library: &Arc<Library>, zone: &ZoneConfig) -> anyhow::Result<Zone> {
        read_only::refuse(library, &zone.folder).with_context(|| format!("the zone {}", zone.name))?;
        let packing = self.packing(&zone.recipe);
        let (destination, optimiser, packing): (Arc<dyn Destination>, Option<Arc<dyn Optimise>>, _) = match &zone.server
        {
            Some(server) => {
                let recipes = packing.map(|Packing { recipe, profile, engine }| Recipes::new(engine, recipe, profile));
                let optimiser = recipes.map(|recipes| Arc::new(recipes) as Arc<dyn Optimise>);
                (Arc::new(connect(&server.address, &server.api_key_file)), optimiser, None)
            }
            None => {
                let owner = folder::owner(library, zone.owner.as_deref())?;
                (Arc::new(Here::new(Arc::clone(library), owner.id, format!("{} here", owner.email))), None, packing)
            }
        };
        self.make_own_folder(&zone.folder)?;
        Ok(Zone {
            name: zone.name.clone(),
            folder: zone.folder.clone(),
            destination,
            optimiser,
            packing,
            after: zone.after,
            album: zone.album.clone(),
            settle: zone.settle,
        })
    }

    /// A folder is made below the data folder, and elsewhere where its parent is there: a disk that is not mounted must not
    /// be mistaken for an empty one.
    fn make_own_folder(&self, folder: &Path) -> anyhow::Result<()> {
        let is_ours = self.work.parent().is_some_and(|data| folder.starts_with(data));
        if folder.exists() || !(is_ours || folder.parent().is_some_and(Path::is_dir)) {
            return Ok(());
        }
        std::fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))
    }

    /// What makes files smaller; nothing for a recipe without steps.
    fn packing(&self, recipe: &str) -> Option<Packing> {
        let profile = self.recipes.get(recipe).filter(|profile| !profile.steps.is_empty())?;
        let engine = self.engine.get_or_init(|| {
            let (tools, search_path) = (Arc::new(doctor::find_tools()), doctor::search_path());
            Arc::new(Engine::new(tools, search_path, self.work.clone(), std::env::current_exe().ok()))
        });
        Some(Packing { recipe: recipe.to_owned(), profile: profile.clone(), engine: Arc::clone(engine) })
    }

    fn begin(&self, library: &Arc<Library>) -> anyhow::Result<Running> {
        Ok(Running::start(self.pipeline(library)?, self.workers)?)
    }

    /// The steps at hand come to their end, and the threads.
    pub(crate) fn end(&self) {
        *self.is_over() = true;
        self.ended.1.notify_all();
    }

    fn is_over(&self) -> MutexGuard<'_, bool> {
        self.ended.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_ended(&self, patience: Duration) -> bool {
        let waited = self.ended.1.wait_timeout_while(self.is_over(), patience.min(BEGIN_AGAIN), |ended| !*ended);
        waited.map_or(true, |(ended, _)| *ended)
    }
}

impl tintype_server::landing::Landing for Landing {
    fn zones(&self) -> Result<Option<Vec<LandingZone>>, LibraryError> {
        let Some(pipeline) = self.begun() else { return Ok(None) };
        Ok(Some(pipeline.status()?.into_iter().map(shown).collect()))
    }

    fn retry(&self, which: Which) -> Result<(u64, u64), LandingError> {
        let selection = match which {
            Which::All => Selection::All,
            Which::One(id) => Selection::One(id),
        };
        let pipeline =
            self.begun().ok_or_else(|| LandingError { text: "Nothing looks at the zones yet".to_owned() })?;
        let retried = pipeline.retry(&selection);
        self.ring();
        let retried = retried.map_err(|error| LandingError { text: format!("{:#}", anyhow::Error::from(error)) })?;
        Ok((retried.again, retried.gone))
    }

    fn look(&self) {
        self.ring();
    }

    fn undone(&self, id: i64, limit: u64) -> Result<Option<Vec<u8>>, LibraryError> {
        self.begun().map_or(Ok(None), |pipeline| pipeline.undone(id, limit))
    }
}

fn shown(zone: ZoneStatus) -> LandingZone {
    let (problems, strange) = match &zone.looked {
        Some(Ok(looked)) => (looked.errors.clone(), looked.strange),
        Some(Err(problem)) => (vec![problem.clone()], 0),
        None => (Vec::new(), 0),
    };
    LandingZone {
        on_the_way: zone.on_the_way(),
        saved_bytes: u64::try_from(zone.saved_bytes()).unwrap_or(0),
        folder: zone.folder.display().to_string(),
        after: match zone.after {
            After::Delete => "originals are deleted once they are proven to be there",
            After::Keep => "originals stay where they are",
            After::Archive => "originals go to done/ once they are proven to be there",
        },
        counts: zone.counts.iter().map(|count| (count.state.as_str(), count.files, count.bytes)).collect(),
        rate: zone.rate,
        away: zone.away.map(|away| (away.reason, away.until)),
        name: zone.name,
        destination: zone.destination,
        problems,
        strange,
    }
}

/// The key is read when it is needed: one that cannot be read holds up its own zone, until it can.
fn connect(address: &str, api_key_file: &Path) -> Server {
    let (typed, file) = (address.to_owned(), api_key_file.to_owned());
    Server::new(address.to_owned(), move || {
        let unprepared = |reason: String, source| ConnectError::Unprepared { reason, source };
        let text = std::fs::read_to_string(&file)
            .map_err(|error| unprepared(format!("the key in {} could not be read", file.display()), Some(error)))?;
        let key = text.lines().next().unwrap_or_default().trim().to_owned();
        if key.is_empty() {
            return Err(unprepared(format!("the first line of {} has no key", file.display()), None));
        }
        Ok(Client::find(&typed, &options())?.with_key(key))
    })
}

/// Reads marks of live photos; the tools for that are looked for when the first file wants them.
#[derive(Default)]
struct Marks(OnceLock<MetadataReader>);

impl ReadMarks for Marks {
    fn live_photo(&self, file: &Path, name: &str) -> Option<String> {
        let reader = self.0.get_or_init(|| MetadataReader::new(Arc::new(doctor::find_tools())));
        reader.live_photo(file, name)
    }
}
