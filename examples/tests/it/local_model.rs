//! A real model behind a real server. It is far too small to write a scene, so this is the
//! whole way of an answer that is asked for, judged, mended and at last given up.

use crate::peer;
use crate::program::Desk;

const SOLVE: &str = env!("CARGO_BIN_EXE_solve");
const KEY: &str = "k-local-model";
/// Few, for a slow machine.
const MAX_TOKENS: u64 = 40;
/// The first request and three repairs.
const MOST_ATTEMPTS: usize = 4;

#[test]
fn a_small_models_answers_end_in_a_film_or_in_a_reason_and_the_record_tells_of_each() {
    let model = peer::llama(KEY);
    let desk = Desk::new();
    let output = desk
        .command(SOLVE)
        .args(["Solve x^2 - 5x + 6 = 0", "--provider", "openai-compatible"])
        .args(["--base-url", &model.url("/v1"), "--model", "smollm2"])
        .args([
            "--max-tokens",
            &MAX_TOKENS.to_string(),
            "--provider-timeout",
            "900",
        ])
        .args(["--quality", "low", "--json"])
        .env("MANIM_LLM_API_KEY", KEY)
        .output()
        .unwrap();
    let ended = crate::program::Ended::from(output);
    let records = ended.json();
    let [job] = records.as_slice() else {
        panic!("{ended:?}");
    };

    let attempts = job["attempts"].as_array().unwrap();
    assert!((1..=MOST_ATTEMPTS).contains(&attempts.len()), "{job}");
    for attempt in attempts {
        assert_eq!(attempt["provider"], "openai-compatible", "{job}");
        let tokens = attempt["usage"]["output_tokens"].as_u64().unwrap();
        assert!((1..=MAX_TOKENS).contains(&tokens), "{job}");
    }
    match job["status"].as_str() {
        Some("delivered") => assert_eq!((ended.code, desk.left()), (Some(0), vec!["film.mp4".to_owned()])),
        Some("failed") => {
            assert_eq!((ended.code, desk.left()), (Some(1), vec![]));
            let message = job["failure"]["message"].as_str().unwrap();
            assert!(message.starts_with("None of 4 tries became a film"), "{message}");
            let reasons = job["rejections"].as_array().unwrap();
            assert_eq!(reasons.len(), attempts.len(), "{job}");
            assert!(reasons.iter().all(|reason| reason["why"] != ""), "{job}");
        }
        other => panic!("{other:?}: {job}"),
    }
}
