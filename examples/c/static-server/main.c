/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A small web server for a directory: index files, ranges, compressed siblings, listings, server-side includes, HTTPS,
 * uploads. Run it with --help for the options.
 */
#include "mongoose.h"

struct options {
  const char *root, *listen, *upload;
  const char *ssi, *mime, *page404;
  struct mg_str cert, key;
  bool list;
};

static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s [OPTION VALUE]...\n"
          "  -d DIR      directory to serve, or a list DIR,/PREFIX=DIR,... (default: .)\n"
          "  -l URL      where to listen (default: http://127.0.0.1:8000, https://127.0.0.1:8443 with -c)\n"
          "  -p PORT     another port of 127.0.0.1; 0 picks a free one\n"
          "  -i yes|no   list directories that have no index file (default: yes)\n"
          "  -c FILE     certificate in PEM form: serve HTTPS\n"
          "  -k FILE     its private key (default: the file of -c)\n"
          "  -u DIR      accept uploads into DIR: forms by POST /upload, bodies of any size by PUT /upload/NAME\n"
          "  -s PATTERN  files with server-side includes, such as '#.shtml'\n"
          "  -m TYPES    own content types: EXTENSION=TYPE,...\n"
          "  -e FILE     page in place of a missing file\n"
          "  -v LEVEL    log: 0 none, 1 errors (default), 2 information, 3 debug, 4 everything\n",
          program);
}

static void to_page(struct mg_connection *c, int status, const char *text) {
  mg_http_reply(c, status, "Content-Type: text/plain\r\n", "%s\n", text);
}

/* A name for a new file in the upload directory: no path, nothing hidden. */
static bool good_name(struct mg_str name) {
  size_t i;
  if (name.len == 0 || name.buf[0] == '.' || !mg_path_is_sane(name)) return false;
  for (i = 0; i < name.len; i++) {
    if (name.buf[i] == '/' || name.buf[i] == '\\') return false;
  }
  return true;
}

static void on_uploaded(struct mg_connection *c, const char *error) {
  to_page(c, error == NULL ? 200 : 500, error == NULL ? "stored" : error);
  if (error != NULL) c->is_draining = 1;
}

/* PUT /upload/NAME: the body goes to the file while it arrives. */
static void put_upload(struct mg_connection *c, struct mg_http_message *hm, const char *dir) {
  char name[256];
  struct mg_str path = mg_str_n(hm->uri.buf + 8, hm->uri.len - 8);
  int len = mg_url_decode(path.buf, path.len, name, sizeof(name), 0);
  if (len > 0 && good_name(mg_str_n(name, (size_t) len))) {
    mg_http_start_upload(c, hm, mg_str_n(name, (size_t) len), mg_str(dir), &mg_fs_posix, on_uploaded);
  } else {
    to_page(c, 400, "bad name");
    c->is_draining = 1;
  }
}

/* POST /upload: a form with files. */
static void post_upload(struct mg_connection *c, struct mg_http_message *hm, const char *dir) {
  struct mg_http_part part;
  size_t offset = 0;
  int stored = 0;
  while ((offset = mg_http_next_multipart(hm->body, offset, &part)) > 0) {
    char path[MG_PATH_MAX];
    if (part.filename.len == 0) continue;
    mg_snprintf(path, sizeof(path), "%s/%.*s", dir, (int) part.filename.len, part.filename.buf);
    if (!good_name(part.filename) || !mg_file_write(&mg_fs_posix, path, part.body.buf, part.body.len)) {
      to_page(c, 400, "a file could not be stored");
      return;
    }
    stored++;
  }
  mg_http_reply(c, 200, "Content-Type: text/plain\r\n", "%d stored\n", stored);
}

/* Whether the URI is a directory that would be listed. */
static bool is_listing(const struct options *o, struct mg_str uri) {
  char decoded[MG_PATH_MAX], path[2 * MG_PATH_MAX];
  int len = mg_url_decode(uri.buf, uri.len, decoded, sizeof(decoded), 0);
  if (len <= 0 || decoded[len - 1] != '/' || !mg_path_is_sane(mg_str_n(decoded, (size_t) len))) return false;
  mg_snprintf(path, sizeof(path), "%s%s%s", o->root, decoded, MG_HTTP_INDEX);
  return mg_fs_posix.st(path, NULL, NULL) == 0;
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  const struct options *o = (const struct options *) c->fn_data;
  struct mg_http_message *hm = (struct mg_http_message *) ev_data;
  if (ev == MG_EV_ACCEPT && o->cert.len > 0) {
    struct mg_tls_opts tls;
    memset(&tls, 0, sizeof(tls));
    tls.cert = o->cert;
    tls.key = o->key;
    mg_tls_init(c, &tls);
  } else if (ev == MG_EV_HTTP_HDRS && o->upload != NULL && mg_strcmp(hm->method, mg_str("PUT")) == 0 &&
             mg_match(hm->uri, mg_str("/upload/#"), NULL)) {
    put_upload(c, hm, o->upload);
  } else if (ev == MG_EV_HTTP_MSG && !c->is_draining) {
    if (o->upload != NULL && mg_match(hm->uri, mg_str("/upload"), NULL)) {
      post_upload(c, hm, o->upload);
    } else if (mg_strcmp(hm->method, mg_str("GET")) != 0 && mg_strcmp(hm->method, mg_str("HEAD")) != 0) {
      mg_http_reply(c, 405, "Allow: GET, HEAD\r\n", "%s", "");
    } else if (!o->list && is_listing(o, hm->uri)) {
      to_page(c, 403, "no listing");
    } else {
      struct mg_http_serve_opts opts;
      memset(&opts, 0, sizeof(opts));
      opts.root_dir = o->root;
      opts.ssi_pattern = o->ssi;
      opts.mime_types = o->mime;
      opts.page404 = o->page404;
      mg_http_serve_dir(c, hm, &opts);
    }
    MG_INFO(("%M %.*s %.*s", mg_print_ip, &c->rem, (int) hm->method.len, hm->method.buf, (int) hm->uri.len,
             hm->uri.buf));
  }
}

static struct mg_str read_or_exit(const char *path) {
  struct mg_str text = mg_file_read(&mg_fs_posix, path);
  if (text.buf != NULL) return text;
  fprintf(stderr, "%s: cannot be read\n", path);
  exit(EXIT_FAILURE);
}

int main(int argc, char *argv[]) {
  struct options o;
  struct mg_mgr mgr;
  struct mg_connection *listener;
  const char *port = NULL;
  char url[64];
  int i;

  memset(&o, 0, sizeof(o));
  o.root = ".";
  o.list = true;
  mg_log_set(MG_LL_ERROR);
  for (i = 1; i < argc; i += 2) {
    const char *value = argv[i + 1]; /* NULL behind the last */
    int letter = argv[i][0] == '-' && argv[i][1] != '\0' && argv[i][2] == '\0' ? argv[i][1] : '?';
    if (strcmp(argv[i], "--help") == 0 || value == NULL || strchr("dlpickusmev", letter) == NULL) {
      bool asked = strcmp(argv[i], "--help") == 0;
      usage(argv[0], asked ? stdout : stderr);
      return asked ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (letter == 'd') o.root = value;
    if (letter == 'l') o.listen = value;
    if (letter == 'p') port = value;
    if (letter == 'i') o.list = strcmp(value, "no") != 0;
    if (letter == 'c') o.cert = read_or_exit(value);
    if (letter == 'k') o.key = read_or_exit(value);
    if (letter == 'u') o.upload = value;
    if (letter == 's') o.ssi = value;
    if (letter == 'm') o.mime = value;
    if (letter == 'e') o.page404 = value;
    if (letter == 'v') mg_log_set(atoi(value));
  }
  if (o.key.len == 0) o.key = o.cert;
  if (port == NULL) port = o.cert.len > 0 ? "8443" : "8000";
  mg_snprintf(url, sizeof(url), "%s://127.0.0.1:%s", o.cert.len > 0 ? "https" : "http", port);

  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_mgr_init(&mgr);
  listener = mg_http_listen(&mgr, o.listen != NULL ? o.listen : url, on_event, &o);
  if (listener != NULL) {
    char where[64];
    mg_snprintf(where, sizeof(where), "%M", mg_print_ip_port, &listener->loc);
    printf("%s://%s\n", o.cert.len > 0 ? "https" : "http", where);
    fflush(stdout);
    while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  }
  mg_mgr_free(&mgr);
  if (o.key.buf != o.cert.buf) mg_free(o.key.buf);
  mg_free(o.cert.buf);
  return listener != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}
