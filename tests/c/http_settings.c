/* A program's own settings of static files against the one prebuilt library: index file, listings, includes. */
#define MG_ENABLE_SSI 1
#define MG_MAX_SSI_DEPTH 2
#define MG_SSI_BUFSIZ 40
#define MG_ENABLE_DIRLIST 0
#define MG_HTTP_INDEX "start.htm"
#include "http.h"

static struct mg_connection *server;
static struct peer p;
static struct mg_http_message hm;
static char root[100];

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    struct mg_http_serve_opts opts;
    memset(&opts, 0, sizeof(opts));
    opts.root_dir = root;
    opts.ssi_pattern = "#.shtml";
    opts.extra_headers = "X: y\r\n";
    mg_http_serve_dir(c, (struct mg_http_message *) ev_data, &opts);
  }
}

static const char *path_of(const char *name) {
  static char path[300];
  mg_snprintf(path, sizeof(path), "%s/%s", root, name);
  return path;
}

static void put(const char *name, const char *text) {
  CHECK(mg_file_write(&mg_fs_posix, path_of(name), text, strlen(text)));
}

static int get(const char *uri, const char *headers) {
  char request[300];
  mg_snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n%s\r\n", uri, headers);
  ask(server, &p, &hm, request);
  return mg_http_status(&hm);
}

static void count(const char *name, void *arg) {
  (void) name;
  ++*(int *) arg;
}

static void index_and_listing(void) {
  int names = 0;
  CHECK(get("/own/", "") == 200 && is(hm.body, "mine"));
  CHECK(get("/zip/", "Accept-Encoding: gzip\r\n") == 200 && is(hm.body, "packed"));
  CHECK(header_is(&hm, "Content-Encoding", "gzip") && header_is(&hm, "Vary", "Accept-Encoding"));
  CHECK(get("/zip/", "") == 404);
  /* index.html is a file like any other here, and without an index there is no listing. */
  CHECK(get("/other/", "") == 403 && is(hm.body, "Forbidden\n"));
  CHECK(get("/other/index.html", "") == 200);
  CHECK(get("/other", "") == 301);
  CHECK(get("/", "") == 403);
  mg_fs_posix.ls(root, count, &names);
  CHECK(names == 0);
}

static void includes(void) {
  CHECK(get("/self.shtml", "") == 200 && is(hm.body, "x\nx\nx\n\n\n\n"));
  /* 38 bytes are a directive, 39 are text. */
  CHECK(get("/long.shtml", "") == 200);
  CHECK(is(hm.body, "[mine]<!--#include file=\"own/start.htm\"   -->"));
}

int main(void) {
  static const char *const files[] = {"own/start.htm", "other/index.html", "zip/start.htm.gz", "self.shtml", "long.shtml"};
  static const char *const dirs[] = {"own", "other", "zip"};
  size_t i;
  start();
  CHECK(mkdtemp(strcpy(root, "/tmp/vansire-test-XXXXXX")) != NULL);
  for (i = 0; i < 3; i++) CHECK(mkdir(path_of(dirs[i]), 0700) == 0);
  put("own/start.htm", "mine");
  put("other/index.html", "not here");
  put("zip/start.htm.gz", "packed");
  put("self.shtml", "x\n<!--#include file=\"self.shtml\" -->\n");
  put("long.shtml", "[<!--#include file=\"own/start.htm\"  -->]<!--#include file=\"own/start.htm\"   -->");
  server = serve(fn, NULL);
  index_and_listing();
  includes();
  for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) CHECK(remove(path_of(files[i])) == 0);
  for (i = 0; i < 3; i++) CHECK(rmdir(path_of(dirs[i])) == 0);
  CHECK(rmdir(root) == 0);
  return finish();
}
