//! The decoder against the standard's own examples, its caps, and an independent decoder.

use eventsource_stream::Eventsource;
use futures::StreamExt;
use proptest::prelude::*;

use super::*;

const SMALL: Caps = Caps {
    line: 64,
    event: 64,
    total: 256,
};

fn decode(pieces: &[&[u8]], caps: Caps) -> Result<Vec<(String, String)>, Overflow> {
    let mut decoder = Decoder::new(caps);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.feed(piece, &mut events)?;
    }
    Ok(events.into_iter().map(|event| (event.name, event.data)).collect())
}

#[track_caller]
fn check(stream: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, data)| (name.to_string(), data.to_string()))
        .collect();
    let bytes = stream.as_bytes();
    assert_eq!(
        decode(&[bytes], Caps::default()).unwrap(),
        expected,
        "{stream:?} at once"
    );
    for at in 0..=bytes.len() {
        let (head, tail) = bytes.split_at(at);
        assert_eq!(
            decode(&[head, tail], Caps::default()).unwrap(),
            expected,
            "{stream:?} split at {at}"
        );
    }
}

#[test]
fn any_line_end_and_any_split_gives_the_same_events() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = [
            "data: a",
            "data:b",
            "",
            ": comment",
            "event: x",
            "data:  c",
            "",
            "",
        ]
        .join(end);
        check(&stream, &[("", "a\nb"), ("x", " c")]);
    }
}

#[test]
fn line_ends_may_be_mixed() {
    check("data: a\rdata: b\r\ndata: c\n\r\n", &[("", "a\nb\nc")]);
}

#[test]
fn a_byte_order_mark_is_dropped_at_the_start_only() {
    check("\u{feff}data: a\n\n\u{feff}data: b\n\n", &[("", "a")]);
}

#[test]
fn fields_without_value_unknown_fields_and_comments() {
    check("data\n\n", &[("", "")]);
    check("data:\ndata:\n\n", &[("", "\n")]);
    check("id: 7\nretry: 3\nnonsense\nDATA: x\n\n", &[]);
    check(": keep-alive\n\n: keep-alive\n\ndata: a\n\n", &[("", "a")]);
}

#[test]
fn an_event_without_data_is_dropped_with_its_name() {
    check("event: x\n\ndata: a\n\n", &[("", "a")]);
}

#[test]
fn an_unfinished_event_comes_out_only_at_the_end() {
    let mut decoder = Decoder::new(Caps::default());
    let mut events = Vec::new();
    decoder.feed(b"data: [DONE]", &mut events).unwrap();
    assert!(events.is_empty());
    decoder.finish(&mut events).unwrap();
    assert_eq!(events[0].data, "[DONE]");
}

#[test]
fn broken_utf8_is_replaced_and_a_split_character_is_not() {
    assert_eq!(decode(&[b"data: \xff\n\n"], SMALL).unwrap()[0].1, "\u{fffd}");
    assert_eq!(decode(&[b"data: \xc3", b"\xa9\n\n"], SMALL).unwrap()[0].1, "é");
}

#[test]
fn every_cap_holds() {
    let long = [b'x'; 65];
    assert_eq!(decode(&[&long], SMALL), Err(Overflow::Line(64)));
    assert_eq!(
        decode(&[&long[..40], &long[..40]], SMALL),
        Err(Overflow::Line(64))
    );
    let line = b"data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n";
    assert_eq!(decode(&[line, line], SMALL), Err(Overflow::Event(64)));
    let events = [&b"data: x\n\n"[..]; 40];
    assert_eq!(decode(&events, SMALL), Err(Overflow::Total(256)));
}

#[test]
fn empty_data_lines_count_towards_the_event() {
    let lines = b"data:\n".repeat(40);
    let caps = Caps { event: 30, ..SMALL };
    assert_eq!(decode(&[&lines], caps), Err(Overflow::Event(30)));
}

/// What an independent decoder makes of the same pieces.
fn reference(pieces: &[Vec<u8>]) -> Vec<(String, String)> {
    let pieces = pieces.iter().cloned().map(Ok::<_, std::convert::Infallible>);
    let events = futures::stream::iter(pieces).eventsource().map(|event| {
        let event = event.unwrap();
        let name = if event.event == "message" {
            String::new()
        } else {
            event.event
        };
        (name, event.data)
    });
    futures::executor::block_on(events.collect())
}

/// Lines that mean something, among lines that do not.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "data: ?[a-z é✓:]{0,12}",
        1 => "event: ?[a-z]{1,6}",
        1 => ":[a-z ]{0,8}",
        1 => "id: ?[0-9]{0,3}",
        1 => "[a-z]{1,6}(: ?[a-z]{0,4})?",
        3 => Just(String::new()),
    ]
}

/// A stream, cut anywhere.
fn pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    let stream = proptest::collection::vec((line(), end), 0..24);
    (stream, proptest::collection::vec(1_usize..9, 1..40)).prop_map(|(lines, cuts)| {
        // The other decoder waits after a CR, in case an LF follows; the colon of a comment
        // that never ends lets it go on.
        let text: String = lines
            .into_iter()
            .map(|(line, end)| line + end)
            .chain([":".to_owned()])
            .collect();
        let mut rest = text.as_bytes();
        let mut pieces = Vec::new();
        for cut in cuts.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (head, tail) = rest.split_at(cut.min(rest.len()));
            pieces.push(head.to_vec());
            rest = tail;
        }
        pieces
    })
}

proptest! {
    #[test]
    fn an_independent_decoder_agrees(pieces in pieces()) {
        let slices: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(decode(&slices, Caps::default()).unwrap(), reference(&pieces));
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0_usize..300) {
        let (head, tail) = bytes.split_at(cut.min(bytes.len()));
        let _ = decode(&[head, tail], SMALL);
    }
}
