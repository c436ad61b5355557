/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A device whose variables can be read and changed over HTTP and watched over WebSocket.
 *
 * Usage: dashboard [PORT]   (default 8000; 0 picks a free port)
 * Open the URL in a browser, or use curl. Log in as admin/admin (may change things) or guest/guest (may look):
 *   curl -u guest:guest http://127.0.0.1:8000/api/get
 *   curl -u admin:admin http://127.0.0.1:8000/api/set -d '{"led":{"on":true}}'
 */
#include "mongoose.h"

static bool s_led_on;
static int s_led_brightness = 50;
static struct mg_field s_led_fields[] = {
    {"on", MG_VAL_BOOL, &s_led_on, sizeof(s_led_on)},
    {"brightness", MG_VAL_INT, &s_led_brightness, sizeof(s_led_brightness)},
    {NULL, MG_VAL_INT, NULL, 0},
};

/* Called before a change to ask whether it is allowed, and after it to put it into effect. */
static bool led(enum mg_dash_op op, struct mg_dash_user *user) {
  if (op == MG_DASH_WRITE && user->level < 7) return false;
  if (s_led_brightness < 0) s_led_brightness = 0;
  if (s_led_brightness > 100) s_led_brightness = 100;
  return true;
}

static double s_uptime;
static struct mg_field s_status_fields[] = {
    {"uptime", MG_VAL_DBL, &s_uptime, 0}, /* size 0: read only */
    {NULL, MG_VAL_INT, NULL, 0},
};

static bool status(enum mg_dash_op op, struct mg_dash_user *user) {
  (void) user;
  s_uptime = (double) mg_millis() / 1000;
  return op == MG_DASH_READ;
}

static struct mg_field_set s_led = {"led", s_led_fields, led, NULL, NULL, NULL};
static struct mg_field_set s_status = {"status", s_status_fields, status, NULL, NULL, NULL};

static int authenticate(char *user, size_t len, const char *pass) {
  (void) len;
  if (strcmp(user, "admin") == 0 && strcmp(pass, "admin") == 0) return 7;
  if (strcmp(user, "guest") == 0 && strcmp(pass, "guest") == 0) return 1;
  return 0;
}

/* What the browser gets at /. */
static const char s_page[] =
    "<!doctype html>\n"
    "<html lang=\"en\"><meta charset=\"utf-8\"><title>Device</title>\n"
    "<style>body{font:1rem sans-serif;max-width:30rem;margin:2rem auto}label{display:block;margin:.5rem 0}</style>\n"
    "<h1>Device</h1>\n"
    "<form id=\"login\"><label>User <input name=\"user\" value=\"guest\"></label>\n"
    "<label>Password <input name=\"pass\" type=\"password\" value=\"guest\"></label><button>Log in</button>\n"
    "<output id=\"refused\"></output></form>\n"
    "<main hidden><p>Signed in as <b id=\"user\"></b>, up for <span id=\"uptime\"></span> s</p>\n"
    "<label>LED <input id=\"on\" type=\"checkbox\"></label>\n"
    "<label>Brightness <input id=\"brightness\" type=\"range\"></label><p id=\"note\"></p></main>\n"
    "<script>\n"
    "const $ = (id) => document.getElementById(id);\n"
    "const show = (sets) => {\n"
    "  if (sets.led) { $('on').checked = sets.led.on; $('brightness').value = sets.led.brightness; }\n"
    "  if (sets.status) $('uptime').textContent = Math.round(sets.status.uptime);\n"
    "};\n"
    "const get = async () => show(await (await fetch('/api/get')).json());\n"
    "const set = async (value) => {\n"
    "  const taken = await (await fetch('/api/set', {method: 'POST', body: JSON.stringify({led: value})})).json();\n"
    "  $('note').textContent = taken > 0 ? 'Saved' : 'Not allowed';\n"
    "  if (!taken) get();\n"
    "};\n"
    "const watch = () => {\n"
    "  const ws = new WebSocket(location.origin.replace('http', 'ws') + '/api/websocket');\n"
    "  ws.onopen = get; // what changed meanwhile\n"
    "  ws.onmessage = (m) => show(JSON.parse(m.data).params);\n"
    "  ws.onclose = () => setTimeout(watch, 1000);\n"
    "};\n"
    "const login = async (user, pass) => {\n"
    "  const reply = await fetch('/api/login', {headers: {Authorization: 'Basic ' + btoa(user + ':' + pass)}});\n"
    "  if (!reply.ok) { $('refused').textContent = await reply.text(); return; }\n"
    "  $('user').textContent = (await reply.json()).user;\n"
    "  $('login').hidden = true;\n"
    "  document.querySelector('main').hidden = false;\n"
    "  watch();\n"
    "};\n"
    "$('login').onsubmit = (e) => { e.preventDefault(); login(e.target.user.value, e.target.pass.value); };\n"
    "$('on').onchange = (e) => set({on: e.target.checked});\n"
    "$('brightness').onchange = (e) => set({brightness: Number(e.target.value)});\n"
    "if (location.hash) login(...location.hash.slice(1).split(':'));\n"
    "</script>\n";

static const struct mg_mem_file s_files[] = {
    {"/dashboard.html", (const unsigned char *) s_page, sizeof(s_page) - 1, 0},
    {NULL, NULL, 0, 0},
};

static struct mg_dash s_dash;
static volatile sig_atomic_t s_stop = 0;

static void on_signal(int signo) {
  s_stop = signo;
}

int main(int argc, char *argv[]) {
  struct mg_mgr mgr;
  struct mg_connection *listener;
  char url[64];
  mg_snprintf(url, sizeof(url), "http://127.0.0.1:%s", argc > 1 ? argv[1] : "8000");
  signal(SIGINT, on_signal);
  signal(SIGTERM, on_signal);
  mg_log_set(MG_LL_ERROR);
  mg_mem_files = s_files;
  s_dash.authenticate = authenticate;
  MG_DASH_ADD_FIELD_SET(&s_dash, &s_led);
  MG_DASH_ADD_FIELD_SET(&s_dash, &s_status);
  mg_mgr_init(&mgr);
  listener = mg_http_listen(&mgr, url, mg_dash_ev_handler, &s_dash);
  if (listener == NULL) {
    mg_mgr_free(&mgr);
    return EXIT_FAILURE;
  }
  printf("http://127.0.0.1:%hu\n", mg_ntohs(listener->loc.port));
  fflush(stdout);
  while (s_stop == 0) mg_mgr_poll(&mgr, 1000);
  mg_mgr_free(&mgr);
  return EXIT_SUCCESS;
}
