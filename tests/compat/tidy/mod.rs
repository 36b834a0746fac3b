//! Rules that can be held by reading files. Each rule is a function from files to faults, a test that the tree has
//! none, and a test that a made-up violation is found.

mod documents;
mod files;
mod manifests;
mod sources;

/// Where the rules themselves stand: they have to spell out what they forbid.
const OWN: &str = "tests/compat/tidy/";

/// Somebody else's code, taken in as it is, with its licence beside it.
const VENDORED: &str = "/vendor/";

/// Fails with all faults at once.
#[track_caller]
fn none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}\n\n  {}\n", faults.join("\n  "));
}

/// Whether `word` stands in `line` with nothing of a name directly around it.
fn has_word(line: &str, word: &str) -> bool {
    let of_name = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(of_name) && !after.is_some_and(of_name)
    })
}

#[test]
fn a_word_is_not_part_of_a_name() {
    assert!(has_word("use axum::Router;", "axum"));
    assert!(!has_word("use not_axum::Router;", "axum"));
    assert!(!has_word("axum_extra::x()", "axum"));
}
