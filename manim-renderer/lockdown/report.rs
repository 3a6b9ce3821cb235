//! Says which step failed, then ends the process.

use crate::kind;
use crate::plan::Failure;
use crate::system as sys;

/// Of a number, at most 20.
pub struct Digits {
    text: [u8; 20],
    start: usize,
}

impl Digits {
    pub fn as_slice(&self) -> &[u8] {
        self.text.get(self.start..).unwrap_or(&[])
    }
}

pub fn digits(mut number: u64) -> Digits {
    let mut digits = Digits {
        text: [0; 20],
        start: 20,
    };
    for (place, byte) in digits.text.iter_mut().enumerate().rev() {
        *byte = b'0' + (number % 10) as u8;
        number /= 10;
        digits.start = place;
        if number == 0 {
            break;
        }
    }
    digits
}

/// Writes `lockdown: step K of kind N: errno E` to descriptor 2 and ends the process.
pub fn end(failure: &Failure) -> ! {
    say(failure);
    sys::exit(kind::EXIT_BASE + failure.kind)
}

fn say(failure: &Failure) {
    let numbers = [failure.index, failure.kind, failure.errno.0];
    let words: [&[u8]; 3] = [b"lockdown: step ", b" of kind ", b": errno "];
    for (word, number) in words.into_iter().zip(numbers) {
        let _ = sys::write(2, word);
        let _ = sys::write(2, digits(number.into()).as_slice());
    }
    let _ = sys::write(2, b"\n");
}
