//! What stops a file on its way, and what is done about it.

use std::error::Error;
use std::time::Duration;

use tintype_library::{Disposition, LibraryError};

use crate::delivery::DeliveryError;
use crate::recipe::OptimiseError;

/// Why a step of a file did not come to its end.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is not the file any more that it was: it starts again.
    Changed,
    /// Somebody took it away.
    Gone,
    /// Nothing can be delivered to the destination for now. No file is to blame.
    Away { after: Option<Duration>, reason: String },
    /// It waits for something that a person or time will put right; however long.
    Waits { reason: String },
    /// It may work later. If it is about this file, not for ever: so many attempts and no more.
    Failed { after: Option<Duration>, reason: String, is_files: bool },
    /// It will not work.
    Hopeless { reason: String },
    /// The process is about to end.
    Stopped,
}

impl Fault {
    /// For a person.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Away { reason, .. }
            | Self::Waits { reason }
            | Self::Failed { reason, .. }
            | Self::Hopeless { reason } => reason,
            Self::Changed => "it changed",
            Self::Gone => "it is gone",
            Self::Stopped => "it was stopped",
        }
    }
}

/// An error with its causes, for a person.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}

impl From<DeliveryError> for Fault {
    fn from(error: DeliveryError) -> Self {
        let reason = chain(&error);
        match error {
            DeliveryError::Away { after, .. } => Self::Away { after, reason },
            DeliveryError::NoRoom { .. } => Self::Waits { reason },
            // Whether it is the file or the destination shows when others get through.
            DeliveryError::Failed { after, .. } => Self::Failed { after, reason, is_files: false },
            DeliveryError::Refused { .. } => Self::Hopeless { reason },
        }
    }
}

impl From<OptimiseError> for Fault {
    fn from(error: OptimiseError) -> Self {
        match error {
            OptimiseError::Stopped => Self::Stopped,
            OptimiseError::Changed => Self::Changed,
            error @ OptimiseError::NotNow(_) => Self::Waits { reason: chain(&error) },
        }
    }
}

impl From<LibraryError> for Fault {
    fn from(error: LibraryError) -> Self {
        let reason = chain(&error);
        match error.disposition() {
            Disposition::Retry { after } => Self::Failed { after, reason, is_files: false },
            // What is written down about files is the pipeline's own: no file is to blame.
            Disposition::Permanent | Disposition::Fatal => Self::Waits { reason },
        }
    }
}

/// What a failed operation on a file of the zone means: `doing` says what was tried.
pub(crate) fn of_file(doing: &str, error: &std::io::Error) -> Fault {
    use std::io::ErrorKind as Kind;
    let reason = format!("{doing} failed: {error}");
    match error.kind() {
        Kind::NotFound => Fault::Gone,
        Kind::StorageFull | Kind::QuotaExceeded => Fault::Waits { reason },
        Kind::PermissionDenied => Fault::Hopeless { reason },
        _ => Fault::Failed { after: None, reason, is_files: true },
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn what_may_be_over_is_waited_for_and_what_may_not_be_read_is_put_aside() {
        let of = |kind| of_file("reading it", &Error::from(kind));
        assert!(matches!(of(ErrorKind::NotFound), Fault::Gone));
        assert!(matches!(of(ErrorKind::StorageFull), Fault::Waits { .. }));
        assert!(matches!(of(ErrorKind::QuotaExceeded), Fault::Waits { .. }));
        assert!(matches!(of(ErrorKind::PermissionDenied), Fault::Hopeless { reason } if reason.contains("reading it")));
        assert!(matches!(of(ErrorKind::TimedOut), Fault::Failed { is_files: true, .. }));
    }
}
