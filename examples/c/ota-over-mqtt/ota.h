/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What the two sides of ota-over-mqtt share. The device listens on TOPIC/rx for JSON-RPC requests and answers on TOPIC/tx:
 *
 *   ota.begin  {"size": BYTES}                             an update of so many bytes comes
 *   ota.write  {"offset": BYTES, "data": "BASE64"}         its next piece; result: bytes there are now
 *   ota.end    {"sha256": "HEX"}                           done; nothing is installed unless the digest is right
 */
#ifndef OTA_H
#define OTA_H

#include "mongoose.h"

#define PIECE 1024          /* bytes of firmware in a request */
#define MAX_SIZE (64 << 20) /* largest update */

struct side {
  const char *url, *topic; /* broker, and what topics begin with */
  const char *path;        /* firmware: where it is read from or written to */
  void (*on_open)(struct mg_connection *c);
  void (*on_frame)(struct mg_connection *c, struct mg_str frame);
  const char *hears, *speaks; /* "rx" and "tx", as this side sees them */
  bool done, failed;
};

extern struct side g_side;

/* Publishes a JSON-RPC frame. */
void say(struct mg_connection *c, struct mg_str frame);

/* The lower-case hexadecimal SHA-256 of `data` into 65 bytes. */
void print_digest(const uint8_t digest[32], char *to);

void use_device(void);
void use_updater(void);
void free_device(void);
void free_updater(void);

#endif
