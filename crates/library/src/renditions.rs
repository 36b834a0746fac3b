//! Where thumbnails, previews, pictures of people and transcoded videos are kept: under keys that follow from the asset.

use tintype_protocol::id::{AssetId, FaceId, PersonId, UserId};

/// A picture made from an original.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendition {
    /// WebP, short side 250.
    Thumbnail,
    /// JPEG, short side 1440.
    Preview,
}

impl Rendition {
    /// How it is called in names of files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Thumbnail => "thumbnail",
            Self::Preview => "preview",
        }
    }

    /// Extension of its file.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Thumbnail => "webp",
            Self::Preview => "jpeg",
        }
    }

    /// What its bytes are.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Thumbnail => "image/webp",
            Self::Preview => "image/jpeg",
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
