/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "client.h"

#define TIMEOUT_MS 3000
#define MAX_FRAME 260 /* of Modbus/TCP */

struct exchange {
  struct request request;
  unsigned long asker;
  uint64_t deadline;
  bool answered;
};

static bool is_bits(uint8_t func) {
  return func == MG_MODBUS_FUNC_READ_COILS || func == MG_MODBUS_FUNC_READ_DISCRETE_INPUTS ||
         func == MG_MODBUS_FUNC_WRITE_MULTIPLE_COILS;
}

static bool is_read(uint8_t func) {
  return func <= MG_MODBUS_FUNC_READ_INPUT_REGISTERS;
}

static uint8_t *put16(uint8_t *to, unsigned value) {
  to[0] = (uint8_t) (value >> 8);
  to[1] = (uint8_t) value;
  return to + 2;
}

static unsigned get16(const uint8_t *from) {
  return (unsigned) from[0] << 8 | from[1];
}

static size_t packed(const struct request *r) {
  return is_bits(r->func) ? (r->count + 7U) / 8 : r->count * 2U;
}

/* Transaction, protocol, length, unit; function, address, then what the function takes. */
static void send_request(struct mg_connection *c, const struct request *r) {
  uint8_t frame[MAX_FRAME], *p = frame + 6;
  uint16_t i;
  memset(frame, 0, sizeof(frame));
  put16(frame, (unsigned) (c->id & 0xffff));
  *p++ = r->unit;
  *p++ = r->func;
  p = put16(p, r->addr);
  if (r->func == MG_MODBUS_FUNC_WRITE_SINGLE_COIL) {
    p = put16(p, r->values[0] ? 0xff00 : 0);
  } else if (r->func == MG_MODBUS_FUNC_WRITE_SINGLE_REGISTER) {
    p = put16(p, r->values[0]);
  } else {
    p = put16(p, r->count);
  }
  if (r->func >= MG_MODBUS_FUNC_WRITE_MULTIPLE_COILS) {
    *p++ = (uint8_t) packed(r);
    for (i = 0; i < r->count; i++) {
      if (is_bits(r->func) && r->values[i]) p[i / 8] |= (uint8_t) (1U << (i % 8));
      if (!is_bits(r->func)) put16(p + i * 2, r->values[i]);
    }
    p += packed(r);
  }
  put16(frame + 4, (unsigned) (p - frame) - 6);
  mg_send(c, frame, (size_t) (p - frame));
}

static void tell(struct mg_connection *c, struct answer *answer) {
  struct exchange *x = (struct exchange *) c->fn_data;
  struct mg_connection *to;
  for (to = x->answered ? NULL : c->mgr->conns; to != NULL; to = to->next) {
    if (to->id == x->asker) {
      mg_call(to, EV_MODBUS_ANSWER, answer);
      break;
    }
  }
  x->answered = true;
  c->is_closing = 1;
}

static void fail(struct mg_connection *c, const char *why) {
  struct answer answer;
  memset(&answer, 0, sizeof(answer));
  answer.error = why;
  tell(c, &answer);
}

static const char *exception(uint8_t code) {
  static const char *const texts[] = {"exception 0", "illegal function", "illegal address", "illegal value",
                                      "device failure"};
  return code < sizeof(texts) / sizeof(texts[0]) ? texts[code] : "exception";
}

static void on_read(struct mg_connection *c) {
  struct exchange *x = (struct exchange *) c->fn_data;
  struct request *r = &x->request;
  const uint8_t *p = c->recv.buf;
  size_t len = c->recv.len < 6 ? 0 : 6 + get16(p + 4);
  struct answer answer;
  uint16_t i;
  if (c->recv.len < 6 || (len <= MAX_FRAME && c->recv.len < len)) return; /* more comes */
  memset(&answer, 0, sizeof(answer));
  if (len < 9 || len > MAX_FRAME || get16(p) != (c->id & 0xffff) || p[6] != r->unit) {
    fail(c, "not an answer");
  } else if (p[7] == (r->func | 0x80)) {
    fail(c, exception(p[8]));
  } else if (p[7] != r->func || (is_read(r->func) && (p[8] != packed(r) || len != 9 + packed(r)))) {
    fail(c, "not an answer");
  } else {
    answer.count = is_read(r->func) ? r->count : 0;
    for (i = 0; i < answer.count; i++) {
      unsigned bit = p[9 + (is_bits(r->func) ? i / 8 : 0)] >> (i % 8) & 1U;
      answer.values[i] = (uint16_t) (is_bits(r->func) ? bit : get16(p + 9 + i * 2));
    }
    tell(c, &answer);
  }
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  struct exchange *x = (struct exchange *) c->fn_data;
  if (ev == MG_EV_CONNECT) {
    send_request(c, &x->request);
  } else if (ev == MG_EV_READ) {
    if (!x->answered) on_read(c);
  } else if (ev == MG_EV_POLL) {
    if (*(uint64_t *) ev_data > x->deadline) fail(c, "the device is silent");
  } else if (ev == MG_EV_ERROR) {
    fail(c, (char *) ev_data);
  } else if (ev == MG_EV_CLOSE) {
    fail(c, "the device closed the connection");
    free(x);
  }
}

void modbus_ask(struct mg_mgr *mgr, const char *url, const struct request *request, unsigned long asker) {
  struct exchange *x = (struct exchange *) calloc(1, sizeof(*x));
  if (x == NULL) return;
  x->request = *request;
  x->asker = asker;
  x->deadline = mg_millis() + TIMEOUT_MS;
  if (mg_connect(mgr, url, on_event, x) == NULL) free(x);
}
