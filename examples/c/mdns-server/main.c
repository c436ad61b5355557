/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Makes this machine known in the local network as NAME.local. Try: ping NAME.local
 *
 * Usage: mdns-server [NAME]   (default vansire)
 */
#include "mongoose.h"

static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

/* The library answers for the name by itself; this only shows who is asked for. */
static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_MDNS_REQ) {
    struct mg_mdns_req *req = (struct mg_mdns_req *) ev_data;
    printf("%.*s %s\n", (int) req->reqname.len, req->reqname.buf, req->is_resp ? "(it is me)" : "");
    fflush(stdout);
  }
  (void) c;
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  char name[64];
  mg_snprintf(name, sizeof(name), "%s", argc > 1 ? argv[1] : "vansire");
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  if (mg_mdns_listen(&mgr, on_event, name) == NULL) {
    mg_mgr_free(&mgr);
    return EXIT_FAILURE;
  }
  printf("%s.local\n", name);
  fflush(stdout);
  while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  return EXIT_SUCCESS;
}
