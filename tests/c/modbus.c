/* Modbus/TCP server: requests of a raw client, answers byte by byte. */
#include "iot.h"

static uint16_t s_regs[70000];
static bool s_coils[70000];
static int s_requests, s_errors, s_closes;
static uint8_t s_exception;

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ERROR) CHECK(strcmp((char *) ev_data, "invalid pdu") == 0), s_errors++;
  if (ev == MG_EV_CLOSE && c->is_accepted) s_closes++;
  if (ev == MG_EV_MODBUS_REQ) {
    struct mg_modbus_req *r = (struct mg_modbus_req *) ev_data;
    uint16_t i;
    s_requests++;
    r->error = s_exception;
    for (i = 0; i < r->len; i++) {
      unsigned at = (unsigned) r->addr + i;
      switch (r->func) {
        case MG_MODBUS_FUNC_READ_COILS:
        case MG_MODBUS_FUNC_READ_DISCRETE_INPUTS: CHECK(!r->u.bits[i]); r->u.bits[i] = s_coils[at]; break;
        case MG_MODBUS_FUNC_READ_HOLDING_REGISTERS:
        case MG_MODBUS_FUNC_READ_INPUT_REGISTERS: CHECK(r->u.regs[i] == 0); r->u.regs[i] = s_regs[at]; break;
        case MG_MODBUS_FUNC_WRITE_SINGLE_COIL:
        case MG_MODBUS_FUNC_WRITE_MULTIPLE_COILS: s_coils[at] = r->u.bits[i]; break;
        default: s_regs[at] = r->u.regs[i]; break;
      }
    }
    /* What a handler does to other fields has no effect. */
    r->len = 60000, r->func = 99, r->u.bits = NULL;
  }
}

static struct mg_mgr s_mgr;
static int s_fd;

static bool answers(const char *request, const char *want) {
  unsigned char buf[512], expected[512];
  size_t n = unhex(want, expected);
  peer_send(s_fd, request);
  return same(buf, peer_recv(&s_mgr, s_fd, buf, n), want);
}

static void test_invalid(struct mg_connection *listener) {
  static const char *const bad[] = {
      "00 01 00 01 00 06 01 03 00 00 00 01", /* protocol */
      "00 01 00 00 00 05 01 03 00 00 00 01", /* length too short for a read */
      "00 01 00 00 00 01 01 03 00 00 00 01", /* no function */
      "00 01 00 00 00 ff 01 03 00 00 00 01", /* longer than Modbus allows */
  };
  size_t i;
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    s_errors = s_closes = 0;
    s_fd = peer_connect(listener);
    peer_send(s_fd, bad[i]);
    CHECK(peer_closed(&s_mgr, s_fd));
    CHECK(s_errors == 1 && s_closes == 1);
    close(s_fd);
  }
}

int main(void) {
  struct mg_connection *listener;
  mg_log_set(MG_LL_NONE);
  mg_mgr_init(&s_mgr);
  CHECK(mg_modbus_listen(&s_mgr, "tcp://nowhere:1", fn, NULL) == NULL);
  listener = mg_modbus_listen(&s_mgr, "tcp://localhost:0", fn, NULL);
  CHECK(listener != NULL);
  s_fd = peer_connect(listener);

  s_regs[5] = 0x1234, s_regs[6] = 0xabcd;
  CHECK(answers("00 41 00 00 00 06 02 03 00 05 00 02", "00 41 00 00 00 07 02 03 04 12 34 ab cd"));
  CHECK(answers("00 41 00 00 00 06 02 04 00 06 00 01", "00 41 00 00 00 05 02 04 02 ab cd"));
  s_exception = MG_MODBUS_ERR_ILLEGAL_ADDRESS;
  CHECK(answers("00 41 00 00 00 06 02 03 00 05 00 02", "00 41 00 00 00 03 02 83 02"));
  s_exception = 0;
  CHECK(answers("00 42 00 00 00 06 02 05 00 09 ff 00", "00 42 00 00 00 06 02 05 00 09 ff 00"));
  CHECK(answers("00 42 00 00 00 06 02 06 00 09 01 02", "00 42 00 00 00 06 02 06 00 09 01 02"));
  CHECK(s_coils[9] && s_regs[9] == 0x0102);
  CHECK(answers("00 43 00 00 00 09 02 0f 00 10 00 09 02 81 01", "00 43 00 00 00 06 02 0f 00 10 00 09"));
  CHECK(answers("00 43 00 00 00 06 02 01 00 10 00 0a", "00 43 00 00 00 05 02 01 02 81 01"));
  CHECK(answers("00 44 00 00 00 0b 02 10 00 01 00 02 04 00 01 ff fe", "00 44 00 00 00 06 02 10 00 01 00 02"));
  CHECK(s_regs[1] == 1 && s_regs[2] == 0xfffe);

  /* The user is not asked. */
  s_requests = 0;
  CHECK(answers("00 01 00 00 00 06 02 03 00 00 00 7e", "00 01 00 00 00 03 02 83 03"));
  CHECK(answers("00 01 00 00 00 06 02 05 00 00 12 34", "00 01 00 00 00 03 02 85 03"));
  CHECK(answers("00 01 00 00 00 06 02 03 ff ff 00 02", "00 01 00 00 00 03 02 83 02"));
  CHECK(answers("00 01 00 00 00 06 02 63 00 00 00 01", "00 01 00 00 00 03 02 e3 01"));
  CHECK(answers("00 01 00 00 00 02 02 07", "00 01 00 00 00 03 02 87 01"));
  CHECK(s_requests == 0);

  /* Several requests in one piece, one in several pieces. */
  CHECK(answers("00 01 00 00 00 06 02 06 00 00 00 01 00 02 00 00 00 06 02 06 00 01 00 02 00",
                "00 01 00 00 00 06 02 06 00 00 00 01 00 02 00 00 00 06 02 06 00 01 00 02"));
  mg_mgr_poll(&s_mgr, 1);
  CHECK(answers("03 00 00 00 06 02 06 00 02 00 03", "00 03 00 00 00 06 02 06 00 02 00 03"));
  s_closes = 0;
  close(s_fd);
  UNTIL(&s_mgr, s_closes == 1);
  test_invalid(listener);
  mg_mgr_free(&s_mgr);
  return done();
}
