/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The updater: sends a file, a piece at a time.
 */
#include "ota.h"

static struct mg_str s_firmware;
static size_t s_sent;
static long s_id; /* number of the request that waits for its answer */

/* Begin, pieces, end: what comes next. */
static void next(struct mg_connection *c) {
  struct mg_iobuf io = {NULL, 0, 0, PIECE};
  size_t len = s_firmware.len - s_sent < PIECE ? s_firmware.len - s_sent : PIECE;
  s_id++;
  if (s_id == 1) {
    mg_xprintf(mg_pfn_iobuf, &io, "{%m:%ld,%m:%m,%m:{%m:%lu}}", MG_ESC("id"), s_id, MG_ESC("method"),
               MG_ESC("ota.begin"), MG_ESC("params"), MG_ESC("size"), (unsigned long) s_firmware.len);
  } else if (len > 0) {
    mg_xprintf(mg_pfn_iobuf, &io, "{%m:%ld,%m:%m,%m:{%m:%lu,%m:%m}}", MG_ESC("id"), s_id, MG_ESC("method"),
               MG_ESC("ota.write"), MG_ESC("params"), MG_ESC("offset"), (unsigned long) s_sent, MG_ESC("data"),
               mg_print_base64, len, s_firmware.buf + s_sent);
    s_sent += len;
  } else {
    uint8_t digest[32];
    char hex[65];
    mg_sha256(digest, (uint8_t *) s_firmware.buf, s_firmware.len);
    print_digest(digest, hex);
    mg_xprintf(mg_pfn_iobuf, &io, "{%m:%ld,%m:%m,%m:{%m:%m}}", MG_ESC("id"), s_id, MG_ESC("method"), MG_ESC("ota.end"),
               MG_ESC("params"), MG_ESC("sha256"), MG_ESC(hex));
  }
  say(c, mg_str_n((char *) io.buf, io.len));
  mg_iobuf_free(&io);
}

/* Also after a connection was lost: from the beginning. */
static void on_open(struct mg_connection *c) {
  s_id = 0;
  s_sent = 0;
  next(c);
}

static void on_frame(struct mg_connection *c, struct mg_str frame) {
  char *error = mg_json_get_str(frame, "$.error.message");
  if (mg_json_get_long(frame, "$.id", -1) == s_id) {
    bool was_last = s_id > 1 && mg_json_get(frame, "$.result", NULL) >= 0 &&
                    mg_strcmp(mg_json_get_tok(frame, "$.result"), mg_str("true")) == 0;
    if (mg_json_get(frame, "$.error", NULL) >= 0) {
      fprintf(stderr, "refused: %s\n", error != NULL ? error : "?");
      g_side.done = g_side.failed = true;
    } else if (was_last) {
      printf("%s: sent, %lu bytes\n", g_side.path, (unsigned long) s_firmware.len);
      g_side.done = true;
    } else {
      next(c);
    }
  }
  mg_free(error);
}

void use_updater(void) {
  g_side.hears = "tx";
  g_side.speaks = "rx";
  g_side.on_open = on_open;
  g_side.on_frame = on_frame;
  s_firmware = mg_file_read(&mg_fs_posix, g_side.path);
  if (s_firmware.len == 0) {
    fprintf(stderr, "%s: cannot be read, or empty\n", g_side.path);
    g_side.done = g_side.failed = true;
  }
}

void free_updater(void) {
  mg_free(s_firmware.buf);
}
