/* Dashboard: REST and WebSocket over sets of variables, sessions, levels, files. */
#include "iot.h"

static int s_number = 7;
static uint64_t s_big = 18446744073709551615u;
static bool s_on = true;
static double s_ratio = 1.5;
static char s_text[8] = "a\"b";
static char s_raw[16] = "[1]";
static struct mg_field s_plain_fields[] = {
    {"number", MG_VAL_INT, &s_number, sizeof(s_number)},
    {"big", MG_VAL_UINT64, &s_big, sizeof(s_big)},
    {"on", MG_VAL_BOOL, &s_on, sizeof(s_on)},
    {"ratio", MG_VAL_DBL, &s_ratio, sizeof(s_ratio)},
    {"text", MG_VAL_STR, s_text, sizeof(s_text)},
    {"raw", MG_VAL_RAW, s_raw, sizeof(s_raw)},
    {"fixed", MG_VAL_INT, &s_number, 0},
    {NULL, MG_VAL_INT, NULL, 0},
};
static int s_plain_writes;
static bool plain(enum mg_dash_op op, struct mg_dash_user *u) {
  if (op == MG_DASH_WRITE) s_plain_writes++;
  return u != NULL && u->level > 0;
}
static struct mg_field_set s_plain = {"plain", s_plain_fields, plain, NULL, NULL, NULL};

/* Only for level 5 and above. */
static int s_secret = 1;
static struct mg_field s_admin_fields[] = {{"secret", MG_VAL_INT, &s_secret, sizeof(s_secret)}, {NULL, MG_VAL_INT, NULL, 0}};
static bool admin(enum mg_dash_op op, struct mg_dash_user *u) {
  (void) op;
  return u->level >= 5;
}
static struct mg_field_set s_admin = {"admin", s_admin_fields, admin, NULL, NULL, NULL};

/* An array of numbers. */
static int s_list[10] = {10, 11, 12}, s_count = 3, s_item, s_index;
static struct mg_field s_array_fields[] = {{"item", MG_VAL_INT, &s_item, sizeof(s_item)}, {NULL, MG_VAL_INT, NULL, 0}};
static bool array(enum mg_dash_op op, struct mg_dash_user *u) {
  (void) u;
  if (op == MG_DASH_ADD) {
    if (s_count >= 10) return false;
    s_list[s_count++] = s_item;
    return true;
  }
  if (op == MG_DASH_READ && s_index == -1) {
    s_index = s_count;
    return true;
  }
  if (s_index < 0 || s_index >= s_count) {
    s_index = -1;
    return op == MG_DASH_READ;
  }
  if (op == MG_DASH_READ) s_item = s_list[s_index];
  if (op == MG_DASH_WRITE) s_list[s_index] = s_item;
  if (op == MG_DASH_DELETE) {
    memmove(&s_list[s_index], &s_list[s_index + 1], (size_t) (9 - s_index) * sizeof(s_list[0]));
    s_count--;
  }
  return true;
}
static struct mg_field_set s_array = {"array", s_array_fields, array, &s_index, NULL, NULL};

/* Files of a directory. */
static char s_dir[64], s_name[32];
static uint64_t s_size;
static int s_file_index, s_file_calls;
static struct mg_field s_file_fields[] = {
    {"name", MG_VAL_STR, s_name, sizeof(s_name)}, {"size", MG_VAL_UINT64, &s_size, 0}, {NULL, MG_VAL_INT, NULL, 0}};
static bool get_dir(const struct mg_dash_user *u, char *buf, size_t len) {
  (void) u;
  s_file_calls++;
  snprintf(buf, len, "%s", s_dir);
  return true;
}
static struct mg_field_set s_files = {"files", s_file_fields, NULL, &s_file_index, get_dir, NULL};

static int authenticate(char *user, size_t len, const char *pass) {
  CHECK(len == 100 && pass[0] != '\0');
  if (strcmp(pass, "low") == 0) return snprintf(user, len, "%s", "guest1"), 3;
  if (strcmp(pass, "high") == 0) return snprintf(user, len, "%s", "boss"), 7;
  if (strncmp(pass, "user-", 5) == 0) return snprintf(user, len, "%s", pass), 1;
  if (strcmp(pass, "boss-today") == 0) return snprintf(user, len, "%s", "boss"), 2;
  return 0;
}

static struct mg_mgr s_mgr;
static struct mg_connection *s_listener;
static struct mg_dash s_dash;

/* One request over a connection of its own; the whole answer. */
static const char *ask(const char *method, const char *uri, const char *headers, const char *body) {
  static char answer[8192];
  char request[1024];
  size_t got = 0;
  int rounds, fd = peer_connect(s_listener);
  int n = snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: %u\r\n\r\n%s",
                   method, uri, headers, (unsigned) strlen(body), body);
  CHECK(n > 0 && send(fd, request, (size_t) n, MSG_NOSIGNAL) == n);
  for (rounds = 0; rounds < 5000; rounds++) {
    ssize_t len;
    mg_mgr_poll(&s_mgr, 1);
    len = recv(fd, answer + got, sizeof(answer) - 1 - got, 0);
    if (len > 0) got += (size_t) len;
    if (len == 0) break;
  }
  answer[got] = '\0';
  close(fd);
  return answer;
}

static bool answers(const char *method, const char *uri, const char *headers, const char *body, int status, const char *want) {
  const char *answer = ask(method, uri, headers, body), *text = strstr(answer, "\r\n\r\n");
  char line[32];
  snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
  if (text != NULL && strncmp(answer, line, strlen(line)) == 0 && strcmp(text + 4, want) == 0) return true;
  printf("%s %s\nexpected: %d %s\nfound:    %s\n", method, uri, status, want, answer);
  return false;
}

static void test_open(void) {
  CHECK(answers("GET", "/api/hi", "", "", 200, "hi\n"));
  CHECK(answers("GET", "/api/login", "", "", 200, "{\"user\":\"guest\",\"level\":9}\n"));
  CHECK(s_dash.guest != NULL && strcmp(s_dash.guest->name, "guest") == 0);
  CHECK(answers("GET", "/api/get/plain", "", "", 200,
                "{\"number\":7,\"big\":18446744073709551615,\"on\":true,\"ratio\":1.50,\"text\":\"a\\\"b\",\"raw\":[1],"
                "\"fixed\":7}\n"));
  CHECK(answers("GET", "/api/get/admin", "", "", 200, "{\"secret\":1}\n"));
  CHECK(answers("GET", "/api/get/array", "", "", 200, "3\n"));
  CHECK(answers("GET", "/api/get/nothing", "", "", 200, "null\n"));
  s_index = 42;
  CHECK(answers("GET", "/api/get/array/1", "", "", 200, "[{\"item\":11}]\n") && s_index == 42);
  CHECK(answers("GET", "/api/get/array/1/9", "", "", 200, "[{\"item\":11},{\"item\":12}]\n"));
  CHECK(answers("GET", "/api/get/array/9", "", "", 200, "[]\n"));
  CHECK(answers("GET", "/api/get/array/x", "", "", 200, "[{\"item\":10}]\n"));
  CHECK(strstr(ask("GET", "/api/get", "", ""), "{\"files\":0,\"array\":3,\"admin\":{\"secret\":1},\"plain\":{") != NULL);
  CHECK(answers("GET", "/nothing", "", "", 404, "Not Found"));
}

static void test_set(void) {
  s_plain_writes = 0;
  CHECK(answers("POST", "/api/set", "",
                "{\"plain\":{\"number\":-3,\"big\":9007199254740993,\"on\":false,\"ratio\":2,\"text\":\"123456789\",\"raw\":{\"a\":1}}}",
                200, "6\n"));
  CHECK(s_number == -3 && s_big == 9007199254740993u && !s_on && s_ratio > 1.9 && strcmp(s_text, "1234567") == 0);
  CHECK(strcmp(s_raw, "{\"a\":1}") == 0 && s_plain_writes == 2);
  s_plain_writes = 0;
  CHECK(answers("POST", "/api/set", "",
                "{\"x\":{\"number\":1},\"plain\":{\"number\":1.5,\"big\":1.5,\"on\":1,\"ratio\":\"2\",\"text\":3,"
                "\"raw\":\"12345678901234567890\",\"fixed\":8}}",
                200, "0\n"));
  CHECK(s_number == -3 && s_plain_writes == 1 && strcmp(s_raw, "{\"a\":1}") == 0);
  CHECK(answers("POST", "/api/set", "", "{\"plain\":{\"big\":-2}}", 200, "1\n") && s_big == UINT64_MAX - 1);
  CHECK(answers("POST", "/api/set", "", "{\"plain\":{\"big\":-2e0,\"number\":4e1}}", 200, "2\n"));
  CHECK(s_big == UINT64_MAX - 1 && s_number == 40);
  CHECK(answers("POST", "/api/set", "", "{\"plain\":{\"big\":-1e30}}", 200, "0\n") && s_big == UINT64_MAX - 1);
  CHECK(answers("POST", "/api/set", "", "garbage", 200, "0\n"));
  s_number = 7;
}

static void test_array(void) {
  CHECK(answers("POST", "/api/add/array", "", "{\"item\":13}", 200, "true\n") && s_count == 4);
  CHECK(answers("POST", "/api/add/array", "", "{}", 403, "false\n"));
  CHECK(answers("POST", "/api/add/plain", "", "{}", 404, "null\n"));
  CHECK(answers("POST", "/api/get/array/3", "", "{\"item\":33}", 200, "1\n") && s_list[3] == 33);
  CHECK(answers("POST", "/api/get/array/9", "", "{\"item\":33}", 404, "null\n"));
  CHECK(answers("POST", "/api/get/array/0", "", "{\"other\":33}", 403, "false\n"));
  CHECK(answers("GET", "/api/del/array/3", "", "", 200, "1\n") && s_count == 3);
  CHECK(answers("GET", "/api/del/array/7", "", "", 403, "false\n"));
  CHECK(answers("GET", "/api/del/plain/0", "", "", 404, "null\n"));
}

static void test_files(void) {
  char path[128];
  CHECK(mkdtemp(strcpy(s_dir, "/tmp/dash-XXXXXX")) != NULL);
  CHECK(answers("POST", "/fs/files/a%20b.txt", "", "hello", 200, "ok\n"));
  CHECK(answers("PUT", "/fs/files/c.txt", "", "", 200, "ok\n"));
  CHECK(answers("GET", "/api/get/files", "", "", 200, "2\n"));
  CHECK(answers("GET", "/fs/files/a%20b.txt", "", "", 200, "hello"));
  CHECK(strstr(ask("GET", "/api/get/files/0/5", "", ""), "{\"name\":\"a b.txt\",\"size\":5}") != NULL);
  s_file_index = 9;
  CHECK(mg_dash_dir_read(&s_files, s_dash.guest) && s_file_index == -1);
  s_file_calls = 0;
  CHECK(answers("POST", "/fs/files/%2e%2e%2fx", "", "hello", 400, "Bad file name\n"));
  CHECK(answers("DELETE", "/fs/files/%2e%2e/x", "", "", 400, "Bad file name\n"));
  CHECK(answers("GET", "/fs/files/%zz", "", "", 400, "Bad file name\n"));
  CHECK(s_file_calls == 0);
  CHECK(answers("POST", "/fs/plain/x", "", "hello", 404, "Not Found\n"));
  CHECK(answers("GET", "/fs/nothing/x", "", "", 404, "Not Found"));
  CHECK(answers("DELETE", "/fs/files/a%20b.txt", "", "", 200, "true") && strcmp(s_name, "a b.txt") == 0);
  CHECK(answers("DELETE", "/fs/files/c.txt", "", "", 200, "true"));
  CHECK(rmdir(s_dir) == 0);
  (void) path;
}

/* ---- users ------------------------------------------------------------------------------------------------------ */

/* The cookie that a login brings, as a header. */
static bool login(const char *pass, char *cookie, size_t len) {
  char headers[128];
  const char *answer, *token;
  snprintf(headers, sizeof(headers), "Cookie: access_token=%s\r\n", pass);
  answer = ask("GET", "/api/login", headers, "");
  token = strstr(answer, "Set-Cookie: access_token=");
  if (token == NULL) return false;
  snprintf(cookie, len, "Cookie: access_token=%.19s\r\n", token + 25);
  return true;
}

static void test_users(void) {
  char low[128], high[128];
  s_dash.authenticate = authenticate;
  CHECK(answers("GET", "/api/hi", "", "", 200, "hi\n"));
  CHECK(answers("GET", "/api/get", "", "", 403, "Not Authorised\n"));
  CHECK(answers("POST", "/api/set", "", "{\"plain\":{\"number\":1}}", 403, "Not Authorised\n") && s_number == 7);
  CHECK(answers("POST", "/fs/files/x", "", "hello", 403, "Not Authorised\n"));
  CHECK(!login("wrong", low, sizeof(low)));
  CHECK(login("low", low, sizeof(low)) && login("high", high, sizeof(high)));
  CHECK(strstr(low, "=low") == NULL); /* the password is no token */
  CHECK(answers("GET", "/api/get/admin", low, "", 200, "null\n"));
  CHECK(answers("GET", "/api/get/admin", high, "", 200, "{\"secret\":1}\n"));
  CHECK(answers("GET", "/api/login", "Authorization: Basic Ym9zczpoaWdo\r\n", "", 200, "{\"user\":\"boss\",\"level\":7}\n"));
  CHECK(answers("POST", "/api/set", low, "{\"admin\":{\"secret\":9}}", 200, "0\n") && s_secret == 1);
  /* A link of a foreign page must not change anything. */
  CHECK(answers("GET", "/api/set", high, "{\"admin\":{\"secret\":9}}", 403, "Not Authorised\n") && s_secret == 1);
  CHECK(answers("POST", "/api/set", high, "{\"admin\":{\"secret\":9}}", 200, "1\n") && s_secret == 9);
  CHECK(answers("GET", "/api/logout", high, "", 401, "Unauthorized\n"));
  CHECK(answers("GET", "/api/get/admin", high, "", 403, "Not Authorised\n"));
}

/* A level is that of the last login; a token is good as cookie, in the query, and as Bearer; ten users and no more. */
static void test_sessions(void) {
  char cookie[128], cookies[10][128], headers[160], uri[96];
  int i;
  CHECK(login("high", cookie, sizeof(cookie)));
  snprintf(headers, sizeof(headers), "Authorization: Bearer %.19s\r\n", cookie + 21);
  CHECK(answers("GET", "/api/login", headers, "", 200, "{\"user\":\"boss\",\"level\":7}\n"));
  snprintf(uri, sizeof(uri), "/api/login?access_token=%.19s", cookie + 21);
  CHECK(answers("GET", uri, "", "", 200, "{\"user\":\"boss\",\"level\":7}\n"));
  /* "x:boss-today" */
  CHECK(answers("GET", "/api/login", "Authorization: Basic eDpib3NzLXRvZGF5\r\n", "", 200,
                "{\"user\":\"boss\",\"level\":2}\n"));
  CHECK(answers("GET", "/api/get/admin", cookie, "", 200, "null\n"));
  CHECK(answers("GET", "/api/logout", cookie, "", 401, "Unauthorized\n"));
  CHECK(login("low", cookie, sizeof(cookie)) && answers("GET", "/api/logout", cookie, "", 401, "Unauthorized\n"));
  for (i = 0; i < 12; i++) {
    char pass[24];
    snprintf(pass, sizeof(pass), "user-%d", i);
    CHECK(login(pass, i < 10 ? cookies[i] : cookie, sizeof(cookie)) == (i < 10));
  }
  /* Those who are in stay in; one who leaves makes room. */
  CHECK(answers("GET", "/api/get/array", cookies[9], "", 200, "3\n"));
  CHECK(answers("GET", "/api/logout", cookies[0], "", 401, "Unauthorized\n"));
  CHECK(login("user-11", cookies[0], sizeof(cookie)) && !login("user-12", cookie, sizeof(cookie)));
  for (i = 0; i < 10; i++) CHECK(answers("GET", "/api/logout", cookies[i], "", 401, "Unauthorized\n"));
}

/* ---- notifications ---------------------------------------------------------------------------------------------- */

struct watcher {
  struct mg_connection *c;
  char text[512];
  int opens, closes;
};

static void on_ws(struct mg_connection *c, int ev, void *ev_data) {
  struct watcher *w = (struct watcher *) c->fn_data;
  if (ev == MG_EV_WS_OPEN) w->opens++;
  if (ev == MG_EV_CLOSE) w->closes++, w->c = NULL;
  if (ev == MG_EV_WS_MSG) {
    struct mg_ws_message *wm = (struct mg_ws_message *) ev_data;
    snprintf(w->text + strlen(w->text), sizeof(w->text) - strlen(w->text), "%.*s\n", (int) wm->data.len, wm->data.buf);
  }
}

static void watch(struct watcher *w, const char *headers) {
  char url[96];
  memset(w, 0, sizeof(*w));
  snprintf(url, sizeof(url), "%s/api/websocket", url_of(s_listener, "ws"));
  w->c = mg_ws_connect(&s_mgr, url, on_ws, w, "%s", headers);
  CHECK(w->c != NULL);
  UNTIL(&s_mgr, w->opens == 1 || w->closes == 1);
}

static void test_notifications(void) {
  char low[128], high[128];
  struct watcher of_low, of_high, of_none;
  CHECK(login("low", low, sizeof(low)) && login("high", high, sizeof(high)));
  watch(&of_none, "");
  CHECK(of_none.opens == 0);
  watch(&of_low, low);
  watch(&of_high, high);
  CHECK(of_low.opens == 1 && of_high.opens == 1);
  s_number = 8;
  CHECK(answers("POST", "/api/set", high, "{\"admin\":{\"secret\":4},\"plain\":{\"on\":true}}", 200, "2\n"));
  UNTIL(&s_mgr, strstr(of_high.text, "plain") != NULL && strstr(of_low.text, "plain") != NULL);
  CHECK(strstr(of_high.text, "{\"method\":\"change\",\"params\":{\"admin\":{\"secret\":4}}}\n") != NULL);
  CHECK(strstr(of_low.text, "admin") == NULL);
  of_low.text[0] = '\0';
  CHECK(answers("POST", "/api/get/array/1", low, "{\"item\":5}", 200, "1\n"));
  CHECK(answers("POST", "/api/add/array", low, "{\"item\":6}", 200, "true\n"));
  UNTIL(&s_mgr, strcmp(of_low.text, "{\"method\":\"change\",\"params\":{\"array/1\":{\"item\":5}}}\n"
                                    "{\"method\":\"change\",\"params\":{\"array\":4}}\n") == 0);
  s_index = 0;
  of_low.text[0] = '\0';
  mg_dash_send_change(&s_mgr, &s_array);
  UNTIL(&s_mgr, strcmp(of_low.text, "{\"method\":\"change\",\"params\":{\"array/0\":{\"item\":10}}}\n") == 0);
  CHECK(s_index == 0);

  of_high.text[0] = '\0';
  CHECK(answers("GET", "/api/logout", high, "", 401, "Unauthorized\n"));
  UNTIL(&s_mgr, of_high.closes == 1);
  CHECK(strcmp(of_high.text, "{\"method\":\"logout\"}\n") == 0);

  /* Sessions end by themselves, and their WebSockets with them. */
  CHECK(of_low.closes == 0);
  s_dash.session_auto_expiration_seconds = 1;
  CHECK(answers("GET", "/api/get/array", low, "", 200, "4\n"));
  UNTIL(&s_mgr, of_low.closes == 1);
  CHECK(answers("GET", "/api/get/array", low, "", 403, "Not Authorised\n"));
  s_dash.session_auto_expiration_seconds = 0;
}

static void custom(struct mg_connection *c, int ev, void *ev_data) {
  CHECK(ev == MG_EV_HTTP_MSG && c->fn_data == &s_dash && ev_data != NULL);
  mg_http_reply(c, 200, "", "mine\n");
}

int main(void) {
  mg_log_set(MG_LL_NONE);
  MG_DASH_ADD_FIELD_SET(&s_dash, &s_plain);
  MG_DASH_ADD_FIELD_SET(&s_dash, &s_admin);
  MG_DASH_ADD_FIELD_SET(&s_dash, &s_array);
  MG_DASH_ADD_FIELD_SET(&s_dash, &s_files);
  strcpy(s_dir, "/nowhere");
  mg_mgr_init(&s_mgr);
  s_listener = mg_http_listen(&s_mgr, "http://127.0.0.1:0", mg_dash_ev_handler, &s_dash);
  CHECK(s_listener != NULL);
  test_open();
  MG_DASH_REGISTER_CUSTOM_HANDLER(&s_dash, "/mine/#", custom, NULL);
  CHECK(answers("GET", "/mine/x", "", "", 200, "mine\n"));
  test_set();
  test_array();
  test_files();
  test_users();
  test_sessions();
  test_notifications();
  mg_mgr_free(&s_mgr);
  CHECK(s_dash.guest == NULL);
  return done();
}
