//! From a URL to connections, and what is wrong with a URL.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use manim_core::{Secret, StoreError, StoreErrorKind};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};

/// A connection that was used within this time is taken to be alive. Testing each one before
/// each call would double the round trips.
const FRESH: Duration = Duration::from_secs(1);

/// What `sqlx` understands. It would log a misspelt one with its value, and go on.
const PARAMETERS: [&str; 20] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "ssl_mode",
    "sslrootkey",
];

/// Where a database is, without the password.
#[derive(Clone)]
pub(super) struct Place {
    options: PgConnectOptions,
}

impl Place {
    pub(super) fn of(url: &str) -> Result<Self, StoreError> {
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return Err(invalid("it does not start with postgres://"));
        }
        check_parameters(url)?;
        // The cause is not kept: it may repeat parts of the URL.
        let options = PgConnectOptions::from_str(url).map_err(|cause| invalid(reason(&cause)))?;
        Ok(Self {
            options: options.application_name("manim").disable_statement_logging(),
        })
    }

    fn database(&self) -> &str {
        self.options.get_database().unwrap_or(self.options.get_username())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.options.get_username();
        match self.options.get_socket() {
            Some(socket) => write!(f, "postgres://{user}@{}/{}", socket.display(), self.database()),
            None => write!(
                f,
                "postgres://{user}@{}:{}/{}",
                self.options.get_host(),
                self.options.get_port(),
                self.database()
            ),
        }
    }
}

/// A pool that connects when it is first used.
pub(super) fn open(
    url: &Secret,
    connections: u32,
    patience: Duration,
) -> Result<(PgPool, Place), StoreError> {
    let place = Place::of(url.expose())?;
    let pool = pool(connections, patience).connect_lazy_with(place.options.clone());
    Ok((pool, place))
}

/// A pool of one, for listening.
pub(super) fn ear(place: &Place, patience: Duration) -> PgPool {
    pool(1, patience)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_lazy_with(place.options.clone())
}

fn pool(connections: u32, patience: Duration) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(patience)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

/// The first connection failed: which part of the URL is to blame.
pub(super) fn refused(place: &Place, cause: sqlx::Error) -> StoreError {
    let kind = super::classify::classify(&cause);
    let why = match kind {
        StoreErrorKind::Unauthorized => {
            " (the user or the password in the PostgreSQL URL is refused)".to_owned()
        }
        StoreErrorKind::NotFound => format!(
            " (there is no database {:?}: create it, or name another in the PostgreSQL URL)",
            place.database()
        ),
        StoreErrorKind::Unavailable => {
            " (nobody answers at the host and port of the PostgreSQL URL)".to_owned()
        }
        _ => String::new(),
    };
    StoreError::new(kind, "open", format!("{place}{why}")).with_source(cause)
}

fn check_parameters(url: &str) -> Result<(), StoreError> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let name = pair.split('=').next().unwrap_or_default();
        let plain = name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        if !(PARAMETERS.contains(&name) || name.starts_with("options[")) {
            let shown = if plain { name } else { "…" };
            return Err(invalid(format!("it has the unknown parameter {shown:?}")));
        }
    }
    Ok(())
}

fn reason(cause: &sqlx::Error) -> String {
    let text = match cause {
        sqlx::Error::Configuration(inner) => inner.to_string(),
        other => other.to_string(),
    };
    format!("{text}; special characters of a password are written as %XX")
}

fn invalid(reason: impl fmt::Display) -> StoreError {
    StoreError::new(
        StoreErrorKind::Misconfigured,
        "open",
        format!("the PostgreSQL URL ({reason})"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_shown_without_its_password() {
        let place = Place::of("postgresql://ann:s3cret@db.test:5433/films?sslmode=disable").unwrap();
        assert_eq!(place.to_string(), "postgres://ann@db.test:5433/films");
    }

    #[test]
    fn a_url_that_is_none_is_named_and_not_repeated() {
        for (url, part) in [
            ("", "does not start with postgres://"),
            ("mysql://ann:s3cret@db/films", "does not start with postgres://"),
            ("postgres://ann:s3cret@db:port/films", "port"),
            ("postgres://ann:s3c#ret@db/films", "%XX"),
            (
                "postgres://ann@db/films?pasword=s3cret",
                "unknown parameter \"pasword\"",
            ),
            ("postgres://ann:s3cret@db/films?sslmode=maybe", "maybe"),
        ] {
            let error = Place::of(url)
                .err()
                .unwrap_or_else(|| panic!("{url} was accepted"));
            assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
            let text = manim_core::chain(&error);
            assert!(text.contains("PostgreSQL URL") && text.contains(part), "{text}");
            assert!(!text.contains("s3c"), "{text}");
        }
    }
}
