//! Rules of the getters, and serde_json as an independent judge.

use super::members::{Member, member_at, members};
use super::path::{get, token};
use super::string::unescape;
use super::value::{boolean, hex, integer, number, text, to_f64, to_i64};
use super::{JsonError, MAX_DEPTH};
use crate::text::escape;
use proptest::collection::vec;
use proptest::prelude::*;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

const NOT_FOUND: Result<(usize, usize), JsonError> = Err(JsonError::NotFound);
const INVALID: Result<(usize, usize), JsonError> = Err(JsonError::Invalid);

/// Offset and length of the value, as `mg_json_get` reports them.
fn at(json: &str, path: &str) -> Result<(usize, usize), JsonError> {
    get(json.as_bytes(), path.as_bytes()).map(|range| (range.start, range.len()))
}

#[test]
fn values_and_paths() {
    let cases = [
        (r#"{"k":[],"z":[8,9]}"#, "$.z[1]", Ok((15, 1))),
        (r#"{"k":[],"z":[8,9]}"#, "$.k[0]", NOT_FOUND),
        (r#"{"k":[],"z":[8,9]}"#, "$.z", Ok((12, 5))),
        (r#"{"k":3,"k":4}"#, "$.k", Ok((5, 1))),
        (r#"{"k":3,"k":{"m":1}}"#, "$.k.m", NOT_FOUND),
        (r#"{"u":{"m":5},"m":6}"#, "$.m", Ok((17, 1))),
        ("[10,20]", "$[1]", Ok((4, 2))),
        ("  \t\r\n 7 x", "$", Ok((6, 1))),
        ("[7, oops", "$[0]", Ok((1, 1))),
        (r#"{"x.y":1}"#, "$.x.y", Ok((7, 1))),
        (r#"{"x[0]":1}"#, "$.x[0]", Ok((8, 1))),
        (r#"{"ab":1,"a":2}"#, "$.a", Ok((12, 1))),
        (r#"{"a":1,"ab":2}"#, "$.ab", Ok((12, 1))),
        ("[[1,2],[3,[4,5]]]", "$[1][1][0]", Ok((11, 1))),
        ("[[1,2],[3,[4,5]]]", "$[1][1]", Ok((10, 5))),
        (r#"[{"a":1},{"b":2}]"#, "$[1].b", Ok((14, 1))),
        (r#"{"a":[{"b":[7]}]}"#, "$.a[0].b[0]", Ok((12, 1))),
        (r#"{"a":"\"}"}"#, "$.a", Ok((5, 5))),
        ("-", "$", Ok((0, 1))),
        ("[1,]", "$", Ok((0, 4))),
        (r#"{"a":1,}"#, "$", Ok((0, 8))),
        ("truex", "$", Ok((0, 4))),
        ("[true,false,null]", "$[2]", Ok((12, 4))),
    ];
    for (json, path, want) in cases {
        assert_eq!(at(json, path), want, "{json} {path}");
    }
}

#[test]
fn not_found() {
    let cases = [
        ("", "$"),
        ("  ", "$"),
        ("[", "$"),
        ("[1", "$"),
        (r#"{"a":[1,2"#, "$.a"),
        (r#"{"a""#, "$.a"),
        (r#"{"a":"#, "$.a"),
        ("[1,2]", "$[2]"),
        ("[1,2,]", "$[2]"),
        ("{}", "$.a"),
        ("{} x", "$.a"),
        (r#"{"a":1}"#, "$.b"),
        (r#"{"o":{"a":3},"z":1}"#, "$.o.a.b"),
        (r#"{"a":{"b":1},"c":2}"#, "$.a.c"),
        ("7", "$.a"),
        ("[7]", "$.a"),
        (r#"{"a":1}"#, "$[0]"),
        (r#"{"a":1}"#, "$."),
        (r#"{"":1}"#, "$."),
        (r#"{"a":{"b":1}}"#, "$.a."),
        ("[1]", "$["),
        ("[1]", "$[]"),
        ("[1]", "$[0"),
        ("[1]", "$[-1]"),
        ("[1]", "$[0x]"),
        ("[1]", "$[0]x"),
        ("[1,2,3]", "$[99999999999999999999999]"),
        ("1", "$x"),
    ];
    for (json, path) in cases {
        assert_eq!(at(json, path), NOT_FOUND, "{json} {path}");
    }
}

#[test]
fn invalid() {
    let cases = [
        ("1", "a"),
        ("1", ""),
        ("[,1]", "$"),
        ("{1:2}", "$"),
        ("+1", "$"),
        (".5", "$"),
        ("nul", "$"),
        ("[1 2]", "$"),
        ("[1}", "$"),
        ("{]", "$"),
        ("]", "$"),
        (r#"{"a" 1}"#, "$"),
        (r#"{"a":}"#, "$"),
        (r#"{"a":1 "b":2}"#, "$.b"),
        (r#"{"a"#, "$.a"),
        (r#""abc"#, "$"),
        (r#""abc\"#, "$"),
        ("\"a\0\"", "$"),
        ("7 x", "$.a"),
        ("[1] 2", "$.a"),
        ("\u{feff}1", "$"),
        ("NaN", "$"),
    ];
    for (json, path) in cases {
        assert_eq!(at(json, path), INVALID, "{json} {path}");
    }
}

#[test]
fn depth() {
    let limit = usize::try_from(MAX_DEPTH).expect("small");
    let nested = format!("{}{}", "[".repeat(limit), "]".repeat(limit));
    assert_eq!(at(&nested, "$"), Ok((0, 2 * limit)));
    assert_eq!(at(&"[".repeat(limit + 1), "$"), Err(JsonError::TooDeep));
    assert_eq!(at(&"[".repeat(100_000), "$"), Err(JsonError::TooDeep));
    assert_eq!(
        at(&r#"{"a":"#.repeat(100_000), "$"),
        Err(JsonError::TooDeep)
    );
    let path = format!("${}", "[0]".repeat(limit));
    let json = format!("{}5{}", "[".repeat(limit), "]".repeat(limit));
    assert_eq!(at(&json, &path), Ok((limit, 1)));
}

#[test]
fn numbers() {
    let json = br#"{"a":1.5,"b":-7,"c":"5","d":01,"e":1e400,"f":9007199254740993,"g":[1.],"h":-1e2,"i":-99.9}"#;
    assert_eq!(number(json, b"$.a"), Some(1.5));
    assert_eq!(number(json, b"$.c"), None);
    assert_eq!(number(json, b"$.d"), None);
    assert_eq!(number(json, b"$.e"), Some(f64::MAX));
    assert_eq!(number(json, b"$.g[0]"), None);
    assert_eq!(integer(json, b"$.f"), Some(9_007_199_254_740_993));
    assert_eq!(integer(json, b"$.h"), Some(-100));
    assert_eq!(integer(json, b"$.i"), Some(-99));
    assert_eq!(to_i64(b"99999999999999999999"), Some(i64::MAX));
    assert_eq!(to_i64(b"-9223372036854775808"), Some(i64::MIN));
    assert_eq!(to_i64(b"-99999999999999999999"), Some(i64::MIN));
    assert_eq!(to_i64(b"1e30"), Some(i64::MAX));
    for bad in ["-", "1e", "1.", "00", "-01", "1e+-2", "1e-+5", "", "1x"] {
        assert_eq!(to_f64(bad.as_bytes()), None, "{bad}");
    }
    for good in [
        "-0",
        "0.1",
        "1E+2",
        "123456789.123456789e-7",
        "2.2250738585072014e-308",
    ] {
        assert_eq!(to_f64(good.as_bytes()), good.parse().ok(), "{good}");
    }
}

#[test]
fn other_types() {
    let json =
        br#"{"t":true,"f":false,"n":null,"h":"0aFf","o":"616","x":"zz","e":"","s":"a\u00e9\n"}"#;
    assert_eq!(boolean(json, b"$.t"), Some(true));
    assert_eq!(boolean(json, b"$.f"), Some(false));
    assert_eq!(boolean(json, b"$.n"), None);
    assert_eq!(hex(json, b"$.h"), Some([0x0a, 0xff].to_vec()));
    assert_eq!(hex(json, b"$.e"), Some(Vec::new()));
    assert_eq!(
        (hex(json, b"$.o"), hex(json, b"$.x"), hex(json, b"$.t")),
        (None, None, None)
    );
    assert_eq!(text(json, b"$.s"), Some(b"a\xe9\n".to_vec()));
    assert_eq!(text(json, b"$.e"), Some(Vec::new()));
    assert_eq!(text(json, b"$.t"), None);
}

fn unescaped(raw: &str, room: usize) -> (usize, Vec<u8>) {
    let mut to = std::vec![b'#'; room];
    let len = unescape(raw.as_bytes(), &mut to);
    (len, to)
}

#[test]
fn unescaping() {
    assert_eq!(unescaped(r"a\u0000\u00fF\/\b\f\n\r\t\\", 20).0, 10);
    assert_eq!(unescaped("abc", 4), (3, b"abc\0".to_vec()));
    assert_eq!(unescaped("abc", 3), (0, b"ab\0".to_vec()));
    assert_eq!(unescaped("abc", 1), (0, b"\0".to_vec()));
    assert_eq!(unescaped("abc", 0), (0, Vec::new()));
    assert_eq!(unescaped("", 2), (0, b"\0#".to_vec()));
    assert_eq!(unescaped(r"ab\u0100cd", 6), (2, b"ab\0###".to_vec()));
    assert_eq!(unescaped(r"\ud83d\ude00", 3), (0, b"\0##".to_vec()));
    assert_eq!(unescaped(r"ab\u00zz", 4), (2, b"ab\0#".to_vec()));
    assert_eq!(unescaped(r"ab\q", 5), (0, b"\0b###".to_vec()));
    assert_eq!(unescaped(r"ab\u00", 5), (0, b"\0b###".to_vec()));
}

#[test]
fn walking_an_object() {
    let json = br#"{"p" : 1 , "q":[2,3] }"#;
    let first = member_at(json, 0).expect("p");
    assert_eq!(
        first,
        Member {
            key: Some(1..4),
            value: 7..8,
            next: 10
        }
    );
    let second = member_at(json, 10).expect("q");
    assert_eq!(
        second,
        Member {
            key: Some(11..14),
            value: 15..20,
            next: 21
        }
    );
    assert_eq!(member_at(json, 21), None);
    assert_eq!(member_at(json, 100), None);
}

#[test]
fn walking_stops_at_errors() {
    for bad in [
        "",
        "[",
        "7",
        "[]",
        "{}",
        "[ ]",
        "{1:2}",
        r#"{"a"}"#,
        r#"{"a":}"#,
        "[,1]",
        " [1]",
    ] {
        assert_eq!(member_at(bad.as_bytes(), 0), None, "{bad}");
    }
    let values: Vec<_> = members(b"[1, [2] ,\"x\"] tail").map(|m| m.value).collect();
    assert_eq!(values, [1..2, 4..7, 9..12]);
}

/// A serde_json value with the paths of everything inside it.
fn paths(value: &serde_json::Value, path: String, all: &mut Vec<(String, serde_json::Value)>) {
    match value {
        serde_json::Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                paths(item, format!("{path}[{i}]"), all);
            }
        }
        serde_json::Value::Object(map) => {
            for (key, item) in map {
                paths(item, format!("{path}.{key}"), all);
            }
        }
        _ => {}
    }
    all.push((path, value.clone()));
}

fn tree() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        "[ -~\u{e0}-\u{ff}]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,4}", inner, 0..5).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Every value of a document is found under its path, compact or indented, and means what serde_json says.
    #[test]
    fn agrees_with_serde(value in tree()) {
        let mut all = Vec::new();
        paths(&value, "$".to_string(), &mut all);
        for json in [value.to_string(), serde_json::to_string_pretty(&value).expect("text")] {
            for (path, want) in &all {
                let found = token(json.as_bytes(), path.as_bytes()).expect("present");
                let parsed: serde_json::Value = serde_json::from_slice(found).expect("a whole value");
                prop_assert_eq!(&parsed, want);
                if let Some(n) = want.as_i64() {
                    prop_assert_eq!(integer(json.as_bytes(), path.as_bytes()), Some(n));
                }
                if let Some(n) = want.as_f64() {
                    prop_assert_eq!(number(json.as_bytes(), path.as_bytes()), Some(n));
                }
                if let Some(s) = want.as_str() {
                    prop_assert_eq!(text(json.as_bytes(), path.as_bytes()), Some(s.as_bytes().to_vec()));
                }
                if let Some(map) = want.as_object() {
                    prop_assert_eq!(members(found).count(), map.len());
                }
                if let Some(list) = want.as_array() {
                    prop_assert_eq!(members(found).count(), list.len());
                }
            }
        }
    }

    #[test]
    fn any_bytes(json in vec(proptest::sample::select(br#"{}[]:,"\ tfnu0129.e-x"#.to_vec()), 0..60),
                 path in "\\$?[.\\[\\]a0-9]{0,8}", offset in 0..70usize) {
        let whole = get(&json, b"$");
        if let Ok(range) = get(&json, path.as_bytes()) {
            prop_assert!(range.start < range.end && range.end <= json.len());
        }
        // Whatever serde_json accepts is a value here, too.
        if serde_json::from_slice::<serde_json::Value>(&json).is_ok() {
            prop_assert!(whole.is_ok());
        }
        if let Some(member) = member_at(&json, offset) {
            prop_assert!(member.next > offset && member.next <= json.len());
        }
        let _ = (text(&json, b"$"), hex(&json, b"$"), number(&json, b"$"), integer(&json, b"$"));
    }

    #[test]
    fn escape_and_back(bytes in vec(any::<u8>(), 0..60), room in 0..400usize) {
        let mut out = Vec::new();
        escape::json(&mut out, &bytes);
        let mut to = std::vec![0; bytes.len() + 1];
        prop_assert_eq!(unescape(&out, &mut to), bytes.len());
        prop_assert_eq!(&to[..bytes.len()], &bytes[..]);
        let mut small = std::vec![7; room];
        let n = unescape(&out, &mut small);
        prop_assert!(n == 0 || n < room);
        prop_assert!(room == 0 || small.contains(&0));
    }
}
