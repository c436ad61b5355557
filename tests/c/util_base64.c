/* Base64: sizes, leniency, the URL alphabet, the incremental encoder. */
#include "check.h"
#include "mongoose.h"

static size_t decode(const char *text, const char *expected) {
  char out[32];
  size_t n = mg_base64_decode(text, strlen(text), out, sizeof(out));
  CHECK(n == strlen(expected) && strcmp(out, expected) == 0);
  return n;
}

int main(void) {
  const unsigned char *abc = (const unsigned char *) "abc";
  char buf[32];
  size_t n = 0;
  CHECK(mg_base64_encode(abc, 1, buf, 4) == 0 && buf[0] == '\0');
  CHECK(mg_base64_encode(abc, 1, buf, 5) == 4 && strcmp(buf, "YQ==") == 0);
  CHECK(mg_base64_encode(abc, 3, buf, 5) == 4 && strcmp(buf, "YWJj") == 0);
  CHECK(mg_base64_encode(abc, 0, buf, 1) == 0 && buf[0] == '\0');
  CHECK(mg_base64_encode(abc, 0, buf, 0) == 0 && mg_base64_encode(abc, 1, NULL, 0) == 0);
  CHECK(mg_base64_decode("YWJj", 4, buf, 3) == 0 && buf[0] == '\0');
  CHECK(mg_base64_decode("YWJj", 4, buf, 4) == 3 && strcmp(buf, "abc") == 0);
  CHECK(mg_base64_decode(NULL, 0, buf, sizeof(buf)) == 0 && buf[0] == '\0');
  CHECK(decode("YWJjZ", "abc") == 3);
  (void) decode("A", "");
  (void) decode("YQ==YWJj", "aabc");
  (void) decode("====", "");
  (void) decode("Y===", "");
  (void) decode("YW Jj", "");
  (void) decode("YW-_", "");
  CHECK(mg_base64url_encode((const unsigned char *) "\xfb\xff", 2, buf, 5) == 3 && strcmp(buf, "-_8") == 0);
  CHECK(mg_base64url_encode((const unsigned char *) "\xfb\xff", 2, buf, 4) == 0 && buf[0] == '\0');
  CHECK(mg_base64url_decode("-_8", 3, buf, 3) == 2 && memcmp(buf, "\xfb\xff", 3) == 0);
  CHECK(mg_base64url_decode("-_8", 3, buf, 2) == 0 && buf[0] == '\0');
  CHECK(mg_base64url_decode("+/8", 3, buf, sizeof(buf)) == 0);
  CHECK(mg_base64url_decode("YWJjZ", 5, buf, sizeof(buf)) == 0);
  CHECK(mg_base64url_decode("YQ==", 4, buf, sizeof(buf)) == 1 && strcmp(buf, "a") == 0);
  n = mg_base64_update('a', buf, 0);
  CHECK(n == 1);
  n = mg_base64_update('b', buf, n);
  CHECK(n == 2);
  n = mg_base64_update('c', buf, n);
  CHECK(n == 4);
  n = mg_base64_update('d', buf, n);
  CHECK(n == 5);
  CHECK(mg_base64_final(buf, n) == 8 && strcmp(buf, "YWJjZA==") == 0);
  return done();
}
