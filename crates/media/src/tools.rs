//! The external programs Tintype can use. All are optional: what is missing is said once, with the feature it disables.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One program found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Absolute path of the executable.
    pub path: PathBuf,
    /// The version as the program itself prints it, e.g. `12.57`.
    pub version: String,
}

/// What a missing tool costs, and how the tool is asked for its version.
#[derive(Debug, Clone, Copy)]
pub struct ToolKind {
    /// Name of the executable, looked up in `PATH`.
    pub name: &'static str,
    /// Argument that makes it print its version and exit.
    version_argument: &'static str,
    /// What does not work without it, as a sentence part: "without X, …".
    pub disables: &'static str,
}

/// Every tool Tintype knows, in the order `doctor` lists them.
pub const KINDS: [ToolKind; 6] = [
    ToolKind {
        name: "exiftool",
        version_argument: "-ver",
        disables: "maker notes, RAW previews and rare formats are read by the built-in reader only",
    },
    ToolKind { name: "ffmpeg", version_argument: "-version", disables: "videos get no poster picture" },
    ToolKind { name: "ffprobe", version_argument: "-version", disables: "videos get no duration and size" },
    ToolKind { name: "cjxl", version_argument: "--version", disables: "JPEGs cannot be packed as lossless JPEG XL" },
    ToolKind {
        name: "djxl",
        version_argument: "--version",
        disables: "packed JPEGs are checked by the built-in decoder only",
    },
    ToolKind { name: "avifenc", version_argument: "--version", disables: "no recipe makes AVIF pictures" },
];

/// The tools found on this machine. Looked up once at start and passed on; nothing searches `PATH` again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tools {
    /// Reads (and later writes) metadata of nearly every format.
    pub exiftool: Option<Tool>,
    /// Decodes videos and rare pictures.
    pub ffmpeg: Option<Tool>,
    /// Tells size, duration and streams of videos.
    pub ffprobe: Option<Tool>,
    /// Packs JPEGs losslessly.
    pub cjxl: Option<Tool>,
    /// Unpacks them again.
    pub djxl: Option<Tool>,
    /// Makes AVIF pictures.
    pub avifenc: Option<Tool>,
}

impl Tools {
    /// Looks for every tool in the directories of `search_path` (the value of `PATH`) and asks it for its version.
    /// A program that is there but does not answer its version query counts as missing.
    pub fn find(search_path: &std::ffi::OsStr) -> Self {
        let dirs: Vec<PathBuf> = std::env::split_paths(search_path).collect();
        let [exiftool, ffmpeg, ffprobe, cjxl, djxl, avifenc] = KINDS.map(|kind| find_one(&dirs, kind));
        Self { exiftool, ffmpeg, ffprobe, cjxl, djxl, avifenc }
    }

    /// Every known tool with what was found, in the order of [`KINDS`].
    pub fn each(&self) -> [(ToolKind, Option<&Tool>); 6] {
        let found = [
            self.exiftool.as_ref(),
            self.ffmpeg.as_ref(),
            self.ffprobe.as_ref(),
            self.cjxl.as_ref(),
            self.djxl.as_ref(),
            self.avifenc.as_ref(),
        ];
        let mut found = found.into_iter();
        KINDS.map(|kind| (kind, found.next().flatten()))
    }

    /// The tool of this name, if it is known and was found.
    pub fn named(&self, name: &str) -> Option<&Tool> {
        self.each().into_iter().find(|(kind, _)| kind.name == name).and_then(|(_, tool)| tool)
    }
}

fn find_one(dirs: &[PathBuf], kind: ToolKind) -> Option<Tool> {
    let path = dirs.iter().map(|dir| dir.join(kind.name)).find(|path| path.is_file())?;
    let version = ask_version(&path, kind.version_argument)?;
    Some(Tool { path, version })
}

fn ask_version(path: &Path, argument: &str) -> Option<String> {
    let output = Command::new(path).arg(argument).stdin(Stdio::null()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(if output.stdout.is_empty() { &output.stderr } else { &output.stdout });
    let line = text.lines().next().unwrap_or_default();
    let version = line
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .unwrap_or(line);
    Some(version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn script(dir: &Path, name: &str, body: &str) {
        let path = dir.join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn finds_tools_and_reads_their_versions() {
        let dir = tempfile::tempdir().unwrap();
        script(dir.path(), "exiftool", "echo 12.57");
        script(dir.path(), "ffmpeg", "echo 'ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026'");
        script(dir.path(), "cjxl", "echo 'cjxl v0.7.0 [AVX2]'");
        script(dir.path(), "djxl", "exit 1");
        let tools = Tools::find(dir.path().as_os_str());
        assert_eq!(tools.exiftool.map(|t| t.version).as_deref(), Some("12.57"));
        assert_eq!(tools.ffmpeg.map(|t| t.version).as_deref(), Some("5.1.9-0+deb12u1"));
        assert_eq!(tools.cjxl.map(|t| t.version).as_deref(), Some("0.7.0"));
        assert_eq!(tools.djxl, None, "a tool that fails its version query is not usable");
        assert_eq!(tools.ffprobe, None);
    }
}
