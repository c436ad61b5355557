/* Timers and clocks: pure functions on lists with simulated time, and the manager's own list. */
#include "engine.h"

#include <pthread.h>

/* ---- mg_timer_expired ------------------------------------------------------------------------------------------- */

static void expired(void) {
  uint64_t t = 0, top = ~(uint64_t) 0;
  CHECK(!mg_timer_expired(&t, 100, 1000) && t == 1100); /* arms */
  CHECK(!mg_timer_expired(&t, 100, 1099) && t == 1100);
  CHECK(mg_timer_expired(&t, 100, 1100) && t == 1200); /* no drift */
  CHECK(mg_timer_expired(&t, 100, 1250) && t == 1300); /* less than a period late: the old phase */
  CHECK(mg_timer_expired(&t, 100, 1400) && t == 1400); /* exactly a period late */
  CHECK(mg_timer_expired(&t, 100, 1400) && t == 1500);
  CHECK(mg_timer_expired(&t, 100, 1601) && t == 1701); /* later: ticks are dropped, the phase restarts */
  CHECK(!mg_timer_expired(&t, 100, 1700) && t == 1701);
  CHECK(!mg_timer_expired(&t, 100, 500) && t == 600); /* the clock went back */
  CHECK(!mg_timer_expired(&t, 100, 0) && t == 100);
  CHECK(mg_timer_expired(&t, 100, 100) && t == 200);
  t = 0;
  CHECK(mg_timer_expired(&t, 0, 5) && mg_timer_expired(&t, 0, 5) && mg_timer_expired(&t, 0, 6)); /* period 0 */
  t = 0;
  CHECK(mg_timer_expired(&t, 0, 0) && mg_timer_expired(&t, 0, 0));
  t = 0; /* wraps */
  CHECK(!mg_timer_expired(&t, 100, top - 49) && t == 50);
  CHECK(!mg_timer_expired(&t, 100, top) && !mg_timer_expired(&t, 100, 49));
  CHECK(mg_timer_expired(&t, 100, 50) && t == 150);
  t = 0; /* a period of half the range */
  CHECK(!mg_timer_expired(&t, (uint64_t) 1 << 63, 10) && !mg_timer_expired(&t, (uint64_t) 1 << 63, 1000000));
  CHECK(mg_timer_expired(&t, (uint64_t) 1 << 63, ((uint64_t) 1 << 63) + 11));
}

/* Against the rule written as it stands in the chapter, with times far from the ends of the range. */
static bool expired_by_the_book(uint64_t *t, uint64_t period, uint64_t now) {
  if (*t == 0 || *t > now + period) *t = now + period;
  if (*t > now) return false;
  *t = now - *t > period ? now + period : *t + period;
  return true;
}
static void expired_twin(void) {
  uint32_t seed = 7;
  uint64_t a = 0, b = 0, now = 1000000;
  int i;
  for (i = 0; i < 200000; i++) {
    uint64_t period = (seed >> 3) % 50;
    seed = seed * 1664525U + 1013904223U;
    now = (seed & 0xff000) == 0 ? now / 2 + 1 : now + (seed >> 8) % 60;
    CHECK(mg_timer_expired(&a, period, now) == expired_by_the_book(&b, period, now));
    CHECK(a == b);
  }
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

static int calls[8];
static void count(void *arg) { ++*(int *) arg; }

static void list(void) {
  struct mg_timer *head = NULL, a, b, c;
  memset(calls, 0, sizeof(calls));
  memset(&a, 0x55, sizeof(a));
  mg_timer_init(&head, &a, 10, MG_TIMER_REPEAT, count, &calls[0]);
  CHECK(head == &a && a.next == NULL && a.expire == 0 && a.period_ms == 10 && a.fn == count && a.arg == &calls[0]);
  CHECK(a.flags == MG_TIMER_REPEAT);
  mg_timer_init(&head, &b, 20, MG_TIMER_REPEAT, count, &calls[1]);
  mg_timer_init(&head, &c, 30, MG_TIMER_REPEAT, count, &calls[2]);
  CHECK(head == &c && c.next == &b && b.next == &a && a.next == NULL);
  mg_timer_free(&head, &b);
  CHECK(head == &c && c.next == &a);
  mg_timer_free(&head, &b); /* absent */
  mg_timer_free(&head, &c);
  mg_timer_free(&head, &a);
  CHECK(head == NULL);
  mg_timer_free(&head, &a);
  mg_timer_poll(&head, 1);
  CHECK(calls[0] + calls[1] + calls[2] == 0);
}

static void kinds(void) {
  struct mg_timer *head = NULL, repeat, once, now_repeat, now_once;
  uint64_t t;
  memset(calls, 0, sizeof(calls));
  mg_timer_init(&head, &repeat, 10, MG_TIMER_REPEAT, count, &calls[0]);
  mg_timer_init(&head, &once, 10, MG_TIMER_ONCE, count, &calls[1]);
  mg_timer_init(&head, &now_repeat, 10, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, count, &calls[2]);
  mg_timer_init(&head, &now_once, 10, MG_TIMER_ONCE | MG_TIMER_RUN_NOW, count, &calls[3]);
  mg_timer_poll(&head, 1000); /* periods count from here */
  CHECK(calls[0] == 0 && calls[1] == 0 && calls[2] == 1 && calls[3] == 1);
  CHECK(repeat.expire == 1010 && now_repeat.expire == 1010);
  mg_timer_poll(&head, 1009);
  CHECK(calls[0] == 0 && calls[2] == 1);
  for (t = 1010; t <= 1100; t++) mg_timer_poll(&head, t);
  CHECK(calls[0] == 10 && calls[1] == 1 && calls[2] == 11 && calls[3] == 1);
  CHECK((once.flags & MG_TIMER_CALLED) != 0 && (now_once.flags & MG_TIMER_CALLED) != 0);
  CHECK(once.expire == 1110); /* inert, but its deadline goes on */
  mg_timer_poll(&head, 5000);  /* a gap: each once */
  CHECK(calls[0] == 11 && calls[2] == 12 && repeat.expire == 5010);
  mg_timer_poll(&head, 5013);
  CHECK(calls[0] == 12 && repeat.expire == 5020);
  mg_timer_poll(&head, 0); /* the clock goes back to zero */
  CHECK(calls[0] == 12 && repeat.expire == 10);
  mg_timer_poll(&head, 9);
  CHECK(calls[0] == 12);
  mg_timer_poll(&head, 10);
  CHECK(calls[0] == 13);
  /* A ONCE timer is used again. */
  mg_timer_free(&head, &once);
  mg_timer_init(&head, &once, 5, MG_TIMER_ONCE, count, &calls[4]);
  mg_timer_poll(&head, 20), mg_timer_poll(&head, 25), mg_timer_poll(&head, 40);
  CHECK(calls[4] == 1 && calls[1] == 1);
}

/* RUN_NOW with period 0 and both at once: one call. */
static void zero_period(void) {
  struct mg_timer *head = NULL, a;
  memset(calls, 0, sizeof(calls));
  mg_timer_init(&head, &a, 0, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, count, &calls[0]);
  mg_timer_poll(&head, 7), mg_timer_poll(&head, 7), mg_timer_poll(&head, 8);
  CHECK(calls[0] == 3);
  head = NULL;
  mg_timer_init(&head, &a, 0, MG_TIMER_ONCE, count, &calls[1]);
  mg_timer_poll(&head, 0), mg_timer_poll(&head, 0);
  CHECK(calls[1] == 1);
}

/* ---- callbacks that change the list ------------------------------------------------------------------------------ */

static struct mg_timer *the_list, *t_new, *t_mid, *t_old;
static int order[16], order_len;
static void make_three(void (*fn)(void *)) {
  the_list = NULL;
  order_len = 0;
  t_old = (struct mg_timer *) calloc(1, sizeof(*t_old));
  t_mid = (struct mg_timer *) calloc(1, sizeof(*t_mid));
  t_new = (struct mg_timer *) calloc(1, sizeof(*t_new));
  mg_timer_init(&the_list, t_old, 10, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, fn, (void *) "o");
  mg_timer_init(&the_list, t_mid, 10, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, fn, (void *) "m");
  mg_timer_init(&the_list, t_new, 10, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, fn, (void *) "n");
}
static void drop(struct mg_timer **t) {
  mg_timer_free(&the_list, *t);
  free(*t);
  *t = NULL;
}
static void free_three(void) {
  if (t_old != NULL) drop(&t_old);
  if (t_mid != NULL) drop(&t_mid);
  if (t_new != NULL) drop(&t_new);
  CHECK(the_list == NULL);
}
static int mode;
static void changing(void *arg) {
  char who = *(char *) arg;
  order[order_len++] = who;
  if (mode == 0 && who == 'm') drop(&t_mid);                                  /* itself */
  if (mode == 1 && who == 'n') drop(&t_mid);                                  /* the next */
  if (mode == 2 && who == 'm') drop(&t_new);                                  /* one that ran already */
  if (mode == 3 && who == 'n') drop(&t_new), drop(&t_mid), drop(&t_old);      /* all */
  if (mode == 4 && who == 'n') drop(&t_old);                                  /* the last */
  if (mode == 5 && who == 'm') mg_timer_init(&the_list, t_mid, 10, MG_TIMER_REPEAT, changing, arg); /* init again */
  if (mode == 6 && who == 'n') mg_timer_init(&the_list, t_old, 10, MG_TIMER_REPEAT | MG_TIMER_RUN_NOW, changing, (void *) "o");
  if (mode == 7 && who == 'm') mg_timer_poll(&the_list, 100); /* polls again: the others are not due */
}
static bool ran(const char *expected) {
  int i;
  for (i = 0; i < order_len; i++) {
    if (order[i] != expected[i]) return false;
  }
  return expected[i] == '\0';
}
static void freeing_callbacks(void) {
  static const char *const expected[] = {"nmo", "no", "nmo", "n", "nm", "nmo", "nm", "nmo"};
  for (mode = 0; mode < 8; mode++) {
    make_three(changing);
    mg_timer_poll(&the_list, 100);
    if (!ran(expected[mode])) printf("mode %d\n", mode);
    CHECK(ran(expected[mode]));
    mg_timer_poll(&the_list, 110);
    free_three();
  }
  mode = -1;
}

/* Initialising a linked timer again moves it, without a cycle. */
static void init_twice(void) {
  struct mg_timer *head = NULL, a, b;
  struct mg_timer *t;
  int n = 0;
  memset(calls, 0, sizeof(calls));
  mg_timer_init(&head, &a, 10, MG_TIMER_REPEAT, count, &calls[0]);
  mg_timer_init(&head, &b, 10, MG_TIMER_REPEAT, count, &calls[1]);
  mg_timer_init(&head, &a, 20, MG_TIMER_REPEAT, count, &calls[2]);
  mg_timer_init(&head, &a, 20, MG_TIMER_REPEAT, count, &calls[2]);
  for (t = head; t != NULL && n < 10; t = t->next) n++;
  CHECK(n == 2 && head == &a && a.next == &b);
  mg_timer_poll(&head, 1), mg_timer_poll(&head, 11), mg_timer_poll(&head, 21);
  CHECK(calls[0] == 0 && calls[1] == 2 && calls[2] == 1);
}

/* ---- the manager's timers ---------------------------------------------------------------------------------------- */

static struct mg_mgr mgr;

static void adding(void *arg) {
  ++*(int *) arg;
  /* New timers are not run in this pass. */
  CHECK(mg_timer_add(&mgr, 1000000, MG_TIMER_RUN_NOW, count, &calls[1]) != NULL);
}
static void managed(void) {
  struct mg_timer *t, mine;
  int i;
  memset(calls, 0, sizeof(calls));
  mg_mgr_init(&mgr);
  CHECK(mg_timer_add(&mgr, 0, MG_TIMER_ONCE, count, &calls[0]) == mgr.timers);
  CHECK((mgr.timers->flags & MG_TIMER_AUTODELETE) != 0);
  mg_mgr_poll(&mgr, 0);
  CHECK(calls[0] == 1 && mgr.timers == NULL);
  /* Period 1 hour: nothing to do in between, but a new one is noticed. */
  CHECK(mg_timer_add(&mgr, 3600000, MG_TIMER_REPEAT, count, &calls[2]) != NULL);
  for (i = 0; i < 5; i++) mg_mgr_poll(&mgr, 0);
  CHECK(calls[2] == 0);
  CHECK(mg_timer_add(&mgr, 3600000, MG_TIMER_ONCE | MG_TIMER_RUN_NOW, adding, &calls[0]) != NULL);
  mg_mgr_poll(&mgr, 0);
  CHECK(calls[0] == 2 && calls[1] == 0);
  mg_mgr_poll(&mgr, 0);
  CHECK(calls[0] == 2 && calls[1] == 1);
  /* Cancelled by hand. */
  t = mg_timer_add(&mgr, 1, MG_TIMER_REPEAT, count, &calls[3]);
  mg_timer_free(&mgr.timers, t);
  mg_free(t);
  /* The timer of the user survives mg_mgr_free, unlinked. */
  mg_timer_init(&mgr.timers, &mine, 5, MG_TIMER_REPEAT, count, &calls[4]);
  mg_mgr_free(&mgr);
  CHECK(mgr.timers == NULL && calls[3] == 0);
}

/* The time between polls counts, not timers: the wait is not shortened by them. */
static void wait_is_kept(void) {
  uint64_t before;
  memset(calls, 0, sizeof(calls));
  mg_mgr_init(&mgr);
  mg_timer_add(&mgr, 5, MG_TIMER_REPEAT, count, &calls[0]);
  mg_mgr_poll(&mgr, 0);
  before = mg_millis();
  mg_mgr_poll(&mgr, 60);
  CHECK(mg_millis() - before >= 59 && calls[0] == 1);
  mg_mgr_free(&mgr);
}

static void *ring(void *arg) {
  struct mg_timer *head = NULL, t;
  int n = 0;
  uint64_t now;
  mg_timer_init(&head, &t, 1, MG_TIMER_REPEAT, count, &n);
  for (now = 1; now <= 20000; now++) mg_timer_poll(&head, now);
  CHECK(n == 19999);
  return arg;
}
/* Lists of different threads do not disturb each other. */
static void threads(void) {
  pthread_t th[4];
  int i;
  for (i = 0; i < 4; i++) CHECK(pthread_create(&th[i], NULL, ring, NULL) == 0);
  for (i = 0; i < 4; i++) CHECK(pthread_join(th[i], NULL) == 0);
}

static void clocks(void) {
  uint64_t a = mg_millis(), b;
  mg_delayms(3);
  b = mg_millis();
  CHECK(b - a >= 3);
  CHECK(mg_boot_timestamp_ms == 0);
  mg_boot_timestamp_ms = 1000000000000;
  CHECK(mg_now() - mg_millis() <= mg_boot_timestamp_ms && mg_now() >= mg_boot_timestamp_ms + b);
  mg_boot_timestamp_ms = 0;
}

int main(void) {
  quiet();
  expired();
  expired_twin();
  list();
  kinds();
  zero_period();
  freeing_callbacks();
  init_twice();
  managed();
  wait_is_kept();
  threads();
  clocks();
  return done();
}
