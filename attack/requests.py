"""Hostile requests over HTTP: fields, bodies, forms, ids, queries, headers, and what is no HTTP at all."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

import httpx2

from .report import Tally
from .target import MAX_SECONDS, Target, as_text, leaks
from .values import FIELDS, TEXTS, values

POSTS = (
    "/v1/videos", "/v1/video/create", "/v1/videos/{id}/remix", "/v1/videos/{id}/extend", "/v1/videos/extensions",
    "/v1/video/remix", "/v1/video/extend", "/v1/videos/{id}/cancel", "/v1/keys", "/v1/session", "/v1/session/ticket",
    "/v1/keys/{id}/rotate",
)  # fmt: skip
PATCHES = ("/v1/videos/{id}", "/v1/keys/{id}")
GETS = (
    "/v1/videos/{id}", "/v1/videos/{id}/content", "/v1/videos/{id}/lineage", "/v1/videos/{id}/inputs",
    "/v1/videos/{id}/inputs/1", "/v1/video/query?id={id}", "/v1/models/{id}", "/v1/keys/{id}/videos", "/studio/{id}",
    "/help/{id}", "/v1/sessions/{id}",
)  # fmt: skip
BASE: dict[str, Any] = {"model": "grok-video-3", "prompt": "x", "seconds": 1}
KINDS = (
    "application/json", "application/json; charset=utf-16", "text/json", "application/x+json", "multipart/form-data",
    "multipart/form-data; boundary=", "multipart/form-data; boundary=e", 'multipart/form-data; boundary="e', "",
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=x", "application/octet-stream",
    "image/png", "x" * 5000, "a/b;" * 500,
)  # fmt: skip


class Requests:
    """Sends hostile requests as a key that owns nothing, and deletes what is accepted."""

    def __init__(self, attacked: Target, chance: random.Random, count: int) -> None:
        self._target = attacked
        self._chance = chance
        self._count = count

    def run(self) -> list[Tally]:
        """Send `count` requests of each kind, or all if there are fewer, and return what came of them."""
        kinds: dict[str, Callable[[], Iterator[httpx2.Request]]] = {
            "JSON fields": self._fields, "bodies": self._bodies, "multipart": self._multipart,
            "urlencoded": self._urlencoded, "ids and paths": self._ids, "queries": self._queries,
            "headers": self._headers,
        }  # fmt: skip
        tallies = [self._send(name, made) for name, made in kinds.items()]
        return [*tallies, self._raw()]

    def _send(self, name: str, made: Callable[[], Iterator[httpx2.Request]]) -> Tally:
        tally = Tally(name)
        with self._target.client() as client:
            for request in islice(made(), self._count):
                what = f"{request.method} {request.url} {request.read()[:80]!r}"
                try:
                    answer = client.send(request)
                except httpx2.HTTPError as error:
                    tally.outcomes[type(error).__name__] += 1
                    if isinstance(error, httpx2.TimeoutException):
                        tally.fail(f"no answer to {what}")
                    continue
                self._target.check(tally, what, answer)
                if answer.status_code == 200 and request.method == "POST" and '"task_id"' in answer.text:
                    client.delete(f"/v1/videos/{answer.json()['task_id']}")
        return tally

    def _request(self, method: str, path: str, **options: Any) -> httpx2.Request:
        headers = {"Authorization": f"Bearer {self._target.attacker.secret}", **options.pop("headers", {})}
        return httpx2.Request(method, f"{self._target.server.base}{path}", headers=headers, **options)

    def _filled(self, path: str) -> str:
        return path.replace("{id}", self._target.video)

    def _fields(self) -> Iterator[httpx2.Request]:
        cases = [(path, field, value) for path in (*POSTS, *PATCHES) for field in FIELDS for value in values()]
        for path, field, value in self._shuffled(cases):
            body = json.dumps({**BASE, field: value}).encode()
            method = "PATCH" if path in PATCHES else "POST"
            headers = {"content-type": "application/json", "sec-fetch-site": "same-origin"}
            yield self._request(method, self._filled(path), content=body, headers=headers)

    def _bodies(self) -> Iterator[httpx2.Request]:
        good = json.dumps(BASE).encode()
        bodies = [
            b"", b" ", b"null", b"true", b"1", b'"x"', b"[]", b"{", b"}", b"{}", b'{"a"', b'{"a":', b"NaN", b"{]",
            b"\x00",
            b"\xff\xfe", b"\xef\xbb\xbf" + good, good.decode().encode("utf-16"), good + b"x", good + good, good * 2000,
            b"[" * 100_000, b'{"a":' * 50_000, b'{"a":[' * 20_000, b"9" * 5000, b"1e999", b"-" * 100,
            b'{"prompt": NaN}',
            b'{"prompt": "x", "prompt": "y", "model": "grok-video-3"}', b'{"prompt": "\xff"}', b'{"prompt": "\\ud800"}',
            b'{"prompt": "\\u0000"}', b'{"a": 1e400}', b'{"seed": ' + b"9" * 5000 + b"}",
            b'{"images": [' + b"1," * 30_000,
            json.dumps({"images": [1] * 30_000}).encode(), json.dumps({str(n): n for n in range(5000)}).encode(),
            *(good[:cut] for cut in range(1, len(good), 3)),
            *(self._flipped(good) for _ in range(200)), *(self._chance.randbytes(500) for _ in range(100)),
        ]  # fmt: skip
        cases = [(path, body, kind) for path in POSTS for body in bodies for kind in KINDS]
        for path, body, kind in self._shuffled(cases):
            headers = {"content-type": kind, "sec-fetch-site": "same-origin"}
            yield self._request("POST", self._filled(path), content=body, headers=headers)

    def _multipart(self) -> Iterator[httpx2.Request]:
        head = b"--e\r\nContent-Disposition: form-data; "
        parts = [
            b'name="prompt"', b'name="prompt"; filename=""', b'name="prompt"; filename="a.png"', b"name=", b"name",
            b'name="images[]"; filename="../../x"', b'name="images[]"; filename="' + b"a" * 5000 + b'"',
            b"name=images; filename*=utf-8''%ff%fe", b'name="a[b][c][d]"', b'name="images[0][url]"', b'name="[]"',
            b'name="metadata[a]"', b'name="metadata[a][b]"', b'name="images[x]"', b'name=""', b'name="\xff"',
            b'name="a"\r\nContent-Type: x' + b"y" * 9000, b'name="a"\r\nContent-Transfer-Encoding: base64', b"", b";;;",
        ]  # fmt: skip
        contents = [b"", b"x", b"\x00", b"\r\n--e", b"\r\n--e--", b"\x89PNG\r\n\x1a\n", b"x" * 100_000, b"\xff" * 50]
        ends = [b"\r\n--e--\r\n", b"", b"\r\n--e", b"--e--", b"\r\n--e--" + b"\r\n" * 100]
        cases = [(count, part, content, end) for count in (1, 3, 150) for part in parts for content in contents
                 for end in ends]  # fmt: skip
        headers = {"content-type": "multipart/form-data; boundary=e"}
        good = head + b'name="model"\r\n\r\ngrok-video-3\r\n' + head + b'name="prompt"\r\n\r\nx\r\n'
        for count, part, content, end in self._shuffled(cases):
            body = self._chance.choice((b"", good)) + (head + part + b"\r\n\r\n" + content + b"\r\n") * count + end
            yield self._request("POST", self._filled(self._chance.choice(POSTS[:7])), content=body, headers=headers)

    def _urlencoded(self) -> Iterator[httpx2.Request]:
        cases = [(field, text) for field in FIELDS for text in TEXTS]
        headers = {"content-type": "application/x-www-form-urlencoded"}
        for field, text in self._shuffled(cases):
            encoded = quote(text.encode("utf-8", "surrogatepass"))
            name = self._chance.choice((field, f"{field}[]", f"{field}[0]", f"{field}[a]", f"{field}[a][b]"))
            body = f"model=grok-video-3&prompt=x&{name}={encoded}&{name}={encoded}".encode()
            yield self._request("POST", self._filled(self._chance.choice(POSTS[:7])), content=body, headers=headers)

    def _ids(self) -> Iterator[httpx2.Request]:
        cases = [
            (method, path, text)
            for method in ("GET", "HEAD", "DELETE", "PATCH", "POST", "OPTIONS", "PUT")
            for path in (*GETS, *POSTS)
            for text in TEXTS
        ]
        for method, path, text in self._shuffled(cases):
            written = quote(text[:3000].encode("utf-8", "surrogatepass"), safe="")
            yield self._request(method, path.replace("{id}", written) if "{id}" in path else f"{path}/{written}")

    def _queries(self) -> Iterator[httpx2.Request]:
        names = (
            "limit", "order", "after", "search", "status", "model", "operation", "wait", "until", "variant", "expires",
            "signature", "last_event_id", "queue", "download", "before", "action", "id", "task_id",
        )  # fmt: skip
        paths = ("/v1/videos", "/v1/videos/{id}", "/v1/videos/{id}/content", "/v1/video/query", "/v1/audit")
        for path, name, text in self._shuffled(
            [(path, name, text) for path in paths for name in names for text in TEXTS]
        ):
            written = quote(text[:3000].encode("utf-8", "surrogatepass"))
            yield self._request("GET", f"{self._filled(path)}?{name}={written}&{name}={written}")

    def _headers(self) -> Iterator[httpx2.Request]:
        names = (
            "range", "if-none-match", "if-range", "if-modified-since", "idempotency-key", "x-stainless-retry-count",
            "authorization", "cookie", "origin", "sec-fetch-site", "x-forwarded-for", "x-forwarded-proto", "host",
            "accept",
            "last-event-id", "content-type", "accept-encoding", "user-agent", "expect", "x-request-id", "referer",
        )  # fmt: skip
        texts = (
            *TEXTS, "bytes=0-", "bytes=-1", "bytes=9-1", "bytes=" + "0-1," * 2000, "bytes=0-99999999999999999999",
            "Bearer",
            "Bearer " + "x" * 5000, "Basic Og==", "Basic ====", "grok_video_session=x", "a=b;" * 2000, "null", "*",
            '"' * 99,
            "W/", "127.0.0.1, 127.0.0.1", "x:99999", "[::1", "http://evil.example", "100-continue", "-1", "gzip" * 500,
        )  # fmt: skip
        cases = [(name, text) for name in names for text in texts]
        paths = ("/v1/videos/{id}", "/v1/videos/{id}/content", "/v1/events?queue=x", "/v1/session", "/", "/v1/videos")
        for name, text in self._shuffled(cases):
            value = (
                text[:6000].encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")
            )
            path = self._chance.choice([path for path in paths if "events" not in path or name == "last-event-id"])
            if "events" in path and (not value.strip() or value.isdigit()):
                # A stream, which would not end.
                continue
            method = "POST" if path in ("/v1/session", "/v1/videos") else "GET"
            # Bytes: the client would refuse to encode some of these.
            request = self._request(
                method, self._filled(path), content=json.dumps(BASE).encode() if method == "POST" else b""
            )
            request.headers[name] = value.decode("latin-1").strip()
            yield request

    def _raw(self) -> Tally:
        tally = Tally("lengths, chunks, no HTTP")
        key = {"Host": "x", "Authorization": f"Bearer {self._target.attacker.secret}"}
        post = f"POST /v1/videos HTTP/1.1\r\n{as_text(key)}Content-Type: application/json\r\n"
        body = json.dumps(BASE)
        junk = [
            b"", b"\r\n" * 1000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n", b"\x00" * 5000,
            b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 99_999,
            b"GET / HTTP/1.1\r\nHost: x\r\n A: folded\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
            b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n", b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", b"QUIT\r\n",
            b"*1\r\n$4\r\nPING\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        ]  # fmt: skip
        lengths = [
            "-1",
            "+5",
            "5,5",
            "0x5",
            "99999999999999999999",
            "1e3",
            " 5",
            "5\r\nContent-Length: 6",
            "999999999999",
            "0",
        ]
        junk += [f"{post}Content-Length: {length}\r\n\r\n{body}".encode() for length in lengths]
        chunks = [
            "zz\r\nx\r\n0\r\n\r\n", "5\r\nhello\r\n", "FFFFFFFFFFFFFFFFF\r\nx", "-5\r\nhello\r\n0\r\n\r\n",
            "5;" + "a" * 9000,
            "0\r\nTrailer: x\r\n\r\n", "5\nhello\n0\n\n", f"{len(body):x}\r\n{body}\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        ]  # fmt: skip
        for encoding in ("chunked", "gzip, chunked", "chunked, chunked", "xchunked", "chunked\r\nContent-Length: 5"):
            junk += [f"{post}Transfer-Encoding: {encoding}\r\n\r\n{chunk}".encode() for chunk in chunks]
        junk += [self._flipped(f"{post}Content-Length: {len(body)}\r\n\r\n{body}".encode()) for _ in range(self._count)]
        for request in junk[: max(60, self._count)]:
            answer = self._target.raw(request)
            status = answer.split(b" ", 2)[1].decode("latin-1") if answer.startswith(b"HTTP/") else "closed"
            tally.outcomes[status if status.isdigit() else "closed"] += 1
            if status.startswith("5"):
                tally.fail(f"{status} for {request[:80]!r}")
            if leaks(answer):
                tally.fail(f"leak for {request[:80]!r}")
        return tally

    def _flipped(self, content: bytes) -> bytes:
        changed = bytearray(content)
        for _ in range(self._chance.randint(1, 6)):
            changed[self._chance.randrange(len(changed))] = self._chance.randrange(256)
        return bytes(changed)

    def _shuffled(self, cases: Sequence[Any]) -> list[Any]:
        return self._chance.sample(cases, len(cases))


def wrong_keys(attacked: Target, count: int) -> Tally:
    """Guess keys from one address: slower and slower, and a key that is right goes on."""
    tally = Tally("wrong keys from an address")
    headers = {"x-forwarded-for": "203.0.113.66"}
    with attacked.client() as right, attacked.client("gv-guess") as wrong:
        right.get("/v1/models", headers=headers)
        for number in range(count):
            attacked.check(tally, "a wrong key", wrong.get("/v1/models", headers={**headers, "x-number": str(number)}))
        if tally.outcomes["429"] < count - 10:
            tally.fail(f"only {tally.outcomes['429']} of {count} guesses had to wait")
        if right.get("/v1/models", headers=headers).status_code != 200:
            tally.fail("a key that was right before is kept out")
    tally.notes.append(f"answers within {MAX_SECONDS:g} s; a key known to be right goes on")
    return tally
