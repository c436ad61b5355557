/* Vansire in C for the scenarios of its services: WebSocket, TLS and files.
 *
 * usage: vansire_services PORT ws-echo
 *        vansire_services PORT https CERTIFICATE KEY [DIRECTORY]
 *        vansire_services PORT static DIRECTORY */
#include <mongoose.h>

static struct mg_tls_opts tls;
static struct mg_http_serve_opts files;

static void echo(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    mg_ws_upgrade(c, (struct mg_http_message *) ev_data, NULL);
  } else if (ev == MG_EV_WS_MSG) {
    struct mg_ws_message *wm = (struct mg_ws_message *) ev_data;
    mg_ws_send(c, wm->data.buf, wm->data.len, wm->flags & 15);
  }
}

static void hello(struct mg_connection *c, int ev, void *ev_data) {
  (void) ev_data;
  if (ev == MG_EV_ACCEPT) mg_tls_init(c, &tls);
  if (ev == MG_EV_HTTP_MSG) {
    mg_http_reply(c, 200, "Content-Type: application/json\r\n", "%s", "{\"message\":\"Hello, World!\"}");
  }
}

static void serve(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ACCEPT && tls.cert.len > 0) mg_tls_init(c, &tls);
  if (ev == MG_EV_HTTP_MSG) mg_http_serve_dir(c, (struct mg_http_message *) ev_data, &files);
}

int main(int argc, char **argv) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  mg_event_handler_t fn;
  const char *what = argc > 2 ? argv[2] : "";
  char url[64];
  if (strcmp(what, "ws-echo") == 0) {
    fn = echo;
  } else if (strcmp(what, "https") == 0 && argc > 4) {
    tls.cert = mg_file_read(&mg_fs_posix, argv[3]);
    tls.key = mg_file_read(&mg_fs_posix, argv[4]);
    files.root_dir = argc > 5 ? argv[5] : NULL;
    fn = argc > 5 ? serve : hello;
  } else if (strcmp(what, "static") == 0 && argc > 3) {
    files.root_dir = argv[3];
    fn = serve;
  } else {
    fprintf(stderr, "usage: vansire_services PORT ws-echo | https CERTIFICATE KEY [DIRECTORY] | static DIRECTORY\n");
    return 2;
  }
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  mg_snprintf(url, sizeof(url), "%s://127.0.0.1:%s", tls.cert.len > 0 ? "https" : "http", argv[1]);
  if ((listener = mg_http_listen(&mgr, url, fn, NULL)) == NULL) return 1;
  printf("listening on port %u\n", (unsigned) mg_ntohs(listener->loc.port));
  fflush(stdout);
  for (;;) mg_mgr_poll(&mgr, 1000);
}
