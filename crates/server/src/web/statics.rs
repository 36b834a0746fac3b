//! Style, scripts and icons: part of the program, served under addresses that change with their content.

use std::fmt::Write as _;
use std::sync::OnceLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use crate::app::App;

/// A file and the name it is served by.
struct Static {
    name: &'static str,
    media_type: &'static str,
    content: &'static str,
}

macro_rules! script {
    ($name:literal) => {
        Static {
            name: $name,
            media_type: "text/javascript; charset=utf-8",
            content: include_str!(concat!("../../assets/js/", $name)),
        }
    };
}

/// One file for the browser, several for those who write it.
const STYLE: &str = concat!(
    include_str!("../../assets/css/base.css"),
    include_str!("../../assets/css/controls.css"),
    include_str!("../../assets/css/frame.css"),
    include_str!("../../assets/css/timeline.css"),
    include_str!("../../assets/css/viewer.css"),
    include_str!("../../assets/css/dialogs.css"),
    include_str!("../../assets/css/pages.css"),
    include_str!("../../assets/css/sync.css"),
);

/// Symbols that pages refer to by name; drawn for Tintype.
pub(super) const SYMBOLS: &str = include_str!("../../assets/symbols.svg");

const FILES: &[Static] = &[
    Static { name: "app.css", media_type: "text/css; charset=utf-8", content: STYLE },
    Static { name: "icon.svg", media_type: "image/svg+xml", content: include_str!("../../assets/icon.svg") },
    script!("account.js"),
    script!("act.js"),
    script!("actions.js"),
    script!("album.js"),
    script!("album_picker.js"),
    script!("albums.js"),
    script!("api.js"),
    script!("dialogs.js"),
    script!("dom.js"),
    script!("downloads.js"),
    script!("format.js"),
    script!("fragment.js"),
    script!("frame.js"),
    script!("gallery.js"),
    script!("guest.js"),
    script!("ingest.js"),
    script!("folders.js"),
    script!("writing.js"),
    script!("jobs.js"),
    script!("links.js"),
    script!("photos.js"),
    script!("sharing.js"),
    script!("theme.js"),
    script!("sync.js"),
    script!("thumbhash.js"),
    script!("timeline/chosen.js"),
    script!("timeline/keys.js"),
    script!("timeline/layout.js"),
    script!("timeline/library.js"),
    script!("timeline/pointer.js"),
    script!("timeline/reel.js"),
    script!("timeline/scrubber.js"),
    script!("timeline/selection.js"),
    script!("timeline/tile.js"),
    script!("timeline/timeline.js"),
    script!("timeline/window.js"),
    script!("toast.js"),
    script!("trash.js"),
    script!("upload/arrivals.js"),
    script!("upload/drop.js"),
    script!("upload/panel.js"),
    script!("upload/queue.js"),
    script!("upload/send.js"),
    script!("users.js"),
    script!("viewer/details.js"),
    script!("viewer/gestures.js"),
    script!("viewer/stage.js"),
    script!("viewer/viewer.js"),
];

/// Bytes of the digest in addresses: enough that two versions never share one.
const DIGEST_BYTES: usize = 8;
/// An address names one content for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Names the content of all files together: scripts import each other by relative paths, so they share one folder.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut hasher = Sha256::new();
        for file in FILES {
            hasher.update(file.name);
            hasher.update([0]);
            hasher.update(file.content);
            hasher.update([0]);
        }
        hasher.finalize()[..DIGEST_BYTES].iter().fold(String::new(), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    })
}

/// Where a file is served.
pub(super) fn address(name: &str) -> String {
    debug_assert!(FILES.iter().any(|file| file.name == name), "{name} is not embedded");
    format!("/static/{}/{name}", version())
}

/// All scripts, for pages that fetch them ahead of their imports.
pub(super) fn scripts(folders: &'static [&'static str]) -> impl Iterator<Item = String> {
    let wanted = move |file: &&Static| folders.iter().any(|folder| file.name.starts_with(folder));
    FILES.iter().filter(wanted).map(|file| address(file.name))
}

pub(super) fn routes() -> Router<App> {
    Router::new().route("/static/{version}/{*name}", get(serve))
}

async fn serve(Path((asked, name)): Path<(String, String)>) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // A page that was opened before an update may still ask for the version it knows.
    let cache = if asked == version() { FOR_EVER } else { "no-store" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, file.content).into_response()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files_below(&path, found) } else { found.push(path) }
        }
    }

    #[test]
    fn every_script_and_style_is_embedded() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
        let mut found = Vec::new();
        files_below(&assets, &mut found);
        for path in found {
            let content = fs::read_to_string(&path).unwrap();
            let is_served = FILES.iter().any(|file| file.content.contains(&content)) || content == SYMBOLS;
            assert!(is_served, "{} is not served", path.display());
        }
    }

    #[test]
    fn scripts_import_only_what_is_embedded() {
        for file in FILES.iter().filter(|file| file.name.ends_with(".js")) {
            let folder = file.name.rsplit_once('/').map_or("", |(folder, _)| folder);
            for import in file.content.split(" from '").skip(1).filter_map(|rest| rest.split('\'').next()) {
                let target = match (import.strip_prefix("./"), import.strip_prefix("../")) {
                    (Some(name), _) if folder.is_empty() => name.to_owned(),
                    (Some(name), _) => format!("{folder}/{name}"),
                    (_, Some(name)) => name.to_owned(),
                    _ => panic!("{} imports {import}, which is not relative", file.name),
                };
                assert!(FILES.iter().any(|file| file.name == target), "{} imports {import}", file.name);
            }
        }
    }
}
