//! Real files of many cameras.

use std::collections::BTreeMap;

use super::*;
use crate::recipes::{rebuild, shipped};

/// Every sample is packed without loss and comes back, or stays for a reason; prints what was saved for each type.
#[test]
fn every_sample_comes_back_or_stays() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/photos");
    if !folder.is_dir() {
        tintype_testkit::not_run_without_shared("packing the sample files");
        return;
    }
    let bench = Bench::new(real_tools());
    if !has("packing the sample files", &bench.tools, &["cjxl"]) {
        return;
    }
    let engine = bench.engine();
    let mut stay = Vec::new();
    let mut totals: BTreeMap<&str, (u32, u32, u64, u64)> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let input = Input { path: &path, name: &name, destination: Destination::Rebuilds };
        let outcome = engine.run(&input, "lossless", &shipped()["lossless"], &AtomicBool::new(false)).unwrap();
        let extension = name.rsplit('.').next().unwrap_or_default();
        let kind = crate::formats::by_name(&name).map_or("others", |format| format.media_type);
        let size = path.metadata().unwrap().len();
        let total = totals.entry(kind).or_default();
        total.0 += 1;
        total.2 += size;
        match outcome {
            Outcome::Derived(derived) => {
                if derived.proof.is_exact() {
                    let mut bytes = Vec::new();
                    rebuild(std::fs::File::open(&derived.file).unwrap(), &mut bytes, 1 << 30).unwrap();
                    assert_eq!(bytes, std::fs::read(&path).unwrap(), "{name}");
                }
                println!("{name}: {size} -> {}", derived.size_bytes);
                total.1 += 1;
                total.3 += derived.size_bytes;
            }
            Outcome::Kept { reasons } => {
                let reasons: Vec<String> = reasons.iter().map(Refusal::to_string).collect();
                println!("{name}: stays: {}", reasons.join("; "));
                stay.extend((extension == "jpg").then_some(name));
                total.3 += size;
            }
        }
    }
    stay.sort();
    // A print, and a file cut down to its metadata.
    let known = ["pl_pil_sample_cmyk.jpg", "pl_ultrahdr.jpg"];
    assert_eq!(stay, known);
    for (kind, (files, packed, before, after)) in totals {
        println!(
            "| {kind} | {files} | {packed} | {before} | {after} | {:.1} % |",
            100.0 - after as f64 * 100.0 / before as f64
        );
    }
}
