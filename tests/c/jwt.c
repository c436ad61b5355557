/* JSON Web Tokens. */
#include "mongoose.h"

#include "check.h"

static struct mg_str secret_token(struct mg_jwt_opts *opts, char *buf, size_t len) {
  size_t n = mg_jwt_sign_hs256(opts, buf, len);
  CHECK(n > 0 && strlen(buf) == n);
  return mg_str_n(buf, n);
}

static void check_hs256(void) {
  struct mg_jwt_opts opts;
  char buf[300], claims[100];
  struct mg_str token;
  size_t i;
  memset(&opts, 0, sizeof(opts));
  opts.claims = mg_str("{\"a\":1}");
  opts.secret = mg_str("secret");
  token = secret_token(&opts, buf, sizeof(buf));
  CHECK(mg_jwt_verify_hs256(token, &opts, claims, sizeof(claims)) == 7 && strcmp(claims, "{\"a\":1}") == 0);
  for (i = 0; i < token.len; i++) {
    buf[i] ^= 1;
    CHECK(mg_jwt_verify_hs256(token, &opts, claims, sizeof(claims)) == 0);
    buf[i] ^= 1;
  }
  CHECK(mg_jwt_verify_hs256(token, &opts, claims, 7) == 0);
  CHECK(mg_jwt_sign_hs256(&opts, buf, 20) == 0);
  opts.claims.len = 0;
  CHECK(mg_jwt_sign_hs256(&opts, buf, sizeof(buf)) == 0);
}

/* Key pair of RFC 6979 A.2.5. */
static void check_es256(void) {
  static const uint8_t private_key[32] = {0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21,
                                          0x57, 0x67, 0xb1, 0xd6, 0x93, 0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8,
                                          0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21};
  static const uint8_t public_key[64] = {
      0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68,
      0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6,
      0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64,
      0xf2, 0xf1, 0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99};
  struct mg_jwt_opts opts;
  char one[300], two[300], claims[100];
  size_t n;
  memset(&opts, 0, sizeof(opts));
  opts.claims = mg_str("{\"a\":1}");
  opts.private_key = private_key;
  opts.public_key = public_key;
  n = mg_jwt_sign_es256(&opts, one, sizeof(one));
  CHECK(n > 0 && mg_jwt_sign_es256(&opts, two, sizeof(two)) == n && strcmp(one, two) == 0);
  CHECK(mg_jwt_verify_es256(mg_str_n(one, n), &opts, claims, sizeof(claims)) == 7);
  CHECK(strcmp(claims, "{\"a\":1}") == 0);
  CHECK(mg_jwt_verify_hs256(mg_str_n(one, n), &opts, claims, sizeof(claims)) == 0);
  one[n / 2] ^= 1;
  CHECK(mg_jwt_verify_es256(mg_str_n(one, n), &opts, claims, sizeof(claims)) == 0);
}

int main(void) {
  check_hs256();
  check_es256();
  return done();
}
