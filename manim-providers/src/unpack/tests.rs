//! However a reply is cut into pieces, the text is the same, and what was given stays given.

use proptest::prelude::*;

use super::*;

/// The text after all pieces, and whether each step only added to it.
fn unpack<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, Option<String>) {
    let mut packed = Packed::default();
    let mut text = String::new();
    for piece in pieces {
        text.push_str(&packed.push(piece));
    }
    let rest = packed.finish(&text);
    (text, rest)
}

#[track_caller]
fn becomes(raw: &str, expected: &str) {
    let (text, rest) = unpack([raw]);
    assert_eq!(rest.map(|rest| text + &rest).as_deref(), Some(expected), "{raw}");
}

#[test]
fn the_code_becomes_a_fenced_block() {
    becomes(
        r#"{"code": "a = 1\nb = \"x\"\n"}"#,
        "````python\na = 1\nb = \"x\"\n````\n",
    );
    becomes(r#" {"claims": [], "code": "a"} "#, "````python\na\n````\n");
}

#[test]
fn claims_become_a_block_of_their_own() {
    becomes(
        r#"{"code":"a","claims":[{"kind":"equal"}]}"#,
        "````python\na\n````\n```json\n[\n  {\n    \"kind\": \"equal\"\n  }\n]\n```\n",
    );
}

#[test]
fn an_answer_in_the_models_own_words_stays_as_it_is() {
    for raw in ["Here:\n```python\na\n```", "{\"scene\": \"a\"}", "", "[1]"] {
        becomes(raw, raw);
    }
}

#[test]
fn the_code_is_given_out_while_it_arrives() {
    let mut packed = Packed::default();
    let given: Vec<String> = ["{\"co", "de\": \"a\\", "nb\\u00e", "9 \\ud83d", "\\ude00", "c\""]
        .map(|piece| packed.push(piece))
        .into();
    assert_eq!(given, ["", "````python\na", "\nb", "é ", "😀", "c"]);
}

#[test]
fn an_object_that_breaks_off_is_no_answer() {
    let (text, rest) = unpack(["{\"code\": \"a = 1\\nb"]);
    assert_eq!((text.as_str(), rest), ("````python\na = 1\nb", None));
}

proptest! {
    #[test]
    fn the_cuts_between_pieces_do_not_matter(
        code in any::<String>(),
        code_first in any::<bool>(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let code_is = format!("\"code\": {}", Value::String(code));
        let claims_are = r#""claims": [{"kind": "equal"}]"#;
        let raw = match code_first {
            true => format!("{{{code_is}, {claims_are}}}"),
            false => format!("{{{claims_are}, {code_is}}}"),
        };
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(raw.len())).collect();
        at.extend([0, raw.len()]);
        at.retain(|at| raw.is_char_boundary(*at));
        at.sort_unstable();
        let (text, rest) = unpack(at.windows(2).map(|pair| &raw[pair[0]..pair[1]]));
        let (whole, whole_rest) = unpack([raw.as_str()]);
        prop_assert_eq!(!whole.is_empty(), code_first);
        prop_assert_eq!(text + &rest.expect("an object"), whole + &whole_rest.expect("an object"));
    }
}
