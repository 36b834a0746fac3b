//! Who may call an operation.

use tintype_protocol::permission::Permission;

/// What an operation demands of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing; callers are not even looked at.
    Public,
    /// A valid session or key.
    AnyCaller,
    /// A session, or a key with this permission.
    Needs(Permission),
    /// A session of an admin, or an admin's key with this permission.
    AdminNeeds(Permission),
}

impl Access {
    /// A session, or a key without restrictions.
    pub const UNRESTRICTED: Self = Self::Needs(Permission::All);

    /// The permission a key has to have.
    pub fn permission(self) -> Option<Permission> {
        match self {
            Self::Public | Self::AnyCaller => None,
            Self::Needs(permission) | Self::AdminNeeds(permission) => Some(permission),
        }
    }
}
