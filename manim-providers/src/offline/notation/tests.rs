use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Result<Expr, NotationError> {
    expression(&tokenize(text)?)
}

/// Two spellings of the same expression.
#[track_caller]
fn same(one: &str, other: &str) {
    let latex = |text: &str| {
        read(text)
            .unwrap_or_else(|error| panic!("{text}: {error}"))
            .latex()
    };
    assert_eq!(latex(one), latex(other), "{one} and {other}");
}

#[track_caller]
fn refused(text: &str) {
    if let Ok(found) = read(text) {
        panic!("{text} was read as {}", found.latex());
    }
}

#[test]
fn spellings_of_one_expression_agree() {
    same("x^2", "x**2");
    same("x²", "x^{2}");
    same("x⁻¹²", "x^(-12)");
    same("2x", "2*x");
    same("3(x+1)", r"3 \cdot \left( x + 1 \right)");
    same("√(x)", r"\sqrt{x}");
    same("sqrt x", "√x");
    same("∛x", r"\sqrt[3]{x}");
    same("sin x", "sin(x)");
    same("SIN(x)", "\\sin(x)");
    same("sin^2 x", "(sin(x))^2");
    same("sin^{-1}(x)", "arcsin(x)");
    same("sin x cos x", "sin(x) * cos(x)");
    same("sinx", "sin(x)");
    same("x sin 2x", "x*sin(2*x)");
    same("xe^x", "x*e^x");
    same("2xy", "2*x*y");
    same("|x - 1|", r"\left| x - 1 \right|");
    same("2|x|", "2*abs(x)");
    same(r"\frac12 x", "1/2 x");
    same(r"\frac{x+1}{2}", "(x+1)/2");
    same("2π", "2 pi");
    same("x − 1", "x - 1");
    same("6 ÷ 2 · x", "6/2*x");
    same("1.50", "1.50");
    same(".5", "0.5");
    same("log_2(8)", "log2(8)");
    same("-x^2", "-(x^2)");
    same("2x + -3y", "2x - 3y");
    same("2^-1", "2^(-1)");
    same("x^2^3", "x^(2^3)");
    same("e^(2x)", r"e^{2x}");
    same("x^2/2", r"\frac{x^2}{2}");
    same("sin x / x", "sin(x)/x");
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    for text in [
        "e^2x",
        "e^-2x",
        "2^3x",
        "1/2x",
        "1/x(x+1)",
        "x^1/2",
        "8^2/3",
        "sin x/2",
        "sin x y",
        "sin x (x+1)",
        "log x",
        "√2x",
        "x 2",
        "x2",
        "f(x)",
        "e^x y z 3",
    ] {
        refused(text);
    }
}

#[test]
fn what_is_no_expression_is_refused() {
    for text in [
        "",
        "(",
        ")",
        "x +",
        "* x",
        "x = 1",
        "2..3",
        "x,y",
        "\\input{x}",
        "\\frac{1}",
        "sin",
        "|x",
        "x!",
        "hello",
        "my x",
        "x_1",
        "[1,2]",
        "a;b",
        "1e5x x",
        "\\",
        "x^",
        "{",
        "$$",
        "°",
    ] {
        refused(text);
    }
}

#[test]
fn depth_is_limited_however_it_is_reached() {
    refused(&"(".repeat(300));
    refused(&format!("{}x{}", "(".repeat(200), ")".repeat(200)));
    refused(&vec!["x"; 150].join("/"));
    refused(&vec!["x"; 150].join("^"));
    refused(&"-".repeat(200));
    refused("x + + y");
    refused("x - - - y");
    refused(&r"\sqrt".repeat(150));
    refused(&"x+".repeat(5000));
    refused("1234567890123456");
    assert!(read(&vec!["x"; 150].join("+")).is_ok());
}

#[test]
fn decimals_keep_their_digits_and_lose_leading_zeros() {
    assert_eq!(read("007.50").unwrap().latex(), "7.50");
    assert_eq!(read("0").unwrap().latex(), "0");
    assert_eq!(read("1,000").unwrap().latex(), "1000");
    refused("1,00");
}

#[test]
fn matrices_of_all_spellings_agree() {
    let matrix = |text: &str| {
        let tokens = tokenize(text).unwrap();
        let (matrix, length) = leading_matrix(&tokens).unwrap().unwrap();
        assert_eq!(length, tokens.len(), "{text}");
        matrix.json()
    };
    let expected = matrix("[[2,1],[7,4]]");
    for text in [
        "[2 1; 7 4]",
        "[2, 1; 7, 4]",
        "((2,1),(7,4))",
        "{{2,1},{7,4}}",
        r"\begin{pmatrix} 2 & 1 \\ 7 & 4 \end{pmatrix}",
        "\\begin{bmatrix}\n2 & 1 \\\\[2pt]\n7 & 4 \\\\\n\\end{bmatrix}",
        r"\left[\begin{matrix} 2 & 1 \\ 7 & 4 \end{matrix}\right]"
            .trim_start_matches(r"\left[")
            .trim_end_matches(r"\right]"),
    ] {
        assert_eq!(matrix(text), expected, "{text}");
    }
}

#[test]
fn a_matrix_that_is_none_is_refused() {
    for text in [
        "[[1,2],[3]]",
        "[[1,2,3,4,5],[1,2,3,4,5]]",
        "[[1,2],[3,4]",
        "[[1,2] [3,4]]",
        "[1 2; 3]",
        "[[]]",
        "[[1],2]",
    ] {
        let tokens = tokenize(text).unwrap();
        assert!(leading_matrix(&tokens).is_err(), "{text}");
    }
}

fn atoms() -> impl Strategy<Value = Expr> {
    prop_oneof![
        (0_u64..1000).prop_map(Expr::integer),
        ("[0-9]{1,4}", 1_usize..4).prop_map(|(digits, scale)| Expr::Number(Decimal::new(&digits, scale))),
        prop_oneof![Just("x"), Just("y"), Just("f"), Just("theta"), Just("N")]
            .prop_map(|name| Expr::Symbol(Symbol::new(name).unwrap())),
        Just(Expr::Constant(Constant::Pi)),
        Just(Expr::Constant(Constant::E)),
    ]
}

/// Trees in the form that the parser builds.
fn trees() -> impl Strategy<Value = Expr> {
    atoms().prop_recursive(4, 24, 4, |inner| {
        let boxed = |strategy: BoxedStrategy<Expr>| strategy.prop_map(Box::new);
        let part = inner.clone().boxed();
        prop_oneof![
            boxed(part.clone()).prop_map(Expr::Neg),
            prop::collection::vec(part.clone(), 2..4).prop_map(Expr::Sum),
            prop::collection::vec(part.clone(), 2..4).prop_map(Expr::Product),
            (boxed(part.clone()), boxed(part.clone())).prop_map(|(a, b)| Expr::Quotient(a, b)),
            (boxed(part.clone()), boxed(part.clone())).prop_map(|(a, b)| Expr::Power(a, b)),
            (2_u32..6, boxed(part.clone())).prop_map(|(n, a)| Expr::Root(n, a)),
            boxed(part.clone()).prop_map(Expr::Abs),
            (prop::sample::select(Function::ALL), boxed(part.clone())).prop_map(|(f, a)| Expr::Call(f, a)),
            (boxed(part.clone()), boxed(part)).prop_map(|(a, b)| Expr::Log(a, b)),
        ]
    })
}

proptest! {
    #[test]
    fn printing_and_reading_give_the_same_expression(tree in trees()) {
        let latex = tree.latex();
        let again = read(&latex).map_err(|error| TestCaseError::fail(format!("{latex}: {error}")))?;
        prop_assert_eq!(again, tree, "{}", latex);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn no_mixture_of_signs_makes_the_reader_panic(
        text in r"[x-z0-9 ()\[\]{}|^*/+\-=,;!&._√²π∫\\$']{0,80}"
    ) {
        let tokens = tokenize(&text);
        if let Ok(tokens) = tokens {
            let _ = expression(&tokens);
            let _ = leading_matrix(&tokens);
        }
    }
}
