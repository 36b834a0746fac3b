//! Records what a test could not run, so that nothing passes silently.

use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};

/// Names the file to which a line is added for everything that did not run. `cargo xtask test` sets it.
const VARIABLE: &str = "TINTYPE_NOT_RUN";

/// The reason that is never a failure: the recorded material is not published.
const ABSENT_SHARED: &str = "no ../shared here";

/// Notes that `what` did not run, and why. The caller then returns.
///
/// # Panics
/// When the note cannot be written: a test that is skipped without a trace must not pass.
pub fn not_run(what: &str, why: &str) {
    let line = format!("{}: {}\n", one_line(what), one_line(why));
    say(&format!("not run: {}", line.trim_end()));
    let Some(path) = env::var_os(VARIABLE) else { return };
    let file = OpenOptions::new().create(true).append(true).open(&path);
    // One write, so that lines of tests that run at the same time do not mix.
    let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
    written.unwrap_or_else(|error| panic!("cannot note in {}: {error}", path.display()));
}

/// Notes that `what` did not run because the recorded material beside the repository is not there.
pub fn not_run_without_shared(what: &str) {
    not_run(what, ABSENT_SHARED);
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Says something to the person who runs the tests, also from a test that passes.
pub fn say(text: &str) {
    // Written past the test harness, which would hide the output of a passing test.
    let _ = writeln!(io::stderr(), "{text}");
}
