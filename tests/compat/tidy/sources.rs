//! Rules about what source files say and what they are called.

use std::collections::BTreeSet;
use std::path::Path;

use super::{OWN, VENDORED, has_word, none};
use crate::tree::{File, files};

/// A longer file has more than one subject.
const MOST_LINES: usize = 1200;

/// What counts as source written by hand.
const SOURCES: &[&str] = &["rs", "mjs", "js", "css", "html", "sql", "sh", "py"];

/// Programs and tests: they may look at their environment and print.
const PROGRAMS: &[&str] = &["crates/tintype/", "crates/testkit/", "xtask/", "tests/", "benches/", "fuzz/"];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["util", "utils", "common", "helper", "helpers", "manager", "managers"];

const ENVIRONMENT: &[&str] = &["env::var", "env::vars", "env::var_os", "env::vars_os", "home_dir"];
const PRINTING: &[&str] = &["print!", "println!", "eprint!", "eprintln!", "dbg!"];
const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "FIXME", "XXX"];

/// Source files of the project's own. The rules' own files are left out: they spell out what they forbid.
fn sources<'a>(files: &'a [File], extensions: &'static [&'static str]) -> impl Iterator<Item = &'a File> {
    let own = |file: &&File| !file.is_below(&[OWN]) && !format!("/{}", file.path).contains(VENDORED);
    files.iter().filter(own).filter(move |file| extensions.contains(&file.extension()))
}

/// Rust files that are part of a library, not of a program, a test or a build script.
fn libraries(files: &[File]) -> impl Iterator<Item = &File> {
    let tests = test_modules(files);
    sources(files, &["rs"]).filter(move |file| {
        let apart = file.is_below(PROGRAMS)
            || file.path.contains("/tests/")
            || file.path.contains("/benches/")
            || file.path.ends_with("/build.rs");
        !apart && !tests.contains(&file.path)
    })
}

/// Where the modules lie that some file declares for its tests only: `#[cfg(test)] mod name;`.
fn test_modules(files: &[File]) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for file in sources(files, &["rs"]) {
        let after = file.text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| rest.lines().next());
        let names = after.filter_map(|line| line.trim().strip_prefix("mod ")?.strip_suffix(';'));
        let path = Path::new(&file.path);
        let is_root = ["lib.rs", "main.rs", "mod.rs"].iter().any(|root| path.ends_with(root));
        let folder = if is_root { path.with_file_name("") } else { path.with_extension("") };
        let place = |name: &str| folder.join(name).with_extension("rs").to_string_lossy().into_owned();
        paths.extend(names.map(place));
    }
    paths
}

/// One fault for each line of code of these files that has one of the words.
fn lines_with<'a>(chosen: impl Iterator<Item = &'a File>, words: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in chosen {
        for (number, line) in file.code() {
            if words.iter().any(|word| has_word(line, word)) {
                faults.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    faults
}

fn axum_outside_the_server(files: &[File]) -> Vec<String> {
    lines_with(sources(files, &["rs"]).filter(|file| !file.is_below(&["crates/server/"])), &["axum"])
}

fn environment_in_libraries(files: &[File]) -> Vec<String> {
    lines_with(libraries(files), ENVIRONMENT)
}

fn printing_in_libraries(files: &[File]) -> Vec<String> {
    lines_with(libraries(files), PRINTING)
}

/// Also in comments: a note to do something later belongs where it is seen.
fn unfinished_code(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in sources(files, SOURCES) {
        for (index, line) in file.text.lines().enumerate() {
            if UNFINISHED.iter().any(|word| has_word(line, word)) {
                faults.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    faults
}

fn long_files(files: &[File]) -> Vec<String> {
    let lengths = sources(files, SOURCES).map(|file| (file, file.text.lines().count()));
    lengths
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(file, lines)| format!("{}: {lines} lines", file.path))
        .collect()
}

fn empty_names(files: &[File]) -> Vec<String> {
    let is_empty = |name: &str| name.split(['_', '-', '.']).any(|word| EMPTY_NAMES.contains(&word));
    let mut faults: Vec<String> = sources(files, SOURCES)
        .filter(|file| file.path.split('/').any(is_empty))
        .map(|file| file.path.clone())
        .collect();
    for file in sources(files, &["rs"]) {
        let modules = file.code().filter_map(|(number, line)| Some((number, line.split_once("mod ")?.1)));
        let named = modules.filter(|(_, rest)| rest.split([' ', ';', '{']).next().is_some_and(is_empty));
        faults.extend(named.map(|(number, _)| format!("{}:{number}", file.path)));
    }
    faults
}

#[test]
fn no_axum_outside_the_server() {
    none("Only crates/server knows axum.", &axum_outside_the_server(files()));
}

#[test]
fn no_environment_outside_the_binary() {
    none("Only the binary reads the environment; pass the value in.", &environment_in_libraries(files()));
}

#[test]
fn no_printing_in_libraries() {
    none("A library does not print; return it, or use tracing.", &printing_in_libraries(files()));
}

#[test]
fn nothing_unfinished() {
    none("Finish it, or leave it out.", &unfinished_code(files()));
}

#[test]
fn no_file_is_too_long() {
    none(&format!("Files over {MOST_LINES} lines: divide them by subject."), &long_files(files()));
}

#[test]
fn names_say_what_is_inside() {
    none("Name a module after what it owns, not util, common, helper or manager.", &empty_names(files()));
}

#[test]
fn violations_are_found() {
    let library = |text: &str| [File::of("crates/library/src/a.rs", text)];
    assert_eq!(axum_outside_the_server(&library("use axum::Router;")).len(), 1);
    assert_eq!(environment_in_libraries(&library("let a = std::env::var(\"A\");\nlet b = home_dir();")).len(), 2);
    assert_eq!(printing_in_libraries(&library("    println!(\"a\");")).len(), 1);
    assert_eq!(unfinished_code(&library("    todo!()\n// FIXME: later\n")).len(), 2);
    assert_eq!(long_files(&library(&"\n".repeat(MOST_LINES + 1))).len(), 1);
    assert_eq!(empty_names(&library("pub(crate) mod helpers;\nmod model;")).len(), 1);
    assert_eq!(empty_names(&[File::of("crates/library/src/date_utils.rs", "")]).len(), 1);
    assert_eq!(empty_names(&[File::of("crates/library/src/common/mod.rs", "")]).len(), 1);
}

#[test]
fn what_is_allowed_is_left_alone() {
    let text = "// println! is not for us\n#[cfg(test)]\nmod tests {\n    eprintln!(\"a\");\n}";
    assert_eq!(printing_in_libraries(&[File::of("crates/library/src/a.rs", text)]), Vec::<String>::new());
    let declared = File::of("crates/library/src/a.rs", "#[cfg(test)]\nmod agreement;\n");
    let module = File::of("crates/library/src/a/agreement.rs", "println!(); env::var(\"A\");");
    assert_eq!(printing_in_libraries(&[declared.clone(), module.clone()]), Vec::<String>::new());
    assert_eq!(environment_in_libraries(&[declared, module]), Vec::<String>::new());
    assert_eq!(printing_in_libraries(&[File::of("crates/tintype/src/a.rs", "println!()")]), Vec::<String>::new());
    assert_eq!(environment_in_libraries(&[File::of("crates/media/build.rs", "env::var(\"A\")")]), Vec::<String>::new());
    assert_eq!(axum_outside_the_server(&[File::of("crates/server/src/a.rs", "use axum::x;")]), Vec::<String>::new());
    assert_eq!(unfinished_code(&[File::of("crates/server/web/vendor/a.js", "// FIXME")]), Vec::<String>::new());
}
