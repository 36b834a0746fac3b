//! Which version a server says it is, and what follows from it: clients choose request types by it, and bodies differ
//! between generation 2 and generation 3.

use std::fmt;
use std::str::FromStr;

/// `major.minor.patch` of the reference that a server is compatible with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Generation.
    pub major: u32,
    /// Feature release.
    pub minor: u32,
    /// Bug fix release.
    pub patch: u32,
}

/// The two families of bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// Versions below 3.
    Two,
    /// Version 3 and later.
    Three,
}

/// A text that is not `major.minor.patch`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a version: three numbers such as 3.2.2 are expected")]
pub struct InvalidVersion {
    /// What was given.
    pub text: String,
}

impl Version {
    /// The newest version Tintype speaks; reported unless configured otherwise.
    pub const CURRENT: Self = Self { major: 3, minor: 2, patch: 2 };

    /// The generation this version belongs to.
    pub fn generation(self) -> Generation {
        if self.major < 3 { Generation::Two } else { Generation::Three }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let invalid = || InvalidVersion { text: text.to_owned() };
        let mut numbers = text.trim_start_matches('v').split('.').map(str::parse::<u32>);
        let mut next = || numbers.next().and_then(Result::ok).ok_or_else(invalid);
        let version = Self { major: next()?, minor: next()?, patch: next()? };
        if numbers.next().is_some() { Err(invalid()) } else { Ok(version) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_three_numbers() {
        assert_eq!("2.7.5".parse::<Version>().unwrap().generation(), Generation::Two);
        assert_eq!("v3.2.2".parse(), Ok(Version::CURRENT));
        for bad in ["3", "3.2", "3.2.x", "3.2.2.1", ""] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
    }
}
