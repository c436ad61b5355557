/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A web server in a page of C: answers every request with JSON.
 * Usage: http-server [PORT]   (default 8765; 0 picks a free port)
 */
#include "mongoose.h"

static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    mg_http_reply(c, 200, "Content-Type: application/json\r\n", "%s", "{\"message\":\"Hello, World!\"}");
  }
  (void) ev_data;
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  char url[64];

  mg_snprintf(url, sizeof(url), "http://127.0.0.1:%s", argc > 1 ? argv[1] : "8765");
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  listener = mg_http_listen(&mgr, url, on_event, NULL);
  if (listener == NULL) {
    mg_mgr_free(&mgr);
    return EXIT_FAILURE;
  }
  printf("http://127.0.0.1:%hu\n", mg_ntohs(listener->loc.port));
  fflush(stdout);
  while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  return EXIT_SUCCESS;
}
