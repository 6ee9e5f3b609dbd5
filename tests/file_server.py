"""A server on this machine that misbehaves on purpose."""

import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

CONTENT = np.random.Generator(np.random.Philox(key=1)).bytes(300_000)


class Server(ThreadingHTTPServer):
    """Says nothing of clients that have gone, which would land in the output of whatever test runs by then."""

    def handle_error(self, request, client_address):
        pass


class Handler(BaseHTTPRequestHandler):
    """The first part of a path is a behaviour; ``server.seen`` notes path and Range of every request."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.seen.append((self.path, asked))
        count = Counter(path for path, _ in self.server.seen)[self.path]
        getattr(self, "serve_" + self.path.split("/")[1].split(".")[0])(asked, count)

    def answer(self, body, status=200, upto=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body[:upto])

    def ranged(self, asked, body=None, upto=None):
        body = self.server.content if body is None else body
        if asked is None:
            return self.answer(body, upto=upto)
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(body):
            return self.answer(b"", 416, Content_Range=f"bytes */{len(body)}")
        text = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return self.answer(body[start:], 206, upto=upto, Content_Range=text)

    def serve_good(self, asked, count):
        self.ranged(asked)

    def serve_norange(self, asked, count):
        self.answer(self.server.content)

    def serve_cut(self, asked, count):
        self.ranged(asked, upto=100_000)

    def serve_cutnorange(self, asked, count):
        self.answer(self.server.content, upto=len(self.server.content) // 2 if count == 1 else None)

    def serve_alwayscut(self, asked, count):
        self.answer(self.server.content, upto=len(self.server.content) // 2)

    def serve_wrong(self, asked, count):
        self.ranged(asked, body=self.server.content[::-1])

    def serve_page(self, asked, count):
        self.answer(b"<html>please log in</html>")

    def serve_busy(self, asked, count):
        self.answer(b"", 503) if count < 3 else self.answer(self.server.content)

    def serve_alwaysbusy(self, asked, count):
        self.answer(b"", 503)

    def serve_missing(self, asked, count):
        self.answer(b"", 404)

    def serve_redirect(self, asked, count):
        self.answer(b"", 302, Location="/good.pth")

    def serve_redirectout(self, asked, count):
        self.answer(b"", 302, Location="http://example.org/good.pth")

    def serve_redirectfile(self, asked, count):
        self.answer(b"", 302, Location="file:///etc/hostname")

    def serve_otherrange(self, asked, count):
        self.answer(self.server.content, 206 if asked else 200, Content_Range=f"bytes 0-1/{len(self.server.content)}")

    def serve_silent(self, asked, count):
        if count == 1:
            self.server.release.wait(5)
        self.answer(self.server.content)

    def serve_huge(self, asked, count):
        self.send_response(200)
        self.send_header("Content-Length", str(10**18))
        self.end_headers()


@contextmanager
def file_server(content=CONTENT):
    """Serve ``content``; each path is a way to do so, see Handler."""
    server = Server(("127.0.0.1", 0), Handler)
    server.content = content
    server.seen = []
    server.release = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.release.set()
    server.shutdown()
    thread.join()
    server.server_close()
