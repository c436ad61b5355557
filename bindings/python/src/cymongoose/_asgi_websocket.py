"""One WebSocket of an ASGI application, from the request on: accepted, denied, open, closed."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any

from ._asgi_exchange import HIGH_WATER, ClientDisconnected, Exchange, Owner, is_disconnect
from ._asgi_http import head_of, text_headers
from ._asgi_scope import field
from ._http import HOP_BY_HOP, Head, chunk, validate
from ._http_framing import Framing
from ._mongoose import WEBSOCKET_OP_BINARY, WEBSOCKET_OP_CLOSE, WEBSOCKET_OP_TEXT, Connection

__all__ = ["WebSocketExchange"]

# Seconds that the peer has to answer a close frame.
CLOSE_S = 5.0
# Bytes of a close frame's reason.
MAX_REASON = 123

NO_CODE, ABNORMAL, NOT_TEXT, INTERNAL_ERROR = 1005, 1006, 1007, 1011


class WebSocketExchange(Exchange):
    """Accepted by the application, not by the server: until then it is an HTTP request."""

    def __init__(self, scope: dict[str, Any], conn: Connection, owner: Owner) -> None:
        super().__init__(scope, conn, owner)
        self._received: deque[dict[str, Any]] = deque([{"type": "websocket.connect"}])
        self._waiting = 0  # bytes in `_received`
        self._paused = False
        self._closed = False  # by us: a close frame or a denial was sent
        self._code, self._reason = ABNORMAL, ""
        self._denial: Framing | None = None
        self._denial_head: Head | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, app: Callable[..., Any]) -> None:
        """Call the application, and close what it leaves open."""
        code = INTERNAL_ERROR
        try:
            await app(self.scope, self.receive, self.send)
            code = 1000
        except Exception as error:
            if not (self.disconnected and is_disconnect(error)):
                traceback.print_exc()
        finally:
            if not self._closed and not self.disconnected:
                self._end(code)
            self._owner.returned(self)

    def _end(self, code: int) -> None:
        if self.ws_accepted:
            self._close(code, "")
        elif self._denial is None or self._denial_head is not None:
            self._deny(500, b"Internal Server Error")
        else:
            self._closed = True  # in the middle of a response: cut
            self.conn.drain()
            self._owner.nudge()

    # ---- what the application calls ----

    async def receive(self) -> dict[str, Any]:
        """``websocket.connect``, messages, and at last ``websocket.disconnect``."""
        while not self._received:
            if self.disconnected:
                return {"type": "websocket.disconnect", "code": self._code, "reason": self._reason}
            await self._news.wait()
        event = self._received.popleft()
        self._waiting -= len(event.get("bytes") or event.get("text") or ())
        if self._paused and self._waiting < HIGH_WATER and not self.disconnected:
            self._paused = False
            self.conn.resume()
            self._owner.nudge()
        return event

    async def send(self, message: dict[str, Any]) -> None:
        """Takes the messages of a WebSocket, and those of a denial; others have no effect."""
        action = self._ACTIONS.get(message["type"])
        if action is None:
            return
        if self.disconnected:
            if message["type"] == "websocket.close":
                return
            raise ClientDisconnected("The client has disconnected")
        await action(self, message)

    async def _on_accept(self, message: dict[str, Any]) -> None:
        self._expect(accepted=False)
        lines = []
        for name, value in text_headers(message.get("headers") or ()):
            validate(name, value)
            if name.lower() not in HOP_BY_HOP and not name.lower().startswith("sec-websocket-"):
                lines.append(f"{name}: {value}\r\n")
        subprotocol = message.get("subprotocol")
        if subprotocol in self.scope["subprotocols"]:
            lines.append(f"Sec-WebSocket-Protocol: {subprotocol}\r\n")
        self.ws_accepted = True
        key = field(self.scope, b"sec-websocket-key").encode("latin-1")
        self._guarded(self.conn._ws_accept, key, "".join(lines).encode("latin-1"))

    async def _on_send(self, message: dict[str, Any]) -> None:
        self._expect(accepted=True)
        text, data = message.get("text"), message.get("bytes")
        if text is None and data is None:
            raise ValueError("websocket.send needs text or bytes")
        await self._until_room()
        if text is not None:
            self._guarded(self.conn.ws_send, text, WEBSOCKET_OP_TEXT)
        else:
            self._guarded(self.conn.ws_send, data, WEBSOCKET_OP_BINARY)

    async def _on_app_close(self, message: dict[str, Any]) -> None:
        if self._closed:
            return
        if self.ws_accepted:
            code = message.get("code")
            self._close(1000 if code is None else code, message.get("reason") or "")
        else:
            self._expect(accepted=False)
            self._deny(403, b"")

    async def _on_denial_start(self, message: dict[str, Any]) -> None:
        self._expect(accepted=False)
        self._denial_head = head_of(message["status"], message.get("headers") or ())
        self._denial = Framing("GET", "HTTP/1.1", "close")

    async def _on_denial_body(self, message: dict[str, Any]) -> None:
        framing = self._denial
        if framing is None or self._closed:
            raise RuntimeError("websocket.http.response.body sent out of order")
        body, more = bytes(memoryview(message.get("body") or b"")), bool(message.get("more_body", False))
        await self._until_room()
        head, self._denial_head = self._denial_head, None
        data = framing.begin(head, None if more else len(body)) if head is not None else b""
        body = framing.clip(body)
        if framing.chunked:
            body = (chunk(body) if body else b"") + (b"" if more else b"0\r\n\r\n")
        self._guarded(self.conn._respond, data + body, not more)
        if not more:
            self._closed = True
            self.conn.drain()

    def _expect(self, *, accepted: bool) -> None:
        if self._closed or self.ws_accepted != accepted or self._denial is not None:
            raise RuntimeError("WebSocket message sent out of order: " + ("closed" if self._closed else "not now"))

    _ACTIONS: dict[str, Callable[..., Any]] = {
        "websocket.accept": _on_accept,
        "websocket.send": _on_send,
        "websocket.close": _on_app_close,
        "websocket.http.response.start": _on_denial_start,
        "websocket.http.response.body": _on_denial_body,
    }

    # ---- the wire ----

    def _guarded(self, function: Callable[..., None], *args: Any) -> None:
        if self.disconnected:
            raise ClientDisconnected("The client has disconnected")
        function(*args)
        self._owner.nudge()

    def _close(self, code: int, reason: str) -> None:
        """Send a close frame. The connection ends with the peer's answer, or without it after a while."""
        payload = int(code).to_bytes(2, "big") + _shortened(reason)
        self._closed = True
        self._guarded(self.conn.ws_send, payload, WEBSOCKET_OP_CLOSE)
        self._timer = asyncio.get_running_loop().call_later(CLOSE_S, self._give_up)

    def _give_up(self) -> None:
        if not self.disconnected:
            self.conn.drain()
            self._owner.nudge()

    def _deny(self, status: int, body: bytes) -> None:
        head = Framing("GET", "HTTP/1.1", "close").begin(Head(status, []), len(body))
        self._closed = True
        self._guarded(self.conn._respond, head + body, True)
        self.conn.drain()

    def go_away(self) -> None:
        """The server stops."""
        if self.ws_accepted and not self._closed and not self.disconnected:
            self._close(1001, "")

    # ---- events ----

    def on_frame(self, kind: int, data: bytes) -> None:
        if self.disconnected:
            return
        if kind == WEBSOCKET_OP_CLOSE:
            self._code = int.from_bytes(data[:2], "big") if len(data) >= 2 else NO_CODE
            self._reason = data[2:].decode("utf-8", "replace")
            super().on_close()  # the engine answers and closes: nothing may follow
            return
        if kind == WEBSOCKET_OP_TEXT:
            try:
                self._received.append({"type": "websocket.receive", "text": data.decode()})
            except UnicodeDecodeError:
                self._break_off(NOT_TEXT)
        elif kind == WEBSOCKET_OP_BINARY:
            self._received.append({"type": "websocket.receive", "bytes": data})
        else:
            return
        self._waiting += len(data)
        if self._waiting >= HIGH_WATER and not self._paused:
            self._paused = True
            self.conn.pause()
        self._news.fire()

    def _break_off(self, code: int) -> None:
        """The peer broke the protocol: say so, and go."""
        self._code = code
        if not self._closed:
            self._closed = True
            self.conn.ws_send(code.to_bytes(2, "big"), WEBSOCKET_OP_CLOSE)
        self.conn.drain()
        super().on_close()
        self._owner.nudge()

    def on_close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        super().on_close()
        self._owner.ended(self)


def _shortened(reason: str) -> bytes:
    data = reason.encode()
    return data if len(data) <= MAX_REASON else data[:MAX_REASON].decode("utf-8", "ignore").encode()
