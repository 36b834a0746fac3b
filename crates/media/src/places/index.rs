//! An index over the compiled-in table of towns: numbers only, the names stay where they are.

/// See `data/README.md` for the format.
const TABLE: &str = include_str!("../../data/places.tsv");

const EARTH_RADIUS_METRES: f64 = 6_371_009.0;
const METRES_PER_DEGREE_OF_LATITUDE: f64 = 111_194.0;

/// Positions are kept in units of this many to a degree, the precision of the table.
const UNITS_PER_DEGREE: f64 = 100_000.0;

/// One town as found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Town {
    pub(super) name: &'static str,
    /// ISO code.
    pub(super) country: &'static str,
    pub(super) admin1: &'static str,
    pub(super) admin2: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
}

/// Where towns are, sorted by latitude, and what their divisions are called.
#[derive(Debug)]
pub(super) struct Index {
    spots: Vec<Spot>,
    divisions: Vec<Division>,
}

#[derive(Debug, Clone, Copy)]
struct Spot {
    latitude: i32,
    longitude: i32,
    /// Where the town's name starts in the table.
    name: u32,
    division: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Division {
    country: &'static str,
    admin1: &'static str,
    admin2: &'static str,
}

impl Index {
    /// Reads the table once.
    pub(super) fn new() -> Self {
        let mut divisions = Vec::new();
        let mut spots = Vec::new();
        let mut current = Division::default();
        let mut start = 0;
        for line in TABLE.split_inclusive('\n') {
            let text = line.trim_end();
            match text.split_at_checked(1) {
                Some(("@", country)) => current = Division { country, ..Division::default() },
                Some(("=", admin1)) => current = Division { admin1, admin2: "", ..current },
                Some(("/", admin2)) => current.admin2 = admin2,
                _ => spots.extend(spot(text, start, divisions.len())),
            }
            if text.starts_with(['@', '=', '/']) {
                divisions.push(current);
            }
            start += line.len();
        }
        spots.sort_unstable_by_key(|spot: &Spot| spot.latitude);
        spots.shrink_to_fit();
        divisions.shrink_to_fit();
        Self { spots, divisions }
    }

    /// The town nearest to a coordinate in degrees, not further away than `max_metres`.
    pub(super) fn nearest(&self, latitude: f64, longitude: f64, max_metres: f64) -> Option<Town> {
        let reach = max_metres / METRES_PER_DEGREE_OF_LATITUDE;
        let from = units(latitude - reach);
        let first = self.spots.partition_point(|spot| spot.latitude < from);
        let band = self.spots[first..].iter().take_while(|spot| spot.latitude <= units(latitude + reach));
        let (spot, _) = band
            .map(|spot| {
                (spot, distance_metres((latitude, longitude), (degrees(spot.latitude), degrees(spot.longitude))))
            })
            .filter(|(_, metres)| *metres <= max_metres)
            .min_by(|(_, a), (_, b)| a.total_cmp(b))?;
        Some(self.town(spot))
    }

    /// Towns whose name contains `wanted` (lower case): equal names, then prefixes, then the rest.
    pub(super) fn search(&self, wanted: &str, limit: usize) -> Vec<Town> {
        let mut ranked: [Vec<&Spot>; 3] = Default::default();
        for spot in &self.spots {
            let name = name_at(spot.name);
            let Some(at) = find_ignoring_case(name, wanted) else { continue };
            let rank = if at > 0 { 2 } else { usize::from(name.len() != wanted.len()) };
            if ranked[rank].len() < limit {
                ranked[rank].push(spot);
            }
        }
        ranked.into_iter().flatten().take(limit).map(|spot| self.town(spot)).collect()
    }

    fn town(&self, spot: &Spot) -> Town {
        let division = self.divisions.get(spot.division as usize).copied().unwrap_or_default();
        Town {
            name: name_at(spot.name),
            country: division.country,
            admin1: division.admin1,
            admin2: division.admin2,
            latitude: degrees(spot.latitude),
            longitude: degrees(spot.longitude),
        }
    }
}

/// Reads a town's line, which starts at `start`; `divisions` is how many divisions were met so far.
fn spot(line: &'static str, start: usize, divisions: usize) -> Option<Spot> {
    let (latitude, rest) = line.split_once('\t')?;
    let (longitude, name) = rest.split_once('\t')?;
    Some(Spot {
        latitude: units(latitude.parse().ok()?),
        longitude: units(longitude.parse().ok()?),
        name: u32::try_from(start + line.len() - name.len()).ok()?,
        division: u32::try_from(divisions.checked_sub(1)?).ok()?,
    })
}

fn name_at(start: u32) -> &'static str {
    TABLE.get(start as usize..).and_then(|rest| rest.lines().next()).unwrap_or_default()
}

/// Where `wanted` (lower case) starts in the ASCII text `name`.
fn find_ignoring_case(name: &str, wanted: &str) -> Option<usize> {
    let last = name.len().checked_sub(wanted.len())?;
    (0..=last).find(|at| name.as_bytes()[*at..*at + wanted.len()].eq_ignore_ascii_case(wanted.as_bytes()))
}

fn units(degrees: f64) -> i32 {
    (degrees * UNITS_PER_DEGREE).round() as i32
}

fn degrees(units: i32) -> f64 {
    f64::from(units) / UNITS_PER_DEGREE
}

/// Along the surface, by the haversine formula.
fn distance_metres((latitude_a, longitude_a): (f64, f64), (latitude_b, longitude_b): (f64, f64)) -> f64 {
    let (a, b) = (latitude_a.to_radians(), latitude_b.to_radians());
    let across = ((longitude_b - longitude_a).to_radians() / 2.0).sin();
    let along = ((b - a) / 2.0).sin();
    let half_chord = along * along + a.cos() * b.cos() * across * across;
    2.0 * EARTH_RADIUS_METRES * half_chord.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        let index = Index::new();
        let towns = TABLE.lines().filter(|line| !line.starts_with(['@', '=', '/'])).count();
        assert_eq!(index.spots.len(), towns);
        assert!(towns > 140_000);
        assert!(index.spots.iter().all(|spot| !name_at(spot.name).is_empty()));
        assert!(TABLE.is_ascii());
    }

    #[test]
    fn distances() {
        let berlin_munich = distance_metres((52.5244, 13.4105), (48.1374, 11.5755));
        assert!((berlin_munich - 504_000.0).abs() < 2000.0, "{berlin_munich}");
        assert!(distance_metres((0.0, 179.9), (0.0, -179.9)) < 23_000.0);
    }

    #[test]
    fn the_date_line_is_no_wall() {
        let index = Index::new();
        let east = index.spots.iter().max_by_key(|spot| spot.longitude).map(|spot| index.town(spot)).unwrap();
        assert!(east.longitude > 179.0, "{east:?}");
        // Seen from beyond the line, as far as needed to be there.
        let metres = distance_metres((east.latitude, east.longitude), (east.latitude, -179.999)) + 1.0;
        let seen = index.nearest(east.latitude, -179.999, metres).unwrap();
        assert!(distance_metres((east.latitude, -179.999), (seen.latitude, seen.longitude)) <= metres);
    }
}
