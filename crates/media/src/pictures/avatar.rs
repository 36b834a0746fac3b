//! The picture of a user.

use super::Limits;
use super::edited::whole;
use super::encode;
use super::error::PictureError;
use super::jpeg;
use super::planar::Planar;
use super::raster::Decoded;
use super::renderer::resized;
use super::scale;
use super::stills::Still;
use crate::sniff::{Container, sniff};

/// Shorter side of the picture, in pixels, unless the original is smaller.
const SHORT_SIDE: u32 = 512;
/// Longest side, whatever the proportions.
const LONGEST_SIDE: u32 = 4_096;

/// Makes a small upright JPEG of a file that browsers can show, without its metadata.
pub fn avatar(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, PictureError> {
    let container = sniff(bytes).ok_or_else(|| PictureError::unsupported("files of this kind"))?;
    let decoded: Decoded = match container {
        Container::Jpeg => jpeg::decode(bytes, jpeg::Summary::read(bytes)?, SHORT_SIDE, limits)?,
        container => match Still::open(bytes, container, limits) {
            Some(still) => still?.decode()?.into(),
            None => return Err(PictureError::unsupported(container.media_type().to_owned())),
        },
    };
    let picture = decoded.orientation.apply(whole(decoded.pixels)?).flattened();
    let size = scale::fitted(picture.width(), picture.height(), SHORT_SIDE, LONGEST_SIDE);
    encode::jpeg(&Planar::from_raster(&resized(picture, size)?), decoded.icc.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::raster::{Layout, Raster};

    #[test]
    fn pictures_are_made_small_and_bare() {
        let raster = Raster::new(1_200, 900, Layout::Rgb, vec![120; 1_200 * 900 * 3]).unwrap();
        let large = encode::jpeg(&Planar::from_raster(&raster), None).unwrap();
        let made = avatar(&large, &Limits::default()).unwrap();
        let summary = jpeg::Summary::read(&made).unwrap();
        assert_eq!((summary.width, summary.height), (683, 512));
        assert!(avatar(b"no picture at all, just text", &Limits::default()).is_err());
    }
}
