//! People and their faces.

use tintype_protocol::id::{AssetId, FaceId, PersonId, UserId};
use tintype_protocol::model::FaceSource;
use tintype_protocol::time::Timestamp;

/// Somebody on the assets of one owner.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Person {
    pub id: PersonId,
    pub owner_id: UserId,
    /// Empty: not named yet.
    pub name: String,
    /// A calendar day, as its midnight in UTC.
    pub birth_date: Option<Timestamp>,
    pub is_hidden: bool,
    pub is_favorite: bool,
    /// `#` and hexadecimal digits.
    pub color: Option<String>,
    /// The face that stands for them in lists.
    pub feature_face: Option<FaceId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Person {
    /// A person of whom no more than a name is known.
    pub fn new(id: PersonId, owner_id: UserId, name: String, now: Timestamp) -> Self {
        Self {
            id,
            owner_id,
            name,
            birth_date: None,
            is_hidden: false,
            is_favorite: false,
            color: None,
            feature_face: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// A box around a face, in pixels from the top left of an image of a given size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct FaceBox {
    pub image_width: i32,
    pub image_height: i32,
    pub x1: i32,
    pub y1: i32,
    pub x2: i32,
    pub y2: i32,
}

/// A face on an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Face {
    pub id: FaceId,
    pub asset_id: AssetId,
    /// Owner of the asset.
    pub owner_id: UserId,
    pub person_id: Option<PersonId>,
    pub area: FaceBox,
    pub source: FaceSource,
    /// Whether it lies inside what edits leave of the picture.
    pub is_visible: bool,
    /// When somebody said that it is none.
    pub deleted_at: Option<Timestamp>,
}

impl Face {
    /// Whether it is shown.
    pub fn is_shown(&self) -> bool {
        self.is_visible && self.deleted_at.is_none()
    }
}

/// Which people a list shows.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub struct PeopleFilter {
    pub with_hidden: bool,
    /// People without a name are shown from this number of assets on.
    pub min_faces: u32,
}

/// How many people have a face in the timeline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PeopleCounts {
    /// All of them.
    pub total: u64,
    /// Those that are hidden.
    pub hidden: u64,
}
