"""The cases, the same for every SDK; `cargo xtask interop` runs them.

A driver wraps its SDK in the interface of `Sdk` and calls `main`; for SDKs of other languages, `remote.py` is that
driver. What to do comes as one JSON document on the standard input. Each case is reported as one JSON line:
{"case", "ok", "reason"}, with "unable" in place of "ok" where the SDK has no such thing. URLs that the SDK presigned,
for others to use, follow on a last line: {"presigned": [...]}.
"""
import json
import os
import socket
import sys
import tempfile
import urllib.error
import urllib.request


class Sdk:
    """What the cases need of an SDK."""

    # The rows that it has nothing for, and what it lacks.
    lacks = {}

    def __init__(self, plan, secret):
        raise NotImplementedError

    def put(self, key, data, content_type=None, metadata=None, forbid_overwrite=False):
        """Writes; returns the CRC-64 that the service answers, if the SDK tells it."""
        raise NotImplementedError

    def get(self, key, first=None, last=None, version=None):
        """Reads, all or the bytes from first to last, both included."""
        raise NotImplementedError

    def head(self, key):
        """A dict: size, content_type, metadata, crc."""
        raise NotImplementedError

    def delete(self, key, version=None):
        raise NotImplementedError

    def delete_many(self, keys):
        """Returns the names that the service says it has deleted."""
        raise NotImplementedError

    def list(self, prefix, page=100, delimiter=""):
        """All pages: a list of (key, size), a list of folders, and how many pages there were, if it is known."""
        raise NotImplementedError

    def presign(self, method, key, content_type=None):
        """A URL, and the headers to send with it."""
        raise NotImplementedError

    def copy(self, source, key):
        raise NotImplementedError

    def append(self, key, position, data):
        """Returns the next position."""
        raise NotImplementedError

    def multipart(self, key, parts):
        """Uploads parts, the last one first; returns the CRC-64 that the service answers."""
        raise NotImplementedError

    def abandon(self, key):
        """Begins an upload, uploads a part, and aborts; returns how many parts were listed before."""
        raise NotImplementedError

    def interrupt(self, key, path, part_size, folder):
        """Uploads a file, and breaks off after a part; what is needed to go on is kept in the folder."""
        raise NotImplementedError

    def resume(self, key, path, part_size, folder):
        """Goes on with what was interrupted."""
        raise NotImplementedError

    def uploads(self, prefix):
        """How many multipart uploads are under way."""
        raise NotImplementedError

    def versioned(self, bucket):
        """Makes a bucket and lets it keep versions; returns an Sdk for it."""
        raise NotImplementedError

    def versions(self, key):
        """Of one key, the ids of its versions and of its delete markers, each the newest first."""
        raise NotImplementedError

    def set_tags(self, key, tags):
        raise NotImplementedError

    def tags(self, key):
        """A dict."""
        raise NotImplementedError

    def set_acl(self, key, acl):
        raise NotImplementedError

    def acl(self, key):
        raise NotImplementedError

    def link(self, key, target):
        raise NotImplementedError

    def target(self, key):
        raise NotImplementedError

    def refusal(self, error):
        """(HTTP status, OSS's code) of an exception that is the service's refusal, otherwise None."""
        raise NotImplementedError


def content(key):
    return f"content of {key}".encode()


def same(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: {found!r:.200} instead of {expected!r:.200}")


def plain_http(method, url, data=None, headers=None):
    """urllib, which knows nothing of OSS; loopback is never asked for through a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class Cases:
    def __init__(self, sdk, make, plan):
        self.sdk, self.make, self.plan = sdk, make, plan

    def key(self, name):
        return f"{self.plan['prefix']}/{name}"

    def refused(self, call, status, code, what):
        try:
            call()
        except Exception as error:
            refusal = self.sdk.refusal(error)
            if refusal is None:
                raise
            same(refusal, (status, code), what)
        else:
            raise AssertionError(f"{what}: was not refused")

    def gone(self, key):
        self.refused(lambda: self.sdk.get(key), 404, "NoSuchKey", f"get of a missing {key!r}")

    def put(self):
        self.sdk.put(self.key("put"), b"one")
        same(self.sdk.get(self.key("put")), b"one", "content")

    def put_nothing(self):
        self.sdk.put(self.key("empty"), b"")
        same(self.sdk.get(self.key("empty")), b"", "content")
        same(self.sdk.head(self.key("empty"))["size"], 0, "size")

    def put_3_mb(self):
        data = bytes(range(256)) * 12 * 1024
        self.sdk.put(self.key("large"), data)
        same(self.sdk.get(self.key("large")) == data, True, "content is the same")

    def get(self):
        data = bytes(range(256))
        self.sdk.put(self.key("get"), data)
        same(self.sdk.get(self.key("get")), data, "content")

    def head(self):
        self.sdk.put(self.key("head"), b"12345", content_type="text/plain")
        head = self.sdk.head(self.key("head"))
        same((head["size"], head["content_type"]), (5, "text/plain"), "size and content type")

    def range_get(self):
        key = self.key("range")
        self.sdk.put(key, b"0123456789")
        same(self.sdk.get(key, 2, 5), b"2345", "bytes 2 to 5")
        same(self.sdk.get(key, 7, None), b"789", "bytes from 7")
        same(self.sdk.get(key, 9, 9), b"9", "the last byte")

    def delete(self):
        self.sdk.put(self.key("delete"), b"x")
        self.sdk.delete(self.key("delete"))
        self.gone(self.key("delete"))
        self.sdk.delete(self.key("delete"))

    def delete_many(self):
        keys = [self.key(f"many/{name}") for name in ("a", "b+c", "d%2Fe", "<&>", "文", "f g")]
        for key in keys:
            self.sdk.put(key, b"x")
        same(sorted(self.sdk.delete_many(keys)), sorted(keys), "deleted names")
        same(self.sdk.list(self.key("many/"))[0], [], "what is left")

    def list(self):
        keys = [self.key(f"list/{name}") for name in ("B", "a b", "a+b", "a/b", "z", "文")]
        for key in keys:
            self.sdk.put(key, content(key))
        expected = [(key, len(content(key))) for key in keys]
        same(self.sdk.list(self.key("list/"))[0], expected, "keys and sizes, in byte order")

    def list_in_pages(self):
        keys = [self.key(f"pages/{number} +&") for number in range(7)]
        for key in keys:
            self.sdk.put(key, b"x")
        found, _, pages = self.sdk.list(self.key("pages/"), page=3)
        same([key for key, _ in found], keys, "keys")
        if pages is not None:
            same(pages, 3, "pages")

    def list_folders(self):
        for name in ("a/1", "a/2", "b+/1", "c"):
            self.sdk.put(self.key(f"folders/{name}"), b"x")
        keys, folders, _ = self.sdk.list(self.key("folders/"), delimiter="/")
        same([key for key, _ in keys], [self.key("folders/c")], "keys")
        same(folders, [self.key("folders/a/"), self.key("folders/b+/")], "folders")

    def content_type(self):
        key = self.key("type.html")
        self.sdk.put(key, b"x", content_type="text/html; charset=utf-8")
        same(self.sdk.head(key)["content_type"], "text/html; charset=utf-8", "content type")

    def content_type_guessed(self):
        key = self.key("guessed.html")
        self.sdk.put(key, b"x")
        same(self.sdk.head(key)["content_type"], "text/html", "content type")

    def user_metadata(self):
        metadata = {"owner": "someone", "two-words": "a b  c"}
        self.sdk.put(self.key("metadata"), b"x", metadata=metadata)
        same(self.sdk.head(self.key("metadata"))["metadata"], metadata, "metadata")

    def crc_checked(self):
        known = 0x995DC9BBDF1939FA
        same(self.sdk.put(self.key("crc"), b"123456789"), known, "CRC-64 that put answers")
        same(self.sdk.head(self.key("crc"))["crc"], known, "CRC-64 that head answers")
        same(self.sdk.get(self.key("crc")), b"123456789", "content")

    def overwritten(self):
        key = self.key("overwritten")
        self.sdk.put(key, b"first and longer", content_type="text/plain", metadata={"a": "1"})
        self.sdk.put(key, b"second", content_type="text/css", metadata={"b": "2"})
        head = self.sdk.head(key)
        same(self.sdk.get(key), b"second", "content")
        same((head["size"], head["content_type"], head["metadata"]), (6, "text/css", {"b": "2"}), "head")

    def overwriting_forbidden(self):
        key = self.key("kept")
        self.sdk.delete(key)
        self.sdk.put(key, b"first", forbid_overwrite=True)
        again = lambda: self.sdk.put(key, b"second", forbid_overwrite=True)
        self.refused(again, 409, "FileAlreadyExists", "the second put")
        same(self.sdk.get(key), b"first", "content")

    def missing_object(self):
        self.gone(self.key("never written"))
        try:
            self.sdk.head(self.key("never written"))
        except Exception as error:
            same((self.sdk.refusal(error) or (0,))[0], 404, "status of head")
        else:
            raise AssertionError("head of a missing object was not refused")

    def bad_secret_refused(self):
        self.sdk.put(self.key("guarded"), b"x")
        stranger = self.make(self.plan, "not the secret")
        for call in (lambda: stranger.get(self.key("guarded")), lambda: stranger.put(self.key("guarded"), b"y")):
            self.refused(call, 403, "SignatureDoesNotMatch", "a request with a bad secret")
        same(self.sdk.get(self.key("guarded")), b"x", "content")

    def presign_get(self):
        key = self.key("presigned get")
        self.sdk.put(key, b"for whoever has the URL")
        url, headers = self.sdk.presign("GET", key)
        same(plain_http("GET", url, headers=headers), (200, b"for whoever has the URL"), "answer")
        same(plain_http("GET", url.replace("presigned", "presumed"), headers=headers)[0], 403, "another object")
        same(plain_http("PUT", url, b"x", headers)[0], 403, "another method")

    def presign_put(self):
        key = self.key("presigned put")
        url, headers = self.sdk.presign("PUT", key, "text/css")
        same(plain_http("PUT", url, b"written", {"Content-Type": "text/html"})[0], 403, "another content type")
        same(plain_http("PUT", url, b"written", headers)[0], 200, "status")
        same(self.sdk.get(key), b"written", "content")
        same(self.sdk.head(key)["content_type"], "text/css", "content type")

    def copied(self):
        source, key = self.key("copy +%文"), self.key("copied")
        self.sdk.put(source, b"content", content_type="text/plain", metadata={"a": "1"})
        self.sdk.copy(source, key)
        self.sdk.delete(source)
        same(self.sdk.get(key), b"content", "content")
        head = self.sdk.head(key)
        same((head["content_type"], head["metadata"]), ("text/plain", {"a": "1"}), "head")

    def appended(self):
        key = self.key("log")
        self.sdk.delete(key)
        same(self.sdk.append(key, 0, b"one "), 4, "position")
        same(self.sdk.append(key, 4, b"two"), 7, "position")
        same(self.sdk.get(key), b"one two", "content")

    def append_at_a_wrong_position(self):
        key = self.key("log once more")
        self.sdk.delete(key)
        self.sdk.append(key, 0, b"one")
        again = lambda: self.sdk.append(key, 0, b"one")
        self.refused(again, 409, "PositionNotEqualToLength", "the same append again")
        same(self.sdk.get(key), b"one", "content")

    def multipart_upload(self):
        key, parts = self.key("parts 文"), [b"a" * 102400, b"b" * 102400, b"c"]
        crc = self.sdk.multipart(key, parts)
        same(self.sdk.get(key) == b"".join(parts), True, "content is the same")
        same(self.sdk.head(key)["crc"], crc, "CRC-64")

    def multipart_aborted(self):
        key = self.key("aborted")
        same(self.sdk.abandon(key), 1, "parts before it was aborted")
        self.gone(key)

    def resumable_upload(self):
        key, data = self.key("resumed"), bytes(range(256)) * 1600
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file")
            with open(path, "wb") as file:
                file.write(data)
            self.sdk.interrupt(key, path, 102400, folder)
            self.gone(key)
            same(self.sdk.uploads(key), 1, "uploads after the interruption")
            self.sdk.resume(key, path, 102400, folder)
        # One that was begun anew would have left the first behind.
        same(self.sdk.uploads(key), 0, "uploads at the end")
        same(self.sdk.get(key) == data, True, "content is the same")

    def versioning(self):
        sdk, key = self.sdk.versioned(f"{self.plan['bucket']}-{self.plan['prefix']}"), "a +文"
        sdk.put(key, b"first")
        sdk.put(key, b"second")
        sdk.delete(key)
        self.refused(lambda: sdk.get(key), 404, "NoSuchKey", "get of a deleted key")
        versions, markers = sdk.versions(key)
        same((len(versions), len(markers)), (2, 1), "versions and delete markers")
        [second, first], [marker] = versions, markers
        same(sdk.get(key, version=first), b"first", "the first version")
        sdk.delete(key, version=marker)
        same(sdk.get(key), b"second", "after the marker is gone")
        sdk.delete(key, version=second)
        same(sdk.get(key), b"first", "after the second is gone")
        same(sdk.versions(key), ([first], []), "what is left")

    def tagging(self):
        key, tags = self.key("tagged"), {"a b": "1", "c": "+-=._:/"}
        self.sdk.put(key, b"x")
        self.sdk.set_tags(key, tags)
        same(self.sdk.tags(key), tags, "tags")

    def access_control(self):
        key = self.key("public")
        self.sdk.put(key, b"for everybody")
        url = self.sdk.presign("GET", key)[0].split("?")[0]
        same(plain_http("GET", url)[0], 403, "before it is public")
        same(self.sdk.acl(key), "default", "access control")
        self.sdk.set_acl(key, "public-read")
        same(self.sdk.acl(key), "public-read", "access control")
        same(plain_http("GET", url), (200, b"for everybody"), "without a signature")
        same(plain_http("PUT", url, b"x")[0], 403, "writing without a signature")

    def symbolic_link(self):
        key, target = self.key("link"), self.key("target 文")
        self.sdk.put(target, b"content")
        self.sdk.link(key, target)
        same(self.sdk.target(key), target, "target")
        same(self.sdk.get(key), b"content", "content")

    def longest_name(self):
        key = self.key("")
        key += "k" * (1023 - len(key))
        self.sdk.put(key, b"x")
        same(self.sdk.get(key), b"x", "content")
        self.sdk.delete(key)

    def name(self, name):
        folder = self.key("names/")
        key = folder + name
        self.sdk.put(key, content(key))
        same(self.sdk.get(key), content(key), "content")
        same(self.sdk.head(key)["size"], len(content(key)), "size")
        same(self.sdk.list(folder)[:2], ([(key, len(content(key)))], []), "list")
        self.sdk.delete(key)
        same(self.sdk.list(folder)[0], [], "list after delete")

    def reads_clients(self):
        for entry in self.plan["names"]:
            if entry["reach"] == "yes":
                key = entry["key"]
                same(self.sdk.get(key), content(key), repr(key))
                head = self.sdk.head(key)
                found = (head["size"], head["content_type"], head["metadata"])
                same(found, (len(content(key)), "text/x-from-client", {"from": "jit-oss"}), f"head of {key!r}")

    def gets_clients_url(self):
        for entry in self.plan["names"]:
            same(plain_http("GET", entry["get_url"]), (200, content(entry["key"])), repr(entry["key"]))

    def puts_clients_url(self):
        for entry in self.plan["names"]:
            data = content(entry["put_key"])
            status, answer = plain_http("PUT", entry["put_url"], data, entry["put_headers"])
            same((status, answer), (200, b""), repr(entry["put_key"]))

    def leave_for_the_client(self):
        """Objects and URLs that others read, write and fetch."""
        presigned = []
        for entry in self.plan["names"]:
            read, written = self.key("for-client/" + entry["name"]), self.key("by-url/" + entry["name"])
            if entry["reach"] == "unable":
                continue
            if entry["reach"] == "yes":
                self.sdk.put(read, content(read), content_type="text/x-from-sdk", metadata={"from": "sdk"})
            url, headers = self.sdk.presign("GET", entry["key"])
            presigned.append({"method": "GET", "key": entry["key"], "url": url, "headers": headers})
            url, headers = self.sdk.presign("PUT", written, "text/x-by-url")
            presigned.append({"method": "PUT", "key": written, "url": url, "headers": headers})
        return presigned


def resolve_localhost():
    """Names below `localhost` are this machine's, which not every system's resolver knows."""
    ask = socket.getaddrinfo
    mine = lambda host: isinstance(host, str) and host.endswith(".localhost")
    socket.getaddrinfo = lambda host, *rest, **more: ask("127.0.0.1" if mine(host) else host, *rest, **more)


def report(**line):
    print(json.dumps(line), flush=True)


def main(make):
    # The SDKs ask the environment for proxies.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    resolve_localhost()
    sys.stdin.reconfigure(encoding="utf-8")
    plan = json.load(sys.stdin)
    sdk = make(plan, plan["access_key_secret"])
    cases = Cases(sdk, make, plan)
    runs = [(row, getattr(cases, row.lower().replace(" ", "_"))) for row in plan["cases"]]
    for entry in plan["names"]:
        if entry["reach"] == "unable":
            continue
        run = lambda name=entry["name"]: cases.name(name)
        if entry["reach"] == "refused":
            run = lambda run=run: cases.refused(run, 403, "SignatureDoesNotMatch", "a collapsed name")
        runs.append((entry["row"], run))
    runs += [(row, getattr(cases, method)) for method, row in plan["cross"].items()]
    strangers = set(sdk.lacks) - {row for row, _ in runs}
    if strangers:
        raise SystemExit(f"the driver lacks what is no row: {strangers}")
    for row, run in runs:
        if row in sdk.lacks:
            report(case=row, unable=True, reason=sdk.lacks[row])
            continue
        try:
            run()
        except Exception as error:
            report(case=row, ok=False, reason=f"{type(error).__name__}: {error}")
        else:
            report(case=row, ok=True)
    report(presigned=cases.leave_for_the_client())
