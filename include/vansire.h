/* Generated from the Rust sources by `make header`. Do not edit. */
/* SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef VANSIRE_H
#define VANSIRE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
/* Sizes of this program's own choosing; mongoose.h carries them into the library. */
#ifndef MG_DATA_SIZE
#define MG_DATA_SIZE 32
#endif
#ifndef MG_MAX_HTTP_HEADERS
#define MG_MAX_HTTP_HEADERS 30
#endif

struct mg_addr;
struct mg_iobuf;
struct mg_connection;
struct mg_dns;
struct mg_timer;
struct mg_mgr;
struct mg_str;
struct mg_x_settings_t;
struct mg_http_header;
struct mg_http_message;

/*
 Flags of timers.
 Fires once.
 */
#define MG_TIMER_ONCE 0

/*
 Fires every `period_ms`.
 */
#define MG_TIMER_REPEAT 1

/*
 Fires at the first poll, too.
 */
#define MG_TIMER_RUN_NOW 2

/*
 Has fired (internal).
 */
#define MG_TIMER_CALLED 4

/*
 Freed by the library after a single run.
 */
#define MG_TIMER_AUTODELETE 8

/*
 Results of `mg_io_send`, `mg_io_recv`, `mg_tls_send`, `mg_tls_recv`.
 Failed.
 */
#define MG_IO_ERR -1

/*
 Would block.
 */
#define MG_IO_WAIT -2

/*
 Events, `ev` of an event handler.
 */
enum mg_event {
  /*
   Error. `char *` text.
   */
  MG_EV_ERROR,
  /*
   Created. NULL, or `char *` URL for outbound.
   */
  MG_EV_OPEN,
  /*
   Once per poll. `uint64_t *` milliseconds.
   */
  MG_EV_POLL,
  /*
   Host name resolved. NULL.
   */
  MG_EV_RESOLVE,
  /*
   Connected. NULL.
   */
  MG_EV_CONNECT,
  /*
   Accepted. NULL.
   */
  MG_EV_ACCEPT,
  /*
   TLS handshake done. NULL.
   */
  MG_EV_TLS_HS,
  /*
   Data received. `long *` bytes.
   */
  MG_EV_READ,
  /*
   Data sent. `long *` bytes.
   */
  MG_EV_WRITE,
  /*
   Closed, last event. NULL.
   */
  MG_EV_CLOSE,
  /*
   HTTP head received. `struct mg_http_message *`.
   */
  MG_EV_HTTP_HDRS,
  /*
   HTTP message received. `struct mg_http_message *`.
   */
  MG_EV_HTTP_MSG,
  /*
   WebSocket open. `struct mg_http_message *`.
   */
  MG_EV_WS_OPEN,
  /*
   WebSocket message. `struct mg_ws_message *`.
   */
  MG_EV_WS_MSG,
  /*
   WebSocket control frame. `struct mg_ws_message *`.
   */
  MG_EV_WS_CTL,
  /*
   MQTT packet. `struct mg_mqtt_message *`.
   */
  MG_EV_MQTT_CMD,
  /*
   MQTT PUBLISH. `struct mg_mqtt_message *`.
   */
  MG_EV_MQTT_MSG,
  /*
   MQTT CONNACK. `int *` code.
   */
  MG_EV_MQTT_OPEN,
  /*
   SNTP time. `uint64_t *` epoch milliseconds.
   */
  MG_EV_SNTP_TIME,
  /*
   Wake-up. `struct mg_str *` data.
   */
  MG_EV_WAKEUP,
  /*
   mDNS query. `struct mg_mdns_req *`.
   */
  MG_EV_MDNS_REQ,
  /*
   mDNS reply. `struct mg_mdns_resp *`.
   */
  MG_EV_MDNS_RESP,
  /*
   Modbus request. `struct mg_modbus_req *`.
   */
  MG_EV_MODBUS_REQ,
  /*
   First event number free for programs.
   */
  MG_EV_USER,
};

/*
 The bytes of an address in network byte order. IPv4 occupies the first four.
 */
union mg_addr_bytes {
  /*
   All sixteen bytes.
   */
  uint8_t ip[16];
  /*
   The IPv4 address, network byte order.
   */
  uint32_t ip4;
  /*
   The IPv6 address as two words, network byte order.
   */
  uint64_t ip6[2];
};

/*
 An IP address and a port, both in network byte order.
 */
struct mg_addr {
  /*
   Address, network byte order.
   */
  union mg_addr_bytes addr;
  /*
   Port, network byte order: read it with `mg_ntohs`.
   */
  uint16_t port;
  /*
   IPv6 zone, low 8 bits of the system's scope id.
   */
  uint8_t scope_id;
  /*
   True for IPv6.
   */
  bool is_ip6;
};

/*
 A growable buffer. Memory comes from `mg_calloc`; `buf[0 .. len]` is data, `size` is capacity.
 */
struct mg_iobuf {
  /*
   Memory, NULL when `size` is 0.
   */
  uint8_t *buf;
  /*
   Capacity in bytes.
   */
  size_t size;
  /*
   Bytes in use.
   */
  size_t len;
  /*
   Growth step in bytes; 0 grows to exactly what is asked for.
   */
  size_t align;
};

/*
 Event handler of a connection: connection, event number (`MG_EV_*`), event data.
 */
typedef void (*mg_event_handler_t)(struct mg_connection *c, int ev, void *ev_data);

/*
 A connection.

 `data` has [`MG_DATA_SIZE`] bytes by default. A program built with another `MG_DATA_SIZE` shifts `tls` and
 `flags` behind it, so the library reaches these two through [`crate::engine::conn`], never by field.
 */
struct mg_connection {
  /*
   Next (older) connection of the manager.
   */
  struct mg_connection *next;
  /*
   Owner.
   */
  struct mg_mgr *mgr;
  /*
   Local address.
   */
  struct mg_addr loc;
  /*
   Address of the peer. UDP: source of the last datagram and destination of the next.
   */
  struct mg_addr rem;
  /*
   Socket, cast through `size_t`.
   */
  void *fd;
  /*
   Unique in the manager, never reused, starts at 1.
   */
  unsigned long id;
  /*
   Received bytes not yet consumed.
   */
  struct mg_iobuf recv;
  /*
   Bytes to send.
   */
  struct mg_iobuf send;
  /*
   Profiling records.
   */
  struct mg_iobuf prof;
  /*
   Received ciphertext not yet decrypted.
   */
  struct mg_iobuf rtls;
  /*
   User handler.
   */
  mg_event_handler_t fn;
  /*
   Argument for the user handler.
   */
  void *fn_data;
  /*
   Protocol handler, called before `fn`.
   */
  mg_event_handler_t pfn;
  /*
   Argument for the protocol handler.
   */
  void *pfn_data;
  /*
   Free for the user, zero at creation.
   */
  char data[MG_DATA_SIZE];
  /*
   TLS session or NULL.
   */
  void *tls;
  /*
   Bit-fields; see `flag` for the bits.
   */
  unsigned dscp : 6;
  unsigned is_listening : 1;
  unsigned is_client : 1;
  unsigned is_accepted : 1;
  unsigned is_resolving : 1;
  unsigned is_arplooking : 1;
  unsigned is_connecting : 1;
  unsigned is_tls : 1;
  unsigned is_tls_hs : 1;
  unsigned is_udp : 1;
  unsigned is_websocket : 1;
  unsigned is_mqtt5 : 1;
  unsigned is_hexdumping : 1;
  unsigned is_draining : 1;
  unsigned is_closing : 1;
  unsigned is_full : 1;
  unsigned is_tls_throttled : 1;
  unsigned is_resp : 1;
  unsigned is_readable : 1;
  unsigned is_writable : 1;
};

/*
 A DNS server and the connection to it.
 */
struct mg_dns {
  /*
   URL such as `udp://8.8.8.8:53`. The pointer is kept, not copied.
   */
  const char *url;
  /*
   Connection to the server, NULL while there is none.
   */
  struct mg_connection *c;
};

/*
 A timer. See `mg_timer_init`.
 */
struct mg_timer {
  /*
   Period in milliseconds.
   */
  uint64_t period_ms;
  /*
   Next deadline in milliseconds, 0 when not armed.
   */
  uint64_t expire;
  /*
   `MG_TIMER_*` flags.
   */
  unsigned int flags;
  /*
   Called with `arg` when due.
   */
  void (*fn)(void *arg);
  /*
   Argument of `fn`.
   */
  void *arg;
  /*
   Next timer of the list.
   */
  struct mg_timer *next;
};

/*
 Wake-up descriptor of a manager.
 */
union mg_pipe {
  /*
   Descriptor, `MG_INVALID_SOCKET` while wake-ups are off.
   */
  int fd;
  /*
   Queue, bare-metal builds.
   */
  void *q;
};

/*
 Event manager: holds all connections of one poll loop. One thread only.
 */
struct mg_mgr {
  /*
   Live connections, newest first. Walk, never relink.
   */
  struct mg_connection *conns;
  /*
   IPv4 DNS server.
   */
  struct mg_dns dns4;
  /*
   IPv6 DNS server.
   */
  struct mg_dns dns6;
  /*
   mDNS listener or NULL.
   */
  struct mg_connection *mdns;
  /*
   DNS time-out in milliseconds.
   */
  int dnstimeout;
  /*
   Ask `dns6` first.
   */
  bool use_dns6;
  /*
   Connection id handed out last.
   */
  unsigned long nextid;
  /*
   Free for the user.
   */
  void *userdata;
  /*
   Shared TLS state.
   */
  void *tls_ctx;
  /*
   MQTT packet id counter.
   */
  uint16_t mqtt_id;
  /*
   Pending DNS requests, internal.
   */
  void *active_dns_requests;
  /*
   Pending mDNS requests, internal.
   */
  void *active_mdns_requests;
  /*
   Timers, newest first.
   */
  struct mg_timer *timers;
  /*
   epoll descriptor or -1.
   */
  int epoll_fd;
  /*
   Built-in network stack; NULL here.
   */
  void *ifp;
  /*
   Extra bytes behind each connection; 0 here.
   */
  size_t extraconnsize;
  /*
   Wake-up descriptor.
   */
  union mg_pipe pipe;
};

/*
 A slice of bytes that does not own its memory. Not NUL-terminated; `buf` may be NULL when `len` is 0.
 */
struct mg_str {
  /*
   First byte.
   */
  char *buf;
  /*
   Number of bytes.
   */
  size_t len;
};

/*
 Receives formatted output, one call per byte.
 */
typedef void (*mg_pfn_t)(char ch, void *arg);

/*
 Build settings of the program, carried into the prebuilt library.

 The library holds a weak default; `mongoose.h` defines the program's own when a setting differs.
 */
struct mg_x_settings_t {
  /*
   `MG_DATA_SIZE` in bytes.
   */
  size_t data_size;
  /*
   `MG_MAX_HTTP_HEADERS`.
   */
  size_t max_http_headers;
  /*
   `MG_IO_SIZE` in bytes.
   */
  size_t io_size;
  /*
   `MG_MAX_RECV_SIZE` in bytes.
   */
  size_t max_recv_size;
  /*
   `MG_SOCK_LISTEN_BACKLOG_SIZE`.
   */
  size_t listen_backlog;
};

/*
 One header line.
 */
struct mg_http_header {
  /*
   Name as received.
   */
  struct mg_str name;
  /*
   Value without surrounding blanks.
   */
  struct mg_str value;
};

/*
 A request or response. All slices point into the receive buffer and die when the handler returns.

 A response has its version in `method`, its status code in `uri` and its reason phrase in `proto`.
 The library reaches what follows `headers` by the program's own `MG_MAX_HTTP_HEADERS`.
 */
struct mg_http_message {
  /*
   Method.
   */
  struct mg_str method;
  /*
   Path, percent-encoded as received.
   */
  struct mg_str uri;
  /*
   Bytes after the first `?`.
   */
  struct mg_str query;
  /*
   Version.
   */
  struct mg_str proto;
  /*
   Headers; unused entries are NULL and 0.
   */
  struct mg_http_header headers[MG_MAX_HTTP_HEADERS];
  /*
   Body.
   */
  struct mg_str body;
  /*
   Request or status line and headers, the empty line included.
   */
  struct mg_str head;
  /*
   Head and body.
   */
  struct mg_str message;
};

/*
 Printer for `%M` and `%m`: takes its own arguments from `ap`, prints through `out`, returns the bytes printed.
 */
typedef size_t (*mg_pm_t)(mg_pfn_t out, void *arg, va_list *ap);

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

extern int mg_log_level;

/*
 Initialises a manager, whatever its memory holds. Also makes the process ignore SIGPIPE.
 Pair with `mg_mgr_free`. The memory stays the caller's.
 */
void mg_mgr_init(struct mg_mgr *mgr);

/*
 Runs one turn of the event loop: waits at most `ms` milliseconds for input and output (0 = not at all, negative =
 for ever), then calls timers and event handlers.
 */
void mg_mgr_poll(struct mg_mgr *mgr, int ms);

/*
 Closes all connections (each gets MG_EV_CLOSE) and timers and frees everything but the struct itself.
 From a handler: at the end of the outermost poll.
 */
void mg_mgr_free(struct mg_mgr *mgr);

/*
 Opens a listener.

 `url`: `scheme://host:port` with a literal host; only `udp:` makes datagrams; port 0 picks one (see `c->loc`).
 `fn`, `fn_data`: user handler of the listener and its children. Returns the listener, or NULL after an error line in
 the log; no event fires then. Owned by the manager.
 */
struct mg_connection *mg_listen(struct mg_mgr *mgr, const char *url, mg_event_handler_t fn, void *fn_data);

/*
 Opens an outbound connection.

 Returns it, or NULL for a NULL or empty URL or when memory runs out. Every other failure is reported to the handler
 by MG_EV_ERROR and MG_EV_CLOSE. For literal addresses the first events fire before this returns.
 */
struct mg_connection *mg_connect(struct mg_mgr *mgr, const char *url, mg_event_handler_t fn, void *fn_data);

/*
 As `mg_connect`, with a protocol handler `pfn` and its argument set before MG_EV_OPEN.
 */
struct mg_connection *mg_connect_svc(struct mg_mgr *mgr,
                                     const char *url,
                                     mg_event_handler_t fn,
                                     void *fn_data,
                                     mg_event_handler_t pfn,
                                     void *pfn_data);

/*
 Makes a connection of a socket that the caller opened; the library closes it. Returns it, or NULL when memory runs
 out. MG_EV_OPEN fires before this returns.
 */
struct mg_connection *mg_wrapfd(struct mg_mgr *mgr, int fd, mg_event_handler_t fn, void *fn_data);

/*
 Sends bytes. TCP: appends to `c->send`. UDP: sends one datagram to `c->rem` at once.
 Returns false when memory runs out or the datagram was not sent.
 */
bool mg_send(struct mg_connection *c, const void *buf, size_t len);

/*
 Appends formatted text to `c->send`; `ap` points to a `va_list`. Returns the number of bytes, 0 after
 MG_EV_ERROR "OOM" when memory runs out.
 */
size_t mg_vprintf(struct mg_connection *c, const char *fmt, va_list *ap);

/*
 Fires an event on a connection: protocol handler first, then the user's.
 */
void mg_call(struct mg_connection *c, int ev, void *ev_data);

/*
 Twin of `mg_error`: `ap` points to a `va_list`.
 */
void mg_x_verror(struct mg_connection *c, const char *fmt, va_list *ap);

/*
 Parses a host name literal into `addr` (never a port); see the engine chapter §18.1. Returns false and leaves
 `addr` alone when it is none.
 */
bool mg_aton(struct mg_str s, struct mg_addr *addr);

/*
 Sets the differentiated services code point (0–63) of a connection. Returns whether the system took it.
 */
bool mg_dscp(struct mg_connection *c, uint8_t dscp);

/*
 Turns wake-ups on. Returns true on success and when they are on already.
 */
bool mg_wakeup_init(struct mg_mgr *mgr);

/*
 Sends `len` bytes to the connection with this id as MG_EV_WAKEUP, from any thread; the data is copied. Returns false
 when wake-ups are off, after `mg_mgr_free`, or when `id` is 0. The id is not checked.
 */
bool mg_wakeup(struct mg_mgr *mgr, unsigned long id, const void *buf, size_t len);

/*
 Allocates a connection that is not in the manager's list. NULL when memory runs out.
 */
struct mg_connection *mg_alloc_conn(struct mg_mgr *mgr);

/*
 Ends a connection without closing its socket: cancels look-ups, unlinks, fires MG_EV_CLOSE, frees. From a handler it
 only sets `is_closing`.
 */
void mg_close_conn(struct mg_connection *c);

/*
 Opens a listening socket for a connection made by `mg_alloc_conn`. Returns false after an error line in the log.
 */
bool mg_open_listener(struct mg_connection *c, const char *url);

/*
 Connects to `c->rem`.
 */
void mg_connect_resolved(struct mg_connection *c);

/*
 Copies an address of `sizeof(struct mg_addr)` bytes from `from` into `c->rem`.
 */
void mg_multicast_restore(struct mg_connection *c, uint8_t *from);

/*
 Joins the IPv4 multicast group `ip`, a dotted quad; errors are ignored.
 */
void mg_multicast_add(struct mg_connection *c, char *ip);

/*
 Finds the local address that the system would use toward `to`.
 */
void mg_getlocaddr(struct mg_connection *_c, struct mg_addr *to, struct mg_addr *out);

/*
 Allocates a timer and adds it to the manager. It fires from `mg_mgr_poll`; `ms` counts from the first poll.
 Returns NULL when memory runs out. Cancel: `mg_timer_free(&mgr->timers, t); mg_free(t);`.
 */
struct mg_timer *mg_timer_add(struct mg_mgr *mgr, uint64_t ms, unsigned int flags, void (*fn)(void *arg), void *arg);

/*
 Fills `t` and adds it at the head of the list. `ms` is the period in milliseconds, `flags` are MG_TIMER_*.
 The memory stays the caller's and must outlive its membership.
 */
void mg_timer_init(struct mg_timer **head,
                   struct mg_timer *t,
                   uint64_t ms,
                   unsigned int flags,
                   void (*fn)(void *arg),
                   void *arg);

/*
 Takes `t` out of the list, if it is in it. Frees no memory.
 */
void mg_timer_free(struct mg_timer **head, struct mg_timer *t);

/*
 Runs the timers of a list that are due at `now_ms`.
 */
void mg_timer_poll(struct mg_timer **head, uint64_t now_ms);

/*
 Whether the deadline `*expiration` has come; advances it by `period` milliseconds. 0 means not armed.
 */
bool mg_timer_expired(uint64_t *expiration, uint64_t period, uint64_t now);

/*
 Raw write to the socket, past `c->send`. Returns bytes written, MG_IO_WAIT or MG_IO_ERR.
 */
long mg_io_send(struct mg_connection *c, const void *buf, size_t len);

/*
 Takes up to `len` bytes of received ciphertext from `c->rtls`. Returns their number or MG_IO_WAIT when there is none.
 */
long mg_io_recv(struct mg_connection *c, void *buf, size_t len);

/*
 Opens an HTTP listener. As `mg_listen`, with the HTTP protocol handler attached.
 */
struct mg_connection *mg_http_listen(struct mg_mgr *mgr, const char *url, mg_event_handler_t fn, void *fn_data);

/*
 Opens an HTTP client connection. Sends nothing by itself: queue the request after this returns or in MG_EV_CONNECT.
 */
struct mg_connection *mg_http_connect(struct mg_mgr *mgr, const char *url, mg_event_handler_t fn, void *fn_data);

/*
 Twin of `mg_http_reply`: `ap` points to a `va_list`.
 */
void mg_x_vhttp_reply(struct mg_connection *c, int status, const char *headers, const char *fmt, va_list *ap);

/*
 Appends one chunk of a chunked body: size line, `len` bytes, CRLF. `len` 0 is the last chunk and clears `is_resp`.
 */
void mg_http_write_chunk(struct mg_connection *c, const char *buf, size_t len);

/*
 Overwrites all fields, then sets the capacity to `size` bytes; `align` is the growth step.
 Returns false when memory runs out. Free with `mg_iobuf_free`.
 */
bool mg_iobuf_init(struct mg_iobuf *io, size_t size, size_t align);

/*
 Sets the capacity to `new_size` bytes, rounded up to the growth step; 0 frees the memory. Shrinks, too.
 Returns false when memory runs out; the buffer is unchanged then.
 */
bool mg_iobuf_resize(struct mg_iobuf *io, size_t new_size);

/*
 Frees the memory of a buffer; the growth step stays. Safe twice.
 */
void mg_iobuf_free(struct mg_iobuf *io);

/*
 Inserts `len` bytes at `ofs`; a NULL `buf` opens a gap. Returns `len`, or 0 when memory runs out.
 */
size_t mg_iobuf_add(struct mg_iobuf *io, size_t ofs, const void *buf, size_t len);

/*
 Removes up to `len` bytes at `ofs` and returns how many. Capacity stays.
 */
size_t mg_iobuf_del(struct mg_iobuf *io, size_t ofs, size_t len);

void mg_x_vlog(const char*, void*);

void mg_x_log_prefix(int, const char*, int, const char*);

void mg_hexdump(const void*, size_t);

extern int mg_x_va_int(va_list *ap);

extern long mg_x_va_long(va_list *ap);

extern int64_t mg_x_va_llong(va_list *ap);

extern double mg_x_va_double(va_list *ap);

extern void *mg_x_va_ptr(va_list *ap);

/*
 Formats to `out(byte, arg)`, one call per byte, and returns the number of bytes.

 `ap` is advanced past the arguments taken, so that a printer of `%M` may go on with the rest.

 # Safety
 `fmt` is NUL-terminated; `ap` holds arguments that match it.
 */
size_t mg_vxprintf(mg_pfn_t out, void *arg, const char *fmt, va_list *ap);

/*
 Formats into `buf` of `len` bytes and returns the length of the complete text, NUL not counted.

 At most `len - 1` bytes are kept, followed by a NUL. With `len` 0 nothing is written and `buf` may be NULL.

 # Safety
 `buf` is writable for `len` bytes; `fmt` is NUL-terminated; `ap` holds arguments that match it.
 */
size_t mg_vsnprintf(char *buf, size_t len, const char *fmt, va_list *ap);

/*
 Formats into new memory: NUL-terminated, to be released with `mg_free`. NULL when memory ran out.

 # Safety
 `fmt` is NUL-terminated; `ap` holds arguments that match it.
 */
char *mg_vmprintf(const char *fmt, va_list *ap);

/*
 Output function: appends to the `struct mg_iobuf` in `arg`, which grows and stays NUL-terminated (the NUL is not counted).

 # Safety
 `arg` points to a valid `struct mg_iobuf`.
 */
void mg_pfn_iobuf(char ch,
                  void *arg);

/*
 Output function: appends to the `struct mg_iobuf` in `arg` without growing it.

 The last byte is kept for a NUL, which counts: further bytes are dropped.

 # Safety
 `arg` points to a valid `struct mg_iobuf`.
 */
void mg_pfn_iobuf_noresize(char ch, void *arg);

/*
 Output function: writes to standard output. `arg` is not used.
 */
void mg_pfn_stdout(char ch, void *arg);

/*
 A string over the bytes of `s` before its NUL. NULL gives NULL and length 0. The memory stays the caller's.

 # Safety
 `s` is NULL or NUL-terminated.
 */
struct mg_str mg_str_s(const char *s);

/*
 A string over `n` bytes at `s`. Nothing is checked or copied.
 */
struct mg_str mg_str_n(const char *s, size_t n);

/*
 A NUL-terminated copy of `s` in new memory, to be released with `mg_free`.

 An empty `s`, or no memory: NULL and length 0.

 # Safety
 `s.buf` is NULL or readable for `s.len` bytes.
 */
struct mg_str mg_strdup(struct mg_str s);

/*
 Compares without regard to ASCII case: the difference of the first two bytes that differ, both as lower case, or 0.

 # Safety
 Both strings are NUL-terminated.
 */
int mg_casecmp(const char *s1, const char *s2);

/*
 Compares bytes: -1, 0 or 1. Where one is the start of the other, the shorter is smaller.

 # Safety
 Both are readable for their lengths.
 */
int mg_strcmp(struct mg_str a, struct mg_str b);

/*
 Like `mg_strcmp` with both sides as ASCII lower case.

 # Safety
 Both are readable for their lengths.
 */
int mg_strcasecmp(struct mg_str a, struct mg_str b);

/*
 Splits `s` at the first `sep`: `a` is what comes before it, `b` what comes after. Nothing is copied.

 Without `sep`, `a` is all of `s` and `b` is empty. False for an empty `s`; `a` and `b` are then untouched. Both may
 be NULL, and may be the variable that was passed as `s`.

 # Safety
 `s` is readable for its length; `a` and `b` are NULL or writable.
 */
bool mg_span(struct mg_str s, struct mg_str *a, struct mg_str *b, char sep);

/*
 Parses an unsigned number into the integer of `val_len` bytes (1, 2, 4 or 8) at `val`.

 `base` is 2, 10, 16, or 0: by prefix `0b` or `0x`, else decimal; base 0 needs two characters at least. All of `s`
 must be digits. False leaves `val` untouched.

 # Safety
 `s` is readable for its length, `val` writable for `val_len` bytes.
 */
bool mg_str_to_num(struct mg_str s, int base, void *val, size_t val_len);

/*
 Parses a decimal number, blanks around it allowed. False leaves `val` untouched.

 # Safety
 `s` is readable for its length, `val` is writable.
 */
bool mg_to_size_t(struct mg_str s, size_t *val);

/*
 Whether `pattern` matches all of `s`. `?` is one byte, `*` any bytes but `/`, `#` any bytes.

 `caps`, when not NULL, has one entry per wildcard of the pattern plus one: each receives the part of `s` that its
 wildcard matched (as short as possible, leftmost first), and the last gets length 0.

 # Safety
 `s` and `pattern` are readable for their lengths; `caps` is NULL or large enough.
 */
bool mg_match(struct mg_str s, struct mg_str pattern, struct mg_str *caps);

/*
 Constant-time comparison of `len` bytes. True when all are equal, and for length 0.

 # Safety
 Both are readable for `len` bytes.
 */
bool mg_memeq(const void *a, const void *b, size_t len);

/*
 Appends formatted text to `c->send`. Returns the number of bytes, 0 after MG_EV_ERROR "OOM" when memory runs out.
 */
extern size_t mg_printf(struct mg_connection *c, const char *fmt, ...);

/*
 Fails a connection: logs the formatted text, sets `is_closing`, fires MG_EV_ERROR with it.
 */
extern void mg_error(struct mg_connection *c, const char *fmt, ...);

/*
 Queues an HTTP reply: status line, `headers` (NULL, or lines that end in CRLF), Content-Length, formatted body.
 Clears `is_resp`.
 */
extern void mg_http_reply(struct mg_connection *c, int status, const char *headers, const char *body_fmt, ...);

/*
 Appends formatted text as one chunk of a chunked body; no text is the last chunk and clears `is_resp`.
 */
extern void mg_http_printf_chunk(struct mg_connection *c, const char *fmt, ...);

/*
 Formats into `buf` of `len` bytes, NUL-terminated when `len` is positive. Returns the length of the whole text.
 */
extern size_t mg_snprintf(char *buf, size_t len, const char *fmt, ...);

/*
 Formats into memory from `mg_calloc`; free it with `mg_free`. NULL when memory runs out.
 */
extern char *mg_mprintf(const char *fmt, ...);

/*
 Sets functions that `mg_mgr_poll` calls around its kernel wait: `before` right before the thread may sleep, `after`
 right after. A binding that holds a lock while handlers run gives it away there. NULL turns them off.
 */
void mg_x_set_wait_hooks(struct mg_mgr *mgr, void (*before)(void *arg), void (*after)(void *arg), void *arg);

/*
 Ends the wait of a poll, from any thread. Returns false unless `mg_wakeup_init` was called.
 */
bool mg_x_wake(struct mg_mgr *mgr);

/*
 The pointer that a binding attached to a connection, NULL for none.
 */
void *mg_x_get_wrapper(struct mg_connection *c);

/*
 Attaches a pointer to a connection. The library never follows it.
 */
void mg_x_set_wrapper(struct mg_connection *c, void *wrapper);

/*
 Queues a whole HTTP reply without formatting: status line, `headers` (each line ends in CRLF), Content-Length, body.
 Clears `is_resp`. Returns false after MG_EV_ERROR "OOM" when memory runs out.
 */
bool mg_x_reply(struct mg_connection *c,
                int status,
                const char *headers,
                size_t headers_len,
                const void *body,
                size_t body_len);

/*
 Whether the connection is the library's own (wake-up).
 */
bool mg_x_is_internal(struct mg_connection *c);

/*
 All bit-fields of a connection as one number: `dscp` is bits 0–5, `is_listening` bit 6, and so on in their order.
 */
unsigned int mg_x_flags(struct mg_connection *c);

/*
 Clears the bits of `clear`, then sets those of `set`; the numbering is that of `mg_x_flags`.
 */
void mg_x_set_flags(struct mg_connection *c, unsigned int set, unsigned int clear);

/*
 Closes a connection at once, or at the end of its turn when a poll of its manager is under way.
 Unsent data is dropped. Returns true when it is closed and the pointer is dead.
 */
bool mg_x_close_now(struct mg_connection *c);

/*
 The connection with this id, NULL when there is none.
 */
struct mg_connection *mg_x_find(struct mg_mgr *mgr, uint64_t id);

/*
 Earliest deadline of the manager's timers in milliseconds of `mg_millis`, as far as the last poll knows; 0 for none.
 */
uint64_t mg_x_next_deadline(struct mg_mgr *mgr);

#ifdef __cplusplus
}  // extern "C"
#endif  /* __cplusplus */

#endif  /* VANSIRE_H */
