//! The keys that sessions and links to films are signed with.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use manim_core::Secret;
use sha2::Sha256;
use uuid::Uuid;

/// Signs with one key and believes two, so that a key can be replaced without ending a session.
///
/// To rotate: make the present key the previous one, put a new one in its place, and drop the
/// previous one after a week, when no token of it is good any more.
#[derive(Debug, Clone)]
pub struct SigningKeys {
    current: Key,
    previous: Option<Key>,
}

/// A key that can be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the signing key has {0} bytes; at least {min} are needed: make one with `openssl rand -hex 32`",
    min = SigningKeys::MIN_BYTES
)]
pub struct WeakKey(usize);

impl SigningKeys {
    /// The fewest bytes of a key: 32 hexadecimal digits hold 128 bits.
    pub const MIN_BYTES: usize = 32;

    /// Signs and believes `secret`.
    pub fn new(secret: &Secret) -> Result<Self, WeakKey> {
        Ok(Self {
            current: Key::of(secret)?,
            previous: None,
        })
    }

    /// Still believes what was signed with `secret`.
    pub fn with_previous(mut self, secret: &Secret) -> Result<Self, WeakKey> {
        self.previous = Some(Key::of(secret)?);
        Ok(self)
    }

    /// A key that nobody else has: sessions end with the process. For tests and trials.
    pub fn random() -> Self {
        let drawn = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Self {
            current: Key(Secret::new(drawn)),
            previous: None,
        }
    }

    /// `text` signed for `purpose`: what is signed for one purpose is worth nothing for another.
    pub(crate) fn sign(&self, purpose: &str, text: &str) -> String {
        let tag = self.current.mac(purpose, text).finalize().into_bytes();
        tag.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether `tag` is one that [`sign`](Self::sign) gave. Takes as long whatever was sent.
    pub(crate) fn verify(&self, purpose: &str, text: &str, tag: &str) -> bool {
        let Some(tag) = unhex(tag) else { return false };
        let keys = std::iter::once(&self.current).chain(&self.previous);
        keys.fold(false, |believed, key| {
            believed | key.mac(purpose, text).verify_slice(&tag).is_ok()
        })
    }
}

#[derive(Clone)]
struct Key(Secret);

impl Key {
    fn of(secret: &Secret) -> Result<Self, WeakKey> {
        let bytes = secret.expose().len();
        if bytes < SigningKeys::MIN_BYTES {
            return Err(WeakKey(bytes));
        }
        Ok(Self(secret.clone()))
    }

    fn mac(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        // A key of any length is one for HMAC; the type of its constructor does not know.
        let mut mac = match Hmac::<Sha256>::new_from_slice(self.0.expose().as_bytes()) {
            Ok(mac) => mac,
            Err(_) => Hmac::<Sha256>::new(&Default::default()),
        };
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> SigningKeys {
        SigningKeys::new(&Secret::new(text.repeat(32))).unwrap()
    }

    #[test]
    fn a_tag_is_good_for_its_text_and_purpose_only() {
        let tag = keys("a").sign("session", "one");
        assert!(keys("a").verify("session", "one", &tag));
        assert!(!keys("a").verify("session", "two", &tag));
        assert!(!keys("a").verify("link", "one", &tag));
        assert!(!keys("b").verify("session", "one", &tag));
    }

    #[test]
    fn the_previous_key_is_believed_and_not_used() {
        let old = keys("a").sign("session", "one");
        let rotated = keys("b").with_previous(&Secret::new("a".repeat(32))).unwrap();
        assert!(rotated.verify("session", "one", &old));
        assert_eq!(rotated.sign("session", "one"), keys("b").sign("session", "one"));
    }

    #[test]
    fn a_short_key_is_refused_and_no_key_is_shown() {
        assert_eq!(SigningKeys::new(&Secret::new("short")).unwrap_err(), WeakKey(5));
        assert!(!format!("{:?}", keys("a")).contains("aaa"));
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for tag in ["", "é", &"g".repeat(64), &"a".repeat(63), &"é".repeat(32)] {
            assert!(!keys("a").verify("session", "one", tag), "{tag:?}");
        }
    }
}
