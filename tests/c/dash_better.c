/* Where the dashboard is better than the original, lines 29 to 32 of the engine chapter's list. */
#include "engine.h"

static struct mg_mgr mgr;
static char raw[8] = "1", name[40];
static int number = 5, uploads_index;
static struct mg_field fields[] = {
    {"raw", MG_VAL_RAW, raw, sizeof(raw)}, {"number", MG_VAL_INT, &number, sizeof(number)}, {NULL, MG_VAL_INT, NULL, 0}};
static struct mg_field_set plain = {"plain", fields, NULL, NULL, NULL, NULL};
static struct mg_field file_fields[] = {{"name", MG_VAL_STR, name, sizeof(name)}, {NULL, MG_VAL_INT, NULL, 0}};
static char dir[] = "/tmp/dash-better-XXXXXX";
static bool get_dir(const struct mg_dash_user *u, char *buf, size_t len) {
  (void) u;
  return mg_snprintf(buf, len, "%s", dir) < len;
}
static struct mg_field_set files = {"files", file_fields, NULL, NULL, get_dir, NULL}; /* no index */
static int levels = 5;
static int authenticate(char *user, size_t len, const char *pass) {
  (void) len;
  if (strcmp(user, "") == 0) mg_snprintf(user, len, "%s", "someone");
  return strcmp(pass, "secret") == 0 ? levels : 0;
}
static struct mg_dash open_dash, closed_dash;

static int foreign_messages;
static void foreign_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    mg_ws_upgrade(c, (struct mg_http_message *) ev_data, NULL);
    memset(c->data, 0xff, sizeof(c->data)); /* whoever follows this as a pointer crashes */
  }
  if (ev == MG_EV_WS_MSG && c->is_client) foreign_messages++;
}
static void foreign_client(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_WS_OPEN) memset(c->data, 0xff, sizeof(c->data));
  if (ev == MG_EV_WS_MSG) foreign_messages++;
  (void) ev_data;
}

static char answer[8192];
static const char *ask(struct mg_connection *l, const char *method, const char *uri, const char *headers, const char *body) {
  char request[2048];
  int fd = peer_connect(port_of(l)), rounds;
  size_t len = 0;
  snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\n%sConnection: close\r\nContent-Length: %lu\r\n\r\n%s", method,
           uri, headers, (unsigned long) strlen(body), body);
  peer_send(fd, request, strlen(request));
  peer_nonblocking(fd);
  for (rounds = 0; rounds < 3000; rounds++) {
    ssize_t n = recv(fd, answer + len, sizeof(answer) - len - 1, 0);
    if (n == 0) break;
    if (n > 0) len += (size_t) n;
    mg_mgr_poll(&mgr, 1);
  }
  answer[len] = '\0';
  close(fd);
  CHECK(len > 0);
  return answer;
}
static bool body_is(const char *expected) {
  const char *body = strstr(answer, "\r\n\r\n");
  return body != NULL && strcmp(body + 4, expected) == 0;
}

static void better_29(struct mg_connection *l) { /* a RAW field gets its own value, whole or not at all */
  ask(l, "POST", "/api/set", "", "{\"plain\":{\"raw\":[1,2],\"number\":6}}");
  CHECK(strcmp(raw, "[1,2]") == 0 && number == 6 && body_is("2\n"));
  ask(l, "POST", "/api/set", "", "{\"plain\":{\"raw\":[1,2,3,4,5,6,7,8,9],\"number\":7}}");
  CHECK(strcmp(raw, "[1,2]") == 0 && number == 7 && body_is("1\n"));
}

static void better_30(struct mg_connection *l) { /* random tokens; logout ends the session and is HTTP only */
  char cookie[80];
  const char *token;
  ask(l, "GET", "/api/login", "Cookie: access_token=secret\r\n", "");
  token = strstr(answer, "access_token=");
  CHECK(token != NULL && strncmp(token + 13, "secret", 6) != 0);
  snprintf(cookie, sizeof(cookie), "Cookie: access_token=%.19s\r\n", token + 13);
  CHECK(strstr(ask(l, "GET", "/api/get/plain", cookie, ""), " 200 ") != NULL && strstr(answer, "\"level\"") == NULL);
  levels = 7;
  ask(l, "GET", "/api/login", "Authorization: Basic c29tZW9uZTpzZWNyZXQ=\r\n", "");
  CHECK(strstr(answer, "\"level\":7") != NULL);
  token = strstr(answer, "access_token=");
  CHECK(token != NULL);
  snprintf(cookie, sizeof(cookie), "Cookie: access_token=%.19s\r\n", token + 13);
  ask(l, "POST", "/api/logout", cookie, "");
  CHECK(strncmp(answer, "HTTP/1.1 401", 12) == 0 && body_is("Unauthorized\n"));
  CHECK(strncmp(ask(l, "GET", "/api/get", cookie, ""), "HTTP/1.1 403", 12) == 0);
  CHECK(strncmp(ask(l, "GET", "/api/get", "Cookie: access_token=wrong\r\n", ""), "HTTP/1.1 403", 12) == 0);
}

static void better_31(struct mg_connection *l) { /* WebSockets that are not its own are none of its business */
  struct mg_connection *other = mg_http_listen(&mgr, "http://127.0.0.1:0", foreign_fn, NULL);
  int i;
  CHECK(mg_ws_connect(&mgr, url_of(other, "ws"), foreign_client, NULL, NULL) != NULL);
  for (i = 0; i < 100; i++) mg_mgr_poll(&mgr, 1);
  mg_dash_send_change(&mgr, &plain);
  ask(l, "POST", "/api/set", "", "{\"plain\":{\"number\":8}}");
  for (i = 0; i < 20; i++) mg_mgr_poll(&mgr, 1);
  CHECK(number == 8 && foreign_messages == 0);
}

static void better_32(struct mg_connection *l) { /* a directory set without an index */
  char path[100];
  ask(l, "POST", "/fs/files/a%20b", "", "hello");
  CHECK(strncmp(answer, "HTTP/1.1 200", 12) == 0 && strcmp(name, "a b") == 0);
  ask(l, "GET", "/api/get/files", "", "");
  ask(l, "GET", "/api/get/files/0/3", "", "");
  ask(l, "POST", "/api/get/files/0", "", "{\"name\":\"x\"}");
  ask(l, "GET", "/api/del/files/0", "", "");
  ask(l, "GET", "/api/add/files", "", "{\"name\":\"x\"}");
  ask(l, "DELETE", "/fs/files/a%20b", "", "");
  snprintf(path, sizeof(path), "%s/a b", dir);
  CHECK(access(path, F_OK) != 0 && uploads_index == 0);
}

int main(void) {
  struct mg_connection *open_l, *closed_l;
  quiet();
  CHECK(mkdtemp(dir) != NULL);
  mg_mgr_init(&mgr);
  MG_DASH_ADD_FIELD_SET(&open_dash, &plain);
  MG_DASH_ADD_FIELD_SET(&open_dash, &files);
  closed_dash.authenticate = authenticate;
  closed_dash.sets = open_dash.sets;
  open_l = mg_http_listen(&mgr, "http://127.0.0.1:0", mg_dash_ev_handler, &open_dash);
  closed_l = mg_http_listen(&mgr, "http://127.0.0.1:0", mg_dash_ev_handler, &closed_dash);
  better_29(open_l);
  better_30(closed_l);
  better_31(open_l);
  better_32(open_l);
  mg_mgr_free(&mgr);
  CHECK(rmdir(dir) == 0);
  return done();
}
