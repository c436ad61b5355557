"""The Flask application of flask_hello.py on Vansire's WSGI server. usage: vansire_wsgi.py [PORT]"""

from __future__ import annotations

import sys

from cymongoose.wsgi import serve
from flask_hello import app

if __name__ == "__main__":
    serve(app, f"http://127.0.0.1:{sys.argv[1] if len(sys.argv) > 1 else 8007}")
