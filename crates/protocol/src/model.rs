//! Closed sets of values that appear in many bodies: kinds of assets, visibilities, roles, colours.

use crate::wire::wire_names;

/// A text that is not one of the names its type allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a known {kind}")]
pub struct UnknownName {
    /// The type that was asked for, e.g. `Visibility`.
    pub kind: &'static str,
    /// What was found instead.
    pub text: String,
}

wire_names! {
    /// What an asset is. Tintype makes only the first two; the others exist in the protocol.
    AssetType {
        /// A picture.
        Image = "IMAGE",
        /// A moving picture, motion parts of live photos included.
        Video = "VIDEO",
        /// Sound; never made by the reference.
        Audio = "AUDIO",
        /// Anything else; never made by the reference.
        Other = "OTHER",
    }
}

wire_names! {
    /// Where an asset shows up.
    Visibility {
        /// In the timeline.
        Timeline = "timeline",
        /// Only in the archive view, albums and searches that ask for it.
        Archive = "archive",
        /// Nowhere by itself: the motion part of a live photo.
        Hidden = "hidden",
        /// In the locked folder, behind the PIN.
        Locked = "locked",
    }
}

wire_names! {
    /// Life of an asset row.
    AssetStatus {
        /// Ordinary.
        Active = "active",
        /// In the trash.
        Trashed = "trashed",
        /// Marked for removal; its files and row go away in the background.
        Deleted = "deleted",
    }
}

wire_names! {
    /// Life of a user account.
    UserStatus {
        /// Ordinary.
        Active = "active",
        /// Being removed.
        Removing = "removing",
        /// Deleted by the admin, restorable until the delay has passed.
        Deleted = "deleted",
    }
}

wire_names! {
    /// A user's part in an album.
    AlbumRole {
        /// Owns it; on the wire only for clients of generation 3.
        Owner = "owner",
        /// May add, remove and rename.
        Editor = "editor",
        /// May look.
        Viewer = "viewer",
    }
}

wire_names! {
    /// Order of assets in an album or a search.
    SortOrder {
        /// Oldest first.
        Ascending = "asc",
        /// Newest first.
        Descending = "desc",
    }
}

wire_names! {
    /// The ten colours of user avatars, in the order that the derived colour is chosen from.
    AvatarColor {
        /// The default.
        Primary = "primary",
        /// Pink.
        Pink = "pink",
        /// Red.
        Red = "red",
        /// Yellow.
        Yellow = "yellow",
        /// Blue.
        Blue = "blue",
        /// Green.
        Green = "green",
        /// Purple.
        Purple = "purple",
        /// Orange.
        Orange = "orange",
        /// Grey.
        Gray = "gray",
        /// Amber.
        Amber = "amber",
    }
}

impl AvatarColor {
    /// The colour shown for a user who chose none: the sum of the code points of the e-mail modulo the number of
    /// colours (http-api §4, UserResponseDto).
    pub fn derived_from(email: &str) -> Self {
        let sum: u64 = email.chars().map(|c| u64::from(u32::from(c))).sum();
        let count = Self::ALL.len() as u64;
        Self::ALL[usize::try_from(sum % count).expect("a remainder of ten fits")]
    }
}

wire_names! {
    /// What an upload became.
    UploadStatus {
        /// A new asset.
        Created = "created",
        /// The content was already there.
        Duplicate = "duplicate",
        /// Took the place of another asset's content (2.x only).
        Replaced = "replaced",
    }
}

wire_names! {
    /// Why one id of a bulk request failed.
    BulkError {
        /// Already there.
        Duplicate = "duplicate",
        /// Not allowed.
        NoPermission = "no_permission",
        /// Not there.
        NotFound = "not_found",
        /// Something else.
        Unknown = "unknown",
        /// The value is not acceptable.
        Validation = "validation",
    }
}

wire_names! {
    /// Along which axis a picture is mirrored.
    MirrorAxis {
        /// Left and right change places.
        Horizontal = "horizontal",
        /// Top and bottom change places.
        Vertical = "vertical",
    }
}

wire_names! {
    /// What a memory is about.
    MemoryType {
        /// The same day of an earlier year.
        OnThisDay = "on_this_day",
    }
}

wire_names! {
    /// What a notification is about.
    NotificationType {
        /// Background work failed.
        JobFailed = "JobFailed",
        /// A backup failed.
        BackupFailed = "BackupFailed",
        /// The system says something.
        SystemMessage = "SystemMessage",
        /// An album was shared.
        AlbumInvite = "AlbumInvite",
        /// A shared album has new photos.
        AlbumUpdate = "AlbumUpdate",
        /// Anything else.
        Custom = "Custom",
    }
}

wire_names! {
    /// How grave a notification is.
    NotificationLevel {
        /// Something good.
        Success = "success",
        /// Something went wrong.
        Error = "error",
        /// Something may go wrong.
        Warning = "warning",
        /// Something to know.
        Info = "info",
    }
}

wire_names! {
    /// Who found a face.
    FaceSource {
        /// A recogniser.
        MachineLearning = "machine-learning",
        /// The program that wrote the file.
        Exif = "exif",
        /// A person.
        Manual = "manual",
    }
}

wire_names! {
    /// Key of a row of user metadata.
    UserMetadataKey {
        /// Only what differs from the defaults.
        Preferences = "preferences",
        /// A licence the user entered.
        License = "license",
        /// Whether the user finished the welcome steps.
        Onboarding = "onboarding",
    }
}

wire_names! {
    /// What a shared link shows.
    SharedLinkType {
        /// An album, with what is in it at any time.
        Album = "ALBUM",
        /// Assets that were chosen one by one.
        Individual = "INDIVIDUAL",
    }
}

wire_names! {
    /// What somebody left in an album.
    ActivityType {
        /// A text.
        Comment = "comment",
        /// Approval without words.
        Like = "like",
    }
}

wire_names! {
    /// What activities are about.
    ReactionLevel {
        /// The album as a whole.
        Album = "album",
        /// One of its assets.
        Asset = "asset",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for visibility in Visibility::ALL {
            assert_eq!(visibility.as_str().parse(), Ok(*visibility));
        }
        assert!("secret".parse::<Visibility>().is_err());
    }

    #[test]
    fn derived_colour_is_that_of_the_reference() {
        // Values recorded from the reference for these addresses.
        assert_eq!(AvatarColor::derived_from("admin@example.org"), AvatarColor::Orange);
        assert_eq!(AvatarColor::derived_from("user2@example.org"), AvatarColor::Yellow);
        assert_eq!(AvatarColor::derived_from("user3@example.org"), AvatarColor::Blue);
        assert_eq!(AvatarColor::derived_from("quota@example.org"), AvatarColor::Primary);
    }
}
