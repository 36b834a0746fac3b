//! Names of places without the network: which town is near a coordinate, and where is a town of that name.
//!
//! The towns come from a table compiled into the program. A small index over it is made on first use and can be dropped
//! again with [`Gazetteer::release`]. Zone names are not this module's business, nor are maps.

mod countries;
mod index;

use std::sync::{Arc, Mutex, PoisonError};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use index::Index;

/// A town further away than this says nothing about a picture.
const MAX_DISTANCE_METRES: f64 = 25_000.0;

/// The town nearest to a coordinate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// Name of the town.
    pub city: Option<String>,
    /// State, province or region.
    pub state: Option<String>,
    /// English name of the country.
    pub country: Option<String>,
}

/// A place found by name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedPlace {
    /// Name of the town.
    pub name: String,
    /// First-level division (state, province), if known.
    pub admin1: Option<String>,
    /// Second-level division (county, district), if known.
    pub admin2: Option<String>,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

/// The offline list of towns. Empty until it is first asked; its index takes about 3 MB until it is released.
#[derive(Debug, Default)]
pub struct Gazetteer {
    index: Mutex<Option<Arc<Index>>>,
}

impl Gazetteer {
    /// A gazetteer which has loaded nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The town nearest to a coordinate in degrees, if there is one within 25 km.
    pub fn nearest(&self, latitude: f64, longitude: f64) -> Option<Place> {
        if !(latitude.abs() <= 90.0 && longitude.abs() <= 180.0) {
            return None;
        }
        let index = self.index();
        let town = index.nearest(latitude, longitude, MAX_DISTANCE_METRES)?;
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Some(Place {
            city: known(town.name),
            state: known(town.admin1),
            country: countries::name(town.country).or(Some(town.country)).and_then(known),
        })
    }

    /// Up to `limit` towns whose name contains `name`, regardless of case and accents: equal names first, then names that
    /// start with it, then the others.
    pub fn search(&self, name: &str, limit: usize) -> Vec<NamedPlace> {
        let wanted = plain(name);
        if wanted.is_empty() || limit == 0 {
            return Vec::new();
        }
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let index = self.index();
        let found = index.search(&wanted, limit).into_iter();
        found
            .map(|town| NamedPlace {
                name: town.name.to_owned(),
                admin1: known(town.admin1),
                admin2: known(town.admin2),
                latitude: town.latitude,
                longitude: town.longitude,
            })
            .collect()
    }

    /// Frees the memory; the next use makes the index again.
    pub fn release(&self) {
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn index(&self) -> Arc<Index> {
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(index.get_or_insert_with(|| Arc::new(Index::new())))
    }
}

/// Lower case without accents, as the table is written.
fn plain(name: &str) -> String {
    let letters = name.trim().nfd().filter(|letter| !is_combining_mark(*letter));
    letters.flat_map(char::to_lowercase).collect::<String>().replace('ß', "ss").replace('ø', "o").replace('ł', "l")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_near_coordinates() {
        let gazetteer = Gazetteer::new();
        let at = |latitude, longitude| {
            gazetteer
                .nearest(latitude, longitude)
                .map(|place| [place.city, place.state, place.country].map(Option::unwrap_or_default))
        };
        assert_eq!(at(52.5244, 13.4105), Some(["Berlin", "Berlin", "Germany"].map(String::from)));
        assert_eq!(at(48.1374, 11.5755), Some(["Munich", "Bavaria", "Germany"].map(String::from)));
        assert_eq!(at(-33.8678, 151.2073).map(|place| place[2].clone()).as_deref(), Some("Australia"));
        assert_eq!(at(0.0, -30.0), None, "the middle of the Atlantic");
        assert_eq!(at(f64::NAN, 0.0), None);
        assert_eq!(at(91.0, 0.0), None);
    }

    #[test]
    fn search_ignores_case_and_accents() {
        let gazetteer = Gazetteer::new();
        let zurich = &gazetteer.search("ZÜRICH", 5)[0];
        assert_eq!((zurich.name.as_str(), zurich.admin1.as_deref()), ("Zurich", Some("Zurich")));
        assert!((zurich.latitude - 47.36667).abs() < 1e-9 && (zurich.longitude - 8.55).abs() < 1e-9);
        let found = gazetteer.search("berlin", 20);
        assert_eq!(found.len(), 20);
        assert!(found.iter().take(3).all(|place| place.name == "Berlin"), "equal names come first");
        assert!(gazetteer.search("  ", 5).is_empty() && gazetteer.search("xqzzy", 5).is_empty());
    }

    #[test]
    fn works_again_after_release() {
        let gazetteer = Gazetteer::new();
        let before = gazetteer.nearest(40.6584, -73.9934);
        gazetteer.release();
        assert!(gazetteer.index.lock().unwrap().is_none());
        assert_eq!(gazetteer.nearest(40.6584, -73.9934), before);
        assert_eq!(before.unwrap().country.as_deref(), Some("United States of America"));
    }
}
