//! A node that follows another one shows photos whose files only that one has, and keeps a copy where that is wanted.

use std::fs;
use std::io::Read as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tintype_client::{ByteRange, Client, ClientError, Options, PictureSize};
use tintype_protocol::disposition::Disposition;
use tintype_protocol::id::AssetId;
use tintype_testkit::{Api, Node, Options as NodeOptions, Upload, picture};

use crate::follow::Pair;
use crate::scene::JOBS_LIMIT;

/// An answer that something cannot be had comes within this, however long the other server is silent.
const SOON: Duration = Duration::from_secs(40);

/// Nothing that plays, but a file that is told to be a video, long enough to be handed on in pieces.
fn video() -> Vec<u8> {
    let head = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom";
    head.iter().copied().chain((0..700_000_u32).map(|n| (n % 251) as u8)).collect()
}

fn upload_video(to: &Api) -> Result<String> {
    let upload = Upload { name: "v.mp4", bytes: &video(), created: "2024-05-06T07:08:09.000Z" };
    Ok(to.upload(&upload)?.json()?["id"].as_str().context("no id")?.to_owned())
}

/// As an app that is logged in.
fn client(node: &Node) -> Result<Client> {
    let client = Client::find(node.url(), &Options { user_agent: "tintype-test/1.0".to_owned() })?;
    let (email, password) = Api::admin();
    let token = client.log_in(email, password)?.access_token;
    Ok(client.with_token(token))
}

fn picture_path(id: &str, size: &str) -> String {
    format!("/assets/{id}/thumbnail?size={size}")
}

/// It says that it may come later, and says so before long.
fn is_away(outcome: Result<tintype_client::Download, ClientError>, begin: Instant) -> Result<()> {
    let Err(error) = outcome else { anyhow::bail!("it is there") };
    let is_later = matches!(error.disposition(), Disposition::Retry { after: Some(after) } if after <= SOON);
    ensure!(is_later && matches!(error, ClientError::Refused { .. }), "{error:?}");
    ensure!(begin.elapsed() < SOON, "{:?}", begin.elapsed());
    Ok(())
}

#[test]
fn what_only_the_upstream_has_is_shown_here() -> Result<()> {
    let mut pair = Pair::new()?;
    let ids = (0..4).map(|number| pair.upload(&pair.admin, number)).collect::<Result<Vec<_>>>()?;
    let film = upload_video(&pair.admin)?;
    pair.admin.wait_for_jobs(JOBS_LIMIT)?;
    pair.log_in()?;
    pair.sync()?;
    let here = pair.node.api().log_in()?;
    for size in ["thumbnail", "preview"] {
        let path = picture_path(&ids[0], size);
        ensure!(here.bytes(&path)? == pair.admin.bytes(&path)?, "{size}");
    }
    let original = |number: usize| format!("/assets/{}/original", ids[number]);
    ensure!(here.bytes(&original(0))? == picture(0, 64, 48)?);
    let archive = here.call("POST", "/download/archive", Some(&json!({ "assetIds": [ids[0], ids[1]] })))?;
    let whole = picture(1, 64, 48)?;
    ensure!(archive.status == 200 && archive.body.windows(whole.len()).any(|part| part == whole), "{}", archive.text());
    // A guest of this node's.
    let link = json!({ "type": "INDIVIDUAL", "assetIds": [ids[2]] });
    let link = here.call("POST", "/shared-links", Some(&link))?.json()?;
    let path = format!("{}&key={}", picture_path(&ids[2], "preview"), link["key"].as_str().context("no key")?);
    ensure!(pair.node.api().bytes(&path)? == pair.admin.bytes(&picture_path(&ids[2], "preview"))?);
    // A player jumps into the middle.
    let app = client(&pair.node)?;
    let film: AssetId = film.parse()?;
    let mut part = app.playback(film, Some(ByteRange { from: 650_000, to: Some(650_099) }))?;
    let mut came = Vec::new();
    part.reader.read_to_end(&mut came)?;
    ensure!((part.begins_at, part.whole) == (650_000, Some(video().len() as u64)), "{part:?}");
    ensure!(came == video()[650_000..650_100]);
    ensure!(here.bytes(&format!("/assets/{film}/video/playback"))? == video());

    pair.upstream.stop()?;
    pair.node.restart()?;
    let (here, app) = (pair.node.api().log_in()?, client(&pair.node)?);
    for path in [picture_path(&ids[0], "thumbnail"), picture_path(&ids[0], "preview"), original(0), original(1)] {
        ensure!(!here.bytes(&path)?.is_empty(), "{path}");
    }
    ensure!(here.bytes(&original(1))? == picture(1, 64, 48)?, "fetched for the archive");
    let unseen: AssetId = ids[3].parse()?;
    let begin = Instant::now();
    is_away(app.picture(unseen, PictureSize::Thumbnail, false), begin)?;
    is_away(app.picture(unseen, PictureSize::Preview, true), begin)?;
    is_away(app.original(unseen, false, None), begin)?;
    is_away(app.playback(film, None), begin)?;
    let archive = here.call("POST", "/download/archive", Some(&json!({ "assetIds": [ids[0], unseen] })))?;
    ensure!(archive.status == 503, "{} {}", archive.status, archive.text());
    Ok(())
}

fn copied(synced: &Value, name: &str) -> Option<u64> {
    synced["originals"][name].as_u64()
}

#[test]
fn a_full_copy_outlives_its_server() -> Result<()> {
    let mut pair = Pair::new()?;
    let mut ids = (0..3).map(|number| pair.upload(&pair.admin, number)).collect::<Result<Vec<_>>>()?;
    let film = upload_video(&pair.admin)?;
    let album = pair.call("POST", "/albums", &json!({ "albumName": "Trip", "assetIds": ids }))?["id"].clone();
    let album = album.as_str().context("no id")?.to_owned();
    pair.admin.wait_for_jobs(JOBS_LIMIT)?;
    pair.log_in()?;
    // They are of 2024.
    let recent = pair.sync_with(&["--originals", "recent"])?;
    ensure!((copied(&recent, "fetched"), copied(&recent, "elsewhere")) == (Some(0), Some(4)), "{recent}");
    let all = pair.sync_with(&["--originals", "all"])?;
    let bytes = (0..3).map(|number| picture(number, 64, 48)).collect::<Result<Vec<_>>>()?;
    let total = bytes.iter().map(Vec::len).sum::<usize>() + video().len();
    ensure!((copied(&all, "fetched"), copied(&all, "elsewhere")) == (Some(4), Some(0)), "{all}");
    ensure!((copied(&all, "verified"), copied(&all, "failed")) == (Some(4), Some(0)), "{all}");
    ensure!(copied(&all, "cameBytes") == Some(total as u64) && all["originals"]["stopped"].is_null(), "{all}");
    // Again, after something new came, by a command without a node.
    ids.push(pair.upload(&pair.admin, 3)?);
    pair.admin.wait_for_jobs(JOBS_LIMIT)?;
    pair.node.stop()?;
    let again = pair.sync_with(&["--originals", "all"])?;
    ensure!((copied(&again, "fetched"), copied(&again, "here")) == (Some(1), Some(5)), "{again}");
    pair.node.restart()?;
    let here = pair.node.api().log_in()?;
    here.wait_for_jobs(JOBS_LIMIT)?;
    // Nothing that the server says later turns it back.
    pair.call("PUT", &format!("/assets/{}", ids[0]), &json!({ "isFavorite": true }))?;
    pair.sync()?;
    ensure!(here.get(&format!("/assets/{}", ids[0]))?["isFavorite"] == true);

    // What the disk loses comes again, when somebody looks.
    let kept = here.get(&format!("/assets/{}", ids[1]))?["originalPath"].as_str().context("no path")?.to_owned();
    fs::remove_file(pair.node.data_dir().join(kept.trim_start_matches('/'))).with_context(|| kept.clone())?;
    let (is_well, said) = pair.run(&["verify", "--originals"])?;
    ensure!(!is_well && said.contains("missing") && said.contains("1 fault"), "{said}");
    let (is_well, said) = pair.run(&["verify", "--originals", "--mend"])?;
    ensure!(is_well && said.contains("it came again") && said.contains("1 fault (1 mended)"), "{said}");

    let (is_well, said) = pair.run(&["logout"])?;
    ensure!(is_well, "{said}");
    pair.upstream.stop()?;
    fs::remove_dir_all(pair.upstream.data_dir()).context("cannot remove the server")?;
    fs::remove_dir_all(pair.node.data_dir().join("cache")).or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    for (number, id) in ids.iter().enumerate() {
        ensure!(here.bytes(&format!("/assets/{id}/original"))? == picture(number as u64, 64, 48)?, "{id}");
        for size in ["thumbnail", "preview"] {
            ensure!(!here.bytes(&picture_path(id, size))?.is_empty(), "{id} {size}");
        }
    }
    ensure!(here.bytes(&format!("/assets/{film}/video/playback"))? == video());
    ensure!(here.get(&format!("/albums/{album}"))?["assetCount"] == 3);
    let (_, said) = pair.run(&["doctor"])?;
    ensure!(said.contains("5 files belong to assets") && !said.contains("missing original"), "{said}");
    Ok(())
}

#[test]
fn thumbnails_can_be_here_before_anybody_looks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let settings = folder.path().join("eager.toml");
    fs::write(&settings, "thumbnails = \"eager\"\n")?;
    let settings = settings.to_str().context("no text")?;
    let mut pair = Pair::with(NodeOptions::default().environment("TINTYPE_CONFIG", settings))?;
    let ids = (0..3).map(|number| pair.upload(&pair.admin, number)).collect::<Result<Vec<_>>>()?;
    pair.admin.wait_for_jobs(JOBS_LIMIT)?;
    pair.log_in()?;
    pair.sync()?;
    let thumbnails = |api: &Api| -> Result<Vec<Vec<u8>>> {
        ids.iter().map(|id| api.bytes(&picture_path(id, "thumbnail"))).collect()
    };
    let there = thumbnails(&pair.admin)?;
    pair.upstream.stop()?;
    let here = pair.node.api().log_in()?;
    ensure!(thumbnails(&here)? == there);
    let preview = here.call("GET", &picture_path(&ids[0], "preview"), None)?;
    ensure!(preview.status == 503, "{}", preview.status);
    Ok(())
}
