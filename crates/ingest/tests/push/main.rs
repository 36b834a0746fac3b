//! Sending a folder: to our own SFTP server, and to an Immich-compatible one that does not do what it should.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod desk;
mod http;
mod immich;
mod openssh;
mod proof;
mod sftp;
#[path = "../sftp/site.rs"]
#[allow(dead_code, reason = "the tests of the server use the rest")]
mod site;
mod taken;
mod writing;
