//! The SFTP server against the clients that people use, and against those that nobody should.

#![allow(clippy::unwrap_used)]

mod clients;
mod concurrent;
mod floods;
mod full;
mod hostile;
mod raw;
mod resume;
mod site;
mod uploads;
