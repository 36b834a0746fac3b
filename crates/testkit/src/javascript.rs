//! The JavaScript runtime and the packages that `cargo xtask test` puts into `target/npm`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::places::target;

/// A runtime that is new enough for all clients, and installed packages.
#[derive(Clone, Debug)]
pub struct Javascript {
    runtime: PathBuf,
    packages: PathBuf,
}

impl Javascript {
    /// Finds the runtime and makes sure that these packages are there.
    ///
    /// # Errors
    /// When something is missing; the message says what, and how to get it.
    pub fn with(packages: &[&str]) -> Result<Self> {
        let folder = target()?.join("npm").join("node_modules");
        for name in packages.iter().chain(&["node"]) {
            let manifest = folder.join(name).join("package.json");
            ensure!(manifest.is_file(), "the npm package {name} is missing: run `cargo xtask test --only prepare`");
        }
        let runtime = folder.join("node/bin/node");
        ensure!(runtime.is_file(), "the npm package node holds no program: remove target/npm and prepare again");
        Ok(Self { runtime, packages: folder })
    }

    /// Runs a script. It finds the packages through the environment variable `TINTYPE_PACKAGES`, because a script
    /// that lies elsewhere cannot import them by name.
    #[must_use]
    pub fn script(&self, path: &Path) -> Command {
        let mut command = Command::new(&self.runtime);
        command.arg(path).env("TINTYPE_PACKAGES", &self.packages).env("TZ", "UTC");
        command
    }

    /// Runs the command that a package brings.
    ///
    /// # Errors
    /// When the package brings none.
    pub fn package(&self, name: &str) -> Result<Command> {
        let folder = self.packages.join(name);
        let text =
            fs::read(folder.join("package.json")).with_context(|| format!("cannot read the manifest of {name}"))?;
        let manifest: Value =
            serde_json::from_slice(&text).with_context(|| format!("the manifest of {name} is no JSON"))?;
        let commands = manifest["bin"].as_object().and_then(|commands| commands.values().next());
        let entry = commands.or(Some(&manifest["bin"])).and_then(Value::as_str);
        let entry = entry.with_context(|| format!("the package {name} brings no command"))?;
        Ok(self.script(&folder.join(entry)))
    }
}
