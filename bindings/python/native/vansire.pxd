# The C API of Vansire, as far as the Python package uses it. Contract and documentation: include/mongoose.h.

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef extern from "mongoose.h":
    cdef struct mg_str:
        char *buf
        size_t len

    ctypedef union mg_addr_bytes "union mg_addr_bytes":
        uint8_t ip[16]

    cdef struct mg_addr:
        uint16_t port
        bint is_ip6 "is_ip6"

    cdef struct mg_iobuf:
        unsigned char *buf
        size_t size
        size_t len
        size_t align

    ctypedef void (*mg_event_handler_t)(mg_connection *, int, void *) noexcept

    cdef struct mg_timer:
        uint64_t period_ms
        uint64_t expire
        unsigned flags
        mg_timer *next

    cdef struct mg_mgr:
        mg_connection *conns
        unsigned long nextid
        void *userdata
        mg_timer *timers
        int epoll_fd

    cdef struct mg_connection:
        mg_connection *next
        mg_mgr *mgr
        mg_addr loc
        mg_addr rem
        void *fd
        unsigned long id
        mg_iobuf recv
        mg_iobuf send
        mg_event_handler_t fn
        void *fn_data
        mg_event_handler_t pfn
        unsigned is_listening
        unsigned is_client
        unsigned is_accepted
        unsigned is_tls
        unsigned is_udp
        unsigned is_resolving
        unsigned is_websocket
        unsigned is_mqtt5
        unsigned is_draining
        unsigned is_closing
        unsigned is_full
        unsigned is_resp
        unsigned is_readable
        unsigned is_writable

    # Engine
    void mg_mgr_init(mg_mgr *)
    void mg_mgr_poll(mg_mgr *, int ms)
    void mg_mgr_free(mg_mgr *)
    mg_connection *mg_listen(mg_mgr *, const char *url, mg_event_handler_t fn, void *fn_data)
    mg_connection *mg_connect(mg_mgr *, const char *url, mg_event_handler_t fn, void *fn_data)
    bint mg_send(mg_connection *, const void *, size_t)
    void mg_call(mg_connection *, int ev, void *ev_data)
    size_t mg_iobuf_add(mg_iobuf *, size_t ofs, const void *, size_t)
    size_t mg_iobuf_del(mg_iobuf *, size_t ofs, size_t n)
    uint16_t mg_ntohs(uint16_t)
    void mg_free(void *)

    enum:
        MG_TIMER_ONCE
        MG_TIMER_REPEAT
        MG_TIMER_RUN_NOW
        MG_TIMER_CALLED
    void mg_timer_init(mg_timer **head, mg_timer *, uint64_t ms, unsigned flags, void (*fn)(void *) noexcept, void *)
    void mg_timer_free(mg_timer **head, mg_timer *)
    uint64_t mg_millis()
    bint mg_wakeup_init(mg_mgr *)
    bint mg_wakeup(mg_mgr *, unsigned long id, const void *, size_t)
    int mg_log_level

    # HTTP
    cdef struct mg_http_header:
        mg_str name
        mg_str value

    enum:
        MG_MAX_HTTP_HEADERS

    cdef struct mg_http_message:
        mg_str method
        mg_str uri
        mg_str query
        mg_str proto
        mg_http_header headers[MG_MAX_HTTP_HEADERS]
        mg_str body
        mg_str head
        mg_str message

    cdef struct mg_http_serve_opts:
        const char *root_dir
        const char *ssi_pattern
        const char *extra_headers
        const char *mime_types
        const char *page404

    cdef struct mg_http_part:
        mg_str name
        mg_str filename
        mg_str body

    mg_connection *mg_http_listen(mg_mgr *, const char *url, mg_event_handler_t fn, void *fn_data)
    mg_connection *mg_http_connect(mg_mgr *, const char *url, mg_event_handler_t fn, void *fn_data)
    void mg_http_write_chunk(mg_connection *, const char *, size_t)
    void mg_http_serve_dir(mg_connection *, mg_http_message *, const mg_http_serve_opts *)
    void mg_http_serve_file(mg_connection *, mg_http_message *, const char *path, const mg_http_serve_opts *)
    mg_str mg_http_get_header_var(mg_str s, mg_str v)
    mg_str mg_http_var(mg_str buf, mg_str name)
    int mg_http_status(const mg_http_message *)
    void mg_http_bauth(mg_connection *, const char *user, const char *password)
    size_t mg_http_next_multipart(mg_str body, size_t ofs, mg_http_part *)
    int mg_url_decode(const char *s, size_t n, char *to, size_t to_len, int form)
    size_t mg_url_encode(const char *s, size_t n, char *buf, size_t len)

    # WebSocket
    cdef struct mg_ws_message:
        mg_str data
        uint8_t flags

    mg_connection *mg_ws_connect(mg_mgr *, const char *url, mg_event_handler_t fn, void *fn_data, const char *fmt, ...)
    void mg_ws_upgrade(mg_connection *, mg_http_message *, const char *fmt, ...)
    size_t mg_ws_send(mg_connection *, const void *, size_t, int op)

    # MQTT
    cdef struct mg_mqtt_prop:
        uint8_t id
        uint32_t iv
        mg_str key
        mg_str val

    cdef struct mg_mqtt_opts:
        mg_str user
        mg_str password "pass"
        mg_str client_id
        mg_str topic
        mg_str message
        uint8_t qos
        uint8_t version
        uint16_t keepalive
        bint retain "retain"
        bint clean "clean"

    cdef struct mg_mqtt_message:
        mg_str topic
        mg_str data
        mg_str dgram
        uint16_t id
        uint8_t cmd
        uint8_t qos
        uint8_t ack
        size_t props_start
        size_t props_size

    mg_connection *mg_mqtt_connect(mg_mgr *, const char *url, const mg_mqtt_opts *, mg_event_handler_t fn, void *)
    mg_connection *mg_mqtt_listen(mg_mgr *, const char *url, mg_event_handler_t fn, void *fn_data)
    uint16_t mg_mqtt_pub(mg_connection *, const mg_mqtt_opts *)
    void mg_mqtt_sub(mg_connection *, const mg_mqtt_opts *)
    void mg_mqtt_unsub(mg_connection *, const mg_mqtt_opts *)
    void mg_mqtt_ping(mg_connection *)
    void mg_mqtt_pong(mg_connection *)
    void mg_mqtt_disconnect(mg_connection *, const mg_mqtt_opts *)
    size_t mg_mqtt_next_prop(mg_mqtt_message *, mg_mqtt_prop *, size_t ofs)

    # DNS, SNTP, TLS
    void mg_resolve(mg_connection *, const char *url)
    void mg_resolve_cancel(mg_connection *)
    mg_connection *mg_sntp_connect(mg_mgr *, const char *url, mg_event_handler_t fn, void *fn_data)
    void mg_sntp_request(mg_connection *)

    cdef struct mg_tls_opts:
        mg_str ca
        mg_str cert
        mg_str key
        mg_str name
        bint skip_verification "skip_verification"

    void mg_tls_init(mg_connection *, const mg_tls_opts *)
    void mg_tls_free(mg_connection *)

    # Utilities
    mg_str mg_url_host(const char *)
    unsigned short mg_url_port(const char *)
    bint mg_url_is_ssl(const char *)
    mg_str mg_url_user(const char *)
    mg_str mg_url_pass(const char *)
    const char *mg_url_uri(const char *)
    bint mg_match(mg_str s, mg_str pattern, mg_str *caps)
    size_t mg_base64_encode(const unsigned char *, size_t, char *, size_t)
    size_t mg_base64_decode(const char *, size_t, char *, size_t)
    uint32_t mg_crc32(uint32_t crc, const char *, size_t)
    bint mg_random(void *, size_t)
    char *mg_random_str(char *, size_t)

    ctypedef struct mg_md5_ctx:
        pass
    void mg_md5_init(mg_md5_ctx *)
    void mg_md5_update(mg_md5_ctx *, const unsigned char *, size_t)
    void mg_md5_final(mg_md5_ctx *, unsigned char *)
    ctypedef struct mg_sha1_ctx:
        pass
    void mg_sha1_init(mg_sha1_ctx *)
    void mg_sha1_update(mg_sha1_ctx *, const unsigned char *, size_t)
    void mg_sha1_final(unsigned char *, mg_sha1_ctx *)
    void mg_sha256(uint8_t *dst, uint8_t *, size_t)
    void mg_hmac_sha256(uint8_t *dst, uint8_t *key, size_t, uint8_t *, size_t)

    int mg_json_get(mg_str json, const char *path, int *toklen)

    # Extras of Vansire
    void mg_x_set_wait_hooks(mg_mgr *, void (*before)(void *) noexcept, void (*after)(void *) noexcept, void *)
    bint mg_x_wake(mg_mgr *)
    cdef struct mg_x_limits:
        size_t max_recv_size
        uint32_t max_connections
        uint32_t request_ms
        uint32_t keepalive_ms
        uint32_t idle_ms
        bint strict_http
    bint mg_x_set_limits(mg_connection *, const mg_x_limits *)
    bint mg_x_close_now(mg_connection *)
    void mg_x_http_resume(mg_connection *)
    void mg_x_set_reuse_port(mg_mgr *, bint on)
    bint mg_x_reply_head(mg_connection *, int status, const char *headers, size_t hlen, int64_t length)
    bint mg_x_reply(mg_connection *, int status, const char *headers, size_t hlen, const void *body, size_t blen)

cdef extern from "text.h":
    bint vs_is_clean(const char *text, size_t size)
    bint vs_is_name(const char *text, const char *lower, size_t size)

cdef extern from "gate.h":
    ctypedef struct vs_gate:
        int waiting
    void vs_gate_init(vs_gate *)
    void vs_gate_enter(vs_gate *)
    void vs_gate_leave(vs_gate *)
    unsigned vs_gate_pause(vs_gate *)
    void vs_gate_resume(vs_gate *, unsigned depth)
    void vs_shield_event(void (*fn)(void *, int, void *) noexcept, void *c, int ev, void *ev_data)
    void vs_shield_timer(void (*fn)(void *) noexcept, void *arg)
    void vs_gate_before(void *) noexcept nogil
    void vs_gate_after(void *) noexcept nogil
