//! Decodes a sequential JPEG to half or a quarter of its sides, several times faster than decoding it whole and
//! scaling that down: most of the inverse transforms, colour conversion and scaling never happen.
//!
//! Everything unusual is left to the general decoder.

use super::blocks::{self, Coefficients};
use super::frame::{Component, Frame};
use super::huffman::Bits;
use crate::pictures::planar::{Planar, Plane};

/// By how much each side is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reduction {
    /// Four of eight pixels remain.
    Half,
    /// Two of eight pixels remain.
    Quarter,
}

impl Reduction {
    /// The strongest reduction that leaves a picture of this shorter side with at least `wanted` pixels there.
    pub(crate) fn for_short_side(short_side: u32, wanted: u32) -> Option<Self> {
        [Self::Quarter, Self::Half].into_iter().find(|reduction| short_side / reduction.divisor() >= wanted)
    }

    /// What the sides are divided by.
    pub(crate) const fn divisor(self) -> u32 {
        match self {
            Self::Half => 2,
            Self::Quarter => 4,
        }
    }
}

/// A reduced picture, and how much of it was in the file.
#[derive(Debug)]
pub(crate) struct Reduced {
    pub(crate) picture: Planar,
    /// The share of the picture that was decoded before the data ended, 0 to 1.
    pub(crate) share: f64,
}

/// The samples of one component, with whole blocks at the edges.
struct Samples {
    samples: Vec<u8>,
    stride: usize,
}

/// Decodes to a fraction of the size. `None` if the file is unusual or damaged other than by its end missing.
pub(crate) fn decode(jpeg: &[u8], reduction: Reduction) -> Option<Reduced> {
    let frame = Frame::read(jpeg)?;
    let (planes, share) = match reduction {
        Reduction::Half => planes::<4>(&frame)?,
        Reduction::Quarter => planes::<2>(&frame)?,
    };
    let (most_across, most_down) = frame.components.first().map(|first| (first.across, first.down))?;
    let divisor = reduction.divisor() as usize;
    let mut planes = planes.into_iter().zip(&frame.components).map(|(plane, component)| {
        let width = u32::try_from((frame.width * component.across).div_ceil(most_across * divisor)).ok()?;
        let height = u32::try_from((frame.height * component.down).div_ceil(most_down * divisor)).ok()?;
        Plane::new(plane.samples, plane.stride, width, height)
    });
    let luma = planes.next()??;
    let chroma = match (planes.next(), planes.next()) {
        (Some(blue), Some(red)) => Some([blue?, red?]),
        _ => None,
    };
    Some(Reduced { picture: Planar { luma, chroma }, share })
}

/// Decodes all components with blocks of `SIDE` pixels.
fn planes<const SIDE: usize>(frame: &Frame<'_>) -> Option<(Vec<Samples>, f64)> {
    let most_across = frame.components.iter().map(|component| component.across).max()?;
    let most_down = frame.components.iter().map(|component| component.down).max()?;
    let (across, down) = (frame.width.div_ceil(8 * most_across), frame.height.div_ceil(8 * most_down));
    let mut planes: Vec<Samples> = frame
        .components
        .iter()
        .map(|component| {
            let stride = across * component.across * SIDE;
            Samples { samples: vec![128; stride * down * component.down * SIDE], stride }
        })
        .collect();
    let mut bits = Bits::new(frame.data);
    let mut previous = [0i32; 3];
    let mut until_restart = frame.restart_interval;
    for unit in 0..across * down {
        if frame.restart_interval > 0 && until_restart == 0 {
            // Data that end at a restart marker are cut off; anything else there is damage.
            if !bits.restart() {
                return bits.is_at_end().then(|| (planes, unit as f64 / (across * down) as f64));
            }
            previous = [0; 3];
            until_restart = frame.restart_interval;
        }
        until_restart = until_restart.wrapping_sub(1);
        for ((component, plane), previous) in frame.components.iter().zip(&mut planes).zip(&mut previous) {
            decode_unit::<SIDE>(&mut bits, component, plane, previous, (unit % across, unit / across))?;
        }
        if bits.is_exhausted() {
            return Some((planes, unit as f64 / (across * down) as f64));
        }
    }
    Some((planes, 1.0))
}

/// Decodes the blocks one component has in a unit.
#[inline(always)]
fn decode_unit<const SIDE: usize>(
    bits: &mut Bits<'_>,
    component: &Component,
    plane: &mut Samples,
    previous: &mut i32,
    (unit_x, unit_y): (usize, usize),
) -> Option<()> {
    for y in 0..component.down {
        for x in 0..component.across {
            let left = (unit_x * component.across + x) * SIDE;
            let top = (unit_y * component.down + y) * SIDE;
            let start = top * plane.stride + left;
            decode_block::<SIDE>(bits, component, previous, &mut plane.samples[start..], plane.stride)?;
        }
    }
    Some(())
}

#[inline(always)]
fn decode_block<const SIDE: usize>(
    bits: &mut Bits<'_>,
    component: &Component,
    previous: &mut i32,
    samples: &mut [u8],
    stride: usize,
) -> Option<()> {
    let mut coefficients: Coefficients = [0; 32];
    let is_flat = read_coefficients::<SIDE>(bits, component, previous, &mut coefficients)?;
    if is_flat {
        let colour = blocks::flat(&coefficients);
        for row in samples.chunks_mut(stride).take(SIDE) {
            row[..SIDE].fill(colour);
        }
    } else if SIDE == 4 {
        for (row, pixels) in samples.chunks_mut(stride).zip(blocks::half(&coefficients)) {
            row[..4].copy_from_slice(&pixels);
        }
    } else {
        for (row, pixels) in samples.chunks_mut(stride).zip(blocks::quarter(&coefficients)) {
            row[..2].copy_from_slice(&pixels);
        }
    }
    Some(())
}

/// Reads one block, keeping the low frequencies. Returns whether there are none but the mean.
#[inline(always)]
fn read_coefficients<const SIDE: usize>(
    bits: &mut Bits<'_>,
    component: &Component,
    previous: &mut i32,
    coefficients: &mut Coefficients,
) -> Option<bool> {
    let places = const { blocks::places(SIDE) };
    *previous = previous.wrapping_add(bits.step(&component.dc)?.value);
    coefficients[0] = (*previous as i16).wrapping_mul(component.factors[0]);
    let mut used = 0u8;
    let mut index = 1;
    while index < 64 {
        let step = bits.step(&component.ac)?;
        index += step.zeros as usize;
        if step.value == 0 {
            if step.zeros != 15 {
                break;
            }
        } else {
            let (place, factor) = (*places.get(index)?, *component.factors.get(index)?);
            coefficients[usize::from(place & 31)] = (step.value as i16).wrapping_mul(factor);
            used |= 16 - place;
        }
        index += 1;
    }
    Some(used == 0)
}
