/* The HTTP parser and its helpers, in a program with a header table of its own length. */
#define MG_MAX_HTTP_HEADERS 7
#include "mongoose.h"

#include "check.h"

/* Linked by name, not declared. */
char *mg_http_etag(char *buf, size_t len, size_t size, time_t mtime);

static int parse(const char *s, struct mg_http_message *hm) {
  return mg_http_parse(s, strlen(s), hm);
}

static bool is(struct mg_str s, const char *text) {
  return mg_strcmp(s, mg_str(text)) == 0;
}

static void check_request(void) {
  const char *s = "PUT /\xcf\x80?k=1 HTTP/1.0\nH:\tv \nContent-Length: 3\n\nabc";
  struct mg_http_message hm;
  size_t n;
  int head = (int) strlen(s) - 3;
  CHECK(sizeof(hm) == 112 + 32 * 7);
  CHECK(mg_http_get_request_len((const unsigned char *) s, strlen(s)) == head);
  CHECK(parse(s, &hm) == head);
  CHECK(is(hm.method, "PUT") && is(hm.uri, "/\xcf\x80") && is(hm.query, "k=1") && is(hm.proto, "HTTP/1.0"));
  CHECK(is(hm.headers[0].name, "H") && is(hm.headers[0].value, "v"));
  CHECK(hm.headers[2].name.buf == NULL && hm.headers[2].name.len == 0);
  CHECK(is(hm.body, "abc") && hm.head.buf == s && hm.head.len == (size_t) head);
  CHECK(hm.message.buf == s && hm.message.len == strlen(s));
  for (n = 0; n < (size_t) head; n++) {
    CHECK(mg_http_parse(s, n, &hm) == 0);
    CHECK(hm.method.buf == NULL && hm.message.len == 0);
  }
  CHECK(mg_http_parse(NULL, 0, &hm) == 0);
  CHECK(mg_http_get_request_len(NULL, 0) == 0);
  CHECK(mg_http_get_request_len((const unsigned char *) "\x01", 1) == -1);
  CHECK(parse("GET / HTTP/1.1\r\nA : b\r\n\r\n", &hm) == -1);
}

static void check_response(void) {
  struct mg_http_message hm;
  CHECK(parse("HTTP/1.1 299\n\n", &hm) > 0);
  CHECK(is(hm.method, "HTTP/1.1") && is(hm.uri, "299") && hm.proto.len == 0);
  CHECK(hm.body.len == (size_t) ~0 && hm.message.len == (size_t) ~0 && mg_http_status(&hm) == 299);
  CHECK(parse("HTTP/1.1 204 No\n\n", &hm) > 0 && hm.body.len == 0);
  CHECK(parse("HTTP/1.1 x No\n\n", &hm) > 0 && mg_http_status(&hm) == 0);
}

static void check_table(void) {
  const char *s = "GET / HTTP/1.1\nA:1\nB:2\nC:3\nD:4\nE:5\nF:6\nG:7\nH:8\n\n";
  struct mg_http_message hm;
  CHECK(parse(s, &hm) == (int) strlen(s));
  CHECK(mg_http_get_header(&hm, "g") == &hm.headers[6].value && is(hm.headers[6].value, "7"));
  CHECK(mg_http_get_header(&hm, "H") == NULL);
  CHECK(hm.head.len == strlen(s) && hm.body.buf == s + strlen(s) && hm.body.len == 0);
}

static void check_vars(void) {
  char buf[8];
  struct mg_str form = mg_str("&&A=1+2&b=%zz&c");
  CHECK(is(mg_http_var(form, mg_str("a")), "1+2"));
  CHECK(mg_http_var(form, mg_str("c")).buf != NULL && mg_http_var(form, mg_str("c")).len == 0);
  CHECK(mg_http_var(form, mg_str("x")).buf == NULL);
  CHECK(mg_http_get_var(&form, "a", buf, sizeof(buf)) == 3 && strcmp(buf, "1 2") == 0);
  CHECK(mg_http_get_var(&form, "a", NULL, 8) == -2 && mg_http_get_var(&form, "a", buf, 0) == -2);
  buf[0] = 'x';
  CHECK(mg_http_get_var(&form, NULL, buf, 8) == -1 && buf[0] == '\0');
  CHECK(mg_http_get_var(&form, "x", buf, 8) == -4 && mg_http_get_var(&form, "b", buf, 8) == -3);
  CHECK(mg_http_get_var(&form, "a", buf, 1) == -3 && buf[0] == '\0');
  form = mg_str("");
  CHECK(mg_http_get_var(&form, "a", buf, 8) == -1);
  CHECK(is(mg_http_get_header_var(mg_str("a=1; bb=\"2 3\""), mg_str("bb")), "2 3"));
  CHECK(is(mg_http_get_header_var(mg_str("a=\"1"), mg_str("a")), "\"1"));
  CHECK(mg_http_get_header_var(mg_str("filename=1"), mg_str("name")).buf == NULL);
  CHECK(mg_http_get_header_var(mg_str(""), mg_str("")).buf == NULL);
}

static void check_url_coding(void) {
  char buf[20];
  CHECK(mg_url_decode("a%20b+c", 7, buf, sizeof(buf), 0) == 5 && strcmp(buf, "a b+c") == 0);
  CHECK(mg_url_decode("a%20b+c", 7, buf, sizeof(buf), 1) == 5 && strcmp(buf, "a b c") == 0);
  CHECK(mg_url_decode("%2", 2, buf, sizeof(buf), 0) == -1 && mg_url_decode("%gg", 3, buf, sizeof(buf), 0) == -1);
  CHECK(mg_url_decode("abc", 3, buf, 3, 0) == -1 && mg_url_decode("abc", 3, buf, 0, 0) == -1);
  CHECK(mg_url_decode(NULL, 0, buf, 1, 0) == 0 && buf[0] == '\0');
  CHECK(mg_url_encode("a/\xff~", 4, buf, sizeof(buf)) == 8 && strcmp(buf, "a%2f%ff~") == 0);
  CHECK(mg_url_encode("abc", 3, buf, 6) == 0 && mg_url_encode("", 0, buf, sizeof(buf)) == 0 && buf[0] == '\0');
}

static void check_creds(void) {
  struct mg_http_message hm;
  char user[20], pass[20];
  CHECK(parse("GET /?access_token=q HTTP/1.1\nAuthorization: Basic dTpwOnE=\n\n", &hm) > 0);
  mg_http_creds(&hm, user, sizeof(user), pass, sizeof(pass));
  CHECK(strcmp(user, "u") == 0 && strcmp(pass, "p:q") == 0);
  CHECK(parse("GET / HTTP/1.1\nAuthorization: Bearer tok\n\n", &hm) > 0);
  mg_http_creds(&hm, user, sizeof(user), pass, 3);
  CHECK(user[0] == '\0' && strcmp(pass, "to") == 0);
  CHECK(parse("GET / HTTP/1.1\nCookie: a=b; access_token=xyz\n\n", &hm) > 0);
  mg_http_creds(&hm, user, sizeof(user), pass, sizeof(pass));
  CHECK(user[0] == '\0' && strcmp(pass, "xyz") == 0);
  CHECK(parse("GET /?access_token=a%20b HTTP/1.1\n\n", &hm) > 0);
  mg_http_creds(&hm, user, sizeof(user), pass, sizeof(pass));
  CHECK(user[0] == '\0' && strcmp(pass, "a b") == 0);
}

static void check_multipart(void) {
  struct mg_http_part part;
  struct mg_str body = mg_str("--b\r\nContent-Disposition: form-data; name=\"n\"; filename=\"f\rg\"\r\n\r\nx\r\ny\r\n--b--");
  size_t next = mg_http_next_multipart(body, 0, &part);
  CHECK(next > 0 && is(part.name, "n") && is(part.filename, "f\rg") && is(part.body, "x\r\ny"));
  CHECK(mg_http_next_multipart(body, next, &part) == 0 && part.body.buf == NULL && part.name.buf == NULL);
  CHECK(mg_http_next_multipart(mg_str(""), 0, NULL) == 0);
}

static void check_etag(void) {
  char buf[30], small[4];
  CHECK(mg_http_etag(buf, sizeof(buf), 22, 1700000000) == buf && strcmp(buf, "\"1700000000.22\"") == 0);
  CHECK(mg_http_etag(small, sizeof(small), 22, 17) == small && strcmp(small, "\"17") == 0);
}

static void check_bauth(void) {
  struct mg_connection c;
  memset(&c, 0, sizeof(c));
  mg_http_bauth(&c, "us", "\xc3\xbc");
  mg_http_bauth(&c, "u", NULL);
  CHECK(is(mg_str_n((char *) c.send.buf, c.send.len), "Authorization: Basic dXM6w7w=\r\nAuthorization: Basic dTo=\r\n"));
  mg_iobuf_free(&c.send);
}

int main(void) {
  check_request();
  check_response();
  check_table();
  check_vars();
  check_url_coding();
  check_creds();
  check_multipart();
  check_etag();
  check_bauth();
  return done();
}
