//! FTP and FTPS, for devices that speak nothing else (the feature `ftp`): the accounts of SFTP that have a password, in the same
//! folders, under the same rules.
//!
//! The protocol is libunftp's. It says the end of a file by closing the connection, which looks the same when a client is
//! killed, and sets no times; with TLS at least a cut is told from an end. What libunftp 0.24 leaves open: a client that insists on
//! it (`EPSV` after `PROT C`) sends and gets files in the clear where TLS is required, though never its password; and a line
//! of commands may be of any length, until the time for signing in is over.

mod server;
mod sign_in;
mod storage;

pub use server::{Certificate, Server, Settings, StartError};
