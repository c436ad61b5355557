/* MQTT fan-out at QoS 0: every publisher's messages go to every subscriber. What is counted is deliveries.
 *
 * A message has 64 bytes: who sent it, its number, when. A publisher has at most `window` messages that are not with all
 * subscribers, so that no broker has a reason to drop one; each subscriber checks that none is missing. With a window of 1
 * every message is a write of its own, and the next one follows when everybody has it: a closed loop. With a wider one
 * publishers batch, half a window in a write, as busy ones do; a broker that reads much at once gains by that.
 *
 * usage: mqtt_load PORT PUBLISHERS SUBSCRIBERS WINDOW SECONDS [DELIVERIES] */
#define _GNU_SOURCE
#include "load.h"
#include <errno.h>
#include <fcntl.h>

#define MAX_CLIENTS 64
#define MESSAGE 64
#define MAX_WINDOW 16
#define ROOM 65536
#define TOPIC "bench/fanout"
#define TOPIC_LEN (sizeof(TOPIC) - 1)
#define PACKET (2 + 2 + TOPIC_LEN + MESSAGE)

struct header {
  uint64_t sent_at;
  uint32_t publisher, number;
};

struct subscriber {
  int fd;
  size_t len;
  uint32_t next[MAX_CLIENTS]; /* number that is expected from each publisher */
  unsigned char buf[ROOM];
};

static struct subscriber subscribers[MAX_CLIENTS];
static int publishers[MAX_CLIENTS];
static uint32_t sent[MAX_CLIENTS];
static struct latencies latencies;
static unsigned missing;

static void expect(int fd, const unsigned char *wanted, size_t len) {
  unsigned char got[16];
  size_t n = 0;
  while (n < len) {
    ssize_t more = recv(fd, got + n, len - n, 0);
    if (more <= 0) die("recv");
    n += (size_t) more;
  }
  if (memcmp(got, wanted, len) != 0) {
    fprintf(stderr, "mqtt_load: another answer to packet type %d\n", wanted[0] >> 4);
    exit(1);
  }
}

static int client(unsigned short port, char kind, unsigned number) {
  unsigned char packet[] = {0x10, 16, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 4, 0, 'b', 0, 0};
  static const unsigned char connack[] = {0x20, 2, 0, 0};
  int fd = connect_to(port);
  packet[14] = (unsigned char) kind;
  packet[16] = (unsigned char) ('0' + number / 10), packet[17] = (unsigned char) ('0' + number % 10);
  send_all(fd, packet, sizeof(packet));
  expect(fd, connack, sizeof(connack));
  return fd;
}

static void subscribe(int fd) {
  unsigned char packet[7 + TOPIC_LEN] = {0x82, 5 + TOPIC_LEN, 0, 1, 0, TOPIC_LEN};
  static const unsigned char suback[] = {0x90, 3, 0, 1, 0};
  memcpy(packet + 6, TOPIC, TOPIC_LEN);
  send_all(fd, packet, sizeof(packet));
  expect(fd, suback, sizeof(suback));
}

/* Sends `count` messages in one write. */
static void publish(unsigned p, uint32_t count) {
  unsigned char packets[MAX_WINDOW * PACKET];
  uint32_t i;
  for (i = 0; i < count; i++) {
    unsigned char *out = packets + i * PACKET;
    struct header header;
    memset(out, 'x', PACKET);
    out[0] = 0x30, out[1] = PACKET - 2, out[2] = 0, out[3] = TOPIC_LEN;
    memcpy(out + 4, TOPIC, TOPIC_LEN);
    header.sent_at = now_ns(), header.publisher = p, header.number = sent[p]++;
    memcpy(out + 4 + TOPIC_LEN, &header, sizeof(header));
  }
  send_all(publishers[p], packets, count * PACKET);
}

static void take(struct subscriber *s, const unsigned char *packet, uint64_t now) {
  struct header header;
  memcpy(&header, packet + 4 + TOPIC_LEN, sizeof(header));
  if (packet[0] != 0x30 || packet[1] != PACKET - 2 || header.publisher >= MAX_CLIENTS) {
    fprintf(stderr, "mqtt_load: not a message that was sent\n");
    exit(1);
  }
  if (header.number != s->next[header.publisher]) missing++;
  s->next[header.publisher] = header.number + 1;
  note(&latencies, now - header.sent_at);
}

static void receive(struct subscriber *s) {
  size_t used = 0;
  uint64_t now;
  ssize_t n = recv(s->fd, s->buf + s->len, ROOM - s->len, 0);
  if (n <= 0) die("recv");
  s->len += (size_t) n;
  now = now_ns();
  for (; s->len - used >= PACKET; used += PACKET) take(s, s->buf + used, now);
  memmove(s->buf, s->buf + used, s->len - used);
  s->len -= used;
}

/* Messages of publisher `p` that some subscriber has not yet. */
static uint32_t in_flight(unsigned p, unsigned count) {
  uint32_t most = 0;
  unsigned s;
  for (s = 0; s < count; s++) {
    uint32_t n = sent[p] - subscribers[s].next[p];
    if (n > most) most = n;
  }
  return most;
}

int main(int argc, char **argv) {
  unsigned short port = (unsigned short) (argc > 1 ? atoi(argv[1]) : 0);
  unsigned pubs = (unsigned) (argc > 2 ? atoi(argv[2]) : 10), subs = (unsigned) (argc > 3 ? atoi(argv[3]) : 10), i;
  uint32_t window = (uint32_t) (argc > 4 ? atoi(argv[4]) : 1);
  double seconds = argc > 5 ? atof(argv[5]) : 1.0;
  uint64_t most = argc > 6 ? strtoull(argv[6], NULL, 10) : 0, start, end, now;
  int epfd = epoll_create1(EPOLL_CLOEXEC);
  if (epfd < 0 || pubs > MAX_CLIENTS || subs > MAX_CLIENTS || window > MAX_WINDOW) die("mqtt_load");
  for (i = 0; i < subs; i++) {
    subscribers[i].fd = client(port, 's', i);
    subscribe(subscribers[i].fd);
    watch(epfd, subscribers[i].fd, i);
  }
  for (i = 0; i < pubs; i++) publishers[i] = client(port, 'p', i);
  start = now = now_ns();
  end = start + (uint64_t) (seconds * 1e9);
  while (now < end && (most == 0 || latencies.total < most)) {
    struct epoll_event events[MAX_CLIENTS];
    int k, n;
    for (i = 0; i < pubs; i++) {
      uint32_t out = in_flight(i, subs);
      if (out <= window / 2) publish(i, window - out);
    }
    n = epoll_wait(epfd, events, MAX_CLIENTS, 1000);
    if (n == 0) {
      fprintf(stderr, "mqtt_load: nothing arrived for a second\n");
      return 1;
    }
    for (k = 0; k < n; k++) receive(&subscribers[events[k].data.u32]);
    now = now_ns();
  }
  print_figures(&latencies, latencies.total, latencies.total * PACKET, now_ns() - start, missing);
  return 0;
}
