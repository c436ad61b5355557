/* Absurd sizes, missing pointers, torn and tiny buffers: a defined answer and no byte out of place. Each buffer under test
 * is a heap block of exactly its size, so that the sanitizer sees a step too far. */
#include "mongoose.h"

#include "check.h"

#define HUGE_SIZE ((size_t) -1)

static char *block(const char *text, size_t len) {
  char *p = (char *) malloc(len + (len == 0));
  CHECK(p != NULL);
  if (p != NULL && text != NULL && len > 0) memcpy(p, text, len);
  return p;
}

static void test_strings(void) {
  struct mg_str none = mg_str_n(NULL, 0), a, b;
  uint64_t n = 77;
  char *p = block("12", 2), *q = block("a/b", 3);
  struct mg_str exact = mg_str_n(p, 2), path = mg_str_n(q, 3), caps[3];
  CHECK(mg_strdup(mg_str_n(NULL, 5)).buf == NULL && mg_strdup(none).len == 0);
  CHECK(mg_strcmp(none, none) == 0 && mg_strcmp(none, mg_str("a")) == -1 && mg_strcmp(mg_str("a"), none) == 1);
  CHECK(mg_strcasecmp(none, mg_str("")) == 0);
  CHECK(mg_strcmp(mg_str("\xff"), mg_str("a")) == ((char) -1 < 0 ? -1 : 1));
  CHECK(mg_casecmp("\xff", "\xff") == 0 && mg_casecmp("a", "B") == -1);
  CHECK(!mg_span(mg_str_n(NULL, 3), &a, &b, ',') && !mg_span(none, NULL, NULL, ','));
  CHECK(mg_str_to_num(exact, 10, &n, 8) && n == 12);
  CHECK(!mg_str_to_num(none, 10, &n, 8) && !mg_str_to_num(mg_str_n(NULL, 4), 10, &n, 8) && n == 12);
  CHECK(!mg_str_to_num(mg_str("0x"), 0, &n, 8) && !mg_str_to_num(mg_str("0b"), 0, &n, 8));
  CHECK(!mg_str_to_num(mg_str("0X1"), 0, &n, 8) && !mg_str_to_num(mg_str("0x1"), 16, &n, 8));
  CHECK(!mg_str_to_num(mg_str(" 1"), 10, &n, 8) && !mg_str_to_num(mg_str("1 "), 10, &n, 8));
  CHECK(!mg_str_to_num(mg_str("+1"), 10, &n, 8) && !mg_str_to_num(mg_str_n("1\0", 2), 10, &n, 8));
  CHECK(!mg_str_to_num(mg_str("1"), 10, NULL, 8) && !mg_str_to_num(mg_str("1"), 10, &n, 16) && n == 12);
  CHECK(!mg_str_to_num(mg_str("1"), -1, &n, 8) && !mg_str_to_num(mg_str("1"), 3, &n, 8));
  CHECK(mg_str_to_num(mg_str("0123"), 0, &n, 8) && n == 123);
  CHECK(mg_str_to_num(mg_str("00000000000000000000000000000000000000000001"), 16, &n, 8) && n == 1);
  CHECK(mg_match(path, mg_str("*/*"), caps) && caps[0].len == 1 && caps[1].len == 1 && caps[2].len == 0);
  CHECK(mg_match(none, none, caps) && caps[0].len == 0 && mg_match(none, mg_str("#"), caps) && caps[0].len == 0);
  CHECK(!mg_match(none, mg_str("?"), NULL) && !mg_match(path, none, caps));
  free(p), free(q);
}

static void test_match_is_bounded(void) {
  enum { LEN = 20000 };
  struct mg_str caps[60];
  char *text = block(NULL, LEN), pattern[101];
  int i;
  memset(text, 'a', LEN);
  for (i = 0; i < 50; i++) pattern[2 * i] = '#', pattern[2 * i + 1] = 'a';
  pattern[100] = '\0';
  CHECK(mg_match(mg_str_n(text, LEN), mg_str(pattern), caps));
  CHECK(caps[0].len == 0 && caps[49].len == 0 + LEN - 50);
  pattern[99] = 'b';
  CHECK(!mg_match(mg_str_n(text, LEN), mg_str(pattern), caps));
  free(text);
}

static size_t nothing(mg_pfn_t fn, void *arg, va_list *ap) {
  (void) fn, (void) arg, (void) ap;
  return 0;
}

/* Prints its first argument inside another printer of the same format. */
static size_t nested(mg_pfn_t fn, void *arg, va_list *ap) {
  int depth = va_arg(*ap, int);
  if (depth <= 0) return mg_xprintf(fn, arg, "%d", va_arg(*ap, int));
  return mg_xprintf(fn, arg, "(%M)", nested, depth - 1, va_arg(*ap, int));
}

static void ignore(char c, void *arg) { (void) c, (void) arg; }

static void test_format(void) {
  char *buf = (char *) malloc(4), text[64];
  mg_pm_t no_printer = NULL;
  CHECK(mg_snprintf(NULL, 0, "%99999999d", 5) == 99999999);
  CHECK(mg_snprintf(buf, 4, "%99999999s", "ab") == 99999999 && strcmp(buf, "   ") == 0);
  CHECK(mg_snprintf(buf, 4, "%.99999999999999999999s", "ab") > 0 && buf[3] == '\0');
  CHECK(mg_snprintf(buf, 4, "%.*s", -2147483647 - 1, "ab") == 2 && strcmp(buf, "ab") == 0);
  CHECK(mg_snprintf(buf, 4, "%.*s", 0, (char *) NULL) == 0 && mg_snprintf(buf, 4, "%.s|", "ab") == 1);
  CHECK(mg_snprintf(text, sizeof(text), "%.88g %.*f", 0.1, 3, 2.5) > 0);
  CHECK(mg_snprintf(NULL, 0, "%.2000f", 1e300) > 1000);
  CHECK(mg_snprintf(NULL, 0, "%.0g|%.1g|%g|%g", 1.7e308, 1.7e308, 5e-324, -1.7e308) < 700);
  CHECK(mg_snprintf(text, sizeof(text), "%-05d|%#-6x|%05s", 42, 10U, "ab") == 18 && strcmp(text, "00042|0xa   |000ab") == 0);
  CHECK(mg_snprintf(text, sizeof(text), "%hhd %hhu %hd", 300, -1, 70000) == 20 && strcmp(text, "300 4294967295 70000") == 0);
  CHECK(mg_snprintf(text, sizeof(text), "%lzd %hls%lc%zs", (long) 5, "a", 'b', "c") == 5 && strcmp(text, "5 abc") == 0);
  CHECK(mg_snprintf(text, sizeof(text), "%M|%m|%d", nothing, nothing, 3) == 5 && strcmp(text, "|\"\"|3") == 0);
  CHECK(mg_snprintf(text, sizeof(text), "%M|", no_printer) == 1);
  CHECK(mg_snprintf(text, sizeof(text), "%M %d", nested, 3, 7, 8) == 9 && strcmp(text, "(((7))) 8") == 0);
  CHECK(mg_snprintf(text, sizeof(text), "%.*M%#.3c%-9c", 3, nothing, 'a', 'b') == 2 && strcmp(text, "ab") == 0);
  CHECK(mg_snprintf(text, sizeof(text), "%") == 1 && mg_snprintf(text, sizeof(text), "%-") == 1);
  CHECK(mg_snprintf(text, sizeof(text), "%#-020.5") == 1 && mg_snprintf(text, sizeof(text), "%.*", 5) == 1);
  CHECK(mg_snprintf(text, sizeof(text), "%llh %zl") > 0);
  CHECK(mg_snprintf(text, sizeof(text), "\xff\xc0%s", "\x80") == 3);
  CHECK(mg_snprintf(buf, 4, NULL) == 0 && mg_xprintf(ignore, NULL, "%s%c", "x", 0) == 2);
  CHECK(mg_snprintf(text, sizeof(text), "%M", mg_print_esc, 3, "\x01\x1f\x7f") == 13);
  CHECK(strcmp(text, "\\u0001\\u001f\x7f") == 0);
  CHECK(mg_snprintf(text, sizeof(text), "%M%M%M", mg_print_hex, -1, "x", mg_print_base64, -5, "x", mg_print_html_esc, -2, "x") == 0);
  CHECK(mg_snprintf(text, sizeof(text), "[%M%M%M%M]", mg_print_ip, NULL, mg_print_ip4, NULL, mg_print_mac, NULL,
                    mg_print_hex, 5, NULL) >= 2);
  free(buf);
}

static void test_iobuf(void) {
  struct mg_iobuf io = {NULL, 0, 0, 10};
  unsigned char *before;
  mg_log_set(MG_LL_NONE);
  CHECK(mg_iobuf_add(&io, 0, "hello", 5) == 5 && io.size == 10);
  before = io.buf;
  CHECK(!mg_iobuf_resize(&io, HUGE_SIZE) && io.buf == before && io.len == 5);
  CHECK(!mg_iobuf_resize(&io, HUGE_SIZE / 2) && io.buf == before && io.size == 10);
  CHECK(mg_iobuf_add(&io, HUGE_SIZE, "x", 1) == 0 && mg_iobuf_add(&io, 0, "x", HUGE_SIZE) == 0);
  CHECK(mg_iobuf_add(&io, HUGE_SIZE - 2, "xyz", 3) == 0 && io.len == 5 && memcmp(io.buf, "hello", 5) == 0);
  CHECK(mg_iobuf_del(&io, HUGE_SIZE, HUGE_SIZE) == 0 && mg_iobuf_del(&io, 4, HUGE_SIZE) == 1 && io.len == 4);
  CHECK(io.buf[4] == 0); /* what is removed is wiped */
  CHECK(mg_iobuf_add(&io, 30, "z", 1) == 1 && io.len == 31 && io.buf[30] == 'z' && io.buf[29] == 0);
  CHECK(mg_iobuf_add(&io, 2, NULL, 3) == 3 && io.len == 34 && io.buf[33] == 'z');
  mg_iobuf_free(&io);
  CHECK(io.buf == NULL && io.size == 0 && io.len == 0 && io.align == 10);
  mg_iobuf_free(&io);
  CHECK(mg_iobuf_del(&io, 0, 5) == 0 && mg_iobuf_add(&io, 0, "", 0) == 0 && io.buf == NULL);
  CHECK(mg_iobuf_init(&io, 0, 0) && io.buf == NULL);
  CHECK(mg_iobuf_add(&io, 0, "abc", 3) == 3 && io.size == 3); /* no alignment: exact */
  CHECK(mg_iobuf_add(&io, 3, io.buf, 3) == 3 && memcmp(io.buf, "abcabc", 6) == 0); /* from itself */
  mg_iobuf_free(&io);
}

static void test_queue(void) {
  char *memory = (char *) malloc(64), *p = NULL;
  struct mg_queue q;
  int i;
  mg_queue_init(&q, memory, 64);
  CHECK(mg_queue_next(&q, NULL) == 0 && mg_queue_next(&q, &p) == 0);
  CHECK(mg_queue_book(&q, &p, HUGE_SIZE) < HUGE_SIZE && mg_queue_book(&q, NULL, HUGE_SIZE - 7) < HUGE_SIZE - 7);
  CHECK(mg_queue_book(&q, &p, 57) < 57 && mg_queue_book(&q, &p, 56) >= 56 && p == memory + 4);
  CHECK(mg_queue_printf(&q, "%60s", "x") == 0 && mg_queue_printf(&q, "%s", "") == 0);
  for (i = 0; i < 200; i++) { /* around the end again and again */
    CHECK(mg_queue_printf(&q, "%d-%s", i, "0123456789abcd") > 0);
    CHECK(mg_queue_next(&q, &p) > 0 && atoi(p) == i);
    mg_queue_del(&q, mg_queue_next(&q, NULL));
  }
  CHECK(mg_queue_next(&q, NULL) == 0);
  free(memory);
  mg_queue_init(NULL, NULL, 0), mg_queue_add(NULL, 1), mg_queue_del(NULL, 1);
  CHECK(mg_queue_book(NULL, &p, 1) == 0 && mg_queue_next(NULL, &p) == 0 && mg_queue_printf(NULL, "x") == 0);
  mg_queue_init(&q, NULL, 0);
  CHECK(mg_queue_book(&q, &p, 1) == 0 && mg_queue_next(&q, &p) == 0 && mg_queue_printf(&q, "x") == 0);
}

static void test_base64(void) {
  unsigned char data[70];
  size_t n, len;
  for (n = 0; n < sizeof(data); n++) data[n] = (unsigned char) (n * 37);
  for (n = 0; n < sizeof(data); n++) {
    size_t need = (n + 2) / 3 * 4 + 1;
    for (len = 0; len <= need + 1; len++) {
      char *out = (char *) malloc(len + (len == 0)), *url = (char *) malloc(len + (len == 0));
      size_t made = mg_base64_encode(data, n, out, len);
      CHECK(made == (len >= need ? need - 1 : 0) && (len == 0 || out[made] == '\0'));
      made = mg_base64url_encode(data, n, url, len);
      CHECK((len == 0 || url[made] == '\0') && made == (len >= need ? (n * 4 + 2) / 3 : 0));
      if (len == need) {
        char *back = (char *) malloc(n / 3 * 3 + 4);
        CHECK(mg_base64_decode(out, need - 1, back, (need - 1) / 4 * 3 + 1) == n && memcmp(back, data, n) == 0);
        CHECK(mg_base64url_decode(url, made, back, n + 1) == n && memcmp(back, data, n) == 0);
        CHECK(n == 0 || mg_base64url_decode(url, made, back, n) == 0);
        CHECK(n == 0 || mg_base64_decode(out, need - 1, back, (need - 1) / 4 * 3) == 0);
        free(back);
      }
      free(out), free(url);
    }
  }
  {
    char out[16];
    static const char *bad[] = {"=AAA", "A=AA", "====", "YW\nj", "\xff\xff\xff\xff", "YWJj===="};
    size_t i;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
      out[0] = 'x';
      CHECK(mg_base64_decode(bad[i], strlen(bad[i]), out, sizeof(out)) == 0 && out[0] == '\0');
    }
    CHECK(mg_base64_decode("YWJjZ", 5, out, sizeof(out)) == 3 && mg_base64_decode("A", 1, out, sizeof(out)) == 0);
    CHECK(mg_base64_decode("YQ==YQ==", 8, out, sizeof(out)) == 2 && strcmp(out, "aa") == 0);
    CHECK(mg_base64_decode(NULL, 0, out, sizeof(out)) == 0 && mg_base64_decode("YWJj", 4, NULL, 0) == 0);
    CHECK(mg_base64url_decode("YWJ+", 4, out, sizeof(out)) == 0 && mg_base64url_decode("A", 1, out, sizeof(out)) == 0);
    CHECK(mg_base64url_decode("YQ=!", 4, out, sizeof(out)) == 1 && mg_base64url_decode("YQ", 2, out, 0) == 0);
    CHECK(mg_base64_encode(NULL, 0, out, sizeof(out)) == 0 && out[0] == '\0');
    CHECK(mg_base64_encode(data, HUGE_SIZE, out, sizeof(out)) == 0);
  }
}

static void test_urls(void) {
  static const char *urls[] = {"", ":", "//", "://", "http://", "http://:", "http://@", "http://[::1", "http://]:80",
                               "http://user:p@ss@h", "@", "a:b:c@h", "http://h:99999", "http://h:-1", "http://h:abc"};
  char *exact;
  size_t i, len = 100000;
  for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
    exact = block(urls[i], strlen(urls[i]) + 1);
    CHECK(mg_url_host(exact).len <= strlen(exact) && mg_url_user(exact).buf != NULL && mg_url_pass(exact).buf != NULL);
    CHECK(mg_url_uri(exact)[0] == '/' && !mg_url_is_ssl(exact));
    (void) mg_url_port(exact);
    free(exact);
  }
  CHECK(mg_url_port("http://h:99999") == 0 && mg_url_port("http://h:65535") == 65535 && mg_url_port("http://h:") == 0);
  CHECK(mg_url_port("HTTPS://h") == 443 && mg_url_is_ssl("WSS://h") && mg_url_port("http://h?x:1") == 80);
  CHECK(mg_url_host("http://h?x:1").len == 1 && mg_url_host("http://[::1]:80/").len == 5);
  CHECK(mg_strcmp(mg_url_pass("http://a:b:c@h"), mg_str("b:c")) == 0);
  exact = block(NULL, len + 1);
  memset(exact, 'a', len), exact[len] = '\0';
  CHECK(mg_url_host(exact).len == len);
  memset(exact, ':', len);
  CHECK(mg_url_host(exact).len == 0);
  free(exact);
}

static void test_paths_and_acl(void) {
  struct mg_addr a;
  char *p = block("a/.", 3);
  static const char *bad[] = {"+1.2.3.4/", "+1.2.3.4/33", "+1.2.3.4/-1", "+1.2.3.256", "+1.2.3.4x", "+1.2.3.4/8x", "+", "+1",
                              "+1.2.3.4.5", "+1..3.4", "+ 1.2.3.4 x"};
  size_t i;
  memset(&a, 0, sizeof(a));
  a.addr.ip4 = MG_IPV4(1, 2, 3, 4);
  CHECK(mg_path_is_sane(mg_str_n(p, 3)) && mg_path_is_sane(mg_str_n(NULL, 0)) && mg_path_is_sane(mg_str_n("\0..", 3)));
  CHECK(!mg_path_is_sane(mg_str("...")) && !mg_path_is_sane(mg_str("..a")) && !mg_path_is_sane(mg_str("a/..b")));
  CHECK(!mg_path_is_sane(mg_str("~x")) && mg_path_is_sane(mg_str("a~")) && mg_path_is_sane(mg_str("C:\\x")));
  free(p);
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) CHECK(mg_check_ip_acl(mg_str(bad[i]), &a) == -2);
  CHECK(mg_check_ip_acl(mg_str("+1.2.3.4,bad"), &a) == -1 && mg_check_ip_acl(mg_str("+1.2.3.4,"), &a) == 1);
  CHECK(mg_check_ip_acl(mg_str("+1.2.3.4,-1.2.3.4"), &a) == 0 && mg_check_ip_acl(mg_str("-1.2.3.4,+1.2.3.4/32"), &a) == 1);
  p = block("+1.2.3.4", 8);
  CHECK(mg_check_ip_acl(mg_str_n(p, 8), &a) == 1 && mg_check_ip_acl(mg_str_n(p, 7), &a) == -2);
  free(p);
}

static void test_digests(void) {
  mg_sha256_ctx c;
  mg_sha384_ctx c384;
  mg_md5_ctx m;
  mg_sha1_ctx s;
  uint8_t a[48], b[48], key[65], *data = (uint8_t *) malloc(1000);
  size_t i;
  memset(data, 'a', 1000), memset(key, 0x0b, sizeof(key));
  for (i = 0; i <= 1000; i += 7) { /* in pieces: the same */
    mg_sha256_init(&c), mg_sha256_update(&c, data, i), mg_sha256_update(&c, NULL, 0);
    mg_sha256_update(&c, data + i, 1000 - i), mg_sha256_final(a, &c);
    mg_sha256(b, data, 1000);
    CHECK(memcmp(a, b, 32) == 0);
    mg_sha384_init(&c384), mg_sha384_update(&c384, data, i), mg_sha384_update(&c384, data + i, 1000 - i);
    mg_sha384_final(a, &c384), mg_sha384(b, data, 1000);
    CHECK(memcmp(a, b, 48) == 0);
    CHECK(mg_crc32(mg_crc32(0, (char *) data, i), (char *) data + i, 1000 - i) == mg_crc32(0, (char *) data, 1000));
    CHECK(mg_crc16(mg_crc16(0, (char *) data, i), (char *) data + i, 1000 - i) == mg_crc16(0, (char *) data, 1000));
  }
  mg_md5_init(&m), mg_md5_update(&m, NULL, 0), mg_md5_final(&m, a);
  CHECK(a[0] == 0xd4 && a[15] == 0x7e);
  mg_sha1_init(&s), mg_sha1_update(&s, (const unsigned char *) "", 0), mg_sha1_final(a, &s);
  CHECK(a[0] == 0xda && a[19] == 0x09);
  CHECK(mg_crc32(0, NULL, 0) == 0 && mg_crc32(0, "123456789", 9) == 0xcbf43926U && mg_crc16(0, "123456789", 9) == 0x906e);
  /* A key of exactly a block is used as it is (RFC 2104); one byte more is hashed first. */
  mg_hmac_sha256(a, key, 64, data, 3);
  mg_sha256(b, key, 64), mg_hmac_sha256(b, b, 32, data, 3);
  CHECK(memcmp(a, b, 32) != 0);
  mg_hmac_sha256(a, key, 65, data, 3);
  mg_sha256(b, key, 65), mg_hmac_sha256(b, b, 32, data, 3);
  CHECK(memcmp(a, b, 32) == 0);
  mg_hmac_sha256(a, NULL, 0, NULL, 0);
  CHECK(a[0] == 0xb6 && a[31] == 0xad);
  free(data);
}

static void test_rest(void) {
  char *one = (char *) malloc(1), name[4];
  uint8_t odd[9];
  one[0] = 'x';
  CHECK(mg_random_str(one, 0) == one && one[0] == 'x' && mg_random_str(one, 1) == one && one[0] == '\0');
  CHECK(mg_random_str(NULL, 0) == NULL && mg_random(odd, 0) && mg_random(odd, 9));
  free(one);
  CHECK(mg_timegm(2100, 2, 28, 0, 0, 0) + 86400 == mg_timegm(2100, 3, 1, 0, 0, 0)); /* no leap year */
  CHECK(mg_timegm(2024, 0, 1, 0, 0, 0) == 0 && mg_timegm(4000000000U, 1, 1, 0, 0, 0) > 0);
  MG_STORE_BE64(odd + 1, 5);
  MG_STORE_BE24(odd, 0x010203);
  MG_STORE_BE32(odd + 3, -1);
  CHECK(MG_LOAD_BE24(odd) == 0x010203 && MG_LOAD_BE32(odd + 3) == 0xffffffffU);
  memset(name, 'x', sizeof(name)); /* no end */
  CHECK(!mg_fs_ls(&mg_fs_posix, "/tmp", name, sizeof(name)) && name[0] == '\0');
  CHECK(!mg_fs_ls(&mg_fs_posix, "/", name, 1) && !mg_fs_ls(&mg_fs_posix, "/", name, 0) && !mg_fs_ls(NULL, "/", name, 4));
  name[0] = '\0';
  CHECK(!mg_fs_ls(&mg_fs_posix, "/nonexistent", name, sizeof(name)) && name[0] == '\0');
  CHECK(mg_file_read(&mg_fs_posix, "/nonexistent").buf == NULL && mg_file_read(&mg_fs_posix, "/tmp").buf == NULL);
  CHECK(mg_fs_open(&mg_fs_posix, "/nonexistent/x", MG_FS_WRITE) == NULL && !mg_file_write(&mg_fs_posix, "/nonexistent/x", "a", 1));
  CHECK(mg_unpacked("x").buf == NULL && mg_fs_packed.st("x", NULL, NULL) == 0);
  mg_fs_close(NULL);
  mg_hexdump(NULL, 0), mg_bzero(NULL, 5), mg_free(NULL);
  mg_pfn_iobuf('x', NULL), mg_pfn_iobuf_noresize('x', NULL);
  CHECK(mg_base64_update('x', NULL, 0) == 0 && mg_base64_final(NULL, 0) == 0);
  CHECK(mg_check_ip_acl(mg_str("+1.2.3.4"), NULL) == -1);
}

int main(void) {
  test_strings();
  test_match_is_bounded();
  test_format();
  test_iobuf();
  test_queue();
  test_base64();
  test_urls();
  test_paths_and_acl();
  test_digests();
  test_rest();
  return done();
}
