//! `COMPAT.md`: the table of all operations and sync types, and the tests that keep it true.

mod agree;
mod proofs;
mod router;
mod rows;
mod spec;
