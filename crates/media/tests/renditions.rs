//! Renditions of generated pictures, ordinary and hostile.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use jpeg_encoder::{ColorType, Encoder};
use tempfile::TempDir;
use tintype_media::formats::MediaKind;
use tintype_media::pictures::{Limits, PictureError, Renderer, Renditions};
use tintype_media::sniff::Container;
use tintype_media::tools::Tools;
use zune_core::bytestream::ZCursor;
use zune_core::options::DecoderOptions;

const RED: [u8; 3] = [220, 30, 30];
const BLUE: [u8; 3] = [30, 30, 220];

struct Studio {
    folder: TempDir,
    renderer: Renderer,
}

impl Studio {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let renderer = Renderer::new(Arc::new(Tools::default()), limits, None);
        Self { folder: tempfile::tempdir().unwrap(), renderer }
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("picture");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn render(&self, bytes: &[u8]) -> Result<Renditions, PictureError> {
        self.renderer.render(&self.file(bytes), None)
    }
}

/// Left third red, the rest blue.
fn flag(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 3 { RED } else { BLUE }))
}

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn jpeg(picture: &RgbImage, orientation: Option<u8>, progressive: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 90);
    encoder.set_progressive(progressive);
    if let Some(value) = orientation {
        let exif = [&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[value], b"\0\0\0\0\0\0"].concat();
        encoder.add_exif_metadata(&exif).unwrap();
    }
    let (width, height) = (picture.width().try_into().unwrap(), picture.height().try_into().unwrap());
    encoder.encode(picture.as_raw(), width, height, ColorType::Rgb).unwrap();
    bytes
}

fn thumbnail(renditions: &Renditions) -> RgbaImage {
    image::load_from_memory_with_format(&renditions.thumbnail, ImageFormat::WebP).unwrap().to_rgba8()
}

fn preview(renditions: &Renditions) -> RgbImage {
    let options = DecoderOptions::default().set_max_width(65_535);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(&renditions.preview), options);
    let pixels = decoder.decode().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    RgbImage::from_raw(width.try_into().unwrap(), height.try_into().unwrap(), pixels).unwrap()
}

#[track_caller]
fn assert_close(found: &[u8], expected: &[u8]) {
    assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) < 25), "{found:?} instead of {expected:?}");
}

/// Colours in the middle of the four edges: top, right, bottom, left.
fn edges(picture: &RgbImage) -> [[u8; 3]; 4] {
    let (width, height) = picture.dimensions();
    let (x, y) = (width / 2, height / 2);
    [(x, 2), (width - 3, y), (x, height - 3), (2, y)].map(|(x, y)| picture.get_pixel(x, y).0)
}

#[test]
fn all_eight_orientations_are_applied_however_the_picture_is_decoded() {
    let studio = Studio::new();
    // Decoded whole; reduced to the half while decoded; progressive.
    for (width, height, progressive) in [(90, 60, false), (3000, 2884, false), (120, 80, true)] {
        let picture = flag(width, height);
        for value in 1..=8u8 {
            let renditions = studio.render(&jpeg(&picture, Some(value), progressive)).unwrap();
            let displayed = if value > 4 { (height, width) } else { (width, height) };
            assert_eq!((renditions.width, renditions.height), displayed, "{value}");
            let red_edge = match value {
                1 | 4 => 3,
                2 | 3 => 1,
                5 | 6 => 0,
                _ => 2,
            };
            let preview = preview(&renditions);
            assert_close(&edges(&preview)[red_edge], &RED);
            assert_close(&edges(&preview)[(red_edge + 2) % 4], &BLUE);
            let small = DynamicImage::from(thumbnail(&renditions)).to_rgb8();
            assert_close(&edges(&small)[red_edge], &RED);
            let is_wide = |picture: &RgbImage| picture.width() > picture.height();
            assert_eq!((is_wide(&preview), is_wide(&small)), (displayed.0 > displayed.1, displayed.0 > displayed.1));
        }
    }
}

#[test]
fn every_common_kind_of_pixel_is_understood() {
    let studio = Studio::new();
    let picture = DynamicImage::from(flag(60, 40));
    for (bytes, kind) in [
        (encoded(picture.clone(), ImageFormat::Png), "PNG"),
        (encoded(picture.to_rgb16(), ImageFormat::Png), "PNG of 16 bits"),
        (encoded(picture.to_rgba16(), ImageFormat::Png), "PNG of 16 bits with opacity"),
        (encoded(picture.to_rgb16(), ImageFormat::Tiff), "TIFF of 16 bits"),
        (encoded(picture.clone(), ImageFormat::Bmp), "BMP"),
        (encoded(picture.to_rgba8(), ImageFormat::Gif), "GIF"),
        (encoded(picture.clone(), ImageFormat::WebP), "WebP"),
        (jpeg(&flag(60, 40), None, false), "JPEG"),
    ] {
        let renditions = studio.render(&bytes).unwrap_or_else(|error| panic!("{kind}: {error:?}"));
        assert_eq!((renditions.width, renditions.height), (60, 40), "{kind}");
        assert_close(&edges(&preview(&renditions))[3], &RED);
        assert_close(&edges(&preview(&renditions))[1], &BLUE);
        assert!(renditions.thumbhash.len() >= 5, "{kind}");
    }
    let grey = encoded(picture.to_luma16(), ImageFormat::Png);
    let [r, g, b] = edges(&preview(&studio.render(&grey).unwrap()))[1];
    assert!(r.abs_diff(g) < 3 && g.abs_diff(b) < 3, "{r} {g} {b}");
}

#[test]
fn transparent_pictures_stay_so_in_thumbnails_and_are_white_in_previews() {
    let picture = RgbaImage::from_fn(40, 40, |x, _| Rgba(if x < 20 { [0, 0, 0, 0] } else { [30, 30, 220, 255] }));
    let renditions = Studio::new().render(&encoded(picture, ImageFormat::Png)).unwrap();
    assert!(thumbnail(&renditions).get_pixel(3, 20).0[3] < 20);
    assert!(thumbnail(&renditions).get_pixel(36, 20).0[3] > 235);
    assert_close(&preview(&renditions).get_pixel(3, 20).0, &[255; 3]);
    assert_close(&preview(&renditions).get_pixel(36, 20).0, &BLUE);
}

#[test]
fn extreme_shapes_fit_into_the_formats() {
    let studio = Studio::new();
    let renditions = studio.render(&encoded(RgbImage::new(30_000, 3), ImageFormat::Png)).unwrap();
    assert_eq!(thumbnail(&renditions).dimensions(), (16_383, 2));
    assert_eq!(preview(&renditions).dimensions(), (30_000, 3));
    let renditions = studio.render(&encoded(RgbImage::new(1, 1), ImageFormat::Png)).unwrap();
    assert_eq!(thumbnail(&renditions).dimensions(), (1, 1));
}

#[test]
fn cut_off_jpegs_are_shown_if_most_of_them_is_there() {
    let studio = Studio::new();
    for (width, height) in [(400, 300), (3000, 2884)] {
        let noisy = RgbImage::from_fn(width, height, |x, y| {
            let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_be_bytes()[1];
            Rgb([noise, noise / 2, 200])
        });
        let whole = jpeg(&noisy, None, false);
        let most = studio.render(&whole[..whole.len() * 3 / 4]).unwrap();
        assert_eq!((most.width, most.height), (width, height));
        let error = studio.render(&whole[..whole.len() / 5]).unwrap_err();
        assert!(matches!(error, PictureError::Damaged { format: "JPEG", .. }), "{error:?}");
        assert!(!error.is_transient());
    }
}

/// A PNG that claims to have `side` pixels in both directions.
fn png_bomb(side: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend_from_slice(&side.to_be_bytes());
    header.extend_from_slice(&side.to_be_bytes());
    header.extend_from_slice(&[8, 6, 0, 0, 0]);
    let checksum = header.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    });
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend_from_slice(&header);
    png.extend_from_slice(&(!checksum).to_be_bytes());
    png.extend_from_slice(b"\0\0\0\x01IDAT\x78\0\0\0\0");
    png
}

#[test]
fn bombs_are_refused_by_their_headers_at_once() {
    let studio = Studio::new();
    let mut huge_jpeg = jpeg(&flag(16, 16), None, false);
    let frame = huge_jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    huge_jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    for (bytes, kind) in [
        (png_bomb(60_000), "PNG"),
        (
            b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;".to_vec(),
            "GIF",
        ),
        (huge_jpeg, "JPEG"),
    ] {
        let error = studio.render(&bytes).unwrap_err();
        assert!(matches!(error, PictureError::TooLarge { .. }), "{kind}: {error:?}");
        assert!(!error.is_transient());
    }
}

#[test]
fn limits_are_those_the_caller_sets() {
    let limits = Limits { max_pixels: 60 * 40 - 1, ..Limits::default() };
    let bytes = encoded(flag(60, 40), ImageFormat::Png);
    let error = Studio::with(limits).render(&bytes).unwrap_err();
    assert!(matches!(error, PictureError::TooLarge { width: 60, height: 40, limit: 2399 }), "{error:?}");
    assert!(Studio::with(Limits { max_pixels: 60 * 40, ..limits }).render(&bytes).is_ok());
}

#[test]
fn files_without_a_picture_are_refused_with_a_reason() {
    let studio = Studio::new();
    for (bytes, expected) in [
        (&b""[..], "damaged empty file"),
        (b"This is only text, not a JPEG", "no decoder for files of this kind"),
        (b"\xff\xd8\xff\xe0", "damaged JPEG file"),
        (b"\x89PNG\r\n\x1a\n", "damaged PNG file"),
        (b"RIFF\x04\0\0\0WEBP", "damaged WebP file"),
        (b"II*\0\x08\0\0\0", "damaged TIFF file"),
        (b"\0\0\0\x10ftypheic\0\0\0\0", "damaged HEIF file"),
        (b"\xff\x0a", "damaged JPEG XL file"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no decoder for SVG"),
        (b"\0\0\0\x10ftypmp42\0\0\0\0", "needs ffmpeg, which is not installed"),
    ] {
        assert_eq!(studio.render(bytes).unwrap_err().to_string(), expected);
    }
    let missing = studio.renderer.render(&studio.folder.path().join("missing"), None).unwrap_err();
    assert!(matches!(missing, PictureError::Io { .. }) && !missing.is_transient());
}

#[test]
fn a_hint_overrides_what_the_bytes_look_like() {
    let studio = Studio::new();
    let path = studio.file(&encoded(flag(60, 40), ImageFormat::Png));
    let error = studio.renderer.render(&path, Some(Container::Mp4)).unwrap_err();
    assert!(matches!(error, PictureError::MissingTool { tool: "ffmpeg" }), "{error:?}");
    assert_eq!(Container::Mp4.kind(), MediaKind::Video);
}
