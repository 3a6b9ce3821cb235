//! Configuration and the request's body: what is sent, before it is sent.

use manim_core::{ProblemText, RenderSettings};
use serde_json::Value;

use super::*;

fn variables<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| {
        set.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    }
}

fn built(dialect: Dialect, set: &[(&str, &str)]) -> Result<OpenAiCompatible, ConfigError> {
    OpenAiCompatible::builder_from(dialect, &variables(set))?.build()
}

fn body(provider: &OpenAiCompatible) -> Value {
    let problem = ProblemText::parse("Solve x + 1 = 2 for x").unwrap();
    let request = GenerationRequest::new(problem, RenderSettings::default());
    serde_json::to_value(provider.body(&request)).unwrap()
}

#[test]
fn every_vendor_is_reached_at_its_own_address() {
    for (dialect, set, address) in [
        (
            Dialect::OPENAI,
            &[("OPENAI_API_KEY", "k")][..],
            "https://api.openai.com/v1/chat/completions",
        ),
        (
            Dialect::GROQ,
            &[("GROQ_API_KEY", "k")],
            "https://api.groq.com/openai/v1/chat/completions",
        ),
        (
            Dialect::DEEPSEEK,
            &[("DEEPSEEK_API_KEY", "k")],
            "https://api.deepseek.com/chat/completions",
        ),
        (
            Dialect::HUGGINGFACE,
            &[("HF_TOKEN", "k")],
            "https://router.huggingface.co/v1/chat/completions",
        ),
        (
            Dialect::CLOUDFLARE,
            &[("CLOUDFLARE_API_TOKEN", "k"), ("CLOUDFLARE_ACCOUNT_ID", "a1")],
            "https://api.cloudflare.com/client/v4/accounts/a1/ai/v1/chat/completions",
        ),
        (
            Dialect::GENERIC,
            &[
                ("MANIM_LLM_BASE_URL", "http://localhost:8080/v1/"),
                ("MANIM_LLM_MODEL", "m"),
            ],
            "http://localhost:8080/v1/chat/completions",
        ),
    ] {
        assert_eq!(built(dialect, set).unwrap().service.address(), address);
    }
}

#[test]
fn an_address_and_a_model_can_be_overridden() {
    let set = [
        ("GROQ_API_KEY", "k"),
        ("GROQ_BASE_URL", "http://127.0.0.1:9/x"),
        ("GROQ_MODEL", " big \n"),
    ];
    let provider = built(Dialect::GROQ, &set).unwrap();
    assert_eq!(
        provider.service.address(),
        "http://127.0.0.1:9/x/chat/completions"
    );
    assert_eq!((provider.name(), provider.model()), ("groq", "big"));
}

#[test]
fn what_is_missing_is_named() {
    let sentence = |dialect, set: &[(&str, &str)]| built(dialect, set).unwrap_err().to_string();
    assert_eq!(
        sentence(Dialect::OPENAI, &[]),
        "openai needs OPENAI_API_KEY, which is not set"
    );
    assert_eq!(
        sentence(Dialect::HUGGINGFACE, &[("HF_TOKEN", " ")]),
        "huggingface needs HF_TOKEN or HUGGINGFACE_API_KEY, which is not set"
    );
    assert_eq!(
        sentence(Dialect::CLOUDFLARE, &[("CLOUDFLARE_API_TOKEN", "k")]),
        "cloudflare needs CLOUDFLARE_ACCOUNT_ID, which is not set"
    );
    assert_eq!(
        sentence(Dialect::GENERIC, &[]),
        "openai-compatible needs MANIM_LLM_BASE_URL, which is not set"
    );
}

#[test]
fn a_full_address_is_taken_as_it_is() {
    let provider = OpenAiCompatible::builder("https://h.test/v1/chat/completions?api-version=1", "m")
        .build()
        .unwrap();
    assert_eq!(
        provider.service.address(),
        "https://h.test/v1/chat/completions?api-version=1"
    );
}

#[test]
fn a_key_that_no_header_can_carry_is_refused_without_repeating_it() {
    let error = OpenAiCompatible::builder("https://h.test/v1", "m")
        .key("s3\ncret")
        .build()
        .unwrap_err();
    assert!(matches!(error, ConfigError::InvalidKey { .. }));
    assert!(!error.to_string().contains("cret"));
}

#[test]
fn debug_shows_no_key() {
    let provider = OpenAiCompatible::builder("https://h.test/v1", "m")
        .key("s3cret")
        .build()
        .unwrap();
    assert!(!format!("{provider:?}").contains("s3cret"));
}

#[test]
fn openai_is_asked_in_its_newest_words() {
    let body = body(&built(Dialect::OPENAI, &[("OPENAI_API_KEY", "k")]).unwrap());
    assert_eq!(body["messages"][0]["role"], "developer");
    assert_eq!(body["max_completion_tokens"], 16_384);
    assert_eq!(body["stream_options"]["include_usage"], true);
    assert!(body["max_tokens"].is_null() && body["temperature"].is_null());
}

#[test]
fn a_local_server_is_asked_in_plain_words() {
    let provider = OpenAiCompatible::builder("http://localhost:1/v1", "m")
        .max_output_tokens(64)
        .temperature(0.5);
    let body = body(&provider.build().unwrap());
    assert_eq!(body["messages"][0]["role"], "system");
    assert_eq!(
        (&body["max_tokens"], &body["temperature"]),
        (&64.into(), &0.5.into())
    );
    assert!(body["max_completion_tokens"].is_null());
}

#[test]
fn a_schema_is_asked_for_only_where_the_program_said_so() {
    let plain = OpenAiCompatible::builder("http://localhost:1/v1", "m");
    let held = plain.clone().with_json_schema().build().unwrap();
    let plain = body(&plain.build().unwrap());
    assert!(plain.get("response_format").is_none());
    let held = body(&held);
    let format = &held["response_format"];
    assert_eq!(format["json_schema"]["schema"]["required"][0], "code");
    let told = |body: &Value| {
        body["messages"][0]["content"]
            .as_str()
            .unwrap()
            .contains("one JSON object")
    };
    assert!(told(&held) && !told(&plain));
}
