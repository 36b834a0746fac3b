//! Errors as people read them.

use std::error::Error;

/// An error with all its causes, on one line.
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the file could not be read")]
    struct Unread(#[source] io::Error);

    #[test]
    fn causes_follow_what_they_caused() {
        let error = Unread(io::Error::other("the cable is out"));
        assert_eq!(with_causes(&error), "the file could not be read: the cable is out");
        assert_eq!(with_causes(&io::Error::other("alone")), "alone");
    }
}
