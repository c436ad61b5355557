/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Asks the local network for the address of a host.
 *
 * Usage: mdns-client [NAME.local]   (default vansire.local; gives up after 3 seconds)
 */
#include "mongoose.h"

static int s_status = -1;

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  struct mg_str *wanted = (struct mg_str *) c->fn_data;
  if (ev == MG_EV_MDNS_RESP) {
    struct mg_mdns_resp *resp = (struct mg_mdns_resp *) ev_data;
    if (resp->rr->atype == MG_DNS_RTYPE_A && mg_strcasecmp(resp->name, *wanted) == 0) {
      char ip[64];
      mg_snprintf(ip, sizeof(ip), "%M", mg_print_ip, &resp->addr);
      printf("%.*s %s\n", (int) resp->name.len, resp->name.buf, ip);
      s_status = EXIT_SUCCESS;
    }
  }
}

static void give_up(void *arg) {
  fprintf(stderr, "%s: no answer\n", (const char *) arg);
  s_status = EXIT_FAILURE;
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  char name[256];
  struct mg_str wanted;
  struct mg_connection *c;
  mg_snprintf(name, sizeof(name), "%s", argc > 1 ? argv[1] : "vansire.local");
  wanted = mg_str(name);
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  c = mg_mdns_listen(&mgr, on_event, NULL);
  if (c == NULL || !mg_mdns_query(c, name, MG_DNS_RTYPE_A)) {
    mg_mgr_free(&mgr);
    return EXIT_FAILURE;
  }
  c->fn_data = &wanted;
  mg_timer_add(&mgr, 3000, MG_TIMER_ONCE, give_up, name);
  while (s_status < 0) mg_mgr_poll(&mgr, 100);
  mg_mgr_free(&mgr);
  return s_status;
}
