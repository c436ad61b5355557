/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A reverse proxy: every request goes to one backend, with its Host header and with X-Forwarded-For. Bodies, answers
 * and WebSocket traffic pass through in pieces; a slow side slows the other one down. There is one request on each
 * connection: the backend is told to close, so that no byte behind a request can become another one unseen.
 */
#include "mongoose.h"

#define MAX_QUEUED ((size_t) 256 * 1024) /* bytes waiting for one side before the other side is no longer read */

/* Two connections that belong together; `fn_data` of both. Freed with the last one. */
struct link {
  struct mg_connection *client, *backend;
  uint64_t left; /* bytes of the request that are still to come */
  bool answered;
};

static const char *s_backend = "http://127.0.0.1:8080";
static bool s_insecure;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s [OPTION VALUE]...\n"
          "  -p PORT   port of 127.0.0.1 (default: 8000; 0 picks a free one)\n"
          "  -b URL    backend, http: or https: (default: %s)\n"
          "  -k yes|no trust every https: backend (default: no)\n"
          "  -a FILE   certificates to trust for an https: backend\n"
          "  -v LEVEL  log: 0 none, 1 errors (default), 2 information, 3 debug, 4 everything\n",
          program, s_backend);
}

static struct mg_str s_ca;

/* Moves up to `*left` bytes from one side to the other; `left` may be NULL: all. */
static void pump(struct mg_connection *from, struct mg_connection *to, uint64_t *left) {
  size_t n = from->recv.len;
  if (left != NULL && n > *left) n = (size_t) *left;
  if (n > 0 && to != NULL) mg_send(to, from->recv.buf, n);
  if (left != NULL) *left -= n;
  mg_iobuf_del(&from->recv, 0, from->recv.len); /* bytes behind the request are dropped */
  if (to != NULL && to->send.len > MAX_QUEUED) from->is_full = 1;
}

/* This side has sent something: the other side may be read again. */
static void release(struct mg_connection *c, struct mg_connection *other) {
  if (other != NULL && other->is_full && c->send.len < MAX_QUEUED / 2) other->is_full = 0;
}

static void no_backend(struct mg_connection *c) {
  mg_http_reply(c, 502, "Connection: close\r\n", "%s", "The backend does not answer\n");
}

static void on_backend(struct mg_connection *c, int ev, void *ev_data) {
  struct link *link = (struct link *) c->fn_data;
  if (ev == MG_EV_CONNECT && mg_url_is_ssl(s_backend)) {
    struct mg_tls_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.name = mg_url_host(s_backend);
    opts.ca = s_ca;
    opts.skip_verification = s_insecure;
    mg_tls_init(c, &opts);
  } else if (ev == MG_EV_READ) {
    link->answered = true;
    pump(c, link->client, NULL);
  } else if (ev == MG_EV_WRITE) {
    release(c, link->client);
  } else if (ev == MG_EV_ERROR) {
    MG_ERROR(("%s: %s", s_backend, (char *) ev_data));
  } else if (ev == MG_EV_CLOSE) {
    link->backend = NULL;
    if (link->client == NULL) {
      mg_free(link);
    } else {
      if (!link->answered) no_backend(link->client);
      link->client->is_full = 0;
      link->client->is_draining = 1;
    }
  }
}

/* Whether a header of the client is for this connection only, or is written anew. */
static bool is_own(struct mg_str name, bool upgrade) {
  static const char *const own[] = {"Host", "X-Forwarded-For", "Keep-Alive", "Proxy-Connection", "Expect", "TE"};
  size_t i;
  for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
    if (mg_strcasecmp(name, mg_str(own[i])) == 0) return true;
  }
  return !upgrade && (mg_strcasecmp(name, mg_str("Connection")) == 0 || mg_strcasecmp(name, mg_str("Upgrade")) == 0);
}

static void send_head(struct mg_connection *to, struct mg_http_message *hm, struct mg_addr *peer, bool upgrade) {
  struct mg_str host = mg_url_host(s_backend);
  size_t i;
  mg_printf(to, "%.*s %.*s%s%.*s HTTP/1.1\r\nHost: %.*s:%u\r\nX-Forwarded-For: %M\r\n", (int) hm->method.len,
            hm->method.buf, (int) hm->uri.len, hm->uri.buf, hm->query.len > 0 ? "?" : "", (int) hm->query.len,
            hm->query.buf, (int) host.len, host.buf, (unsigned) mg_url_port(s_backend), mg_print_ip, peer);
  for (i = 0; i < MG_MAX_HTTP_HEADERS && hm->headers[i].name.len > 0; i++) {
    struct mg_http_header *h = &hm->headers[i];
    if (is_own(h->name, upgrade)) continue;
    mg_printf(to, "%.*s: %.*s\r\n", (int) h->name.len, h->name.buf, (int) h->value.len, h->value.buf);
  }
  mg_printf(to, upgrade ? "\r\n" : "Connection: close\r\n\r\n");
}

/* A head has arrived: connect and send it, then pass on what follows. */
static void forward(struct mg_connection *c, struct mg_http_message *hm) {
  struct link *link = (struct link *) mg_calloc(1, sizeof(*link));
  bool upgrade = mg_http_get_header(hm, "Upgrade") != NULL;
  if (link != NULL) link->backend = mg_connect(c->mgr, s_backend, on_backend, link);
  if (link == NULL || link->backend == NULL) {
    mg_free(link);
    no_backend(c);
    c->pfn = NULL;
    c->is_draining = 1;
    return;
  }
  link->client = c;
  link->left = upgrade || mg_http_get_header(hm, "Transfer-Encoding") != NULL ? UINT64_MAX : hm->body.len;
  send_head(link->backend, hm, &c->rem, upgrade);
  if (mg_http_get_header(hm, "Expect") != NULL) mg_printf(c, "HTTP/1.1 100 Continue\r\n\r\n");
  c->fn_data = link;
  mg_iobuf_del(&c->recv, 0, hm->head.len); /* with this the connection leaves HTTP: READ events from now on */
}

static void on_client(struct mg_connection *c, int ev, void *ev_data) {
  struct link *link = (struct link *) c->fn_data;
  if (link == NULL) {
    if (ev == MG_EV_HTTP_HDRS) forward(c, (struct mg_http_message *) ev_data);
  } else if (ev == MG_EV_READ) {
    pump(c, link->backend, &link->left);
  } else if (ev == MG_EV_WRITE) {
    release(c, link->backend);
  } else if (ev == MG_EV_CLOSE) {
    link->client = NULL;
    if (link->backend == NULL) {
      mg_free(link);
    } else {
      link->backend->is_closing = 1;
    }
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
    if (strcmp(argv[i], "--help") == 0 || value == NULL || strchr("pbkav", letter) == NULL) {
      bool asked = strcmp(argv[i], "--help") == 0;
      usage(argv[0], asked ? stdout : stderr);
      return asked ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (letter == 'p') port = value;
    if (letter == 'b') s_backend = value;
    if (letter == 'k') s_insecure = strcmp(value, "yes") == 0;
    if (letter == 'a') s_ca = mg_file_read(&mg_fs_posix, value);
    if (letter == 'v') mg_log_set(atoi(value));
  }
  if (mg_url_is_ssl(s_backend) && s_ca.len == 0 && !s_insecure) {
    fprintf(stderr, "an https: backend needs -a FILE or -k yes\n");
    return EXIT_FAILURE;
  }
  mg_snprintf(url, sizeof(url), "http://127.0.0.1:%s", port);
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_mgr_init(&mgr);
  listener = mg_http_listen(&mgr, url, on_client, NULL);
  if (listener != NULL) {
    printf("http://127.0.0.1:%hu\n", mg_ntohs(listener->loc.port));
    fflush(stdout);
    while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  }
  mg_mgr_free(&mgr);
  mg_free(s_ca.buf);
  return listener != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}
