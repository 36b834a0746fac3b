//! From what is known to the values that tags should have.

use std::collections::BTreeMap;

use jiff::civil::DateTime;

use crate::container::Container;
use crate::known::{Known, Position, Taken};
use crate::modules::{Choice, FAVORITE_LABEL, FavoriteAs, Module};
use crate::regions;
use crate::tag::Tag;
use crate::text::{IPTC_CAPTION_BYTES, IPTC_KEYWORD_BYTES, caption, line, within};
use crate::value::Value;

/// Below which people stand in hierarchies, as digiKam has it.
pub const PEOPLE: &str = "People";
/// Below which albums stand in hierarchies.
pub const ALBUMS: &str = "Albums";

/// Name of UTF-8 among the character sets of IPTC.
const UTF8: &str = "UTF8";
/// Offsets of the world's clocks do not go beyond, in minutes.
const MAX_OFFSET_MINUTES: i32 = 14 * 60;

/// What is wished of a tag.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// These entries are there, beside those of others.
    Entries(Vec<String>),
    /// It has this value.
    Set(Value),
    /// It has this value unless somebody else gave it another one.
    Offer(Value),
    /// These regions are there, beside those of others.
    Regions(regions::Wanted),
}

/// Wishes by the module that they belong to and the tag.
pub type Wishes = BTreeMap<(Module, Tag), Wish>;

/// What the chosen modules wish of a file of this kind.
pub fn wishes(known: &Known, choice: &Choice, container: Container) -> Wishes {
    let mut wishes = Collected { container, wishes: Wishes::new() };
    for module in &choice.modules {
        match module {
            Module::People => wishes.people(known),
            Module::Faces => wishes.faces(known),
            Module::Gps => known.position.iter().for_each(|position| wishes.gps(*position)),
            Module::Caption => wishes.caption(&known.caption, choice.caption_chars),
            Module::Time => known.taken.iter().for_each(|taken| wishes.time(*taken)),
            Module::Rating => wishes.rating(known, choice.favorite_as),
            Module::Albums => {
                let paths: Vec<String> =
                    known.albums.iter().map(|album| format!("{ALBUMS}/{}", level(album))).collect();
                wishes.hierarchy(Module::Albums, &paths);
            }
            Module::Tags => {
                let tags: Vec<String> = known.tags.iter().map(|tag| line(tag)).collect();
                wishes.hierarchy(Module::Tags, &tags);
            }
        }
    }
    wishes.wishes
}

/// A name as one level of a path.
fn level(name: &str) -> String {
    line(name).replace('/', "|")
}

struct Collected {
    container: Container,
    wishes: Wishes,
}

impl Collected {
    fn add(&mut self, module: Module, tag: Tag, wish: Wish) {
        if self.container.holds(tag) {
            self.wishes.insert((module, tag), wish);
        }
    }

    fn set(&mut self, module: Module, tag: Tag, text: impl Into<String>) {
        self.add(module, tag, Wish::Set(Value::Text(text.into())));
    }

    fn entries(&mut self, module: Module, tag: Tag, entries: impl IntoIterator<Item = String>) {
        let mut unique: Vec<String> = Vec::new();
        for entry in entries.into_iter().filter(|entry| !entry.is_empty()) {
            if !unique.contains(&entry) {
                unique.push(entry);
            }
        }
        if !unique.is_empty() {
            self.add(module, tag, Wish::Entries(unique));
        }
    }

    fn people(&mut self, known: &Known) {
        let names: Vec<String> = known.people.iter().map(|person| line(&person.name)).collect();
        let named = || names.iter().cloned();
        self.entries(Module::People, Tag::XmpSubject, named());
        self.entries(Module::People, Tag::XmpPersonInImage, named());
        self.entries(Module::People, Tag::XmpTagsList, names.iter().map(|name| format!("{PEOPLE}/{}", level(name))));
        let short = |name: String| within(&name, IPTC_KEYWORD_BYTES).to_owned();
        self.entries(Module::People, Tag::IptcKeywords, named().map(short));
        self.charset(Module::People, names.iter().any(|name| !name.is_ascii()));
    }

    /// Texts beyond ASCII are in UTF-8, and the block says so.
    fn charset(&mut self, module: Module, is_needed: bool) {
        if is_needed && self.container.holds(Tag::IptcCharset) {
            self.set(module, Tag::IptcCharset, UTF8);
        }
    }

    fn faces(&mut self, known: &Known) {
        if let Some(wanted) = regions::wanted(known) {
            self.add(Module::Faces, Tag::XmpRegions, Wish::Regions(wanted));
        }
    }

    fn gps(&mut self, position: Position) {
        let Position { latitude, longitude, altitude } = position;
        if !(latitude.abs() <= 90.0 && longitude.abs() <= 180.0) {
            return;
        }
        let mut set = |tag, text: String| self.set(Module::Gps, tag, text);
        let degrees = |degrees: f64| format!("{degrees:.8}");
        set(Tag::GpsLatitude, degrees(latitude.abs()));
        set(Tag::GpsLatitudeRef, if latitude < 0.0 { "S" } else { "N" }.to_owned());
        set(Tag::GpsLongitude, degrees(longitude.abs()));
        set(Tag::GpsLongitudeRef, if longitude < 0.0 { "W" } else { "E" }.to_owned());
        set(Tag::XmpLatitude, degrees(latitude));
        set(Tag::XmpLongitude, degrees(longitude));
        let altitude = altitude.filter(|metres| metres.is_finite());
        let height = altitude.map(|metres| format!(" {metres:.3}")).unwrap_or_default();
        set(Tag::KeysCoordinates, format!("{latitude:.6} {longitude:.6}{height}"));
        if let Some(metres) = altitude {
            let below = if metres < 0.0 { "1" } else { "0" };
            for tag in [Tag::GpsAltitude, Tag::XmpAltitude] {
                set(tag, format!("{:.3}", metres.abs()));
            }
            for tag in [Tag::GpsAltitudeRef, Tag::XmpAltitudeRef] {
                set(tag, below.to_owned());
            }
        }
    }

    fn caption(&mut self, text: &str, most_chars: usize) {
        let text = caption(text, most_chars);
        if text.is_empty() {
            return;
        }
        for tag in [Tag::XmpDescription, Tag::XmpImageDescription, Tag::ExifDescription] {
            self.set(Module::Caption, tag, text.clone());
        }
        self.set(Module::Caption, Tag::IptcCaption, within(&text, IPTC_CAPTION_BYTES));
        self.charset(Module::Caption, !text.is_ascii());
    }

    fn time(&mut self, taken: Taken) {
        let Some(wall) = civil(taken.wall_ms) else { return };
        let known = |minutes: &i32| minutes.abs() <= MAX_OFFSET_MINUTES;
        let offset = taken.offset_minutes.filter(known);
        let seconds = wall.strftime("%Y:%m:%d %H:%M:%S").to_string();
        let millis = wall.millisecond();
        let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}") };
        let zone = offset.map(offset_text).unwrap_or_default();
        let mut set = |tag, text: String| self.set(Module::Time, tag, text);
        for tag in [Tag::ExifDateTimeOriginal, Tag::ExifCreateDate] {
            set(tag, seconds.clone());
        }
        if offset.is_some() {
            for tag in [Tag::ExifOffsetOriginal, Tag::ExifOffsetDigitized] {
                set(tag, zone.clone());
            }
        }
        if millis != 0 {
            for tag in [Tag::ExifSubSecOriginal, Tag::ExifSubSecDigitized] {
                set(tag, format!("{millis:03}"));
            }
        }
        for tag in [Tag::XmpDateCreated, Tag::XmpDateTimeOriginal, Tag::XmpCreateDate] {
            set(tag, format!("{seconds}{fraction}{zone}"));
        }
        // Without a zone nobody knows what UTC was.
        let utc = offset.and_then(|offset| civil(taken.wall_ms - i64::from(offset) * 60_000));
        if let Some(utc) = utc {
            set(Tag::QuickTimeCreateDate, utc.strftime("%Y:%m:%d %H:%M:%S").to_string());
            set(Tag::KeysCreationDate, format!("{seconds}{zone}"));
        }
    }

    fn rating(&mut self, known: &Known, favorite_as: FavoriteAs) {
        match known.rating {
            Some(stars) if (-1..=5).contains(&stars) && stars != 0 => {
                self.set(Module::Rating, Tag::XmpRating, stars.to_string());
            }
            _ if !known.is_favorite => {}
            _ => match favorite_as {
                FavoriteAs::Rating => self.offer(Tag::XmpRating, "5"),
                FavoriteAs::Label => self.offer(Tag::XmpLabel, FAVORITE_LABEL),
                FavoriteAs::None => {}
            },
        }
    }

    fn offer(&mut self, tag: Tag, text: &str) {
        self.add(Module::Rating, tag, Wish::Offer(Value::Text(text.to_owned())));
    }

    /// Paths whose levels are separated by `/`, as digiKam has them.
    fn hierarchy(&mut self, module: Module, paths: &[String]) {
        self.entries(module, Tag::XmpTagsList, paths.iter().cloned());
        self.entries(module, Tag::XmpHierarchicalSubject, paths.iter().map(|path| swapped(path)));
    }
}

/// A path of digiKam's as one of Lightroom's, and the other way round: what separates levels in one is part of a name in the
/// other.
pub(crate) fn swapped(path: &str) -> String {
    let swap = |c: char| match c {
        '/' => '|',
        '|' => '/',
        other => other,
    };
    path.chars().map(swap).collect()
}

/// A moment of a clock on the wall, if the year has four digits.
fn civil(ms: i64) -> Option<DateTime> {
    let at = jiff::Timestamp::from_millisecond(ms).ok()?.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    (1..=9_999).contains(&at.year()).then_some(at)
}

/// `+02:00`.
fn offset_text(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

#[cfg(test)]
mod tests;
