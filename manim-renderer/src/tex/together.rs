//! Several formulas as one TeX document, a page each.
//!
//! A formula in company must look as it does alone, whoever wrote its neighbours, because its
//! picture is kept for everybody. So only what changes nothing beyond itself is set together:
//! commands from a list, no definitions, no packages but the usual ones.

use std::collections::HashSet;

use super::Formula;

/// A document of more pages is not set faster.
const MAX_PAGES: usize = 64;
const MAX_BYTES: usize = 48 * 1024;

const BEGIN: &str = "\\begin{document}\n";
const END: &str = "\n\\end{document}";
/// The class wraps a document in one preview, which is one page; here each formula has its own.
const NEXT_PAGE: &str = "\n\\endpreview\n\\preview\n";
const CLASS: &str = r"\documentclass[preview]{standalone}";
const PACKAGES: &[&str] = &[
    "amsfonts",
    "amsmath",
    "amssymb",
    "babel",
    "fontenc",
    "inputenc",
    "lmodern",
    "mathtools",
];

/// A document of several formulas, and the formula on each of its pages.
#[derive(Debug)]
pub(crate) struct Together {
    pub(crate) source: String,
    pub(crate) pages: Vec<Formula>,
}

impl Together {
    /// Those of `formulas` that can share a document with the first that can; nothing if that
    /// would be fewer than two.
    pub(crate) fn of(formulas: Vec<Formula>) -> Option<Self> {
        let (mut head, mut bodies, mut pages) = (None, String::new(), Vec::new());
        let mut seen = HashSet::new();
        for formula in formulas {
            let Some((its_head, body)) = parts(&formula) else {
                continue;
            };
            let fits = pages.len() < MAX_PAGES && bodies.len() + body.len() < MAX_BYTES;
            if !fits
                || *head.get_or_insert_with(|| its_head.to_owned()) != its_head
                || !seen.insert(formula.source.clone())
            {
                continue;
            }
            if !pages.is_empty() {
                bodies.push_str(NEXT_PAGE);
            }
            bodies.push_str(body);
            pages.push(formula);
        }
        let head = head.filter(|_| pages.len() > 1)?;
        Some(Self {
            source: format!("{head}{BEGIN}{bodies}{END}"),
            pages,
        })
    }
}

/// What stands before a document's formula, and the formula, if both are harmless.
fn parts(formula: &Formula) -> Option<(&str, &str)> {
    if formula.compilers != ["latex"] || formula.format != ".dvi" {
        return None;
    }
    let (head, rest) = formula.source.split_once(BEGIN)?;
    let body = rest.strip_suffix(END)?;
    (is_usual(head) && is_harmless(body)).then_some((head, body))
}

fn is_usual(head: &str) -> bool {
    let mut lines = head.lines().filter(|line| !line.trim().is_empty());
    lines.next() == Some(CLASS)
        && lines.all(|line| package(line).is_some_and(|name| PACKAGES.contains(&name)))
}

/// The name in `\usepackage[options]{name}`.
fn package(line: &str) -> Option<&str> {
    let rest = line.strip_prefix(r"\usepackage")?;
    let rest = match rest.strip_prefix('[') {
        Some(rest) => {
            let (options, rest) = rest.split_once(']')?;
            options
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == ',')
                .then_some(rest)?
        }
        None => rest,
    };
    rest.strip_prefix('{')?.strip_suffix('}')
}

/// Whether TeX is the same after it as before: all of it is in one environment, so that sizes
/// and fonts end with it, every command is on the list, braces and Manim's own marks come in pairs.
fn is_harmless(body: &str) -> bool {
    let (mut rest, mut depth, mut marks, mut environments) = (body, 0_u32, 0_u32, 0_u32);
    while let Some(first) = rest.chars().next() {
        if environments == 0 && !(rest.len() == body.len() && rest.starts_with(r"\begin{")) {
            return false;
        }
        rest = &rest[first.len_utf8()..];
        match first {
            '{' => depth += 1,
            '}' => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            '\\' => match command(&mut rest) {
                Some(Command::Mark) => marks += 1,
                Some(Command::MarkEnd) if marks > 0 => marks -= 1,
                Some(Command::Begin) => environments += 1,
                Some(Command::End) if environments > 0 => environments -= 1,
                Some(Command::Plain) => {}
                _ => return false,
            },
            // A comment would hide the next page, `^^5c` is a backslash, `#` a parameter.
            '%' | '#' | '~' => return false,
            '^' if rest.starts_with('^') => return false,
            '\n' => {}
            other if other.is_ascii() && !other.is_ascii_control() => {}
            _ => return false,
        }
    }
    depth == 0 && marks == 0 && environments == 0
}

enum Command {
    Plain,
    /// Manim's mark where a part of a formula begins.
    Mark,
    MarkEnd,
    /// Of an environment.
    Begin,
    End,
}

/// Takes one command, whose backslash is taken already, from the beginning of `rest`.
fn command(rest: &mut &str) -> Option<Command> {
    let letters = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    if letters == 0 {
        let sign = rest.chars().next()?;
        *rest = &rest[sign.len_utf8()..];
        return r"\,;:! {}|%$&_#/".contains(sign).then_some(Command::Plain);
    }
    let (name, after) = rest.split_at(letters);
    *rest = after;
    match name {
        "begin" | "end" => {
            let (environment, after) = rest.strip_prefix('{')?.split_once('}')?;
            *rest = after;
            let what = if name == "begin" {
                Command::Begin
            } else {
                Command::End
            };
            ENVIRONMENTS.contains(&environment).then_some(what)
        }
        "special" => mark(rest),
        _ => NAMES
            .binary_search_by(|known| known.cmp(&name))
            .is_ok()
            .then_some(Command::Plain),
    }
}

/// `{dvisvgm:raw <g id='unique000'>}` or `{dvisvgm:raw </g>}`, as Manim writes them.
fn mark(rest: &mut &str) -> Option<Command> {
    if let Some(after) = rest.strip_prefix("{dvisvgm:raw </g>}") {
        *rest = after;
        return Some(Command::MarkEnd);
    }
    let (name, after) = rest
        .strip_prefix("{dvisvgm:raw <g id='unique")?
        .split_once("'>}")?;
    *rest = after;
    name.chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_')
        .then_some(Command::Mark)
}

const ENVIRONMENTS: &[&str] = &[
    "Bmatrix",
    "Vmatrix",
    "align*",
    "aligned",
    "alignedat",
    "array",
    "bmatrix",
    "cases",
    "center",
    "gather*",
    "gathered",
    "matrix",
    "pmatrix",
    "smallmatrix",
    "split",
    "vmatrix",
];

/// In order, as a search needs them. None defines, counts, loads or says anything to be kept.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "Alpha", "Beta", "Big", "Bigg", "Biggl", "Biggm", "Biggr", "Bigl", "Bigm", "Bigr", "Chi", "Delta", "Downarrow",
    "Epsilon", "Eta", "Gamma", "Im", "Iota", "Kappa", "Lambda", "Large", "Leftarrow", "Leftrightarrow",
    "Longleftarrow", "Longleftrightarrow", "Longrightarrow", "Omega", "Phi", "Pi", "Pr", "Psi", "Re", "Rho",
    "Rightarrow", "Sigma", "Tau", "Theta", "Uparrow", "Upsilon", "Vert", "Xi", "Zeta",
    "acute", "aleph", "alpha", "angle", "approx", "arccos", "arcsin", "arctan", "arg", "ast", "asymp",
    "backslash", "bar", "because", "beta", "beth", "big", "bigcap", "bigcup", "bigg", "biggl", "biggm", "biggr",
    "bigl", "bigm", "bigoplus", "bigotimes", "bigr", "binom", "blacksquare", "bmod", "boldsymbol", "bot", "boxed",
    "breve", "bullet",
    "cap", "cdot", "cdots", "centering", "cfrac", "check", "chi", "choose", "circ", "colon", "complement", "cong",
    "cos", "cosh", "cot", "coth", "csc", "cup",
    "dagger", "dbinom", "ddot", "ddots", "deg", "degree", "delta", "det", "dfrac", "diamond", "dim", "displaystyle",
    "div", "dot", "doteq", "dots", "dotsb", "dotsc", "downarrow",
    "ell", "emph", "emptyset", "epsilon", "equiv", "eta", "exists", "exp",
    "flat", "footnotesize", "forall", "frac",
    "gamma", "gcd", "ge", "geq", "geqslant", "gets", "gg", "grave",
    "hat", "hbar", "hline", "hom", "hookrightarrow", "hphantom", "hspace",
    "iff", "iiint", "iint", "imath", "implies", "in", "inf", "infty", "int", "intercal", "iota", "item",
    "jmath",
    "kappa", "ker",
    "lVert", "lambda", "land", "langle", "large", "lbrace", "lbrack", "lceil", "ldots", "le", "left", "leftarrow",
    "leftrightarrow", "leq", "leqslant", "lfloor", "lg", "lim", "liminf", "limits", "limsup", "ll", "ln", "lnot", "log",
    "longleftarrow", "longmapsto", "longrightarrow", "lor", "lvert",
    "mapsto", "mathbb", "mathbf", "mathcal", "mathfrak", "mathit", "mathop", "mathrm", "mathsf", "mathstrut", "mathtt",
    "max", "measuredangle", "mid", "middle", "min", "mod", "models", "mp", "mu",
    "nabla", "natural", "ne", "nearrow", "neg", "negthinspace", "neq", "nexists", "ni", "nolimits", "nonumber",
    "normalsize", "not", "notin", "nu", "nwarrow",
    "odot", "oint", "omega", "ominus", "operatorname", "oplus", "oslash", "otimes", "over", "overbrace", "overleftarrow",
    "overline", "overrightarrow", "overset",
    "parallel", "partial", "perp", "phantom", "phi", "pi", "pm", "pmod", "prime", "prod", "propto", "psi",
    "qquad", "quad",
    "rVert", "rangle", "rbrace", "rbrack", "rceil", "rfloor", "rho", "right", "rightarrow", "rightharpoonup",
    "rightleftharpoons", "rvert",
    "scriptscriptstyle", "scriptsize", "scriptstyle", "searrow", "sec", "setminus", "sharp", "sigma", "sim", "simeq",
    "sin", "sinh", "small", "smallsetminus", "space", "sqcap", "sqcup", "sqrt", "square", "stackrel", "star", "subset",
    "subseteq", "subsetneq", "substack", "succ", "sum", "sup", "supset", "supseteq", "swarrow",
    "tan", "tanh", "tau", "tbinom", "text", "textbf", "textit", "textrm", "textsf", "textstyle", "texttt", "tfrac",
    "therefore", "theta", "thickspace", "thinspace", "tilde", "times", "tiny", "to", "top", "triangle", "triangleq",
    "underbrace", "underline", "underset", "uparrow", "updownarrow", "upsilon",
    "varepsilon", "varnothing", "varphi", "varpi", "varrho", "varsigma", "vartheta", "vdots", "vec", "vee", "vert",
    "vphantom",
    "wedge", "widehat", "widetilde", "wp",
    "xi", "xleftarrow", "xrightarrow",
    "zeta",
];

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "\\documentclass[preview]{standalone}\n\\usepackage[english]{babel}\n\\usepackage{amsmath}\n\\usepackage{amssymb}\n";

    fn formula(expression: &str) -> Formula {
        with_head(HEAD, expression)
    }

    fn with_head(head: &str, expression: &str) -> Formula {
        Formula {
            source: format!("{head}{BEGIN}\\begin{{align*}}\n{expression}\n\\end{{align*}}{END}"),
            compilers: vec!["latex".into()],
            format: ".dvi".into(),
        }
    }

    #[test]
    fn the_names_are_in_order_and_once() {
        assert!(NAMES.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn equal_formulas_are_one_page() {
        let together = Together::of(vec![formula("x"), formula("y"), formula("x")]).unwrap();
        assert_eq!(together.pages.len(), 2);
        assert_eq!(together.source.matches(NEXT_PAGE).count(), 1);
    }

    #[test]
    fn one_formula_is_no_company() {
        assert!(Together::of(vec![formula("x"), formula(r"\def\x{y}")]).is_none());
    }

    #[test]
    fn what_could_change_a_neighbour_stays_alone() {
        let hostile = [
            r"\def\frac{}",
            r"\gdef\frac#1{}",
            r"\let\sin\cos",
            r"\global\let\sin\cos",
            r"\csname gdef\endcsname",
            r"\newcommand{\a}{}",
            r"\renewcommand{\frac}{}",
            r"\catcode`\$=12",
            r"^^5cdef^^5cfrac{}",
            r"x % y",
            r"\input{/etc/passwd}",
            r"\special{dvisvgm:raw <script/>}",
            r"\special{dvisvgm:raw <g id='unique000'>}",
            r"\special{dvisvgm:raw </g>}",
            r"\special{dvisvgm:raw <g id='unique0' onload='x'>}\special{dvisvgm:raw </g>}",
            r"x } \endpreview { y",
            r"\end{document}",
            r"\begin{preview}",
            r"\setcounter{page}{9}",
            r"\tag{1}",
            r"\color{red} x",
            r"\AtEndDocument{x}",
            r"\hbox{\mag=2000}",
            r"\scrollmode",
            r"{x",
            r"\begin{equation}x\end{equation}",
            "é",
            "x\u{0}",
        ];
        for one in hostile {
            assert!(parts(&formula(one)).is_none(), "{one}");
        }
    }

    #[test]
    fn what_is_not_in_one_environment_stays_alone() {
        for body in [
            r"\Large x",
            r"x\begin{align*}y\end{align*}",
            r"\begin{align*}x\end{align*}\Large\begin{align*}y\end{align*}",
            r"\begin{align*}x\end{align*} ",
            r"\begin{align*}x",
            r"\end{align*}",
        ] {
            let mut free = formula("x");
            free.source = format!("{HEAD}{BEGIN}{body}{END}");
            assert!(parts(&free).is_none(), "{body}");
        }
    }

    #[test]
    fn what_scenes_usually_say_is_set_together() {
        for one in [
            r"x^2 + \frac{1}{2}",
            r"\special{dvisvgm:raw <g id='unique000'>}x\special{dvisvgm:raw </g>} \special{dvisvgm:raw <g id='unique001substring'>}y\special{dvisvgm:raw </g>}",
            r"\begin{pmatrix}2&1\\7&4\end{pmatrix}",
            r"\left\{ x \in \mathbb{R} \mid x > 0 \right\}",
            r"\int_0^1 f'(x)\,dx = \text{area}",
            r"50\%",
        ] {
            assert!(parts(&formula(one)).is_some(), "{one}");
        }
    }

    #[test]
    fn an_unusual_preamble_stays_alone() {
        for head in [
            "\\documentclass{article}\n",
            "\\documentclass[preview]{standalone}\n\\usepackage{physics}\n",
            "\\documentclass[preview]{standalone}\n\\def\\frac{}\n",
            "\\documentclass[preview]{standalone}\n\\usepackage[x]{amsmath}\\def\\x{}\n",
        ] {
            assert!(parts(&with_head(head, "x")).is_none(), "{head}");
        }
    }

    #[test]
    fn other_compilers_are_not_for_company() {
        let mut other = formula("x");
        other.compilers = vec!["xelatex".into()];
        assert!(parts(&other).is_none());
    }
}
