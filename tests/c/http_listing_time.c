/* Listings with local time, and the default build: no server-side includes. */
#define MG_ENABLE_SSI 0
#define MG_HTTP_DIRLIST_TIME_FMT "%Y/%m/%d %H:%M:%S"
#include "http.h"

static char root[100];

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_serve_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.root_dir = root;
    opts.ssi_pattern = "#.shtml";
    mg_http_serve_dir(c, (struct mg_http_message *) ev_data, &opts);
  }
}

int main(void) {
  static struct peer p;
  struct mg_http_message hm;
  struct mg_connection *server;
  struct timeval times[2] = {{1000000000, 0}, {1000000000, 0}};
  char path[200];
  start();
  CHECK(setenv("TZ", "UTC0", 1) == 0);
  tzset();
  CHECK(mkdtemp(strcpy(root, "/tmp/vansire-test-XXXXXX")) != NULL);
  mg_snprintf(path, sizeof(path), "%s/a.shtml", root);
  CHECK(mg_file_write(&mg_fs_posix, path, "x", 1) && utimes(path, times) == 0);
  server = serve(fn, NULL);
  ask(server, &p, &hm, "GET / HTTP/1.1\r\n\r\n");
  CHECK(mg_http_status(&hm) == 200);
  CHECK(strstr(p.buf, "<td name=\"1000000000\">2001/09/09 01:46:40</td>") != NULL);
  ask(server, &p, &hm, "GET /a.shtml HTTP/1.1\r\n\r\n");
  CHECK(mg_http_status(&hm) == 501 && is(hm.body, "SSI not enabled"));
  CHECK(remove(path) == 0 && rmdir(root) == 0);
  return finish();
}
