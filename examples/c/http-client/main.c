/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Sends one request and prints the answer: the body to standard output, with -i the head before it, errors to standard
 * error. The exit status is 0 when an answer came, and with -f only when its status is below 400.
 * The answer is held in memory and may have up to MG_MAX_RECV_SIZE bytes.
 */
#include "mongoose.h"

static const char *s_url, *s_method, *s_data, *s_ca;
static char s_headers[4096];
static uint64_t s_timeout_ms = 10000;
static bool s_show_head, s_fail, s_insecure;
static int s_status = EXIT_FAILURE;
static bool s_done;

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s [OPTION]... URL\n"
          "  -X METHOD  method (default: GET, POST with -d)\n"
          "  -d DATA    body of the request\n"
          "  -H HEADER  one more header line, such as 'Accept: text/html'; may be repeated\n"
          "  -t SECONDS longest time for everything (default: 10)\n"
          "  -i         print the head of the answer too\n"
          "  -f         fail when the status is 400 or above\n"
          "  -a FILE    https: certificates to trust, in PEM form (default: those of the system)\n"
          "  -k         https: trust every server\n"
          "  -v LEVEL   log: 0 none (default), 1 errors, 2 information, 3 debug, 4 everything\n",
          program);
}

/* The place where Linux distributions keep the certificates of the known authorities. */
static struct mg_str system_authorities(void) {
  static const char *const places[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                       "/etc/ssl/cert.pem"};
  struct mg_str text = mg_str_n(NULL, 0);
  size_t i;
  for (i = 0; i < sizeof(places) / sizeof(places[0]) && text.buf == NULL; i++) {
    text = mg_file_read(&mg_fs_posix, places[i]);
  }
  return text;
}

static void start_tls(struct mg_connection *c) {
  struct mg_tls_opts opts;
  memset(&opts, 0, sizeof(opts));
  opts.name = mg_url_host(s_url);
  opts.skip_verification = s_insecure;
  if (!s_insecure) {
    opts.ca = s_ca != NULL ? mg_file_read(&mg_fs_posix, s_ca) : system_authorities();
    /* Without authorities nothing would be verified. */
    if (opts.ca.len == 0) {
      mg_error(c, "no certificates to trust: see -a and -k");
      return;
    }
  }
  mg_tls_init(c, &opts);
  mg_free(opts.ca.buf);
}

static void send_request(struct mg_connection *c) {
  struct mg_str host = mg_url_host(s_url), user = mg_url_user(s_url), pass = mg_url_pass(s_url);
  unsigned port = mg_url_port(s_url), usual = mg_url_is_ssl(s_url) ? 443 : 80;
  bool v6 = memchr(host.buf, ':', host.len) != NULL && host.buf[0] != '[';
  mg_printf(c, "%s %s HTTP/1.1\r\nHost: %s%.*s%s", s_method, mg_url_uri(s_url), v6 ? "[" : "", (int) host.len, host.buf,
            v6 ? "]" : "");
  if (port != usual) mg_printf(c, ":%u", port);
  mg_printf(c, "\r\nUser-Agent: vansire\r\nConnection: close\r\n%s", s_headers);
  if (user.len > 0) {
    char name[256], password[256];
    mg_snprintf(name, sizeof(name), "%.*s", (int) user.len, user.buf);
    mg_snprintf(password, sizeof(password), "%.*s", (int) pass.len, pass.buf);
    mg_http_bauth(c, name, password);
  }
  if (s_data != NULL) mg_printf(c, "Content-Length: %lu\r\n", (unsigned long) strlen(s_data));
  mg_printf(c, "\r\n");
  if (s_data != NULL) mg_send(c, s_data, strlen(s_data));
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_CONNECT) {
    if (mg_url_is_ssl(s_url)) start_tls(c);
    send_request(c);
  } else if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    int status = mg_http_status(hm);
    if (s_show_head) fwrite(hm->head.buf, 1, hm->head.len, stdout);
    fwrite(hm->body.buf, 1, hm->body.len, stdout);
    s_status = s_fail && status >= 400 ? EXIT_FAILURE : EXIT_SUCCESS;
    s_done = true;
    c->is_closing = 1;
  } else if (ev == MG_EV_ERROR) {
    fprintf(stderr, "%s: %s\n", s_url, (char *) ev_data);
  } else if (ev == MG_EV_CLOSE) {
    if (!s_done) fprintf(stderr, "%s: no answer\n", s_url);
    s_done = true;
  }
}

static void on_timeout(void *arg) {
  mg_error((struct mg_connection *) arg, "no answer in time");
}

static void add_header(const char *line) {
  size_t len = strlen(s_headers);
  if (strpbrk(line, "\r\n") != NULL || len + strlen(line) + 3 > sizeof(s_headers)) {
    fprintf(stderr, "header is not one line or too long: %s\n", line);
    exit(EXIT_FAILURE);
  }
  mg_snprintf(s_headers + len, sizeof(s_headers) - len, "%s\r\n", line);
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *c;
  int option;

  mg_log_set(MG_LL_NONE);
  if (argc > 1 && strcmp(argv[1], "--help") == 0) {
    usage(argv[0], stdout);
    return EXIT_SUCCESS;
  }
  while ((option = getopt(argc, argv, "X:d:H:t:ifa:kv:")) != -1) {
    if (option == 'X') s_method = optarg;
    if (option == 'd') s_data = optarg;
    if (option == 'H') add_header(optarg);
    if (option == 't') s_timeout_ms = (uint64_t) (1000 * atof(optarg));
    if (option == 'i') s_show_head = true;
    if (option == 'f') s_fail = true;
    if (option == 'a') s_ca = optarg;
    if (option == 'k') s_insecure = true;
    if (option == 'v') mg_log_set(atoi(optarg));
    if (option == '?') break;
  }
  if (option != -1 || optind + 1 != argc) {
    usage(argv[0], stderr);
    return EXIT_FAILURE;
  }
  s_url = argv[optind];
  if (s_method == NULL) s_method = s_data != NULL ? "POST" : "GET";

  mg_mgr_init(&mgr);
  c = mg_http_connect(&mgr, s_url, on_event, NULL);
  if (c == NULL) {
    fprintf(stderr, "%s: not a URL\n", s_url);
  } else {
    mg_timer_add(&mgr, s_timeout_ms, 0, on_timeout, c);
    while (!s_done) mg_mgr_poll(&mgr, 100);
  }
  mg_mgr_free(&mgr);
  return s_status;
}
