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
  CHECK(mg_uecc_compute_public_key(key, pub, NULL) == 0);
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

static void sha256_init(const MG_UECC_HashContext *context) { mg_sha256_init((mg_sha256_ctx *) (void *) context->tmp); }
static void sha256_update(const MG_UECC_HashContext *context, const uint8_t *data, unsigned n) {
  mg_sha256_update((mg_sha256_ctx *) (void *) context->tmp, data, n);
}
static void sha256_finish(const MG_UECC_HashContext *context, uint8_t *digest) {
  mg_sha256_final(digest, (mg_sha256_ctx *) (void *) context->tmp);
}

/* RFC 6979 A.2.6, message "sample". */
static void test_p384(void) {
  MG_UECC_Curve curve = mg_uecc_secp384r1();
  uint8_t key[48], pub[96], other_key[48], other[96], s1[48], s2[48], sig[96], hash[64], small[49];
  mg_sha256_ctx memory;
  MG_UECC_HashContext context;
  memset(&context, 0, sizeof(context));
  context.init_hash = sha256_init, context.update_hash = sha256_update, context.finish_hash = sha256_finish;
  context.block_size = 64, context.result_size = 32, context.tmp = (uint8_t *) &memory;
  unhex("6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5", key);
  CHECK(curve != NULL && mg_uecc_curve_private_key_size(curve) == 48 && mg_uecc_curve_public_key_size(curve) == 96);
  CHECK(mg_uecc_curve_private_key_size(NULL) == 0 && mg_uecc_curve_public_key_size(NULL) == 0);
  CHECK(mg_uecc_compute_public_key(key, pub, curve) == 1);
  CHECK(equals(pub, "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13"
                    "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720"));
  mg_sha256(hash, (uint8_t *) "sample", 6);
  CHECK(mg_uecc_sign_deterministic(key, hash, 32, &context, sig, curve) == 1);
  CHECK(equals(sig, "21b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33bde1e888e63355d92fa2b3c36d8fb2cd"
                    "f3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feebefdc63eccd1ac42ec0cb8668a4fa0ab0"));
  CHECK(mg_uecc_verify(pub, hash, 32, sig, curve) == 1 && mg_uecc_verify(pub, hash, 31, sig, curve) == 0);
  CHECK(mg_uecc_verify(pub, hash, 32, sig, mg_uecc_secp256r1()) == 0 && mg_uecc_verify(pub, hash, 32, sig, NULL) == 0);
  context.result_size = 65; /* no hash has more digest than block */
  CHECK(mg_uecc_sign_deterministic(key, hash, 32, &context, sig, curve) == 0);
  CHECK(mg_uecc_sign_deterministic(key, hash, 32, NULL, sig, curve) == 0);
  memset(hash, 0xa5, sizeof(hash));
  CHECK(mg_uecc_sign(key, hash, 64, sig, curve) == 1 && mg_uecc_verify(pub, hash, 64, sig, curve) == 1);
  hash[63] ^= 1; /* only the leftmost 48 bytes count */
  CHECK(mg_uecc_verify(pub, hash, 64, sig, curve) == 1 && mg_uecc_verify(pub, hash, 48, sig, curve) == 1);
  hash[47] ^= 1;
  CHECK(mg_uecc_verify(pub, hash, 64, sig, curve) == 0);
  CHECK(mg_uecc_make_key(other, other_key, curve) == 1 && mg_uecc_valid_public_key(other, curve) == 1);
  CHECK(mg_uecc_shared_secret(other, key, s1, curve) == 1 && mg_uecc_shared_secret(pub, other_key, s2, curve) == 1);
  CHECK(memcmp(s1, s2, sizeof(s1)) == 0);
  mg_uecc_compress(pub, small, curve);
  CHECK((small[0] == 2 || small[0] == 3) && memcmp(small + 1, pub, 48) == 0);
  memset(other, 0, sizeof(other));
  mg_uecc_decompress(small, other, curve);
  CHECK(memcmp(pub, other, sizeof(pub)) == 0);
  pub[95] ^= 1;
  CHECK(mg_uecc_valid_public_key(pub, curve) == 0 && mg_uecc_shared_secret(pub, key, s1, curve) == 0);
  CHECK(mg_uecc_verify(pub, hash, 32, sig, curve) == 0);
}

static int rng_calls;
static int constant_rng(uint8_t *dest, unsigned size) {
  memset(dest, 7, size);
  return ++rng_calls > 0;
}
static int zero_rng(uint8_t *dest, unsigned size) {
  memset(dest, 0, size);
  return ++rng_calls > 0;
}
static int no_rng(uint8_t *dest, unsigned size) {
  (void) dest, (void) size;
  return 0;
}

static void test_rng(void) {
  MG_UECC_Curve curve = mg_uecc_secp256r1();
  uint8_t key[32], pub[64];
  CHECK(mg_uecc_get_rng() == NULL);
  mg_uecc_set_rng(constant_rng);
  CHECK(mg_uecc_get_rng() == constant_rng);
  CHECK(mg_uecc_make_key(pub, key, curve) == 1 && rng_calls == 1 && key[0] == 7 && key[31] == 7);
  mg_uecc_set_rng(no_rng);
  CHECK(mg_uecc_make_key(pub, key, curve) == 0);
  mg_uecc_set_rng(zero_rng); /* never a key: an end, and no key */
  CHECK(mg_uecc_make_key(pub, key, curve) == 0);
  mg_uecc_set_rng(NULL);
  CHECK(mg_uecc_make_key(pub, key, curve) == 1 && mg_uecc_make_key(pub, key, NULL) == 0);
}

static const char *rsa_n =
    "d8edb0eebef239d82a5aae1b48128c30730f6f9c639f6a87711873881c2f63d1ed91217523ce9ec159b960171060dc13f27a1712fd0c43f6"
    "4bce3c6a3d1c7d62af12ba6dc19837d767c542df309db9505105c2289611c36eb8fd1f91761ca2bc2949838eec60076f5a6ccc4d442f2832"
    "f0913f5822ae12444aeb8a10c7f2a40fc9cc877d8156da1a83b0179209d7a54b2a2cbc462f7726d0dfec1ec14aa4cde0528ed637b845ccb7"
    "8eff98a92287d3e0fd6221288029e16c41de2889ad8aee82b2be5b62e78f2aef41c6d3a04d3bae4765c110b9de66a830e6264e6f1b93c6fc"
    "6a7f98a4c1db96561149385384cf8bc9ffaabc1d7617a2a7ece7045510f5d1eb";
static const char *rsa_p =
    "f4c5b2a16d6562da7e06b00a9a0dcdb51c219544a89a1c4fc3ca90baf70bd5f2fb6a61e653ec86b2593e52b9cba35bd54bcfd0acf17ba46e"
    "97a93302af4230a0abf8aebbc80836bc066affc3dfa69e941cc630f9f25f94ff13bd779d8a551a9e8ac439b75e05d26b57614fbaf75c4292"
    "71c09a83407133192b4010ff306cdceb";
static const char *rsa_q =
    "e2e107d20ae92091ac3df371cd17729ff06b8d05ae10db3e2cd9da137d1e463c7e1b1562a0f91cb8dbc011cdc931b616a63a7d64023e6fc2"
    "f781b03cecb248dcd700b091abf8e3b63dffc1f86915789d51752215e6a5ff1c5cf87f03e9e811f9de4e5e88d454976681a6d98b9ecb31ff"
    "a945c5f93cfdc0ade98db84e79399f01";
static const char *rsa_dp =
    "7304e367cfcc30a3934cf9344227f25e0496135a6c0fdef5ec7f277b73d36ff9fa0287768041491a4dad679a3f02c8887653752f8f5a166e"
    "917dc4a6a24c6c25542a4b9199f1a226c0ad4efa70020fca71ab0020b3b00e87be72edde6dbe87ffb01d7d3199510b0bbdc7d07b7ef92f9f"
    "392cd46e90bda0d156ed880f22664579";
static const char *rsa_dq =
    "18f4d9f05fe4df01472a15625a460f04cae479c1bb30fd7cec60165df87061177c63ac498a1d7cec54b7defd7cf92be777e78d2d7815b823"
    "812851e391c1d6c3fc1e864dafd613ee53099423a823857e009cdadfffdc18a0dd15349b909a4787edcd3f16dc0c660f0f89f3fa28c07f42"
    "793344a0b2f5d2c10ea4d936409d7701";
static const char *rsa_qinv =
    "01a4e1d438943999a1cd110d494de35e2702fd1e5fd3448f6608bbed0b8a838b104c04da14c2286fb88e16c222c8374c3d36abadfbd81e9a"
    "f3fa51a3a2e63c543ebc6e17f06e386b500b119a80835fdf5ec4af582e36d5aecf3ef1021aef40b0a17b839b67191b4fe09b516a18ae3a8b"
    "fa1f6adc05d94994f13de58b23853673";

static void test_rsa_sign(void) {
  uint8_t n[256], p[128], q[128], dp[128], dq[128], qinv[128], em[256], sig[256], back[256], e[3] = {1, 0, 1};
  size_t i;
  unhex(rsa_n, n), unhex(rsa_p, p), unhex(rsa_q, q), unhex(rsa_dp, dp), unhex(rsa_dq, dq), unhex(rsa_qinv, qinv);
  for (i = 0; i < sizeof(em); i++) em[i] = (uint8_t) i;
  CHECK(mg_rsa_crt_sign(em, 256, dp, 128, dq, 128, p, 128, q, 128, qinv, 128, sig, 256) == 0);
  CHECK(mg_rsa_mod_pow(n, 256, e, 3, sig, 256, back, 256) == 0 && memcmp(back, em, 256) == 0);
  memcpy(back, em, 256);
  CHECK(mg_rsa_crt_sign(back, 256, dp, 128, dq, 128, p, 128, q, 128, qinv, 128, back, 256) == 0); /* in place */
  CHECK(memcmp(back, sig, 256) == 0);
  CHECK(mg_rsa_crt_sign(em, 255, dp, 128, dq, 128, p, 128, q, 128, qinv, 128, sig, 256) == -1 && sig[255] == 0);
  CHECK(mg_rsa_crt_sign(em, 256, dp, 128, dq, 128, p, 127, q, 128, qinv, 128, sig, 256) == -1);
  CHECK(mg_rsa_crt_sign(n, 256, dp, 128, dq, 128, p, 128, q, 128, qinv, 128, sig, 256) == -1);
  CHECK(mg_rsa_crt_sign(em, 256, dp, 128, dq, 128, p, 128, q, 128, qinv, 128, NULL, 256) == -1);
  CHECK(mg_rsa_crt_sign(em, 256, dp, 128, dq, 128, q, 128, p, 128, qinv, 128, sig, 256) == -1); /* p and q mixed up */
  qinv[0] ^= 1;
  CHECK(mg_rsa_crt_sign(em, 256, dp, 128, dq, 128, p, 128, q, 128, qinv, 128, sig, 256) == -1);
  for (i = 0; i < sizeof(sig); i++) CHECK(sig[i] == 0);
}

/* NIST SP 800-38D test cases 10 to 12: AES-192, nonces of 12, 8 and 60 bytes. */
static void test_gcm_sizes(void) {
  static const char *nonces[] = {"cafebabefacedbaddecaf888", "cafebabefacedbad",
                                 "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728"
                                 "c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b"};
  static const char *tags[] = {"2519498e80f1478f37ba55bd6d27618c", "65dcc57fcf623a24094fcca40d3533f8",
                               "dcf566ff291c25bbb8568fc3d376a6d9"};
  uint8_t key[24], nonce[60], aad[20], plain[60], sealed[60], back[60], tag[16];
  size_t i, n;
  unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c", key);
  unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2", aad);
  unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39", plain);
  for (i = 0; i < 3; i++) {
    n = unhex(nonces[i], nonce);
    CHECK(mg_aes_gcm_encrypt(sealed, plain, 60, key, 24, nonce, n, aad, 20, tag, 16) == 0 && equals(tag, tags[i]));
    CHECK(mg_aes_gcm_decrypt(back, sealed, 60, key, 24, nonce, n, aad, 20, tag, 16) == 0);
    CHECK(memcmp(back, plain, 60) == 0);
    aad[19] ^= 1;
    CHECK(mg_aes_gcm_decrypt(back, sealed, 60, key, 24, nonce, n, aad, 20, tag, 16) == -1 && back[0] == 0);
    aad[19] ^= 1;
  }
  CHECK(mg_aes_gcm_encrypt(sealed, plain, 60, key, 24, nonce, 0, aad, 20, tag, 16) == -1);
  CHECK(mg_aes_gcm_encrypt(NULL, NULL, 0, key, 24, nonce, 12, NULL, 0, tag, 16) == 0); /* nothing but a tag */
  CHECK(mg_aes_gcm_decrypt(NULL, NULL, 0, key, 24, nonce, 12, NULL, 0, tag, 16) == 0);
  CHECK(mg_aes_gcm_encrypt(sealed, NULL, 60, key, 24, nonce, 12, NULL, 0, tag, 16) == -1);
  CHECK(mg_aes_gcm_encrypt(sealed, plain, 60, NULL, 24, nonce, 12, NULL, 0, tag, 16) == -1);
}

int main(void) {
  test_x25519();
  test_p256();
  test_p384();
  test_rng();
  test_rsa();
  test_rsa_sign();
  test_aead();
  test_gcm_sizes();
  return done();
}
