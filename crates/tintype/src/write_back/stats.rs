//! The numbers of a run in a file.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum as _;
use tintype_writeback::Report;

use crate::arguments::StatsFormat;

/// The format and the file, as they were typed.
pub(super) fn target(typed: &[String]) -> anyhow::Result<(StatsFormat, PathBuf)> {
    let [format, path] = typed else { anyhow::bail!("--export-stats takes a format and a file") };
    let known = StatsFormat::from_str(format, true);
    let format = known.map_err(|_| anyhow::anyhow!("{format} is no format of numbers: json or csv"))?;
    Ok((format, PathBuf::from(path)))
}

pub(super) fn write(format: StatsFormat, path: &Path, report: &Report) -> anyhow::Result<()> {
    let text = match format {
        StatsFormat::Json => {
            let mut object = serde_json::to_value(report)?;
            object["rate"] = report.rate().into();
            format!("{}\n", serde_json::to_string_pretty(&object)?)
        }
        StatsFormat::Csv => csv(report),
    };
    std::fs::write(path, text).with_context(|| format!("{} could not be written", path.display()))
}

/// A line for each number: what, why, how many. No reason has a comma in it.
fn csv(report: &Report) -> String {
    let mut text = "outcome,reason,count\n".to_owned();
    for (outcome, count) in [("seen", report.seen), ("written", report.written), ("equal", report.equal)] {
        text.push_str(&format!("{outcome},,{count}\n"));
    }
    for (outcome, counts) in [("skipped", &report.skipped), ("failed", &report.failed)] {
        counts.iter().for_each(|(reason, count)| text.push_str(&format!("{outcome},{reason},{count}\n")));
    }
    text.push_str(&format!("seconds,,{:.3}\nrate,,{:.1}\n", report.seconds, report.rate()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_lines() {
        let report = Report {
            seen: 3,
            written: 1,
            failed: [("read-only".to_owned(), 2)].into(),
            seconds: 0.5,
            ..Report::default()
        };
        let expected =
            "outcome,reason,count\nseen,,3\nwritten,,1\nequal,,0\nfailed,read-only,2\nseconds,,0.500\nrate,,6.0\n";
        assert_eq!(csv(&report), expected);
        assert!(target(&["xml".to_owned(), "a".to_owned()]).is_err());
    }
}
