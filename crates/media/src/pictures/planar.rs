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

    /// Samples of a row.
    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub(crate) fn height(&self) -> u32 {
        self.height
    }

    /// A row, without what is behind the edge.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        &self.samples[y * self.stride..][..self.width as usize]
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
    /// From RGB; opacity is dropped. The samples of colour are means of four pixels.
    pub(crate) fn from_raster(raster: &Raster) -> Self {
        let (width, height) = (raster.width() as usize, raster.height() as usize);
        let step = raster.layout().bytes();
        let mut luma = Vec::with_capacity(width * height);
        luma.extend(raster.pixels().chunks_exact(step).map(|pixel| brightness(pixel[0], pixel[1], pixel[2])));
        let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
        let [mut blue, mut red] = [(); 2].map(|()| Vec::with_capacity(half_width * half_height));
        for y in 0..half_height {
            let rows =
                [2 * y, (2 * y + 1).min(height - 1)].map(|y| &raster.pixels()[y * width * step..][..width * step]);
            for x in 0..half_width {
                let columns = [2 * x, (2 * x + 1).min(width - 1)].map(|x| x * step);
                let sum = |channel: usize| {
                    rows.iter().flat_map(|row| columns.map(|column| i32::from(row[column + channel]))).sum::<i32>()
                };
                let (cb, cr) = colour(sum(0), sum(1), sum(2));
                blue.push(cb);
                red.push(cr);
            }
        }
        let plane = |samples, width: usize, height: usize| Plane {
            samples,
            stride: width,
            width: width as u32,
            height: height as u32,
        };
        let chroma = Some([plane(blue, half_width, half_height), plane(red, half_width, half_height)]);
        Self { luma: plane(luma, width, height), chroma }
    }

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

/// Brightness of a pixel.
fn brightness(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 19_595 * u32::from(red) + 38_470 * u32::from(green) + 7_471 * u32::from(blue);
    ((sum + 32_768) >> 16) as u8
}

/// Blue and red difference of four pixels, given the sums of their channels.
fn colour(red: i32, green: i32, blue: i32) -> (u8, u8) {
    let offset = (128 << 18) + (1 << 17);
    let cb = -11_059 * red - 21_709 * green + 32_768 * blue + offset;
    let cr = 32_768 * red - 27_439 * green - 5_329 * blue + offset;
    ((cb >> 18).clamp(0, 255) as u8, (cr >> 18).clamp(0, 255) as u8)
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
    fn rgb_survives_being_split_into_planes() {
        for [r, g, b] in [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [90, 140, 40]] {
            let raster = Raster::new(3, 3, Layout::Rgb, [r, g, b].repeat(9)).unwrap();
            let back = Planar::from_raster(&raster).to_raster((3, 3), Sharpness::Fine).unwrap();
            assert!(back.pixels().iter().zip(raster.pixels()).all(|(a, b)| a.abs_diff(*b) < 3), "{:?}", back.pixels());
        }
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
