//! Which parts of a file have been written. Clients send many parts at once and they arrive in any order; what a
//! connection leaves behind when it breaks may be continued only behind the part that has no gaps.

/// Gaps that are remembered. Clients have a few dozen parts under way.
const MAX_RANGES: usize = 1_024;

/// Ranges of bytes, `start..end`, sorted, neither touching nor overlapping.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Extents(Vec<(u64, u64)>);

/// The parts came in more disorder than can be followed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parts of the file come in too much disorder")]
pub(crate) struct Disorder;

impl Extents {
    /// A file whose first bytes are there.
    pub(crate) fn prefix(length: u64) -> Extents {
        Extents(if length == 0 { Vec::new() } else { vec![(0, length)] })
    }

    /// `start..end` was written.
    pub(crate) fn add(&mut self, start: u64, end: u64) -> Result<(), Disorder> {
        if start >= end {
            return Ok(());
        }
        if let Some(last) = self.0.last_mut().filter(|last| last.1 == start) {
            last.1 = end;
            return Ok(());
        }
        let first = self.0.partition_point(|range| range.1 < start);
        let behind = self.0.partition_point(|range| range.0 <= end);
        let joined = self.0[first..behind].iter().fold((start, end), |all, one| (all.0.min(one.0), all.1.max(one.1)));
        if first == behind && self.0.len() >= MAX_RANGES {
            return Err(Disorder);
        }
        self.0.splice(first..behind, [joined]);
        Ok(())
    }

    /// The file now ends at `length`.
    pub(crate) fn truncate(&mut self, length: u64) {
        self.0.retain_mut(|range| {
            range.1 = range.1.min(length);
            range.0 < range.1
        });
    }

    /// How far the file goes without a gap.
    pub(crate) fn whole_until(&self) -> u64 {
        self.0.first().filter(|range| range.0 == 0).map_or(0, |range| range.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn there_is_a_limit_to_disorder() {
        let mut extents = Extents::default();
        for index in 0..MAX_RANGES as u64 {
            extents.add(index * 2, index * 2 + 1).unwrap();
        }
        assert_eq!(extents.add(9_999, 10_000), Err(Disorder));
        assert_eq!((extents.add(1, 2), extents.whole_until()), (Ok(()), 3));
    }

    proptest! {
        #[test]
        fn they_say_what_a_map_of_bytes_says(steps in proptest::collection::vec((0..64_u64, 0..32_u64, 0..8_u8), 0..40)) {
            let (mut extents, mut map) = (Extents::default(), [false; 100]);
            for (start, length, what) in steps {
                if what == 0 {
                    extents.truncate(start);
                    map[start as usize..].fill(false);
                } else {
                    extents.add(start, start + length).unwrap();
                    map[start as usize..(start + length) as usize].fill(true);
                }
                let whole = map.iter().position(|is_there| !is_there).unwrap();
                prop_assert_eq!(extents.whole_until(), whole as u64);
                prop_assert!(extents.0.windows(2).all(|pair| pair[0].1 < pair[1].0));
            }
        }
    }
}
