//! What to do with bytes: protocol handlers that join the codecs of [`crate::wire`] with connections of [`crate::engine`].

pub mod dashboard;
pub mod dir_list;
pub mod dns_client;
pub mod file_stream;
pub mod http_reply;
pub mod http_server;
pub mod mdns;
pub mod modbus;
pub mod mqtt;
pub mod ota;
pub mod random;
pub mod sntp;
pub mod ssi;
pub mod static_files;
pub mod upload;
pub mod upload_piece;
pub mod uri_map;
pub mod websocket;
pub mod ws_send;

/// Whether two addresses are the same host and port.
pub(crate) fn same_peer(a: &crate::abi::core::mg_addr, b: &crate::abi::core::mg_addr) -> bool {
    a.port == b.port && crate::engine::fields::same_host(a, b)
}
