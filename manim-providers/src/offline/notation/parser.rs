//! Tokens to an expression, by recursive descent. A notation that people read in two ways
//! is refused with the advice to add parentheses: guessing would film another problem.

use super::expr::{Constant, Expr, Function, Symbol};
use super::token::{Token, TokenKind};
use super::words::split_words;
use super::{MAX_DEPTH, NotationError};

pub(super) type Parsed = Result<Expr, NotationError>;

/// How deep the finished tree may be; chains of divisions deepen it without nesting.
const MAX_TREE_DEPTH: usize = 2 * MAX_DEPTH;

/// All of `tokens` as one expression.
pub(in crate::offline) fn expression(tokens: &[Token]) -> Parsed {
    let tokens = split_words(tokens);
    let mut parser = Parser {
        tokens: &tokens,
        at: 0,
        depth: 0,
        bars: 0,
    };
    let parsed = parser.sum()?;
    if let Some(token) = parser.peek() {
        return Err(NotationError::new(format!("\"{token}\" is not understood here.")));
    }
    if parsed.depth() > MAX_TREE_DEPTH {
        return Err(too_deep());
    }
    Ok(parsed)
}

/// One token that names a variable.
pub(in crate::offline) fn symbol(token: &Token) -> Option<Symbol> {
    match &token.kind {
        TokenKind::Word(word) => Symbol::new(word),
        _ => None,
    }
}

fn too_deep() -> NotationError {
    NotationError::new("The expression is nested too deeply.")
}

pub(super) fn ambiguous(what: &str, advice: &str) -> NotationError {
    NotationError::new(format!("\"{what}\" can be read in two ways: {advice}."))
}

pub(super) struct Parser<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    depth: usize,
    /// Absolute values that are open: a bar after an operand closes the innermost.
    bars: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn at_mark(&self, mark: char) -> bool {
        self.peek().is_some_and(|token| token.is_mark(mark))
    }

    pub(super) fn eat(&mut self, mark: char) -> bool {
        let found = self.at_mark(mark);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: char) -> Result<(), NotationError> {
        if self.eat(mark) {
            return Ok(());
        }
        Err(NotationError::new(match self.peek() {
            Some(token) => format!("\"{mark}\" is expected before \"{token}\"."),
            None => format!("\"{mark}\" is missing at the end."),
        }))
    }

    fn sum(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        self.eat('+');
        let mut parts = vec![self.signed()?];
        loop {
            if self.eat('+') {
                parts.push(self.signed()?);
            } else if self.eat('-') {
                parts.push(Expr::Neg(Box::new(self.signed()?)));
            } else {
                break;
            }
        }
        self.depth -= 1;
        Ok(one_or(parts, Expr::Sum))
    }

    fn signed(&mut self) -> Parsed {
        if self.eat('-') {
            return Ok(Expr::Neg(Box::new(self.product()?)));
        }
        self.product()
    }

    fn product(&mut self) -> Parsed {
        let mut factors = vec![self.factor()?];
        loop {
            if self.eat('*') {
                factors.push(self.signed_factor()?);
            } else if self.at_mark('/') {
                let numerator = one_or(std::mem::take(&mut factors), Expr::Product);
                factors.push(self.quotient(numerator)?);
            } else if self.juxtaposed() {
                factors.push(self.next_factor()?);
            } else {
                return Ok(one_or(factors, Expr::Product));
            }
        }
    }

    fn signed_factor(&mut self) -> Parsed {
        if self.eat('-') {
            return Ok(Expr::Neg(Box::new(self.factor()?)));
        }
        self.factor()
    }

    /// A factor without a sign of multiplication before it.
    fn next_factor(&mut self) -> Parsed {
        match self.peek() {
            Some(token) if matches!(token.kind, TokenKind::Number(_)) => Err(NotationError::new(format!(
                "The number {token} follows another factor: write * or ^ between them."
            ))),
            _ => self.factor(),
        }
    }

    fn quotient(&mut self, numerator: Expr) -> Parsed {
        self.expect('/')?;
        let denominator = self.signed_factor()?;
        let numbers = matches!((&numerator, &denominator), (Expr::Number(_), Expr::Number(_)));
        if let Some(next) = self.peek().filter(|_| self.juxtaposed()) {
            let apart = numbers && !next.glued && !next.is_mark('(');
            if !apart {
                let advice = "put the denominator in parentheses";
                return Err(ambiguous(&format!("a/b{next}"), advice));
            }
        }
        Ok(Expr::Quotient(Box::new(numerator), Box::new(denominator)))
    }

    /// Whether the next token starts a factor that is multiplied without a sign.
    pub(super) fn juxtaposed(&self) -> bool {
        match self.peek().map(|token| &token.kind) {
            Some(TokenKind::Number(_) | TokenKind::Word(_)) => true,
            Some(TokenKind::Command(name)) => matches!(*name, "frac" | "sqrt" | "cbrt" | "infty"),
            Some(TokenKind::Mark('|')) => self.bars == 0,
            Some(TokenKind::Mark(mark)) => matches!(mark, '(' | '[' | '{'),
            _ => false,
        }
    }

    pub(super) fn factor(&mut self) -> Parsed {
        let base = self.atom()?;
        self.raised(base)
    }

    fn raised(&mut self, base: Expr) -> Parsed {
        if !self.eat('^') {
            return Ok(base);
        }
        let bare = !self.at_mark('{') && !self.at_mark('(');
        let exponent = self.exponent()?;
        if bare {
            self.refuse_loose_exponent(&base, &exponent)?;
        }
        Ok(Expr::Power(Box::new(base), Box::new(exponent)))
    }

    pub(super) fn exponent(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(too_deep());
        }
        let exponent = if self.eat('-') {
            Expr::Neg(Box::new(self.factor()?))
        } else {
            self.factor()?
        };
        self.depth -= 1;
        Ok(exponent)
    }

    /// `e^2x`, `e^xy`, `x^1/2`: typed in a hurry for a longer exponent more often than not.
    fn refuse_loose_exponent(&self, base: &Expr, exponent: &Expr) -> Result<(), NotationError> {
        let Some(next) = self.peek().filter(|token| token.glued) else {
            return Ok(());
        };
        let magnitude = match exponent {
            Expr::Neg(inner) => inner,
            other => other,
        };
        let number = matches!(magnitude, Expr::Number(_));
        let growth = matches!(base, Expr::Number(_) | Expr::Constant(_));
        let letter = matches!(next.kind, TokenKind::Word(_));
        let advice = "put the exponent in parentheses";
        if (letter && (growth || !number)) || (next.is_mark('(') && growth && number) {
            return Err(ambiguous(&format!("^…{next}"), advice));
        }
        let fraction = next.is_mark('/')
            && matches!(self.tokens.get(self.at + 1), Some(after) if matches!(after.kind, TokenKind::Number(_)));
        let one = matches!(magnitude, Expr::Number(n) if n.as_integer() == Some(1));
        if fraction && (one || (number && growth)) {
            return Err(ambiguous("^a/b", advice));
        }
        Ok(())
    }

    pub(super) fn atom(&mut self) -> Parsed {
        let token = self
            .peek()
            .ok_or_else(|| NotationError::new("The formula ends too early."))?;
        self.at += 1;
        match &token.kind {
            TokenKind::Number(number) => Ok(Expr::Number(number.clone())),
            TokenKind::Word(word) => self.word(word),
            TokenKind::Command(name) => self.command(name),
            TokenKind::Mark('(') => self.group(')'),
            TokenKind::Mark('[') => self.group(']'),
            TokenKind::Mark('{') => self.group('}'),
            TokenKind::Mark('|') => self.absolute(),
            _ => Err(NotationError::new(format!("\"{token}\" is not understood here."))),
        }
    }

    fn group(&mut self, close: char) -> Parsed {
        let bars = std::mem::take(&mut self.bars);
        let inner = self.sum()?;
        self.bars = bars;
        self.expect(close)?;
        Ok(inner)
    }

    fn absolute(&mut self) -> Parsed {
        self.bars += 1;
        let inner = self.sum()?;
        self.bars -= 1;
        self.expect('|')?;
        Ok(Expr::Abs(Box::new(inner)))
    }

    fn command(&mut self, name: &str) -> Parsed {
        match name {
            "infty" => Ok(Expr::Constant(Constant::Infinity)),
            "sqrt" => self.root(),
            "cbrt" => Ok(Expr::Root(3, Box::new(self.radicand()?))),
            "frac" => {
                let (numerator, denominator) = self.fraction()?;
                Ok(Expr::Quotient(Box::new(numerator), Box::new(denominator)))
            }
            _ => Err(NotationError::new(format!("\\{name} is not understood here."))),
        }
    }

    fn fraction(&mut self) -> Result<(Expr, Expr), NotationError> {
        if let Some(TokenKind::Number(number)) = self.peek().map(|token| &token.kind)
            && let [top, bottom] = number.digits().as_bytes()
            && number.scale() == 0
        {
            self.at += 1;
            let digit = |byte: &u8| Expr::integer(u64::from(byte - b'0'));
            return Ok((digit(top), digit(bottom)));
        }
        Ok((self.braced()?, self.braced()?))
    }

    fn braced(&mut self) -> Parsed {
        self.expect('{')?;
        self.group('}')
    }

    fn root(&mut self) -> Parsed {
        let mut degree = 2;
        if self.eat('[') {
            degree = match self.group(']')? {
                Expr::Number(n) => n.as_integer().filter(|n| (2..=9).contains(n)),
                _ => None,
            }
            .ok_or_else(|| NotationError::new("The degree of a root must be a number from 2 to 9."))?
                as u32;
        }
        Ok(Expr::Root(degree, Box::new(self.radicand()?)))
    }

    fn radicand(&mut self) -> Parsed {
        if self.at_mark('{') || self.at_mark('(') {
            return self.atom();
        }
        let inner = self.atom()?;
        if self.juxtaposed() && self.peek().is_some_and(|token| token.glued) || self.at_mark('^') {
            return Err(ambiguous("√ab", "put what stands under the root in parentheses"));
        }
        Ok(inner)
    }

    fn word(&mut self, word: &str) -> Parsed {
        let lower = word.to_lowercase();
        if let Some(function) = Function::of(&lower) {
            return self.call(function);
        }
        match lower.as_str() {
            "sqrt" => return self.root(),
            "cbrt" => return Ok(Expr::Root(3, Box::new(self.radicand()?))),
            "abs" => return Ok(Expr::Abs(Box::new(self.parenthesised("abs")?))),
            "log" => return self.logarithm(),
            "pi" => return Ok(Expr::Constant(Constant::Pi)),
            "infinity" | "oo" => return Ok(Expr::Constant(Constant::Infinity)),
            _ => {}
        }
        if word == "e" {
            return Ok(Expr::Constant(Constant::E));
        }
        let symbol = Symbol::new(word)
            .ok_or_else(|| NotationError::new(format!("The word \"{word}\" is not understood.")))?;
        if matches!(word, "f" | "g" | "h") && self.at_mark('(') {
            return Err(NotationError::new(format!("The function {word} is not defined.")));
        }
        Ok(Expr::Symbol(symbol))
    }

    fn parenthesised(&mut self, name: &str) -> Parsed {
        if !self.at_mark('(') && !self.at_mark('{') {
            return Err(NotationError::new(format!(
                "{name} needs parentheses around its argument."
            )));
        }
        self.atom()
    }
}

pub(super) fn one_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}
