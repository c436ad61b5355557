/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The device. mg_ota_begin, mg_ota_write and mg_ota_end are the program's: on a board they write flash, here a file. What
 * has arrived is put in its place only when it is whole and has the digest that was promised.
 */
#include "ota.h"

static struct mg_rpc *s_methods;
static FILE *s_file;
static char s_part[300];       /* the file while it is not whole */
static size_t s_size, s_there; /* bytes promised, bytes written */
static bool s_updating;
static mg_sha256_ctx s_hash;

bool mg_ota_begin(size_t new_firmware_size) {
  if (s_file != NULL) fclose(s_file);
  s_file = fopen(s_part, "wb");
  s_size = new_firmware_size;
  s_there = 0;
  mg_sha256_init(&s_hash);
  return s_file != NULL;
}

bool mg_ota_write(const void *buf, size_t len) {
  if (s_file == NULL || len > s_size - s_there || fwrite(buf, 1, len, s_file) != len) return false;
  mg_sha256_update(&s_hash, (const unsigned char *) buf, len);
  s_there += len;
  return true;
}

bool mg_ota_end(void) {
  bool ok = s_file != NULL && fclose(s_file) == 0 && s_there == s_size && rename(s_part, g_side.path) == 0;
  s_file = NULL;
  return ok;
}

static void fail(struct mg_rpc_req *r, const char *why) {
  mg_rpc_err(r, -1, "%m", MG_ESC(why));
}

static void rpc_begin(struct mg_rpc_req *r) {
  long size = mg_json_get_long(r->frame, "$.params.size", -1);
  s_updating = false;
  if (size <= 0 || size > MAX_SIZE) {
    fail(r, "size");
  } else if (!mg_ota_begin((size_t) size)) {
    fail(r, "mg_ota_begin");
  } else {
    s_updating = true;
    mg_rpc_ok(r, "%d", 0);
  }
}

/* A piece that came before is answered as if it were new: its answer may have been lost. */
static void rpc_write(struct mg_rpc_req *r) {
  long offset = mg_json_get_long(r->frame, "$.params.offset", -1);
  int len = 0;
  char *data = mg_json_get_b64(r->frame, "$.params.data", &len);
  if (!s_updating) {
    fail(r, "ota.begin comes first");
  } else if (data == NULL || len <= 0) {
    fail(r, "data");
  } else if (offset < 0 || (size_t) offset > s_there) {
    fail(r, "offset");
  } else if ((size_t) offset < s_there) {
    mg_rpc_ok(r, "%lu", (unsigned long) s_there);
  } else if (!mg_ota_write(data, (size_t) len)) {
    s_updating = false;
    fail(r, "mg_ota_write");
  } else {
    mg_rpc_ok(r, "%lu", (unsigned long) s_there);
  }
  mg_free(data);
}

static void rpc_end(struct mg_rpc_req *r) {
  uint8_t digest[32];
  char hex[65], *want = mg_json_get_str(r->frame, "$.params.sha256");
  mg_sha256_final(digest, &s_hash);
  print_digest(digest, hex);
  if (!s_updating) {
    fail(r, "ota.begin comes first");
  } else if (want == NULL || strcmp(want, hex) != 0) {
    fail(r, "sha256");
  } else if (!mg_ota_end()) {
    fail(r, "mg_ota_end");
  } else {
    mg_rpc_ok(r, "true");
    printf("%s: %lu bytes, SHA-256 %s\n", g_side.path, (unsigned long) s_size, hex);
    fflush(stdout);
  }
  s_updating = false;
  mg_free(want);
}

static void on_open(struct mg_connection *c) {
  printf("%s: waiting\n", g_side.topic);
  fflush(stdout);
  (void) c;
}

static void on_frame(struct mg_connection *c, struct mg_str frame) {
  struct mg_iobuf io = {NULL, 0, 0, 512};
  struct mg_rpc_req r;
  memset(&r, 0, sizeof(r));
  r.head = &s_methods;
  r.pfn = mg_pfn_iobuf;
  r.pfn_data = &io;
  r.frame = frame;
  mg_rpc_process(&r);
  if (io.len > 0) say(c, mg_str_n((char *) io.buf, io.len));
  mg_iobuf_free(&io);
}

void use_device(void) {
  g_side.hears = "rx";
  g_side.speaks = "tx";
  g_side.on_open = on_open;
  g_side.on_frame = on_frame;
  mg_snprintf(s_part, sizeof(s_part), "%s.part", g_side.path);
  mg_sha256_init(&s_hash);
  mg_rpc_add(&s_methods, mg_str("ota.begin"), rpc_begin, NULL);
  mg_rpc_add(&s_methods, mg_str("ota.write"), rpc_write, NULL);
  mg_rpc_add(&s_methods, mg_str("ota.end"), rpc_end, NULL);
  mg_rpc_add(&s_methods, mg_str("rpc.list"), mg_rpc_list, NULL);
}

void free_device(void) {
  if (s_file != NULL) fclose(s_file);
  remove(s_part);
  mg_rpc_del(&s_methods, NULL);
}
