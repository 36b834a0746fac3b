//! The table and the server's routes agree.

use std::collections::BTreeSet;

use super::rows::{Row, Status, parse};

/// The operation without the names of its parameters, which are the router's own affair: `GET /assets/{}`.
fn shape(operation: &str) -> String {
    let parts = operation.split('/').map(|part| if part.starts_with('{') && part.ends_with('}') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// What the table claims and the server does not do, and the other way round. `routed` holds operations as the table
/// writes them: `GET /assets/{id}`.
pub(super) fn disagreements(rows: &[Row], routed: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let shapes: BTreeSet<String> = routed.iter().map(|operation| shape(operation)).collect();
    let listed: BTreeSet<String> = rows.iter().map(|row| shape(&row.operation)).collect();
    for row in rows.iter().filter(|row| row.is_operation()) {
        match (row.status, shapes.contains(&shape(&row.operation))) {
            (Status::NotYet, true) => {
                faults.push(format!("line {}: {} is routed, but `not yet` there", row.line, row.operation));
            }
            (Status::Done | Status::Partial | Status::Refused, false) => {
                faults.push(format!("line {}: {} has no route", row.line, row.operation));
            }
            _ => {}
        }
    }
    let unknown = routed.iter().filter(|operation| !listed.contains(&shape(operation)));
    faults.extend(unknown.map(|operation| format!("{operation} is routed, but has no row")));
    faults
}

#[test]
fn violations_are_found() {
    let rows =
        parse("| GET /a/{id} | 2, 3 | done | x | |\n| PUT /a | 2, 3 | not yet | | |\n| entity AV1 | 3 | done | x | |")
            .unwrap();
    let check = |routed: &[&str]| disagreements(&rows, &routed.iter().map(ToString::to_string).collect()).len();
    assert_eq!(check(&["GET /a/{asset}"]), 0);
    assert_eq!(check(&[]), 1);
    assert_eq!(check(&["GET /a/{id}", "PUT /a"]), 1);
    assert_eq!(check(&["GET /a/{id}", "POST /b"]), 1);
}
