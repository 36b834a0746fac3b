//! Single assets and bulk changes.

use std::collections::HashMap;

use jiff::tz::{Offset, TimeZone};
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::{AssetStatus, SortOrder, Visibility};
use tintype_protocol::permission::Permission;
use tintype_protocol::time::Timestamp;

use crate::error::LibraryError;
use crate::fields;
use crate::jobs::enqueue_all;
use crate::library::Library;
use crate::model::{Asset, AssetFilter, AssetStats, Exif, FieldValue, JobKind, LockedField, Tag};
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::shared_links::is_behind;
use crate::sharing::is_shown;
use crate::store::{Durability, Read, Write};
use crate::uploads::hide_motion_part;

/// Changes of assets; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct AssetChange {
    pub is_favorite: Option<bool>,
    pub visibility: Option<Visibility>,
    pub description: Option<String>,
    pub rating: Option<Option<i8>>,
    /// Degrees north and east.
    pub position: Option<(f64, f64)>,
    /// With the zone it was written in.
    pub date_time_original: Option<DateTimeOriginal>,
    /// Minutes to move the date by.
    pub shift_minutes: Option<i64>,
    pub time_zone: Option<String>,
    pub live_photo_video_id: Option<Option<AssetId>>,
}

impl AssetChange {
    fn touches_exif(&self) -> bool {
        self.description.is_some()
            || self.rating.is_some()
            || self.position.is_some()
            || self.date_time_original.is_some()
            || self.shift_minutes.is_some()
            || self.time_zone.is_some()
    }
}

/// A date that a person set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateTimeOriginal {
    /// The moment.
    pub instant: Timestamp,
    /// What the clock showed, as if UTC.
    pub local: Timestamp,
    /// `UTC+2`, when the text had an offset.
    pub time_zone: Option<String>,
}

impl DateTimeOriginal {
    /// A moment, and how far the clock was off UTC.
    pub(crate) fn at(instant: Timestamp, offset_minutes: Option<i64>) -> Self {
        let seconds = offset_minutes.map(|minutes| minutes * 60);
        let local = Timestamp(instant.0 + seconds.unwrap_or(0) * 1_000);
        let time_zone = seconds.map(|seconds| if seconds == 0 { "UTC".to_owned() } else { zone_name(seconds) });
        Self { instant, local, time_zone }
    }

    /// Reads an ISO 8601 text. An offset becomes the zone; without one the time counts as UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let instant = Timestamp::parse(text).ok()?;
        let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text.trim()).ok();
        let offset = pieces.and_then(|pieces| pieces.to_numeric_offset());
        let is_utc = text.trim().ends_with(['Z', 'z']);
        let seconds = offset.filter(|_| !is_utc).map(|offset| i64::from(offset.seconds()));
        let local = Timestamp(instant.0 + seconds.unwrap_or(0) * 1_000);
        let time_zone = if is_utc { Some("UTC".to_owned()) } else { seconds.map(zone_name) };
        Some(Self { instant, local, time_zone })
    }
}

/// `UTC+2`, `UTC-3:30`: the zone of a plain offset, as the reference writes it.
fn zone_name(offset_seconds: i64) -> String {
    let sign = if offset_seconds < 0 { '-' } else { '+' };
    let minutes = offset_seconds.abs() / 60;
    match minutes % 60 {
        0 => format!("UTC{sign}{}", minutes / 60),
        rest => format!("UTC{sign}{}:{rest:02}", minutes / 60),
    }
}

/// The zone of a name: an IANA one, or `UTC+2`.
fn zone_of(name: &str) -> Option<TimeZone> {
    if let Some(rest) = name.strip_prefix("UTC") {
        if rest.is_empty() {
            return Some(TimeZone::UTC);
        }
        let (sign, rest) = (if rest.starts_with('-') { -1 } else { 1 }, rest.trim_start_matches(['+', '-']));
        let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
        let seconds = hours.parse::<i32>().ok()? * 3_600 + minutes.parse::<i32>().ok()? * 60;
        return Some(TimeZone::fixed(Offset::from_seconds(sign * seconds).ok()?));
    }
    TimeZone::get(name).ok()
}

/// How far a clock in `zone` is off UTC at `instant`, in seconds.
fn offset_seconds(instant: Timestamp, zone: &str) -> Option<i64> {
    let at = jiff::Timestamp::from_millisecond(instant.0).ok()?;
    Some(i64::from(zone_of(zone)?.to_offset(at).seconds()))
}

/// How far a clock in `zone` is off UTC at `instant`, in minutes.
pub fn offset_minutes(instant: Timestamp, zone: &str) -> Option<i64> {
    Some(offset_seconds(instant, zone)? / 60)
}

/// What a clock in `zone` shows at `instant`, as if UTC.
fn local_time(instant: Timestamp, zone: Option<&str>) -> Timestamp {
    let shown = zone.and_then(|zone| offset_seconds(instant, zone));
    Timestamp(instant.0 + shown.unwrap_or(0) * 1_000)
}

/// Whether the caller may use an asset at all: it is theirs, and not locked away. Guests own nothing.
pub(crate) fn may_use(caller: &Caller, asset: &Asset) -> bool {
    let is_open = asset.visibility != Visibility::Locked || caller.is_elevated;
    asset.owner_id == caller.user.id && is_open && caller.guest.is_none()
}

/// An asset of the caller's own that is not on its way out.
pub(crate) fn own_kept(tx: &dyn Read, caller: &Caller, id: AssetId, need: Permission) -> Result<Asset, LibraryError> {
    let asset = usable(tx, caller, id, need)?;
    let is_kept = asset.status != AssetStatus::Deleted;
    if is_kept && may_use(caller, &asset) { Ok(asset) } else { Err(LibraryError::NoAccess(need)) }
}

impl Library {
    /// An asset that the caller may use for `need`.
    pub fn asset(&self, caller: &Caller, id: AssetId, need: Permission) -> Result<Asset, LibraryError> {
        self.read(|tx| usable(tx, caller, id, need))
    }

    /// An asset with what is known about it.
    pub fn asset_with_exif(
        &self,
        caller: &Caller,
        id: AssetId,
        need: Permission,
    ) -> Result<(Asset, Option<Exif>), LibraryError> {
        self.read(|tx| Ok((usable(tx, caller, id, need)?, tx.exif(id)?)))
    }

    /// What is known about an asset whose row the caller has already.
    pub fn exif_of(&self, id: AssetId) -> Result<Option<Exif>, LibraryError> {
        self.read(|tx| Ok(tx.exif(id)?))
    }

    /// Tags of an asset whose row the caller has already.
    pub fn tags_of(&self, id: AssetId) -> Result<Vec<Tag>, LibraryError> {
        self.read(|tx| Ok(tx.tags_of(id)?))
    }

    /// All of the given assets, or an error if the caller may not use one of them for `need`.
    pub fn assets(&self, caller: &Caller, ids: &[AssetId], need: Permission) -> Result<Vec<Asset>, LibraryError> {
        self.read(|tx| ids.iter().map(|id| usable(tx, caller, *id, need)).collect())
    }

    /// Changes one asset.
    pub fn update_asset(
        &self,
        caller: &Caller,
        id: AssetId,
        change: AssetChange,
    ) -> Result<(Asset, Option<Exif>), LibraryError> {
        self.update_all(caller, &[id], change, Extent::Changed)?;
        // Re-read with the rights of before: locking an asset away must not make its own answer fail.
        self.read(|tx| {
            let asset = tx.asset(id)?.ok_or(LibraryError::NoAccess(Permission::AssetUpdate))?;
            Ok((asset, tx.exif(id)?))
        })
    }

    /// Changes many assets in one transaction: all of them or none.
    pub fn update_assets(&self, caller: &Caller, ids: &[AssetId], change: AssetChange) -> Result<(), LibraryError> {
        self.update_all(caller, ids, change, Extent::Both)
    }

    fn update_all(
        &self,
        caller: &Caller,
        ids: &[AssetId],
        change: AssetChange,
        extent: Extent,
    ) -> Result<(), LibraryError> {
        let (caller, ids) = (caller.clone(), ids.to_vec());
        self.change(move |tx| {
            let mut changes = Vec::new();
            let mut assets = Vec::with_capacity(ids.len());
            for id in &ids {
                assets.push(usable(tx.as_read(), &caller, *id, Permission::AssetUpdate)?);
            }
            for asset in assets {
                changes.push(Change::AssetChanged(asset.id, update_one(tx, asset, &change, extent)?));
            }
            Ok(((), changes))
        })
    }

    /// Counts.
    pub fn count_assets(&self, filter: &AssetFilter) -> Result<AssetStats, LibraryError> {
        self.read(|tx| Ok(tx.count(filter)?))
    }

    /// A page of a search by capture date.
    pub fn search(
        &self,
        filter: &AssetFilter,
        order: SortOrder,
        limit: u32,
        offset: u64,
    ) -> Result<Vec<(Asset, Option<Exif>)>, LibraryError> {
        self.read(|tx| Ok(tx.search(filter, order, limit, offset)?))
    }

    /// Some assets by chance.
    pub fn search_random(&self, filter: &AssetFilter, limit: u32) -> Result<Vec<(Asset, Option<Exif>)>, LibraryError> {
        self.read(|tx| Ok(tx.search_random(filter, limit)?))
    }

    /// The largest files.
    pub fn search_largest(&self, filter: &AssetFilter, limit: u32) -> Result<Vec<(Asset, Option<Exif>)>, LibraryError> {
        self.read(|tx| Ok(tx.search_largest(filter, limit)?))
    }

    /// A page by id.
    pub fn search_by_id(&self, filter: &AssetFilter, limit: u32) -> Result<Vec<Asset>, LibraryError> {
        self.read(|tx| Ok(tx.search_by_id(filter, limit)?))
    }

    /// Ids that a device gave to the owner's assets.
    pub fn device_asset_ids(&self, owner: UserId, device: &str) -> Result<Vec<String>, LibraryError> {
        self.read(|tx| Ok(tx.device_asset_ids(owner, device)?))
    }

    /// Folders of the owner's originals.
    pub fn folders(&self, owner: UserId) -> Result<Vec<String>, LibraryError> {
        self.read(|tx| Ok(tx.folders(owner)?))
    }

    /// Queues work on assets.
    pub fn request_jobs(&self, caller: &Caller, ids: &[AssetId], kind: JobKind) -> Result<(), LibraryError> {
        self.assets(caller, ids, Permission::AssetUpdate)?;
        let ids = ids.to_vec();
        self.write(Durability::Full, move |tx| enqueue_all(tx, kind, ids))?;
        self.signal.ring();
        Ok(())
    }

    /// Owners of assets, for answers that name them.
    pub fn owners(&self, assets: &[Asset]) -> Result<HashMap<UserId, crate::model::User>, LibraryError> {
        self.read(|tx| {
            let mut owners = HashMap::new();
            for asset in assets {
                if !owners.contains_key(&asset.owner_id)
                    && let Some(user) = tx.user(asset.owner_id)?
                {
                    owners.insert(user.id, user);
                }
            }
            Ok(owners)
        })
    }
}

/// The asset, if the caller may use it.
pub(crate) fn usable(tx: &dyn Read, caller: &Caller, id: AssetId, need: Permission) -> Result<Asset, LibraryError> {
    let asset = tx.asset(id)?.ok_or(LibraryError::NoAccess(need))?;
    let is_usable = match caller.link() {
        Some(link) => link.allows(need) && is_behind(tx, link, &asset, need)?,
        None => may_use(caller, &asset) || is_shown(tx, caller.user.id, &asset, need)?,
    };
    if is_usable { Ok(asset) } else { Err(LibraryError::NoAccess(need)) }
}

/// Which rows of an asset move in the feed. As in the reference, changes of what is known about a photo move both, and
/// changes of many assets at once do, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Those that change.
    Changed,
    /// Both.
    Both,
}

/// Answers what fields were that are something else now.
pub(crate) fn update_one(
    tx: &mut dyn Write,
    mut asset: Asset,
    change: &AssetChange,
    extent: Extent,
) -> Result<Vec<FieldValue>, LibraryError> {
    let (before, mut was) = (fields::of_asset(&asset), Vec::new());
    if (change.touches_exif() || extent == Extent::Both)
        && let Some(mut exif) = tx.exif(asset.id)?
    {
        was = fields::of_exif(&exif);
        edit_exif(&mut exif, &mut asset, change);
        was = fields::changed(was, &fields::of_exif(&exif));
        tx.update_exif(asset.id, &exif)?;
    }
    if let Some(is_favorite) = change.is_favorite {
        asset.is_favorite = is_favorite;
    }
    if let Some(video) = change.live_photo_video_id {
        set_motion_part(tx, &mut asset, video)?;
    }
    if let Some(visibility) = change.visibility {
        let before = std::mem::replace(&mut asset.visibility, visibility);
        match (before == Visibility::Locked, visibility == Visibility::Locked) {
            (false, true) => lock_away(tx, &asset)?,
            (true, false) => show_again(tx, &asset)?,
            _ => {}
        }
    }
    was.extend(fields::changed(before, &fields::of_asset(&asset)));
    tx.update_asset(&asset)?;
    Ok(was)
}

/// An asset goes into the locked folder: out of all albums and links, off covers, and away from partners.
fn lock_away(tx: &mut dyn Write, asset: &Asset) -> Result<(), LibraryError> {
    for link in tx.links_with_asset(asset.id)? {
        tx.remove_link_asset(link, asset.id)?;
    }
    for id in tx.albums_with_asset(asset.id)? {
        tx.remove_album_asset(id, asset.id)?;
        if let Some(mut album) = tx.album(id)?.filter(|album| album.thumbnail_asset_id == Some(asset.id)) {
            album.thumbnail_asset_id = tx.album_assets(&album)?.first().map(|asset| asset.id);
            tx.update_album(&album)?;
        }
    }
    Ok(tx.withdraw_asset(asset)?)
}

/// An asset comes out of the locked folder. Partners let go of what they knew of it, so all of it moves in the feed.
fn show_again(tx: &mut dyn Write, asset: &Asset) -> Result<(), LibraryError> {
    if let Some(exif) = tx.exif(asset.id)? {
        tx.update_exif(asset.id, &exif)?;
    }
    Ok(())
}

fn set_motion_part(tx: &mut dyn Write, asset: &mut Asset, video: Option<AssetId>) -> Result<(), LibraryError> {
    if let Some(id) = video {
        let part = tx.asset(id)?.ok_or_else(|| LibraryError::invalid("Live photo video not found"))?;
        if part.owner_id != asset.owner_id {
            return Err(LibraryError::invalid("Live photo video does not belong to the user"));
        }
        hide_motion_part(tx, video)?;
    } else if let Some(old) = asset.live_photo_video_id
        && let Some(mut part) = tx.asset(old)?
    {
        part.visibility = asset.visibility;
        tx.update_asset(&part)?;
    }
    asset.live_photo_video_id = video;
    Ok(())
}

/// Applies what a person said about a photo, and remembers that a person said it.
fn edit_exif(exif: &mut Exif, asset: &mut Asset, change: &AssetChange) {
    let lock = |exif: &mut Exif, field: LockedField| exif.locked |= field.bit();
    if let Some(description) = &change.description {
        exif.description.clone_from(description);
        lock(exif, LockedField::Description);
    }
    if let Some(rating) = change.rating {
        exif.rating = rating;
        lock(exif, LockedField::Rating);
    }
    if let Some((latitude, longitude)) = change.position {
        (exif.latitude, exif.longitude) = (Some(latitude), Some(longitude));
        lock(exif, LockedField::Position);
        follow_place(exif, asset);
    }
    if let Some(zone) = &change.time_zone {
        exif.time_zone = Some(zone.clone());
        lock(exif, LockedField::TimeZone);
    }
    if let Some(date) = &change.date_time_original {
        exif.date_time_original = Some(date.instant);
        exif.time_zone = named_zone(exif, date).or_else(|| date.time_zone.clone());
        lock(exif, LockedField::DateTimeOriginal);
        lock(exif, LockedField::TimeZone);
    } else if let Some(minutes) = change.shift_minutes {
        let from = exif.date_time_original.unwrap_or(asset.file_created_at);
        exif.date_time_original = Some(Timestamp(from.0 + minutes * 60_000));
        lock(exif, LockedField::DateTimeOriginal);
    }
    if exif.is_locked(LockedField::DateTimeOriginal) || exif.is_locked(LockedField::TimeZone) {
        let instant = exif.date_time_original.unwrap_or(asset.file_created_at);
        asset.file_created_at = instant;
        asset.local_date_time = match &change.date_time_original {
            Some(date) => date.local,
            None => local_time(instant, exif.time_zone.as_deref()),
        };
    }
}

/// A place that somebody set gives a photo its zone, whether its file was read before or is read only now.
pub(crate) fn follow_place(exif: &mut Exif, asset: &mut Asset) {
    let place = exif.latitude.zip(exif.longitude).filter(|_| exif.is_locked(LockedField::Position));
    if let Some(zone) = place.and_then(|place| zone_of_place(exif, place)) {
        asset.local_date_time = local_time(asset.file_created_at, Some(&zone));
        exif.time_zone = Some(zone);
    }
}

/// The zone of a place, for a photo whose file names none and whose zone nobody has set: the instant stays, and its wall
/// clock follows.
fn zone_of_place(exif: &Exif, (latitude, longitude): (f64, f64)) -> Option<String> {
    // Zones with a name come from places, offsets from files.
    let is_from_file = exif.time_zone.as_deref().is_some_and(|zone| !zone.contains('/'));
    let is_settled = is_from_file || exif.is_locked(LockedField::TimeZone) || exif.date_time_original.is_none();
    if is_settled { None } else { tintype_media::metadata::zone_at(latitude, longitude) }
}

/// The name of the zone in which the photo lies, if the offset that was given is the one that holds there.
fn named_zone(exif: &Exif, date: &DateTimeOriginal) -> Option<String> {
    let name = tintype_media::metadata::zone_at(exif.latitude?, exif.longitude?)?;
    date.time_zone.as_ref()?;
    (local_time(date.instant, Some(&name)) == date.local).then_some(name)
}

/// Assets that count as the owner's: everything but motion parts, the trash and what is on its way out.
pub fn ordinary(owner: UserId) -> AssetFilter {
    AssetFilter {
        owners: vec![owner],
        visibilities: vec![Visibility::Timeline, Visibility::Archive],
        statuses: vec![AssetStatus::Active],
        ..AssetFilter::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_keep_the_zone_they_were_written_in() {
        let date = DateTimeOriginal::parse("2019-06-07T08:09:10.123+02:00").unwrap();
        assert_eq!(date.instant.to_iso(), "2019-06-07T06:09:10.123Z");
        assert_eq!(date.local.to_iso(), "2019-06-07T08:09:10.123Z");
        assert_eq!(date.time_zone.as_deref(), Some("UTC+2"));
        let date = DateTimeOriginal::parse("2019-06-07T08:09:10-03:30").unwrap();
        assert_eq!(date.time_zone.as_deref(), Some("UTC-3:30"));
        assert_eq!(DateTimeOriginal::parse("2019-06-07T08:09:10").unwrap().time_zone, None);
        assert_eq!(DateTimeOriginal::parse("yesterday"), None);
    }

    #[test]
    fn local_times_follow_the_zone() {
        let noon = Timestamp::parse("2024-07-01T12:00:00Z").unwrap();
        assert_eq!(local_time(noon, Some("Europe/Berlin")).to_iso(), "2024-07-01T14:00:00.000Z");
        assert_eq!(local_time(noon, Some("UTC-3:30")).to_iso(), "2024-07-01T08:30:00.000Z");
        assert_eq!(local_time(noon, Some("Nowhere/Else")), noon);
        assert_eq!(local_time(noon, None), noon);
    }

    #[test]
    fn a_place_gives_its_zone_where_the_file_names_none() {
        let taken = |zone: Option<&str>| Exif {
            date_time_original: Some(Timestamp(0)),
            time_zone: zone.map(str::to_owned),
            ..Exif::default()
        };
        let paris = (48.85, 2.35);
        assert_eq!(zone_of_place(&taken(None), paris).as_deref(), Some("Europe/Paris"));
        assert!(zone_of_place(&taken(Some("Asia/Tokyo")), paris).is_some(), "it was moved to Paris");
        assert_eq!(zone_of_place(&taken(Some("UTC+9")), paris), None, "its file says otherwise");
        assert_eq!(zone_of_place(&Exif::default(), paris), None, "nobody knows when it was taken");
        let mut set = taken(None);
        set.locked |= LockedField::TimeZone.bit();
        assert_eq!(zone_of_place(&set, paris), None, "somebody has set it");
    }

    #[test]
    fn an_offset_that_holds_at_the_place_gets_its_name() {
        let date = DateTimeOriginal::parse("2019-06-07T08:09:10.123+02:00").unwrap();
        let paris = Exif { latitude: Some(48.85), longitude: Some(2.35), ..Exif::default() };
        assert_eq!(named_zone(&paris, &date).as_deref(), Some("Europe/Paris"));
        assert_eq!(named_zone(&Exif::default(), &date), None);
        let winter = DateTimeOriginal::parse("2019-12-07T08:09:10.123+02:00").unwrap();
        assert_eq!(named_zone(&paris, &winter), None, "Paris is one hour ahead then, not two");
    }
}
