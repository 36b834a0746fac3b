//! The FTP server against the clients that people use, and against those that nobody should.

#![allow(clippy::unwrap_used)]

mod clients;
mod refusals;
mod site;
