//! What things are called, and what they look like, for people who look at changes and conflicts.

use serde_json::Value;
use tintype_protocol::id::{AssetId, PersonId};
use uuid::Uuid;

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{ExternalKind, Quarantined, Subject, Upstream};
use crate::store::{Read, StoreError};

/// How something shows itself to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appearance {
    /// As [`Library::title`] says it.
    pub title: String,
    /// Whose picture stands for it, where there is one.
    pub picture: Option<Picture>,
}

/// Whose picture stands for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Picture {
    Asset(AssetId),
    Person(PersonId),
}

impl Library {
    /// What something is called, as in `beach.jpg in Summer`; its id where it is gone or has no name.
    pub fn title(&self, subject: Subject) -> Result<String, LibraryError> {
        self.read(|tx| Ok(title(tx, subject)?))
    }

    /// How these show themselves, in the same order.
    pub fn appearances(&self, subjects: &[Subject]) -> Result<Vec<Appearance>, LibraryError> {
        self.read(|tx| {
            let appearances = subjects
                .iter()
                .map(|subject| Ok(Appearance { title: title(tx, *subject)?, picture: picture(tx, *subject)? }));
            appearances.collect()
        })
    }

    /// What lines in quarantine are about, in the same order: by what is here already, else by what the line says.
    pub fn appearances_of_lines(
        &self,
        upstream: &Upstream,
        lines: &[Quarantined],
    ) -> Result<Vec<Appearance>, LibraryError> {
        self.read(|tx| lines.iter().map(|line| Ok(of_line(tx, upstream, line)?)).collect())
    }
}

/// Members of lines that name assets, with the most telling first.
const ASSET_MEMBERS: [&str; 3] = ["assetId", "id", "thumbnailAssetId"];
/// Members of lines that are names for people.
const NAME_MEMBERS: [&str; 5] = ["originalFileName", "name", "email", "city", "key"];

fn of_line(tx: &dyn Read, upstream: &Upstream, line: &Quarantined) -> Result<Appearance, StoreError> {
    let data: Value = serde_json::from_str(&line.data).unwrap_or_default();
    let text = |member: &str| data.get(member).and_then(Value::as_str).filter(|text| !text.is_empty());
    let mut asset = None;
    for name in ASSET_MEMBERS.into_iter().filter_map(|member| Uuid::try_parse(text(member)?).ok()) {
        if let Some(local) = tx.local_id(upstream.server_id, ExternalKind::Asset, name)? {
            asset = tx.asset(AssetId(local))?;
            break;
        }
    }
    let said = NAME_MEMBERS.into_iter().find_map(text).map(str::to_owned);
    let title = said.or_else(|| asset.as_ref().map(|asset| asset.original_name.clone())).unwrap_or_default();
    Ok(Appearance { title, picture: asset.map(|asset| Picture::Asset(asset.id)) })
}

fn picture(tx: &dyn Read, subject: Subject) -> Result<Option<Picture>, StoreError> {
    let asset = match subject {
        Subject::Asset(id) | Subject::AlbumAsset(_, id) | Subject::StackAsset(_, id) | Subject::AssetTag(id, _) => {
            tx.asset(id)?.map(|asset| asset.id)
        }
        Subject::Album(id) | Subject::AlbumUser(id, _) => tx.album(id)?.and_then(|album| album.thumbnail_asset_id),
        Subject::Stack(id) => tx.stack(id)?.map(|stack| stack.primary),
        Subject::Person(id) => {
            let person = tx.person(id)?.filter(|person| person.feature_face.is_some());
            return Ok(person.map(|person| Picture::Person(person.id)));
        }
        Subject::Tag(_) => None,
    };
    Ok(asset.map(Picture::Asset))
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
