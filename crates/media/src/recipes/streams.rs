//! What a video is made of, as ffprobe tells, and whether another is made of the same.

use std::ffi::OsString;
use std::path::Path;

use serde::Deserialize;

use super::bounds::{Bounds, MAX_MEMORY_BYTES, MAX_PICTURE_TIME};
use super::outcome::Reason;
use super::program::{Halt, Runner};
use crate::tools::Tools;

/// How much longer or shorter a video may become, in seconds: the last frame and the sound seldom end together.
const DURATION_TOLERANCE: f64 = 0.5;

/// How much the number of frames in a second may change.
const RATE_TOLERANCE: f64 = 0.02;

/// The streams of a video.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Streams {
    /// Seconds.
    pub(crate) duration: f64,
    pub(crate) codec: String,
    /// As stored.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Quarters that a player turns it, 0 to 3.
    quarters: u8,
    /// Bits of a sample.
    depth: u8,
    /// `smpte2084` and the like; empty when not said.
    transfer: String,
    primaries: String,
    /// Frames in a second; 0 when not said.
    pub(crate) rate: f64,
    /// Channels of every sound stream.
    audio: Vec<u32>,
    /// What else there is, by kind: `subtitle`, `data`, `attachment`, `cover`, further films.
    others: Vec<String>,
    /// What is said about the film beside it, like the light of the mastering display.
    side_data: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    streams: Vec<RawStream>,
    #[serde(default)]
    format: RawFormat,
}

#[derive(Deserialize, Default)]
struct RawFormat {
    duration: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawStream {
    codec_type: String,
    codec_name: String,
    width: u32,
    height: u32,
    pix_fmt: String,
    color_transfer: String,
    color_primaries: String,
    avg_frame_rate: String,
    channels: u32,
    disposition: RawDisposition,
    side_data_list: Vec<RawSideData>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawDisposition {
    attached_pic: u8,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RawSideData {
    side_data_type: String,
    rotation: f64,
}

/// What has to be said about a film that the words "the same" do not cover: rotation is compared as the displayed size, the
/// buffers are the encoder's own.
const OWN_SIDE_DATA: [&str; 2] = ["Display Matrix", "CPB properties"];

/// Asks ffprobe. A file that it refuses is a reason.
pub(crate) fn probe(runner: &Runner<'_>, tools: &Tools, path: &Path) -> Result<Streams, Halt> {
    let ffprobe = tools.ffprobe.as_ref().ok_or_else(|| Reason::MissingTool { tool: "ffprobe".to_owned() })?;
    let mut arguments: Vec<OsString> =
        ["-v", "error", "-protocol_whitelist", "file", "-of", "json", "-show_streams", "-show_format", "-i"]
            .map(OsString::from)
            .to_vec();
    arguments.push(path.into());
    let size = std::fs::metadata(path).map_or(0, |data| data.len());
    let printed = runner.run(
        "ffprobe",
        &ffprobe.path,
        &arguments,
        Bounds::new(MAX_PICTURE_TIME, MAX_MEMORY_BYTES, size.saturating_mul(2)),
    )?;
    let garbage = |_| Reason::Failed {
        program: "ffprobe".to_owned(),
        status: "garbage".to_owned(),
        complaint: String::from_utf8_lossy(&printed).chars().take(100).collect(),
    };
    let answer: Answer = serde_json::from_slice(&printed).map_err(garbage)?;
    read(answer).ok_or_else(|| Reason::Unknown { what: "the film and how long it is" }.into())
}

fn read(answer: Answer) -> Option<Streams> {
    let mut streams = Streams { duration: answer.format.duration?.parse().ok()?, ..Streams::default() };
    let mut has_film = false;
    for raw in answer.streams {
        match raw.codec_type.as_str() {
            "video" if raw.disposition.attached_pic != 0 => streams.others.push("cover".to_owned()),
            "video" if !has_film => {
                has_film = true;
                streams.take_film(raw);
            }
            "audio" => streams.audio.push(raw.channels),
            other => streams.others.push(other.to_owned()),
        }
    }
    streams.others.sort();
    (has_film && streams.width > 0 && streams.height > 0).then_some(streams)
}

impl Streams {
    fn take_film(&mut self, raw: RawStream) {
        self.depth = depth(&raw.pix_fmt);
        let rotation = raw.side_data_list.iter().map(|data| data.rotation).find(|rotation| *rotation != 0.0);
        self.quarters = ((rotation.unwrap_or(0.0) / 90.0).round() as i64).rem_euclid(4) as u8;
        self.side_data = raw.side_data_list.into_iter().map(|data| data.side_data_type).collect();
        self.side_data.retain(|kind| !OWN_SIDE_DATA.contains(&kind.as_str()));
        self.side_data.sort();
        self.rate = rate(&raw.avg_frame_rate);
        (self.width, self.height) = (raw.width, raw.height);
        (self.codec, self.transfer, self.primaries) = (raw.codec_name, raw.color_transfer, raw.color_primaries);
    }

    /// Width and height as a player shows them.
    fn displayed(&self) -> (u32, u32) {
        if self.quarters % 2 == 1 { (self.height, self.width) } else { (self.width, self.height) }
    }

    /// The first thing that another video does not have as this one has it.
    pub(crate) fn difference(&self, derived: &Self) -> Option<Reason> {
        let differs = |what: &str, original: String, derived: String| {
            (original != derived).then(|| Reason::Differs { what: what.to_owned(), original, derived })
        };
        let far = |a: f64, b: f64, tolerance: f64| (a - b).abs() > tolerance;
        let size = |(width, height): (u32, u32)| format!("{width}x{height}");
        if far(self.duration, derived.duration, DURATION_TOLERANCE) {
            return differs("seconds", self.duration.to_string(), derived.duration.to_string());
        }
        if self.rate > 0.0 && far(self.rate, derived.rate, RATE_TOLERANCE * self.rate) {
            return differs("frames in a second", self.rate.to_string(), derived.rate.to_string());
        }
        differs("size", size(self.displayed()), size(derived.displayed()))
            .or_else(|| differs("bits of a sample", self.depth.to_string(), derived.depth.to_string()))
            .or_else(|| differs("transfer function", self.transfer.clone(), derived.transfer.clone()))
            .or_else(|| differs("primaries", self.primaries.clone(), derived.primaries.clone()))
            .or_else(|| differs("channels of sound", format!("{:?}", self.audio), format!("{:?}", derived.audio)))
            .or_else(|| differs("further streams", self.others.join(", "), derived.others.join(", ")))
            .or_else(|| differs("data about the film", self.side_data.join(", "), derived.side_data.join(", ")))
    }

    /// Bits that a pixel of a frame takes; `None` when that cannot be told.
    pub(crate) fn bits_per_pixel(&self, bytes: u64) -> Option<f64> {
        let pixels = f64::from(self.width) * f64::from(self.height) * self.rate * self.duration;
        (pixels > 0.0).then(|| bytes as f64 * 8.0 / pixels)
    }
}

/// `30000/1001`; 0 for what is none.
fn rate(text: &str) -> f64 {
    let Some((above, below)) = text.split_once('/') else { return 0.0 };
    match (above.parse::<f64>(), below.parse::<f64>()) {
        (Ok(above), Ok(below)) if below > 0.0 => above / below,
        _ => 0.0,
    }
}

/// Bits of a sample by the name of a pixel format: those of more than eight end with the number and the order of bytes.
fn depth(pixel_format: &str) -> u8 {
    let Some(name) = pixel_format.strip_suffix("le").or_else(|| pixel_format.strip_suffix("be")) else { return 8 };
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    match name[name.len() - digits..].parse::<u32>() {
        Ok(bits @ 9..=16) => bits as u8,
        // The bits of a whole pixel.
        Ok(17..) => 16,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILM: &str = r#"{"codec_type":"video","codec_name":"hevc","width":1920,"height":1080,"pix_fmt":"yuv420p10le",
        "color_transfer":"smpte2084","color_primaries":"bt2020","avg_frame_rate":"30000/1001",
        "side_data_list":[{"side_data_type":"Display Matrix","rotation":-90},{"side_data_type":"Content light level metadata"}]}"#;

    fn streams(list: &str) -> Option<Streams> {
        read(serde_json::from_str(&format!(r#"{{"streams":[{list}],"format":{{"duration":"4.5"}}}}"#)).unwrap())
    }

    #[test]
    fn everything_that_can_get_lost_is_seen() {
        let audio = r#"{"codec_type":"audio","channels":2}"#;
        let original = streams(&format!("{FILM},{audio}")).unwrap();
        assert_eq!((original.depth, original.displayed()), (10, (1080, 1920)));
        let reason = |list: String| original.difference(&streams(&list).unwrap()).map(|reason| reason.to_string());
        assert_eq!(reason(format!("{FILM},{audio}")), None);
        for (list, expected) in [
            (FILM.to_owned(), "channels of sound: [2] became []"),
            (format!("{FILM},{}", audio.replace('2', "1")), "channels of sound: [2] became [1]"),
            (format!("{},{audio}", FILM.replace("10le", "")), "bits of a sample: 10 became 8"),
            (format!("{},{audio}", FILM.replace("smpte2084", "bt709")), "transfer function: smpte2084 became bt709"),
            (format!("{},{audio}", FILM.replace("-90", "0")), "size: 1080x1920 became 1920x1080"),
            (format!("{},{audio}", FILM.replace("30000", "15000")), "frames in a second"),
            (format!("{},{audio}", FILM.replace("Content light", "Other")), "data about the film"),
            (format!("{FILM},{audio},{{\"codec_type\":\"data\"}}"), "further streams:  became data"),
        ] {
            let reason = reason(list).expect(expected);
            assert!(reason.contains(expected), "{reason}");
        }
        let longer = Streams { duration: 5.01, ..original.clone() };
        assert!(original.difference(&longer).is_some_and(|reason| reason.to_string().starts_with("seconds")));
        assert_eq!(original.difference(&Streams { duration: 4.99, ..original.clone() }), None);
    }

    #[test]
    fn depths_and_rates() {
        for (name, expected) in [
            ("yuv420p", 8),
            ("yuv420p10le", 10),
            ("p010le", 10),
            ("gray16be", 16),
            ("rgb48le", 16),
            ("nv12", 8),
            ("", 8),
        ] {
            assert_eq!(depth(name), expected, "{name}");
        }
        assert_eq!((rate("25/1"), rate("0/0"), rate("x")), (25.0, 0.0, 0.0));
        assert_eq!(streams(r#"{"codec_type":"audio"}"#), None);
    }
}
