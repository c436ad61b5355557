/* Growth step 128: producers that refill below MG_IO_SIZE, large messages, datagrams, all with tiny buffers. */
#define MG_IO_SIZE 128
#include "engine.h"

static struct mg_mgr mgr;

/* Checklist 23: refill in WRITE and POLL while less than MG_IO_SIZE waits. */
static size_t produced, consumed, most;
static uint32_t sum[2];
#define TOTAL 300000
static void producer_fn(struct mg_connection *c, int ev, void *ev_data) {
  if ((ev == MG_EV_POLL || ev == MG_EV_WRITE) && c->is_accepted) {
    while (c->send.len < MG_IO_SIZE && produced < TOTAL) {
      char b[50];
      size_t i;
      for (i = 0; i < sizeof(b); i++) b[i] = (char) (produced + i), sum[0] = sum[0] * 31 + (uint8_t) b[i];
      mg_send(c, b, sizeof(b));
      produced += sizeof(b);
    }
    if (c->send.size > most) most = c->send.size;
    if (produced == TOTAL) c->is_draining = 1;
  }
  (void) ev_data;
}
static void consumer_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_READ) {
    size_t i;
    for (i = 0; i < c->recv.len; i++) sum[1] = sum[1] * 31 + c->recv.buf[i];
    consumed += c->recv.len;
    c->recv.len = 0;
  }
  if (ev == MG_EV_CLOSE) CHECK(consumed == TOTAL);
  (void) ev_data;
}

static void refill(void) {
  struct mg_connection *l;
  int i;
  mg_mgr_init(&mgr);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", producer_fn, NULL);
  CHECK(mg_connect(&mgr, url_of(l, "tcp"), consumer_fn, NULL) != NULL);
  for (i = 0; i < 100000 && consumed < TOTAL; i++) mg_mgr_poll(&mgr, 1);
  CHECK(consumed == TOTAL && sum[0] == sum[1] && most <= 2 * MG_IO_SIZE);
  mg_mgr_free(&mgr);
}

/* A message far above the step. */
static size_t got;
static void sink_fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_READ) got = c->recv.len;
  (void) ev_data;
}
static void large(void) {
  static char block[2000000];
  struct mg_connection *l, *c;
  int i;
  mg_mgr_init(&mgr);
  l = mg_listen(&mgr, "tcp://127.0.0.1:0", sink_fn, NULL);
  c = mg_connect(&mgr, url_of(l, "tcp"), NULL, NULL);
  CHECK(mg_send(c, block, sizeof(block)) && c->send.size % MG_IO_SIZE == 0);
  for (i = 0; i < 100000 && got < sizeof(block); i++) mg_mgr_poll(&mgr, 1);
  CHECK(got == sizeof(block) && i < 20000);
  mg_mgr_free(&mgr);
}

static void datagrams(void) {
  static char block[60000];
  struct mg_connection *l, *c;
  int i;
  mg_mgr_init(&mgr);
  got = 0;
  l = mg_listen(&mgr, "udp://127.0.0.1:0", sink_fn, NULL);
  c = mg_connect(&mgr, url_of(l, "udp"), NULL, NULL);
  CHECK(mg_send(c, block, sizeof(block)));
  for (i = 0; i < 1000 && got == 0; i++) mg_mgr_poll(&mgr, 1);
  CHECK(got == sizeof(block));
  mg_mgr_free(&mgr);
}

int main(void) {
  quiet();
  refill();
  large();
  datagrams();
  return done();
}
