"""nginx, one process: writes a configuration beside its temporary files and becomes nginx.

usage: nginx_hello.py [PORT]
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
events {{ worker_connections 30000; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_header_timeout 1h;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = / {{ default_type application/json; return 200 '{{"message":"Hello, World!"}}'; }}
    location = /64k {{ default_type text/plain; alias {folder}/64k; }}
  }}
}}
"""


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8006
    folder = Path(tempfile.mkdtemp(prefix="nginx-hello-"))
    (folder / "64k").write_text("x" * 65536)
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port))
    folder.chmod(0o755)
    print(f"listening on http://127.0.0.1:{port}", flush=True)
    os.execvp("nginx", ["nginx", "-p", str(folder), "-c", str(config)])


if __name__ == "__main__":
    main()
