//! Duration, size and rotation of a video, as ffprobe sees them.

use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use super::child;
use super::tags::Tags;

/// Longest time one file may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A description of a file with hundreds of streams still fits.
const MAX_OUTPUT_BYTES: u64 = 4 << 20;

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Deserialize)]
struct Stream {
    codec_type: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    #[serde(default)]
    side_data_list: Vec<SideData>,
    #[serde(default)]
    disposition: Disposition,
}

#[derive(Debug, Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    attached_pic: u8,
}

#[derive(Debug, Deserialize)]
struct SideData {
    rotation: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
struct Format {
    /// Seconds, as text.
    duration: Option<String>,
}

/// Asks `program` about the video at `path`; the answer comes in the tags `Duration` (seconds), `ImageWidth`,
/// `ImageHeight` and `Orientation` (1, 3, 6, 8).
pub(crate) fn probe(program: &Path, path: &Path) -> io::Result<Tags> {
    let mut command = Command::new(program);
    // An uploaded "video" may be a playlist; it must not make the server fetch what it lists.
    command.args([
        "-v",
        "error",
        "-protocol_whitelist",
        "file",
        "-print_format",
        "json",
        "-show_format",
        "-show_streams",
    ]);
    // Absolute, so that no name looks like an option or a protocol.
    command.arg("-i").arg(std::path::absolute(path)?);
    let answer: Answer = serde_json::from_slice(&child::output(command, TIMEOUT, MAX_OUTPUT_BYTES)?)?;
    Ok(tags(&answer))
}

fn tags(answer: &Answer) -> Tags {
    let mut tags = Tags::default();
    if let Some(seconds) = answer.format.duration.as_deref().and_then(|text| text.parse::<f64>().ok()) {
        tags.set("Duration", seconds);
    }
    let is_film =
        |stream: &&Stream| stream.codec_type.as_deref() == Some("video") && stream.disposition.attached_pic == 0;
    let Some(film) = answer.streams.iter().find(is_film) else { return tags };
    if let (Some(width), Some(height)) = (film.width, film.height) {
        tags.set("ImageWidth", width);
        tags.set("ImageHeight", height);
        tags.set("ImageSize", format!("{width}x{height}"));
    }
    tags.set("Orientation", orientation(film));
    tags
}

/// ffprobe's rotation counts counter-clockwise, EXIF's orientation says what to do to stand upright.
fn orientation(stream: &Stream) -> u8 {
    let rotation = stream.side_data_list.iter().find_map(|data| data.rotation).unwrap_or(0.0);
    match (rotation.round() as i64).rem_euclid(360) {
        270 => 6,
        180 => 3,
        90 => 8,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Tags {
        tags(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn takes_the_film_not_the_cover() {
        let tags = parsed(
            r#"{"streams":[{"codec_type":"video","width":9,"height":9,"disposition":{"attached_pic":1}},{"codec_type":"audio"},
            {"codec_type":"video","width":1920,"height":1080,"side_data_list":[{"side_data_type":"x"},{"rotation":-90}]}],
            "format":{"duration":"4.966667"}}"#,
        );
        assert_eq!(tags.text("ImageSize").as_deref(), Some("1920x1080"));
        assert_eq!(tags.number("Orientation"), Some(6.0));
        assert_eq!(tags.number("Duration"), Some(4.966667));
    }

    #[test]
    fn rotations() {
        for (rotation, orientation) in [(0, 1.0), (90, 8.0), (180, 3.0), (-180, 3.0), (270, 6.0), (-90, 6.0)] {
            let json =
                format!(r#"{{"streams":[{{"codec_type":"video","side_data_list":[{{"rotation":{rotation}}}]}}]}}"#);
            assert_eq!(parsed(&json).number("Orientation"), Some(orientation), "{rotation}");
        }
    }

    #[test]
    fn audio_only_gives_a_duration_only() {
        let tags = parsed(r#"{"streams":[{"codec_type":"audio"}],"format":{"duration":"1"}}"#);
        assert!(!tags.has("ImageSize") && !tags.has("Orientation") && tags.has("Duration"));
    }
}
