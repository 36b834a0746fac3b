//! Giving a field a value that was kept: what the other side of a conflict had, or what was there before.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tintype_protocol::id::{AssetId, FaceId};
use tintype_protocol::model::AssetStatus;
use tintype_protocol::time::Timestamp;

use crate::assets::{AssetChange, DateTimeOriginal, Extent, update_one};
use crate::error::LibraryError;
use crate::model::{Album, Field, Person, Subject};
use crate::store::Write;
use crate::trash::{restore, trash};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Date {
    at: Option<String>,
    offset_minutes: Option<i64>,
}

fn read<T: DeserializeOwned>(value: &str) -> Result<T, LibraryError> {
    serde_json::from_str(value).map_err(|_| LibraryError::invalid("This value cannot be taken back"))
}

fn read_time(text: Option<String>) -> Option<Timestamp> {
    Timestamp::parse(&text?).ok()
}

/// Gives a field a value, as [`super`] writes values. Whether there was something to give it to. Values that cannot be
/// given, as a place that is none, are refused.
pub(crate) fn set(tx: &mut dyn Write, subject: Subject, field: Field, value: &str) -> Result<bool, LibraryError> {
    match subject {
        Subject::Asset(id) => set_asset(tx, id, field, value),
        Subject::Album(id) => {
            let Some(mut album) = tx.album(id)? else { return Ok(false) };
            set_album(tx, &mut album, field, value)?;
            tx.update_album(&album)?;
            Ok(true)
        }
        Subject::Person(id) => {
            let Some(mut person) = tx.person(id)? else { return Ok(false) };
            set_person(tx, &mut person, field, value)?;
            tx.update_person(&person)?;
            Ok(true)
        }
        Subject::AlbumAsset(album, asset) => {
            if tx.album(album)?.is_none() || tx.asset(asset)?.is_none() {
                return Ok(false);
            }
            match read::<Option<String>>(value)? {
                Some(_) => tx.add_album_asset(album, asset)?,
                None => tx.remove_album_asset(album, asset)?,
            };
            Ok(true)
        }
        Subject::AssetTag(asset, tag) => {
            if tx.tag(tag)?.is_none() || tx.asset(asset)?.is_none() {
                return Ok(false);
            }
            match read::<Option<String>>(value)? {
                Some(_) => tx.add_asset_tag(asset, tag)?,
                None => tx.remove_asset_tag(asset, tag)?,
            };
            Ok(true)
        }
        Subject::AlbumUser(..) | Subject::Stack(_) | Subject::StackAsset(..) | Subject::Tag(_) => {
            Err(LibraryError::invalid("This cannot be taken back by itself: change it where you see it"))
        }
    }
}

fn set_asset(tx: &mut dyn Write, id: AssetId, field: Field, value: &str) -> Result<bool, LibraryError> {
    let Some(asset) = tx.asset(id)?.filter(|asset| asset.status != AssetStatus::Deleted) else { return Ok(false) };
    let mut change = AssetChange::default();
    match field {
        Field::Favorite => change.is_favorite = Some(read(value)?),
        Field::Visibility => change.visibility = Some(read(value)?),
        Field::Description => change.description = Some(read(value)?),
        Field::Rating => change.rating = Some(read(value)?),
        Field::Place => {
            let place: Option<(f64, f64)> = read(value)?;
            change.position =
                Some(place.ok_or_else(|| LibraryError::invalid("A place cannot be taken away from a photo"))?);
        }
        Field::Date => {
            let Date { at, offset_minutes } = read(value)?;
            let at = read_time(at).ok_or_else(|| LibraryError::invalid("A photo cannot be without a date"))?;
            change.date_time_original = Some(DateTimeOriginal::at(at, offset_minutes));
        }
        Field::Life => {
            match read::<AssetStatus>(value)? {
                AssetStatus::Active if asset.status == AssetStatus::Trashed => restore(tx, asset)?,
                AssetStatus::Trashed => trash(tx, asset)?,
                _ => {}
            }
            return Ok(true);
        }
        _ => return Err(LibraryError::invalid("This field cannot be taken back")),
    }
    update_one(tx, asset, &change, Extent::Changed)?;
    Ok(true)
}

fn set_album(tx: &dyn Write, album: &mut Album, field: Field, value: &str) -> Result<(), LibraryError> {
    match field {
        Field::Name => album.name = read(value)?,
        Field::Description => album.description = read(value)?,
        Field::Order => album.order = read(value)?,
        Field::Activity => album.is_activity_enabled = read(value)?,
        Field::Cover => {
            let cover: Option<AssetId> = read(value)?;
            let is_inside = match cover {
                Some(cover) => tx.albums_with_asset(cover)?.contains(&album.id),
                None => true,
            };
            if !is_inside {
                return Err(LibraryError::invalid("The cover is not in the album any more"));
            }
            album.thumbnail_asset_id = cover;
        }
        _ => return Err(LibraryError::invalid("This field cannot be taken back")),
    }
    Ok(())
}

fn set_person(tx: &dyn Write, person: &mut Person, field: Field, value: &str) -> Result<(), LibraryError> {
    match field {
        Field::Name => person.name = read(value)?,
        Field::BirthDate => person.birth_date = read_time(read(value)?),
        Field::Hidden => person.is_hidden = read(value)?,
        Field::Favorite => person.is_favorite = read(value)?,
        Field::Color => person.color = read(value)?,
        Field::Front => {
            let face: Option<FaceId> = read(value)?;
            if let Some(face) = face
                && tx.face(face)?.is_none()
            {
                return Err(LibraryError::invalid("The face is not there any more"));
            }
            person.feature_face = face;
        }
        _ => return Err(LibraryError::invalid("This field cannot be taken back")),
    }
    Ok(())
}
