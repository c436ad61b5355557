/* MQTT packets inside WebSocket frames that end where they like. */
#include "iot.h"

static struct mg_iobuf s_server_in = {NULL, 0, 0, 64}, s_client_in = {NULL, 0, 0, 64};
static char s_log[256];
static bool s_done;

static void reply(struct mg_connection *c, const void *buf, size_t len) {
  size_t i; /* one byte per frame */
  for (i = 0; i < len; i++) mg_ws_send(c, (const char *) buf + i, 1, WEBSOCKET_OP_BINARY);
}

static void packets(struct mg_connection *c, struct mg_iobuf *io, struct mg_ws_message *wm) {
  struct mg_mqtt_message mm;
  int rc;
  mg_iobuf_add(io, io->len, wm->data.buf, wm->data.len);
  while ((rc = mg_mqtt_parse(io->buf, io->len, 4, &mm)) == MQTT_OK) {
    size_t n = strlen(s_log);
    snprintf(s_log + n, sizeof(s_log) - n, "%c%d ", c->is_client ? 'c' : 's', mm.cmd);
    if (mm.cmd == MQTT_CMD_CONNECT) reply(c, "\x20\x02\x00\x00", 4);
    if (mm.cmd == MQTT_CMD_PUBLISH && c->is_accepted) reply(c, mm.dgram.buf, mm.dgram.len);
    if (mm.cmd == MQTT_CMD_PUBLISH && c->is_client) s_done = mg_strcmp(mm.data, mg_str("payload")) == 0;
    if (mm.cmd == MQTT_CMD_CONNACK) {
      struct mg_mqtt_opts opts;
      size_t start = c->send.len;
      memset(&opts, 0, sizeof(opts));
      opts.topic = mg_str("t"), opts.message = mg_str("payload");
      mg_mqtt_ping(c);
      mg_mqtt_pub(c, &opts);
      CHECK(mg_ws_wrap(c, c->send.len - start, WEBSOCKET_OP_BINARY) == c->send.len);
    }
    mg_iobuf_del(io, 0, mm.dgram.len);
  }
  CHECK(rc == MQTT_INCOMPLETE);
}

static void on_server(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) mg_ws_upgrade(c, (struct mg_http_message *) ev_data, "Sec-WebSocket-Protocol: mqtt\r\n");
  if (ev == MG_EV_WS_MSG) packets(c, &s_server_in, (struct mg_ws_message *) ev_data);
}

static void on_client(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_WS_OPEN) {
    size_t start = c->send.len;
    mg_mqtt_login(c, NULL);
    mg_ws_wrap(c, c->send.len - start, WEBSOCKET_OP_BINARY);
  }
  if (ev == MG_EV_WS_MSG) packets(c, &s_client_in, (struct mg_ws_message *) ev_data);
}

int main(void) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  mg_log_set(MG_LL_NONE);
  mg_mgr_init(&mgr);
  listener = mg_http_listen(&mgr, "http://127.0.0.1:0", on_server, NULL);
  CHECK(mg_ws_connect(&mgr, url_of(listener, "ws"), on_client, NULL, "Sec-WebSocket-Protocol: mqtt\r\n") != NULL);
  UNTIL(&mgr, s_done);
  CHECK(strcmp(s_log, "s1 c2 s12 s3 c3 ") == 0);
  mg_mgr_free(&mgr);
  mg_iobuf_free(&s_server_in);
  mg_iobuf_free(&s_client_in);
  return done();
}
