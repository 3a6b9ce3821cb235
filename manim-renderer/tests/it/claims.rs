//! The check of claims by the real program, in the real jail.

use manim_core::{CheckedClaim, Claim, Formula, Verdict, check_claims};

use crate::support::renderer;

const TRUE: &str = include_str!("../../../manim-core/tests/claims/true.jsonl");
const FALSE: &str = include_str!("../../../manim-core/tests/claims/false.jsonl");
const HOSTILE: &str = include_str!("../../../manim-core/tests/claims/hostile.jsonl");
/// As many as a reply may make.
const BATCH: usize = 12;

fn corpus(text: &str) -> Vec<Claim> {
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

async fn checked(claims: Vec<Claim>) -> Vec<CheckedClaim> {
    let mut checked = Vec::new();
    for batch in claims.chunks(BATCH) {
        checked.extend(check_claims(renderer().await, batch.to_vec()).await);
    }
    checked
}

fn equality(text: &str) -> Claim {
    Claim::Equality {
        equation: Formula::parse(text).unwrap(),
    }
}

#[tokio::test]
async fn true_claims_are_verified_and_false_ones_refuted() {
    for (text, verdict) in [(TRUE, Verdict::Verified), (FALSE, Verdict::Refuted)] {
        let claims = corpus(text);
        assert!(claims.len() >= 60);
        for checked in checked(claims).await {
            assert_eq!(checked.verdict, verdict, "{}: {}", checked.claim, checked.why);
        }
    }
}

#[tokio::test]
async fn hostile_claims_prove_nothing_and_harm_no_other() {
    for batch in corpus(HOSTILE).chunks(3) {
        let mut claims = batch.to_vec();
        claims.push(equality("1 + 1 = 2"));
        let checked = check_claims(renderer().await, claims).await;
        let (honest, hostile) = checked.split_last().unwrap();
        assert_eq!(honest.verdict, Verdict::Verified, "{batch:?}: {}", honest.why);
        for checked in hostile {
            assert_ne!(checked.verdict, Verdict::Verified, "{}", checked.claim);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_keeps_its_place_among_the_verdicts() {
    let unread = Claim::Unreadable {
        text: "astrology".to_owned(),
    };
    let claims = vec![equality("1 = 1"), unread.clone(), equality("1 = 2"), unread];
    let verdicts: Vec<_> = checked(claims)
        .await
        .into_iter()
        .map(|checked| checked.verdict)
        .collect();
    assert_eq!(
        verdicts,
        [
            Verdict::Verified,
            Verdict::Unverified,
            Verdict::Refuted,
            Verdict::Unverified
        ]
    );
}
