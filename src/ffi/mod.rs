//! The C ABI: conversion of pointers and lengths, one file per chapter, and nothing else.
#![allow(clippy::missing_safety_doc)] // these docs become the comments of the C header, which has no such section

#[cfg(feature = "tls")]
pub mod crypto;
#[cfg(feature = "tls")]
pub mod crypto_aead;
#[cfg(feature = "tls")]
pub mod crypto_rsa;
pub mod dash;
pub mod dns;
pub mod engine;
pub mod fs;
pub mod hash;
pub mod http;
pub mod http_files;
pub mod http_message;
mod http_view;
pub mod iobuf;
pub mod json;
pub mod jwt;
pub mod log;
pub mod modbus;
pub mod mqtt;
pub mod ota;
mod ota_pull;
pub mod output;
pub mod panic;
pub mod print;
pub mod printers;
pub mod ptr;
pub mod queue;
pub mod rpc;
pub mod sntp;
pub mod strings;
pub mod tls;
pub mod url;
pub mod util;
pub mod variadic;
pub mod ws;
pub mod x;

/// Gives a fresh manager the services that the engine reaches through seams.
fn install_services(mgr: &crate::engine::Manager) {
    if let Some(state) = mgr.state() {
        state
            .resolver
            .set(Some(&crate::service::dns_client::RESOLVER));
        if ota_pull::has_settings() {
            state.each_poll.set(Some(ota_pull::poll_of_program));
        }
    }
}
