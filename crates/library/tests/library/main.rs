//! The library's services over a real store and real files.

mod crash;
mod determinism;
mod import;
mod jobs;
mod quota;
mod recorder;
mod refusals;
mod scene;
mod uploads;
