//! What is asked of a server for a row of the outbox, and what it answers.

use serde_json::Value;
use tintype_library::model::{Asset, ExternalKind};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::dto::edit::AssetEdit;
use uuid::Uuid;

/// One request, or two that belong together; all ids are the server's. Each may be repeated without harm.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub(crate) enum Step {
    Upload {
        asset: Box<Asset>,
        motion: Option<Uuid>,
    },
    UpdateAsset(Uuid, Value),
    TrashAsset(Uuid),
    RestoreAsset(Uuid),
    DeleteAsset(Uuid),
    /// What was uploaded, perhaps, and whose name nobody has kept.
    DeleteContent(Sha1),
    SetEdits(Uuid, Vec<AssetEdit>),
    /// The mark is what it is found by if the answer is lost.
    CreateAlbum {
        name: String,
        mark: String,
    },
    UpdateAlbum(Uuid, Value),
    DeleteAlbum(Uuid),
    DeleteMarkedAlbum(String),
    AddToAlbum {
        album: Uuid,
        asset: Uuid,
    },
    RemoveFromAlbum {
        album: Uuid,
        asset: Uuid,
    },
    AddAlbumUser {
        album: Uuid,
        user: Uuid,
        role: &'static str,
    },
    SetAlbumRole {
        album: Uuid,
        user: Uuid,
        role: &'static str,
    },
    RemoveAlbumUser {
        album: Uuid,
        user: Uuid,
    },
    CreateStack(Vec<Uuid>),
    TurnStack {
        stack: Uuid,
        primary: Uuid,
    },
    LeaveStack {
        stack: Uuid,
        asset: Uuid,
    },
    DeleteStack(Uuid),
    UpdatePerson(Uuid, Value),
    DeletePerson(Uuid),
    MergePerson {
        into: Uuid,
        other: Uuid,
    },
    Tag {
        path: String,
        asset: Uuid,
    },
    Untag {
        path: String,
        asset: Uuid,
    },
    DeleteTag(String),
}

/// What to do about a row now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plan {
    /// Ask for this. The value is what the server has then.
    Send(Step, Option<String>),
    /// Something that it hangs on has to be sent first.
    Wait,
    /// There is nothing to do any more.
    Moot,
}

/// A server's yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It is so.
    Done,
    /// It is so, and this is what it is called there.
    Named(ExternalKind, Uuid),
}

impl Step {
    /// What a refusal may mean that the server does not have any more: the kind, and what it is called there.
    pub(crate) fn about(&self) -> Option<(ExternalKind, Uuid)> {
        match *self {
            Self::UpdateAsset(id, _)
            | Self::TrashAsset(id)
            | Self::RestoreAsset(id)
            | Self::DeleteAsset(id)
            | Self::SetEdits(id, _) => Some((ExternalKind::Asset, id)),
            Self::Tag { asset, .. } | Self::Untag { asset, .. } => Some((ExternalKind::Asset, asset)),
            Self::UpdateAlbum(id, _) => Some((ExternalKind::Album, id)),
            Self::AddToAlbum { album, .. }
            | Self::RemoveFromAlbum { album, .. }
            | Self::AddAlbumUser { album, .. }
            | Self::SetAlbumRole { album, .. }
            | Self::RemoveAlbumUser { album, .. } => Some((ExternalKind::Album, album)),
            Self::TurnStack { stack, .. } | Self::LeaveStack { stack, .. } => Some((ExternalKind::Stack, stack)),
            Self::UpdatePerson(id, _) | Self::MergePerson { into: id, .. } => Some((ExternalKind::Person, id)),
            _ => None,
        }
    }

    /// Whether a server that has no such thing has what is wanted already.
    pub(crate) fn is_removal(&self) -> bool {
        matches!(
            self,
            Self::DeleteAsset(_)
                | Self::DeleteAlbum(_)
                | Self::DeleteStack(_)
                | Self::DeletePerson(_)
                | Self::DeleteTag(_)
                | Self::LeaveStack { .. }
                | Self::RemoveAlbumUser { .. }
        )
    }
}
