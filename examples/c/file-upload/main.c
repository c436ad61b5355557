/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Uploads of any size: PUT /upload/NAME writes the body to a file while it arrives, so that memory stays small. The
 * page sends files that are chosen in its form or dropped on it. GET /files/ lists what is there.
 */
#include "mongoose.h"

static const char *s_page = "examples/c/file-upload/web", *s_dir = "/tmp";
static size_t s_limit = (size_t) 1024 * 1024 * 1024;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s [OPTION VALUE]...\n"
          "  -p PORT   port of 127.0.0.1 (default: 8000; 0 picks a free one)\n"
          "  -u DIR    directory for the files (default: %s)\n"
          "  -s BYTES  largest file (default: %lu)\n"
          "  -d DIR    directory with the page (default: %s)\n"
          "  -v LEVEL  log: 0 none, 1 errors (default), 2 information, 3 debug, 4 everything\n",
          program, s_dir, (unsigned long) s_limit, s_page);
}

/* The rest of the body is not wanted: answer and close. */
static void refuse(struct mg_connection *c, int status, const char *why) {
  mg_http_reply(c, status, "Connection: close\r\n", "%s\n", why);
  c->pfn = NULL;
  c->is_draining = 1;
}

static void on_uploaded(struct mg_connection *c, const char *error) {
  if (error == NULL) {
    mg_http_reply(c, 201, "", "stored\n");
  } else {
    refuse(c, 500, error);
  }
}

static void upload(struct mg_connection *c, struct mg_http_message *hm, struct mg_str escaped) {
  char name[256];
  int len = mg_url_decode(escaped.buf, escaped.len, name, sizeof(name), 0);
  if (len <= 0 || strlen(name) != (size_t) len || strpbrk(name, "/\\") != NULL || name[0] == '.') {
    refuse(c, 400, "bad name");
  } else if (mg_http_get_header(hm, "Content-Length") == NULL) {
    refuse(c, 411, "the length must be told first");
  } else if (hm->body.len > s_limit) {
    refuse(c, 413, "too large");
  } else {
    mg_http_start_upload(c, hm, mg_str_n(name, (size_t) len), mg_str(s_dir), &mg_fs_posix, on_uploaded);
  }
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  struct mg_http_message *hm = (struct mg_http_message *) ev_data;
  struct mg_str caps[2];
  if (ev == MG_EV_HTTP_HDRS && mg_strcmp(hm->method, mg_str("PUT")) == 0) {
    if (mg_match(hm->uri, mg_str("/upload/*"), caps)) {
      upload(c, hm, caps[0]);
    } else {
      refuse(c, 404, "PUT /upload/NAME");
    }
  } else if (ev == MG_EV_HTTP_MSG && c->pfn != NULL) {
    struct mg_http_serve_opts opts;
    char root[2 * MG_PATH_MAX];
    memset(&opts, 0, sizeof(opts));
    mg_snprintf(root, sizeof(root), "%s,/files=%s", s_page, s_dir);
    opts.root_dir = root;
    mg_http_serve_dir(c, hm, &opts);
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  const char *port = "8000";
  char url[64];
  int i;

  mg_log_set(MG_LL_ERROR);
  for (i = 1; i < argc; i += 2) {
    const char *value = argv[i + 1]; /* NULL behind the last */
    int letter = argv[i][0] == '-' && argv[i][1] != '\0' && argv[i][2] == '\0' ? argv[i][1] : '?';
    if (strcmp(argv[i], "--help") == 0 || value == NULL || strchr("pusdv", letter) == NULL) {
      bool asked = strcmp(argv[i], "--help") == 0;
      usage(argv[0], asked ? stdout : stderr);
      return asked ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (letter == 'p') port = value;
    if (letter == 'u') s_dir = value;
    if (letter == 's') s_limit = (size_t) strtoul(value, NULL, 10);
    if (letter == 'd') s_page = value;
    if (letter == 'v') mg_log_set(atoi(value));
  }
  mg_snprintf(url, sizeof(url), "http://127.0.0.1:%s", port);
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_mgr_init(&mgr);
  listener = mg_http_listen(&mgr, url, on_event, NULL);
  if (listener != NULL) {
    printf("http://127.0.0.1:%hu\n", mg_ntohs(listener->loc.port));
    fflush(stdout);
    while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  }
  mg_mgr_free(&mgr);
  return listener != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}
