//! Photographs to upload: made up, but as large as those of a phone, and as much work to decode.
//!
//! A file is a picture with structures of every size and the noise of a sensor, so that it compresses as a photograph
//! does. A few pictures are enough: what makes each file another one is its metadata.

mod exif;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use tintype_testkit::Chance;

use crate::report::folder;

/// Files of one set.
pub const FILES: usize = 500;
/// Bytes that a file has, more or less.
pub const FILE_BYTES: usize = 2_700_000;
/// How much less or more.
pub const FILE_TOLERANCE: f64 = 0.1;

/// Different pictures; each is used for several files.
const PICTURES: usize = 20;
const WIDTH: u16 = 4000;
const HEIGHT: u16 = 3000;
/// As phones write them, with colours at half the resolution.
const QUALITY: u8 = 88;
/// Half the span of the noise of every pixel: the least that gives [`FILE_BYTES`] is used.
const NOISE: std::ops::Range<u64> = 7..32;
/// Structures have these sizes in pixels, and these heights.
const STRUCTURES: [(usize, i64); 7] = [(512, 70), (256, 40), (128, 24), (64, 14), (32, 9), (16, 6), (8, 4)];
/// Colours change slowly.
const COLOURS: [(usize, i64); 2] = [(512, 40), (128, 12)];
/// How long ago they were written, as it seems.
const AGE: Duration = Duration::from_secs(3_600);
/// Where they claim to have been taken: degrees north and east.
const PLACES: [(f64, f64); 3] = [(54.0887, 12.1405), (38.7167, -9.1333), (35.0211, 135.7538)];

/// The folder with [`FILES`] photographs; makes those that are missing.
///
/// # Errors
/// When they cannot be written, or have another size than they should.
pub fn photographs() -> Result<PathBuf> {
    let folder = folder()?.join("photos");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    if (0..FILES).all(|number| path(&folder, number).is_file()) {
        return Ok(folder);
    }
    let noise = noise()?;
    let next = AtomicUsize::new(0);
    let make = || -> Result<()> {
        loop {
            let picture = next.fetch_add(1, Ordering::Relaxed);
            if picture >= PICTURES {
                return Ok(());
            }
            make_files(&folder, picture, noise)?;
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..thread::available_parallelism().map_or(1, usize::from)).map(|_| scope.spawn(make)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a picture panicked"))?)
    })?;
    Ok(folder)
}

fn path(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("IMG_{number:04}.jpg"))
}

/// Tried out, because it depends on the encoder.
fn noise() -> Result<u64> {
    for noise in NOISE {
        if photograph(0, WIDTH, HEIGHT, noise)?.len() >= FILE_BYTES {
            return Ok(noise);
        }
    }
    anyhow::bail!("no noise makes a photograph of {FILE_BYTES} bytes")
}

/// All files that show this picture.
fn make_files(folder: &Path, picture: usize, noise: u64) -> Result<()> {
    let plain = photograph(picture as u64, WIDTH, HEIGHT, noise)?;
    for number in (picture..FILES).step_by(PICTURES) {
        let bytes = with_exif(&plain, number)?;
        let deviation = (bytes.len() as f64 / FILE_BYTES as f64 - 1.0).abs();
        ensure!(deviation <= FILE_TOLERANCE, "photograph {number} has {} bytes, not {FILE_BYTES}", bytes.len());
        // Renamed when complete: what is there is whole, even if this is interrupted.
        let (path, unfinished) = (path(folder, number), folder.join(format!("{number}.part")));
        let written = fs::write(&unfinished, bytes).and_then(|()| age(&unfinished));
        written.with_context(|| format!("cannot write {}", unfinished.display()))?;
        fs::rename(&unfinished, &path).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// What was written just now might still be growing, and is not looked at.
fn age(file: &Path) -> std::io::Result<()> {
    fs::File::options().write(true).open(file)?.set_modified(SystemTime::now() - AGE)
}

/// A picture without metadata. Another seed is another picture; more noise makes a larger file.
///
/// # Errors
/// When it cannot be encoded.
pub fn photograph(seed: u64, width: u16, height: u16, noise: u64) -> Result<Vec<u8>> {
    let mut chance = Chance::new(seed);
    let size = (usize::from(width), usize::from(height));
    let light = plane(size, &STRUCTURES, &mut chance);
    let blue = plane(size, &COLOURS, &mut chance);
    let red = plane(size, &COLOURS, &mut chance);
    let mut pixels = Vec::with_capacity(size.0 * size.1 * 3);
    for index in 0..size.0 * size.1 {
        // The sum of two even dice is closer to a sensor's noise than one.
        let chance = chance.next_number();
        let span = noise + 1;
        let noise = ((chance & 0xffff) % span + (chance >> 16 & 0xffff) % span) as i64 - noise as i64;
        pixels.extend([light[index] + noise, blue[index], red[index]].map(level));
    }
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.encode(&pixels, width, height, ColorType::Ycbcr).context("cannot encode a photograph")?;
    Ok(file)
}

fn level(deviation: i64) -> u8 {
    // Clamped, so the cast keeps the value.
    (128 + deviation).clamp(0, 255) as u8
}

/// Structures of several sizes on top of each other: random heights on a grid, with straight slopes between.
fn plane((width, height): (usize, usize), structures: &[(usize, i64)], chance: &mut Chance) -> Vec<i64> {
    let mut plane = vec![0; width * height];
    for &(cell, swing) in structures {
        let columns = width / cell + 2;
        let rows = height / cell + 2;
        let grid: Vec<i64> =
            (0..columns * rows).map(|_| chance.below(2 * swing.unsigned_abs() + 1) as i64 - swing).collect();
        let cell_length = cell as i64;
        for (y, line) in plane.chunks_exact_mut(width).enumerate() {
            let (row, down) = (y / cell, (y % cell) as i64);
            let edge = |column: usize| {
                grid[row * columns + column] * (cell_length - down) + grid[(row + 1) * columns + column] * down
            };
            for (column, part) in line.chunks_mut(cell).enumerate() {
                let (left, right) = (edge(column), edge(column + 1));
                for (x, point) in part.iter_mut().enumerate() {
                    *point += (left * (cell_length - x as i64) + right * x as i64) / (cell_length * cell_length);
                }
            }
        }
    }
    plane
}

/// The file with the metadata of a camera: date and model, two of three with a place.
fn with_exif(jpeg: &[u8], number: usize) -> Result<Vec<u8>> {
    const START: &[u8] = &[0xff, 0xd8];
    let (month, day) = (1 + number / 28 % 12, 1 + number % 28);
    let taken = format!("2025:{month:02}:{day:02} {:02}:{:02}:00", number % 24, number % 60);
    let place = (!number.is_multiple_of(3)).then(|| PLACES[number / 3 % PLACES.len()]);
    // A comment makes also those files different that have the same date.
    let number = u32::try_from(number).context("too many photographs")?;
    let comment = [&[0xff, 0xfe, 0, 2 + 4][..], &number.to_be_bytes()].concat();
    let rest = jpeg.strip_prefix(START).context("not a JPEG file")?;
    Ok([START, &exif::segment(&taken, place), &comment, rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_another() {
        let plain = photograph(1, 64, 48, NOISE.start).unwrap();
        let of = |number| with_exif(&plain, number).unwrap();
        assert_ne!(of(1), of(2));
        assert_eq!(of(1), of(1));
    }
}
