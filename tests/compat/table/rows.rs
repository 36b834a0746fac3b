//! Reads the rows of `COMPAT.md`.

use crate::tree;

const DOCUMENT: &str = "COMPAT.md";

/// How many types the sync stream of the newest supported generation knows.
const REQUEST_TYPES: usize = 27;
const ENTITY_TYPES: usize = 59;

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];
const REQUEST: &str = "request";
const ENTITY: &str = "entity";

/// What the table says about an operation or a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Done,
    Partial,
    Refused,
    NotYet,
}

/// One row.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) line: usize,
    /// `GET /assets/{id}`, `request AssetsV1` or `entity AssetV1`.
    pub(super) operation: String,
    pub(super) generations: String,
    pub(super) status: Status,
    pub(super) proofs: Vec<String>,
    pub(super) notes: String,
}

impl Row {
    fn kind(&self) -> &str {
        self.operation.split(' ').next().unwrap_or_default()
    }

    /// Whether it is an operation of the HTTP API, not a type of the stream.
    pub(super) fn is_operation(&self) -> bool {
        METHODS.contains(&self.kind())
    }
}

/// The rows of the document.
pub(super) fn all() -> Vec<Row> {
    let document = tree::file(DOCUMENT).unwrap_or_else(|| panic!("there is no {DOCUMENT}"));
    match parse(&document.text) {
        Ok(rows) => rows,
        Err(faults) => panic!("{DOCUMENT} is not as it should be.\n\n  {}\n", faults.join("\n  ")),
    }
}

/// Rows are told from other tables by their first word.
pub(super) fn parse(text: &str) -> Result<Vec<Row>, Vec<String>> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (index, line) in text.lines().enumerate() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let kind = cells[0].split(' ').next().unwrap_or_default();
        if !line.starts_with('|') || !(METHODS.contains(&kind) || [REQUEST, ENTITY].contains(&kind)) {
            continue;
        }
        match row(index + 1, &cells) {
            Ok(row) => rows.push(row),
            Err(why) => faults.push(format!("line {}: {why}", index + 1)),
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn row(line: usize, cells: &[&str]) -> Result<Row, String> {
    let &[operation, generations, status, proof, notes] = cells else {
        return Err(format!("{} cells, not 5: Operation, In, Status, Proof, Notes", cells.len()));
    };
    let status = match status {
        "done" => Status::Done,
        "partial" => Status::Partial,
        "refused" => Status::Refused,
        "not yet" => Status::NotYet,
        other => return Err(format!("{operation}: {other:?} is no status")),
    };
    if !["2, 3", "2", "3", "-"].contains(&generations) {
        return Err(format!("{operation}: {generations:?} names no generations"));
    }
    let proofs = proof.split_whitespace().map(|name| name.trim_matches(['`', ','])).map(str::to_owned).collect();
    Ok(Row {
        line,
        operation: operation.to_owned(),
        generations: generations.to_owned(),
        status,
        proofs,
        notes: notes.to_owned(),
    })
}

fn repeated(rows: &[Row]) -> Vec<String> {
    let again = |(index, row): (usize, &Row)| rows[..index].iter().any(|earlier| earlier.operation == row.operation);
    let found = rows.iter().enumerate().filter(|&entry| again(entry));
    found.map(|(_, row)| format!("line {}: {} a second time", row.line, row.operation)).collect()
}

#[test]
fn every_operation_stands_once() {
    let faults = repeated(&all());
    assert!(faults.is_empty(), "{DOCUMENT}: {}", faults.join("\n"));
}

#[test]
fn every_sync_type_stands() {
    let count = |kind: &str| all().iter().filter(|row| row.kind() == kind).count();
    assert_eq!((count(REQUEST), count(ENTITY)), (REQUEST_TYPES, ENTITY_TYPES));
}

#[test]
fn a_row_is_read() {
    let rows = parse("| GET /a/{id} | 2, 3 | partial | `fidelity:a/b` x/y.rs::z | no c |\n| Status | Means |").unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].operation.as_str(), rows[0].status), ("GET /a/{id}", Status::Partial));
    assert_eq!(rows[0].proofs, ["fidelity:a/b", "x/y.rs::z"]);
}

#[test]
fn violations_are_found() {
    assert!(parse("| GET /a | 2 | perhaps | | |").is_err());
    assert!(parse("| GET /a | 4 | done | | |").is_err());
    assert!(parse("| GET /a | 2 | done |").is_err());
    assert_eq!(repeated(&parse("| GET /a | 2 | done | | |\n| GET /a | 3 | done | | |").unwrap()).len(), 1);
}
