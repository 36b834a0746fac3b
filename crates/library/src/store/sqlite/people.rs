//! People.

use rusqlite::{Row, params};
use tintype_protocol::id::{AssetId, FaceId, PersonId, UserId};

use super::faces::{FACE_COLUMNS, SHOWN, read_face};
use super::tx::{Result, Tombstone, Tx};
use super::value::{Columns, fold};
use crate::model::{Face, PeopleCounts, PeopleFilter, Person};
use crate::renditions::portrait_key;
use crate::store::{ReadPeople, WriteKeys as _, WritePeople};

/// Columns of [`person_row`], of the table called `p`, behind the position.
pub(super) const PERSON_COLUMNS: &str = "p.id, p.owner_id, p.name, p.birth_date, p.is_hidden, p.is_favorite, p.color, \
    p.feature_face_id, p.created_at, p.updated_at";

/// Faces of people `p` that count: shown, on an asset of the timeline.
const IN_TIMELINE: &str = "JOIN face f ON f.person_id = p.id AND f.deleted_at IS NULL AND f.is_visible = 1 \
    JOIN asset a ON a.id = f.asset_id AND a.visibility = 'timeline' AND a.deleted_at IS NULL";

pub(super) fn person_row(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Person> {
    Ok(Person {
        id: columns.id()?,
        owner_id: columns.id()?,
        name: columns.string()?,
        birth_date: columns.maybe_time()?,
        is_hidden: columns.flag()?,
        is_favorite: columns.flag()?,
        color: columns.maybe_string()?,
        feature_face: columns.maybe_id()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
    })
}

fn read_person(row: &Row<'_>) -> rusqlite::Result<Person> {
    person_row(&mut Columns::of(row))
}

impl ReadPeople for Tx<'_> {
    fn person(&self, id: PersonId) -> Result<Option<Person>> {
        let sql = format!("SELECT {PERSON_COLUMNS} FROM person p WHERE p.id = ?1");
        self.one(&sql, params![id.as_bytes()], read_person)
    }

    fn people(&self, owner: UserId, filter: PeopleFilter, limit: u32, offset: u64) -> Result<Vec<Person>> {
        let hidden = if filter.with_hidden { "" } else { "AND p.is_hidden = 0" };
        let sql = format!(
            "SELECT {PERSON_COLUMNS}, count(DISTINCT f.asset_id) AS assets FROM person p {IN_TIMELINE}
             WHERE p.owner_id = ?1 {hidden} GROUP BY p.id HAVING p.name <> '' OR assets >= ?2
             ORDER BY p.is_hidden, p.is_favorite DESC, p.name = '', assets DESC, p.name, p.created_at, p.id
             LIMIT {limit} OFFSET {offset}"
        );
        self.all(&sql, params![owner.as_bytes(), filter.min_faces], read_person)
    }

    fn people_counts(&self, owner: UserId) -> Result<PeopleCounts> {
        let sql = format!(
            "SELECT count(*), ifnull(sum(is_hidden), 0) FROM (
                SELECT DISTINCT p.id, p.is_hidden FROM person p {IN_TIMELINE} WHERE p.owner_id = ?1)"
        );
        let counts = self.one(&sql, params![owner.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            Ok(PeopleCounts { total: columns.small()?, hidden: columns.small()? })
        })?;
        Ok(counts.unwrap_or_default())
    }

    fn people_called(&self, owner: UserId, text: &str, with_hidden: bool, limit: u32) -> Result<Vec<Person>> {
        // A space in front makes every word, the first included, begin behind one.
        let sql = format!(
            "SELECT {PERSON_COLUMNS} FROM person p WHERE p.owner_id = ?1 AND p.name <> '' AND (?3 OR p.is_hidden = 0)
                AND instr(' ' || fold(p.name), ' ' || ?2) > 0
             ORDER BY p.is_favorite DESC, fold(p.name), p.id LIMIT {limit}"
        );
        self.all(&sql, params![owner.as_bytes(), fold(text), with_hidden], read_person)
    }

    fn person_by_name(&self, owner: UserId, name: &str) -> Result<Option<Person>> {
        let sql = format!(
            "SELECT {PERSON_COLUMNS} FROM person p WHERE p.owner_id = ?1 AND p.name = ?2 AND p.name <> ''
             ORDER BY p.created_at, p.id LIMIT 1"
        );
        self.one(&sql, params![owner.as_bytes(), name], read_person)
    }

    fn person_asset_count(&self, id: PersonId) -> Result<u64> {
        let sql = format!("SELECT count(DISTINCT f.asset_id) FROM person p {IN_TIMELINE} WHERE p.id = ?1");
        Ok(self.one(&sql, params![id.as_bytes()], |row| Columns::of(row).small())?.unwrap_or(0))
    }

    fn face(&self, id: FaceId) -> Result<Option<Face>> {
        let sql = format!("SELECT {FACE_COLUMNS} FROM face f WHERE f.id = ?1");
        self.one(&sql, params![id.as_bytes()], read_face)
    }

    fn faces_on(&self, asset: AssetId) -> Result<Vec<Face>> {
        let sql = format!("SELECT {FACE_COLUMNS} FROM face f WHERE f.asset_id = ?1 ORDER BY f.x1, f.id");
        self.all(&sql, params![asset.as_bytes()], read_face)
    }

    fn faces_of(&self, person: PersonId) -> Result<Vec<Face>> {
        let sql = format!("SELECT {FACE_COLUMNS} FROM face f WHERE f.person_id = ?1 ORDER BY f.id");
        self.all(&sql, params![person.as_bytes()], read_face)
    }

    fn best_face(&self, person: PersonId) -> Result<Option<FaceId>> {
        let sql = format!(
            "SELECT f.id FROM face f JOIN asset a ON a.id = f.asset_id WHERE f.person_id = ?1 AND {SHOWN}
                AND a.deleted_at IS NULL AND a.visibility <> 'locked'
             ORDER BY CAST(f.x2 - f.x1 AS REAL) * (f.y2 - f.y1) / (CAST(f.image_width AS REAL) * f.image_height) DESC, f.id
             LIMIT 1"
        );
        self.one(&sql, params![person.as_bytes()], |row| Columns::of(row).id())
    }
}

impl WritePeople for Tx<'_> {
    fn insert_person(&mut self, person: &Person) -> Result<()> {
        self.execute(
            "INSERT INTO person (id, owner_id, name, birth_date, is_hidden, is_favorite, color, feature_face_id,
                created_at, updated_at, update_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                person.id.as_bytes(),
                person.owner_id.as_bytes(),
                person.name,
                person.birth_date.map(|day| day.0),
                person.is_hidden,
                person.is_favorite,
                person.color,
                person.feature_face.as_ref().map(FaceId::as_bytes),
                person.created_at.0,
                person.updated_at.0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn update_person(&mut self, person: &Person) -> Result<()> {
        self.drop_portrait(person.id, person.feature_face)?;
        self.execute(
            "UPDATE person SET name = ?2, birth_date = ?3, is_hidden = ?4, is_favorite = ?5, color = ?6,
                feature_face_id = ?7, updated_at = ?8, update_id = ?9 WHERE id = ?1",
            params![
                person.id.as_bytes(),
                person.name,
                person.birth_date.map(|day| day.0),
                person.is_hidden,
                person.is_favorite,
                person.color,
                person.feature_face.as_ref().map(FaceId::as_bytes),
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn delete_person(&mut self, person: &Person) -> Result<()> {
        for mut face in self.faces_of(person.id)? {
            face.person_id = None;
            self.update_face(&face)?;
        }
        self.drop_portrait(person.id, None)?;
        self.execute("DELETE FROM person WHERE id = ?1", params![person.id.as_bytes()])?;
        self.bury(&Tombstone {
            kind: "person",
            scope: Some(person.owner_id.as_bytes()),
            key1: Some(person.id.as_bytes()),
            ..Tombstone::default()
        })
    }

    fn insert_face(&mut self, face: &Face) -> Result<()> {
        self.put_face(face)
    }

    fn update_face(&mut self, face: &Face) -> Result<()> {
        self.put_face(face)
    }

    fn delete_face(&mut self, face: &Face) -> Result<()> {
        self.execute("DELETE FROM face WHERE id = ?1", params![face.id.as_bytes()])?;
        self.bury(&Tombstone {
            kind: "face",
            scope: Some(face.owner_id.as_bytes()),
            key1: Some(face.id.as_bytes()),
            key2: Some(face.asset_id.as_bytes()),
            ..Tombstone::default()
        })?;
        let people = self.featured_by(face.id)?;
        self.feature_others(people)
    }
}

impl Tx<'_> {
    /// Gives the bytes of somebody's picture away, unless it shows this face.
    fn drop_portrait(&mut self, id: PersonId, unless: Option<FaceId>) -> Result<()> {
        let Some(person) = self.person(id)? else { return Ok(()) };
        match person.feature_face {
            Some(shown) if unless != Some(shown) => self.orphan_key(&portrait_key(person.owner_id, id, shown)),
            _ => Ok(()),
        }
    }

    /// Gives away the bytes of everybody's picture before their owner's account goes.
    pub(super) fn drop_portraits(&mut self, owner: UserId) -> Result<()> {
        let sql = "SELECT id, feature_face_id FROM person WHERE owner_id = ?1 AND feature_face_id IS NOT NULL";
        let shown = self.all(sql, params![owner.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.id::<PersonId>()?, columns.id::<FaceId>()?))
        })?;
        shown.into_iter().try_for_each(|(person, face)| self.orphan_key(&portrait_key(owner, person, face)))
    }

    fn featured_by(&self, face: FaceId) -> Result<Vec<Person>> {
        let sql = format!("SELECT {PERSON_COLUMNS} FROM person p WHERE p.feature_face_id = ?1");
        self.all(&sql, params![face.as_bytes()], read_person)
    }

    /// People whose picture shows a face on this asset.
    pub(super) fn featured_on(&self, asset: AssetId) -> Result<Vec<Person>> {
        let sql = format!(
            "SELECT {PERSON_COLUMNS} FROM face f JOIN person p ON p.feature_face_id = f.id WHERE f.asset_id = ?1"
        );
        self.all(&sql, params![asset.as_bytes()], read_person)
    }

    /// Gives people another picture, or none, after the face on their old one is gone.
    pub(super) fn feature_others(&mut self, people: Vec<Person>) -> Result<()> {
        for mut person in people {
            person.feature_face = self.best_face(person.id)?;
            self.update_person(&person)?;
        }
        Ok(())
    }
}
