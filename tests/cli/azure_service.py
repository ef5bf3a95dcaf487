"""A little of Azure, for tests that need Debian packages only.

azure_service.py FOLDER [CERT KEY] listens on loopback, by TLS with a certificate, and writes its port to
FOLDER/port: a blob service with one account `acc` (key, SAS, bearer tokens), and
what gives out tokens: Microsoft Entra (/TENANT/oauth2/v2.0/token), a machine's
metadata (/metadata/identity/oauth2/token), App Service (/msi). Each request is a
line of FOLDER/log. What a test wants from it stands in files of FOLDER:

script      lines "VERB ACTION", each used once by the first request of that verb
            (PUT:block for a block, PUT:list for a list of them, PUT:log for a
            whole object in a table's log, GET:list for a listing):
            lose       carry it out, and hang up without an answer
            drop       hang up at once
            503, 429   answer that, without carrying it out
            CODE NAME  refuse with the status and the x-ms-error-code
expires_in  seconds that a token is told to last (3600)
clock       seconds that the service's clock is ahead (0)

Signatures are computed here from the text of the REST API's pages, so they check
the tools' own. Nothing here is meant to be used for anything but tests.
"""
import base64
import email.utils
import hashlib
import hmac
import http.server
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

FOLDER = sys.argv[1]
KEY = base64.b64encode(b"a key of sixty-four bytes, or of as many as there are").decode()
HEADERS = ["Content-Encoding", "Content-Language", "Content-Length", "Content-MD5",
           "Content-Type", "Date", "If-Modified-Since", "If-Match", "If-None-Match",
           "If-Unmodified-Since", "Range"]
lock = threading.Lock()
blobs = {}   # name -> (bytes, etag, time)
blocks = {}  # name -> {id: bytes}
tokens = []


def read(name, default=""):
    try:
        with open(os.path.join(FOLDER, name), encoding="utf-8") as f:
            return f.read()
    except FileNotFoundError:
        return default


def next_action(kind):
    lines = read("script").splitlines()
    for i, line in enumerate(lines):
        verb, _, action = line.partition(" ")
        if verb == kind:
            del lines[i]
            with open(os.path.join(FOLDER, "script"), "w", encoding="utf-8") as f:
                f.write("\n".join(lines))
            return action
    return ""


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return email.utils.formatdate(time.time() + int(read("clock", "0")), usegmt=True)

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, text="No"):
        body = (f'\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code>'
                f"<Message>{text}.\nRequestId:1\nTime:2</Message></Error>").encode()
        self.answer(status, body, x_ms_error_code=code)

    # ---- who ----

    def may(self, path, query):
        """Is it signed by the key, by a SAS, or by a token of ours?"""
        said = self.headers.get("Authorization", "")
        if query.get("sig") == ["good%+sig"]:
            return said == ""
        if said.startswith("Bearer "):
            return said[7:] in tokens or said[7:] == "given"
        if not said.startswith("SharedKey acc:"):
            return False
        lines = [self.command]
        for name in HEADERS:
            value = self.headers.get(name, "")
            lines.append("" if name == "Content-Length" and value == "0" else value)
        ours = sorted(k.lower() for k in self.headers if k.lower().startswith("x-ms-"))
        lines += [f"{k}:{self.headers[k]}" for k in ours]
        text = "\n".join(lines) + "\n/acc" + path
        for k in sorted(query):
            text += f"\n{k.lower()}:{','.join(sorted(query[k]))}"
        code = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        return said == "SharedKey acc:" + base64.b64encode(code).decode()

    def give_token(self):
        token = f"secret-token-{len(tokens) + 1}"
        tokens.append(token)
        seconds = int(read("expires_in", "3600"))
        self.answer(200, json.dumps({"access_token": token, "token_type": "Bearer",
                                     "expires_in": str(seconds)}).encode())

    def authority(self, body):
        form = urllib.parse.parse_qs(body.decode())
        good = (form.get("grant_type") == ["client_credentials"] and
                form.get("scope") == ["https://storage.azure.com/.default"] and
                form.get("client_id") == ["client"])
        if form.get("client_assertion"):
            good &= form["client_assertion"] == [read("federated").strip()]
            good &= form.get("client_assertion_type") == [
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
        else:
            good &= form.get("client_secret") == ["s3cr&t+%"]
        if good:
            return self.give_token()
        return self.answer(401, json.dumps({
            "error": "invalid_client",
            "error_description": "AADSTS7000215: Invalid client secret.\r\nTrace: 1"}).encode())

    def machine(self, query):
        good = query.get("resource") == ["https://storage.azure.com/"]
        good &= query.get("api-version") == ["2019-08-01"]
        if self.path.startswith("/msi"):
            good &= self.headers.get("X-Identity-Header") == "header-secret"
        else:
            good &= self.headers.get("Metadata") == "true"
        return self.give_token() if good else self.answer(400, b"{}")

    # ---- blobs ----

    def put(self, name, query, body):
        there = blobs.get(name)
        if query.get("comp") == ["block"]:
            blocks.setdefault(name, {})[query["blockid"][0]] = body
            return self.answer(201)
        if self.headers.get("If-None-Match") == "*" and there:
            return self.refuse(409, "BlobAlreadyExists")
        if query.get("comp") == ["blocklist"]:
            ids = re.findall(r"<Latest>([^<]*)</Latest>", body.decode())
            mine = blocks.get(name, {})
            if any(i not in mine for i in ids):
                return self.refuse(400, "InvalidBlockList")
            body = b"".join(mine[i] for i in ids)
        blobs[name] = (body, f'"0x{len(tokens)}{time.time_ns():X}"', time.time())
        return self.answer(201, ETag=blobs[name][1])

    def get(self, name):
        if name not in blobs:
            return self.refuse(404, "BlobNotFound")
        body, etag, when = blobs[name]
        if self.headers.get("If-Match", etag) != etag:
            return self.refuse(412, "ConditionNotMet")
        about = {"ETag": etag, "Last_Modified": email.utils.formatdate(when, usegmt=True)}
        m = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not m:
            return self.answer(200, body, Content_Length=str(len(body)), **about)
        first, last = int(m[1]), min(int(m[2]), len(body) - 1)
        if first >= len(body):
            return self.refuse(416, "InvalidRange")
        return self.answer(206, body[first:last + 1],
                           Content_Range=f"bytes {first}-{last}/{len(body)}", **about)

    def list(self, query):
        prefix = query.get("prefix", [""])[0]
        names = sorted(n for n in blobs if n.startswith(prefix))
        if "delimiter" in query:
            names = [n for n in names if "/" not in n[len(prefix):]]
        marker = query.get("marker", [""])[0]
        names = [n for n in names if n >= marker]
        page, rest = names[:3], names[3:]  # small, so that there are several
        out = ['\ufeff<?xml version="1.0" encoding="utf-8"?><EnumerationResults '
               'ServiceEndpoint="x"><Blobs>']
        for n in page:
            body, etag, when = blobs[n]
            out.append(f"<Blob><Name>{escape(n)}</Name><Properties><Last-Modified>"
                       f"{email.utils.formatdate(when, usegmt=True)}</Last-Modified>"
                       f"<Etag>{escape(etag)}</Etag><Content-Length>{len(body)}"
                       "</Content-Length><ResourceType>file</ResourceType>"
                       "</Properties></Blob>")
        out.append(f"</Blobs><NextMarker>{escape(rest[0]) if rest else ''}</NextMarker>"
                   "</EnumerationResults>")
        return self.answer(200, "".join(out).encode())

    def blob(self, path, query, body):
        container, _, name = urllib.parse.unquote(path[1:]).partition("/")
        if container != "lake":
            return self.refuse(404, "ContainerNotFound")
        if query.get("comp") == ["list"]:
            return self.list(query)
        if self.command == "PUT":
            return self.put(name, query, body)
        if self.command in ("GET", "HEAD"):
            return self.get(name)
        if self.command == "DELETE":
            if blobs.pop(name, None) is None:
                return self.refuse(404, "BlobNotFound")
            return self.answer(202)
        return self.refuse(400, "UnsupportedHttpVerb")

    # ---- all ----

    def handle_one(self):
        path, _, rest = self.path.partition("?")
        query = urllib.parse.parse_qs(rest, keep_blank_values=True)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        kind = self.command + {"block": ":block", "blocklist": ":list",
                               "list": ":list"}.get(query.get("comp", [""])[0], "")
        if kind == "PUT" and "/_delta_log/" in path:
            kind = "PUT:log"
        with lock:
            with open(os.path.join(FOLDER, "log"), "a", encoding="utf-8") as f:
                f.write(f"{kind} {urllib.parse.unquote(path)}\n")
            action = next_action(kind)
            if action == "drop":
                self.close_connection = True
                return None
            if action in ("503", "429"):
                return self.refuse(int(action), "ServerBusy")
            if action and action != "lose":
                status, code = action.split()
                return self.refuse(int(status), code, "This is why")
            if action == "lose":
                self.close_connection = True
                wfile, self.wfile = self.wfile, open(os.devnull, "wb")
                try:
                    return self.route(path, query, body)
                finally:
                    self.wfile = wfile
            return self.route(path, query, body)

    def route(self, path, query, body):
        if path.endswith("/oauth2/v2.0/token"):
            return self.authority(body)
        if path in ("/metadata/identity/oauth2/token", "/msi"):
            return self.machine(query)
        if not self.may(path, query):
            return self.refuse(403, "AuthenticationFailed")
        return self.blob(path, query, body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Service)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(os.path.join(FOLDER, "port.new"), "w", encoding="utf-8") as f:
    f.write(str(server.server_address[1]))
os.rename(os.path.join(FOLDER, "port.new"), os.path.join(FOLDER, "port"))
server.serve_forever()
