//! What tests of this crate share: the programs that they may find.

use std::path::PathBuf;

use tintype_media::tools::Tools;

use crate::exiftool::Exiftool;

/// The path of exiftool; what misses it is noted.
pub(crate) fn program() -> Option<PathBuf> {
    let found = Tools::find(&std::env::var_os("PATH").unwrap_or_default()).exiftool;
    if found.is_none() {
        tintype_testkit::not_run("writing metadata", "exiftool is not installed");
    }
    found.map(|tool| tool.path)
}

pub(crate) fn exiftool() -> Option<Exiftool> {
    program().map(|program| Exiftool::new(program, 1))
}
