//! Runs programs that decode for us: with a time limit, a limit on their output, and never through a shell.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::error::PictureError;

/// How much of what a program complains is kept, in bytes.
const MAX_COMPLAINT_BYTES: u64 = 2048;

/// What a program that ran to its end left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// What it wrote to standard output.
    pub(crate) output: Vec<u8>,
    /// The beginning of what it wrote to standard error.
    pub(crate) complaint: String,
}

/// Bounds on one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunLimits {
    /// The program is killed after this time.
    pub(crate) timeout: Duration,
    /// The program is killed when it writes more than this many bytes to standard output.
    pub(crate) max_output: u64,
    /// Address space the program may have, in bytes.
    pub(crate) max_memory: u64,
}

/// Starts the program, writes `input` to it and collects what it writes.
pub(crate) fn run(command: &mut Command, input: &[u8], limits: RunLimits) -> Result<Outcome, PictureError> {
    let program = command.get_program().to_owned();
    let failed = |source| PictureError::Program { program: program.clone().into(), source };
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    limit_memory(&child, limits.max_memory);
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
        return Err(failed(io::Error::other("the pipes are missing")));
    };
    let child = Mutex::new(child);
    let kill = || drop(child.lock().unwrap_or_else(PoisonError::into_inner).kill());
    let (finished, watch) = mpsc::channel::<()>();
    let (timed_out, output, complaint) = std::thread::scope(|scope| {
        let watchdog = scope.spawn(move || {
            let timed_out = watch.recv_timeout(limits.timeout) == Err(RecvTimeoutError::Timeout);
            if timed_out {
                kill();
            }
            timed_out
        });
        let complaint = scope.spawn(move || read_complaint(stderr));
        scope.spawn(move || write_and_close(stdin, input));
        let output = read_bounded(stdout, limits.max_output);
        if output.is_err() {
            kill();
        }
        drop(finished);
        (watchdog.join().unwrap_or(true), output, complaint.join().unwrap_or_default())
    });
    let status = child.into_inner().unwrap_or_else(PoisonError::into_inner).wait().map_err(failed)?;
    if timed_out {
        return Err(PictureError::TimedOut { limit: limits.timeout });
    }
    Ok(Outcome { status, output: output.map_err(failed)?, complaint })
}

/// The programs are trusted, their input is not: a decoder fooled by a file must not take the machine down.
fn limit_memory(child: &Child, bytes: u64) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};
        let limit = Rlimit { current: Some(bytes), maximum: Some(bytes) };
        // A child that is already gone needs no limit.
        let _ = prlimit(Some(Pid::from_child(child)), Resource::As, limit);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (child, bytes);
}

fn write_and_close(mut stdin: impl Write, input: &[u8]) {
    // A program that does not read its input says why by its exit status.
    let _ = stdin.write_all(input);
}

fn read_bounded(stdout: impl Read, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut output = Vec::new();
    stdout.take(max_bytes.saturating_add(1)).read_to_end(&mut output)?;
    if output.len() as u64 > max_bytes {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it wrote more than {max_bytes} bytes")));
    }
    Ok(output)
}

fn read_complaint(mut stderr: impl Read) -> String {
    let mut complaint = Vec::new();
    let _ = stderr.by_ref().take(MAX_COMPLAINT_BYTES).read_to_end(&mut complaint);
    // The rest is read, too: a program that cannot write its complaints would wait for ever.
    let _ = io::copy(&mut stderr, &mut io::sink());
    String::from_utf8_lossy(&complaint).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: RunLimits = RunLimits { timeout: Duration::from_secs(300), max_output: 1000, max_memory: 1 << 30 };

    #[test]
    fn input_and_output_go_through() {
        let outcome = run(&mut Command::new("cat"), b"hello", LIMITS).unwrap();
        assert!(outcome.status.success());
        assert_eq!(outcome.output, b"hello");
        let outcome = run(Command::new("cat").arg("/nonexistent"), b"", LIMITS).unwrap();
        assert!(!outcome.status.success() && outcome.complaint.contains("nonexistent"), "{}", outcome.complaint);
    }

    #[test]
    fn slow_and_talkative_programs_are_killed() {
        let limits = RunLimits { timeout: Duration::from_millis(100), ..LIMITS };
        let error = run(Command::new("sleep").arg("600"), b"", limits).unwrap_err();
        assert!(matches!(error, PictureError::TimedOut { .. }), "{error}");
        let error = run(&mut Command::new("yes"), b"", LIMITS).unwrap_err();
        assert!(matches!(error, PictureError::Program { .. }), "{error}");
        let error = run(&mut Command::new("/nonexistent/program"), b"", LIMITS).unwrap_err();
        assert!(matches!(error, PictureError::Program { .. }) && error.is_transient(), "{error}");
    }
}
