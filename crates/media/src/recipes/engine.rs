//! Runs the steps of a profile on one file until one of them succeeds.

mod proofs;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use sha1::Digest;
use tempfile::TempDir;
use tintype_protocol::checksum::Sha1;

use super::bounds::{Bounds, MAX_MEMORY_BYTES, MAX_PICTURE_TIME, output_bound, video_time};
use super::error::RecipeError;
use super::lossy::{self, Candidate};
use super::outcome::{Derived, Outcome, Proof, Reason, Refusal};
use super::profile::{Method, Profile, Step};
use super::program::{Halt, Runner};
use super::retold;
use super::special::{self, Special};
use super::streams::{self, Streams};
use super::template::Places;
use super::turns::Turns;
use super::{jpeg_walk, methods, png_chunks};
use crate::formats::MediaKind;
use crate::metadata::MetadataReader;
use crate::pictures::{Limits, Renderer};
use crate::sniff::{self, Container};
use crate::tools::Tools;

/// What begins the names of everything in the scratch folder. What bears it when no engine runs is left from a process that
/// was killed, and may be deleted.
pub const SCRATCH_PREFIX: &str = "tintype-recipe-";

/// The largest picture file that is looked into, in bytes.
const MAX_PICTURE_BYTES: u64 = 512 << 20;

/// What stays free in the scratch folder besides what a step may write, in bytes.
const RESERVE_BYTES: u64 = 64 << 20;

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 256 << 10;

/// Who gets the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// It rebuilds the original from an exact result whenever it is asked for it.
    Rebuilds,
    /// It shows what it gets: a file of several parts must not become one of one part.
    TakesAsIs,
}

/// A file to be made smaller.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Where it is.
    pub path: &'a Path,
    /// Its own name, which may differ from the path's.
    pub name: &'a str,
    /// Who gets the result.
    pub destination: Destination,
}

/// Runs recipes. One engine serves any number of threads; what bounds the whole is the number of those.
#[derive(Debug)]
pub struct Engine {
    pub(crate) tools: Arc<Tools>,
    pub(crate) renderer: Renderer,
    pub(crate) reader: MetadataReader,
    search_path: OsString,
    scratch: PathBuf,
    limits: Limits,
    reserve: u64,
    /// JPEGs being packed, and being turned back. The two take about as long, so half as many places in each as there are
    /// processors keep all of them busy, with half of the memory.
    packing: Turns,
    turning_back: Turns,
}

/// The file at hand, with what is known of it.
#[derive(Debug)]
pub(crate) struct Original<'a> {
    pub(crate) path: &'a Path,
    pub(crate) name: &'a str,
    pub(crate) container: Container,
    pub(crate) size: u64,
    sha1: Sha1,
    stamp: Stamp,
    bytes: OnceLock<Vec<u8>>,
}

/// Changes when a file does.
#[derive(Debug, PartialEq, Eq)]
struct Stamp(u64, u64, u64, i64, i64);

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|data| Self(data.dev(), data.ino(), data.len(), data.mtime(), data.mtime_nsec()))
    }
}

impl Original<'_> {
    /// All of it; read once.
    pub(crate) fn bytes(&self) -> io::Result<&[u8]> {
        if let Some(bytes) = self.bytes.get() {
            return Ok(bytes);
        }
        let mut bytes = Vec::new();
        File::open(self.path)?.take(MAX_PICTURE_BYTES).read_to_end(&mut bytes)?;
        Ok(self.bytes.get_or_init(|| bytes))
    }

    pub(crate) fn unreadable(&self, source: io::Error) -> RecipeError {
        RecipeError::Original { path: self.path.to_owned(), source }
    }

    fn media_type(&self) -> &'static str {
        self.container.media_type()
    }

    /// A name without anything in it but the extension of the content, which programs go by.
    pub(crate) fn known_name(&self) -> String {
        let own = Path::new(self.name).extension().and_then(|extension| extension.to_str());
        let raw = own.filter(|_| special::is_raw(self.container, self.name)).map(str::to_ascii_lowercase);
        format!("input.{}", raw.as_deref().unwrap_or(methods::extension(self.container)))
    }
}

/// One step at work in a folder of its own.
struct Work<'a> {
    step: &'a Step,
    runner: Runner<'a>,
    folder: &'a Path,
    input: PathBuf,
}

impl Engine {
    /// `search_path` is all that declared commands get to know of the environment; `scratch` an existing folder for everything
    /// temporary; `decoder_program` as for [`Renderer::new`].
    pub fn new(tools: Arc<Tools>, search_path: OsString, scratch: PathBuf, decoder_program: Option<PathBuf>) -> Self {
        let limits = Limits::default();
        let places = std::thread::available_parallelism().map_or(1, |processors| processors.get().div_ceil(2));
        Self {
            renderer: Renderer::new(Arc::clone(&tools), limits, decoder_program),
            reader: MetadataReader::new(Arc::clone(&tools)),
            tools,
            search_path,
            scratch,
            limits,
            reserve: RESERVE_BYTES,
            packing: Turns::new(places),
            turning_back: Turns::new(places),
        }
    }

    /// Keeps so many bytes free in the scratch folder.
    #[must_use]
    pub fn with_reserve(mut self, bytes: u64) -> Self {
        self.reserve = bytes;
        self
    }

    /// Tries the steps of `profile`, which is called `profile_name`, on a file. Blocks, for hours with long videos; returns
    /// [`RecipeError::Stopped`] soon after `stop` is set.
    pub fn run(
        &self,
        input: &Input<'_>,
        profile_name: &str,
        profile: &Profile,
        stop: &AtomicBool,
    ) -> Result<Outcome, RecipeError> {
        let mut reasons = Vec::new();
        let Some(original) = self.look_at(input, stop)? else { return Ok(Outcome::Kept { reasons }) };
        for step in profile.steps.iter().filter(|step| step.takes(original.media_type())) {
            let refused = |reason| Refusal { step: step.name().to_owned(), reason };
            if step.method == Method::Pass {
                reasons.push(refused(Reason::Passed));
                break;
            }
            match self.attempt(&original, input.destination, step, stop) {
                Ok(mut derived) => {
                    self.is_unchanged(&original)?;
                    derived.recipe = format!("{profile_name}/{}", step.name());
                    derived.reasons = reasons;
                    return Ok(Outcome::Derived(Box::new(derived)));
                }
                Err(Halt::Refused(reason)) => reasons.push(refused(reason)),
                Err(Halt::Failed(error)) => return Err(error),
            }
        }
        self.is_unchanged(&original)?;
        Ok(Outcome::Kept { reasons })
    }

    /// `None` for a file that is not recognised.
    fn look_at<'a>(&self, input: &Input<'a>, stop: &AtomicBool) -> Result<Option<Original<'a>>, RecipeError> {
        let failed = |source| RecipeError::Original { path: input.path.to_owned(), source };
        let stamp = Stamp::of(input.path).map_err(failed)?;
        let Some(container) = recognise(input.path).map_err(failed)? else { return Ok(None) };
        let (sha1, size) = hash(input.path, stop).map_err(failed)?.ok_or(RecipeError::Stopped)?;
        let (path, name) = (input.path, input.name);
        Ok(Some(Original { path, name, container, size, sha1, stamp, bytes: OnceLock::new() }))
    }

    fn is_unchanged(&self, original: &Original<'_>) -> Result<(), RecipeError> {
        let now = Stamp::of(original.path).map_err(|source| original.unreadable(source))?;
        if now == original.stamp { Ok(()) } else { Err(RecipeError::Changed { path: original.path.to_owned() }) }
    }

    fn attempt(
        &self,
        original: &Original<'_>,
        destination: Destination,
        step: &Step,
        stop: &AtomicBool,
    ) -> Result<Derived, Halt> {
        if original.container.kind() == MediaKind::Image && original.size > MAX_PICTURE_BYTES {
            return Err(Reason::Unknown { what: "what is in a picture of half a gigabyte" }.into());
        }
        let scratch = |source| RecipeError::Scratch { folder: self.scratch.clone(), source };
        self.has_room(original)?;
        let folder = tempfile::Builder::new().prefix(SCRATCH_PREFIX).tempdir_in(&self.scratch).map_err(scratch)?;
        let work = self.prepare(original, step, stop, &folder).map_err(scratch)?;
        let result = self.make(original, destination, &work);
        // A program that found the disk full says so in words of its own; the disk says it better.
        if matches!(result, Err(Halt::Refused(Reason::Failed { .. } | Reason::NoResult { .. }))) {
            self.has_room(original)?;
        }
        result
    }

    /// The original gets a name without surprises, with the extension of its content.
    fn prepare<'a>(
        &'a self,
        original: &Original<'_>,
        step: &'a Step,
        stop: &'a AtomicBool,
        folder: &'a TempDir,
    ) -> io::Result<Work<'a>> {
        let folder = folder.path();
        let input = folder.join(original.known_name());
        std::os::unix::fs::symlink(std::path::absolute(original.path)?, &input)?;
        let runner = Runner { folder, search_path: &self.search_path, stop };
        Ok(Work { step, runner, folder, input })
    }

    fn has_room(&self, original: &Original<'_>) -> Result<(), RecipeError> {
        let failed = |source: io::Error| RecipeError::Scratch { folder: self.scratch.clone(), source };
        let disk = rustix::fs::statvfs(&self.scratch).map_err(|errno| failed(errno.into()))?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let needed = output_bound(original.size).saturating_add(self.reserve);
        if free < needed {
            return Err(RecipeError::Full { folder: self.scratch.clone(), free, needed });
        }
        Ok(())
    }

    fn make(&self, original: &Original<'_>, destination: Destination, work: &Work<'_>) -> Result<Derived, Halt> {
        let step = work.step;
        let is_film = original.container.kind() == MediaKind::Video;
        if !step.method.is_lossless() {
            retold::needs(&self.tools)?;
        }
        let film = if is_film { Some(streams::probe(&work.runner, &self.tools, &work.input)?) } else { None };
        self.is_for_it(original, destination, work, film.as_ref())?;
        let output = self.run_method(original, work, film.as_ref())?;
        let container = self.result_kind(original, step, &output)?;
        let name = format!("output.{}", methods::extension(container));
        let derived = Candidate { path: &output, name: &name, container };
        let proof = match &step.method {
            Method::JpegToJxlLossless => {
                is_smaller(original, step, &output)?;
                self.comes_back(original, &output, work.runner.stop)?
            }
            Method::PngToJxlLossless => self.same_pixels(original, work, derived)?,
            _ => {
                is_smaller(original, step, &output)?;
                retold::copy(&work.runner, &self.tools, &work.input, &output, container)?;
                is_smaller(original, step, &output)?;
                lossy::prove(self, &work.runner, original, &work.input, film.as_ref(), derived)?
            }
        };
        self.take_over(original, work, container, &output, proof)
    }

    /// Leaves special files alone, as far as this method would harm them.
    fn is_for_it(
        &self,
        original: &Original<'_>,
        destination: Destination,
        work: &Work<'_>,
        film: Option<&Streams>,
    ) -> Result<(), Halt> {
        let harmed: &[Special] = match (&work.step.method, destination) {
            (Method::JpegToJxlLossless, Destination::Rebuilds) => return Ok(()),
            (Method::JpegToJxlLossless, Destination::TakesAsIs) => {
                &[Special::GainMap, Special::SeveralPictures, Special::MotionPhoto, Special::TrailingData]
            }
            (Method::PngToJxlLossless, _) => &[Special::Animated],
            _ => &[],
        };
        let found = self.special(original, work, film)?;
        let is_left_alone = |special: &&Special| {
            (harmed.is_empty() || harmed.contains(special)) && !work.step.includes.contains(special)
        };
        match found.iter().find(is_left_alone) {
            Some(&special) => Err(Reason::LeftAlone { special }.into()),
            None => Ok(()),
        }
    }

    fn special(
        &self,
        original: &Original<'_>,
        work: &Work<'_>,
        film: Option<&Streams>,
    ) -> Result<BTreeSet<Special>, Halt> {
        let unreadable = |source| original.unreadable(source);
        let read = || self.reader.read(&work.input, &original.known_name(), None).unwrap_or_default();
        if let Some(film) = film {
            return Ok(special::of_video(film.bits_per_pixel(original.size), read().projection_type.is_some()));
        }
        let pixels = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        let size = match original.container {
            Container::Jpeg => {
                jpeg_walk::walk(original.bytes().map_err(unreadable)?).map(|walk| (walk.width, walk.height))
            }
            Container::Png => {
                png_chunks::read(original.bytes().map_err(unreadable)?).map(|chunks| (chunks.width, chunks.height))
            }
            _ => read().displayed_size(),
        };
        Ok(special::of_picture(original, size.map(pixels)).map_err(unreadable)?)
    }

    fn run_method(&self, original: &Original<'_>, work: &Work<'_>, film: Option<&Streams>) -> Result<PathBuf, Halt> {
        let step = work.step;
        let (program, path, output, arguments) = match &step.method {
            Method::Command(template) => {
                let output = work.folder.join(format!("output.{}", template.extension()));
                let path = work.runner.find(template.program());
                let places = Places { input: &work.input, output: &output, name: original.name };
                let arguments = template.fill(places);
                (template.program_name(), path, output, arguments)
            }
            method => {
                let program = methods::program(method);
                let container = methods::result(method, original.container).unwrap_or(original.container);
                let output = work.folder.join(format!("output.{}", methods::extension(container)));
                let path = self.tools.named(program).map(|tool| tool.path.clone());
                let arguments = methods::arguments(method, original.container, &work.input, &output);
                (program, path, output, arguments)
            }
        };
        let path = path.ok_or_else(|| Reason::MissingTool { tool: program.to_owned() })?;
        let usual = film.map_or(MAX_PICTURE_TIME, |film| video_time(film.duration));
        let memory = step.memory.unwrap_or(MAX_MEMORY_BYTES);
        let bounds = Bounds::new(step.time.unwrap_or(usual), memory, original.size);
        let _turn = match step.method {
            Method::JpegToJxlLossless => Some(self.packing.take(work.runner.stop).ok_or(RecipeError::Stopped)?),
            _ => None,
        };
        work.runner.run(program, &path, &arguments, bounds)?;
        // A link or a folder in its place is no result.
        let is_file = fs::symlink_metadata(&output).is_ok_and(|data| data.is_file() && data.len() > 0);
        if is_file { Ok(output) } else { Err(Reason::NoResult { program: program.to_owned() }.into()) }
    }

    fn result_kind(&self, original: &Original<'_>, step: &Step, output: &Path) -> Result<Container, Halt> {
        let scratch = |source| RecipeError::Scratch { folder: self.scratch.clone(), source };
        let found = recognise(output).map_err(scratch)?;
        let expected = methods::result(&step.method, original.container);
        let fits = |container: &Container| match expected {
            Some(expected) => *container == expected,
            None => container.kind() == original.container.kind(),
        };
        found.filter(fits).ok_or_else(|| {
            let expected = expected.map_or("a file of its own kind", Container::media_type).to_owned();
            let found = found.map_or("nothing known", Container::media_type).to_owned();
            Reason::WrongKind { expected, found }.into()
        })
    }

    /// Moves the result out of the folder of the step, which is about to vanish.
    fn take_over(
        &self,
        original: &Original<'_>,
        work: &Work<'_>,
        container: Container,
        output: &Path,
        proof: Proof,
    ) -> Result<Derived, Halt> {
        let scratch = |source| RecipeError::Scratch { folder: self.scratch.clone(), source };
        let (sha1, size_bytes) = hash(output, work.runner.stop).map_err(scratch)?.ok_or(RecipeError::Stopped)?;
        let file = tempfile::Builder::new().prefix(SCRATCH_PREFIX).tempfile_in(&self.scratch).map_err(scratch)?;
        let file = file.into_temp_path();
        fs::rename(output, &file).map_err(scratch)?;
        Ok(Derived {
            file,
            sha1,
            size_bytes,
            original_sha1: original.sha1,
            original_bytes: original.size,
            media_type: container.media_type(),
            extension: methods::extension(container),
            recipe: String::new(),
            is_lossless: work.step.method.is_lossless(),
            proof,
            reasons: Vec::new(),
        })
    }
}

fn is_smaller(original: &Original<'_>, step: &Step, output: &Path) -> Result<(), Reason> {
    let bytes = fs::metadata(output).map_or(u64::MAX, |data| data.len());
    let share = (original.size as f64 * step.at_most) as u64;
    let limit = share.min(original.size.saturating_sub(1));
    if bytes > limit { Err(Reason::NotSmaller { bytes, original: original.size, limit }) } else { Ok(()) }
}

fn recognise(path: &Path) -> io::Result<Option<Container>> {
    let mut head = Vec::with_capacity(sniff::HEAD_BYTES);
    File::open(path)?.take(sniff::HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(sniff::sniff(&head))
}

/// The SHA-1 and the length of a file; `None` if it was told to stop.
fn hash(path: &Path, stop: &AtomicBool) -> io::Result<Option<(Sha1, u64)>> {
    let mut file = File::open(path)?;
    let mut digest = sha1::Sha1::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut length = 0;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match file.read(&mut chunk) {
            Ok(0) => return Ok(Some((Sha1(digest.finalize().into()), length))),
            Ok(count) => {
                digest.update(&chunk[..count]);
                length += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
