//! The argument vectors of the built-in methods.

use std::ffi::OsString;
use std::path::Path;

use super::profile::Method;
use crate::sniff::Container;

/// The program of a built-in method, as [`crate::tools`] names it.
pub(crate) fn program(method: &Method) -> &'static str {
    match method {
        Method::Avif { .. } => "avifenc",
        Method::H265 { .. } | Method::Av1 { .. } => "ffmpeg",
        _ => "cjxl",
    }
}

/// The container that a built-in method writes for a file of the given one; `None` where the result tells.
pub(crate) fn result(method: &Method, original: Container) -> Option<Container> {
    match method {
        Method::JpegToJxlLossless | Method::PngToJxlLossless | Method::Jxl { .. } => Some(Container::JpegXl),
        Method::Avif { .. } => Some(Container::Avif),
        Method::H265 { .. } | Method::Av1 { .. } => Some(match original {
            // AV1 has no place in QuickTime.
            Container::QuickTime if matches!(method, Method::H265 { .. }) => Container::QuickTime,
            Container::Matroska => Container::Matroska,
            _ => Container::Mp4,
        }),
        Method::Pass | Method::Command(_) => None,
    }
}

/// The extension that belongs to a container.
pub(crate) fn extension(container: Container) -> &'static str {
    match container {
        Container::Jpeg => "jpg",
        Container::Matroska => "mkv",
        Container::Mp4 => "mp4",
        Container::MpegTs => "ts",
        Container::MpegPs => "mpg",
        Container::QuickTime => "mov",
        Container::Tiff => "tif",
        other => {
            let of_type = |format: &&crate::formats::Format| format.media_type == other.media_type();
            crate::formats::all().iter().find(of_type).map_or("bin", |format| format.extension)
        }
    }
}

/// The arguments of a built-in method's program.
pub(crate) fn arguments(method: &Method, original: Container, input: &Path, output: &Path) -> Vec<OsString> {
    let words: Vec<String> = match method {
        Method::JpegToJxlLossless => words(&["--lossless_jpeg=1", "--effort=7", "--num_threads=0", "--quiet"]),
        Method::PngToJxlLossless => words(&["--distance=0", "--effort=7", "--num_threads=0", "--quiet"]),
        Method::Jxl { distance } => {
            let mut words = words(&["--lossless_jpeg=0", "--effort=7", "--num_threads=0", "--quiet"]);
            words.push(format!("--distance={distance}"));
            words
        }
        Method::Avif { quality, speed } => avif(*quality, *speed),
        Method::H265 { crf } => {
            let mut words = words(&["-c:v:0", "libx265", "-preset", "medium", "-x265-params", "log-level=error"]);
            words.extend(["-crf".to_owned(), crf.to_string()]);
            // The name under which players of Apple's know it.
            words.extend(self::words(if original == Container::Matroska { &[] } else { &["-tag:v:0", "hvc1"] }));
            return film(&words, result(method, original), input, output);
        }
        Method::Av1 { crf } => {
            let mut words = words(&["-c:v:0", "libsvtav1", "-preset", "6"]);
            words.extend(["-crf".to_owned(), crf.to_string()]);
            return film(&words, result(method, original), input, output);
        }
        Method::Pass | Method::Command(_) => Vec::new(),
    };
    let paths = [input, output].map(OsString::from);
    // cjxl wants its files first in some versions, avifenc last in all.
    match method {
        Method::Avif { .. } => words.into_iter().map(OsString::from).chain(paths).collect(),
        _ => paths.into_iter().chain(words.into_iter().map(OsString::from)).collect(),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// Quality is said as a quantizer, 0 (best) to 63, which old and new versions of avifenc understand.
fn avif(quality: u8, speed: u8) -> Vec<String> {
    let quantizer = (u32::from(100 - quality.min(100)) * 63 + 50) / 100;
    let mut words = words(&["--jobs", "1", "--min", "0", "--max", "63", "-a", "end-usage=q", "-a", "tune=ssim", "-a"]);
    words.extend([format!("cq-level={quantizer}"), "--speed".to_owned(), speed.to_string()]);
    words
}

/// The film is encoded anew, all other streams are copied, and nothing is dropped in silence: what the container has no
/// place for fails.
fn film(codec: &[String], container: Option<Container>, input: &Path, output: &Path) -> Vec<OsString> {
    let before = ["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-protocol_whitelist", "file", "-i"];
    let streams = ["-map", "0:V:0", "-map", "0:a?", "-map", "0:s?", "-c", "copy"];
    let after = ["-fps_mode", "passthrough", "-map_metadata", "0", "-movflags", "+faststart+use_metadata_tags", "-f"];
    let container = match container {
        Some(Container::QuickTime) => "mov",
        Some(Container::Matroska) => "matroska",
        _ => "mp4",
    };
    let mut arguments: Vec<OsString> = before.map(OsString::from).to_vec();
    arguments.push(input.into());
    arguments.extend(streams.map(OsString::from));
    arguments.extend(codec.iter().map(OsString::from));
    arguments.extend(after.map(OsString::from));
    arguments.extend([container.into(), output.into()]);
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_belong_to_their_containers() {
        for (container, expected) in [
            (Container::JpegXl, "jxl"),
            (Container::Avif, "avif"),
            (Container::Jpeg, "jpg"),
            (Container::Mp4, "mp4"),
            (Container::QuickTime, "mov"),
            (Container::Matroska, "mkv"),
            (Container::Heif, "heic"),
            (Container::Png, "png"),
            (Container::WebP, "webp"),
        ] {
            assert_eq!(extension(container), expected);
        }
    }

    #[test]
    fn quality_becomes_a_quantizer() {
        for (quality, expected) in [(100, "cq-level=0"), (0, "cq-level=63"), (60, "cq-level=25")] {
            assert!(avif(quality, 6).iter().any(|word| word == expected), "{quality}: {:?}", avif(quality, 6));
        }
    }
}
