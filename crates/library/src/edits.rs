//! Edits that leave the original as it is: kept as rows, rendered in the background, taken back at any time.

use std::collections::HashSet;

use tintype_protocol::dto::edit::AssetEdit;
use tintype_protocol::id::{AssetId, EditId};
use tintype_protocol::model::AssetType;
use tintype_protocol::permission::Permission;

use crate::assets::{may_use, usable};
use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{Asset, Edit, JobKind, TextLine, edited_size, visible_share};
use crate::people::refresh_feature;
use crate::recorder::Change;
use crate::renditions::Rendition;
use crate::sessions::Caller;
use crate::store::{NewJob, Read, Write};

/// A face of which less than this is left by a crop is not shown.
const LEAST_VISIBLE: f64 = 0.5;

impl Library {
    /// Edits of an asset, in their order.
    pub fn edits(&self, caller: &Caller, id: AssetId) -> Result<Vec<Edit>, LibraryError> {
        self.read(|tx| {
            usable(tx, caller, id, Permission::AssetEditGet)?;
            Ok(tx.edits(id)?)
        })
    }

    /// Edits of an asset whose row the caller has already.
    pub fn edits_of(&self, id: AssetId) -> Result<Vec<Edit>, LibraryError> {
        self.read(|tx| Ok(tx.edits(id)?))
    }

    /// Puts edits in the place of all that the asset had. The size changes at once, pictures follow.
    pub fn edit_asset(&self, caller: &Caller, id: AssetId, edits: Vec<AssetEdit>) -> Result<Vec<Edit>, LibraryError> {
        check_sequence(&edits)?;
        let (caller, ids) = (caller.clone(), edits.iter().map(|_| EditId(self.new_id())).collect::<Vec<_>>());
        let made = self.change(move |tx| {
            let mut asset = own(tx.as_read(), &caller, id, Permission::AssetEditCreate)?;
            let plain_size = editable_size(tx.as_read(), &asset)?;
            check_crop(&edits, plain_size)?;
            let new: Vec<Edit> = (0..)
                .zip(ids)
                .zip(&edits)
                .map(|((sequence, id), edit)| Edit {
                    id,
                    asset_id: asset.id,
                    owner_id: asset.owner_id,
                    sequence,
                    edit: *edit,
                    plain_size,
                })
                .collect();
            tx.replace_edits(&asset, &new)?;
            let (width, height) = edited_size(plain_size, &edits);
            (asset.width, asset.height, asset.is_edited) = (Some(width), Some(height), true);
            tx.update_asset(&asset)?;
            show_faces(tx, &asset, |face| visible_share(face, plain_size, &edits) >= LEAST_VISIBLE)?;
            show_text(tx, id, |line| is_left(line, plain_size, &edits))?;
            tx.enqueue(NewJob { kind: JobKind::Edit, asset_id: id, not_before: None })?;
            Ok((new, vec![Change::EditsChanged(id)]))
        })?;
        self.signal.ring();
        Ok(made)
    }

    /// Takes all edits of an asset back.
    pub fn revert_edits(&self, caller: &Caller, id: AssetId) -> Result<(), LibraryError> {
        let caller = caller.clone();
        self.change(move |tx| {
            let mut asset = own(tx.as_read(), &caller, id, Permission::AssetEditDelete)?;
            let Some(edit) = tx.edits(id)?.first().copied() else { return Ok(((), Vec::new())) };
            tx.replace_edits(&asset, &[])?;
            (asset.width, asset.height) = (Some(edit.plain_size.0), Some(edit.plain_size.1));
            asset.is_edited = false;
            tx.update_asset(&asset)?;
            show_faces(tx, &asset, |_| true)?;
            show_text(tx, id, |_| true)?;
            release_edited(tx, &asset)?;
            // The blurred placeholder is that of the edited picture: the plain one is made again.
            tx.enqueue(NewJob { kind: JobKind::Thumbnail, asset_id: id, not_before: None })?;
            Ok(((), vec![Change::EditsChanged(id)]))
        })?;
        self.signal.ring();
        self.remove_orphans()
    }
}

/// Only the owner edits.
fn own(tx: &dyn Read, caller: &Caller, id: AssetId, need: Permission) -> Result<Asset, LibraryError> {
    tx.asset(id)?.filter(|asset| may_use(caller, asset)).ok_or(LibraryError::NoAccess(need))
}

/// Files of the edited picture belong to nobody any more.
pub(crate) fn release_edited(tx: &mut dyn Write, asset: &Asset) -> Result<(), LibraryError> {
    for rendition in Rendition::EDITED {
        tx.orphan_key(&rendition.key(asset.owner_id, asset.id))?;
    }
    Ok(())
}

/// Faces that the picture shows now.
pub(crate) fn show_faces(
    tx: &mut dyn Write,
    asset: &Asset,
    is_visible: impl Fn(crate::model::FaceBox) -> bool,
) -> Result<(), LibraryError> {
    for mut face in tx.faces_on(asset.id)? {
        let before = std::mem::replace(&mut face.is_visible, is_visible(face.area));
        if before != face.is_visible {
            let person = face.person_id;
            tx.update_face(&face)?;
            if let Some(person) = person {
                refresh_feature(tx, person)?;
            }
        }
    }
    Ok(())
}

fn show_text(tx: &mut dyn Write, id: AssetId, is_visible: impl Fn(&TextLine) -> bool) -> Result<(), LibraryError> {
    for mut row in tx.ocr_rows(id)? {
        let shown = is_visible(&row.line);
        if std::mem::replace(&mut row.line.is_visible, shown) != shown {
            tx.update_ocr_row(&row)?;
        }
    }
    Ok(())
}

/// Whether edits leave enough of a line of text, as of a face.
pub(crate) fn is_left(line: &TextLine, plain_size: (u32, u32), edits: &[AssetEdit]) -> bool {
    visible_share(line.area(), plain_size, edits) >= LEAST_VISIBLE
}

/// Each action once, mirrors once per axis, a crop first: the order in which the API promises to read them.
fn check_sequence(edits: &[AssetEdit]) -> Result<(), LibraryError> {
    if edits.is_empty() {
        return Err(LibraryError::invalid("At least one edit is needed"));
    }
    let mut seen = HashSet::new();
    for (index, edit) in edits.iter().enumerate() {
        let kind = match edit {
            AssetEdit::Crop { .. } if index > 0 => return Err(LibraryError::invalid("A crop must be the first edit")),
            AssetEdit::Crop { .. } => "crop",
            AssetEdit::Rotate { angle: 0 | 90 | 180 | 270 } => "rotate",
            AssetEdit::Rotate { .. } => return Err(LibraryError::invalid("The angle must be 0, 90, 180 or 270")),
            AssetEdit::Mirror { axis } => axis.as_str(),
        };
        if !seen.insert(kind) {
            return Err(LibraryError::invalid("Each edit may be made once, a mirror once per axis"));
        }
    }
    Ok(())
}

fn check_crop(edits: &[AssetEdit], (width, height): (u32, u32)) -> Result<(), LibraryError> {
    let Some(AssetEdit::Crop { x, y, width: across, height: down }) = edits.first() else { return Ok(()) };
    let fits =
        |from: u32, length: u32, side: u32| length > 0 && from.checked_add(length).is_some_and(|end| end <= side);
    if fits(*x, *across, width) && fits(*y, *down, height) {
        Ok(())
    } else {
        Err(LibraryError::invalid("The crop must lie inside the picture"))
    }
}

/// The upright size before any edit, of an asset that can be edited.
fn editable_size(tx: &dyn Read, asset: &Asset) -> Result<(u32, u32), LibraryError> {
    if asset.asset_type != AssetType::Image {
        return Err(LibraryError::invalid("Only images can be edited"));
    }
    if asset.live_photo_video_id.is_some() {
        return Err(LibraryError::invalid("Live photos cannot be edited"));
    }
    if matches!(asset.media_type.as_str(), "image/gif" | "image/svg+xml") {
        return Err(LibraryError::invalid("GIF and SVG pictures cannot be edited"));
    }
    if tx.exif(asset.id)?.is_some_and(|exif| exif.projection_type.is_some()) {
        return Err(LibraryError::invalid("Panoramas cannot be edited"));
    }
    if let Some(edit) = tx.edits(asset.id)?.first() {
        return Ok(edit.plain_size);
    }
    let size = asset.width.zip(asset.height);
    size.ok_or_else(|| LibraryError::invalid("The size of the picture is not known yet: try again in a moment"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tintype_protocol::model::MirrorAxis;

    const CROP: AssetEdit = AssetEdit::Crop { x: 1, y: 2, width: 3, height: 4 };
    const TURN: AssetEdit = AssetEdit::Rotate { angle: 90 };

    #[test]
    fn sequences_that_nobody_can_mean_are_refused() {
        let mirror = |axis| AssetEdit::Mirror { axis };
        let (sideways, up_down) = (mirror(MirrorAxis::Horizontal), mirror(MirrorAxis::Vertical));
        assert!(check_sequence(&[CROP, TURN, sideways, up_down]).is_ok());
        let angle = AssetEdit::Rotate { angle: 45 };
        for bad in [vec![], vec![TURN, CROP], vec![TURN, TURN], vec![sideways, sideways], vec![angle]] {
            assert!(check_sequence(&bad).is_err(), "{bad:?}");
        }
        assert!(check_crop(&[CROP], (4, 6)).is_ok());
        assert!(check_crop(&[CROP], (3, 6)).is_err() && check_crop(&[CROP], (4, 5)).is_err());
        let huge = AssetEdit::Crop { x: u32::MAX, y: 0, width: 2, height: 1 };
        assert!(check_crop(&[huge], (4, 6)).is_err());
    }
}
