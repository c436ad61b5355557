/* Every function of the utility chapter has exactly this type, every constant this value, every struct this size. */
#include "mongoose.h"

#include "check.h"

/* `struct mg_str (` would be a use of the macro mg_str. */
typedef struct mg_str string;

/* The compiler refuses another type. */
#define EXACT(name, result, parameters)            \
  do {                                             \
    result(*function) parameters = name;           \
    CHECK(function != NULL);                       \
  } while (0)
#define SAME(name, value) CHECK((long) (name) == (long) (value))

static void functions(void) {
  EXACT(mg_str_s, string, (const char *));
  EXACT(mg_str_n, string, (const char *, size_t));
  EXACT(mg_strdup, string, (const struct mg_str));
  EXACT(mg_casecmp, int, (const char *, const char *));
  EXACT(mg_strcmp, int, (const struct mg_str, const struct mg_str));
  EXACT(mg_strcasecmp, int, (const struct mg_str, const struct mg_str));
  EXACT(mg_span, bool, (struct mg_str, struct mg_str *, struct mg_str *, char));
  EXACT(mg_str_to_num, bool, (struct mg_str, int, void *, size_t));
  EXACT(mg_match, bool, (struct mg_str, struct mg_str, struct mg_str *));
  EXACT(mg_vxprintf, size_t, (mg_pfn_t, void *, const char *, va_list *));
  EXACT(mg_xprintf, size_t, (mg_pfn_t, void *, const char *, ...));
  EXACT(mg_vsnprintf, size_t, (char *, size_t, const char *, va_list *));
  EXACT(mg_snprintf, size_t, (char *, size_t, const char *, ...));
  EXACT(mg_vmprintf, char *, (const char *, va_list *));
  EXACT(mg_mprintf, char *, (const char *, ...));
  EXACT(mg_queue_printf, size_t, (struct mg_queue *, const char *, ...));
  EXACT(mg_printf, size_t, (struct mg_connection *, const char *, ...));
  EXACT(mg_vprintf, size_t, (struct mg_connection *, const char *, va_list *));
  EXACT(mg_pfn_iobuf, void, (char, void *));
  EXACT(mg_pfn_iobuf_noresize, void, (char, void *));
  EXACT(mg_pfn_stdout, void, (char, void *));
  EXACT(mg_print_esc, size_t, (mg_pfn_t, void *, va_list *));
  EXACT(mg_print_html_esc, size_t, (mg_pfn_t, void *, va_list *));
  EXACT(mg_print_hex, size_t, (mg_pfn_t, void *, va_list *));
  EXACT(mg_print_base64, size_t, (mg_pfn_t, void *, va_list *));
  EXACT(mg_print_ip, size_t, (mg_pfn_t, void *, va_list *));
  EXACT(mg_print_ip_port, size_t, (mg_pfn_t, void *, va_list *));
  EXACT(mg_print_ip4, size_t, (mg_pfn_t, void *, va_list *));
  EXACT(mg_print_ip6, size_t, (mg_pfn_t, void *, va_list *));
  EXACT(mg_print_mac, size_t, (mg_pfn_t, void *, va_list *));
  EXACT(mg_print_ieee64, size_t, (mg_pfn_t, void *, va_list *));
  EXACT(mg_iobuf_init, bool, (struct mg_iobuf *, size_t, size_t));
  EXACT(mg_iobuf_resize, bool, (struct mg_iobuf *, size_t));
  EXACT(mg_iobuf_free, void, (struct mg_iobuf *));
  EXACT(mg_iobuf_add, size_t, (struct mg_iobuf *, size_t, const void *, size_t));
  EXACT(mg_iobuf_del, size_t, (struct mg_iobuf *, size_t, size_t));
  EXACT(mg_queue_init, void, (struct mg_queue *, char *, size_t));
  EXACT(mg_queue_book, size_t, (struct mg_queue *, char **, size_t));
  EXACT(mg_queue_add, void, (struct mg_queue *, size_t));
  EXACT(mg_queue_next, size_t, (struct mg_queue *, char **));
  EXACT(mg_queue_del, void, (struct mg_queue *, size_t));
  EXACT(mg_log_prefix, void, (int, const char *, int, const char *));
  EXACT(mg_log, void, (const char *, ...));
  EXACT(mg_log_set_fn, void, (mg_pfn_t, void *));
  EXACT(mg_hexdump, void, (const void *, size_t));
  EXACT(mg_fs_open, struct mg_fd *, (struct mg_fs *, const char *, int));
  EXACT(mg_fs_close, void, (struct mg_fd *));
  EXACT(mg_fs_ls, bool, (struct mg_fs *, const char *, char *, size_t));
  EXACT(mg_file_read, string, (struct mg_fs *, const char *));
  EXACT(mg_file_write, bool, (struct mg_fs *, const char *, const void *, size_t));
  EXACT(mg_file_printf, bool, (struct mg_fs *, const char *, const char *, ...));
  EXACT(mg_unpacked, string, (const char *));
  EXACT(mg_url_host, string, (const char *));
  EXACT(mg_url_port, unsigned short, (const char *));
  EXACT(mg_url_is_ssl, bool, (const char *));
  EXACT(mg_url_user, string, (const char *));
  EXACT(mg_url_pass, string, (const char *));
  EXACT(mg_url_uri, const char *, (const char *));
  EXACT(mg_base64_update, size_t, (unsigned char, char *, size_t));
  EXACT(mg_base64_final, size_t, (char *, size_t));
  EXACT(mg_base64_encode, size_t, (const unsigned char *, size_t, char *, size_t));
  EXACT(mg_base64_decode, size_t, (const char *, size_t, char *, size_t));
  EXACT(mg_base64url_encode, size_t, (const unsigned char *, size_t, char *, size_t));
  EXACT(mg_base64url_decode, size_t, (const char *, size_t, char *, size_t));
  EXACT(mg_md5_init, void, (mg_md5_ctx *));
  EXACT(mg_md5_update, void, (mg_md5_ctx *, const unsigned char *, size_t));
  EXACT(mg_md5_final, void, (mg_md5_ctx *, unsigned char[16]));
  EXACT(mg_sha1_init, void, (mg_sha1_ctx *));
  EXACT(mg_sha1_update, void, (mg_sha1_ctx *, const unsigned char *, size_t));
  EXACT(mg_sha1_final, void, (unsigned char[20], mg_sha1_ctx *));
  EXACT(mg_sha256_init, void, (mg_sha256_ctx *));
  EXACT(mg_sha256_update, void, (mg_sha256_ctx *, const unsigned char *, size_t));
  EXACT(mg_sha256_final, void, (unsigned char[32], mg_sha256_ctx *));
  EXACT(mg_sha256, void, (uint8_t[32], uint8_t *, size_t));
  EXACT(mg_hmac_sha256, void, (uint8_t[32], uint8_t *, size_t, uint8_t *, size_t));
  EXACT(mg_sha384_init, void, (mg_sha384_ctx *));
  EXACT(mg_sha384_update, void, (mg_sha384_ctx *, const uint8_t *, size_t));
  EXACT(mg_sha384_final, void, (uint8_t[48], mg_sha384_ctx *));
  EXACT(mg_sha384, void, (uint8_t[48], uint8_t *, size_t));
  EXACT(mg_crc32, uint32_t, (uint32_t, const char *, size_t));
  EXACT(mg_crc16, uint16_t, (uint16_t, const char *, size_t));
  EXACT(mg_random, bool, (void *, size_t));
  EXACT(mg_random_str, char *, (char *, size_t));
  EXACT(mg_memeq, bool, (const void *, const void *, size_t));
  EXACT(mg_bzero, void, (volatile unsigned char *, size_t));
  EXACT(mg_ntohs, uint16_t, (uint16_t));
  EXACT(mg_ntohl, uint32_t, (uint32_t));
  EXACT(mg_ntohll, uint64_t, (uint64_t));
  EXACT(mg_timegm, uint64_t, (unsigned, unsigned, unsigned, unsigned, unsigned, unsigned));
  EXACT(mg_delayms, void, (unsigned));
  EXACT(mg_calloc, void *, (size_t, size_t));
  EXACT(mg_free, void, (void *));
  EXACT(mg_millis, uint64_t, (void));
  EXACT(mg_path_is_sane, bool, (const struct mg_str));
  EXACT(mg_check_ip_acl, int, (struct mg_str, struct mg_addr *));
  EXACT(mg_dash_ev_handler, void, (struct mg_connection *, int, void *));
  EXACT(mg_dash_send_change, void, (struct mg_mgr *, struct mg_field_set *));
  EXACT(mg_dash_dir_read, bool, (struct mg_field_set *, struct mg_dash_user *));
  EXACT(mg_ota_begin, bool, (size_t));
  EXACT(mg_ota_write, bool, (const void *, size_t));
  EXACT(mg_ota_end, bool, (void));
  EXACT(mg_ota_device_id, void, (char *, size_t));
  EXACT(mg_ota_poll, void, (struct mg_mgr *));
  EXACT(mg_ota_url_check, void, (struct mg_mgr *, const char *, void (*)(const char *)));
  EXACT(mg_wifi_scan, bool, (void));
  EXACT(mg_wifi_connect, bool, (struct mg_wifi_data *));
  EXACT(mg_wifi_disconnect, bool, (void));
  EXACT(mg_wifi_ap_start, bool, (struct mg_wifi_data *));
  EXACT(mg_wifi_ap_stop, bool, (void));
  EXACT(mg_tls_x25519, int, (uint8_t[32], const uint8_t[32], const uint8_t[32], int));
  EXACT(mg_uecc_parse_private_key, size_t, (struct mg_str, uint8_t *, size_t));
  EXACT(mg_uecc_secp256r1, MG_UECC_Curve, (void));
  EXACT(mg_uecc_secp384r1, MG_UECC_Curve, (void));
  EXACT(mg_uecc_compute_public_key, int, (const uint8_t *, uint8_t *, MG_UECC_Curve));
  EXACT(mg_uecc_make_key, int, (uint8_t *, uint8_t *, MG_UECC_Curve));
  EXACT(mg_uecc_shared_secret, int, (const uint8_t *, const uint8_t *, uint8_t *, MG_UECC_Curve));
  EXACT(mg_uecc_sign, int, (const uint8_t *, const uint8_t *, unsigned, uint8_t *, MG_UECC_Curve));
  EXACT(mg_uecc_verify, int, (const uint8_t *, const uint8_t *, unsigned, const uint8_t *, MG_UECC_Curve));
  EXACT(mg_uecc_sign_deterministic, int, (const uint8_t *, const uint8_t *, unsigned, const MG_UECC_HashContext *,
        uint8_t *, MG_UECC_Curve));
  EXACT(mg_uecc_valid_public_key, int, (const uint8_t *, MG_UECC_Curve));
  EXACT(mg_uecc_compress, void, (const uint8_t *, uint8_t *, MG_UECC_Curve));
  EXACT(mg_uecc_decompress, void, (const uint8_t *, uint8_t *, MG_UECC_Curve));
  EXACT(mg_uecc_curve_private_key_size, int, (MG_UECC_Curve));
  EXACT(mg_uecc_curve_public_key_size, int, (MG_UECC_Curve));
  EXACT(mg_uecc_set_rng, void, (MG_UECC_RNG_Function));
  EXACT(mg_uecc_get_rng, MG_UECC_RNG_Function, (void));
  EXACT(mg_rsa_mod_pow, int, (const uint8_t *, size_t, const uint8_t *, size_t, const uint8_t *, size_t, uint8_t *,
        size_t));
  EXACT(mg_rsa_verify, bool, (const uint8_t *, size_t, const uint8_t *));
  EXACT(mg_rsa_pkcs_verify, bool, (const uint8_t *, size_t, const uint8_t *, size_t));
  EXACT(mg_rsa_crt_sign, int, (const uint8_t *, size_t, const uint8_t *, size_t, const uint8_t *, size_t, const
        uint8_t *, size_t, const uint8_t *, size_t, const uint8_t *, size_t, uint8_t *, size_t));
  EXACT(mg_gcm_initialize, int, (void));
  EXACT(mg_aes_gcm_encrypt, int, (unsigned char *, const unsigned char *, size_t, const unsigned char *, const
        size_t, const unsigned char *, const size_t, unsigned char *, size_t, unsigned char *, const size_t));
  EXACT(mg_aes_gcm_decrypt, int, (unsigned char *, const unsigned char *, size_t, const unsigned char *, const
        size_t, const unsigned char *, const size_t, unsigned char *, size_t, const unsigned char *, const size_t));
  EXACT(mg_chacha20_poly1305_encrypt, size_t, (uint8_t *, const uint8_t[32], const uint8_t[12], const uint8_t *,
        size_t, const uint8_t *, size_t));
  EXACT(mg_chacha20_poly1305_decrypt, size_t, (uint8_t *, const uint8_t[32], const uint8_t[12], const uint8_t *,
        size_t, const uint8_t *, size_t));
}

static void constants(void) {
  SAME(MG_LL_NONE, 0);
  SAME(MG_LL_ERROR, 1);
  SAME(MG_LL_INFO, 2);
  SAME(MG_LL_DEBUG, 3);
  SAME(MG_LL_VERBOSE, 4);
  SAME(MG_FS_READ, 1);
  SAME(MG_FS_WRITE, 2);
  SAME(MG_FS_DIR, 4);
  SAME(MG_FS_EXCL, 8);
  SAME(MG_VAL_INT, 0);
  SAME(MG_VAL_UINT64, 1);
  SAME(MG_VAL_BOOL, 2);
  SAME(MG_VAL_DBL, 3);
  SAME(MG_VAL_STR, 4);
  SAME(MG_VAL_RAW, 5);
  SAME(MG_DASH_READ, 0);
  SAME(MG_DASH_WRITE, 1);
  SAME(MG_DASH_DELETE, 2);
  SAME(MG_DASH_ADD, 3);
  SAME(MG_DASH_MAX_USER_NAME, 32);
  SAME(MG_OTA_NONE, 0);
  SAME(MG_OTA_STM32H5, 1);
  SAME(MG_OTA_STM32H7, 2);
  SAME(MG_OTA_STM32H7_DUAL_CORE, 3);
  SAME(MG_OTA_STM32F, 4);
  SAME(MG_OTA_CH32V307, 100);
  SAME(MG_OTA_U2A, 200);
  SAME(MG_OTA_RT1020, 300);
  SAME(MG_OTA_RT1050, 301);
  SAME(MG_OTA_RT1060, 302);
  SAME(MG_OTA_RT1064, 303);
  SAME(MG_OTA_RT1170, 304);
  SAME(MG_OTA_MCXN, 310);
  SAME(MG_OTA_RW612, 320);
  SAME(MG_OTA_FLASH, 900);
  SAME(MG_OTA_ESP32, 910);
  SAME(MG_OTA_PICOSDK, 920);
  SAME(MG_OTA_CUSTOM, 1000);
  SAME(MG_OTA, MG_OTA_NONE);
  SAME(MG_OTA_CONFIRMED, 0);
  SAME(MG_OTA_TESTING, 1);
  SAME(MG_OTA_FAILED, 2);
  SAME(MG_OTA_ROLLEDBACK, 3);
  SAME(MG_OTA_MAX_VERSION_LEN, 64);
  SAME(MG_OTA_ROLLBACK_TIMEOUT_SECONDS, 120);
  SAME(MG_OTA_PULL_INTERVAL_SECONDS, 60);
  SAME(MG_OTA_STATE_GET(), 0);
  SAME(MG_WIFI_SECURITY_OPEN, 0);
  SAME(MG_WIFI_SECURITY_WEP, 1);
  SAME(MG_WIFI_SECURITY_WPA, 2);
  SAME(MG_WIFI_SECURITY_WPA2, 4);
  SAME(MG_WIFI_SECURITY_WPA3, 8);
  SAME(MG_WIFI_SECURITY_WPA_ENTERPRISE, 16);
  SAME(MG_WIFI_SECURITY_WPA2_ENTERPRISE, 32);
  SAME(MG_WIFI_SECURITY_WPA3_ENTERPRISE, 64);
  SAME(MG_WIFI_BAND_2G, 0);
  SAME(MG_WIFI_BAND_5G, 1);
  SAME(X25519_BYTES, 32);
  SAME(RFC_8439_TAG_SIZE, 16);
  SAME(RFC_8439_KEY_SIZE, 32);
  SAME(RFC_8439_NONCE_SIZE, 12);
  SAME(GCM_AUTH_FAILURE, 0x55555555);
  SAME(MG_ENABLE_LOG, 1);
  SAME(MG_ENABLE_CUSTOM_LOG, 0);
  SAME(MG_ENABLE_CUSTOM_CALLOC, 0);
  SAME(MG_ENABLE_CUSTOM_RANDOM, 0);
  SAME(MG_ENABLE_CUSTOM_MILLIS, 0);
  SAME(MG_ENABLE_ASSERT, 0);
  SAME(MG_ENABLE_MD5, 1);
  SAME(MG_ENABLE_POSIX_FS, 1);
  SAME(MG_ENABLE_DIRLIST, 1);
  SAME(MG_ENABLE_FATFS, 0);
  SAME(MG_ENABLE_LFS, 0);
  SAME(MG_ENABLE_PROFILE, 0);
  SAME(MG_ENABLE_CHACHA20, 1);
  SAME(MG_PATH_MAX, FILENAME_MAX);
  SAME(MG_DIRSEP, '/');
  SAME(MG_ENABLE_CUSTOM_DEVICE_ID, 0);
  SAME(MG_DASH_MAX_SEND_BUF_SIZE, MG_IO_SIZE * 5);
}

static void layouts(void) {
  SAME(sizeof(struct mg_str), 16);
  SAME(sizeof(struct mg_iobuf), 32);
  SAME(sizeof(struct mg_queue), 32);
  SAME(sizeof(mg_md5_ctx), 88);
  SAME(sizeof(mg_sha1_ctx), 92);
  SAME(sizeof(mg_sha256_ctx), 112);
  SAME(sizeof(mg_sha384_ctx), 216);
  SAME(sizeof(struct mg_fs), 80);
  SAME(sizeof(struct mg_fd), 16);
  SAME(sizeof(struct mg_mem_file), 32);
  SAME(sizeof(struct mg_field), 32);
  SAME(sizeof(struct mg_dash_user), 88);
  SAME(sizeof(struct mg_field_set), 48);
  SAME(sizeof(struct mg_dash_custom_handler), 40);
  SAME(sizeof(struct mg_dash), 48);
  SAME(sizeof(struct mg_wifi_data), 48);
  SAME(sizeof(struct mg_wifi_scan_bss_data), 32);
  SAME(offsetof(struct mg_dash_user, name), 8);
  SAME(offsetof(struct mg_dash_user, token), 40);
  SAME(offsetof(struct mg_dash_user, level), 64);
  SAME(offsetof(struct mg_dash_user, expire), 72);
  SAME(offsetof(struct mg_dash_user, dash), 80);
}

static void variables(void) {
  int *level = &mg_log_level;
  struct mg_fs *posix = &mg_fs_posix, *packed = &mg_fs_packed;
  const struct mg_mem_file **files = &mg_mem_files;
  const uint8_t *point = X25519_BASE_POINT;
  CHECK(*level == MG_LL_DEBUG && *files == NULL && point[0] == 9 && sizeof(X25519_BASE_POINT) == 32);
  CHECK(posix->st != NULL && posix->ls != NULL && posix->op != NULL && posix->cl != NULL && posix->rd != NULL);
  CHECK(posix->wr != NULL && posix->sk != NULL && posix->mv != NULL && posix->rm != NULL && posix->mkd != NULL);
  CHECK(packed->st != NULL && packed->mkd != NULL);
  CHECK(strcmp(MG_OTA_FIRMWARE_VERSION, "1.0.0") == 0 && MG_OTA_URL == NULL && MG_OTA_TLS_CA == NULL);
  CHECK(strcmp(MG_HTTP_ADDR, "http://0.0.0.0:8000") == 0 && strcmp(MG_HTTPS_ADDR, "https://0.0.0.0:8443") == 0);
  CHECK(strcmp(MG_MODBUS_ADDR, "tcp://0.0.0.0:8502") == 0);
}

int main(void) {
  functions();
  constants();
  layouts();
  variables();
  return done();
}
