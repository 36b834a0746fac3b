//! Stacks in a store.

use tintype_protocol::id::{AssetId, StackId, UserId};

use super::StoreError;
use crate::model::{Asset, Stack, StackSummary};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about stacks.
pub trait ReadStacks {
    /// One stack.
    fn stack(&self, id: StackId) -> Result<Option<Stack>>;
    /// A user's stacks, oldest first; with `primary` only the one that has it in front.
    fn stacks_of(&self, owner: UserId, primary: Option<AssetId>) -> Result<Vec<Stack>>;
    /// What is in a stack, the one in front first, then by date. The trash is part of it.
    fn stack_assets(&self, stack: &Stack) -> Result<Vec<Asset>>;
    /// What an asset shows of its stack.
    fn stack_summary(&self, id: StackId) -> Result<Option<StackSummary>>;
}

/// Changes of stacks. Members are changed by changing the assets.
pub trait WriteStacks {
    /// A new stack.
    fn insert_stack(&mut self, stack: &Stack) -> Result<()>;
    /// Another asset comes to the front.
    fn update_stack(&mut self, stack: &Stack) -> Result<()>;
    /// The stack is gone; its owner and their partners learn of it.
    fn delete_stack(&mut self, stack: &Stack) -> Result<()>;
}
