//! The C types, plain data only: every struct, enum and constant a C program sees. Layouts are those of the engine chapter and are asserted here.

pub mod core;
pub mod crypto;
pub mod dash;
pub mod dns;
pub mod fs;
pub mod hash;
pub mod http;
pub mod json;
pub mod jwt;
pub mod limits;
pub mod modbus;
pub mod mqtt;
pub mod ota;
pub mod rpc;
pub mod sntp;
pub mod tls;
pub mod util;
pub mod ws;
