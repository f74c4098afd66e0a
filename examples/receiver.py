"""A webhook receiver in Python, standard library only, for W&B's signature: what receivers written for W&B check.

    ACCESS_TOKEN=… SIGNING_SECRET=… PORT=9000 python receiver.py
"""

import base64
import hashlib
import hmac
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ACCESS_TOKEN = os.environ["ACCESS_TOKEN"]
SIGNING_SECRET = os.environ["SIGNING_SECRET"]


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        digest = hmac.new(SIGNING_SECRET.encode(), body, hashlib.sha256).digest()
        signed = hmac.compare_digest(self.headers.get("X-Wandb-Signature", ""), base64.b64encode(digest).decode())
        known = hmac.compare_digest(self.headers.get("Authorization", ""), f"Bearer {ACCESS_TOKEN}")
        self.send_response(204 if signed and known else 401)
        self.end_headers()
        if signed and known:
            # The same webhook-id on every attempt: do nothing twice.
            print(self.headers["webhook-id"], body.decode(), flush=True)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Receiver)
print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
