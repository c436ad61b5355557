/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Keeps a wall clock with a time server: asks at the start and every hour, sooner while there is no answer.
 *
 * Usage: sntp-time-sync [URL [COUNT]]   (default udp://time.google.com:123; ends after COUNT answers)
 */
#include "mongoose.h"

static const char *s_url = "udp://time.google.com:123";
static long s_count = -1;
static uint64_t s_due; /* when to ask next */
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

static void on_event(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_SNTP_TIME) {
    uint64_t ms = *(uint64_t *) ev_data;
    printf("%llu.%03u\n", (unsigned long long) (ms / 1000), (unsigned) (ms % 1000));
    fflush(stdout);
    s_due = mg_millis() + 3600 * 1000;
    if (s_count > 0 && --s_count == 0) s_stop = 1;
  } else if (ev == MG_EV_ERROR) {
    fprintf(stderr, "%s: %s\n", s_url, (char *) ev_data);
  }
  (void) c;
}

/* The library has set mg_boot_timestamp_ms by now, so that mg_now() is the time since 1970. */
static void on_timer(void *arg) {
  struct mg_mgr *mgr = (struct mg_mgr *) arg;
  if (mg_timer_expired(&s_due, 10 * 1000, mg_millis())) mg_sntp_connect(mgr, s_url, on_event, NULL);
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  if (argc > 1) s_url = argv[1];
  if (argc > 2) s_count = atol(argv[2]);
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_log_set(MG_LL_ERROR);
  mg_mgr_init(&mgr);
  mg_sntp_connect(&mgr, s_url, on_event, NULL);
  mg_timer_add(&mgr, 1000, MG_TIMER_REPEAT, on_timer, &mgr);
  while (s_stop == 0) mg_mgr_poll(&mgr, 200);
  mg_mgr_free(&mgr);
  return EXIT_SUCCESS;
}
