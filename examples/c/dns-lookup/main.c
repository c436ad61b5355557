/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Prints the address of a host, without connecting to it. Names in .local are asked for by mDNS.
 *
 * Usage: dns-lookup HOST [SERVER]   (default server udp://8.8.8.8:53)
 */
#include "mongoose.h"

static int s_status = -1;

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_RESOLVE) {
    char ip[64];
    mg_snprintf(ip, sizeof(ip), "%M", mg_print_ip, &c->rem);
    printf("%s\n", ip);
    s_status = EXIT_SUCCESS;
    c->is_closing = 1;
  } else if (ev == MG_EV_ERROR) {
    fprintf(stderr, "%s\n", (char *) ev_data);
    s_status = EXIT_FAILURE;
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  char url[300];
  if (argc < 2) {
    fprintf(stderr, "usage: %s HOST [SERVER]\n", argv[0]);
    return EXIT_FAILURE;
  }
  mg_snprintf(url, sizeof(url), "udp://%s:9", argv[1]); /* nothing is sent to it */
  mg_log_set(MG_LL_NONE);
  mg_mgr_init(&mgr);
  if (argc > 2) mgr.dns4.url = mgr.dns6.url = argv[2];
  mg_mdns_listen(&mgr, NULL, NULL);
  if (mg_connect(&mgr, url, on_event, NULL) == NULL) s_status = EXIT_FAILURE;
  while (s_status < 0) mg_mgr_poll(&mgr, 100);
  mg_mgr_free(&mgr);
  return s_status;
}
