"""SDKs of other languages: a program that the plan names wraps each, and is asked over its standard input and output.

It is started with the plan as its first line, with the secret to use and the bucket, and answers with what it lacks.
Then each line is a call, {"call", ...arguments}, and is answered by {"result"}, or by {"error"} with a {"refusal"} when
it was the service that refused. Bytes are Base64.
"""
import base64
import json
import subprocess

import cases


class Failed(Exception):
    def __init__(self, answer):
        super().__init__(answer["error"])
        refusal = answer.get("refusal")
        self.refusal = refusal and tuple(refusal)


class Remote(cases.Sdk):
    def __init__(self, plan, secret, bucket=None):
        self.plan = plan
        self.process = subprocess.Popen(plan["command"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.lacks = self.ask({**plan, "access_key_secret": secret, "bucket": bucket or plan["bucket"]})

    def ask(self, question):
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.plan['command'][0]} ended in the middle: {self.process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise Failed(answer)
        return answer["result"]

    def call(self, name, **arguments):
        given = {name: value for name, value in arguments.items() if value is not None}
        return self.ask({"call": name, **given})

    def put(self, key, data, content_type=None, metadata=None, forbid_overwrite=False):
        crc = self.call(
            "put", key=key, data=encoded(data), content_type=content_type, metadata=metadata or {},
            forbid_overwrite=forbid_overwrite
        )
        return crc and int(crc)

    def get(self, key, first=None, last=None, version=None):
        return base64.b64decode(self.call("get", key=key, first=first, last=last, version=version))

    def head(self, key):
        head = self.call("head", key=key)
        return {**head, "crc": head["crc"] and int(head["crc"])}

    def delete(self, key, version=None):
        self.call("delete", key=key, version=version)

    def delete_many(self, keys):
        return self.call("delete_many", keys=keys)

    def list(self, prefix, page=100, delimiter=""):
        found = self.call("list", prefix=prefix, page=page, delimiter=delimiter)
        return [(key, size) for key, size in found["objects"]], found["folders"], found["pages"]

    def presign(self, method, key, content_type=None):
        found = self.call("presign", method=method, key=key, content_type=content_type)
        return found["url"], found["headers"]

    def copy(self, source, key):
        self.call("copy", source=source, key=key)

    def append(self, key, position, data):
        return int(self.call("append", key=key, position=position, data=encoded(data)))

    def multipart(self, key, parts):
        crc = self.call("multipart", key=key, parts=[encoded(part) for part in parts])
        return crc and int(crc)

    def abandon(self, key):
        return self.call("abandon", key=key)

    def interrupt(self, key, path, part_size, folder):
        self.call("interrupt", key=key, path=path, part_size=part_size, folder=folder)

    def resume(self, key, path, part_size, folder):
        self.call("resume", key=key, path=path, part_size=part_size, folder=folder)

    def uploads(self, prefix):
        return self.call("uploads", prefix=prefix)

    def versioned(self, bucket):
        self.call("make_versioned", bucket=bucket)
        return Remote(self.plan, self.plan["access_key_secret"], bucket)

    def versions(self, key):
        found = self.call("versions", key=key)
        return found["versions"], found["markers"]

    def set_tags(self, key, tags):
        self.call("set_tags", key=key, tags=tags)

    def tags(self, key):
        return self.call("tags", key=key)

    def set_acl(self, key, acl):
        self.call("set_acl", key=key, acl=acl)

    def acl(self, key):
        return self.call("acl", key=key)

    def link(self, key, target):
        self.call("link", key=key, target=target)

    def target(self, key):
        return self.call("target", key=key)

    def refusal(self, error):
        return error.refusal if isinstance(error, Failed) else None


def encoded(data):
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    cases.main(Remote)
