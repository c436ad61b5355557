//! What bytes mean: pure codecs. Slices in, values or bytes out; no sockets, no clock, no C types, no unsafe.

pub mod base64;
<<<<<<< HEAD
#[cfg(feature = "tls")]
=======
>>>>>>> text
pub mod crypto;
pub mod dns;
pub mod hash;
pub mod http;
pub mod json;
pub mod jwt;
pub mod mime;
pub mod modbus;
pub mod mqtt;
pub mod multipart;
pub mod reader;
pub mod rpc;
pub mod sntp;
pub mod url;
pub mod ws;
