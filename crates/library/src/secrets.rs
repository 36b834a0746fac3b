//! Tokens, keys, passwords and PINs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::clock::Entropy;
use crate::error::LibraryError;

/// Random bytes of a token or key, before encoding.
const SECRET_BYTES: usize = 32;
/// Digits of a PIN.
const PIN_LENGTH: usize = 6;

/// A new token or key: 32 random bytes in base64 without the characters that are no letters or digits, as the
/// reference makes them (http-api §2).
pub fn new_secret(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; SECRET_BYTES];
    entropy.fill(&mut bytes);
    STANDARD.encode(bytes).chars().filter(char::is_ascii_alphanumeric).collect()
}

/// What is kept of a token or key.
pub fn secret_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// bcrypt of a password or PIN. Takes tens of milliseconds on purpose. Only the first 72 bytes count, as in the
/// reference, whose hashes are of the same kind.
pub fn hash_password(password: &str, cost: u32) -> Result<String, LibraryError> {
    bcrypt::hash(password, cost).map_err(LibraryError::Password)
}

/// Whether `password` belongs to `hash`. A hash that is none belongs to nothing.
pub fn is_password(password: &str, hash: &str) -> bool {
    bcrypt::verify(password, hash).unwrap_or(false)
}

/// Whether a text can be a PIN: six digits.
pub fn is_pin(text: &str) -> bool {
    text.len() == PIN_LENGTH && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;

    #[test]
    fn secrets_differ_and_are_plain_letters() {
        let entropy = SeededEntropy::new(3);
        let (one, two) = (new_secret(&entropy), new_secret(&entropy));
        assert_ne!(one, two);
        assert!(one.len() >= 30 && one.chars().all(|c| c.is_ascii_alphanumeric()), "{one}");
        assert_ne!(secret_hash(&one), secret_hash(&two));
    }

    #[test]
    fn passwords_are_checked() {
        let hash = hash_password("correct horse", 4).unwrap();
        assert!(hash.starts_with("$2b$") && is_password("correct horse", &hash));
        assert!(!is_password("battery staple", &hash) && !is_password("x", "not a hash"));
        assert!(is_pin("012345") && !is_pin("12345") && !is_pin("1234567") && !is_pin("12345a"));
    }
}
