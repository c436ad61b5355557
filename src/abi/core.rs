//! Strings, addresses, buffers, timers, connections, managers: the types every program meets.

use core::ffi::{c_char, c_int, c_uint, c_ulong, c_void};
use core::mem::{offset_of, size_of};

/// A slice of bytes that does not own its memory. Not NUL-terminated; `buf` may be NULL when `len` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct mg_str {
    /// First byte.
    pub buf: *mut c_char,
    /// Number of bytes.
    pub len: usize,
}

/// The bytes of an address in network byte order. IPv4 occupies the first four.
#[repr(C)]
#[derive(Clone, Copy)]
pub union mg_addr_bytes {
    /// All sixteen bytes.
    pub ip: [u8; 16],
    /// The IPv4 address, network byte order.
    pub ip4: u32,
    /// The IPv6 address as two words, network byte order.
    pub ip6: [u64; 2],
}

/// An IP address and a port, both in network byte order.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_addr {
    /// Address, network byte order.
    pub addr: mg_addr_bytes,
    /// Port, network byte order: read it with `mg_ntohs`.
    pub port: u16,
    /// IPv6 zone, low 8 bits of the system's scope id.
    pub scope_id: u8,
    /// True for IPv6.
    pub is_ip6: bool,
}

/// A growable buffer. Memory comes from `mg_calloc`; `buf[0 .. len]` is data, `size` is capacity.
#[repr(C)]
pub struct mg_iobuf {
    /// Memory, NULL when `size` is 0.
    pub buf: *mut u8,
    /// Capacity in bytes.
    pub size: usize,
    /// Bytes in use.
    pub len: usize,
    /// Growth step in bytes; 0 grows to exactly what is asked for.
    pub align: usize,
}

/// Event handler of a connection: connection, event number (`MG_EV_*`), event data.
pub type mg_event_handler_t =
    Option<unsafe extern "C" fn(c: *mut mg_connection, ev: c_int, ev_data: *mut c_void)>;

/// A timer. See `mg_timer_init`.
#[repr(C)]
pub struct mg_timer {
    /// Period in milliseconds.
    pub period_ms: u64,
    /// Next deadline in milliseconds, 0 when not armed.
    pub expire: u64,
    /// `MG_TIMER_*` flags.
    pub flags: c_uint,
    /// Called with `arg` when due.
    pub r#fn: Option<unsafe extern "C" fn(arg: *mut c_void)>,
    /// Argument of `fn`.
    pub arg: *mut c_void,
    /// Next timer of the list.
    pub next: *mut mg_timer,
}

/// A DNS server and the connection to it.
#[repr(C)]
pub struct mg_dns {
    /// URL such as `udp://8.8.8.8:53`. The pointer is kept, not copied.
    pub url: *const c_char,
    /// Connection to the server, NULL while there is none.
    pub c: *mut mg_connection,
}

/// Wake-up descriptor of a manager.
#[repr(C)]
pub union mg_pipe {
    /// Descriptor, `MG_INVALID_SOCKET` while wake-ups are off.
    pub fd: c_int,
    /// Queue, bare-metal builds.
    pub q: *mut c_void,
}

/// Event manager: holds all connections of one poll loop. One thread only.
#[repr(C)]
pub struct mg_mgr {
    /// Live connections, newest first. Walk, never relink.
    pub conns: *mut mg_connection,
    /// IPv4 DNS server.
    pub dns4: mg_dns,
    /// IPv6 DNS server.
    pub dns6: mg_dns,
    /// mDNS listener or NULL.
    pub mdns: *mut mg_connection,
    /// DNS time-out in milliseconds.
    pub dnstimeout: c_int,
    /// Ask `dns6` first.
    pub use_dns6: bool,
    /// Connection id handed out last.
    pub nextid: c_ulong,
    /// Free for the user.
    pub userdata: *mut c_void,
    /// Shared TLS state.
    pub tls_ctx: *mut c_void,
    /// MQTT packet id counter.
    pub mqtt_id: u16,
    /// Pending DNS requests, internal.
    pub active_dns_requests: *mut c_void,
    /// Pending mDNS requests, internal.
    pub active_mdns_requests: *mut c_void,
    /// Timers, newest first.
    pub timers: *mut mg_timer,
    /// epoll descriptor or -1.
    pub epoll_fd: c_int,
    /// Built-in network stack; NULL here.
    pub ifp: *mut c_void,
    /// Extra bytes behind each connection; 0 here.
    pub extraconnsize: usize,
    /// Wake-up descriptor.
    pub pipe: mg_pipe,
}

/// A connection.
///
/// `data` has [`MG_DATA_SIZE`] bytes by default. A program built with another `MG_DATA_SIZE` shifts `tls` and
/// `flags` behind it, so the library reaches these two through [`crate::engine::conn`], never by field.
#[repr(C)]
pub struct mg_connection {
    /// Next (older) connection of the manager.
    pub next: *mut mg_connection,
    /// Owner.
    pub mgr: *mut mg_mgr,
    /// Local address.
    pub loc: mg_addr,
    /// Address of the peer. UDP: source of the last datagram and destination of the next.
    pub rem: mg_addr,
    /// Socket, cast through `size_t`.
    pub fd: *mut c_void,
    /// Unique in the manager, never reused, starts at 1.
    pub id: c_ulong,
    /// Received bytes not yet consumed.
    pub recv: mg_iobuf,
    /// Bytes to send.
    pub send: mg_iobuf,
    /// Profiling records.
    pub prof: mg_iobuf,
    /// Received ciphertext not yet decrypted.
    pub rtls: mg_iobuf,
    /// User handler.
    pub r#fn: mg_event_handler_t,
    /// Argument for the user handler.
    pub fn_data: *mut c_void,
    /// Protocol handler, called before `fn`.
    pub pfn: mg_event_handler_t,
    /// Argument for the protocol handler.
    pub pfn_data: *mut c_void,
    /// Free for the user, zero at creation.
    pub data: [c_char; MG_DATA_SIZE],
    /// TLS session or NULL.
    pub tls: *mut c_void,
    /// Bit-fields; see `flag` for the bits.
    pub flags: u32,
}

/// Default size of `mg_connection.data` in bytes.
/// cbindgen:ignore
pub const MG_DATA_SIZE: usize = 32;

/// Bits of `mg_connection.flags`, in the order of the C bit-fields. The low six bits are `dscp`.
/// cbindgen:ignore
pub mod flag {
    /// Listener.
    pub const LISTENING: u32 = 1 << 6;
    /// Outbound.
    pub const CLIENT: u32 = 1 << 7;
    /// Inbound child of a listener.
    pub const ACCEPTED: u32 = 1 << 8;
    /// Address not yet known.
    pub const RESOLVING: u32 = 1 << 9;
    /// Built-in stack only.
    pub const ARPLOOKING: u32 = 1 << 10;
    /// OS connect pending.
    pub const CONNECTING: u32 = 1 << 11;
    /// TLS wanted or active.
    pub const TLS: u32 = 1 << 12;
    /// TLS handshake pending.
    pub const TLS_HS: u32 = 1 << 13;
    /// Datagrams.
    pub const UDP: u32 = 1 << 14;
    /// WebSocket.
    pub const WEBSOCKET: u32 = 1 << 15;
    /// MQTT 5.
    pub const MQTT5: u32 = 1 << 16;
    /// Log traffic.
    pub const HEXDUMPING: u32 = 1 << 17;
    /// Close once `send` is empty.
    pub const DRAINING: u32 = 1 << 18;
    /// Close at the end of the turn.
    pub const CLOSING: u32 = 1 << 19;
    /// Do not read.
    pub const FULL: u32 = 1 << 20;
    /// TLS write waits for the socket.
    pub const TLS_THROTTLED: u32 = 1 << 21;
    /// A response is being produced.
    pub const RESP: u32 = 1 << 22;
    /// Socket readable in this turn.
    pub const READABLE: u32 = 1 << 23;
    /// Socket writable in this turn.
    pub const WRITABLE: u32 = 1 << 24;
}

/// Events, `ev` of an event handler.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum mg_event {
    /// Error. `char *` text.
    MG_EV_ERROR,
    /// Created. NULL, or `char *` URL for outbound.
    MG_EV_OPEN,
    /// Once per poll. `uint64_t *` milliseconds.
    MG_EV_POLL,
    /// Host name resolved. NULL.
    MG_EV_RESOLVE,
    /// Connected. NULL.
    MG_EV_CONNECT,
    /// Accepted. NULL.
    MG_EV_ACCEPT,
    /// TLS handshake done. NULL.
    MG_EV_TLS_HS,
    /// Data received. `long *` bytes.
    MG_EV_READ,
    /// Data sent. `long *` bytes.
    MG_EV_WRITE,
    /// Closed, last event. NULL.
    MG_EV_CLOSE,
    /// HTTP head received. `struct mg_http_message *`.
    MG_EV_HTTP_HDRS,
    /// HTTP message received. `struct mg_http_message *`.
    MG_EV_HTTP_MSG,
    /// WebSocket open. `struct mg_http_message *`.
    MG_EV_WS_OPEN,
    /// WebSocket message. `struct mg_ws_message *`.
    MG_EV_WS_MSG,
    /// WebSocket control frame. `struct mg_ws_message *`.
    MG_EV_WS_CTL,
    /// MQTT packet. `struct mg_mqtt_message *`.
    MG_EV_MQTT_CMD,
    /// MQTT PUBLISH. `struct mg_mqtt_message *`.
    MG_EV_MQTT_MSG,
    /// MQTT CONNACK. `int *` code.
    MG_EV_MQTT_OPEN,
    /// SNTP time. `uint64_t *` epoch milliseconds.
    MG_EV_SNTP_TIME,
    /// Wake-up. `struct mg_str *` data.
    MG_EV_WAKEUP,
    /// mDNS query. `struct mg_mdns_req *`.
    MG_EV_MDNS_REQ,
    /// mDNS reply. `struct mg_mdns_resp *`.
    MG_EV_MDNS_RESP,
    /// Modbus request. `struct mg_modbus_req *`.
    MG_EV_MODBUS_REQ,
    /// First event number free for programs.
    MG_EV_USER,
}

/// Flags of timers.
/// Fires once.
pub const MG_TIMER_ONCE: c_uint = 0;
/// Fires every `period_ms`.
pub const MG_TIMER_REPEAT: c_uint = 1;
/// Fires at the first poll, too.
pub const MG_TIMER_RUN_NOW: c_uint = 2;
/// Has fired (internal).
pub const MG_TIMER_CALLED: c_uint = 4;
/// Freed by the library after a single run.
pub const MG_TIMER_AUTODELETE: c_uint = 8;

/// Results of `mg_io_send`, `mg_io_recv`, `mg_tls_send`, `mg_tls_recv`.
/// Failed.
pub const MG_IO_ERR: c_int = -1;
/// Would block.
pub const MG_IO_WAIT: c_int = -2;

/// Build settings of the program, carried into the prebuilt library.
///
/// The library holds a weak default; `mongoose.h` defines the program's own when a setting differs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_x_settings_t {
    /// `MG_DATA_SIZE` in bytes.
    pub data_size: usize,
    /// `MG_MAX_HTTP_HEADERS`.
    pub max_http_headers: usize,
    /// `MG_IO_SIZE` in bytes.
    pub io_size: usize,
    /// `MG_MAX_RECV_SIZE` in bytes.
    pub max_recv_size: usize,
    /// `MG_SOCK_LISTEN_BACKLOG_SIZE`.
    pub listen_backlog: usize,
    /// `MG_IPV6_V6ONLY`, 0 or 1.
    pub ipv6_v6only: usize,
    /// `MG_ENABLE_PROFILE`, 0 or 1.
    pub profile: usize,
    /// `MG_ENABLE_SSI`, 0 or 1.
    pub ssi: usize,
    /// `MG_MAX_SSI_DEPTH`.
    pub max_ssi_depth: usize,
    /// `MG_SSI_BUFSIZ` in bytes.
    pub ssi_bufsiz: usize,
    /// `MG_ENABLE_DIRLIST`, 0 or 1.
    pub dirlist: usize,
    /// `MG_HTTP_INDEX`, NUL-terminated.
    pub http_index: *const c_char,
    /// `MG_HTTP_DIRLIST_TIME_FMT`, a format of `strftime`; NULL: seconds since 1970.
    pub dirlist_time_fmt: *const c_char,
}

/// A profiling record of `mg_connection.prof`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct mg_profitem {
    /// What happened; not owned.
    pub name: *const c_char,
    /// When, milliseconds since the first record; that one holds `mg_millis`, low 32 bits.
    pub timestamp: u32,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<mg_addr>() == 24 && size_of::<mg_iobuf>() == 32 && size_of::<mg_str>() == 16);
    assert!(size_of::<mg_timer>() == 48 && size_of::<mg_dns>() == 16 && size_of::<mg_mgr>() == 144);
    assert!(offset_of!(mg_addr, port) == 16 && offset_of!(mg_addr, scope_id) == 18);
    assert!(offset_of!(mg_addr, is_ip6) == 19);
    assert!(offset_of!(mg_timer, expire) == 8 && offset_of!(mg_timer, flags) == 16);
    assert!(offset_of!(mg_timer, r#fn) == 24 && offset_of!(mg_timer, next) == 40);
    assert!(offset_of!(mg_mgr, dns4) == 8 && offset_of!(mg_mgr, dns6) == 24);
    assert!(offset_of!(mg_mgr, mdns) == 40 && offset_of!(mg_mgr, dnstimeout) == 48);
    assert!(offset_of!(mg_mgr, use_dns6) == 52 && offset_of!(mg_mgr, nextid) == 56);
    assert!(offset_of!(mg_mgr, userdata) == 64 && offset_of!(mg_mgr, tls_ctx) == 72);
    assert!(offset_of!(mg_mgr, mqtt_id) == 80 && offset_of!(mg_mgr, active_dns_requests) == 88);
    assert!(offset_of!(mg_mgr, active_mdns_requests) == 96 && offset_of!(mg_mgr, timers) == 104);
    assert!(offset_of!(mg_mgr, epoll_fd) == 112 && offset_of!(mg_mgr, ifp) == 120);
    assert!(offset_of!(mg_mgr, extraconnsize) == 128 && offset_of!(mg_mgr, pipe) == 136);
    assert!(size_of::<mg_connection>() == 288);
    assert!(offset_of!(mg_connection, mgr) == 8 && offset_of!(mg_connection, loc) == 16);
    assert!(offset_of!(mg_connection, rem) == 40 && offset_of!(mg_connection, fd) == 64);
    assert!(offset_of!(mg_connection, id) == 72 && offset_of!(mg_connection, recv) == 80);
    assert!(offset_of!(mg_connection, send) == 112 && offset_of!(mg_connection, prof) == 144);
    assert!(offset_of!(mg_connection, rtls) == 176 && offset_of!(mg_connection, r#fn) == 208);
    assert!(offset_of!(mg_connection, fn_data) == 216 && offset_of!(mg_connection, pfn) == 224);
    assert!(offset_of!(mg_connection, pfn_data) == 232 && offset_of!(mg_connection, data) == 240);
    assert!(offset_of!(mg_connection, tls) == 272 && offset_of!(mg_connection, flags) == 280);
};
