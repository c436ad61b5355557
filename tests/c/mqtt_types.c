/* MQTT: every property and every packet type, in both versions, as programs and handlers see them. modes: c++ */
#include "iot.h"

static const struct {
  uint8_t id, type;
} s_props[] = {
    {0x01, MQTT_PROP_TYPE_BYTE},         {0x02, MQTT_PROP_TYPE_INT},   {0x03, MQTT_PROP_TYPE_STRING},
    {0x08, MQTT_PROP_TYPE_STRING},       {0x09, MQTT_PROP_TYPE_BINARY_DATA}, {0x0b, MQTT_PROP_TYPE_VARIABLE_INT},
    {0x11, MQTT_PROP_TYPE_INT},          {0x12, MQTT_PROP_TYPE_STRING}, {0x13, MQTT_PROP_TYPE_SHORT},
    {0x15, MQTT_PROP_TYPE_STRING},       {0x16, MQTT_PROP_TYPE_BINARY_DATA}, {0x17, MQTT_PROP_TYPE_BYTE},
    {0x18, MQTT_PROP_TYPE_INT},          {0x19, MQTT_PROP_TYPE_BYTE},  {0x1a, MQTT_PROP_TYPE_STRING},
    {0x1c, MQTT_PROP_TYPE_STRING},       {0x1f, MQTT_PROP_TYPE_STRING}, {0x21, MQTT_PROP_TYPE_SHORT},
    {0x22, MQTT_PROP_TYPE_SHORT},        {0x23, MQTT_PROP_TYPE_SHORT}, {0x24, MQTT_PROP_TYPE_BYTE},
    {0x25, MQTT_PROP_TYPE_BYTE},         {0x26, MQTT_PROP_TYPE_STRING_PAIR}, {0x27, MQTT_PROP_TYPE_INT},
    {0x28, MQTT_PROP_TYPE_BYTE},         {0x29, MQTT_PROP_TYPE_BYTE},  {0x2a, MQTT_PROP_TYPE_BYTE},
};
#define PROPS (sizeof(s_props) / sizeof(s_props[0]))

/* Bytes on the wire of a value, its id included; keys and values have one byte. */
static size_t wire_size(uint8_t type, uint32_t iv) {
  static const size_t fixed[] = {2, 4, 7, 4, 0, 5, 3};
  if (type != MQTT_PROP_TYPE_VARIABLE_INT) return fixed[type];
  return iv < 128 ? 2 : iv < 16384 ? 3 : iv < 2097152 ? 4 : 5;
}

static bool is_number(uint8_t type) {
  return type == MQTT_PROP_TYPE_BYTE || type == MQTT_PROP_TYPE_SHORT || type == MQTT_PROP_TYPE_INT ||
         type == MQTT_PROP_TYPE_VARIABLE_INT;
}

/* All properties in one packet: written by the library, read by the library, sizes by the table of the standard. */
static void test_properties(struct mg_connection *c) {
  struct mg_mqtt_prop props[PROPS], prop;
  struct mg_mqtt_opts opts;
  struct mg_mqtt_message m;
  size_t i, ofs = 0, next, total = 0;
  memset(&opts, 0, sizeof(opts));
  memset(props, 0xa5, sizeof(props));
  for (i = 0; i < PROPS; i++) {
    props[i].id = s_props[i].id;
    props[i].key = mg_str("k");
    props[i].val = mg_str("v");
    props[i].iv = s_props[i].type == MQTT_PROP_TYPE_BYTE    ? 200
                  : s_props[i].type == MQTT_PROP_TYPE_SHORT ? 60000
                  : s_props[i].type == MQTT_PROP_TYPE_INT   ? 4000000000U
                                                            : 268435455U;
    total += wire_size(s_props[i].type, props[i].iv);
  }
  opts.topic = mg_str("t"), opts.message = mg_str("x");
  opts.props = props, opts.num_props = PROPS;
  c->is_mqtt5 = 1;
  mg_mqtt_pub(c, &opts);
  CHECK(mg_mqtt_parse(c->send.buf, c->send.len, 5, &m) == MQTT_OK && m.dgram.len == c->send.len);
  CHECK(m.props_size == total && m.data.len == 1 && m.data.buf[0] == 'x');
  for (i = 0; i < PROPS; i++, ofs = next) {
    next = mg_mqtt_next_prop(&m, &prop, ofs);
    CHECK(next == ofs + wire_size(s_props[i].type, props[i].iv));
    CHECK(prop.id == s_props[i].id);
    CHECK(prop.iv == (is_number(s_props[i].type) ? props[i].iv : 0));
    CHECK(prop.val.len == (is_number(s_props[i].type) ? 0U : 1U));
    CHECK(prop.key.len == (s_props[i].type == MQTT_PROP_TYPE_STRING_PAIR ? 1U : 0U));
  }
  CHECK(ofs == m.props_size && mg_mqtt_next_prop(&m, &prop, ofs) == 0);

  /* Cut anywhere: what is whole is given, the rest never read. */
  for (m.props_size = 0; m.props_size < total; m.props_size++) {
    size_t n = 0;
    for (ofs = 0; (next = mg_mqtt_next_prop(&m, &prop, ofs)) != 0; ofs = next) {
      CHECK(next > ofs && next <= m.props_size);
      n++;
    }
    CHECK(n < PROPS);
  }
  mg_iobuf_del(&c->send, 0, c->send.len);

  /* An id that MQTT does not know is not written. */
  props[0].id = 0x7e;
  opts.num_props = 1;
  mg_mqtt_pub(c, &opts);
  if (c->send.len > 0) CHECK(queued(c, "30 05 00 01 74 00 78"));
  c->is_closing = 0;
  c->is_mqtt5 = 0;
}

/* Options beyond what MQTT has. */
static void test_limits(struct mg_connection *c) {
  struct mg_mqtt_opts opts;
  char *big = (char *) calloc(1, 65536);
  uint16_t id;
  size_t i;
  memset(&opts, 0, sizeof(opts));
  opts.topic = mg_str("t");
  opts.qos = 0xfd; /* one bit of it counts here: QoS 1 */
  id = mg_mqtt_pub(c, &opts);
  CHECK(id != 0 && c->send.len == 7 && c->send.buf[0] == 0x32);
  mg_iobuf_del(&c->send, 0, c->send.len);
  opts.qos = 4;
  CHECK(mg_mqtt_pub(c, &opts) == 0 && queued(c, "30 03 00 01 74"));
  opts.qos = 0xfe;
  mg_mqtt_sub(c, &opts);
  CHECK(c->send.len == 8 && c->send.buf[7] == 2);
  mg_iobuf_del(&c->send, 0, c->send.len);

  for (i = 0; i < 7; i++) {
    struct mg_mqtt_opts login;
    struct mg_str long_one = mg_str_n(big, 65536);
    memset(&login, 0, sizeof(login));
    login.user = login.pass = login.client_id = login.topic = login.message = mg_str("a");
    if (i == 0) login.user = long_one;
    if (i == 1) login.pass = long_one;
    if (i == 2) login.client_id = long_one;
    if (i == 3) login.topic = long_one;
    if (i == 4) login.message = long_one;
    if (i < 5) mg_mqtt_login(c, &login);
    opts.topic = long_one;
    if (i == 5) mg_mqtt_pub(c, &opts);
    if (i == 6) mg_mqtt_unsub(c, &opts);
    CHECK(c->send.len == 0 && c->is_closing);
    c->is_closing = 0;
  }
  opts.topic = mg_str_n(big, 65535);
  opts.qos = 0;
  mg_mqtt_pub(c, &opts);
  CHECK(c->send.len == 4 + 2 + 65535 && !c->is_closing);
  mg_iobuf_del(&c->send, 0, c->send.len);
  mg_mqtt_send_header(c, MQTT_CMD_PUBLISH, 0, 268435455);
  CHECK(queued(c, "30 ff ff ff 7f"));
  mg_mqtt_send_header(c, MQTT_CMD_PUBLISH, 0, 268435456);
  CHECK(c->send.len == 0 && c->is_closing);
  c->is_closing = 0;
  free(big);
}

static char s_seen[512];
static int s_closes;
static uint8_t s_version;

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  size_t n = strlen(s_seen);
  if (ev == MG_EV_ACCEPT) c->is_mqtt5 = s_version == 5;
  if (ev == MG_EV_MQTT_OPEN) snprintf(s_seen + n, sizeof(s_seen) - n, "open ");
  if (ev == MG_EV_MQTT_MSG) snprintf(s_seen + n, sizeof(s_seen) - n, "msg ");
  if (ev == MG_EV_ERROR) snprintf(s_seen + n, sizeof(s_seen) - n, "error ");
  if (ev == MG_EV_CLOSE && c->is_accepted) s_closes++;
  if (ev == MG_EV_MQTT_CMD) {
    struct mg_mqtt_message *m = (struct mg_mqtt_message *) ev_data;
    snprintf(s_seen + n, sizeof(s_seen) - n, "%d/%u ", (int) m->cmd, (unsigned) m->id);
  }
}

/* One packet of every type to a connection of a listener: each is shown, none is forgotten. */
static void test_every_type(uint8_t version) {
  static const char *const all4[] = {
      "10 0d 00 04 4d 51 54 54 04 00 00 00 00 01 63", "20 02 00 00", "30 03 00 01 74", "40 02 00 01", "50 02 00 02",
      "62 02 00 03", "70 02 00 04", "82 06 00 05 00 01 61 00", "90 03 00 06 00", "a2 05 00 07 00 01 61", "b0 02 00 08",
      "c0 00", "d0 00", "e0 00"};
  static const char *const all5[] = {
      "10 0e 00 04 4d 51 54 54 05 00 00 00 00 00 01 63", "20 03 00 00 00", "30 04 00 01 74 00", "40 04 00 01 00 00",
      "50 04 00 02 00 00", "62 04 00 03 00 00", "70 04 00 04 00 00", "82 07 00 05 00 00 01 61 00", "90 04 00 06 00 00",
      "a2 06 00 07 00 00 01 61", "b0 04 00 08 00 00", "c0 00", "d0 00", "e0 02 00 00", "f0 02 18 00"};
  struct mg_mgr mgr;
  struct mg_connection *listener;
  const char *want = "1/0 open 2/0 msg 3/0 4/1 5/2 6/3 7/4 8/5 9/6 10/7 11/8 12/0 13/0 14/0 ";
  char wanted[128];
  size_t i, count = version == 5 ? sizeof(all5) / sizeof(all5[0]) : sizeof(all4) / sizeof(all4[0]);
  unsigned char reply[8];
  int fd;
  s_seen[0] = '\0';
  s_version = version;
  snprintf(wanted, sizeof(wanted), "%s%s", want, version == 5 ? "15/0 " : "");
  mg_mgr_init(&mgr);
  listener = mg_mqtt_listen(&mgr, "mqtt://127.0.0.1:0", fn, NULL);
  fd = peer_connect(listener);
  for (i = 0; i < count; i++) peer_send(fd, version == 5 ? all5[i] : all4[i]);
  UNTIL(&mgr, strlen(s_seen) == strlen(wanted));
  CHECK(strcmp(s_seen, wanted) == 0);
  CHECK(peer_recv(&mgr, fd, reply, 8) == 8 && same(reply, 8, "62 02 00 02 70 02 00 03"));
  close(fd);
  mg_mgr_free(&mgr);
}

/* Builders on what is no connection: bytes are kept, nothing happens. */
static void test_listener(void) {
  struct mg_mgr mgr;
  struct mg_connection *c;
  struct mg_mqtt_opts opts;
  size_t queued_bytes;
  int i;
  memset(&opts, 0, sizeof(opts));
  opts.topic = mg_str("t");
  mg_mgr_init(&mgr);
  c = mg_listen(&mgr, "tcp://127.0.0.1:0", NULL, NULL);
  mg_mqtt_login(c, NULL);
  mg_mqtt_pub(c, &opts);
  mg_mqtt_sub(c, &opts);
  mg_mqtt_unsub(c, &opts);
  mg_mqtt_ping(c);
  mg_mqtt_pong(c);
  mg_mqtt_disconnect(c, &opts);
  queued_bytes = c->send.len;
  for (i = 0; i < 10; i++) mg_mgr_poll(&mgr, 0);
  CHECK(c->is_listening && !c->is_closing && c->send.len == queued_bytes && queued_bytes > 40);
  close(peer_connect(c));
  mg_mgr_free(&mgr);
}

/* A program that reads version 5 itself and leaves is_mqtt5 alone still sees SUBSCRIBE with its properties. */
static void test_foreign_version(void) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  int fd;
  s_seen[0] = '\0';
  s_version = 4;
  mg_mgr_init(&mgr);
  listener = mg_mqtt_listen(&mgr, "mqtt://127.0.0.1:0", fn, NULL);
  fd = peer_connect(listener);
  peer_send(fd, "10 0e 00 04 4d 51 54 54 05 00 00 00 00 00 01 63 82 07 00 05 00 00 01 61 00 a2 06 00 07 00 00 01 61 c0 00");
  UNTIL(&mgr, strstr(s_seen, "12/0") != NULL);
  CHECK(strcmp(s_seen, "1/0 8/5 10/7 12/0 ") == 0);
  close(fd);
  mg_mgr_free(&mgr);
}

int main(void) {
  struct mg_mgr mgr;
  struct mg_connection *c;
  mg_log_set(MG_LL_NONE);
  mg_mgr_init(&mgr);
  c = mg_listen(&mgr, "tcp://127.0.0.1:0", NULL, NULL);
  test_properties(c);
  test_limits(c);
  mg_mgr_free(&mgr);
  test_every_type(4);
  test_every_type(5);
  test_listener();
  test_foreign_version();
  return done();
}
