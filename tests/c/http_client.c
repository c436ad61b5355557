/* The client side: responses cut out of the stream, read until close, interim responses, chunked both ways. */
#include "http.h"

struct client {
  int hdrs, msgs, closes, errors, status;
  char body[200], events[300];
};

static void note(struct client *t, const char *word) {
  size_t n = strlen(t->events);
  mg_snprintf(t->events + n, sizeof(t->events) - n, "%s%s", n > 0 ? " " : "", word);
}

static void client_fn(struct mg_connection *c, int ev, void *ev_data) {
  struct client *t = (struct client *) c->fn_data;
  struct mg_http_message *hm = (struct mg_http_message *) ev_data;
  if (ev == MG_EV_OPEN) CHECK(c->pfn != NULL);
  if (ev == MG_EV_HTTP_HDRS) t->hdrs++, note(t, "HDRS");
  if (ev == MG_EV_CLOSE) t->closes++, note(t, "CLOSE");
  if (ev == MG_EV_ERROR) t->errors++, note(t, "ERROR");
  if (ev == MG_EV_HTTP_MSG) {
    t->msgs++;
    note(t, "MSG");
    t->status = mg_http_status(hm);
    mg_snprintf(t->body, sizeof(t->body), "%.*s", (int) hm->body.len, hm->body.buf);
    CHECK(hm->message.len == hm->head.len + hm->body.len);
  }
}

/* A raw server that says what it is told, then closes or waits. */
struct script {
  const char *text;
  bool close;
};

static void raw_fn(struct mg_connection *c, int ev, void *ev_data) {
  struct script *s = (struct script *) c->fn_data;
  if (ev == MG_EV_READ && c->recv.len > 0) {
    c->recv.len = 0;
    mg_send(c, s->text, strlen(s->text));
    if (s->close) c->is_draining = 1;
  }
  (void) ev_data;
}

static struct client t;

static void leave(void) {
  struct mg_connection *c;
  for (c = mgr.conns; c != NULL; c = c->next) c->is_closing = 1;
  UNTIL(mgr.conns == NULL);
}

/* Asks a server that answers with `text`; returns when the answer, or the end, is here. */
static void visit(const char *text, bool close) {
  static struct script s;
  struct mg_connection *l, *c;
  s.text = text, s.close = close;
  memset(&t, 0, sizeof(t));
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", raw_fn, &s);
  CHECK(l != NULL);
  c = mg_http_connect(&mgr, url_of(l, "http", "/"), client_fn, &t);
  CHECK(c != NULL);
  mg_printf(c, "GET / HTTP/1.1\r\n\r\n");
  UNTIL(close ? t.closes == 1 : t.msgs == 1);
  if (close) leave();
}

static void until_close(void) {
  visit("HTTP/1.0 200 OK\r\n\r\nall of it", true);
  CHECK(t.msgs == 1 && strcmp(t.body, "all of it") == 0 && strcmp(t.events, "HDRS MSG CLOSE") == 0);
  visit("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", true);
  CHECK(t.msgs == 1 && t.body[0] == '\0' && t.hdrs == 1);
  visit("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", true);
  CHECK(t.msgs == 0 && t.hdrs == 1);
}

static void interim(void) {
  visit("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", false);
  CHECK(t.msgs == 1 && t.status == 200 && strcmp(t.body, "hi") == 0);
  leave();
  visit("HTTP/1.1 304 Same\r\nContent-Length: 10\r\n\r\n", false);
  CHECK(t.msgs == 1 && t.status == 304 && t.body[0] == '\0');
  leave();
}

static void local_close(void) {
  struct mg_connection *c;
  static struct script s;
  struct mg_connection *l = mg_listen(&mgr, "tcp://127.0.0.1:0", raw_fn, &s);
  s.text = "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", s.close = false;
  memset(&t, 0, sizeof(t));
  c = mg_http_connect(&mgr, url_of(l, "http", "/"), client_fn, &t);
  mg_printf(c, "HEAD / HTTP/1.1\r\n\r\n");
  UNTIL(t.hdrs == 1);
  CHECK(t.msgs == 0);
  c->is_closing = 1;
  UNTIL(t.closes == 1);
  CHECK(t.msgs == 1 && t.status == 200 && t.body[0] == '\0');
  leave();
}

static void bad_responses(void) {
  visit("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", true);
  CHECK(t.msgs == 0);
  visit("nonsense\r\n\r\n", true);
  CHECK(t.msgs == 0);
  visit("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", true);
  CHECK(t.msgs == 0 && t.errors == 1);
}

/* A client may send chunks; the server sees one body. */
static void server_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    mg_printf(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    mg_http_printf_chunk(c, "got %.*s", (int) hm->body.len, hm->body.buf);
    mg_http_write_chunk(c, "!", 1);
    mg_http_printf_chunk(c, "");
  }
}

static void chunks_both_ways(void) {
  struct mg_connection *l = mg_http_listen(&mgr, "http://LOCALHOST:0", server_fn, NULL);
  struct mg_connection *c;
  CHECK(l != NULL);
  memset(&t, 0, sizeof(t));
  c = mg_http_connect(&mgr, url_of(l, "http", "/"), client_fn, &t);
  mg_printf(c, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  mg_http_printf_chunk(c, "%d", 42);
  mg_http_write_chunk(c, "xyz", 3);
  mg_http_printf_chunk(c, "");
  UNTIL(t.msgs == 1);
  CHECK(strcmp(t.body, "got 42xyz!") == 0 && !c->is_resp);
  CHECK(mg_send(c, "", 0));
  leave();
}

static void bad_urls(void) {
  CHECK(mg_http_listen(&mgr, "http://999.0.0.1:0", server_fn, NULL) == NULL);
  CHECK(mg_http_listen(&mgr, "http://127.0.0.1:77777", server_fn, NULL) == NULL);
  CHECK(mg_http_connect(&mgr, "", client_fn, &t) == NULL);
  CHECK(mgr.conns == NULL);
}

int main(void) {
  start();
  until_close();
  interim();
  local_close();
  bad_responses();
  chunks_both_ways();
  bad_urls();
  return finish();
}
