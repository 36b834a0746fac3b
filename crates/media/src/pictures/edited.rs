//! Pictures as their owner wants to see them: cut, turned and mirrored, one change after the other.

use super::encode;
use super::error::PictureError;
use super::jpeg_writer;
use super::orientation::Orientation;
use super::part::Part;
use super::planar::Planar;
use super::raster::{Decoded, Pixels, Raster};
use super::renderer::{PREVIEW_SHORT_SIDE, THUMBNAIL_SHORT_SIDE, resized};
use super::scale::{self, Sharpness};

/// One change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PictureEdit {
    /// Only this part stays.
    Crop(Part),
    /// Turned clockwise by so many right angles.
    Rotate(u8),
    /// Left and right change places.
    MirrorSideways,
    /// Top and bottom change places.
    MirrorUpDown,
}

/// Everything that is made of an edited picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedRenditions {
    /// JPEG in full size.
    pub full: Vec<u8>,
    /// JPEG to look at.
    pub preview: Vec<u8>,
    /// WebP for grids.
    pub thumbnail: Vec<u8>,
    /// See [`super::Renditions::thumbhash`].
    pub thumbhash: Vec<u8>,
}

/// Applies the changes and encodes the result.
pub(super) fn finish(decoded: Decoded, edits: &[PictureEdit]) -> Result<EditedRenditions, PictureError> {
    let Decoded { pixels, orientation, icc, .. } = decoded;
    let icc = icc.as_deref();
    let mut picture = orientation.apply(whole(pixels)?);
    for edit in edits {
        picture = apply(picture, *edit)?;
    }
    let picture = if picture.is_translucent() { picture } else { picture.flattened() };
    let (width, height) = (picture.width(), picture.height());
    let preview = scale::fitted(width, height, PREVIEW_SHORT_SIDE, jpeg_writer::LONGEST_SIDE);
    let preview = resized(picture.clone(), preview)?;
    let small = scale::fitted(width, height, THUMBNAIL_SHORT_SIDE, encode::LONGEST_WEBP_SIDE);
    let thumbnail = resized(preview.clone(), small)?;
    Ok(EditedRenditions {
        full: encode::jpeg(&Planar::from_raster(&picture.flattened()), icc)?,
        preview: encode::jpeg(&Planar::from_raster(&preview.flattened()), icc)?,
        thumbhash: encode::thumbhash(&thumbnail)?,
        thumbnail: encode::webp(&thumbnail, icc)?,
    })
}

/// All pixels in one piece.
pub(super) fn whole(pixels: Pixels) -> Result<Raster, PictureError> {
    match pixels {
        Pixels::Raster(raster) => Ok(raster),
        Pixels::Planar(planar) => {
            let size = (planar.luma.width(), planar.luma.height());
            planar.to_raster(size, Sharpness::Fast)
        }
    }
}

fn apply(picture: Raster, edit: PictureEdit) -> Result<Raster, PictureError> {
    let turned = |exif| Orientation::from_exif(exif);
    Ok(match edit {
        PictureEdit::Crop(part) => part.cut(&picture)?,
        PictureEdit::Rotate(quarters) => turned([1, 6, 3, 8][usize::from(quarters % 4)]).apply(picture),
        PictureEdit::MirrorSideways => turned(2).apply(picture),
        PictureEdit::MirrorUpDown => turned(4).apply(picture),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::raster::Layout;

    /// Six pixels, numbered in rows of three.
    fn picture() -> Raster {
        Raster::new(3, 2, Layout::Rgb, (0..6u8).flat_map(|n| [n; 3]).collect()).unwrap()
    }

    fn numbers(picture: &Raster) -> (u32, Vec<u8>) {
        (picture.width(), picture.pixels().iter().step_by(3).copied().collect())
    }

    #[test]
    fn changes_do_what_they_say() {
        let made = |edit| numbers(&apply(picture(), edit).unwrap());
        assert_eq!(made(PictureEdit::Rotate(1)), (2, vec![3, 0, 4, 1, 5, 2]), "clockwise");
        assert_eq!(made(PictureEdit::Rotate(2)), (3, vec![5, 4, 3, 2, 1, 0]));
        assert_eq!(made(PictureEdit::Rotate(3)), (2, vec![2, 5, 1, 4, 0, 3]));
        assert_eq!(made(PictureEdit::Rotate(4)), (3, vec![0, 1, 2, 3, 4, 5]));
        assert_eq!(made(PictureEdit::MirrorSideways), (3, vec![2, 1, 0, 5, 4, 3]));
        assert_eq!(made(PictureEdit::MirrorUpDown), (3, vec![3, 4, 5, 0, 1, 2]));
        let part = Part { x1: 1.0 / 3.0, y1: 0.5, x2: 1.0, y2: 1.0 };
        assert_eq!(made(PictureEdit::Crop(part)), (2, vec![4, 5]));
    }

    #[test]
    fn every_size_is_made() {
        let raster = Raster::new(3_000, 2_000, Layout::Rgb, vec![90; 3_000 * 2_000 * 3]).unwrap();
        let decoded = Decoded::full(raster, Orientation::UPRIGHT, None).into();
        let part = Part { x1: 0.0, y1: 0.0, x2: 0.9, y2: 0.9 };
        let made = finish(decoded, &[PictureEdit::Crop(part), PictureEdit::Rotate(1)]).unwrap();
        let size = |jpeg: &[u8]| {
            let summary = crate::pictures::jpeg::Summary::read(jpeg).unwrap();
            (summary.width, summary.height)
        };
        assert_eq!((size(&made.full), size(&made.preview)), ((1_800, 2_700), (1_440, 2_160)));
        let thumbnail = image::load_from_memory_with_format(&made.thumbnail, image::ImageFormat::WebP).unwrap();
        assert_eq!((thumbnail.width(), thumbnail.height()), (250, 375));
    }
}
