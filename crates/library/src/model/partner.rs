//! Partners.

use tintype_protocol::id::UserId;

/// One user lets another see their library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partner {
    /// Whose library it is.
    pub shared_by: UserId,
    /// Who may see it.
    pub shared_with: UserId,
    /// Whether the one who may see it wants it in their own timeline.
    pub in_timeline: bool,
}
