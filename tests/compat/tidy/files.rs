//! Rules about files of every kind: what must be there, and what must not be in them.

use super::{OWN, none};
use crate::tree::{File, files};

/// Paths that exist on one person's machine only.
const MACHINE_PATHS: &[&str] = &["/work/", "/root/", "/tmp/target", "/home/"];

/// The only place from which crates come, as a lock file names it.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// What every release carries.
const REQUIRED: &[&str] =
    &["LICENSE-MIT", "LICENSE-APACHE", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "COMPAT.md"];

fn missing_files(files: &[File]) -> Vec<String> {
    let is_there = |name: &&&str| files.iter().any(|file| file.path == **name && !file.text.trim().is_empty());
    REQUIRED.iter().filter(|name| !is_there(name)).map(ToString::to_string).collect()
}

/// Addresses of one person's registry, as lock files of npm, yarn, pnpm and cargo would carry them.
fn registry_addresses(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| !file.is_below(&[OWN])) {
        for (index, line) in file.text.lines().enumerate() {
            let text = line.trim();
            let of_npm = ["\"resolved\": \"http", "\"resolved\":\"http", "resolved \"http", "tarball: http"];
            let of_cargo =
                file.path.ends_with("Cargo.lock") && text.starts_with("source = ") && !text.contains(CRATES_IO);
            if of_cargo || of_npm.iter().any(|mark| text.contains(mark)) {
                faults.push(format!("{}:{}", file.path, index + 1));
            }
        }
    }
    faults
}

fn machine_paths(files: &[File]) -> Vec<String> {
    // A name in front makes it part of a longer path or address, as in `example.org/work/`.
    let stands_alone = |line: &str, at: usize| {
        !line[..at].chars().next_back().is_some_and(|before| before.is_alphanumeric() || "._-~}>)*".contains(before))
    };
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| !file.is_below(&[OWN])) {
        for (index, line) in file.text.lines().enumerate() {
            let found = |path: &&str| line.match_indices(*path).any(|(at, _)| stands_alone(line, at));
            if let Some(path) = MACHINE_PATHS.iter().find(|path| found(path)) {
                faults.push(format!("{}:{}: {path}", file.path, index + 1));
            }
        }
    }
    faults
}

#[test]
fn licences_and_documents_are_there() {
    none("These files are missing or empty.", &missing_files(files()));
}

#[test]
fn no_lock_file_carries_a_download_address() {
    none("Lock files carry no address of a registry.", &registry_addresses(files()));
}

#[test]
fn no_paths_of_one_machine() {
    none("Paths of one person's machine do not belong into the tree.", &machine_paths(files()));
}

#[test]
fn violations_are_found() {
    assert_eq!(
        missing_files(&[File::of("README.md", "# A\n"), File::of("CHANGELOG.md", "\n")]).len(),
        REQUIRED.len() - 1
    );
    let lock = |path: &str, text: &str| registry_addresses(&[File::of(path, text)]).len();
    assert_eq!(lock("a/package-lock.json", "  \"resolved\": \"https://registry.example.org/a.tgz\","), 1);
    assert_eq!(lock("Cargo.lock", "source = \"registry+https://mirror.example.org/index\""), 1);
    assert_eq!(lock("Cargo.lock", &format!("source = \"{CRATES_IO}\"")), 0);
    let path = |text: &str| machine_paths(&[File::of("docs/a.md", text)]).len();
    assert_eq!(path("see /root/notes"), 1);
    assert_eq!(path("`/work/a`, at home"), 1);
    assert_eq!(path("https://example.org/work/a and ../work/b"), 0);
}
