//! Whose request it is. People are anonymous: a session is a random number, and whoever holds
//! its signed token owns its jobs. Nothing is stored until the first job is.

use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use manim_core::{SessionId, Timestamp, later};
use uuid::Uuid;

use crate::cookie::Cookie;
use crate::http::Http;
use crate::key::SigningKeys;
use crate::problem::{Problem, ProblemCode};

/// As long as a session's jobs are kept.
pub(crate) const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A token older than this is replaced when it is used.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

const PURPOSE: &str = "session";

/// The header that a new token comes in.
pub(crate) const SESSION_TOKEN: &str = "session-token";

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A program that sent its token.
    Bearer(SessionId),
    /// A browser. The token should be renewed if `stale`.
    Cookie {
        /// The session.
        session: SessionId,
        /// Whether the token is old.
        stale: bool,
    },
    /// Nobody we know.
    Nobody,
}

impl Caller {
    pub(crate) fn session(self) -> Option<SessionId> {
        match self {
            Self::Bearer(session) | Self::Cookie { session, .. } => Some(session),
            Self::Nobody => None,
        }
    }

    /// The session, or the answer that a stranger gets: the same as for a job that is not there.
    pub(crate) fn known(self) -> Result<SessionId, Problem> {
        self.session().ok_or_else(Problem::not_found)
    }

    /// A token that does not hold is an error in a program, and a forgotten week in a browser.
    pub(crate) fn of(headers: &HeaderMap, http: &Http) -> Result<Self, Problem> {
        let now = http.now();
        if let Some(value) = headers.get(AUTHORIZATION) {
            let token = bearer(value).and_then(|token| read(http.keys(), token, now));
            return token
                .map(|token| Self::Bearer(token.session))
                .ok_or_else(invalid_session);
        }
        let cookie = Cookie::session(http.options().is_secure()).read(headers);
        let token = cookie.and_then(|token| read(http.keys(), token, now));
        Ok(token.map_or(Self::Nobody, |token| Self::Cookie {
            session: token.session,
            stale: later(token.issued, FRESH) < now,
        }))
    }
}

/// Put there by the layer that looked once for all.
impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(parts.extensions.get().copied().unwrap_or(Self::Nobody))
    }
}

/// What follows `Bearer `.
pub(crate) fn bearer(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn invalid_session() -> Problem {
    Problem::new(
        ProblemCode::InvalidSession,
        "The session token is not one of ours, or a week has passed since its last use. Send the request \
         without the Authorization header to begin a new session.",
    )
}

/// The headers that hand a session to whoever asks: a cookie for browsers, a header for programs.
pub(crate) fn hand_over(headers: &mut HeaderMap, session: SessionId, http: &Http) {
    let token = write(http.keys(), session, http.now());
    let cookie = Cookie::session(http.options().is_secure()).write(&token, Some(LIFETIME.as_secs()));
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(axum::http::header::SET_COOKIE, cookie);
    }
    if let Ok(token) = HeaderValue::from_str(&token) {
        headers.insert(SESSION_TOKEN, token);
    }
}

struct Token {
    session: SessionId,
    issued: Timestamp,
}

/// `SESSION.ISSUED.TAG`, the time in hexadecimal seconds since 1970.
fn write(keys: &SigningKeys, session: SessionId, now: Timestamp) -> String {
    let text = format!("{}.{:x}", session.as_uuid().simple(), now.timestamp());
    let tag = keys.sign(PURPOSE, &text);
    format!("{text}.{tag}")
}

fn read(keys: &SigningKeys, token: &str, now: Timestamp) -> Option<Token> {
    let (text, tag) = token.rsplit_once('.')?;
    if !keys.verify(PURPOSE, text, tag) {
        return None;
    }
    let (session, issued) = text.split_once('.')?;
    let issued = i64::from_str_radix(issued, 16).ok()?;
    let token = Token {
        session: SessionId::from_uuid(Uuid::try_parse(session).ok()?),
        issued: Timestamp::from_timestamp(issued, 0)?,
    };
    (now < later(token.issued, LIFETIME)).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        later(Timestamp::UNIX_EPOCH, Duration::from_secs(seconds))
    }

    #[test]
    fn a_token_reads_back_for_a_week() {
        let (keys, session) = (SigningKeys::random(), SessionId::new());
        let token = write(&keys, session, at(1000));
        let read = |now| read(&keys, &token, at(now)).map(|token| token.session);
        assert_eq!(read(1000), Some(session));
        assert_eq!(read(1000 + LIFETIME.as_secs()), None);
    }

    #[test]
    fn a_forged_token_is_nobodys() {
        let (keys, session) = (SigningKeys::random(), SessionId::new());
        let token = write(&keys, session, at(0));
        let other = token.replace(
            &session.as_uuid().simple().to_string(),
            &SessionId::new().as_uuid().simple().to_string(),
        );
        for forged in [
            "",
            ".",
            "..",
            &other,
            &write(&SigningKeys::random(), session, at(0)),
        ] {
            assert!(read(&keys, forged, at(0)).is_none(), "{forged:?}");
        }
    }
}
