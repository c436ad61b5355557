//! Readiness of sockets: one trait, one file per system call.

pub mod epoll;
pub mod poll;
