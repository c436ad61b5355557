/* Vansire in C for the scenarios whose answer is not the greeting; the greeting itself is answered by the example
 * program examples/c/http-server.
 *
 * usage: vansire_c [PORT] [hello|body64k|post10k] */
#include <mongoose.h>

static const char hello[] = "{\"message\":\"Hello, World!\"}";
static char big[65536];

static void answer_hello(struct mg_connection *c, int ev, void *ev_data) {
  (void) ev_data;
  if (ev == MG_EV_HTTP_MSG) mg_http_reply(c, 200, "Content-Type: application/json\r\n", "%s", hello);
}

static void answer_body64k(struct mg_connection *c, int ev, void *ev_data) {
  (void) ev_data;
  if (ev != MG_EV_HTTP_MSG) return;
  mg_printf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %lu\r\n\r\n", (unsigned long) sizeof(big));
  mg_send(c, big, sizeof(big));
  c->is_resp = 0;
}

static void answer_post10k(struct mg_connection *c, int ev, void *ev_data) {
  struct mg_http_message *hm = (struct mg_http_message *) ev_data;
  if (ev != MG_EV_HTTP_MSG) return;
  mg_printf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %lu\r\n\r\n",
            (unsigned long) hm->body.len);
  mg_send(c, hm->body.buf, hm->body.len);
  c->is_resp = 0;
}

int main(int argc, char **argv) {
  struct mg_mgr mgr;
  char url[64];
  const char *answer = argc > 2 ? argv[2] : "hello";
  mg_event_handler_t fn = strcmp(answer, "body64k") == 0   ? answer_body64k
                          : strcmp(answer, "post10k") == 0 ? answer_post10k
                                                           : answer_hello;
  struct mg_connection *listener;
  memset(big, 'x', sizeof(big));
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  mg_snprintf(url, sizeof(url), "http://127.0.0.1:%s", argc > 1 ? argv[1] : "0");
  listener = mg_http_listen(&mgr, url, fn, NULL);
  if (listener == NULL) return 1;
  printf("listening on http://127.0.0.1:%u\n", (unsigned) mg_ntohs(listener->loc.port));
  fflush(stdout);
  for (;;) mg_mgr_poll(&mgr, 1000);
}
