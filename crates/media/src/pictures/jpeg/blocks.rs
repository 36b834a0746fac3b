//! From the coefficients of an 8 x 8 block to fewer pixels: half or a quarter of each side.
//!
//! The low frequencies of a block of eight are those of a smaller block; an inverse transform of that size over them
//! gives the reduced picture at a fraction of the work, without aliasing.

/// Place of each coefficient in the order of the file, as row times eight plus column.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21,
    28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54,
    47, 55, 62, 63,
];

/// Where coefficients go that are not needed.
const UNUSED: u8 = 16;

/// Factors of the four-point transform: `sqrt(1/2) * cos(pi/8)` and `sqrt(1/2) * cos(3*pi/8)`.
const ODD: [f32; 2] = [0.653_281_5, 0.270_598_06];

/// Adding this to a small number leaves it, rounded, in the low bits of the sum.
const ROUNDER: f32 = 12_582_912.0;

/// The needed coefficients of a block, row by row, and a place for the others.
pub(super) type Coefficients = [i16; 32];

/// For each coefficient in the order of the file: its place in [`Coefficients`].
pub(super) const fn places(side: usize) -> [u8; 64] {
    let mut places = [UNUSED; 64];
    let mut index = 0;
    while index < 64 {
        let (row, column) = (ZIGZAG[index] / 8, ZIGZAG[index] % 8);
        if (row as usize) < side && (column as usize) < side {
            places[index] = row * 4 + column;
        }
        index += 1;
    }
    places
}

/// The 4 x 4 pixels of a block.
#[inline(always)]
pub(super) fn half(coefficients: &Coefficients) -> [[u8; 4]; 4] {
    let mut rows = [[0f32; 4]; 4];
    for (value, &coefficient) in rows.as_flattened_mut().iter_mut().zip(coefficients) {
        *value = f32::from(coefficient);
    }
    let rows = transposed(vertical(transposed(vertical(rows))));
    // Of a block of half the side the coefficients are half as large, and pixels are stored with an offset of 128.
    let mut pixels = [[0; 4]; 4];
    for (pixels, row) in pixels.as_flattened_mut().iter_mut().zip(rows.as_flattened()) {
        *pixels = pixel(row * 0.5 + 128.0);
    }
    pixels
}

/// The 2 x 2 pixels of a block.
#[inline(always)]
pub(super) fn quarter(coefficients: &Coefficients) -> [[u8; 2]; 2] {
    let [mean, across, down, both] =
        [coefficients[0], coefficients[1], coefficients[4], coefficients[5]].map(|value| f32::from(value) * 0.125);
    let mean = mean + 128.0;
    [
        [pixel(mean + across + down + both), pixel(mean - across + down - both)],
        [pixel(mean + across - down - both), pixel(mean - across - down + both)],
    ]
}

/// The one colour of a block without higher frequencies.
#[inline(always)]
pub(super) fn flat(coefficients: &Coefficients) -> u8 {
    pixel(f32::from(coefficients[0]) * 0.125 + 128.0)
}

/// The four-point inverse transform of all columns at once.
#[inline(always)]
fn vertical([c0, c1, c2, c3]: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    let mut rows = [[0f32; 4]; 4];
    for x in 0..4 {
        let (outer, inner) = ((c0[x] + c2[x]) * 0.5, (c0[x] - c2[x]) * 0.5);
        let (wide, narrow) = (ODD[0] * c1[x] + ODD[1] * c3[x], ODD[1] * c1[x] - ODD[0] * c3[x]);
        rows[0][x] = outer + wide;
        rows[1][x] = inner + narrow;
        rows[2][x] = inner - narrow;
        rows[3][x] = outer - wide;
    }
    rows
}

#[inline(always)]
fn transposed(rows: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    let mut columns = [[0f32; 4]; 4];
    for y in 0..4 {
        for x in 0..4 {
            columns[y][x] = rows[x][y];
        }
    }
    columns
}

#[inline(always)]
fn pixel(value: f32) -> u8 {
    let rounded = (value + ROUNDER).to_bits() as i32 - ROUNDER.to_bits() as i32;
    rounded.clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pixels of an 8 x 8 block, averaged down to `side`: what a reduced transform should come close to.
    fn reference(coefficients: &[(usize, usize, i16)], side: usize) -> Vec<f64> {
        let basis = |k: usize, n: usize| {
            let scale = if k == 0 { (1.0f64 / 8.0).sqrt() } else { 0.5 };
            scale * ((2 * n + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos()
        };
        let at = |x: usize, y: usize| -> f64 {
            coefficients
                .iter()
                .map(|&(row, column, value)| f64::from(value) * basis(row, y) * basis(column, x))
                .sum::<f64>()
                + 128.0
        };
        let step = 8 / side;
        (0..side * side)
            .map(|i| {
                let cells = (0..step * step).map(|j| at(i % side * step + j % step, i / side * step + j / step));
                cells.sum::<f64>() / (step * step) as f64
            })
            .collect()
    }

    fn block(coefficients: &[(usize, usize, i16)]) -> Coefficients {
        let mut block = [0; 32];
        coefficients.iter().for_each(|&(row, column, value)| block[row * 4 + column] = value);
        block
    }

    #[test]
    fn reduced_blocks_are_close_to_averaged_ones() {
        for coefficients in [
            &[(0, 0, 200)][..],
            &[(0, 0, -300), (0, 1, 120)],
            &[(0, 0, 80), (1, 0, -90), (1, 1, 40), (0, 2, 20), (2, 1, -15)],
        ] {
            let four = half(&block(coefficients)).concat();
            for (pixel, expected) in four.iter().zip(reference(coefficients, 4)) {
                assert!((f64::from(*pixel) - expected).abs() < 3.0, "{four:?}");
            }
            let two = quarter(&block(coefficients)).concat();
            for (pixel, expected) in two.iter().zip(reference(coefficients, 2)) {
                assert!((f64::from(*pixel) - expected).abs() < 6.0, "{two:?}");
            }
        }
        assert_eq!(half(&block(&[(0, 0, 200)])), [[153; 4]; 4]);
        assert_eq!(flat(&block(&[(0, 0, 200)])), 153);
    }

    #[test]
    fn extreme_coefficients_are_clamped() {
        let mut block = [i16::MAX; 32];
        assert_eq!(half(&block)[0][0], 255);
        block[0] = i16::MIN;
        assert_eq!(flat(&block), 0);
    }

    #[test]
    fn every_needed_coefficient_has_its_own_place() {
        let places = places(4);
        assert_eq!((0..16).filter(|place| places.iter().filter(|&p| p == place).count() == 1).count(), 16);
        assert_eq!((places[0], places[1], places[2], places[24]), (0, 1, 4, 15));
    }
}
