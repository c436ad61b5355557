//! The seam to the DNS client, which is a service and lives above the engine.

use super::conn::Conn;

/// A resolver.
pub struct Resolver {
    /// Starts the look-up of `url`'s host for an outbound connection. `rem.port` is already set, the host is no
    /// literal. Sets `is_resolving`; later sets `rem` and calls [`super::connect::resolved`], or reports an error.
    pub start: fn(c: &mut Conn, url: &[u8]),
    /// Forgets all look-ups of a connection.
    pub cancel: fn(c: &mut Conn),
}
