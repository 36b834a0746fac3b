//! The two kinds of lines that make up nearly every stream, written as JSON without the generality of `serde`.
//!
//! A first sync of a large library is 200,000 of these lines and more; with keys that are known beforehand and values
//! of few types, writing one costs a third of what it costs through `serde_json`. A test holds the two forms equal.

use std::borrow::Cow;

use uuid::fmt::Hyphenated;

use super::{AckId, AckToken, AssetExifV1, AssetV1, Line, LineDuration, Number};
use crate::checksum::Sha1;
use crate::id::{AssetId, LibraryId, StackId, UserId};
use crate::model::{AssetType, Visibility};
use crate::time::Timestamp;

/// A value that can be appended to a line.
pub trait AppendJson {
    /// Appends the JSON form, the same bytes that `serde_json` writes.
    fn append_json(&self, line: &mut Vec<u8>);
}

impl<T: AppendJson> Line<T> {
    /// Appends the line, with the line feed that ends it.
    pub fn append_to(&self, lines: &mut Vec<u8>) {
        lines.extend_from_slice(b"{\"type\":");
        plain(self.entity.as_str().as_bytes(), lines);
        lines.extend_from_slice(b",\"data\":");
        self.data.append_json(lines);
        lines.extend_from_slice(b",\"ack\":");
        self.ack.append_json(lines);
        lines.extend_from_slice(b"}\n");
    }
}

/// Appends an object with these keys and values.
macro_rules! object {
    ($line:ident, $first:literal: $value:expr, $($key:literal: $next:expr,)*) => {
        $line.extend_from_slice(concat!("{\"", $first, "\":").as_bytes());
        $value.append_json($line);
        $(
            $line.extend_from_slice(concat!(",\"", $key, "\":").as_bytes());
            $next.append_json($line);
        )*
    };
}

impl AppendJson for AssetV1<'_> {
    fn append_json(&self, line: &mut Vec<u8>) {
        object!(line,
            "id": self.id,
            "ownerId": self.owner_id,
            "originalFileName": self.original_file_name,
            "fileCreatedAt": self.file_created_at,
            "fileModifiedAt": self.file_modified_at,
            "localDateTime": self.local_date_time,
            "type": self.asset_type,
            "deletedAt": self.deleted_at,
            "isFavorite": self.is_favorite,
            "visibility": self.visibility,
            "duration": self.duration,
            "livePhotoVideoId": self.live_photo_video_id,
            "stackId": self.stack_id,
            "libraryId": self.library_id,
        );
        if let Some(width) = self.width {
            append_next(line, b",\"width\":", &width);
        }
        if let Some(height) = self.height {
            append_next(line, b",\"height\":", &height);
        }
        if let Some(is_edited) = self.is_edited {
            append_next(line, b",\"isEdited\":", &is_edited);
        }
        append_next(line, b",\"checksum\":", &self.checksum);
        append_next(line, b",\"thumbhash\":", &self.thumbhash.as_deref());
        if let Some(created_at) = self.created_at {
            line.extend_from_slice(b",\"createdAt\":");
            created_at.append_json(line);
        }
        line.push(b'}');
    }
}

impl AppendJson for AssetExifV1<'_> {
    fn append_json(&self, line: &mut Vec<u8>) {
        object!(line,
            "assetId": self.asset_id,
            "description": self.description,
            "exifImageWidth": self.exif_image_width,
            "exifImageHeight": self.exif_image_height,
            "fileSizeInByte": self.file_size_in_byte,
            "orientation": self.orientation,
            "dateTimeOriginal": self.date_time_original,
            "modifyDate": self.modify_date,
            "timeZone": self.time_zone,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "projectionType": self.projection_type,
            "city": self.city,
            "state": self.state,
            "country": self.country,
            "make": self.make,
            "model": self.model,
            "lensModel": self.lens_model,
            "fNumber": self.f_number,
            "focalLength": self.focal_length,
            "iso": self.iso,
            "exposureTime": self.exposure_time,
            "profileDescription": self.profile_description,
            "rating": self.rating,
            "fps": self.fps,
        );
        line.push(b'}');
    }
}

/// Appends one more key, as it is written, and its value.
fn append_next(line: &mut Vec<u8>, key: &[u8], value: &impl AppendJson) {
    line.extend_from_slice(key);
    value.append_json(line);
}

/// A text without anything to escape.
fn plain(text: &[u8], line: &mut Vec<u8>) {
    line.reserve(text.len() + 2);
    line.push(b'"');
    line.extend_from_slice(text);
    line.push(b'"');
}

/// What `serde_json` writes; for all that is rare.
fn through_serde<T: serde::Serialize + ?Sized>(value: &T, line: &mut Vec<u8>) {
    serde_json::to_writer(line, value).expect("texts and numbers are always written to memory");
}

impl<T: AppendJson> AppendJson for Option<T> {
    fn append_json(&self, line: &mut Vec<u8>) {
        match self {
            Some(value) => value.append_json(line),
            None => line.extend_from_slice(b"null"),
        }
    }
}

impl AppendJson for &str {
    fn append_json(&self, line: &mut Vec<u8>) {
        // Without a branch per byte, so that the compiler can look at many bytes at once.
        let is_special = |byte: u8| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
        if self.bytes().fold(false, |found, byte| found | is_special(byte)) {
            through_serde(self, line);
        } else {
            plain(self.as_bytes(), line);
        }
    }
}

impl AppendJson for Cow<'_, str> {
    fn append_json(&self, line: &mut Vec<u8>) {
        self.as_ref().append_json(line);
    }
}

impl AppendJson for bool {
    fn append_json(&self, line: &mut Vec<u8>) {
        line.extend_from_slice(if *self { b"true" } else { b"false" });
    }
}

/// Appends an identifier in its hyphenated form.
fn hyphenated(id: uuid::Uuid, line: &mut Vec<u8>) {
    plain(id.as_hyphenated().encode_lower(&mut [0; Hyphenated::LENGTH]).as_bytes(), line);
}

macro_rules! ids {
    ($($id:ty),*) => { $(impl AppendJson for $id {
        fn append_json(&self, line: &mut Vec<u8>) { hyphenated(self.0, line); }
    })* };
}
ids!(AssetId, UserId, StackId, LibraryId);

macro_rules! names {
    ($($name:ty),*) => { $(impl AppendJson for $name {
        fn append_json(&self, line: &mut Vec<u8>) { plain(self.as_str().as_bytes(), line); }
    })* };
}
names!(AssetType, Visibility);

macro_rules! numbers {
    ($($number:ty),*) => { $(impl AppendJson for $number {
        fn append_json(&self, line: &mut Vec<u8>) { through_serde(self, line); }
    })* };
}
numbers!(u32, i64, i32, i8, Number, LineDuration);

impl AppendJson for Timestamp {
    fn append_json(&self, line: &mut Vec<u8>) {
        plain(self.write_iso_bytes(&mut Self::iso_buffer()), line);
    }
}

impl AppendJson for Sha1 {
    fn append_json(&self, line: &mut Vec<u8>) {
        plain(self.write_base64(&mut Self::base64_buffer()), line);
    }
}

impl AppendJson for AckToken {
    fn append_json(&self, line: &mut Vec<u8>) {
        let AckId::At(id) = self.id else { return through_serde(self, line) };
        line.push(b'"');
        line.extend_from_slice(self.entity.as_str().as_bytes());
        line.push(b'|');
        line.extend_from_slice(id.0.as_hyphenated().encode_lower(&mut [0; Hyphenated::LENGTH]).as_bytes());
        line.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::UpdateId;
    use crate::sync::EntityType;
    use proptest::option::of;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn id<T: From<Uuid> + std::fmt::Debug>() -> impl Strategy<Value = T> {
        any::<[u8; 16]>().prop_map(|bytes| T::from(Uuid::from_bytes(bytes)))
    }

    /// Texts as they come: mostly plain, sometimes with quotes, controls, other scripts.
    fn text() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "",
            "IMG_0001.HEIC",
            "a \"quoted\" name",
            "back\\slash",
            "tab\there",
            "Łódź 東京 \u{1F600}",
            "\u{0}\u{1f}\u{7f}",
            "line\nfeed",
            "</script>\u{2028}",
        ])
    }

    fn time() -> impl Strategy<Value = Timestamp> {
        (-99_999_999_999_999_i64..99_999_999_999_999).prop_map(Timestamp)
    }

    fn number() -> impl Strategy<Value = Number> {
        prop_oneof![any::<i32>().prop_map(f64::from), -180.0..180.0_f64, Just(-0.0), Just(1e300), Just(0.1)]
            .prop_map(Number)
    }

    fn duration() -> impl Strategy<Value = LineDuration> {
        prop_oneof![
            of(0..u64::from(u32::MAX)).prop_map(LineDuration::Text),
            of(any::<u64>()).prop_map(LineDuration::Millis)
        ]
    }

    prop_compose! {
        fn asset()(
            id in id(), owner_id in id(), name in text(), times in [time(), time(), time()], deleted_at in of(time()),
            flags in any::<[bool; 2]>(), asset_type in prop::sample::select(AssetType::ALL),
            visibility in prop::sample::select(Visibility::ALL), rest in (duration(), of(id()), of(id()), of(id())),
            size in of(any::<[u32; 2]>()), has_size: bool, checksum in any::<[u8; 20]>(), thumbhash in of(text()), created_at in of(time()),
        ) -> AssetV1<'static> {
            AssetV1 {
                id, owner_id, original_file_name: name.into(), file_created_at: times[0], file_modified_at: times[1],
                local_date_time: times[2], asset_type, deleted_at, is_favorite: flags[0], visibility, duration: rest.0,
                live_photo_video_id: rest.1, stack_id: rest.2, library_id: rest.3, width: Some(size.map(|s| s[0])),
                height: has_size.then_some(size.map(|s| s[1])), is_edited: has_size.then_some(flags[1]),
                checksum: Sha1(checksum), thumbhash: thumbhash.map(Cow::from), created_at,
            }
        }
    }

    prop_compose! {
        fn exif()(
            asset_id in id(), texts in prop::collection::vec(of(text()), 11), times in [of(time()), of(time())],
            numbers in prop::collection::vec(of(number()), 5), size in of(any::<[u32; 2]>()),
            file_size_in_byte in of(any::<i64>()), iso in of(any::<i32>()), rating in of(-1..=5_i8), description in text(),
        ) -> AssetExifV1<'static> {
            AssetExifV1 {
                asset_id, description: description.into(), exif_image_width: size.map(|s| s[0]), exif_image_height: size.map(|s| s[1]),
                file_size_in_byte, orientation: texts[0].map(Cow::from), date_time_original: times[0], modify_date: times[1],
                time_zone: texts[1].map(Cow::from), latitude: numbers[0], longitude: numbers[1], projection_type: texts[2].map(Cow::from),
                city: texts[3].map(Cow::from), state: texts[4].map(Cow::from), country: texts[5].map(Cow::from), make: texts[6].map(Cow::from), model: texts[7].map(Cow::from),
                lens_model: texts[8].map(Cow::from), f_number: numbers[2], focal_length: numbers[3], iso,
                exposure_time: texts[9].map(Cow::from), profile_description: texts[10].map(Cow::from), rating, fps: numbers[4],
            }
        }
    }

    fn ack() -> impl Strategy<Value = AckToken> {
        let at = id::<UpdateId>().prop_map(|id| AckToken::at(EntityType::AssetV2, id));
        let backfill = (id(), id()).prop_map(|(parent, at)| AckToken {
            entity: EntityType::PartnerAssetBackfillV1,
            id: AckId::Backfill { parent, at },
        });
        prop_oneof![at, backfill]
    }

    fn both<T: serde::Serialize + AppendJson>(line: &Line<T>) -> (String, String) {
        let mut appended = Vec::new();
        line.append_to(&mut appended);
        (String::from_utf8(appended).unwrap(), serde_json::to_string(line).unwrap() + "\n")
    }

    proptest! {
        #[test]
        fn assets_are_written_as_serde_writes_them(data in asset(), ack in ack()) {
            let (ours, theirs) = both(&Line { entity: EntityType::AssetV2, data, ack });
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn exifs_are_written_as_serde_writes_them(data in exif(), ack in ack()) {
            let (ours, theirs) = both(&Line { entity: EntityType::AssetExifV1, data, ack });
            prop_assert_eq!(ours, theirs);
        }
    }
}
