"""aiohttp. usage: aiohttp_hello.py [PORT]"""

from __future__ import annotations

import sys

from aiohttp import web

BIG = "x" * 65536


async def hello(request: web.Request) -> web.Response:
    return web.json_response({"message": "Hello, World!"})


async def big(request: web.Request) -> web.Response:
    return web.Response(text=BIG)


async def echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read(), content_type="text/plain")


def main() -> None:
    app = web.Application()
    app.router.add_get("/", hello)
    app.router.add_get("/64k", big)
    app.router.add_post("/echo", echo)
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8002
    web.run_app(app, host="127.0.0.1", port=port, access_log=None)


if __name__ == "__main__":
    main()
