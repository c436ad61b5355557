/* modes: c++
 * Sizes, offsets and bit positions of the public structures, as bindings hard-code them; numbers of events. */
#include "engine.h"

#if defined(__cplusplus)
#define AT(type, field, offset) static_assert(offsetof(type, field) == (offset), #type "." #field)
#define IS(expr) static_assert(expr, #expr)
#else
#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
#define IS(expr) typedef char JOIN(assert_, __LINE__)[(expr) ? 1 : -1]
#define AT(type, field, offset) IS(offsetof(type, field) == (offset))
#endif

#if defined(__LP64__)
AT(struct mg_addr, addr, 0);
AT(struct mg_addr, port, 16);
AT(struct mg_addr, scope_id, 18);
AT(struct mg_addr, is_ip6, 19);
IS(sizeof(struct mg_addr) == 24);

AT(struct mg_dns, url, 0);
AT(struct mg_dns, c, 8);
IS(sizeof(struct mg_dns) == 16);

AT(struct mg_mgr, conns, 0);
AT(struct mg_mgr, dns4, 8);
AT(struct mg_mgr, dns6, 24);
AT(struct mg_mgr, mdns, 40);
AT(struct mg_mgr, dnstimeout, 48);
AT(struct mg_mgr, use_dns6, 52);
AT(struct mg_mgr, nextid, 56);
AT(struct mg_mgr, userdata, 64);
AT(struct mg_mgr, tls_ctx, 72);
AT(struct mg_mgr, mqtt_id, 80);
AT(struct mg_mgr, active_dns_requests, 88);
AT(struct mg_mgr, active_mdns_requests, 96);
AT(struct mg_mgr, timers, 104);
AT(struct mg_mgr, epoll_fd, 112);
AT(struct mg_mgr, ifp, 120);
AT(struct mg_mgr, extraconnsize, 128);
AT(struct mg_mgr, pipe, 136);
IS(sizeof(struct mg_mgr) == 144);

AT(struct mg_connection, next, 0);
AT(struct mg_connection, mgr, 8);
AT(struct mg_connection, loc, 16);
AT(struct mg_connection, rem, 40);
AT(struct mg_connection, fd, 64);
AT(struct mg_connection, id, 72);
AT(struct mg_connection, recv, 80);
AT(struct mg_connection, send, 112);
AT(struct mg_connection, prof, 144);
AT(struct mg_connection, rtls, 176);
AT(struct mg_connection, fn, 208);
AT(struct mg_connection, fn_data, 216);
AT(struct mg_connection, pfn, 224);
AT(struct mg_connection, pfn_data, 232);
AT(struct mg_connection, data, 240);
AT(struct mg_connection, tls, 272);
IS(sizeof(struct mg_connection) == 288);

AT(struct mg_iobuf, buf, 0);
AT(struct mg_iobuf, size, 8);
AT(struct mg_iobuf, len, 16);
AT(struct mg_iobuf, align, 24);
IS(sizeof(struct mg_iobuf) == 32);

AT(struct mg_timer, period_ms, 0);
AT(struct mg_timer, expire, 8);
AT(struct mg_timer, flags, 16);
AT(struct mg_timer, fn, 24);
AT(struct mg_timer, arg, 32);
AT(struct mg_timer, next, 40);
IS(sizeof(struct mg_timer) == 48);
#endif

IS(MG_EV_ERROR == 0 && MG_EV_OPEN == 1 && MG_EV_POLL == 2 && MG_EV_RESOLVE == 3 && MG_EV_CONNECT == 4);
IS(MG_EV_ACCEPT == 5 && MG_EV_TLS_HS == 6 && MG_EV_READ == 7 && MG_EV_WRITE == 8 && MG_EV_CLOSE == 9);
IS(MG_EV_HTTP_HDRS == 10 && MG_EV_HTTP_MSG == 11 && MG_EV_WS_OPEN == 12 && MG_EV_WS_MSG == 13 && MG_EV_WS_CTL == 14);
IS(MG_EV_MQTT_CMD == 15 && MG_EV_MQTT_MSG == 16 && MG_EV_MQTT_OPEN == 17 && MG_EV_SNTP_TIME == 18);
IS(MG_EV_WAKEUP == 19 && MG_EV_MDNS_REQ == 20 && MG_EV_MDNS_RESP == 21 && MG_EV_MODBUS_REQ == 22 && MG_EV_USER == 23);
IS(MG_TIMER_ONCE == 0 && MG_TIMER_REPEAT == 1 && MG_TIMER_RUN_NOW == 2 && MG_TIMER_CALLED == 4);
IS(MG_TIMER_AUTODELETE == 8 && MG_IO_ERR == -1 && MG_IO_WAIT == -2);
IS(MG_DSCP_CS(3) == 24 && MG_DSCP_AF(1, 2) == 12 && MG_DSCP_EF == 46);

/* Each bit-field alone: where it lies in the word behind `tls`, and that the library names it the same. */
#define BIT_IS(field, bit)                                                    \
  do {                                                                        \
    struct mg_connection c_;                                                  \
    uint32_t word_;                                                           \
    memset(&c_, 0, sizeof(c_));                                               \
    c_.field = 1;                                                             \
    memcpy(&word_, (char *) &c_ + offsetof(struct mg_connection, tls) + sizeof(void *), sizeof(word_)); \
    CHECK(word_ == (uint32_t) 1 << (bit));                                    \
    CHECK(mg_x_flags(&c_) == word_);                                          \
    mg_x_set_flags(&c_, 0, word_);                                            \
    CHECK(!c_.field);                                                         \
    mg_x_set_flags(&c_, word_, 0);                                            \
    CHECK(c_.field);                                                          \
  } while (0)

int main(void) {
  struct mg_connection c;
  BIT_IS(dscp, 0);
  BIT_IS(is_listening, 6);
  BIT_IS(is_client, 7);
  BIT_IS(is_accepted, 8);
  BIT_IS(is_resolving, 9);
  BIT_IS(is_arplooking, 10);
  BIT_IS(is_connecting, 11);
  BIT_IS(is_tls, 12);
  BIT_IS(is_tls_hs, 13);
  BIT_IS(is_udp, 14);
  BIT_IS(is_websocket, 15);
  BIT_IS(is_mqtt5, 16);
  BIT_IS(is_hexdumping, 17);
  BIT_IS(is_draining, 18);
  BIT_IS(is_closing, 19);
  BIT_IS(is_full, 20);
  BIT_IS(is_tls_throttled, 21);
  BIT_IS(is_resp, 22);
  BIT_IS(is_readable, 23);
  BIT_IS(is_writable, 24);
  memset(&c, 0, sizeof(c));
  c.dscp = 63;
  CHECK(mg_x_flags(&c) == 63);
  return done();
}
