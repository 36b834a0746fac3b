//! `ARCHITECTURE.md` names for every invariant the test that holds it.

use super::none;
use crate::proof;
use crate::tree::{File, files};

const DOCUMENT: &str = "ARCHITECTURE.md";

/// The heading under which the invariants stand, as a numbered list.
const HEADING: &str = "Invariants";

/// How many there are. One may be added; none goes away silently.
const INVARIANTS: usize = 13;

/// What stands before the names of the tests, separated by commas, at the end of each invariant.
const HELD_BY: &str = "(held by: ";

/// What stands instead while the crate that an invariant is about is not there: then nothing can break it.
const COMES_WITH: &str = "(comes with: ";

/// The entries of the numbered list under the heading, each on one line.
fn invariants(text: &str) -> Vec<String> {
    let mut lines = text.lines();
    let heading = lines.by_ref().find(|line| line.trim_start_matches('#').trim() == HEADING && line.starts_with('#'));
    let mut entries: Vec<String> = Vec::new();
    for line in lines.take_while(|line| heading.is_some() && !line.starts_with('#')) {
        let number: usize = line.chars().take_while(char::is_ascii_digit).count();
        if number > 0 && line[number..].starts_with(". ") {
            entries.push(line[number + 2..].trim().to_owned());
        } else if let Some(entry) = entries.last_mut().filter(|_| line.starts_with(' ')) {
            entry.push(' ');
            entry.push_str(line.trim());
        }
    }
    entries
}

/// For an entry that waits for a crate: the fault, if that crate is there by now.
fn postponed(files: &[File], entry: &str) -> Option<Option<String>> {
    let name = entry.rsplit_once(COMES_WITH)?.1.trim_end_matches('.').strip_suffix(')')?;
    let folder = format!("{name}/");
    let is_there = name.starts_with("crates/") && files.iter().any(|file| file.path.starts_with(&folder));
    Some(is_there.then(|| format!("{name} is there: name the test that holds the invariant")))
}

fn unheld_invariants(files: &[File]) -> Vec<String> {
    let Some(document) = files.iter().find(|file| file.path == DOCUMENT) else {
        return vec![format!("there is no {DOCUMENT}")];
    };
    let entries = invariants(&document.text);
    let mut faults = Vec::new();
    if entries.len() < INVARIANTS {
        faults.push(format!("{DOCUMENT} lists {} invariants under `{HEADING}`, not {INVARIANTS}", entries.len()));
    }
    for (index, entry) in entries.iter().enumerate() {
        if let Some(fault) = postponed(files, entry) {
            faults.extend(fault.map(|fault| format!("{}: {fault}", index + 1)));
            continue;
        }
        let names = entry.rsplit_once(HELD_BY).and_then(|(_, rest)| rest.trim_end_matches('.').strip_suffix(')'));
        match names {
            None => faults.push(format!("{}: does not end with `{HELD_BY}path/file.rs::test_name)`", index + 1)),
            Some(names) => {
                let names = names.split(',').map(|name| name.trim().trim_matches('`'));
                faults.extend(
                    names.filter_map(|name| proof::fault(files, name)).map(|fault| format!("{}: {fault}", index + 1)),
                );
            }
        }
    }
    faults
}

#[test]
fn every_invariant_is_held_by_a_test() {
    none("Every invariant of ARCHITECTURE.md ends with the name of a test that holds it.", &unheld_invariants(files()));
}

#[test]
fn violations_are_found() {
    let test = File::of("crates/a/src/b.rs", "fn it_holds() {}");
    let check = |list: &str| {
        let text = format!("# Architecture\n\n## Invariants\n\n{list}\n\n## Next\n1. none\n");
        let faults = unheld_invariants(&[File::of(DOCUMENT, &text), test.clone()]);
        faults.into_iter().filter(|fault| !fault.starts_with(DOCUMENT)).count()
    };
    assert_eq!(check("1. A\n   goes on. (held by: crates/a/src/b.rs::it_holds)"), 0);
    assert_eq!(check("1. A (held by: `crates/a/src/b.rs::it_holds`, crates/a/src/b.rs::gone)"), 1);
    assert_eq!(check("1. A\n2. B (held by: nothing)"), 2);
    assert_eq!(check("1. A (comes with: crates/later)"), 0);
    assert_eq!(check("1. A (comes with: crates/a)"), 1);
    assert_eq!(unheld_invariants(&[]).len(), 1);
}
