//! Recipes over files: with programs that fail in every way, and with the real ones where they are installed.

mod faults;
mod real;
mod samples;

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sha1::Digest;
use tempfile::TempDir;
use tintype_protocol::checksum::Sha1;

use super::{Derived, Destination, Engine, Input, Outcome, Profile, RecipeError, Refusal};
use crate::synthetic::{self, Story};
use crate::tools::{Tool, Tools};

/// A folder with originals, fake programs and a scratch folder.
struct Bench {
    folder: TempDir,
    tools: Tools,
    destination: Destination,
}

fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

fn real_tools() -> Tools {
    Tools::find(&search_path())
}

fn story() -> Story {
    Story { taken: "2024:03:09 12:34:56".to_owned(), place: Some((52.5, 13.4)) }
}

/// A JPEG with as much noise as a camera makes, and what a camera writes into it.
fn photo(seed: u32, width: u16, height: u16) -> Vec<u8> {
    let mut noise = seed;
    let pixels: Vec<u8> = (0..u32::from(width) * u32::from(height))
        .flat_map(|at| {
            let (x, y) = (at % u32::from(width), at / u32::from(width));
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = noise >> 27;
            [x * seed / 20 + grain, y / 3 + grain, (x + y) / 6 + grain].map(|sample| (sample % 256) as u8)
        })
        .collect();
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb).unwrap();
    let told = synthetic::picture(1, 8, 8, &story()).unwrap();
    let at = memchr::memmem::find(&told, b"\xff\xe1").unwrap();
    let end = at + 2 + usize::from(u16::from_be_bytes([told[at + 2], told[at + 3]]));
    [&bytes[..2], &told[at..end], &bytes[2..]].concat()
}

impl Bench {
    fn new(tools: Tools) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("scratch")).unwrap();
        std::fs::create_dir(folder.path().join("bin")).unwrap();
        Self { folder, tools, destination: Destination::Rebuilds }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn scratch(&self) -> PathBuf {
        self.path("scratch")
    }

    /// An executable script in the search path.
    fn script(&self, name: &str, body: &str) -> Tool {
        let path = self.path("bin").join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Tool { path, version: "0".to_owned() }
    }

    fn jpeg(&self) -> PathBuf {
        self.file("photo.jpg", &photo(7, 640, 480))
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn engine(&self) -> Engine {
        let mut path = self.path("bin").into_os_string();
        path.push(":");
        path.push(search_path());
        Engine::new(Arc::new(self.tools.clone()), path, self.scratch(), None)
    }

    fn try_run(&self, file: &Path, profile: &str, stop: &AtomicBool) -> Result<Outcome, RecipeError> {
        let profile: Profile = toml::from_str(profile).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let before = std::fs::read(file).unwrap();
        let outcome =
            self.engine().run(&Input { path: file, name, destination: self.destination }, "test", &profile, stop);
        assert_eq!(std::fs::read(file).unwrap(), before, "an original is never changed");
        outcome
    }

    fn run(&self, file: &Path, profile: &str) -> Outcome {
        self.try_run(file, profile, &AtomicBool::new(false)).unwrap()
    }

    /// Runs, and gives the reasons why the file was kept.
    fn kept(&self, file: &Path, profile: &str) -> String {
        match self.run(file, profile) {
            Outcome::Kept { reasons } => {
                assert!(self.scratch_is_empty(), "nothing is left behind");
                reasons.iter().map(Refusal::to_string).collect::<Vec<_>>().join("; ")
            }
            Outcome::Derived(derived) => panic!("{derived:?}"),
        }
    }

    fn derived(&self, file: &Path, profile: &str) -> Derived {
        match self.run(file, profile) {
            Outcome::Derived(derived) => {
                let bytes = std::fs::read(&derived.file).unwrap();
                assert_eq!((sha1(&bytes), bytes.len() as u64), (derived.sha1, derived.size_bytes));
                let original = std::fs::read(file).unwrap();
                assert_eq!((sha1(&original), original.len() as u64), (derived.original_sha1, derived.original_bytes));
                assert!(derived.size_bytes < derived.original_bytes);
                *derived
            }
            Outcome::Kept { reasons } => panic!("{reasons:?}"),
        }
    }

    fn scratch_is_empty(&self) -> bool {
        std::fs::read_dir(self.scratch()).unwrap().next().is_none()
    }
}

fn sha1(bytes: &[u8]) -> Sha1 {
    Sha1(sha1::Sha1::digest(bytes).into())
}

/// Whether these programs are installed; notes that `what` did not run if not.
fn has(what: &str, tools: &Tools, names: &[&str]) -> bool {
    match names.iter().find(|name| tools.named(name).is_none()) {
        Some(name) => {
            tintype_testkit::not_run(what, &format!("{name} is not installed"));
            false
        }
        None => true,
    }
}
