//! Functions and what they apply to: the part of the grammar where people leave out most.

use super::NotationError;
use super::expr::Symbol;
use super::expr::{Expr, Function};
use super::parser::{Parsed, Parser, ambiguous, one_or};
use super::token::TokenKind;
use super::words::is_function;

impl Parser<'_> {
    pub(super) fn logarithm(&mut self) -> Parsed {
        let base = match self.peek().map(|token| &token.kind) {
            Some(TokenKind::Mark('_')) => {
                self.at += 1;
                self.atom()?
            }
            Some(TokenKind::Number(n)) if matches!(n.as_integer(), Some(2 | 10)) && self.paren_after() => {
                self.at += 1;
                Expr::Number(n.clone())
            }
            _ => return Err(ambiguous("log", "write ln(x), or log_10(x) with its base")),
        };
        let argument = self.argument()?;
        Ok(Expr::Log(Box::new(base), Box::new(argument)))
    }

    fn paren_after(&self) -> bool {
        matches!(self.tokens.get(self.at + 1), Some(token) if token.is_mark('('))
    }

    pub(super) fn call(&mut self, function: Function) -> Parsed {
        let mut power = None;
        let mut function = function;
        if self.eat('^') {
            match self.exponent_of_function()? {
                Some(exponent) => power = Some(exponent),
                None => function = inverse(function)?,
            }
        }
        let argument = Box::new(self.argument()?);
        let call = Expr::Call(function, argument);
        Ok(match power {
            Some(exponent) => Expr::Power(Box::new(call), Box::new(exponent)),
            None => call,
        })
    }

    /// The whole exponent in `sin^2 x`; none for the -1 that means the inverse function.
    fn exponent_of_function(&mut self) -> Result<Option<Expr>, NotationError> {
        let start = self.at;
        let exponent = if self.at_mark('{') || self.at_mark('(') || self.at_mark('-') {
            self.exponent()?
        } else {
            self.at += 1;
            match self.tokens.get(start).map(|token| &token.kind) {
                Some(TokenKind::Number(n)) => Expr::Number(n.clone()),
                _ => return Err(function_power()),
            }
        };
        match &exponent {
            Expr::Number(n) if n.as_integer().is_some_and(|n| n >= 2) => Ok(Some(exponent)),
            Expr::Neg(inner) if **inner == Expr::integer(1) => Ok(None),
            _ => Err(function_power()),
        }
    }

    /// What a function applies to: a group, or `2x`, `πx`, `x^2`, `\frac{x}{2}` without one.
    fn argument(&mut self) -> Parsed {
        if let Some(open) = self.peek()
            && let TokenKind::Mark('(' | '{' | '[' | '|') = open.kind
        {
            return self.atom();
        }
        let mut factors = Vec::new();
        while self.at_coefficient() {
            factors.push(self.factor()?);
        }
        if self.at_variable() {
            factors.push(self.factor()?);
        }
        if factors.is_empty() {
            return Err(NotationError::new("A function lacks its argument."));
        }
        self.refuse_loose_argument()?;
        Ok(one_or(factors, Expr::Product))
    }

    fn at_coefficient(&self) -> bool {
        match self.peek().map(|token| &token.kind) {
            Some(TokenKind::Number(_)) => true,
            Some(TokenKind::Command(name)) => *name == "frac",
            Some(TokenKind::Word(word)) => word.eq_ignore_ascii_case("pi"),
            _ => false,
        }
    }

    fn at_variable(&self) -> bool {
        match self.peek().map(|token| &token.kind) {
            Some(TokenKind::Word(word)) => Symbol::new(word).is_some(),
            Some(TokenKind::Command(name)) => *name == "sqrt",
            _ => false,
        }
    }

    /// `sin x y`, `sin x(x+1)`, `sin x/2`: where does the argument end?
    fn refuse_loose_argument(&self) -> Result<(), NotationError> {
        let Some(next) = self.peek() else { return Ok(()) };
        let function = matches!(&next.kind, TokenKind::Word(word) if is_function(word));
        let halved = next.is_mark('/')
            && next.glued
            && matches!(self.tokens.get(self.at + 1), Some(after) if matches!(after.kind, TokenKind::Number(_)));
        if (self.juxtaposed() && !function) || halved {
            let advice = "put the argument of the function in parentheses";
            return Err(ambiguous(&format!("f x {next}"), advice));
        }
        Ok(())
    }
}

fn function_power() -> NotationError {
    NotationError::new("A power directly at a function's name must be a whole number from 2, or -1.")
}

fn inverse(function: Function) -> Result<Function, NotationError> {
    match function {
        Function::Sin => Ok(Function::Arcsin),
        Function::Cos => Ok(Function::Arccos),
        Function::Tan => Ok(Function::Arctan),
        _ => Err(function_power()),
    }
}
