//! Copying what people gave to an asset onto another one: albums, stack, mark, and what they wrote about it.

use tintype_protocol::id::{AssetId, TagId};
use tintype_protocol::model::{AlbumRole, Visibility};
use tintype_protocol::permission::Permission;

use crate::assets::own_kept;
use crate::blobs::BlobError;
use crate::error::LibraryError;
use crate::fields;
use crate::library::Library;
use crate::model::{Asset, Exif, JobKind, LockedField};
use crate::recorder::Change;
use crate::sessions::Caller;
use crate::shared_links::is_presentable;
use crate::store::{Durability, NewJob, Read, Write};

/// What is copied.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct CopyExtent {
    pub albums: bool,
    pub favorite: bool,
    /// What people wrote about the asset, here or in a file beside it.
    pub sidecar: bool,
    pub stack: bool,
    /// The caller's links to single assets.
    pub shared_links: bool,
}

impl Library {
    /// Copies what people gave to `source` onto `target`; the pictures stay what they are.
    pub fn copy_asset(
        &self,
        caller: &Caller,
        source: AssetId,
        target: AssetId,
        extent: CopyExtent,
    ) -> Result<(), LibraryError> {
        if source == target {
            return Err(LibraryError::invalid("Source and target id must be distinct"));
        }
        let both = move |tx: &dyn Read, caller: &Caller| {
            let own = |id| own_kept(tx, caller, id, Permission::AssetCopy);
            Ok::<_, LibraryError>((own(source)?, own(target)?))
        };
        let (from, to) = self.read(|tx| both(tx, caller))?;
        let sidecar = if extent.sidecar { self.copy_sidecar(&from, &to)? } else { None };
        let (caller, reserved) = (caller.clone(), sidecar.clone());
        let copied = self.change(move |tx| {
            let (from, to) = both(tx.as_read(), &caller)?;
            let (before, mut changes) = (fields::of_whole_asset(tx.as_read(), target)?, Vec::new());
            // What is locked away is in no album.
            if extent.albums && to.visibility != Visibility::Locked {
                changes.extend(join_albums(tx, &caller, source, target)?);
            }
            if extent.shared_links && is_presentable(&to) {
                join_links(tx, &caller, source, target)?;
            }
            let tags = copy_rows(tx, &from, to, extent, sidecar)?;
            changes.extend(tags.into_iter().map(|tag| Change::AssetTagChanged(target, tag)));
            let was = fields::changed(before, &fields::of_whole_asset(tx.as_read(), target)?);
            changes.push(Change::AssetChanged(target, was));
            Ok(((), changes))
        });
        if copied.is_err()
            && let Some(key) = reserved
        {
            self.blobs.remove(&key)?;
            self.write(Durability::Relaxed, move |tx| Ok(tx.release_key(&key)?))?;
        }
        self.signal.ring();
        copied
    }

    /// Puts a copy of the sidecar beside the other original, under a reserved key.
    fn copy_sidecar(&self, from: &Asset, to: &Asset) -> Result<Option<String>, LibraryError> {
        let Some(sidecar) = &from.sidecar_path else { return Ok(None) };
        // Beside a file in place nothing is put.
        if to.sidecar_path.is_some() || to.is_in_place() {
            return Ok(None);
        }
        let bytes = self.blobs.open(sidecar)?.read_whole(sidecar)?;
        let mut copy = self.receive()?;
        copy.write(&bytes)?;
        let (mut copy, key) = (copy.finish()?, format!("{}.xmp", to.original_path));
        let reserved = key.clone();
        self.write(Durability::Full, move |tx| Ok(tx.reserve_key(&reserved)?))?;
        if let Err(error) = self.blobs.adopt(&mut copy, &key) {
            self.write(Durability::Relaxed, move |tx| Ok(tx.release_key(&key)?))?;
            // A file that is not ours lies there: it stays, and what the owner said here is copied all the same.
            return if matches!(error, BlobError::Occupied { .. }) { Ok(None) } else { Err(error.into()) };
        }
        Ok(Some(key))
    }
}

/// Albums of the source that the caller may put assets into.
fn join_albums(
    tx: &mut dyn Write,
    caller: &Caller,
    source: AssetId,
    target: AssetId,
) -> Result<Vec<Change>, LibraryError> {
    let mut changes = Vec::new();
    for album in tx.albums_with_asset(source)? {
        let may_add = matches!(tx.album_role(album, caller.user.id)?, Some(AlbumRole::Owner | AlbumRole::Editor));
        if may_add && tx.add_album_asset(album, target)? {
            changes.push(Change::AlbumAssetsAdded(album, vec![target]));
        }
    }
    Ok(changes)
}

/// Links of the caller that show the source.
fn join_links(tx: &mut dyn Write, caller: &Caller, source: AssetId, target: AssetId) -> Result<(), LibraryError> {
    for id in tx.links_with_asset(source)? {
        if tx.shared_link(id)?.is_some_and(|link| link.user_id == caller.user.id) {
            tx.add_link_asset(id, target)?;
        }
    }
    Ok(())
}

/// Answers which tags are new.
fn copy_rows(
    tx: &mut dyn Write,
    from: &Asset,
    mut to: Asset,
    extent: CopyExtent,
    sidecar: Option<String>,
) -> Result<Vec<TagId>, LibraryError> {
    let mut tags = Vec::new();
    if extent.favorite {
        to.is_favorite = from.is_favorite;
    }
    if extent.stack && to.stack_id.is_none() {
        to.stack_id = from.stack_id;
    }
    if extent.sidecar {
        if let (Some(said), Some(mut known)) = (tx.exif(from.id)?, tx.exif(to.id)?) {
            copy_said(&said, &mut known);
            if said.is_locked(LockedField::DateTimeOriginal) || said.is_locked(LockedField::TimeZone) {
                (to.file_created_at, to.local_date_time) = (from.file_created_at, from.local_date_time);
            }
            tx.update_exif(to.id, &known)?;
        }
        for tag in tx.tags_of(from.id)? {
            if tx.add_asset_tag(to.id, tag.id)? {
                tags.push(tag.id);
            }
        }
        if let Some(key) = sidecar {
            tx.release_key(&key)?;
            to.sidecar_path = Some(key);
            tx.enqueue(NewJob { kind: JobKind::Metadata, asset_id: to.id, not_before: None })?;
        }
    }
    tx.update_asset(&to)?;
    Ok(tags)
}

/// Copies what a person said; what the file says stays.
fn copy_said(said: &Exif, known: &mut Exif) {
    let is_said = |field| said.is_locked(field);
    if is_said(LockedField::Description) {
        known.description.clone_from(&said.description);
    }
    if is_said(LockedField::Rating) {
        known.rating = said.rating;
    }
    if is_said(LockedField::Position) {
        (known.latitude, known.longitude) = (said.latitude, said.longitude);
        (known.city, known.state, known.country) = (said.city.clone(), said.state.clone(), said.country.clone());
    }
    if is_said(LockedField::DateTimeOriginal) {
        known.date_time_original = said.date_time_original;
    }
    if is_said(LockedField::TimeZone) {
        known.time_zone.clone_from(&said.time_zone);
    }
    known.locked |= said.locked;
}
