//! The eight ways a picture can be stored, and turning pixels upright.

use std::io::Cursor;

use super::raster::{Layout, Raster};
use super::tiff_directories::{Directories, tag};

/// Side of the squares in which pixels are copied when rows become columns, so that both stay in the cache.
const TILE: usize = 32;

/// How the stored pixels have to be turned for display: the EXIF values 1 to 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Orientation {
    /// Rows become columns. This comes first, the mirroring after it.
    transpose: bool,
    mirror_x: bool,
    mirror_y: bool,
}

impl Orientation {
    /// Stored as displayed.
    pub(crate) const UPRIGHT: Self = Self { transpose: false, mirror_x: false, mirror_y: false };

    /// From the EXIF value; anything but 1 to 8 counts as upright, as viewers do.
    pub(crate) fn from_exif(value: u32) -> Self {
        let (transpose, mirror_x, mirror_y) = match value {
            2 => (false, true, false),
            3 => (false, true, true),
            4 => (false, false, true),
            5 => (true, false, false),
            6 => (true, true, false),
            7 => (true, true, true),
            8 => (true, false, true),
            _ => (false, false, false),
        };
        Self { transpose, mirror_x, mirror_y }
    }

    /// From a block of EXIF data (a small TIFF file). Upright if it does not say.
    pub(crate) fn from_exif_block(exif: &[u8]) -> Self {
        let value = Directories::open(Cursor::new(exif))
            .ok()
            .and_then(|mut directories| directories.next_directory().ok().flatten())
            .and_then(|directory| directory.number(tag::ORIENTATION));
        Self::from_exif(value.and_then(|value| u32::try_from(value).ok()).unwrap_or(1))
    }

    /// The EXIF value, 1 to 8.
    pub(crate) fn to_exif(self) -> u8 {
        match (self.transpose, self.mirror_x, self.mirror_y) {
            (false, false, false) => 1,
            (false, true, false) => 2,
            (false, true, true) => 3,
            (false, false, true) => 4,
            (true, false, false) => 5,
            (true, true, false) => 6,
            (true, true, true) => 7,
            (true, false, true) => 8,
        }
    }

    /// Width and height as displayed of a picture stored with these sides.
    pub(crate) fn displayed(self, width: u32, height: u32) -> (u32, u32) {
        if self.transpose { (height, width) } else { (width, height) }
    }

    /// Where a point of the stored picture is when displayed; 0 to 1 across and down.
    pub(crate) fn turned(self, (x, y): (f64, f64)) -> (f64, f64) {
        let (x, y) = if self.transpose { (y, x) } else { (x, y) };
        let mirrored = |part: f64, is_mirrored: bool| if is_mirrored { 1.0 - part } else { part };
        (mirrored(x, self.mirror_x), mirrored(y, self.mirror_y))
    }

    /// Turns a picture upright.
    pub(crate) fn apply(self, raster: Raster) -> Raster {
        if self == Self::UPRIGHT {
            return raster;
        }
        let (width, height) = self.displayed(raster.width(), raster.height());
        let stored_width = raster.width() as usize;
        let layout = raster.layout();
        let size = (width as usize, height as usize);
        let pixels = match layout {
            Layout::Rgb => self.turn(raster.pixels().as_chunks::<3>().0, stored_width, size).into_flattened(),
            Layout::Rgba => self.turn(raster.pixels().as_chunks::<4>().0, stored_width, size).into_flattened(),
        };
        Raster::new(width, height, layout, pixels).expect("turning keeps the number of pixels")
    }

    /// Turns a single plane of samples.
    pub(crate) fn apply_to_plane(self, samples: Vec<u8>, width: u32, height: u32) -> Vec<u8> {
        if self == Self::UPRIGHT {
            return samples;
        }
        let (upright_width, upright_height) = self.displayed(width, height);
        let size = (upright_width as usize, upright_height as usize);
        self.turn(samples.as_chunks::<1>().0, width as usize, size).into_flattened()
    }

    /// Fills the upright picture of `width` x `height` tile by tile.
    fn turn<const N: usize>(
        self,
        stored: &[[u8; N]],
        stored_width: usize,
        (width, height): (usize, usize),
    ) -> Vec<[u8; N]> {
        let mut upright = vec![[0; N]; stored.len()];
        for top in (0..height).step_by(TILE) {
            for left in (0..width).step_by(TILE) {
                let right = (left + TILE).min(width);
                for y in top..(top + TILE).min(height) {
                    let from_y = if self.mirror_y { height - 1 - y } else { y };
                    let row = &mut upright[y * width + left..y * width + right];
                    for (x, pixel) in (left..right).zip(row) {
                        let from_x = if self.mirror_x { width - 1 - x } else { x };
                        let index = if self.transpose {
                            from_x * stored_width + from_y
                        } else {
                            from_y * stored_width + from_x
                        };
                        *pixel = stored[index];
                    }
                }
            }
        }
        upright
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stored picture of 3 x 2 pixels, each with its index as red.
    fn stored() -> Raster {
        let pixels = (0..6).flat_map(|index| [index, 0, 0]).collect();
        Raster::new(3, 2, Layout::Rgb, pixels).unwrap()
    }

    #[test]
    fn all_eight_orientations_turn_upright() {
        // Where the stored pixels 0 1 2 / 3 4 5 end up, by the definition of the EXIF values.
        for (value, (width, height), expected) in [
            (1, (3, 2), [0, 1, 2, 3, 4, 5]),
            (2, (3, 2), [2, 1, 0, 5, 4, 3]),
            (3, (3, 2), [5, 4, 3, 2, 1, 0]),
            (4, (3, 2), [3, 4, 5, 0, 1, 2]),
            (5, (2, 3), [0, 3, 1, 4, 2, 5]),
            (6, (2, 3), [3, 0, 4, 1, 5, 2]),
            (7, (2, 3), [5, 2, 4, 1, 3, 0]),
            (8, (2, 3), [2, 5, 1, 4, 0, 3]),
        ] {
            let orientation = Orientation::from_exif(value);
            let upright = orientation.apply(stored());
            assert_eq!((upright.width(), upright.height()), (width, height), "{value}");
            let reds: Vec<u8> = upright.pixels().iter().step_by(3).copied().collect();
            assert_eq!(reds, expected, "{value}");
            assert_eq!(u32::from(orientation.to_exif()), value);
        }
    }

    #[test]
    fn pictures_larger_than_a_tile_keep_every_pixel() {
        let (width, height) = (70u32, 45u32);
        let pixels: Vec<u8> =
            (0..width * height).flat_map(|i| [i.to_le_bytes()[0], i.to_le_bytes()[1], 7, 255]).collect();
        let raster = Raster::new(width, height, Layout::Rgba, pixels).unwrap();
        let there = Orientation::from_exif(6).apply(raster.clone());
        assert_ne!(there, raster);
        assert_eq!(Orientation::from_exif(8).apply(there), raster);
    }

    #[test]
    fn nonsense_is_upright() {
        assert_eq!(Orientation::from_exif(0), Orientation::UPRIGHT);
        assert_eq!(Orientation::from_exif(9), Orientation::UPRIGHT);
        assert_eq!(Orientation::from_exif_block(b"MM"), Orientation::UPRIGHT);
        let exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        assert_eq!(Orientation::from_exif_block(exif), Orientation::from_exif(6));
    }
}
