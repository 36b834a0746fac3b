//! Following an upstream that has every quirk of the reference.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod conflicts;
mod conversation;
mod copies;
mod dates;
mod find;
mod framing;
mod interrupted;
mod lines;
mod locked;
mod offer;
mod older;
mod out_of_sight;
mod progress;
mod quarantine;
mod refusals;
mod resets;
mod restored;
mod rows;
mod scene;
mod unfinished;
mod versions;
