//! Everything that an app asks for, of a library with albums, people and faces: the whole stream, a stream without
//! changes, one with a few changes, and the whole stream compressed.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_benches::process::{forget_peak, peak_mib, resident_alone_mib};
use tintype_benches::{Amounts, Connection, Figure, Report, SeededNode, Target, log_in, request};

/// The libraries that are measured.
const SIZES: [Amounts; 2] = [
    Amounts { assets: 100_000, albums: 200, people: 5_000, faces: 100_000 },
    Amounts { assets: 1_000_000, albums: 200, people: 5_000, faces: 100_000 },
];

/// Whole streams that are measured.
const SAMPLES: usize = 5;

/// Streams without changes that are measured, and how many go before.
const QUIET_SAMPLES: usize = 1_000;
const WARM_UP: usize = 50;

/// Changed assets of the streams that follow.
const CHANGED: [usize; 3] = [100, 1_000, 10_000];

/// Assets on a page of a search.
const PAGE: usize = 1_000;

/// Every type of generation 3; where an older form is asked for, too, only the newer one is sent.
const TYPES: [&str; 27] = [
    "AuthUsersV1",
    "UsersV1",
    "PartnersV1",
    "AssetsV1",
    "AssetsV2",
    "StacksV1",
    "PartnerAssetsV1",
    "PartnerAssetsV2",
    "PartnerStacksV1",
    "AlbumAssetsV1",
    "AlbumAssetsV2",
    "AlbumsV1",
    "AlbumsV2",
    "AlbumUsersV1",
    "AlbumToAssetsV1",
    "AssetExifsV1",
    "AlbumAssetExifsV1",
    "AssetOcrV1",
    "PartnerAssetExifsV1",
    "MemoriesV1",
    "MemoryToAssetsV1",
    "PeopleV1",
    "AssetFacesV1",
    "AssetFacesV2",
    "UserMetadataV1",
    "AssetMetadataV1",
    "AssetEditsV1",
];

fn main() -> ExitCode {
    Report::run("whole", measure)
}

fn measure(report: &mut Report) -> Result<()> {
    for amounts in SIZES {
        report.say(&format!("seeding a library of {} assets", amounts.assets));
        let mut node = SeededNode::with(amounts)?;
        node.start()?;
        let client = Client { url: node.0.url().to_owned(), token: log_in(&node.0)? };
        whole(report, &node, &client, amounts)?;
        quiet(report, &client, amounts)?;
        changed(report, &client, amounts)?;
    }
    Ok(())
}

/// A session of a client.
struct Client {
    url: String,
    token: String,
}

impl Client {
    fn wish(&self, compressed: bool) -> Vec<u8> {
        let wish = request("POST", "/sync/stream", &self.token, Some(&json!({ "types": TYPES }).to_string()));
        if !compressed {
            return wish;
        }
        let text = String::from_utf8_lossy(&wish).into_owned();
        text.replacen("\r\n\r\n", "\r\nAccept-Encoding: gzip\r\n\r\n", 1).into_bytes()
    }

    /// Reads a stream; its lines (bytes, where it is compressed), and the seconds that it took.
    fn read(&self, compressed: bool) -> Result<(usize, f64)> {
        let (mut lines, mut bytes) = (0, 0);
        let started = Instant::now();
        let status = Connection::open(&self.url)?.exchange(&self.wish(compressed), |part| {
            lines += memchr::memchr_iter(b'\n', part).count();
            bytes += part.len();
        })?;
        ensure!(status == 200, "the stream was answered with {status}");
        Ok((if compressed { bytes } else { lines }, started.elapsed().as_secs_f64()))
    }

    /// Reads everything and acknowledges the last line of every type.
    fn catch_up(&self) -> Result<usize> {
        let mut connection = Connection::open(&self.url)?;
        let (status, body) = connection.fetch(&self.wish(false))?;
        ensure!(status == 200, "the stream was answered with {status}");
        let mut last: BTreeMap<String, String> = BTreeMap::new();
        let mut lines = 0;
        for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            lines += 1;
            let line: Value = serde_json::from_slice(line).context("a line is no JSON")?;
            let ack = line["ack"].as_str().context("a line without an ack")?;
            last.insert(ack.split('|').next().unwrap_or_default().to_owned(), ack.to_owned());
        }
        let acks: Vec<&String> = last.values().collect();
        let wish = request("POST", "/sync/ack", &self.token, Some(&json!({ "acks": acks }).to_string()));
        let (status, _) = connection.fetch(&wish)?;
        ensure!(status == 204, "the acks were answered with {status}");
        Ok(lines)
    }
}

fn whole(report: &mut Report, node: &SeededNode, client: &Client, amounts: Amounts) -> Result<()> {
    let pid = node.pid()?;
    let before = resident_alone_mib(pid)?;
    forget_peak(pid)?;
    let (mut rates, mut seconds, mut lines) = (Vec::new(), Vec::new(), 0);
    for _ in 0..SAMPLES {
        let (count, time) = client.read(false)?;
        rates.push(count as f64 / time);
        seconds.push(time);
        lines = count;
    }
    let growth = peak_mib(pid)? - before;
    let mut slower = Vec::new();
    for plain in &seconds {
        slower.push(client.read(true)?.1 / plain);
    }
    let name = |text: &str| format!("{} assets: {text}", amounts.assets);
    report.say(&format!("{lines} lines"));
    report.figure(Figure::new(name("all types"), "lines/s", rates).target(Target::AtLeast(450_000.0)));
    report.figure(Figure::new(name("growth of the process"), "MiB", vec![growth]).target(Target::AtMost(16.0)));
    let slower = Figure::new(name("compressed, times slower"), "", slower).reference(4.0);
    report.figure(slower.target(Target::AtMost(2.0)));
    Ok(())
}

fn quiet(report: &mut Report, client: &Client, amounts: Amounts) -> Result<()> {
    client.catch_up()?;
    let again = client.catch_up()?;
    ensure!(again == 1, "there are still {again} lines");
    let mut connection = Connection::open(&client.url)?;
    let wish = client.wish(false);
    let mut samples = Vec::with_capacity(QUIET_SAMPLES);
    for number in 0..WARM_UP + QUIET_SAMPLES {
        let started = Instant::now();
        let status = connection.exchange(&wish, |_| {})?;
        ensure!(status == 200, "a stream was answered with {status}");
        if number >= WARM_UP {
            samples.push(started.elapsed().as_secs_f64() * 1e3);
        }
    }
    let name = format!("{} assets: no change, 27 types", amounts.assets);
    report.figure(Figure::new(name, "ms", samples).reference(20.6).target(Target::AtMost(1.0)));
    Ok(())
}

/// Changes some assets, and measures the stream that brings the changes.
fn changed(report: &mut Report, client: &Client, amounts: Amounts) -> Result<()> {
    let mut connection = Connection::open(&client.url)?;
    for count in CHANGED {
        let mut ids = Vec::new();
        for page in 0..count.div_ceil(PAGE) {
            let body = json!({ "size": count.min(PAGE), "page": page + 1 }).to_string();
            let (_, found) = connection.fetch(&request("POST", "/search/metadata", &client.token, Some(&body)))?;
            let found: Value = serde_json::from_slice(&found)?;
            let items = found["assets"]["items"].as_array().context("no assets")?;
            ids.extend(items.iter().map(|item| item["id"].clone()));
        }
        let body = json!({ "ids": ids, "isFavorite": true }).to_string();
        let (status, _) = connection.fetch(&request("PUT", "/assets", &client.token, Some(&body)))?;
        ensure!(status == 204, "the change was answered with {status}");
        let mut times = Vec::with_capacity(SAMPLES);
        for _ in 0..SAMPLES {
            let (lines, time) = client.read(false)?;
            ensure!(lines > 2 * ids.len(), "{lines} lines for {} assets", ids.len());
            times.push(time * 1e3);
        }
        let name = format!("{} assets: stream after {count} changed", amounts.assets);
        report.figure(Figure::new(name, "ms", times));
        client.catch_up()?;
    }
    Ok(())
}
