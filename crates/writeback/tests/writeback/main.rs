//! Write-back over real libraries, read again by exiftool as anybody would run it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod disks;
mod embedded;
mod faults;
mod formats;
mod names;
mod remote;
mod round_trip;
mod scene;
mod sidecars;
