//! What to do with bytes: protocol handlers that join the codecs of [`crate::wire`] with connections of [`crate::engine`].

pub mod dashboard;
pub mod dns_client;
pub mod http_client;
pub mod http_server;
pub mod mdns;
pub mod modbus;
pub mod mqtt;
pub mod rpc;
pub mod sntp;
pub mod ssi;
pub mod static_files;
pub mod upload;
pub mod websocket;
