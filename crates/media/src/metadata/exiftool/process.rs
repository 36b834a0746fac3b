//! One exiftool process: questions through its standard input, answers from its standard output.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use crate::metadata::tags::Tags;

/// An answer with the few tags asked for is some kilobytes; a longer one is an attack.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// Everything [`crate::metadata`] wants to know. `#` asks for the number behind the pretty text.
const TAGS: [&str; 63] = [
    "SubSecDateTimeOriginal",
    "SubSecCreateDate",
    "DateTimeOriginal",
    "CreationDate",
    "CreateDate",
    "MediaCreateDate",
    "DateTimeCreated",
    "GPSDateTime",
    "DateTimeUTC",
    "SonyDateTime2",
    "SourceImageCreateTime",
    "TimeZone",
    "TimeZoneOffset",
    "OffsetTimeOriginal",
    "OffsetTimeDigitized",
    "DaylightSavings",
    "TimeStamp",
    "ImageSize",
    "ImageWidth",
    "ImageHeight",
    "Orientation#",
    "GPSLatitude#",
    "GPSLongitude#",
    "Make",
    "Device",
    "DeviceManufacturer",
    "AndroidMake",
    "Model",
    "DeviceModelName",
    "AndroidModel",
    "LensID",
    "LensType",
    "LensSpec",
    "LensModel",
    "ImageDescription",
    "Description",
    "Rating",
    "FNumber",
    "FocalLength#",
    "ISO",
    "ExposureTime",
    "VideoFrameRate",
    "ProjectionType",
    "ProfileDescription",
    "ContentIdentifier",
    "MediaGroupUUID",
    "BurstID",
    "BurstUUID",
    "CameraBurstID",
    "MediaUniqueID",
    "TagsList",
    "HierarchicalSubject",
    "Keywords",
    "RegionInfo",
    "Duration#",
    "MIMEType",
    // exiftool builds composite tags only from what was asked for or what it needs; these keep the GPS time complete.
    "GPSDateStamp",
    "GPSTimeStamp",
    "SubSecTimeOriginal",
    "SubSecTimeDigitized",
    "SubSecTime",
    "OffsetTime",
    "Error",
];

/// Feeds exiftool. In its stay-open mode it takes the end of its input for a pause, and would outlive a node that was
/// killed; so it is told to end when the input ends.
const FEEDER: &str = r#"{ cat; printf '%s\n' -stay_open False; } | "$0" "$@""#;

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
pub(super) struct Process {
    stdin: ChildStdin,
    answers: Receiver<io::Result<Vec<u8>>>,
    next: u64,
    // Last: the process must outlive its pipes' use above.
    _group: Group,
}

impl Process {
    /// Starts `program` in its stay-open mode.
    pub(super) fn start(program: &Path) -> io::Result<Self> {
        // The shell would start without it.
        std::fs::metadata(program)?;
        let mut command = Command::new("sh");
        command.args(["-c", FEEDER]).arg(program).process_group(0);
        // An empty -config keeps a user's own configuration from changing what tags mean.
        command.args(["-config", "", "-stay_open", "True", "-@", "-", "-common_args"]);
        command.args([
            "-json",
            "-use",
            "MWG",
            "-charset",
            "filename=utf8",
            "-api",
            "largefilesupport=1",
            "-api",
            "struct=1",
        ]);
        command.args(TAGS.map(|tag| format!("-{tag}")));
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut group = Group(child);
        let stdin = group.0.stdin.take().expect("standard input is piped");
        let stdout = group.0.stdout.take().expect("standard output is piped");
        let (sender, answers) = mpsc::channel();
        std::thread::spawn(move || collect_answers(stdout, &sender));
        Ok(Self { stdin, answers, next: 1, _group: group })
    }

    /// The tags of the file at the absolute `path`. After an error the process must not be asked again.
    pub(super) fn ask(&mut self, path: &Path, timeout: Duration) -> io::Result<Tags> {
        let path = path.as_os_str().as_bytes();
        if path.iter().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "exiftool takes no path with line breaks"));
        }
        let number = self.next;
        self.next += 1;
        let mut question = path.to_vec();
        question.extend_from_slice(format!("\n-execute{number}\n").as_bytes());
        self.stdin.write_all(&question)?;
        self.stdin.flush()?;
        let answer = match self.answers.recv_timeout(timeout) {
            Ok(answer) => answer?,
            Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => return Err(io::ErrorKind::BrokenPipe.into()),
        };
        let json = answer
            .strip_suffix(format!("{{ready{number}}}\n").as_bytes())
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "exiftool answered another question"))?;
        parse(json)
    }
}

/// Splits the output at the `{ready…}` lines and hands every answer over, that line included. Ends with the process, with
/// the receiver, or with an answer which is too long.
fn collect_answers(stdout: ChildStdout, sender: &Sender<io::Result<Vec<u8>>>) {
    let mut stdout = BufReader::new(stdout);
    let mut answer = Vec::new();
    loop {
        let start = answer.len();
        let room = (MAX_ANSWER_BYTES + 1).saturating_sub(start) as u64;
        match stdout.by_ref().take(room).read_until(b'\n', &mut answer) {
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
            Ok(_) => {}
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
        }
    }
}

/// An array with one object. Nothing at all is what exiftool prints for a file it cannot open.
fn parse(json: &[u8]) -> io::Result<Tags> {
    if json.trim_ascii().is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "exiftool could not open the file"));
    }
    // Text in files may be in any encoding, and exiftool passes some of it on.
    let text = String::from_utf8_lossy(json);
    let mut objects: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&text)?;
    let object = objects.pop().ok_or(io::ErrorKind::InvalidData)?;
    Ok(Tags::from_json(object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    /// Like exiftool, this takes the end of its input for a pause.
    const STAYS: &str =
        "#!/bin/sh\nwhile :; do if read line; then [ \"$line\" = False ] && exit 0; else sleep 0.01; fi; done";

    #[test]
    fn it_ends_when_nobody_can_ask_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("stays");
        std::fs::write(&program, STAYS).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let Process { stdin, _group: mut group, .. } = Process::start(&program).unwrap();
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
