/* JSON-RPC: registry, processing, answers. */
#include "iot.h"

static struct mg_rpc *s_head;

static void sum(struct mg_rpc_req *r) {
  double a = 0, b = 0;
  mg_json_get_num(r->frame, "$.params[0]", &a);
  mg_json_get_num(r->frame, "$.params[1]", &b);
  mg_rpc_ok(r, "%g", a + b);
}

static void hello(struct mg_rpc_req *r) {
  mg_rpc_ok(r, "{%m:%m}", MG_ESC("hi"), MG_ESC((char *) r->rpc->fn_data));
}

static void broken(struct mg_rpc_req *r) {
  mg_rpc_err(r, -7, "%m", MG_ESC("no \"way\""));
}

static void empty(struct mg_rpc_req *r) {
  mg_rpc_ok(r, NULL);
}

static void nothing(struct mg_rpc_req *r) {
  mg_rpc_err(r, 5, NULL);
}

/* Removes itself while it runs. */
static void once(struct mg_rpc_req *r) {
  mg_rpc_del(r->head, once);
  mg_rpc_ok(r, "%d", 1);
}

static int s_responses;
static void response(struct mg_rpc_req *r) {
  CHECK(r->req_data == &s_responses);
  s_responses++;
}

static bool gives(const char *frame, const char *want) {
  struct mg_iobuf io = {NULL, 0, 0, 256};
  struct mg_rpc_req r;
  bool ok;
  memset(&r, 0, sizeof(r));
  r.head = &s_head;
  r.pfn = mg_pfn_iobuf;
  r.pfn_data = &io;
  r.req_data = &s_responses;
  r.frame = mg_str(frame);
  mg_rpc_process(&r);
  ok = want == NULL ? io.buf == NULL : io.buf != NULL && strcmp((char *) io.buf, want) == 0;
  if (!ok) printf("%s\n", io.buf == NULL ? "(nothing)" : (char *) io.buf);
  mg_iobuf_free(&io);
  return ok;
}

int main(void) {
  char who[] = "you";
  CHECK(gives("{\"id\":1,\"method\":\"sum\"}", "{\"id\":1,\"error\":{\"code\":-32601,\"message\":\"sum not found\"}}"));
  mg_rpc_add(&s_head, mg_str("sum"), sum, NULL);
  mg_rpc_add(&s_head, mg_str("hello.*"), hello, who);
  mg_rpc_add(&s_head, mg_str("broken"), broken, NULL);
  mg_rpc_add(&s_head, mg_str("empty"), empty, NULL);
  mg_rpc_add(&s_head, mg_str("nothing"), nothing, NULL);
  mg_rpc_add(&s_head, mg_str("rpc.list"), mg_rpc_list, NULL);

  CHECK(gives("{\"id\":3,\"method\":\"sum\",\"params\":[3,4]}", "{\"id\":3,\"result\":7}"));
  CHECK(gives("{\"id\":\"x\",\"method\":\"hello.world\"}", "{\"id\":\"x\",\"result\":{\"hi\":\"you\"}}"));
  CHECK(gives("{\"id\":{\"a\":[1]},\"method\":\"empty\"}", "{\"id\":{\"a\":[1]},\"result\":null}"));
  CHECK(gives("{\"id\":4,\"method\":\"broken\"}", "{\"id\":4,\"error\":{\"code\":-7,\"message\":\"no \\\"way\\\"\"}}"));
  CHECK(gives("{\"method\":\"nothing\"}", "{\"error\":{\"code\":5,\"message\":null}}"));
  CHECK(gives("{\"method\":\"sum\",\"params\":[3,4]}", NULL));
  CHECK(gives("{\"id\":\"a7\",\"method\":\"nope\"}",
              "{\"id\":\"a7\",\"error\":{\"code\":-32601,\"message\":\"nope not found\"}}"));
  CHECK(gives("{\"id\":1,\"method\":\"rpc.list\"}",
              "{\"id\":1,\"result\":[\"rpc.list\",\"nothing\",\"empty\",\"broken\",\"hello.*\",\"sum\"]}"));

  CHECK(gives("haha", "{\"error\":{\"code\":-32700,\"message\":\"haha\"}}"));
  CHECK(gives("", "{\"error\":{\"code\":-32700,\"message\":\"\"}}"));
  CHECK(gives("{\"id\":9,\"result\":1}", "{\"id\":9,\"error\":{\"code\":-32601,\"message\":\" not found\"}}"));
  /* Batches are not known; a method that is no string is none; ids of every type come back as they were. */
  CHECK(gives("[{\"id\":1,\"method\":\"sum\"}]",
              "{\"error\":{\"code\":-32700,\"message\":\"[{\\\"id\\\":1,\\\"method\\\":\\\"sum\\\"}]\"}}"));
  CHECK(gives("{\"id\":[],\"method\":5}",
              "{\"id\":[],\"error\":{\"code\":-32700,\"message\":\"{\\\"id\\\":[],\\\"method\\\":5}\"}}"));
  CHECK(gives("{\"id\":null,\"method\":\"empty\"}", "{\"id\":null,\"result\":null}"));
  CHECK(gives("{\"id\":-1.5e3,\"method\":\"a\\\"b\"}",
              "{\"id\":-1.5e3,\"error\":{\"code\":-32601,\"message\":\"a\\\"b not found\"}}"));
  CHECK(gives("{\"method\":\"nope\"}", "{\"error\":{\"code\":-32601,\"message\":\"nope not found\"}}"));
  CHECK(gives("{\"id\":1,\"method\":7,\"error\":{}}",
              "{\"id\":1,\"error\":{\"code\":-32601,\"message\":\" not found\"}}"));
  mg_rpc_add(&s_head, mg_str(""), response, NULL);
  CHECK(gives("{\"id\":9,\"result\":1}", NULL) && gives("{\"error\":{}}", NULL) && s_responses == 2);
  CHECK(gives("{\"id\":1,\"method\":\"rpc.list\"}",
              "{\"id\":1,\"result\":[\"rpc.list\",\"nothing\",\"empty\",\"broken\",\"hello.*\",\"sum\"]}"));

  mg_rpc_add(&s_head, mg_str("once"), once, NULL);
  CHECK(gives("{\"id\":1,\"method\":\"once\"}", "{\"id\":1,\"result\":1}"));
  CHECK(gives("{\"id\":1,\"method\":\"once\"}", "{\"id\":1,\"error\":{\"code\":-32601,\"message\":\"once not found\"}}"));

  mg_rpc_del(&s_head, sum);
  CHECK(gives("{\"id\":1,\"method\":\"sum\"}", "{\"id\":1,\"error\":{\"code\":-32601,\"message\":\"sum not found\"}}"));
  mg_rpc_del(&s_head, NULL);
  CHECK(s_head == NULL);
  return done();
}
