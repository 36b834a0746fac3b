//! Why a request is not answered with what was asked for: a code for programs and a text for people.

use std::borrow::Cow;
use std::io;

use rustix::io::Errno;

use super::path::PathError;
use super::wire::Code;

/// See the module's description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: Code,
    pub(crate) text: Cow<'static, str>,
}

/// How quotas and full disks are told.
const QUOTA: &str = "quota exceeded";
const NO_SPACE: &str = "no space left on device";

impl Refused {
    pub(crate) fn new(code: Code, text: impl Into<Cow<'static, str>>) -> Refused {
        Refused { code, text: text.into() }
    }

    pub(crate) fn failure(text: impl Into<Cow<'static, str>>) -> Refused {
        Refused::new(Code::Failure, text)
    }

    pub(crate) fn denied(text: &'static str) -> Refused {
        Refused::new(Code::PermissionDenied, text)
    }

    /// Whether the account has no room for it.
    #[cfg(feature = "ftp")]
    pub(crate) fn is_about_quota(&self) -> bool {
        self.text.starts_with(QUOTA)
    }

    /// Whether the disk has none.
    #[cfg(feature = "ftp")]
    pub(crate) fn is_about_space(&self) -> bool {
        self.text == NO_SPACE
    }

    pub(crate) fn missing() -> Refused {
        Refused::new(Code::NoSuchFile, "no such file")
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Refused {
        use io::ErrorKind as Kind;
        match error.kind() {
            // A link on the way is no folder, and is not told from one that is not there.
            Kind::NotFound | Kind::NotADirectory => Refused::missing(),
            _ if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => Refused::missing(),
            Kind::PermissionDenied => Refused::new(Code::PermissionDenied, plain_text(&error)),
            Kind::StorageFull => Refused::failure(NO_SPACE),
            Kind::QuotaExceeded => Refused::failure(QUOTA),
            Kind::AlreadyExists => Refused::failure("it exists already"),
            Kind::DirectoryNotEmpty => Refused::failure("the folder is not empty"),
            _ => Refused::failure(plain_text(&error)),
        }
    }
}

/// As the system says it, without the number.
fn plain_text(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(text, _)| text.to_owned())
}

impl From<rustix::io::Errno> for Refused {
    fn from(error: rustix::io::Errno) -> Refused {
        io::Error::from(error).into()
    }
}

impl From<PathError> for Refused {
    fn from(error: PathError) -> Refused {
        match error {
            PathError::Reserved => Refused::denied("names that begin with .tintype are not for clients"),
            error => Refused::failure(error.to_string()),
        }
    }
}
