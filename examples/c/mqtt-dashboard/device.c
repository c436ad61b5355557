/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A device: a lamp, an interval, firmware. On a board mg_ota_* write flash; here they do nothing.
 */
#include "fleet.h"

#define VERSION "1.0.0"

static struct mg_rpc *s_methods;
static bool s_led;
static int s_interval = 5;
static long s_size = -1, s_there; /* update: bytes promised, -1 when there is none; bytes received */

static void tell_status(void) {
  struct mg_iobuf io = {NULL, 0, 0, 256};
  mg_xprintf(mg_pfn_iobuf, &io, "{%m:%m,%m:%m,%m:%s,%m:%d}", MG_ESC("status"), MG_ESC("online"), MG_ESC("version"),
             MG_ESC(VERSION), MG_ESC("led"), s_led ? "true" : "false", MG_ESC("interval"), s_interval);
  publish(g_opts.device, "status", mg_str_n((char *) io.buf, io.len), true);
  mg_iobuf_free(&io);
}

static void rpc_config_set(struct mg_rpc_req *r) {
  long interval = mg_json_get_long(r->frame, "$.params.interval", s_interval);
  if (interval < 1 || interval > 3600) {
    mg_rpc_err(r, -32602, "%m", MG_ESC("interval: 1 to 3600"));
    return;
  }
  mg_json_get_bool(r->frame, "$.params.led", &s_led);
  s_interval = (int) interval;
  mg_rpc_ok(r, "true");
  tell_status();
}

static void rpc_ota_begin(struct mg_rpc_req *r) {
  long size = mg_json_get_long(r->frame, "$.params.size", 0);
  s_size = size > 0 && mg_ota_begin((size_t) size) ? size : -1;
  s_there = 0;
  if (s_size > 0) mg_rpc_ok(r, "%d", 0);
  if (s_size < 0) mg_rpc_err(r, -1, "%m", MG_ESC("cannot begin"));
}

static void rpc_ota_write(struct mg_rpc_req *r) {
  int len = 0;
  char *data = mg_json_get_b64(r->frame, "$.params.data", &len);
  bool fits = data != NULL && len > 0 && mg_json_get_long(r->frame, "$.params.offset", -1) == s_there &&
              s_size - s_there >= len;
  if (fits && mg_ota_write(data, (size_t) len)) {
    s_there += len;
    mg_rpc_ok(r, "%ld", s_there);
  } else {
    mg_rpc_err(r, -1, "%m", MG_ESC("not the next piece"));
  }
  mg_free(data);
}

static void rpc_ota_end(struct mg_rpc_req *r) {
  bool ok = s_size > 0 && s_there == s_size && mg_ota_end();
  if (ok) mg_rpc_ok(r, "true");
  if (!ok) mg_rpc_err(r, -1, "%m", MG_ESC("not whole"));
  s_size = -1;
}

static bool start(struct mg_mgr *mgr) {
  if (strlen(g_opts.device) >= MAX_ID || strpbrk(g_opts.device, "/+#") != NULL || g_opts.device[0] == '\0') {
    fprintf(stderr, "%s: not a name for a device\n", g_opts.device);
    return false;
  }
  mg_rpc_add(&s_methods, mg_str("config.set"), rpc_config_set, NULL);
  mg_rpc_add(&s_methods, mg_str("ota.begin"), rpc_ota_begin, NULL);
  mg_rpc_add(&s_methods, mg_str("ota.write"), rpc_ota_write, NULL);
  mg_rpc_add(&s_methods, mg_str("ota.end"), rpc_ota_end, NULL);
  mg_rpc_add(&s_methods, mg_str("rpc.list"), mg_rpc_list, NULL);
  (void) mgr;
  return true;
}

/* What the broker says when we are gone. */
static void will(struct mg_mqtt_opts *opts) {
  static char topic[256];
  mg_snprintf(topic, sizeof(topic), "%s/%s/status", g_opts.topic, g_opts.device);
  opts->topic = mg_str(topic);
  opts->message = mg_str("{\"status\":\"offline\",\"version\":\"" VERSION "\"}");
  opts->retain = true;
  opts->qos = 1;
}

static void on_broker(void) {
  subscribe(g_opts.device, "rx");
  tell_status();
  printf("%s is online\n", g_opts.device);
  fflush(stdout);
}

static void on_message(struct mg_mgr *mgr, struct mg_str id, struct mg_str what, struct mg_str data) {
  struct mg_iobuf io = {NULL, 0, 0, 256};
  struct mg_rpc_req r;
  memset(&r, 0, sizeof(r));
  r.head = &s_methods;
  r.pfn = mg_pfn_iobuf;
  r.pfn_data = &io;
  r.frame = data;
  mg_rpc_process(&r);
  if (io.len > 0) publish(g_opts.device, "tx", mg_str_n((char *) io.buf, io.len), false);
  mg_iobuf_free(&io);
  (void) mgr, (void) id, (void) what; /* there is one subscription only */
}

static void stop(void) {
  mg_rpc_del(&s_methods, NULL);
}

const struct role g_device = {start, will, on_broker, on_message, stop};
