#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Commands beside the models' operations, against a server of our own: what no moto serves (`cloudtrail validate-logs`, `codeartifact login`, `ssm start-session`, ...).

usage: test_custom.py PAIL (or another program with the AWS CLI's command line: the texts are its)"""
import base64
import gzip
import hashlib
import hmac
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
import time
import unittest
import urllib.parse
import zipfile
import zlib

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
        if not found.status:
            self.close_connection = True  # without an answer
            return
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

    def test_what_could_not_be_looked_at(self):
        """Is neither valid nor invalid."""
        self.begin(2, 3)
        self.digest(3, self.digest(2, None), [self.log("one.gz", "text")])
        broken = Answer("<Error><Code>InternalError</Code><Message>m</Message></Error>", 500)
        for name, answer, code in (("one.gz", broken, 254), (self.name(3), broken, 254), (self.name(2), broken, 254), ("one.gz", Answer(status=0), 255),
                                   (self.name(2), Answer(status=0), 255), (self.name(2), Answer("<Error><Code>AccessDenied</Code></Error>", 403), 254)):
            with self.subTest(name=name, status=answer.status):
                good = Handler.answers[f"GET /b/{name}"]
                Handler.answers[f"GET /b/{name}"] = answer
                self.assertEqual(self.validate(code=code), self.HEAD)
                self.assertNotIn("INVALID", self.err)
                Handler.answers[f"GET /b/{name}"] = good
        self.validate()

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


class CodeArtifact(Case):
    """The tools are ours: what they are called with is what counts."""
    ENDPOINT = "https://d-1.d.codeartifact.us-east-1.amazonaws.com/pypi/r/"
    DONE = (rf"Successfully configured %s to use AWS CodeArtifact repository {re.escape(ENDPOINT)} \nLogin expires in 12 hours at "
            r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\+00:00\n")

    def setUp(self):
        super().setUp()
        Handler.answers = {"POST /v1/authorization-token": {"authorizationToken": "TOKEN", "expiration": int(time.time()) + 43200},
                           "GET /v1/repository/endpoint": {"repositoryEndpoint": self.ENDPOINT}}
        for name in ("pip", "npm", "nuget", "dotnet", "swift"):
            self.tool(name, f"#!/bin/sh\necho {name} \"$@\" >> {self.dir}/ran\n")

    def login(self, tool, *more, code=0):
        (self.dir / "ran").unlink(missing_ok=True)
        out = self.pail("codeartifact", "login", "--tool", tool, "--domain", "dom", "--repository", "rep", *more, code=code)
        ran = self.dir / "ran"
        return out, ran.read_text().splitlines() if ran.exists() else []

    def test_pip(self):
        line = "pip config set global.index-url https://aws:TOKEN@d-1.d.codeartifact.us-east-1.amazonaws.com/pypi/r/simple/"
        out, ran = self.login("pip")
        self.assertEqual(ran, [line])
        self.assertRegex(out, "^" + self.DONE.replace("%s", "pip") + "$")
        self.assertEqual(self.login("pip", "--dry-run"), (line + "\n\n", []))
        asked = next(s for s in Handler.seen if s[0] == "GET /v1/repository/endpoint")
        self.assertIn("format=pypi", asked[2])
        self.login("pip", "--namespace", "x", code=255)
        self.assertIn("Argument --namespace is not supported for pip", self.err)

    def test_npm(self):
        host = "//d-1.d.codeartifact.us-east-1.amazonaws.com/pypi/r/"
        self.assertEqual(self.login("npm", "--namespace", "sc", "--duration-seconds", "900")[1], [
            f"npm config set @sc:registry {self.ENDPOINT}", f"npm config set {host}:always-auth true", f"npm config set {host}:_authToken TOKEN"])
        self.assertIn("duration=900", Handler.seen[0][2])
        self.tool("npm", "#!/bin/sh\ncase $3 in *always-auth) exit 1;; esac\nexit 0\n")
        self.login("npm")
        self.tool("npm", "#!/bin/sh\nexit 7\n")
        self.login("npm", code=255)
        self.assertIn("returned non-zero exit status 7.", self.err)
        self.assertNotIn("TOKEN", self.err)
        self.login("npm", "--namespace", "_x", code=255)
        self.assertIn("Invalid scope name", self.err)
        (self.dir / "bin" / "npm").unlink()
        if not shutil.which("npm", path="/usr/bin:/bin"):
            self.login("npm", code=255)
            self.assertIn("npm was not found. Please verify installation.", self.err)

    def test_nuget(self):
        added = "nuget sources add -name dom/rep -source %sv3/index.json -username aws -password TOKEN" % self.ENDPOINT
        self.assertEqual(self.login("nuget")[1], ["nuget sources list -format detailed", added])
        self.assertEqual(self.login("nuget", "--dry-run")[0], added + "\n")
        self.tool("dotnet", "#!/bin/sh\n[ $2 = list ] && printf 'Registered Sources:\\n  1.  mine [Enabled]\\n      %sv3/index.json\\n' "
                            f"&& exit 0\necho dotnet \"$@\" >> {self.dir}/ran\n" % self.ENDPOINT)
        out, ran = self.login("dotnet")
        self.assertEqual(ran, [f"dotnet nuget update source mine --source {self.ENDPOINT}v3/index.json --username aws --password TOKEN "
                               "--store-password-in-clear-text"])
        self.assertTrue(out.startswith("Updated source mine in the NuGet.Config\n"), out)

    def test_twine(self):
        ours = f"[codeartifact]\nrepository: {self.ENDPOINT}\nusername: aws\npassword: TOKEN\n"
        rc = self.dir / ".pypirc"
        self.login("twine")
        self.assertEqual(rc.read_text(), "[distutils]\nindex-servers = \n\tpypi\n\tcodeartifact\n\n" + ours + "\n")
        first = rc.read_text()
        self.login("twine")
        self.assertEqual(rc.read_text(), first)
        rc.write_text("[distutils]\nindex-servers =\n    pypi\n\n[pypi]\nusername: me\n")
        self.login("twine")
        self.assertEqual(rc.read_text(), "[distutils]\nindex-servers =\n    pypi\n\tcodeartifact\n\n[pypi]\nusername: me\n\n" + ours + "\n")
        out, _ = self.login("twine", "--dry-run")
        self.assertIn(f"{rc} would have been set to the following:\n\n[distutils]", out)
        rc.write_text("[other]\n")
        self.assertEqual(self.login("twine", code=255)[0], f"{rc} is in an invalid state.\n")


class Package(Case):
    """Folders: their archives differ from one program to another, so that what is in them is looked at."""
    def package(self, template, *more):
        (self.dir / "t.yaml").write_text(template)
        stored = {}

        def put(handler, body):
            stored[handler.path.split("?")[0]] = handler, body
            return Answer(ETag='"e"')
        Handler.answers = {"HEAD *": Answer(status=404), "PUT *": put}
        out = self.pail("cloudformation", "package", "--template-file", "t.yaml", "--s3-bucket", "b", *more)
        return out, stored

    def archive(self, body):
        if b"\r\n" in body[:20]:  # aws-chunked
            size, rest = body.split(b"\r\n", 1)
            body = rest[:int(size.split(b";")[0], 16)]
        return zipfile.ZipFile(io.BytesIO(body))

    def test_folder(self):
        code = self.dir / "code"
        (code / "sub").mkdir(parents=True)
        (code / "run.sh").write_text("#!/bin/sh\n")
        (code / "run.sh").chmod(0o755)
        (code / "sub" / "é.txt").write_text("x" * 5000)
        (code / ".hidden").write_text("")
        out, stored = self.package("Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Code: code}}\n", "--metadata", "a=b")
        (path, (handler, body)), = stored.items()
        self.assertRegex(path, "^/b/[0-9a-f]{32}$")
        self.assertEqual(handler.headers["x-amz-meta-a"], "b")
        self.assertEqual(handler.headers["x-amz-server-side-encryption"], "AES256")
        self.assertEqual(out, "\nResources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code:\n        S3Bucket: b\n"
                              f"        S3Key: {path[3:]}\n")
        with self.archive(body) as z:
            self.assertIsNone(z.testzip())
            self.assertEqual(z.namelist(), [".hidden", "run.sh", "sub/é.txt"])
            self.assertEqual(z.read("sub/é.txt"), b"x" * 5000)
            self.assertEqual(z.getinfo("run.sh").external_attr >> 16, 0o100755)

    def test_file_zipped(self):
        (self.dir / "f.py").write_text("pass")
        _, stored = self.package("Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f.py}}\n")
        with self.archive(next(iter(stored.values()))[1]) as z:
            self.assertEqual(z.namelist(), ["f.py"])

    def test_for_each(self):
        (self.dir / "f.zip").write_bytes(b"PK\5\6" + bytes(18))
        out, stored = self.package("Resources:\n  Fn::ForEach::X:\n    - N\n    - [a, b]\n    - F${N}: {Type: AWS::Lambda::Function, Properties: {Code: "
                                   "f.zip}}\n")
        self.assertEqual(len(stored), 1)
        self.assertIn("S3Bucket: b", out)


class Others(Case):
    def test_mb_tags(self):
        Handler.answers = {"PUT *": Answer()}
        self.assertEqual(self.pail("s3", "mb", "s3://b", "--tags", "k", "v", "--tags", "k2", "v 2", "--region", "eu-west-1"), "make_bucket: b\n")
        body = Handler.seen[0][1].decode()
        self.assertIn("<LocationConstraint>eu-west-1</LocationConstraint>", body)
        self.assertIn("<Tag><Key>k2</Key><Value>v 2</Value></Tag>", body)
        self.refused("argument --tags: expected 2 arguments", "s3", "mb", "s3://b", "--tags", "k", code=252)

    def test_dsql(self):
        out = self.pail("dsql", "generate-db-connect-admin-auth-token", "--hostname", "h.example", "--expires-in", "60")
        self.assertTrue(out.startswith("h.example/?Action=DbConnectAdmin&X-Amz-Algorithm=AWS4-HMAC-SHA256&"), out)
        self.assertIn("us-east-1%2Fdsql%2Faws4_request", out)
        self.assertIn("X-Amz-Expires=60", out)
        self.assertIn("?Action=DbConnect&", self.pail("dsql", "generate-db-connect-auth-token", "--hostname", "h.example"))

    def test_gamelift(self):
        (self.dir / "build").mkdir()
        (self.dir / "build" / "game").write_text("x")
        Handler.answers = {"CreateBuild": {"Build": {"BuildId": "build-1"}}, "PUT *": Answer(ETag='"e"'),
                           "RequestUploadCredentials": {"UploadCredentials": {"AccessKeyId": "OTHER", "SecretAccessKey": "s", "SessionToken": "t"},
                                                        "StorageLocation": {"Bucket": "b", "Key": "k"}}}
        out = self.pail("gamelift", "upload-build", "--name", "n", "--build-version", "1", "--build-root", "build")
        self.assertTrue(out.endswith("Successfully uploaded build to AWS GameLift\nBuild ID: build-1\n"), out)
        put = next(s for s in Handler.seen if s[0] == "PUT /b/k")
        self.assertIn("Credential=OTHER/", put[3]["Authorization"])
        Handler.answers = {"GetGameSessionLogUrl": {"PreSignedUrl": f"{self.env['AWS_ENDPOINT_URL']}/log"}, "GET /log": Answer(b"zip")}
        self.pail("gamelift", "get-game-session-log", "--game-session-id", "s", "--save-as", "log.zip")
        self.assertEqual((self.dir / "log.zip").read_bytes(), b"zip")

    def test_lightsail(self):
        self.tool("lightsailctl", f"#!/bin/sh\necho \"$@\"\ncat > {self.dir}/asked\n")
        self.assertEqual(self.pail("lightsail", "push-container-image", "--service-name", "s", "--image", "i", "--label", "l"),
                         "--plugin --input-stdin\n")
        asked = json.loads((self.dir / "asked").read_text())
        self.assertEqual(asked["payload"], {"service": "s", "image": "i", "label": "l"})
        self.assertEqual(asked["configuration"]["region"], "us-east-1")


class EcsDeploy(Case):
    def test_deploy(self):
        spec = {"version": 0.0, "Resources": [{"T": {"Type": "AWS::ECS::Service", "Properties": {"TaskDefinition": "old"}}}]}
        (self.dir / "spec.json").write_text(json.dumps(spec))
        (self.dir / "task.json").write_text('{"family": "f", "containerDefinitions": []}')
        Handler.answers = {
            "DescribeServices": {"services": [{"serviceName": "s", "serviceArn": "arn:s", "clusterArn": "arn:aws:ecs:r:1:cluster/c"}]},
            "GetApplication": {"application": {"computePlatform": "ECS"}}, "CreateDeployment": {"deploymentId": "d-1"},
            "GetDeployment": {"deploymentInfo": {"status": "Succeeded"}},
            "GetDeploymentGroup": {"deploymentGroupInfo": {"computePlatform": "ECS", "ecsServices": [{"serviceName": "s", "clusterName": "c"}],
                                                           "blueGreenDeploymentConfiguration": {
                                                               "deploymentReadyOption": {"waitTimeInMinutes": 30},
                                                               "terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 5}}}},
            "RegisterTaskDefinition": {"taskDefinition": {"taskDefinitionArn": "arn:new"}}}
        words = ("ecs", "deploy", "--service", "s", "--cluster", "c", "--task-definition", "task.json", "--codedeploy-appspec", "spec.json")
        self.assertEqual(self.pail(*words), "Successfully registered new ECS task definition arn:new\nSuccessfully created deployment d-1\n"
                         "Waiting for d-1 to succeed (will wait up to 45 minutes)...\nSuccessfully deployed arn:new to service 's'\n")
        sent = json.loads(next(s[1] for s in Handler.seen if s[0] == "CreateDeployment"))
        spec["Resources"][0]["T"]["Properties"]["TaskDefinition"] = "arn:new"
        content = sent["revision"]["appSpecContent"]
        self.assertEqual(content, {"content": json.dumps(spec), "sha256": hashlib.sha256(json.dumps(spec).encode()).hexdigest()})
        self.assertEqual((sent["applicationName"], sent["deploymentGroupName"]), ("AppECS-c-s", "DgpECS-c-s"))
        Handler.answers["GetDeploymentGroup"]["deploymentGroupInfo"]["ecsServices"][0]["serviceName"] = "other"
        self.refused("Error: deployment group 'DgpECS-c-s' does not target ECS service 's'", *words)
        Handler.answers["GetApplication"]["application"]["computePlatform"] = "Server"
        self.refused("Error: Application 'AppECS-c-s' must support 'ECS' compute platform", *words)


class CodeCommit(Case):
    def ask(self, *words, host="git-codecommit.eu-west-1.amazonaws.com", **env):
        asked = f"protocol=https\nhost={host}\npath=v1/repos/r\n\n"
        done = subprocess.run([PAIL, "codecommit", "credential-helper", *words], input=asked, capture_output=True, text=True, env=dict(self.env, **env),
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def expected(self, out, region, host):
        """The password, worked out again with its own time."""
        stamp, signature = out.splitlines()[1][len("password="):].split("Z")
        request = f"GIT\n/v1/repos/r\n\nhost:{host}\n\nhost\n"
        scope = f"{stamp[:8]}/{region}/codecommit/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = b"AWS4secret"
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        self.assertEqual(signature, hmac.digest(key, text.encode(), "sha256").hex())

    def test_get(self):
        out = self.ask("get")
        self.assertTrue(out.startswith("username=AKID\npassword=20"), out)
        self.expected(out, "eu-west-1", "git-codecommit.eu-west-1.amazonaws.com")
        out = self.ask("get", host="vpce-1.git-codecommit-fips.us-west-2.vpce.amazonaws.com:443", AWS_SESSION_TOKEN="tok")
        self.assertTrue(out.startswith("username=AKID%tok\n"), out)
        self.expected(out, "us-west-2", "vpce-1.git-codecommit-fips.us-west-2.vpce.amazonaws.com")
        self.assertEqual(self.ask("get", host="example.com"), "")
        self.expected(self.ask("get", "--ignore-host-check", host="example.com"), "us-east-1", "example.com")
        done = subprocess.run([PAIL, "codecommit", "credential-helper", "get"], input="x=" + "y" * 70000, capture_output=True, text=True, env=self.env, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (255, ""), "more than git asks for")
        self.assertIn("more than 65536 bytes", done.stderr)
        self.assertEqual(self.ask("store"), "")
        self.assertEqual(self.ask("erase"), "")


class DataLifecycle(Case):
    def test_partitions(self):
        """The policy that is looked for is one of the region's partition."""
        Handler.answers = {name: Answer("<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>m</Message></Error></ErrorResponse>", 404)
                           for name in ("GetRole", "GetPolicy")}
        for region, partition in (("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")):
            self.pail("dlm", "create-default-role", "--region", region)
            asked = [urllib.parse.parse_qs(body.decode())["PolicyArn"] for name, body, *_ in Handler.seen if name == "GetPolicy"]
            self.assertEqual(asked, [[f"arn:{partition}:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole"]])


def event(kind, payload):
    """A message of an event stream."""
    head = b""
    for name, value in ((":event-type", kind), (":message-type", "event"), (":content-type", "application/json")):
        head += bytes([len(name)]) + name.encode() + b"\x07" + len(value).to_bytes(2, "big") + value.encode()
    body = json.dumps(payload).encode()
    start = (16 + len(head) + len(body)).to_bytes(4, "big") + len(head).to_bytes(4, "big")
    start += zlib.crc32(start).to_bytes(4, "big")
    whole = start + head + body
    return whole + zlib.crc32(whole).to_bytes(4, "big")


class LiveTail(Case):
    def test_lines(self):
        update = {"sessionMetadata": {"sampled": False}, "sessionResults": [{"message": "one"}, {"message": "two"}]}
        stream = event("sessionStart", {"sessionId": "s"}) + event("sessionUpdate", update) + event("sessionUpdate", {"sessionResults": []})
        Handler.answers = {"StartLiveTail": Answer(stream, Content_Type="application/vnd.amazon.eventstream")}
        self.assertEqual(self.pail("logs", "start-live-tail", "--log-group-identifiers", "arn:aws:logs:r:1:log-group:g", "--log-event-filter-pattern", "x"),
                         "one\ntwo\n")
        self.assertEqual(json.loads(Handler.seen[0][1]), {"logGroupIdentifiers": ["arn:aws:logs:r:1:log-group:g"], "logEventFilterPattern": "x"})
        Handler.answers = {"StartLiveTail": Answer({"__type": "ResourceNotFoundException", "message": "gone"}, 400)}
        self.refused("(ResourceNotFoundException) when calling the StartLiveTail operation", "logs", "start-live-tail", "--log-group-identifiers",
                     "g", code=254)


if __name__ == "__main__":
    unittest.main()
