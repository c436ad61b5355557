//! Vansire: embeddable networking in one thread and one poll loop, behind the C API of Mongoose 7.22.
//!
//! | room | what it holds |
//! |---|---|
//! | [`wire`] | what bytes mean: pure codecs, no sockets, no unsafe |
//! | [`text`] | strings: the printf engine, matching, numbers, path rules |
//! | [`abi`] | the C types, plain data |
//! | [`engine`] | how bytes move: manager, connections, turn, buffers, pollers, timers, TLS sessions |
//! | [`service`] | what to do with them: HTTP, WebSocket, MQTT, DNS … |
//! | [`fs`] | file systems: posix, packed |
//! | [`ffi`] | the C ABI: conversion and nothing else |
//!
//! `docs/architecture.md` says which room may touch what.
#![no_std]
#![deny(unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

#[allow(non_camel_case_types)]
pub mod abi;
#[macro_use]
pub mod engine;
pub mod ffi;
#[cfg(all(feature = "firmware", not(feature = "std")))]
mod firmware;
pub mod fs;
#[forbid(unsafe_code)]
pub mod service;
#[forbid(unsafe_code)]
pub mod text;
#[forbid(unsafe_code)]
pub mod wire;
