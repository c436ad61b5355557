/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A WebSocket server: sends back every message that comes to /websocket; serves the page that talks to it, and any
 * other file of a directory. With a certificate it speaks https: and wss:.
 */
#include "mongoose.h"

static const char *s_root = "examples/c/websocket-server/web";
static struct mg_str s_cert, s_key;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s [OPTION VALUE]...\n"
          "  -p PORT  port of 127.0.0.1 (default: 8000; 0 picks a free one)\n"
          "  -d DIR   directory with the page (default: %s)\n"
          "  -c FILE  certificate in PEM form: speak TLS\n"
          "  -k FILE  its private key (default: the file of -c)\n"
          "  -v LEVEL log: 0 none, 1 errors (default), 2 information, 3 debug, 4 everything\n",
          program, s_root);
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ACCEPT && s_cert.len > 0) {
    struct mg_tls_opts tls;
    memset(&tls, 0, sizeof(tls));
    tls.cert = s_cert;
    tls.key = s_key;
    mg_tls_init(c, &tls);
  } else if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    if (mg_match(hm->uri, mg_str("/websocket"), NULL)) {
      mg_ws_upgrade(c, hm, NULL);
    } else {
      struct mg_http_serve_opts opts;
      memset(&opts, 0, sizeof(opts));
      opts.root_dir = s_root;
      mg_http_serve_dir(c, hm, &opts);
    }
  } else if (ev == MG_EV_WS_MSG) {
    struct mg_ws_message *wm = (struct mg_ws_message *) ev_data;
    mg_ws_send(c, wm->data.buf, wm->data.len, wm->flags & 15);
  }
}

static struct mg_str read_or_exit(const char *path) {
  struct mg_str text = mg_file_read(&mg_fs_posix, path);
  if (text.buf != NULL) return text;
  fprintf(stderr, "%s: cannot be read\n", path);
  exit(EXIT_FAILURE);
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  const char *port = "8000", *scheme;
  char url[64];
  int i;

  mg_log_set(MG_LL_ERROR);
  for (i = 1; i < argc; i += 2) {
    const char *value = argv[i + 1]; /* NULL behind the last */
    int letter = argv[i][0] == '-' && argv[i][1] != '\0' && argv[i][2] == '\0' ? argv[i][1] : '?';
    if (strcmp(argv[i], "--help") == 0 || value == NULL || strchr("pdckv", letter) == NULL) {
      bool asked = strcmp(argv[i], "--help") == 0;
      usage(argv[0], asked ? stdout : stderr);
      return asked ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (letter == 'p') port = value;
    if (letter == 'd') s_root = value;
    if (letter == 'c') s_cert = read_or_exit(value);
    if (letter == 'k') s_key = read_or_exit(value);
    if (letter == 'v') mg_log_set(atoi(value));
  }
  if (s_key.len == 0) s_key = s_cert;
  scheme = s_cert.len > 0 ? "https" : "http";
  mg_snprintf(url, sizeof(url), "%s://127.0.0.1:%s", scheme, port);

  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_mgr_init(&mgr);
  listener = mg_http_listen(&mgr, url, on_event, NULL);
  if (listener != NULL) {
    printf("%s://127.0.0.1:%hu\n", scheme, mg_ntohs(listener->loc.port));
    fflush(stdout);
    while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  }
  mg_mgr_free(&mgr);
  if (s_key.buf != s_cert.buf) mg_free(s_key.buf);
  mg_free(s_cert.buf);
  return listener != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}
