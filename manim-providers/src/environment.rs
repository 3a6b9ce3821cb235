//! Providers by name, set up from environment variables: for programs and their flags.

use std::sync::Arc;

use manim_core::Provider;

use crate::config::{self, ConfigError, Lookup};

type Made = Result<Arc<dyn Provider>, ConfigError>;
type Maker = fn(Lookup<'_>) -> Made;

/// Name and maker, in the order in which a chain would prefer them.
const MAKERS: &[(&str, Maker)] = &[
    #[cfg(feature = "openai-compatible")]
    (Dialect::OPENAI.name, |lookup| compatible(Dialect::OPENAI, lookup)),
    #[cfg(feature = "gemini")]
    ("gemini", |lookup| {
        Ok(Arc::new(crate::Gemini::builder_from(lookup)?.build()?))
    }),
    #[cfg(feature = "openai-compatible")]
    (Dialect::GROQ.name, |lookup| compatible(Dialect::GROQ, lookup)),
    #[cfg(feature = "openai-compatible")]
    (Dialect::DEEPSEEK.name, |lookup| {
        compatible(Dialect::DEEPSEEK, lookup)
    }),
    #[cfg(feature = "openai-compatible")]
    (Dialect::HUGGINGFACE.name, |lookup| {
        compatible(Dialect::HUGGINGFACE, lookup)
    }),
    #[cfg(feature = "openai-compatible")]
    (Dialect::CLOUDFLARE.name, |lookup| {
        compatible(Dialect::CLOUDFLARE, lookup)
    }),
    #[cfg(feature = "cloudflare")]
    ("cloudflare-native", |lookup| {
        Ok(Arc::new(
            crate::CloudflareWorkersAi::builder_from(lookup)?.build()?,
        ))
    }),
    #[cfg(feature = "openai-compatible")]
    (Dialect::GENERIC.name, |lookup| {
        compatible(Dialect::GENERIC, lookup)
    }),
];

#[cfg(feature = "openai-compatible")]
use crate::openai::dialect::Dialect;

#[cfg(feature = "openai-compatible")]
fn compatible(dialect: Dialect, lookup: Lookup<'_>) -> Made {
    Ok(Arc::new(
        crate::OpenAiCompatible::builder_from(dialect, lookup)?.build()?,
    ))
}

/// The names of the services that this build can talk to.
pub fn service_names() -> impl Iterator<Item = &'static str> {
    MAKERS.iter().map(|(name, _)| *name)
}

/// The service called `name`, set up from the environment. The error names the variable
/// that is missing, or the names that exist.
pub fn service(name: &str) -> Result<Arc<dyn Provider>, ConfigError> {
    make(name, &config::environment)
}

/// Every service whose variables are set, best first. Empty when none is.
///
/// # Errors
/// When a variable is set to something that cannot work, for example a broken address.
pub fn configured_services() -> Result<Vec<Arc<dyn Provider>>, ConfigError> {
    configured(&config::environment)
}

fn make(name: &str, lookup: Lookup<'_>) -> Made {
    match MAKERS.iter().find(|(known, _)| *known == name) {
        Some((_, maker)) => maker(lookup),
        None => Err(ConfigError::UnknownProvider {
            name: name.chars().take(40).collect(),
            choices: service_names().collect::<Vec<_>>().join(", "),
        }),
    }
}

/// A native path is a second way to a service, so it is used only when asked for by name.
fn configured(lookup: Lookup<'_>) -> Result<Vec<Arc<dyn Provider>>, ConfigError> {
    let usual = MAKERS.iter().filter(|(name, _)| *name != "cloudflare-native");
    usual
        .map(|(_, maker)| maker(lookup))
        .filter(|made| !matches!(made, Err(ConfigError::MissingVariable { .. })))
        .collect()
}

#[cfg(all(test, feature = "openai-compatible"))]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_make_what_they_say() {
        let full = |name: &str| match name {
            "MANIM_LLM_BASE_URL" => Some("http://localhost:1/v1".to_owned()),
            name if name.ends_with("_BASE_URL") || name.ends_with("_MODEL") && !name.contains("LLM") => None,
            _ => Some("x1".to_owned()),
        };
        for name in service_names() {
            assert_eq!(make(name, &full).unwrap().name(), name);
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let text = make("gpt", &|_| None).unwrap_err().to_string();
        assert!(
            text.starts_with("there is no provider called \"gpt\"; choose one of openai, "),
            "{text}"
        );
    }

    #[test]
    fn only_what_is_set_is_configured_best_first() {
        let keys = |name: &str| matches!(name, "GROQ_API_KEY" | "OPENAI_API_KEY").then(|| "k".to_owned());
        let services = configured(&keys).unwrap();
        let names: Vec<_> = services.iter().map(|provider| provider.name()).collect();
        assert_eq!(names, ["openai", "groq"]);
        assert!(configured(&|_| None).unwrap().is_empty());
    }

    #[test]
    fn a_broken_setting_is_an_error_and_not_a_missing_service() {
        let broken = |name: &str| match name {
            "GROQ_API_KEY" => Some("k".to_owned()),
            "GROQ_BASE_URL" => Some("not a url".to_owned()),
            _ => None,
        };
        assert!(matches!(configured(&broken), Err(ConfigError::InvalidUrl { .. })));
    }
}
