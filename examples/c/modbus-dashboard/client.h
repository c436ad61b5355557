/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A Modbus/TCP client: one request, one connection, one answer.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "mongoose.h"

#define MAX_VALUES 125

/* Sent to the connection that asked, with a struct answer: the event of this program. */
enum { EV_MODBUS_ANSWER = MG_EV_USER + 1 };

struct request {
  uint8_t unit, func;
  uint16_t addr, count;
  uint16_t values[MAX_VALUES]; /* to be written; bits are 0 or 1 */
};

struct answer {
  const char *error; /* NULL when there is none */
  uint16_t count;
  uint16_t values[MAX_VALUES]; /* that were read */
};

/* Asks the device at `url`. The connection number `asker` gets EV_MODBUS_ANSWER, once, unless it is gone by then. */
void modbus_ask(struct mg_mgr *mgr, const char *url, const struct request *request, unsigned long asker);

#endif
