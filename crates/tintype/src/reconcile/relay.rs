//! Passing on what happens, until nobody listens any more.

use tintype_reconcile::ReconcileError;

use super::Reconciler;
use crate::control::{Event, Listener};

/// Between the engine, which is told whether to go on, and a listener, whose error says that nobody listens.
pub(super) struct Relay<'a, 'l> {
    reconciler: &'a Reconciler,
    tell: &'a mut Listener<'l>,
    gone: Option<anyhow::Error>,
}

impl<'a, 'l> Relay<'a, 'l> {
    pub(super) fn new(reconciler: &'a Reconciler, tell: &'a mut Listener<'l>) -> Self {
        Self { reconciler, tell, gone: None }
    }

    /// Tells of something; whether to go on.
    pub(super) fn pass_on(&mut self, event: Event) -> bool {
        if self.gone.is_none() {
            self.gone = (self.tell)(event).err();
        }
        self.gone.is_none() && self.reconciler.goes_on()
    }

    /// How it ended: that nobody listens any more is why it ended early.
    pub(super) fn end<T>(self, outcome: Result<T, ReconcileError>) -> anyhow::Result<T> {
        match self.gone {
            Some(error) => Err(error),
            None => Ok(outcome?),
        }
    }
}
