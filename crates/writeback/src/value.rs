//! Values of tags, typed and comparable.

use serde::{Deserialize, Serialize};

use crate::tag::{Kind, Tag};

/// Degrees that make no difference: a decimetre on the ground.
const SAME_DEGREES: f64 = 1e-6;
/// Films store coordinates with fewer digits.
const SAME_COORDINATES: f64 = 1e-4;
/// Metres that make no difference.
const SAME_METRES: f64 = 0.01;

/// A value, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// A text, a number or a date.
    Text(String),
    /// Separate entries.
    List(Vec<String>),
    /// Something with fields.
    Structure(Node),
}

/// A part of a structured value, with everything that others wrote into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    /// A text or a number.
    Text(String),
    /// Several.
    List(Vec<Node>),
    /// Named fields, in their order.
    Fields(Vec<(String, Node)>),
}

impl Node {
    /// A field of this name.
    pub fn field(&self, name: &str) -> Option<&Node> {
        let Self::Fields(fields) = self else { return None };
        fields.iter().find(|(found, _)| found == name).map(|(_, node)| node)
    }

    /// The text itself.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number that the text of a field is.
    pub fn number(&self, field: &str) -> Option<f64> {
        self.field(field)?.text()?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// The members of a list; a single value is a list of one.
    pub fn members(&self) -> &[Node] {
        match self {
            Self::List(members) => members,
            other => std::slice::from_ref(other),
        }
    }
}

impl Value {
    /// The entries of a list; a single text is a list of one.
    pub fn entries(&self) -> &[String] {
        match self {
            Self::List(entries) => entries,
            Self::Text(text) => std::slice::from_ref(text),
            Self::Structure(_) => &[],
        }
    }

    /// The text of a single value.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::List(entries) => f.write_str(&entries.join(", ")),
            Self::Structure(node) => f.write_str(&crate::regions::names(node).join(", ")),
        }
    }
}

/// Whether two texts are the same entry. exiftool prints `True` and `TRUE` alike.
pub fn is_same_entry(one: &str, other: &str) -> bool {
    let is_truth = |text: &str| text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    one == other || (is_truth(one) && one.eq_ignore_ascii_case(other))
}

/// Whether two values of a tag say the same.
pub fn is_same(tag: Tag, one: &Value, other: &Value) -> bool {
    if tag.kind() == Kind::List {
        let (one, other) = (one.entries(), other.entries());
        let within = |some: &[String], all: &[String]| {
            some.iter().all(|entry| all.iter().any(|found| is_same_entry(found, entry)))
        };
        return one.len() == other.len() && within(one, other) && within(other, one);
    }
    let (Some(first), Some(second)) = (one.text(), other.text()) else {
        return one == other || crate::regions::are_same(one, other);
    };
    let near = |tolerance: f64| match (first.trim().parse::<f64>(), second.trim().parse::<f64>()) {
        (Ok(first), Ok(second)) => (first - second).abs() <= tolerance,
        _ => false,
    };
    match tag.kind() {
        Kind::Degrees => near(SAME_DEGREES),
        Kind::Metres => near(SAME_METRES),
        Kind::Number => near(0.0),
        Kind::Fraction => first.trim_end_matches('0') == second.trim_end_matches('0'),
        Kind::Date => date(first) == date(second),
        Kind::Coordinates => coordinates(first, second),
        Kind::Text | Kind::List | Kind::Regions => is_same_entry(first.trim(), second.trim()),
    }
}

/// A date without what says nothing: zeros behind the point, `Z` for an offset of nothing.
fn date(text: &str) -> String {
    let text = text.trim().replace('Z', "+00:00").replace('T', " ");
    let text = text.get(..10).map_or(text.clone(), |day| format!("{}{}", day.replace('-', ":"), &text[10..]));
    let Some((before, after)) = text.split_once('.') else { return text };
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let (fraction, rest) = after.split_at(digits);
    match fraction.trim_end_matches('0') {
        "" => format!("{before}{rest}"),
        fraction => format!("{before}.{fraction}{rest}"),
    }
}

fn coordinates(one: &str, other: &str) -> bool {
    let numbers =
        |text: &str| -> Vec<f64> { text.split([' ', ',']).filter_map(|part| part.trim().parse().ok()).collect() };
    let (one, other) = (numbers(one), numbers(other));
    // An altitude that the file has and nobody here knows of is no difference.
    one.len() >= 2
        && other.len() >= 2
        && one.iter().zip(&other).take(2).all(|(one, other)| (one - other).abs() <= SAME_COORDINATES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_being_kept() {
        let texts = || vec![Node::Text("a".to_owned()), Node::Text("b".to_owned())];
        let fields = vec![("a".to_owned(), Node::List(texts())), ("b".to_owned(), Node::Text("c".to_owned()))];
        for value in [
            Value::Text("x".to_owned()),
            Value::List(vec!["a".to_owned(), "b".to_owned()]),
            Value::Structure(Node::Fields(fields)),
            Value::Structure(Node::List(vec![Node::List(texts()), Node::Fields(Vec::new())])),
        ] {
            let kept = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), value, "{kept}");
        }
    }

    #[test]
    fn what_says_the_same_is_the_same() {
        let same =
            |tag, one: &str, other: &str| is_same(tag, &Value::Text(one.to_owned()), &Value::Text(other.to_owned()));
        assert!(same(Tag::XmpLatitude, "-33.8567890", "-33.856789"));
        assert!(!same(Tag::XmpLatitude, "-33.8567890", "33.856789"));
        assert!(!same(Tag::GpsLatitude, "10.00001", "10.00002"));
        assert!(same(Tag::XmpRating, "5", "5.0"));
        assert!(same(Tag::ExifSubSecOriginal, "12", "120"));
        assert!(same(Tag::XmpDateCreated, "2024:03:09 12:34:56.500Z", "2024-03-09T12:34:56.5+00:00"));
        assert!(!same(Tag::XmpDateCreated, "2024:03:09 12:34:56+01:00", "2024:03:09 12:34:56"));
        assert!(same(Tag::KeysCoordinates, "-33.8568, 151.2153", "-33.85681 151.21531 12"));
        assert!(same(Tag::XmpDescription, "text\n", "text"));
        let list = |entries: &[&str]| Value::List(entries.iter().map(|entry| (*entry).to_owned()).collect());
        assert!(is_same(Tag::XmpSubject, &list(&["a", "b"]), &list(&["b", "a"])));
        assert!(is_same(Tag::XmpSubject, &list(&["a"]), &Value::Text("a".to_owned())));
        assert!(!is_same(Tag::XmpSubject, &list(&["a", "a"]), &list(&["a"])));
    }
}
