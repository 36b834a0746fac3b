//! Names of places, from the gazetteer that the workers use.

pub use tintype_media::places::{Gazetteer, NamedPlace, Place};
