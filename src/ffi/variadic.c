/*
 * The only C variadics: each starts a va_list and calls its Rust twin, which receives a pointer to the list.
 * Rust never looks into a va_list; it takes arguments one by one through the mg_x_va_* getters below.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mg_connection;
struct mg_fs;
struct mg_http_message;
struct mg_mgr;
struct mg_queue;
struct mg_rpc_req;
typedef void (*mg_pfn_t)(char, void *);
typedef void (*mg_event_handler_t)(struct mg_connection *, int, void *);

/* Twins. */
size_t mg_vxprintf(mg_pfn_t, void *, const char *, va_list *);
size_t mg_vsnprintf(char *, size_t, const char *, va_list *);
char *mg_vmprintf(const char *, va_list *);
size_t mg_vprintf(struct mg_connection *, const char *, va_list *);
size_t mg_ws_vprintf(struct mg_connection *, int, const char *, va_list *);
void mg_rpc_vok(struct mg_rpc_req *, const char *, va_list *);
void mg_rpc_verr(struct mg_rpc_req *, int, const char *, va_list *);
void mg_x_verror(struct mg_connection *, const char *, va_list *);
void mg_x_vhttp_reply(struct mg_connection *, int, const char *, const char *, va_list *);
void mg_x_vhttp_printf_chunk(struct mg_connection *, const char *, va_list *);
void mg_x_vws_upgrade(struct mg_connection *, struct mg_http_message *, const char *, va_list *);
struct mg_connection *mg_x_vws_connect(struct mg_mgr *, const char *, mg_event_handler_t, void *, const char *,
                                       va_list *);
size_t mg_x_vqueue_printf(struct mg_queue *, const char *, va_list *);
bool mg_x_vfile_printf(struct mg_fs *, const char *, const char *, va_list *);

/* Getters: the next argument of a list. */
int mg_x_va_int(va_list *ap) { return va_arg(*ap, int); }
long mg_x_va_long(va_list *ap) { return va_arg(*ap, long); }
int64_t mg_x_va_llong(va_list *ap) { return va_arg(*ap, int64_t); }
double mg_x_va_double(va_list *ap) { return va_arg(*ap, double); }
void *mg_x_va_ptr(va_list *ap) { return va_arg(*ap, void *); }

/* Runs `call`, whose arguments are the format string and a pointer to the list started after it. */
#define MG_X_VARIADIC(fmt, call) \
  do {                           \
    va_list ap;                  \
    va_start(ap, fmt);           \
    call;                        \
    va_end(ap);                  \
  } while (0)

size_t mg_xprintf(mg_pfn_t out, void *arg, const char *fmt, ...) {
  size_t n;
  MG_X_VARIADIC(fmt, n = mg_vxprintf(out, arg, fmt, &ap));
  return n;
}

size_t mg_snprintf(char *buf, size_t len, const char *fmt, ...) {
  size_t n;
  MG_X_VARIADIC(fmt, n = mg_vsnprintf(buf, len, fmt, &ap));
  return n;
}

char *mg_mprintf(const char *fmt, ...) {
  char *text;
  MG_X_VARIADIC(fmt, text = mg_vmprintf(fmt, &ap));
  return text;
}

size_t mg_queue_printf(struct mg_queue *queue, const char *fmt, ...) {
  size_t n;
  MG_X_VARIADIC(fmt, n = mg_x_vqueue_printf(queue, fmt, &ap));
  return n;
}

bool mg_file_printf(struct mg_fs *fs, const char *path, const char *fmt, ...) {
  bool ok;
  MG_X_VARIADIC(fmt, ok = mg_x_vfile_printf(fs, path, fmt, &ap));
  return ok;
}

size_t mg_printf(struct mg_connection *c, const char *fmt, ...) {
  size_t n;
  MG_X_VARIADIC(fmt, n = mg_vprintf(c, fmt, &ap));
  return n;
}

void mg_error(struct mg_connection *c, const char *fmt, ...) { MG_X_VARIADIC(fmt, mg_x_verror(c, fmt, &ap)); }

void mg_http_reply(struct mg_connection *c, int status, const char *headers, const char *fmt, ...) {
  MG_X_VARIADIC(fmt, mg_x_vhttp_reply(c, status, headers, fmt, &ap));
}

void mg_http_printf_chunk(struct mg_connection *c, const char *fmt, ...) {
  MG_X_VARIADIC(fmt, mg_x_vhttp_printf_chunk(c, fmt, &ap));
}

size_t mg_ws_printf(struct mg_connection *c, int op, const char *fmt, ...) {
  size_t n;
  MG_X_VARIADIC(fmt, n = mg_ws_vprintf(c, op, fmt, &ap));
  return n;
}

void mg_ws_upgrade(struct mg_connection *c, struct mg_http_message *hm, const char *fmt, ...) {
  MG_X_VARIADIC(fmt, mg_x_vws_upgrade(c, hm, fmt, &ap));
}

struct mg_connection *mg_ws_connect(struct mg_mgr *mgr, const char *url, mg_event_handler_t fn, void *fn_data,
                                    const char *fmt, ...) {
  struct mg_connection *c;
  MG_X_VARIADIC(fmt, c = mg_x_vws_connect(mgr, url, fn, fn_data, fmt, &ap));
  return c;
}

void mg_rpc_ok(struct mg_rpc_req *r, const char *fmt, ...) { MG_X_VARIADIC(fmt, mg_rpc_vok(r, fmt, &ap)); }

void mg_rpc_err(struct mg_rpc_req *r, int code, const char *fmt, ...) {
  MG_X_VARIADIC(fmt, mg_rpc_verr(r, code, fmt, &ap));
}
