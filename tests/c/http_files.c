/* Static files over real sockets: mapping, ranges, entity tags, compressed twins, listings, includes, back-pressure. */
#include "http.h"

char *mg_http_etag(char *buf, size_t len, size_t size, time_t mtime);

static struct mg_http_serve_opts opts;
static int events;
static size_t written; /* bytes that MG_EV_WRITE told of */

static void fn(struct mg_connection *c, int ev, void *ev_data) {
  if (ev == MG_EV_HTTP_MSG) {
    events++;
    mg_http_serve_dir(c, (struct mg_http_message *) ev_data, &opts);
  } else if (ev == MG_EV_WRITE) {
    written += (size_t) *(long *) ev_data;
  }
}

static struct mg_connection *server;
static struct peer p;
static struct mg_http_message hm;
static char root[100];

static char *path_of(const char *name) {
  static char path[4][300];
  static int turn;
  char *s = path[turn++ % 4];
  mg_snprintf(s, sizeof(path[0]), "%s/%s", root, name);
  return s;
}

static void put(const char *name, const char *text) {
  CHECK(mg_file_write(&mg_fs_posix, path_of(name), text, strlen(text)));
}

static int get(const char *uri, const char *headers) {
  char request[6000];
  mg_snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n%s\r\n", uri, headers);
  ask(server, &p, &hm, request);
  return mg_http_status(&hm);
}

static void use(const char *root_dir) {
  memset(&opts, 0, sizeof(opts));
  opts.root_dir = root_dir;
}

static void whole_files(void) {
  char expected[300], etag[50];
  size_t size = 0;
  time_t mtime = 0;
  use(root);
  opts.extra_headers = "X: y\r\n";
  CHECK(mg_fs_posix.st(path_of("a.txt"), &size, &mtime) != 0 && size == 10);
  mg_snprintf(expected, sizeof(expected),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nEtag: %s\r\nContent-Length: 10\r\nX: y\r\n\r\n"
              "0123456789",
              mg_http_etag(etag, sizeof(etag), size, mtime));
  CHECK(get("/a.txt", "") == 200 && strcmp(p.buf, expected) == 0);
  CHECK(get("/a%2etxt?q", "") == 200 && is(hm.body, "0123456789"));
  CHECK(get("/a.txt/", "") == 200 && is(hm.body, "0123456789"));
  mg_snprintf(expected, sizeof(expected), "If-None-Match: %s\r\n", etag);
  CHECK(get("/a.txt", expected) == 304 && hm.body.len == 0 && header_is(&hm, "X", "y"));
  CHECK(header_is(&hm, "Etag", etag) && header_is(&hm, "Vary", NULL));
  CHECK(get("/missing", "") == 404 && is(hm.body, "Not found\n") && header_is(&hm, "X", "y"));
  CHECK(get("/%c3%bc.txt", "") == 200 && is(hm.body, "umlaut"));
  CHECK(get("/\xc3\xbc.txt", "") == 200 && is(hm.body, "umlaut"));
  CHECK(get("/empty", "") == 200 && hm.body.len == 0);
  peer_open(&p, server);
  /* No HEAD has a body, so that the answers stay in step. */
  peer_say(&p, "HEAD /nowhere HTTP/1.1\r\n\r\nHEAD /../x HTTP/1.1\r\n\r\nHEAD /a.txt HTTP/1.1\r\n\r\nGET /empty HTTP/1.1\r\nConnection: close\r\n\r\n");
  PEER_UNTIL(&p, p.closed);
  CHECK(strstr(p.buf, "Content-Length: 10\r\n") != NULL && strstr(p.buf, "0123456789") == NULL);
  CHECK(strstr(p.buf, "Content-Length: 0\r\n") != NULL);
  CHECK(strstr(p.buf, "HTTP/1.1 404 Not Found\r\nX: y\r\nContent-Length: 10         \r\n\r\nHTTP/1.1 400 ") == p.buf);
  CHECK(strstr(p.buf, "Content-Length: 12         \r\n\r\nHTTP/1.1 200 OK\r\n") != NULL);
  peer_close(&p);
}

static void ranges(void) {
  use(root);
  CHECK(get("/a.txt", "Range: bytes=2-4\r\n") == 206 && is(hm.body, "234"));
  CHECK(header_is(&hm, "Content-Range", "bytes 2-4/10") && is(hm.proto, "Partial Content"));
  CHECK(get("/a.txt", "Range: bytes=7-\r\n") == 206 && is(hm.body, "789"));
  CHECK(get("/a.txt", "Range: bytes=-3\r\n") == 206 && is(hm.body, "789"));
  CHECK(get("/a.txt", "Range: bytes=0-9\r\n") == 206 && is(hm.body, "0123456789"));
  CHECK(get("/a.txt", "Range: bytes=0-10\r\n") == 416 && hm.body.len == 0);
  CHECK(header_is(&hm, "Content-Range", "bytes */10"));
  CHECK(get("/a.txt", "Range: bytes=10-\r\n") == 416);
  CHECK(get("/a.txt", "Range: none\r\n") == 200 && is(hm.body, "0123456789"));
}

static void compressed(void) {
  use(root);
  CHECK(get("/z.css", "Accept-Encoding: br, gzip\r\n") == 200 && is(hm.body, "packed"));
  CHECK(header_is(&hm, "Content-Encoding", "gzip") && header_is(&hm, "Content-Type", "text/css; charset=utf-8"));
  CHECK(get("/z.css", "Accept-Encoding: gzip;q=0\r\n") == 404);
  CHECK(get("/z.css", "") == 404);
  CHECK(get("/zdir/", "Accept-Encoding: gzip\r\n") == 200 && is(hm.body, "zindex"));
  CHECK(header_is(&hm, "Content-Type", "text/html; charset=utf-8"));
}

static void types_and_page404(void) {
  use(root);
  opts.mime_types = "txt=a/b,css=c/d";
  CHECK(get("/a.txt", "") == 200 && header_is(&hm, "Content-Type", "a/b"));
  opts.mime_types = "*=e/f,txt=a/b";
  CHECK(get("/a.txt", "") == 200 && header_is(&hm, "Content-Type", "e/f"));
  opts.mime_types = NULL;
  opts.page404 = path_of("a.txt");
  CHECK(get("/missing.html", "") == 200 && is(hm.body, "0123456789"));
  CHECK(header_is(&hm, "Content-Type", "text/plain; charset=utf-8"));
  opts.page404 = "nowhere";
  CHECK(get("/missing.html", "") == 404);
}

static void traversal(void) {
  static const char *const bad[] = {"/../x",   "/..",        "/%2e%2e/x", "/a/..%2f..%2fx", "/..%5cx",
                                    "/..name", "/..name/",   "/a%00b",    "/%zz",           "/a\\..\\x"};
  char uri[5100];
  size_t i;
  use(root);
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    CHECK(get(bad[i], "") == 400 && is(hm.body, "Invalid path"));
  }
  memset(uri, 'a', sizeof(uri));
  uri[0] = '/', uri[5000] = '\0';
  CHECK(get(uri, "") == 400);
  use("/only=nowhere");
  CHECK(get("/etc/passwd", "") == 404);
  use(NULL);
  CHECK(get("/etc/passwd", "") == 404);
  use("no-such-directory");
  CHECK(get("/", "") == 404 && get("/x", "") == 404);
}

static void mappings(void) {
  char roots[400];
  mg_snprintf(roots, sizeof(roots), "%s,/p=%s/sub", root, root);
  use(roots);
  CHECK(get("/p/b.txt", "") == 200 && is(hm.body, "in sub"));
  CHECK(get("/a.txt", "") == 200 && is(hm.body, "0123456789"));
  CHECK(get("/p", "") == 301 && header_is(&hm, "Location", "/p/"));
  CHECK(get("/pa", "") == 404);
  CHECK(get("//sub", "") == 301 && header_is(&hm, "Location", "/sub/"));
}

static void listings(void) {
  use(root);
  opts.extra_headers = "X: y\r\n";
  CHECK(get("/sub?x", "") == 301 && header_is(&hm, "Location", "/sub/") && header_is(&hm, "X", NULL));
  CHECK(strcmp(p.buf, "HTTP/1.1 301 Moved\r\nLocation: /sub/\r\nContent-Length: 0\r\n\r\n") == 0);
  CHECK(get("/sub/", "") == 200 && header_is(&hm, "X", "y"));
  CHECK(strstr(p.buf, ">Index of /sub/<") != NULL && strstr(p.buf, ">b.txt<") != NULL);
  CHECK(strstr(p.buf, "%3cimg%20src%3d%22x%22%3e") != NULL && strstr(p.buf, ">&lt;img src=&quot;x&quot;&gt;<") != NULL);
  peer_open(&p, server);
  peer_say(&p, "HEAD /sub/ HTTP/1.1\r\nConnection: close\r\n\r\n");
  PEER_UNTIL(&p, p.closed);
  CHECK(strstr(p.buf, "\r\n\r\n") == p.buf + p.len - 4);
  peer_close(&p);
}

static void includes(void) {
  use(root);
  opts.ssi_pattern = "#.shtml";
  CHECK(get("/ssi/", "") == 200);
  CHECK(is(hm.body, "top\n-part 0123456789-\n--<!--#echo x-->\n"));
  CHECK(header_is(&hm, "Content-Type", "text/html; charset=utf-8"));
  CHECK(get("/ssi/self.shtml", "") == 200 && is(hm.body, "x\nx\nx\nx\nx\nx\n\n\n\n\n\n\n"));
  CHECK(get("/empty.shtml", "") == 200 && hm.body.len == 0);
}

/* The file gets shorter while the peer does not read: what is left goes out, then the connection closes. */
static void shrinking_file(void) {
  size_t size = 40000000, received = 0; /* more than the system buffers */
  ssize_t n = 1;
  int rounds;
  CHECK(truncate(path_of("big"), (off_t) size) == 0);
  peer_open(&p, server);
  events = 0;
  peer_say(&p, "GET /big HTTP/1.1\r\n\r\n");
  UNTIL(events == 1);
  CHECK(truncate(path_of("big"), 20000) == 0);
  for (rounds = 0; n != 0 && rounds < ROUNDS; rounds++) {
    mg_mgr_poll(&mgr, 1);
    while ((n = recv(p.fd, p.buf, sizeof(p.buf), 0)) > 0) received += (size_t) n;
  }
  CHECK(n == 0 && received > 20000 && received < size);
  peer_close(&p);
}

static void large_files(void) {
  size_t size = 300000, i, n, max = 0;
  char *big = (char *) malloc(size + 1);
  struct mg_connection *c;
  for (i = 0; i < size; i++) big[i] = (char) ('a' + i % 23);
  big[size] = '\0';
  put("big", big);
  use(root);
  written = 0;
  peer_open(&p, server);
  peer_say(&p, "GET /big HTTP/1.1\r\n\r\nGET /a.txt HTTP/1.1\r\n\r\n");
  for (n = 0; n < ROUNDS && (i = response_at(&p, 0, &hm)) == 0; n++) {
    peer_pump(&p);
    for (c = mgr.conns; c != NULL; c = c->next) {
      if (c->send.len > max) max = c->send.len;
    }
  }
  CHECK(i > size && hm.body.len == size && memcmp(hm.body.buf, big, size) == 0);
  CHECK(max <= MG_IO_SIZE);
  PEER_UNTIL(&p, response_at(&p, i, &hm) > 0);
  CHECK(is(hm.body, "0123456789"));
  CHECK(written == p.len);
  peer_close(&p);
  CHECK(get("/big", "Range: bytes=1000-250999\r\n") == 206);
  CHECK(hm.body.len == 250000 && memcmp(hm.body.buf, big + 1000, hm.body.len) == 0);
  /* A peer that leaves in the middle; the file is closed with the connection. */
  peer_open(&p, server);
  peer_say(&p, "GET /big HTTP/1.1\r\n\r\n");
  peer_pump(&p);
  peer_close(&p);
  UNTIL(mgr.conns == server && server->next == NULL);
  shrinking_file();
  free(big);
}

static void packed(void) {
  static const struct mg_mem_file files[] = {{"/index.html", (const unsigned char *) "top", 3, 1},
                                             {"/d/x.txt", (const unsigned char *) "nested", 6, 2},
                                             {NULL, NULL, 0, 0}};
  mg_mem_files = files;
  use("/");
  opts.fs = &mg_fs_packed;
  CHECK(get("/", "") == 200 && is(hm.body, "top"));
  CHECK(get("/d/x.txt", "") == 200 && is(hm.body, "nested"));
  CHECK(get("/d", "") == 301);
  CHECK(get("/d/", "") == 200 && strstr(p.buf, ">x.txt<") != NULL);
  CHECK(get("/e", "") == 404);
  mg_mem_files = NULL;
}

static const char *const names[] = {"a.txt", "\xc3\xbc.txt", "empty", "z.css.gz", "zdir/index.html.gz", "sub/b.txt",
                                    "sub/<img src=\"x\">", "ssi/index.shtml", "ssi/part", "ssi/self.shtml",
                                    "empty.shtml", "big"};

static void make(void) {
  CHECK(mkdtemp(strcpy(root, "/tmp/vansire-test-XXXXXX")) != NULL);
  CHECK(mkdir(path_of("zdir"), 0700) == 0 && mkdir(path_of("sub"), 0700) == 0 && mkdir(path_of("ssi"), 0700) == 0);
  put("a.txt", "0123456789");
  put("\xc3\xbc.txt", "umlaut");
  put("empty", "");
  put("empty.shtml", "");
  put("z.css.gz", "packed");
  put("zdir/index.html.gz", "zindex");
  put("sub/b.txt", "in sub");
  put("sub/<img src=\"x\">", "");
  put("ssi/index.shtml",
      "top\n-<!--#include file=\"part\" -->-\n-<!--#include file=\"missing\"-->-<!--#echo x-->\n"
      "<!--#include virtual=\"/../etc/passwd\"-->");
  put("ssi/part", "part <!--#include virtual=\"/a.txt\" -->");
  put("ssi/self.shtml", "x\n<!--#include file=\"self.shtml\" -->\n");
}

static void clean(void) {
  size_t i;
  for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) remove(path_of(names[i]));
  CHECK(rmdir(path_of("zdir")) == 0 && rmdir(path_of("sub")) == 0 && rmdir(path_of("ssi")) == 0);
  CHECK(rmdir(root) == 0);
}

int main(void) {
  start();
  make();
  server = serve(fn, NULL);
  whole_files();
  ranges();
  compressed();
  types_and_page404();
  traversal();
  mappings();
  listings();
  includes();
  large_files();
  packed();
  clean();
  return finish();
}
