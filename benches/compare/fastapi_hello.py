"""FastAPI on uvicorn, with httptools and uvloop when installed. usage: fastapi_hello.py [PORT]"""

from __future__ import annotations

import sys

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

BIG = "x" * 65536
app = FastAPI()


@app.get("/")
async def hello() -> dict[str, str]:
    return {"message": "Hello, World!"}


@app.get("/64k")
async def big() -> PlainTextResponse:
    return PlainTextResponse(BIG)


@app.post("/echo")
async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await request.body())


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8003, log_level="error")
