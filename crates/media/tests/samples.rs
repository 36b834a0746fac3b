//! Renders real files of many cameras and programs, and compares the sizes with those the reference server made.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::{ImageFormat, ImageReader};
use tintype_media::pictures::{Limits, PictureError, Renderer, Renditions};
use tintype_media::tools::Tools;

/// The sample files beside the workspace. They are not part of it: some may not be passed on.
fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/photos");
    if !folder.is_dir() {
        tintype_testkit::not_run_without_shared("pictures of the sample files");
        return None;
    }
    Some(folder)
}

fn renderer() -> Renderer {
    let tools = Tools::find(&std::env::var_os("PATH").unwrap_or_default());
    Renderer::new(Arc::new(tools), Limits::default(), None)
}

fn size(bytes: &[u8], format: ImageFormat) -> (u32, u32) {
    ImageReader::with_format(Cursor::new(bytes), format).into_dimensions().expect("a rendition can be read")
}

/// Sizes of thumbnail and preview. The JPEG's is read by the same decoder that decodes originals.
fn sizes(renditions: &Renditions) -> ((u32, u32), (u32, u32)) {
    let mut jpeg = zune_jpeg::JpegDecoder::new(zune_core::bytestream::ZCursor::new(&renditions.preview));
    jpeg.decode_headers().expect("a preview can be read");
    let (width, height) = jpeg.dimensions().expect("a preview has a size");
    (size(&renditions.thumbnail, ImageFormat::WebP), (u32::try_from(width).unwrap(), u32::try_from(height).unwrap()))
}

#[test]
fn renditions_have_the_sizes_of_the_reference() {
    let Some(folder) = samples() else { return };
    let renderer = renderer();
    let mut wrong = Vec::new();
    for (name, thumbnail, preview) in [
        ("et_Canon.jpg", (8, 8), (8, 8)),
        ("et_PNG.png", (16, 16), (16, 16)),
        ("et_GIF.gif", (8, 8), (8, 8)),
        ("et_GPS.jpg", (120, 80), (120, 80)),
        ("et_GeoTiff.tif", (25, 24), (25, 24)),
        ("et_NikonD70.jpg", (71, 47), (71, 47)),
        ("et_RIFF.webp", (1, 1), (1, 1)),
        ("et_DNG.dng", (8, 8), (8, 8)),
        ("pl_exif.avif", (250, 250), (512, 512)),
        ("pl_hopper.avif", (128, 128), (128, 128)),
        ("pl_hopper_gray.jpg", (128, 128), (128, 128)),
        ("pl_hopper_orientation_6.jpg", (128, 128), (128, 128)),
        ("pl_hopper_orientation_8.jpg", (128, 128), (128, 128)),
        ("pl_pil_sample_cmyk.jpg", (100, 100), (100, 100)),
        ("pl_flower.jpg", (333, 250), (480, 360)),
        ("pl_xmp_test.jpg", (466, 250), (2000, 1072)),
        ("px_large.jpg", (250, 334), (500, 667)),
        ("px_r_pana.jpg", (80, 80), (80, 80)),
        ("ph_zPug_3.heic", (64, 64), (64, 64)),
        ("vid_h264.mp4", (444, 250), (1280, 720)),
        ("vid_vp9.webm", (444, 250), (1920, 1080)),
        ("vid_mpeg4.avi", (320, 240), (320, 240)),
        ("vid_hevc.mov", (444, 250), (640, 360)),
    ] {
        match renderer.render(&folder.join(name), None) {
            Ok(renditions) if sizes(&renditions) == (thumbnail, preview) => {}
            Ok(renditions) => {
                wrong.push(format!("{name}: {:?} instead of {:?}", sizes(&renditions), (thumbnail, preview)));
            }
            Err(error) => wrong.push(format!("{name}: {error:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_sample_is_rendered_or_refused_with_a_reason() {
    let Some(folder) = samples() else { return };
    let renderer = renderer();
    let mut refused = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        if name.ends_with(".md") {
            continue;
        }
        match renderer.render(&path, None) {
            Ok(renditions) => println!("{name}: {}x{} {:?}", renditions.width, renditions.height, sizes(&renditions)),
            Err(PictureError::Io { source, .. }) => panic!("{name} could not be read: {source}"),
            Err(error) => {
                println!("{name}: {error:?}");
                refused.push(name);
            }
        }
    }
    refused.sort();
    // Files cut down to their metadata: there is no picture left in them.
    assert_eq!(
        refused,
        ["et_CanonRaw.cr2", "et_JXL.jxl", "et_Nikon.nef", "et_QuickTime.heic", "et_QuickTime.mov", "pl_ultrahdr.jpg"]
    );
}
