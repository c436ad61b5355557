/* modes: c++
   The cryptographic building blocks: published vectors, and operands that must be refused. */
#include "mongoose.h"

#include "check.h"

static uint8_t digit(char c) {
  return (uint8_t) (c <= '9' ? c - '0' : c - 'a' + 10);
}

static size_t unhex(const char *text, uint8_t *out) {
  size_t n = strlen(text) / 2, i;
  for (i = 0; i < n; i++) out[i] = (uint8_t) (digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
  return n;
}

static bool equals(const uint8_t *bytes, const char *hex) {
  uint8_t expected[600];
  return memcmp(bytes, expected, unhex(hex, expected)) == 0;
}

static void test_x25519(void) {
  uint8_t a[X25519_BYTES], b[X25519_BYTES], pa[X25519_BYTES], pb[X25519_BYTES], s1[X25519_BYTES], s2[X25519_BYTES];
  const uint8_t zero[X25519_BYTES] = {0};
  unhex("77076d0a7318a57d3c16c17251b26645c6105d5e59d8e1ee5f3e9c2c7d5a6b2a", a); /* two keys, one of them from RFC 7748 */
  unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", b);
  CHECK(mg_tls_x25519(pa, a, X25519_BASE_POINT, 1) == 0);
  CHECK(mg_tls_x25519(pb, b, X25519_BASE_POINT, 1) == 0);
  CHECK(equals(pb, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"));
  CHECK(mg_tls_x25519(s1, a, pb, 1) == 0 && mg_tls_x25519(s2, b, pa, 1) == 0);
  CHECK(memcmp(s1, s2, sizeof(s1)) == 0);
  memset(s1, 1, sizeof(s1));
  CHECK(mg_tls_x25519(s1, a, zero, 1) == -1 && memcmp(s1, zero, sizeof(zero)) == 0);
  CHECK(mg_tls_x25519(s1, a, zero, 0) == 0);
  CHECK(mg_tls_x25519(a, a, a, 1) == 0); /* in place */
}

static void test_p256(void) {
  static const char *sec1 =
      "-----BEGIN EC PRIVATE KEY-----\n"
      "MCUCAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2ch\n"
      "-----END EC PRIVATE KEY-----\n";
  MG_UECC_Curve curve = mg_uecc_secp256r1();
  uint8_t key[32], pub[64], other_key[32], other[64], s1[32], s2[32], sig[64], hash[32], small[33];
  memset(hash, 0x5a, sizeof(hash));
  CHECK(mg_uecc_parse_private_key(mg_str(sec1), key, sizeof(key)) == 32);
  CHECK(mg_uecc_parse_private_key(mg_str(sec1), key, 31) == 0);
  CHECK(mg_uecc_parse_private_key(mg_str(sec1), NULL, 32) == 0);
  CHECK(mg_uecc_parse_private_key(mg_str("rubbish"), key, 32) == 0);
  CHECK(mg_uecc_parse_private_key(mg_str_n(NULL, 0), key, 32) == 0);
  CHECK(equals(key, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  CHECK(mg_uecc_compute_public_key(key, pub, curve) == 1);
  CHECK(equals(pub, "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
  memset(s1, 0, sizeof(s1));
  CHECK(mg_uecc_compute_public_key(s1, pub, curve) == 0);
  memset(s1, 0xff, sizeof(s1));
  CHECK(mg_uecc_compute_public_key(s1, pub, curve) == 0);
  CHECK(mg_uecc_compute_public_key(key, pub, mg_uecc_secp384r1()) == 0);
  CHECK(mg_uecc_curve_private_key_size(curve) == 32 && mg_uecc_curve_public_key_size(curve) == 64);
  CHECK(mg_uecc_make_key(other, other_key, curve) == 1 && mg_uecc_valid_public_key(other, curve) == 1);
  CHECK(mg_uecc_shared_secret(other, key, s1, curve) == 1 && mg_uecc_shared_secret(pub, other_key, s2, curve) == 1);
  CHECK(memcmp(s1, s2, sizeof(s1)) == 0);
  CHECK(mg_uecc_sign(key, hash, sizeof(hash), sig, curve) == 1);
  CHECK(mg_uecc_verify(pub, hash, sizeof(hash), sig, curve) == 1);
  CHECK(mg_uecc_verify(other, hash, sizeof(hash), sig, curve) == 0);
  hash[0] ^= 1;
  CHECK(mg_uecc_verify(pub, hash, sizeof(hash), sig, curve) == 0);
  mg_uecc_compress(pub, small, curve);
  memset(other, 0, sizeof(other));
  mg_uecc_decompress(small, other, curve);
  CHECK(memcmp(pub, other, sizeof(pub)) == 0);
  pub[5] ^= 1;
  CHECK(mg_uecc_valid_public_key(pub, curve) == 0 && mg_uecc_shared_secret(pub, key, s1, curve) == 0);
}

static void test_rsa(void) {
  uint8_t mod[256], exp[3] = {1, 0, 1}, msg[256], out[256], em[256], hash[32];
  size_t i;
  memset(mod, 0xff, sizeof(mod));
  memset(msg, 0, sizeof(msg));
  msg[255] = 1;
  CHECK(mg_rsa_mod_pow(mod, 256, exp, 3, msg, 256, out, 256) == 0 && out[255] == 1 && out[0] == 0);
  CHECK(mg_rsa_mod_pow(mod, 256, exp, 3, mod, 256, out, 256) == -1 && out[255] == 0);
  CHECK(mg_rsa_mod_pow(mod, 255, exp, 3, msg, 255, out, 255) == -1);
  CHECK(mg_rsa_mod_pow(mod, 256, exp, 0, msg, 256, out, 256) == -1);
  mod[255] = 0xfe;
  CHECK(mg_rsa_mod_pow(mod, 256, exp, 3, msg, 256, out, 256) == -1);
  memset(hash, 7, sizeof(hash));
  memset(em, 0xff, sizeof(em));
  em[0] = 0, em[1] = 1;
  i = 256 - 32 - 19 - 1;
  em[i] = 0;
  unhex("3031300d060960864801650304020105000420", &em[i + 1]);
  memcpy(&em[i + 20], hash, 32);
  CHECK(mg_rsa_pkcs_verify(em, 256, hash, 32));
  CHECK(!mg_rsa_pkcs_verify(em, 255, hash, 32) && !mg_rsa_pkcs_verify(em, 256, hash, 20));
  em[2] = 0xfe;
  CHECK(!mg_rsa_pkcs_verify(em, 256, hash, 32));
  CHECK(!mg_rsa_verify(em, 256, hash) && !mg_rsa_verify(em, 65, hash) && !mg_rsa_verify(em, 513, hash));
}

static void test_aead(void) {
  uint8_t key[32], nonce[12], plain[100], sealed[116], back[100], tag[16];
  uint8_t aad[] = {1, 2, 3};
  size_t i;
  memset(key, 1, sizeof(key));
  memset(nonce, 2, sizeof(nonce));
  for (i = 0; i < sizeof(plain); i++) plain[i] = (uint8_t) i;
  CHECK(mg_chacha20_poly1305_encrypt(sealed, key, nonce, aad, 3, plain, 100) == 116);
  CHECK(mg_chacha20_poly1305_decrypt(back, key, nonce, aad, 3, sealed, 116) == 100);
  CHECK(memcmp(plain, back, 100) == 0);
  sealed[50] ^= 1;
  CHECK(mg_chacha20_poly1305_decrypt(back, key, nonce, aad, 3, sealed, 116) == (size_t) -1);
  CHECK(mg_chacha20_poly1305_decrypt(back, key, nonce, aad, 3, sealed, 15) == (size_t) -1);
  CHECK(mg_chacha20_poly1305_encrypt(sealed, key, nonce, aad, 3, sealed + 8, 50) == (size_t) -1);
  CHECK(mg_gcm_initialize() == 0);
  CHECK(mg_aes_gcm_encrypt(sealed, plain, 100, key, 16, nonce, 12, aad, 3, tag, 16) == 0);
  CHECK(mg_aes_gcm_decrypt(back, sealed, 100, key, 16, nonce, 12, aad, 3, tag, 16) == 0);
  CHECK(memcmp(plain, back, 100) == 0);
  CHECK(mg_aes_gcm_decrypt(sealed, sealed, 100, key, 16, nonce, 12, aad, 3, tag, 12) == 0);
  CHECK(memcmp(plain, sealed, 100) == 0);
  tag[0] ^= 1;
  CHECK(mg_aes_gcm_decrypt(back, sealed, 100, key, 16, nonce, 12, aad, 3, tag, 16) == -1 && back[99] == 0);
  CHECK(mg_aes_gcm_encrypt(sealed, plain, 100, key, 15, nonce, 12, aad, 3, tag, 16) == -1);
  CHECK(mg_aes_gcm_encrypt(sealed, plain, 100, key, 16, nonce, 12, aad, 3, tag, 17) == -1);
}

int main(void) {
  test_x25519();
  test_p256();
  test_rsa();
  test_aead();
  return done();
}
