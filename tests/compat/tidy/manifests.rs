//! Rules about the packages: who may use whom, and what every manifest says.

use toml::{Table, Value};

use super::{OWN, none};
use crate::tree::{File, files};

/// The workspace's crates and which others each may use (in what is shipped; tests may use any).
/// The picture behind it is in `ARCHITECTURE.md`; a new crate gets a line here first.
const MAY_USE: &[(&str, &[&str])] = &[
    ("heap", &[]),
    ("protocol", &[]),
    ("media", &["protocol"]),
    ("client", &["protocol"]),
    ("library", &["protocol", "media"]),
    ("server", &["protocol", "media", "library"]),
    ("sync", &["protocol", "library", "client"]),
    ("ingest", &["protocol", "media", "library", "client"]),
    ("writeback", &["protocol", "media", "library", "client"]),
    ("reconcile", &["protocol", "media", "library", "client"]),
    (
        "tintype",
        &["heap", "protocol", "media", "client", "library", "server", "sync", "ingest", "writeback", "reconcile"],
    ),
    ("testkit", &["protocol", "media", "client", "library", "server"]),
];

/// Crates from elsewhere that only some packages may name.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("axum", &["crates/server/"]),
    ("clap", &["crates/tintype/", "xtask/", "tests/", "benches/"]),
    ("libc", &[UNSAFE]),
];

/// Where unsafe code may be, if it says why it is sound.
const UNSAFE: &str = "crates/heap/";

const SHIPPED: &[&str] = &["dependencies", "build-dependencies"];
const ALL_KINDS: &[&str] = &["dependencies", "build-dependencies", "dev-dependencies"];

/// The manifests of packages, parsed. The workspace's own is none, and `fuzz/` is a workspace of its own.
fn packages(files: &[File]) -> Vec<(&File, Table)> {
    let manifests = files.iter().filter(|file| file.path.ends_with("/Cargo.toml") && !file.is_below(&[OWN, "fuzz/"]));
    manifests
        .map(|file| (file, file.text.parse().unwrap_or_else(|error| panic!("{} is no TOML: {error}", file.path))))
        .collect()
}

/// The names under which a package depends on others, renamed ones under their own name, target-specific ones too.
fn dependencies(manifest: &Table, kinds: &[&str]) -> Vec<String> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = targets.filter_map(Value::as_table).chain([manifest]);
    let chosen = tables.flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()));
    let real_name = |(name, value): (&String, &Value)| {
        value.get("package").and_then(Value::as_str).map_or_else(|| name.clone(), str::to_owned)
    };
    chosen.flat_map(|table| table.iter().map(real_name).collect::<Vec<_>>()).collect()
}

fn wrong_directions(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, manifest) in packages(files) {
        let Some(name) = file.path.strip_prefix("crates/").and_then(|path| path.strip_suffix("/Cargo.toml")) else {
            continue;
        };
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == name) else {
            faults.push(format!("{}: the crate {name} is not in the table of who may use whom", file.path));
            continue;
        };
        for used in dependencies(&manifest, SHIPPED) {
            let own = if used == "tintype" { Some("tintype") } else { used.strip_prefix("tintype-") };
            if let Some(used) = own.filter(|used| !allowed.contains(used)) {
                faults.push(format!("{}: {name} must not use {used}", file.path));
            }
        }
    }
    faults
}

fn misplaced_crates(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, manifest) in packages(files) {
        for used in dependencies(&manifest, ALL_KINDS) {
            let rule = ONLY_IN.iter().find(|(name, _)| *name == used);
            if let Some((name, places)) = rule.filter(|(_, places)| !file.is_below(places)) {
                faults.push(format!("{}: {name} is only for {}", file.path, places.join(", ")));
            }
        }
    }
    faults
}

fn incomplete_manifests(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (file, manifest) in packages(files) {
        let description = manifest.get("package").and_then(|package| package.get("description"));
        if description.and_then(Value::as_str).is_none_or(|text| text.trim().is_empty()) {
            faults.push(format!("{}: no description", file.path));
        }
        let lints = |name: &str| manifest.get("lints").and_then(|lints| lints.get(name));
        let denies_unsafe = || lints("rust").and_then(|rust| rust.get("unsafe_code")?.as_str()) == Some("deny");
        let is_linted = lints("workspace").and_then(Value::as_bool) == Some(true);
        let may_differ = file.is_below(&[UNSAFE]) && denies_unsafe();
        if !is_linted && !may_differ {
            faults.push(format!("{}: no `[lints] workspace = true`", file.path));
        }
    }
    faults
}

#[test]
fn crates_depend_in_one_direction() {
    none("A crate uses one that it must not know (see ARCHITECTURE.md).", &wrong_directions(files()));
}

#[test]
fn some_crates_are_for_some_packages_only() {
    none(
        "Only the server knows axum, only programs know clap, and C functions are called in one place.",
        &misplaced_crates(files()),
    );
}

#[test]
fn every_package_is_described_and_linted() {
    none("Every package says what it is and takes the workspace's lints.", &incomplete_manifests(files()));
}

#[test]
fn a_wrong_direction_is_found() {
    let check = |path: &str, text: &str| wrong_directions(&[File::of(path, text)]).len();
    assert_eq!(check("crates/library/Cargo.toml", "[dependencies]\ntintype-server.workspace = true"), 1);
    assert_eq!(check("crates/sync/Cargo.toml", "[dependencies]\nx = { package = \"tintype-ingest\" }"), 1);
    assert_eq!(check("crates/media/Cargo.toml", "[target.'cfg(unix)'.dependencies]\ntintype-library = '1'"), 1);
    assert_eq!(check("crates/novelty/Cargo.toml", ""), 1);
    assert_eq!(check("crates/server/Cargo.toml", "[dependencies]\ntintype-testkit.workspace = true"), 1);
    assert_eq!(check("crates/server/Cargo.toml", "[dependencies]\ntintype-library.workspace = true"), 0);
    assert_eq!(check("crates/server/Cargo.toml", "[dev-dependencies]\ntintype-testkit.workspace = true"), 0);
}

#[test]
fn a_misplaced_crate_is_found() {
    let check = |path: &str, text: &str| misplaced_crates(&[File::of(path, text)]).len();
    assert_eq!(check("crates/library/Cargo.toml", "[dependencies]\naxum.workspace = true"), 1);
    assert_eq!(check("crates/testkit/Cargo.toml", "[dev-dependencies]\nclap = '4'"), 1);
    assert_eq!(check("crates/server/Cargo.toml", "[dependencies]\naxum.workspace = true"), 0);
}

#[test]
fn an_incomplete_manifest_is_found() {
    let check = |text: &str| incomplete_manifests(&[File::of("crates/a/Cargo.toml", text)]).len();
    assert_eq!(check("[package]\nname = 'a'"), 2);
    assert_eq!(check("[package]\ndescription = 'A.'\n[lints]\nworkspace = true"), 0);
    let denies = "[package]\ndescription = 'A.'\n[lints.rust]\nunsafe_code = 'deny'";
    assert_eq!(check(denies), 1);
    assert_eq!(incomplete_manifests(&[File::of("crates/heap/Cargo.toml", denies)]).len(), 0);
    assert_eq!(incomplete_manifests(&[File::of("crates/heap/Cargo.toml", &denies.replace("deny", "allow"))]).len(), 1);
}
