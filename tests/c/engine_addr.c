/* modes: c++
 * Addresses, access lists, byte order. */
#include "engine.h"

static struct mg_str text(const char *s) { return mg_str(s); }

/* Parses into a struct full of garbage. */
static bool aton(const char *s, struct mg_addr *a) {
  memset(a, 0xa5, sizeof(*a));
  return mg_aton(text(s), a);
}

static void v4(void) {
  static const char *const bad[] = {"0",         "1.2.3",    "1.2.3.4.5", "0.0.0.",    ".0.0.0",   "0.0.0.-1", "256.1.1.1",
                                    "1.2.3.256", "1..2.3",   "1.2.3.4 ",  " 1.2.3.4",  "1.2.3.4x", "a.b.c.d",  "1.2.3.0x4",
                                    "+1.2.3.4",  "1.2.3.4.", "LOCALHOST.", "localhosts"};
  struct mg_addr a;
  size_t i;
  CHECK(aton("1.2.3.4", &a) && !a.is_ip6 && memcmp(a.addr.ip, "\1\2\3\4", 4) == 0 && a.port == 0xa5a5);
  CHECK(a.addr.ip4 == MG_IPV4(1, 2, 3, 4) && a.addr.ip[4] == 0xa5);
  CHECK(aton("255.255.255.255", &a) && a.addr.ip4 == 0xffffffffU);
  CHECK(aton("01.002.3.4", &a) && memcmp(a.addr.ip, "\1\2\3\4", 4) == 0);
  CHECK(aton("localhost", &a) && aton("LocalHost", &a) && aton("LOCALHOST", &a) && a.addr.ip4 == MG_IPV4(127, 0, 0, 1));
  CHECK(!a.is_ip6);
  CHECK(aton("", &a) && !a.is_ip6);
  for (i = 0; i < 16; i++) CHECK(a.addr.ip[i] == 0);
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    struct mg_addr before;
    bool ok = aton(bad[i], &a);
    if (ok) printf("%s\n", bad[i]);
    CHECK(!ok);
    memset(&before, 0xa5, sizeof(before));
    CHECK(memcmp(&a, &before, sizeof(a)) == 0); /* written only on success */
  }
  /* A slice is no string. */
  CHECK(mg_aton(mg_str_n("1.2.3.45", 7), &a) && memcmp(a.addr.ip, "\1\2\3\4", 4) == 0);
}

static bool v6(const char *s, const uint8_t *expected, int scope) {
  struct mg_addr a;
  return aton(s, &a) && a.is_ip6 && memcmp(a.addr.ip, expected, 16) == 0 && a.scope_id == scope && a.port == 0xa5a5;
}
static void v6_forms(void) {
  static const uint8_t zero[16] = MG_IPV6(0, 0, 0, 0, 0, 0, 0, 0), one[16] = MG_IPV6(0, 0, 0, 0, 0, 0, 0, 1);
  static const uint8_t full[16] = MG_IPV6(1, 2, 3, 4, 5, 6, 7, 8), doc[16] = MG_IPV6(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0xffab);
  static const uint8_t tail[16] = MG_IPV6(1, 2, 3, 0, 0, 0, 0, 0), link[16] = MG_IPV6(0xfe80, 0, 0, 0, 0, 0, 0, 1);
  static const uint8_t mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 11, 12, 13};
  static const uint8_t lead[16] = MG_IPV6(0, 2, 3, 4, 5, 6, 7, 8);
  static const char *const bad[] = {"::1::",           ":::",         "1::2::3",      "1:2:3:4:5:6:7",    "1:2:3:4:5:6:7:8:9",
                                    "12345::",         "::g",         "::1 ",         "[::1",             "::1]",
                                    "::1%256",         "::1%eth0",    "::1%",         "::1%-1",           "::1%1%2",
                                    "1:2:3:4:5:6:7:8:", ":1:2:3:4:5:6:7", "1:2:3:4::5:6:7:8", "::ffff:1.2.3", "::ffff:1.2.3.256",
                                    "::1.2.3.4",       ":",           "[]",           "[1.2.3.4]",        "::ffff:1.2.3.4.5"};
  size_t i;
  struct mg_addr a;
  CHECK(v6("::", zero, 0) && v6("[::]", zero, 0) && v6("::0", zero, 0) && v6("0:0:0:0:0:0:0:0", zero, 0));
  CHECK(v6("::1", one, 0) && v6("[::1]", one, 0) && v6("0::1", one, 0) && v6("::0001", one, 0));
  CHECK(v6("1:2:3:4:5:6:7:8", full, 0) && v6("[0001:0002:0003:0004:0005:0006:0007:0008]", full, 0));
  CHECK(v6("2001:db8::ffab", doc, 0) && v6("2001:DB8::FFAB", doc, 0) && v6("2001:db8:0:0::0:ffab", doc, 0));
  CHECK(v6("1:2:3::", tail, 0) && v6("::2:3:4:5:6:7:8", lead, 0));
  CHECK(v6("::ffff:10.11.12.13", mapped, 0) && v6("::FfFf:10.11.12.13", mapped, 0) && v6("[::ffff:a0b:c0d]", mapped, 0));
  CHECK(v6("fe80::1%3", link, 3) && v6("[fe80::1%255]", link, 255) && v6("fe80::1%0", link, 0));
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    bool ok = aton(bad[i], &a);
    if (ok) printf("%s\n", bad[i]);
    CHECK(!ok);
  }
}

static int acl(const char *list, const char *address) {
  struct mg_addr a;
  memset(&a, 0, sizeof(a));
  CHECK(mg_aton(text(address), &a));
  return mg_check_ip_acl(list == NULL ? mg_str_n(NULL, 0) : text(list), &a);
}
static void acls(void) {
  CHECK(acl("", "1.2.3.4") == 1 && acl(NULL, "1.2.3.4") == 1);
  CHECK(acl("", "::1") == -1 && acl("+0.0.0.0/0", "::1") == -1);
  CHECK(acl("+1.2.3.4", "1.2.3.4") == 1 && acl("+1.2.3.4", "1.2.3.5") == 0 && acl("-1.2.3.4", "1.2.3.5") == 0);
  CHECK(acl("-0.0.0.0/0,+192.168.0.0/16", "192.168.7.8") == 1 && acl("-0.0.0.0/0,+192.168.0.0/16", "192.169.7.8") == 0);
  CHECK(acl("+0.0.0.0/0,-10.0.0.0/8", "10.1.1.1") == 0 && acl("+0.0.0.0/0,-10.0.0.0/8", "11.1.1.1") == 1);
  CHECK(acl("+1.2.3.4/32", "1.2.3.4") == 1 && acl("+1.2.3.4/31", "1.2.3.5") == 1 && acl("+1.2.3.4/0", "1.2.3.4") == 0); /* not masked */
  CHECK(acl("invalid", "1.2.3.4") == -1 && acl(" +1.2.3.4", "1.2.3.4") == -1 && acl("1.2.3.4", "1.2.3.4") == -1);
  CHECK(acl("+1.2.3.4,", "1.2.3.4") == 1);
  CHECK(acl("+", "1.2.3.4") == -2 && acl("+hi", "1.2.3.4") == -2 && acl("+chai.c", "1.2.3.4") == -2);
  CHECK(acl("+1.2.3.4/33", "1.2.3.4") == -2 && acl("+1.2.3.4/-1", "1.2.3.4") == -2 && acl("+1.2.3.256", "1.2.3.4") == -2);
  /* 26.27: junk is refused, and nothing is read behind the slice. */
  CHECK(acl("+1.2.3.4x", "1.2.3.4") == -2 && acl("+1.2.3.4/8x", "1.2.3.4") == -2);
  {
    struct mg_addr a;
    char *slice = (char *) malloc(8);
    CHECK(mg_aton(text("1.2.3.4"), &a));
    memcpy(slice, "+1.2.3.4", 8);
    CHECK(mg_check_ip_acl(mg_str_n(slice, 8), &a) == 1);
    free(slice);
  }
}

static void byte_order(void) {
  unsigned char raw[8] = {1, 2, 3, 4, 5, 6, 7, 8}, out[9];
  uint16_t h;
  uint32_t l;
  uint64_t q;
  memcpy(&h, raw, 2), memcpy(&l, raw, 4), memcpy(&q, raw, 8);
  CHECK(mg_ntohs(h) == 0x0102 && mg_ntohl(l) == 0x01020304U && mg_ntohll(q) == 0x0102030405060708ULL);
  CHECK(mg_htons(0x0102) == h && mg_htonl(0x01020304U) == l && mg_htonll(0x0102030405060708ULL) == q);
  CHECK(MG_LOAD_BE16(raw + 1) == 0x0203 && MG_LOAD_BE24(raw + 1) == 0x020304 && MG_LOAD_BE32(raw + 1) == 0x02030405U);
  CHECK(MG_LOAD_BE64(raw) == 0x0102030405060708ULL);
  memset(out, 0, sizeof(out));
  MG_STORE_BE64(out + 1, 0x0102030405060708ULL);
  CHECK(memcmp(out + 1, raw, 8) == 0);
  MG_STORE_BE16(out + 1, 0xfffe);
  MG_STORE_BE24(out + 3, 0xfdfcfb);
  MG_STORE_BE32(out + 1, 0x11223344U);
  CHECK(out[1] == 0x11 && out[4] == 0x44 && out[5] == 0xfb);
  CHECK(MG_U32(1, 2, 3, 4) == 0x01020304U && MG_IPV4(1, 2, 3, 4) == l && MG_BIT(31) == 0x80000000U);
  CHECK(MG_ROUND_UP(5, 4) == 8 && MG_ROUND_UP(8, 4) == 8 && MG_ROUND_UP(5, 0) == 5 && MG_ROUND_DOWN(7, 4) == 4);
  CHECK(MG_ROUND_DOWN(7, 0) == 7 && !MG_BIG_ENDIAN && MG_U8P(raw)[1] == 2);
  {
    char buf[32];
    uint32_t reg = 0xf0;
    snprintf(buf, sizeof(buf), "%d.%d.%d.%d", MG_IPADDR_PARTS(raw));
    CHECK(strcmp(buf, "1.2.3.4") == 0);
    MG_SET_BITS(reg, 0x30, 0x03); /* plain constants, under -Wconversion too */
    CHECK(reg == 0xc3 && MG_REG(&reg) == 0xc3);
  }
}

struct node {
  int value;
  struct node *next;
};
static void lists(void) { /* whatever the program calls its variables */
  struct node *h = NULL, a = {1, NULL}, b = {2, NULL}, c = {3, NULL};
  LIST_ADD_HEAD(struct node, &h, &a);
  LIST_ADD_HEAD(struct node, &h, &b);
  LIST_ADD_TAIL(struct node, &h, &c);
  CHECK(h == &b && b.next == &a && a.next == &c && c.next == NULL);
  LIST_DELETE(struct node, &h, &a);
  CHECK(h == &b && b.next == &c);
  LIST_DELETE(struct node, &h, &b);
  LIST_DELETE(struct node, &h, &c);
  CHECK(h == NULL);
}

static void printed(void) {
  struct mg_addr a = {{{1, 2, 3, 4}}, 0, 0, false};
  char buf[100];
  a.port = mg_htons(80);
  CHECK(mg_snprintf(buf, sizeof(buf), "%M %M", mg_print_ip, &a, mg_print_ip_port, &a) == 18);
  CHECK(strcmp(buf, "1.2.3.4 1.2.3.4:80") == 0);
  CHECK(mg_aton(text("fe80::1%3"), &a));
  mg_snprintf(buf, sizeof(buf), "%M %M", mg_print_ip, &a, mg_print_ip_port, &a);
  CHECK(strcmp(buf, "[fe80:0:0:0:0:0:0:1] [fe80:0:0:0:0:0:0:1]:80") == 0);
}

int main(void) {
  quiet();
  v4();
  v6_forms();
  acls();
  byte_order();
  lists();
  printed();
  return done();
}
