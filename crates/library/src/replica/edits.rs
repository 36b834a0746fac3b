//! Edits that were made on the server. They are rendered here where the original lies here.

use tintype_protocol::id::EditId;
use tintype_protocol::sync::{AssetEditDelete, AssetEditV1};

use super::{Outcome, Replica};
use crate::edits::release_edited;
use crate::error::LibraryError;
use crate::model::{Asset, Edit, Exif, ExternalKind, JobKind};
use crate::store::NewJob;

/// Orientations of this number and above change width and height.
const FIRST_TURNED: u8 = 5;

impl Replica<'_> {
    pub(super) fn edit(&mut self, line: AssetEditV1) -> Result<Outcome, LibraryError> {
        let asset = self.local_asset(line.asset_id)?.map(|id| self.tx.asset(id)).transpose()?.flatten();
        let Some(asset) = asset else { return Ok(Outcome::waits_for("asset", line.asset_id.0)) };
        let known = self.recognise(ExternalKind::Edit, line.id.0, asset.owner_id)?.map(EditId);
        if self.holds_edits(asset.id)? {
            return Ok(Outcome::Applied);
        }
        let here = self.tx.edits(asset.id)?;
        let Some(plain_size) = plain_size(&asset, &here, self.tx.exif(asset.id)?.as_ref()) else {
            return Ok(Outcome::waits_for("size of the asset", line.asset_id.0));
        };
        let id = match known {
            Some(id) => id,
            None => self.same_edit(&line, &here)?.unwrap_or(line.id),
        };
        if known.is_none() && self.tx.edit(id)?.is_some_and(|edit| edit.asset_id != asset.id) {
            return Ok(Outcome::taken("edit", id.0));
        }
        let edit = Edit {
            id,
            asset_id: asset.id,
            owner_id: asset.owner_id,
            sequence: line.sequence,
            edit: line.edit,
            plain_size,
        };
        let has_it = here.contains(&edit);
        if known.is_none() {
            self.name(ExternalKind::Edit, line.id.0, edit.id.0, asset.owner_id)?;
        }
        if !has_it {
            self.tx.mirror_edit(&edit)?;
            self.render(&asset)?;
        }
        Ok(Outcome::Applied)
    }

    /// The same edit, made here and then sent: the server gave it a name of its own.
    fn same_edit(&self, line: &AssetEditV1, here: &[Edit]) -> Result<Option<EditId>, LibraryError> {
        let same = here.iter().find(|edit| (edit.sequence, edit.edit) == (line.sequence, line.edit));
        let Some(same) = same else { return Ok(None) };
        Ok(if self.external(ExternalKind::Edit, same.id.0)?.is_none() { Some(same.id) } else { None })
    }

    pub(super) fn edit_is_gone(&mut self, line: AssetEditDelete) -> Result<Outcome, LibraryError> {
        if let Some(id) = self.local(ExternalKind::Edit, line.edit_id.0)? {
            self.remove_edit(EditId(id))?;
            self.forget(ExternalKind::Edit, line.edit_id.0)?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) fn remove_edit(&mut self, id: EditId) -> Result<(), LibraryError> {
        let Some(edit) = self.tx.edit(id)? else { return Ok(()) };
        if self.holds_edits(edit.asset_id)? {
            return Ok(());
        }
        self.tx.delete_edit(&edit)?;
        match self.tx.asset(edit.asset_id)? {
            Some(asset) => self.render(&asset),
            None => Ok(()),
        }
    }

    /// Pictures of the asset as it is edited now, or as it was before any edit.
    fn render(&mut self, asset: &Asset) -> Result<(), LibraryError> {
        if self.tx.is_remote(asset.id)? {
            return Ok(());
        }
        let kind = if self.tx.edits(asset.id)?.is_empty() {
            release_edited(self.tx, asset)?;
            JobKind::Thumbnail
        } else {
            JobKind::Edit
        };
        Ok(self.tx.enqueue(NewJob { kind, asset_id: asset.id, not_before: None })?)
    }
}

/// Size of the upright picture before any edit, if it is known.
fn plain_size(asset: &Asset, edits: &[Edit], exif: Option<&Exif>) -> Option<(u32, u32)> {
    if let Some(edit) = edits.first() {
        return Some(edit.plain_size);
    }
    let of_file = exif.and_then(|exif| {
        let (width, height) = exif.image_width.zip(exif.image_height)?;
        let is_turned = exif.orientation.is_some_and(|orientation| orientation >= FIRST_TURNED);
        Some(if is_turned { (height, width) } else { (width, height) })
    });
    of_file.or_else(|| asset.width.zip(asset.height).filter(|_| !asset.is_edited))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_measured_upright() {
        let exif = |orientation| Exif { image_width: Some(40), image_height: Some(30), orientation, ..Exif::default() };
        let asset = crate::replica::tests::asset();
        for (orientation, size) in [(None, (40, 30)), (Some(1), (40, 30)), (Some(4), (40, 30)), (Some(6), (30, 40))] {
            assert_eq!(plain_size(&asset, &[], Some(&exif(orientation))), Some(size), "{orientation:?}");
        }
        let measured = Asset { width: Some(7), height: Some(5), ..asset };
        assert_eq!(plain_size(&measured, &[], None), Some((7, 5)));
        let edited = Asset { is_edited: true, ..measured };
        assert_eq!(plain_size(&edited, &[], None), None, "its size is that of the edited picture");
    }
}
