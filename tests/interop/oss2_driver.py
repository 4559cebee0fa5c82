"""Alibaba's first Python SDK, oss2."""
import oss2

import cases


class Interrupted(Exception):
    pass


class Oss2(cases.Sdk):
    def __init__(self, plan, secret, bucket=None):
        self.plan = plan
        auth = {"v1": oss2.Auth, "v4": oss2.AuthV4}[plan["signature"]](plan["access_key_id"], secret)
        self.bucket = oss2.Bucket(
            auth,
            plan["endpoint"],
            bucket or plan["bucket"],
            region=plan["region"],
            is_path_style=True,
            connect_timeout=20,
            # Otherwise it refuses to presign some names that OSS allows.
            is_verify_object_strict=False,
        )

    def put(self, key, data, content_type=None, metadata=None, forbid_overwrite=False):
        headers = {f"x-oss-meta-{name}": value for name, value in (metadata or {}).items()}
        if content_type:
            headers["Content-Type"] = content_type
        if forbid_overwrite:
            headers["x-oss-forbid-overwrite"] = "true"
        return self.bucket.put_object(key, data, headers=headers).crc

    def get(self, key, first=None, last=None, version=None):
        byte_range = None if first is None else (first, last)
        params = {"versionId": version} if version else None
        return self.bucket.get_object(key, byte_range=byte_range, params=params).read()

    def head(self, key):
        found = self.bucket.head_object(key)
        prefix = "x-oss-meta-"
        metadata = {k[len(prefix):]: v for k, v in found.headers.items() if k.startswith(prefix)}
        return {
            "size": found.content_length,
            "content_type": found.content_type,
            "metadata": metadata,
            "crc": int(found.headers["x-oss-hash-crc64ecma"]),
        }

    def delete(self, key, version=None):
        self.bucket.delete_object(key, params={"versionId": version} if version else None)

    def delete_many(self, keys):
        return self.bucket.batch_delete_objects(keys).deleted_keys

    def list(self, prefix, page=100, delimiter=""):
        objects, folders, pages, token = [], [], 0, ""
        while True:
            found = self.bucket.list_objects_v2(prefix, delimiter, continuation_token=token, max_keys=page)
            objects += [(entry.key, entry.size) for entry in found.object_list]
            folders += found.prefix_list
            pages, token = pages + 1, found.next_continuation_token
            if not found.is_truncated:
                return objects, folders, pages

    def presign(self, method, key, content_type=None):
        headers = {"Content-Type": content_type} if content_type else {}
        return self.bucket.sign_url(method, key, 600, headers=dict(headers)), headers

    def copy(self, source, key):
        self.bucket.copy_object(self.bucket.bucket_name, source, key)

    def append(self, key, position, data):
        return self.bucket.append_object(key, position, data).next_position

    def multipart(self, key, parts):
        upload = self.bucket.init_multipart_upload(key).upload_id
        done = []
        for number, data in reversed(list(enumerate(parts, 1))):
            part = self.bucket.upload_part(key, upload, number, data)
            done.append(oss2.models.PartInfo(number, part.etag, size=len(data), part_crc=part.crc))
        return self.bucket.complete_multipart_upload(key, upload, sorted(done, key=lambda part: part.part_number)).crc

    def abandon(self, key):
        upload = self.bucket.init_multipart_upload(key).upload_id
        self.bucket.upload_part(key, upload, 1, b"x")
        parts = len(self.bucket.list_parts(key, upload).parts)
        self.bucket.abort_multipart_upload(key, upload)
        return parts

    def interrupt(self, key, path, part_size, folder):
        def stop(sent, total):
            if part_size <= sent < total:
                raise Interrupted

        try:
            self.upload(key, path, part_size, folder, stop)
        except Interrupted:
            return
        raise AssertionError("the upload was not interrupted")

    def resume(self, key, path, part_size, folder):
        self.upload(key, path, part_size, folder, None)

    def upload(self, key, path, part_size, folder, progress):
        oss2.resumable_upload(
            self.bucket, key, path, store=oss2.ResumableStore(folder), multipart_threshold=1, part_size=part_size,
            progress_callback=progress, num_threads=1
        )

    def uploads(self, prefix):
        return len(self.bucket.list_multipart_uploads(prefix=prefix).upload_list)

    def versioned(self, bucket):
        sdk = Oss2(self.plan, self.plan["access_key_secret"], bucket)
        sdk.bucket.create_bucket()
        sdk.bucket.put_bucket_versioning(oss2.models.BucketVersioningConfig(oss2.BUCKET_VERSIONING_ENABLE))
        return sdk

    def versions(self, key):
        found = self.bucket.list_object_versions(prefix=key)
        return [v.versionid for v in found.versions], [m.versionid for m in found.delete_marker]

    def set_tags(self, key, tags):
        rule = oss2.models.TaggingRule()
        for name, value in tags.items():
            rule.add(name, value)
        self.bucket.put_object_tagging(key, oss2.models.Tagging(rule))

    def tags(self, key):
        return dict(self.bucket.get_object_tagging(key).tag_set.tagging_rule)

    def set_acl(self, key, acl):
        self.bucket.put_object_acl(key, acl)

    def acl(self, key):
        return self.bucket.get_object_acl(key).acl

    def link(self, key, target):
        self.bucket.put_symlink(target, key)

    def target(self, key):
        return self.bucket.get_symlink(key).target_key

    def refusal(self, error):
        if isinstance(error, oss2.exceptions.ServerError):
            return error.status, error.code


if __name__ == "__main__":
    cases.main(Oss2)
