//! A measured figure: its samples, what the reference server shows, and what is to be reached.

use serde_json::{Value, json};

/// What a figure has to reach.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// Less is better.
    AtMost(f64),
    /// More is better.
    AtLeast(f64),
    /// Shown for explanation only.
    None,
}

/// A figure with all its samples.
#[derive(Clone, Debug)]
pub struct Figure {
    name: String,
    unit: &'static str,
    samples: Vec<f64>,
    reference: Option<f64>,
    target: Target,
}

impl Figure {
    /// A figure of samples in the order in which they were taken. At least one is needed to make sense.
    #[must_use]
    pub fn new(name: impl Into<String>, unit: &'static str, samples: Vec<f64>) -> Self {
        Self { name: name.into(), unit, samples, reference: None, target: Target::None }
    }

    /// What the reference server (2.7.5, two cores) shows.
    #[must_use]
    pub fn reference(mut self, value: f64) -> Self {
        self.reference = Some(value);
        self
    }

    /// What is to be reached.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    /// The middle sample, or the mean of the two in the middle.
    #[must_use]
    pub fn median(&self) -> f64 {
        let sorted = self.sorted();
        match sorted.len() {
            0 => f64::NAN,
            length if length % 2 == 1 => sorted[length / 2],
            length => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
        }
    }

    /// Whether the median reaches the target, where there is one.
    #[must_use]
    pub fn is_reached(&self) -> Option<bool> {
        match self.target {
            Target::AtMost(limit) => Some(self.median() <= limit),
            Target::AtLeast(limit) => Some(self.median() >= limit),
            Target::None => None,
        }
    }

    pub(crate) const HEADINGS: [&'static str; 8] =
        ["figure", "median", "min", "max", "samples", "reference", "target", ""];

    /// The columns of the table.
    pub(crate) fn columns(&self) -> [String; 8] {
        let sorted = self.sorted();
        let edge = |value: Option<&f64>| value.map_or_else(String::new, |value| number(*value));
        let target = match self.target {
            Target::AtMost(limit) => format!("<= {}", number(limit)),
            Target::AtLeast(limit) => format!(">= {}", number(limit)),
            Target::None => String::new(),
        };
        let verdict = match self.is_reached() {
            Some(true) => "reached",
            Some(false) => "MISSED",
            None => "",
        };
        [
            format!("{} ({})", self.name, self.unit),
            number(self.median()),
            edge(sorted.first()),
            edge(sorted.last()),
            self.samples.len().to_string(),
            self.reference.map_or_else(String::new, number),
            target,
            verdict.to_owned(),
        ]
    }

    /// What is kept; long lists of samples are not.
    pub(crate) fn json(&self) -> Value {
        const MOST_SAMPLES: usize = 100;
        let sorted = self.sorted();
        let (limit, direction) = match self.target {
            Target::AtMost(limit) => (Some(limit), Some("at most")),
            Target::AtLeast(limit) => (Some(limit), Some("at least")),
            Target::None => (None, None),
        };
        json!({
            "figure": self.name, "unit": self.unit,
            "median": self.median(), "min": sorted.first(), "max": sorted.last(), "count": sorted.len(),
            "samples": (sorted.len() <= MOST_SAMPLES).then_some(&self.samples),
            "reference": self.reference, "target": limit, "direction": direction, "reached": self.is_reached(),
        })
    }
}

/// As many digits as say something.
fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => grouped(value),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let median = |samples: &[f64]| Figure::new("a", "s", samples.to_vec()).median();
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn targets_have_a_direction() {
        let figure = |target| Figure::new("a", "s", vec![2.0]).target(target).is_reached();
        assert_eq!(figure(Target::AtMost(2.0)), Some(true));
        assert_eq!(figure(Target::AtLeast(3.0)), Some(false));
        assert_eq!(figure(Target::None), None);
    }

    #[test]
    fn numbers_are_short() {
        let texts: Vec<String> = [1_234_567.0, 999.96, 12.34, 0.1234].into_iter().map(number).collect();
        assert_eq!(texts, ["1,234,567", "1000.0", "12.3", "0.123"]);
    }
}
