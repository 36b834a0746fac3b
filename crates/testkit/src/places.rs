//! Where things are: the repository, cargo's target folder, the built binary, programs on the path.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).unwrap_or(own).to_path_buf()
}

/// The folder beside the repository with recorded conversations and photographs, where there is one.
#[must_use]
pub fn shared() -> Option<PathBuf> {
    root().join("../shared").canonicalize().ok()
}

/// Cargo's target folder, found from the running test: `<target>/<profile>/deps/<test>`.
///
/// # Errors
/// When the test does not run from there.
pub fn target() -> Result<PathBuf> {
    let profile = profile_folder()?;
    Ok(profile.parent().context("the test does not run from cargo's target folder")?.to_path_buf())
}

/// The binary that was built with the same profile as the running test.
///
/// # Errors
/// When it has not been built.
pub fn binary() -> Result<PathBuf> {
    let path = profile_folder()?.join(format!("tintype{}", env::consts::EXE_SUFFIX));
    ensure!(path.is_file(), "{} is not there: run `cargo build` first, or `cargo xtask test`", path.display());
    Ok(path)
}

fn profile_folder() -> Result<PathBuf> {
    let test = env::current_exe().context("cannot tell where the test is")?;
    Ok(test.ancestors().nth(2).context("the test does not run from cargo's target folder")?.to_path_buf())
}

/// A program, found where a shell would look for it.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}
