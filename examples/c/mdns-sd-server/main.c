/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A web server that the local network can find (DNS-SD). Try: mdns-sd-client, or avahi-browse -r _http._tcp
 *
 * Usage: mdns-sd-server [NAME [PORT]]   (default vansire and 8000)
 */
#include "mongoose.h"

static struct mg_dnssd_record s_service;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void on_mdns(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_MDNS_REQ) {
    struct mg_mdns_req *req = (struct mg_mdns_req *) ev_data;
    if (mg_strcasecmp(req->reqname, s_service.srvcproto) == 0) {
      req->r = &s_service;
      req->is_resp = true;
    }
  }
  (void) c;
}

static void on_http(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) mg_http_reply(c, 200, "Content-Type: text/plain\r\n", "found\n");
  (void) ev_data;
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *http;
  static char txt[] = "\x06path=/"; /* strings with a length byte each */
  char name[64], url[64];
  mg_snprintf(name, sizeof(name), "%s", argc > 1 ? argv[1] : "vansire");
  mg_snprintf(url, sizeof(url), "http://0.0.0.0:%s", argc > 2 ? argv[2] : "8000");
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  http = mg_http_listen(&mgr, url, on_http, NULL);
  if (http == NULL || mg_mdns_listen(&mgr, on_mdns, name) == NULL) {
    mg_mgr_free(&mgr);
    return EXIT_FAILURE;
  }
  s_service.srvcproto = mg_str("_http._tcp");
  s_service.txt = mg_str(txt);
  s_service.port = mg_ntohs(http->loc.port);
  printf("%s._http._tcp.local at port %hu\n", name, s_service.port);
  fflush(stdout);
  while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  return EXIT_SUCCESS;
}
