/* Logging: levels, the prefix, where bytes go, dumps. */
#include "check.h"
#include "mongoose.h"

static char text[4096];
static size_t len;

static void collect(char ch, void *arg) {
  CHECK(arg == (void *) text);
  if (len + 1 < sizeof(text)) text[len++] = ch, text[len] = '\0';
}

static void reset(void) { len = 0, text[0] = '\0'; }

static int touched(void) { return ++check_count; }

static void test_lines(void) {
  const char *rest;
  int before;
  reset();
  MG_INFO(("hello %d", 42));
  CHECK(len == 40 + 8 + 2 && strcmp(text + 40, "hello 42\r\n") == 0);
  /* The clock takes at least 6 columns: 7 and more digits once the machine has been up for 2^24 ms. */
  rest = text + strspn(text, "0123456789abcdef");
  rest += strspn(rest, " ");
  CHECK(rest >= text + 7 && strncmp(rest, "2 util_log.c:", 13) == 0 && text[39] == ' ');
  reset();
  mg_log_set(MG_LL_ERROR);
  before = check_count;
  MG_INFO(("%d", touched()));
  CHECK(len == 0 && check_count == before);
  MG_ERROR(("x"));
  CHECK(len == 43);
  mg_log_set(MG_LL_DEBUG);
}

static void test_prefix(void) {
  reset();
  mg_log_prefix(MG_LL_DEBUG, "a/b/c_very_long_file_name_that_is_cut.c", 123456, "function");
  CHECK(len == 40 && text[39] == ' ' && strstr(text, " 3 c_very_long_file_name_that") != NULL);
  reset();
  mg_log_prefix(MG_LL_ERROR, "dir\\f.c", 7, "g");
  CHECK(len == 40 && strstr(text, " 1 f.c:7:g  ") != NULL);
  reset();
  mg_log("%s", "");
  CHECK(strcmp(text, "\r\n") == 0);
}

static void test_hexdump(void) {
  char expected[128];
  unsigned char bytes[17] = {0x20, 0x7e, 0x7f, 0};
  reset();
  mg_hexdump("abc", 3);
  (void) snprintf(expected, sizeof(expected), "0000   61 62 63 %39s  abc%13s\r\n", "", "");
  CHECK(strcmp(text, expected) == 0);
  reset();
  mg_hexdump(bytes, sizeof(bytes));
  CHECK(strncmp(text, "0000   20 7e 7f 00 ", 19) == 0 && strstr(text, "   ~..") != NULL);
  CHECK(strstr(text, "\r\n0010   00 ") != NULL);
  reset();
  mg_hexdump(bytes, 0);
  CHECK(len == 0);
}

int main(void) {
  CHECK(mg_log_level == MG_LL_DEBUG);
  mg_log_set_fn(collect, text);
  test_lines();
  test_prefix();
  test_hexdump();
  mg_log_set_fn(mg_pfn_stdout, NULL);
  MG_INFO(("to standard output"));
  return done();
}
