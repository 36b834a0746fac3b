//! Changing what is on a server. Each call does one thing that may be repeated without harm, but for the creation of an
//! album: see [`Client::albums`].

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::connection::{Client, NOTHING};
use crate::error::{ClientError, Refusal};

/// Something that has been made.
#[derive(Deserialize)]
struct Made {
    id: Uuid,
}

/// What became of one of several.
#[derive(Debug, Clone, Deserialize)]
pub struct Outcome {
    /// Which one.
    pub id: Uuid,
    /// Whether it was done.
    pub success: bool,
    /// Why not: `duplicate`, `not_found`, `no_permission`, `unknown`.
    pub error: Option<String>,
}

/// An album in a list.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct ListedAlbum {
    pub id: Uuid,
    #[serde(default, rename = "albumName")]
    pub name: String,
    /// Generation 3 may leave it out.
    pub description: Option<String>,
}

/// A tag in a list.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct ListedTag {
    pub id: Uuid,
    /// The whole path: `a/b/c`.
    pub value: String,
}

impl Client {
    fn tell_all(&self, method: &str, path: &str, ids: &[Uuid]) -> Result<(), ClientError> {
        self.tell(method, path, Some(&json!({ "ids": ids })))
    }

    fn each(&self, method: &str, path: &str, ids: &[Uuid]) -> Result<Vec<Outcome>, ClientError> {
        self.ask(method, path, Some(&json!({ "ids": ids })))
    }

    /// Whether the server has something at a path, and shows it. Servers answer 400 or 404 where they do not.
    fn has(&self, path: &str) -> Result<bool, ClientError> {
        match self.ask::<IgnoredAny>("GET", path, NOTHING) {
            Ok(_) => Ok(true),
            Err(ClientError::Refused { refusal: Refusal::Other { status: 400 | 404, .. }, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the user has this asset there.
    pub fn has_asset(&self, id: Uuid) -> Result<bool, ClientError> {
        self.has(&format!("/assets/{id}"))
    }

    /// Whether the user sees this album there.
    pub fn has_album(&self, id: Uuid) -> Result<bool, ClientError> {
        self.has(&format!("/albums/{id}"))
    }

    /// Whether the user has this person there.
    pub fn has_person(&self, id: Uuid) -> Result<bool, ClientError> {
        self.has(&format!("/people/{id}"))
    }

    /// Whether the user has this stack there.
    pub fn has_stack(&self, id: Uuid) -> Result<bool, ClientError> {
        self.has(&format!("/stacks/{id}"))
    }

    /// Changes fields of an asset: members of `UpdateAssetDto`.
    pub fn update_asset(&self, id: Uuid, fields: &Value) -> Result<(), ClientError> {
        self.tell("PUT", &format!("/assets/{id}"), Some(fields))
    }

    /// Puts an asset into the trash, or deletes it for good.
    pub fn delete_asset(&self, id: Uuid, for_good: bool) -> Result<(), ClientError> {
        self.tell("DELETE", "/assets", Some(&json!({ "ids": [id], "force": for_good })))
    }

    /// Takes an asset out of the trash.
    pub fn restore_asset(&self, id: Uuid) -> Result<(), ClientError> {
        self.tell_all("POST", "/trash/restore/assets", &[id])
    }

    /// Gives a picture exactly these edits; none takes all of them back.
    pub fn set_edits(&self, id: Uuid, edits: &[impl Serialize]) -> Result<(), ClientError> {
        let path = format!("/assets/{id}/edits");
        if edits.is_empty() {
            return self.tell("DELETE", &path, NOTHING);
        }
        self.tell("PUT", &path, Some(&json!({ "edits": edits })))
    }

    /// Makes an album. A second call makes a second one.
    pub fn create_album(&self, name: &str, description: &str) -> Result<Uuid, ClientError> {
        let made: Made =
            self.ask("POST", "/albums", Some(&json!({ "albumName": name, "description": description })))?;
        Ok(made.id)
    }

    /// The user's albums. Whoever put a mark into the description of one that they made finds it again here.
    pub fn albums(&self) -> Result<Vec<ListedAlbum>, ClientError> {
        self.ask("GET", "/albums", NOTHING)
    }

    /// Changes fields of an album: members of `UpdateAlbumDto`.
    pub fn update_album(&self, id: Uuid, fields: &Value) -> Result<(), ClientError> {
        self.tell("PATCH", &format!("/albums/{id}"), Some(fields))
    }

    /// Deletes an album; its assets stay.
    pub fn delete_album(&self, id: Uuid) -> Result<(), ClientError> {
        self.tell("DELETE", &format!("/albums/{id}"), NOTHING)
    }

    /// Puts assets into an album.
    pub fn add_album_assets(&self, album: Uuid, assets: &[Uuid]) -> Result<Vec<Outcome>, ClientError> {
        self.each("PUT", &format!("/albums/{album}/assets"), assets)
    }

    /// Takes assets out of an album.
    pub fn remove_album_assets(&self, album: Uuid, assets: &[Uuid]) -> Result<Vec<Outcome>, ClientError> {
        self.each("DELETE", &format!("/albums/{album}/assets"), assets)
    }

    /// Lets a user see an album, or work on it.
    pub fn add_album_user(&self, album: Uuid, user: Uuid, role: &str) -> Result<(), ClientError> {
        let users = json!({ "albumUsers": [{ "userId": user, "role": role }] });
        self.tell("PUT", &format!("/albums/{album}/users"), Some(&users))
    }

    /// Changes what a user may do with an album.
    pub fn set_album_role(&self, album: Uuid, user: Uuid, role: &str) -> Result<(), ClientError> {
        self.tell("PUT", &format!("/albums/{album}/user/{user}"), Some(&json!({ "role": role })))
    }

    /// Takes a user out of an album.
    pub fn remove_album_user(&self, album: Uuid, user: Uuid) -> Result<(), ClientError> {
        self.tell("DELETE", &format!("/albums/{album}/user/{user}"), NOTHING)
    }

    /// Makes a stack, the first asset in front. Stacks that have one of these in front become part of it.
    pub fn create_stack(&self, assets: &[Uuid]) -> Result<Uuid, ClientError> {
        let made: Made = self.ask("POST", "/stacks", Some(&json!({ "assetIds": assets })))?;
        Ok(made.id)
    }

    /// Brings another asset of a stack to the front.
    pub fn turn_stack(&self, id: Uuid, primary: Uuid) -> Result<(), ClientError> {
        self.tell("PUT", &format!("/stacks/{id}"), Some(&json!({ "primaryAssetId": primary })))
    }

    /// Takes an asset out of a stack.
    pub fn remove_from_stack(&self, id: Uuid, asset: Uuid) -> Result<(), ClientError> {
        self.tell("DELETE", &format!("/stacks/{id}/assets/{asset}"), NOTHING)
    }

    /// Takes a stack apart.
    pub fn delete_stack(&self, id: Uuid) -> Result<(), ClientError> {
        self.tell("DELETE", &format!("/stacks/{id}"), NOTHING)
    }

    /// Changes fields of a person: members of `PersonUpdateDto`.
    pub fn update_person(&self, id: Uuid, fields: &Value) -> Result<(), ClientError> {
        self.tell("PUT", &format!("/people/{id}"), Some(fields))
    }

    /// Deletes a person; their faces stay.
    pub fn delete_person(&self, id: Uuid) -> Result<(), ClientError> {
        self.tell("DELETE", &format!("/people/{id}"), NOTHING)
    }

    /// Makes a person part of another one.
    pub fn merge_person(&self, into: Uuid, other: Uuid) -> Result<Vec<Outcome>, ClientError> {
        self.each("POST", &format!("/people/{into}/merge"), &[other])
    }

    /// The user's tags.
    pub fn tags(&self) -> Result<Vec<ListedTag>, ClientError> {
        self.ask("GET", "/tags", NOTHING)
    }

    /// The tag of a path, made if it is not there.
    pub fn upsert_tag(&self, path: &str) -> Result<Option<Uuid>, ClientError> {
        let tags: Vec<ListedTag> = self.ask("PUT", "/tags", Some(&json!({ "tags": [path] })))?;
        Ok(tags.first().map(|tag| tag.id))
    }

    /// Gives assets a tag.
    pub fn tag_assets(&self, tag: Uuid, assets: &[Uuid]) -> Result<Vec<Outcome>, ClientError> {
        self.each("PUT", &format!("/tags/{tag}/assets"), assets)
    }

    /// Takes a tag from assets.
    pub fn untag_assets(&self, tag: Uuid, assets: &[Uuid]) -> Result<Vec<Outcome>, ClientError> {
        self.each("DELETE", &format!("/tags/{tag}/assets"), assets)
    }

    /// Deletes a tag; assets stay.
    pub fn delete_tag(&self, id: Uuid) -> Result<(), ClientError> {
        self.tell("DELETE", &format!("/tags/{id}"), NOTHING)
    }
}
