//! What a call costs. A table to be replaced: vendors change their prices without notice.

use manim_core::{Pricing, Usage};
use serde::{Deserialize, Serialize};

/// A price in micro-US-dollars (millionths of a dollar) per million tokens, so that
/// $0.15 per million is `150_000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// For tokens of the prompt.
    pub input: u64,
    /// For tokens of the reply, reasoning included.
    pub output: u64,
}

impl Price {
    /// A price of nothing, for one's own machine.
    pub const FREE: Self = Self { input: 0, output: 0 };

    /// What `usage` costs in micro-US-dollars, rounded up. Discounts for cached prompts
    /// and batches are not counted: this is the most that a call can have cost.
    ///
    /// ```
    /// use manim_core::Usage;
    /// use manim_providers::Price;
    ///
    /// let price = Price { input: 150_000, output: 600_000 };
    /// let usage = Usage { input_tokens: 3_000, output_tokens: 2_000 };
    /// assert_eq!(price.cost(usage), 450 + 1_200);
    /// ```
    pub fn cost(self, usage: Usage) -> u64 {
        const MILLION: u128 = 1_000_000;
        let of = |tokens: u64, price: u64| u128::from(tokens) * u128::from(price);
        let total = of(usage.input_tokens, self.input).saturating_add(of(usage.output_tokens, self.output));
        u64::try_from(total.div_ceil(MILLION)).unwrap_or(u64::MAX)
    }
}

/// One line of a [`PriceTable`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceEntry {
    /// The provider's name, as in records.
    pub provider: String,
    /// The beginning of the models' names. Empty: every model of the provider.
    pub model: String,
    /// Their price.
    #[serde(flatten)]
    pub price: Price,
}

/// Prices by provider and beginning of the model's name; the longest beginning decides.
///
/// Reads from and writes to JSON as a list of entries, for a file of one's own:
///
/// ```
/// use manim_core::Usage;
/// use manim_providers::PriceTable;
///
/// let table: PriceTable = serde_json::from_str(
///     r#"[{"provider": "groq", "model": "openai/gpt-oss", "input": 150000, "output": 600000}]"#,
/// )?;
/// let usage = Usage { input_tokens: 1_000_000, output_tokens: 0 };
/// assert_eq!(table.cost("groq", "openai/gpt-oss-120b", usage), Some(150_000));
/// assert_eq!(table.cost("groq", "another-model", usage), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PriceTable(Vec<PriceEntry>);

impl PriceTable {
    /// A table without entries.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// The vendors' list prices as published in autumn 2026, where a vendor has several
    /// (peak hours, an announced rise) the higher one. HuggingFace's router bills by the
    /// company that serves a model and has no list, so it has no entry.
    pub fn published() -> Self {
        let entry = |&(provider, model, input, output): &Row| PriceEntry {
            provider: provider.to_owned(),
            model: model.to_owned(),
            price: Price { input, output },
        };
        Self(PUBLISHED.iter().map(entry).collect())
    }

    /// Sets the price of the models of `provider` whose names begin with `model`.
    #[must_use]
    pub fn with(mut self, provider: impl Into<String>, model: impl Into<String>, price: Price) -> Self {
        let (provider, model) = (provider.into(), model.into());
        self.0
            .retain(|entry| (&entry.provider, &entry.model) != (&provider, &model));
        self.0.push(PriceEntry {
            provider,
            model,
            price,
        });
        self
    }

    /// The price of a model. `None`: not known, which is not the same as free.
    pub fn price(&self, provider: &str, model: &str) -> Option<Price> {
        let fits = |entry: &&PriceEntry| entry.provider == provider && model.starts_with(&entry.model);
        self.0
            .iter()
            .filter(fits)
            .max_by_key(|entry| entry.model.len())
            .map(|entry| entry.price)
    }

    /// What `usage` of a model costs in micro-US-dollars; `None` if its price is not known.
    pub fn cost(&self, provider: &str, model: &str, usage: Usage) -> Option<u64> {
        self.price(provider, model).map(|price| price.cost(usage))
    }
}

/// Lets a pipeline record what each call cost, and keep a budget.
impl Pricing for PriceTable {
    fn micro_usd(&self, provider: &str, model: &str, usage: Usage) -> Option<u64> {
        self.cost(provider, model, usage)
    }
}

impl Default for PriceTable {
    fn default() -> Self {
        Self::published()
    }
}

type Row = (&'static str, &'static str, u64, u64);

/// Provider, beginning of the model, input, output.
const PUBLISHED: &[Row] = &[
    ("openai", "gpt-6-astra", 10_000_000, 50_000_000),
    ("openai", "gpt-5.6-luna", 200_000, 1_200_000),
    ("openai", "gpt-5.6-terra", 2_000_000, 12_000_000),
    ("openai", "gpt-5.6-sol", 5_000_000, 30_000_000),
    ("openai", "gpt-5.5", 5_000_000, 30_000_000),
    ("openai", "gpt-5.5-pro", 30_000_000, 180_000_000),
    ("openai", "gpt-5.4", 2_500_000, 15_000_000),
    ("openai", "gpt-5.4-pro", 30_000_000, 180_000_000),
    ("openai", "gpt-5.4-mini", 750_000, 4_500_000),
    ("openai", "gpt-5.4-nano", 200_000, 1_250_000),
    ("openai", "gpt-4.1", 2_000_000, 8_000_000),
    ("openai", "gpt-4.1-mini", 400_000, 1_600_000),
    ("openai", "gpt-4.1-nano", 100_000, 400_000),
    ("gemini", "gemini-3.8-flash", 1_500_000, 7_500_000),
    ("gemini", "gemini-3.5-flash", 1_500_000, 9_000_000),
    ("gemini", "gemini-3.5-flash-lite", 300_000, 2_500_000),
    ("gemini", "gemini-3.1-pro", 2_000_000, 12_000_000),
    ("groq", "openai/gpt-oss-120b", 150_000, 600_000),
    ("groq", "openai/gpt-oss-20b", 75_000, 300_000),
    ("groq", "llama-3.3-70b-versatile", 590_000, 790_000),
    ("groq", "llama-3.1-8b-instant", 50_000, 80_000),
    ("deepseek", "deepseek-flash", 300_000, 1_200_000),
    ("deepseek", "deepseek-v4-flash", 300_000, 1_200_000),
    ("deepseek", "deepseek-v4-pro", 1_320_000, 3_960_000),
    ("cloudflare", "@cf/openai/gpt-oss-120b", 350_000, 750_000),
    ("cloudflare", "@cf/openai/gpt-oss-20b", 200_000, 300_000),
    (
        "cloudflare",
        "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
        293_000,
        2_253_000,
    ),
    (
        "cloudflare",
        "@cf/qwen/qwen2.5-coder-32b-instruct",
        660_000,
        1_000_000,
    ),
    ("cloudflare-native", "@cf/openai/gpt-oss-120b", 350_000, 750_000),
    ("cloudflare-native", "@cf/openai/gpt-oss-20b", 200_000, 300_000),
    (
        "cloudflare-native",
        "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
        293_000,
        2_253_000,
    ),
    (
        "cloudflare-native",
        "@cf/qwen/qwen2.5-coder-32b-instruct",
        660_000,
        1_000_000,
    ),
    ("offline", "", 0, 0),
];

#[cfg(test)]
mod tests {
    use super::*;

    const USAGE: Usage = Usage {
        input_tokens: 1_000_000,
        output_tokens: 1_000_000,
    };

    #[test]
    fn the_longest_beginning_decides() {
        let table = PriceTable::published();
        assert_eq!(
            table.cost("openai", "gpt-5.4-mini-2026-03-17", USAGE),
            Some(5_250_000)
        );
        assert_eq!(
            table.cost("openai", "gpt-5.4-2026-03-05", USAGE),
            Some(17_500_000)
        );
        assert_eq!(table.cost("openai", "unheard-of", USAGE), None);
        assert_eq!(table.cost("groq", "gpt-5.4", USAGE), None);
    }

    #[test]
    fn a_price_of_ones_own_replaces_the_published_one() {
        let table = PriceTable::published().with("openai", "gpt-5.4", Price { input: 1, output: 2 });
        assert_eq!(table.cost("openai", "gpt-5.4", USAGE), Some(3));
        let again = table.clone().with("openai", "gpt-5.4", Price::FREE);
        assert_eq!(
            (again.cost("openai", "gpt-5.4", USAGE), again.0.len()),
            (Some(0), table.0.len())
        );
    }

    #[test]
    fn a_cost_is_rounded_up_and_cannot_overflow() {
        let usage = |tokens| Usage {
            input_tokens: tokens,
            output_tokens: tokens,
        };
        assert_eq!(Price { input: 1, output: 1 }.cost(usage(1)), 1);
        assert_eq!(Price { input: 1, output: 1 }.cost(usage(0)), 0);
        assert_eq!(
            Price {
                input: u64::MAX,
                output: u64::MAX
            }
            .cost(usage(u64::MAX)),
            u64::MAX
        );
    }

    #[test]
    fn a_table_survives_json() {
        let table = PriceTable::published();
        let text = serde_json::to_string(&table).unwrap();
        assert_eq!(serde_json::from_str::<PriceTable>(&text).unwrap(), table);
    }
}
