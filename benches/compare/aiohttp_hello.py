"""aiohttp. usage: aiohttp_hello.py [PORT] [ANSWER] [CERTIFICATE KEY | DIRECTORY]     ANSWER https or static has more"""

from __future__ import annotations

import ssl
import sys

from aiohttp import WSMsgType, web

BIG = "x" * 65536


async def hello(request: web.Request) -> web.Response:
    return web.json_response({"message": "Hello, World!"})


async def big(request: web.Request) -> web.Response:
    return web.Response(text=BIG)


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read(), content_type="text/plain")


async def websocket(request: web.Request) -> web.WebSocketResponse:
    answer = web.WebSocketResponse(compress=False)
    await answer.prepare(request)
    async for message in answer:
        if message.type is WSMsgType.BINARY:
            await answer.send_bytes(message.data)
    return answer


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8002
    what, more = sys.argv[2] if len(sys.argv) > 2 else "hello", sys.argv[3:]
    app, context = web.Application(), None
    app.router.add_get("/64k", big)
    app.router.add_post("/echo", echo)
    app.router.add_get("/ws", websocket)
    if what == "static":
        app.router.add_static("/", more[0])
    else:
        app.router.add_get("/", hello)
    if what == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*more)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, ssl_context=context)


if __name__ == "__main__":
    main()
