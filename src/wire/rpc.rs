//! JSON-RPC 2.0 frames.

use super::json::{path, string};
use crate::text::escape;
use crate::text::format::Sink;
use crate::text::number::Decimal;

/// Error codes of the specification.
pub mod code {
    /// The frame is no request.
    pub const PARSE_ERROR: i32 = -32700;
    /// Nobody serves the method.
    pub const METHOD_NOT_FOUND: i32 = -32601;
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A call of a method. The name is raw: escapes in it are not decoded.
    Request(&'a [u8]),
    /// The answer to a call of ours: it has a result or an error.
    Response,
    /// Neither.
    Invalid,
}

/// Tells requests from responses.
pub fn classify(frame: &[u8]) -> Frame<'_> {
    let method = path::token(frame, b"$.method").and_then(string::inside);
    let answers = || {
        [&b"$.result"[..], b"$.error"]
            .iter()
            .any(|field| path::get(frame, field).is_ok())
    };
    match method {
        Some(method) => Frame::Request(method),
        None if answers() => Frame::Response,
        None => Frame::Invalid,
    }
}

/// The raw id of a frame, of whatever type.
pub fn id(frame: &[u8]) -> Option<&[u8]> {
    path::token(frame, b"$.id")
}

/// Starts a response: the result, then [`end_result`] follow.
pub fn begin_result(id: &[u8], out: &mut impl Sink) {
    out.write(b"{\"id\":");
    out.write(id);
    out.write(b",\"result\":");
}

/// Ends a response.
pub fn end_result(out: &mut impl Sink) {
    out.write(b"}");
}

/// Starts an error response: the message, a JSON value, then [`end_error`] follow.
pub fn begin_error(id: Option<&[u8]>, code: i32, out: &mut impl Sink) {
    out.write(b"{");
    if let Some(id) = id {
        out.write(b"\"id\":");
        out.write(id);
        out.write(b",");
    }
    out.write(b"\"error\":{\"code\":");
    out.write(Decimal::signed(code.into()).as_bytes());
    out.write(b",\"message\":");
}

/// Ends an error response.
pub fn end_error(out: &mut impl Sink) {
    out.write(b"}}");
}

/// Writes text as a JSON string.
pub fn write_string(text: &[u8], out: &mut impl Sink) {
    out.write(b"\"");
    escape::json(out, text);
    out.write(b"\"");
}

/// Writes the message for a method that nobody serves. The raw name is a JSON text already and goes back as it
/// came; one that breaks the rules of JSON is escaped, so that the answer keeps them.
pub fn write_not_found(method: &[u8], out: &mut impl Sink) {
    out.write(b"\"");
    if string::is_strict(method) {
        out.write(method);
    } else {
        escape::json(out, method);
    }
    out.write(b" not found\"");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn kinds() {
        let cases: [(&str, Frame<'_>); 8] = [
            (r#"{"id":1,"method":"a.b"}"#, Frame::Request(b"a.b")),
            (r#"{"method":"a\n"}"#, Frame::Request(br"a\n")),
            (r#"{"id":1,"result":null}"#, Frame::Response),
            (r#"{"method":1,"error":{}}"#, Frame::Response),
            (r#"{"method":1}"#, Frame::Invalid),
            (r#"{"id":1}"#, Frame::Invalid),
            ("", Frame::Invalid),
            ("garbage", Frame::Invalid),
        ];
        for (text, want) in cases {
            assert_eq!(classify(text.as_bytes()), want, "{text}");
        }
    }

    #[test]
    fn unknown_methods_come_back_as_they_were() {
        let cases: [(&[u8], &str); 5] = [
            (b"a.b", r#""a.b not found""#),
            (br#"a\"b"#, r#""a\"b not found""#),
            (br"\u00e9\n", r#""\u00e9\n not found""#),
            (b"a\nb", r#""a\nb not found""#),
            (br"\q", r#""\\q not found""#),
        ];
        for (method, want) in cases {
            let mut out = Vec::new();
            write_not_found(method, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), want);
        }
    }

    #[test]
    fn answers() {
        let mut out = Vec::new();
        begin_result(br#"{"x":1}"#, &mut out);
        out.write(b"[1]");
        end_result(&mut out);
        assert_eq!(
            String::from_utf8_lossy(&out),
            r#"{"id":{"x":1},"result":[1]}"#
        );
        out.clear();
        begin_error(Some(br#""a7""#), code::METHOD_NOT_FOUND, &mut out);
        write_not_found(br#"no\"pe"#, &mut out);
        end_error(&mut out);
        let want = r#"{"id":"a7","error":{"code":-32601,"message":"no\"pe not found"}}"#;
        assert_eq!(String::from_utf8_lossy(&out), want);
        out.clear();
        begin_error(None, code::PARSE_ERROR, &mut out);
        write_string(b"", &mut out);
        end_error(&mut out);
        assert_eq!(out, br#"{"error":{"code":-32700,"message":""}}"#);
    }
}
