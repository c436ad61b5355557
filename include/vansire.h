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

struct mg_str;
struct MG_UECC_HashContext;
struct mg_dns;
struct mg_timer;
struct mg_mgr;
struct mg_addr;
struct mg_iobuf;
struct mg_connection;
struct mg_field;
struct mg_dash_custom_handler;
struct mg_fs;
struct mg_dash;
struct mg_dash_user;
struct mg_field_set;
struct mg_dns_message;
struct mg_dns_rr;
struct mg_fd;
struct mg_md5_ctx;
struct mg_sha1_ctx;
struct mg_sha256_ctx;
struct mg_sha384_ctx;
struct mg_http_header;
struct mg_http_message;
struct mg_http_serve_opts;
struct mg_http_part;
struct mg_jwt_opts;
struct mg_mqtt_prop;
struct mg_mqtt_opts;
struct mg_mqtt_message;
struct mg_wifi_data;
struct mg_queue;
struct mg_rpc_req;
struct mg_rpc;
struct mg_tls_opts;
struct mg_x_limits;
struct mg_mem_file;
struct mg_x_settings_t;
struct mg_profitem;
struct mg_dns_header;
struct mg_dnssd_record;
struct mg_mdns_req;
struct mg_mdns_resp;
struct mg_modbus_req;
struct mg_wifi_scan_bss_data;
struct mg_x_ota_t;
struct mg_ws_message;

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
 Bytes of X25519 scalars and coordinates.
 */
#define X25519_BYTES 32

/*
 Bytes of a ChaCha20-Poly1305 tag.
 */
#define RFC_8439_TAG_SIZE 16

/*
 Bytes of a ChaCha20-Poly1305 key.
 */
#define RFC_8439_KEY_SIZE 32

/*
 Bytes of a ChaCha20-Poly1305 nonce.
 */
#define RFC_8439_NONCE_SIZE 12

/*
 Room for the name of a user, its NUL included.
 */
#define MG_DASH_MAX_USER_NAME 32

/*
 Record types.
 IPv4 address.
 */
#define MG_DNS_RTYPE_A 1

/*
 Pointer to another name.
 */
#define MG_DNS_RTYPE_PTR 12

/*
 Texts.
 */
#define MG_DNS_RTYPE_TXT 16

/*
 IPv6 address.
 */
#define MG_DNS_RTYPE_AAAA 28

/*
 Host and port of a service.
 */
#define MG_DNS_RTYPE_SRV 33

/*
 Readable.
 */
#define MG_FS_READ 1

/*
 Writable.
 */
#define MG_FS_WRITE 2

/*
 A directory.
 */
#define MG_FS_DIR 4

/*
 Open: create, fail when the file exists.
 */
#define MG_FS_EXCL 8

/*
 Errors of `mg_json_get`.
 More than 30 objects and arrays are open.
 */
#define MG_JSON_TOO_DEEP -1

/*
 Not JSON, or the path does not start with `$`.
 */
#define MG_JSON_INVALID -2

/*
 Nothing at this path.
 */
#define MG_JSON_NOT_FOUND -3

/*
 Function codes, `mg_modbus_req.func`.
 Read coils.
 */
#define MG_MODBUS_FUNC_READ_COILS 1

/*
 Read discrete inputs.
 */
#define MG_MODBUS_FUNC_READ_DISCRETE_INPUTS 2

/*
 Read holding registers.
 */
#define MG_MODBUS_FUNC_READ_HOLDING_REGISTERS 3

/*
 Read input registers.
 */
#define MG_MODBUS_FUNC_READ_INPUT_REGISTERS 4

/*
 Write one coil.
 */
#define MG_MODBUS_FUNC_WRITE_SINGLE_COIL 5

/*
 Write one register.
 */
#define MG_MODBUS_FUNC_WRITE_SINGLE_REGISTER 6

/*
 Write several coils.
 */
#define MG_MODBUS_FUNC_WRITE_MULTIPLE_COILS 15

/*
 Write several registers.
 */
#define MG_MODBUS_FUNC_WRITE_MULTIPLE_REGISTERS 16

/*
 Exception codes, `mg_modbus_req.error`.
 No error.
 */
#define MG_MODBUS_ERR_NONE 0

/*
 The function code is not served.
 */
#define MG_MODBUS_ERR_ILLEGAL_FUNCTION 1

/*
 The addresses do not exist.
 */
#define MG_MODBUS_ERR_ILLEGAL_ADDRESS 2

/*
 A quantity or value is not allowed.
 */
#define MG_MODBUS_ERR_ILLEGAL_VALUE 3

/*
 The device failed.
 */
#define MG_MODBUS_ERR_DEVICE_FAILURE 4

/*
 Packet types, `mg_mqtt_message.cmd`.
 Client requests a connection.
 */
#define MQTT_CMD_CONNECT 1

/*
 Connection acknowledged.
 */
#define MQTT_CMD_CONNACK 2

/*
 A message.
 */
#define MQTT_CMD_PUBLISH 3

/*
 QoS 1 acknowledged.
 */
#define MQTT_CMD_PUBACK 4

/*
 QoS 2 received.
 */
#define MQTT_CMD_PUBREC 5

/*
 QoS 2 released.
 */
#define MQTT_CMD_PUBREL 6

/*
 QoS 2 complete.
 */
#define MQTT_CMD_PUBCOMP 7

/*
 Subscribe request.
 */
#define MQTT_CMD_SUBSCRIBE 8

/*
 Subscribe acknowledged.
 */
#define MQTT_CMD_SUBACK 9

/*
 Unsubscribe request.
 */
#define MQTT_CMD_UNSUBSCRIBE 10

/*
 Unsubscribe acknowledged.
 */
#define MQTT_CMD_UNSUBACK 11

/*
 Ping.
 */
#define MQTT_CMD_PINGREQ 12

/*
 Ping answered.
 */
#define MQTT_CMD_PINGRESP 13

/*
 Goodbye.
 */
#define MQTT_CMD_DISCONNECT 14

/*
 Authentication exchange, MQTT 5.
 */
#define MQTT_CMD_AUTH 15

/*
 Property ids, `mg_mqtt_prop.id`.
 Byte: 1 when the payload is UTF-8 text.
 */
#define MQTT_PROP_PAYLOAD_FORMAT_INDICATOR 1

/*
 Four bytes: seconds.
 */
#define MQTT_PROP_MESSAGE_EXPIRY_INTERVAL 2

/*
 Text.
 */
#define MQTT_PROP_CONTENT_TYPE 3

/*
 Text.
 */
#define MQTT_PROP_RESPONSE_TOPIC 8

/*
 Binary data.
 */
#define MQTT_PROP_CORRELATION_DATA 9

/*
 Variable byte integer.
 */
#define MQTT_PROP_SUBSCRIPTION_IDENTIFIER 11

/*
 Four bytes: seconds.
 */
#define MQTT_PROP_SESSION_EXPIRY_INTERVAL 17

/*
 Text.
 */
#define MQTT_PROP_ASSIGNED_CLIENT_IDENTIFIER 18

/*
 Two bytes: seconds.
 */
#define MQTT_PROP_SERVER_KEEP_ALIVE 19

/*
 Text.
 */
#define MQTT_PROP_AUTHENTICATION_METHOD 21

/*
 Binary data.
 */
#define MQTT_PROP_AUTHENTICATION_DATA 22

/*
 Byte.
 */
#define MQTT_PROP_REQUEST_PROBLEM_INFORMATION 23

/*
 Four bytes: seconds.
 */
#define MQTT_PROP_WILL_DELAY_INTERVAL 24

/*
 Byte.
 */
#define MQTT_PROP_REQUEST_RESPONSE_INFORMATION 25

/*
 Text.
 */
#define MQTT_PROP_RESPONSE_INFORMATION 26

/*
 Text.
 */
#define MQTT_PROP_SERVER_REFERENCE 28

/*
 Text.
 */
#define MQTT_PROP_REASON_STRING 31

/*
 Two bytes.
 */
#define MQTT_PROP_RECEIVE_MAXIMUM 33

/*
 Two bytes.
 */
#define MQTT_PROP_TOPIC_ALIAS_MAXIMUM 34

/*
 Two bytes.
 */
#define MQTT_PROP_TOPIC_ALIAS 35

/*
 Byte.
 */
#define MQTT_PROP_MAXIMUM_QOS 36

/*
 Byte.
 */
#define MQTT_PROP_RETAIN_AVAILABLE 37

/*
 Pair of texts.
 */
#define MQTT_PROP_USER_PROPERTY 38

/*
 Four bytes.
 */
#define MQTT_PROP_MAXIMUM_PACKET_SIZE 39

/*
 Byte.
 */
#define MQTT_PROP_WILDCARD_SUBSCRIPTION_AVAILABLE 40

/*
 Byte.
 */
#define MQTT_PROP_SUBSCRIPTION_IDENTIFIER_AVAILABLE 41

/*
 Byte.
 */
#define MQTT_PROP_SHARED_SUBSCRIPTION_AVAILABLE 42

/*
 Kinds of property values.
 One byte, in `iv`.
 */
#define MQTT_PROP_TYPE_BYTE 0

/*
 Text, in `val`.
 */
#define MQTT_PROP_TYPE_STRING 1

/*
 Two texts, in `key` and `val`.
 */
#define MQTT_PROP_TYPE_STRING_PAIR 2

/*
 Binary data, in `val`.
 */
#define MQTT_PROP_TYPE_BINARY_DATA 3

/*
 Variable byte integer, in `iv`.
 */
#define MQTT_PROP_TYPE_VARIABLE_INT 4

/*
 Four bytes, in `iv`.
 */
#define MQTT_PROP_TYPE_INT 5

/*
 Two bytes, in `iv`.
 */
#define MQTT_PROP_TYPE_SHORT 6

/*
 Results of `mg_mqtt_parse`.
 A whole packet was read.
 */
#define MQTT_OK 0

/*
 The packet goes on behind the end of the buffer.
 */
#define MQTT_INCOMPLETE 1

/*
 The packet contradicts itself.
 */
#define MQTT_MALFORMED 2

/*
 No TLS.
 */
#define MG_TLS_NONE 0

/*
 mbedTLS. Known by number only.
 */
#define MG_TLS_MBED 1

/*
 OpenSSL. Known by number only.
 */
#define MG_TLS_OPENSSL 2

/*
 The original's own TLS. Known by number only.
 */
#define MG_TLS_BUILTIN 3

/*
 A back-end of the program's choice.
 */
#define MG_TLS_CUSTOM 4

/*
 wolfSSL. Known by number only.
 */
#define MG_TLS_WOLFSSL 5

/*
 A further fragment.
 */
#define WEBSOCKET_OP_CONTINUE 0

/*
 Text.
 */
#define WEBSOCKET_OP_TEXT 1

/*
 Bytes.
 */
#define WEBSOCKET_OP_BINARY 2

/*
 Closes.
 */
#define WEBSOCKET_OP_CLOSE 8

/*
 Asks for a pong.
 */
#define WEBSOCKET_OP_PING 9

/*
 Answers a ping.
 */
#define WEBSOCKET_OP_PONG 10

/*
 What a variable is.
 */
enum mg_val_type {
  /*
   `int`.
   */
  MG_VAL_INT,
  /*
   `uint64_t`.
   */
  MG_VAL_UINT64,
  /*
   `bool`.
   */
  MG_VAL_BOOL,
  /*
   `double`.
   */
  MG_VAL_DBL,
  /*
   Text, NUL-terminated, in a buffer of `value_size` bytes.
   */
  MG_VAL_STR,
  /*
   JSON, NUL-terminated, in a buffer of `value_size` bytes.
   */
  MG_VAL_RAW
};

/*
 What a set is asked for.
 */
enum mg_dash_op {
  /*
   Bring the variables up to date. False hides the set.
   */
  MG_DASH_READ,
  /*
   Before variables change: whether they may. Afterwards: put them into effect.
   */
  MG_DASH_WRITE,
  /*
   Remove element `*index`.
   */
  MG_DASH_DELETE,
  /*
   Append an element made of the variables.
   */
  MG_DASH_ADD
};

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
  MG_EV_USER
};

/*
 An elliptic curve, see `mg_uecc_secp256r1`.
 */
struct MG_UECC_Curve_t;

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
 Handle of an elliptic curve.
 */
typedef const struct MG_UECC_Curve_t *MG_UECC_Curve;

/*
 A source of random bytes: fills `size` bytes at `dest`, returns 1, or 0 on failure.
 */
typedef int (*MG_UECC_RNG_Function)(uint8_t *dest, unsigned int size);

/*
 A hash function for `mg_uecc_sign_deterministic`.
 */
struct MG_UECC_HashContext {
  /*
   Starts a hash.
   */
  void (*init_hash)(const struct MG_UECC_HashContext *context);
  /*
   Adds a message.
   */
  void (*update_hash)(const struct MG_UECC_HashContext *context, const uint8_t *message, unsigned int size);
  /*
   Writes the digest.
   */
  void (*finish_hash)(const struct MG_UECC_HashContext *context, uint8_t *result);
  /*
   Bytes of a block.
   */
  unsigned int block_size;
  /*
   Bytes of a digest.
   */
  unsigned int result_size;
  /*
   Working memory: twice the digest and a block.
   */
  uint8_t *tmp;
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
 A variable. Arrays of them end with an entry whose `name` is NULL.
 */
struct mg_field {
  /*
   Name in JSON.
   */
  const char *name;
  /*
   What `value` points to.
   */
  enum mg_val_type type;
  /*
   The variable.
   */
  void *value;
  /*
   Its size in bytes; 0 makes it read-only.
   */
  size_t value_size;
};

/*
 Serves URIs that the dashboard does not know.
 */
struct mg_dash_custom_handler {
  /*
   Next handler.
   */
  struct mg_dash_custom_handler *next;
  /*
   Pattern of URIs, see `mg_match`.
   */
  struct mg_str uri_pattern;
  /*
   Called with MG_EV_HTTP_MSG.
   */
  mg_event_handler_t handler;
  /*
   Free for the program.
   */
  void *handler_data;
};

/*
 A file system: its functions. Programs may define their own.
 */
struct mg_fs {
  /*
   What `path` is: `MG_FS_*` flags, 0 when there is nothing. `size` and `mtime` may be NULL.
   */
  int (*st)(const char *path, size_t *size, time_t *mtime);
  /*
   Calls `fn(name, arg)` for each entry of a directory.
   */
  void (*ls)(const char *path, void (*fn)(const char *name, void *arg), void *arg);
  /*
   Opens a file; NULL when that fails.
   */
  void *(*op)(const char *path, int flags);
  /*
   Closes a file.
   */
  void (*cl)(void *fd);
  /*
   Reads up to `len` bytes; the number read, 0 at the end.
   */
  size_t (*rd)(void *fd, void *buf, size_t len);
  /*
   Writes; the number of bytes written.
   */
  size_t (*wr)(void *fd, const void *buf, size_t len);
  /*
   Seeks from the start; the new position.
   */
  size_t (*sk)(void *fd, size_t offset);
  /*
   Renames.
   */
  bool (*mv)(const char *from, const char *to);
  /*
   Deletes.
   */
  bool (*rm)(const char *path);
  /*
   Creates a directory.
   */
  bool (*mkd)(const char *path);
};

/*
 A dashboard: `mg_http_listen(mgr, url, mg_dash_ev_handler, &dash)`.
 */
struct mg_dash {
  /*
   Sets, last added first. See MG_DASH_ADD_FIELD_SET.
   */
  struct mg_field_set *sets;
  /*
   Handlers for other URIs. See MG_DASH_REGISTER_CUSTOM_HANDLER.
   */
  struct mg_dash_custom_handler *custom_handlers;
  /*
   Checks a password, may rewrite `user`. Returns the level, 0 or less to refuse. NULL lets everybody in.
   */
  int (*authenticate)(char *user, size_t userlen, const char *pass);
  /*
   Life of a session without requests in seconds, 0 for an hour.
   */
  int session_auto_expiration_seconds;
  /*
   The user everybody is when there is no `authenticate`; set by the library.
   */
  struct mg_dash_user *guest;
  /*
   Where `get_dir` sets keep their files; NULL is `mg_fs_posix`.
   */
  struct mg_fs *upload_fs;
};

/*
 Somebody who has logged in.
 */
struct mg_dash_user {
  /*
   Next user.
   */
  struct mg_dash_user *next;
  /*
   Name.
   */
  char name[MG_DASH_MAX_USER_NAME];
  /*
   Session token.
   */
  char token[21];
  /*
   Level that `authenticate` returned.
   */
  int level;
  /*
   End of the session, milliseconds of `mg_millis`.
   */
  uint64_t expire;
  /*
   Dashboard.
   */
  struct mg_dash *dash;
};

/*
 Serves a set; see `mg_dash_op`. Returns false to refuse.
 */
typedef bool (*mg_dash_fn_t)(enum mg_dash_op op, struct mg_dash_user *user);

/*
 A set of variables; with `index`, an array of such sets; with `get_dir`, the files of a directory.
 */
struct mg_field_set {
  /*
   Name in JSON and in URIs.
   */
  const char *name;
  /*
   Variables.
   */
  struct mg_field *fields;
  /*
   Serves the set. NULL allows everything.
   */
  mg_dash_fn_t fn;
  /*
   Array: element that `fn` shall load, change or delete. -1 asks for the number of elements.
   */
  int *index;
  /*
   Files: writes the directory into `buf`. Returns false when there is none.
   */
  bool (*get_dir)(const struct mg_dash_user *user, char *buf, size_t len);
  /*
   Next set.
   */
  struct mg_field_set *next;
};

/*
 What `mg_dns_parse` finds.
 */
struct mg_dns_message {
  /*
   Id of the transaction.
   */
  uint16_t txnid;
  /*
   `addr` holds an address.
   */
  bool resolved;
  /*
   First address among the answers; the port is 0.
   */
  struct mg_addr addr;
  /*
   Name that the address belongs to, else the name asked for.
   */
  char name[256];
};

/*
 Shape of a question or record, host byte order.
 */
struct mg_dns_rr {
  /*
   Bytes of the name at this place.
   */
  uint16_t nlen;
  /*
   Type.
   */
  uint16_t atype;
  /*
   Class.
   */
  uint16_t aclass;
  /*
   Bytes of the data, 0 in a question.
   */
  uint16_t alen;
};

/*
 An open file.
 */
struct mg_fd {
  /*
   Handle of the file system.
   */
  void *fd;
  /*
   Its file system.
   */
  struct mg_fs *fs;
};

/*
 MD5 under way.
 */
struct mg_md5_ctx {
  /*
   State.
   */
  uint32_t buf[4];
  /*
   Bits so far, low word first.
   */
  uint32_t bits[2];
  /*
   Partial block.
   */
  uint8_t in[64];
};

/*
 SHA-1 under way.
 */
struct mg_sha1_ctx {
  /*
   State.
   */
  uint32_t state[5];
  /*
   Bits so far, low word first.
   */
  uint32_t count[2];
  /*
   Partial block.
   */
  uint8_t buffer[64];
};

/*
 SHA-256 under way.
 */
struct mg_sha256_ctx {
  /*
   State.
   */
  uint32_t state[8];
  /*
   Bits so far.
   */
  uint64_t bits;
  /*
   Bytes in `buffer`.
   */
  uint32_t len;
  /*
   Partial block.
   */
  uint8_t buffer[64];
};

/*
 SHA-384 under way.
 */
struct mg_sha384_ctx {
  /*
   State.
   */
  uint64_t state[8];
  /*
   Partial block.
   */
  uint8_t buffer[128];
  /*
   Bits so far, low word first.
   */
  uint64_t bitlen[2];
  /*
   Bytes in `buffer`.
   */
  uint32_t datalen;
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
 How `mg_http_serve_dir` and `mg_http_serve_file` answer. Members other than `root_dir` may be NULL.
 */
struct mg_http_serve_opts {
  /*
   Directory, or a comma-separated list of `dir` and `/prefix=dir`; the last entry that fits the URI counts.
   */
  const char *root_dir;
  /*
   Pattern (`mg_match`) of files with server-side includes, e.g. `#.shtml`.
   */
  const char *ssi_pattern;
  /*
   Header lines to add, each ending in CRLF.
   */
  const char *extra_headers;
  /*
   Content types by extension, `ext=type,ext=type`; the extension `*` fits every file.
   */
  const char *mime_types;
  /*
   File to serve, with status 200, in place of one that does not exist.
   */
  const char *page404;
  /*
   File system; NULL is `mg_fs_posix`.
   */
  struct mg_fs *fs;
};

/*
 A part of a multipart body: slices of the body.
 */
struct mg_http_part {
  /*
   Name of the form field.
   */
  struct mg_str name;
  /*
   Name of the file, NULL without one.
   */
  struct mg_str filename;
  /*
   Content.
   */
  struct mg_str body;
};

/*
 What to sign, and with what.
 */
struct mg_jwt_opts {
  /*
   Payload, a JSON object.
   */
  struct mg_str claims;
  /*
   Further members of the header, without braces; may be empty.
   */
  struct mg_str header;
  /*
   Key id; may be empty.
   */
  struct mg_str kid;
  /*
   HS256: the shared secret.
   */
  struct mg_str secret;
  /*
   ES256, to sign: 32 bytes.
   */
  const uint8_t *private_key;
  /*
   ES256, to verify: 64 bytes, X and Y.
   */
  const uint8_t *public_key;
};

/*
 Receives formatted output, one call per byte.
 */
typedef void (*mg_pfn_t)(char ch, void *arg);

/*
 An MQTT 5 property.
 */
struct mg_mqtt_prop {
  /*
   `MQTT_PROP_*`.
   */
  uint8_t id;
  /*
   Value of byte, short, int and variable int properties.
   */
  uint32_t iv;
  /*
   Name of a user property.
   */
  struct mg_str key;
  /*
   Value of text, binary and user properties.
   */
  struct mg_str val;
};

/*
 Options of `mg_mqtt_connect`, `_login`, `_pub`, `_sub`, `_unsub` and `_disconnect`. Each reads only the fields that
 it is documented to read; the others may be uninitialised.
 */
struct mg_mqtt_opts {
  /*
   Login: user name, empty for none.
   */
  struct mg_str user;
  /*
   Login: password, empty for none.
   */
  struct mg_str pass;
  /*
   Login: client id; empty for a random one.
   */
  struct mg_str client_id;
  /*
   Topic of a publication, a subscription or, in login, of the last will.
   */
  struct mg_str topic;
  /*
   Payload of a publication or of the last will.
   */
  struct mg_str message;
  /*
   QoS of a publication, a subscription or the last will, 0 to 2.
   */
  uint8_t qos;
  /*
   Login: protocol level, 4 or 5; 0 means 4.
   */
  uint8_t version;
  /*
   Login: keep-alive interval in seconds.
   */
  uint16_t keepalive;
  /*
   Publication: id of an earlier attempt to send again, else 0.
   */
  uint16_t retransmit_id;
  /*
   Retain flag of a publication or the last will. The library reads it as a byte: callers leave fields uninitialised.
   */
  bool retain;
  /*
   Login: clean session. The library reads it as a byte.
   */
  bool clean;
  /*
   MQTT 5 properties.
   */
  struct mg_mqtt_prop *props;
  /*
   Number of `props`.
   */
  size_t num_props;
  /*
   Login, MQTT 5: properties of the last will.
   */
  struct mg_mqtt_prop *will_props;
  /*
   Number of `will_props`.
   */
  size_t num_will_props;
};

/*
 A received packet. Valid during the event; the slices point into the receive buffer.
 */
struct mg_mqtt_message {
  /*
   PUBLISH: topic.
   */
  struct mg_str topic;
  /*
   PUBLISH: payload.
   */
  struct mg_str data;
  /*
   The whole packet.
   */
  struct mg_str dgram;
  /*
   Packet id of PUBLISH above QoS 0, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK.
   */
  uint16_t id;
  /*
   Packet type, `MQTT_CMD_*`.
   */
  uint8_t cmd;
  /*
   QoS bits of the first byte.
   */
  uint8_t qos;
  /*
   CONNACK: return code, 0 for success.
   */
  uint8_t ack;
  /*
   PUBLISH, MQTT 5: offset of the properties in `dgram`.
   */
  size_t props_start;
  /*
   PUBLISH, MQTT 5: bytes of properties.
   */
  size_t props_size;
};

/*
 Wi-Fi settings.
 */
struct mg_wifi_data {
  /*
   Network to join.
   */
  char *ssid;
  /*
   Its password.
   */
  char *pass;
  /*
   Name of the own access point.
   */
  char *apssid;
  /*
   Its password.
   */
  char *appass;
  /*
   Address of the access point, network byte order.
   */
  uint32_t apip;
  /*
   Its mask, network byte order.
   */
  uint32_t apmask;
  /*
   `MG_WIFI_SECURITY_*` of the network.
   */
  uint8_t security;
  /*
   `MG_WIFI_SECURITY_*` of the access point.
   */
  uint8_t apsecurity;
  /*
   Channel of the access point.
   */
  uint8_t apchannel;
  /*
   Be an access point.
   */
  bool apmode;
};

/*
 Queue of messages between one thread that writes and one that reads, without locks. Memory belongs to the caller.

 A message is a 32-bit length and its bytes; a length of 0 says that the next message is at the start.
 */
struct mg_queue {
  /*
   Memory.
   */
  char *buf;
  /*
   Its size in bytes.
   */
  size_t size;
  /*
   Offset of the oldest message; the reader's.
   */
  volatile size_t tail;
  /*
   Offset behind the newest message; the writer's.
   */
  volatile size_t head;
};

/*
 A frame to process and where its answer goes.
 */
struct mg_rpc_req {
  /*
   Registry.
   */
  struct mg_rpc **head;
  /*
   Entry that serves the frame, set by `mg_rpc_process`.
   */
  struct mg_rpc *rpc;
  /*
   Receives the answer, one call per byte.
   */
  mg_pfn_t pfn;
  /*
   Argument of `pfn`.
   */
  void *pfn_data;
  /*
   Free for the user.
   */
  void *req_data;
  /*
   The frame, JSON.
   */
  struct mg_str frame;
};

/*
 Serves a method.
 */
typedef void (*mg_rpc_handler_t)(struct mg_rpc_req *r);

/*
 Entry of a registry, made by `mg_rpc_add`.
 */
struct mg_rpc {
  /*
   Next (older) entry.
   */
  struct mg_rpc *next;
  /*
   Pattern that methods are matched against, see `mg_match`. Empty: responses.
   */
  struct mg_str method;
  /*
   Serves the method.
   */
  mg_rpc_handler_t fn;
  /*
   Free for the handler.
   */
  void *fn_data;
};

/*
 What a TLS connection needs to know. See `mg_tls_init`.

 All fields are contents, PEM text or DER, never file names; they are borrowed for the call only. A field is absent
 when `buf` is NULL, `len` is 0 or its first byte is 0.
 */
struct mg_tls_opts {
  /*
   Trust anchors, one or more certificates. Client: absent or `*` means that the server's chain is not verified.
   Server: present means that a client certificate is required.
   */
  struct mg_str ca;
  /*
   Own certificate, leaf first, then intermediates. A server needs one.
   */
  struct mg_str cert;
  /*
   Private key of `cert`: PKCS#8, PKCS#1 or SEC1, not encrypted. May be the same text as `cert`.
   */
  struct mg_str key;
  /*
   Client: host name to send (SNI) and to find in the certificate, or an IP address to find there. Empty: neither.
   */
  struct mg_str name;
  /*
   Client: check neither chain nor name nor dates. Ignored by servers.
   */
  bool skip_verification;
};

/*
 What a listener and each of its connections may use. In every field 0 is no limit, but for `max_recv_size`.
 */
struct mg_x_limits {
  /*
   Most bytes in a receive buffer, and so of a message; 0 is `MG_MAX_RECV_SIZE`.
   */
  size_t max_recv_size;
  /*
   Most accepted connections open at a time; more wait in the system's queue.
   */
  uint32_t max_connections;
  /*
   HTTP: milliseconds from the first byte of a request to its last; then 408 and the end.
   */
  uint32_t request_ms;
  /*
   HTTP: milliseconds without a byte between requests, or with a response that the peer does not take.
   */
  uint32_t keepalive_ms;
  /*
   Any connection: milliseconds without a byte received or sent.
   */
  uint32_t idle_ms;
  /*
   HTTP: say 400, 413 or 501 to a request that cannot be served, instead of closing without a word, and close after
   the response to a request of version 1.0 that does not ask for `keep-alive`.
   */
  bool strict_http;
};

/*
 A file packed into the program. Arrays of them end with an entry whose `path` is NULL.
 */
struct mg_mem_file {
  /*
   Whole path, starting with `/`.
   */
  const char *path;
  /*
   Content, a NUL behind it.
   */
  const uint8_t *data;
  /*
   Its length, NUL not counted.
   */
  size_t size;
  /*
   Time of the last change.
   */
  time_t mtime;
};

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
  /*
   `MG_IPV6_V6ONLY`, 0 or 1.
   */
  size_t ipv6_v6only;
  /*
   `MG_ENABLE_PROFILE`, 0 or 1.
   */
  size_t profile;
  /*
   Server-side includes, 0 or 1: 1 unless the program defines `MG_ENABLE_SSI` as 0.
   */
  size_t ssi;
  /*
   `MG_MAX_SSI_DEPTH`.
   */
  size_t max_ssi_depth;
  /*
   `MG_SSI_BUFSIZ` in bytes.
   */
  size_t ssi_bufsiz;
  /*
   `MG_ENABLE_DIRLIST`, 0 or 1.
   */
  size_t dirlist;
  /*
   `MG_HTTP_INDEX`, NUL-terminated.
   */
  const char *http_index;
  /*
   `MG_HTTP_DIRLIST_TIME_FMT`, a format of `strftime`; NULL: seconds since 1970.
   */
  const char *dirlist_time_fmt;
};

/*
 A profiling record of `mg_connection.prof`.
 */
struct mg_profitem {
  /*
   What happened; not owned.
   */
  const char *name;
  /*
   When, milliseconds since the first record; that one holds `mg_millis`, low 32 bits.
   */
  uint32_t timestamp;
};

/*
 Header of a DNS message, network byte order.
 */
struct mg_dns_header {
  /*
   Id of the transaction.
   */
  uint16_t txnid;
  /*
   Flags.
   */
  uint16_t flags;
  /*
   Number of questions.
   */
  uint16_t num_questions;
  /*
   Number of answers.
   */
  uint16_t num_answers;
  /*
   Number of authority records.
   */
  uint16_t num_authority_prs;
  /*
   Number of additional records.
   */
  uint16_t num_other_prs;
};

/*
 A service for DNS-SD.
 */
struct mg_dnssd_record {
  /*
   Service and protocol such as `_http._tcp`.
   */
  struct mg_str srvcproto;
  /*
   Data of the TXT record: strings with a length byte each.
   */
  struct mg_str txt;
  /*
   Port, host byte order.
   */
  uint16_t port;
};

/*
 Somebody asks, for MG_EV_MDNS_REQ. To answer, set `is_resp` and, for services, `r`.
 */
struct mg_mdns_req {
  /*
   The question.
   */
  struct mg_dns_rr *rr;
  /*
   Service to answer with, set by the handler.
   */
  struct mg_dnssd_record *r;
  /*
   What is asked for, without `.local`.
   */
  struct mg_str reqname;
  /*
   Host name to answer with instead of our own, set by the handler.
   */
  struct mg_str respname;
  /*
   Address to answer with instead of our own, set by the handler.
   */
  struct mg_addr *addr;
  /*
   All services are asked for.
   */
  bool is_listing;
  /*
   There is an answer.
   */
  bool is_resp;
  /*
   The answer goes to the sender only.
   */
  bool is_unicast;
};

/*
 Somebody answers, for MG_EV_MDNS_RESP.
 */
struct mg_mdns_resp {
  /*
   First record of the answer.
   */
  struct mg_dns_rr *rr;
  /*
   Host or instance name.
   */
  struct mg_str name;
  /*
   Address and port, as far as the answer has them; network byte order.
   */
  struct mg_addr addr;
  /*
   Service, as far as the answer has it.
   */
  struct mg_dnssd_record sd;
};

/*
 The bits or registers of a request.
 */
union mg_modbus_values {
  /*
   Coils and discrete inputs: functions 1, 2, 5 and 15.
   */
  bool *bits;
  /*
   Registers in host order: functions 3, 4, 6 and 16.
   */
  uint16_t *regs;
};

/*
 A request, for MG_EV_MODBUS_REQ. A handler fills (read) or takes (write) the values, or sets `error`; the answer is
 sent when it returns. Valid during the event.
 */
struct mg_modbus_req {
  /*
   Function code.
   */
  uint8_t func;
  /*
   Exception code to answer with, 0 for none.
   */
  uint8_t error;
  /*
   First address.
   */
  uint16_t addr;
  /*
   Values, `len` of them.
   */
  union mg_modbus_values u;
  /*
   Number of values.
   */
  uint16_t len;
};

/*
 A network found by a scan.
 */
struct mg_wifi_scan_bss_data {
  /*
   Name.
   */
  struct mg_str SSID;
  /*
   Address of its station.
   */
  char *BSSID;
  /*
   Signal strength.
   */
  int16_t RSSI;
  /*
   `MG_WIFI_SECURITY_*`.
   */
  uint8_t security;
  /*
   Channel.
   */
  uint8_t channel;
  /*
   Bit-fields in C: `band` of two bits (`MG_WIFI_BAND_*`), `has_n`, `has_ac`, `has_ax`.
   */
  unsigned band : 2;
  unsigned has_n : 1;
  unsigned has_ac : 1;
  unsigned has_ax : 1;
};

/*
 Settings of a program for the firmware update: values of its `MG_OTA_*` macros.
 */
struct mg_x_ota_t {
  /*
   `MG_OTA_URL`: where to ask, NULL = never.
   */
  const char *url;
  /*
   `MG_OTA_TLS_CA`: trusted certificates, PEM.
   */
  const char *tls_ca;
  /*
   `MG_OTA_STATUS_FN`: told how a check went.
   */
  void (*status_fn)(const char *err);
  /*
   `MG_OTA_FIRMWARE_VERSION`: what runs now.
   */
  const char *version;
  /*
   `MG_OTA_MAX_VERSION_LEN`: room for a version, NUL included.
   */
  size_t max_version_len;
  /*
   `MG_OTA_PULL_INTERVAL_SECONDS`.
   */
  size_t interval;
  /*
   `MG_OTA`: the kind of device.
   */
  int arch;
  /*
   `MG_OTA_STATE_GET()`: `MG_OTA_CONFIRMED` and so on.
   */
  int state;
  /*
   `mg_ota_poll`, for each poll.
   */
  void (*poll)(struct mg_mgr *mgr);
};

/*
 Printer for `%M` and `%m`: takes its own arguments from `ap`, prints through `out`, returns the bytes printed.
 */
typedef size_t (*mg_pm_t)(mg_pfn_t out, void *arg, va_list *ap);

/*
 A message or a control frame. `data` dies when the handler returns.
 */
struct mg_ws_message {
  /*
   Payload, unmasked.
   */
  struct mg_str data;
  /*
   First byte of the frame, or of the first frame of a fragmented message: FIN and opcode.
   */
  uint8_t flags;
};

#ifdef __cplusplus
extern "C" {
#endif /* __cplusplus */

/*
 The base point of X25519. Programs call it `X25519_BASE_POINT`.
 */
extern const uint8_t mg_x_x25519_base_point[X25519_BYTES];

/*
 Files of the operating system.
 */
extern struct mg_fs mg_fs_posix;

/*
 Files packed into the program, see `mg_mem_files`.
 */
extern struct mg_fs mg_fs_packed;

/*
 The packed files: NULL, or an array that ends with an entry whose path is NULL. Assign `mg_packed_files` to it.
 */
extern const struct mg_mem_file *mg_mem_files;

/*
 Lines above this level are not printed. Set with `mg_log_set`.
 */
extern int mg_log_level;

/*
 Milliseconds from 1970 to the moment when `mg_millis()` was 0. SNTP sets it; programs may, too. 0 until then.
 */
extern uint64_t mg_boot_timestamp_ms;

/*
 X25519 (RFC 7748): writes `scalar` times the point with coordinate `x1` to `out`, 32 bytes each, little-endian.

 `clamp` other than 0 makes the scalar a valid private key first. Returns 0, or -1 when `clamp` is set and the result
 is zero, which a peer's key of low order gives.
 */
int mg_tls_x25519(uint8_t *out, const uint8_t *scalar, const uint8_t *x1, int clamp);

/*
 Finds the 32-byte private number of a P-256 key, SEC1 or PKCS#8, PEM or DER, and writes it to `buf` of `len` bytes,
 big-endian. Returns 32, or 0 for other keys, a NULL `buf`, or `len` below 32.
 */
size_t mg_uecc_parse_private_key(struct mg_str key, uint8_t *buf, size_t len);

/*
 The curve P-256. Private keys have 32 bytes; public keys (X, Y) and signatures (r, s) have 64, all big-endian.
 */
MG_UECC_Curve mg_uecc_secp256r1(void);

/*
 The curve P-384. Private keys have 48 bytes; public keys (X, Y) and signatures (r, s) have 96, all big-endian.
 */
MG_UECC_Curve mg_uecc_secp384r1(void);

/*
 Bytes of a private key: 32 or 48.
 */
int mg_uecc_curve_private_key_size(MG_UECC_Curve curve);

/*
 Bytes of a public key: 64 or 96.
 */
int mg_uecc_curve_public_key_size(MG_UECC_Curve curve);

/*
 Writes the public key of `priv_key` to `pub_key`. Returns 1, or 0 when the private key is 0 or not below the order.
 */
int mg_uecc_compute_public_key(const uint8_t *priv_key, uint8_t *pub_key, MG_UECC_Curve curve);

/*
 Chooses the source of random bytes for `mg_uecc_make_key` in this thread; NULL means `mg_random`.
 */
void mg_uecc_set_rng(MG_UECC_RNG_Function rng_function);

/*
 The source of random bytes that was chosen, NULL at first.
 */
MG_UECC_RNG_Function mg_uecc_get_rng(void);

/*
 Makes a key pair. Returns 1, or 0 without a source of random bytes.
 */
int mg_uecc_make_key(uint8_t *pub_key, uint8_t *priv_key, MG_UECC_Curve curve);

/*
 Writes the X coordinate of the point that two key pairs have in common. Returns 1, or 0 for bad keys.
 */
int mg_uecc_shared_secret(const uint8_t *pub_key, const uint8_t *priv_key, uint8_t *secret, MG_UECC_Curve curve);

/*
 Signs a digest of `n` bytes (of more than the curve's size the leftmost count), with the nonce of RFC 6979. Returns
 1, or 0.
 */
int mg_uecc_sign(const uint8_t *priv_key, const uint8_t *hash, unsigned int n, uint8_t *signature, MG_UECC_Curve curve);

/*
 As `mg_uecc_sign`, with the nonces of RFC 6979 made by the hash of `hash_context`: its three functions, sizes of
 block and digest; `tmp` is not needed. Returns 1, or 0 for a context that is not complete.
 */
int mg_uecc_sign_deterministic(const uint8_t *priv_key,
                               const uint8_t *hash,
                               unsigned int n,
                               const struct MG_UECC_HashContext *hash_context,
                               uint8_t *signature,
                               MG_UECC_Curve curve);

/*
 Whether `signature` is that of the digest. Returns 1, or 0.
 */
int mg_uecc_verify(const uint8_t *pub_key,
                   const uint8_t *hash,
                   unsigned int n,
                   const uint8_t *signature,
                   MG_UECC_Curve curve);

/*
 Whether a public key is a point of the curve. Returns 1, or 0.
 */
int mg_uecc_valid_public_key(const uint8_t *pub_key, MG_UECC_Curve curve);

/*
 Writes the short form of a public key: 02 or 03, then X. Writes nothing for a bad key.
 */
void mg_uecc_compress(const uint8_t *pub_key, uint8_t *compressed, MG_UECC_Curve curve);

/*
 The inverse of `mg_uecc_compress`. Writes nothing for a bad key.
 */
void mg_uecc_decompress(const uint8_t *compressed, uint8_t *pub_key, MG_UECC_Curve curve);

/*
 Does nothing; AES-GCM needs no preparation. Returns 0.
 */
int mg_gcm_initialize(void);

/*
 AES-GCM (NIST SP 800-38D) with a key of 16, 24 or 32 bytes and a nonce of any length but 0: encrypts `n` bytes of
 `input` to `output` (which may be the same) and writes the first `tag_len` (at most 16) bytes of the tag. Returns 0,
 or -1 for other sizes.
 */
int mg_aes_gcm_encrypt(uint8_t *output,
                       const uint8_t *input,
                       size_t n,
                       const uint8_t *key,
                       size_t key_len,
                       const uint8_t *iv,
                       size_t iv_len,
                       uint8_t *aad,
                       size_t aad_len,
                       uint8_t *tag,
                       size_t tag_len);

/*
 The inverse of `mg_aes_gcm_encrypt`. Returns 0, or -1 with `output` zeroed when the tag is wrong.
 */
int mg_aes_gcm_decrypt(uint8_t *output,
                       const uint8_t *input,
                       size_t n,
                       const uint8_t *key,
                       size_t key_len,
                       const uint8_t *iv,
                       size_t iv_len,
                       uint8_t *aad,
                       size_t aad_len,
                       const uint8_t *tag,
                       size_t tag_len);

/*
 ChaCha20-Poly1305 (RFC 8439): encrypts `plain_text_size` bytes to `cipher_text`, which gets 16 bytes more, the tag.
 `key` has 32 bytes, `nonce` 12. Returns the bytes written, or `(size_t) -1` when the buffers overlap.
 */
size_t mg_chacha20_poly1305_encrypt(uint8_t *cipher_text,
                                    const uint8_t *key,
                                    const uint8_t *nonce,
                                    const uint8_t *ad,
                                    size_t ad_size,
                                    const uint8_t *plain_text,
                                    size_t plain_text_size);

/*
 The inverse of `mg_chacha20_poly1305_encrypt`. Returns the bytes written, or `(size_t) -1` when the tag is wrong (the
 output is zeroed), the buffers overlap, or there is no room for a tag.
 */
size_t mg_chacha20_poly1305_decrypt(uint8_t *plain_text,
                                    const uint8_t *key,
                                    const uint8_t *nonce,
                                    const uint8_t *ad,
                                    size_t ad_size,
                                    const uint8_t *cipher_text,
                                    size_t cipher_text_size);

/*
 RSA's public operation: `msg ^ exp mod mod`, all big-endian, written to `out`.

 Leading zeros of `mod` and `exp` do not count; the modulus then has 256 to 512 bytes and is odd, and `msgsz` and
 `outsz` are its size. Returns 0, or -1 with `out` zeroed.
 */
int mg_rsa_mod_pow(const uint8_t *mod,
                   size_t modsz,
                   const uint8_t *exp,
                   size_t expsz,
                   const uint8_t *msg,
                   size_t msgsz,
                   uint8_t *out,
                   size_t outsz);

/*
 Whether `em`, a signature of `nlen` bytes (66 to 512) after the public operation, is a PSS signature (RFC 8017) with
 SHA-256 and a salt of 32 bytes of the message with the 32-byte digest `mhash`.
 */
bool mg_rsa_verify(const uint8_t *em, size_t nlen, const uint8_t *mhash);

/*
 Whether `em`, a signature of `nlen` bytes after the public operation, is a PKCS#1 v1.5 signature of the message with
 this SHA-256 (32 bytes) or SHA-384 (48 bytes) digest.
 */
bool mg_rsa_pkcs_verify(const uint8_t *em, size_t nlen, const uint8_t *hash, size_t hashlen);

/*
 RSA's private operation: signs the padded block `em` with a key in the five parts of RFC 8017 §3.2, all big-endian.

 Each prime has 128 to 256 bytes; `em` and `sig` are as long as the modulus, and `em` is below it. The signature is
 opened again before it is written, so that a wrong key or a fault gives nothing away. Returns 0, or -1 with `sig`
 zeroed.
 */
int mg_rsa_crt_sign(const uint8_t *em,
                    size_t em_len,
                    const uint8_t *dp,
                    size_t dp_len,
                    const uint8_t *dq,
                    size_t dq_len,
                    const uint8_t *p,
                    size_t p_len,
                    const uint8_t *q,
                    size_t q_len,
                    const uint8_t *qinv,
                    size_t qinv_len,
                    uint8_t *sig,
                    size_t sig_len);

/*
 User handler of an HTTP listener whose `fn_data` is a `struct mg_dash`: shows and changes the variables of its sets
 over REST and WebSocket.
 */
void mg_dash_ev_handler(struct mg_connection *c, int ev, void *ev_data);

/*
 Tells all WebSocket clients that may see it that a set has changed. An array: element `*index`, or its size when
 `*index` is -1.
 */
void mg_dash_send_change(struct mg_mgr *mgr, struct mg_field_set *set);

/*
 Loads directory entry `*index` of a `get_dir` set into its variables `name` and `size`, or stores the number of
 entries in `*index` when that is -1. Past the end `*index` becomes -1. False when there is no directory.
 */
bool mg_dash_dir_read(struct mg_field_set *set, struct mg_dash_user *user);

/*
 Reads a DNS message. Returns false when it cannot be read or has more than one question. True does not mean that
 there is an address: see `resolved`.
 */
bool mg_dns_parse(const uint8_t *buf, size_t len, struct mg_dns_message *dm);

/*
 Reads the question or record at offset `ofs` of a message of 12 to 512 bytes into `rr`. Returns its length in bytes,
 0 when it cannot be read.
 */
size_t mg_dns_parse_rr(const uint8_t *buf, size_t len, size_t ofs, bool is_question, struct mg_dns_rr *rr);

/*
 Looks up the host of `url` and connects `c` to it. A listener only gets `rem`. MG_EV_RESOLVE or MG_EV_ERROR follows.
 */
void mg_resolve(struct mg_connection *c, const char *url);

/*
 Forgets all look-ups of a connection: no event comes of them.
 */
void mg_resolve_cancel(struct mg_connection *c);

/*
 Opens the mDNS listener of a manager: joins 224.0.0.251:5353, answers for the host name `fn_data` (a C string without
 dots, or NULL), fires MG_EV_MDNS_REQ and MG_EV_MDNS_RESP, and serves connections to `.local` hosts.
 Returns it, or NULL when the socket cannot be opened.
 */
struct mg_connection *mg_mdns_listen(struct mg_mgr *mgr, mg_event_handler_t fn, void *fn_data);

/*
 Asks the group for records of type `rtype` (0 to 255) of `name`, such as `printer.local`. Returns false when the
 question was not sent.
 */
bool mg_mdns_query(struct mg_connection *c, const char *name, unsigned int rtype);

/*
 Runs one turn of the event loop: waits at most `ms` milliseconds for input and output (0 = not at all, negative =
 for ever), then calls timers and event handlers.
 */
extern void mg_mgr_poll(struct mg_mgr *mgr, int ms);

/*
 Sends bytes. TCP: appends to `c->send`. UDP: sends one datagram to `c->rem` at once.
 Returns false when memory runs out or the datagram was not sent.
 */
extern bool mg_send(struct mg_connection *c, const void *buf, size_t len);

/*
 Opens a listening socket for a connection made by `mg_alloc_conn`. Returns false after an error line in the log.
 */
extern bool mg_open_listener(struct mg_connection *c, const char *url);

/*
 Connects to `c->rem`.
 */
extern void mg_connect_resolved(struct mg_connection *c);

/*
 Initialises a manager, whatever its memory holds. Also makes the process ignore SIGPIPE.
 Pair with `mg_mgr_free`. The memory stays the caller's.
 */
void mg_mgr_init(struct mg_mgr *mgr);

/*
 Twin of `mg_mgr_poll`.
 */
void mg_x_mgr_poll(struct mg_mgr *mgr, int ms);

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
 Twin of `mg_send`.
 */
bool mg_x_send(struct mg_connection *c, const void *buf, size_t len);

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
 Twin of `mg_open_listener`.
 */
bool mg_x_open_listener(struct mg_connection *c, const char *url);

/*
 Twin of `mg_connect_resolved`.
 */
void mg_x_connect_resolved(struct mg_connection *c);

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
 Opens a file. NULL when that fails. Close with `mg_fs_close`.

 With `mg_fs_posix`, `MG_FS_READ` alone reads, `MG_FS_EXCL` creates a file that must not exist, and everything else
 creates it when missing and writes at its end.

 # Safety
 `fs` is valid, `path` NUL-terminated.
 */
struct mg_fd *mg_fs_open(struct mg_fs *fs, const char *path, int flags);

/*
 Closes a file. NULL is allowed.

 # Safety
 `fd` is NULL or came from `mg_fs_open` and is not used again.
 */
void mg_fs_close(struct mg_fd *fd);

/*
 Puts the entry of directory `path` that follows the one named in `buf` into `buf`.

 `buf` is `""` at first. False after the last entry, and when the entry in `buf` is gone: `buf` is then `""`. Names
 are cut to fit `len` bytes with their NUL. The directory must not change its order between calls.

 # Safety
 `fs` is valid, `path` NUL-terminated, `buf` writable for `len` bytes and NUL-terminated.
 */
bool mg_fs_ls(struct mg_fs *fs, const char *path, char *buf, size_t len);

/*
 Reads a whole file into new memory, NUL-terminated, to be released with `mg_free`.

 NULL and length 0 when there is no such file, when it is a directory or cannot be read. An empty file has memory.

 # Safety
 `fs` is valid, `path` NUL-terminated.
 */
struct mg_str mg_file_read(struct mg_fs *fs, const char *path);

/*
 Writes a whole file: a temporary file beside it takes its place when complete. False when any step fails.

 On `mg_fs_posix` the change is atomic and on the disk, and an existing file keeps its permissions.

 # Safety
 `fs` is valid, `path` NUL-terminated, `buf` NULL or readable for `len` bytes.
 */
bool mg_file_write(struct mg_fs *fs, const char *path, const void *buf, size_t len);

/*
 # Safety
 `fs` is valid, `path` NUL-terminated; `ap` holds arguments that match `fmt`.
 */
bool mg_x_vfile_printf(struct mg_fs *fs, const char *path, const char *fmt, va_list *ap);

/*
 Content of a packed file, not copied. NULL and length 0 when there is none of this path.

 # Safety
 `path` is NULL or NUL-terminated.
 */
struct mg_str mg_unpacked(const char *path);

/*
 Starts an MD5 (RFC 1321).

 # Safety
 `ctx` is writable.
 */
void mg_md5_init(struct mg_md5_ctx *ctx);

/*
 Appends `len` bytes.

 # Safety
 `ctx` was started; `data` is readable for `len` bytes.
 */
void mg_md5_update(struct mg_md5_ctx *ctx, const uint8_t *data, size_t len);

/*
 Ends the message and stores 16 bytes in `digest`.

 # Safety
 `ctx` was started; `digest` is writable for 16 bytes.
 */
void mg_md5_final(struct mg_md5_ctx *ctx, uint8_t *digest);

/*
 Starts a SHA-1 (RFC 3174).

 # Safety
 `ctx` is writable.
 */
void mg_sha1_init(struct mg_sha1_ctx *ctx);

/*
 Appends `len` bytes.

 # Safety
 `ctx` was started; `data` is readable for `len` bytes.
 */
void mg_sha1_update(struct mg_sha1_ctx *ctx, const uint8_t *data, size_t len);

/*
 Ends the message and stores 20 bytes in `digest`.

 # Safety
 `ctx` was started; `digest` is writable for 20 bytes.
 */
void mg_sha1_final(uint8_t *digest, struct mg_sha1_ctx *ctx);

/*
 Starts a SHA-256 (RFC 6234).

 # Safety
 `ctx` is writable.
 */
void mg_sha256_init(struct mg_sha256_ctx *ctx);

/*
 Appends `len` bytes.

 # Safety
 `ctx` was started; `data` is readable for `len` bytes.
 */
void mg_sha256_update(struct mg_sha256_ctx *ctx, const uint8_t *data, size_t len);

/*
 Ends the message and stores 32 bytes in `digest`.

 # Safety
 `ctx` was started; `digest` is writable for 32 bytes.
 */
void mg_sha256_final(uint8_t *digest, struct mg_sha256_ctx *ctx);

/*
 SHA-256 of `n` bytes at `data`; stores 32 bytes in `dst`.

 # Safety
 `data` is readable for `n` bytes, `dst` writable for 32.
 */
void mg_sha256(uint8_t *dst, uint8_t *data, size_t n);

/*
 HMAC-SHA-256 (RFC 2104) of `n` bytes at `data`; stores 32 bytes in `dst`. `key` may be NULL with `keysz` 0.

 # Safety
 `key` and `data` are readable for `keysz` and `n` bytes, `dst` is writable for 32.
 */
void mg_hmac_sha256(uint8_t *dst, uint8_t *key, size_t keysz, uint8_t *data, size_t n);

/*
 Starts a SHA-384 (RFC 6234).

 # Safety
 `ctx` is writable.
 */
void mg_sha384_init(struct mg_sha384_ctx *ctx);

/*
 Appends `len` bytes.

 # Safety
 `ctx` was started; `data` is readable for `len` bytes.
 */
void mg_sha384_update(struct mg_sha384_ctx *ctx, const uint8_t *data, size_t len);

/*
 Ends the message and stores 48 bytes in `digest`.

 # Safety
 `ctx` was started; `digest` is writable for 48 bytes.
 */
void mg_sha384_final(uint8_t *digest, struct mg_sha384_ctx *ctx);

/*
 SHA-384 of `n` bytes at `data`; stores 48 bytes in `dst`.

 # Safety
 `data` is readable for `n` bytes, `dst` writable for 48.
 */
void mg_sha384(uint8_t *dst, uint8_t *data, size_t n);

/*
 CRC-32 as in zip. Start with `crc` 0; pass the result to go on with the next bytes.

 # Safety
 `buf` is NULL or readable for `len` bytes.
 */
uint32_t mg_crc32(uint32_t crc, const char *buf, size_t len);

/*
 CRC-16/X-25. Start with `crc` 0; pass the result to go on with the next bytes.

 # Safety
 `buf` is NULL or readable for `len` bytes.
 */
uint16_t mg_crc16(uint16_t crc, const char *buf, size_t len);

/*
 One step of incremental base64: `n` is 0 at first, then the result of the step before. Ends with `mg_base64_final`.

 # Safety
 `buf` is NULL or writable for `n + 2` bytes; the state is in it.
 */
size_t mg_base64_update(uint8_t byte, char *buf, size_t n);

/*
 Ends incremental base64: padding and a NUL. Returns the length without the NUL.

 # Safety
 `buf` is NULL or writable up to the end of the group of four that `n` lies in, and one byte more.
 */
size_t mg_base64_final(char *buf, size_t n);

/*
 Encodes `n` bytes at `p`: the characters, a NUL behind them. Returns their number.

 `len`, the size of `buf`, must be at least 4 per started 3 bytes, plus 1; else the result is 0 and empty.

 # Safety
 `p` is readable for `n` bytes, `buf` writable for `len`.
 */
size_t mg_base64_encode(const uint8_t *p, size_t n, char *buf, size_t len);

/*
 Like `mg_base64_encode` with the alphabet for URLs and without padding. `buf` needs the same size.

 # Safety
 `p` is readable for `n` bytes, `buf` writable for `len`.
 */
size_t mg_base64url_encode(const uint8_t *p, size_t n, char *buf, size_t len);

/*
 Decodes `n` characters at `src` and puts a NUL behind the result. Returns the number of bytes, 0 on errors.

 `len`, the size of `dst`, must be at least 3 per 4 characters, plus 1. An incomplete last group of four is ignored.

 # Safety
 `src` is readable for `n` bytes, `dst` writable for `len`.
 */
size_t mg_base64_decode(const char *src, size_t n, char *dst, size_t len);

/*
 Decodes the alphabet for URLs, up to the first `=`, and puts a NUL behind the result. Returns the number of bytes,
 0 on errors.

 # Safety
 `src` is readable for `n` bytes, `dst` writable for `len`.
 */
size_t mg_base64url_decode(const char *src, size_t n, char *dst, size_t len);

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
 Twin of `mg_http_printf_chunk`: `ap` points to a `va_list`.
 */
void mg_x_vhttp_printf_chunk(struct mg_connection *c, const char *fmt, va_list *ap);

/*
 Appends `Authorization: Basic ...` and CRLF to a request that is being put together. NULL is the empty string.
 */
void mg_http_bauth(struct mg_connection *c, const char *user, const char *pass);

/*
 Answers with the file or directory under `opts->root_dir` that the URI names.

 `opts` and its strings are used during the call only; the file system must stay while the file is sent.
 */
void mg_http_serve_dir(struct mg_connection *c, struct mg_http_message *hm, const struct mg_http_serve_opts *opts);

/*
 Answers with the file `path`: ranges, entity tags, a compressed twin `path.gz`. `opts` may be NULL.
 */
void mg_http_serve_file(struct mg_connection *c,
                        struct mg_http_message *hm,
                        const char *path,
                        const struct mg_http_serve_opts *opts);

/*
 Answers with the file `fullpath`, its `<!--#include ... -->` directives replaced. `root` is where `virtual=` starts.
 */
void mg_http_serve_ssi(struct mg_connection *c, const char *root, const char *fullpath);

/*
 Writes the body, one piece of an upload, to the file in `dir` that the query variables `file` and `offset` name, and
 answers. Returns the bytes that the file has then, or a negative number after a 400.
 */
long mg_http_upload(struct mg_connection *c,
                    struct mg_http_message *hm,
                    struct mg_fs *fs,
                    const char *dir,
                    size_t max_size);

/*
 Streams the body of a request to the file `name` in `dir`. Call it in MG_EV_HTTP_HDRS.

 The file appears when the body is complete; until then the connection's handler gets no events. `fn` (NULL: replies
 200 or 500) is called once.
 */
void mg_http_start_upload(struct mg_connection *c,
                          struct mg_http_message *hm,
                          struct mg_str name,
                          struct mg_str dir,
                          struct mg_fs *fs,
                          void (*fn)(struct mg_connection *c, const char *error));

extern bool mg_ota_begin(size_t new_firmware_size);

extern bool mg_ota_write(const void *buf, size_t len);

extern bool mg_ota_end(void);

/*
 Streams the body of a request into a firmware update. Call it in MG_EV_HTTP_HDRS. `fn` as in `mg_http_start_upload`.
 */
void mg_http_start_ota(struct mg_connection *c, struct mg_http_message *hm, void (*fn)(struct mg_connection *c,
                                                                                       const char *error));

/*
 Length of the head of an HTTP message in bytes, its empty line included; 0 when it is not complete, -1 when a byte is
 not allowed.
 */
int mg_http_get_request_len(const unsigned char *buf, size_t buf_len);

/*
 Parses the head of a request or response (RFC 9112). Returns its length, 0 when it is not complete, -1 when it is
 malformed. `hm` then points into `s`; `hm->body.len` is `(size_t) ~0` when only the close ends the body.
 */
int mg_http_parse(const char *s, size_t len, struct mg_http_message *hm);

/*
 The value of header `name` (any case) inside `hm`; NULL when there is none.
 */
struct mg_str *mg_http_get_header(struct mg_http_message *hm, const char *name);

/*
 Status code of a parsed response; 0 when it is no number.
 */
int mg_http_status(const struct mg_http_message *hm);

/*
 The value of `v` in a header value such as `form-data; name="x"`: a slice of `s`, without quotes. NULL when absent.
 */
struct mg_str mg_http_get_header_var(struct mg_str s, struct mg_str v);

/*
 The raw value of form variable `name`: a slice of `buf`, not decoded. NULL when absent.
 */
struct mg_str mg_http_var(struct mg_str buf, struct mg_str name);

/*
 Decodes form variable `name` into `dst`, NUL-terminated. Returns its length, or -1: no input, -2: no room at all,
 -3: badly coded or too long, -4: absent.
 */
int mg_http_get_var(const struct mg_str *buf, const char *name, char *dst, size_t dst_len);

/*
 Decodes percent coding into `dst`, NUL-terminated; `is_form_url_encoded` makes `+` a space. Returns the length, -1
 for a bad escape or too little room.
 */
int mg_url_decode(const char *src, size_t src_len, char *dst, size_t dst_len, int is_form_url_encoded);

/*
 Percent-codes all but letters, digits, `.`, `_`, `-`, `~` into `buf`, NUL-terminated. Returns the length, 0 when it
 does not fit.
 */
size_t mg_url_encode(const char *s, size_t n, char *buf, size_t len);

/*
 User name and password, or token as password, of a request: from `Authorization`, the cookie or the query variable
 `access_token`. Both buffers are NUL-terminated, empty when there are none.
 */
void mg_http_creds(struct mg_http_message *hm, char *user, size_t userlen, char *pass, size_t passlen);

/*
 The part of a multipart body whose boundary line starts at `ofs`; 0 is the first. Returns the offset of the next one,
 0 when there are no more parts. `part` may be NULL.
 */
size_t mg_http_next_multipart(struct mg_str body, size_t ofs, struct mg_http_part *part);

/*
 Writes the entity tag of a file, `"<mtime>.<size>"` with its quotes, into `buf`, NUL-terminated. Returns `buf`.
 */
char *mg_http_etag(char *buf, size_t len, size_t size, time_t mtime);

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
 Inserts `len` bytes at `ofs`; a NULL `buf` opens a gap, and `buf` may lie in the buffer itself. Returns `len`, or 0 when memory runs out.
 */
size_t mg_iobuf_add(struct mg_iobuf *io,
                    size_t ofs,
                    const void *buf,
                    size_t len);

/*
 Removes up to `len` bytes at `ofs` and returns how many. Capacity stays.
 */
size_t mg_iobuf_del(struct mg_iobuf *io, size_t ofs, size_t len);

/*
 Finds the value at `path`. Returns its offset and stores its length in `*toklen` (may be NULL); MG_JSON_TOO_DEEP,
 MG_JSON_INVALID or MG_JSON_NOT_FOUND otherwise, with `*toklen` 0. Strings include their quotes.
 */
int mg_json_get(struct mg_str json, const char *path, int *toklen);

/*
 The text of the value at `path`, a slice of `json`; NULL and length 0 when there is none.
 */
struct mg_str mg_json_get_tok(struct mg_str json, const char *path);

/*
 Stores the number at `path` in `*v` (may be NULL). Returns false, and leaves `*v` alone, when there is none.
 */
bool mg_json_get_num(struct mg_str json, const char *path, double *v);

/*
 Stores the bool at `path` in `*v` (may be NULL). Returns false, and leaves `*v` alone, when there is none.
 */
bool mg_json_get_bool(struct mg_str json, const char *path, bool *v);

/*
 The number at `path`, truncated toward zero and limited to the range of `long`; `dflt` when there is none.
 Integers are exact.
 */
long mg_json_get_long(struct mg_str json, const char *path, long dflt);

/*
 The unescaped string at `path`, NUL-terminated, to be released with `mg_free`; NULL when there is none.
 */
char *mg_json_get_str(struct mg_str json, const char *path);

/*
 The bytes that the string at `path` has in hexadecimal, with a NUL behind them, to be released with `mg_free`.
 Stores their number in `*len` (may be NULL). NULL, and `*len` unchanged, when there are none.
 */
char *mg_json_get_hex(struct mg_str json, const char *path, int *len);

/*
 The bytes that the string at `path` has in base64, with a NUL behind them, to be released with `mg_free`. Stores
 their number in `*len` (may be NULL): 0 when it is not base64. NULL, and `*len` unchanged, when it is no string.
 */
char *mg_json_get_b64(struct mg_str json, const char *path, int *len);

/*
 Unescapes the string at `path` into `to`, which has room for `n` bytes. Returns the number of bytes before the NUL,
 0 when there is no such string, when it has an undefined escape, and when it does not fit.
 */
size_t mg_json_unescape(struct mg_str json, const char *path, char *to, size_t n);

/*
 Walks over an object or array. Start with `ofs` 0; each call stores one key (with quotes; NULL in an array) and
 value and returns the offset for the next call, 0 at the end and at an error. `key` and `val` may be NULL.
 */
size_t mg_json_next(struct mg_str obj, size_t ofs, struct mg_str *key, struct mg_str *val);

/*
 Signs `opts->claims` with `opts->secret` into `buf`, NUL-terminated. Returns the length of the token, 0 when it does
 not fit: the padded form of each part needs room.
 */
size_t mg_jwt_sign_hs256(const struct mg_jwt_opts *opts, char *buf, size_t len);

/*
 Checks a token against `opts->secret` and writes its claims into `buf`, NUL-terminated. Returns their length, 0 when
 the token is not genuine or does not fit. Does not look at `exp` and `nbf`.
 */
size_t mg_jwt_verify_hs256(struct mg_str jwt, const struct mg_jwt_opts *opts, char *buf, size_t len);

/*
 As `mg_jwt_sign_hs256`, with ECDSA on P-256 and `opts->private_key`. 0 in builds without TLS.
 */
size_t mg_jwt_sign_es256(const struct mg_jwt_opts *opts, char *buf, size_t len);

/*
 As `mg_jwt_verify_hs256`, with `opts->public_key`. 0 in builds without TLS.
 */
size_t mg_jwt_verify_es256(struct mg_str jwt, const struct mg_jwt_opts *opts, char *buf, size_t len);

/*
 Writes `len` bytes to standard output (weak.c).
 */
extern void mg_x_stdout(const uint8_t *buf, size_t len);

/*
 Sends every log byte to `out(byte, param)`. NULL, or `mg_pfn_stdout`, is standard output, the default.
 */
void mg_log_set_fn(mg_pfn_t out, void *param);

/*
 Prints formatted text, CR and LF: the default of `mg_log`, which a program may replace.

 # Safety
 `fmt` is NUL-terminated; `ap` holds arguments that match it.
 */
void mg_x_vlog(const char *fmt, va_list *ap);

/*
 Prints the start of a log line: the default of `mg_log_prefix`, which a program may replace.

 Always 40 bytes: milliseconds in hexadecimal, level, file, line, function, cut at 39, and blanks.

 # Safety
 `file` and `fname` are NULL or NUL-terminated.
 */
void mg_x_log_prefix(int level, const char *file, int line, const char *fname);

/*
 Logs bytes: 16 per line with offset and characters, each line ended by CR LF. Nothing for `len` 0.

 # Safety
 `buf` is readable for `len` bytes.
 */
void mg_hexdump(const void *buf, size_t len);

/*
 Opens a Modbus/TCP listener. As `mg_listen`; each request fires MG_EV_MODBUS_REQ with a `struct mg_modbus_req *` and
 is answered when the handler returns.
 */
struct mg_connection *mg_modbus_listen(struct mg_mgr *mgr, const char *url, mg_event_handler_t fn, void *fn_data);

/*
 Connects to a broker and queues CONNECT at once. `opts` may be NULL: all defaults, random client id.

 Returns the connection, NULL for a NULL or empty URL or when memory runs out. MG_EV_MQTT_OPEN brings the answer.
 */
struct mg_connection *mg_mqtt_connect(struct mg_mgr *mgr,
                                      const char *url,
                                      const struct mg_mqtt_opts *opts,
                                      mg_event_handler_t fn,
                                      void *fn_data);

/*
 Opens an MQTT listener. As `mg_listen`, with the MQTT protocol handler attached.
 */
struct mg_connection *mg_mqtt_listen(struct mg_mgr *mgr, const char *url, mg_event_handler_t fn, void *fn_data);

/*
 Queues CONNECT. Reads `user`, `pass`, `client_id`, `version`, `keepalive`, `clean`; with a non-empty `topic` also
 `message`, `qos`, `retain` as the last will; with version 5 the properties. Sets `is_mqtt5`.
 */
void mg_mqtt_login(struct mg_connection *c, const struct mg_mqtt_opts *opts);

/*
 Queues PUBLISH. Reads `topic`, `message`, `qos`, `retain`, `retransmit_id` and, on an MQTT 5 connection, `props`.

 Returns the packet id when `qos` is above 0, else `retransmit_id`. The data is copied.
 */
uint16_t mg_mqtt_pub(struct mg_connection *c, const struct mg_mqtt_opts *opts);

/*
 Queues SUBSCRIBE for one filter. Reads `topic`, `qos` and, on an MQTT 5 connection, `props`.
 */
void mg_mqtt_sub(struct mg_connection *c, const struct mg_mqtt_opts *opts);

/*
 Queues UNSUBSCRIBE for one filter. Reads `topic` and, on an MQTT 5 connection, `props`.
 */
void mg_mqtt_unsub(struct mg_connection *c, const struct mg_mqtt_opts *opts);

/*
 Queues a fixed header: packet type `cmd` (MQTT_CMD_*), its flags, and the number of bytes that follow.
 Queue these with `mg_send`.
 */
void mg_mqtt_send_header(struct mg_connection *c, uint8_t cmd, uint8_t flags, uint32_t len);

/*
 Queues PINGREQ.
 */
void mg_mqtt_ping(struct mg_connection *c);

/*
 Queues PINGRESP.
 */
void mg_mqtt_pong(struct mg_connection *c);

/*
 Queues DISCONNECT with reason 0; does not close. `opts` may be NULL; on an MQTT 5 connection its `props` are sent.
 */
void mg_mqtt_disconnect(struct mg_connection *c, const struct mg_mqtt_opts *opts);

/*
 Reads the packet at the start of `buf` into `m`, whose slices point into `buf`. `version` 5 means MQTT 5, any other
 value 3.1.1. Returns MQTT_OK, MQTT_INCOMPLETE or MQTT_MALFORMED.
 */
int mg_mqtt_parse(const uint8_t *buf, size_t len, uint8_t version, struct mg_mqtt_message *m);

/*
 Reads the MQTT 5 property at offset `ofs` of the message's properties into `prop`. Start with 0.

 Returns the offset of the next one, 0 at the end and where no defined property can be read.
 */
size_t mg_mqtt_next_prop(struct mg_mqtt_message *msg, struct mg_mqtt_prop *prop, size_t ofs);

/*
 Starts a scan. False: there is no Wi-Fi driver.
 */
bool mg_wifi_scan(void);

/*
 Joins a network. False: there is no Wi-Fi driver.
 */
bool mg_wifi_connect(struct mg_wifi_data *wifi);

/*
 Leaves the network. False: there is no Wi-Fi driver.
 */
bool mg_wifi_disconnect(void);

/*
 Starts an access point. False: there is no Wi-Fi driver.
 */
bool mg_wifi_ap_start(struct mg_wifi_data *wifi);

/*
 Stops the access point. False: there is no Wi-Fi driver.
 */
bool mg_wifi_ap_stop(void);

/*
 Looks whether it is time to check for new firmware: 5 seconds after the first call, then every
 `MG_OTA_PULL_INTERVAL_SECONDS`. Each `mg_mgr_poll` calls it. Nothing while the program sets no `MG_OTA_URL`.
 */
void mg_ota_poll(struct mg_mgr *mgr);

/*
 Asks `url` for the newest firmware, and installs it by `mg_ota_begin`, `mg_ota_write` and `mg_ota_end` when its
 version is another one than `MG_OTA_FIRMWARE_VERSION`. One check at a time per process.

 The answer is JSON with `version`, `url` (of the image) and `size`. `fn` is called once, from this call or from a
 later poll: NULL when the firmware is installed, else the reason, a text that lives during the call. `fn` may be
 NULL: then a reason is logged. `https:` needs `MG_OTA_TLS_CA`.
 */
void mg_ota_url_check(struct mg_mgr *mgr, const char *url, void (*fn)(const char *err));

extern void mg_ota_device_id(char *buf, size_t len);

/*
 Output function: appends to the `struct mg_iobuf` in `arg`, which grows and stays NUL-terminated (the NUL is not counted).

 # Safety
 `arg` is NULL or points to a valid `struct mg_iobuf`.
 */
void mg_pfn_iobuf(char ch,
                  void *arg);

/*
 Output function: appends to the `struct mg_iobuf` in `arg` without growing it.

 The last byte is kept for a NUL, which counts: further bytes are dropped.

 # Safety
 `arg` is NULL or points to a valid `struct mg_iobuf`.
 */
void mg_pfn_iobuf_noresize(char ch, void *arg);

/*
 Output function: writes to standard output. `arg` is not used.
 */
void mg_pfn_stdout(char ch, void *arg);

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
 Prints the inside of a JSON string. Takes `int len, const char *s`.

 `len` bytes or up to the NUL, whichever comes first; 0 or less: up to the NUL. NULL prints nothing.

 # Safety
 The contract of a printer.
 */
size_t mg_print_esc(mg_pfn_t out, void *arg, va_list *ap);

/*
 Prints text for HTML. Takes `int len, const char *s`. Exactly `len` bytes; none when it is not positive.

 # Safety
 The contract of a printer.
 */
size_t mg_print_html_esc(mg_pfn_t out, void *arg, va_list *ap);

/*
 Prints bytes as lower-case hexadecimal. Takes `int len, const void *buf`.

 # Safety
 The contract of a printer.
 */
size_t mg_print_hex(mg_pfn_t out, void *arg, va_list *ap);

/*
 Prints bytes as base64 with padding. Takes `int len, const void *buf`.

 # Safety
 The contract of a printer.
 */
size_t mg_print_base64(mg_pfn_t out, void *arg, va_list *ap);

/*
 Prints an IP address; IPv6 in brackets. Takes `const struct mg_addr *`.

 # Safety
 The contract of a printer.
 */
size_t mg_print_ip(mg_pfn_t out, void *arg, va_list *ap);

/*
 Prints an IP address, a colon and the port. Takes `const struct mg_addr *`.

 # Safety
 The contract of a printer.
 */
size_t mg_print_ip_port(mg_pfn_t out, void *arg, va_list *ap);

/*
 Prints an IPv4 address. Takes `const uint32_t *`, network byte order.

 # Safety
 The contract of a printer.
 */
size_t mg_print_ip4(mg_pfn_t out, void *arg, va_list *ap);

/*
 Prints an IPv6 address: brackets, eight groups, nothing left out. Takes `const uint8_t *`, 16 bytes.

 # Safety
 The contract of a printer.
 */
size_t mg_print_ip6(mg_pfn_t out, void *arg, va_list *ap);

/*
 Prints a MAC address. Takes `const uint8_t *`, 6 bytes.

 # Safety
 The contract of a printer.
 */
size_t mg_print_mac(mg_pfn_t out, void *arg, va_list *ap);

/*
 Prints an EUI-64 address. Takes `const uint8_t *`, 8 bytes.

 # Safety
 The contract of a printer.
 */
size_t mg_print_ieee64(mg_pfn_t out, void *arg, va_list *ap);

/*
 Sets a queue up over `size` bytes at `buf`, which stay the caller's.

 # Safety
 `q` is NULL or writable; `buf` is writable for `size` bytes while the queue is used.
 */
void mg_queue_init(struct mg_queue *q, char *buf, size_t size);

/*
 Writer: finds room for a message of `len` bytes and stores in `*buf` where it goes.

 Returns the bytes available there; less than `len` means that there is no room now. Publish with `mg_queue_add`.

 # Safety
 `q` is NULL or initialised, `buf` NULL or writable; one thread writes.
 */
size_t mg_queue_book(struct mg_queue *q, char **buf, size_t len);

/*
 Writer: publishes the booked message, `len` bytes of it.

 # Safety
 `q` is NULL or initialised; one thread writes, and has booked at least `len` bytes.
 */
void mg_queue_add(struct mg_queue *q, size_t len);

/*
 Reader: length of the oldest message, 0 when there is none; `*buf` points to it. It stays in the queue.

 # Safety
 `q` is NULL or initialised, `buf` NULL or writable; one thread reads.
 */
size_t mg_queue_next(struct mg_queue *q, char **buf);

/*
 Reader: removes the oldest message, whose length is `len`.

 # Safety
 `q` is NULL or initialised; one thread reads, and got `len` from `mg_queue_next`.
 */
void mg_queue_del(struct mg_queue *q, size_t len);

/*
 Formats one message. Returns its length; 0 when there is no room or nothing to say.

 # Safety
 `q` is NULL or initialised; one thread writes; `ap` holds arguments that match `fmt`.
 */
size_t mg_x_vqueue_printf(struct mg_queue *q, const char *fmt, va_list *ap);

/*
 Registers a handler for the methods that match `method_pattern`, in front of the others. The pattern is copied.
 An empty pattern serves responses.
 */
void mg_rpc_add(struct mg_rpc **head, struct mg_str method_pattern, mg_rpc_handler_t handler, void *handler_data);

/*
 Removes all entries with this handler; NULL removes all entries.
 */
void mg_rpc_del(struct mg_rpc **head, mg_rpc_handler_t handler);

/*
 Processes a frame: calls the first entry whose pattern matches the method (sets `r->rpc`), or writes an error.
 A frame with a result or an error is a response: it goes to the entry that matches "".
 */
void mg_rpc_process(struct mg_rpc_req *r);

/*
 Writes the result of a request, formatted; NULL means `null`. Nothing when the frame has no id.
 `ap` points to a `va_list`.
 */
void mg_rpc_vok(struct mg_rpc_req *r, const char *fmt, va_list *ap);

/*
 Writes an error with a formatted message, which is a JSON value; NULL means `null`. `ap` points to a `va_list`.
 */
void mg_rpc_verr(struct mg_rpc_req *r, int code, const char *fmt, va_list *ap);

/*
 Answers with an array of all patterns, latest first, without the empty one.
 */
void mg_rpc_list(struct mg_rpc_req *r);

/*
 Wall-clock time in milliseconds since 1970: `mg_millis() + mg_boot_timestamp_ms`.
 */
uint64_t mg_now(void);

/*
 Asks a time server, `udp://time.google.com:123` when `url` is NULL.

 Returns the connection, NULL for an empty URL or when memory runs out. MG_EV_SNTP_TIME brings the time; the
 connection closes after the first datagram and after 3 seconds.
 */
struct mg_connection *mg_sntp_connect(struct mg_mgr *mgr, const char *url, mg_event_handler_t fn, void *fn_data);

/*
 Sends another request; does nothing while the address is being looked up.
 */
void mg_sntp_request(struct mg_connection *c);

/*
 Reads a reply of a time server. Returns the time in milliseconds since 1970 and sets `mg_boot_timestamp_ms`; -1 when
 it is none.
 */
int64_t mg_sntp_parse(const unsigned char *buf, size_t len);

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
 Starts TLS on a connection.

 Call it on an accepted connection in MG_EV_ACCEPT, on an outbound one in MG_EV_CONNECT or right after it was made,
 or later on either (STARTTLS), followed by `mg_tls_handshake`. Everything in `opts` is borrowed for the call only.
 Sets `is_tls` and `is_tls_hs`; MG_EV_TLS_HS tells the end of the handshake. Unusable certificates or keys fail the
 connection (MG_EV_ERROR, MG_EV_CLOSE). On a listener it has no effect on accepted connections.
 */
void mg_tls_init(struct mg_connection *c, const struct mg_tls_opts *opts);

/*
 Ends TLS on a connection without telling the peer and frees its TLS state. Does nothing when there is none.
 `is_tls` stays set, so that nothing is sent in clear afterwards.
 */
void mg_tls_free(struct mg_connection *c);

/*
 Runs one step of the handshake with what was received so far: a client sends its first message. For STARTTLS, right
 after `mg_tls_init`; otherwise the library calls it.
 */
void mg_tls_handshake(struct mg_connection *c);

/*
 Encrypts up to `len` bytes and sends them, past `c->send`. Returns the number of bytes taken, MG_IO_WAIT when none
 can be taken now, MG_IO_ERR on failure, 0 when there is nothing to do.
 */
long mg_tls_send(struct mg_connection *c, const void *buf, size_t len);

/*
 Takes up to `len` decrypted bytes, past `c->recv`. Returns their number, MG_IO_WAIT when there are none now,
 MG_IO_ERR on failure or at the end, 0 when there is nothing to do.
 */
long mg_tls_recv(struct mg_connection *c, void *buf, size_t len);

/*
 Number of decrypted bytes not yet delivered; 0 without TLS state.
 */
size_t mg_tls_pending(struct mg_connection *c);

/*
 Sends encrypted data that still waits for the socket.
 */
void mg_tls_flush(struct mg_connection *c);

/*
 Prepares the TLS state that connections of a manager share. Nothing to do: it is made at first use.
 */
void mg_tls_ctx_init(struct mg_mgr *mgr);

/*
 Drops the TLS state that connections of a manager share: parsed certificates and remembered sessions. Connections
 keep working. `mg_mgr_free` does it, too.
 */
void mg_tls_ctx_free(struct mg_mgr *mgr);

/*
 Host of a URL; IPv6 addresses keep their brackets. May be empty.

 # Safety
 `url` is NULL or NUL-terminated.
 */
struct mg_str mg_url_host(const char *url);

/*
 Port of a URL: explicit, else the default of the scheme (`http`, `ws`, `https`, `wss`, `mqtt`, `mqtts`), else 0.
 A port above 65535 is 0.

 # Safety
 `url` is NULL or NUL-terminated.
 */
unsigned short mg_url_port(const char *url);

/*
 Whether the scheme asks for TLS: `https`, `wss`, `mqtts`, `ssl`, `tls`, `tcps`, in any case.

 # Safety
 `url` is NULL or NUL-terminated.
 */
bool mg_url_is_ssl(const char *url);

/*
 User name of a URL, not decoded; empty when absent.

 # Safety
 `url` is NULL or NUL-terminated.
 */
struct mg_str mg_url_user(const char *url);

/*
 Password of a URL, not decoded; empty when absent.

 # Safety
 `url` is NULL or NUL-terminated.
 */
struct mg_str mg_url_pass(const char *url);

/*
 Path, query and fragment of a URL, from the first `/` after the host; `"/"` when there is none.

 # Safety
 `url` is NULL or NUL-terminated.
 */
const char *mg_url_uri(const char *url);

/*
 Network byte order to the host's, 16 bits; also the other way round.
 */
uint16_t mg_ntohs(uint16_t net);

/*
 Network byte order to the host's, 32 bits; also the other way round.
 */
uint32_t mg_ntohl(uint32_t net);

/*
 Network byte order to the host's, 64 bits; also the other way round.
 */
uint64_t mg_ntohll(uint64_t net);

/*
 Seconds since 1970 of a UTC time, Gregorian calendar; `month` is 1 to 12.
 0 for years before 1970 and months that do not exist.
 */
uint64_t mg_timegm(unsigned int year,
                   unsigned int month,
                   unsigned int day,
                   unsigned int hour,
                   unsigned int min,
                   unsigned int sec);

/*
 Sleeps for at least `ms` milliseconds of `mg_millis`.
 */
void mg_delayms(unsigned int ms);

/*
 Zeroes memory in a way that the compiler must not leave out. `buf` may be NULL.

 # Safety
 `buf` is NULL or writable for `len` bytes.
 */
void mg_bzero(volatile uint8_t *buf, size_t len);

/*
 Fills `buf` with letters and digits chosen at random and ends it with a NUL; returns `buf`.

 `len` is the size of `buf`: `len - 1` characters, none for 1, nothing is written for 0. When the system has no random
 numbers to give, the text is empty, never predictable.

 # Safety
 `buf` is writable for `len` bytes.
 */
char *mg_random_str(char *buf, size_t len);

/*
 Whether a path, already decoded, stays below its root: no `~` or `..` at the start, no `..` after a slash or
 backslash, no NUL. The empty path is sane.

 # Safety
 `path` is readable for its length.
 */
bool mg_path_is_sane(struct mg_str path);

/*
 Whether an access list such as `-0.0.0.0/0,+10.0.0.0/8` allows `remote`: 1 yes, 0 no, -1 the address is IPv6 or an
 entry starts with neither `+` nor `-`, -2 an address or mask does not parse.

 The last matching entry decides; without one the answer is no. An empty list allows everybody. -1 for a NULL `remote`.

 # Safety
 `acl` is readable for its length; `remote` is NULL or points to an address.
 */
int mg_check_ip_acl(struct mg_str acl, struct mg_addr *remote);

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
 Formats to `out(byte, arg)`, one call per byte, and returns the number of bytes.
 */
extern size_t mg_xprintf(mg_pfn_t out, void *arg, const char *fmt, ...);

/*
 Formats one message of a queue. Returns its length; 0 when there is no room or nothing to say.
 */
extern size_t mg_queue_printf(struct mg_queue *q, const char *fmt, ...);

/*
 Writes a whole file with formatted text, see `mg_file_write`.
 */
extern bool mg_file_printf(struct mg_fs *fs, const char *path, const char *fmt, ...);

/*
 Sends formatted text as one WebSocket message of type `op`. Returns the length of its payload.
 */
extern size_t mg_ws_printf(struct mg_connection *c, int op, const char *fmt, ...);

/*
 Answers a WebSocket handshake. `fmt` adds headers, each ended by CR LF; NULL adds none.
 */
extern void mg_ws_upgrade(struct mg_connection *c, struct mg_http_message *hm, const char *fmt, ...);

/*
 Opens a WebSocket client connection. `fmt` adds request headers, each ended by CR LF; NULL adds none.
 */
extern struct mg_connection *mg_ws_connect(struct mg_mgr *mgr,
                                           const char *url,
                                           mg_event_handler_t fn,
                                           void *fn_data,
                                           const char *fmt,
                                           ...);

/*
 Writes the formatted result of a JSON-RPC request; NULL means `null`. Nothing when the frame has no id.
 */
extern void mg_rpc_ok(struct mg_rpc_req *r, const char *fmt, ...);

/*
 Writes a JSON-RPC error with a formatted message, which is a JSON value; NULL means `null`.
 */
extern void mg_rpc_err(struct mg_rpc_req *r, int code, const char *fmt, ...);

/*
 Logs formatted text, CR and LF. Weak: a program may define its own.
 */
extern void mg_log(const char *fmt, ...);

/*
 Logs the start of a line: 40 bytes with time, level, place. Weak: a program may define its own.
 */
extern void mg_log_prefix(int ll, const char *file, int line, const char *fname);

/*
 Zeroed memory for `count` objects of `size` bytes, NULL when there is none. All memory of the library comes from
 here. Weak: a program may define its own, together with `mg_free`.
 */
extern void *mg_calloc(size_t count, size_t size);

/*
 Releases memory of `mg_calloc`. NULL is allowed. Weak.
 */
extern void mg_free(void *ptr);

/*
 Milliseconds of a clock that never goes back. Weak: a program may define its own.
 */
extern uint64_t mg_millis(void);

/*
 Fills `buf` with `len` bytes fit for keys. False: there is no good source, and `buf` must not be used. Weak: a
 program may define its own.
 */
extern bool mg_random(void *buf, size_t len);

/*
 Starts a firmware update of `size` bytes. Does nothing here. Weak: a program may define its own.
 */
extern bool mg_ota_begin(size_t size);

/*
 Writes a piece of the firmware. Does nothing here. Weak.
 */
extern bool mg_ota_write(const void *buf, size_t len);

/*
 Ends a firmware update. Does nothing here. Weak.
 */
extern bool mg_ota_end(void);

/*
 Writes the identity of the device, NUL-terminated, to `buf` of `len` bytes: `0` here. Weak.
 */
extern void mg_ota_device_id(char *buf, size_t len);

/*
 Twin of `mg_ws_connect`: `ap` points to a `va_list`.
 */
struct mg_connection *mg_x_vws_connect(struct mg_mgr *mgr,
                                       const char *url,
                                       mg_event_handler_t fn,
                                       void *fn_data,
                                       const char *fmt,
                                       va_list *ap);

/*
 Twin of `mg_ws_upgrade`: `ap` points to a `va_list`.
 */
void mg_x_vws_upgrade(struct mg_connection *c, struct mg_http_message *hm, const char *fmt, va_list *ap);

/*
 Queues one frame: `len` bytes at `buf` with opcode `op` (`WEBSOCKET_OP_*`). Returns the bytes queued, header included.
 */
size_t mg_ws_send(struct mg_connection *c, const void *buf, size_t len, int op);

/*
 Turns the last `len` bytes of the send buffer into one frame. Returns the length of the send buffer then.
 */
size_t mg_ws_wrap(struct mg_connection *c, size_t len, int op);

/*
 Queues one frame with formatted text; `ap` points to a `va_list`. Returns the length of the text.
 */
size_t mg_ws_vprintf(struct mg_connection *c, int op, const char *fmt, va_list *ap);

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
 Lets a connection serve HTTP requests again, after a handler of MG_EV_HTTP_HDRS took a request's body over (by
 changing the length of the receive buffer), has consumed the body and has answered. Received bytes that are left
 are served by the next poll.
 */
void mg_x_http_resume(struct mg_connection *c);

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
 Queues the head of an HTTP reply: status line, `headers` (each line ends in CRLF), the Content-Length `length` unless
 it is negative, and the empty line. Leaves the body and `is_resp` to the caller. Returns false when memory runs out.
 */
bool mg_x_reply_head(struct mg_connection *c, int status, const char *headers, size_t headers_len, int64_t length);

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

/*
 Sets time limits for all TCP connections of a manager, present and future, in milliseconds; 0 is none, the default.
 A connection that is not connected `connect_ms` after it was opened, look-up included, or on which no byte was
 received or sent for `idle_ms`, gets MG_EV_ERROR `connect timeout` or `idle timeout` and closes.
 */
void mg_x_set_timeouts(struct mg_mgr *mgr, unsigned int connect_ms, unsigned int idle_ms);

/*
 Sets limits for the heads of HTTP requests on all accepted connections of a manager, present and future; 0 is none,
 the default. A head of more than `bytes` is answered with 431, one that is not complete `ms` milliseconds after its
 first bytes with 408; then the connection closes. MG_MAX_RECV_SIZE limits heads in any case.
 */
void mg_x_set_head_limits(struct mg_mgr *mgr, size_t bytes, unsigned int ms);

/*
 Sets limits of a listener and of the connections it accepts; on another connection, its own. Copies `*limits`; NULL
 takes them away. Returns false when memory runs out.

 A request that takes too long gets MG_EV_ERROR `request timeout`, is answered with 408 and closed; a silent
 connection gets `idle timeout`; between requests a connection closes without MG_EV_ERROR.
 */
bool mg_x_set_limits(struct mg_connection *c, const struct mg_x_limits *limits);

/*
 Whether listeners that the manager opens from now on share their port (SO_REUSEPORT); off at first. Several managers,
 as a rule one per process and processor core, may then listen on one address, and the system spreads new connections,
 or datagrams by their peers, over them. All of them have to ask for it, under one user id; any other listener on the
 address fails as ever. What waits at a listener when it closes is lost to the others, too.
 */
void mg_x_set_reuse_port(struct mg_mgr *mgr, bool on);

/*
 Begins the profiling records of a connection: MG_PROF_INIT.
 */
void mg_x_prof_init(struct mg_connection *c);

/*
 Adds a profiling record: MG_PROF_ADD. `name` is kept, not copied.
 */
void mg_x_prof_add(struct mg_connection *c, const char *name);

/*
 Logs the profiling records of a connection: MG_PROF_DUMP.
 */
void mg_x_prof_dump(struct mg_connection *c);

#ifdef __cplusplus
}  /* extern "C" */
#endif  /* __cplusplus */

#endif  /* VANSIRE_H */
