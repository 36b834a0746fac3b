//! Whether a picture that came from elsewhere is whole.

use super::Limits;
use super::error::PictureError;
use super::jpeg;
use super::stills::Still;
use crate::sniff::{Container, sniff};

/// The mark at the end of a JPEG is looked for in this many bytes; some programs write a little behind it.
const JPEG_TAIL: usize = 1_024;
/// Shorter side that a JPEG is decoded to: its bits are all read, as few pixels as possible are made of them.
const SHORT_SIDE: u32 = 1;

/// Checks that bytes are a picture that browsers show, from its first byte to its last, and says of which kind. Decoding
/// it takes the memory that decoding takes.
pub fn check_whole(bytes: &[u8], limits: &Limits) -> Result<Container, PictureError> {
    let container = sniff(bytes).ok_or_else(|| PictureError::unsupported("files of this kind"))?;
    if !ends_well(bytes, container) {
        return Err(PictureError::damaged(container.media_type(), "its end is missing"));
    }
    match container {
        Container::Jpeg => jpeg::decode(bytes, jpeg::Summary::read(bytes)?, SHORT_SIDE, limits).map(drop)?,
        container => match Still::open(bytes, container, limits) {
            Some(still) => still?.decode().map(drop)?,
            None => return Err(PictureError::unsupported(container.media_type().to_owned())),
        },
    }
    Ok(container)
}

/// Decoders make do with what there is; the formats say where they end.
fn ends_well(bytes: &[u8], container: Container) -> bool {
    match container {
        Container::Jpeg => bytes[bytes.len().saturating_sub(JPEG_TAIL)..].windows(2).any(|pair| pair == [0xff, 0xd9]),
        Container::Png => bytes.windows(4).rev().take(JPEG_TAIL).any(|name| name == b"IEND"),
        Container::WebP => {
            let said = bytes.get(4..8).and_then(|size| size.try_into().ok()).map(u32::from_le_bytes);
            said.is_some_and(|said| bytes.len() as u64 >= u64::from(said) + 8)
        }
        Container::Gif => bytes.last() == Some(&0x3b),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::encode;
    use crate::pictures::planar::Planar;
    use crate::pictures::raster::{Layout, Raster};

    fn raster() -> Raster {
        let pixels = (0..64_u32 * 48 * 3).map(|n| (n * 7 % 251) as u8).collect();
        Raster::new(64, 48, Layout::Rgb, pixels).unwrap()
    }

    #[test]
    fn whole_pictures_pass_and_cut_ones_do_not() {
        let limits = Limits::default();
        let jpeg = encode::jpeg(&Planar::from_raster(&raster()), None).unwrap();
        let webp = encode::webp(&raster(), None).unwrap();
        for (bytes, container) in [(jpeg, Container::Jpeg), (webp, Container::WebP)] {
            assert_eq!(check_whole(&bytes, &limits).unwrap(), container);
            for share in 1..8 {
                let cut = &bytes[..bytes.len() * share / 8];
                assert!(check_whole(cut, &limits).is_err(), "{share}/8 of a {container:?}");
            }
            assert!(check_whole(&bytes[..bytes.len() - 2], &limits).is_err(), "{container:?}");
        }
        assert!(check_whole(b"<html>busy</html>", &limits).is_err());
        assert!(check_whole(b"", &limits).is_err());
    }
}
