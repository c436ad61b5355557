/* modes: c++
 * Byte order, time, paths, access lists, macros, stubs. */
#include "check.h"
#include "mongoose.h"

struct item {
  struct item *next;
  int n;
};

static void test_byte_order(void) {
  uint8_t raw[9] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  uint8_t out[9];
  CHECK(mg_ntohs(mg_htons(0x1234)) == 0x1234 && mg_ntohl(mg_htonl(0x12345678)) == 0x12345678);
  CHECK(mg_ntohll(mg_htonll(0x123456789abcdef0ULL)) == 0x123456789abcdef0ULL);
  CHECK(MG_LOAD_BE16(raw + 1) == 0x102 && MG_LOAD_BE24(raw + 1) == 0x10203 && MG_LOAD_BE32(raw + 1) == 0x1020304);
  CHECK(MG_LOAD_BE64(raw + 1) == 0x102030405060708ULL);
  memset(out, 0, sizeof(out));
  MG_STORE_BE64(out + 1, 5);
  CHECK(out[8] == 5 && out[1] == 0);
  MG_STORE_BE16(out + 1, 0x102);
  CHECK(out[1] == 1 && out[2] == 2);
  CHECK(MG_U32(1, 2, 3, 4) == 0x1020304 && mg_ntohl(MG_IPV4(1, 2, 3, 4)) == 0x1020304);
  CHECK(MG_ROUND_UP(5, 4) == 8 && MG_ROUND_DOWN(5, 4) == 4 && MG_ROUND_UP(5, 0) == 5 && MG_BIT(3) == 8);
}

static void test_time(void) {
  uint64_t start = mg_millis();
  CHECK(mg_timegm(1970, 1, 1, 0, 0, 0) == 0 && mg_timegm(2000, 3, 1, 0, 0, 0) == 951868800);
  CHECK(mg_timegm(2024, 2, 28, 23, 59, 59) == 1709164799 && mg_timegm(2024, 3, 1, 0, 0, 0) == 1709251200);
  CHECK(mg_timegm(1969, 1, 1, 0, 0, 0) == 0 && mg_timegm(2024, 13, 1, 0, 0, 0) == 0);
  mg_delayms(2);
  CHECK(mg_millis() >= start + 2);
}

static void test_paths(void) {
  CHECK(mg_path_is_sane(mg_str("")) && mg_path_is_sane(mg_str("/a/b..")) && mg_path_is_sane(mg_str("a..b")));
  CHECK(!mg_path_is_sane(mg_str("~")) && !mg_path_is_sane(mg_str("..")) && !mg_path_is_sane(mg_str("/...")));
  CHECK(!mg_path_is_sane(mg_str("a\\..")) && !mg_path_is_sane(mg_str_n("a\0b", 3)));
  CHECK(mg_path_is_sane(mg_str_n("a/..", 2)) && mg_path_is_sane(mg_str_n("a/..", 3)));
}

static void test_acl(void) {
  struct mg_addr addr;
  memset(&addr, 0, sizeof(addr));
  addr.addr.ip4 = MG_IPV4(10, 1, 2, 3);
  CHECK(mg_check_ip_acl(mg_str(NULL), &addr) == 1 && mg_check_ip_acl(mg_str(""), &addr) == 1);
  CHECK(mg_check_ip_acl(mg_str("-0.0.0.0/0,+10.0.0.0/8"), &addr) == 1);
  CHECK(mg_check_ip_acl(mg_str("+10.1.2.3/24"), &addr) == 0 && mg_check_ip_acl(mg_str("+1.1.1.1"), &addr) == 0);
  CHECK(mg_check_ip_acl(mg_str("10.1.2.3"), &addr) == -1 && mg_check_ip_acl(mg_str("+10.1.2"), &addr) == -2);
  CHECK(mg_check_ip_acl(mg_str("+10.1.2.3/33"), &addr) == -2);
  addr.is_ip6 = true;
  CHECK(mg_check_ip_acl(mg_str(""), &addr) == -1);
}

static void test_lists(void) {
  struct item a = {NULL, 1}, b = {NULL, 2}, c = {NULL, 3}, *head = NULL;
  LIST_ADD_HEAD(struct item, &head, &a);
  LIST_ADD_HEAD(struct item, &head, &b);
  LIST_ADD_TAIL(struct item, &head, &c);
  CHECK(head == &b && b.next == &a && a.next == &c);
  LIST_DELETE(struct item, &head, &a);
  CHECK(head == &b && b.next == &c);
}

static void test_memory(void) {
  unsigned char *p = (unsigned char *) mg_calloc(2, 3);
  CHECK(p != NULL && p[0] == 0 && p[5] == 0);
  if (p != NULL) {
    p[5] = 7;
    mg_bzero(p, 6);
    CHECK(p[5] == 0);
  }
  mg_free(p);
  mg_free(NULL);
  mg_bzero(NULL, 3);
}

static void test_stubs(void) {
  char id[2] = {'x', 'x'};
  mg_log_set(MG_LL_NONE);
  CHECK(mg_ota_begin(1) && mg_ota_write("a", 1) && mg_ota_end());
  CHECK(!mg_wifi_scan() && !mg_wifi_connect(NULL) && !mg_wifi_disconnect() && !mg_wifi_ap_start(NULL) && !mg_wifi_ap_stop());
  mg_ota_device_id(id, sizeof(id));
  CHECK(strcmp(id, "0") == 0);
  CHECK(sizeof(struct mg_wifi_data) == 48 && sizeof(struct mg_wifi_scan_bss_data) == 32);
}

int main(void) {
  test_byte_order();
  test_time();
  test_paths();
  test_acl();
  test_lists();
  test_memory();
  test_stubs();
  return done();
}
