//! Pictures made up for demonstrations and tests: small landscapes with the metadata of a camera.

use std::f64::consts::TAU;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use jpeg_encoder::{ColorType, Encoder, EncodingError};

use crate::tools::Tools;

/// Size of the pictures of [`write_album`].
const ALBUM_SIZE: (u16, u16) = (1_600, 1_200);
/// Quality of the JPEGs.
const QUALITY: u8 = 88;
/// Where the pictures of an album claim to have been taken: name, degrees north and east.
const PLACES: [(f64, f64); 4] = [(54.0887, 12.1405), (38.7167, -9.1333), (35.0211, 135.7538), (64.1466, -21.9426)];

/// What a made-up picture tells about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// `2025:08:01 10:00:00`, as EXIF writes it.
    pub taken: String,
    /// Degrees north and east.
    pub place: Option<(f64, f64)>,
}

/// A landscape as JPEG; another `number` is another picture.
pub fn picture(number: u32, width: u16, height: u16, story: &Story) -> Result<Vec<u8>, EncodingError> {
    let pixels = landscape(number, width, height);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, QUALITY);
    encoder.add_app_segment(1, exif(story))?;
    encoder.encode(&pixels, width, height, ColorType::Rgb)?;
    Ok(bytes)
}

/// Writes an album of `count` pictures, taken every few days of the last years, into `folder`.
pub fn write_album(folder: &Path, count: u32) -> io::Result<()> {
    for number in 0..count {
        let (year, month, day) = (2025 - number / 24, 1 + (number * 5) % 12, 1 + (number * 7) % 28);
        let story = Story {
            taken: format!("{year:04}:{month:02}:{day:02} {:02}:{:02}:00", 7 + number % 12, (number * 13) % 60),
            place: (number % 3 != 0).then(|| PLACES[number as usize % PLACES.len()]),
        };
        let (width, height) = if number % 4 == 3 { (ALBUM_SIZE.1, ALBUM_SIZE.0) } else { ALBUM_SIZE };
        let bytes = picture(number, width, height, &story).map_err(io::Error::other)?;
        std::fs::write(folder.join(format!("landscape-{number:03}.jpg")), bytes)?;
    }
    Ok(())
}

/// Writes a video of a few seconds, if ffmpeg is there to make it.
pub fn write_video(tools: &Tools, path: &Path) -> io::Result<()> {
    let Some(ffmpeg) = &tools.ffmpeg else { return Ok(()) };
    let status = Command::new(&ffmpeg.path)
        .args([
            "-nostdin",
            "-loglevel",
            "error",
            "-y",
            "-f",
            "lavfi",
            "-i",
            "life=size=640x360:rate=25:mold=10:ratio=0.1",
        ])
        .args(["-t", "4", "-pix_fmt", "yuv420p", "-metadata", "creation_time=2025-07-01T12:00:00Z"])
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("ffmpeg could not make the video")) }
}

/// Sky, sun and three ranges of hills.
fn landscape(number: u32, width: u16, height: u16) -> Vec<u8> {
    let seed = f64::from(number);
    let hue = (seed * 0.173).fract();
    let sun = (0.2 + 0.6 * (seed * 0.37).fract(), 0.2 + 0.25 * (seed * 0.61).fract());
    let mut pixels = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    for y in 0..height {
        let v = f64::from(y) / f64::from(height);
        for x in 0..width {
            let u = f64::from(x) / f64::from(width);
            pixels.extend_from_slice(&point(u, v, hue, sun, seed));
        }
    }
    pixels
}

fn point(u: f64, v: f64, hue: f64, sun: (f64, f64), seed: f64) -> [u8; 3] {
    for (layer, base) in [(2_u8, 0.86), (1, 0.72), (0, 0.58)] {
        let depth = f64::from(layer);
        let ridge = base
            + 0.05 * ((u * (3.0 + depth) + seed * 0.7 + depth) * TAU / 2.0).sin()
            + 0.02 * ((u * (11.0 + 5.0 * depth) + seed) * TAU / 2.0).sin();
        if v > ridge {
            let light = 0.5 - 0.13 * depth - 0.25 * (v - ridge);
            return colour((hue + 0.3 + 0.05 * depth).fract(), 0.45, light);
        }
    }
    let distance = ((u - sun.0).powi(2) + (v - sun.1).powi(2)).sqrt();
    if distance < 0.05 {
        return colour(0.13, 0.7, 0.97);
    }
    let glow = (0.25 / (0.3 + distance * 3.0)).min(0.4);
    colour((hue + 0.55).fract(), 0.35 - 0.2 * v, (0.55 + 0.35 * v + glow).min(1.0))
}

/// Hue, saturation and value, each from 0 to 1, as red, green and blue.
fn colour(hue: f64, saturation: f64, value: f64) -> [u8; 3] {
    [5.0, 3.0, 1.0].map(|offset| {
        let k = (offset + hue * 6.0) % 6.0;
        let level = value - value * saturation.max(0.0) * k.min(4.0 - k).clamp(0.0, 1.0);
        // Clamped, so the cast keeps the value.
        (level.clamp(0.0, 1.0) * 255.0).round() as u8
    })
}

/// An APP1 segment: a little-endian TIFF with camera, date and place.
fn exif(story: &Story) -> Vec<u8> {
    let mut main = Ifd::default();
    main.text(0x010f, "Tintype");
    main.text(0x0110, "Demonstration");
    main.text(0x0132, &story.taken);
    let mut details = Ifd::default();
    details.text(0x9003, &story.taken);
    details.text(0x9004, &story.taken);
    let mut position = Ifd::default();
    if let Some((latitude, longitude)) = story.place {
        position.text(0x0001, if latitude < 0.0 { "S" } else { "N" });
        position.degrees(0x0002, latitude.abs());
        position.text(0x0003, if longitude < 0.0 { "W" } else { "E" });
        position.degrees(0x0004, longitude.abs());
    }
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    // The main directory lists the places of the others, whose sizes are known from its own.
    main.number(0x8769, 0);
    if story.place.is_some() {
        main.number(0x8825, 0);
    }
    let details_at = 8 + main.size();
    let position_at = details_at + details.size();
    main.set_number(0x8769, details_at);
    main.set_number(0x8825, position_at);
    main.write(&mut tiff);
    details.write(&mut tiff);
    if story.place.is_some() {
        position.write(&mut tiff);
    }
    let mut segment = b"Exif\0\0".to_vec();
    segment.extend(tiff);
    segment
}

/// A directory of a TIFF: tag, type, count and value of each entry, in ascending order of tags.
#[derive(Default)]
struct Ifd(Vec<(u16, u16, u32, Vec<u8>)>);

impl Ifd {
    fn text(&mut self, tag: u16, text: &str) {
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(0);
        self.0.push((tag, 2, u32::try_from(bytes.len()).unwrap_or(0), bytes));
    }

    fn number(&mut self, tag: u16, number: u32) {
        self.0.push((tag, 4, 1, number.to_le_bytes().to_vec()));
    }

    fn set_number(&mut self, tag: u16, number: u32) {
        for entry in self.0.iter_mut().filter(|entry| entry.0 == tag) {
            entry.3 = number.to_le_bytes().to_vec();
        }
    }

    /// Degrees, minutes and hundredths of seconds.
    fn degrees(&mut self, tag: u16, degrees: f64) {
        let seconds = (degrees * 360_000.0).round() as u32;
        let parts = [(seconds / 360_000, 1), (seconds / 6_000 % 60, 1), (seconds % 6_000, 100)];
        let bytes = parts.iter().flat_map(|(top, bottom): &(u32, u32)| [top.to_le_bytes(), bottom.to_le_bytes()]);
        self.0.push((tag, 5, 3, bytes.flatten().collect()));
    }

    fn size(&self) -> u32 {
        let values: usize =
            self.0.iter().map(|entry| if entry.3.len() > 4 { entry.3.len().next_multiple_of(2) } else { 0 }).sum();
        u32::try_from(2 + self.0.len() * 12 + 4 + values).unwrap_or(u32::MAX)
    }

    fn write(&self, tiff: &mut Vec<u8>) {
        let mut value_at = tiff.len() + 2 + self.0.len() * 12 + 4;
        let mut values = Vec::new();
        tiff.extend(u16::try_from(self.0.len()).unwrap_or(0).to_le_bytes());
        for (tag, kind, count, bytes) in &self.0 {
            tiff.extend(tag.to_le_bytes());
            tiff.extend(kind.to_le_bytes());
            tiff.extend(count.to_le_bytes());
            if bytes.len() > 4 {
                tiff.extend(u32::try_from(value_at).unwrap_or(0).to_le_bytes());
                let mut padded = bytes.clone();
                padded.resize(bytes.len().next_multiple_of(2), 0);
                value_at += padded.len();
                values.extend(padded);
            } else {
                let mut inline = bytes.clone();
                inline.resize(4, 0);
                tiff.extend(inline);
            }
        }
        tiff.extend([0; 4]);
        tiff.extend(values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::quick_capture_date;

    #[test]
    fn pictures_tell_when_they_were_taken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.jpg");
        let story = Story { taken: "2025:08:01 10:00:00".to_owned(), place: Some((-33.86, 151.2)) };
        std::fs::write(&path, picture(1, 64, 48, &story).unwrap()).unwrap();
        let captured = quick_capture_date(&path).expect("a date");
        assert_eq!(captured.local_ms, 1_754_042_400_000);
        assert_ne!(picture(1, 64, 48, &story).unwrap(), picture(2, 64, 48, &story).unwrap());
    }
}
