/* Hashes, checksums, random strings. */
#include "check.h"
#include "mongoose.h"

static bool is_hex(const void *digest, size_t len, const char *expected) {
  char text[128];
  (void) mg_snprintf(text, sizeof(text), "%M", mg_print_hex, len, digest);
  return strcmp(text, expected) == 0;
}

static void test_hashes(void) {
  static uint8_t abc[] = "abc";
  uint8_t out[48];
  mg_md5_ctx md5;
  mg_sha1_ctx sha1, copy;
  mg_sha256_ctx sha256;
  mg_sha384_ctx sha384;
  CHECK(sizeof(md5) == 88 && sizeof(sha1) == 92 && sizeof(sha256) == 112 && sizeof(sha384) == 216);
  mg_md5_init(&md5);
  mg_md5_final(&md5, out);
  CHECK(is_hex(out, 16, "d41d8cd98f00b204e9800998ecf8427e"));
  mg_sha1_init(&sha1);
  mg_sha1_update(&sha1, abc, 1);
  copy = sha1;
  mg_sha1_update(&sha1, abc, 0);
  mg_sha1_update(&copy, abc + 1, 2);
  mg_sha1_final(out, &copy);
  CHECK(is_hex(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d"));
  mg_sha256_init(&sha256);
  mg_sha256_update(&sha256, abc, 3);
  mg_sha256_final(out, &sha256);
  CHECK(is_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  mg_sha256(out, abc, 3);
  CHECK(is_hex(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  mg_sha384_init(&sha384);
  mg_sha384_update(&sha384, abc, 3);
  mg_sha384_final(out, &sha384);
  CHECK(is_hex(out, 48, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"));
  mg_sha384(out, abc, 0);
  CHECK(is_hex(out, 48, "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"));
  mg_hmac_sha256(out, (uint8_t *) "Jefe", 4, (uint8_t *) "what do ya want for nothing?", 28);
  CHECK(is_hex(out, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
  mg_hmac_sha256(out, NULL, 0, abc, 0);
  CHECK(is_hex(out, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
}

static void test_checksums(void) {
  CHECK(mg_crc32(0, "123456789", 9) == 0xcbf43926U && mg_crc32(0, NULL, 0) == 0);
  CHECK(mg_crc32(mg_crc32(0, "1234", 4), "56789", 5) == 0xcbf43926U);
  CHECK(mg_crc16(0, "123456789", 9) == 0x906e && mg_crc16(mg_crc16(0, "12", 2), "3456789", 7) == 0x906e);
}

static void test_random(void) {
  char buf[8];
  unsigned char bytes[64], zero[64];
  memset(buf, '#', sizeof(buf));
  CHECK(mg_random_str(buf, 0) == buf && buf[0] == '#');
  CHECK(mg_random_str(buf, 1) == buf && buf[0] == '\0' && buf[1] == '#');
  CHECK(strlen(mg_random_str(buf, 5)) == 4 && buf[5] == '#');
  memset(bytes, 0, sizeof(bytes));
  memset(zero, 0, sizeof(zero));
  CHECK(mg_random(bytes, sizeof(bytes)) && memcmp(bytes, zero, sizeof(bytes)) != 0);
}

int main(void) {
  test_hashes();
  test_checksums();
  test_random();
  return done();
}
