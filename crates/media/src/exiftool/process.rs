//! One exiftool process: questions through its standard input, answers from its standard output.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::{Answer, Setup};

/// An answer with the few tags asked for is some kilobytes; a longer one is an attack.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// What a process says of one file's faults is cut after so many bytes.
const MAX_ERROR_BYTES: usize = 8 << 10;

/// Feeds exiftool. In its stay-open mode it takes the end of its input for a pause, and would outlive a node that was
/// killed; so it is told to end when the input ends. Nothing but exiftool itself holds its output, so that its end is seen at
/// once.
const FEEDER: &str = r#"exec 3<&0; { cat <&3; printf '%s\n' -stay_open False; } 2>/dev/null | "$0" "$@" 3<&- &
exec 3<&- </dev/null >/dev/null 2>&1; wait"#;

/// The feeder with all that it started. Ends when dropped.
#[derive(Debug)]
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // Both fail only if the processes are gone already.
        let _ = rustix::process::kill_process_group(
            rustix::process::Pid::from_child(&self.0),
            rustix::process::Signal::KILL,
        );
        let _ = self.0.wait();
    }
}

/// One running exiftool. Ends when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    stdin: ChildStdin,
    answers: Receiver<io::Result<Vec<u8>>>,
    errors: Option<Receiver<io::Result<Vec<u8>>>>,
    next: u64,
    // Last: the process must outlive its pipes' use above.
    _group: Group,
}

impl Process {
    /// Starts the program in its stay-open mode.
    pub(super) fn start(setup: &Setup) -> io::Result<Self> {
        // The shell would start without it.
        std::fs::metadata(&setup.program)?;
        let mut command = Command::new("sh");
        command.args(["-c", FEEDER]).arg(&setup.program).process_group(0);
        // An empty -config keeps a user's own configuration from changing what tags mean.
        command.args(["-config", "", "-stay_open", "True", "-@", "-", "-common_args"]).args(&setup.common);
        let stderr = if setup.hears_errors { Stdio::piped() } else { Stdio::null() };
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).spawn()?;
        let mut group = Group(child);
        let stdin = group.0.stdin.take().expect("standard input is piped");
        let stdout = group.0.stdout.take().expect("standard output is piped");
        let answers = listen(stdout, Excess::Refused);
        let errors = group.0.stderr.take().map(|stderr| listen(stderr, Excess::Dropped));
        Ok(Self { stdin, answers, errors, next: 1, _group: group })
    }

    /// Its process group, with the shell that feeds it.
    pub(super) fn group(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self._group.0)
    }

    /// The answer to a question of one argument on each line. After an error the process must not be asked again.
    pub(super) fn ask(&mut self, question: &[u8], timeout: Duration) -> io::Result<Answer> {
        let number = self.next;
        self.next += 1;
        let deadline = Instant::now() + timeout;
        let mut lines = question.to_vec();
        if !lines.ends_with(b"\n") {
            lines.push(b'\n');
        }
        if self.errors.is_some() {
            lines.extend_from_slice(format!("-echo4\n{{ready{number}}}\n").as_bytes());
        }
        lines.extend_from_slice(format!("-execute{number}\n").as_bytes());
        self.stdin.write_all(&lines)?;
        self.stdin.flush()?;
        let output = receive(&self.answers, number, deadline)?;
        let errors = self.errors.as_ref().map(|errors| receive(errors, number, deadline)).transpose()?;
        let errors = String::from_utf8_lossy(&errors.unwrap_or_default()).trim().to_owned();
        Ok(Answer { output, errors })
    }
}

/// The next answer, which has to be that of this question.
fn receive(answers: &Receiver<io::Result<Vec<u8>>>, number: u64, deadline: Instant) -> io::Result<Vec<u8>> {
    let mut answer = match answers.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(answer) => answer?,
        Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
        Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::BrokenPipe.into()),
    };
    let end = format!("{{ready{number}}}\n");
    if !answer.ends_with(end.as_bytes()) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "exiftool answered another question"));
    }
    answer.truncate(answer.len() - end.len());
    Ok(answer)
}

/// What becomes of an answer that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Excess {
    /// It is an error.
    Refused,
    /// What is too much is left out.
    Dropped,
}

fn listen(from: impl Read + Send + 'static, excess: Excess) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, answers) = mpsc::channel();
    std::thread::spawn(move || collect_answers(from, excess, &sender));
    answers
}

/// Splits the output at the `{ready…}` lines and hands every answer over, that line included. Ends with the process, with
/// the receiver, or with an answer that is too long and may not be.
fn collect_answers(from: impl Read, excess: Excess, sender: &Sender<io::Result<Vec<u8>>>) {
    let mut from = BufReader::new(from);
    let mut answer = Vec::new();
    loop {
        let start = answer.len();
        let room = (MAX_ANSWER_BYTES + 1).saturating_sub(start) as u64;
        match from.by_ref().take(room).read_until(b'\n', &mut answer) {
            Ok(0) if room == 0 => {
                let _ = sender.send(Err(io::Error::new(io::ErrorKind::InvalidData, "exiftool's answer is too long")));
                return;
            }
            Ok(0) => return,
            Ok(_) if answer[start..].starts_with(b"{ready") => {
                if sender.send(Ok(std::mem::take(&mut answer))).is_err() {
                    return;
                }
            }
            Ok(_) if excess == Excess::Dropped && answer.len() > MAX_ERROR_BYTES => {
                answer.truncate(start.min(MAX_ERROR_BYTES));
            }
            Ok(_) => {}
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// Like exiftool, this takes the end of its input for a pause.
    const STAYS: &str =
        "#!/bin/sh\nwhile :; do if read line; then [ \"$line\" = False ] && exit 0; else sleep 0.01; fi; done";

    #[test]
    fn its_end_is_seen_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("dies");
        std::fs::write(&program, "#!/bin/sh\nread line; echo half an answer; exit 1").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let timeout = Duration::from_secs(600);
        let setup = Setup { program, common: Vec::new(), processes: 1, hears_errors: true, timeout };
        let error = Process::start(&setup).unwrap().ask(b"/a", timeout).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn it_ends_when_nobody_can_ask_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("stays");
        std::fs::write(&program, STAYS).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let (common, timeout) = (Vec::new(), Duration::from_secs(1));
        let setup = Setup { program, common, processes: 1, hears_errors: true, timeout };
        let Process { stdin, _group: mut group, .. } = Process::start(&setup).unwrap();
        assert!(group.0.try_wait().unwrap().is_none());
        // What happens to the pipe when a node is killed.
        drop(stdin);
        for _ in 0..1_000 {
            if group.0.try_wait().unwrap().is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it stays for ever");
    }
}
