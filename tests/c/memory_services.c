/*
 * Memory runs out at every single allocation of HTTP, WebSocket, MQTT, SNTP, DNS, static files, multipart and timers:
 * connections may fail, the program does not, nothing is left behind, and a server that had no memory once serves again.
 */
#include "engine.h"

#include "fence.h"

static struct mg_mgr mgr;
static int opens, closes, replies, echoes, published;
static char file[64];
static char long_path[9000];

static void count(int ev) {
  opens += ev == MG_EV_OPEN;
  closes += ev == MG_EV_CLOSE;
}

static void server_fn(struct mg_connection *c, int ev, void *ev_data) {
  count(ev);
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_message *hm = (struct mg_http_message *) ev_data;
    struct mg_http_serve_opts opts;
    struct mg_http_part part;
    size_t at = 0;
    memset(&opts, 0, sizeof(opts));
    if (mg_match(hm->uri, mg_str("/ws"), NULL)) {
      mg_ws_upgrade(c, hm, "X: %s\r\n", "y");
    } else if (mg_match(hm->uri, mg_str("/file"), NULL)) {
      mg_http_serve_file(c, hm, file, &opts);
    } else if (mg_match(hm->uri, mg_str("/dir/#"), NULL)) {
      opts.root_dir = "tests";
      mg_http_serve_dir(c, hm, &opts);
    } else if (mg_match(hm->uri, mg_str("/chunks"), NULL)) {
      mg_printf(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      mg_http_printf_chunk(c, "%s", "some"), mg_http_printf_chunk(c, "%s", "");
    } else {
      char user[20], pass[20], *text = mg_mprintf("{%m:%d}", MG_ESC("a"), 1);
      mg_http_creds(hm, user, sizeof(user), pass, sizeof(pass));
      while ((at = mg_http_next_multipart(hm->body, at, &part)) > 0) (void) part;
      mg_http_reply(c, 200, "A: b\r\n", "%s", text == NULL ? "none" : text);
      mg_free(text);
    }
  }
  if (ev == MG_EV_WS_MSG) {
    struct mg_ws_message *wm = (struct mg_ws_message *) ev_data;
    mg_ws_send(c, wm->data.buf, wm->data.len, WEBSOCKET_OP_TEXT);
  }
}

static void client_fn(struct mg_connection *c, int ev, void *ev_data) {
  count(ev);
  if (ev == MG_EV_CONNECT) {
    const char *how = (const char *) c->fn_data;
    mg_printf(c, "%s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nAuthorization: Basic YTpi\r\n\r\n", how);
  }
  if (ev == MG_EV_HTTP_MSG) replies++, c->is_draining = 1;
  (void) ev_data;
}

static void ws_fn(struct mg_connection *c, int ev, void *ev_data) {
  static char text[20000];
  count(ev);
  if (ev == MG_EV_WS_OPEN) { /* in two fragments, both larger than any reserve */
    size_t at = c->send.len;
    mg_ws_send(c, text, sizeof(text), WEBSOCKET_OP_BINARY);
    if (c->send.len > at) c->send.buf[at] = (unsigned char) (c->send.buf[at] & 0x7f); /* FIN off */
    mg_ws_send(c, text, sizeof(text), WEBSOCKET_OP_CONTINUE);
  }
  if (ev == MG_EV_WS_MSG) echoes++, c->is_closing = 1;
  (void) ev_data;
}

static void mqtt_server_fn(struct mg_connection *c, int ev, void *ev_data) {
  count(ev);
  if (ev == MG_EV_MQTT_CMD) {
    struct mg_mqtt_message *mm = (struct mg_mqtt_message *) ev_data;
    struct mg_mqtt_opts opts;
    static const uint8_t accepted[] = {0, 0};
    memset(&opts, 0, sizeof(opts));
    if (mm->cmd == MQTT_CMD_CONNECT) {
      mg_mqtt_send_header(c, MQTT_CMD_CONNACK, 0, sizeof(accepted));
      mg_send(c, accepted, sizeof(accepted));
    } else if (mm->cmd == MQTT_CMD_PUBLISH) {
      opts.topic = mm->topic, opts.message = mm->data;
      mg_mqtt_pub(c, &opts);
    }
  }
}

static void mqtt_fn(struct mg_connection *c, int ev, void *ev_data) {
  count(ev);
  if (ev == MG_EV_MQTT_OPEN) {
    struct mg_mqtt_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.topic = mg_str("a/b"), opts.message = mg_str("hello");
    mg_mqtt_sub(c, &opts);
    mg_mqtt_pub(c, &opts);
  }
  if (ev == MG_EV_MQTT_MSG) published++, c->is_draining = 1;
  (void) ev_data;
}

static void other_fn(struct mg_connection *c, int ev, void *ev_data) { count(ev), (void) c, (void) ev_data; }

/* All at once, so that every service is busy when memory runs out. */
static void scenario(bool recovers) {
  const char *const paths[] = {"GET /", "GET /file", "GET /dir/", "GET /dir/none", long_path, "GET /chunks", "HEAD /file", "POST /"};
  static char upload[] =
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n"
      "1d\r\n--x\r\nContent-Disposition: a\r\n\r\n1b\r\n\r\n--x--\r\n                  \r\n0\r\n\r\n";
  struct mg_connection *http, *mqtt;
  struct mg_mqtt_opts opts;
  char dns[64];
  uint16_t port;
  size_t i;
  int fd, silent_fd = peer_bind(SOCK_DGRAM, &port), rounds;
  snprintf(dns, sizeof(dns), "udp://127.0.0.1:%u", (unsigned) port);
  memset(&opts, 0, sizeof(opts));
  opts.user = mg_str("u"), opts.pass = mg_str("p"), opts.topic = mg_str("will"), opts.message = mg_str("gone"), opts.version = 4;
  opens = closes = replies = echoes = published = 0;
  mg_mgr_init(&mgr);
  mgr.dns4.url = dns, mgr.dnstimeout = 1;
  http = mg_http_listen(&mgr, "http://127.0.0.1:0", server_fn, NULL);
  mqtt = mg_mqtt_listen(&mgr, "mqtt://127.0.0.1:0", mqtt_server_fn, NULL);
  for (i = 0; http != NULL && i < sizeof(paths) / sizeof(paths[0]); i++) {
    mg_http_connect(&mgr, url_of(http, "http"), client_fn, (void *) (size_t) paths[i]);
  }
  if (http != NULL) {
    char url[80];
    snprintf(url, sizeof(url), "%s/ws", url_of(http, "ws"));
    mg_ws_connect(&mgr, url, ws_fn, NULL, "%s", "B: c\r\n");
  }
  if (mqtt != NULL) mg_mqtt_connect(&mgr, url_of(mqtt, "mqtt"), &opts, mqtt_fn, NULL);
  mg_sntp_connect(&mgr, url_of(http == NULL ? &(struct mg_connection){0} : http, "udp"), other_fn, NULL);
  mg_connect(&mgr, "tcp://some.name.invalid:1", other_fn, NULL);
  fd = http == NULL ? -1 : peer_connect(port_of(http));
  if (fd >= 0) (void) !send(fd, upload, sizeof(upload) - 1, MSG_NOSIGNAL);
  for (rounds = 0; rounds < 25; rounds++) mg_mgr_poll(&mgr, 0);
  if (recovers && http != NULL) { /* memory is there again */
    fence_fail_after = -1;
    replies = 0;
    mg_http_connect(&mgr, url_of(http, "http"), client_fn, (void *) (size_t) paths[0]);
    for (rounds = 0; rounds < 200 && replies == 0; rounds++) mg_mgr_poll(&mgr, 1);
    CHECK(replies > 0);
  }
  mg_mgr_free(&mgr);
  if (fd >= 0) close(fd);
  close(silent_fd);
  CHECK(mgr.conns == NULL && mgr.timers == NULL && opens == closes);
  if (fence_live != 0) printf("%ld blocks left\n", fence_live);
  CHECK(fence_live == 0);
}

int main(int argc, char *argv[]) {
  long n, most = 2000;
  int once, stream;
  quiet();
  snprintf(long_path, sizeof(long_path), "GET /dir/?%08000d", 7);
  snprintf(file, sizeof(file), "/tmp/memory_services.%d", (int) getpid());
  stream = open(file, O_CREAT | O_WRONLY | O_TRUNC, 0600);
  CHECK(stream >= 0 && write(stream, file, strlen(file)) > 0);
  close(stream);
  if (argc > 2) {
    fence_fail_once = atoi(argv[2]) != 0, fence_fail_after = atol(argv[1]);
    scenario(fence_fail_once);
    unlink(file);
    return done();
  }
  scenario(false);
  CHECK(replies >= 6 && echoes == 1 && published == 1); /* enough rounds for all of it */
  for (n = 0; n < most; n++) {
    bool reached = false;
    for (once = 0; once < 2; once++) {
      fence_fail_once = once == 1, fence_fail_after = n;
      scenario(once == 1);
      if (once == 0) reached = fence_fail_after == 0;
      fence_fail_after = -1;
    }
    if (!reached) break;
  }
  printf("%ld allocations failed in turn\n", n);
  CHECK(n > 50 && n < most);
  unlink(file);
  return done();
}
