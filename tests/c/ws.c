/* WebSocket: handshakes, frames of every size, fragments, control frames, breaches, close. */
#include "http.h"

struct side {
  int opens, msgs, ctls, errors, closes;
  int flags;
  size_t len;
  char text[200], message[200], error[100], protocol[50];
  struct mg_connection *c;
};

static struct side client, srv;
static struct mg_connection *server;
static struct peer p;

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  struct side *s = (struct side *) c->fn_data;
  struct mg_ws_message *wm = (struct mg_ws_message *) ev_data;
  if (c->is_listening) return;
  s->c = c;
  if (ev == MG_EV_HTTP_HDRS) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    if (mg_match(hm->uri, mg_str("/soon"), NULL)) mg_ws_upgrade(c, hm, NULL);
  }
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    if (mg_match(hm->uri, mg_str("/ws*"), NULL)) mg_ws_upgrade(c, hm, "X-Own: %d\r\n", 7);
    else mg_http_reply(c, 200, "", "plain");
  }
  if (ev == MG_EV_WS_OPEN) {
    struct mg_str *proto = mg_http_get_header((struct mg_http_message *) ev_data, "Sec-WebSocket-Protocol");
    s->opens++;
    if (proto != NULL) mg_snprintf(s->protocol, sizeof(s->protocol), "%.*s", (int) proto->len, proto->buf);
    if (c->is_accepted) mg_ws_send(c, "welcome", 7, WEBSOCKET_OP_TEXT);
    CHECK(c->is_websocket);
  }
  if (ev == MG_EV_WS_MSG || ev == MG_EV_WS_CTL) {
    if (ev == MG_EV_WS_MSG) s->msgs++;
    else s->ctls++;
    s->flags = wm->flags;
    s->len = wm->data.len;
    mg_snprintf(s->text, sizeof(s->text), "%.*s", (int) (wm->data.len < 150 ? wm->data.len : 150), wm->data.buf);
    if (ev == MG_EV_WS_MSG) memcpy(s->message, s->text, sizeof(s->message));
    if (ev == MG_EV_WS_MSG && c->is_accepted) mg_ws_send(c, wm->data.buf, wm->data.len, wm->flags & 15);
  }
  if (ev == MG_EV_ERROR) s->errors++, mg_snprintf(s->error, sizeof(s->error), "%s", (char *) ev_data);
  if (ev == MG_EV_CLOSE) s->closes++, s->c = NULL;
}

static void fresh(void) {
  UNTIL(mgr.conns == server && server->next == NULL);
  memset(&client, 0, sizeof(client));
  memset(&srv, 0, sizeof(srv));
}

static struct mg_connection *open_client(void) {
  struct mg_connection *c;
  fresh();
  c = mg_ws_connect(&mgr, url_of(server, "ws", "/ws?q"), fn, &client, "Sec-WebSocket-Protocol: %s\r\n", "a, b");
  CHECK(c != NULL);
  UNTIL(client.msgs == 1);
  CHECK(client.opens == 1 && srv.opens == 1 && strcmp(client.text, "welcome") == 0);
  CHECK(strcmp(client.protocol, "a") == 0);
  return c;
}

static void bye(void) {
  mg_ws_send(client.c, "\x03\xe8", 2, WEBSOCKET_OP_CLOSE);
  UNTIL(client.closes == 1 && srv.closes == 1);
  CHECK(client.errors == 0 && srv.errors == 0);
}

static void every_size(void) {
  static const size_t sizes[] = {0, 1, 7, 125, 126, 127, 65535, 65536, 200000};
  static char data[200000];
  struct mg_connection *c = open_client();
  size_t i;
  memset(data, 'd', sizeof(data));
  for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    size_t n = sizes[i], head = n < 126 ? 2 : n < 65536 ? 4 : 10;
    int before = client.msgs;
    CHECK(mg_ws_send(c, data, n, WEBSOCKET_OP_BINARY) == n + head + 4);
    UNTIL(client.msgs == before + 1);
    CHECK(client.len == n && client.flags == 0x82 && srv.flags == 0x82);
  }
  bye();
}

static void printed_and_wrapped(void) {
  struct mg_connection *c = open_client();
  size_t n;
  CHECK(mg_ws_printf(c, WEBSOCKET_OP_TEXT, "%d-%s", 42, "x") == 4);
  UNTIL(client.msgs == 2);
  CHECK(strcmp(client.text, "42-x") == 0 && client.flags == 0x81);
  n = mg_printf(c, "%s", "abc");
  n += mg_printf(c, "%s", "def");
  CHECK(mg_ws_wrap(c, n, WEBSOCKET_OP_TEXT) == 6 + 6 && c->send.len == 12);
  UNTIL(client.msgs == 3);
  CHECK(strcmp(client.text, "abcdef") == 0);
  mg_ws_send(c, "p", 1, WEBSOCKET_OP_PING);
  UNTIL(client.ctls == 1);
  CHECK(client.flags == 0x8a && strcmp(client.text, "p") == 0 && srv.ctls == 1 && srv.flags == 0x89);
  bye();
}

static void fragments(void) {
  const char *s = "one byte per fragment";
  struct mg_connection *c = open_client();
  size_t i, n = strlen(s);
  for (i = 0; i < n; i++) {
    size_t ofs = c->send.len;
    mg_ws_send(c, &s[i], 1, i == 0 ? WEBSOCKET_OP_TEXT : WEBSOCKET_OP_CONTINUE);
    if (i + 1 < n) c->send.buf[ofs] = (unsigned char) (c->send.buf[ofs] & 0x7f);
    mg_ws_send(c, "", 0, WEBSOCKET_OP_PING);
  }
  mg_ws_send(c, "", 0, WEBSOCKET_OP_CONTINUE);
  UNTIL(client.msgs == 2);
  CHECK(srv.msgs == 1 && strcmp(srv.message, s) == 0 && strcmp(client.message, s) == 0);
  UNTIL(srv.ctls == (int) (n + n - 1 + 1));
  bye();
}

/* ---- a peer of our own ------------------------------------------------------------------------------------------ */

static const char *handshake =
    "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: x, y\r\n\r\n";
static const char *answer =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Own: 7\r\nSec-WebSocket-Protocol: x\r\n\r\n"
    "\x81\x07welcome";

static void shake(void) {
  fresh();
  peer_open(&p, server);
  peer_say(&p, handshake);
  PEER_UNTIL(&p, p.len >= strlen(answer));
  CHECK(p.len == strlen(answer) && memcmp(p.buf, answer, p.len) == 0);
  p.len = 0;
}

/* Sends a frame; the server must answer with exactly `reply` and close. */
static void breach(const void *frame, size_t len, const char *reply, size_t reply_len) {
  shake();
  peer_send(&p, frame, len);
  PEER_UNTIL(&p, p.closed);
  CHECK(p.len == reply_len && memcmp(p.buf, reply, reply_len) == 0);
  CHECK(srv.msgs == 0);
  peer_close(&p);
}

static void breaches(void) {
  const char *protocol = "\x88\x02\x03\xea", *too_big = "\x88\x02\x03\xf1";
  breach("\x81\x05hello", 7, protocol, 4);
  breach("\xc1\x80mmmm", 6, protocol, 4);
  breach("\x09\x80mmmm", 6, protocol, 4);
  breach("\x89\xfe\0\x7emmmm", 8, protocol, 4);
  breach("\x80\x81mmmmx", 7, protocol, 4);
  breach("\x01\x81mmmmx\x01\x81mmmmy", 14, protocol, 4);
  breach("\x82\xff\0\0\0\0\x7f\xff\xff\xffmmmm", 14, too_big, 4);
  breach("\x82\xff\x80\0\0\0\0\0\0\0mmmm", 14, protocol, 4);
  breach("\x88\x81mmmmx", 7, protocol, 4);
  breach("\x88\x82\0\0\0\0\x03\xed", 8, protocol, 4);
  shake();
  peer_send(&p, "\x83\x80mmmm", 6);
  PEER_UNTIL(&p, p.closed);
  CHECK(srv.errors == 1 && strcmp(srv.error, "unknown WS op 3") == 0);
  peer_close(&p);
}

static void closing(void) {
  shake();
  /* The frame behind the CLOSE does not count. */
  peer_send(&p, "\x88\x82\0\0\0\0\x03\xe8\x81\x81\0\0\0\0x", 15);
  PEER_UNTIL(&p, p.closed);
  CHECK(p.len == 4 && memcmp(p.buf, "\x88\x02\x03\xe8", 4) == 0 && srv.msgs == 0 && srv.ctls == 1);
  peer_close(&p);
  /* Our CLOSE is not sent twice. */
  shake();
  mg_ws_send(srv.c, "\x03\xe9", 2, WEBSOCKET_OP_CLOSE);
  PEER_UNTIL(&p, p.len == 4);
  peer_send(&p, "\x88\x82\0\0\0\0\x03\xe9", 8);
  PEER_UNTIL(&p, p.closed);
  CHECK(p.len == 4);
  peer_close(&p);
}

static void early_frames(void) {
  char both[1000];
  size_t n = strlen(handshake);
  fresh();
  memcpy(both, handshake, n);
  memcpy(both + n, "\x81\x82\0\0\0\0hi", 8);
  peer_open(&p, server);
  peer_send(&p, both, n + 8);
  PEER_UNTIL(&p, p.len >= strlen(answer) + 4);
  CHECK(memcmp(p.buf + strlen(answer), "\x81\x02hi", 4) == 0);
  peer_close(&p);
}

/* An upgrade at the first sight of the head: the request is no frame. */
static void early_upgrade(void) {
  fresh();
  peer_open(&p, server);
  peer_say(&p, "GET /soon HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  PEER_UNTIL(&p, p.len > 9 && memcmp(p.buf + p.len - 9, "\x81\x07welcome", 9) == 0);
  p.len = 0;
  peer_send(&p, "\x81\x82\0\0\0\0hi", 8);
  PEER_UNTIL(&p, p.len == 4);
  CHECK(memcmp(p.buf, "\x81\x02hi", 4) == 0 && srv.opens == 1 && srv.errors == 0);
  peer_close(&p);
}

static void no_upgrade(void) {
  struct mg_http_message hm;
  fresh();
  ask(server, &p, &hm, "GET /ws HTTP/1.1\r\n\r\n");
  CHECK(mg_http_status(&hm) == 426 && is(hm.body, "WS upgrade expected\n"));
}

/* ---- our client and servers that are none ----------------------------------------------------------------------- */

static void raw_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_READ && c->recv.len > 0) {
    const char *text = (const char *) c->fn_data;
    char *key = strstr((char *) c->recv.buf, "Sec-WebSocket-Key: ");
    CHECK(key != NULL && strstr((char *) c->recv.buf, "GET /p?q HTTP/1.1\r\n") == (char *) c->recv.buf);
    CHECK(strstr((char *) c->recv.buf, "\r\nHost: 127.0.0.1:") != NULL && key[19 + 24] == '\r');
    c->recv.len = 0;
    mg_send(c, text, strlen(text));
  }
  (void) ev_data;
}

static void refuse(const char *text, const char *error) {
  struct mg_connection *l;
  fresh();
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", raw_fn, (void *) (uintptr_t) text);
  CHECK(mg_ws_connect(&mgr, url_of(l, "ws", "/p?q"), fn, &client, NULL) != NULL);
  UNTIL(client.closes == 1);
  CHECK(client.errors == 1 && client.opens == 0 && strcmp(client.error, error) == 0);
  l->is_closing = 1;
}

static void bad_servers(void) {
  refuse("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "ws handshake error");
  refuse("HTTP/1.1 101 x\r\n\r\n", "ws handshake error");
  refuse("HTTP/1.1 101 x\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x01x", "ws handshake error");
  refuse("\x01\x02", "not http");
}

int main(void) {
  start();
  server = serve(fn, &srv);
  every_size();
  printed_and_wrapped();
  fragments();
  breaches();
  closing();
  early_frames();
  early_upgrade();
  no_upgrade();
  bad_servers();
  fresh();
  return finish();
}
