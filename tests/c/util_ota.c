/* modes: c++
 * A device pulls its firmware: what it asks, what it installs, and every way in which that fails. The clock, the identity
 * and the firmware memory are the program's own. */
#include <stddef.h>
static char firmware_url[100];
static void on_status(const char *error);
#define MG_OTA MG_OTA_CUSTOM
#define MG_ENABLE_CUSTOM_DEVICE_ID 1
#define MG_OTA_URL (firmware_url[0] == '\0' ? NULL : firmware_url)
#define MG_OTA_STATUS_FN on_status
#define MG_OTA_FIRMWARE_VERSION "1.2.3"
#define MG_OTA_PULL_INTERVAL_SECONDS 7
#define MG_OTA_STATE_GET() MG_OTA_TESTING
#include "mongoose.h"

#include "check.h"

#define IMAGE_SIZE 3000

static uint64_t fake_now = 1000;
static char status[200], base_url[100], asked[300], image[IMAGE_SIZE];
static int told, ended;
static size_t begun, written;
static bool refuse_end, again;
static struct mg_mgr mgr;

uint64_t mg_millis(void) { return fake_now; }
void mg_ota_device_id(char *buf, size_t len) { mg_snprintf(buf, len, "%s", "id 7"); }
bool mg_ota_begin(size_t size) {
  begun = size;
  written = 0;
  return size != 1;
}
bool mg_ota_write(const void *buf, size_t len) {
  bool same = written + len <= sizeof(image) && memcmp(image + written, buf, len) == 0;
  written += len;
  return same;
}
bool mg_ota_end(void) {
  ended++;
  return !refuse_end;
}

static void on_status(const char *error) {
  told++;
  mg_snprintf(status, sizeof(status), "%s", error == NULL ? "done" : error);
  if (again) {
    again = false;
    mg_ota_url_check(&mgr, "http://127.0.0.1:bad", on_status);
  }
}

static void serve(struct mg_connection *c, int ev, void *ev_data) {
  const char *format = "{%m:%m,%m:\"%s%s\",%m:%d}", *path = "/image";
  struct mg_http_message *hm = (struct mg_http_message *) ev_data;
  if (ev != MG_EV_HTTP_MSG) return;
  if (mg_match(hm->uri, mg_str("/image"), NULL)) {
    mg_printf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", IMAGE_SIZE);
    mg_send(c, image, IMAGE_SIZE);
    c->is_resp = 0;
    return;
  }
  if (mg_match(hm->uri, mg_str("/tiny"), NULL)) {
    mg_http_reply(c, 200, "", "x");
    return;
  }
  if (mg_match(hm->uri, mg_str("/cut"), NULL)) {
    mg_printf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", IMAGE_SIZE);
    mg_send(c, image, 100);
    c->is_draining = 1;
    return;
  }
  if (mg_match(hm->uri, mg_str("/silent"), NULL)) return;
  mg_snprintf(asked, sizeof(asked), "%.*s", (int) hm->message.len, hm->message.buf);
  if (mg_match(hm->uri, mg_str("/same"), NULL)) {
    mg_http_reply(c, 200, "", "{%m:%m,%m:%m,%m:5}", MG_ESC("version"), MG_ESC("1.2.3"), MG_ESC("url"), MG_ESC("http://x/"),
                  MG_ESC("size"));
  } else if (mg_match(hm->uri, mg_str("/bad"), NULL)) {
    mg_http_reply(c, 200, "", "no json");
  } else if (mg_match(hm->uri, mg_str("/teapot"), NULL)) {
    mg_http_reply(c, 418, "", "{}");
  } else {
    if (mg_match(hm->uri, mg_str("/to#"), NULL)) path = NULL;
    mg_http_reply(c, 200, "", format, MG_ESC("version"), MG_ESC("2.0"), MG_ESC("url"), base_url,
                  path == NULL ? "" : path, MG_ESC("size"), IMAGE_SIZE);
    if (path == NULL) { /* the place of the image is what follows /to in the URI */
      c->send.len = 0;
      mg_http_reply(c, 200, "", "{%m:%m,%m:\"%s%.*s\",%m:5}", MG_ESC("version"), MG_ESC("2.0"), MG_ESC("url"), base_url,
                    (int) hm->uri.len - 3, hm->uri.buf + 3, MG_ESC("size"));
    }
  }
}

/* Polls until the program is told; says what. */
static const char *outcome(void) {
  int i;
  for (i = 0; i < 400 && told == 0; i++) mg_mgr_poll(&mgr, 5);
  CHECK(told == 1);
  told = 0;
  return status;
}

static const char *check(const char *path) {
  char url[200];
  mg_snprintf(url, sizeof(url), "%s%s", base_url, path);
  status[0] = '\0';
  mg_ota_url_check(&mgr, url, on_status);
  return outcome();
}

static void test_answers(void) {
  CHECK(strcmp(check("/meta"), "done") == 0);
  CHECK(begun == IMAGE_SIZE && written == IMAGE_SIZE && ended == 1);
  CHECK(strstr(asked, "GET /meta?arch=1000&version=1.2.3&id=id%207&interval=7&boot=1 HTTP/1.1\r\n") == asked);
  CHECK(strstr(asked, "Connection: close\r\n") != NULL && strstr(asked, "Host: 127.0.0.1") != NULL);
  CHECK(strcmp(check("/meta?x=y"), "done") == 0 && strstr(asked, "GET /meta?x=y&arch=") == asked);
  CHECK(strcmp(check("/same"), "Same version") == 0);
  CHECK(strcmp(check("/bad"), "Bad metadata: no json") == 0);
  CHECK(strncmp(check("/teapot"), "Bad HTTP response: 418", 22) == 0);
  CHECK(strncmp(check("/to/teapot"), "Bad HTTP response: 418", 22) == 0);
  CHECK(strcmp(check("/to/tiny"), "ota begin failed") == 0);
  CHECK(strcmp(check("/to/cut"), "connection closed") == 0);
  CHECK(ended == 2);
  refuse_end = true;
  CHECK(strcmp(check("/meta"), "OTA finalize failed") == 0);
  refuse_end = false;
  image[0] ^= 1; /* the server sends what it likes, the memory refuses: compare against another image */
  image[0] ^= 1;
  CHECK(strcmp(check("/meta"), "done") == 0);
}

static void test_failures(void) {
  char url[200];
  mg_ota_url_check(&mgr, "http://127.0.0.1/a b", on_status);
  CHECK(strcmp(outcome(), "Failed to connect") == 0);
  mg_ota_url_check(&mgr, NULL, on_status);
  CHECK(strcmp(outcome(), "Failed to connect") == 0);
  mg_ota_url_check(&mgr, "https://127.0.0.1:1/", on_status); /* refused, or no certificates: an error either way */
  CHECK(strlen(outcome()) > 0 && strcmp(status, "done") != 0);
  mg_ota_url_check(&mgr, "http://127.0.0.1/a b", NULL); /* told to the log */
  /* Silence: the answer about the version has 5 seconds, the image 300. */
  mg_snprintf(url, sizeof(url), "%s/silent", base_url);
  mg_ota_url_check(&mgr, url, on_status);
  mg_mgr_poll(&mgr, 5), mg_mgr_poll(&mgr, 5);
  mg_ota_url_check(&mgr, url, on_status);
  CHECK(told == 1 && strcmp(status, "OTA already in progress") == 0);
  told = 0;
  fake_now += 4999;
  mg_mgr_poll(&mgr, 5);
  CHECK(told == 0);
  fake_now += 1;
  CHECK(strcmp(outcome(), "Metadata timeout") == 0);
  mg_snprintf(url, sizeof(url), "%s/to/silent", base_url);
  mg_ota_url_check(&mgr, url, on_status);
  {
    int i;
    for (i = 0; i < 60 && told == 0; i++) mg_mgr_poll(&mgr, 5);
  }
  fake_now += 5000;
  mg_mgr_poll(&mgr, 5);
  CHECK(told == 0);
  fake_now += 300000;
  CHECK(strcmp(outcome(), "OTA timeout") == 0);
}

static void test_schedule(void) {
  int i;
  mg_snprintf(firmware_url, sizeof(firmware_url), "%s/same", base_url);
  for (i = 0; i < 10; i++) mg_mgr_poll(&mgr, 1);
  fake_now += 4999;
  for (i = 0; i < 10; i++) mg_mgr_poll(&mgr, 1);
  CHECK(told == 0);
  fake_now += 1;
  CHECK(strcmp(outcome(), "Same version") == 0);
  fake_now += 6999;
  for (i = 0; i < 10; i++) mg_mgr_poll(&mgr, 1);
  CHECK(told == 0);
  fake_now += 1;
  mg_ota_poll(&mgr); /* by hand: the same */
  CHECK(strcmp(outcome(), "Same version") == 0);
  firmware_url[0] = '\0';
  fake_now += 100000;
  for (i = 0; i < 10; i++) mg_mgr_poll(&mgr, 1);
  CHECK(told == 0);
}

static void test_end(void) {
  char url[200];
  mg_snprintf(url, sizeof(url), "%s/silent", base_url);
  mg_ota_url_check(&mgr, url, on_status);
  mg_mgr_poll(&mgr, 1);
  again = true; /* another check from the handler, while the manager goes */
  mg_mgr_free(&mgr);
  CHECK(told == 2 && strcmp(status, "Failed to connect") == 0);
}

int main(void) {
  struct mg_connection *l;
  size_t i;
  for (i = 0; i < sizeof(image); i++) image[i] = (char) (i * 7);
  mg_log_set(MG_LL_NONE);
  mg_mgr_init(&mgr);
  l = mg_http_listen(&mgr, "http://127.0.0.1:0", serve, NULL);
  CHECK(l != NULL);
  if (l == NULL) return 1;
  mg_snprintf(base_url, sizeof(base_url), "http://127.0.0.1:%d", (int) mg_ntohs(l->loc.port));
  test_answers();
  test_failures();
  test_schedule();
  test_end();
  return done();
}
