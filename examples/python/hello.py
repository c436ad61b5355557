"""The smallest server: answers every request with a JSON document.

python hello.py [PORT]
"""

import sys

from cymongoose import MG_EV_HTTP_MSG, Connection, HttpMessage, Manager

BODY = b'{"message":"Hello, World!"}'
HEADERS = {"Content-Type": "application/json"}


def handler(conn: Connection, ev: int, data: HttpMessage) -> None:
    if ev == MG_EV_HTTP_MSG:
        conn.reply(200, BODY, headers=HEADERS)


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8765
    with Manager(handler) as manager:
        listener = manager.listen(f"http://0.0.0.0:{port}")
        assert listener.local_addr is not None
        url = f"http://localhost:{listener.local_addr[1]}/"
        print(f"Serving {url} - stop with Ctrl+C")
        print(f"Try it:  curl -i {url}")
        print(f"Load it: wrk -t4 -c100 -d10s --latency {url}", flush=True)
        manager.run()


if __name__ == "__main__":
    main()
