//! Signed links of our own, for stores that cannot make any: a directory, memory. Pure: makes
//! and judges text.
//!
//! An HTTP route serves them below the base that they were made with, and asks
//! [`SignedLinks::verify`] before it looks at a blob:
//!
//! ```
//! # use manim_core::{BlobKey, Clock, SignedMethod, SystemClock, later};
//! # use manim_storage::{LinkError, SignedLinks};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let links = SignedLinks::new("https://films.example/blobs", "0123456789abcdef0123456789abcdef")?;
//! // GET /blobs/{*path}?{query}; a HEAD is judged as a GET, a PUT as `SignedMethod::Put`.
//! fn status(links: &SignedLinks, path: &str, query: &str) -> u16 {
//!     match links.verify(SignedMethod::Get, path, query, SystemClock.now()) {
//!         Ok(_key) => 200, // now `blobs.get(&key, range)`
//!         Err(LinkError::Expired) => 410,
//!         Err(_) => 403,
//!     }
//! }
//!
//! let key = BlobKey::parse("films/0a.mp4")?;
//! let link = links.sign(SignedMethod::Get, &key, later(SystemClock.now(), std::time::Duration::from_secs(60)));
//! let (path, query) = link.strip_prefix("https://films.example/blobs/").and_then(|rest| rest.split_once('?')).ok_or("?")?;
//! assert_eq!(status(&links, path, query), 200);
//! assert_eq!(status(&links, "films/0b.mp4", query), 403);
//! # Ok(()) }
//! ```

use std::fmt::{self, Write};

use hmac::{Hmac, KeyInit, Mac};
use manim_core::{BlobKey, Secret, SignedMethod, StoreError, Timestamp};
use sha2::Sha256;

use crate::settings::{Settings, refused};

/// HMAC-SHA-256 takes its full strength from keys of its own size.
const KEY_BYTES: usize = 32;

/// Makes and judges links that grant one method on one key until a second in time.
///
/// # Contract
/// 1. A link is made with the newest key; links of every key given are good.
/// 2. A link with anything changed, of another method or of an unknown key is `Forged`.
/// 3. A good link is `Expired` from its end on, by the clock of who judges.
/// 4. Signatures are compared in constant time.
///
/// To change keys, put the new one first and keep the old one as long as its links may live.
#[derive(Clone)]
pub struct SignedLinks {
    base: String,
    keys: Vec<LinkKey>,
}

#[derive(Clone)]
struct LinkKey {
    /// Tells which key a link was made with. Derived from the key, and says nothing of it.
    id: String,
    secret: Secret,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// It is not of the form of a link of ours.
    #[error("this is no signed link")]
    Malformed,
    /// Nobody with one of our keys has signed this for this method.
    #[error("the link's signature is not ours")]
    Forged,
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
}

impl SignedLinks {
    /// Links below `base`, an `http://` or `https://` address, signed with `key`: 32 random bytes
    /// or more, in any printable form (`openssl rand -hex 32`).
    ///
    /// # Errors
    /// `Misconfigured` for another base or a shorter key.
    pub fn new(base: &str, key: impl Into<Secret>) -> Result<Self, StoreError> {
        let base = base.trim().trim_end_matches('/');
        let is_address = ["http://", "https://"]
            .iter()
            .any(|scheme| base.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        if !is_address || base.contains(['?', '#', '@', ' ']) {
            return Err(refused(
                "MANIM_LINK_BASE: it is the http:// or https:// address that links are served below, without parameters",
            ));
        }
        Ok(Self {
            base: base.to_owned(),
            keys: vec![LinkKey::new(key.into())?],
        })
    }

    /// Links signed with `key` before are good too.
    ///
    /// # Errors
    /// `Misconfigured` for a key that is too short.
    pub fn with_older(mut self, key: impl Into<Secret>) -> Result<Self, StoreError> {
        self.keys.push(LinkKey::new(key.into())?);
        Ok(self)
    }

    /// What `MANIM_LINK_BASE` and `MANIM_LINK_KEYS` say; nothing where neither is set.
    ///
    /// # Errors
    /// `Misconfigured` where one is missing or cannot be used.
    pub fn from_settings(settings: &Settings) -> Result<Option<Self>, StoreError> {
        let (base, keys) = match (settings.get("MANIM_LINK_BASE"), settings.get("MANIM_LINK_KEYS")) {
            (None, None) => return Ok(None),
            (Some(base), Some(keys)) => (base, keys),
            (None, Some(_)) => {
                return Err(refused(
                    "MANIM_LINK_KEYS is set and MANIM_LINK_BASE is not; signed links need both",
                ));
            }
            (Some(_), None) => {
                return Err(refused(
                    "MANIM_LINK_BASE is set and MANIM_LINK_KEYS is not; signed links need both",
                ));
            }
        };
        let mut keys = keys.expose().split(',');
        let links = Self::new(base.expose(), keys.next().unwrap_or_default())?;
        keys.try_fold(links, Self::with_older).map(Some)
    }

    /// The address that lets its holder do `method` on `key` before `until` (whole seconds).
    pub fn sign(&self, method: SignedMethod, key: &BlobKey, until: Timestamp) -> String {
        let (method, until) = (name(method), until.timestamp());
        let newest = &self.keys[0];
        let mut link = format!(
            "{}/{key}?method={method}&until={until}&key={}&signature=",
            self.base, newest.id
        );
        for byte in newest.mac(method, until, key).finalize().into_bytes() {
            let _ = write!(link, "{byte:02x}");
        }
        link
    }

    /// The key that the link grants `method` on at `now`. `path` is what follows the base and its
    /// slash, `query` what follows the question mark; parameters that are none of ours, which
    /// messengers like to add, change nothing.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn verify(
        &self,
        method: SignedMethod,
        path: &str,
        query: &str,
        now: Timestamp,
    ) -> Result<BlobKey, LinkError> {
        let key = BlobKey::parse(path).map_err(|_| LinkError::Malformed)?;
        let said = Said::parse(query).ok_or(LinkError::Malformed)?;
        let signer = self
            .keys
            .iter()
            .find(|known| known.id == said.key)
            .ok_or(LinkError::Forged)?;
        // Every method and every end is signed: what is said of them is believed only below.
        let mac = signer.mac(name(method), said.until, &key);
        mac.verify_slice(&said.signature).map_err(|_| LinkError::Forged)?;
        match now.timestamp() < said.until {
            true => Ok(key),
            false => Err(LinkError::Expired),
        }
    }
}

impl LinkKey {
    fn new(secret: Secret) -> Result<Self, StoreError> {
        if secret.expose().len() < KEY_BYTES {
            return Err(refused(format!(
                "MANIM_LINK_KEYS: a key has fewer than {KEY_BYTES} characters; make one with `openssl rand -hex 32`"
            )));
        }
        let digest = keyed(&secret, b"manim link key id").finalize().into_bytes();
        let id = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { id, secret })
    }

    /// Keys have no line break, so the fields cannot run into each other.
    fn mac(&self, method: &str, until: i64, key: &BlobKey) -> Hmac<Sha256> {
        keyed(
            &self.secret,
            format!("manim link 1\n{method}\n{until}\n{key}").as_bytes(),
        )
    }
}

fn keyed(secret: &Secret, text: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("any key is taken");
    mac.chain_update(text)
}

/// What a link says of itself.
struct Said<'a> {
    until: i64,
    key: &'a str,
    signature: [u8; 32],
}

impl<'a> Said<'a> {
    /// Each parameter once; the method's name is for people, and not believed.
    fn parse(query: &'a str) -> Option<Self> {
        Some(Self {
            until: only(query, "until")?.parse().ok()?,
            key: only(query, "key")?,
            signature: unhex(only(query, "signature")?)?,
        })
    }
}

fn only<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut found = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

const fn name(method: SignedMethod) -> &'static str {
    match method {
        SignedMethod::Get => "get",
        SignedMethod::Put => "put",
    }
}

impl fmt::Debug for SignedLinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.keys.iter().map(|key| &key.id).collect();
        f.debug_struct("SignedLinks")
            .field("base", &self.base)
            .field("keys", &ids)
            .finish()
    }
}
