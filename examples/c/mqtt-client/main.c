/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * An MQTT client that stays connected: subscribes to a topic, publishes one message, prints what arrives, pings, and
 * connects again when the connection is lost.
 *
 * Usage: mqtt-client [-u URL] [-s SUBSCRIBE] [-p PUBLISH] [-m MESSAGE] [-q QOS] [-v VERSION] [-n COUNT]
 * With -n it ends after so many messages.
 */
#include "mongoose.h"

static const char *s_url = "mqtt://127.0.0.1:1883";
static const char *s_sub = "vansire/#", *s_pub = "vansire/hello", *s_message = "hi";
static uint8_t s_qos = 1, s_version = 4;
static long s_count = -1;
static struct mg_connection *s_conn;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ERROR) {
    fprintf(stderr, "%s: %s\n", s_url, (char *) ev_data);
  } else if (ev == MG_EV_MQTT_OPEN) {
    struct mg_mqtt_opts opts;
    if (*(int *) ev_data != 0) return; /* refused: the library closes */
    memset(&opts, 0, sizeof(opts));
    opts.qos = s_qos;
    opts.topic = mg_str(s_sub);
    mg_mqtt_sub(c, &opts);
    opts.topic = mg_str(s_pub);
    opts.message = mg_str(s_message);
    mg_mqtt_pub(c, &opts);
  } else if (ev == MG_EV_MQTT_MSG) {
    struct mg_mqtt_message *mm = (struct mg_mqtt_message *) ev_data;
    printf("%.*s %.*s\n", (int) mm->topic.len, mm->topic.buf, (int) mm->data.len, mm->data.buf);
    fflush(stdout);
    if (s_count > 0 && --s_count == 0) {
      mg_mqtt_disconnect(c, NULL);
      c->is_draining = 1;
    }
  } else if (ev == MG_EV_CLOSE) {
    s_conn = NULL;
    if (s_count == 0) s_stop = 1;
  }
}

/* Every few seconds: connect when there is no connection, else say that we are there. */
static void on_timer(void *arg) {
  struct mg_mgr *mgr = (struct mg_mgr *) arg;
  if (s_conn == NULL) {
    struct mg_mqtt_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.clean = true;
    opts.version = s_version;
    opts.keepalive = 10;
    opts.qos = s_qos;
    opts.topic = mg_str("vansire/status"); /* last will */
    opts.message = mg_str("gone");
    s_conn = mg_mqtt_connect(mgr, s_url, &opts, on_event, NULL);
  } else {
    mg_mqtt_ping(s_conn);
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  int i;
  for (i = 1; i + 1 < argc; i += 2) {
    const char *value = argv[i + 1];
    if (strcmp(argv[i], "-u") == 0) s_url = value;
    if (strcmp(argv[i], "-s") == 0) s_sub = value;
    if (strcmp(argv[i], "-p") == 0) s_pub = value;
    if (strcmp(argv[i], "-m") == 0) s_message = value;
    if (strcmp(argv[i], "-q") == 0) s_qos = (uint8_t) atoi(value);
    if (strcmp(argv[i], "-v") == 0) s_version = (uint8_t) atoi(value);
    if (strcmp(argv[i], "-n") == 0) s_count = atol(value);
  }
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  mg_timer_add(&mgr, 3000, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, on_timer, &mgr);
  while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  return EXIT_SUCCESS;
}
