/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * An MQTT client with a certificate, as AWS IoT Core asks for one: both sides prove who they are by TLS, there is no
 * password. Works with every broker that is set up like that.
 *
 * From the console of AWS IoT take the endpoint, the certificate and key of the thing, and the root certificate of
 * Amazon (AmazonRootCA1.pem); the policy of the certificate must allow the client id and the topics:
 *   mqtt-client-aws-iot -u mqtts://ENDPOINT:8883 -a AmazonRootCA1.pem -c thing.pem.crt -k thing-private.pem.key
 */
#include "mongoose.h"

struct options {
  const char *url, *ca, *cert, *key, *client, *subscribe, *publish, *message;
  long count; /* messages after which the program ends; 0 is never */
};

static struct options s_opts = {NULL, NULL, NULL, NULL, "vansire", "vansire/#", "vansire/hello", "hi", 0};
static struct mg_str s_ca, s_cert, s_key;
static struct mg_connection *s_conn;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s -u URL -a CA -c CERT -k KEY [OPTION VALUE]...\n"
          "  -u URL      the broker: mqtts://ENDPOINT:8883\n"
          "  -a CA       file with the certificate authority of the broker (PEM)\n"
          "  -c CERT     file with the certificate of this client (PEM)\n"
          "  -k KEY      file with its private key (PEM)\n"
          "  -i ID       client id (default: %s)\n"
          "  -s FILTER   topics to subscribe to (default: %s)\n"
          "  -p TOPIC    topic to publish to, once for each connection (default: %s)\n"
          "  -m MESSAGE  what to publish (default: %s)\n"
          "  -n COUNT    end after so many messages (default: never)\n"
          "  -v LEVEL    log: 0 none, 1 errors (default), 2 information, 3 debug, 4 everything\n",
          program, s_opts.client, s_opts.subscribe, s_opts.publish, s_opts.message);
}

static void greet(struct mg_connection *c) {
  struct mg_mqtt_opts opts;
  memset(&opts, 0, sizeof(opts));
  opts.qos = 1; /* AWS IoT knows QoS 0 and 1 */
  opts.topic = mg_str(s_opts.subscribe);
  mg_mqtt_sub(c, &opts);
  opts.topic = mg_str(s_opts.publish);
  opts.message = mg_str(s_opts.message);
  mg_mqtt_pub(c, &opts);
}

static void on_message(struct mg_connection *c, struct mg_mqtt_message *mm) {
  printf("%.*s %.*s\n", (int) mm->topic.len, mm->topic.buf, (int) mm->data.len, mm->data.buf);
  fflush(stdout);
  if (s_opts.count > 0 && --s_opts.count == 0) {
    mg_mqtt_disconnect(c, NULL);
    c->is_draining = 1;
    s_stop = 1;
  }
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_CONNECT) {
    struct mg_tls_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.ca = s_ca;
    opts.cert = s_cert;
    opts.key = s_key;
    opts.name = mg_url_host(s_opts.url); /* the name that the broker's certificate must have */
    mg_tls_init(c, &opts);
  } else if (ev == MG_EV_ERROR) {
    fprintf(stderr, "%s: %s\n", s_opts.url, (char *) ev_data);
  } else if (ev == MG_EV_MQTT_OPEN) {
    int code = *(int *) ev_data;
    if (code == 0) greet(c);
    if (code != 0) fprintf(stderr, "%s: refused, code %d\n", s_opts.url, code);
  } else if (ev == MG_EV_MQTT_MSG) {
    on_message(c, (struct mg_mqtt_message *) ev_data);
  } else if (ev == MG_EV_CLOSE) {
    s_conn = NULL;
  }
}

/* Every few seconds: connect when there is no connection, else say that we are there. */
static void on_timer(void *arg) {
  struct mg_mgr *mgr = (struct mg_mgr *) arg;
  if (s_conn == NULL) {
    struct mg_mqtt_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.clean = true;
    opts.keepalive = 60;
    opts.client_id = mg_str(s_opts.client);
    s_conn = mg_mqtt_connect(mgr, s_opts.url, &opts, on_event, NULL);
  } else {
    mg_mqtt_ping(s_conn);
  }
}

static struct mg_str file(const char *path) {
  struct mg_str data = mg_file_read(&mg_fs_posix, path);
  if (data.len == 0) fprintf(stderr, "%s: cannot be read\n", path);
  return data;
}

/* False when the command line is not right; `*asked` when it asks for help. */
static bool read_options(int argc, char *argv[], bool *asked) {
  int i;
  for (i = 1; i < argc; i += 2) {
    const char *value = argv[i + 1]; /* NULL behind the last */
    *asked = strcmp(argv[i], "--help") == 0;
    if (*asked || argv[i][0] != '-' || argv[i][1] == '\0' || argv[i][2] != '\0' || value == NULL) return false;
    switch (argv[i][1]) {
      case 'u': s_opts.url = value; break;
      case 'a': s_opts.ca = value; break;
      case 'c': s_opts.cert = value; break;
      case 'k': s_opts.key = value; break;
      case 'i': s_opts.client = value; break;
      case 's': s_opts.subscribe = value; break;
      case 'p': s_opts.publish = value; break;
      case 'm': s_opts.message = value; break;
      case 'n': s_opts.count = atol(value); break;
      case 'v': mg_log_set(atoi(value)); break;
      default: return false;
    }
  }
  /* The address of a broker that shows no certificate is a mistake here. */
  return s_opts.url != NULL && mg_url_is_ssl(s_opts.url) && s_opts.ca != NULL && s_opts.cert != NULL &&
         s_opts.key != NULL;
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  bool asked = false, complete;

  mg_log_set(MG_LL_ERROR);
  if (!read_options(argc, argv, &asked)) {
    usage(argv[0], asked ? stdout : stderr);
    return asked ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  s_ca = file(s_opts.ca);
  s_cert = file(s_opts.cert);
  s_key = file(s_opts.key);
  complete = s_ca.len > 0 && s_cert.len > 0 && s_key.len > 0;
  if (complete) {
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    mg_mgr_init(&mgr);
    mg_timer_add(&mgr, 3000, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, on_timer, &mgr);
    while (s_stop == 0 || (s_conn != NULL && s_conn->is_draining)) mg_mgr_poll(&mgr, 1000);
    mg_mgr_free(&mgr);
  }
  mg_free(s_ca.buf);
  mg_free(s_cert.buf);
  mg_free(s_key.buf);
  return complete ? EXIT_SUCCESS : EXIT_FAILURE;
}
