"""HTTPS server with certificate and key from files; with a CA it asks clients for a certificate.

python tls_https_server.py [-l https://0.0.0.0:8443] --cert cert.pem --key key.pem [--ca ca.pem] [--skip-verify]
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from typing import Any

from cymongoose import MG_EV_ACCEPT, MG_EV_ERROR, MG_EV_HTTP_MSG, Connection, Manager, TlsOpts

running = True


def stop(signum: int, frame: Any) -> None:
    global running
    running = False


class HttpsServer:
    def __init__(self, options: TlsOpts) -> None:
        self.options = options

    def handler(self, conn: Connection, ev: int, data: Any) -> None:
        if ev == MG_EV_ACCEPT:
            conn.tls_init(self.options)
        elif ev == MG_EV_HTTP_MSG:
            conn.reply_json({"secure": conn.is_tls, "uri": data.uri})
        elif ev == MG_EV_ERROR:
            print(f"{conn.remote_addr}: {data}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve over TLS.")
    parser.add_argument("-l", "--listen", default="https://0.0.0.0:8443")
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--ca")
    parser.add_argument("--skip-verify", action="store_true")
    args = parser.parse_args()
    options = TlsOpts(
        ca=Path(args.ca).read_bytes() if args.ca else None,
        cert=Path(args.cert).read_bytes(),
        key=Path(args.key).read_bytes(),
        skip_verification=args.skip_verify,
    )
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with Manager(HttpsServer(options).handler) as manager:
        manager.listen(args.listen)
        print(f"Serving {args.listen}", flush=True)
        while running:
            manager.poll(100)


if __name__ == "__main__":
    main()
