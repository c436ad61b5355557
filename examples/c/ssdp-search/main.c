/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Looks for UPnP devices: asks the SSDP group and prints one line for each device and service that answers.
 * Devices answer within the seconds they are given (MX), each at a moment of its own.
 */
#include "mongoose.h"

static const char *s_url = "udp://239.255.255.250:1900", *s_target = "ssdp:all";
static int s_seconds = 3;
static struct mg_addr s_group; /* where questions go; `c->rem` is whoever spoke last */
static int s_asked, s_answers;

static void usage(const char *program, FILE *to) {
  fprintf(to,
          "Usage: %s [OPTION VALUE]...\n"
          "  -t TARGET   what to look for (default: %s), for example upnp:rootdevice\n"
          "  -s SECONDS  time for answers, 1 to 120 (default: %d)\n"
          "  -u URL      whom to ask (default: %s)\n"
          "  -v LEVEL    log: 0 none, 1 errors (default), 2 information, 3 debug, 4 everything\n"
          "Prints ADDRESS TARGET LOCATION for each answer.\n",
          program, s_target, s_seconds, s_url);
}

/* Datagrams get lost: the same question is asked twice, half a second apart. */
static void on_timer(void *arg) {
  struct mg_connection *c = (struct mg_connection *) arg;
  if (s_group.port == 0 || s_asked >= 2) return;
  s_asked++;
  mg_multicast_restore(c, (uint8_t *) &s_group);
  mg_printf(c,
            "M-SEARCH * HTTP/1.1\r\n"
            "HOST: %M\r\n"
            "MAN: \"ssdp:discover\"\r\n"
            "MX: %d\r\n"
            "ST: %s\r\n\r\n",
            mg_print_ip_port, &s_group, s_seconds, s_target);
}

static struct mg_str header(struct mg_http_message *hm, const char *name) {
  struct mg_str *value = mg_http_get_header(hm, name);
  return value != NULL ? *value : mg_str("-");
}

/* Bytes of the network do not command the terminal. */
static void print(struct mg_str s, char end) {
  size_t i;
  for (i = 0; i < s.len; i++) putchar(s.buf[i] > ' ' && s.buf[i] < 127 ? s.buf[i] : '?');
  putchar(end);
}

static void on_answer(struct mg_connection *c) {
  struct mg_http_message hm;
  char from[64];
  if (mg_http_parse((char *) c->recv.buf, c->recv.len, &hm) <= 0 || mg_http_status(&hm) != 200) return;
  mg_snprintf(from, sizeof(from), "%M", mg_print_ip, &c->rem);
  print(mg_str(from), ' ');
  print(header(&hm, "ST"), ' ');
  print(header(&hm, "LOCATION"), '\n');
  fflush(stdout);
  s_answers++;
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_RESOLVE) {
    s_group = c->rem;
  } else if (ev == MG_EV_READ) {
    on_answer(c);
    mg_iobuf_del(&c->recv, 0, c->recv.len);
    mg_multicast_restore(c, (uint8_t *) &s_group);
  } else if (ev == MG_EV_ERROR) {
    fprintf(stderr, "%s: %s\n", s_url, (char *) ev_data);
  } else if (ev == MG_EV_CLOSE) {
    *(bool *) c->fn_data = false;
  }
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *c;
  uint64_t end;
  bool open = true;
  int i;

  mg_log_set(MG_LL_ERROR);
  for (i = 1; i < argc; i += 2) {
    const char *value = argv[i + 1]; /* NULL behind the last */
    int letter = argv[i][0] == '-' && argv[i][1] != '\0' && argv[i][2] == '\0' ? argv[i][1] : '?';
    if (strcmp(argv[i], "--help") == 0 || value == NULL || strchr("tsuv", letter) == NULL) {
      bool asked = strcmp(argv[i], "--help") == 0;
      usage(argv[0], asked ? stdout : stderr);
      return asked ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (letter == 't') s_target = value;
    if (letter == 's') s_seconds = atoi(value);
    if (letter == 'u') s_url = value;
    if (letter == 'v') mg_log_set(atoi(value));
  }
  if (s_seconds < 1 || s_seconds > 120 || strpbrk(s_target, "\r\n") != NULL) {
    usage(argv[0], stderr);
    return EXIT_FAILURE;
  }
  mg_mgr_init(&mgr);
  c = mg_connect(&mgr, s_url, on_event, &open);
  if (c != NULL) mg_timer_add(&mgr, 500, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, on_timer, c);
  end = mg_millis() + (uint64_t) s_seconds * 1000 + 500;
  while (c != NULL && open && mg_millis() < end) mg_mgr_poll(&mgr, 100);
  i = c != NULL && open;
  mg_mgr_free(&mgr);
  if (s_answers == 0) fprintf(stderr, "no answer\n");
  return i ? EXIT_SUCCESS : EXIT_FAILURE;
}
