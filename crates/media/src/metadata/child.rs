//! Child processes on a short leash: bounded output, a deadline, and nobody left behind.

use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// How often a process which closed its output is asked whether it has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Ends the process when dropped.
#[derive(Debug)]
pub(crate) struct Leash(pub(crate) Child);

impl Drop for Leash {
    fn drop(&mut self) {
        // Both fail only if the process is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs `command` and returns what it printed, at most `max_bytes`. `TimedOut` when it takes longer than `timeout`,
/// `Other` when it fails or prints more.
pub(crate) fn output(mut command: Command, timeout: Duration, max_bytes: u64) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + timeout;
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut leash = Leash(child);
    let mut stdout = leash.0.stdout.take().expect("standard output is piped");
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = stdout.by_ref().take(max_bytes + 1).read_to_end(&mut bytes).map(|_| bytes);
        // Nobody listens any more once the deadline has passed.
        let _ = sender.send(result);
    });
    let bytes = receiver.recv_timeout(timeout).map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    if bytes.len() as u64 > max_bytes {
        return Err(io::Error::other("the program printed too much"));
    }
    loop {
        match leash.0.try_wait()? {
            Some(status) if status.success() => return Ok(bytes),
            Some(status) => return Err(io::Error::other(format!("the program ended with {status}"))),
            None if Instant::now() >= deadline => return Err(io::ErrorKind::TimedOut.into()),
            None => std::thread::sleep(POLL_INTERVAL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script);
        command
    }

    #[test]
    fn output_of_a_good_program() {
        assert_eq!(output(shell("echo hello"), Duration::from_secs(5), 100).unwrap(), b"hello\n");
    }

    #[test]
    fn slow_failing_and_talkative_programs_are_errors() {
        let slow = output(shell("sleep 20"), Duration::from_millis(50), 100).unwrap_err();
        assert_eq!(slow.kind(), io::ErrorKind::TimedOut);
        assert!(output(shell("exit 3"), Duration::from_secs(5), 100).is_err());
        assert!(output(shell("echo 0123456789"), Duration::from_secs(5), 5).is_err());
    }
}
