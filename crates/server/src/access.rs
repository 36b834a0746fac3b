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
    /// As [`Access::Needs`], and open to guests of shared links, whose link has to allow it besides.
    NeedsOrGuest(Permission),
    /// A session of an admin, or an admin's key with this permission.
    AdminNeeds(Permission),
    /// A guest of a shared link, if need be after giving its password.
    Guest,
    /// A guest who may still have to give the password.
    GuestAtTheDoor,
}

impl Access {
    /// A session, or a key without restrictions.
    pub const UNRESTRICTED: Self = Self::Needs(Permission::All);

    /// The permission a key has to have.
    pub fn permission(self) -> Option<Permission> {
        match self {
            Self::Public | Self::AnyCaller | Self::Guest | Self::GuestAtTheDoor => None,
            Self::Needs(permission) | Self::NeedsOrGuest(permission) | Self::AdminNeeds(permission) => Some(permission),
        }
    }

    /// Whether guests of shared links may call it.
    pub fn is_open_to_guests(self) -> bool {
        matches!(self, Self::NeedsOrGuest(_) | Self::Guest | Self::GuestAtTheDoor)
    }
}
