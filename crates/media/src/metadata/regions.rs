//! Faces that other programs wrote into files: regions as the Metadata Working Group defines them (Guidelines for
//! handling image metadata 2.0, section 5.9).

use serde_json::Value;

use super::tags::Tags;
use crate::pictures::Orientation;

/// Most faces taken from one file.
const MAX_REGIONS: usize = 1_000;
/// Largest side of an image that regions may refer to, in pixels.
const MAX_SIDE: f64 = 1_000_000.0;

/// Somebody's face, as a box in pixels of the upright image.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct FaceRegion {
    /// Never empty.
    pub name: String,
    pub image_width: i32,
    pub image_height: i32,
    pub x1: i32,
    pub y1: i32,
    pub x2: i32,
    pub y2: i32,
}

/// A rectangle in a picture as it is stored, given by its middle; 0 to 1 across and down.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl FaceRegion {
    /// Where the face is in the picture as it is stored under an EXIF orientation, and the size of that in pixels: what a
    /// region of the Metadata Working Group refers to. `None` for a box without any extent.
    pub fn stored(&self, orientation: Option<u8>) -> Option<(Area, (u32, u32))> {
        let (width, height) = (u32::try_from(self.image_width).ok()?, u32::try_from(self.image_height).ok()?);
        if width == 0 || height == 0 {
            return None;
        }
        let back = Orientation::from_exif(u32::from(inverse(orientation.unwrap_or(1))));
        let part = |x: i32, y: i32| {
            let inside = |at: i32, side: u32| (f64::from(at) / f64::from(side)).clamp(0.0, 1.0);
            back.turned((inside(x, width), inside(y, height)))
        };
        let (from, to) = (part(self.x1, self.y1), part(self.x2, self.y2));
        let area = Area {
            x: f64::midpoint(from.0, to.0),
            y: f64::midpoint(from.1, to.1),
            width: (to.0 - from.0).abs(),
            height: (to.1 - from.1).abs(),
        };
        (area.width > 0.0 && area.height > 0.0).then(|| (area, back.displayed(width, height)))
    }
}

/// The orientation that takes back what another one does: those that turn by a right angle take back each other.
fn inverse(orientation: u8) -> u8 {
    match orientation {
        6 => 8,
        8 => 6,
        other => other,
    }
}

/// Regions that are faces and have a name. Anything that makes no sense is left out.
pub(super) fn faces(tags: &Tags, orientation: Option<u8>) -> Vec<FaceRegion> {
    let Some(info) = tags.structure("RegionInfo") else { return Vec::new() };
    let Some(stored) = dimensions(&info["AppliedToDimensions"]) else { return Vec::new() };
    let orientation = Orientation::from_exif(u32::from(orientation.unwrap_or(1)));
    let regions = info["RegionList"].as_array().map(Vec::as_slice).unwrap_or_default();
    regions.iter().take(MAX_REGIONS).filter_map(|region| face(region, stored, orientation)).collect()
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
}

/// Width and height of the stored image in pixels.
fn dimensions(applied: &Value) -> Option<(f64, f64)> {
    let side = |name| number(&applied[name]).filter(|side| (1.0..=MAX_SIDE).contains(side));
    Some((side("W")?, side("H")?))
}

fn face(region: &Value, (width, height): (f64, f64), orientation: Orientation) -> Option<FaceRegion> {
    let is_face = region["Type"].as_str().is_none_or(|kind| kind.eq_ignore_ascii_case("face"));
    let name = region["Name"].as_str().map(str::trim).filter(|name| !name.is_empty() && is_face)?;
    let area = &region["Area"];
    let is_in_pixels = area["Unit"].as_str().is_some_and(|unit| unit.eq_ignore_ascii_case("pixel"));
    let (across, down) = if is_in_pixels { (width, height) } else { (1.0, 1.0) };
    let (x, y) = (number(&area["X"])? / across, number(&area["Y"])? / down);
    let (w, h) = (number(&area["W"])? / across, number(&area["H"])? / down);
    if w <= 0.0 || h <= 0.0 {
        return None;
    }
    // The area is given by its middle.
    let inside = |part: f64| part.clamp(0.0, 1.0);
    let from = orientation.turned((inside(x - w / 2.0), inside(y - h / 2.0)));
    let to = orientation.turned((inside(x + w / 2.0), inside(y + h / 2.0)));
    let (width, height) = orientation.displayed(width.round() as u32, height.round() as u32);
    let pixel = |part: f64, side: u32| (part * f64::from(side)).round() as i32;
    let (x1, x2) = (pixel(from.0.min(to.0), width), pixel(from.0.max(to.0), width));
    let (y1, y2) = (pixel(from.1.min(to.1), height), pixel(from.1.max(to.1), height));
    let (image_width, image_height) = (i32::try_from(width).ok()?, i32::try_from(height).ok()?);
    (x1 < x2 && y1 < y2).then(|| FaceRegion { name: name.to_owned(), image_width, image_height, x1, y1, x2, y2 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(info: &Value, orientation: u8) -> Vec<FaceRegion> {
        let object = json!({ "RegionInfo": info });
        faces(&Tags::from_json(object.as_object().unwrap().clone()), Some(orientation))
    }

    fn one(region: &Value) -> Value {
        json!({ "AppliedToDimensions": { "W": 4000, "H": 3000, "Unit": "pixel" }, "RegionList": [region] })
    }

    #[test]
    fn areas_are_given_by_their_middle() {
        let area = json!({ "X": "0.25", "Y": 0.5, "W": 0.1, "H": 0.2, "Unit": "normalized" });
        let found = read(&one(&json!({ "Name": " Ada ", "Type": "Face", "Area": area })), 1);
        let ada = FaceRegion {
            name: "Ada".to_owned(),
            image_width: 4_000,
            image_height: 3_000,
            x1: 800,
            y1: 1_200,
            x2: 1_200,
            y2: 1_800,
        };
        assert_eq!(found, std::slice::from_ref(&ada));
        let pixels = json!({ "X": 1000, "Y": 1500, "W": 400, "H": 600, "Unit": "pixel" });
        assert_eq!(read(&one(&json!({ "Name": "Ada", "Area": pixels })), 1), [ada]);
    }

    #[test]
    fn turned_pictures_turn_their_faces() {
        // A box in the top left corner, as the pixels are stored.
        let area = json!({ "X": 0.1, "Y": 0.05, "W": 0.2, "H": 0.1, "Unit": "normalized" });
        let corner = |orientation| {
            let found = read(&one(&json!({ "Name": "Ada", "Area": area })), orientation).remove(0);
            (found.image_width, found.image_height, found.x1, found.y1, found.x2, found.y2)
        };
        assert_eq!(corner(1), (4_000, 3_000, 0, 0, 800, 300));
        assert_eq!(corner(3), (4_000, 3_000, 3_200, 2_700, 4_000, 3_000));
        assert_eq!(corner(6), (3_000, 4_000, 2_700, 0, 3_000, 800), "turned clockwise: top right");
        assert_eq!(corner(8), (3_000, 4_000, 0, 3_200, 300, 4_000), "turned anticlockwise: bottom left");
    }

    #[test]
    fn faces_go_back_to_where_they_came_from() {
        let area = json!({ "X": 0.1, "Y": 0.05, "W": 0.2, "H": 0.1, "Unit": "normalized" });
        for orientation in 1..=8 {
            let face = read(&one(&json!({ "Name": "Ada", "Area": area })), orientation).remove(0);
            let (found, size) = face.stored(Some(orientation)).unwrap();
            assert_eq!(size, (4_000, 3_000), "{orientation}");
            for (found, wanted) in [(found.x, 0.1), (found.y, 0.05), (found.width, 0.2), (found.height, 0.1)] {
                assert!((found - wanted).abs() < 1e-9, "{orientation}: {found} {wanted}");
            }
        }
        let nothing = FaceRegion { name: String::new(), image_width: 4, image_height: 0, x1: 0, y1: 0, x2: 1, y2: 1 };
        assert_eq!(nothing.stored(None), None);
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let area = json!({ "X": 0.5, "Y": 0.5, "W": 0.1, "H": 0.1 });
        for region in [
            json!({ "Name": "Rex", "Type": "Pet", "Area": area }),
            json!({ "Type": "Face", "Area": area }),
            json!({ "Name": "", "Area": area }),
            json!({ "Name": "Ada" }),
            json!({ "Name": "Ada", "Area": { "X": 0.5, "Y": 0.5, "W": 0, "H": 0.1 } }),
            json!({ "Name": "Ada", "Area": { "X": 9, "Y": 0.5, "W": 0.1, "H": 0.1 } }),
            json!({ "Name": "Ada", "Area": { "X": "x", "Y": 0.5, "W": 0.1, "H": 0.1 } }),
        ] {
            assert!(read(&one(&region), 1).is_empty(), "{region}");
        }
        assert!(read(&json!({ "RegionList": [{ "Name": "Ada", "Area": area }] }), 1).is_empty(), "no size");
        assert!(read(&json!("text"), 1).is_empty());
    }
}
