//! HTTP/1.x messages (RFC 9110, RFC 9112): heads, chunked bodies, reply heads, variables, percent coding.
//!
//! | file | concept |
//! |---|---|
//! | [`scanner`] | where does the head end |
//! | [`parse`] | what the head says, as offsets ([`head`]) |
//! | [`framing`] | how long the message is |
//! | [`chunked`] | the chunked transfer coding |
//! | [`reply`], [`status`], [`line`] | the head of a reply |
//! | [`range`], [`etag`], [`encoding`] | what part of a file is asked for, and whether at all |
//! | [`listing`], [`html`] | the page that lists a directory |
//! | [`vars`], [`creds`], [`percent`] | form and header variables, credentials, percent coding |

pub mod chunked;
pub mod creds;
pub mod encoding;
pub mod etag;
mod fast;
pub mod framing;
pub mod head;
pub mod html;
pub mod line;
pub mod listing;
pub mod parse;
pub mod percent;
pub mod range;
pub mod reply;
pub mod scanner;
pub mod status;
pub mod swar;
pub mod vars;

pub use framing::Framing;
pub use head::{Head, HeaderSpan, HeaderTable, Span};
pub use parse::{Malformed, parse, parse_ordinary};
pub use scanner::{HeadEnd, HeadScanner, request_len};
