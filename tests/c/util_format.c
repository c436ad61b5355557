/* modes: c++
 * The printf engine: syntax, padding, buffer rules, printers, nesting. */
#include "check.h"
#include "mongoose.h"

/* Formats and compares text, result and the result without a buffer. Arguments are used twice. */
#define FORMAT(expected, ...)                                          \
  do {                                                                 \
    char text_[512];                                                   \
    size_t n_ = mg_snprintf(text_, sizeof(text_), __VA_ARGS__);        \
    check_report(n_ == strlen(expected) && strcmp(text_, expected) == 0, text_, __FILE__, __LINE__); \
    CHECK(mg_snprintf(NULL, 0, __VA_ARGS__) == n_);                    \
  } while (0)

/* The same, and the C library agrees. */
#define LIKE_LIBC(expected, ...)                                              \
  do {                                                                        \
    char libc_[512];                                                          \
    CHECK(snprintf(libc_, sizeof(libc_), __VA_ARGS__) == (int) strlen(expected)); \
    CHECK(strcmp(libc_, expected) == 0);                                      \
    FORMAT(expected, __VA_ARGS__);                                            \
  } while (0)

static void test_integers(void) {
  LIKE_LIBC("0", "%d", 0);
  LIKE_LIBC("-2147483648 2147483647", "%d %d", -2147483647 - 1, 2147483647);
  LIKE_LIBC("4294967295", "%u", 4294967295U);
  LIKE_LIBC("ff 0xff   0xff|0xff  |0x00ff", "%x %#x %#6x|%#-6x|%#06x", 255U, 255U, 255U, 255U, 255U);
  LIKE_LIBC("0a a a ", "%02x %x %-2x", 10U, 10U, 10U);
  LIKE_LIBC("18446744073709551615 -1", "%zu %zd", (size_t) -1, (ssize_t) -1);
  LIKE_LIBC("-9223372036854775807 18446744073709551615 deadbeef", "%lld %llu %lx", -9223372036854775807LL,
            18446744073709551615ULL, 0xdeadbeefUL);
  LIKE_LIBC("12:34", "%hx:%hhx", (unsigned short) 0x12, (unsigned char) 0x34);
  LIKE_LIBC("  7|7  |007", "%3d|%-3d|%03d", 7, 7, 7);
  FORMAT("00-42", "%05d", -42);
  FORMAT("0x0", "%p", (void *) 0);
  FORMAT("0x89abcdef", "%p", (void *) 0x89abcdefUL);
  FORMAT("0x000f", "%#06x", 15U);
  FORMAT("5 0", "%.3d %.0d", 5, 0);
}

static void test_strings(void) {
  LIKE_LIBC("a|ab|ab|     ab|ab ", "%.1s|%.99s|%s|%7s|%-3s", "ab", "ab", "ab", "ab", "ab");
  LIKE_LIBC("ab", "%.*s", 2, "abc");
  LIKE_LIBC("a", "%.*s", 3, "a\0b");
  LIKE_LIBC("%|x", "%%|%c", 'x');
  FORMAT("ab", "%.*s", -1, "ab");
  FORMAT("[]", "[%s]", (char *) NULL);
  FORMAT("[]", "[%.5s]", (char *) NULL);
  FORMAT("ab  abc", "%4.4s%8.6s", "ab", "abc" + 0);
  FORMAT("000ab", "%05s", "ab");
  FORMAT("B", "%5c", 'B');
}

static void test_unknown(void) {
  static const char lone[] = "x%";
  FORMAT("%i %o %n", "%i %o %n");
  FORMAT("%", "%5%");
  FORMAT("x%", lone);
  FORMAT("%-5d", "%0-5d");
}

static void test_buffer_rules(void) {
  char buf[8];
  memset(buf, '#', sizeof(buf));
  CHECK(mg_snprintf(buf, 0, "%d", 12345) == 5 && buf[0] == '#');
  CHECK(mg_snprintf(buf, 3, "%s", "0123456789") == 10 && memcmp(buf, "01\0#", 4) == 0);
  CHECK(mg_snprintf(buf, 1, "%s", "01") == 2 && memcmp(buf, "\0" "1", 2) == 0);
  CHECK(mg_snprintf(buf, sizeof(buf), "a%cb", 0) == 3 && memcmp(buf, "a\0b\0", 4) == 0);
  CHECK(mg_snprintf(buf, 4, "%9999999d", 7) == 9999999 && memcmp(buf, "   ", 4) == 0);
}

static size_t pair(void (*out)(char, void *), void *arg, va_list *ap) {
  int a = va_arg(*ap, int);
  double b = va_arg(*ap, double);
  return mg_xprintf(out, arg, "<%d %g>", a, b) + mg_vxprintf(out, arg, "{%s}", ap);
}

static void count(char ch, void *arg) { *(size_t *) arg += (ch != '\0'); }

static size_t checks_target(void (*out)(char, void *), void *arg, va_list *ap) {
  (void) ap;
  CHECK(out == count);
  out('x', arg);
  return 1;
}

static void test_printers(void) {
  size_t n = 0;
  char *text = mg_mprintf("%d %M %m %d", 1, pair, 2, 2.5, "a", pair, 3, 0.0, "b", 4);
  CHECK(text != NULL && strcmp(text, "1 <2 2.5>{a} \"<3 0>{b}\" 4") == 0);
  mg_free(text);
  FORMAT("1 <2 0.5>{x} 9", "%d %M %d", 1, pair, 2, 0.5, "x", 9);
  CHECK(mg_xprintf(count, &n, "%s%M", "abc", checks_target) == 4 && n == 4);
  text = mg_mprintf("%s", "");
  CHECK(text != NULL && text[0] == '\0');
  mg_free(text);
}

static void test_known_printers(void) {
  uint8_t ip6[16] = {0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xab, 0xcd}, mac[8] = {1, 2, 3, 0xaa, 0xbb, 0xcc, 0xdd, 0xee};
  uint32_t ip4 = MG_IPV4(10, 0, 0, 255);
  struct mg_addr addr;
  size_t three = 3;
  memset(&addr, 0, sizeof(addr));
  addr.port = mg_htons(8080);
  FORMAT("0.0.0.0:8080 7", "%M %d", mg_print_ip_port, &addr, 7);
  FORMAT("10.0.0.255", "%M", mg_print_ip4, &ip4);
  FORMAT("[2001:db8:0:0:0:0:0:abcd]", "%M", mg_print_ip6, ip6);
  memcpy(&addr.addr, ip6, sizeof(ip6));
  addr.is_ip6 = true;
  FORMAT("[2001:db8:0:0:0:0:0:abcd] [2001:db8:0:0:0:0:0:abcd]:8080", "%M %M", mg_print_ip, &addr, mg_print_ip_port, &addr);
  FORMAT("01:02:03:aa:bb:cc", "%M", mg_print_mac, mac);
  FORMAT("01:02:03:aa:bb:cc:dd:ee", "%M", mg_print_ieee64, mac);
  FORMAT("010203 YWJj", "%M %M", mg_print_hex, three, mac, mg_print_base64, three, "abc");
  FORMAT("YQ== ", "%M %M", mg_print_base64, 1, "a", mg_print_base64, 0, "a");
  FORMAT("\"a\\n\\\"\\\\/\\u0001\"", "%m", MG_ESC("a\n\"\\/\x01"));
  FORMAT("ab|a|ab|", "%M|%M|%M|%M", mg_print_esc, 9, "ab", mg_print_esc, 1, "ab", mg_print_esc, -1, "ab", mg_print_esc, 0, NULL);
  FORMAT("&lt;a&gt;&amp;&quot;|", "%M|%M", mg_print_html_esc, 5, "<a>&\"", mg_print_html_esc, -1, "x");
}

static void test_iobuf(void) {
  struct mg_iobuf io = {NULL, 0, 0, 10};
  char space[4];
  struct mg_iobuf fixed;
  CHECK(mg_xprintf(mg_pfn_iobuf, &io, "%s-%d", "hello", 123) == 9);
  CHECK(io.len == 9 && io.size == 10 && memcmp(io.buf, "hello-123", 10) == 0);
  mg_pfn_iobuf('!', &io);
  CHECK(io.len == 10 && io.size == 20 && io.buf[10] == '\0');
  mg_iobuf_free(&io);
  memset(space, '#', sizeof(space));
  fixed.buf = (unsigned char *) space, fixed.size = 3, fixed.len = 0, fixed.align = 0;
  CHECK(mg_xprintf(mg_pfn_iobuf_noresize, &fixed, "abcd") == 4);
  CHECK(fixed.len == 3 && memcmp(space, "ab\0#", 4) == 0);
}

int main(void) {
  test_integers();
  test_strings();
  test_unknown();
  test_buffer_rules();
  test_printers();
  test_known_printers();
  test_iobuf();
  return done();
}
