/* WebSocket echo: each connection sends one masked binary message, waits for the echo, checks it, and sends the next.
 *
 * usage: ws_load PORT CONNECTIONS SECONDS [MESSAGES]     MESSAGES > 0 ends after that many, for instruction counts */
#define _GNU_SOURCE
#include "load.h"

#define MESSAGE 128
#define FRAME (MESSAGE + 8) /* FIN and opcode, 126, two of length, four of mask */
#define ECHO (MESSAGE + 4)
#define MAX_CONNECTIONS 10000

struct conn {
  int fd;
  uint32_t number; /* of the message that is on its way */
  size_t got;
  uint64_t sent_at;
  unsigned char echo[ECHO];
};

static struct conn conns[MAX_CONNECTIONS];
static struct latencies latencies;

/* Writes message `number` of connection `c`. */
static void fill(unsigned char *payload, unsigned c, uint32_t number) {
  size_t i;
  for (i = 0; i < MESSAGE; i++) payload[i] = (unsigned char) (i + c);
  memcpy(payload, &number, sizeof(number));
}

static void send_message(unsigned c) {
  unsigned char frame[FRAME] = {0x82, 0x80 | 126, MESSAGE >> 8, MESSAGE & 255};
  uint32_t key = ++conns[c].number * 2654435761U;
  size_t i;
  memcpy(frame + 4, &key, 4);
  fill(frame + 8, c, conns[c].number);
  for (i = 0; i < MESSAGE; i++) frame[8 + i] ^= frame[4 + i % 4];
  conns[c].got = 0;
  conns[c].sent_at = now_ns();
  send_all(conns[c].fd, frame, sizeof(frame));
}

static void open_websocket(unsigned c, unsigned short port) {
  static const char request[] =
    "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  char answer[2048];
  size_t len = 0;
  conns[c].fd = connect_to(port);
  send_all(conns[c].fd, request, sizeof(request) - 1);
  while (memmem(answer, len, "\r\n\r\n", 4) == NULL) {
    ssize_t n = recv(conns[c].fd, answer + len, sizeof(answer) - len, 0);
    if (n <= 0) die("handshake");
    len += (size_t) n;
  }
  if (memcmp(answer, "HTTP/1.1 101", 12) != 0 || memmem(answer, len, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", 28) == NULL) {
    fprintf(stderr, "ws_load: no handshake\n");
    exit(1);
  }
}

/* Whether the whole echo has arrived. */
static int received(unsigned c) {
  struct conn *conn = &conns[c];
  unsigned char wanted[ECHO] = {0x82, 126, MESSAGE >> 8, MESSAGE & 255};
  ssize_t n = recv(conn->fd, conn->echo + conn->got, ECHO - conn->got, 0);
  if (n <= 0) die("recv");
  conn->got += (size_t) n;
  if (conn->got < ECHO) return 0;
  fill(wanted + 4, c, conn->number);
  if (memcmp(wanted, conn->echo, ECHO) != 0) {
    fprintf(stderr, "ws_load: not the message that was sent\n");
    exit(1);
  }
  note(&latencies, now_ns() - conn->sent_at);
  return 1;
}

int main(int argc, char **argv) {
  unsigned short port = (unsigned short) (argc > 1 ? atoi(argv[1]) : 0);
  unsigned count = (unsigned) (argc > 2 ? atoi(argv[2]) : 100), c;
  double seconds = argc > 3 ? atof(argv[3]) : 1.0;
  uint64_t most = argc > 4 ? strtoull(argv[4], NULL, 10) : 0, start, end, now;
  int epfd = epoll_create1(EPOLL_CLOEXEC);
  if (count > MAX_CONNECTIONS || epfd < 0) die("ws_load");
  for (c = 0; c < count; c++) open_websocket(c, port), watch(epfd, conns[c].fd, c);
  start = now = now_ns();
  end = start + (uint64_t) (seconds * 1e9);
  for (c = 0; c < count; c++) send_message(c);
  while (now < end && (most == 0 || latencies.total < most)) {
    struct epoll_event events[256];
    int i, n = epoll_wait(epfd, events, 256, 1000);
    now = now_ns();
    for (i = 0; i < n; i++) {
      if (received(events[i].data.u32)) send_message(events[i].data.u32);
    }
  }
  print_figures(&latencies, latencies.total, latencies.total * ECHO, now_ns() - start, 0);
  return 0;
}
