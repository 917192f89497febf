use super::*;

fn column(name: &str) -> Argument {
    Argument::Column(name.to_owned())
}

fn text(text: &str) -> Argument {
    Argument::Literal(Literal::Text(text.to_owned()))
}

/// A call without mistakes.
fn read(text: &str) -> Call {
    let (call, wrong) = parse(text);
    assert_eq!(wrong, []);
    call.expect("a call")
}

fn args(text: &str) -> Vec<Argument> {
    read(text).args.into_iter().map(|(argument, _)| argument).collect()
}

/// What is wrong: the part of the text that it concerns, and the sentence.
fn wrong(text: &str) -> Vec<(&str, String)> {
    parse(text).1.into_iter().map(|(range, sentence)| (&text[range], sentence)).collect()
}

#[test]
fn calls_keep_their_places() {
    let written = " image::thumbnail ( größe,160 , ) ";
    let Call { function, at, args } = read(written);
    assert_eq!((function.as_str(), &written[at]), ("image.thumbnail", "image::thumbnail"));
    let places: Vec<_> = args.iter().map(|(_, range)| &written[range.clone()]).collect();
    assert_eq!(places, ["größe", "160"]);
    assert_eq!(args[0].0, column("größe"));
    assert_eq!(read("now()").args, []);
}

#[test]
fn literals() {
    use Argument::Literal as L;
    use Literal::{Bool, Float, Int};
    assert_eq!(args("f(true, false, truest)"), [L(Bool(true)), L(Bool(false)), column("truest")]);
    let numbers = [Int(0), Int(-5), Int(1_000_000), Int(i64::MIN), Int(7)].map(L);
    assert_eq!(args("f(0, - 5, 1_000_000, -9223372036854775808, 007)"), numbers);
    assert_eq!(args("f(0.5, -1.25e-3, 1e21)"), [Float(0.5), Float(-0.001_25), Float(1e21)].map(L));
    assert_eq!(
        args(r#"f("a, b) \"c\" \\ \n", 'd "e" \n', "")"#),
        [text("a, b) \"c\" \\ \n"), text("d \"e\" \\n"), text("")]
    );
}

#[test]
fn the_same_call_has_the_same_text() {
    let normal = |text: &str| args(text).iter().map(Argument::text).collect::<Vec<_>>().join(", ");
    assert_eq!(normal("f( a , -1_0, 1.50, 1e21,'it')"), r#"a, -10, 1.5, 1e21, "it""#);
    assert_eq!(normal(r#"f('say "x"', "say \"x\"")"#), r#""say \"x\"", "say \"x\"""#);
}

#[test]
fn what_is_no_call() {
    for (written, at) in
        [("", ""), ("thumbnail", "thumbnail"), ("a.b, c", "a.b"), ("(image)", "(image)"), ("1 + 2 ", "1 + 2")]
    {
        assert_eq!(wrong(written), [(at, CALL.to_owned())], "{written}");
        assert_eq!(parse(written).0, None);
    }
    let closing = "the call is not closed: write `)` at its end";
    assert_eq!(wrong("string.upper(title"), [("", closing.to_owned())]);
    assert_eq!(wrong("string.upper(title,"), [("", closing.to_owned())]);
    let behind = "a column is computed by one call: remove what stands behind it";
    assert_eq!(wrong("string.upper(title) + 1 "), [("+ 1", behind.to_owned())]);
}

#[test]
fn arguments_that_are_neither_columns_nor_literals() {
    let both = "string.upper(string.trim(title), -, a + b, 5)";
    let dash = "this is no number: write it like `160`, `-1` or `0.5`";
    assert_eq!(
        wrong(both),
        [("string.trim(title)", ARGUMENT.to_owned()), ("-", dash.to_owned()), ("a + b", ARGUMENT.to_owned())]
    );
    let call = parse(both).0.expect("its function is known");
    assert_eq!((call.function.as_str(), call.args.len()), ("string.upper", 4));
    for (written, at) in [
        ("f(, a)", ""),
        ("f(a b)", "a b"),
        ("f([1, 2])", "[1, 2]"),
        ("f(\"x\" \"y\\\")\")", "\"x\" \"y\\\")\""),
        ("f(film's)", "film's)"),
        ("f(&a)", "&a"),
    ] {
        assert_eq!(wrong(written), [(at, ARGUMENT.to_owned())], "{written}");
    }
}

#[test]
fn literals_that_cannot_be() {
    for (written, at, sentence) in [
        (
            "f(9223372036854775808)",
            "9223372036854775808",
            "`9223372036854775808` is beyond 64 bits: write a number from -9223372036854775808 to 9223372036854775807",
        ),
        ("f(1e999)", "1e999", "this is no number: write it like `160`, `-1` or `0.5`"),
        ("f(1.)", "1.", "this is no number: write it like `160`, `-1` or `0.5`"),
        ("f(12px)", "12px", "this is no number: write it like `160`, `-1` or `0.5`"),
        ("f(0x1F)", "0x1F", "this is no number: write it like `160`, `-1` or `0.5`"),
        ("f(\"a)", "\"a)", "the text is not closed: write `\"` at its end"),
        ("f('a)", "'a)", "the text is not closed: write `'` at its end"),
        ("f('a\0b')", "\0", "no column holds NUL characters: remove this one"),
        (r#"f("\d+")"#, r"\d", "a backslash stands before `\"`, `\\`, `n`, `r` or `t`: write `\\\\` for a backslash"),
    ] {
        assert_eq!(wrong(written), [(at, sentence.to_owned())], "{written}");
    }
}

/// Nothing that can be written stops the reader, or leads it beyond the text.
#[test]
fn any_text_is_read_to_its_end() {
    let pieces = ["f", "(", ")", ",", "\"", "'", "\\", "-", "1", ".", "::", " ", "é", "e+", "\0", "[", "{"];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let text: String = (0..random.usize(..12)).map(|_| pieces[random.usize(..pieces.len())]).collect();
        let text = if random.bool() { format!("f({text}") } else { text };
        let (call, wrong) = parse(&text);
        assert!(call.is_some() || !wrong.is_empty(), "{text}");
        let places = call.iter().flat_map(|call| call.args.iter().map(|(_, range)| range.clone()));
        for range in wrong.iter().map(|(range, _)| range.clone()).chain(places) {
            assert!(text.get(range.clone()).is_some(), "{text}: {range:?}");
        }
    }
}
