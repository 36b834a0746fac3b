//! `tintype serve`: a node.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tintype_library::jobs::{Toolbox, Workers};
use tintype_library::places::Gazetteer;
use tintype_library::{Library, LibraryError};
use tintype_server::following::Following;
use tintype_server::{App, Options};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::Serve;
use crate::config::Config;
use crate::control::Doors;
use crate::devices::Devices;
use crate::follower::Follower;
use crate::node::{self, Folder};
use crate::progress::Progress;
use crate::{control, demo, doctor, folder, users};

/// E-mail of the first admin when nobody says otherwise.
pub(crate) const DEFAULT_ADMIN: &str = "admin@tintype.local";
/// Threads for blocking work: streams, files, the store.
const BLOCKING_THREADS: usize = 128;
/// How long the process waits for its threads at the end.
const EXIT_WAIT: Duration = Duration::from_secs(1);
/// Files and connections that may be open at the same time.
const MANY_FILES: u64 = 65_536;
/// Nightly work is looked at this often.
const TIDY_INTERVAL: Duration = Duration::from_secs(3_600);

pub(crate) fn run(config: &Config, arguments: &Serve) -> anyhow::Result<ExitCode> {
    allow_many_files();
    let mut owned = Folder::own(&config.data)?;
    let library = node::open(config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(request_threads())
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_keep_alive(Duration::from_secs(5))
        .build()?;
    let listener = runtime
        .block_on(TcpListener::bind(config.listen))
        .with_context(|| format!("cannot listen on {}", config.listen))?;
    let address = format!("http://{}", listener.local_addr()?);
    owned.describe(&format!("serving {address}"))?;
    let doors = Arc::new(Doors::new(config));
    let (follower, landing) = (Arc::clone(&doors.follower), Arc::clone(&doors.landing));
    control::listen(&owned.socket(), Arc::clone(&library), Arc::clone(&doors))?;

    // Whoever reads the address below may sign in at once.
    let welcome = first_admin(&library, arguments)?;
    let places = Arc::new(Gazetteer::new());
    let options = Options {
        version: config.reported_version,
        external_domain: config.external_domain.clone(),
        following: Some(Arc::clone(&follower) as Arc<dyn Following>),
        writing: Some(Arc::new(crate::write_back::Desk::new(&library, &doors))),
        reconciling: Some(Arc::new(crate::reconcile::Desk::new(&library, &doors))),
        landing: landing.has_zones().then(|| Arc::clone(&landing) as Arc<dyn tintype_server::landing::Landing>),
        ..Options::default()
    };
    let app = App::new(Arc::clone(&library), Arc::clone(&places), options);
    let router = tintype_server::router(&app);
    // Signals are caught before the address is printed: whoever waits for that line may send one at once.
    let stop = runtime.block_on(async { stop_signal() })?;
    let serving = runtime.spawn(tintype_server::serve(listener, router, stop));
    let devices = Devices::let_in(config, &library)?;
    crate::output::say(&format!("Tintype is listening on {address}"));
    if let Some(welcome) = welcome {
        crate::output::say(&welcome);
    }

    // Asking tools for their versions takes a moment that clients need not wait for.
    let tools = Arc::new(doctor::find_tools());
    doctor::mention_missing_tools(&tools);
    let own_path = std::env::current_exe().ok();
    let workers = Workers::start(Arc::clone(&library), Toolbox::new(tools, places, own_path), config.workers)?;
    spawn_tidying(&library)?;
    spawn_following(&library, follower)?;
    spawn_import(&library, arguments)?;
    let watching = landing.watch(&library)?;
    let writing = crate::write_back::watch::start(&library, &doors)?;

    let served = runtime.block_on(serving);
    devices.end();
    landing.end();
    doors.writer.end();
    doors.reconciler.end();
    if let Some(watching) = watching {
        let _ = watching.join();
    }
    if let Some(writing) = writing {
        let _ = writing.join();
    }
    drop(workers);
    runtime.shutdown_timeout(EXIT_WAIT);
    library.close();
    let _ = std::fs::remove_file(owned.socket());
    served.context("serving ended unexpectedly")??;
    Ok(ExitCode::SUCCESS)
}

/// Systems let a process have 1,024 files open unless it asks for more, up to what the administrator allows.
fn allow_many_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(MANY_FILES, |most| most.min(MANY_FILES));
    if limit.current.is_some_and(|now| now < wanted) {
        let raised = rustix::process::Rlimit { current: Some(wanted), ..limit };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::info!(%error, "the limit of open files stays as it is");
        }
    }
}

/// Threads that answer requests. Short lookups run on them, so a slow disk may hold one up for a moment: there are more
/// of them than processors.
fn request_threads() -> usize {
    std::thread::available_parallelism().map_or(4, |cores| (cores.get() * 2).max(4))
}

/// Ready when the process is asked to end.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// The first start makes the admin, unless somebody else is to sign up. Returns what to tell them.
fn first_admin(library: &Library, arguments: &Serve) -> anyhow::Result<Option<String>> {
    if arguments.no_setup || library.is_initialized()? {
        return Ok(None);
    }
    let email = arguments.admin_email.as_deref().unwrap_or(DEFAULT_ADMIN);
    let password = arguments.admin_password.clone().unwrap_or_else(users::generate_password);
    library.sign_up_admin(email, "Admin", &password)?;
    Ok(Some(match arguments.admin_password {
        Some(_) => format!("Sign in as {email} with the password you gave."),
        None => format!("Sign in as {email} with the password {password} (shown only now)."),
    }))
}

/// Takes in what was asked for, beside serving.
fn spawn_import(library: &Arc<Library>, arguments: &Serve) -> anyhow::Result<()> {
    let folder = match (&arguments.import, arguments.demo) {
        (Some(folder), _) => Some(std::path::absolute(folder)?),
        (None, true) => None,
        (None, false) => return Ok(()),
    };
    let library = Arc::clone(library);
    std::thread::Builder::new().name("import".to_owned()).spawn(move || {
        let outcome = match folder {
            Some(folder) => import(&library, &folder),
            None => demo::make().and_then(|made| import(&library, made.path())),
        };
        if let Err(error) = outcome {
            eprintln!("tintype: the import ended early: {error:#}");
        }
    })?;
    Ok(())
}

fn import(library: &Library, path: &Path) -> anyhow::Result<()> {
    let mut progress = Progress::new();
    folder::import(library, path, None, &mut |event| progress.show(event))?;
    progress.finish();
    Ok(())
}

/// Follows upstreams beside serving.
fn spawn_following(library: &Arc<Library>, follower: Arc<Follower>) -> anyhow::Result<()> {
    let library = Arc::downgrade(library);
    std::thread::Builder::new().name("follow".to_owned()).spawn(move || follower.run(&library))?;
    Ok(())
}

/// Memories come, old tombstones, unused sessions and expired trash go, once an hour. Memories are looked at in the
/// beginning, too: a node that is started now and then, for less than an hour, has its days as well.
fn spawn_tidying(library: &Arc<Library>) -> anyhow::Result<()> {
    let library = Arc::downgrade(library);
    std::thread::Builder::new().name("tidy".to_owned()).spawn(move || {
        let mut work: fn(&Library) -> Result<(), LibraryError> = Library::renew_memories;
        loop {
            let Some(held) = library.upgrade() else { return };
            if let Err(error) = work(&held) {
                tracing::warn!(error = &error as &dyn std::error::Error, "tidying up failed");
            }
            drop(held);
            work = Library::tidy;
            std::thread::sleep(TIDY_INTERVAL);
        }
    })?;
    Ok(())
}
