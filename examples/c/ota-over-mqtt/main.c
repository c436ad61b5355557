/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Firmware over MQTT: one program for both sides. The device writes what it is sent to a file that stands for its flash;
 * the updater sends a file in pieces, each after the answer to the one before. See ota.h for the requests.
 *
 *   ota-over-mqtt -o new.bin                 the device
 *   ota-over-mqtt -f firmware.bin            the updater: ends when the device has everything
 */
#include "ota.h"

struct side g_side = {"mqtt://127.0.0.1:1883", "vansire/device", NULL, NULL, NULL, NULL, NULL, false, false};

static struct mg_connection *s_conn;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s -o FILE|-f FILE [OPTION VALUE]...\n"
          "  -o FILE   be the device: updates are written here\n"
          "  -f FILE   be the updater: send this\n"
          "  -u URL    the broker (default: %s)\n"
          "  -t TOPIC  what topics begin with (default: %s)\n"
          "  -v LEVEL  log: 0 none, 1 errors (default), 2 information, 3 debug, 4 everything\n",
          program, g_side.url, g_side.topic);
}

static void topic(char *to, size_t len, const char *end) {
  mg_snprintf(to, len, "%s/%s", g_side.topic, end);
}

void say(struct mg_connection *c, struct mg_str frame) {
  struct mg_mqtt_opts opts;
  char name[256];
  topic(name, sizeof(name), g_side.speaks);
  memset(&opts, 0, sizeof(opts));
  opts.topic = mg_str(name);
  opts.message = frame;
  opts.qos = 1;
  mg_mqtt_pub(c, &opts);
}

void print_digest(const uint8_t digest[32], char *to) {
  mg_snprintf(to, 65, "%M", mg_print_hex, (size_t) 32, digest);
}

static void subscribe(struct mg_connection *c) {
  struct mg_mqtt_opts opts;
  char name[256];
  topic(name, sizeof(name), g_side.hears);
  memset(&opts, 0, sizeof(opts));
  opts.topic = mg_str(name);
  opts.qos = 1;
  mg_mqtt_sub(c, &opts);
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_ERROR) {
    fprintf(stderr, "%s: %s\n", g_side.url, (char *) ev_data);
  } else if (ev == MG_EV_MQTT_OPEN) {
    if (*(int *) ev_data == 0) subscribe(c);
  } else if (ev == MG_EV_MQTT_CMD) {
    struct mg_mqtt_message *mm = (struct mg_mqtt_message *) ev_data;
    if (mm->cmd == MQTT_CMD_SUBACK) g_side.on_open(c);
  } else if (ev == MG_EV_MQTT_MSG) {
    g_side.on_frame(c, ((struct mg_mqtt_message *) ev_data)->data);
    if (g_side.done) {
      mg_mqtt_disconnect(c, NULL);
      c->is_draining = 1;
    }
  } else if (ev == MG_EV_CLOSE) {
    s_conn = NULL;
    if (g_side.done) s_stop = 1;
  }
}

/* Every few seconds: connect when there is no connection, else say that we are there. */
static void on_timer(void *arg) {
  struct mg_mgr *mgr = (struct mg_mgr *) arg;
  if (s_conn == NULL) {
    struct mg_mqtt_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.clean = true;
    opts.keepalive = 10;
    s_conn = mg_mqtt_connect(mgr, g_side.url, &opts, on_event, NULL);
  } else {
    mg_mqtt_ping(s_conn);
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  bool is_device = false;
  int i;

  mg_log_set(MG_LL_ERROR);
  for (i = 1; i < argc; i += 2) {
    const char *value = argv[i + 1]; /* NULL behind the last */
    int letter = argv[i][0] == '-' && argv[i][1] != '\0' && argv[i][2] == '\0' ? argv[i][1] : '?';
    if (strcmp(argv[i], "--help") == 0 || value == NULL || strchr("ofutv", letter) == NULL) {
      bool asked = strcmp(argv[i], "--help") == 0;
      usage(argv[0], asked ? stdout : stderr);
      return asked ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (letter == 'o' || letter == 'f') g_side.path = value, is_device = letter == 'o';
    if (letter == 'u') g_side.url = value;
    if (letter == 't') g_side.topic = value;
    if (letter == 'v') mg_log_set(atoi(value));
  }
  if (g_side.path == NULL) {
    usage(argv[0], stderr);
    return EXIT_FAILURE;
  }
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_mgr_init(&mgr);
  if (is_device) use_device();
  if (!is_device) use_updater();
  if (g_side.done) s_stop = 1; /* there is nothing to be sent */
  mg_timer_add(&mgr, 3000, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, on_timer, &mgr);
  while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  if (is_device) free_device();
  if (!is_device) free_updater();
  return g_side.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
