"""nginx, one process, for the scenarios of TLS and of files: writes a configuration and becomes nginx.

usage: nginx_services.py PORT https CERTIFICATE KEY
       nginx_services.py PORT static DIRECTORY
       nginx_services.py PORT https-static CERTIFICATE KEY DIRECTORY
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

CONFIG = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr error;
worker_rlimit_nofile 32768;
events {{ worker_connections 10000; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_header_timeout 1h;
  types {{ text/plain txt; application/octet-stream bin; }}
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096{mode};
    {lines}
  }}
}}
"""

TLS = """\
ssl_certificate {0};
    ssl_certificate_key {1};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:bench:10m;"""
ROOT = "root {0};"
GREETING = """
    location = / { default_type application/json; return 200 '{"message":"Hello, World!"}'; }"""


def main() -> None:
    port, what, *rest = sys.argv[1:]
    folder = Path(tempfile.mkdtemp(prefix="nginx-services-"))
    paths = [Path(path).resolve() for path in rest]
    lines = {
        "https": lambda: TLS.format(*paths) + GREETING,
        "https-static": lambda: TLS.format(*paths) + ROOT.format(paths[2]),
        "static": lambda: ROOT.format(paths[0]),
    }[what]()
    mode = " ssl" if what.startswith("https") else ""
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, mode=mode, lines=lines))
    folder.chmod(0o755)
    os.execvp("nginx", ["nginx", "-p", str(folder), "-c", str(config)])


if __name__ == "__main__":
    main()
