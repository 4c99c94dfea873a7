"""A guest book in memory: GET / shows it, POST / with a form field "text" adds a line."""

import html
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from tabulate import tabulate

entries = [("platform", os.environ.get("GREETING", "Welcome! Set GREETING to change this line."))]


class GuestBook(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(200, "ok\n", "text/plain; charset=utf-8")
        if self.path != "/":
            return self.answer(404, "not found\n", "text/plain; charset=utf-8")
        table = tabulate(entries, headers=["who", "what"], tablefmt="html")
        form = '<form method="post"><input name="text" autofocus> <button>Write</button></form>'
        self.answer(200, f"<!doctype html><title>Guest book</title><h1>Guest book</h1>{table}{form}\n")

    def do_POST(self):
        length = min(int(self.headers.get("Content-Length") or 0), 10_000)
        text = parse_qs(self.rfile.read(length).decode("utf-8", "replace")).get("text", [""])[0]
        if text:
            entries.append(("guest", html.escape(text)))
            print(f"a guest wrote {len(text)} characters")
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer(self, status, body, content_type="text/html; charset=utf-8"):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format, *args):
        print(self.command, self.path, args[1] if len(args) > 1 else "")


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), GuestBook)
# The platform asks with SIGTERM: finish what is under way, then go.
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("the guest book is open on port", os.environ["PORT"])
server.serve_forever()
sys.exit(0)
