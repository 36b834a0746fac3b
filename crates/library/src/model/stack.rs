//! Stacks.

use tintype_protocol::id::{AssetId, StackId, UserId};

/// Assets of one owner that belong together, one of them in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stack {
    /// Its identifier.
    pub id: StackId,
    /// Whose it is; its assets are theirs, too.
    pub owner_id: UserId,
    /// The one in front, one of its assets.
    pub primary: AssetId,
}

/// What an asset shows of its stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackSummary {
    /// The stack.
    pub stack: Stack,
    /// How many of its assets are not in the trash.
    pub count: u64,
}
