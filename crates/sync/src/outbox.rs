//! What users do on a node with an upstream is written down, in the transaction that does it.
//!
//! A row says which field of what is not on the upstream yet, and what the upstream has there as far as is known; what
//! to send is read when it is sent. So there is one row per unit of failure, and what was taken back in time is never
//! sent.

use tintype_library::fields::{current, locked, membership};
use tintype_library::model::{ExternalKind, Field, FieldValue, Subject, Upstream};
use tintype_library::outbox::is_known;
use tintype_library::recorder::{Change, Recorder, StackChange};
use tintype_library::store::{StoreError, Write};
use tintype_protocol::id::{AlbumId, AssetId, PersonId, StackId, TagId, UserId};
use tintype_protocol::model::{AlbumRole, AssetStatus};
use uuid::Uuid;

type Result<T> = std::result::Result<T, StoreError>;

/// See the module's description.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outbox;

impl Recorder for Outbox {
    fn record(&self, tx: &mut dyn Write, change: &Change) -> Result<()> {
        match change {
            Change::AssetAdded(id) => asset_added(tx, *id),
            Change::AssetChanged(id, was) => asset_changed(tx, *id, was),
            Change::AssetTagChanged(asset, tag) => tag_changed(tx, *asset, *tag),
            Change::EditsChanged(id) => edits_changed(tx, *id),
            Change::AssetsTrashed(ids) => ids.iter().try_for_each(|id| life_changed(tx, *id, AssetStatus::Active)),
            Change::AssetsRestored(ids) => ids.iter().try_for_each(|id| life_changed(tx, *id, AssetStatus::Trashed)),
            Change::AssetsDeleted(ids) => ids.iter().try_for_each(|id| asset_deleted(tx, *id)),
            Change::AlbumCreated(id) => album_created(tx, *id),
            Change::AlbumOffered(id) => album_offered(tx, *id),
            Change::AlbumChanged(id, was) => album_changed(tx, *id, was),
            Change::AlbumUserChanged(album, user, before) => album_user_changed(tx, *album, *user, *before),
            Change::AlbumDeleted(id, owner) => gone(tx, *owner, ExternalKind::Album, Subject::Album(*id), None),
            Change::AlbumAssetsAdded(album, assets) => {
                assets.iter().try_for_each(|asset| member_changed(tx, *album, *asset, true))
            }
            Change::AlbumAssetsRemoved(album, assets) => {
                assets.iter().try_for_each(|asset| member_changed(tx, *album, *asset, false))
            }
            Change::StacksChanged(owner, changes) => {
                changes.iter().try_for_each(|change| stack_changed(tx, *owner, *change))
            }
            Change::TagDeleted(id, owner, path) => tag_deleted(tx, *id, *owner, path),
            Change::PersonChanged(id, was) => person_changed(tx, *id, was),
            Change::PersonDeleted(id, owner) => gone(tx, *owner, ExternalKind::Person, Subject::Person(*id), None),
            Change::PersonMerged(id, owner, into) => person_merged(tx, *id, *owner, *into),
            // These stay on the node: see docs/sync-engine.md.
            Change::TagsChanged(_)
            | Change::FacesChanged(_)
            | Change::MemoryChanged(_)
            | Change::MemoryDeleted(_)
            | Change::UserChanged(_)
            | Change::UserRemoved(_) => Ok(()),
        }
    }
}

/// Fields of something that the upstream has, or will have.
fn put_all(tx: &mut dyn Write, upstream: &Upstream, subject: Subject, was: &[FieldValue]) -> Result<()> {
    for FieldValue { field, value } in was {
        let now_is = current(tx.as_read(), subject, *field)?;
        tx.put_outbox(upstream.id, subject, *field, Some(value), now_is.as_deref(), None)?;
    }
    Ok(())
}

fn drop_all(tx: &mut dyn Write, upstream: &Upstream, subject: Subject) -> Result<()> {
    for row in tx.pending(upstream.id, subject.kind(), subject.id())? {
        tx.drop_outbox(row.id)?;
    }
    Ok(())
}

/// The upstream of an asset's owner, if the asset is there or will be.
fn upstream_of_asset(tx: &dyn Write, id: AssetId) -> Result<Option<Upstream>> {
    let Some(asset) = tx.asset(id)? else { return Ok(None) };
    let Some(upstream) = tx.upstream_of(asset.owner_id)? else { return Ok(None) };
    let is_there = is_known(tx.as_read(), &upstream, ExternalKind::Asset, Subject::Asset(id))?;
    Ok(is_there.then_some(upstream))
}

/// Whether an upstream has something, will have it, or may show it again: its name there was lost, as the server was an older
/// copy of itself. What is done here meanwhile waits until then, with what it was, so that it holds or is told as a conflict.
fn is_known_or_lost(tx: &dyn Write, upstream: &Upstream, kind: ExternalKind, subject: Subject) -> Result<bool> {
    let is_known = is_known(tx.as_read(), upstream, kind, subject)?;
    Ok(is_known || tx.has_lost_name(upstream.server_id, kind, subject.id())?)
}

/// The upstream of an asset's owner, if the asset is there, will be, or may be shown again.
fn upstream_of_asset_or_lost(tx: &dyn Write, id: AssetId) -> Result<Option<Upstream>> {
    let Some(asset) = tx.asset(id)? else { return Ok(None) };
    let Some(upstream) = tx.upstream_of(asset.owner_id)? else { return Ok(None) };
    let is_there = is_known_or_lost(tx, &upstream, ExternalKind::Asset, Subject::Asset(id))?;
    Ok(is_there.then_some(upstream))
}

/// It is to go up, with what people said about it here: an import is new, and other assets may lie here for long. What is
/// known of the file only the server finds out by itself.
fn asset_added(tx: &mut dyn Write, id: AssetId) -> Result<()> {
    let Some(asset) = tx.asset(id)? else { return Ok(()) };
    let Some(upstream) = tx.upstream_of(asset.owner_id)? else { return Ok(()) };
    let exif = tx.exif(id)?;
    let edits = asset.is_edited.then_some(Field::Edits);
    for field in [Field::Existence].into_iter().chain(edits).chain(exif.iter().flat_map(locked)) {
        tx.put_outbox(upstream.id, Subject::Asset(id), field, None, None, None)?;
    }
    links_added(tx, &upstream, id)
}

/// Where an asset is that goes up: its albums, and its tags. It was there before: who does not want it sent after all
/// keeps it there, so there is nothing that it would become again.
fn links_added(tx: &mut dyn Write, upstream: &Upstream, id: AssetId) -> Result<()> {
    let albums = tx.albums_with_asset(id)?.into_iter().map(|album| Subject::AlbumAsset(album, id));
    let tags = tx.tags_of(id)?.into_iter().map(|tag| Subject::AssetTag(id, tag.id));
    for subject in albums.chain(tags).collect::<Vec<_>>() {
        if let Subject::AlbumAsset(album, _) = subject
            && upstream_of_album(tx, album)?.is_none_or(|of_album| of_album.server_id != upstream.server_id)
        {
            continue;
        }
        tx.put_outbox(upstream.id, subject, Field::Membership, None, None, None)?;
    }
    Ok(())
}

fn asset_changed(tx: &mut dyn Write, id: AssetId, was: &[FieldValue]) -> Result<()> {
    match upstream_of_asset_or_lost(tx, id)? {
        Some(upstream) if !was.is_empty() => put_all(tx, &upstream, Subject::Asset(id), was),
        _ => Ok(()),
    }
}

fn edits_changed(tx: &mut dyn Write, id: AssetId) -> Result<()> {
    match upstream_of_asset_or_lost(tx, id)? {
        Some(upstream) => tx.put_outbox(upstream.id, Subject::Asset(id), Field::Edits, None, None, None),
        None => Ok(()),
    }
}

/// Into the trash, or out of it. What comes out and is nowhere else goes up again: somebody wants it.
fn life_changed(tx: &mut dyn Write, id: AssetId, before: AssetStatus) -> Result<()> {
    if let Some(upstream) = upstream_of_asset(tx, id)? {
        let was = FieldValue { field: Field::Life, value: format!("\"{}\"", before.as_str()) };
        return put_all(tx, &upstream, Subject::Asset(id), &[was]);
    }
    if before == AssetStatus::Trashed && !tx.is_remote(id)? { asset_added(tx, id) } else { Ok(()) }
}

fn asset_deleted(tx: &mut dyn Write, id: AssetId) -> Result<()> {
    let Some(asset) = tx.asset(id)? else { return Ok(()) };
    gone(tx, asset.owner_id, ExternalKind::Asset, Subject::Asset(id), Some(&asset.checksum.to_hex()))
}

/// Something was deleted for good: what waits to be said about it is pointless, and it was never there if its creation
/// was not sent. `detail` is what it is found by if it may be there under a name that nobody has kept.
fn gone(tx: &mut dyn Write, owner: UserId, kind: ExternalKind, subject: Subject, detail: Option<&str>) -> Result<()> {
    let Some(upstream) = tx.upstream_of(owner)? else { return Ok(()) };
    let rows = tx.pending(upstream.id, subject.kind(), subject.id())?;
    let creation = rows.iter().find(|row| row.field == Field::Existence).map(|row| row.is_sent);
    let has_name = tx.external_id(upstream.server_id, kind, subject.id())?.is_some();
    // What becomes of an asset is known by its content when it is shown again.
    let is_lost = kind == ExternalKind::Album && tx.has_lost_name(upstream.server_id, kind, subject.id())?;
    drop_all(tx, &upstream, subject)?;
    if has_name || is_lost || creation == Some(true) {
        tx.put_outbox(upstream.id, subject, Field::Life, None, None, detail)?;
    }
    Ok(())
}

fn album_created(tx: &mut dyn Write, id: AlbumId) -> Result<()> {
    let Some(album) = tx.album(id)? else { return Ok(()) };
    match tx.upstream_of(album.owner_id)? {
        Some(upstream) => tx.put_outbox(upstream.id, Subject::Album(id), Field::Existence, None, None, None),
        None => Ok(()),
    }
}

/// An old album goes up, and here it stays what it is whatever becomes of its rows. What else it is not given when it is
/// made follows then; its cover would be chance.
fn album_offered(tx: &mut dyn Write, id: AlbumId) -> Result<()> {
    album_created(tx, id)?;
    let Some(album) = tx.album(id)? else { return Ok(()) };
    let Some(upstream) = upstream_of_album(tx, id)? else { return Ok(()) };
    if album.thumbnail_asset_id.is_some() {
        tx.put_outbox(upstream.id, Subject::Album(id), Field::Cover, None, None, None)?;
    }
    for user in tx.album_users(id)?.into_iter().filter(|user| user.role != AlbumRole::Owner) {
        let subject = Subject::AlbumUser(id, user.user_id);
        tx.put_outbox(upstream.id, subject, Field::Membership, None, None, None)?;
    }
    for asset in tx.album_assets(&album)?.into_iter().map(|asset| asset.id) {
        if let Some(upstream) = upstream_of_member(tx, id, asset, true)? {
            tx.put_outbox(upstream.id, Subject::AlbumAsset(id, asset), Field::Membership, None, None, None)?;
        }
    }
    Ok(())
}

/// Who can change an album on the upstream: its owner, or an editor who follows the server that has it.
fn upstream_of_album(tx: &dyn Write, id: AlbumId) -> Result<Option<Upstream>> {
    let mut users = tx.album_users(id)?;
    users.retain(|user| matches!(user.role, AlbumRole::Owner | AlbumRole::Editor));
    users.sort_by_key(|user| user.role != AlbumRole::Owner);
    for user in users {
        if let Some(upstream) = tx.upstream_of(user.user_id)?
            && is_known_or_lost(tx, &upstream, ExternalKind::Album, Subject::Album(id))?
        {
            return Ok(Some(upstream));
        }
    }
    Ok(None)
}

fn album_changed(tx: &mut dyn Write, id: AlbumId, was: &[FieldValue]) -> Result<()> {
    match upstream_of_album(tx, id)? {
        Some(upstream) if !was.is_empty() => put_all(tx, &upstream, Subject::Album(id), was),
        _ => Ok(()),
    }
}

fn album_user_changed(tx: &mut dyn Write, album: AlbumId, user: UserId, before: Option<AlbumRole>) -> Result<()> {
    let Some(upstream) = upstream_of_album(tx, album)? else { return Ok(()) };
    let was = membership(before.map(AlbumRole::as_str));
    put_all(tx, &upstream, Subject::AlbumUser(album, user), &[FieldValue { field: Field::Membership, value: was }])
}

/// Who changes on the upstream whether an asset is in an album: assets are put there by whoever owns them, if they take
/// part in it and follow the same server; all else is done by whoever can change the album.
fn upstream_of_member(tx: &dyn Write, album: AlbumId, asset: AssetId, is_added: bool) -> Result<Option<Upstream>> {
    let Some(of_album) = upstream_of_album(tx, album)? else { return Ok(None) };
    let Some(owner) = tx.asset(asset)?.map(|asset| asset.owner_id) else { return Ok(None) };
    let of_owner = tx.upstream_of(owner)?.filter(|own| own.server_id == of_album.server_id);
    let may_edit = matches!(tx.album_role(album, owner)?, Some(AlbumRole::Owner | AlbumRole::Editor));
    let knows_asset = of_owner.as_ref().unwrap_or(&of_album);
    if !is_known_or_lost(tx, knows_asset, ExternalKind::Asset, Subject::Asset(asset))? {
        return Ok(None);
    }
    Ok(Some(of_owner.filter(|_| may_edit && is_added).unwrap_or(of_album)))
}

fn member_changed(tx: &mut dyn Write, album: AlbumId, asset: AssetId, is_added: bool) -> Result<()> {
    let Some(upstream) = upstream_of_member(tx, album, asset, is_added)? else { return Ok(()) };
    let was = FieldValue { field: Field::Membership, value: membership((!is_added).then_some("member")) };
    put_all(tx, &upstream, Subject::AlbumAsset(album, asset), &[was])
}

fn stack_changed(tx: &mut dyn Write, owner: UserId, change: StackChange) -> Result<()> {
    let Some(upstream) = tx.upstream_of(owner)? else { return Ok(()) };
    let is_there =
        |tx: &dyn Write, id: StackId| is_known(tx.as_read(), &upstream, ExternalKind::Stack, Subject::Stack(id));
    match change {
        StackChange::Made(id) => tx.put_outbox(upstream.id, Subject::Stack(id), Field::Existence, None, None, None),
        StackChange::Turned(id, before) if is_there(tx, id)? => {
            let was = FieldValue { field: Field::Front, value: format!("\"{before}\"") };
            put_all(tx, &upstream, Subject::Stack(id), &[was])
        }
        StackChange::Left(id, asset) if is_there(tx, id)? => {
            let was = FieldValue { field: Field::Membership, value: membership(Some("member")) };
            put_all(tx, &upstream, Subject::StackAsset(id, asset), &[was])
        }
        StackChange::Dissolved(id) => gone(tx, owner, ExternalKind::Stack, Subject::Stack(id), None),
        StackChange::Turned(..) | StackChange::Left(..) => Ok(()),
    }
}

fn tag_changed(tx: &mut dyn Write, asset: AssetId, tag: TagId) -> Result<()> {
    let Some(upstream) = upstream_of_asset(tx, asset)? else { return Ok(()) };
    let subject = Subject::AssetTag(asset, tag);
    let now = current(tx.as_read(), subject, Field::Membership)?;
    let (none, member) = (membership(None), membership(Some("member")));
    let was = if now.as_deref() == Some(none.as_str()) { member } else { none };
    put_all(tx, &upstream, subject, &[FieldValue { field: Field::Membership, value: was }])
}

/// Tags are not in the stream, so whether the upstream has one is found out when it is asked to delete it.
fn tag_deleted(tx: &mut dyn Write, id: TagId, owner: UserId, path: &str) -> Result<()> {
    let Some(upstream) = tx.upstream_of(owner)? else { return Ok(()) };
    tx.put_outbox(upstream.id, Subject::Tag(id), Field::Life, None, None, Some(path))
}

fn upstream_of_person(tx: &dyn Write, id: PersonId) -> Result<Option<Upstream>> {
    let Some(person) = tx.person(id)? else { return Ok(None) };
    let Some(upstream) = tx.upstream_of(person.owner_id)? else { return Ok(None) };
    let is_there = name_of(tx, &upstream, id)?.is_some();
    Ok(is_there.then_some(upstream))
}

fn name_of(tx: &dyn Write, upstream: &Upstream, id: PersonId) -> Result<Option<Uuid>> {
    tx.external_id(upstream.server_id, ExternalKind::Person, id.0)
}

fn person_changed(tx: &mut dyn Write, id: PersonId, was: &[FieldValue]) -> Result<()> {
    match upstream_of_person(tx, id)? {
        Some(upstream) if !was.is_empty() => put_all(tx, &upstream, Subject::Person(id), was),
        _ => Ok(()),
    }
}

fn person_merged(tx: &mut dyn Write, id: PersonId, owner: UserId, into: PersonId) -> Result<()> {
    let Some(upstream) = tx.upstream_of(owner)? else { return Ok(()) };
    drop_all(tx, &upstream, Subject::Person(id))?;
    match (name_of(tx, &upstream, id)?, name_of(tx, &upstream, into)?) {
        (Some(_), Some(_)) => {
            let into = into.to_string();
            tx.put_outbox(upstream.id, Subject::Person(id), Field::Merge, None, None, Some(&into))
        }
        // The one that stays is known here only: there, the other one keeps its faces.
        _ => Ok(()),
    }
}
