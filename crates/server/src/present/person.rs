//! People and faces.

use tintype_library::model::{Face, Person};
use tintype_protocol::dto::person::{AssetFaceResponseDto, AssetFaceWithoutPersonResponseDto, PersonResponseDto};

/// Characters of `YYYY-MM-DD`.
const DAY_CHARACTERS: usize = 10;

/// A person.
pub(crate) fn person(row: Person) -> PersonResponseDto {
    PersonResponseDto {
        id: row.id,
        name: row.name,
        birth_date: row.birth_date.map(|day| day.to_iso().chars().take(DAY_CHARACTERS).collect()),
        thumbnail_path: "",
        is_hidden: row.is_hidden,
        is_favorite: row.is_favorite,
        color: row.color,
        updated_at: row.updated_at,
        faces: None,
    }
}

/// People on an asset, by name, and the faces that nobody has been given. Generation 2 shows where each face is.
pub(crate) fn on_asset(
    faces: Vec<(Face, Option<Person>)>,
    is_v3: bool,
) -> (Vec<PersonResponseDto>, Vec<AssetFaceWithoutPersonResponseDto>) {
    let (mut people, mut nobody): (Vec<PersonResponseDto>, _) = (Vec::new(), Vec::new());
    for (row, owner) in faces {
        let Some(owner) = owner else {
            nobody.push(face_alone(&row));
            continue;
        };
        let known = people.iter().position(|known| known.id == owner.id);
        let at = known.unwrap_or_else(|| {
            people.push(PersonResponseDto { faces: (!is_v3).then(Vec::new), ..person(owner) });
            people.len() - 1
        });
        if let Some(faces) = &mut people[at].faces {
            faces.push(face_alone(&row));
        }
    }
    people.sort_by(|a, b| (a.name.is_empty(), &a.name, a.id).cmp(&(b.name.is_empty(), &b.name, b.id)));
    (people, nobody)
}

/// A face, without the person.
fn face_alone(row: &Face) -> AssetFaceWithoutPersonResponseDto {
    AssetFaceWithoutPersonResponseDto {
        id: row.id,
        image_height: row.area.image_height,
        image_width: row.area.image_width,
        x1: row.area.x1,
        x2: row.area.x2,
        y1: row.area.y1,
        y2: row.area.y2,
        source_type: row.source,
    }
}

/// A face and whose it is.
pub(crate) fn face((row, owner): (Face, Option<Person>)) -> AssetFaceResponseDto {
    AssetFaceResponseDto { face: face_alone(&row), person: owner.map(person) }
}
