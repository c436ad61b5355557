/* Limits of request heads that a program sets: bytes and time. */
#define MG_ENABLE_CUSTOM_MILLIS 1
#include "http.h"

static uint64_t now = 1000;
static int messages;
static char uri[20];

uint64_t mg_millis(void) { return now; }

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    messages++;
    mg_snprintf(uri, sizeof(uri), "%.*s", (int) hm->uri.len, hm->uri.buf);
    mg_http_reply(c, 200, "", "%lu", (unsigned long) hm->body.len);
  }
}

static struct peer p;
static struct mg_http_message hm;

/* A head of `size` bytes. */
static void send_head(size_t size) {
  static const char start_line[] = "GET /h HTTP/1.1\r\nA: ";
  size_t i;
  peer_say(&p, start_line);
  for (i = sizeof(start_line) - 1; i < size - 4; i++) peer_send(&p, "x", 1);
  peer_say(&p, "\r\n\r\n");
}

static void bytes(struct mg_connection *server) {
  mg_x_set_head_limits(&mgr, 200, 0);
  peer_open(&p, server);
  send_head(200);
  PEER_UNTIL(&p, response_at(&p, 0, &hm) > 0);
  CHECK(mg_http_status(&hm) == 200 && messages == 1);
  p.len = 0;
  /* The body does not count. */
  peer_say(&p, "POST / HTTP/1.1\r\nContent-Length: 300\r\n\r\n");
  for (messages = 0; messages < 300; messages++) peer_send(&p, "x", 1);
  messages = 1;
  PEER_UNTIL(&p, response_at(&p, 0, &hm) > 0);
  CHECK(is(hm.body, "300") && messages == 2);
  p.len = 0;
  send_head(201);
  PEER_UNTIL(&p, p.closed);
  CHECK(response_at(&p, 0, &hm) == p.len && mg_http_status(&hm) == 431 && messages == 2);
  peer_close(&p);
  /* Not complete, and behind an answered request. */
  peer_open(&p, server);
  peer_say(&p, "GET /first HTTP/1.1\r\n\r\n");
  send_head(250);
  PEER_UNTIL(&p, p.closed);
  CHECK(messages == 3 && strstr(p.buf, "HTTP/1.1 200 OK") != NULL && strstr(p.buf, "HTTP/1.1 431 ") != NULL);
  peer_close(&p);
}

static void turns(int n) {
  while (n-- > 0) peer_pump(&p);
}

static void time_(struct mg_connection *server) {
  mg_x_set_head_limits(&mgr, 0, 100);
  messages = 0;
  peer_open(&p, server);
  peer_say(&p, "GET /slow HTT");
  turns(5);
  now += 99;
  turns(5);
  CHECK(!p.closed && p.len == 0);
  /* Complete in time; its body and the pause behind it may take longer. */
  peer_say(&p, "P/1.1\r\nContent-Length: 1\r\n\r\n");
  turns(5);
  now += 1000;
  turns(5);
  peer_say(&p, "x");
  PEER_UNTIL(&p, response_at(&p, 0, &hm) > 0);
  now += 1000;
  turns(5);
  CHECK(!p.closed && messages == 1);
  p.len = 0;
  peer_say(&p, "G");
  turns(5);
  now += 60;
  peer_say(&p, "E");
  turns(5);
  CHECK(!p.closed && p.len == 0);
  now += 40;
  PEER_UNTIL(&p, p.closed);
  CHECK(response_at(&p, 0, &hm) == p.len && mg_http_status(&hm) == 408 && messages == 1);
  peer_close(&p);
  mg_x_set_head_limits(&mgr, 0, 0);
  peer_open(&p, server);
  peer_say(&p, "GET ");
  turns(5);
  now += 100000;
  turns(5);
  peer_say(&p, "/patient HTTP/1.1\r\n\r\n");
  PEER_UNTIL(&p, response_at(&p, 0, &hm) > 0);
  CHECK(mg_http_status(&hm) == 200 && strcmp(uri, "/patient") == 0);
  peer_close(&p);
}

int main(void) {
  struct mg_connection *server;
  start();
  server = serve(fn, NULL);
  bytes(server);
  time_(server);
  mg_x_set_head_limits(NULL, 1, 1);
  return finish();
}
