//! How services that speak chat completions differ: a table of values, no code.

/// One service's way of speaking the chat completions protocol.
///
/// ```
/// use manim_providers::Dialect;
///
/// assert_eq!(Dialect::named("groq"), Some(Dialect::GROQ));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub(crate) name: &'static str,
    pub(crate) base_url: Option<&'static str>,
    pub(crate) model: Option<&'static str>,
    pub(crate) system_role: &'static str,
    pub(crate) length_field: LengthField,
    pub(crate) max_output_tokens: Option<u32>,
    pub(crate) usage_on_request: bool,
    pub(crate) key_required: bool,
    pub(crate) variables: Variables,
}

/// What the field that limits the answer's length is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LengthField {
    MaxTokens,
    MaxCompletionTokens,
}

/// Environment variables, alternatives in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Variables {
    pub(crate) key: &'static [&'static str],
    pub(crate) base_url: &'static [&'static str],
    pub(crate) model: &'static [&'static str],
    pub(crate) account: &'static [&'static str],
}

/// A scene takes 2 000 to 4 000 tokens; the rest is room for a model that thinks first.
const ROOM: u32 = 16_384;

impl Dialect {
    /// Every dialect, in the order in which a chain would prefer them.
    pub const ALL: [Self; 6] = [
        Self::OPENAI,
        Self::GROQ,
        Self::DEEPSEEK,
        Self::HUGGINGFACE,
        Self::CLOUDFLARE,
        Self::GENERIC,
    ];

    /// OpenAI. `OPENAI_API_KEY`; `OPENAI_BASE_URL` and `OPENAI_MODEL` if other than usual.
    pub const OPENAI: Self = Self {
        name: "openai",
        base_url: Some("https://api.openai.com/v1"),
        model: Some("gpt-5.6-terra"),
        system_role: "developer",
        length_field: LengthField::MaxCompletionTokens,
        max_output_tokens: Some(ROOM),
        usage_on_request: true,
        key_required: true,
        variables: Variables {
            key: &["OPENAI_API_KEY"],
            base_url: &["OPENAI_BASE_URL"],
            model: &["OPENAI_MODEL"],
            account: &[],
        },
    };

    /// Groq. `GROQ_API_KEY`; `GROQ_BASE_URL`, `GROQ_MODEL`.
    pub const GROQ: Self = Self {
        name: "groq",
        base_url: Some("https://api.groq.com/openai/v1"),
        model: Some("openai/gpt-oss-120b"),
        system_role: "system",
        // Tokens allowed for count as tokens used in Groq's limits per minute, and a request
        // above a small account's limit is refused: the model's own limit will do.
        max_output_tokens: None,
        variables: Variables {
            key: &["GROQ_API_KEY"],
            base_url: &["GROQ_BASE_URL"],
            model: &["GROQ_MODEL"],
            account: &[],
        },
        ..Self::OPENAI
    };

    /// DeepSeek. `DEEPSEEK_API_KEY`; `DEEPSEEK_BASE_URL`, `DEEPSEEK_MODEL`.
    pub const DEEPSEEK: Self = Self {
        name: "deepseek",
        base_url: Some("https://api.deepseek.com"),
        model: Some("deepseek-flash"),
        length_field: LengthField::MaxTokens,
        max_output_tokens: Some(ROOM),
        variables: Variables {
            key: &["DEEPSEEK_API_KEY"],
            base_url: &["DEEPSEEK_BASE_URL"],
            model: &["DEEPSEEK_MODEL"],
            account: &[],
        },
        ..Self::GROQ
    };

    /// HuggingFace's router. `HF_TOKEN`; `HF_BASE_URL`, `HF_MODEL` (a model may carry the
    /// serving company, as in `org/model:company`).
    pub const HUGGINGFACE: Self = Self {
        name: "huggingface",
        base_url: Some("https://router.huggingface.co/v1"),
        model: Some("openai/gpt-oss-120b"),
        variables: Variables {
            key: &["HF_TOKEN", "HUGGINGFACE_API_KEY"],
            base_url: &["HF_BASE_URL"],
            model: &["HF_MODEL"],
            account: &[],
        },
        ..Self::DEEPSEEK
    };

    /// Cloudflare Workers AI through its compatible path. `CLOUDFLARE_ACCOUNT_ID` and
    /// `CLOUDFLARE_API_TOKEN`; `CLOUDFLARE_AI_BASE_URL`, `CLOUDFLARE_AI_MODEL`.
    pub const CLOUDFLARE: Self = Self {
        name: "cloudflare",
        base_url: Some("https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1"),
        model: Some("@cf/openai/gpt-oss-120b"),
        // Left out, the service stops after 256 tokens; its models' contexts start at 24 000.
        max_output_tokens: Some(8192),
        variables: Variables {
            key: &["CLOUDFLARE_API_TOKEN"],
            base_url: &["CLOUDFLARE_AI_BASE_URL"],
            model: &["CLOUDFLARE_AI_MODEL"],
            account: &["CLOUDFLARE_ACCOUNT_ID"],
        },
        ..Self::DEEPSEEK
    };

    /// Any other service: Ollama, vLLM, llama.cpp, a gateway. `MANIM_LLM_BASE_URL` and
    /// `MANIM_LLM_MODEL`; `MANIM_LLM_API_KEY` where it asks for one.
    pub const GENERIC: Self = Self {
        name: "openai-compatible",
        base_url: None,
        model: None,
        // Local servers answer with what their context holds; a request for more is refused.
        max_output_tokens: None,
        key_required: false,
        variables: Variables {
            key: &["MANIM_LLM_API_KEY"],
            base_url: &["MANIM_LLM_BASE_URL"],
            model: &["MANIM_LLM_MODEL"],
            account: &[],
        },
        ..Self::DEEPSEEK
    };

    /// The dialect called `name` on the command line and in records.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name == name)
    }

    /// The name in records, flags and metrics.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The usual address; `{account}` stands for the account id. `None`: it must be given.
    pub const fn base_url(&self) -> Option<&'static str> {
        self.base_url
    }

    /// The model asked unless another is named. `None`: it must be named.
    pub const fn default_model(&self) -> Option<&'static str> {
        self.model
    }

    /// The same service spoken to at another host. Only OpenAI's own host is sure to know
    /// OpenAI's newest words; gateways and proxies are sure to know the plain ones.
    pub(crate) fn at_host(self, host: &str) -> Self {
        if self != Self::OPENAI || host.ends_with(".openai.com") || host.ends_with(".openai.azure.com") {
            return self;
        }
        Self {
            system_role: Self::GENERIC.system_role,
            length_field: Self::GENERIC.length_field,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lower_case() {
        let mut names: Vec<_> = Dialect::ALL.iter().map(Dialect::name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Dialect::ALL.len());
        assert!(names.iter().all(|name| *name == name.to_lowercase()));
    }

    #[test]
    fn openais_newest_words_are_kept_for_openais_host() {
        assert_eq!(Dialect::OPENAI.at_host("api.openai.com").system_role, "developer");
        assert_eq!(Dialect::OPENAI.at_host("gateway.test").system_role, "system");
        assert_eq!(
            Dialect::OPENAI.at_host("evil-openai.com").length_field,
            LengthField::MaxTokens
        );
        assert_eq!(Dialect::GROQ.at_host("gateway.test"), Dialect::GROQ);
    }
}
