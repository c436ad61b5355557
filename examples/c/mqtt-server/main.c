/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * An MQTT broker for small networks: versions 3.1.1 and 5, QoS 0 to 2, wildcards, retained messages, last wills,
 * keep-alive. It keeps no sessions: a client that comes back subscribes again.
 *
 * Usage: mqtt-server [PORT]   (default 1883; 0 picks a free port)
 */
#include "mongoose.h"

#define MAX_PENDING 32 /* QoS 2 messages of a client that are not released yet */

struct client {
  struct client *next;
  struct mg_connection *c;
  struct mg_str id, will_topic, will_data;
  uint8_t version, will_qos;
  bool will_retain, said_goodbye;
  uint64_t silence_limit, last_heard; /* milliseconds; limit 0 means none */
  uint16_t pending[MAX_PENDING];
};

struct subscription {
  struct subscription *next;
  struct client *client;
  struct mg_str filter;
  uint8_t qos, options; /* options of version 5: NO_LOCAL and so on */
};

#define NO_LOCAL 4     /* not what this client publishes itself */
#define AS_PUBLISHED 8 /* the retain flag stays */

struct retained {
  struct retained *next;
  struct mg_str topic, data;
  uint8_t qos;
};

struct broker {
  struct client *clients;
  struct subscription *subscriptions;
  struct retained *retained;
};

static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

/* ---- reading a packet: what does not fit turns `ok` off and reads as nothing ------------------------------------ */

struct reader {
  const uint8_t *p;
  size_t len;
  bool ok;
};

static struct mg_str take(struct reader *r, size_t n) {
  struct mg_str s = mg_str_n((const char *) r->p, n);
  if (n > r->len) {
    r->ok = false;
    return mg_str_n(NULL, 0);
  }
  r->p += n;
  r->len -= n;
  return s;
}

static unsigned take_number(struct reader *r, size_t bytes) {
  struct mg_str s = take(r, bytes);
  unsigned n = 0;
  size_t i;
  for (i = 0; i < s.len; i++) n = n << 8 | (uint8_t) s.buf[i];
  return n;
}

static struct mg_str take_string(struct reader *r) {
  return take(r, take_number(r, 2));
}

static size_t take_varint(struct reader *r) {
  size_t n = 0;
  unsigned shift, byte = 0x80;
  for (shift = 0; shift < 28 && (byte & 0x80) && r->ok; shift += 7) {
    byte = take_number(r, 1);
    n |= (size_t) (byte & 0x7f) << shift;
  }
  return n;
}

/* Everything behind the fixed header. */
static struct reader body_of(struct mg_mqtt_message *mm) {
  struct reader r;
  r.p = (const uint8_t *) mm->dgram.buf;
  r.len = mm->dgram.len;
  r.ok = true;
  take(&r, 1);
  take_varint(&r);
  return r;
}

static void skip_properties(struct reader *r, uint8_t version) {
  if (version == 5) take(r, take_varint(r));
}

/* ---- topics ----------------------------------------------------------------------------------------------------- */

/* Whether a topic fits a filter (MQTT 5.0 section 4.7). */
static bool topic_matches(struct mg_str filter, struct mg_str topic) {
  size_t f = 0, t = 0;
  /* Names that start with $ are not for wildcards. */
  if (topic.len > 0 && topic.buf[0] == '$' && filter.len > 0 && filter.buf[0] != '$') return false;
  for (;;) {
    if (f < filter.len && filter.buf[f] == '#') return true;
    if (f < filter.len && filter.buf[f] == '+') {
      while (t < topic.len && topic.buf[t] != '/') t++;
      f++;
    } else {
      while (f < filter.len && t < topic.len && filter.buf[f] == topic.buf[t] && topic.buf[t] != '/') f++, t++;
    }
    if (f == filter.len || t == topic.len) break;
    if (filter.buf[f] != '/' || topic.buf[t] != '/') return false;
    f++, t++;
  }
  /* "a/#" is for "a", too. */
  if (t == topic.len && filter.len - f == 2 && filter.buf[f] == '/' && filter.buf[f + 1] == '#') return true;
  return f == filter.len && t == topic.len;
}

static void deliver(struct subscription *s, struct mg_str topic, struct mg_str data, uint8_t qos, bool retain) {
  struct mg_mqtt_opts opts;
  memset(&opts, 0, sizeof(opts));
  opts.topic = topic;
  opts.message = data;
  opts.qos = qos < s->qos ? qos : s->qos;
  opts.retain = retain;
  mg_mqtt_pub(s->client->c, &opts);
}

static void keep(struct broker *b, struct mg_str topic, struct mg_str data, uint8_t qos) {
  struct retained **link = &b->retained, *r;
  while (*link != NULL && mg_strcmp((*link)->topic, topic) != 0) link = &(*link)->next;
  if ((r = *link) != NULL) {
    *link = r->next;
    mg_free(r->topic.buf);
    mg_free(r->data.buf);
    free(r);
  }
  if (data.len > 0 && (r = (struct retained *) calloc(1, sizeof(*r))) != NULL) {
    r->topic = mg_strdup(topic);
    r->data = mg_strdup(data);
    r->qos = qos;
    r->next = b->retained;
    b->retained = r;
  }
}

static void publish(struct broker *b, struct client *from, struct mg_str topic, struct mg_str data, uint8_t qos,
                    bool retain) {
  struct subscription *s;
  if (retain) keep(b, topic, data, qos);
  for (s = b->subscriptions; s != NULL; s = s->next) {
    if ((s->options & NO_LOCAL) && s->client == from) continue;
    if (topic_matches(s->filter, topic)) deliver(s, topic, data, qos, retain && (s->options & AS_PUBLISHED));
  }
}

/* ---- subscriptions ---------------------------------------------------------------------------------------------- */

/* Removes the subscriptions of a client: one filter, or all when it is NULL. Returns their number. */
static int forget(struct broker *b, struct client *client, struct mg_str *filter) {
  struct subscription **link = &b->subscriptions;
  int n = 0;
  while (*link != NULL) {
    struct subscription *s = *link;
    if (s->client == client && (filter == NULL || mg_strcmp(s->filter, *filter) == 0)) {
      *link = s->next;
      mg_free(s->filter.buf);
      free(s);
      n++;
    } else {
      link = &s->next;
    }
  }
  return n;
}

/* What is retained for the `n` filters of a list: always, only for new ones, or never, as the options say. */
static void send_retained(struct broker *b, struct client *client, struct reader r, const uint8_t *codes,
                          const bool *known, uint32_t n) {
  uint32_t i;
  for (i = 0; i < n; i++) {
    struct mg_str filter = take_string(&r);
    unsigned handling = take_number(&r, 1) >> 4 & 3;
    struct subscription *s = b->subscriptions;
    struct retained *m;
    if (codes[i] >= 0x80 || handling == 2 || (handling == 1 && known[i])) continue;
    while (s != NULL && (s->client != client || mg_strcmp(s->filter, filter) != 0)) s = s->next;
    for (m = b->retained; s != NULL && m != NULL; m = m->next) {
      if (topic_matches(filter, m->topic)) deliver(s, m->topic, m->data, m->qos, true);
    }
  }
}

static void on_subscribe(struct broker *b, struct client *client, struct mg_mqtt_message *mm) {
  struct reader r = body_of(mm), again;
  uint8_t codes[256];
  bool known[256]; /* the client has subscribed to this before */
  uint32_t n = 0;
  uint16_t id = mg_htons(mm->id);
  take(&r, 2);
  skip_properties(&r, client->version);
  for (again = r; again.len > 0 && n < sizeof(codes); n++) {
    struct mg_str filter = take_string(&again);
    uint8_t options = (uint8_t) take_number(&again, 1), qos = options & 3;
    struct subscription *s = (struct subscription *) calloc(1, sizeof(*s));
    codes[n] = s == NULL ? 0x80 : qos;
    if (s == NULL) continue;
    known[n] = forget(b, client, &filter) > 0;
    s->options = options;
    s->client = client;
    s->filter = mg_strdup(filter);
    s->qos = qos;
    s->next = b->subscriptions;
    b->subscriptions = s;
  }
  mg_mqtt_send_header(client->c, MQTT_CMD_SUBACK, 0, (client->version == 5 ? 3U : 2U) + n);
  mg_send(client->c, &id, 2);
  if (client->version == 5) mg_send(client->c, "", 1);
  mg_send(client->c, codes, n);
  send_retained(b, client, r, codes, known, n);
}

static void on_unsubscribe(struct broker *b, struct client *client, struct mg_mqtt_message *mm) {
  struct reader r = body_of(mm);
  uint8_t codes[256];
  uint32_t n = 0;
  uint16_t id = mg_htons(mm->id);
  take(&r, 2);
  skip_properties(&r, client->version);
  while (r.len > 0 && n < sizeof(codes)) {
    struct mg_str filter = take_string(&r);
    codes[n++] = forget(b, client, &filter) > 0 ? 0 : 0x11; /* there was none */
  }
  mg_mqtt_send_header(client->c, MQTT_CMD_UNSUBACK, 0, client->version == 5 ? 3 + n : 2);
  mg_send(client->c, &id, 2);
  if (client->version == 5) mg_send(client->c, "", 1), mg_send(client->c, codes, n);
}

/* ---- clients ---------------------------------------------------------------------------------------------------- */

static struct client *client_of(struct broker *b, struct mg_connection *c) {
  struct client *client = b->clients;
  while (client != NULL && client->c != c) client = client->next;
  return client;
}

static void connack(struct mg_connection *c, uint8_t code) {
  uint8_t reply[3] = {0, 0, 0}; /* no session, code, no properties */
  reply[1] = code;
  mg_mqtt_send_header(c, MQTT_CMD_CONNACK, 0, c->is_mqtt5 ? 3 : 2);
  mg_send(c, reply, c->is_mqtt5 ? 3 : 2);
}

static void refuse(struct mg_connection *c, uint8_t code) {
  connack(c, code);
  c->is_draining = 1;
}

/* A client that comes back takes the place of the connection it had before. */
static void take_over(struct broker *b, struct mg_str id) {
  struct client *other;
  for (other = b->clients; other != NULL; other = other->next) {
    if (id.len > 0 && mg_strcmp(other->id, id) == 0) other->c->is_closing = 1;
  }
}

static void on_connect(struct broker *b, struct mg_connection *c, struct mg_mqtt_message *mm) {
  struct reader r = body_of(mm);
  struct client *client;
  struct mg_str name = take_string(&r), id, will_topic = mg_str_n(NULL, 0), will_data = mg_str_n(NULL, 0);
  uint8_t version = (uint8_t) take_number(&r, 1), flags = (uint8_t) take_number(&r, 1);
  unsigned keepalive = take_number(&r, 2);
  if (client_of(b, c) != NULL) {
    mg_error(c, "second CONNECT");
    return;
  }
  if (mg_strcmp(name, mg_str("MQTT")) != 0 || (version != 4 && version != 5)) {
    refuse(c, 1);
    return;
  }
  c->is_mqtt5 = version == 5;
  skip_properties(&r, version);
  id = take_string(&r);
  if (flags & 4) {
    skip_properties(&r, version);
    will_topic = take_string(&r);
    will_data = take_string(&r);
  }
  if (!r.ok || (flags & 1) || (flags & 0x18) == 0x18) {
    mg_error(c, "CONNECT malformed");
    return;
  }
  if (id.len == 0 && !(flags & 2) && version == 4) {
    refuse(c, 2);
    return;
  }
  if ((client = (struct client *) calloc(1, sizeof(*client))) == NULL) {
    refuse(c, version == 5 ? 0x97 : 3);
    return;
  }
  take_over(b, id);
  client->c = c;
  client->version = version;
  client->id = mg_strdup(id);
  client->will_topic = mg_strdup(will_topic);
  client->will_data = mg_strdup(will_data);
  client->will_qos = (flags >> 3) & 3;
  client->will_retain = (flags & 0x20) != 0;
  client->silence_limit = keepalive * 1500;
  client->last_heard = mg_millis();
  client->next = b->clients;
  b->clients = client;
  connack(c, 0);
}

static void on_close(struct broker *b, struct mg_connection *c) {
  struct client **link = &b->clients, *client;
  while (*link != NULL && (*link)->c != c) link = &(*link)->next;
  if ((client = *link) == NULL) return;
  *link = client->next;
  forget(b, client, NULL);
  if (!client->said_goodbye && client->will_topic.len > 0) {
    publish(b, NULL, client->will_topic, client->will_data, client->will_qos, client->will_retain);
  }
  mg_free(client->id.buf);
  mg_free(client->will_topic.buf);
  mg_free(client->will_data.buf);
  free(client);
}

/* QoS 2 says "exactly once": a message that is not released yet is not delivered again. */
static bool is_repeated(struct client *client, uint16_t id) {
  int i, place = -1;
  for (i = 0; i < MAX_PENDING; i++) {
    if (client->pending[i] == id) return true;
    if (client->pending[i] == 0) place = i;
  }
  if (place >= 0) client->pending[place] = id;
  return false;
}

static void release(struct client *client, uint16_t id) {
  int i;
  for (i = 0; i < MAX_PENDING; i++) {
    if (client->pending[i] == id) client->pending[i] = 0;
  }
}

static void on_packet(struct broker *b, struct mg_connection *c, struct mg_mqtt_message *mm) {
  struct client *client = client_of(b, c);
  if (mm->cmd == MQTT_CMD_CONNECT) {
    on_connect(b, c, mm);
    return;
  }
  if (client == NULL) {
    mg_error(c, "CONNECT expected");
    return;
  }
  client->last_heard = mg_millis();
  switch (mm->cmd) {
    case MQTT_CMD_PUBLISH:
      if (mm->qos == 2 && is_repeated(client, mm->id)) break;
      if (mm->topic.len == 0) { /* version 5 knows aliases; we have not offered any */
        mg_error(c, "topic alias");
        break;
      }
      publish(b, client, mm->topic, mm->data, mm->qos, (mm->dgram.buf[0] & 1) != 0);
      break;
    case MQTT_CMD_PUBREL: release(client, mm->id); break;
    case MQTT_CMD_SUBSCRIBE: on_subscribe(b, client, mm); break;
    case MQTT_CMD_UNSUBSCRIBE: on_unsubscribe(b, client, mm); break;
    case MQTT_CMD_PINGREQ: mg_mqtt_pong(c); break;
    case MQTT_CMD_DISCONNECT:
      /* Version 5 may ask for the will: reason 4. */
      client->said_goodbye = mm->dgram.len < 3 || mm->dgram.buf[2] != 4;
      c->is_draining = 1;
      break;
    case MQTT_CMD_PUBACK:
    case MQTT_CMD_PUBREC:
    case MQTT_CMD_PUBCOMP: break;
    default: mg_error(c, "packet %d of a client", mm->cmd);
  }
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  struct broker *b = (struct broker *) c->fn_data;
  if (ev == MG_EV_MQTT_CMD) {
    on_packet(b, c, (struct mg_mqtt_message *) ev_data);
  } else if (ev == MG_EV_POLL && c->is_accepted) {
    struct client *client = client_of(b, c);
    uint64_t now = *(uint64_t *) ev_data;
    if (client != NULL && client->silence_limit > 0 && now > client->last_heard + client->silence_limit) {
      mg_error(c, "keep-alive");
    }
  } else if (ev == MG_EV_CLOSE) {
    on_close(b, c);
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct broker broker;
  struct mg_connection *listener;
  char url[64];

  memset(&broker, 0, sizeof(broker));
  mg_snprintf(url, sizeof(url), "mqtt://127.0.0.1:%s", argc > 1 ? argv[1] : "1883");
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  listener = mg_mqtt_listen(&mgr, url, on_event, &broker);
  if (listener == NULL) {
    mg_mgr_free(&mgr);
    return EXIT_FAILURE;
  }
  printf("mqtt://127.0.0.1:%hu\n", mg_ntohs(listener->loc.port));
  fflush(stdout);
  while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  while (broker.retained != NULL) keep(&broker, broker.retained->topic, mg_str_n(NULL, 0), 0);
  return EXIT_SUCCESS;
}
