/* Cryptographic primitives by name, against published vectors. */
#include "check.h"
#include "mongoose.h"

/* Bytes of a hexadecimal text. */
static const uint8_t *unhex(const char *hex, uint8_t *to) {
  size_t i;
  for (i = 0; hex[2 * i] != '\0'; i++) CHECK(mg_str_to_num(mg_str_n(hex + 2 * i, 2), 16, &to[i], 1));
  return to;
}

static bool is(const uint8_t *found, const char *hex) {
  uint8_t expected[512];
  (void) unhex(hex, expected);
  return memcmp(found, expected, strlen(hex) / 2) == 0;
}

static void test_x25519(void) {
  uint8_t scalar[32], u[32], out[32], zero[32];
  memset(zero, 0, sizeof(zero));
  CHECK(X25519_BASE_POINT[0] == 9 && memcmp(X25519_BASE_POINT + 1, zero, 31) == 0);
  (void) unhex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d", scalar);
  (void) unhex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493", u);
  CHECK(mg_tls_x25519(out, scalar, u, 1) == 0);
  CHECK(is(out, "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"));
  CHECK(mg_tls_x25519(out, scalar, zero, 1) == -1 && memcmp(out, zero, 32) == 0);
  CHECK(mg_tls_x25519(out, scalar, zero, 0) == 0);
  CHECK(mg_tls_x25519(out, X25519_BASE_POINT, X25519_BASE_POINT, 1) == 0);
  CHECK(is(out, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"));
}

struct sha256_context {
  MG_UECC_HashContext base;
  mg_sha256_ctx ctx;
};

static void init_hash(const MG_UECC_HashContext *c) { mg_sha256_init(&((struct sha256_context *) (size_t) c)->ctx); }
static void update_hash(const MG_UECC_HashContext *c, const uint8_t *p, unsigned n) {
  mg_sha256_update(&((struct sha256_context *) (size_t) c)->ctx, p, n);
}
static void finish_hash(const MG_UECC_HashContext *c, uint8_t *out) {
  mg_sha256_final(out, &((struct sha256_context *) (size_t) c)->ctx);
}

static void test_p256(void) {
  static const char pem[] =
      "-----BEGIN EC PRIVATE KEY-----\n"
      "MDECAQEEIMmvqdhFunUWa1whV2ex1pNOUMPbNuibEnuKYisSD2choAoGCCqGSM49\n"
      "AwEH\n"
      "-----END EC PRIVATE KEY-----\n";
  uint8_t private_key[32], public_key[64], hash[32], sig[64], other[32], other_public[64], short_key[33], a[32], b[32];
  struct sha256_context context;
  MG_UECC_Curve p256 = mg_uecc_secp256r1();
  CHECK(mg_uecc_curve_private_key_size(p256) == 32 && mg_uecc_curve_public_key_size(mg_uecc_secp384r1()) == 96);
  (void) unhex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721", private_key);
  CHECK(mg_uecc_compute_public_key(private_key, public_key, p256) == 1);
  CHECK(is(public_key, "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                       "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
  mg_sha256(hash, (uint8_t *) (size_t) "sample", 6);
  memset(&context, 0, sizeof(context));
  context.base.init_hash = init_hash, context.base.update_hash = update_hash, context.base.finish_hash = finish_hash;
  context.base.block_size = 64, context.base.result_size = 32;
  CHECK(mg_uecc_sign_deterministic(private_key, hash, 32, &context.base, sig, p256) == 1);
  CHECK(is(sig, "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"));
  CHECK(mg_uecc_verify(public_key, hash, 32, sig, p256) == 1);
  CHECK(mg_uecc_sign(private_key, hash, 32, sig, p256) == 1 && mg_uecc_verify(public_key, hash, 32, sig, p256) == 1);
  hash[0] ^= 1;
  CHECK(mg_uecc_verify(public_key, hash, 32, sig, p256) == 0);
  CHECK(mg_uecc_make_key(other_public, other, p256) == 1 && mg_uecc_valid_public_key(other_public, p256) == 1);
  CHECK(mg_uecc_shared_secret(other_public, private_key, a, p256) == 1);
  CHECK(mg_uecc_shared_secret(public_key, other, b, p256) == 1 && memcmp(a, b, 32) == 0);
  mg_uecc_compress(public_key, short_key, p256);
  mg_uecc_decompress(short_key, other_public, p256);
  CHECK(short_key[0] == 3 && memcmp(public_key, other_public, 64) == 0);
  memset(other, 0, sizeof(other));
  CHECK(mg_uecc_compute_public_key(other, other_public, p256) == 0);
  public_key[5] ^= 1;
  CHECK(mg_uecc_valid_public_key(public_key, p256) == 0 && mg_uecc_shared_secret(public_key, private_key, a, p256) == 0);
  CHECK(mg_uecc_parse_private_key(mg_str(pem), other, 32) == 32 && memcmp(other, private_key, 32) == 0);
  CHECK(mg_uecc_parse_private_key(mg_str(pem), other, 31) == 0 && mg_uecc_parse_private_key(mg_str(pem), NULL, 32) == 0);
  CHECK(mg_uecc_parse_private_key(mg_str("x"), other, 32) == 0);
}

static int fixed_rng(uint8_t *to, unsigned n) {
  memset(to, 1, n);
  return 1;
}

static void test_rng(void) {
  uint8_t key[48], public_key[96];
  CHECK(mg_uecc_get_rng() == NULL);
  mg_uecc_set_rng(fixed_rng);
  CHECK(mg_uecc_get_rng() == fixed_rng && mg_uecc_make_key(public_key, key, mg_uecc_secp384r1()) == 1 && key[47] == 1);
  mg_uecc_set_rng(NULL);
}

/* NIST GCM test case 4, RFC 8439 section 2.8.2. */
static void test_aead(void) {
  uint8_t key[32], iv[12], aad[32], in[128], out[144], back[128], tag[16];
  const char *text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
                     "sunscreen would be it.";
  (void) unhex("feffe9928665731c6d6a8f9467308308", key);
  (void) unhex("cafebabefacedbaddecaf888", iv);
  (void) unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad);
  (void) unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aed"
               "f5aa0de657ba637b39", in);
  CHECK(mg_gcm_initialize() == 0);
  CHECK(mg_aes_gcm_encrypt(out, in, 60, key, 16, iv, 12, aad, 20, tag, 16) == 0);
  CHECK(is(out, "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b"
                "396a0aac973d58e091"));
  CHECK(is(tag, "5bc94fbc3221a5db94fae95ae7121a47"));
  CHECK(mg_aes_gcm_decrypt(back, out, 60, key, 16, iv, 12, aad, 20, tag, 16) == 0 && memcmp(back, in, 60) == 0);
  CHECK(mg_aes_gcm_decrypt(back, out, 60, key, 16, iv, 12, aad, 20, tag, 12) == 0 && memcmp(back, in, 60) == 0);
  tag[0] ^= 1;
  CHECK(mg_aes_gcm_decrypt(back, out, 60, key, 16, iv, 12, aad, 20, tag, 16) == -1 && back[0] == 0 && back[59] == 0);
  CHECK(mg_aes_gcm_encrypt(out, in, 60, key, 15, iv, 12, aad, 20, tag, 16) == -1);
  CHECK(mg_aes_gcm_encrypt(out, in, 0, key, 16, iv, 12, NULL, 0, tag, 17) == -1);

  (void) unhex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", key);
  (void) unhex("070000004041424344454647", iv);
  (void) unhex("50515253c0c1c2c3c4c5c6c7", aad);
  CHECK(mg_chacha20_poly1305_encrypt(out, key, iv, aad, 12, (const uint8_t *) text, 114) == 130);
  CHECK(is(out, "d31a8d34648e60db7b86afbc53ef7ec2") && is(out + 114, "1ae10b594f09e26a7e902ecbd0600691"));
  CHECK(mg_chacha20_poly1305_decrypt(back, key, iv, aad, 12, out, 130) == 114 && memcmp(back, text, 114) == 0);
  out[0] ^= 1;
  CHECK(mg_chacha20_poly1305_decrypt(back, key, iv, aad, 12, out, 130) == (size_t) -1);
  CHECK(mg_chacha20_poly1305_decrypt(back, key, iv, aad, 12, out, 15) == (size_t) -1);
  CHECK(mg_chacha20_poly1305_encrypt(out, key, iv, aad, 12, out + 8, 16) == (size_t) -1);
}

static void test_rsa(void) {
  uint8_t mod[256], message[256], out[256], zero[256], hash[32], three = 3;
  memset(zero, 0, sizeof(zero));
  memset(message, 0, sizeof(message));
  memset(mod, 0xff, sizeof(mod));
  message[255] = 5;
  CHECK(mg_rsa_mod_pow(mod, 256, &three, 1, message, 256, out, 256) == 0 && out[255] == 125 && out[0] == 0);
  CHECK(mg_rsa_mod_pow(mod, 256, &three, 1, mod, 256, out, 256) == -1 && memcmp(out, zero, 256) == 0);
  CHECK(mg_rsa_mod_pow(mod, 256, &three, 1, message, 255, out, 256) == -1);
  mg_sha256(hash, (uint8_t *) (size_t) "x", 1);
  CHECK(!mg_rsa_verify(message, 256, hash) && !mg_rsa_verify(message, 600, hash) && !mg_rsa_verify(message, 10, hash));
  memset(message, 0xff, sizeof(message));
  message[0] = 0, message[1] = 1, message[204] = 0;
  (void) unhex("3031300d060960864801650304020105000420", message + 205);
  memcpy(message + 224, hash, 32);
  CHECK(mg_rsa_pkcs_verify(message, 256, hash, 32) && !mg_rsa_pkcs_verify(message, 256, hash, 20));
  message[2] = 0;
  CHECK(!mg_rsa_pkcs_verify(message, 256, hash, 32));
  CHECK(mg_rsa_crt_sign(message, 256, &three, 1, &three, 1, &three, 1, &three, 1, &three, 1, out, 256) == -1);
}

int main(void) {
  test_x25519();
  test_p256();
  test_rng();
  test_aead();
  test_rsa();
  return done();
}
