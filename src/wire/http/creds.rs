//! Who is asking? User name and password or token of a request, in the order `mg_http_creds` documents.

use super::vars;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Longest decoded `user:password` text.
const MAX_BASIC: usize = 255;
/// Room for it while decoding, which works in groups of three bytes.
const BASIC_ROOM: usize = 258;
/// Its Base64 form.
const MAX_BASIC_CODED: usize = 344;

/// Where a request carries its credentials, as slices of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// None at all.
    None,
    /// `Authorization: Basic`, still coded.
    Basic(&'a [u8]),
    /// `Authorization: Bearer`, or the cookie `access_token`.
    Token(&'a [u8]),
    /// The query, which may hold `access_token`.
    Query(&'a [u8]),
}

impl<'a> Credentials<'a> {
    /// Picks the first source that applies; the others are not consulted.
    pub fn find(
        authorization: Option<&'a [u8]>,
        cookie: Option<&'a [u8]>,
        query: &'a [u8],
    ) -> Self {
        let value = authorization.unwrap_or_default();
        let after = |scheme: &[u8]| value.strip_prefix(scheme).filter(|rest| !rest.is_empty());
        if let Some(coded) = after(b"Basic ") {
            return Credentials::Basic(coded);
        }
        if let Some(token) = after(b"Bearer ") {
            return Credentials::Token(token);
        }
        match cookie {
            Some(cookie) => vars::header_var(cookie, b"access_token")
                .map_or(Credentials::None, Credentials::Token),
            None => Credentials::Query(query),
        }
    }

    /// Writes user name and password (or token) as NUL-terminated text, cut to the buffers; empty where there is none.
    pub fn write(self, user: &mut [u8], pass: &mut [u8]) {
        copy_text(b"", user);
        copy_text(b"", pass);
        match self {
            Credentials::None => {}
            Credentials::Token(token) => copy_text(token, pass),
            Credentials::Basic(coded) => write_basic(coded, user, pass),
            Credentials::Query(query) => {
                // A token that is badly coded or does not fit is no token.
                let _ = vars::get_var(query, b"access_token", pass);
            }
        }
    }
}

fn write_basic(coded: &[u8], user: &mut [u8], pass: &mut [u8]) {
    let mut text = [0u8; BASIC_ROOM];
    if coded.len() > MAX_BASIC_CODED {
        return;
    }
    let decoded = STANDARD
        .decode_slice(coded, &mut text)
        .ok()
        .filter(|n| *n <= MAX_BASIC);
    let Some(text) = decoded.and_then(|n| text.get(..n)) else {
        return;
    };
    let Some(colon) = text.iter().position(|b| *b == b':') else {
        return;
    };
    copy_text(text.get(..colon).unwrap_or_default(), user);
    copy_text(
        text.get(colon.saturating_add(1)..).unwrap_or_default(),
        pass,
    );
}

/// Copies what fits and ends it with NUL.
fn copy_text(text: &[u8], dst: &mut [u8]) {
    let Some(room) = dst.len().checked_sub(1) else {
        return;
    };
    let n = text.len().min(room);
    if let (Some(to), Some(from)) = (dst.get_mut(..n), text.get(..n)) {
        to.copy_from_slice(from);
    }
    if let Some(end) = dst.get_mut(n) {
        *end = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn creds(authorization: Option<&str>, cookie: Option<&str>, query: &str) -> (String, String) {
        let (mut user, mut pass) = ([0xaa; 16], [0xaa; 16]);
        let find = Credentials::find(
            authorization.map(str::as_bytes),
            cookie.map(str::as_bytes),
            query.as_bytes(),
        );
        find.write(&mut user, &mut pass);
        let text =
            |b: &[u8]| String::from_utf8(b.split(|b| *b == 0).next().unwrap().to_vec()).unwrap();
        (text(&user), text(&pass))
    }

    fn pair(user: &str, pass: &str) -> (String, String) {
        (user.into(), pass.into())
    }

    #[test]
    fn sources_in_order() {
        assert_eq!(
            creds(Some("Basic YWxpY2U6c2VzYW1l"), None, ""),
            pair("alice", "sesame")
        );
        assert_eq!(
            creds(Some("Basic YTpiOmM="), None, "access_token=q"),
            pair("a", "b:c")
        );
        assert_eq!(
            creds(Some("Bearer tok"), Some("access_token=xyz"), ""),
            pair("", "tok")
        );
        assert_eq!(
            creds(None, Some("k=1; access_token=xyz"), "access_token=q"),
            pair("", "xyz")
        );
        assert_eq!(creds(None, Some("k=1"), "access_token=q"), pair("", ""));
        assert_eq!(creds(None, None, "access_token=a%20b"), pair("", "a b"));
        assert_eq!(
            creds(Some("basic YTpi"), None, "access_token=q"),
            pair("", "q")
        );
        assert_eq!(creds(Some("Basic "), None, "access_token=q"), pair("", "q"));
    }

    #[test]
    fn broken_basic() {
        for bad in ["YWxpY2U=", "=", "====", "***", "YTpi===", "Y"] {
            let value = std::format!("Basic {bad}");
            assert_eq!(
                creds(Some(&value), None, "access_token=q"),
                pair("", ""),
                "{bad}"
            );
        }
        let huge = std::format!("Basic {}", "YTpi".repeat(30_000));
        assert_eq!(creds(Some(&huge), None, ""), pair("", ""));
    }

    #[test]
    fn cut_to_the_buffers() {
        let (user, pass) = creds(Some("Bearer 0123456789abcdefgh"), None, "");
        assert_eq!((user.as_str(), pass.as_str()), ("", "0123456789abcde"));
        Credentials::Token(b"x").write(&mut [], &mut []);
        let mut one = [9u8];
        Credentials::Token(b"x").write(&mut one, &mut []);
        assert_eq!(one, [0]);
    }
}
