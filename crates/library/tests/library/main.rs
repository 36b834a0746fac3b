//! The library's services over a real store and real files.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod crash;
mod derived;
mod determinism;
mod fetching;
mod guests;
mod import;
mod in_place;
mod jobs;
mod mirrored_rows;
mod mirrored_sharing;
mod mirrored_stacks;
mod news;
mod optimising;
mod origin;
mod originals;
mod quota;
mod recorder;
mod refusals;
mod replace;
mod replica;
mod scene;
mod uploads;
