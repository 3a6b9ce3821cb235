//! Signatures under messages: who sent it, when, and that it comes once.
//!
//! HMAC-SHA-256 with the shared secret over
//! `context LF timestamp LF delivery LF body`. `context` is `METHOD path?query` of a request, or
//! `callback` for a completion, so that no message can be passed off as one of another kind.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use manim_core::{JobId, Secret, Timestamp};
use sha2::Sha256;
use subtle::ConstantTimeEq;

pub(crate) const TIMESTAMP: &str = "x-manim-timestamp";
pub(crate) const DELIVERY: &str = "x-manim-delivery";
pub(crate) const SIGNATURE: &str = "x-manim-signature";

/// How far two machines' clocks may be apart, and how old a message may be.
pub(crate) const WINDOW: Duration = Duration::from_secs(300);
/// Deliveries remembered within the window: more than a hundred a second for all of it.
const REMEMBERED: usize = 100_000;
/// A delivery's id is a UUID; somebody else's may be a little longer.
const MAX_DELIVERY_BYTES: usize = 64;

/// The three headers of one signed message.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) timestamp: String,
    pub(crate) delivery: String,
    pub(crate) signature: String,
}

impl Sealed {
    pub(crate) fn headers(self) -> [(&'static str, String); 3] {
        [
            (TIMESTAMP, self.timestamp),
            (DELIVERY, self.delivery),
            (SIGNATURE, self.signature),
        ]
    }
}

/// Why a message is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No signature, or not by the holder of the secret.
    Forged,
    /// Signed too long ago, or in the future.
    Late,
    /// Seen before.
    Replayed,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Forged => "not signed with the shared secret",
            Self::Late => "signed outside the window of five minutes: compare the clocks",
            Self::Replayed => "this delivery was taken before",
        })
    }
}

/// Signs and verifies with one secret.
pub(crate) struct Seal {
    secret: Secret,
    seen: Mutex<Seen>,
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    pub(crate) fn new(secret: Secret) -> Self {
        Self {
            secret,
            seen: Mutex::default(),
        }
    }

    /// Signs a message of a delivery of its own.
    pub(crate) fn sign(&self, context: &str, body: &[u8], now: Timestamp) -> Sealed {
        self.sign_delivery(&JobId::new().to_string(), context, body, now)
    }

    /// Signs a message that is sent again under the same name until it is taken.
    pub(crate) fn sign_delivery(&self, delivery: &str, context: &str, body: &[u8], now: Timestamp) -> Sealed {
        let timestamp = now.timestamp().to_string();
        Sealed {
            signature: hex(&self.mac(context, &timestamp, delivery, body)),
            delivery: delivery.to_owned(),
            timestamp,
        }
    }

    /// Proves that the holder of the secret signed this message, just now, and that it has not
    /// come before. Takes as long whatever the signature says.
    pub(crate) fn verify(
        &self,
        context: &str,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let timestamp = text(headers, TIMESTAMP)?;
        let delivery = text(headers, DELIVERY)?;
        let given = text(headers, SIGNATURE)?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if delivery.len() > MAX_DELIVERY_BYTES || !delivery.bytes().all(plain) {
            return Err(Refusal::Forged);
        }
        let expected = hex(&self.mac(context, timestamp, delivery, body));
        if !bool::from(given.as_bytes().ct_eq(expected.as_bytes())) {
            return Err(Refusal::Forged);
        }
        let signed: i64 = timestamp.parse().map_err(|_| Refusal::Forged)?;
        if now.timestamp().abs_diff(signed) > WINDOW.as_secs() {
            return Err(Refusal::Late);
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.take(delivery, now.timestamp()) {
            true => Ok(()),
            false => Err(Refusal::Replayed),
        }
    }

    /// Whether the request carries the secret itself, for callers that cannot sign.
    pub(crate) fn is_bearer(&self, headers: &HeaderMap) -> bool {
        let given = headers
            .get("authorization")
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        given.is_some_and(|given| bool::from(given.ct_eq(self.secret.expose().as_bytes())))
    }

    fn mac(&self, context: &str, timestamp: &str, delivery: &str, body: &[u8]) -> [u8; 32] {
        let key = self.secret.expose().as_bytes();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
            unreachable!("HMAC takes keys of every length");
        };
        for part in [context, timestamp, delivery] {
            mac.update(part.as_bytes());
            mac.update(b"\n");
        }
        mac.update(body);
        mac.finalize().into_bytes().into()
    }
}

/// Deliveries taken, for as long as their timestamps would be.
#[derive(Debug, Default)]
struct Seen {
    order: VecDeque<(i64, String)>,
    names: HashSet<String>,
}

impl Seen {
    /// Whether `delivery` is new. With no room left nothing is: to forget one would be to take
    /// it again.
    fn take(&mut self, delivery: &str, now: i64) -> bool {
        let window = i64::try_from(2 * WINDOW.as_secs()).unwrap_or(i64::MAX);
        while let Some((taken, _)) = self.order.front()
            && now - taken > window
        {
            if let Some((_, name)) = self.order.pop_front() {
                self.names.remove(&name);
            }
        }
        if self.order.len() >= REMEMBERED || !self.names.insert(delivery.to_owned()) {
            return false;
        }
        self.order.push_back((now, delivery.to_owned()));
        true
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Refusal> {
    let value = headers.get(name).ok_or(Refusal::Forged)?;
    value.to_str().map_err(|_| Refusal::Forged)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> Seal {
        Seal::new(Secret::new("correct horse"))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(second, 0).unwrap()
    }

    fn headers(sealed: Sealed) -> HeaderMap {
        let named = sealed
            .headers()
            .map(|(name, value)| (name, value.parse().unwrap()));
        named
            .into_iter()
            .map(|(name, value)| (axum::http::HeaderName::from_static(name), value))
            .collect()
    }

    #[test]
    fn what_was_signed_is_taken_once() {
        let (ours, theirs) = (seal(), seal());
        let sealed = headers(ours.sign("POST /render", b"{}", at(1000)));
        assert_eq!(theirs.verify("POST /render", &sealed, b"{}", at(1010)), Ok(()));
        assert_eq!(
            theirs.verify("POST /render", &sealed, b"{}", at(1011)),
            Err(Refusal::Replayed)
        );
    }

    #[test]
    fn any_other_message_is_forged() {
        let sealed = headers(seal().sign("POST /render", b"{}", at(1000)));
        let other = Seal::new(Secret::new("battery staple"));
        let forged = Err(Refusal::Forged);
        assert_eq!(other.verify("POST /render", &sealed, b"{}", at(1000)), forged);
        assert_eq!(seal().verify("POST /render", &sealed, b"{ }", at(1000)), forged);
        assert_eq!(seal().verify("callback", &sealed, b"{}", at(1000)), forged);
        assert_eq!(
            seal().verify("POST /render", &HeaderMap::new(), b"{}", at(1000)),
            forged
        );
        let mut later = sealed.clone();
        later.insert(TIMESTAMP, "1001".parse().unwrap());
        assert_eq!(seal().verify("POST /render", &later, b"{}", at(1000)), forged);
    }

    #[test]
    fn the_window_has_two_sides() {
        let sealed = headers(seal().sign("callback", b"", at(1000)));
        for (now, taken) in [(699, false), (700, true), (1300, true), (1301, false)] {
            let verdict = seal().verify("callback", &sealed, b"", at(now));
            assert_eq!(verdict.is_ok(), taken, "at {now}");
        }
    }

    #[test]
    fn what_cannot_come_again_is_forgotten() {
        let mut seen = Seen::default();
        assert!(seen.take("a", 0) && !seen.take("a", 600) && seen.take("a", 601));
        assert_eq!(seen.order.len(), 1);
    }

    #[test]
    fn a_bearer_is_the_whole_secret() {
        let headers =
            |value: &str| HeaderMap::from_iter([(axum::http::header::AUTHORIZATION, value.parse().unwrap())]);
        assert!(seal().is_bearer(&headers("Bearer correct horse")));
        for value in [
            "Bearer correct",
            "Bearer ",
            "correct horse",
            "Basic correct horse",
        ] {
            assert!(!seal().is_bearer(&headers(value)), "{value}");
        }
    }
}
