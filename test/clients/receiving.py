"""A receiver of webhooks, for tests of what automations send."""

import http.server
import json
import threading
import time


class Receiver:
    """Answers every request with 200 and `body`, and keeps what came. Use it in a `with` block."""

    def __init__(self, body="ok"):
        received = self.received = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                content = self.rfile.read(int(self.headers["Content-Length"]))
                received.append(json.loads(content))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def wait_for(self, count, seconds=20):
        """What came, once that is `count` requests."""
        until = time.monotonic() + seconds
        while len(self.received) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.received) >= count, f"{len(self.received)} of {count} requests came: {self.received}"
        return self.received
