//! Text to tokens. Spellings are unified here, so that nothing later knows LaTeX from Unicode.

use std::iter::Peekable;
use std::str::Chars;

use super::expr::Decimal;
use super::token::{Token, TokenKind};
use super::{MAX_DIGITS, MAX_TOKENS, NotationError};

/// Commands that are only spacing, sizing or delimiters of mathematics.
const SILENT: &[&str] = &[
    "left",
    "right",
    "big",
    "Big",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "displaystyle",
    "textstyle",
    "limits",
    "quad",
    "qquad",
    "mathstrut",
    "nolimits",
];
/// Commands around a word that say how it looks: `\mathrm{d}`, `\text{det}`.
const DRESS: &[&str] = &[
    "mathrm",
    "operatorname",
    "text",
    "textbf",
    "mathbf",
    "mathit",
    "textrm",
];
/// Commands that keep their meaning as a command.
const COMMANDS: &[&str] = &[
    "frac", "sqrt", "cbrt", "int", "sum", "lim", "to", "infty", "cdots",
];
/// Commands that name what a word could: functions and Greek letters.
const WORDS: &[&str] = &[
    "sin", "cos", "tan", "sec", "csc", "cot", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "ln",
    "log", "exp", "det", "alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "phi", "omega", "pi",
];

/// Cuts `text` into tokens.
pub(in crate::offline) fn tokenize(text: &str) -> Result<Vec<Token>, NotationError> {
    let mut lexer = Lexer {
        rest: text.chars().peekable(),
        tokens: Vec::new(),
        glued: false,
        brackets: 0,
    };
    while let Some(c) = lexer.rest.next() {
        lexer.take(c)?;
        if lexer.tokens.len() > MAX_TOKENS {
            return Err(NotationError::new("The text is too long for one problem."));
        }
    }
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    rest: Peekable<Chars<'a>>,
    tokens: Vec<Token>,
    glued: bool,
    brackets: usize,
}

impl Lexer<'_> {
    fn push(&mut self, kind: TokenKind) {
        let glued = std::mem::replace(&mut self.glued, true);
        self.tokens.push(Token { kind, glued });
    }

    fn mark(&mut self, mark: char) {
        match mark {
            '(' | '[' | '{' => self.brackets += 1,
            ')' | ']' | '}' => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.push(TokenKind::Mark(mark));
    }

    fn take(&mut self, c: char) -> Result<(), NotationError> {
        match c {
            '\n' => self.line_break(),
            '$' | '\u{200B}' => self.glued = false,
            c if c.is_whitespace() => self.glued = false,
            '0'..='9' => return self.number(c),
            '.' if self.digit_follows() && !self.touches_digit() => return self.number(c),
            '.' if self.dots() => self.push(TokenKind::Command("cdots")),
            '*' if self.rest.next_if_eq(&'*').is_some() => self.mark('^'),
            '-' if self.rest.next_if_eq(&'>').is_some() => self.push(TokenKind::Command("to")),
            '\\' => return self.command(),
            c if super_digit(c).is_some() => return self.superscript(c),
            c => match unicode(c) {
                Some(kind) => self.push(kind),
                None if c.is_alphabetic() => self.word(c),
                None => self.mark(c),
            },
        }
        Ok(())
    }

    fn line_break(&mut self) {
        self.glued = false;
        if matches!(self.tokens.last(), Some(last) if last.kind != TokenKind::LineBreak) {
            self.push(TokenKind::LineBreak);
            self.glued = false;
        }
    }

    fn digit_follows(&mut self) -> bool {
        self.rest.peek().is_some_and(char::is_ascii_digit)
    }

    fn touches_digit(&self) -> bool {
        self.glued && matches!(self.tokens.last(), Some(last) if matches!(last.kind, TokenKind::Number(_)))
    }

    /// Two more dots after one.
    fn dots(&mut self) -> bool {
        let mut ahead = self.rest.clone();
        let three = ahead.next() == Some('.') && ahead.next() == Some('.');
        if three {
            self.rest = ahead;
        }
        three
    }

    fn number(&mut self, first: char) -> Result<(), NotationError> {
        let mut digits = String::new();
        let mut scale = 0;
        let mut point = first == '.';
        if !point {
            digits.push(first);
        }
        loop {
            let mut ahead = self.rest.clone();
            match ahead.next() {
                Some(c @ '0'..='9') => {
                    digits.push(c);
                    scale += usize::from(point);
                }
                Some('.') if !point && matches!(ahead.peek(), Some('0'..='9')) => point = true,
                _ => break,
            }
            self.rest.next();
        }
        if !point && self.brackets == 0 {
            self.thousands(&mut digits);
        }
        if digits.len() > MAX_DIGITS {
            return Err(NotationError::new(format!(
                "A number has more than {MAX_DIGITS} digits."
            )));
        }
        self.push(TokenKind::Number(Decimal::new(&digits, scale)));
        Ok(())
    }

    /// `1,000`: outside brackets a comma glued between a number and exactly three digits
    /// groups thousands; inside, it separates entries.
    fn thousands(&mut self, digits: &mut String) {
        if digits.len() > 3 {
            return;
        }
        loop {
            let mut ahead = self.rest.clone();
            let group: String = match ahead.next() {
                Some(',') => ahead.by_ref().take(3).collect(),
                _ => return,
            };
            let three = group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit());
            if !three || matches!(ahead.peek(), Some('0'..='9')) {
                return;
            }
            digits.push_str(&group);
            self.rest = ahead;
        }
    }

    /// Letters; an apostrophe between two letters belongs to the word, as in "what's".
    fn word(&mut self, first: char) {
        let mut word = String::from(first);
        loop {
            let mut ahead = self.rest.clone();
            match ahead.next() {
                Some(c) if is_letter(c) => word.push(c),
                Some('\'' | '’') if matches!(ahead.peek(), Some(c) if is_letter(*c)) => word.push('\''),
                _ => break,
            }
            self.rest.next();
        }
        self.push(TokenKind::Word(word));
    }

    fn superscript(&mut self, first: char) -> Result<(), NotationError> {
        self.mark('^');
        self.mark('(');
        let mut next = Some(first);
        while let Some(c) = next {
            match super_digit(c) {
                Some('-') => self.mark('-'),
                Some(digit) => self.raised_digits(digit)?,
                None => break,
            }
            next = self.rest.next_if(|c| super_digit(*c).is_some());
        }
        self.mark(')');
        Ok(())
    }

    fn raised_digits(&mut self, first: char) -> Result<(), NotationError> {
        let mut digits = String::from(first);
        while let Some(c) = self.rest.next_if(|c| super_digit(*c).is_some_and(|d| d != '-')) {
            digits.extend(super_digit(c));
        }
        if digits.len() > MAX_DIGITS {
            return Err(NotationError::new("An exponent has too many digits."));
        }
        self.push(TokenKind::Number(Decimal::new(&digits, 0)));
        Ok(())
    }

    fn command(&mut self) -> Result<(), NotationError> {
        match self.rest.next() {
            Some('\\') => {
                self.skip_row_gap();
                self.push(TokenKind::RowBreak);
            }
            Some('(' | ')' | '[' | ']' | ',' | ';' | ':' | '!' | ' ') => self.glued = false,
            Some('|') => self.mark('|'),
            Some(c) if c.is_ascii_alphabetic() => return self.named(c),
            _ => return Err(NotationError::new("A backslash stands where none is understood.")),
        }
        Ok(())
    }

    /// `\\[2pt]`.
    fn skip_row_gap(&mut self) {
        let mut ahead = self.rest.clone();
        if ahead.next() != Some('[') {
            return;
        }
        let gap: String = ahead.by_ref().take(8).take_while(|c| *c != ']').collect();
        if gap.ends_with("pt") || gap.ends_with("ex") || gap.ends_with("em") {
            self.rest = ahead;
        }
    }

    fn named(&mut self, first: char) -> Result<(), NotationError> {
        let mut name = String::from(first);
        while let Some(c) = self.rest.next_if(char::is_ascii_alphabetic) {
            name.push(c);
        }
        if let Some(kind) = synonym(&name) {
            self.push(kind);
        } else if let Some(known) = COMMANDS.iter().find(|known| **known == name) {
            self.push(TokenKind::Command(known));
        } else if WORDS.contains(&name.as_str()) {
            self.glued = false;
            self.push(TokenKind::Word(name));
        } else if SILENT.contains(&name.as_str()) {
            self.glued = false;
        } else if DRESS.contains(&name.as_str()) {
            self.dressed()?;
        } else if name == "begin" || name == "end" {
            let environment = self.braced()?;
            self.push(if name == "begin" {
                TokenKind::Begin(environment)
            } else {
                TokenKind::End(environment)
            });
        } else {
            return Err(NotationError::new(format!(
                "The command \\{name} is not understood."
            )));
        }
        Ok(())
    }

    fn dressed(&mut self) -> Result<(), NotationError> {
        let text = self.braced()?;
        self.glued = false;
        for word in text.split_whitespace() {
            if !word.chars().all(is_letter) {
                return Err(NotationError::new("Text inside a formula is not understood."));
            }
            self.push(TokenKind::Word(word.to_owned()));
            self.glued = false;
        }
        Ok(())
    }

    fn braced(&mut self) -> Result<String, NotationError> {
        let broken = || NotationError::new("A LaTeX command lacks its {argument}.");
        self.rest.next_if_eq(&'{').ok_or_else(broken)?;
        let mut text = String::new();
        for c in self.rest.by_ref() {
            if c == '}' {
                return Ok(text);
            }
            text.push(c);
        }
        Err(broken())
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() && unicode(c).is_none() && super_digit(c).is_none()
}

fn synonym(name: &str) -> Option<TokenKind> {
    Some(match name {
        "dfrac" | "tfrac" => TokenKind::Command("frac"),
        "rightarrow" | "longrightarrow" => TokenKind::Command("to"),
        "ldots" | "dots" => TokenKind::Command("cdots"),
        "cdot" | "times" => TokenKind::Mark('*'),
        "div" => TokenKind::Mark('/'),
        "le" | "leq" => TokenKind::Mark('≤'),
        "ge" | "geq" => TokenKind::Mark('≥'),
        "lt" => TokenKind::Mark('<'),
        "gt" => TokenKind::Mark('>'),
        "ne" | "neq" => TokenKind::Mark('≠'),
        "vert" | "lvert" | "rvert" => TokenKind::Mark('|'),
        "prime" => TokenKind::Mark('\''),
        _ => return None,
    })
}

fn unicode(c: char) -> Option<TokenKind> {
    let word = |name: &str| TokenKind::Word(name.to_owned());
    Some(match c {
        '−' | '–' | '‐' | '‑' => TokenKind::Mark('-'),
        '·' | '×' | '⋅' | '∙' | '∗' => TokenKind::Mark('*'),
        '÷' | '∕' | '⁄' => TokenKind::Mark('/'),
        '’' | '′' => TokenKind::Mark('\''),
        '“' | '”' | '„' => TokenKind::Mark('"'),
        '√' => TokenKind::Command("sqrt"),
        '∛' => TokenKind::Command("cbrt"),
        '∫' => TokenKind::Command("int"),
        '∑' | 'Σ' => TokenKind::Command("sum"),
        '∞' => TokenKind::Command("infty"),
        '→' | '⟶' => TokenKind::Command("to"),
        '…' | '⋯' => TokenKind::Command("cdots"),
        'π' => word("pi"),
        'α' => word("alpha"),
        'β' => word("beta"),
        'γ' => word("gamma"),
        'θ' => word("theta"),
        'λ' => word("lambda"),
        'μ' => word("mu"),
        'φ' => word("phi"),
        'ω' => word("omega"),
        _ => return None,
    })
}

fn super_digit(c: char) -> Option<char> {
    Some(match c {
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴' => '4',
        '⁵' => '5',
        '⁶' => '6',
        '⁷' => '7',
        '⁸' => '8',
        '⁹' => '9',
        '⁻' => '-',
        _ => return None,
    })
}
