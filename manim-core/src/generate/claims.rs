//! Finds the claims in a model's reply. Whatever stands in their place costs no film.

use serde::Deserialize;
use serde_json::Value;

use super::extract::{Block, fenced_blocks, one_kind_of_line_end};
use crate::claim::Claim;

/// A film has one answer and a few steps that carry it.
const MAX_CLAIMS: usize = 12;
/// A dozen claims are two kilobytes.
const MAX_BLOCK_BYTES: usize = 64 * 1024;
/// Of something that cannot be read, kept for the record.
const MAX_SHOWN_CHARS: usize = 200;

/// The claims of `reply`: those of its last fenced block of JSON that holds a list `claims`.
///
/// A reply without such a block claims nothing. What cannot be read in it, and what exceeds
/// twelve claims or 64 KiB, is [`Claim::Unreadable`].
pub fn extract_claims(reply: &str) -> Vec<Claim> {
    let reply = one_kind_of_line_end(reply);
    let blocks = fenced_blocks(&reply);
    let found = blocks.iter().rev().find(|block| is_list_of_claims(block));
    found.map_or_else(Vec::new, |block| claims_of(&block.code))
}

fn is_list_of_claims(block: &Block) -> bool {
    matches!(
        block.language.as_str(),
        "json" | "json5" | "jsonc" | "claims" | ""
    ) && block.code.trim_start().starts_with(['{', '['])
        && block.code.contains("\"claims\"")
}

#[derive(Deserialize)]
struct List {
    claims: Vec<Value>,
}

fn claims_of(text: &str) -> Vec<Claim> {
    if text.len() > MAX_BLOCK_BYTES {
        return vec![unreadable(text)];
    }
    let Ok(List { claims }) = serde_json::from_str(text) else {
        return vec![unreadable(text)];
    };
    let surplus = claims.len().saturating_sub(MAX_CLAIMS);
    let mut read: Vec<Claim> = claims.into_iter().take(MAX_CLAIMS).map(claim).collect();
    if surplus > 0 {
        read.push(unreadable(&format!("{surplus} more")));
    }
    read
}

fn claim(value: Value) -> Claim {
    let text = value.to_string();
    serde_json::from_value(value).unwrap_or_else(|_| unreadable(&text))
}

fn unreadable(text: &str) -> Claim {
    let text = text.trim().chars().take(MAX_SHOWN_CHARS).collect();
    Claim::Unreadable { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "```python\nclass MainScene(Scene):\n    pass\n```\n";

    #[track_caller]
    fn told(block: &str, expected: &[&str]) {
        let told: Vec<_> = extract_claims(&format!("{CODE}{block}"))
            .iter()
            .map(Claim::to_string)
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn claims_are_read_from_the_block_behind_the_code() {
        told(
            "```json\n{\"claims\": [{\"kind\": \"solutions\", \"equation\": \"x^2 = 4\", \"values\": [2, \"-2\"]}, \
             {\"kind\": \"derivative\", \"function\": \"x^2\", \"value\": \"2x\"}]}\n```",
            &[
                "all solutions of x^2 = 4 for x are {2, -2}",
                "the derivative of x^2 with respect to x is 2x",
            ],
        );
    }

    #[test]
    fn a_reply_without_claims_claims_nothing() {
        told("", &[]);
        told("```json\n{\"answer\": 3}\n```", &[]);
        told("The claims: \"claims\"", &[]);
    }

    #[test]
    fn the_last_list_counts() {
        let one = "```json\n{\"claims\": [{\"kind\": \"equality\", \"equation\": \"1 = 2\"}]}\n```\n";
        told(&format!("{one}{}", one.replace("1 = 2", "2 = 2")), &["2 = 2"]);
    }

    #[test]
    fn a_broken_list_is_one_thing_unread() {
        told(
            "```json\n{\"claims\": [1, 2\n```",
            &["(not read) {\"claims\": [1, 2"],
        );
        told("```json\n{\"claims\": 7}\n```", &["(not read) {\"claims\": 7}"]);
        let deep = format!("```json\n{{\"claims\": {}\n```", "[".repeat(10_000));
        assert!(matches!(
            extract_claims(&deep).as_slice(),
            [Claim::Unreadable { .. }]
        ));
        let large = format!(
            "```json\n{{\"claims\": [\"{}\"]}}\n```",
            "x".repeat(MAX_BLOCK_BYTES)
        );
        assert!(
            matches!(extract_claims(&large).as_slice(), [Claim::Unreadable { text }] if text.len() == 200)
        );
    }

    #[test]
    fn one_bad_claim_does_not_cost_the_others() {
        told(
            "```json\n{\"claims\": [{\"kind\": \"astrology\"}, 7, {\"kind\": \"equality\", \"equation\": \"1 = 1\"}, \
             {\"kind\": \"equality\", \"equation\": \"\"}]}\n```",
            &[
                "(not read) {\"kind\":\"astrology\"}",
                "(not read) 7",
                "1 = 1",
                "(not read) {\"equation\":\"\",\"kind\":\"equality\"}",
            ],
        );
    }

    #[test]
    fn claims_are_bounded_in_number_and_length() {
        let one = "{\"kind\": \"equality\", \"equation\": \"1 = 1\"}";
        let many = vec![one; 50].join(",");
        let read = extract_claims(&format!("```json\n{{\"claims\": [{many}]}}\n```"));
        assert_eq!(read.len(), MAX_CLAIMS + 1);
        assert_eq!(read[MAX_CLAIMS].to_string(), "(not read) 38 more");
        let long = one.replace("1 = 1", &format!("1 = {}", "1".repeat(1000)));
        let read = extract_claims(&format!("```json\n{{\"claims\": [{long}]}}\n```"));
        assert!(matches!(read.as_slice(), [Claim::Unreadable { .. }]));
    }

    #[test]
    fn claims_survive_the_record() {
        let read = extract_claims(
            "```json\n{\"claims\": [{\"kind\": \"inverse\", \"matrix\": [[1, 2], [2, 4]]}, \
             {\"kind\": \"system\", \"equations\": [\"x + y = 1\", \"x = 0.5\"], \"unknowns\": [\"x\", \"y\"], \
             \"values\": [{\"x\": 0.5, \"y\": \"1/2\"}]}]}\n```",
        );
        let words: Vec<_> = read.iter().map(Claim::to_string).collect();
        assert_eq!(
            words,
            [
                "[[1, 2], [2, 4]] has no inverse",
                "all solutions of x + y = 1, x = 0.5 are {(x = 0.5, y = 1/2)}"
            ]
        );
        let text = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Claim>>(&text).unwrap(), read);
    }
}
