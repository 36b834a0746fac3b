//! What a library knows of one photo or video, as far as files have a place for it.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use tintype_media::metadata::Area;

/// Everything about one asset that may be written.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Known {
    /// People on it that have a name.
    pub people: Vec<Person>,
    /// Size of the picture as it is stored, in pixels; needed to say where faces are.
    pub stored_size: Option<(u32, u32)>,
    /// Where it was taken.
    pub position: Option<Position>,
    /// What somebody wrote about it; empty: nothing.
    pub caption: String,
    /// When it was taken.
    pub taken: Option<Taken>,
    /// Stars 1 to 5, or −1 for rejected.
    pub rating: Option<i8>,
    /// Whether it is a favourite.
    pub is_favorite: bool,
    /// Names of albums that it is in.
    pub albums: Vec<String>,
    /// Labels, their levels separated by `/`.
    pub tags: Vec<String>,
    /// Whether the date has a zone only as somebody said where it was taken: where the file itself says no date, it may be the
    /// file's age, which is nothing to write down.
    #[serde(skip)]
    pub may_be_age: bool,
    /// Whether the caption was read in the original, which has all of it.
    #[serde(skip)]
    pub caption_is_files: bool,
}

/// Somebody on a picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Person {
    /// Never empty.
    pub name: String,
    /// Where their face is in the picture as it is stored.
    #[serde(serialize_with = "write_areas")]
    pub faces: Vec<Area>,
}

fn write_areas<S: serde::Serializer>(areas: &[Area], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(areas.iter().map(|area| [area.x, area.y, area.width, area.height]))
}

/// A place on the globe.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Position {
    /// Degrees north, −90 to 90.
    pub latitude: f64,
    /// Degrees east, −180 to 180.
    pub longitude: f64,
    /// Metres above the sea; below it where negative.
    pub altitude: Option<f64>,
}

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Taken {
    /// What a clock on the wall showed, in Unix milliseconds as if that were UTC.
    pub wall_ms: i64,
    /// By how much that clock was ahead of UTC, in minutes; `None` if nobody knows.
    pub offset_minutes: Option<i32>,
}

impl Taken {
    /// When that was, if the zone is known.
    pub fn instant(self) -> Option<SystemTime> {
        let ms = self.wall_ms - i64::from(self.offset_minutes?) * 60_000;
        let apart = Duration::from_millis(ms.unsigned_abs());
        if ms < 0 { SystemTime::UNIX_EPOCH.checked_sub(apart) } else { SystemTime::UNIX_EPOCH.checked_add(apart) }
    }
}
