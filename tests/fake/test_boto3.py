#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The fake server as boto3 sees it: every operation that Pail's tests rely on, with boto3's default checksums.

Usage: test_boto3.py PAIL-FAKE-S3. Exit status 77 (skipped) without boto3. PAIL_PYTHON names the interpreter to use.
"""
import hashlib
import os
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

sys.path.append(os.path.join(os.path.dirname(__file__), "../unit"))
import beside

beside.interpreter("boto3")
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

os.environ.update(AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_EC2_METADATA_DISABLED="true")


BINARY = sys.argv.pop(1)
MIB = 1024 * 1024


class Server:
    def __init__(self, *args):
        self.process = subprocess.Popen([BINARY, *args], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().strip()
        assert line.startswith("listening on 127.0.0.1:"), line
        self.port = int(line.rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def client(self, service="s3", access="AK", secret="SK", token=None, **config):
        config.setdefault("retries", {"max_attempts": 1})
        config.setdefault("s3", {"addressing_style": "path"})
        return boto3.client(
            service, endpoint_url=self.url, region_name="us-east-1", aws_access_key_id=access,
            aws_secret_access_key=secret, aws_session_token=token, config=Config(signature_version="v4" if service == "sts" else "s3v4", **config))

    def admin(self, path, body=None):
        with urllib.request.urlopen(urllib.request.Request(self.url + "/_fake/" + path, data=body)) as f:
            return f.read().decode()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(10) == 0
        self.process.stdout.close()


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--auth", "AK:SK", "--bucket", "bkt", "--domain", "localhost")
        cls.s3 = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def fails(self, code, call, *args, **kwargs):
        with self.assertRaises(ClientError) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response

    def put(self, key, body=b"x", **kwargs):
        return self.s3.put_object(Bucket="bkt", Key=key, Body=body, **kwargs)


class Objects(Case):
    def test_keys(self):
        keys = ["plain", "a b+c", "ü/ä", "a//b", "/lead", "d/", "..", "../a", "%41", "~t*'()!", "q?x=1&y#z", "new\nline", "e\u0301", "\U0001f600"]
        for key in keys:
            self.put("keys/" + key, key.encode(), Metadata={"n": "1"})
            got = self.s3.get_object(Bucket="bkt", Key="keys/" + key)
            self.assertEqual(got["Body"].read(), key.encode())
            self.assertEqual(got["Metadata"], {"n": "1"})
        listed = [o["Key"][5:] for o in self.s3.list_objects_v2(Bucket="bkt", Prefix="keys/")["Contents"]]
        self.assertEqual(listed, sorted(keys, key=lambda k: k.encode()))
        listed = [o["Key"][5:] for o in self.s3.list_objects(Bucket="bkt", Prefix="keys/")["Contents"]]
        self.assertEqual(listed, sorted(keys, key=lambda k: k.encode()))
        gone = self.s3.delete_objects(Bucket="bkt", Delete={"Objects": [{"Key": "keys/" + k} for k in keys]})
        self.assertEqual(len(gone["Deleted"]), len(keys))
        self.assertEqual(self.s3.list_objects_v2(Bucket="bkt", Prefix="keys/")["KeyCount"], 0)

    def test_attributes(self):
        self.put("attr", b"body", ContentType="a/b", CacheControl="no-store", ContentDisposition="inline", ContentLanguage="de",
                 StorageClass="STANDARD_IA", Metadata={"k": "v"}, Tagging="a=1&b=2")
        head = self.s3.head_object(Bucket="bkt", Key="attr")
        self.assertEqual([head[k] for k in ("ContentType", "CacheControl", "ContentDisposition", "ContentLanguage", "StorageClass", "ContentLength")],
                         ["a/b", "no-store", "inline", "de", "STANDARD_IA", 4])
        self.assertEqual(head["ResponseMetadata"]["HTTPHeaders"]["x-amz-tagging-count"], "2")
        self.assertEqual(head["LastModified"].microsecond, 0)

    def test_checksums(self):
        for algorithm in ("CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"):
            try:
                put = self.put("sum", b"123456789", ChecksumAlgorithm=algorithm)
            except Exception as error:  # CRC32C and CRC64NVME need the CRT
                if "crt" not in str(error):
                    raise
                continue
            got = self.s3.get_object(Bucket="bkt", Key="sum", ChecksumMode="ENABLED")
            self.assertEqual(got["Checksum" + algorithm], put["Checksum" + algorithm])
            got["Body"].read()
        response = self.fails("BadDigest", self.put, "sum", b"123456789", ChecksumCRC32="AAAAAA==")
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 400)

    def test_ranges_and_conditions(self):
        etag = self.put("r", b"0123456789")["ETag"]
        get = lambda **k: self.s3.get_object(Bucket="bkt", Key="r", **k)
        self.assertEqual(get(Range="bytes=2-4")["Body"].read(), b"234")
        self.assertEqual(get(Range="bytes=-3")["ContentRange"], "bytes 7-9/10")
        self.fails("InvalidRange", get, Range="bytes=10-")
        self.fails("PreconditionFailed", get, IfMatch='"x"')
        self.fails("304", get, IfNoneMatch=etag)
        self.assertEqual(get(IfMatch=etag, ResponseContentType="x/y")["ContentType"], "x/y")
        self.fails("NoSuchKey", self.s3.get_object, Bucket="bkt", Key="none")
        self.fails("404", self.s3.head_object, Bucket="bkt", Key="none")

    def test_conditional_writes(self):
        etag = self.put("c", b"1", IfNoneMatch="*")["ETag"]
        response = self.fails("PreconditionFailed", self.put, "c", b"2", IfNoneMatch="*")
        self.assertEqual(response["Error"]["Condition"], "If-None-Match")
        second = self.put("c", b"2", IfMatch=etag)["ETag"]
        self.fails("PreconditionFailed", self.put, "c", b"3", IfMatch=etag)
        self.fails("NoSuchKey", self.put, "c2", b"3", IfMatch=etag)
        self.fails("PreconditionFailed", self.s3.delete_object, Bucket="bkt", Key="c", IfMatch=etag)
        self.s3.delete_object(Bucket="bkt", Key="c", IfMatch=second)

    def test_copy(self):
        self.put("from/ü +", b"data", Metadata={"a": "1"}, ContentType="a/b")
        source = {"Bucket": "bkt", "Key": "from/ü +"}
        copy = self.s3.copy_object(Bucket="bkt", Key="to", CopySource=source)
        self.assertEqual(copy["CopyObjectResult"]["ETag"], '"%s"' % hashlib.md5(b"data").hexdigest())
        self.assertEqual(self.s3.head_object(Bucket="bkt", Key="to")["Metadata"], {"a": "1"})
        self.s3.copy_object(Bucket="bkt", Key="to", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"})
        head = self.s3.head_object(Bucket="bkt", Key="to")
        self.assertEqual((head["Metadata"], head["ContentType"]), ({"b": "2"}, "binary/octet-stream"))
        self.fails("PreconditionFailed", self.s3.copy_object, Bucket="bkt", Key="to", CopySource=source, IfNoneMatch="*")
        self.fails("PreconditionFailed", self.s3.copy_object, Bucket="bkt", Key="to", CopySource=source, CopySourceIfMatch='"x"')
        self.fails("InvalidRequest", self.s3.copy_object, Bucket="bkt", Key="to", CopySource={"Bucket": "bkt", "Key": "to"})

    def test_large(self):
        body = os.urandom(3 * MIB) * 8
        put = self.put("large", body)
        self.assertEqual(put["ETag"], '"%s"' % hashlib.md5(body).hexdigest())
        self.assertEqual(self.s3.get_object(Bucket="bkt", Key="large")["Body"].read(), body)


class Buckets(Case):
    def test_life(self):
        self.s3.create_bucket(Bucket="second")
        self.assertEqual([b["Name"] for b in self.s3.list_buckets()["Buckets"]], ["bkt", "second"])
        self.assertIsNone(self.s3.get_bucket_location(Bucket="second")["LocationConstraint"])
        self.assertEqual(self.s3.head_bucket(Bucket="second")["BucketRegion"], "us-east-1")
        self.s3.put_object(Bucket="second", Key="k", Body=b"")
        self.fails("BucketNotEmpty", self.s3.delete_bucket, Bucket="second")
        self.s3.delete_object(Bucket="second", Key="k")
        self.s3.delete_bucket(Bucket="second")
        self.fails("NoSuchBucket", self.s3.list_objects_v2, Bucket="second")
        self.fails("404", self.s3.head_bucket, Bucket="second")

    def test_pages(self):
        for i in range(2500):
            self.put(f"pages/{i % 50:02}/{i:04}", b"")
        pages = list(self.s3.get_paginator("list_objects_v2").paginate(Bucket="bkt", Prefix="pages/"))
        self.assertEqual([p["KeyCount"] for p in pages], [1000, 1000, 500])
        keys = [o["Key"] for p in pages for o in p["Contents"]]
        self.assertEqual(keys, sorted(f"pages/{i % 50:02}/{i:04}" for i in range(2500)))
        pages = list(self.s3.get_paginator("list_objects").paginate(Bucket="bkt", Prefix="pages/"))
        self.assertEqual([o["Key"] for p in pages for o in p["Contents"]], keys)
        for name in ("list_objects_v2", "list_objects"):
            pages = list(self.s3.get_paginator(name).paginate(Bucket="bkt", Prefix="pages/", Delimiter="/", PaginationConfig={"PageSize": 7}))
            self.assertEqual(len(pages), 8)
            self.assertEqual([c["Prefix"] for p in pages for c in p["CommonPrefixes"]], [f"pages/{i:02}/" for i in range(50)])
        for start in range(0, 2500, 1000):
            self.s3.delete_objects(Bucket="bkt", Delete={"Objects": [{"Key": k} for k in keys[start:start + 1000]], "Quiet": True})
        self.assertEqual(self.s3.list_objects_v2(Bucket="bkt", Prefix="pages/")["KeyCount"], 0)


class Multipart(Case):
    def start(self, key, **kwargs):
        return self.s3.create_multipart_upload(Bucket="bkt", Key=key, **kwargs)["UploadId"]

    def complete(self, key, upload, parts, **kwargs):
        return self.s3.complete_multipart_upload(Bucket="bkt", Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **kwargs)

    def test_parts(self):
        bodies = [os.urandom(5 * MIB), os.urandom(5 * MIB + 1), b"end"]
        upload = self.start("mp", Metadata={"a": "1"}, ChecksumAlgorithm="CRC32")
        parts = []
        for n, body in enumerate(bodies, 1):
            r = self.s3.upload_part(Bucket="bkt", Key="mp", UploadId=upload, PartNumber=n, Body=body, ChecksumAlgorithm="CRC32")
            parts.append({"PartNumber": n, "ETag": r["ETag"], "ChecksumCRC32": r["ChecksumCRC32"]})
        listed = self.s3.list_parts(Bucket="bkt", Key="mp", UploadId=upload)["Parts"]
        self.assertEqual([p["Size"] for p in listed], [len(b) for b in bodies])
        uploads = self.s3.list_multipart_uploads(Bucket="bkt", Prefix="mp")["Uploads"]
        self.assertEqual([u["UploadId"] for u in uploads], [upload])
        self.assertEqual(self.server.admin("uploads?bucket=bkt").strip(), "1")
        self.fails("InvalidPartOrder", self.complete, "mp", upload, parts[::-1])
        done = self.complete("mp", upload, parts, IfNoneMatch="*")
        digest = hashlib.md5(b"".join(hashlib.md5(b).digest() for b in bodies)).hexdigest()
        self.assertEqual(done["ETag"], f'"{digest}-3"')
        self.assertTrue(done["ChecksumCRC32"].endswith("-3"))
        self.assertEqual(self.complete("mp", upload, parts)["ETag"], done["ETag"])
        got = self.s3.get_object(Bucket="bkt", Key="mp")
        self.assertEqual((got["Body"].read(), got["Metadata"]), (b"".join(bodies), {"a": "1"}))
        self.assertEqual(self.s3.get_object(Bucket="bkt", Key="mp", PartNumber=3)["Body"].read(), b"end")

    def test_copy_part_and_conditions(self):
        self.put("src", b"0123456789")
        upload = self.start("cp")
        r = self.s3.upload_part_copy(Bucket="bkt", Key="cp", UploadId=upload, PartNumber=1, CopySource="bkt/src", CopySourceRange="bytes=3-6")
        self.fails("InvalidArgument", self.s3.upload_part_copy, Bucket="bkt", Key="cp", UploadId=upload, PartNumber=1,
                   CopySource="bkt/src", CopySourceRange="bytes=3-16")
        parts = [{"PartNumber": 1, "ETag": r["CopyPartResult"]["ETag"]}]
        self.put("cp", b"there")
        self.fails("PreconditionFailed", self.complete, "cp", upload, parts, IfNoneMatch="*")
        self.complete("cp", upload, parts)
        self.assertEqual(self.s3.get_object(Bucket="bkt", Key="cp")["Body"].read(), b"3456")

    def test_refusals(self):
        upload = self.start("no")
        parts = [{"PartNumber": n, "ETag": self.s3.upload_part(Bucket="bkt", Key="no", UploadId=upload, PartNumber=n, Body=b"x")["ETag"]}
                 for n in (1, 2)]
        self.fails("EntityTooSmall", self.complete, "no", upload, parts)
        self.s3.abort_multipart_upload(Bucket="bkt", Key="no", UploadId=upload)
        self.fails("NoSuchUpload", self.s3.upload_part, Bucket="bkt", Key="no", UploadId=upload, PartNumber=1, Body=b"x")
        self.fails("NoSuchUpload", self.s3.abort_multipart_upload, Bucket="bkt", Key="no", UploadId=upload)

    def test_transfer(self):
        import io
        body = os.urandom(20 * MIB)
        self.s3.upload_fileobj(io.BytesIO(body), "bkt", "transfer")
        out = io.BytesIO()
        self.s3.download_fileobj("bkt", "transfer", out)
        self.assertEqual(out.getvalue(), body)


class Signatures(Case):
    def test_refused(self):
        cases = [(self.server.client(secret="wrong"), "SignatureDoesNotMatch"), (self.server.client(access="XX"), "InvalidAccessKeyId"),
                 (self.server.client(token="t"), "InvalidToken")]
        for client, code in cases:
            self.fails(code, client.list_objects_v2, Bucket="bkt")
            self.fails(code, client.put_object, Bucket="bkt", Key="no", Body=b"x" * MIB)
        other = boto3.client("s3", endpoint_url=self.server.url, region_name="eu-west-1", aws_access_key_id="AK", aws_secret_access_key="SK")
        self.server.admin("reset", b"")
        other.list_objects_v2(Bucket="bkt")  # boto3 reads the right region from the error and asks again
        self.assertEqual(self.server.admin("log").splitlines()[0], "ListObjectsV2 bkt/ 400")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(self.server.url + "/bkt/k")
        self.assertEqual(caught.exception.code, 403)
        caught.exception.close()

    def test_skew(self):
        self.server.admin("clock?offset=1000000", b"")
        try:
            once = self.server.client(retries={"total_max_attempts": 1})
            self.fails("RequestTimeTooSkewed", once.list_objects_v2, Bucket="bkt")
        finally:
            self.server.admin("clock?offset=0", b"")

    def test_presigned(self):
        self.put("pre signed", b"body")
        url = self.s3.generate_presigned_url("get_object", Params={"Bucket": "bkt", "Key": "pre signed"}, ExpiresIn=60)
        with urllib.request.urlopen(url) as f:
            self.assertEqual(f.read(), b"body")
        for bad in (url.replace("pre%20signed", "other"), url[:-1] + ("0" if url[-1] != "0" else "1")):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(bad)
            self.assertEqual(caught.exception.code, 403)
            caught.exception.close()
        self.server.admin("clock?offset=61000", b"")
        try:
            with self.assertRaises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(url)
            self.assertIn(b"Request has expired", caught.exception.read())
            caught.exception.close()
        finally:
            self.server.admin("clock?offset=0", b"")
        url = self.s3.generate_presigned_url("put_object", Params={"Bucket": "bkt", "Key": "up"}, ExpiresIn=60)
        with urllib.request.urlopen(urllib.request.Request(url, data=b"new", method="PUT")) as f:
            self.assertEqual(f.status, 200)
        self.assertEqual(self.s3.get_object(Bucket="bkt", Key="up")["Body"].read(), b"new")

    def test_virtual_host(self):
        """The bucket in the host name; the connection itself goes to 127.0.0.1."""
        import socket
        real = socket.getaddrinfo
        socket.getaddrinfo = lambda host, *a, **k: real("127.0.0.1" if str(host).endswith(".localhost") else host, *a, **k)
        try:
            client = boto3.client("s3", endpoint_url=f"http://localhost:{self.server.port}", region_name="us-east-1", aws_access_key_id="AK",
                                  aws_secret_access_key="SK", config=Config(s3={"addressing_style": "virtual"}))
            client.put_object(Bucket="bkt", Key="vh/a b", Body=b"virtual")
            self.assertEqual(client.get_object(Bucket="bkt", Key="vh/a b")["Body"].read(), b"virtual")
        finally:
            socket.getaddrinfo = real

    def test_roles(self):
        sts = self.server.client("sts")
        self.assertEqual(sts.get_caller_identity()["Account"], "123456789012")
        role = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="me", DurationSeconds=900)
        c = role["Credentials"]
        keys = {"access": c["AccessKeyId"], "secret": c["SecretAccessKey"]}
        client = self.server.client(token=c["SessionToken"], **keys)
        client.put_object(Bucket="bkt", Key="role", Body=b"x")
        self.assertEqual(self.server.client("sts", token=c["SessionToken"], **keys).get_caller_identity()["Arn"],
                         "arn:aws:sts::123456789012:assumed-role/r/me")
        self.fails("InvalidToken", self.server.client(**keys).list_objects_v2, Bucket="bkt")
        self.fails("AccessDenied", sts.assume_role, RoleArn="arn:aws:iam::123456789012:role/xDENIED", RoleSessionName="me")
        self.fails("SignatureDoesNotMatch", self.server.client("sts", secret="no").get_caller_identity)
        self.fails("InvalidClientTokenId", self.server.client("sts", access="no").get_caller_identity)
        self.server.admin("clock?offset=900000", b"")
        try:
            self.fails("ExpiredToken", client.list_objects_v2, Bucket="bkt")
        finally:
            self.server.admin("clock?offset=0", b"")


class Faults(Case):
    def test_retries(self):
        self.put("f", b"data")
        self.server.admin("reset", b"")
        self.server.admin("faults", b"op=GetObject count=2 status=503 code=SlowDown")
        patient = self.server.client(retries={"max_attempts": 5, "mode": "standard"})
        self.assertEqual(patient.get_object(Bucket="bkt", Key="f")["Body"].read(), b"data")
        self.assertEqual(self.server.admin("counts").strip(), '{"GetObject": 3}')
        self.assertEqual(self.server.admin("log").splitlines(), ["GetObject bkt/f 503", "GetObject bkt/f 503", "GetObject bkt/f 200"])
        self.server.admin("faults", b"op=GetObject flip")
        with self.assertRaises(Exception) as caught:
            self.s3.get_object(Bucket="bkt", Key="f")["Body"].read()
        self.assertIn("checksum", str(caught.exception))
        self.server.admin("faults", b"")



class SubResources(unittest.TestCase):
    """Configurations come back as they went, and what is not there is told in S3's words."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--auth", "AK:SK", "--bucket", "cfg")
        cls.s3 = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def refused(self, code, call, **args):
        with self.assertRaises(ClientError) as caught:
            call(**args)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def test_documents(self):
        s3, b = self.s3, {"Bucket": "cfg"}
        cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAgeSeconds": 3}]}
        rules = {"Rules": [{"ID": "r", "Filter": {"Prefix": "p"}, "Status": "Enabled", "Expiration": {"Days": 3}}]}
        crypt = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]}
        tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
        self.refused("NoSuchCORSConfiguration", s3.get_bucket_cors, **b)
        s3.put_bucket_cors(**b, CORSConfiguration=cors)
        self.assertEqual(s3.get_bucket_cors(**b)["CORSRules"], cors["CORSRules"])
        s3.delete_bucket_cors(**b)
        self.refused("NoSuchCORSConfiguration", s3.get_bucket_cors, **b)
        self.refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, **b)
        s3.put_bucket_lifecycle_configuration(**b, LifecycleConfiguration=rules)
        self.assertEqual(s3.get_bucket_lifecycle_configuration(**b)["Rules"], rules["Rules"])
        self.refused("MalformedXML", s3.put_bucket_lifecycle_configuration, **b, LifecycleConfiguration={"Rules": [{"Status": "Enabled", "Filter": {}}]})
        s3.delete_bucket_lifecycle(**b)
        self.refused("ServerSideEncryptionConfigurationNotFoundError", s3.get_bucket_encryption, **b)
        s3.put_bucket_encryption(**b, ServerSideEncryptionConfiguration=crypt)
        self.assertEqual(s3.get_bucket_encryption(**b)["ServerSideEncryptionConfiguration"], crypt)
        self.refused("NoSuchTagSet", s3.get_bucket_tagging, **b)
        s3.put_bucket_tagging(**b, Tagging=tags)
        self.assertEqual(s3.get_bucket_tagging(**b)["TagSet"], tags["TagSet"])
        s3.delete_bucket_tagging(**b)
        self.refused("NoSuchBucketPolicy", s3.get_bucket_policy, **b)
        s3.put_bucket_policy(**b, Policy='{"Version": "2012-10-17"}')
        self.assertEqual(s3.get_bucket_policy(**b)["Policy"], '{"Version": "2012-10-17"}')
        self.refused("MalformedPolicy", s3.put_bucket_policy, **b, Policy="x")
        self.assertNotIn("Status", s3.get_bucket_versioning(**b))
        s3.put_bucket_versioning(**b, VersioningConfiguration={"Status": "Suspended"})
        self.assertEqual(s3.get_bucket_versioning(**b)["Status"], "Suspended")
        s3.put_bucket_acl(**b, ACL="public-read")
        grants = s3.get_bucket_acl(**b)["Grants"]
        self.assertEqual([(g["Grantee"]["Type"], g["Permission"]) for g in grants], [("CanonicalUser", "FULL_CONTROL"), ("Group", "READ")])

    def test_objects(self):
        s3, o = self.s3, {"Bucket": "cfg", "Key": "k +"}
        s3.put_object(**o, Body=b"x", Tagging="a=b%20c&d=")
        self.assertEqual(s3.get_object_tagging(**o)["TagSet"], [{"Key": "a", "Value": "b c"}, {"Key": "d", "Value": ""}])
        s3.put_object_tagging(**o, Tagging={"TagSet": [{"Key": "n", "Value": "m"}]})
        self.assertEqual(s3.get_object_tagging(**o)["TagSet"], [{"Key": "n", "Value": "m"}])
        s3.delete_object_tagging(**o)
        self.assertEqual(s3.get_object_tagging(**o)["TagSet"], [])
        s3.put_object(**o, Body=b"y")
        self.assertEqual(s3.get_object_tagging(**o)["TagSet"], [])
        self.refused("NoSuchKey", s3.get_object_tagging, Bucket="cfg", Key="nix")
        owner = s3.get_object_acl(**o)
        s3.put_object_acl(**o, AccessControlPolicy={"Owner": owner["Owner"], "Grants": owner["Grants"]})
        self.assertEqual(s3.get_object_acl(**o)["Grants"], owner["Grants"])
        about = s3.get_object_attributes(**o, ObjectAttributes=["ETag", "ObjectSize", "StorageClass", "Checksum"])
        self.assertEqual((about["ObjectSize"], about["StorageClass"], about["ETag"]), (1, "STANDARD", hashlib.md5(b"y").hexdigest()))
        self.assertIn("ChecksumCRC32", about["Checksum"])
        for i in range(5):
            s3.put_object(Bucket="cfg", Key=f"v/{i}", Body=b"")
        pages = s3.get_paginator("list_object_versions").paginate(Bucket="cfg", Prefix="v/", PaginationConfig={"PageSize": 2})
        seen = [(v["Key"], v["VersionId"], v["IsLatest"]) for p in pages for v in p["Versions"]]
        self.assertEqual(seen, [(f"v/{i}", "null", True) for i in range(5)])

if __name__ == "__main__":
    unittest.main(verbosity=1)
