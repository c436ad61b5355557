/* The protocols over TLS: HTTP, WebSocket and MQTT messages larger than a record, client and server in one manager. */
#include "mongoose.h"

#include "check.h"
#include "tls_certificates.h"

enum { POLLS = 3000, BIG = 40000 };

static char s_big[BIG];

struct result {
  int http_status, ws_opens, mqtt_code;
  size_t body, ws_message, mqtt_message;
  int handshakes, errors;
  bool intact;
};

static void start_tls(struct mg_connection *c) {
  struct mg_tls_opts opts;
  memset(&opts, 0, sizeof(opts));
  if (c->is_client) {
    opts.ca = mg_str(CA_CERT);
    opts.name = mg_str("localhost");
  } else {
    opts.cert = mg_str(SERVER_CERT);
    opts.key = mg_str(SERVER_KEY);
  }
  mg_tls_init(c, &opts);
}

static void server_fn(struct mg_connection *c, int ev, void *ev_data) {
  struct result *r = (struct result *) c->fn_data;
  if (ev == MG_EV_ACCEPT) {
    start_tls(c);
  } else if (ev == MG_EV_ERROR) {
    r->errors++;
  } else if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    if (mg_match(hm->uri, mg_str("/ws"), NULL)) {
      mg_ws_upgrade(c, hm, NULL);
    } else {
      mg_http_reply(c, 200, "", "%.*s", (int) hm->body.len, hm->body.buf);
    }
  } else if (ev == MG_EV_WS_MSG) {
    struct mg_ws_message *wm = (struct mg_ws_message *) ev_data;
    mg_ws_send(c, wm->data.buf, wm->data.len, WEBSOCKET_OP_BINARY);
  }
}

static void http_fn(struct mg_connection *c, int ev, void *ev_data) {
  struct result *r = (struct result *) c->fn_data;
  if (ev == MG_EV_CONNECT) {
    start_tls(c);
    mg_printf(c, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", BIG);
    mg_send(c, s_big, BIG);
  } else if (ev == MG_EV_TLS_HS) {
    r->handshakes++;
  } else if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    r->http_status = mg_http_status(hm);
    r->body = hm->body.len;
    r->intact = hm->body.len == BIG && memcmp(hm->body.buf, s_big, BIG) == 0;
    c->is_draining = 1;
  } else if (ev == MG_EV_ERROR) {
    r->errors++;
  }
}

static void ws_fn(struct mg_connection *c, int ev, void *ev_data) {
  struct result *r = (struct result *) c->fn_data;
  if (ev == MG_EV_WS_OPEN) {
    r->ws_opens++;
    mg_ws_send(c, s_big, BIG, WEBSOCKET_OP_BINARY);
  } else if (ev == MG_EV_WS_MSG) {
    struct mg_ws_message *wm = (struct mg_ws_message *) ev_data;
    r->ws_message = wm->data.len;
    r->intact = wm->data.len == BIG && memcmp(wm->data.buf, s_big, BIG) == 0;
  } else if (ev == MG_EV_TLS_HS) {
    r->handshakes++;
  } else if (ev == MG_EV_ERROR) {
    r->errors++;
  }
}

/* A broker that accepts everybody and sends every message back. */
static void broker_fn(struct mg_connection *c, int ev, void *ev_data) {
  struct result *r = (struct result *) c->fn_data;
  if (ev == MG_EV_ACCEPT) {
    start_tls(c);
  } else if (ev == MG_EV_ERROR) {
    r->errors++;
  } else if (ev == MG_EV_MQTT_CMD) {
    struct mg_mqtt_message *mm = (struct mg_mqtt_message *) ev_data;
    if (mm->cmd == MQTT_CMD_CONNECT) {
      uint8_t ack[] = {0, 0};
      mg_mqtt_send_header(c, MQTT_CMD_CONNACK, 0, sizeof(ack));
      mg_send(c, ack, sizeof(ack));
    } else if (mm->cmd == MQTT_CMD_PUBLISH) {
      struct mg_mqtt_opts pub;
      memset(&pub, 0, sizeof(pub));
      pub.topic = mm->topic;
      pub.message = mm->data;
      mg_mqtt_pub(c, &pub);
    }
  }
}

static void mqtt_fn(struct mg_connection *c, int ev, void *ev_data) {
  struct result *r = (struct result *) c->fn_data;
  if (ev == MG_EV_MQTT_OPEN) {
    struct mg_mqtt_opts pub;
    memset(&pub, 0, sizeof(pub));
    pub.topic = mg_str("big");
    pub.message = mg_str_n(s_big, BIG);
    r->mqtt_code = *(int *) ev_data;
    mg_mqtt_pub(c, &pub);
  } else if (ev == MG_EV_MQTT_MSG) {
    struct mg_mqtt_message *mm = (struct mg_mqtt_message *) ev_data;
    r->mqtt_message = mm->data.len;
    r->intact = mm->data.len == BIG && memcmp(mm->data.buf, s_big, BIG) == 0;
  } else if (ev == MG_EV_TLS_HS) {
    r->handshakes++;
  } else if (ev == MG_EV_ERROR) {
    r->errors++;
  }
}

static void url_of(struct mg_connection *l, const char *scheme, const char *path, char *url, size_t len) {
  CHECK(l != NULL);
  mg_snprintf(url, len, "%s://127.0.0.1:%d%s", scheme, (int) mg_ntohs(l->loc.port), path);
}

static void run(struct mg_mgr *mgr, struct result *r) {
  int i;
  for (i = 0; i < POLLS && !r->intact && r->errors == 0; i++) mg_mgr_poll(mgr, 1);
  CHECK(r->intact && r->errors == 0 && r->handshakes == 1);
}

int main(void) {
  struct mg_mgr mgr;
  struct result r;
  struct mg_connection *c;
  struct mg_mqtt_opts opts;
  char url[80];
  size_t i;
  mg_log_set(MG_LL_ERROR);
  for (i = 0; i < BIG; i++) s_big[i] = (char) ('a' + i % 23);

  mg_mgr_init(&mgr);
  memset(&r, 0, sizeof(r));
  url_of(mg_http_listen(&mgr, "https://127.0.0.1:0", server_fn, &r), "https", "/echo", url, sizeof(url));
  mg_http_connect(&mgr, url, http_fn, &r);
  run(&mgr, &r);
  CHECK(r.http_status == 200 && r.body == BIG);

  memset(&r, 0, sizeof(r));
  url_of(mg_http_listen(&mgr, "wss://127.0.0.1:0", server_fn, &r), "wss", "/ws", url, sizeof(url));
  c = mg_ws_connect(&mgr, url, ws_fn, &r, NULL);
  CHECK(c != NULL && c->is_tls);
  start_tls(c); /* right after connect: the upgrade request waits for the handshake */
  run(&mgr, &r);
  CHECK(r.ws_opens == 1 && r.ws_message == BIG);

  memset(&r, 0, sizeof(r));
  memset(&opts, 0, sizeof(opts));
  opts.clean = true;
  url_of(mg_mqtt_listen(&mgr, "mqtts://127.0.0.1:0", broker_fn, &r), "mqtts", "", url, sizeof(url));
  c = mg_mqtt_connect(&mgr, url, &opts, mqtt_fn, &r);
  start_tls(c);
  run(&mgr, &r);
  CHECK(r.mqtt_code == 0 && r.mqtt_message == BIG);
  mg_mgr_free(&mgr);
  return done();
}
