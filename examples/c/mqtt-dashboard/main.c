/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A web page for a fleet of devices that are reached by MQTT: who is there, switch a lamp, change an interval, send new
 * firmware. The same program is also such a device. Both connect to a broker (mqtt-server, mosquitto ...):
 *
 *   mqtt-dashboard                 the dashboard: open the URL that it prints
 *   mqtt-dashboard -i kitchen      a device called kitchen; as many as you like
 *
 * See fleet.h for the topics.
 */
#include "fleet.h"

struct options g_opts = {"mqtt://127.0.0.1:1883", "vansire/fleet", NULL, "8000", "examples/c/mqtt-dashboard/web"};
struct mg_connection *g_broker;

static const struct role *s_role = &g_dashboard;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s [OPTION VALUE]...\n"
          "  -i ID     be a device with this name; without it, be the dashboard\n"
          "  -u URL    the broker (default: %s)\n"
          "  -t TOPIC  what topics begin with (default: %s)\n"
          "  -p PORT   dashboard: port of 127.0.0.1 (default: %s; 0 picks a free one)\n"
          "  -d DIR    dashboard: web directory (default: %s)\n"
          "  -v LEVEL  log: 0 none, 1 errors (default), 2 information, 3 debug, 4 everything\n",
          program, g_opts.broker, g_opts.topic, g_opts.port, g_opts.root);
}

void publish(const char *id, const char *what, struct mg_str message, bool retain) {
  struct mg_mqtt_opts opts;
  char topic[256];
  mg_snprintf(topic, sizeof(topic), "%s/%s/%s", g_opts.topic, id, what);
  memset(&opts, 0, sizeof(opts));
  opts.topic = mg_str(topic);
  opts.message = message;
  opts.qos = 1;
  opts.retain = retain;
  if (g_broker != NULL) mg_mqtt_pub(g_broker, &opts);
}

void subscribe(const char *id, const char *what) {
  struct mg_mqtt_opts opts;
  char topic[256];
  mg_snprintf(topic, sizeof(topic), "%s/%s/%s", g_opts.topic, id, what);
  memset(&opts, 0, sizeof(opts));
  opts.topic = mg_str(topic);
  opts.qos = 1;
  if (g_broker != NULL) mg_mqtt_sub(g_broker, &opts);
}

/* TOPIC/ID/WHAT taken apart. */
static void on_message(struct mg_mgr *mgr, struct mg_mqtt_message *mm) {
  size_t prefix = strlen(g_opts.topic);
  struct mg_str rest, id, what;
  if (mm->topic.len <= prefix || memcmp(mm->topic.buf, g_opts.topic, prefix) != 0 || mm->topic.buf[prefix] != '/') return;
  rest = mg_str_n(mm->topic.buf + prefix + 1, mm->topic.len - prefix - 1);
  if (mg_span(rest, &id, &what, '/') && id.len > 0 && id.len < MAX_ID) s_role->message(mgr, id, what, mm->data);
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ERROR) {
    fprintf(stderr, "%s: %s\n", g_opts.broker, (char *) ev_data);
  } else if (ev == MG_EV_MQTT_OPEN && *(int *) ev_data == 0) {
    s_role->open();
  } else if (ev == MG_EV_MQTT_MSG) {
    on_message(c->mgr, (struct mg_mqtt_message *) ev_data);
  } else if (ev == MG_EV_CLOSE) {
    g_broker = NULL;
  }
}

/* Every few seconds: connect when there is no connection, else say that we are there. */
static void on_timer(void *arg) {
  struct mg_mgr *mgr = (struct mg_mgr *) arg;
  if (g_broker == NULL) {
    struct mg_mqtt_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.clean = true;
    opts.keepalive = 10;
    if (s_role->will != NULL) s_role->will(&opts);
    g_broker = mg_mqtt_connect(mgr, g_opts.broker, &opts, on_event, NULL);
  } else {
    mg_mqtt_ping(g_broker);
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  bool started;
  int i;

  mg_log_set(MG_LL_ERROR);
  for (i = 1; i < argc; i += 2) {
    const char *value = argv[i + 1]; /* NULL behind the last */
    int letter = argv[i][0] == '-' && argv[i][1] != '\0' && argv[i][2] == '\0' ? argv[i][1] : '?';
    if (strcmp(argv[i], "--help") == 0 || value == NULL || strchr("iutpdv", letter) == NULL) {
      bool asked = strcmp(argv[i], "--help") == 0;
      usage(argv[0], asked ? stdout : stderr);
      return asked ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (letter == 'i') g_opts.device = value, s_role = &g_device;
    if (letter == 'u') g_opts.broker = value;
    if (letter == 't') g_opts.topic = value;
    if (letter == 'p') g_opts.port = value;
    if (letter == 'd') g_opts.root = value;
    if (letter == 'v') mg_log_set(atoi(value));
  }
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_mgr_init(&mgr);
  started = s_role->start(&mgr);
  if (started) mg_timer_add(&mgr, 3000, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, on_timer, &mgr);
  while (started && s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  s_role->stop();
  return started ? EXIT_SUCCESS : EXIT_FAILURE;
}
