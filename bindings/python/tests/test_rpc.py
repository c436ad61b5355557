"""JSON-RPC dispatcher."""

from __future__ import annotations

import json

import pytest

from cymongoose import Rpc, RpcReq


def answer(rpc: Rpc, frame: str) -> dict[str, object]:
    result = json.loads(rpc.process(frame))
    assert isinstance(result, dict)
    return result


def test_results_are_embedded_verbatim() -> None:
    rpc = Rpc()
    rpc.add("echo", lambda req: req.ok('{"x": "100%"}'))
    assert rpc.process('{"id":7,"method":"echo"}') == '{"id":7,"result":{"x": "100%"}}'
    assert rpc.process(b'{"id":"a","method":"echo"}') == '{"id":"a","result":{"x": "100%"}}'
    assert rpc.process('{"method":"echo"}') == "", "a notification has no answer"


def test_errors() -> None:
    rpc = Rpc()

    def fail(req: RpcReq) -> None:
        raise ValueError('because "x"')

    rpc.add("bad", lambda req: req.err(42, 'no\n"good"'))
    rpc.add("fail", fail)
    rpc.add("silent", lambda req: None)
    assert answer(rpc, '{"id":1,"method":"bad"}') == {"id": 1, "error": {"code": 42, "message": 'no\n"good"'}}
    assert answer(rpc, '{"id":1,"method":"fail"}')["error"] == {"code": -32603, "message": 'because "x"'}
    assert "no response" in str(answer(rpc, '{"id":1,"method":"silent"}'))
    unknown = answer(rpc, '{"id":null,"method":"nope"}')
    assert unknown["id"] is None and "-32601" in str(unknown) and "nope not found" in str(unknown)
    assert answer(rpc, "garbage") == {"error": {"code": -32700, "message": "garbage"}}


def test_patterns_and_order() -> None:
    rpc = Rpc()
    assert rpc.methods == []
    rpc.add("math.*", lambda req: req.ok('"first"'))
    rpc.add("math.sum", lambda req: req.ok('"later"'))
    rpc.add("", lambda req: None)
    assert rpc.methods == ["math.sum", "math.*"]
    assert answer(rpc, '{"id":1,"method":"math.sum"}')["result"] == "later"
    assert answer(rpc, '{"id":1,"method":"math.div"}')["result"] == "first"


def test_responses() -> None:
    seen: list[str] = []
    rpc = Rpc()
    assert "-32601" in rpc.process('{"id":1,"result":3}')
    rpc.add("", lambda req: seen.append(req.frame))
    assert rpc.process('{"id":1,"result":3}') == "" and seen == ['{"id":1,"result":3}']


def test_one_answer_per_request() -> None:
    kept: list[RpcReq] = []
    rpc = Rpc()

    def twice(req: RpcReq) -> None:
        kept.append(req)
        assert req.frame
        req.ok("1")
        for again in (lambda: req.ok("2"), lambda: req.err(1, "x")):
            with pytest.raises(RuntimeError, match="already sent"):
                again()
        raise ValueError("swallowed")

    rpc.add("twice", twice)
    assert rpc.process('{"id":1,"method":"twice"}') == '{"id":1,"result":1}'
    assert kept[0].frame == ""
    with pytest.raises(RuntimeError, match="no longer valid"):
        kept[0].ok("3")


def test_nested_processing() -> None:
    rpc = Rpc()
    rpc.add("inner", lambda req: req.ok("1"))
    rpc.add("outer", lambda req: req.ok(rpc.process('{"id":2,"method":"inner"}')))
    assert answer(rpc, '{"id":1,"method":"outer"}') == {"id": 1, "result": {"id": 2, "result": 1}}
