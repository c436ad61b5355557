/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * JSON-RPC over WebSocket. Clients call "sum", "mul", "rpc.list" and get a notification every second.
 *
 * Usage: json-rpc-over-websocket [PORT]   (default 8000; 0 picks a free port; the path is /websocket)
 * Try: {"id":1,"method":"sum","params":[2,3]}
 */
#include "mongoose.h"

static struct mg_rpc *s_methods;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void rpc_sum(struct mg_rpc_req *r) {
  double a = 0, b = 0;
  if (mg_json_get_num(r->frame, "$.params[0]", &a) && mg_json_get_num(r->frame, "$.params[1]", &b)) {
    mg_rpc_ok(r, "%g", a + b);
  } else {
    mg_rpc_err(r, -32602, "%m", MG_ESC("two numbers, please"));
  }
}

static void rpc_mul(struct mg_rpc_req *r) {
  double a = 0, b = 0;
  mg_json_get_num(r->frame, "$.params.a", &a);
  mg_json_get_num(r->frame, "$.params.b", &b);
  mg_rpc_ok(r, "%g", a * b);
}

static void on_frame(struct mg_connection *c, struct mg_str frame) {
  struct mg_iobuf io = {NULL, 0, 0, 512};
  struct mg_rpc_req r;
  memset(&r, 0, sizeof(r));
  r.head = &s_methods;
  r.pfn = mg_pfn_iobuf;
  r.pfn_data = &io;
  r.frame = frame;
  mg_rpc_process(&r);
  if (io.buf != NULL) mg_ws_send(c, io.buf, io.len, WEBSOCKET_OP_TEXT);
  mg_iobuf_free(&io);
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    if (mg_match(hm->uri, mg_str("/websocket"), NULL)) {
      mg_ws_upgrade(c, hm, NULL);
    } else {
      mg_http_reply(c, 404, "", "the path is /websocket\n");
    }
  } else if (ev == MG_EV_WS_MSG) {
    on_frame(c, ((struct mg_ws_message *) ev_data)->data);
  }
}

/* A notification has a method and no id. */
static void on_timer(void *arg) {
  struct mg_mgr *mgr = (struct mg_mgr *) arg;
  struct mg_connection *c;
  for (c = mgr->conns; c != NULL; c = c->next) {
    if (c->is_websocket) {
      mg_ws_printf(c, WEBSOCKET_OP_TEXT, "{%m:%m,%m:[%llu]}", MG_ESC("method"), MG_ESC("uptime"), MG_ESC("params"),
                   (unsigned long long) mg_millis());
    }
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  char url[64];
  mg_snprintf(url, sizeof(url), "http://127.0.0.1:%s", argc > 1 ? argv[1] : "8000");
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  mg_rpc_add(&s_methods, mg_str("sum"), rpc_sum, NULL);
  mg_rpc_add(&s_methods, mg_str("mul"), rpc_mul, NULL);
  mg_rpc_add(&s_methods, mg_str("rpc.list"), mg_rpc_list, NULL);
  listener = mg_http_listen(&mgr, url, on_event, NULL);
  if (listener == NULL) {
    mg_mgr_free(&mgr);
    return EXIT_FAILURE;
  }
  mg_timer_add(&mgr, 1000, MG_TIMER_REPEAT, on_timer, &mgr);
  printf("ws://127.0.0.1:%hu/websocket\n", mg_ntohs(listener->loc.port));
  fflush(stdout);
  while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  mg_rpc_del(&s_methods, NULL);
  return EXIT_SUCCESS;
}
