//! Runs the programs of recipes: no shell, an empty environment, a folder of their own, bounds on time, memory and output,
//! and nobody left behind.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use super::bounds::Bounds;
use super::error::RecipeError;
use super::outcome::Reason;

/// How often a running program is looked at: soon at first, as most pictures are small.
const FIRST_LOOK: Duration = Duration::from_millis(2);
const LATER_LOOKS: Duration = Duration::from_millis(10);

/// How often the folder of a running program is measured.
const MEASURE_EVERY: Duration = Duration::from_millis(500);

/// How much of what a program complains is kept, in bytes.
const MAX_COMPLAINT_BYTES: u64 = 500;

/// How much of what a program prints is read, in bytes.
const MAX_PRINTED_BYTES: u64 = 4 << 20;

/// Most entries of a folder that are measured; a program that makes more has written too much.
const MAX_ENTRIES: u32 = 10_000;

/// Where the two outputs of a program go; files and not pipes, which a process left behind could hold open for ever.
const STDOUT: &str = ".stdout";
const STDERR: &str = ".stderr";

/// Why a step goes no further.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It makes nothing of this file.
    Refused(Reason),
    /// Another try may help.
    Failed(RecipeError),
}

impl From<Reason> for Halt {
    fn from(reason: Reason) -> Self {
        Self::Refused(reason)
    }
}

impl From<RecipeError> for Halt {
    fn from(error: RecipeError) -> Self {
        Self::Failed(error)
    }
}

/// Where programs run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Runner<'a> {
    /// Their working folder.
    pub(crate) folder: &'a Path,
    /// All they get to know of the environment: `PATH`.
    pub(crate) search_path: &'a OsStr,
    /// Set when they shall end.
    pub(crate) stop: &'a AtomicBool,
}

/// A child with all that it started. Ends when dropped.
struct Group(Child);

impl Group {
    /// Ends what is left of the group. The leader is not reaped before, so the number is still the group's.
    fn end(&mut self) -> io::Result<ExitStatus> {
        let _ = rustix::process::kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        self.0.wait()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Fails only if all of it is gone already.
        let _ = self.end();
    }
}

/// How a watch over a program ended.
enum Watched {
    Ended,
    TimedOut,
    WroteTooMuch,
    Stopped,
}

impl Runner<'_> {
    /// Runs `program` to its end and gives what it printed, as far as that is kept.
    pub(crate) fn run(
        &self,
        name: &str,
        program: &Path,
        arguments: &[OsString],
        bounds: Bounds,
    ) -> Result<Vec<u8>, Halt> {
        let (stdout, stderr) = (self.folder.join(STDOUT), self.folder.join(STDERR));
        let scratch = |source| RecipeError::Scratch { folder: self.folder.to_owned(), source };
        let mut command = Command::new(program);
        command.args(arguments).env_clear().env("PATH", self.search_path).current_dir(self.folder).process_group(0);
        command.stdin(Stdio::null());
        command.stdout(File::create(&stdout).map_err(scratch)?).stderr(File::create(&stderr).map_err(scratch)?);
        let child = command.spawn().map_err(|source| not_started(name, source))?;
        limit(&child, bounds);
        let mut group = Group(child);
        let watched = self.watch(&group.0, bounds).map_err(scratch)?;
        let status = group.end().map_err(scratch)?;
        let program = name.to_owned();
        match watched {
            Watched::Stopped => return Err(RecipeError::Stopped.into()),
            Watched::TimedOut => return Err(Reason::TimedOut { program, limit: bounds.time }.into()),
            Watched::WroteTooMuch => return Err(Reason::WroteTooMuch { program, limit: bounds.output }.into()),
            Watched::Ended => {}
        }
        if !status.success() {
            // The system ends who writes over the limit, and whoever started that one says so in its own way.
            if holds_more(self.folder, bounds.output.saturating_sub(1)) {
                return Err(Reason::WroteTooMuch { program, limit: bounds.output }.into());
            }
            let complaint = tail(&stderr).map_err(scratch)?;
            return Err(Reason::Failed { program, status: status.to_string(), complaint }.into());
        }
        let mut printed = Vec::new();
        File::open(&stdout).and_then(|file| file.take(MAX_PRINTED_BYTES).read_to_end(&mut printed)).map_err(scratch)?;
        Ok(printed)
    }

    fn watch(&self, child: &Child, bounds: Bounds) -> io::Result<Watched> {
        let begin = Instant::now();
        let mut measured = begin;
        let mut pause = FIRST_LOOK;
        loop {
            // Not reaped here, see [`Group::end`].
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            if rustix::process::waitid(WaitId::Pid(Pid::from_child(child)), options)?.is_some() {
                return Ok(Watched::Ended);
            }
            if self.stop.load(Ordering::Relaxed) {
                return Ok(Watched::Stopped);
            }
            if begin.elapsed() > bounds.time {
                return Ok(Watched::TimedOut);
            }
            if measured.elapsed() > MEASURE_EVERY {
                measured = Instant::now();
                if holds_more(self.folder, bounds.output) {
                    return Ok(Watched::WroteTooMuch);
                }
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LATER_LOOKS);
        }
    }

    /// Finds a program by its name in the search path, or takes the absolute path.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        let is_program = |path: &PathBuf| {
            use std::os::unix::fs::PermissionsExt as _;
            fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
        };
        if program.starts_with('/') {
            return Some(PathBuf::from(program)).filter(is_program);
        }
        std::env::split_paths(self.search_path).map(|folder| folder.join(program)).find(is_program)
    }
}

/// A program that is not there or is none is a reason; a machine that cannot start one is an error.
fn not_started(name: &str, source: io::Error) -> Halt {
    match source.kind() {
        io::ErrorKind::NotFound => Reason::MissingTool { tool: name.to_owned() }.into(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput => {
            let program = name.to_owned();
            Reason::Failed { program, status: "not started".to_owned(), complaint: source.to_string() }.into()
        }
        // What is no program at all.
        _ if source.raw_os_error() == Some(rustix::io::Errno::NOEXEC.raw_os_error()) => {
            let program = name.to_owned();
            Reason::Failed { program, status: "not started".to_owned(), complaint: source.to_string() }.into()
        }
        _ => RecipeError::Start { program: name.to_owned(), source }.into(),
    }
}

/// The programs are trusted, their input is not.
fn limit(child: &Child, bounds: Bounds) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, prlimit};
        let pid = Some(Pid::from_child(child));
        for (resource, most) in [(Resource::As, bounds.memory), (Resource::Fsize, bounds.output), (Resource::Core, 0)] {
            // A child that is already gone needs no limit.
            let _ = prlimit(pid, resource, Rlimit { current: Some(most), maximum: Some(most) });
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (child, bounds);
}

/// Whether the files of a folder and its folders are larger together, or more than anybody needs.
fn holds_more(folder: &Path, limit: u64) -> bool {
    let mut folders = vec![folder.to_owned()];
    let (mut bytes, mut entries) = (0_u64, 0_u32);
    while let Some(folder) = folders.pop() {
        // What vanishes meanwhile is not counted.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            entries += 1;
            if let Ok(data) = entry.metadata() {
                if data.is_dir() {
                    folders.push(entry.path());
                } else {
                    bytes = bytes.saturating_add(data.len());
                }
            }
            if bytes > limit || entries > MAX_ENTRIES {
                return true;
            }
        }
    }
    false
}

/// The end of what a program complained, which is where it says why it gave up.
fn tail(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_COMPLAINT_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(MAX_COMPLAINT_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim().replace(['\n', '\r', '\0'], " "))
}
