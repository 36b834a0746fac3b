//! The claim that lets exiftool sleep: where a native reader says "complete", exiftool says the same.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use proptest::prelude::*;

use super::rules::{self, Kind};
use super::{MetadataReader, exiftool, native, quick_capture_date};
use crate::exiftool::Pool;
use crate::tools::Tools;

const PICTURE: Kind = Kind { is_video: false, may_have_duration: false };

/// What exiftool writes into a picture, one set per picture, and whether the native reader must manage alone.
const WRITTEN: [(bool, &[&str]); 34] = [
    (true, &[]),
    (true, &["-DateTimeOriginal=2024:03:09 12:34:56"]),
    (true, &["-CreateDate=2024:03:09 12:34:56", "-ModifyDate=2024:04:01 01:02:03"]),
    (true, &["-DateTimeOriginal=2024:03:09 12:34:56", "-OffsetTimeOriginal=+02:00"]),
    (true, &["-DateTimeOriginal=2024:03:09 12:34:56", "-OffsetTimeOriginal=+00:00"]),
    (true, &["-DateTimeOriginal=2024:03:09 12:34:56", "-OffsetTime=-05:00"]),
    (true, &["-DateTimeOriginal=2024:03:09 12:34:56", "-OffsetTimeDigitized=-05:30"]),
    (true, &["-DateTimeOriginal=2024:03:09 12:34:56", "-SubSecTimeOriginal=045", "-OffsetTimeOriginal=-03:30"]),
    (true, &["-DateTimeOriginal=2024:03:09 12:34:56", "-SubSecTimeDigitized=7", "-CreateDate=2024:03:09 12:34:57"]),
    (
        true,
        &["-EXIF:GPSLatitude=51.5", "-EXIF:GPSLatitudeRef=N", "-EXIF:GPSLongitude=0.1257", "-EXIF:GPSLongitudeRef=W"],
    ),
    (
        true,
        &[
            "-EXIF:GPSLatitude=33.8568",
            "-EXIF:GPSLatitudeRef=S",
            "-EXIF:GPSLongitude=151.2153",
            "-EXIF:GPSLongitudeRef=E",
            "-DateTimeOriginal=2024:01:09 12:34:56",
        ],
    ),
    (true, &["-DateTimeOriginal=2024:03:09 12:34:56", "-GPSDateStamp=2024:03:09", "-GPSTimeStamp=07:05:01.5"]),
    (true, &["-DateTimeOriginal=2024:03:09 12:34:56", "-GPSDateStamp=2024:03:19", "-GPSTimeStamp=07:05:01"]),
    (false, &["-EXIF:GPSLatitude=51.5", "-EXIF:GPSLatitudeRef=N"]),
    (true, &["-Make=Tintype ", "-Model=One", "-LensModel=Glass 50mm F1.8", "-EXIF:ISO=3200"]),
    (true, &["-Make=Google", "-Model=Pixel 6", "-LensModel=Pixel 6 back camera 6.81mm f/1.85"]),
    (true, &["-LensModel=Unknown thing 5mm"]),
    (true, &["-ExposureTime=0.004", "-FNumber=2.2", "-FocalLength=4.25"]),
    (true, &["-ExposureTime=0.3", "-FNumber=0.95", "-FocalLength=50"]),
    (true, &["-ExposureTime=30", "-FNumber=11", "-FocalLength=23.3333"]),
    (true, &["-Orientation#=6"]),
    (true, &["-Orientation#=3", "-EXIF:ImageDescription=  a picture  "]),
    (true, &["-EXIF:ImageDescription=Grüße – 写真"]),
    (false, &["-EXIF:ImageDescription=1.50"]),
    (true, &["-XMP-xmp:Rating=4"]),
    (true, &["-XMP-xmp:Rating=-1", "-XMP-dc:Title=x"]),
    (true, &["-XMP-xmp:Rating=0"]),
    (true, &["-XMP-dc:Description=hello & <goodbye>", "-XMP-dc:Subject=a", "-XMP-dc:Subject=b c"]),
    (true, &["-XMP-digiKam:TagsList=Places/Berlin", "-XMP-dc:Subject=Berlin"]),
    (true, &["-XMP-lr:HierarchicalSubject=Places|Berlin/Mitte", "-XMP-dc:Subject=Berlin"]),
    (true, &["-XMP-GPano:ProjectionType=equirectangular", "-XMP-GPano:FullPanoWidthPixels=100"]),
    (
        true,
        &[
            "-DateTimeOriginal=2024:03:09 12:34:56",
            "-CreateDate=2024:03:09 12:34:56",
            "-XMP-xmp:CreateDate=2023:01:01 00:00:00+01:00",
            "-XMP-photoshop:DateCreated=2022:01:01 00:00:00",
        ],
    ),
    (false, &["-XMP-xmp:CreateDate=2023:01:01 00:00:00+01:00"]),
    (false, &["-IPTC:Keywords=one", "-IPTC:Caption-Abstract=text", "-XMP-exif:GPSLatitude=10", "-XMP-aux:Lens=50mm"]),
];

fn installed() -> Option<Tools> {
    let tools = Tools::find(&std::env::var_os("PATH").unwrap_or_default());
    if tools.exiftool.is_none() {
        tintype_testkit::not_run("agreement with exiftool", "exiftool is not installed");
    }
    tools.exiftool.is_some().then_some(tools)
}

fn samples() -> Vec<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/photos");
    let dir = std::env::var_os("TINTYPE_SAMPLES").map_or(beside, PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&dir) else {
        tintype_testkit::not_run_without_shared("metadata of the sample photos");
        return Vec::new();
    };
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e != "md")).collect()
}

fn jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder.encode(&[90; 3 * 6 * 4], 6, 4, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

/// Compares the whole result, floating point numbers and all.
fn assert_agreement(pool: &Pool, path: &Path, what: &str) -> bool {
    let reading = native::read(path).unwrap();
    if reading.complete {
        let native = rules::resolve(&reading.tags, None, PICTURE);
        let authority = rules::resolve(&exiftool::read(pool, path).unwrap(), None, PICTURE);
        assert_eq!(format!("{native:#?}"), format!("{authority:#?}"), "{what}");
    }
    reading.complete
}

#[test]
fn on_generated_pictures() {
    let Some(tools) = installed() else { return };
    let program = tools.exiftool.unwrap().path;
    let pool = Pool::new(exiftool::setup(program.clone()));
    let dir = tempfile::tempdir().unwrap();
    for (index, (alone, arguments)) in WRITTEN.iter().enumerate() {
        let path = dir.path().join(format!("{index}.jpg"));
        std::fs::write(&path, jpeg()).unwrap();
        if !arguments.is_empty() {
            let status = Command::new(&program)
                .args(["-q", "-overwrite_original"])
                .args(*arguments)
                .arg(&path)
                .status()
                .unwrap();
            assert!(status.success(), "exiftool could not write {arguments:?}");
        }
        let complete = assert_agreement(&pool, &path, &format!("{arguments:?}"));
        assert_eq!(complete, *alone, "{arguments:?}");
    }
}

#[test]
fn on_generated_pngs_and_sidecars() {
    let Some(tools) = installed() else { return };
    let program = tools.exiftool.unwrap().path;
    let pool = Pool::new(exiftool::setup(program.clone()));
    let dir = tempfile::tempdir().unwrap();
    let cases: [(bool, &str, &[&str]); 9] = [
        (
            true,
            "png",
            &["-EXIF:DateTimeOriginal=2024:03:09 12:34:56", "-EXIF:OffsetTimeOriginal=+02:00", "-EXIF:Orientation#=6"],
        ),
        (true, "png", &["-XMP-xmp:Rating=5", "-XMP-dc:Description=text"]),
        (false, "png", &["-PNG:Description=text"]),
        (true, "xmp", &["-XMP-xmp:Rating=3", "-XMP-dc:Description=Grüße", "-XMP-dc:Subject=a", "-XMP-dc:Subject=b"]),
        (true, "xmp", &["-XMP-digiKam:TagsList=a/b", "-XMP-digiKam:TagsList=c"]),
        (false, "xmp", &["-XMP-exif:DateTimeOriginal=2024:03:09 12:34:56.5+02:00"]),
        (false, "xmp", &["-XMP-exif:GPSLatitude=-33.5", "-XMP-exif:GPSLongitude=151.25", "-XMP-tiff:Orientation#=3"]),
        (false, "xmp", &["-XMP-photoshop:DateCreated=2024:03:09 12:34:56"]),
        (false, "xmp", &["-XMP-tiff:Make=M", "-XMP-exif:FNumber=2.8", "-XMP-exif:ExposureTime=0.004"]),
    ];
    for (index, (alone, extension, arguments)) in cases.iter().enumerate() {
        let path = dir.path().join(format!("{index}.{extension}"));
        if *extension == "png" {
            image::RgbImage::new(6, 4).save_with_format(&path, image::ImageFormat::Png).unwrap();
        }
        let status =
            Command::new(&program).args(["-q", "-overwrite_original"]).args(*arguments).arg(&path).status().unwrap();
        assert!(status.success(), "exiftool could not write {arguments:?}");
        assert_eq!(assert_agreement(&pool, &path, &format!("{arguments:?}")), *alone, "{arguments:?}");
        if !alone && *extension == "xmp" {
            // Without exiftool the native values of a sidecar must do; here they are as good.
            let native = rules::resolve(&native::read(&path).unwrap().tags, None, PICTURE);
            let authority = rules::resolve(&exiftool::read(&pool, &path).unwrap(), None, PICTURE);
            assert_eq!(format!("{native:#?}"), format!("{authority:#?}"), "{arguments:?}");
        }
    }
}

#[test]
fn on_the_samples() {
    let Some(tools) = installed() else { return };
    let pool = Pool::new(exiftool::setup(tools.exiftool.unwrap().path));
    let samples = samples();
    let complete = samples.iter().filter(|path| assert_agreement(&pool, path, &path.display().to_string()));
    let complete: Vec<_> = complete.map(|path| path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    eprintln!("{} of {} samples are read natively: {}", complete.len(), samples.len(), complete.join(" "));
}

#[test]
fn the_quick_look_agrees_where_it_can() {
    let Some(tools) = installed() else { return };
    let reader = MetadataReader::new(Arc::new(tools));
    for path in samples().into_iter().filter(|path| native::read(path).unwrap().complete) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(quick_capture_date(&path), reader.read(&path, &name, None).unwrap().captured, "{name}");
    }
}

/// The metadata of a picture with everything in it, for damaging.
fn rich_jpeg() -> Vec<u8> {
    let exif = [
        b"Exif\0\0II*\0\x08\0\0\0".as_slice(),
        b"\x03\0\x0f\x01\x02\0\x08\0\0\0\x32\0\0\0\x69\x87\x04\0\x01\0\0\0\x3a\0\0\0\x25\x88\x04\0\x01\0\0\0\x08\0\0\0",
        b"\x08\0\0\0Tintype\0\x02\0\x03\x90\x02\0\x14\0\0\0\x08\0\0\0\x9a\x82\x05\0\x01\0\0\0\x08\0\0\0\0\0\0\0",
    ]
    .concat();
    let xmp = b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='\
        http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:Rating='3'/>\
        </rdf:RDF></x:xmpmeta>";
    let icc = [
        b"ICC_PROFILE\0\x01\x01".as_slice(),
        &[0; 128],
        b"\0\0\0\x01desc\0\0\0\x90\0\0\0\x20desc\0\0\0\0\0\0\0\x04sRGB",
    ]
    .concat();
    let mut bytes = jpeg();
    for (marker, block) in [(0xe1, exif.as_slice()), (0xe1, xmp.as_slice()), (0xe2, icc.as_slice())] {
        let length = u16::try_from(block.len() + 2).unwrap().to_be_bytes();
        bytes.splice(2..2, [0xff, marker].into_iter().chain(length).chain(block.iter().copied()));
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Damaged headers give some reading, quickly, and never a panic.
    #[test]
    fn damage_is_survived(changes in proptest::collection::vec((0usize..700, any::<u8>()), 0..12), cut in 0usize..2000) {
        let mut bytes = rich_jpeg();
        for (at, byte) in changes {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        bytes.truncate(cut.max(8));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &bytes).unwrap();
        let reading = native::read(file.path()).unwrap();
        let _ = rules::resolve(&reading.tags, None, PICTURE);
    }

    /// Whatever follows a known signature.
    #[test]
    fn noise_is_survived(kind in 0usize..7, noise in proptest::collection::vec(any::<u8>(), 0..600)) {
        let start: &[u8] = [
            b"\xff\xd8\xff".as_slice(), b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"II*\0\x08\0\0\0", b"\0\0\0\x10ftypheic\0\0\0\0",
            b"\0\0\x02\0moov", b"\0\0\x02\0meta",
        ][kind];
        let start = if start.ends_with(b"meta") { [b"\0\0\0\x08free".as_slice(), start].concat() } else { start.to_vec() };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [start, noise].concat()).unwrap();
        let reading = native::read(file.path()).unwrap();
        let _ = rules::resolve(&reading.tags, None, PICTURE);
    }
}

/// Offsets that point back at themselves end, as every directory is read once.
#[test]
fn loops_end() {
    let exif =
        b"Exif\0\0II*\0\x08\0\0\0\x02\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x25\x88\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let mut bytes = jpeg();
    bytes.splice(2..2, [0xff, 0xe1].into_iter().chain(length).chain(exif.iter().copied()));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let reading = native::read(file.path()).unwrap();
    assert_eq!(reading.tags.text("ImageSize").as_deref(), Some("6x4"));
}
