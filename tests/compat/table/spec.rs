//! Where the list of all operations of the reference is at hand, the table has every one of them.

use std::fs;

use super::rows::{Row, all, parse};

/// An operation and the generations that have it, in the table's words.
type Listed = (String, String);

/// Reads rows such as `| GET /assets/{id} | key, slug | getAssetInfo | 2.7.5, 3.2.2 |`.
fn listed(text: &str) -> Vec<Listed> {
    let rows = text.lines().filter(|line| line.starts_with('|') && line.contains(" /"));
    let cells = rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    cells.filter_map(|cells| Some((plain_parameters(cells.first()?), generations(cells.last()?)))).collect()
}

/// `2.7.5, 3.2.2` as `2, 3`.
fn generations(versions: &str) -> String {
    let majors: Vec<&str> = versions.split(", ").filter_map(|version| version.split('.').next()).collect();
    majors.join(", ")
}

/// Some parameters are written as the client's source has them: `${encodeURIComponent($type)}` is `{type}`.
fn plain_parameters(operation: &str) -> String {
    operation.replace("${encodeURIComponent($", "{").replace(")}", "}")
}

fn missing(listed: &[Listed], rows: &[Row]) -> Vec<String> {
    let stands = |(operation, generations): &&Listed| {
        rows.iter().any(|row| row.operation == *operation && row.generations == *generations)
    };
    listed
        .iter()
        .filter(|entry| !stands(entry))
        .map(|(operation, generations)| format!("{operation} | {generations}"))
        .collect()
}

#[test]
fn the_table_has_every_operation_of_the_reference() {
    let Some(shared) = tintype_testkit::shared() else {
        return tintype_testkit::not_run_without_shared("that COMPAT.md lists every operation of the reference");
    };
    let text = fs::read_to_string(shared.join("spec/operations.md")).expect("the list of operations is there");
    let listed = listed(&text);
    assert!(listed.len() > 250, "only {} operations were read from the list", listed.len());
    let missing = missing(&listed, &all());
    assert!(missing.is_empty(), "COMPAT.md lacks, or gives other generations for:\n\n  {}\n", missing.join("\n  "));
}

#[test]
fn violations_are_found() {
    let listed =
        listed("| GET /a/${encodeURIComponent($b)}/c | q | getA | 2.7.5, 3.2.2 |\n| DELETE /d | | d | 3.2.2 |");
    assert_eq!(listed[0], ("GET /a/{b}/c".to_owned(), "2, 3".to_owned()));
    let rows = parse("| GET /a/{b}/c | 2 | not yet | | |\n| DELETE /d | 3 | not yet | | |").unwrap();
    assert_eq!(missing(&listed, &rows), ["GET /a/{b}/c | 2, 3"]);
}
