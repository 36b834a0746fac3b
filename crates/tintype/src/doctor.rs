//! `tintype doctor`: what is configured, what is missing, what is broken.

use std::collections::HashSet;
use std::ffi::OsString;
use std::process::ExitCode;

use tintype_library::Library;
use tintype_media::tools::Tools;

use crate::config::Config;
use crate::node::{self, Folder, Held};
use crate::sftp;

/// Problems listed of one kind.
const LISTED: usize = 20;
/// Less free space than this is worth a word.
const LOW_SPACE: u64 = 1 << 30;

/// The external programs in `PATH`.
pub(crate) fn find_tools() -> Tools {
    Tools::find(&search_path())
}

/// Where programs are looked for.
pub(crate) fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// Says once what is missing and what it costs.
pub(crate) fn mention_missing_tools(tools: &Tools) {
    for (kind, found) in tools.each() {
        if found.is_none() {
            crate::output::say(&format!("{} is not installed: {}.", kind.name, kind.disables));
        }
    }
}

pub(crate) fn run(config: &Config) -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    report.section("Configuration");
    for (name, value) in config.describe() {
        report.fact(name, &value);
    }
    if config.sftp.as_ref().is_some_and(|sftp| sftp.listen.is_some()) {
        match sftp::fingerprint(&config.data) {
            Ok(Some(fingerprint)) => report.fact("SFTP host key", &fingerprint),
            Ok(None) => report.fact("SFTP host key", "made when the node is started"),
            Err(error) => report.fault(&format!("SFTP host key: {:#}", anyhow::Error::new(error))),
        }
    }
    for zone in &config.zones {
        if !zone.folder.is_dir() {
            let folder = zone.folder.display();
            report.fault(&format!("landing zone `{}`: {folder} is no folder: make it, or mount its disk", zone.name));
        }
    }
    report.section("Versions");
    report.fact("tintype", env!("CARGO_PKG_VERSION"));
    report.fact("schema", &tintype_library::store::sqlite::SCHEMA_VERSION.to_string());
    report.section("Tools");
    for (kind, found) in find_tools().each() {
        match found {
            Some(tool) => report.fact(kind.name, &format!("{} ({})", tool.version, tool.path.display())),
            None => report.fact(kind.name, &format!("not installed: {}", kind.disables)),
        }
    }
    report.section("Library");
    check_library(config, &mut report)?;
    Ok(report.finish())
}

fn check_library(config: &Config, report: &mut Report) -> anyhow::Result<()> {
    if !config.data.join(tintype_library::store::sqlite::FILE_NAME).is_file() {
        report.fact("state", "there is none yet: `tintype serve` makes one");
        return Ok(());
    }
    match Folder::own(&config.data) {
        Ok(_owned) => {
            report.fact("state", "no node is running");
            let library = node::open(config)?;
            check_open(&library, report, true)?;
            library.close();
        }
        Err(error) if error.downcast_ref::<Held>().is_some() => {
            report.fact("state", &error.to_string());
            // The running node may be in the middle of an upload: files without rows mean nothing then.
            let library = node::open_beside(config)?;
            check_open(&library, report, false)?;
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn check_open(library: &Library, report: &mut Report, is_quiet: bool) -> anyhow::Result<()> {
    let capacity = library.blobs().capacity()?;
    let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30));
    report.fact("disk", &format!("{} free of {}", gib(capacity.available), gib(capacity.total)));
    if capacity.available < LOW_SPACE {
        report.fault(&format!("only {} are free: uploads will soon fail", gib(capacity.available)));
    }
    for usage in library.usage()? {
        report.fact(&usage.user_name, &format!("{} photos, {} videos", usage.photos, usage.videos));
    }
    let problems = library.check_store()?;
    if problems.is_empty() {
        report.fact("database", "sound");
    }
    report.faults(problems.iter().map(|problem| format!("database: {problem}")));
    check_files(library, report, is_quiet)?;
    let failed = library.failed_jobs(u32::try_from(LISTED).unwrap_or(u32::MAX))?;
    report.fact("failed jobs", &failed.len().to_string());
    for (kind, _, name, reason) in failed {
        report.fact(&format!("  {kind:?}"), &format!("{name}: {reason}"));
    }
    Ok(())
}

/// Every row has its file, and every file its row.
fn check_files(library: &Library, report: &mut Report, is_quiet: bool) -> anyhow::Result<()> {
    let mut on_disk = HashSet::new();
    library.blobs().keys("library", &mut |key| {
        on_disk.insert(key);
    })?;
    let (mut known, mut missing) = (0_u64, Vec::new());
    library.read(|tx| {
        tx.visit_blob_keys(&mut |key| {
            known += 1;
            if !on_disk.remove(key) {
                missing.push(key.to_owned());
            }
        })?;
        Ok(())
    })?;
    report.fact("originals", &format!("{known} files belong to assets"));
    report.faults(missing.iter().map(|key| format!("missing original: {key}")));
    if is_quiet {
        report.faults(on_disk.iter().map(|key| format!("a file that belongs to no asset: {key}")));
    }
    Ok(())
}

/// What is printed, and whether something is wrong.
#[derive(Default)]
struct Report {
    faults: usize,
}

impl Report {
    fn section(&self, title: &str) {
        crate::output::say(&format!("\n{title}"));
    }

    fn fact(&self, name: &str, value: &str) {
        crate::output::say(&format!("  {name:<20} {value}"));
    }

    fn fault(&mut self, text: &str) {
        crate::output::say(&format!("  ! {text}"));
        self.faults += 1;
    }

    /// Many of one kind: some are shown, all are counted.
    fn faults(&mut self, texts: impl ExactSizeIterator<Item = String>) {
        let rest = texts.len().saturating_sub(LISTED);
        texts.take(LISTED).for_each(|text| self.fault(&text));
        if rest > 0 {
            crate::output::say(&format!("  ! … and {rest} more"));
            self.faults += rest;
        }
    }

    fn finish(self) -> ExitCode {
        if self.faults == 0 {
            crate::output::say("\nEverything is well.");
            return ExitCode::SUCCESS;
        }
        crate::output::say(&format!("\n{} fault(s) found.", self.faults));
        ExitCode::FAILURE
    }
}
