//! What things are called, for people who look at changes and conflicts.

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::Subject;
use crate::store::{Read, StoreError};

impl Library {
    /// What something is called, as in `beach.jpg in Summer`; its id where it is gone or has no name.
    pub fn title(&self, subject: Subject) -> Result<String, LibraryError> {
        self.read(|tx| Ok(title(tx, subject)?))
    }
}

fn title(tx: &dyn Read, subject: Subject) -> Result<String, StoreError> {
    let name = match subject {
        Subject::Asset(id) => tx.asset(id)?.map(|asset| asset.original_name),
        Subject::Album(id) => tx.album(id)?.map(|album| album.name),
        Subject::Person(id) => tx.person(id)?.map(|person| person.name),
        Subject::Tag(id) => tx.tag(id)?.map(|tag| tag.value),
        Subject::Stack(id) => match tx.stack(id)? {
            Some(stack) => tx.asset(stack.primary)?.map(|asset| asset.original_name),
            None => None,
        },
        Subject::AlbumAsset(album, asset) => {
            return Ok(format!("{} in {}", title(tx, Subject::Asset(asset))?, title(tx, Subject::Album(album))?));
        }
        Subject::AlbumUser(album, user) => {
            let user = tx.user(user)?.map_or_else(|| user.0.to_string(), |user| user.email);
            return Ok(format!("{user} in {}", title(tx, Subject::Album(album))?));
        }
        Subject::StackAsset(stack, asset) => {
            let front = title(tx, Subject::Stack(stack))?;
            return Ok(format!("{} behind {front}", title(tx, Subject::Asset(asset))?));
        }
        Subject::AssetTag(asset, tag) => {
            return Ok(format!("{} on {}", title(tx, Subject::Tag(tag))?, title(tx, Subject::Asset(asset))?));
        }
    };
    Ok(name.filter(|name| !name.is_empty()).unwrap_or_else(|| subject.id().to_string()))
}
