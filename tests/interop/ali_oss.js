// Alibaba's SDK for Node, ali-oss; `remote.py` asks it.
"use strict";
const fs = require("fs");
const http = require("http");
const readline = require("readline");
const OSS = require("ali-oss");

// Names below `localhost` are this machine's, which not every system's resolver knows.
const lookup = (host, options, answer) =>
  options.all ? answer(null, [{ address: "127.0.0.1", family: 4 }]) : answer(null, "127.0.0.1", 4);
const agent = new http.Agent({ keepAlive: true, lookup });

const number = text => (text === undefined ? null : text);
const header = (answer, name) => number(answer.res.headers[name]);

class AliOss {
  constructor(plan) {
    this.v4 = plan.signature === "v4";
    this.client = new OSS({
      accessKeyId: plan.access_key_id,
      accessKeySecret: plan.access_key_secret,
      region: `oss-${plan.region}`,
      bucket: plan.bucket,
      // Of an IP address it makes the name of a host of Alibaba's.
      endpoint: plan.endpoint.replace("127.0.0.1", "localhost"),
      authorizationV4: this.v4,
      timeout: 20000,
      agent,
    });
  }

  lacks() {
    return {};
  }

  async put({ key, data, content_type, metadata, forbid_overwrite }) {
    const headers = {};
    if (content_type) headers["Content-Type"] = content_type;
    if (forbid_overwrite) headers["x-oss-forbid-overwrite"] = "true";
    const answer = await this.client.put(key, Buffer.from(data, "base64"), { headers, meta: metadata });
    return header(answer, "x-oss-hash-crc64ecma");
  }

  async get({ key, first, last, version }) {
    const headers = first === undefined ? {} : { Range: `bytes=${first}-${last === undefined ? "" : last}` };
    const answer = await this.client.get(key, { headers, versionId: version });
    return Buffer.from(answer.content).toString("base64");
  }

  async head({ key }) {
    const answer = await this.client.head(key);
    return {
      size: Number(header(answer, "content-length")),
      content_type: header(answer, "content-type"),
      metadata: answer.meta || {},
      crc: header(answer, "x-oss-hash-crc64ecma"),
    };
  }

  async delete({ key, version }) {
    await this.client.delete(key, { versionId: version });
  }

  async delete_many({ keys }) {
    return (await this.client.deleteMulti(keys)).deleted.map(entry => entry.Key);
  }

  async list({ prefix, page, delimiter }) {
    const found = { objects: [], folders: [], pages: 0 };
    for (let token; ; ) {
      const query = { prefix, "max-keys": page };
      // It signs a parameter without a value otherwise than OSS does.
      if (delimiter) query.delimiter = delimiter;
      if (token) query["continuation-token"] = token;
      const answer = await this.client.listV2(query);
      found.objects.push(...answer.objects.map(entry => [entry.name, entry.size]));
      found.folders.push(...(answer.prefixes || []));
      found.pages += 1;
      token = answer.nextContinuationToken;
      if (!answer.isTruncated) return found;
    }
  }

  async presign({ method, key, content_type }) {
    const headers = content_type ? { "Content-Type": content_type } : {};
    const url = this.v4
      ? await this.client.signatureUrlV4(method, 600, { headers }, key)
      : await this.client.asyncSignatureUrl(key, { method, expires: 600, ...headers }, false);
    return { url, headers };
  }

  async copy({ source, key }) {
    await this.client.copy(key, source);
  }

  async append({ key, position, data }) {
    return (await this.client.append(key, Buffer.from(data, "base64"), { position })).nextAppendPosition;
  }

  async part(key, upload, at, data) {
    const content = Buffer.from(data, "base64");
    return (await this.client.uploadPart(key, upload, at, content, 0, content.length)).etag;
  }

  async multipart({ key, parts }) {
    const { uploadId } = await this.client.initMultipartUpload(key);
    const done = [];
    for (let at = parts.length; at > 0; at -= 1) {
      done.push({ number: at, etag: await this.part(key, uploadId, at, parts[at - 1]) });
    }
    return header(await this.client.completeMultipartUpload(key, uploadId, done), "x-oss-hash-crc64ecma");
  }

  async abandon({ key }) {
    const { uploadId } = await this.client.initMultipartUpload(key);
    await this.part(key, uploadId, 1, "eA==");
    const parts = [].concat((await this.client.listParts(key, uploadId)).parts).length;
    await this.client.abortMultipartUpload(key, uploadId);
    return parts;
  }

  async interrupt({ key, path, part_size, folder }) {
    const progress = (part, checkpoint) => {
      fs.writeFileSync(`${folder}/checkpoint`, JSON.stringify(checkpoint));
      if (part > 0) this.client.cancel();
    };
    try {
      await this.client.multipartUpload(key, path, { partSize: part_size, parallel: 1, progress });
    } catch (error) {
      if (this.client.isCancel()) return;
      throw error;
    }
    throw new Error("the upload was not interrupted");
  }

  async resume({ key, path, part_size, folder }) {
    const checkpoint = JSON.parse(fs.readFileSync(`${folder}/checkpoint`));
    await this.client.multipartUpload(key, path, { partSize: part_size, parallel: 1, checkpoint });
  }

  async uploads({ prefix }) {
    return (await this.client.listUploads({ prefix })).uploads.length;
  }

  async make_versioned({ bucket }) {
    await this.client.putBucket(bucket);
    await this.client.putBucketVersioning(bucket, "Enabled");
  }

  async versions({ key }) {
    const found = await this.client.getBucketVersions({ prefix: key });
    const ids = list => (list || []).map(entry => entry.versionId);
    return { versions: ids(found.objects), markers: ids(found.deleteMarker) };
  }

  async set_tags({ key, tags }) {
    await this.client.putObjectTagging(key, tags);
  }

  async tags({ key }) {
    return (await this.client.getObjectTagging(key)).tag;
  }

  async set_acl({ key, acl }) {
    await this.client.putACL(key, acl);
  }

  async acl({ key }) {
    return (await this.client.getACL(key)).acl;
  }

  async link({ key, target }) {
    await this.client.putSymlink(key, target);
  }

  async target({ key }) {
    return (await this.client.getSymlink(key)).targetName;
  }
}

async function answer(sdk, question) {
  try {
    const result = await sdk[question.call](question);
    return { result: result === undefined ? null : result };
  } catch (error) {
    const refusal = error.status > 0 ? [error.status, error.code] : null;
    return { error: `${error.name}: ${error.message}`, refusal };
  }
}

async function main() {
  let sdk;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const question = JSON.parse(line);
    let told;
    if (sdk) {
      told = await answer(sdk, question);
    } else {
      sdk = new AliOss(question);
      told = { result: sdk.lacks() };
    }
    process.stdout.write(`${JSON.stringify(told)}\n`);
  }
}

main();
