//! Plans as files: JSON that a person may read, and in which they may change decisions.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1 as Hasher};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;

use crate::error::ReconcileError;
use crate::plan::{Bucket, FolderPlan, Plan};

/// The form of plans that this version writes and reads.
pub const VERSION: u32 = 2;
/// For how long a plan holds, in milliseconds.
pub const HOLDS_MS: i64 = 24 * 3_600_000;
/// Longest plan that is read, in bytes.
const MAX_BYTES: u64 = 512 << 20;

/// Numbers of a plan, for the folder's row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Photos that are on both sides.
    pub agreed: u64,
    /// How many are in each heap.
    pub buckets: BTreeMap<String, u64>,
}

/// Puts plans of folders together.
pub fn assemble(folders: Vec<FolderPlan>, allow: Option<usize>, now: Timestamp) -> Plan {
    let mut hasher = Hasher::new();
    for folder in &folders {
        hasher.update(folder.folder.to_le_bytes());
        folder.actions.iter().for_each(|action| hasher.update(&action.id));
    }
    let digest = Sha1(hasher.finalize().into()).to_hex();
    let moment: String = now.to_iso().chars().filter(char::is_ascii_digit).take(17).collect();
    let id = format!("{moment}-{}", &digest[..8]);
    Plan { id, version: VERSION, made_at: now, expires_at: Timestamp(now.0 + HOLDS_MS), allow, folders }
}

/// Counts what is in a plan.
pub fn count(plan: &FolderPlan) -> Summary {
    let mut summary = Summary { agreed: plan.agreed, ..Summary::default() };
    for bucket in Bucket::ALL {
        let count = plan.actions.iter().filter(|action| action.bucket == bucket).count() as u64;
        if count > 0 {
            summary.buckets.insert(bucket.as_str().to_owned(), count);
        }
    }
    summary
}

pub(crate) fn summary(plan: &FolderPlan) -> String {
    serde_json::to_string(&count(plan)).expect("numbers can be written as JSON")
}

/// Writes a plan, whole or not at all.
pub fn write(plan: &Plan, path: &Path) -> Result<(), ReconcileError> {
    let unfinished = path.with_extension("json.part");
    let outcome = (|| {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut file = File::create(&unfinished)?;
        serde_json::to_writer_pretty(io::BufWriter::new(&mut file), plan)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    })();
    outcome.map_err(ReconcileError::io("writing", path))
}

/// Reads a plan.
pub fn read(path: &Path) -> Result<Plan, ReconcileError> {
    let refuse = |source| ReconcileError::NoPlan { path: path.to_owned(), source };
    let file = File::open(path).map_err(refuse)?;
    if file.metadata().map_err(refuse)?.len() > MAX_BYTES {
        return Err(refuse(io::Error::other("it is too long")));
    }
    let plan: Plan = serde_json::from_reader(io::BufReader::new(file)).map_err(|error| refuse(error.into()))?;
    if plan.version != VERSION {
        return Err(refuse(io::Error::other(format!("it has the form {}, and {VERSION} is known", plan.version))));
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if plan.id.is_empty() || plan.id.len() > 64 || !plan.id.chars().all(is_name) {
        return Err(refuse(io::Error::other("its name is none")));
    }
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_the_same_when_it_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("plans/one.json");
        let plan = assemble(Vec::new(), Some(7), Timestamp(1_780_272_000_123));
        assert!(plan.id.starts_with("20260601000000123-"), "{}", plan.id);
        write(&plan, &path).unwrap();
        assert_eq!(read(&path).unwrap(), plan);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing unfinished is left");
        for wrong in ["", "{}", "[]", "not a plan"] {
            fs::write(&path, wrong).unwrap();
            assert!(matches!(read(&path), Err(ReconcileError::NoPlan { .. })), "{wrong}");
        }
        write(&Plan { version: VERSION + 1, ..plan.clone() }, &path).unwrap();
        assert!(matches!(read(&path), Err(ReconcileError::NoPlan { .. })));
        write(&Plan { id: "../x".to_owned(), ..plan }, &path).unwrap();
        assert!(matches!(read(&path), Err(ReconcileError::NoPlan { .. })));
    }
}
