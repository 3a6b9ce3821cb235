//! Who may come back to a film that was handed over: a secret of the viewer, and what the
//! record keeps of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Timestamp;

/// A viewer's secret: whoever has it may read the film for a while after its single access.
/// 122 random bits in 32 hexadecimal digits.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(Uuid);

impl Default for AccessToken {
    fn default() -> Self {
        Self::new()
    }
}

/// A text that cannot be an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an access token")]
pub struct InvalidToken;

impl AccessToken {
    /// A fresh token.
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }

    /// Proves that `text` has a token's form.
    pub fn parse(text: &str) -> Result<Self, InvalidToken> {
        let plain = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let token = plain.then(|| Uuid::try_parse(text).ok()).flatten();
        token.map(Self).ok_or(InvalidToken)
    }

    /// The secret, for the viewer and nobody else.
    pub fn reveal(&self) -> String {
        self.0.simple().to_string()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// What the record keeps of an access: the token's SHA-256, never the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    token_sha256: String,
    until: Timestamp,
}

impl Access {
    /// Lets the holder of `token` come back before `until`.
    pub fn new(token: &AccessToken, until: Timestamp) -> Self {
        Self {
            token_sha256: digest(token),
            until,
        }
    }

    /// Until when its viewer may come back.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether the holder of `token` may read the film at `now`. Digests of random secrets may
    /// be compared in any time: what leaks of one does not lead to a token.
    pub fn admits(&self, token: &AccessToken, now: Timestamp) -> bool {
        now < self.until && digest(token) == self.token_sha256
    }
}

fn digest(token: &AccessToken) -> String {
    let digest = Sha256::digest(token.0.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn only_the_token_is_admitted_and_only_for_its_time() {
        let token = AccessToken::new();
        let end = START + Duration::from_secs(60);
        let access = Access::new(&token, end);
        assert!(access.admits(&token, START));
        assert!(!access.admits(&AccessToken::new(), START));
        assert!(!access.admits(&token, end));
    }

    #[test]
    fn a_token_reads_back_what_it_reveals_and_shows_nothing() {
        let token = AccessToken::new();
        assert_eq!(AccessToken::parse(&token.reveal()), Ok(token.clone()));
        let record = serde_json::to_string(&Access::new(&token, START)).unwrap();
        assert!(!format!("{token:?} {record}").contains(&token.reveal()));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let upper = AccessToken::new().reveal().to_uppercase();
        for text in [
            "",
            "0",
            "{}",
            &"g".repeat(32),
            &"a".repeat(33),
            &format!("A{}", &upper[1..]),
        ] {
            assert_eq!(AccessToken::parse(text), Err(InvalidToken), "{text:?}");
        }
    }
}
