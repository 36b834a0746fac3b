//! Pictures as JPEG stores them: brightness and two differences of colour in planes of their own.
//!
//! A JPEG that becomes a smaller JPEG never has to be RGB. Scaling the planes costs half of what scaling RGB does,
//! because those of colour have a quarter of the samples, and both conversions fall away.

use super::error::PictureError;
use super::orientation::Orientation;
use super::raster::{Layout, Raster};
use super::scale::{self, Sharpness};

/// The samples of one component, row by row.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    samples: Vec<u8>,
    /// Samples of a row, with those behind the edge of the picture.
    stride: usize,
    /// Samples of a row that belong to the picture.
    width: u32,
    /// The same for columns.
    height: u32,
}

impl Plane {
    /// Takes over samples of which `width` x `height` belong to the picture. `None` if there are fewer.
    pub(crate) fn new(samples: Vec<u8>, stride: usize, width: u32, height: u32) -> Option<Self> {
        let rows = samples.len().checked_div(stride)?;
        let fits = width > 0 && width as usize <= stride && height > 0 && height as usize <= rows;
        (fits && rows * stride == samples.len()).then_some(Self { samples, stride, width, height })
    }

    fn scaled(&self, size: (u32, u32), sharpness: Sharpness) -> Result<Self, PictureError> {
        let samples = scale::resize_plane(&self.samples, self.stride, (self.width, self.height), size, sharpness)?;
        Ok(Self { samples, stride: size.0 as usize, width: size.0, height: size.1 })
    }

    fn turned(self, orientation: Orientation) -> Self {
        let samples = orientation.apply_to_plane(self.samples, self.width, self.height);
        let (width, height) = orientation.displayed(self.width, self.height);
        Self { samples, stride: width as usize, width, height }
    }

    /// A row of a plane without edge.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        &self.samples[y * self.stride..][..self.stride]
    }
}

/// A picture in planes.
#[derive(Debug, Clone)]
pub(crate) struct Planar {
    /// Brightness.
    pub(crate) luma: Plane,
    /// Blue and red differences; none for grey pictures.
    pub(crate) chroma: Option<[Plane; 2]>,
}

impl Planar {
    /// The same picture in another size, the planes of colour with half of the samples in each direction.
    pub(crate) fn scaled(&self, (width, height): (u32, u32), sharpness: Sharpness) -> Result<Self, PictureError> {
        let luma = self.luma.scaled((width, height), sharpness)?;
        let half = (width.div_ceil(2), height.div_ceil(2));
        let chroma = match &self.chroma {
            Some([blue, red]) => Some([blue.scaled(half, sharpness)?, red.scaled(half, sharpness)?]),
            None => None,
        };
        Ok(Self { luma, chroma })
    }

    /// Turns a picture whose planes have no edges, as scaled ones do.
    pub(crate) fn turned(self, orientation: Orientation) -> Self {
        let chroma = self.chroma.map(|planes| planes.map(|plane| plane.turned(orientation)));
        Self { luma: self.luma.turned(orientation), chroma }
    }

    /// The picture in another size as RGB.
    pub(crate) fn to_raster(&self, (width, height): (u32, u32), sharpness: Sharpness) -> Result<Raster, PictureError> {
        let luma = self.luma.scaled((width, height), sharpness)?.samples;
        let Some([blue, red]) = &self.chroma else {
            return Raster::new(width, height, Layout::Rgb, luma.into_iter().flat_map(|grey| [grey; 3]).collect());
        };
        let (blue, red) = (blue.scaled((width, height), sharpness)?, red.scaled((width, height), sharpness)?);
        let mut pixels = vec![[0; 3]; luma.len()];
        for (((pixel, y), cb), cr) in pixels.iter_mut().zip(luma).zip(blue.samples).zip(red.samples) {
            *pixel = rgb(y, cb, cr);
        }
        Raster::new(width, height, Layout::Rgb, pixels.into_flattened())
    }
}

/// One pixel, by the factors of JFIF with 16 fractional bits.
fn rgb(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = ((i32::from(y) << 16) + 32_768, i32::from(cb) - 128, i32::from(cr) - 128);
    let channels = [y + 91_881 * cr, y - 22_554 * cb - 46_802 * cr, y + 116_130 * cb];
    channels.map(|channel| (channel >> 16).clamp(0, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_jfif() {
        assert_eq!(rgb(76, 85, 255), [254, 0, 0]);
        assert_eq!(rgb(255, 128, 128), [255; 3]);
        assert_eq!(rgb(29, 255, 107), [0, 0, 254]);
    }

    #[test]
    fn samples_behind_the_edge_do_not_show() {
        // Four columns, of which three belong to the picture; the last would be white.
        let plane = Plane::new([10, 10, 10, 255].repeat(2), 4, 3, 2).unwrap();
        let grey = Planar { luma: plane, chroma: None };
        for size in [(2, 1), (3, 2), (2, 2), (1, 1)] {
            let raster = grey.to_raster(size, Sharpness::Fine).unwrap();
            assert!(raster.pixels().iter().all(|&value| value == 10), "{size:?}: {:?}", raster.pixels());
        }
        assert!(Plane::new(vec![0; 8], 4, 5, 2).is_none());
        assert!(Plane::new(vec![0; 8], 0, 0, 0).is_none());
    }

    #[test]
    fn planes_turn_together() {
        let plane = |samples: &[u8]| Plane::new(samples.to_vec(), 2, 2, 1).unwrap();
        let chroma = Some([plane(&[0, 255]), plane(&[128, 128])]);
        let picture = Planar { luma: plane(&[100, 100]), chroma }.turned(Orientation::from_exif(6));
        let raster = picture.to_raster((1, 2), Sharpness::Fast).unwrap();
        assert_eq!((raster.width(), raster.height()), (1, 2));
        assert!(raster.pixels()[2] < 10 && raster.pixels()[5] > 245, "blue is below: {:?}", raster.pixels());
    }
}
