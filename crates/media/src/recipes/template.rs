//! Commands with places for the file: an argument vector, never a line for a shell.

use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The places.
const INPUT: &str = "{input}";
const OUTPUT: &str = "{output}";
const NAME: &str = "{name}";
const EXTENSION: &str = "{ext}";

/// A program with its arguments, in which `{input}`, `{output}`, `{name}` and `{ext}` stand for the file at hand.
///
/// `{input}` is the absolute path under which the original can be read, with the extension of its content; `{output}` where the
/// result has to be; `{name}` the original's name without extension; `{ext}` that extension without the dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    program: String,
    arguments: Vec<String>,
    extension: String,
}

/// The values of the places.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places<'a> {
    pub(crate) input: &'a Path,
    pub(crate) output: &'a Path,
    /// The original's own name.
    pub(crate) name: &'a str,
}

impl Template {
    /// From an argument vector, the program first, and the extension of what it writes. The error says what is wrong.
    pub fn new(command: Vec<String>, extension: String) -> Result<Self, String> {
        let mut words = command.into_iter();
        let program = words.next().filter(|program| !program.is_empty()).ok_or("the command names no program")?;
        let arguments: Vec<String> = words.collect();
        if program.contains('{') {
            return Err("the program itself cannot be a place".to_owned());
        }
        for place in [INPUT, OUTPUT] {
            if !arguments.iter().any(|argument| argument.contains(place)) {
                return Err(format!("the command has no {place}"));
            }
        }
        for argument in &arguments {
            if let Some(place) = unknown_place(argument) {
                return Err(format!("{place} is no place (there are {INPUT}, {OUTPUT}, {NAME} and {EXTENSION})"));
            }
        }
        if extension.is_empty() || !extension.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
            return Err(format!("`{extension}` is no extension: lower-case letters and digits without a dot"));
        }
        Ok(Self { program, arguments, extension })
    }

    /// The program as it was declared: a name to be found in the search path, or an absolute path.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// The last part of the program's path.
    pub(crate) fn program_name(&self) -> &str {
        self.program.rsplit('/').next().unwrap_or(&self.program)
    }

    /// Extension of what it writes.
    pub(crate) fn extension(&self) -> &str {
        &self.extension
    }

    /// The arguments for one file.
    pub(crate) fn fill(&self, places: Places<'_>) -> Vec<OsString> {
        self.arguments.iter().map(|argument| filled(argument, places)).collect()
    }
}

/// The first `{word}` of lower-case letters that is none of the places.
fn unknown_place(argument: &str) -> Option<&str> {
    let mut rest = argument;
    while let Some(start) = rest.find('{') {
        let end = start + rest[start..].find('}')? + 1;
        let place = &rest[start..end];
        let is_word = place.len() > 2 && place[1..place.len() - 1].bytes().all(|byte| byte.is_ascii_lowercase());
        if is_word && ![INPUT, OUTPUT, NAME, EXTENSION].contains(&place) {
            return Some(place);
        }
        rest = &rest[start + 1..];
    }
    None
}

/// One argument. What was put in is not searched for places again.
fn filled(argument: &str, places: Places<'_>) -> OsString {
    let (stem, extension) = stem_and_extension(places.name);
    let values: [(&str, &OsStr); 4] = [
        (INPUT, places.input.as_os_str()),
        (OUTPUT, places.output.as_os_str()),
        (NAME, stem.as_ref()),
        (EXTENSION, extension.as_ref()),
    ];
    let mut result = OsString::new();
    let mut rest = argument;
    loop {
        let next = values.iter().filter_map(|(place, value)| Some((rest.find(place)?, place.len(), value))).min();
        let Some((at, length, value)) = next else {
            result.push(rest);
            return result;
        };
        result.push(&rest[..at]);
        result.push(value);
        rest = &rest[at + length..];
    }
}

/// A name as part of an argument: no folders, and nothing a program could take for an option.
fn stem_and_extension(name: &str) -> (String, String) {
    let base = name.rsplit('/').next().unwrap_or(name);
    let (stem, extension) = match base.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, extension),
        _ => (base, ""),
    };
    let stem = match stem.strip_prefix('-') {
        Some(rest) => format!("_{rest}"),
        None => stem.to_owned(),
    };
    (stem.replace('\0', "_"), extension.replace('\0', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    fn fill(arguments: &[&str], name: &str) -> Vec<OsString> {
        let command = [&["p", "{input}", "{output}"], arguments].concat();
        let template = Template::new(words(&command), "jxl".to_owned()).unwrap();
        let places = Places { input: Path::new("/s/{name}"), output: Path::new("/s/o"), name };
        template.fill(places).split_off(2)
    }

    #[test]
    fn places_are_filled_once() {
        assert_eq!(fill(&["{input}"], "a"), ["/s/{name}"]);
        assert_eq!(fill(&["-x={name}.{ext};{name}"], "b.c.jpg"), ["-x=b.c.jpg;b.c"]);
        assert_eq!(fill(&["{name}", "{ext}", "{}", "{1}"], ".hidden"), [".hidden", "", "{}", "{1}"]);
        assert_eq!(fill(&["{name}"], "a/../-rf.jpg"), ["_rf"]);
        assert_eq!(fill(&["{name}"], "$(reboot) `x` 'y'.jpg"), ["$(reboot) `x` 'y'"]);
    }

    #[test]
    fn templates_that_cannot_work_are_refused() {
        for (command, extension, complaint) in [
            (&[][..], "jxl", "no program"),
            (&["{input}", "{output}"], "jxl", "cannot be a place"),
            (&["p", "{input}"], "jxl", "no {output}"),
            (&["p", "{output}"], "jxl", "no {input}"),
            (&["p", "{input}", "{output}", "{quality}"], "jxl", "{quality} is no place"),
            (&["p", "{input}", "{output}"], ".jxl", "no extension"),
            (&["p", "{input}", "{output}"], "", "no extension"),
        ] {
            let error = Template::new(words(command), extension.to_owned()).unwrap_err();
            assert!(error.contains(complaint), "{command:?}: {error}");
        }
    }
}
