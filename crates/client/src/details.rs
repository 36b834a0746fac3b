//! What a server says of one asset beyond what a search shows: people and tags. And asking it to read files again.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tintype_protocol::id::{AssetId, LibraryId, PersonId};

use crate::connection::{Client, NOTHING};
use crate::error::{ClientError, Refusal};

/// Assets in one request for work.
const WORK_LIMIT: usize = 1_000;

/// What is on a picture, and how people labelled it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs)]
pub struct AssetDetails {
    /// With their faces; people without a name, too. Empty for assets of others.
    pub people: Vec<FoundPerson>,
    pub tags: Vec<FoundTag>,
}

/// Somebody on a picture.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct FoundPerson {
    pub id: PersonId,
    /// Empty while nobody said it.
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub is_hidden: bool,
    /// Generation 3 says it only where it is [asked for](Client::place_faces).
    pub faces: Option<Vec<FoundFace>>,
}

/// Where a face is, in pixels of an upright picture of the given size.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct FoundFace {
    pub image_width: i32,
    pub image_height: i32,
    pub bounding_box_x1: i32,
    pub bounding_box_y1: i32,
    pub bounding_box_x2: i32,
    pub bounding_box_y2: i32,
}

/// A label.
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs)]
pub struct FoundTag {
    /// The whole path: `a/b/c`.
    pub value: String,
}

/// A face and who it is.
#[derive(Deserialize)]
struct PlacedFace {
    #[serde(flatten)]
    face: FoundFace,
    person: Option<Somebody>,
}

#[derive(Deserialize)]
struct Somebody {
    id: PersonId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Work<'a> {
    asset_ids: &'a [AssetId],
    name: &'static str,
}

impl Client {
    /// People and tags of an asset; `None` if it is gone, or out of reach.
    pub fn asset_details(&self, id: AssetId) -> Result<Option<AssetDetails>, ClientError> {
        match self.ask("GET", &format!("/assets/{id}"), NOTHING) {
            Ok(details) => Ok(Some(details)),
            Err(ClientError::Refused { refusal: Refusal::Other { status: 400 | 404, .. }, .. }) => Ok(None),
            Err(ClientError::Refused { refusal, .. }) if refusal.is_of_the_lock() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Adds to the people on an asset where their faces are, if the server has not said it.
    pub fn place_faces(&self, id: AssetId, details: &mut AssetDetails) -> Result<(), ClientError> {
        if details.people.iter().all(|person| person.faces.is_some()) {
            return Ok(());
        }
        let faces: Vec<PlacedFace> = self.ask("GET", &format!("/faces?id={id}"), NOTHING)?;
        for person in &mut details.people {
            let is_theirs = |face: &&PlacedFace| face.person.as_ref().is_some_and(|somebody| somebody.id == person.id);
            person.faces = Some(faces.iter().filter(is_theirs).map(|placed| placed.face).collect());
        }
        Ok(())
    }

    /// Asks the server to read what files of assets say once more: at most 1,000 in one call, others are left out.
    pub fn refresh_metadata(&self, ids: &[AssetId]) -> Result<(), ClientError> {
        let work = Work { asset_ids: &ids[..ids.len().min(WORK_LIMIT)], name: "refresh-metadata" };
        self.tell("POST", "/assets/jobs", Some(&work))
    }

    /// Asks the server to look for sidecars that it does not know yet. Only admins may.
    pub fn look_for_sidecars(&self) -> Result<(), ClientError> {
        self.tell("PUT", "/jobs/sidecar", Some(&json!({ "command": "start", "force": false })))
    }

    /// Asks the server to look through the folders of an external library. Only admins may.
    pub fn scan_library(&self, id: LibraryId) -> Result<(), ClientError> {
        self.tell("POST", &format!("/libraries/{id}/scan"), NOTHING)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_read_whatever_else_there_is() {
        let id = "0f9d3c1e-7a4b-4c2d-9e8f-000000000001";
        let text = json!({
            "id": id, "checksum": "x",
            "people": [{ "id": id, "name": "Ada", "birthDate": null, "thumbnailPath": "", "isHidden": false, "faces": [{
                "id": id, "imageWidth": 400, "imageHeight": 300, "boundingBoxX1": -1, "boundingBoxX2": 20,
                "boundingBoxY1": 3, "boundingBoxY2": 40, "sourceType": "machine-learning",
            }] }],
            "tags": [{ "id": id, "name": "b", "value": "a/b", "createdAt": "", "updatedAt": "" }],
        });
        let found: AssetDetails = serde_json::from_value(text).unwrap();
        let faces = found.people[0].faces.as_ref().unwrap();
        assert_eq!((faces[0].bounding_box_x1, found.tags[0].value.as_str()), (-1, "a/b"));
        let face = json!({
            "id": id, "imageWidth": 400, "imageHeight": 300, "boundingBoxX1": 1, "boundingBoxX2": 20, "boundingBoxY1": 3,
            "boundingBoxY2": 40, "person": { "id": id, "name": "Ada" },
        });
        let placed: PlacedFace = serde_json::from_value(face).unwrap();
        assert!(placed.person.is_some() && placed.face.bounding_box_y2 == 40);
        let none: AssetDetails = serde_json::from_str("{}").unwrap();
        assert!(none.people.is_empty() && none.tags.is_empty());
    }
}
