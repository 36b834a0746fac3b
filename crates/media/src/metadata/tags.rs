//! A flat set of named values, in the vocabulary of exiftool, which every reader of this crate speaks.

use std::collections::BTreeMap;

use serde_json::Value;

/// Tag name → value. Names are exiftool's without group (`DateTimeOriginal`, `LensID`).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tags {
    values: BTreeMap<String, Value>,
}

impl Tags {
    /// Takes the object exiftool prints for one file.
    pub(crate) fn from_json(object: serde_json::Map<String, Value>) -> Self {
        Self { values: object.into_iter().collect() }
    }

    /// Sets `name`, replacing an older value.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// Sets `name` unless something of higher priority did so before.
    pub(crate) fn set_if_absent(&mut self, name: &str, value: impl Into<Value>) {
        self.values.entry(name.to_owned()).or_insert_with(|| value.into());
    }

    /// Lays `upper` over these values: where both know a tag, `upper` wins.
    pub(crate) fn overlay(&mut self, upper: &Tags) {
        self.values.extend(upper.values.iter().map(|(name, value)| (name.clone(), value.clone())));
    }

    /// Whether the tag is there, be its value ever so odd.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The value as text: a number the way JavaScript writes it, nothing for lists and objects.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.values.get(name).and_then(value_text)
    }

    /// The first of `names` which is there, as text.
    pub(crate) fn first_text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.text(name))
    }

    /// The value if it is a JSON number; numbers in quotes do not count (the reference does not take them either).
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.values.get(name).and_then(Value::as_f64).filter(|number| number.is_finite())
    }

    /// A field of a structured value, e.g. `Device` → `Manufacturer`.
    pub(crate) fn field_text(&self, name: &str, field: &str) -> Option<String> {
        self.values.get(name).and_then(|value| value.get(field)).and_then(value_text)
    }

    /// A structured value.
    pub(crate) fn structure(&self, name: &str) -> Option<&Value> {
        self.values.get(name).filter(|value| value.is_object())
    }

    /// All values of a tag that may be a list; a single value is a list of one.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        match self.values.get(name)? {
            Value::Array(items) => Some(items.iter().filter_map(value_text).collect()),
            single => Some(value_text(single).into_iter().collect()),
        }
    }
}

fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) => Some(match number.as_i64() {
            Some(integer) => integer.to_string(),
            None => number.as_f64()?.to_string(),
        }),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tags(value: Value) -> Tags {
        let Value::Object(object) = value else { panic!("an object") };
        Tags::from_json(object)
    }

    #[test]
    fn numbers_read_as_javascript_would_print_them() {
        let tags = tags(json!({"ExposureTime": 4.0, "ISO": 100, "FNumber": "text", "Half": 0.5}));
        assert_eq!(tags.text("ExposureTime").as_deref(), Some("4"));
        assert_eq!(tags.text("ISO").as_deref(), Some("100"));
        assert_eq!(tags.text("Half").as_deref(), Some("0.5"));
        assert_eq!(tags.number("FNumber"), None);
        assert_eq!(tags.number("ISO"), Some(100.0));
    }

    #[test]
    fn lists_and_single_values_are_lists() {
        let tags = tags(json!({"Keywords": ["a", 7], "TagsList": "b"}));
        assert_eq!(tags.list("Keywords"), Some(vec!["a".into(), "7".into()]));
        assert_eq!(tags.list("TagsList"), Some(vec!["b".into()]));
        assert_eq!(tags.list("none"), None);
    }

    #[test]
    fn overlay_wins_and_set_if_absent_does_not() {
        let mut below = tags(json!({"Make": "a", "Model": "b"}));
        below.overlay(&tags(json!({"Make": "c"})));
        below.set_if_absent("Model", "d");
        assert_eq!(below.text("Make").as_deref(), Some("c"));
        assert_eq!(below.text("Model").as_deref(), Some("b"));
    }
}
