#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Commands beside the models' operations, against a server of our own: what no moto serves (`cloudtrail validate-logs`, `codeartifact login`, `ssm start-session`, ...).

usage: test_custom.py PAIL (or another program with the AWS CLI's command line: the texts are its)"""
import base64
import gzip
import hashlib
import http.server
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse
import zipfile

PAIL = os.path.abspath(sys.argv.pop(1))

for name in list(os.environ):
    if name.lower().endswith("_proxy") or name.startswith("AWS_"):
        del os.environ[name]


class Answer:
    def __init__(self, body=b"", status=200, **headers):
        self.status, self.headers = status, {k.replace("_", "-"): v for k, v in headers.items()}
        self.body = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    """What is asked for is looked up by the target of JSON services, the Action of query ones, else by "METHOD /path"."""
    protocol_version = "HTTP/1.1"
    answers, seen = {}, []

    def log_message(self, *args):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urllib.parse.unquote(self.path.split("?")[0])
        form = urllib.parse.parse_qs(body.decode(errors="replace")) if not self.headers.get("X-Amz-Target") and self.command == "POST" else {}
        name = (self.headers.get("X-Amz-Target") or "").split(".")[-1] or form.get("Action", [f"{self.command} {path}"])[0]
        type(self).seen.append((name, body, self.path, dict(self.headers)))
        found = self.answers.get(name, self.answers.get(f"{self.command} *", Answer(status=404)))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if callable(found):
            found = found(self, body)
        found = found if isinstance(found, Answer) else Answer(found)
        self.send_response(found.status)
        for key, value in found.headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(found.body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.addCleanup(self.temp.cleanup)
        self.dir = pathlib.Path(self.temp.name).resolve()
        (self.dir / "bin").mkdir()
        self.env = dict(os.environ, HOME=str(self.dir), AWS_ACCESS_KEY_ID="AKID", AWS_SECRET_ACCESS_KEY="secret", AWS_REGION="us-east-1",
                        AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true", TZ="UTC", LC_ALL="C.UTF-8", AWS_PAGER="", AWS_MAX_ATTEMPTS="1",
                        AWS_ENDPOINT_URL=f"http://127.0.0.1:{self.server.server_port}", PATH=f"{self.dir / 'bin'}:/usr/bin:/bin")
        Handler.answers, Handler.seen = {}, []

    def pail(self, *args, code=0, **env):
        Handler.seen.clear()
        done = subprocess.run([PAIL, *args], capture_output=True, text=True, env=dict(self.env, **env), cwd=self.dir, timeout=60, stdin=subprocess.DEVNULL)
        self.err = done.stderr
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout

    def refused(self, text, *args, code=255):
        self.assertEqual(self.pail(*args, code=code), "")
        self.assertIn(text, self.err)

    def tool(self, name, text):
        path = self.dir / "bin" / name
        path.write_text(text)
        path.chmod(0o755)

    def calls(self):
        return [s[0] for s in Handler.seen]


@unittest.skipUnless(shutil.which("openssl"), "no openssl, which makes keys and signatures here")
class ValidateLogs(Case):
    TRAIL = "arn:aws:cloudtrail:us-east-1:123456789012:trail/main"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, check=True).stdout
        cls.public = subprocess.run(["openssl", "rsa", "-RSAPublicKey_out", "-outform", "DER"], input=cls.key, capture_output=True, check=True).stdout

    def sign(self, text):
        path = self.dir / "key.pem"
        path.write_bytes(self.key)
        return subprocess.run(["openssl", "dgst", "-sha256", "-sign", path], input=text.encode(), capture_output=True, check=True).stdout.hex()

    def name(self, hour):
        return ("AWSLogs/123456789012/CloudTrail-Digest/us-east-1/2026/01/02/123456789012_CloudTrail-Digest_us-east-1_main_us-east-1_"
                f"20260102T{hour:02}0000Z.json.gz")

    def log(self, name, text):
        Handler.answers[f"GET /b/{name}"] = Answer(gzip.compress(text.encode()))
        return {"s3Bucket": "b", "s3Object": name, "hashValue": hashlib.sha256(text.encode()).hexdigest(), "hashAlgorithm": "SHA-256"}

    def digest(self, hour, previous, logs=(), chained=True):
        key = self.name(hour)
        doc = {"digestPublicKeyFingerprint": "f1", "digestS3Bucket": "b", "digestS3Object": key, "digestStartTime": f"2026-01-02T{hour - 1:02}:00:00Z",
               "digestEndTime": f"2026-01-02T{hour:02}:00:00Z", "previousDigestSignature": previous, "logFiles": list(logs)}
        if chained and previous:
            doc |= {"previousDigestS3Bucket": "b", "previousDigestS3Object": self.name(hour - 1)}
        text = json.dumps(doc)
        signature = self.sign("\n".join((doc["digestEndTime"], f"b/{key}", hashlib.sha256(text.encode()).hexdigest(), previous or "null")))
        Handler.answers[f"GET /b/{key}"] = Answer(gzip.compress(text.encode()), x_amz_meta_signature=signature,
                                                  x_amz_meta_signature_algorithm="SHA256withRSA")
        return signature

    def begin(self, *hours):
        keys = "".join(f"<Contents><Key>{self.name(h)}</Key></Contents>" for h in hours)
        Handler.answers |= {
            "DescribeTrails": {"trailList": [{"TrailARN": self.TRAIL, "S3BucketName": "b"}]},
            "ListPublicKeys": {"PublicKeyList": [{"Fingerprint": "f1", "Value": base64.b64encode(self.public).decode()}]},
            "GET /b": lambda h, body: ("<LocationConstraint/>" if "location" in h.path else
                                       f"<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>x</Key></Contents>{keys}</ListBucketResult>")}

    def validate(self, *more, code=0):
        return self.pail("cloudtrail", "validate-logs", "--trail-arn", self.TRAIL, "--start-time", "2026-01-02T00:30:00Z", "--end-time",
                         "2026-01-02T09:00:00Z", *more, code=code)

    HEAD = f"Validating log files for trail {TRAIL} between 2026-01-02T00:30:00Z and 2026-01-02T09:00:00Z\n\n"
    ASKED = "Results requested for 2026-01-02T00:30:00Z to 2026-01-02T09:00:00Z\n"

    def test_good(self):
        self.begin(2, 3)
        first = self.digest(2, None)
        self.digest(3, first, [self.log("one.gz", "text")])
        self.assertEqual(self.validate(), self.HEAD + self.ASKED + "Results found for 2026-01-02T01:00:00Z to 2026-01-02T03:00:00Z:\n\n"
                         "2/2 digest files valid\n1/1 log files valid\n")
        self.assertEqual(self.validate("--verbose"), self.HEAD + f"Digest file\ts3://b/{self.name(3)}\tvalid\nLog file\ts3://b/one.gz\tvalid\n"
                         f"Digest file\ts3://b/{self.name(2)}\tvalid\n\n" + self.ASKED + "Results found for 2026-01-02T01:00:00Z to 2026-01-02T03:00:00Z:\n\n"
                         "2/2 digest files valid\n1/1 log files valid\n")
        self.assertIn("DescribeTrails", self.calls())
        self.validate("--s3-bucket", "b")
        self.assertNotIn("DescribeTrails", self.calls())

    def test_bad_logs(self):
        self.begin(2)
        changed = self.log("changed.gz", "text") | {"hashValue": "0" * 64}
        broken, missing = self.log("broken.gz", "x"), {"s3Bucket": "b", "s3Object": "missing.gz", "hashValue": ""}
        Handler.answers["GET /b/broken.gz"] = Answer(b"no gzip")
        Handler.answers["GET /b/missing.gz"] = Answer("<Error><Code>NoSuchKey</Code><Message>m</Message></Error>", 404)
        self.digest(2, None, [changed, broken, missing, self.log("good.gz", "y")])
        self.assertIn("1/1 digest files valid\n1/4 log files valid, 3/4 log files INVALID\n", self.validate(code=1))
        self.assertEqual(self.err, "Log file\ts3://b/changed.gz\tINVALID: hash value doesn't match\n\nLog file\ts3://b/broken.gz\tINVALID: invalid format\n\n"
                                   "Log file\ts3://b/missing.gz\tINVALID: not found\n\n")

    def test_bad_digests(self):
        self.begin(2, 3, 4, 5, 6)
        self.digest(2, None)
        Handler.answers[f"GET /b/{self.name(3)}"] = Answer("<Error><Code>NoSuchKey</Code><Message>m</Message></Error>", 404)
        self.digest(4, "00")
        Handler.answers[f"GET /b/{self.name(4)}"].headers["x-amz-meta-signature"] = "00" * 256
        self.digest(5, "00")
        moved = Handler.answers[f"GET /b/{self.name(5)}"]
        Handler.answers[f"GET /b/{self.name(6)}"] = moved
        Handler.answers[f"GET /b/{self.name(5)}"] = Answer(b"garbage")
        out = self.validate(code=1)
        self.assertIn("1/5 digest files valid, 4/5 digest files INVALID\n", out)
        self.assertEqual(self.err, "".join(f"Digest file\ts3://b/{self.name(h)}\tINVALID: {why}\n\n" for h, why in (
            (6, "has been moved from its original location"), (5, "invalid format"), (4, "signature verification failed"), (3, "not found"))))

    def test_gap(self):
        self.begin(2, 6)
        self.digest(2, None)
        self.digest(6, None)
        self.assertIn("2/2 digest files valid\n", self.validate())
        self.assertEqual(self.err, "No log files were delivered by CloudTrail between 2026-01-02T02:00:00Z and 2026-01-02T05:00:00Z\n\n")

    def test_other_key(self):
        self.begin(2)
        self.digest(2, None)
        Handler.answers["ListPublicKeys"]["PublicKeyList"][0]["Fingerprint"] = "f2"
        self.validate(code=1)
        self.assertEqual(self.err, f"Digest file\ts3://b/{self.name(2)}\tINVALID: public key not found in region us-east-1 for fingerprint f1\n\n")

    def test_nothing(self):
        self.begin()
        self.assertEqual(self.validate(), self.HEAD + self.ASKED + "No digests found\n")
        Handler.answers["ListPublicKeys"] = {"PublicKeyList": []}
        self.validate(code=255)
        self.assertIn("No public keys found between 2026-01-02T00:30:00Z and 2026-01-02T09:00:00Z", self.err)
        self.refused("Invalid trail ARN provided: x", "cloudtrail", "validate-logs", "--trail-arn", "x", "--start-time", "2026-01-01", code=252)
        self.refused("Unable to parse date value: never", "cloudtrail", "validate-logs", "--trail-arn", self.TRAIL, "--start-time", "never", code=252)
        self.refused("Invalid time range specified", "cloudtrail", "validate-logs", "--trail-arn", self.TRAIL, "--start-time", "2026-01-02", "--end-time",
                     "2026-01-01", code=252)


PLUGIN = """#!/bin/sh
[ "$1" = --version ] && echo {version} && exit 0
echo "$#"
for word; do echo "$word"; done
echo "env $AWS_SSM_START_SESSION_RESPONSE"
exit 3
"""


class Sessions(Case):
    OPENED = {"SessionId": "s-1", "TokenValue": "t", "StreamUrl": "wss://x"}

    def test_start(self):
        Handler.answers = {"StartSession": self.OPENED, "TerminateSession": {}}
        self.tool("session-manager-plugin", PLUGIN.format(version="1.2.650.0"))
        lines = self.pail("ssm", "start-session", "--target", "i-1", "--region", "eu-west-1", code=3).splitlines()
        self.assertEqual(lines[:5], ["6", "AWS_SSM_START_SESSION_RESPONSE", "eu-west-1", "StartSession", ""])
        self.assertEqual(json.loads(lines[5]), {"Target": "i-1"})
        self.assertEqual(json.loads(lines[7][4:]), self.OPENED)
        self.tool("session-manager-plugin", PLUGIN.format(version="1.2.497.0"))
        lines = self.pail("ssm", "start-session", "--target", "i-1", "--endpoint-url", self.env["AWS_ENDPOINT_URL"], code=3).splitlines()
        self.assertEqual(json.loads(lines[1]), self.OPENED)
        self.assertEqual(lines[6], self.env["AWS_ENDPOINT_URL"])
        self.assertEqual(lines[7], "env ")

    def test_execute(self):
        Handler.answers = {"ExecuteCommand": {"clusterArn": "arn:a/c", "taskArn": "arn:a/c/t", "containerName": "web", "session": {
            "sessionId": "s", "streamUrl": "u", "tokenValue": "t"}},
            "DescribeTasks": {"tasks": [{"containers": [{"name": "side", "runtimeId": "no"}, {"name": "web", "runtimeId": "r-1"}]}]}}
        self.tool("session-manager-plugin", "#!/bin/sh\n[ $# = 0 ] && echo there && exit 0\n" + PLUGIN.format(version="1.2.1.0").split("\n", 1)[1])
        lines = self.pail("ecs", "execute-command", "--task", "t", "--command", "sh", "--interactive", code=3).splitlines()
        self.assertEqual(lines[0], "there")
        self.assertEqual(json.loads(lines[2])["sessionId"], "s")
        self.assertEqual(json.loads(lines[6]), {"Target": "ecs:c_t_r-1"})
        Handler.answers["DescribeTasks"] = {"tasks": []}
        self.pail("ecs", "execute-command", "--task", "t", "--command", "sh", "--interactive", code=255)
        self.assertIn("The task provided in the request was not found.", self.err)


@unittest.skipUnless(shutil.which("openssl"), "no openssl, which makes a key here")
class Password(Case):
    def test_password(self):
        key = subprocess.run(["openssl", "genrsa", "-traditional", "2048"], capture_output=True, check=True).stdout
        (self.dir / "key.pem").write_bytes(key)
        (self.dir / "other.pem").write_text("no key")
        secret = subprocess.run(["openssl", "pkeyutl", "-encrypt", "-inkey", self.dir / "key.pem"], input="gehéim".encode(), capture_output=True,
                                check=True).stdout
        Handler.answers["GetPasswordData"] = ("<GetPasswordDataResponse><instanceId>i-1</instanceId><timestamp>2026-01-01T00:00:00Z</timestamp><passwordData>\r\n"
                                              f"{base64.b64encode(secret).decode()}\r\n</passwordData></GetPasswordDataResponse>")
        self.assertEqual(self.pail("ec2", "get-password-data", "--instance-id", "i-1", "--priv-launch-key", "~/key.pem", "--query", "PasswordData"),
                         '"gehéim"\n')
        self.refused("Unable to decrypt password data using provided private key file.", "ec2", "get-password-data", "--instance-id", "i-1",
                     "--priv-launch-key", "other.pem")


if __name__ == "__main__":
    unittest.main()
