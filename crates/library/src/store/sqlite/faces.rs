//! Rows of faces.

use rusqlite::{Row, params};
use tintype_protocol::id::PersonId;

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{Face, FaceBox};

/// Columns of [`face_row`], of the table called `f`, behind the position.
pub(super) const FACE_COLUMNS: &str = "f.id, f.asset_id, f.owner_id, f.person_id, f.image_width, f.image_height, \
    f.x1, f.y1, f.x2, f.y2, f.source, f.is_visible, f.deleted_at";

/// Condition on faces `f` that people see.
pub(super) const SHOWN: &str = "f.deleted_at IS NULL AND f.is_visible = 1";

pub(super) fn face_row(columns: &mut Columns<'_, '_>) -> rusqlite::Result<Face> {
    Ok(Face {
        id: columns.id()?,
        asset_id: columns.id()?,
        owner_id: columns.id()?,
        person_id: columns.maybe_id()?,
        area: FaceBox {
            image_width: columns.small()?,
            image_height: columns.small()?,
            x1: columns.small()?,
            y1: columns.small()?,
            x2: columns.small()?,
            y2: columns.small()?,
        },
        source: columns.name()?,
        is_visible: columns.flag()?,
        deleted_at: columns.maybe_time()?,
    })
}

pub(super) fn read_face(row: &Row<'_>) -> rusqlite::Result<Face> {
    face_row(&mut Columns::of(row))
}

impl Tx<'_> {
    /// Writes a row at a new position.
    pub(super) fn put_face(&self, face: &Face) -> Result<()> {
        self.execute(
            "INSERT INTO face (id, asset_id, owner_id, person_id, image_width, image_height, x1, y1, x2, y2, source,
                is_visible, deleted_at, update_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id, image_width = excluded.image_width,
                image_height = excluded.image_height, x1 = excluded.x1, y1 = excluded.y1, x2 = excluded.x2,
                y2 = excluded.y2, source = excluded.source, is_visible = excluded.is_visible,
                deleted_at = excluded.deleted_at, update_id = excluded.update_id",
            params![
                face.id.as_bytes(),
                face.asset_id.as_bytes(),
                face.owner_id.as_bytes(),
                face.person_id.as_ref().map(PersonId::as_bytes),
                face.area.image_width,
                face.area.image_height,
                face.area.x1,
                face.area.y1,
                face.area.x2,
                face.area.y2,
                face.source.as_str(),
                face.is_visible,
                face.deleted_at.map(|at| at.0),
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }
}
