//! How long the renditions of a 12-megapixel JPEG take: `cargo bench -p tintype-media`. An argument is taken for the
//! path of a picture to use instead of the synthetic one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use tintype_media::pictures::{Limits, Renderer, profile};
use tintype_media::tools::Tools;

const WIDTH: u16 = 4032;
const HEIGHT: u16 = 3024;

/// Quality of the synthetic picture; gives about the bytes a phone would write.
const QUALITY: u8 = 87;

/// Rounds of which median and minimum are told.
const ROUNDS: usize = 40;

/// Large soft shapes, edges, and the noise of a sensor.
fn synthetic() -> Vec<u8> {
    let mut noise = 12_345u32;
    let mut pixels = Vec::with_capacity(usize::from(WIDTH) * usize::from(HEIGHT) * 3);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let grain = (noise & 15) as f32 - 7.5;
            let (fx, fy) = (f32::from(x), f32::from(y));
            let edge = f32::from((x / 37 + y / 53) % 2) * 40.0;
            pixels.push(((fx * 0.01).sin() * 60.0 + (fy * 0.003).cos() * 50.0 + 128.0 + grain) as u8);
            pixels.push(((fx * 0.05 + fy * 0.02).sin() * 40.0 + 108.0 + edge + grain) as u8);
            pixels.push(((fy * 0.02).sin() * 70.0 + 128.0 + (fx * fy * 1e-5).sin() * 30.0 + grain) as u8);
        }
    }
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.encode(&pixels, WIDTH, HEIGHT, ColorType::Rgb).expect("the picture can be encoded");
    jpeg
}

/// Median and minimum; the latter is what a quiet machine would show.
fn summary(mut times: Vec<Duration>) -> String {
    times.sort();
    let [median, fastest] = [times[times.len() / 2], times[0]].map(|time| time.as_secs_f64() * 1000.0);
    format!("{median:>8.1} ms {fastest:>8.1} ms")
}

fn main() {
    let argument = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let folder = tempfile::tempdir().expect("a folder for the picture");
    let path = argument.map_or_else(
        || {
            let path = folder.path().join("synthetic.jpg");
            std::fs::write(&path, synthetic()).expect("the picture can be written");
            path
        },
        PathBuf::from,
    );
    let bytes = std::fs::metadata(&path).expect("the picture is there").len();
    println!("{}: {bytes} bytes; median and minimum of {ROUNDS} rounds", path.display());

    let renderer = Renderer::new(Arc::new(Tools::default()), Limits::default(), None);
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        renderer.render(&path, None).expect("the picture can be rendered");
        start.elapsed()
    });
    println!("{:<24}{}", "all renditions", summary(rounds.collect()));
    let mut stages: Vec<(&str, Vec<Duration>)> = Vec::new();
    for _ in 0..ROUNDS {
        for (stage, time) in profile(&path).expect("the picture can be rendered") {
            match stages.iter_mut().find(|(name, _)| *name == stage) {
                Some((_, times)) => times.push(time),
                None => stages.push((stage, vec![time])),
            }
        }
    }
    for (stage, times) in stages {
        println!("  {stage:<22}{}", summary(times));
    }
}
