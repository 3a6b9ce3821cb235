//! What a provider needs before its first call, and one clear sentence for what is missing.

use std::error::Error as StdError;

use reqwest::header::HeaderValue;

use crate::secret::{AsHeader, Secret};

/// Why a provider could not be set up. `Display` is a sentence for a person and never
/// holds a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A required environment variable is unset or empty.
    #[error("{provider} needs {variable}, which is not set")]
    MissingVariable {
        /// The provider asked for.
        provider: String,
        /// The variable, or its alternatives.
        variable: String,
    },
    /// The base URL is not an absolute http or https URL.
    #[error("the base URL of {provider} is not an absolute http or https URL: {reason}")]
    InvalidUrl {
        /// The provider it was given for.
        provider: String,
        /// What is wrong with it. The URL itself may hold a password and is not repeated.
        reason: String,
    },
    /// The key contains a character that cannot be sent in a header.
    #[error("the key of {provider} contains a line break or another character that a key cannot have")]
    InvalidKey {
        /// The provider it was given for.
        provider: String,
    },
    /// The account id contains something other than letters, digits, `-` and `_`.
    #[error("the account id of {provider} may have only letters, digits, - and _")]
    InvalidAccount {
        /// The provider it was given for.
        provider: String,
    },
    /// No provider of that name is built in.
    #[error("there is no provider called {name:?}; choose one of {choices}")]
    UnknownProvider {
        /// The name given.
        name: String,
        /// The names that this build knows.
        choices: String,
    },
    /// The HTTP client could not start, for example because the machine has no certificates.
    #[error("the HTTP client could not be set up; are CA certificates installed?")]
    Client(#[source] Box<dyn StdError + Send + Sync + 'static>),
}

impl ConfigError {
    pub(crate) fn client(error: reqwest::Error) -> Self {
        Self::Client(Box::new(error.without_url()))
    }
}

/// Looks up settings by name. A seam for tests: programs read the environment.
pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The process environment. A value that is not Unicode counts as unset.
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The first of `names` with a value that is not blank.
pub(crate) fn first(names: &[&str], lookup: Lookup<'_>) -> Option<String> {
    names
        .iter()
        .find_map(|name| lookup(name).filter(|value| !value.trim().is_empty()))
}

/// Like [`first`], or the error that names what is missing.
pub(crate) fn required(provider: &str, names: &[&str], lookup: Lookup<'_>) -> Result<String, ConfigError> {
    first(names, lookup).ok_or_else(|| ConfigError::MissingVariable {
        provider: provider.to_owned(),
        variable: names.join(" or "),
    })
}

/// The header that carries `key`; none for an empty key.
pub(crate) fn key_header(
    provider: &str,
    prefix: &str,
    key: &Secret,
) -> Result<Option<HeaderValue>, ConfigError> {
    if key.expose().is_empty() {
        return Ok(None);
    }
    key.header(prefix).map(Some).map_err(|_| ConfigError::InvalidKey {
        provider: provider.to_owned(),
    })
}

/// Puts an account id into an address. Anything but a plain word could change the path.
#[cfg(feature = "openai-compatible")]
pub(crate) fn with_account(provider: &str, template: &str, account: &str) -> Result<String, ConfigError> {
    let account = account.trim();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if account.is_empty() || !account.bytes().all(plain) {
        return Err(ConfigError::InvalidAccount {
            provider: provider.to_owned(),
        });
    }
    Ok(template.replace(ACCOUNT, account))
}

/// Where a template wants the account id.
#[cfg(feature = "openai-compatible")]
pub(crate) const ACCOUNT: &str = "{account}";

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "openai-compatible")]
    #[test]
    fn an_account_id_cannot_change_the_path() {
        assert_eq!(
            with_account("p", "/a/{account}/b", "0f-1_x\n").unwrap(),
            "/a/0f-1_x/b"
        );
        for account in ["", "..", "a/b", "a?b", "a b"] {
            assert!(
                with_account("p", "/a/{account}/b", account).is_err(),
                "{account:?}"
            );
        }
    }

    #[test]
    fn a_blank_variable_is_missing() {
        let lookup = |_: &str| Some("  ".to_owned());
        let error = required("groq", &["GROQ_API_KEY"], &lookup).unwrap_err();
        assert_eq!(error.to_string(), "groq needs GROQ_API_KEY, which is not set");
    }
}
