//! Faces as regions of the Metadata Working Group (Guidelines for handling image metadata 2.0, section 5.9): areas relative
//! to the picture as it is stored, given by their middle.

use tintype_media::metadata::Area;

use crate::known::Known;
use crate::text::line;
use crate::value::{Node, Value};

/// How much of two areas must be common for them to be the same face.
const SAME_FACE_SHARE: f64 = 0.5;
/// A difference of an area's numbers that is none: they are written with six digits.
const SAME_PART: f64 = 2e-6;
/// By how much two pictures may differ in their proportions and still be of one shape.
const SAME_SHAPE: f64 = 0.02;

/// Regions that are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Size of the stored picture in pixels.
    pub size: (u32, u32),
    /// Each as it is written.
    pub regions: Vec<Node>,
}

/// The faces of people with a name.
pub(crate) fn wanted(known: &Known) -> Option<Wanted> {
    let size = known.stored_size.filter(|(width, height)| *width > 0 && *height > 0)?;
    let of = |person: &crate::known::Person| {
        let name = line(&person.name);
        person.faces.iter().map(|area| region(&name, *area)).collect::<Vec<_>>()
    };
    let regions: Vec<Node> = known.people.iter().flat_map(of).collect();
    (!regions.is_empty()).then_some(Wanted { size, regions })
}

fn text(text: impl Into<String>) -> Node {
    Node::Text(text.into())
}

fn fields<const N: usize>(fields: [(&str, Node); N]) -> Node {
    Node::Fields(fields.into_iter().map(|(name, node)| (name.to_owned(), node)).collect())
}

fn region(name: &str, area: Area) -> Node {
    let part = |part: f64| text(format!("{part:.6}"));
    let area = fields([
        ("X", part(area.x)),
        ("Y", part(area.y)),
        ("W", part(area.width)),
        ("H", part(area.height)),
        ("Unit", text("normalized")),
    ]);
    fields([("Area", area), ("Name", text(name)), ("Type", text("Face"))])
}

/// A whole value: the size that areas refer to, and the regions.
pub(crate) fn value(size: Node, regions: Vec<Node>) -> Value {
    Value::Structure(fields([("AppliedToDimensions", size), ("RegionList", Node::List(regions))]))
}

/// A value with another list of regions; what else it has stays.
pub(crate) fn with_list(current: Option<&Value>, size: Node, regions: Vec<Node>) -> Value {
    let Some(Value::Structure(Node::Fields(fields))) = current else { return value(size, regions) };
    let is_kept = |(name, _): &&(String, Node)| !matches!(name.as_str(), "AppliedToDimensions" | "RegionList");
    let others = fields.iter().filter(is_kept).cloned();
    let own = [("AppliedToDimensions".to_owned(), size), ("RegionList".to_owned(), Node::List(regions))];
    Value::Structure(Node::Fields(own.into_iter().chain(others).collect()))
}

/// A size in pixels.
pub(crate) fn size((width, height): (u32, u32)) -> Node {
    fields([("W", text(width.to_string())), ("H", text(height.to_string())), ("Unit", text("pixel"))])
}

/// The regions of a value.
pub(crate) fn list(value: &Value) -> &[Node] {
    let Value::Structure(node) = value else { return &[] };
    node.field("RegionList").map(Node::members).unwrap_or_default()
}

/// The size of a value.
pub(crate) fn size_of(value: &Value) -> Option<&Node> {
    let Value::Structure(node) = value else { return None };
    node.field("AppliedToDimensions")
}

/// Whether regions that refer to this size could as well refer to the wanted one.
pub(crate) fn has_shape(size: &Node, (width, height): (u32, u32)) -> bool {
    let (Some(across), Some(down)) = (size.number("W"), size.number("H")) else { return true };
    let shape = f64::from(width) / f64::from(height.max(1));
    down > 0.0 && ((across / down) / shape - 1.0).abs() <= SAME_SHAPE
}

/// The names of regions, for people.
pub(crate) fn names(node: &Node) -> Vec<String> {
    let regions = node.field("RegionList").map(Node::members).unwrap_or_default();
    let name = |region: &Node| region.field("Name").and_then(Node::text).unwrap_or("?").to_owned();
    regions.iter().map(name).collect()
}

/// Left, top, right and bottom, 0 to 1.
fn sides(region: &Node) -> Option<[f64; 4]> {
    let area = region.field("Area")?;
    let (x, y, w, h) = (area.number("X")?, area.number("Y")?, area.number("W")?, area.number("H")?);
    Some([x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0])
}

fn name(region: &Node) -> &str {
    region.field("Name").and_then(Node::text).unwrap_or_default().trim()
}

/// Whether a region marks the same face of the same person, if not by the very same numbers.
pub(crate) fn is_same_face(one: &Node, other: &Node) -> bool {
    let (Some(a), Some(b)) = (sides(one), sides(other)) else { return false };
    let overlap = |low: usize, high: usize| (a[high].min(b[high]) - a[low].max(b[low])).max(0.0);
    let common = overlap(0, 2) * overlap(1, 3);
    let size = |sides: [f64; 4]| (sides[2] - sides[0]) * (sides[3] - sides[1]);
    name(one) == name(other) && common >= SAME_FACE_SHARE * (size(a) + size(b) - common)
}

/// Whether two regions are one that was written and the same read again: all that both name is alike.
pub(crate) fn is_same_region(one: &Node, other: &Node) -> bool {
    match (one, other) {
        (Node::Text(one), Node::Text(other)) => {
            let numbers = one.trim().parse::<f64>().ok().zip(other.trim().parse::<f64>().ok());
            one.trim() == other.trim() || numbers.is_some_and(|(one, other)| (one - other).abs() <= SAME_PART)
        }
        (Node::Fields(one), Node::Fields(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, node)| other.iter().any(|(found, other)| found == name && is_same_region(node, other)))
        }
        (Node::Fields(_), _) | (_, Node::Fields(_)) => false,
        // One entry may be read as a list or without.
        (one, other) => {
            let (one, other) = (one.members(), other.members());
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same_region(one, other))
        }
    }
}

/// Whether two values hold the same regions, in whatever order.
pub(crate) fn are_same(one: &Value, other: &Value) -> bool {
    let (first, second) = (list(one), list(other));
    let within =
        |some: &[Node], all: &[Node]| some.iter().all(|one| all.iter().any(|other| is_same_region(one, other)));
    matches!((one, other), (Value::Structure(_), Value::Structure(_)))
        && first.len() == second.len()
        && within(first, second)
        && within(second, first)
}
