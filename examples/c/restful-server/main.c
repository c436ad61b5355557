/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A REST server that keeps notes in memory, and a page that uses it.
 *   GET    /api/notes        every note
 *   POST   /api/notes        {"text": ...}: a new note
 *   GET    /api/notes/ID     one note
 *   PUT    /api/notes/ID     {"text": ...}: another text
 *   DELETE /api/notes/ID
 *   GET    /api/connections  the connections of the server, in pieces (chunked)
 * Every other URI is a file of the web directory.
 */
#include "mongoose.h"

#define JSON "Content-Type: application/json\r\n"

struct note {
  int id;
  char *text;
};

static struct note s_notes[100];
static int s_last_id;
static const char *s_root = "examples/c/restful-server/web";
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s [OPTION VALUE]...\n"
          "  -p PORT   port of 127.0.0.1 (default: 8000; 0 picks a free one)\n"
          "  -d DIR    web directory (default: %s)\n"
          "  -v LEVEL  log: 0 none, 1 errors (default), 2 information, 3 debug, 4 everything\n",
          program, s_root);
}

/* The note with this number; number 0 is the first free place. */
static struct note *find(int id) {
  size_t i;
  for (i = 0; i < sizeof(s_notes) / sizeof(s_notes[0]); i++) {
    if (s_notes[i].id == id) return &s_notes[i];
  }
  return NULL;
}

static size_t print_note(mg_pfn_t out, void *arg, va_list *ap) {
  struct note *note = va_arg(*ap, struct note *);
  return mg_xprintf(out, arg, "{%m:%d,%m:%m}", MG_ESC("id"), note->id, MG_ESC("text"), MG_ESC(note->text));
}

static size_t print_notes(mg_pfn_t out, void *arg, va_list *ap) {
  size_t i, written = 0;
  const char *comma = "";
  (void) ap;
  for (i = 0; i < sizeof(s_notes) / sizeof(s_notes[0]); i++) {
    if (s_notes[i].id == 0) continue;
    written += mg_xprintf(out, arg, "%s%M", comma, print_note, &s_notes[i]);
    comma = ",";
  }
  return written;
}

static void fail(struct mg_connection *c, int status, const char *why) {
  mg_http_reply(c, status, JSON, "{%m:%m}\n", MG_ESC("error"), MG_ESC(why));
}

static void add(struct mg_connection *c, struct mg_http_message *hm) {
  struct note *note = find(0);
  char *text = mg_json_get_str(hm->body, "$.text");
  if (text == NULL) {
    fail(c, 400, "text is missing");
  } else if (note == NULL) {
    fail(c, 507, "there is no room for more notes");
    mg_free(text);
  } else {
    char headers[128];
    note->id = ++s_last_id;
    note->text = text;
    mg_snprintf(headers, sizeof(headers), JSON "Location: /api/notes/%d\r\n", note->id);
    mg_http_reply(c, 201, headers, "%M\n", print_note, note);
  }
}

static void on_note(struct mg_connection *c, struct mg_http_message *hm, struct mg_str number) {
  size_t id = 0;
  struct note *note = mg_str_to_num(number, 10, &id, sizeof(id)) && id > 0 && id < INT_MAX ? find((int) id) : NULL;
  if (note == NULL) {
    fail(c, 404, "there is no such note");
  } else if (mg_strcmp(hm->method, mg_str("GET")) == 0) {
    mg_http_reply(c, 200, JSON, "%M\n", print_note, note);
  } else if (mg_strcmp(hm->method, mg_str("PUT")) == 0) {
    char *text = mg_json_get_str(hm->body, "$.text");
    if (text == NULL) {
      fail(c, 400, "text is missing");
      return;
    }
    mg_free(note->text);
    note->text = text;
    mg_http_reply(c, 200, JSON, "%M\n", print_note, note);
  } else if (mg_strcmp(hm->method, mg_str("DELETE")) == 0) {
    mg_free(note->text);
    memset(note, 0, sizeof(*note));
    mg_http_reply(c, 204, "", "%s", "");
  } else {
    mg_http_reply(c, 405, "Allow: GET, PUT, DELETE\r\n", "%s", "");
  }
}

/* One piece for each connection: an answer whose length is not known when it begins. */
static void list_connections(struct mg_connection *c) {
  struct mg_connection *other;
  mg_printf(c, "HTTP/1.1 200 OK\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n");
  mg_http_printf_chunk(c, "[");
  for (other = c->mgr->conns; other != NULL; other = other->next) {
    mg_http_printf_chunk(c, "{%m:%lu,%m:%m,%m:%m}%s", MG_ESC("id"), other->id, MG_ESC("type"),
                         MG_ESC(other->is_listening ? "listener" : "client"), MG_ESC("peer"), mg_print_ip_port,
                         &other->rem, other->next == NULL ? "" : ",");
  }
  mg_http_printf_chunk(c, "]\n");
  mg_http_printf_chunk(c, "");
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    struct mg_str caps[2];
    if (mg_match(hm->uri, mg_str("/api/notes"), NULL)) {
      if (mg_strcmp(hm->method, mg_str("GET")) == 0) {
        mg_http_reply(c, 200, JSON, "[%M]\n", print_notes);
      } else if (mg_strcmp(hm->method, mg_str("POST")) == 0) {
        add(c, hm);
      } else {
        mg_http_reply(c, 405, "Allow: GET, POST\r\n", "%s", "");
      }
    } else if (mg_match(hm->uri, mg_str("/api/notes/*"), caps)) {
      on_note(c, hm, caps[0]);
    } else if (mg_match(hm->uri, mg_str("/api/connections"), NULL)) {
      list_connections(c);
    } else if (mg_match(hm->uri, mg_str("/api/#"), NULL)) {
      fail(c, 404, "there is no such call");
    } else {
      struct mg_http_serve_opts opts;
      memset(&opts, 0, sizeof(opts));
      opts.root_dir = s_root;
      mg_http_serve_dir(c, hm, &opts);
    }
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  const char *port = "8000";
  char url[64];
  size_t n;
  int i;

  mg_log_set(MG_LL_ERROR);
  for (i = 1; i < argc; i += 2) {
    const char *value = argv[i + 1]; /* NULL behind the last */
    int letter = argv[i][0] == '-' && argv[i][1] != '\0' && argv[i][2] == '\0' ? argv[i][1] : '?';
    if (strcmp(argv[i], "--help") == 0 || value == NULL || strchr("pdv", letter) == NULL) {
      bool asked = strcmp(argv[i], "--help") == 0;
      usage(argv[0], asked ? stdout : stderr);
      return asked ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (letter == 'p') port = value;
    if (letter == 'd') s_root = value;
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
  for (n = 0; n < sizeof(s_notes) / sizeof(s_notes[0]); n++) mg_free(s_notes[n].text);
  return listener != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
}
