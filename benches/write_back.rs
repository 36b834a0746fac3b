//! Metadata into files: new sidecars, files themselves, and runs that find nothing to do; beside exiftool that is fed by hand.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_benches::photographs::{FILES, photographs};
use tintype_benches::{Figure, Report, Target};
use tintype_testkit::{Api, Node, numbered, picture, program};

/// Runs that are measured.
const SAMPLES: usize = 3;
/// Assets of the library whose photos get sidecars.
const ASSETS: usize = 5_000;
/// Assets in one request.
const AT_ONCE: usize = 500;
/// How long a library may take to come to rest.
const LIMIT: Duration = Duration::from_secs(1_800);

fn main() -> ExitCode {
    Report::run("write-back", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    let Some(exiftool) = program("exiftool") else {
        report.not_run("exiftool is not installed");
        return Ok(());
    };
    sidecars(report)?;
    files(report, &exiftool)
}

/// A node with everything known of photos in a folder.
struct Library {
    node: Node,
}

impl Library {
    fn of(folder: &Path, count: usize) -> Result<Self> {
        let node = Node::start()?;
        let admin = node.api().sign_up()?;
        finish(node.command(&["import"])?.arg(folder))?;
        admin.wait_for_jobs(LIMIT)?;
        let ids: Vec<String> = admin
            .assets()?
            .iter()
            .map(|asset| Ok(asset["id"].as_str().context("an asset without an id")?.to_owned()))
            .collect::<Result<_>>()?;
        ensure!(ids.len() == count, "{} assets arrived, not {count}", ids.len());
        let known = Self { node };
        known.say_everything(&admin, &ids)?;
        admin.wait_for_jobs(LIMIT)?;
        Ok(known)
    }

    /// A caption, stars, a place, a date, a person, a tag and an album for each.
    fn say_everything(&self, admin: &Api, ids: &[String]) -> Result<()> {
        let call = |method: &str, path: &str, body: &Value| -> Result<Value> {
            let answer = admin.call(method, path, Some(body))?;
            ensure!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text());
            Ok(answer.json().unwrap_or_default())
        };
        let person = call("POST", "/people", &json!({ "name": "Ada Lovelace" }))?["id"].clone();
        let tags = call("PUT", "/tags", &json!({ "tags": ["Travel/Wales"] }))?;
        let tag = tags[0]["id"].as_str().context("a tag without an id")?.to_owned();
        for some in ids.chunks(AT_ONCE) {
            let words = json!({
                "ids": some, "description": "By the sea, in the evening", "rating": 4, "latitude": -33.8567,
                "longitude": 151.2152, "dateTimeOriginal": "2024-03-09T12:34:56.000+11:00",
            });
            call("PUT", "/assets", &words)?;
            call("PUT", &format!("/tags/{tag}/assets"), &json!({ "ids": some }))?;
        }
        call("POST", "/albums", &json!({ "albumName": "Summer", "assetIds": ids }))?;
        for id in ids {
            let face = json!({
                "assetId": id, "personId": person, "imageWidth": 400, "imageHeight": 300, "x": 40, "y": 60, "width": 80,
                "height": 60,
            });
            call("POST", "/faces", &face)?;
        }
        Ok(())
    }

    /// Runs a command of write-back; its report.
    fn run(&self, arguments: &[&str]) -> Result<Value> {
        let output = finish(&mut self.node.command(&[&["write-back"], arguments, &["--json"]].concat())?)?;
        let last = output.lines().last().context("no report")?;
        serde_json::from_str(last).with_context(|| format!("{last} is no report"))
    }

    /// Files in a second of a run that has to count so many under a name.
    fn rate(&self, arguments: &[&str], name: &str, count: usize) -> Result<f64> {
        let report = self.run(arguments)?;
        ensure!(report[name].as_u64() == Some(count as u64), "{arguments:?}: {report}");
        let seconds = report["seconds"].as_f64().context("no time")?;
        Ok(count as f64 / seconds)
    }

    /// Takes the last run back.
    fn undo(&self, report: &Value, count: usize) -> Result<()> {
        let undone = self.run(&["undo", &report["run"].to_string()])?;
        ensure!(undone["written"].as_u64() == Some(count as u64), "{undone}");
        Ok(())
    }
}

fn finish(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().context("a program does not start")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(output.status.success(), "{command:?} failed:\n{}{}", text(&output.stdout), text(&output.stderr));
    Ok(text(&output.stdout))
}

/// New sidecars, and runs over them that find nothing to do.
fn sidecars(report: &mut Report) -> Result<()> {
    report.say("making a library of 5,000 photos of which everything is known");
    let folder = tempfile::tempdir()?;
    let plain = picture(1, 64, 48)?;
    for number in 0..ASSETS {
        fs::write(folder.path().join(format!("{number:05}.jpg")), numbered(&plain, number as u64)?)?;
    }
    let library = Library::of(folder.path(), ASSETS)?;
    let (mut new, mut unchanged, mut read) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let written = library.run(&["--all"])?;
        ensure!(written["written"].as_u64() == Some(ASSETS as u64), "{written}");
        new.push(ASSETS as f64 / written["seconds"].as_f64().context("no time")?);
        unchanged.push(library.rate(&["--all", "--only-new"], "equal", ASSETS)?);
        read.push(library.rate(&["--all", "--thorough"], "equal", ASSETS)?);
        library.undo(&written, ASSETS)?;
    }
    report.figure(Figure::new("new sidecars, 5,000 photos", "files/s", new).target(Target::AtLeast(1_500.0)));
    report.figure(Figure::new("nothing new, --only-new", "files/s", unchanged).target(Target::AtLeast(10_000.0)));
    report.figure(Figure::new("the same sidecars, --thorough (read without exiftool)", "files/s", read));
    Ok(())
}

/// Files themselves, beside one exiftool on each processor that is asked the same.
fn files(report: &mut Report, exiftool: &Path) -> Result<()> {
    report.say("making photographs, where they are not there yet, and a library of them");
    let photographs = photographs()?;
    let library = Library::of(&photographs, FILES)?;
    let (mut ours, mut ours_read) = (Vec::new(), Vec::new());
    let (mut fed, mut fed_writes, mut fed_reads) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let written = library.run(&["--all", "--to", "embedded"])?;
        ensure!(written["written"].as_u64() == Some(FILES as u64), "{written}");
        ours.push(FILES as f64 / written["seconds"].as_f64().context("no time")?);
        ours_read.push(library.rate(&["--all", "--to", "embedded", "--thorough"], "equal", FILES)?);
        library.undo(&written, FILES)?;
        let copies = Copies::of(&photographs)?;
        fed_reads.push(copies.rate(exiftool, &[reading])?);
        fed_writes.push(copies.rate(exiftool, &[writing])?);
        drop(copies);
        let copies = Copies::of(&photographs)?;
        fed.push(copies.rate(exiftool, &[reading, writing, reading])?);
    }
    let median = |samples: &[f64]| {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    };
    let share = |ours: &[f64], theirs: &[f64]| vec![100.0 * median(ours) / median(theirs)];
    let (same, writes, reads) = (share(&ours, &fed), share(&ours, &fed_writes), share(&ours_read, &fed_reads));
    report.figure(Figure::new("JPEGs of 2.7 MB written, proven, taken over", "files/s", ours));
    report.figure(Figure::new("exiftool by hand: asked the same (read, write, read)", "files/s", fed));
    report.figure(Figure::new("ours of that", "%", same).target(Target::AtLeast(85.0)));
    report.figure(Figure::new("exiftool by hand: told to write, nothing read", "files/s", fed_writes));
    report.figure(Figure::new("ours of that", "%", writes).target(Target::AtLeast(85.0)));
    report.figure(Figure::new("written files read again, --thorough", "files/s", ours_read));
    report.figure(Figure::new("exiftool by hand: reading", "files/s", fed_reads));
    report.figure(Figure::new("ours of that", "%", reads).target(Target::AtLeast(85.0)));
    report
        .note("by hand: one exiftool -stay_open on each processor; copies of the photographs, changed in their place");
    Ok(())
}

/// What exiftool is asked of a file, one argument on each line.
type Question = fn() -> String;

/// Every tag that is read before and after writing.
fn reading() -> String {
    const TAGS: [&str; 35] = [
        "XMP-dc:Subject",
        "IPTC:Keywords",
        "XMP-digiKam:TagsList",
        "XMP-iptcExt:PersonInImage",
        "XMP-lr:HierarchicalSubject",
        "XMP-mwg-rs:RegionInfo",
        "XMP-dc:Description",
        "XMP-tiff:ImageDescription",
        "IPTC:Caption-Abstract",
        "IFD0:ImageDescription",
        "IPTC:CodedCharacterSet",
        "GPS:GPSLatitude#",
        "GPS:GPSLatitudeRef#",
        "GPS:GPSLongitude#",
        "GPS:GPSLongitudeRef#",
        "GPS:GPSAltitude#",
        "GPS:GPSAltitudeRef#",
        "XMP-exif:GPSLatitude#",
        "XMP-exif:GPSLongitude#",
        "XMP-exif:GPSAltitude#",
        "XMP-exif:GPSAltitudeRef#",
        "Keys:GPSCoordinates#",
        "ExifIFD:DateTimeOriginal",
        "ExifIFD:CreateDate",
        "ExifIFD:OffsetTimeOriginal",
        "ExifIFD:OffsetTimeDigitized",
        "ExifIFD:SubSecTimeOriginal",
        "ExifIFD:SubSecTimeDigitized",
        "XMP-photoshop:DateCreated",
        "XMP-exif:DateTimeOriginal",
        "XMP-xmp:CreateDate",
        "QuickTime:CreateDate",
        "Keys:CreationDate",
        "XMP-xmp:Rating#",
        "XMP-xmp:Label",
    ];
    let tags: String = TAGS.iter().map(|tag| format!("-{tag}\n")).collect();
    format!("-json\n-struct\n-G1\n{tags}-IPTC:all\n-Photoshop:IPTCDigest\n-File:CurrentIPTCDigest\n")
}

/// What the library knows of each photo, as it is written into a JPEG.
fn writing() -> String {
    const CHANGES: [&str; 28] = [
        "XMP-dc:Subject+=Ada Lovelace",
        "IPTC:Keywords+=Ada Lovelace",
        "XMP-digiKam:TagsList+=People/Ada Lovelace",
        "XMP-digiKam:TagsList+=Albums/Summer",
        "XMP-digiKam:TagsList+=Travel/Wales",
        "XMP-iptcExt:PersonInImage+=Ada Lovelace",
        "XMP-lr:HierarchicalSubject+=Albums|Summer",
        "XMP-lr:HierarchicalSubject+=Travel|Wales",
        "XMP-mwg-rs:RegionInfo={AppliedToDimensions={W=4000,H=3000,Unit=pixel},RegionList=[{Area={X=0.2,Y=0.3,W=0.2,H=0.2,\
         Unit=normalized},Name=Ada Lovelace,Type=Face}]}",
        "XMP-dc:Description=By the sea, in the evening",
        "IPTC:Caption-Abstract=By the sea, in the evening",
        "IFD0:ImageDescription=By the sea, in the evening",
        "GPS:GPSLatitude#=33.85670000",
        "GPS:GPSLatitudeRef#=S",
        "GPS:GPSLongitude#=151.21520000",
        "GPS:GPSLongitudeRef#=E",
        "XMP-exif:GPSLatitude#=-33.85670000",
        "XMP-exif:GPSLongitude#=151.21520000",
        "ExifIFD:DateTimeOriginal=2024:03:09 12:34:56",
        "ExifIFD:CreateDate=2024:03:09 12:34:56",
        "ExifIFD:OffsetTimeOriginal=+11:00",
        "ExifIFD:OffsetTimeDigitized=+11:00",
        "XMP-photoshop:DateCreated=2024:03:09 12:34:56+11:00",
        "XMP-xmp:Rating#=4",
        "IPTC:CodedCharacterSet=UTF8",
        "XMP-exif:GPSAltitude#=",
        "GPS:GPSAltitude#=",
        "XMP-xmp:Label=",
    ];
    let changes: String = CHANGES.iter().map(|change| format!("-{change}\n")).collect();
    format!("-E\n-overwrite_original\n{changes}")
}

/// Copies of the photographs, for exiftool alone.
struct Copies {
    _folder: tempfile::TempDir,
    files: Vec<PathBuf>,
}

impl Copies {
    fn of(photographs: &Path) -> Result<Self> {
        let folder = tempfile::tempdir_in(photographs.parent().unwrap_or(photographs))?;
        let mut files = Vec::with_capacity(FILES);
        for number in 0..FILES {
            let name = format!("IMG_{number:04}.jpg");
            files.push(folder.path().join(&name));
            fs::copy(photographs.join(&name), folder.path().join(&name))?;
        }
        Ok(Self { _folder: folder, files })
    }

    /// Files in a second, asked these questions one after the other, with a process on each processor.
    fn rate(&self, exiftool: &Path, questions: &[Question]) -> Result<f64> {
        let processes = thread::available_parallelism().map_or(1, usize::from);
        let share = self.files.len().div_ceil(processes);
        let mut fed: Vec<Fed> = (0..processes).map(|_| Fed::start(exiftool)).collect::<Result<_>>()?;
        let begin = Instant::now();
        thread::scope(|scope| {
            let ask = |(fed, files)| scope.spawn(move || Fed::ask_all(fed, files, questions));
            let threads: Vec<_> = fed.iter_mut().zip(self.files.chunks(share)).map(ask).collect();
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("it panicked"))?)
        })?;
        Ok(self.files.len() as f64 / begin.elapsed().as_secs_f64())
    }
}

/// An exiftool that stays open.
struct Fed {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Fed {
    fn start(exiftool: &Path) -> Result<Self> {
        let mut command = Command::new(exiftool);
        command.args(["-config", "", "-stay_open", "True", "-@", "-", "-common_args", "-charset", "filename=utf8"]);
        command.args(["-api", "largefilesupport=1"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let stdin = child.stdin.take().context("no input")?;
        let stdout = BufReader::new(child.stdout.take().context("no output")?);
        let mut fed = Self { child, stdin, stdout };
        // It has read its programs once it has answered.
        fed.ask("-ver\n")?;
        Ok(fed)
    }

    fn ask_all(&mut self, files: &[PathBuf], questions: &[Question]) -> Result<()> {
        for file in files {
            for question in questions {
                let answer = self.ask(&format!("{}{}\n", question(), file.display()))?;
                let is_well = answer.contains("SourceFile") || answer.contains("1 image files updated");
                ensure!(is_well, "exiftool says of {}: {answer}", file.display());
            }
        }
        Ok(())
    }

    fn ask(&mut self, question: &str) -> Result<String> {
        self.stdin.write_all(format!("{question}-execute\n").as_bytes())?;
        self.stdin.flush()?;
        let mut answer = String::new();
        loop {
            let begin = answer.len();
            ensure!(self.stdout.read_line(&mut answer)? > 0, "exiftool ended");
            if answer[begin..].starts_with("{ready") {
                return Ok(answer);
            }
        }
    }
}

impl Drop for Fed {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
