/* Uploads in pieces and streamed. */
#include "http.h"

static struct mg_connection *server;
static char dir[100];
static long code;
static char outcome[100];
static int outcomes, messages, closes;

static char *path_of(const char *name) {
  static char path[4][300];
  static int turn;
  char *s = path[turn++ % 4];
  mg_snprintf(s, sizeof(path[0]), "%s/%s", dir, name);
  return s;
}

static bool holds(const char *name, const char *text, size_t len) {
  struct mg_str s = mg_file_read(&mg_fs_posix, path_of(name));
  bool ok = s.buf != NULL && s.len == len && memcmp(s.buf, text, len) == 0;
  mg_free(s.buf);
  return ok;
}

static void told(struct mg_connection *c, const char *error) {
  outcomes++;
  mg_snprintf(outcome, sizeof(outcome), "%s", error == NULL ? "well" : error);
  mg_http_reply(c, error == NULL ? 200 : 500, "", "%s", outcome);
}

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  struct mg_http_message *hm = (struct mg_http_message *) ev_data;
  if (ev == MG_EV_CLOSE && c->is_accepted) closes++;
  if (ev == MG_EV_HTTP_HDRS && mg_match(hm->uri, mg_str("/stream/*"), NULL)) {
    struct mg_str name = mg_str_n(hm->uri.buf + 8, hm->uri.len - 8);
    mg_http_start_upload(c, hm, name, mg_str(dir), &mg_fs_posix, told);
  } else if (ev == MG_EV_HTTP_HDRS && mg_match(hm->uri, mg_str("/default"), NULL)) {
    mg_http_start_upload(c, hm, mg_str("default"), mg_str(dir), NULL, NULL);
  } else if (ev == MG_EV_HTTP_HDRS && mg_match(hm->uri, mg_str("/ota"), NULL)) {
    mg_http_start_ota(c, hm, told);
  } else if (ev == MG_EV_HTTP_MSG) {
    messages++;
    if (mg_match(hm->uri, mg_str("/pieces"), NULL)) {
      code = mg_http_upload(c, hm, &mg_fs_posix, dir, 20);
    } else if (!mg_match(hm->uri, mg_str("/stream/*"), NULL)) {
      mg_http_reply(c, 200, "", "other");
    }
  }
}

static struct peer p;
static struct mg_http_message hm;

static long piece(const char *query, const char *body) {
  char request[1000];
  mg_snprintf(request, sizeof(request), "POST /pieces?%s HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", query,
              (int) strlen(body), body);
  ask(server, &p, &hm, request);
  CHECK(mg_http_status(&hm) == (code < 0 ? 400 : 200));
  return code;
}

static void pieces(void) {
  CHECK(piece("file=p", "") == 0 && is(hm.body, "0"));
  CHECK(piece("offset=0", "x") == -1 && is(hm.body, "file required"));
  CHECK(piece("file=../p", "x") == -2 && is(hm.body, "../p: invalid file"));
  CHECK(piece("file=%2e%2e%5cp", "x") == -2 && piece("file=/p", "x") == -2 && piece("file=a%00b", "x") == -2);
  CHECK(piece("file=p&offset=-1", "x") == -3 && is(hm.body, "offset required"));
  CHECK(piece("file=p&offset=18", "xyz") == -4 && is(hm.body, "p: over max size of 20"));
  CHECK(piece("file=p&offset=9223372036854775807", "xyz") == -4);
  CHECK(piece("file=p&offset=3", "xyz") == -5 && is(hm.body, "p: offset mismatch"));
  CHECK(piece("file=p", "abc") == 3 && is(hm.body, "3") && holds("p", "abc", 3));
  CHECK(piece("file=p&offset=3", "def") == 6 && is(hm.body, "6") && holds("p", "abcdef", 6));
  CHECK(piece("file=p&offset=0", "new") == 3 && holds("p", "new", 3));
  CHECK(remove(path_of("p")) == 0);
}

static void forget(void) {
  UNTIL(mgr.conns == server && server->next == NULL);
  outcome[0] = '\0';
  outcomes = messages = closes = 0;
}

static void small_bodies(void) {
  size_t n;
  forget();
  peer_open(&p, server);
  peer_say(&p, "PUT /stream/s HTTP/1.1\r\nContent-Length: 5\r\n\r\nhelloGET /x HTTP/1.1\r\n\r\n");
  PEER_UNTIL(&p, (n = response_at(&p, 0, &hm)) > 0 && response_at(&p, n, &hm) > 0);
  CHECK(outcomes == 1 && strcmp(outcome, "well") == 0 && holds("s", "hello", 5));
  CHECK(messages == 1 && is(hm.body, "other"));
  /* The same file again, in two reads, behind another request. */
  outcomes = messages = 0;
  p.len = 0;
  peer_say(&p, "GET /x HTTP/1.1\r\n\r\nPUT /stream/s HTTP/1.1\r\nContent-Length: 3\r\n\r\na");
  PEER_UNTIL(&p, response_at(&p, 0, &hm) > 0);
  CHECK(outcomes == 0 && holds("s", "hello", 5));
  peer_say(&p, "bcGET /y HTTP/1.1\r\n\r\n");
  PEER_UNTIL(&p, messages == 2);
  CHECK(outcomes == 1 && holds("s", "abc", 3));
  /* Nothing at all. */
  outcomes = messages = 0;
  p.len = 0;
  peer_say(&p, "PUT /stream/s HTTP/1.1\r\nContent-Length: 0\r\n\r\nGET /z HTTP/1.1\r\n\r\n");
  PEER_UNTIL(&p, messages == 1);
  CHECK(outcomes == 1 && strcmp(outcome, "well") == 0 && holds("s", "", 0));
  peer_close(&p);
  UNTIL(closes == 1);
  CHECK(remove(path_of("s")) == 0);
}

static void large_body(void) {
  size_t size = 4000000, i;
  char *big = (char *) malloc(size);
  for (i = 0; i < size; i++) big[i] = (char) (i * 7 + i / 1000);
  forget();
  peer_open(&p, server);
  peer_say(&p, "PUT /stream/l HTTP/1.1\r\nContent-Length: 4000000\r\nExpect: 100-continue\r\n\r\n");
  PEER_UNTIL(&p, p.len > 0);
  CHECK(strcmp(p.buf, "HTTP/1.1 100 Continue\r\n\r\n") == 0);
  p.len = 0;
  peer_send(&p, big, size);
  PEER_UNTIL(&p, response_at(&p, 0, &hm) > 0);
  CHECK(outcomes == 1 && strcmp(outcome, "well") == 0 && holds("l", big, size));
  peer_close(&p);
  free(big);
  CHECK(remove(path_of("l")) == 0);
}

static void failures(void) {
  char name[100] = "";
  forget();
  ask(server, &p, &hm, "PUT /stream/..%2f HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
  CHECK(outcomes == 1 && strcmp(outcome, "bad name") == 0 && mg_http_status(&hm) == 500);
  forget();
  ask(server, &p, &hm, "PUT /stream/c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  CHECK(outcomes == 1 && mg_http_status(&hm) == 500);
  /* A client that goes away leaves no file behind. */
  forget();
  peer_open(&p, server);
  peer_say(&p, "PUT /stream/gone HTTP/1.1\r\nContent-Length: 9\r\n\r\nx");
  peer_pump(&p);
  peer_pump(&p);
  peer_close(&p);
  UNTIL(outcomes == 1);
  CHECK(strcmp(outcome, "connection closed") == 0 && closes == 1);
  UNTIL(server->next == NULL && mgr.conns == server);
  CHECK(!mg_fs_ls(&mg_fs_posix, dir, name, sizeof(name)));
}

static void default_answer_and_firmware(void) {
  forget();
  ask(server, &p, &hm, "PUT /default HTTP/1.1\r\nContent-Length: 1\r\n\r\nx");
  CHECK(mg_http_status(&hm) == 200 && is(hm.body, "ok\n") && holds("default", "x", 1));
  CHECK(remove(path_of("default")) == 0);
  ask(server, &p, &hm, "PUT /ota HTTP/1.1\r\nContent-Length: 2\r\n\r\nxy");
  CHECK(outcomes == 1 && strcmp(outcome, "well") == 0 && mg_http_status(&hm) == 200);
}

int main(void) {
  start();
  CHECK(mkdtemp(strcpy(dir, "/tmp/vansire-test-XXXXXX")) != NULL);
  server = serve(fn, NULL);
  pieces();
  small_bodies();
  large_body();
  failures();
  default_answer_and_firmware();
  CHECK(rmdir(dir) == 0);
  return finish();
}
