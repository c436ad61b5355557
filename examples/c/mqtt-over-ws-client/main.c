/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * An MQTT client inside WebSocket frames: subscribes, publishes one message, prints what comes back, ends.
 *
 * Usage: mqtt-over-ws-client [URL [TOPIC [MESSAGE]]]   (default ws://127.0.0.1:8080/mqtt vansire/ws hi)
 */
#include "mongoose.h"

static const char *s_url = "ws://127.0.0.1:8080/mqtt", *s_topic = "vansire/ws", *s_message = "hi";
static int s_status = -1;
static struct mg_iobuf s_stream = {NULL, 0, 0, 512}; /* MQTT bytes: frames need not end where packets do */

/* Puts what the MQTT builders have queued since `start` into one frame. */
static void wrap(struct mg_connection *c, size_t start) {
  mg_ws_wrap(c, c->send.len - start, WEBSOCKET_OP_BINARY);
}

static void on_packet(struct mg_connection *c, struct mg_mqtt_message *mm) {
  struct mg_mqtt_opts opts;
  size_t start = c->send.len;
  memset(&opts, 0, sizeof(opts));
  opts.topic = mg_str(s_topic);
  if (mm->cmd == MQTT_CMD_CONNACK && mm->ack != 0) {
    mg_error(c, "refused, code %d", mm->ack);
  } else if (mm->cmd == MQTT_CMD_CONNACK) {
    mg_mqtt_sub(c, &opts);
    wrap(c, start);
  } else if (mm->cmd == MQTT_CMD_SUBACK) {
    opts.message = mg_str(s_message);
    mg_mqtt_pub(c, &opts);
    wrap(c, start);
  } else if (mm->cmd == MQTT_CMD_PUBLISH) {
    printf("%.*s %.*s\n", (int) mm->topic.len, mm->topic.buf, (int) mm->data.len, mm->data.buf);
    mg_mqtt_disconnect(c, NULL);
    wrap(c, start);
    c->is_draining = 1;
    s_status = EXIT_SUCCESS;
  }
}

static void on_data(struct mg_connection *c, struct mg_str data) {
  struct mg_mqtt_message mm;
  int rc;
  mg_iobuf_add(&s_stream, s_stream.len, data.buf, data.len);
  while ((rc = mg_mqtt_parse(s_stream.buf, s_stream.len, 4, &mm)) == MQTT_OK) {
    on_packet(c, &mm);
    mg_iobuf_del(&s_stream, 0, mm.dgram.len);
  }
  if (rc == MQTT_MALFORMED) mg_error(c, "malformed packet");
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_WS_OPEN) {
    struct mg_mqtt_opts opts;
    size_t start = c->send.len;
    memset(&opts, 0, sizeof(opts));
    opts.clean = true;
    mg_mqtt_login(c, &opts);
    wrap(c, start);
  } else if (ev == MG_EV_WS_MSG) {
    on_data(c, ((struct mg_ws_message *) ev_data)->data);
  } else if (ev == MG_EV_ERROR) {
    fprintf(stderr, "%s: %s\n", s_url, (char *) ev_data);
  } else if (ev == MG_EV_CLOSE && s_status < 0) {
    s_status = EXIT_FAILURE;
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  if (argc > 1) s_url = argv[1];
  if (argc > 2) s_topic = argv[2];
  if (argc > 3) s_message = argv[3];
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  if (mg_ws_connect(&mgr, s_url, on_event, NULL, "Sec-WebSocket-Protocol: mqtt\r\n") == NULL) return EXIT_FAILURE;
  while (s_status < 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_poll(&mgr, 100);
  mg_mgr_free(&mgr);
  mg_iobuf_free(&s_stream);
  return s_status;
}
