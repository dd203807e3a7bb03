"""The carrier's own Python library against the sandbox: its REST client places, reads, lists, ends and deletes calls, its
validator judges our signatures on callbacks and handshakes, its TwiML builder writes our documents.

    python -m venv .venv && .venv/bin/pip install twilio
    cargo test -p voxgate-sandbox --features interop --test interop
"""

import socket
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.voice_response import Connect, VoiceResponse

BASE, ACCOUNT, TOKEN = sys.argv[1:4]
VALIDATOR = RequestValidator(TOKEN)
CALLBACKS, HANDSHAKES = [], []


class Sandboxed(TwilioHttpClient):
    """Sends what is meant for the carrier to the sandbox."""

    def request(self, method, url, *args, **kwargs):
        return super().request(method, url.replace("https://api.twilio.com", BASE), *args, **kwargs)


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = dict(parse_qsl(body, keep_blank_values=True))
        url = f"http://127.0.0.1:{self.server.server_port}{self.path}"
        CALLBACKS.append((form, VALIDATOR.validate(url, form, self.headers["X-Twilio-Signature"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def take_handshakes(listener):
    while True:
        connection, _ = listener.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        headers = {name.lower(): value for name, value in headers.items()}
        url = f"wss://{headers['host']}{lines[0].split()[1]}"
        HANDSHAKES.append(VALIDATOR.validate(url, {}, headers["x-twilio-signature"]))
        connection.close()


def wait(what, until):
    deadline = time.monotonic() + 15
    while not until():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)


hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
threading.Thread(target=hook.serve_forever, daemon=True).start()
listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=take_handshakes, args=(listener,), daemon=True).start()

hooks = f"http://127.0.0.1:{hook.server_port}"
response = VoiceResponse()
connect = Connect()
stream = connect.stream(url=f"ws://127.0.0.1:{listener.getsockname()[1]}/media/twilio/a")
stream.parameter(name="token", value="<one&two>")
response.append(connect)

client = Client(ACCOUNT, TOKEN, http_client=Sandboxed())
placed = client.calls.create(
    to="+12065550110",
    from_="+12065550100",
    twiml=str(response),
    timeout=20,
    status_callback=f"{hooks}/status?x=1&y=a%20b",
    status_callback_event=["initiated", "ringing", "answered", "completed"],
    machine_detection="DetectMessageEnd",
    async_amd="true",
    async_amd_status_callback=f"{hooks}/amd",
)
assert placed.sid.startswith("CA") and placed.status == "queued" and placed.direction == "outbound-api", vars(placed)
wait("the end of the call", lambda: any(form.get("CallStatus") == "completed" for form, _ in CALLBACKS))
assert all(good for _, good in CALLBACKS), CALLBACKS
assert [form["CallStatus"] for form, _ in CALLBACKS] == ["initiated", "ringing", "in-progress", "completed"]
assert HANDSHAKES == [True], HANDSHAKES

fetched = client.calls(placed.sid).fetch()
assert fetched.status == "completed" and fetched.to == "+12065550110", vars(fetched)
assert isinstance(fetched.start_time, datetime) and fetched.end_time >= fetched.start_time
today = datetime.now(timezone.utc)
found = client.calls.list(
    to="+12065550110",
    from_="+12065550100",
    start_time_after=today - timedelta(minutes=1),
    start_time_before=today + timedelta(minutes=1),
)
assert [call.sid for call in found] == [placed.sid], found
assert client.calls.list(status="ringing") == []

many = [client.calls.create(to="+12065550116", from_="+12065550100", twiml=str(response)).sid for _ in range(5)]
assert [call.sid for call in client.calls.list(to="+12065550116", page_size=2)] == many[::-1]
assert client.calls(many[0]).update(status="completed").status == "canceled"

for to, code in [("+12065550120", 21211), ("12", 21211)]:
    try:
        client.calls.create(to=to, from_="+12065550100", twiml=str(response))
        raise AssertionError(f"{to} was accepted")
    except TwilioRestException as error:
        assert (error.status, error.code) == (400, code), error
try:
    Client(ACCOUNT, "wrong", http_client=Sandboxed()).calls(placed.sid).fetch()
    raise AssertionError("a wrong token was accepted")
except TwilioRestException as error:
    assert (error.status, error.code) == (401, 20003), error

assert client.calls(placed.sid).delete()
try:
    client.calls(placed.sid).fetch()
    raise AssertionError("a deleted call was found")
except TwilioRestException as error:
    assert (error.status, error.code) == (404, 20404), error
print("the carrier's own library and the sandbox agree")
