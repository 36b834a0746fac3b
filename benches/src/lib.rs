//! What the bench programs share, and nothing that is shipped.
//!
//! A program starts a node ([`SeededNode`] has a library of made-up rows), measures, and reports each figure as a
//! [`Figure`] through a [`Report`], which prints a table and keeps the result as a line of JSON. [`Connection`] is a
//! client that costs next to nothing, [`load`] puts a node under load, [`process`] reads what a process uses.
//!
//! The programs read `/proc` and therefore run on Linux only.

mod figure;
pub mod landing;
pub mod load;
mod machine;
pub mod photographs;
pub mod process;
mod report;
mod seeded;
mod wire;

pub use figure::{Figure, Target};
pub use report::Report;
pub use seeded::{ASSETS, Amounts, SeededNode, log_in};
pub use wire::{Connection, request};
