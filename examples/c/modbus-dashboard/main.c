/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A web page that reads and writes coils and registers of a Modbus/TCP device.
 *   GET  /api/settings   {"url":"tcp://127.0.0.1:8502"}: where the device is
 *   POST /api/settings   another place; kept in the settings file
 *   POST /api/exec       {"func":3,"unit":1,"addr":0,"count":2}: reads; functions 1 to 4
 *                        {"func":16,"unit":1,"addr":0,"values":[1,2]}: writes; functions 5, 6, 15, 16
 *                        answer: {"values":[...]} or {"error":"..."}
 * Every other URI is a file of the web directory.
 */
#include "client.h"

#define JSON "Content-Type: application/json\r\n"

static const char *s_root = "examples/c/modbus-dashboard/web", *s_file = "modbus-dashboard.json";
static char s_device[128] = "tcp://127.0.0.1:8502";
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s [OPTION VALUE]...\n"
          "  -p PORT   port of 127.0.0.1 (default: 8000; 0 picks a free one)\n"
          "  -s FILE   where settings are kept (default: %s)\n"
          "  -d DIR    web directory (default: %s)\n"
          "  -v LEVEL  log: 0 none, 1 errors (default), 2 information, 3 debug, 4 everything\n",
          program, s_file, s_root);
}

static void fail(struct mg_connection *c, int status, const char *why) {
  mg_http_reply(c, status, JSON, "{%m:%m}\n", MG_ESC("error"), MG_ESC(why));
}

/* Takes the settings of a JSON text. False when they are not all there and right. */
static bool take_settings(struct mg_str json) {
  char url[sizeof(s_device)];
  size_t len = mg_json_unescape(json, "$.url", url, sizeof(url));
  if (len == 0 || strncmp(url, "tcp://", 6) != 0 || mg_url_port(url) == 0) return false;
  memcpy(s_device, url, len + 1);
  return true;
}

static void on_settings(struct mg_connection *c, struct mg_http_message *hm) {
  if (mg_strcmp(hm->method, mg_str("POST")) == 0) {
    if (!take_settings(hm->body)) {
      fail(c, 400, "url: tcp://HOST:PORT");
      return;
    }
    if (!mg_file_printf(&mg_fs_posix, s_file, "{%m:%m}\n", MG_ESC("url"), MG_ESC(s_device))) {
      fail(c, 500, "the settings cannot be written");
      return;
    }
  }
  mg_http_reply(c, 200, JSON, "{%m:%m}\n", MG_ESC("url"), MG_ESC(s_device));
}

static bool number(struct mg_str json, const char *path, long min, long max, long *value) {
  *value = mg_json_get_long(json, path, *value);
  return *value >= min && *value <= max;
}

/* What is wrong with the request, NULL when nothing is. */
static const char *parse(struct mg_str json, struct request *r) {
  long func = 0, unit = 1, addr = 0, count = 1, value, limit;
  char path[32];
  memset(r, 0, sizeof(*r));
  if (!number(json, "$.func", 1, 16, &func) || (func > 6 && func < 15)) return "func: 1 to 6, 15, 16";
  if (!number(json, "$.unit", 0, 255, &unit)) return "unit: 0 to 255";
  if (!number(json, "$.addr", 0, 65535, &addr)) return "addr: 0 to 65535";
  limit = func == 16 ? 123 : MAX_VALUES;
  if (func <= 4 && !number(json, "$.count", 1, limit, &count)) return "count: 1 to 125";
  for (count = func <= 4 ? count : 0; func > 4; count++) {
    mg_snprintf(path, sizeof(path), "$.values[%ld]", count);
    if (mg_json_get(json, path, NULL) < 0) break;
    value = -1;
    if (count >= limit || !number(json, path, 0, 65535, &value)) return "values: 1 to 123 numbers, 0 to 65535";
    r->values[count] = (uint16_t) value;
  }
  if (count == 0 || (func < 15 && func > 4 && count > 1)) return "values: how many?";
  r->func = (uint8_t) func, r->unit = (uint8_t) unit, r->addr = (uint16_t) addr, r->count = (uint16_t) count;
  return NULL;
}

static size_t print_values(mg_pfn_t out, void *arg, va_list *ap) {
  struct answer *answer = va_arg(*ap, struct answer *);
  size_t written = 0;
  uint16_t i;
  for (i = 0; i < answer->count; i++) written += mg_xprintf(out, arg, "%s%d", i > 0 ? "," : "", (int) answer->values[i]);
  return written;
}

static void on_answer(struct mg_connection *c, struct answer *answer) {
  if (answer->error != NULL) fail(c, 502, answer->error);
  if (answer->error == NULL) mg_http_reply(c, 200, JSON, "{%m:[%M]}\n", MG_ESC("values"), print_values, answer);
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    if (mg_match(hm->uri, mg_str("/api/settings"), NULL)) {
      on_settings(c, hm);
    } else if (mg_match(hm->uri, mg_str("/api/exec"), NULL)) {
      struct request request;
      const char *error = parse(hm->body, &request);
      if (error != NULL) fail(c, 400, error);
      if (error == NULL) modbus_ask(c->mgr, s_device, &request, c->id); /* the answer comes as an event */
    } else {
      struct mg_http_serve_opts opts;
      memset(&opts, 0, sizeof(opts));
      opts.root_dir = s_root;
      mg_http_serve_dir(c, hm, &opts);
    }
  } else if (ev == EV_MODBUS_ANSWER) {
    on_answer(c, (struct answer *) ev_data);
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  struct mg_str settings;
  const char *port = "8000";
  char url[64];
  int i;

  mg_log_set(MG_LL_ERROR);
  for (i = 1; i < argc; i += 2) {
    const char *value = argv[i + 1]; /* NULL behind the last */
    int letter = argv[i][0] == '-' && argv[i][1] != '\0' && argv[i][2] == '\0' ? argv[i][1] : '?';
    if (strcmp(argv[i], "--help") == 0 || value == NULL || strchr("psdv", letter) == NULL) {
      bool asked = strcmp(argv[i], "--help") == 0;
      usage(argv[0], asked ? stdout : stderr);
      return asked ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (letter == 'p') port = value;
    if (letter == 's') s_file = value;
    if (letter == 'd') s_root = value;
    if (letter == 'v') mg_log_set(atoi(value));
  }
  settings = mg_file_read(&mg_fs_posix, s_file);
  take_settings(settings);
  mg_free(settings.buf);
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
