//! Edits of pictures, and what they do to places in them.

use tintype_media::pictures::{Part, PictureEdit};
use tintype_protocol::dto::edit::AssetEdit;
use tintype_protocol::id::{AssetId, EditId, UserId};
use tintype_protocol::model::MirrorAxis;

use super::FaceBox;

/// An edit of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Edit {
    pub id: EditId,
    pub asset_id: AssetId,
    pub owner_id: UserId,
    /// From 0.
    pub sequence: u32,
    pub edit: AssetEdit,
    /// Size of the upright picture before any edit, in pixels.
    pub plain_size: (u32, u32),
}

/// Size of a picture after edits.
pub fn edited_size(plain: (u32, u32), edits: &[AssetEdit]) -> (u32, u32) {
    edits.iter().fold(plain, |(width, height), edit| match *edit {
        AssetEdit::Crop { width, height, .. } => (width, height),
        AssetEdit::Rotate { angle: 90 | 270 } => (height, width),
        AssetEdit::Rotate { .. } | AssetEdit::Mirror { .. } => (width, height),
    })
}

/// The same edits as the renderer takes them.
pub fn picture_edits(plain: (u32, u32), edits: &[AssetEdit]) -> Vec<PictureEdit> {
    let (across, down) = (f64::from(plain.0.max(1)), f64::from(plain.1.max(1)));
    let one = |edit: &AssetEdit| match *edit {
        AssetEdit::Crop { x, y, width, height } => PictureEdit::Crop(Part {
            x1: f64::from(x) / across,
            y1: f64::from(y) / down,
            x2: (f64::from(x) + f64::from(width)) / across,
            y2: (f64::from(y) + f64::from(height)) / down,
        }),
        AssetEdit::Rotate { angle } => PictureEdit::Rotate((angle / 90 % 4) as u8),
        AssetEdit::Mirror { axis: MirrorAxis::Horizontal } => PictureEdit::MirrorSideways,
        AssetEdit::Mirror { axis: MirrorAxis::Vertical } => PictureEdit::MirrorUpDown,
    };
    edits.iter().map(one).collect()
}

/// Where a face is in the edited picture.
pub fn place_in_edited(area: FaceBox, plain: (u32, u32), edits: &[AssetEdit]) -> FaceBox {
    let mut place = Place::of(area, plain);
    edits.iter().for_each(|edit| place.apply(*edit));
    place.to_box()
}

/// Where a face that was drawn in the edited picture is in the picture before any edit.
pub fn place_in_plain(area: FaceBox, plain: (u32, u32), edits: &[AssetEdit]) -> FaceBox {
    let mut place = Place::of(area, edited_size(plain, edits));
    for (index, edit) in edits.iter().enumerate().rev() {
        place.revert(*edit, edited_size(plain, &edits[..index]));
    }
    place.to_box()
}

/// How much of a face is left by edits, 0 to 1.
pub fn visible_share(area: FaceBox, plain: (u32, u32), edits: &[AssetEdit]) -> f64 {
    let mut place = Place::of(area, plain);
    edits.iter().for_each(|edit| place.apply(*edit));
    let share = |from: f64, to: f64, side: f64| {
        let whole = to - from;
        if whole > 0.0 { ((to.min(side) - from.max(0.0)) / whole).max(0.0) } else { 0.0 }
    };
    share(place.x1, place.x2, place.width) * share(place.y1, place.y2, place.height)
}

/// A box in a picture of some size, in pixels of that picture.
#[derive(Debug, Clone, Copy)]
struct Place {
    width: f64,
    height: f64,
    x1: f64,
    y1: f64,
    x2: f64,
    y2: f64,
}

impl Place {
    /// `area` refers to any size with the picture's proportions.
    fn of(area: FaceBox, (width, height): (u32, u32)) -> Self {
        let (width, height) = (f64::from(width), f64::from(height));
        let (across, down) = (width / f64::from(area.image_width.max(1)), height / f64::from(area.image_height.max(1)));
        Self {
            width,
            height,
            x1: f64::from(area.x1) * across,
            y1: f64::from(area.y1) * down,
            x2: f64::from(area.x2) * across,
            y2: f64::from(area.y2) * down,
        }
    }

    fn apply(&mut self, edit: AssetEdit) {
        match edit {
            AssetEdit::Crop { x, y, width, height } => {
                self.shift(-f64::from(x), -f64::from(y));
                (self.width, self.height) = (f64::from(width), f64::from(height));
            }
            AssetEdit::Rotate { angle } => (0..angle / 90 % 4).for_each(|_| self.turn()),
            AssetEdit::Mirror { axis } => self.mirror(axis),
        }
    }

    /// Undoes an edit; `before` is the size that the picture had before it.
    fn revert(&mut self, edit: AssetEdit, before: (u32, u32)) {
        match edit {
            AssetEdit::Crop { x, y, .. } => {
                self.shift(f64::from(x), f64::from(y));
                (self.width, self.height) = (f64::from(before.0), f64::from(before.1));
            }
            AssetEdit::Rotate { angle } => (0..(4 - angle / 90 % 4) % 4).for_each(|_| self.turn()),
            AssetEdit::Mirror { axis } => self.mirror(axis),
        }
    }

    fn shift(&mut self, x: f64, y: f64) {
        self.x1 += x;
        self.x2 += x;
        self.y1 += y;
        self.y2 += y;
    }

    /// By a right angle, clockwise.
    fn turn(&mut self) {
        let Self { width, height, x1, y1, x2, y2 } = *self;
        *self = Self { width: height, height: width, x1: height - y2, y1: x1, x2: height - y1, y2: x2 };
    }

    fn mirror(&mut self, axis: MirrorAxis) {
        match axis {
            MirrorAxis::Horizontal => (self.x1, self.x2) = (self.width - self.x2, self.width - self.x1),
            MirrorAxis::Vertical => (self.y1, self.y2) = (self.height - self.y2, self.height - self.y1),
        }
    }

    fn to_box(self) -> FaceBox {
        // Casts saturate: sizes are far below the range.
        let pixel = |at: f64| at.round() as i32;
        FaceBox {
            image_width: pixel(self.width),
            image_height: pixel(self.height),
            x1: pixel(self.x1),
            y1: pixel(self.y1),
            x2: pixel(self.x2),
            y2: pixel(self.y2),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PLAIN: (u32, u32) = (2_000, 1_000);
    const CROP: AssetEdit = AssetEdit::Crop { x: 100, y: 200, width: 400, height: 300 };
    const TURN: AssetEdit = AssetEdit::Rotate { angle: 90 };
    const MIRROR: AssetEdit = AssetEdit::Mirror { axis: MirrorAxis::Horizontal };

    fn area(x1: i32, y1: i32, x2: i32, y2: i32) -> FaceBox {
        FaceBox { image_width: 2_000, image_height: 1_000, x1, y1, x2, y2 }
    }

    #[test]
    fn faces_move_with_the_picture() {
        assert_eq!(edited_size(PLAIN, &[CROP, TURN, MIRROR]), (300, 400));
        let placed = place_in_edited(area(150, 250, 250, 300), PLAIN, &[CROP, TURN]);
        let expected = FaceBox { image_width: 300, image_height: 400, x1: 200, y1: 50, x2: 250, y2: 150 };
        assert_eq!(placed, expected);
        let mirrored = place_in_edited(area(150, 250, 250, 300), PLAIN, &[CROP, TURN, MIRROR]);
        assert_eq!((mirrored.x1, mirrored.x2), (50, 100));
        let halved = FaceBox { image_width: 1_000, image_height: 500, x1: 75, y1: 125, x2: 125, y2: 150 };
        assert_eq!(place_in_edited(halved, PLAIN, &[CROP, TURN]), expected, "whatever size the box refers to");
    }

    #[test]
    fn what_is_cut_off_is_not_visible() {
        let share = |area| visible_share(area, PLAIN, &[CROP, TURN]);
        assert!((share(area(150, 250, 250, 300)) - 1.0).abs() < 1e-9);
        assert!((share(area(0, 250, 200, 300)) - 0.5).abs() < 1e-9);
        assert!(share(area(0, 0, 50, 50)) < 1e-9);
    }

    fn edits() -> impl Strategy<Value = Vec<AssetEdit>> {
        let angle = prop::sample::select(vec![0_u16, 90, 180, 270]);
        let axis = prop::sample::select(vec![MirrorAxis::Horizontal, MirrorAxis::Vertical]);
        (any::<bool>(), angle, axis, any::<bool>()).prop_map(|(crops, angle, axis, turns_first)| {
            let mut edits = vec![AssetEdit::Rotate { angle }, AssetEdit::Mirror { axis }];
            if !turns_first {
                edits.reverse();
            }
            if crops {
                edits.insert(0, CROP);
            }
            edits
        })
    }

    proptest! {
        #[test]
        fn there_and_back_is_where_it_was(edits in edits(), x in 0..1_900, y in 0..900, w in 1..100, h in 1..100) {
            let area = area(x, y, x + w, y + h);
            prop_assert_eq!(place_in_plain(place_in_edited(area, PLAIN, &edits), PLAIN, &edits), area);
        }
    }
}
