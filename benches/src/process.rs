//! What a process and those it started use, as `/proc` tells it.

use std::collections::{HashMap, HashSet};
use std::fs;

use anyhow::{Context, Result};

/// Bytes of one MiB, the unit of all sizes here.
const MIB: f64 = 1024.0 * 1024.0;

/// The kernel counts processor time in hundredths of a second in `/proc`, whatever its own clock does.
const TICKS_PER_SECOND: f64 = 100.0;

/// Resident memory of a process alone, in MiB.
///
/// # Errors
/// When the process is gone.
pub fn resident_alone_mib(pid: u32) -> Result<f64> {
    status_mib(pid, "VmRSS:")
}

/// Resident memory of a process and of all that descend from it, in MiB.
///
/// # Errors
/// When the process is gone.
pub fn resident_mib(pid: u32) -> Result<f64> {
    let mut sum = resident_alone_mib(pid)?;
    // A child that ends while it is being looked at uses nothing any more.
    sum += descendants(pid)?.into_iter().filter_map(|child| status_mib(child, "VmRSS:").ok()).sum::<f64>();
    Ok(sum)
}

/// The most resident memory that the process alone had since [`forget_peak`], in MiB.
///
/// # Errors
/// When the process is gone.
pub fn peak_mib(pid: u32) -> Result<f64> {
    status_mib(pid, "VmHWM:")
}

/// Lets the kernel count the peak from now on.
///
/// # Errors
/// When the kernel does not allow it.
pub fn forget_peak(pid: u32) -> Result<()> {
    const RESET_PEAK: &str = "5";
    fs::write(format!("/proc/{pid}/clear_refs"), RESET_PEAK).context("cannot reset the peak of resident memory")
}

/// Processor time of a process and of its children that have ended and been waited for, in seconds.
///
/// # Errors
/// When the process is gone.
pub fn processor_seconds(pid: u32) -> Result<f64> {
    Ok(ticks(pid, &[Field::User, Field::System, Field::ChildrenUser, Field::ChildrenSystem])? / TICKS_PER_SECOND)
}

/// Processor time of the ended children of this program, in seconds.
///
/// # Errors
/// When `/proc` cannot be read.
pub fn ended_children_seconds() -> Result<f64> {
    Ok(ticks(std::process::id(), &[Field::ChildrenUser, Field::ChildrenSystem])? / TICKS_PER_SECOND)
}

/// Places in `/proc/PID/stat`, counted behind the name of the program, which may itself contain blanks.
#[derive(Clone, Copy)]
enum Field {
    Parent = 1,
    User = 11,
    System = 12,
    ChildrenUser = 13,
    ChildrenSystem = 14,
}

fn stat(pid: u32) -> Result<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    let (_, fields) = text.rsplit_once(')').context("/proc has another form here")?;
    Ok(fields.split_whitespace().map(str::to_owned).collect())
}

fn ticks(pid: u32, fields: &[Field]) -> Result<f64> {
    let stat = stat(pid)?;
    let one = |field: &Field| stat.get(*field as usize).and_then(|text| text.parse::<f64>().ok());
    fields.iter().map(one).sum::<Option<f64>>().context("/proc has another form here")
}

fn status_mib(pid: u32, key: &str) -> Result<f64> {
    const KIB: f64 = 1024.0;
    let text = fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is gone"))?;
    let value = text.lines().find_map(|line| line.strip_prefix(key)).with_context(|| format!("no {key}"))?;
    let kib: f64 = value.trim().trim_end_matches(" kB").parse().with_context(|| format!("{key} is no number"))?;
    Ok(kib * KIB / MIB)
}

fn descendants(pid: u32) -> Result<Vec<u32>> {
    let mut parents: HashMap<u32, u32> = HashMap::new();
    for entry in fs::read_dir("/proc").context("cannot read /proc")?.flatten() {
        let Some(other) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let parent = stat(other).ok().and_then(|stat| stat.get(Field::Parent as usize)?.parse().ok());
        parents.extend(parent.map(|parent| (other, parent)));
    }
    let mut family = HashSet::from([pid]);
    loop {
        let known = family.len();
        let children = parents.iter().filter(|(_, parent)| family.contains(parent)).map(|(child, _)| *child);
        let children: Vec<u32> = children.collect();
        family.extend(children);
        if family.len() == known {
            family.remove(&pid);
            return Ok(family.into_iter().collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something() {
        let own = std::process::id();
        assert!(resident_mib(own).unwrap() > 0.1);
        assert!(peak_mib(own).unwrap() > 0.1);
        assert!(processor_seconds(own).unwrap() >= 0.0);
    }
}
