/* MQTT: bytes of packets, packet ids, parsing, properties, events, acknowledgements, hostile packets. */
#include "iot.h"

/* Options whose unused fields hold garbage, as C callers leave them. */
static struct mg_mqtt_opts garbage(void) {
  struct mg_mqtt_opts opts;
  memset(&opts, 0xa5, sizeof(opts));
  return opts;
}

static struct mg_mqtt_opts login_opts(uint8_t version) {
  struct mg_mqtt_opts opts = garbage();
  opts.user = mg_str("u");
  opts.pass = mg_str("p");
  opts.client_id = mg_str("ab");
  opts.topic = mg_str("w");
  opts.message = mg_str("bye");
  opts.qos = 1;
  opts.version = version;
  opts.keepalive = 60;
  opts.retain = opts.clean = true;
  return opts;
}

static void test_connect_bytes(struct mg_connection *c) {
  struct mg_mqtt_opts opts = login_opts(4);
  struct mg_mqtt_prop prop, will;
  mg_mqtt_login(c, &opts);
  CHECK(queued(c, "10 1c 00 04 4d 51 54 54 04 ee 00 3c 00 02 61 62 00 01 77 00 03 62 79 65 00 01 75 00 01 70"));
  CHECK(!c->is_mqtt5);

  memset(&prop, 0xa5, sizeof(prop));
  will = prop;
  prop.id = MQTT_PROP_SESSION_EXPIRY_INTERVAL, prop.iv = 300;
  will.id = MQTT_PROP_WILL_DELAY_INTERVAL, will.iv = 5;
  opts = login_opts(5);
  opts.props = &prop, opts.num_props = 1;
  opts.will_props = &will, opts.num_will_props = 1;
  mg_mqtt_login(c, &opts);
  CHECK(c->is_mqtt5);
  CHECK(queued(c, "10 28 00 04 4d 51 54 54 05 ee 00 3c 05 11 00 00 01 2c 00 02 61 62 05 18 00 00 00 05 00 01 77"
                  "00 03 62 79 65 00 01 75 00 01 70"));

  /* No will: neither its QoS nor its retain flag. No user: no password in 3.1.1. */
  memset(&opts, 0, sizeof(opts));
  opts.qos = 2, opts.retain = true, opts.pass = mg_str("p"), opts.client_id = mg_str("c");
  mg_mqtt_login(c, &opts);
  CHECK(!c->is_mqtt5);
  CHECK(queued(c, "10 0d 00 04 4d 51 54 54 04 00 00 00 00 01 63"));

  /* A random client id. */
  mg_mqtt_login(c, NULL);
  CHECK(c->send.len == 2 + 12 + 19 && c->send.buf[13] == 19 && isalnum(c->send.buf[14]));
  mg_iobuf_del(&c->send, 0, c->send.len);
}

static void test_other_bytes(struct mg_connection *c) {
  struct mg_mqtt_opts opts = garbage();
  struct mg_mqtt_prop props[2];
  char *big = (char *) calloc(1, 70000);
  c->mgr->mqtt_id = 65534;
  opts.topic = mg_str("t/x"), opts.message = mg_str("hi"), opts.qos = 1, opts.retain = false, opts.retransmit_id = 0;
  CHECK(mg_mqtt_pub(c, &opts) == 65535);
  CHECK(mg_mqtt_pub(c, &opts) == 1); /* 0 is no id */
  CHECK(queued(c, "32 09 00 03 74 2f 78 ff ff 68 69 32 09 00 03 74 2f 78 00 01 68 69"));
  opts.qos = 2, opts.retain = true, opts.retransmit_id = 6;
  CHECK(mg_mqtt_pub(c, &opts) == 6 && c->mgr->mqtt_id == 1);
  CHECK(queued(c, "3d 09 00 03 74 2f 78 00 06 68 69"));
  opts.qos = 0, opts.retain = false;
  CHECK(mg_mqtt_pub(c, &opts) == 6);
  CHECK(queued(c, "30 07 00 03 74 2f 78 68 69"));
  opts.qos = 1;
  mg_mqtt_sub(c, &opts);
  CHECK(queued(c, "82 08 00 02 00 03 74 2f 78 01"));
  mg_mqtt_unsub(c, &opts);
  CHECK(queued(c, "a2 07 00 03 00 03 74 2f 78"));
  mg_mqtt_ping(c);
  mg_mqtt_pong(c);
  mg_mqtt_disconnect(c, NULL);
  mg_mqtt_send_header(c, MQTT_CMD_SUBACK, 0, 300);
  CHECK(queued(c, "c0 00 d0 00 e0 00 90 ac 02"));

  c->is_mqtt5 = 1;
  memset(props, 0xa5, sizeof(props));
  props[0].id = MQTT_PROP_CONTENT_TYPE, props[0].val = mg_str("j");
  props[1].id = MQTT_PROP_USER_PROPERTY, props[1].key = mg_str("k"), props[1].val = mg_str("");
  opts.props = props, opts.num_props = 2, opts.retransmit_id = 0;
  mg_mqtt_pub(c, &opts);
  CHECK(queued(c, "32 14 00 03 74 2f 78 00 04 0a 03 00 01 6a 26 00 01 6b 00 00 68 69"));
  opts.num_props = 0;
  mg_mqtt_sub(c, &opts);
  CHECK(queued(c, "82 09 00 05 00 00 03 74 2f 78 01"));
  mg_mqtt_disconnect(c, NULL);
  CHECK(queued(c, "e0 02 00 00"));
  c->is_mqtt5 = 0;

  /* What cannot be written is refused, not cut. */
  opts.topic = mg_str_n(big, 70000);
  mg_mqtt_sub(c, &opts);
  CHECK(c->send.len == 0 && c->is_closing);
  c->is_closing = 0;
  free(big);
}

static int parse(const char *hex, uint8_t version, struct mg_mqtt_message *m) {
  static unsigned char buf[256];
  size_t n = unhex(hex, buf);
  int result = mg_mqtt_parse(buf, n, version, m);
  CHECK(m->dgram.buf == (char *) buf);
  return result;
}

static void test_parse(void) {
  struct mg_mqtt_message m;
  struct mg_mqtt_prop prop;
  size_t ofs;
  CHECK(mg_mqtt_parse(NULL, 0, 4, &m) == MQTT_INCOMPLETE && m.cmd == 0);
  CHECK(parse("30", 4, &m) == MQTT_INCOMPLETE && m.cmd == 0);
  CHECK(parse("30 05 00 01 74 41", 4, &m) == MQTT_INCOMPLETE);
  CHECK(parse("30 ff ff ff ff 7f", 4, &m) == MQTT_MALFORMED);
  CHECK(parse("36 09 00 03 74 2f 78 00 07 68 69 ee", 4, &m) == MQTT_OK);
  CHECK(m.qos == 3 && m.id == 7 && m.dgram.len == 11);
  CHECK(mg_strcmp(m.topic, mg_str("t/x")) == 0 && mg_strcmp(m.data, mg_str("hi")) == 0);
  CHECK(parse("20 02 01 05", 4, &m) == MQTT_OK && m.ack == 5);
  CHECK(parse("20 01 01", 4, &m) == MQTT_MALFORMED);
  CHECK(parse("90 03 00 09 01", 4, &m) == MQTT_OK && m.id == 9);
  CHECK(parse("f0 00", 4, &m) == MQTT_OK && m.cmd == 15 && m.topic.len == 0);
  CHECK(parse("30 04 00 10 61 62", 4, &m) == MQTT_MALFORMED);
  CHECK(parse("30 05 00 01 74 00 41", 5, &m) == MQTT_OK && m.data.len == 1 && m.data.buf[0] == 'A');

  CHECK(parse("30 12 00 01 74 0d 01 01 26 00 01 6b 00 01 76 23 00 07 7f 41", 5, &m) == MQTT_OK);
  CHECK(m.props_start == 6 && m.props_size == 13 && m.data.len == 1);
  ofs = mg_mqtt_next_prop(&m, &prop, 0);
  CHECK(ofs == 2 && prop.id == MQTT_PROP_PAYLOAD_FORMAT_INDICATOR && prop.iv == 1);
  ofs = mg_mqtt_next_prop(&m, &prop, ofs);
  CHECK(ofs == 9 && prop.key.len == 1 && prop.key.buf[0] == 'k' && prop.val.buf[0] == 'v' && prop.iv == 0);
  ofs = mg_mqtt_next_prop(&m, &prop, ofs);
  CHECK(ofs == 12 && prop.iv == 7);
  CHECK(mg_mqtt_next_prop(&m, &prop, ofs) == 0); /* unknown id */
  m.props_size = 1000;
  CHECK(mg_mqtt_next_prop(&m, &prop, 0) == 0);
  m.props_start = (size_t) -1;
  CHECK(mg_mqtt_next_prop(&m, &prop, 0) == 0);
}

/* What a handler has seen, and the server's answers. */
struct seen {
  char text[1024];
  struct mg_connection *c;
  int closes;
  bool answer;
};

static void add(struct seen *s, const char *fmt, ...) {
  size_t n = strlen(s->text);
  va_list ap;
  va_start(ap, fmt);
  vsnprintf(s->text + n, sizeof(s->text) - n, fmt, ap);
  va_end(ap);
}

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  struct seen *s = (struct seen *) c->fn_data;
  struct mg_mqtt_message *m = (struct mg_mqtt_message *) ev_data;
  if (ev == MG_EV_ACCEPT || ev == MG_EV_CONNECT) s->c = c;
  if (ev == MG_EV_ERROR) add(s, "ERROR ");
  if (ev == MG_EV_MQTT_OPEN) {
    CHECK(*(int *) ev_data == *(uint8_t *) ev_data);
    add(s, "OPEN %d ", *(int *) ev_data);
  }
  if (ev == MG_EV_MQTT_MSG) {
    add(s, "MSG %.*s=%.*s(%lu) ", (int) m->topic.len, m->topic.buf, (int) m->data.len, m->data.buf,
        (unsigned long) c->send.len);
  }
  if (ev == MG_EV_MQTT_CMD) {
    add(s, "CMD %d/%u ", m->cmd, (unsigned) m->id);
    if (s->answer && m->cmd == MQTT_CMD_CONNECT) {
      c->is_mqtt5 = m->dgram.buf[8] == 5;
      mg_mqtt_send_header(c, MQTT_CMD_CONNACK, 0, c->is_mqtt5 ? 3 : 2);
      mg_send(c, "\0\0\0", c->is_mqtt5 ? 3 : 2);
    }
  }
  if (ev == MG_EV_CLOSE && s->c == c) s->closes++, s->c = NULL;
}

/* Client and server of our own: every QoS in both versions. */
static void test_exchange(uint8_t version) {
  struct mg_mgr mgr;
  struct seen server, client;
  struct mg_connection *listener, *c;
  struct mg_mqtt_opts opts;
  memset(&server, 0, sizeof(server));
  memset(&client, 0, sizeof(client));
  server.answer = true;
  mg_mgr_init(&mgr);
  listener = mg_mqtt_listen(&mgr, "mqtt://127.0.0.1:0", fn, &server);
  CHECK(listener != NULL);
  memset(&opts, 0, sizeof(opts));
  opts.version = version;
  c = mg_mqtt_connect(&mgr, url_of(listener, "mqtt"), &opts, fn, &client);
  CHECK(c != NULL && c->send.len > 0);
  UNTIL(&mgr, strcmp(client.text, "OPEN 0 CMD 2/0 ") == 0);
  CHECK(strcmp(server.text, "CMD 1/0 ") == 0);
  client.text[0] = server.text[0] = '\0';
  opts.topic = mg_str("a"), opts.message = mg_str("x");
  for (opts.qos = 0; opts.qos < 3; opts.qos++) {
    CHECK(mg_mqtt_pub(c, &opts) == opts.qos);
  }
  UNTIL(&mgr, strstr(client.text, "CMD 7/2 ") != NULL);
  CHECK(strcmp(client.text, "CMD 4/1 CMD 5/2 CMD 7/2 ") == 0);
  CHECK(strcmp(server.text, version == 5 ? "MSG a=x(0) CMD 3/0 MSG a=x(6) CMD 3/1 MSG a=x(12) CMD 3/2 CMD 6/2 "
                                         : "MSG a=x(0) CMD 3/0 MSG a=x(4) CMD 3/1 MSG a=x(8) CMD 3/2 CMD 6/2 ") == 0);
  mg_mqtt_disconnect(c, NULL);
  c->is_draining = 1;
  UNTIL(&mgr, client.closes == 1 && server.closes == 1);
  mg_mgr_free(&mgr);
}

static void test_refused(void) {
  struct mg_mgr mgr;
  struct seen server, client;
  struct mg_connection *listener;
  memset(&server, 0, sizeof(server));
  memset(&client, 0, sizeof(client));
  mg_mgr_init(&mgr);
  listener = mg_mqtt_listen(&mgr, "mqtt://127.0.0.1:0", fn, &server);
  CHECK(mg_mqtt_connect(&mgr, "", NULL, fn, &client) == NULL);
  CHECK(mg_mqtt_connect(&mgr, url_of(listener, "tcp"), NULL, fn, &client) != NULL);
  UNTIL(&mgr, server.text[0] != '\0');
  /* Refused; what is queued behind the refusal is not looked at. */
  mg_send(server.c, "\x20\x02\x00\x05\xd0\x00", 6);
  UNTIL(&mgr, client.closes == 1);
  CHECK(strcmp(client.text, "OPEN 5 CMD 2/0 ") == 0);
  mg_mgr_free(&mgr);
}

/* Bytes of a peer that obeys nothing. */
static void test_hostile(void) {
  static const char *const bad[] = {
      "36 05 00 01 74 00 01",          /* QoS 3 */
      "32 05 00 01 74 00 00",          /* id 0 */
      "30 04 00 10 61 62",             /* topic runs out of the packet */
      "30 03 00 01 23",                /* wildcard as topic */
      "82 02 00 01",                   /* no filter */
      "82 05 00 01 00 01 61",          /* no QoS */
      "80 06 00 01 00 01 61 00",       /* flags */
      "30 ff ff ff ff 7f",             /* five length bytes */
      "30 85 00 00 01 74 41 41",       /* length in more bytes than it takes */
      "30 ff ff ff 7f",                /* longer than a connection may hold */
  };
  struct mg_mgr mgr;
  struct seen server;
  struct mg_connection *listener;
  size_t i;
  mg_mgr_init(&mgr);
  listener = mg_mqtt_listen(&mgr, "mqtt://127.0.0.1:0", fn, &server);
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    int fd;
    memset(&server, 0, sizeof(server));
    fd = peer_connect(listener);
    peer_send(fd, "c0 00");
    peer_send(fd, bad[i]);
    CHECK(peer_closed(&mgr, fd));
    CHECK(server.closes == 1);
    CHECK(strcmp(server.text, "CMD 12/0 ERROR ") == 0);
    close(fd);
  }
  mg_mgr_free(&mgr);
}

/* The same events however the stream is cut. */
static void test_split(void) {
  const char *hex = "32 07 00 01 74 00 05 68 69 c0 00 34 05 00 01 74 00 06 62 02 00 06";
  const char *events = "MSG t=hi(4) CMD 3/5 CMD 12/0 MSG t=(4) CMD 3/6 CMD 6/6 ";
  unsigned char stream[64], reply[64];
  size_t n = unhex(hex, stream), cut;
  struct mg_mgr mgr;
  struct seen server;
  struct mg_connection *listener;
  mg_mgr_init(&mgr);
  listener = mg_mqtt_listen(&mgr, "mqtt://127.0.0.1:0", fn, &server);
  for (cut = 0; cut < n; cut++) {
    int fd;
    memset(&server, 0, sizeof(server));
    fd = peer_connect(listener);
    CHECK(send(fd, stream, cut, 0) == (ssize_t) cut);
    UNTIL(&mgr, server.c != NULL);
    mg_mgr_poll(&mgr, 1);
    CHECK(send(fd, stream + cut, n - cut, 0) == (ssize_t) (n - cut));
    CHECK(peer_recv(&mgr, fd, reply, 12) == 12);
    CHECK(same(reply, 12, "40 02 00 05 50 02 00 06 70 02 00 06"));
    if (cut == 0) CHECK(strcmp(server.text, "MSG t=hi(4) CMD 3/5 CMD 12/0 MSG t=(8) CMD 3/6 CMD 6/6 ") == 0);
    if (cut == 11) CHECK(strcmp(server.text, events) == 0);
    close(fd);
    UNTIL(&mgr, server.closes == 1);
  }
  mg_mgr_free(&mgr);
}

int main(void) {
  struct mg_mgr mgr;
  struct mg_connection *c;
  mg_log_set(MG_LL_NONE);
  mg_mgr_init(&mgr);
  c = mg_listen(&mgr, "tcp://127.0.0.1:0", NULL, NULL);
  CHECK(c != NULL);
  test_connect_bytes(c);
  test_other_bytes(c);
  mg_mgr_free(&mgr);
  test_parse();
  test_exchange(4);
  test_exchange(5);
  test_refused();
  test_hostile();
  test_split();
  return done();
}
