//! Decoded pixels in memory.

use super::error::PictureError;
use super::orientation::Orientation;
use super::planar::Planar;

/// How the samples of a pixel follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Red, green, blue, one byte each.
    Rgb,
    /// Red, green, blue, opacity (not premultiplied), one byte each.
    Rgba,
}

impl Layout {
    /// Bytes of one pixel.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// A picture of 8-bit samples, row by row from the top, without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raster {
    width: u32,
    height: u32,
    layout: Layout,
    pixels: Vec<u8>,
}

impl Raster {
    /// Takes over `pixels`. Fails if a side is zero or the number of bytes is not what the size needs.
    pub(crate) fn new(width: u32, height: u32, layout: Layout, pixels: Vec<u8>) -> Result<Self, PictureError> {
        let needed = (u64::from(width) * u64::from(height)).saturating_mul(layout.bytes() as u64);
        if needed == 0 || needed != pixels.len() as u64 {
            let what = format!("{width}x{height} pixels in {} bytes", pixels.len());
            return Err(PictureError::damaged("decoded", what));
        }
        Ok(Self { width, height, layout, pixels })
    }

    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    pub(crate) fn height(&self) -> u32 {
        self.height
    }

    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    pub(crate) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    pub(crate) fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// Whether any pixel lets the background through. Opaque pictures with an opacity channel are common (screenshots).
    pub(crate) fn is_translucent(&self) -> bool {
        self.layout == Layout::Rgba && self.pixels.as_chunks::<4>().0.iter().any(|pixel| pixel[3] != u8::MAX)
    }

    /// The same picture without opacity, drawn on white, the colour of the page it will most likely be seen on.
    pub(crate) fn flattened(self) -> Self {
        if self.layout == Layout::Rgb {
            return self;
        }
        let pixels = self.pixels.as_chunks::<4>().0.iter().flat_map(|&[r, g, b, a]| [r, g, b].map(|c| on_white(c, a)));
        let pixels = pixels.collect();
        Self { layout: Layout::Rgb, pixels, ..self }
    }

    /// The same picture with an opacity channel.
    pub(crate) fn with_opacity(self) -> Self {
        if self.layout == Layout::Rgba {
            return self;
        }
        let pixels = self.pixels.as_chunks::<3>().0.iter().flat_map(|&[r, g, b]| [r, g, b, u8::MAX]).collect();
        Self { layout: Layout::Rgba, pixels, ..self }
    }
}

fn on_white(colour: u8, opacity: u8) -> u8 {
    let (colour, opacity) = (u16::from(colour), u16::from(opacity));
    let mixed = (colour * opacity + 255 * (255 - opacity) + 127) / 255;
    u8::try_from(mixed).unwrap_or(u8::MAX)
}

/// Pixels in one of the two forms decoders give them.
#[derive(Debug)]
pub(crate) enum Pixels {
    /// All samples of a pixel together.
    Raster(Raster),
    /// As JPEG stores them.
    Planar(Planar),
}

/// What a decoder hands over.
#[derive(Debug)]
pub(crate) struct Decoded<P = Pixels> {
    /// The pixels, perhaps already reduced.
    pub(crate) pixels: P,
    /// How they have to be turned for display.
    pub(crate) orientation: Orientation,
    /// Width of the original before turning, in pixels.
    pub(crate) full_width: u32,
    /// Height of the original before turning, in pixels.
    pub(crate) full_height: u32,
    /// The colour profile the samples refer to; `None` means sRGB.
    pub(crate) icc: Option<Vec<u8>>,
}

impl Decoded<Raster> {
    /// A picture that was decoded in full size.
    pub(crate) fn full(raster: Raster, orientation: Orientation, icc: Option<Vec<u8>>) -> Self {
        let (full_width, full_height) = (raster.width, raster.height);
        Self { pixels: raster, orientation, full_width, full_height, icc }
    }
}

impl From<Decoded<Raster>> for Decoded {
    fn from(decoded: Decoded<Raster>) -> Self {
        let Decoded { pixels, orientation, full_width, full_height, icc } = decoded;
        Self { pixels: Pixels::Raster(pixels), orientation, full_width, full_height, icc }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_checked() {
        assert!(Raster::new(2, 2, Layout::Rgb, vec![0; 12]).is_ok());
        assert!(Raster::new(2, 2, Layout::Rgb, vec![0; 11]).is_err());
        assert!(Raster::new(0, 2, Layout::Rgb, vec![]).is_err());
        assert!(Raster::new(u32::MAX, u32::MAX, Layout::Rgba, vec![0; 4]).is_err());
    }

    #[test]
    fn transparent_pixels_become_white() {
        let raster = Raster::new(3, 1, Layout::Rgba, vec![9, 9, 9, 0, 0, 100, 200, 255, 0, 0, 0, 128]).unwrap();
        assert!(raster.is_translucent());
        assert_eq!(raster.flattened().into_pixels(), [255, 255, 255, 0, 100, 200, 127, 127, 127]);
    }
}
