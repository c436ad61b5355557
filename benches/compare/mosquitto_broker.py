"""mosquitto without persistence, logs and passwords. usage: mosquitto_broker.py PORT"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
log_type error
set_tcp_nodelay true
"""


def main() -> None:
    config = Path(tempfile.mkdtemp(prefix="mosquitto-bench-")) / "mosquitto.conf"
    config.write_text(CONFIG.format(port=sys.argv[1]))
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"
    os.environ["PATH"] = path
    os.execvp("mosquitto", ["mosquitto", "-c", str(config)])


if __name__ == "__main__":
    main()
