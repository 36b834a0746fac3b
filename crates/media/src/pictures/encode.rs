//! Writes renditions: the preview as JPEG, the thumbnail as WebP, the thumbhash.
//!
//! The colour profile of the original is carried over instead of converting the pixels: it keeps the wide gamut of
//! today's cameras for screens that can show it, costs a few hundred bytes instead of a pass over every pixel, and
//! every browser honours it.

use super::error::PictureError;
use super::jpeg_writer;
use super::planar::Planar;
use super::raster::{Layout, Raster};
use super::scale::{self, Sharpness};
use super::webp_container;

/// Quality of previews, 1 to 100.
const PREVIEW_QUALITY: u8 = 80;

/// Quality of thumbnails, 0 to 100.
const THUMBNAIL_QUALITY: f32 = 80.0;

/// How hard the encoder tries, 0 to 6. The usual 4 takes more than twice the time for the same quality in 1 to 10 %
/// fewer bytes.
const THUMBNAIL_EFFORT: i32 = 1;

/// The longest side a WebP can have, in pixels.
pub(crate) const LONGEST_WEBP_SIDE: u32 = 16_383;

/// The largest side a thumbhash can be made from, in pixels.
const LONGEST_THUMBHASH_SIDE: u32 = 100;

/// Encodes a picture as JPEG. Its planes of colour have half of the samples, as those of scaled pictures.
pub(crate) fn jpeg(picture: &Planar, icc: Option<&[u8]>) -> Result<Vec<u8>, PictureError> {
    jpeg_writer::encode(picture, PREVIEW_QUALITY, icc).ok_or_else(|| {
        let size = format!("{}x{} is too large", picture.luma.width(), picture.luma.height());
        PictureError::Encode { format: "JPEG", source: size.into() }
    })
}

/// Encodes a picture, with or without opacity, as lossy WebP.
pub(crate) fn webp(raster: &Raster, icc: Option<&[u8]>) -> Result<Vec<u8>, PictureError> {
    let failed = |source: String| PictureError::Encode { format: "WebP", source: source.into() };
    if raster.width().max(raster.height()) > LONGEST_WEBP_SIDE {
        return Err(failed(format!("{}x{} is too large", raster.width(), raster.height())));
    }
    let encoder = match raster.layout() {
        Layout::Rgb => webp::Encoder::from_rgb(raster.pixels(), raster.width(), raster.height()),
        Layout::Rgba => webp::Encoder::from_rgba(raster.pixels(), raster.width(), raster.height()),
    };
    let mut config = webp::WebPConfig::new().map_err(|()| failed("the library is of another version".to_owned()))?;
    config.quality = THUMBNAIL_QUALITY;
    config.method = THUMBNAIL_EFFORT;
    let encoded = encoder.encode_advanced(&config).map_err(|error| failed(format!("{error:?}")))?;
    match icc {
        Some(icc) => webp_container::with_profile(&encoded, icc, raster.width(), raster.height())
            .ok_or_else(|| failed("the encoder wrote no WebP file".to_owned())),
        None => Ok(encoded.to_vec()),
    }
}

/// The thumbhash of a picture: about 25 bytes that clients blow up to a blurred placeholder.
pub(crate) fn thumbhash(thumbnail: &Raster) -> Result<Vec<u8>, PictureError> {
    // The size is what keeps `rgba_to_thumb_hash` from panicking.
    let size = scale::inside(thumbnail.width(), thumbnail.height(), LONGEST_THUMBHASH_SIDE);
    let small = scale::resize(thumbnail, size, Sharpness::Fast)?.with_opacity();
    Ok(thumbhash::rgba_to_thumb_hash(small.width() as usize, small.height() as usize, small.pixels()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gradient(width: u32, height: u32, layout: Layout) -> Raster {
        let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| {
            let (r, g) = ((x * 255 / width).to_le_bytes()[0], (y * 255 / height).to_le_bytes()[0]);
            let pixel = [r, g, 90, if layout == Layout::Rgba { r } else { 255 }];
            pixel.into_iter().take(layout.bytes())
        });
        Raster::new(width, height, layout, pixels.collect()).unwrap()
    }

    #[test]
    fn profiles_arrive_in_both_renditions() {
        let icc: Vec<u8> = (0..700u32).map(|i| i.to_le_bytes()[0]).collect();
        for layout in [Layout::Rgb, Layout::Rgba] {
            let picture = gradient(40, 30, layout);
            let thumbnail = webp(&picture, Some(&icc)).unwrap();
            let mut decoder = image::codecs::webp::WebPDecoder::new(std::io::Cursor::new(&thumbnail)).unwrap();
            assert_eq!(image::ImageDecoder::icc_profile(&mut decoder).unwrap().as_deref(), Some(&icc[..]));
            assert_eq!(image::ImageDecoder::dimensions(&decoder), (40, 30));
            assert_eq!(decoder.has_alpha_for_test(), layout == Layout::Rgba);
            let decoded = image::DynamicImage::from_decoder(decoder).unwrap();
            let middle = decoded.to_rgba8().get_pixel(20, 15).0;
            assert!(middle[0].abs_diff(127) < 8 && middle[1].abs_diff(127) < 8, "{middle:?}");
        }
        let preview = jpeg(&Planar::from_raster(&gradient(40, 30, Layout::Rgb)), Some(&icc)).unwrap();
        let mut decoder = zune_jpeg::JpegDecoder::new(zune_core::bytestream::ZCursor::new(&preview));
        decoder.decode_headers().unwrap();
        assert_eq!(decoder.icc_profile().as_deref(), Some(&icc[..]));
    }

    trait HasAlpha {
        fn has_alpha_for_test(&self) -> bool;
    }

    impl<D: image::ImageDecoder> HasAlpha for D {
        fn has_alpha_for_test(&self) -> bool {
            self.color_type().has_alpha()
        }
    }

    #[test]
    fn opacity_survives_in_thumbnails() {
        let thumbnail = webp(&gradient(64, 64, Layout::Rgba), None).unwrap();
        let decoded = image::load_from_memory_with_format(&thumbnail, image::ImageFormat::WebP).unwrap().to_rgba8();
        assert!(decoded.get_pixel(2, 32).0[3] < 20);
        assert!(decoded.get_pixel(61, 32).0[3] > 230);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn thumbhashes_are_made_of_any_size(width in 1u32..400, height in 1u32..400) {
            let hash = thumbhash(&gradient(width, height, Layout::Rgba)).unwrap();
            prop_assert!((5..=40).contains(&hash.len()), "{} bytes", hash.len());
        }
    }
}
