//! Starts the built binary and ends it.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::api::Api;
use crate::places::binary;

/// What the node prints when it takes connections.
const LISTENING: &str = "Tintype is listening on ";

/// How long it may take until then. Generous: the machine may be compiling something else.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long a node has to end by itself.
const STOP_LIMIT: Duration = Duration::from_secs(5);

const POLL: Duration = Duration::from_millis(10);

/// How many of its last lines are shown when something goes wrong.
const LOG_LINES: usize = 60;

/// How to start a node.
#[derive(Clone, Debug, Default)]
pub struct Options {
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    setup: bool,
}

/// A running node with a data folder of its own. Dropping it ends it and removes the folder.
#[derive(Debug)]
pub struct Node {
    child: Option<Child>,
    url: String,
    log: Log,
    folder: TempDir,
    options: Options,
}

/// How a node ended that was asked to.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// What it reported.
    pub status: ExitStatus,
    /// How long it took.
    pub time: Duration,
}

type Log = Arc<Mutex<Vec<String>>>;

impl Options {
    /// Sets a variable of the node's environment, which is otherwise nearly empty.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an argument to `serve`.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Lets the node make the first account itself; without this the first sign-up does.
    #[must_use]
    pub fn with_setup(mut self) -> Self {
        self.setup = true;
        self
    }

    /// Starts a node on an empty data folder.
    ///
    /// # Errors
    /// When it does not take connections in time; the message holds what it wrote.
    pub fn start(self) -> Result<Node> {
        let folder = tempfile::Builder::new().prefix("tintype-test-").tempdir().context("cannot make a folder")?;
        let mut node = Node { child: None, url: String::new(), log: Log::default(), folder, options: self };
        node.launch()?;
        Ok(node)
    }
}

impl Node {
    /// Starts a node on an empty data folder, with nothing set.
    ///
    /// # Errors
    /// As [`Options::start`].
    pub fn start() -> Result<Self> {
        Options::default().start()
    }

    /// Where it listens, as `http://127.0.0.1:PORT`. Another port after every start.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection to it as nobody.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&self.url)
    }

    /// Its data folder.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The last lines it wrote.
    #[must_use]
    pub fn log(&self) -> String {
        let lines = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
    }

    /// Its process id, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Ends it in the middle of whatever it does.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub fn kill9(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill().context("cannot kill the node")?;
            child.wait().context("cannot wait for the node")?;
        }
        Ok(())
    }

    /// Asks it to end (SIGTERM) and waits; after five seconds it is killed and this is an error.
    ///
    /// # Errors
    /// When it does not run, or does not end in time.
    pub fn stop(&mut self) -> Result<Ended> {
        let mut child = self.child.take().context("the node does not run")?;
        let started = Instant::now();
        kill_process(Pid::from_child(&child), Signal::TERM).context("cannot ask the node to end")?;
        while started.elapsed() < STOP_LIMIT {
            if let Some(status) = child.try_wait().context("cannot wait for the node")? {
                return Ok(Ended { status, time: started.elapsed() });
            }
            thread::sleep(POLL);
        }
        child.kill().context("cannot kill the node")?;
        child.wait().context("cannot wait for the node")?;
        bail!("the node did not end within {} s. It wrote:\n{}", STOP_LIMIT.as_secs(), self.log())
    }

    /// Starts it again on the same data, after [`Node::kill9`] or [`Node::stop`] or instead of them.
    ///
    /// # Errors
    /// As [`Options::start`].
    pub fn restart(&mut self) -> Result<()> {
        if self.child.is_some() {
            self.stop()?;
        }
        self.launch()
    }

    /// A command of the same binary on the same data folder, such as `doctor`; the node may be running or not.
    ///
    /// # Errors
    /// When the binary has not been built.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = hermetic(self.folder.path(), &self.options)?;
        command.args(arguments).arg("--data").arg(self.data_dir());
        Ok(command)
    }

    fn launch(&mut self) -> Result<()> {
        let mut command = hermetic(self.folder.path(), &self.options)?;
        // Whoever knew its address finds it there again.
        let listen = self.url.strip_prefix("http://").filter(|address| !address.is_empty()).unwrap_or("127.0.0.1:0");
        command.arg("serve").arg("--data").arg(self.data_dir()).args(["--listen", listen]);
        if !self.options.setup {
            command.arg("--no-setup");
        }
        command.args(&self.options.arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("cannot start the node")?;
        let (found, address) = mpsc::channel();
        let readers =
            [follow(child.stdout.take(), &self.log, Some(found)), follow(child.stderr.take(), &self.log, None)];
        // Kept before anything can fail, so that it is ended in any case.
        self.child = Some(child);
        if let Ok(url) = address.recv_timeout(START_LIMIT) {
            self.url = url;
            return Ok(());
        }
        self.kill9()?;
        // Its last words are what explains the failure.
        readers.into_iter().flatten().for_each(|reader| drop(reader.join()));
        bail!("the node did not say where it listens. It wrote:\n{}", self.log())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if self.child.is_some() && self.stop().is_err() {
            let _ = self.kill9();
        }
    }
}

/// The binary, with an environment that does not depend on who runs the tests.
fn hermetic(home: &Path, options: &Options) -> Result<Command> {
    let mut command = Command::new(binary()?);
    let path = env::var_os("PATH").unwrap_or_default();
    fs::create_dir_all(home).with_context(|| format!("cannot make {}", home.display()))?;
    command.env_clear().env("PATH", path).env("HOME", home).env("TZ", "UTC").env("LANG", "C.UTF-8").current_dir(home);
    command.envs(options.environment.iter().map(|(name, value)| (name, value)));
    Ok(command)
}

/// Keeps what the node writes, and passes on where it listens.
fn follow(
    pipe: Option<impl Read + Send + 'static>,
    log: &Log,
    found: Option<Sender<String>>,
) -> Option<JoinHandle<()>> {
    let pipe = pipe?;
    let log = Arc::clone(log);
    Some(thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            let address = line.trim().strip_prefix(LISTENING).map(|rest| rest.trim_end_matches(['/', '.']).to_owned());
            log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            if let (Some(found), Some(address)) = (&found, address) {
                let _ = found.send(address);
            }
        }
    }))
}
