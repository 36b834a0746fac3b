//! Folders beside a real library: files on the disk, rows in SQLite, days that pass when they are told to.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod complaints;
mod histories;
mod in_place;
mod in_place_histories;
mod mounts;
mod policies;
mod rails;
mod refused;
mod resumed;
mod runs;
mod scene;
mod units;
mod verified;
