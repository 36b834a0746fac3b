//! From samples to quantised coefficients: the fast cosine transform of Arai, Agui and Nakajima, whose last
//! multiplications are part of the quantisation.

use super::BLOCK;
use super::tables::Quantisation;
use crate::pictures::planar::Plane;

/// Adding this to a small number leaves it, rounded, in the low bits of the sum.
const ROUNDER: f32 = 12_582_912.0;

const COS_2: f32 = 0.382_683_43;
const COS_4: f32 = 0.707_106_77;
const DIFFERENCE: f32 = 0.541_196_1;
const SUM: f32 = 1.306_563;

type Rows = [[f32; BLOCK]; BLOCK];

/// The coefficients of the block at `x`, `y` of a plane, column by column. Behind the edge the last samples go on.
#[inline(always)]
pub(super) fn block(plane: &Plane, x: usize, y: usize, quantisation: &Quantisation) -> [i16; 64] {
    let rows = transformed(transposed(&transformed(samples(plane, x, y))));
    let mut coefficients = [0; 64];
    let products = rows.as_flattened().iter().zip(quantisation.factors.as_flattened());
    for (coefficient, (value, factor)) in coefficients.iter_mut().zip(products) {
        *coefficient = ((value * factor + ROUNDER).to_bits().wrapping_sub(ROUNDER.to_bits())) as i16;
    }
    coefficients
}

#[inline(always)]
fn samples(plane: &Plane, x: usize, y: usize) -> Rows {
    let last = plane.height() as usize - 1;
    let mut rows = [[0.0; BLOCK]; BLOCK];
    for (offset, target) in rows.iter_mut().enumerate() {
        let row = plane.row((y + offset).min(last));
        let part = match row.get(x..).and_then(|rest| rest.first_chunk::<BLOCK>()) {
            Some(part) => *part,
            None => std::array::from_fn(|offset| row[(x + offset).min(row.len() - 1)]),
        };
        for (value, sample) in target.iter_mut().zip(part) {
            *value = f32::from(sample) - 128.0;
        }
    }
    rows
}

/// The transform of all columns at once.
#[inline(always)]
fn transformed(rows: Rows) -> Rows {
    let mut result = [[0.0; BLOCK]; BLOCK];
    for i in 0..BLOCK {
        let at = |row: usize| rows[row][i];
        let (s0, s1, s2, s3) = (at(0) + at(7), at(1) + at(6), at(2) + at(5), at(3) + at(4));
        let (d0, d1, d2, d3) = (at(0) - at(7), at(1) - at(6), at(2) - at(5), at(3) - at(4));
        let (outer, inner) = (s0 + s3, s1 + s2);
        let (outer_difference, inner_difference) = (s0 - s3, s1 - s2);
        let turned = (inner_difference + outer_difference) * COS_4;
        result[0][i] = outer + inner;
        result[4][i] = outer - inner;
        result[2][i] = outer_difference + turned;
        result[6][i] = outer_difference - turned;
        let (a, b, c) = (d3 + d2, d2 + d1, d1 + d0);
        let shared = (a - c) * COS_2;
        let (low, high, middle) = (DIFFERENCE * a + shared, SUM * c + shared, b * COS_4);
        let (plus, minus) = (d0 + middle, d0 - middle);
        result[5][i] = minus + low;
        result[3][i] = minus - low;
        result[1][i] = plus + high;
        result[7][i] = plus - high;
    }
    result
}

#[inline(always)]
fn transposed(rows: &Rows) -> Rows {
    let mut columns = [[0.0; BLOCK]; BLOCK];
    for y in 0..BLOCK {
        for x in 0..BLOCK {
            columns[y][x] = rows[x][y];
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_are_those_of_the_definition() {
        let at = |x: usize, y: usize| ((x * 31 + y * 17 + x * y * 5) % 256) as u8;
        let samples = (0..64).map(|i| at(i % 8, i / 8)).collect();
        let plane = Plane::new(samples, 8, 8, 8).unwrap();
        let found = block(&plane, 0, 0, &Quantisation::luma(100));
        let cosine = |k: usize, n: usize| ((2 * n + 1) as f64 * k as f64 * std::f64::consts::PI / 16.0).cos();
        let scale = |k: usize| if k == 0 { 0.5f64.sqrt() } else { 1.0 };
        for row in 0..8 {
            for column in 0..8 {
                let sum: f64 = (0..64)
                    .map(|i| (f64::from(at(i % 8, i / 8)) - 128.0) * cosine(column, i % 8) * cosine(row, i / 8))
                    .sum();
                let expected = sum * scale(row) * scale(column) / 4.0;
                assert!((f64::from(found[column * 8 + row]) - expected).abs() < 0.6, "{row} {column}");
            }
        }
    }
}
