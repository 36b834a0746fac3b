//! Every row that claims something names a proof, and the proof exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::rows::{Row, Status, all, parse};
use crate::proof;
use crate::tree::{File, files};

/// Marks a step of the recorded conversations; anything else is a test of this repository.
const RECORDED: &str = "fidelity:";

/// The names of all recorded steps, `section/step`.
fn recorded_steps(shared: &Path) -> BTreeSet<String> {
    let folder = shared.join("fidelity/expected");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    let mut steps = BTreeSet::new();
    for path in entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
    {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        let names = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        steps.extend(names.filter_map(|step| Some(step["step"].as_str()?.to_owned())));
    }
    steps
}

fn faults(rows: &[Row], files: &[File], recorded: Option<&BTreeSet<String>>) -> Vec<String> {
    let mut faults = Vec::new();
    for row in rows {
        let claims = matches!(row.status, Status::Done | Status::Partial);
        if claims && row.proofs.is_empty() {
            faults.push(format!("line {}: {} has no proof", row.line, row.operation));
        }
        if matches!(row.status, Status::Partial | Status::Refused) && row.notes.is_empty() {
            faults.push(format!("line {}: {}: the notes do not say what is missing, or why", row.line, row.operation));
        }
        for name in &row.proofs {
            let fault = match name.strip_prefix(RECORDED) {
                Some(step) => recorded_fault(step, recorded),
                None => proof::fault(files, name),
            };
            faults.extend(fault.map(|fault| format!("line {}: {}: {fault}", row.line, row.operation)));
        }
    }
    faults
}

fn recorded_fault(step: &str, recorded: Option<&BTreeSet<String>>) -> Option<String> {
    let is_name = |part: &str| !part.is_empty() && !part.contains(['/', ':']);
    if !step.split_once('/').is_some_and(|(section, name)| is_name(section) && is_name(name)) {
        return Some(format!("`{step}` is not of the form section/step"));
    }
    let recorded = recorded?;
    let found = match step.strip_suffix('*') {
        Some(start) => recorded.iter().any(|known| known.starts_with(start)),
        None => recorded.contains(step),
    };
    (!found).then(|| format!("no step {step} is recorded"))
}

#[test]
fn every_claim_has_a_proof_that_exists() {
    let recorded = tintype_testkit::shared().map(|shared| recorded_steps(&shared));
    if recorded.is_none() {
        tintype_testkit::not_run_without_shared("that the recorded steps named in COMPAT.md exist");
    }
    let faults = faults(&all(), files(), recorded.as_ref());
    assert!(faults.is_empty(), "COMPAT.md:\n\n  {}\n", faults.join("\n  "));
}

#[test]
fn violations_are_found() {
    let files = [File::of("tests/a.rs", "fn it_holds() {}")];
    let recorded = BTreeSet::from(["auth/login".to_owned()]);
    let check =
        |cells: &str| faults(&parse(&format!("| GET /a | 2, 3 | {cells} |")).unwrap(), &files, Some(&recorded)).len();
    assert_eq!(check("done | |"), 1);
    assert_eq!(check("partial | tests/a.rs::it_holds |"), 1);
    assert_eq!(check("done | tests/a.rs::it_breaks |"), 1);
    assert_eq!(check("done | fidelity:auth/logout |"), 1);
    assert_eq!(check("done | fidelity:auth |"), 1);
    assert_eq!(check("refused | |"), 1);
    assert_eq!(check("done | fidelity:auth/login fidelity:auth/log* tests/a.rs::it_holds |"), 0);
    assert_eq!(check("not yet | |"), 0);
}
