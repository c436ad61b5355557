/* Parts of URLs. */
#include "check.h"
#include "mongoose.h"

static void check(const char *url, const char *host, unsigned short port, const char *user, const char *pass,
                  const char *uri, bool ssl) {
  check_report(mg_strcmp(mg_url_host(url), mg_str(host)) == 0, url, "host", 0);
  check_report(mg_url_port(url) == port, url, "port", mg_url_port(url));
  check_report(mg_strcmp(mg_url_user(url), mg_str(user)) == 0, url, "user", 0);
  check_report(mg_strcmp(mg_url_pass(url), mg_str(pass)) == 0, url, "pass", 0);
  check_report(strcmp(mg_url_uri(url), uri) == 0, url, mg_url_uri(url), 0);
  check_report(mg_url_is_ssl(url) == ssl, url, "ssl", 0);
}

int main(void) {
  check("http://example.org", "example.org", 80, "", "", "/", false);
  check("https://u:p@h:8443/a?b=/c#d", "h", 8443, "u", "p", "/a?b=/c#d", true);
  check("wss://h/", "h", 443, "", "", "/", true);
  check("mqtts://u:@h", "h", 8883, "u", "", "/", true);
  check("mqtt://:p@h:1", "h", 1, "", "p", "/", false);
  check("tcp://a:b:c@h", "h", 0, "a", "b:c", "/", false);
  check("tls://[::1]:99/x", "[::1]", 99, "", "", "/x", true);
  check("foo:1234", "foo", 1234, "", "", "/", false);
  check(":1234", "", 1234, "", "", "/", false);
  check("foo/bar", "foo/bar", 0, "", "", "/", false);
  check("localhost:80/x", "localhost", 80, "", "", "/", false);
  check("http:///x", "", 80, "", "", "/x", false);
  check("http://h:99999", "h", 0, "", "", "/", false);
  check("http://h:abc", "h", 0, "", "", "/", false);
  check("HTTPS://h?x:1", "h", 443, "", "", "/", true);
  check("", "", 0, "", "", "/", false);
  CHECK(mg_url_user("http://h").buf != NULL && mg_url_pass("http://h").buf != NULL);
  return done();
}
