//! The pipeline, from files in a folder to assets in a library, or on a server that does not do what it should.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod crashes;
mod destination;
mod faults;
mod full;
mod here;
mod running;
mod scene;
mod smaller;
mod together;
