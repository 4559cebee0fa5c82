"""Alibaba's second Python SDK, alibabacloud-oss-v2."""
import datetime
import urllib.parse

import alibabacloud_oss_v2 as oss

import cases


class Interrupted(Exception):
    pass


class OssV2(cases.Sdk):
    def __init__(self, plan, secret, bucket=None):
        self.plan = plan
        config = oss.config.load_default()
        config.credentials_provider = oss.credentials.StaticCredentialsProvider(plan["access_key_id"], secret)
        config.endpoint = plan["endpoint"]
        config.region = plan["region"]
        config.signature_version = plan["signature"]
        config.use_path_style = True
        # A retry would hide what failed.
        config.retry_max_attempts = 1
        self.client = oss.Client(config)
        self.bucket = bucket or plan["bucket"]

    def put(self, key, data, content_type=None, metadata=None, forbid_overwrite=False):
        result = self.client.put_object(
            oss.PutObjectRequest(
                bucket=self.bucket,
                key=key,
                body=data,
                content_type=content_type,
                metadata=metadata,
                forbid_overwrite=True if forbid_overwrite else None,
            )
        )
        return int(result.hash_crc64)

    def get(self, key, first=None, last=None, version=None):
        byte_range = None if first is None else f"bytes={first}-{'' if last is None else last}"
        request = oss.GetObjectRequest(bucket=self.bucket, key=key, range_header=byte_range, version_id=version)
        with self.client.get_object(request).body as body:
            return body.read()

    def head(self, key):
        found = self.client.head_object(oss.HeadObjectRequest(bucket=self.bucket, key=key))
        return {
            "size": found.content_length,
            "content_type": found.content_type,
            "metadata": dict(found.metadata or {}),
            "crc": int(found.hash_crc64),
        }

    def delete(self, key, version=None):
        self.client.delete_object(oss.DeleteObjectRequest(bucket=self.bucket, key=key, version_id=version))

    def delete_many(self, keys):
        objects = [oss.DeleteObject(key=key) for key in keys]
        request = oss.DeleteMultipleObjectsRequest(bucket=self.bucket, encoding_type="url", objects=objects)
        return [deleted.key for deleted in self.client.delete_multiple_objects(request).deleted_objects]

    def list(self, prefix, page=100, delimiter=""):
        objects, folders, pages = [], [], 0
        request = oss.ListObjectsV2Request(bucket=self.bucket, prefix=prefix, delimiter=delimiter or None, max_keys=page)
        for found in self.client.list_objects_v2_paginator().iter_page(request):
            objects += [(entry.key, entry.size) for entry in found.contents or []]
            folders += [entry.prefix for entry in found.common_prefixes or []]
            pages += 1
        return objects, folders, pages

    def presign(self, method, key, content_type=None):
        request = {
            "GET": lambda: oss.GetObjectRequest(bucket=self.bucket, key=key),
            "PUT": lambda: oss.PutObjectRequest(bucket=self.bucket, key=key, content_type=content_type),
        }[method]()
        signed = self.client.presign(request, expires=datetime.timedelta(seconds=600))
        return signed.url, dict(signed.signed_headers or {})

    def copy(self, source, key):
        self.client.copy_object(oss.CopyObjectRequest(bucket=self.bucket, key=key, source_bucket=self.bucket, source_key=source))

    def append(self, key, position, data):
        request = oss.AppendObjectRequest(bucket=self.bucket, key=key, position=position, body=data)
        return int(self.client.append_object(request).next_position)

    def begin(self, key):
        request = oss.InitiateMultipartUploadRequest(bucket=self.bucket, key=key)
        return self.client.initiate_multipart_upload(request).upload_id

    def part(self, key, upload, number, data):
        request = oss.UploadPartRequest(bucket=self.bucket, key=key, upload_id=upload, part_number=number, body=data)
        return oss.UploadPart(part_number=number, etag=self.client.upload_part(request).etag)

    def multipart(self, key, parts):
        upload = self.begin(key)
        done = [self.part(key, upload, number, data) for number, data in reversed(list(enumerate(parts, 1)))]
        done = oss.CompleteMultipartUpload(parts=sorted(done, key=lambda part: part.part_number))
        request = oss.CompleteMultipartUploadRequest(
            bucket=self.bucket, key=key, upload_id=upload, complete_multipart_upload=done
        )
        return int(self.client.complete_multipart_upload(request).hash_crc64)

    def abandon(self, key):
        upload = self.begin(key)
        self.part(key, upload, 1, b"x")
        parts = self.client.list_parts(oss.ListPartsRequest(bucket=self.bucket, key=key, upload_id=upload)).parts
        self.client.abort_multipart_upload(
            oss.AbortMultipartUploadRequest(bucket=self.bucket, key=key, upload_id=upload)
        )
        return len(parts)

    def interrupt(self, key, path, part_size, folder):
        def stop(_, sent, total):
            if part_size <= sent < total:
                raise Interrupted

        try:
            self.upload(key, path, part_size, folder, stop)
        except Exception:
            # The SDK wraps whatever stops it.
            return
        raise AssertionError("the upload was not interrupted")

    def resume(self, key, path, part_size, folder):
        self.upload(key, path, part_size, folder, None)

    def upload(self, key, path, part_size, folder, progress):
        uploader = self.client.uploader(
            part_size=part_size, parallel_num=1, leave_parts_on_error=True, enable_checkpoint=True, checkpoint_dir=folder
        )
        uploader.upload_file(oss.PutObjectRequest(bucket=self.bucket, key=key, progress_fn=progress), path)

    def uploads(self, prefix):
        request = oss.ListMultipartUploadsRequest(bucket=self.bucket, prefix=prefix)
        return len(self.client.list_multipart_uploads(request).uploads or [])

    def versioned(self, bucket):
        sdk = OssV2(self.plan, self.plan["access_key_secret"], bucket)
        sdk.client.put_bucket(oss.PutBucketRequest(bucket=bucket))
        enabled = oss.VersioningConfiguration(status="Enabled")
        sdk.client.put_bucket_versioning(oss.PutBucketVersioningRequest(bucket=bucket, versioning_configuration=enabled))
        return sdk

    def versions(self, key):
        found = self.client.list_object_versions(oss.ListObjectVersionsRequest(bucket=self.bucket, prefix=key))
        return [v.version_id for v in found.version or []], [m.version_id for m in found.delete_marker or []]

    def set_tags(self, key, tags):
        tags = oss.Tagging(tag_set=oss.TagSet(tags=[oss.Tag(key=name, value=value) for name, value in tags.items()]))
        self.client.put_object_tagging(oss.PutObjectTaggingRequest(bucket=self.bucket, key=key, tagging=tags))

    def tags(self, key):
        found = self.client.get_object_tagging(oss.GetObjectTaggingRequest(bucket=self.bucket, key=key))
        return {tag.key: tag.value for tag in found.tag_set.tags}

    def set_acl(self, key, acl):
        self.client.put_object_acl(oss.PutObjectAclRequest(bucket=self.bucket, key=key, acl=acl))

    def acl(self, key):
        return self.client.get_object_acl(oss.GetObjectAclRequest(bucket=self.bucket, key=key)).acl

    def link(self, key, target):
        target = urllib.parse.quote(target, safe="")
        self.client.put_symlink(oss.PutSymlinkRequest(bucket=self.bucket, key=key, target=target))

    def target(self, key):
        found = self.client.get_symlink(oss.GetSymlinkRequest(bucket=self.bucket, key=key))
        return urllib.parse.unquote(found.target)

    def refusal(self, error):
        if isinstance(error, oss.exceptions.OperationError):
            error = error.unwrap()
        if isinstance(error, oss.exceptions.ServiceError):
            return error.status_code, error.code


if __name__ == "__main__":
    cases.main(OssV2)
