/* JSON getters as C sees them: offsets, out-parameters, memory, small buffers. modes: c++ */
#include "iot.h"

static void test_get(void) {
  struct mg_str json = mg_str("{\"k\":[],\"z\":[8,9]}");
  int len = 7;
  CHECK(mg_json_get(json, "$.z[1]", &len) == 15 && len == 1);
  CHECK(mg_json_get(json, "$.k[0]", &len) == MG_JSON_NOT_FOUND && len == 0);
  CHECK(mg_json_get(json, "$.z", NULL) == 12);
  CHECK(mg_json_get(json, "z", &len) == MG_JSON_INVALID && len == 0);
  CHECK(mg_json_get(json, NULL, &len) == MG_JSON_INVALID);
  CHECK(mg_json_get(mg_str_n(NULL, 0), "$", &len) == MG_JSON_NOT_FOUND);
  CHECK(mg_json_get(mg_str("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["), "$", &len) == MG_JSON_TOO_DEEP);
  CHECK(mg_strcmp(mg_json_get_tok(json, "$.z"), mg_str("[8,9]")) == 0);
  CHECK(mg_json_get_tok(json, "$.q").buf == NULL && mg_json_get_tok(json, "$.q").len == 0);
}

static void test_numbers(void) {
  struct mg_str json = mg_str("{\"a\":-1.5,\"b\":true,\"c\":\"3\",\"d\":9007199254740993,\"e\":1e99,\"f\":false}");
  double d = 7;
  bool b = false;
  CHECK(mg_json_get_num(json, "$.a", &d) && d < -1.4 && d > -1.6);
  CHECK(mg_json_get_num(json, "$.a", NULL));
  CHECK(!mg_json_get_num(json, "$.c", &d) && d < -1.4);
  CHECK(mg_json_get_bool(json, "$.b", &b) && b);
  CHECK(mg_json_get_bool(json, "$.f", NULL));
  CHECK(!mg_json_get_bool(json, "$.a", &b) && b);
  CHECK(mg_json_get_long(json, "$.a", 42) == -1);
  CHECK(mg_json_get_long(json, "$.x", 42) == 42);
  CHECK(mg_json_get_long(json, "$.e", 42) == LONG_MAX);
  if (sizeof(long) == 8) CHECK(mg_json_get_long(json, "$.d", 42) % 10 == 3);
}

/* Numbers at the edges of what there is. */
static void test_extremes(void) {
  double d = 7;
  CHECK(mg_json_get_num(mg_str("1e999"), "$", &d) && d > 1e308 && d < 2 * 1e308);
  CHECK(mg_json_get_num(mg_str("-1e999"), "$", &d) && d < -1e308);
  CHECK(mg_json_get_num(mg_str("1e-999"), "$", &d) && d < 1e-300 && d > -1e-300);
  CHECK(!mg_json_get_num(mg_str("-"), "$", &d) && !mg_json_get_num(mg_str("1."), "$", &d));
  CHECK(!mg_json_get_num(mg_str("1e"), "$", &d) && !mg_json_get_num(mg_str("00"), "$", &d));
  CHECK(mg_json_get_long(mg_str("99999999999999999999"), "$", 1) == LONG_MAX);
  CHECK(mg_json_get_long(mg_str("-99999999999999999999"), "$", 1) == LONG_MIN);
  CHECK(mg_json_get_long(mg_str("-0.9"), "$", 1) == 0);
  CHECK(mg_json_get_long(mg_str("01"), "$", 5) == 5);
}

/* What is no path finds nothing; nothing reads beyond the text. */
static void test_paths(void) {
  static const char *const none[] = {"$.", "$[", "$[]", "$[0", "$[-1]", "$[+1]", "$[ 0]", "$[0x]", "$.a[", "$..a", "$[99999999999999999999]"};
  char *text = strdup("{\"a\":[5,{\"b\":\"c\"}]}"), *path = (char *) malloc(10003);
  size_t i, n = strlen(text);
  int len;
  for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
    CHECK(mg_json_get(mg_str(text), none[i], &len) == MG_JSON_NOT_FOUND && len == 0);
    CHECK(mg_json_get(mg_str("[7]"), none[i], &len) == MG_JSON_NOT_FOUND && len == 0);
  }
  memset(path, 'a', 10002);
  path[0] = '$', path[1] = '.', path[10002] = '\0';
  CHECK(mg_json_get(mg_str(text), path, &len) == MG_JSON_NOT_FOUND);
  free(path);
  CHECK(mg_json_get(mg_str(text), "$.a[1].b", &len) == 13 && len == 3);
  for (i = 0; i < n; i++) { /* cut: an error or, once it is whole, the value; the heap ends where the text does */
    char *cut = (char *) malloc(i > 0 ? i : 1);
    int rc;
    memcpy(cut, text, i);
    rc = mg_json_get(mg_str_n(cut, i), "$.a[1].b", &len);
    CHECK(i < 16 ? rc < 0 && len == 0 : rc == 13 && len == 3);
    free(cut);
  }
  free(text);
}

static void test_memory(void) {
  struct mg_str json = mg_str("{\"s\":\"a\\u00e9\\n\",\"e\":\"\",\"h\":\"00ff\",\"o\":\"616\",\"b\":\"aGk=\",\"n\":1}");
  int len = 42;
  char *p = mg_json_get_str(json, "$.s");
  CHECK(p != NULL && strcmp(p, "a\xe9\n") == 0);
  mg_free(p);
  p = mg_json_get_str(json, "$.e");
  CHECK(p != NULL && p[0] == '\0');
  mg_free(p);
  CHECK(mg_json_get_str(json, "$.n") == NULL && mg_json_get_str(json, "$.x") == NULL);
  CHECK(mg_json_get_hex(json, "$.o", &len) == NULL && len == 42);
  CHECK(mg_json_get_b64(json, "$.n", &len) == NULL && len == 42);
  p = mg_json_get_hex(json, "$.h", &len);
  CHECK(p != NULL && len == 2 && memcmp(p, "\0\xff\0", 3) == 0);
  mg_free(p);
  p = mg_json_get_hex(json, "$.e", NULL);
  CHECK(p != NULL && p[0] == '\0');
  mg_free(p);
  p = mg_json_get_b64(json, "$.b", &len);
  CHECK(p != NULL && len == 2 && strcmp(p, "hi") == 0);
  mg_free(p);
  p = mg_json_get_b64(mg_str("\"a*bc\""), "$", &len);
  CHECK(p != NULL && len == 0 && p[0] == '\0');
  mg_free(p);
}

static void test_unescape(void) {
  struct mg_str json = mg_str("{\"s\":\"abc\",\"t\":\"ab\\u0100\",\"u\":\"a\\q\",\"n\":1}");
  char buf[8];
  size_t n;
  for (n = 0; n <= 3; n++) {
    memset(buf, '#', sizeof(buf));
    CHECK(mg_json_unescape(json, "$.s", buf, n) == 0);
    CHECK(buf[n] == '#' && (n == 0 || buf[n - 1] == '\0'));
  }
  CHECK(mg_json_unescape(json, "$.s", buf, 4) == 3 && strcmp(buf, "abc") == 0);
  CHECK(mg_json_unescape(json, "$.t", buf, sizeof(buf)) == 2 && strcmp(buf, "ab") == 0);
  CHECK(mg_json_unescape(json, "$.u", buf, sizeof(buf)) == 0 && buf[0] == '\0');
  buf[0] = '#';
  CHECK(mg_json_unescape(json, "$.n", buf, sizeof(buf)) == 0 && buf[0] == '#');
}

static void test_next(void) {
  struct mg_str json = mg_str("{\"p\" : 1 , \"q\":[2,3] }"), key, val;
  CHECK(mg_json_next(json, 0, &key, &val) == 10);
  CHECK(mg_strcmp(key, mg_str("\"p\"")) == 0 && mg_strcmp(val, mg_str("1")) == 0);
  CHECK(mg_json_next(json, 10, &key, &val) == 21);
  CHECK(mg_strcmp(key, mg_str("\"q\"")) == 0 && mg_strcmp(val, mg_str("[2,3]")) == 0);
  CHECK(mg_json_next(json, 21, &key, &val) == 0);
  CHECK(mg_json_next(mg_str("[5]"), 0, &key, NULL) == 2 && key.buf == NULL && key.len == 0);
  CHECK(mg_json_next(mg_str("[5]"), 0, NULL, &val) == 2 && val.len == 1);
  CHECK(mg_json_next(mg_str("7"), 0, &key, &val) == 0);
}

int main(void) {
  test_get();
  test_numbers();
  test_extremes();
  test_paths();
  test_memory();
  test_unescape();
  test_next();
  return done();
}
