/* modes: c++
 * Strings: constructors, comparison, splitting, numbers, matching. */
#include "check.h"
#include "mongoose.h"
#include <stdlib.h>

#ifdef __cplusplus
extern "C"
#endif
    bool mg_to_size_t(struct mg_str, size_t *);

static void test_constructors(void) {
  struct mg_str s = mg_str("abc"), copy;
  CHECK(s.len == 3 && mg_str(NULL).buf == NULL && mg_str(NULL).len == 0);
  CHECK(mg_str_n("abc", 2).len == 2 && mg_str_n(NULL, 0).buf == NULL);
  copy = mg_strdup(s);
  CHECK(copy.len == 3 && copy.buf != s.buf && strcmp(copy.buf, "abc") == 0);
  mg_free(copy.buf);
  copy = mg_strdup(mg_str(""));
  CHECK(copy.buf == NULL && copy.len == 0);
}

static void test_compare(void) {
  CHECK(mg_casecmp("", "") == 0 && mg_casecmp("", "1") == -0x31 && mg_casecmp("1", "") == 0x31);
  CHECK(mg_casecmp("aBc", "AbD") == -1 && mg_casecmp("hello", "HELLO") == 0);
  CHECK(mg_strcmp(mg_str("a"), mg_str("b")) == -1 && mg_strcmp(mg_str("b"), mg_str("a")) == 1);
  CHECK(mg_strcmp(mg_str("a"), mg_str("ab")) == -1 && mg_strcmp(mg_str(NULL), mg_str("")) == 0);
  CHECK(mg_strcmp(mg_str_n("a\0b", 3), mg_str_n("a\0c", 3)) == -1);
  CHECK(mg_strcasecmp(mg_str("aBc"), mg_str("AbC")) == 0 && mg_strcasecmp(mg_str("Z"), mg_str("[")) == 1);
  CHECK(mg_memeq("abc", "abc", 3) && !mg_memeq("abc", "abd", 3) && mg_memeq(NULL, NULL, 0));
}

static void test_span(void) {
  struct mg_str s = mg_str("a,b,,c,"), a = mg_str(NULL), b = mg_str(NULL);
  char joined[16] = "";
  size_t n = 0;
  while (mg_span(s, &a, &s, ',')) {
    n += mg_snprintf(joined + n, sizeof(joined) - n, "[%.*s]", (int) a.len, a.buf);
  }
  CHECK(strcmp(joined, "[a][b][][c]") == 0);
  s = mg_str("xy");
  CHECK(mg_span(s, NULL, &b, ',') && b.len == 0 && b.buf == s.buf + 2);
  CHECK(mg_span(s, &a, NULL, ',') && a.len == 2 && mg_span(s, NULL, NULL, ','));
  a = mg_str("kept");
  CHECK(!mg_span(mg_str(""), &a, &b, ',') && a.len == 4);
}

static void test_numbers(void) {
  uint8_t n8 = 1;
  uint16_t n16 = 1;
  uint32_t n32 = 1;
  uint64_t n64 = 1;
  size_t size = 7;
  CHECK(mg_str_to_num(mg_str("255"), 10, &n8, 1) && n8 == 255);
  CHECK(!mg_str_to_num(mg_str("256"), 10, &n8, 1) && n8 == 255);
  CHECK(mg_str_to_num(mg_str("0xFFff"), 0, &n16, 2) && n16 == 65535);
  CHECK(!mg_str_to_num(mg_str("65536"), 10, &n16, 2));
  CHECK(mg_str_to_num(mg_str("0b101"), 0, &n32, 4) && n32 == 5);
  CHECK(!mg_str_to_num(mg_str("4294967296"), 0, &n32, 4));
  CHECK(mg_str_to_num(mg_str("18446744073709551615"), 10, &n64, 8) && n64 == UINT64_MAX);
  CHECK(!mg_str_to_num(mg_str("18446744073709551616"), 10, &n64, 8));
  CHECK(!mg_str_to_num(mg_str("7"), 0, &n32, 4) && mg_str_to_num(mg_str("7"), 10, &n32, 4) && n32 == 7);
  CHECK(!mg_str_to_num(mg_str("-1"), 10, &n32, 4) && !mg_str_to_num(mg_str("1"), 8, &n32, 4));
  CHECK(!mg_str_to_num(mg_str("1"), 10, &n32, 3) && !mg_str_to_num(mg_str(""), 10, &n32, 4) && n32 == 7);
  CHECK(mg_to_size_t(mg_str(" 12\t"), &size) && size == 12);
  CHECK(!mg_to_size_t(mg_str("-1"), &size) && !mg_to_size_t(mg_str("1,"), &size) && size == 12);
}

/* Whether the pattern matches; captures are compared with a bracketed list. The text sits on an exact block. */
static bool match(const char *text, const char *pattern, const char *captures) {
  struct mg_str caps[8], s = mg_str_n(NULL, 0);
  char *block = (char *) malloc(strlen(text) + 1), found[64] = "";
  size_t n = 0, i;
  bool plain, with;
  memset(caps, 0xff, sizeof(caps));
  if (block == NULL) return false;
  memcpy(block, text, strlen(text));
  s = mg_str_n(block, strlen(text));
  plain = mg_match(s, mg_str(pattern), NULL);
  with = mg_match(s, mg_str(pattern), caps);
  CHECK(plain == with);
  for (i = 0; with && i < 8 && (caps[i].len > 0 || (caps[i].buf >= block && caps[i].buf <= block + s.len)); i++) {
    n += mg_snprintf(found + n, sizeof(found) - n, "[%.*s]", (int) caps[i].len, caps[i].buf);
  }
  CHECK(!with || caps[i].len == 0);
  free(block);
  return with && strcmp(found, captures) == 0;
}

static void test_match(void) {
  CHECK(match("", "", "") && !match("a", "", "") && !match("", "a", ""));
  CHECK(match("/api/v1/x", "/api/*/x", "[v1]") && !match("/api/a/b/x", "/api/*/x", ""));
  CHECK(match("x/y/z", "#/*", "[x/y][z]") && match("k1=v=w", "*=#", "[k1][v=w]"));
  CHECK(match("a?b", "a?b", "[?]") && !match("ab", "a?b", "") && match("abc", "**", "[][abc]"));
  CHECK(match("/", "/#", "[]") && match("/a/b", "#", "[/a/b]") && !match("/a/b", "*", ""));
}

int main(void) {
  test_constructors();
  test_compare();
  test_span();
  test_numbers();
  test_match();
  return done();
}
