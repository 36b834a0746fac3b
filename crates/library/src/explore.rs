//! What there is to look for: places, cameras, the map, folders.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use tintype_protocol::id::UserId;

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, Camera, Exif, Marker, MarkerFilter, MarkersOf, PlaceName};
use crate::sessions::Caller;
use crate::store::Read;

/// Cities shown to explore.
const CITIES: usize = 12;
/// Photos without which a city is not shown.
const LEAST_IN_CITY: usize = 5;

/// What is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Suggested {
    Country,
    State,
    City,
    Make,
    Model,
    LensModel,
}

/// Values that suggestions must go with; those that say nothing about what is suggested are passed over.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct SuggestionFilter {
    pub country: Option<String>,
    pub state: Option<String>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub lens_model: Option<String>,
}

/// Which photos a map shows beside the caller's own.
#[derive(Debug, Clone, Copy, Default)]
#[allow(missing_docs)]
pub struct MapScope {
    pub with_partners: bool,
    pub with_shared_albums: bool,
}

type Found = (Asset, Option<Exif>);

impl Library {
    /// Cities with the most photos, and one photo of each.
    pub fn explore_cities(&self, caller: &Caller) -> Result<Vec<(String, Found)>, LibraryError> {
        let owner = caller.user.id;
        self.read(|tx| {
            let mut cities: BTreeMap<String, (u64, Vec<PlaceName>)> = BTreeMap::new();
            for (place, count) in tx.places(owner)? {
                if let Some(city) = &place.city {
                    let known = cities.entry(city.clone()).or_default();
                    known.0 += count;
                    known.1.push(place);
                }
            }
            let mut cities: Vec<_> = cities.into_iter().collect();
            cities.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
            let mut shown = Vec::new();
            for (city, (_, places)) in cities {
                if shown.len() == CITIES {
                    break;
                }
                let mut photos = Vec::new();
                for place in places {
                    photos.extend(tx.shown_at(owner, &place, LEAST_IN_CITY as u32)?);
                }
                if photos.len() >= LEAST_IN_CITY {
                    shown.push((city, photos.swap_remove(0)));
                }
            }
            Ok(shown)
        })
    }

    /// One photo of each city, by the name of the city; of partners, too, who show theirs in the caller's timeline.
    pub fn cities(&self, caller: &Caller) -> Result<Vec<Found>, LibraryError> {
        let owners = self.timeline_owners(caller)?;
        self.read(|tx| {
            let mut cities = BTreeMap::new();
            for owner in owners {
                for (place, _) in tx.places(owner)? {
                    if let Some(city) = place.city.clone()
                        && !cities.contains_key(&city)
                        && let Some(photo) = tx.shown_at(owner, &place, 1)?.pop()
                    {
                        cities.insert(city, photo);
                    }
                }
            }
            Ok(cities.into_values().collect())
        })
    }

    /// Names that photos in the timeline have, in order.
    pub fn suggestions(
        &self,
        caller: &Caller,
        wanted: Suggested,
        filter: &SuggestionFilter,
    ) -> Result<BTreeSet<String>, LibraryError> {
        let owners = self.timeline_owners(caller)?;
        self.read(|tx| {
            let mut names = BTreeSet::new();
            for owner in owners {
                match wanted {
                    Suggested::Country | Suggested::State | Suggested::City => {
                        add_places(tx, owner, wanted, filter, &mut names)?;
                    }
                    Suggested::Make | Suggested::Model | Suggested::LensModel => {
                        add_cameras(tx, owner, wanted, filter, &mut names)?;
                    }
                }
            }
            Ok(names)
        })
    }

    /// Photos with a position: the caller's own, and those of others that the scope names. The archive and the
    /// favourites of others are theirs alone.
    pub fn markers(
        &self,
        caller: &Caller,
        scope: MapScope,
        filter: &MarkerFilter,
    ) -> Result<Vec<Marker>, LibraryError> {
        let me = caller.user.id;
        let partners = if scope.with_partners { self.timeline_owners(caller)? } else { Vec::new() };
        self.read(|tx| {
            let mut markers = tx.markers(MarkersOf::Owner(me), filter)?;
            if filter.is_favorite == Some(true) {
                return Ok(markers);
            }
            let open = MarkerFilter { with_archive: false, is_favorite: None, ..*filter };
            let mut others = Vec::new();
            for partner in partners.into_iter().filter(|owner| *owner != me) {
                others.extend(tx.markers(MarkersOf::Owner(partner), &open)?);
            }
            if scope.with_shared_albums {
                others.extend(tx.markers(MarkersOf::AlbumsOf(me), &open)?);
            }
            // A partner's photo may be in an album, or in several.
            let mut seen = HashSet::new();
            markers.extend(others.into_iter().filter(|marker| seen.insert(marker.id)));
            Ok(markers)
        })
    }

    /// The caller's photos in the timeline whose originals lie directly in a folder.
    pub fn folder(&self, caller: &Caller, folder: &str) -> Result<Vec<Found>, LibraryError> {
        self.read(|tx| Ok(tx.in_folder(caller.user.id, folder.trim_matches('/'))?))
    }
}

fn goes_with(wanted: Option<&String>, value: Option<&String>) -> bool {
    wanted.is_none_or(|wanted| value == Some(wanted))
}

fn add_places(
    tx: &dyn Read,
    owner: UserId,
    wanted: Suggested,
    filter: &SuggestionFilter,
    names: &mut BTreeSet<String>,
) -> Result<(), LibraryError> {
    for (place, _) in tx.places(owner)? {
        let (name, fits) = match wanted {
            Suggested::State => (&place.state, goes_with(filter.country.as_ref(), Some(&place.country))),
            Suggested::City => (
                &place.city,
                goes_with(filter.country.as_ref(), Some(&place.country))
                    && goes_with(filter.state.as_ref(), place.state.as_ref()),
            ),
            _ => (&Some(place.country.clone()), true),
        };
        if fits
            && let Some(name) = name
            && !names.contains(name)
            && !tx.shown_at(owner, &place, 1)?.is_empty()
        {
            names.insert(name.clone());
        }
    }
    Ok(())
}

fn add_cameras(
    tx: &dyn Read,
    owner: UserId,
    wanted: Suggested,
    filter: &SuggestionFilter,
    names: &mut BTreeSet<String>,
) -> Result<(), LibraryError> {
    for camera in tx.cameras(owner)? {
        let Camera { make, model, lens_model } = &camera;
        let of_make = goes_with(filter.make.as_ref(), make.as_ref());
        let of_model = goes_with(filter.model.as_ref(), model.as_ref());
        let of_lens = goes_with(filter.lens_model.as_ref(), lens_model.as_ref());
        let (name, fits) = match wanted {
            Suggested::Model => (model, of_make && of_lens),
            Suggested::LensModel => (lens_model, of_make && of_model),
            _ => (make, of_model && of_lens),
        };
        if fits
            && let Some(name) = name
            && !names.contains(name)
            && tx.is_shown_with(owner, &camera)?
        {
            names.insert(name.clone());
        }
    }
    Ok(())
}
