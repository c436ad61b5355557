/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What the dashboard and its devices share. Topics, each below the one that -t names:
 *
 *   ID/status  retained JSON: {"status":"online"|"offline","version":TEXT,"led":BOOL,"interval":SECONDS}; the last will
 *              of a device says that it is offline
 *   ID/rx      JSON-RPC requests to a device: config.set {"led":BOOL,"interval":SECONDS}, ota.begin {"size":BYTES},
 *              ota.write {"offset":BYTES,"data":"BASE64"}, ota.end, rpc.list
 *   ID/tx      its answers
 */
#ifndef FLEET_H
#define FLEET_H

#include "mongoose.h"

#define MAX_ID 32 /* bytes of a device's name, the NUL included */

struct options {
  const char *broker, *topic, *device, *port, *root;
};

extern struct options g_opts;
extern struct mg_connection *g_broker; /* NULL while there is none */

void publish(const char *id, const char *what, struct mg_str message, bool retain);
void subscribe(const char *id, const char *what);

/* One of the two roles. `open` is called for each connection to the broker, `message` for each message: which device and
 * which of its topics. */
struct role {
  bool (*start)(struct mg_mgr *mgr);
  void (*will)(struct mg_mqtt_opts *opts);
  void (*open)(void);
  void (*message)(struct mg_mgr *mgr, struct mg_str id, struct mg_str what, struct mg_str data);
  void (*stop)(void);
};

extern const struct role g_device, g_dashboard;

#endif
