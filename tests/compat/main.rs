//! Holds the tree to its rules ([`tidy`]), the table of operations to the server ([`table`]) and the server to what
//! the reference was recorded to answer ([`fidelity`], [`recorded`]).

mod fidelity;
mod proof;
mod recorded;
mod table;
mod tidy;
mod tree;
