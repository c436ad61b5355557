//! Limits of a listener.

/// What a listener and each of its connections may use. In every field 0 is no limit, but for `max_recv_size`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct mg_x_limits {
    /// Most bytes in a receive buffer, and so of a message; 0 is `MG_MAX_RECV_SIZE`.
    pub max_recv_size: usize,
    /// Most accepted connections open at a time; more wait in the system's queue.
    pub max_connections: u32,
    /// HTTP: milliseconds from the first byte of a request to its last; then 408 and the end.
    pub request_ms: u32,
    /// HTTP: milliseconds without a byte between requests, or with a response that the peer does not take.
    pub keepalive_ms: u32,
    /// Any connection: milliseconds without a byte received or sent.
    pub idle_ms: u32,
    /// HTTP: say 400, 413 or 501 to a request that cannot be served, instead of closing without a word, and close after
    /// the response to a request of version 1.0 that does not ask for `keep-alive`.
    pub strict_http: bool,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<mg_x_limits>() == 32);
