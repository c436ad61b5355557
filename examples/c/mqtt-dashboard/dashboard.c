/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The dashboard: what is known of each device, told to browsers.
 *   GET    /api/devices             all of them
 *   GET    /api/watch               WebSocket: a device as JSON whenever something about it changes
 *   POST   /api/devices/ID/config   {"led":BOOL,"interval":SECONDS}, passed on to the device
 *   POST   /api/devices/ID/update   new firmware, the bytes of it
 *   DELETE /api/devices/ID          forget a device that will not come back
 * Every other URI is a file of the web directory.
 */
#include "fleet.h"

#define JSON "Content-Type: application/json\r\n"
#define MAX_DEVICES 100
#define PIECE 1024 /* bytes of firmware in a request */

struct device {
  char id[MAX_ID], status[16], version[32];
  bool led;
  long interval;
  struct mg_str firmware; /* while an update goes on */
  size_t sent;
  long request; /* number of the request that waits for its answer */
  char update[64];
};

static struct device s_devices[MAX_DEVICES];

/* The device with this name; an empty name is a free place. */
static struct device *find(struct mg_str id) {
  size_t i;
  for (i = 0; i < MAX_DEVICES; i++) {
    if (mg_strcmp(mg_str(s_devices[i].id), id) == 0) return &s_devices[i];
  }
  return NULL;
}

static size_t print_device(mg_pfn_t out, void *arg, va_list *ap) {
  struct device *d = va_arg(*ap, struct device *);
  return mg_xprintf(out, arg, "{%m:%m,%m:%m,%m:%m,%m:%s,%m:%ld,%m:%m}", MG_ESC("id"), MG_ESC(d->id), MG_ESC("status"),
                    MG_ESC(d->status), MG_ESC("version"), MG_ESC(d->version), MG_ESC("led"), d->led ? "true" : "false",
                    MG_ESC("interval"), d->interval, MG_ESC("update"), MG_ESC(d->update));
}

static size_t print_devices(mg_pfn_t out, void *arg, va_list *ap) {
  size_t i, written = 0;
  const char *comma = "";
  (void) ap;
  for (i = 0; i < MAX_DEVICES; i++) {
    if (s_devices[i].id[0] == '\0') continue;
    written += mg_xprintf(out, arg, "%s%M", comma, print_device, &s_devices[i]);
    comma = ",";
  }
  return written;
}

static void tell(struct mg_mgr *mgr, struct device *d) {
  struct mg_connection *c;
  for (c = mgr->conns; c != NULL; c = c->next) {
    if (c->is_websocket) mg_ws_printf(c, WEBSOCKET_OP_TEXT, "%M", print_device, d);
  }
}

static void copy(char *to, size_t len, struct mg_str json, const char *path) {
  char *s = mg_json_get_str(json, path);
  mg_snprintf(to, len, "%s", s != NULL ? s : "?");
  mg_free(s);
}

static void end_update(struct device *d, const char *result) {
  mg_free(d->firmware.buf);
  d->firmware = mg_str_n(NULL, 0);
  mg_snprintf(d->update, sizeof(d->update), "%s", result);
}

static void on_status(struct mg_mgr *mgr, struct mg_str id, struct mg_str data) {
  struct device *d = find(id);
  if (data.len == 0) return; /* forgotten */
  if (d == NULL && (d = find(mg_str(""))) == NULL) return;
  mg_snprintf(d->id, sizeof(d->id), "%.*s", (int) id.len, id.buf);
  copy(d->status, sizeof(d->status), data, "$.status");
  copy(d->version, sizeof(d->version), data, "$.version");
  mg_json_get_bool(data, "$.led", &d->led);
  d->interval = mg_json_get_long(data, "$.interval", d->interval);
  if (d->firmware.len > 0 && strcmp(d->status, "online") != 0) end_update(d, "device went away");
  tell(mgr, d);
}

/* Begin, pieces, end: the next request of an update. */
static void next(struct device *d) {
  struct mg_iobuf io = {NULL, 0, 0, PIECE};
  size_t len = d->firmware.len - d->sent < PIECE ? d->firmware.len - d->sent : PIECE;
  mg_xprintf(mg_pfn_iobuf, &io, "{%m:%ld,", MG_ESC("id"), ++d->request);
  if (d->request == 1) {
    mg_xprintf(mg_pfn_iobuf, &io, "%m:%m,%m:{%m:%lu}}", MG_ESC("method"), MG_ESC("ota.begin"), MG_ESC("params"),
               MG_ESC("size"), (unsigned long) d->firmware.len);
  } else if (len > 0) {
    mg_xprintf(mg_pfn_iobuf, &io, "%m:%m,%m:{%m:%lu,%m:%m}}", MG_ESC("method"), MG_ESC("ota.write"), MG_ESC("params"),
               MG_ESC("offset"), (unsigned long) d->sent, MG_ESC("data"), mg_print_base64, len,
               d->firmware.buf + d->sent);
    d->sent += len;
  } else {
    mg_xprintf(mg_pfn_iobuf, &io, "%m:%m}", MG_ESC("method"), MG_ESC("ota.end"));
  }
  publish(d->id, "rx", mg_str_n((char *) io.buf, io.len), false);
  mg_iobuf_free(&io);
  mg_snprintf(d->update, sizeof(d->update), "%lu of %lu bytes", (unsigned long) d->sent,
              (unsigned long) d->firmware.len);
}

static void on_answer(struct mg_mgr *mgr, struct mg_str id, struct mg_str data) {
  struct device *d = find(id);
  if (d == NULL || d->firmware.len == 0 || mg_json_get_long(data, "$.id", -1) != d->request) return;
  if (mg_json_get(data, "$.error", NULL) >= 0) {
    char why[48];
    copy(why, sizeof(why), data, "$.error.message");
    end_update(d, why);
  } else if (mg_strcmp(mg_json_get_tok(data, "$.result"), mg_str("true")) == 0) {
    end_update(d, "done");
  } else {
    next(d);
  }
  tell(mgr, d);
}

static void on_message(struct mg_mgr *mgr, struct mg_str id, struct mg_str what, struct mg_str data) {
  if (mg_strcmp(what, mg_str("status")) == 0) on_status(mgr, id, data);
  if (mg_strcmp(what, mg_str("tx")) == 0) on_answer(mgr, id, data);
}

/* Only what is understood is passed on. */
static void configure(struct mg_connection *c, struct device *d, struct mg_str body) {
  bool led = d->led;
  long interval = mg_json_get_long(body, "$.interval", d->interval);
  struct mg_iobuf io = {NULL, 0, 0, 256};
  mg_json_get_bool(body, "$.led", &led);
  mg_xprintf(mg_pfn_iobuf, &io, "{%m:%d,%m:%m,%m:{%m:%s,%m:%ld}}", MG_ESC("id"), 0, MG_ESC("method"),
             MG_ESC("config.set"), MG_ESC("params"), MG_ESC("led"), led ? "true" : "false", MG_ESC("interval"), interval);
  publish(d->id, "rx", mg_str_n((char *) io.buf, io.len), false);
  mg_iobuf_free(&io);
  mg_http_reply(c, 202, JSON, "true\n");
}

static void update(struct mg_connection *c, struct device *d, struct mg_str body) {
  if (body.len == 0 || d->firmware.len > 0) {
    mg_http_reply(c, 409, JSON, "{%m:%m}\n", MG_ESC("error"),
                  MG_ESC(body.len == 0 ? "firmware is empty" : "an update goes on"));
    return;
  }
  d->firmware = mg_strdup(body);
  d->sent = 0;
  d->request = 0;
  next(d);
  mg_http_reply(c, 202, JSON, "true\n");
}

static void on_device(struct mg_connection *c, struct mg_http_message *hm, struct mg_str id, struct mg_str action) {
  struct device *d = id.len > 0 ? find(id) : NULL;
  bool is_post = mg_strcmp(hm->method, mg_str("POST")) == 0;
  if (d == NULL) {
    mg_http_reply(c, 404, JSON, "{%m:%m}\n", MG_ESC("error"), MG_ESC("there is no such device"));
  } else if (g_broker == NULL) {
    mg_http_reply(c, 503, JSON, "{%m:%m}\n", MG_ESC("error"), MG_ESC("there is no broker"));
  } else if (is_post && mg_strcmp(action, mg_str("config")) == 0) {
    configure(c, d, hm->body);
  } else if (is_post && mg_strcmp(action, mg_str("update")) == 0) {
    update(c, d, hm->body);
  } else if (action.len == 0 && mg_strcmp(hm->method, mg_str("DELETE")) == 0) {
    publish(d->id, "status", mg_str(""), true); /* the broker forgets it, too */
    end_update(d, "");
    memset(d, 0, sizeof(*d));
    mg_http_reply(c, 204, "", "%s", "");
  } else {
    mg_http_reply(c, 405, "", "%s", "");
  }
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    struct mg_str caps[3];
    if (mg_match(hm->uri, mg_str("/api/devices"), NULL)) {
      mg_http_reply(c, 200, JSON, "[%M]\n", print_devices);
    } else if (mg_match(hm->uri, mg_str("/api/devices/*/*"), caps)) {
      on_device(c, hm, caps[0], caps[1]);
    } else if (mg_match(hm->uri, mg_str("/api/devices/*"), caps)) {
      on_device(c, hm, caps[0], mg_str(""));
    } else if (mg_match(hm->uri, mg_str("/api/watch"), NULL)) {
      mg_ws_upgrade(c, hm, NULL);
    } else {
      struct mg_http_serve_opts opts;
      memset(&opts, 0, sizeof(opts));
      opts.root_dir = g_opts.root;
      mg_http_serve_dir(c, hm, &opts);
    }
  }
}

static bool start(struct mg_mgr *mgr) {
  struct mg_connection *listener;
  char url[64];
  mg_snprintf(url, sizeof(url), "http://127.0.0.1:%s", g_opts.port);
  listener = mg_http_listen(mgr, url, on_event, NULL);
  if (listener == NULL) return false;
  printf("http://127.0.0.1:%hu\n", mg_ntohs(listener->loc.port));
  fflush(stdout);
  return true;
}

static void on_broker(void) {
  subscribe("+", "status");
  subscribe("+", "tx");
}

static void stop(void) {
  size_t i;
  for (i = 0; i < MAX_DEVICES; i++) mg_free(s_devices[i].firmware.buf);
}

const struct role g_dashboard = {start, NULL, on_broker, on_message, stop};
