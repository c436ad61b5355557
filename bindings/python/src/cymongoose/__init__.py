"""Networking in one poll loop: HTTP, WebSocket, MQTT, TCP, UDP, TLS, DNS, SNTP, timers, JSON-RPC.

from cymongoose import MG_EV_HTTP_MSG, Manager

def handler(conn, ev, data):
    if ev == MG_EV_HTTP_MSG:
        conn.reply(200, "Hello")

with Manager(handler) as manager:
    manager.listen("http://127.0.0.1:8000")
    manager.run()
"""

from typing import TYPE_CHECKING, Any

from . import _mongoose
from ._mongoose import *  # noqa: F403
from ._mongoose import __version__ as __version__

if TYPE_CHECKING:
    from . import aio as aio
    from .aio import AsyncManager as AsyncManager

else:

    def __getattr__(name: str) -> Any:
        # asyncio is slow to import and few programs need it: it comes with the first use.
        if name in ("aio", "AsyncManager"):
            from importlib import import_module

            aio = import_module(".aio", __name__)
            return aio if name == "aio" else aio.AsyncManager
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [*_mongoose.__all__, "AsyncManager"]
