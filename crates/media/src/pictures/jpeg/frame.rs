//! The headers the reducing decoder needs: frame, tables, scan.

use super::huffman::Codes;
use super::segments::Segments;

/// How many tables of one kind there can be.
const TABLES: usize = 4;

/// One colour component.
#[derive(Debug, Clone)]
pub(super) struct Component {
    /// Blocks of it in one unit of the scan, across.
    pub(super) across: usize,
    /// The same, down.
    pub(super) down: usize,
    /// Quantisation factors in the order of the file.
    pub(super) factors: [i16; 64],
    /// Codes of the first coefficient of a block.
    pub(super) dc: Codes,
    /// Codes of the others.
    pub(super) ac: Codes,
}

/// A sequential picture in one scan.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Units between restart markers; 0 if there are none.
    pub(super) restart_interval: usize,
    /// One for grey pictures, or Y, Cb and Cr.
    pub(super) components: Vec<Component>,
    /// The entropy-coded data and what follows them.
    pub(super) data: &'a [u8],
}

/// What the frame header says about a component.
#[derive(Debug, Clone, Copy)]
struct Description {
    id: u8,
    across: u8,
    down: u8,
    factors: u8,
}

#[derive(Default)]
struct Tables {
    factors: [Option<[i16; 64]>; TABLES],
    dc: [Option<Codes>; TABLES],
    ac: [Option<Codes>; TABLES],
    restart_interval: usize,
    size: (usize, usize),
    described: Vec<Description>,
}

impl<'a> Frame<'a> {
    /// Reads up to the first scan. `None` for everything that is unusual, which another decoder then deals with:
    /// several scans, four colours, RGB, odd sampling, damaged tables.
    pub(super) fn read(jpeg: &'a [u8]) -> Option<Self> {
        let mut tables = Tables::default();
        let mut segments = Segments::new(jpeg);
        loop {
            let segment = segments.next()?;
            let body = &jpeg[segment.body.clone()];
            match segment.marker {
                0xdb => tables.read_factors(body)?,
                0xc4 => tables.read_codes(body)?,
                0xc0 | 0xc1 => tables.read_frame(body)?,
                0xdd => tables.restart_interval = usize::from(u16::from_be_bytes(*body.first_chunk::<2>()?)),
                0xda => return tables.into_frame(body, &jpeg[segment.body.end..]),
                0xd9 => return None,
                _ => {}
            }
        }
    }
}

impl Tables {
    fn read_factors(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = body.split_first() {
            let wide = kind >> 4 != 0;
            let bytes = rest.get(..if wide { 128 } else { 64 })?;
            let table = self.factors.get_mut(usize::from(kind & 15))?.insert([0; 64]);
            for (index, factor) in table.iter_mut().enumerate() {
                let value = if wide {
                    u16::from_be_bytes([bytes[2 * index], bytes[2 * index + 1]])
                } else {
                    bytes[index].into()
                };
                *factor = i16::try_from(value).ok()?;
            }
            body = &rest[bytes.len()..];
        }
        Some(())
    }

    fn read_codes(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = body.split_first() {
            let (codes, length) = Codes::read(rest)?;
            let tables = if kind >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *tables.get_mut(usize::from(kind & 15))? = Some(codes);
            body = &rest[length..];
        }
        Some(())
    }

    fn read_frame(&mut self, body: &[u8]) -> Option<()> {
        let &[8, h1, h0, w1, w0, count, ref components @ ..] = body else { return None };
        self.size = (u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into());
        let described = components.as_chunks::<3>().0.iter().take(count.into());
        self.described = described
            .map(|&[id, sampling, factors]| Description { id, across: sampling >> 4, down: sampling & 15, factors })
            .collect();
        (self.described.len() == usize::from(count)).then_some(())
    }

    fn into_frame<'a>(self, scan: &[u8], data: &'a [u8]) -> Option<Frame<'a>> {
        let (&count, selectors) = scan.split_first()?;
        if usize::from(count) != self.described.len() || !self.has_usual_sampling() {
            return None;
        }
        let is_grey = count == 1;
        let components = self.described.iter().zip(selectors.as_chunks::<2>().0).map(|(described, &[id, codes])| {
            // The only component of a picture is not interleaved with others, whatever its sampling.
            let (across, down) = if is_grey { (1, 1) } else { (described.across, described.down) };
            Some(Component {
                across: across.into(),
                down: down.into(),
                factors: (*self.factors.get(usize::from(described.factors))?)?,
                dc: self.dc.get(usize::from(codes >> 4))?.clone()?,
                ac: self.ac.get(usize::from(codes & 15))?.clone()?,
            })
            .filter(|_| id == described.id)
        });
        let components = components.collect::<Option<Vec<_>>>()?;
        let (width, height) = self.size;
        let complete = components.len() == usize::from(count) && width > 0 && height > 0;
        complete.then_some(Frame { width, height, restart_interval: self.restart_interval, components, data })
    }

    /// Grey, or brightness with one or two samples for each of colour in both directions.
    fn has_usual_sampling(&self) -> bool {
        match self.described.as_slice() {
            [_] => true,
            [y, colours @ ..] if colours.len() == 2 => {
                let is_rgb = self.described.iter().map(|component| component.id).eq(*b"RGB");
                let plain = colours.iter().all(|component| (component.across, component.down) == (1, 1));
                plain && !is_rgb && (1..=2).contains(&y.across) && (1..=2).contains(&y.down)
            }
            _ => false,
        }
    }
}
