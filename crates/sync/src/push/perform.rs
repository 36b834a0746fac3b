//! Asking the server.

use tintype_client::{Client, ClientError, Outcome, Refusal, Upload};
use tintype_library::blobs::BlobError;
use tintype_library::model::{Asset, ExternalKind};
use tintype_library::{Library, LibraryError};
use uuid::Uuid;

use super::step::{Reply, Step};

/// Why a step was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StepError {
    /// The server, or the way to it.
    #[error(transparent)]
    Upstream(#[from] ClientError),
    /// The library cannot give what is to be sent.
    #[error("its original cannot be read")]
    Unreadable(#[source] LibraryError),
    /// What is to be sent along cannot be read.
    #[error("its sidecar cannot be read")]
    Sidecar(#[from] BlobError),
    /// The server is still removing what it had of this content.
    #[error("the server is still removing an earlier copy of it")]
    Leaving,
    /// The library failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// Does a step.
pub(crate) fn perform(library: &Library, client: &Client, step: &Step) -> Result<Reply, StepError> {
    match step {
        Step::Upload { asset, motion } => return upload(library, client, asset, *motion),
        Step::UpdateAsset(id, fields) => client.update_asset(*id, fields)?,
        Step::TrashAsset(id) => client.delete_asset(*id, false)?,
        Step::RestoreAsset(id) => client.restore_asset(*id)?,
        Step::DeleteAsset(id) => client.delete_asset(*id, true)?,
        Step::DeleteContent(checksum) => {
            if let Some(id) = client.known_content(checksum)?.and_then(|known| known.asset_id) {
                client.delete_asset(id, true)?;
            }
        }
        Step::SetEdits(id, edits) => client.set_edits(*id, edits)?,
        Step::CreateAlbum { name, mark } => return create_album(client, name, mark),
        Step::UpdateAlbum(id, fields) => client.update_album(*id, fields)?,
        Step::DeleteAlbum(id) => client.delete_album(*id)?,
        Step::DeleteMarkedAlbum(mark) => {
            if let Some(id) = marked_album(client, mark)? {
                client.delete_album(id)?;
            }
        }
        Step::AddToAlbum { album, asset } => each(&client.add_album_assets(*album, &[*asset])?, "duplicate")?,
        Step::RemoveFromAlbum { album, asset } => each(&client.remove_album_assets(*album, &[*asset])?, "not_found")?,
        Step::AddAlbumUser { album, user, role } => add_album_user(client, *album, *user, role)?,
        Step::SetAlbumRole { album, user, role } => client.set_album_role(*album, *user, role)?,
        Step::RemoveAlbumUser { album, user } => client.remove_album_user(*album, *user)?,
        Step::CreateStack(assets) => return Ok(Reply::Named(ExternalKind::Stack, client.create_stack(assets)?)),
        Step::TurnStack { stack, primary } => client.turn_stack(*stack, *primary)?,
        Step::LeaveStack { stack, asset } => client.remove_from_stack(*stack, *asset)?,
        Step::DeleteStack(id) => client.delete_stack(*id)?,
        Step::UpdatePerson(id, fields) => client.update_person(*id, fields)?,
        Step::DeletePerson(id) => client.delete_person(*id)?,
        Step::MergePerson { into, other } => merge(client, *into, *other)?,
        Step::Tag { path, asset } => {
            if let Some(tag) = client.upsert_tag(path)? {
                each(&client.tag_assets(tag, &[*asset])?, "duplicate")?;
            }
        }
        Step::Untag { path, asset } => {
            if let Some(tag) = find_tag(client, path)? {
                each(&client.untag_assets(tag, &[*asset])?, "not_found")?;
            }
        }
        Step::DeleteTag(path) => {
            if let Some(tag) = find_tag(client, path)? {
                client.delete_tag(tag)?;
            }
        }
    }
    Ok(Reply::Done)
}

fn upload(library: &Library, client: &Client, asset: &Asset, motion: Option<Uuid>) -> Result<Reply, StepError> {
    // What was made from the original with loss goes as what it is; the ledger knows what it stands for.
    let original = library.open_original(asset).map_err(unreadable)?;
    let sidecar = match &asset.sidecar_path {
        Some(key) => Some(library.blobs().open(key)?.read_whole(key)?),
        None => None,
    };
    let content = original.sha1;
    let uploaded = client.upload(Upload {
        name: original.name,
        checksum: original.sha1,
        device_asset_id: if asset.device_asset_id.is_empty() {
            asset.id.to_string()
        } else {
            asset.device_asset_id.clone()
        },
        device_id: if asset.device_id.is_empty() { "tintype".to_owned() } else { asset.device_id.clone() },
        created_at: asset.file_created_at,
        modified_at: asset.file_modified_at,
        is_favorite: asset.is_favorite,
        visibility: asset.visibility,
        live_photo_video_id: motion,
        sidecar,
        length: original.blob.size_bytes,
        source: Box::new(original.blob.reader),
    })?;
    // Somebody put it into the trash there, and somebody added it here since: it is wanted.
    let is_trashed = || Ok::<_, ClientError>(client.known_content(&content)?.is_some_and(|known| known.is_trashed));
    if uploaded.is_duplicate() && is_trashed()? {
        client.restore_asset(uploaded.id)?;
        // A server may take what it is about to remove for a duplicate, and nothing brings that back.
        if is_trashed()? {
            return Err(StepError::Leaving);
        }
    }
    Ok(Reply::Named(ExternalKind::Asset, uploaded.id))
}

/// A file that is missing or damaged is the affair of the row that is about it; what is wrong with the whole library is not.
fn unreadable(error: LibraryError) -> StepError {
    match error {
        LibraryError::Blob(BlobError::Full { .. }) | LibraryError::Store(_) => StepError::Library(error),
        _ => StepError::Unreadable(error),
    }
}

/// The answer to an earlier attempt may have been lost: the mark tells whether the album was made.
fn create_album(client: &Client, name: &str, mark: &str) -> Result<Reply, StepError> {
    let id = match marked_album(client, mark)? {
        Some(id) => id,
        None => client.create_album(name, mark)?,
    };
    Ok(Reply::Named(ExternalKind::Album, id))
}

fn marked_album(client: &Client, mark: &str) -> Result<Option<Uuid>, ClientError> {
    let albums = client.albums()?;
    Ok(albums.into_iter().find(|album| album.description.as_deref() == Some(mark)).map(|album| album.id))
}

/// Whoever takes part already, as after a lost answer, gets the role.
fn add_album_user(client: &Client, album: Uuid, user: Uuid, role: &str) -> Result<(), ClientError> {
    match client.add_album_user(album, user, role) {
        Err(ClientError::Refused { refusal: Refusal::Other { status: 400, .. }, .. }) => {
            client.set_album_role(album, user, role)
        }
        other => other,
    }
}

/// Merging somebody who is gone already, as after a lost answer, is refused.
fn merge(client: &Client, into: Uuid, other: Uuid) -> Result<(), StepError> {
    let outcomes = client.merge_person(into, other)?;
    if outcomes.iter().all(|outcome| outcome.success) || !client.has_person(other)? {
        return Ok(());
    }
    Ok(each(&outcomes, "")?)
}

fn find_tag(client: &Client, path: &str) -> Result<Option<Uuid>, ClientError> {
    Ok(client.tags()?.into_iter().find(|tag| tag.value == path).map(|tag| tag.id))
}

/// The outcomes of a request about several, where one reason means that it was so already.
fn each(outcomes: &[Outcome], is_so: &str) -> Result<(), ClientError> {
    let failed = outcomes.iter().find(|outcome| !outcome.success && outcome.error.as_deref() != Some(is_so));
    let Some(failed) = failed else { return Ok(()) };
    let message = failed.error.clone().unwrap_or_else(|| "unknown".to_owned());
    Err(ClientError::Refused { refusal: Refusal::Other { status: 400, message }, retry_after: None })
}
