//! Where thumbnails, previews, pictures of people and transcoded videos are kept: under keys that follow from the asset.

use tintype_protocol::id::{AssetId, FaceId, PersonId, UserId};

/// A picture made from an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rendition {
    /// WebP, short side 250.
    Thumbnail,
    /// JPEG, short side 1440.
    Preview,
    /// As [`Self::Thumbnail`], of the edited picture.
    EditedThumbnail,
    /// As [`Self::Preview`], of the edited picture.
    EditedPreview,
    /// The edited picture in full size, JPEG.
    EditedFullSize,
}

impl Rendition {
    /// Every rendition.
    pub const ALL: [Self; 5] =
        [Self::Thumbnail, Self::Preview, Self::EditedThumbnail, Self::EditedPreview, Self::EditedFullSize];
    /// Those of an edited picture.
    pub const EDITED: [Self; 3] = [Self::EditedThumbnail, Self::EditedPreview, Self::EditedFullSize];

    /// The one of the edited picture.
    pub fn edited(self) -> Self {
        match self {
            Self::Thumbnail => Self::EditedThumbnail,
            Self::Preview => Self::EditedPreview,
            edited => edited,
        }
    }

    /// How it is called in names of files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Preview => "preview",
            Self::EditedThumbnail => "thumbnail_edited",
            Self::EditedPreview => "preview_edited",
            Self::EditedFullSize => "fullsize_edited",
        }
    }

    /// Extension of its file.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Thumbnail | Self::EditedThumbnail => "webp",
            Self::Preview | Self::EditedPreview | Self::EditedFullSize => "jpeg",
        }
    }

    /// What its bytes are.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Thumbnail | Self::EditedThumbnail => "image/webp",
            Self::Preview | Self::EditedPreview | Self::EditedFullSize => "image/jpeg",
        }
    }

    /// The key of the bytes.
    pub fn key(self, owner: UserId, asset: AssetId) -> String {
        format!("thumbs/{}_{}.{}", spread(owner, asset.0), self.name(), self.extension())
    }
}

/// The key of the MP4 that every browser plays.
pub fn video_key(owner: UserId, asset: AssetId) -> String {
    format!("encoded-video/{}.mp4", spread(owner, asset.0))
}

/// The key of the picture of a person that shows this face.
pub fn portrait_key(owner: UserId, person: PersonId, face: FaceId) -> String {
    format!("thumbs/{}_{face}.jpeg", spread(owner, person.0))
}

/// `<owner>/<aa>/<bb>/<id>`: two levels of folders, so that none grows too large.
fn spread(owner: UserId, id: uuid::Uuid) -> String {
    let [first, second, ..] = *id.as_bytes();
    format!("{owner}/{first:02x}/{second:02x}/{id}")
}
