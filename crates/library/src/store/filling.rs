//! Filling a store with very many rows at once.

use super::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about that.
pub trait ReadFilling {
    /// Whether something waits to be brought up to date.
    fn is_filling(&self) -> Result<bool>;
    /// Whether there are more than `count` assets.
    fn has_more_assets_than(&self, count: u64) -> Result<bool>;
}

/// Very many assets come, with what is known about them: what only makes questions faster may wait until they are there.
/// Answers stay the same meanwhile, and some take longer. An interruption does no harm: a store that is opened again
/// brings everything up to date first.
pub trait WriteFilling {
    /// Puts off what can wait.
    fn begin_filling(&mut self) -> Result<()>;
    /// Brings a part of what waits up to date; whether there was any. To be called until there is none, in transactions of
    /// their own, as each may take seconds.
    fn end_filling(&mut self) -> Result<bool>;
}
