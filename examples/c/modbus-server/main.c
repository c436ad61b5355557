/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A Modbus/TCP device with 1000 coils and 1000 registers that remember what is written to them. Discrete inputs mirror
 * the coils, input register 0 counts requests.
 *
 * Usage: modbus-server [PORT]   (default 8502; 0 picks a free port)
 */
#include "mongoose.h"

#define SIZE 1000

static bool s_coils[SIZE];
static uint16_t s_registers[SIZE], s_requests;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void on_request(struct mg_modbus_req *r) {
  uint16_t i;
  s_requests++;
  if (r->addr + r->len > SIZE) {
    r->error = MG_MODBUS_ERR_ILLEGAL_ADDRESS;
    return;
  }
  for (i = 0; i < r->len; i++) {
    unsigned at = (unsigned) r->addr + i;
    switch (r->func) {
      case MG_MODBUS_FUNC_READ_COILS:
      case MG_MODBUS_FUNC_READ_DISCRETE_INPUTS: r->u.bits[i] = s_coils[at]; break;
      case MG_MODBUS_FUNC_READ_HOLDING_REGISTERS: r->u.regs[i] = s_registers[at]; break;
      case MG_MODBUS_FUNC_READ_INPUT_REGISTERS: r->u.regs[i] = at == 0 ? s_requests : 0; break;
      case MG_MODBUS_FUNC_WRITE_SINGLE_COIL:
      case MG_MODBUS_FUNC_WRITE_MULTIPLE_COILS: s_coils[at] = r->u.bits[i]; break;
      case MG_MODBUS_FUNC_WRITE_SINGLE_REGISTER:
      case MG_MODBUS_FUNC_WRITE_MULTIPLE_REGISTERS: s_registers[at] = r->u.regs[i]; break;
      default: r->error = MG_MODBUS_ERR_ILLEGAL_FUNCTION; break;
    }
  }
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_MODBUS_REQ) on_request((struct mg_modbus_req *) ev_data);
  (void) c;
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  char url[64];
  mg_snprintf(url, sizeof(url), "tcp://127.0.0.1:%s", argc > 1 ? argv[1] : "8502");
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  listener = mg_modbus_listen(&mgr, url, on_event, NULL);
  if (listener == NULL) {
    mg_mgr_free(&mgr);
    return EXIT_FAILURE;
  }
  printf("tcp://127.0.0.1:%hu\n", mg_ntohs(listener->loc.port));
  fflush(stdout);
  while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  return EXIT_SUCCESS;
}
