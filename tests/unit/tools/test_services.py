#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`pail SERVICE OPERATION ...` with a service of our own (AWS_DATA_PATH) against a server in this process.

usage: test_services.py PAIL"""
import base64
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

PAIL = os.path.abspath(sys.argv.pop(1))

for name in list(os.environ):
    if name.lower().endswith("_proxy") or name.startswith("AWS_"):
        del os.environ[name]


def text(**more):
    return {"type": "string", **more}


def structure(required=(), **members):
    return {"type": "structure", "required": list(required), "members": {k: {"shape": v} for k, v in members.items()}}


def operation(name):
    return {"name": name, "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": name + "In"}, "output": {"shape": name + "Out"},
            "errors": [{"shape": "Gone"}]}


MODEL = {
    "version": "2.0",
    "metadata": {"apiVersion": "2020-01-01", "endpointPrefix": "tiny", "jsonVersion": "1.1", "protocol": "json", "protocols": ["json"],
                 "serviceFullName": "Tiny", "serviceId": "Tiny", "signatureVersion": "v4", "signingName": "tiny", "targetPrefix": "Tiny",
                 "uid": "tiny-2020-01-01"},
    "operations": {n: operation(n) for n in ("PutThing", "ListThings", "GetThing")},
    "shapes": {
        "Text": text(), "Color": text(enum=["red", "green"]), "Number": {"type": "integer"}, "Real": {"type": "double"}, "Bool": {"type": "boolean"},
        "Blob": {"type": "blob"}, "Time": {"type": "timestamp"}, "Tag": structure(["Key"], Key="Text", Value="Text"),
        "Tags": {"type": "list", "member": {"shape": "Tag"}}, "Texts": {"type": "list", "member": {"shape": "Text"}},
        "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
        "PutThingIn": structure(["Name"], Name="Text", Tags="Tags", Texts="Texts", Map="Map", Count="Number", Size="Real", Flag="Bool", Data="Blob",
                                Color="Color", When="Time"),
        "PutThingOut": structure(Got="Text", Data="Blob", When="Time"),
        "ListThingsIn": structure(Token="Text", Limit="Number"), "ListThingsOut": structure(Things="Tags", Token="Text", Total="Number"),
        "GetThingIn": structure(["Name"], Name="Text"), "GetThingOut": structure(State="Text"),
        "Gone": {"type": "structure", "members": {"message": {"shape": "Text"}, "Left": {"shape": "Number"}}, "exception": True},
    },
}
PAGES = {"pagination": {"ListThings": {"input_token": "Token", "output_token": "Token", "limit_key": "Limit", "result_key": "Things",
                                       "non_aggregate_keys": ["Total"]}}}
WAITERS = {"version": 2, "waiters": {"ThingReady": {"operation": "GetThing", "delay": 1, "maxAttempts": 2, "acceptors": [
    {"matcher": "path", "argument": "State", "expected": "ready", "state": "success"},
    {"matcher": "path", "argument": "State", "expected": "broken", "state": "failure"}]}}}


# As much of a cluster as kubectl has to know, in a protocol that the server below speaks.
EKS = {
    "version": "2.0",
    "metadata": dict(MODEL["metadata"], apiVersion="2099-01-01", endpointPrefix="eks", serviceId="EKS", signingName="eks", uid="eks-2099-01-01"),
    "operations": {"DescribeCluster": dict(operation("DescribeCluster"), errors=[])},
    "shapes": {"Text": text(), "DescribeClusterIn": structure(["name"], name="Text"), "DescribeClusterOut": structure(cluster="Cluster"),
               "Cluster": structure(name="Text", arn="Text", endpoint="Text", status="Text", certificateAuthority="Certificate"),
               "Certificate": structure(data="Text")},
}


class Handler(http.server.BaseHTTPRequestHandler):
    seen = []

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        name = self.headers["X-Amz-Target"].split(".")[1]
        Handler.seen.append((name, body))
        code, answer = getattr(self, name)(body)
        data = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def PutThing(self, body):
        if body.get("Name") == "gone":
            return 400, {"__type": "Gone", "message": "It left", "Left": 3}
        return 200, {"Got": body["Name"], "Data": "aGVsbG8=", "When": 1440938160}

    def ListThings(self, body):
        at = int(body.get("Token", "0"))
        answer = {"Things": [{"Key": f"k{i}", "Value": f"v{i}"} for i in range(at, at + 2)], "Total": 4}
        return 200, answer | ({"Token": str(at + 2)} if at < 2 else {})

    def DescribeCluster(self, body):
        return 200, {"cluster": {"name": body["name"], "arn": f"arn:aws:eks:eu-west-1:1:cluster/{body['name']}", "endpoint": "https://k.example.com",
                                 "status": "CREATING" if body["name"] == "young" else "ACTIVE", "certificateAuthority": {"data": "Q0E="}}}

    def GetThing(self, body):
        return 200, {"State": body["Name"]}


class Services(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.temp = tempfile.TemporaryDirectory()
        cls.dir = pathlib.Path(cls.temp.name)
        data = cls.dir / "models" / "tiny" / "2020-01-01"
        data.mkdir(parents=True)
        for name, content in (("service-2", MODEL), ("paginators-1", PAGES), ("waiters-2", WAITERS)):
            (data / f"{name}.json").write_text(json.dumps(content))
        eks = cls.dir / "models" / "eks" / "2099-01-01"
        eks.mkdir(parents=True)
        (eks / "service-2.json").write_text(json.dumps(EKS))
        cls.env = dict(os.environ, AWS_DATA_PATH=str(cls.dir / "models"), HOME=str(cls.dir), AWS_ACCESS_KEY_ID="AKID", AWS_SECRET_ACCESS_KEY="secret",
                       AWS_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true", TZ="UTC", LC_ALL="C.UTF-8",
                       AWS_ENDPOINT_URL=f"http://127.0.0.1:{cls.server.server_port}")

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        cls.temp.cleanup()

    def pail(self, *args, code=0, **env):
        Handler.seen.clear()
        done = subprocess.run([PAIL, *args], capture_output=True, text=True, env=dict(self.env, **env), cwd=self.dir, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        self.err = done.stderr
        return done.stdout

    def sent(self, *args):
        self.pail("tiny", "put-thing", *args)
        return Handler.seen[0][1]

    def refused(self, *args, code=252, usage=False):
        self.assertEqual(self.pail("tiny", *args, code=code), "")
        self.assertTrue(self.err.startswith("\npail: [ERROR]: "), self.err)
        message = self.err[len("\npail: [ERROR]: "):].rstrip("\n")
        self.assertEqual("\n\nusage: pail [options]" in message, usage, message)
        return message.split("\n\nusage")[0]

    def test_input(self):
        self.assertEqual(self.sent("--name", "a"), {"Name": "a"})
        self.assertEqual(self.sent("--nam=a", "--count", "5", "--size", "1.5", "--flag"), {"Name": "a", "Count": 5, "Size": 1.5, "Flag": True})
        self.assertEqual(self.sent("--name", "a", "--flag", "--no-flag"), {"Name": "a", "Flag": False})
        tags = [{"Key": "a", "Value": "b"}, {"Key": "c"}]
        self.assertEqual(self.sent("--name", "a", "--tags", "Key=a,Value=b", "Key=c")["Tags"], tags)
        self.assertEqual(self.sent("--name", "a", "--tags", json.dumps(tags))["Tags"], tags)
        self.assertEqual(self.sent("--name", "a", "--tags", *map(json.dumps, tags))["Tags"], tags)
        self.assertEqual(self.sent("--name", "a", "--texts", "x", "y")["Texts"], ["x", "y"])
        self.assertEqual(self.sent("--name", "a", "--texts", '["x"]')["Texts"], ["x"])
        self.assertEqual(self.sent("--name", "a", "--map", "k=v,l=w")["Map"], {"k": "v", "l": "w"})

    def test_files_and_blobs(self):
        (self.dir / "t.txt").write_bytes(b"one\r\ntwo")
        (self.dir / "t.bin").write_bytes(b"\xff\x00")
        self.assertEqual(self.sent("--name", "file://t.txt")["Name"], "one\ntwo")
        self.assertEqual(self.sent("--name", "a", "--data", "aGk=")["Data"], "aGk=")
        self.assertEqual(self.sent("--name", "a", "--data", "fileb://t.bin")["Data"], base64.b64encode(b"\xff\x00").decode())
        self.assertEqual(self.sent("--name", "a", "--data", "hi", "--cli-binary-format", "raw-in-base64-out")["Data"], "aGk=")
        self.assertEqual(self.refused("put-thing", "--name", "a", "--data", "hello", code=255), 'Invalid base64: "hello"')
        self.assertIn("[Errno 2] No such file or directory: 'no.txt'", self.refused("put-thing", "--name", "file://no.txt"))

    def test_documents(self):
        (self.dir / "in.json").write_text('{"Name": "j", "Count": 1}')
        (self.dir / "in.yaml").write_text("Name: y\nTags:\n- Key: a\n")
        self.assertEqual(self.sent("--cli-input-json", "file://in.json", "--count", "2"), {"Name": "j", "Count": 2})
        self.assertEqual(self.sent("--cli-input-yaml", "file://in.yaml"), {"Name": "y", "Tags": [{"Key": "a"}]})
        self.assertIn("Error parsing parameter 'cli-input-json': Invalid JSON received.", self.refused("put-thing", "--cli-input-json", "x"))

    def test_skeletons(self):
        skeleton = json.loads(self.pail("tiny", "put-thing", "--generate-cli-skeleton"))
        self.assertEqual(list(skeleton), list(MODEL["shapes"]["PutThingIn"]["members"]))
        self.assertEqual((skeleton["Color"], skeleton["Tags"], skeleton["Map"]), ("red", [{"Key": "", "Value": ""}], {"KeyName": ""}))
        self.assertTrue(self.pail("tiny", "put-thing", "--generate-cli-skeleton", "yaml-input").startswith("Name: ''  # [REQUIRED]"))
        out = json.loads(self.pail("tiny", "list-things", "--generate-cli-skeleton", "output"))
        self.assertEqual(out["Things"], [{"Key": "Key", "Value": "Value"}])

    def test_output(self):
        put = ("tiny", "put-thing", "--name", "a")
        self.assertEqual(self.pail(*put), '{\n    "Got": "a",\n    "Data": "aGVsbG8=",\n    "When": "2015-08-30T12:36:00+00:00"\n}\n')
        self.assertEqual(self.pail(*put, "--query", "When", "--output", "text", TZ="CET-1CEST,M3.5.0,M10.5.0/3"), "2015-08-30T14:36:00+02:00\n")
        self.assertEqual(self.pail("--output", "yaml", *put), "Data: aGVsbG8=\nGot: a\nWhen: '2015-08-30T12:36:00+00:00'\n")
        self.assertEqual(self.pail(*put, "--output", "off"), "")
        self.assertEqual(self.pail(*put, "--query", "length(Got)", AWS_DEFAULT_OUTPUT="text"), "1\n")
        self.assertRegex(self.pail(*put, "--output", "table"), r"(?m)^\| +PutThing +\|$")
        self.assertIn("Bad value for --query a[: Invalid jmespath", self.refused("put-thing", "--name", "a", "--query", "a["))

    def test_pages(self):
        ls = ("tiny", "list-things", "--query", "Things[].Key")
        self.assertEqual(json.loads(self.pail(*ls)), ["k0", "k1", "k2", "k3"])
        self.assertEqual(self.pail(*ls, "--output", "text"), "k0\tk1\nk2\tk3\n")
        self.assertEqual(json.loads(self.pail(*ls, "--no-paginate")), ["k0", "k1"])
        self.assertEqual(json.loads(self.pail(*ls, "--token", "2")), ["k2", "k3"])
        first = json.loads(self.pail("tiny", "list-things", "--max-items", "3"))
        self.assertEqual([t["Key"] for t in first["Things"]], ["k0", "k1", "k2"])
        self.assertEqual(json.loads(self.pail(*ls, "--starting-token", first["NextToken"])), ["k3"])
        self.pail(*ls, "--page-size", "1")
        self.assertEqual(Handler.seen[0], ("ListThings", {"Limit": 1}))
        self.assertIn("Cannot specify --no-paginate along with pagination arguments: --max-items",
                      self.refused("list-things", "--no-paginate", "--max-items", "1"))

    def test_aliases(self):
        path = self.dir / ".aws" / "cli" / "alias"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[toplevel]\nput = tiny put-thing --query Got\ntiny = tiny --output yaml\nsay = !f() { echo \"$# $2\"; exit 3; }; f\n"
                        "many =\n  !f() {\n    echo one\n    exit 4\n  }; f\na = b\nb = a\nbad = 'x\nwho = --profile x tiny\n"
                        "[command tiny]\ngot = put-thing --name --flag --query Got\nput-thing = put-thing --count 7\ndir = !pwd\n[command configure]\nls = list-profiles\n")
        self.addCleanup(path.unlink)
        self.assertEqual(self.pail("put", "--name", "x"), '"x"\n')
        self.assertEqual(Handler.seen[0][1], {"Name": "x", "Count": 7})
        self.assertTrue(self.pail("tiny", "put-thing", "--name", "x").startswith("Data: "))
        self.assertEqual(self.pail("say", "a", "it's *", "--region", "x", code=3), "2 it's *\n")
        self.assertEqual(self.pail("many", code=4), "one\n")
        self.assertEqual(self.pail("tiny", "dir"), os.path.realpath(self.dir) + "\n")
        self.assertEqual(self.pail("configure", "ls"), "")
        for name, text in (("a", "maximum recursion depth"), ("bad", "Value of alias \"bad\" could not be parsed."), ("who", "Global parameter \"--profile\" detected")):
            self.pail(name, code=255)
            self.assertIn(text, self.err)
        path.write_text("x\n")
        self.pail("put", code=255)
        self.assertIn("Unable to parse config file: ", self.err)
        self.pail("--cli-auto-prompt", "tiny", code=252)
        self.pail("--cli-auto-prompt", "--no-cli-auto-prompt", "tiny", code=252)

    def test_kubernetes(self):
        arn = "arn:aws:eks:eu-west-1:1:cluster/"
        update = ("eks", "update-kubeconfig", "--kubeconfig", "kube/config", "--name")
        self.assertEqual(self.pail(*update, "one", "--alias", "first"), f"Added new context first to {os.path.realpath(self.dir)}/kube/config\n")
        self.assertEqual((self.dir / "kube" / "config").stat().st_mode & 0o777, 0o600)
        text = (self.dir / "kube" / "config").read_text()
        self.assertTrue(text.startswith(f"apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: Q0E=\n    server: https://k.example.com\n  name: {arn}one\n"
                                        f"contexts:\n- context:\n    cluster: {arn}one\n    user: {arn}one\n  name: first\ncurrent-context: first\nkind: Config\n"
                                        "preferences: {}\nusers:\n"), text)
        self.assertIn("      args:\n      - --region\n      - eu-west-1\n      - eks\n      - get-token\n      - --cluster-name\n      - one\n", text)
        # What is there stays; one of the same name is replaced.
        (self.dir / "kube" / "config").write_text("extra: [1, two]\n" + text)
        self.pail(*update, "two", "--role-arn", "R", AWS_PROFILE="default")
        self.assertTrue(self.pail(*update, "one", "--alias", "first", "--verbose").startswith("Updated context first in "))
        text = (self.dir / "kube" / "config").read_text()
        self.assertTrue(text.startswith("extra:\n- 1\n- two\napiVersion: v1\n"), text)
        self.assertEqual((text.count("- context:"), text.count("certificate-authority-data"), "current-context: first\n" in text), (2, 2, True))
        self.assertIn("current-context: arn:aws:eks:eu-west-1:1:cluster/two\n", self.pail(*update, "two", "--dry-run"))
        self.assertEqual((self.dir / "kube" / "config").read_text(), text)
        (self.dir / "kube" / "bad").write_text("clusters: 5\n")
        for args, message in ((("--kubeconfig", "kube/bad", "--name", "one"), "clusters is wrong type"), (("--name", "young"), "Cluster status is CREATING")):
            self.pail("eks", "update-kubeconfig", *args, code=255)
            self.assertIn(message, self.err)
        # A token is the address of a signed call.
        token = json.loads(self.pail("eks", "get-token", "--cluster-name", "one", KUBERNETES_EXEC_INFO='{"apiVersion": "client.authentication.k8s.io/v1"}'))
        self.assertEqual((token["kind"], token["apiVersion"], list(token["status"])),
                         ("ExecCredential", "client.authentication.k8s.io/v1", ["expirationTimestamp", "token"]))
        self.assertEqual(token["status"]["token"][:len("k8s-aws-v1.")], "k8s-aws-v1.")
        url = base64.urlsafe_b64decode(token["status"]["token"][len("k8s-aws-v1."):] + "===").decode()
        self.assertRegex(url, r"^http://127\.0\.0\.1:\d+/\?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&.*"
                              r"X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=[0-9a-f]{64}$")
        self.assertEqual(Handler.seen, [])
        self.pail("eks", "get-token", code=252)
        self.pail("eks", "get-token", "--cluster-name", "a", "--cluster-id", "b", code=252)

    def test_help_of_commands(self):
        self.assertEqual(self.pail("configure", "set", "help"), "NAME\n    configure set - Configuration and credentials\n\nSYNOPSIS\n    pail configure set\n"
                         "    <varname>\n    <value>\n\nOPTIONS\n    The options in front of any service: --profile, --region, --output, --query, ...\n")
        self.assertIn("    [--all]\n", self.pail("logout", "help"))
        self.assertIn("    --csv <value>\n    [--skip-invalid]\n", self.pail("--region", "x", "configure", "import", "help"))
        self.assertEqual(self.pail("completer", COMP_LINE="pail configure sso"), "sso\nsso-session\n")
        self.assertEqual(self.pail("completer", COMP_LINE="pail s3 m"), "mv\nmb\n")
        self.assertEqual(self.pail("completer", COMP_LINE="pail logo"), "logout\n")

    def test_configure(self):
        home = self.dir / "conf"
        home.mkdir()
        env = dict(HOME=str(home))
        self.pail("configure", "set", "plugins.x", "y", **env)
        self.assertEqual(self.pail("configure", "get", "plugins.x", **env), "y\n")
        self.pail("configure", "set", "s3.addressing_style", "path", **env)
        self.assertEqual((self.pail("configure", "get", "s3", code=1, **env), self.err),
                         ("", "varname (s3) must reference a value, not a section or sub-section."))
        self.assertEqual(self.pail("configure", "get", "s3.addressing_style", **env), "path\n")
        (home / "keys.csv").write_text("User Name,Access key ID,Secret access key\na,b,\nc,d,e\n")
        csv = ("configure", "import", "--csv", f"file://{home}/keys.csv")
        self.pail(*csv, code=255, **env)
        self.assertIn('Failed to parse entry #1: Row missing value for header "Secret Access key"', self.err)
        self.assertFalse((home / ".aws" / "credentials").exists())
        self.assertEqual(self.pail(*csv, "--skip-invalid", **env), "Successfully imported 1 profile(s)\n")
        (home / "m.json").write_text(json.dumps(MODEL))
        self.pail("configure", "add-model", "--service-model", f"file://{home}/m.json", "--service-name", "own", **env)
        self.assertEqual(json.loads((home / ".aws" / "models" / "own" / "2020-01-01" / "service-2.json").read_text()), MODEL)
        self.assertEqual(self.pail("own", "put-thing", "--name", "a", "--query", "Got", AWS_DATA_PATH="", **env), '"a"\n')
        self.pail("configure", "add-model", "--service-model", "{}", code=255, **env)
        self.pail("configure", "add-model", "--service-model", json.dumps(MODEL), "--service-name", "../x", code=255, **env)

    def test_wait(self):
        self.assertEqual(self.pail("tiny", "wait", "thing-ready", "--name", "ready"), "")
        self.assertIn("Waiter ThingReady failed", self.refused("wait", "thing-ready", "--name", "broken", code=255))
        self.assertIn("too few arguments", self.refused("wait"))
        self.assertIn("argument subcommand: Found invalid choice 'thing-red'", self.refused("wait", "thing-red", usage=True))

    def test_refusals(self):
        message = "An error occurred (Gone) when calling the PutThing operation: It left"
        self.assertEqual(self.refused("put-thing", "--name", "gone", code=254), message + "\n\nAdditional error details:\nLeft: 3")
        self.pail("tiny", "put-thing", "--name", "gone", "--cli-error-format", "json", code=254)
        self.assertEqual(json.loads(self.err), {"Code": "Gone", "Message": "It left", "message": "It left", "Left": 3})
        self.assertEqual(self.refused("put-thing", "--name", "gone", "--cli-error-format", "legacy", code=254), message)

    def test_misuse(self):
        head = "An error occurred (ParamValidation): "
        self.assertEqual(self.refused(usage=True), head + "the following arguments are required: operation")
        self.assertEqual(self.refused("put-thing", usage=True), head + "the following arguments are required: --name")
        self.assertIn("Maybe you meant:\n\n  * put-thing", self.err if self.pail("tiny", "put-thong", code=252) == "" else "")
        self.assertEqual(self.refused("put-thing", "--name", "a", "--count", "x", code=255), "invalid literal for int() with base 10: 'x'")
        self.assertEqual(self.refused("put-thing", "--name", "a", "--tags", "Value=b"),
                         head + 'Parameter validation failed:\nMissing required parameter in Tags[0]: "Key"')
        self.assertEqual(self.pail("tiny", "put-thing", "--name", "a", "--frob", "b", code=252), "")
        self.assertTrue(self.err.endswith("\npail: [ERROR]: Unknown options: --frob, b\n"), self.err)
        self.assertIn("(NoCredentials)", self.refused("put-thing", "--name", "a", code=253) if self.env.pop("AWS_ACCESS_KEY_ID") else "")
        self.env["AWS_ACCESS_KEY_ID"] = "AKID"

    def test_help(self):
        for args in (["help"], ["put-thing", "help"], ["wait", "thing-ready", "help"]):
            self.assertIn("NAME\n", self.pail("tiny", *args))
        self.assertIn("--cli-input-yaml", self.pail("tiny", "put-thing", "help"))
        self.assertEqual(self.pail("help", "tiny", "put-thing"), self.pail("tiny", "put-thing", "help"))
        self.assertIn("\n    tiny\n", self.pail("help"))
        self.assertIn("CONDITIONS\n    thing-ready - ", self.pail("tiny", "wait", "help"))
        text = self.pail("tiny", "put-thing", "help")
        self.assertIn("--name (string) [required]", text)
        self.assertIn("Shorthand syntax:\n          Key=string,Value=string ...\n", text)
        self.assertIn('          [\n            {\n              "Key": "string",', text)

    def test_completer(self):
        def words(line, point=None):
            return self.pail("completer", "pail", "", "", COMP_LINE=line, COMP_POINT=str(len(line) if point is None else point)).split()

        self.assertIn("tiny", words("pail ti"))
        self.assertIn("put-thing", words("pail tiny "))
        self.assertEqual(words("pail tiny list-t"), ["list-things"])
        self.assertEqual(words("pail --region x", 13), ["--region"])
        self.assertEqual(words("pail tiny wait "), ["thing-ready"])
        self.assertEqual(words("pail tiny list-things --max"), ["--max-items"])
        self.assertEqual(words("pail tiny put-thing --name x --no-f"), ["--no-flag"])
        self.assertEqual(words("pail tiny list-things --output t"), ["text", "table"])
        self.assertEqual(words("pail --region tiny --output json tin"), ["tiny"])
        self.assertEqual(sorted(words("pail s3 ")), ["cp", "ls", "mb", "mv", "presign", "rb", "rm", "sync", "website"])
        self.assertEqual(words("pail s3 cp --recu"), ["--recursive"])
        self.assertEqual(words("pail ls --recu"), ["--recursive"])
        # What is offered is there.
        for service in "s3", "configure":
            for word in words(f"pail {service} "):
                done = subprocess.run([PAIL, service, word, "--frob"], env=self.env, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
                self.assertNotIn("Found invalid choice", done.stderr)
        # As aws_completer is started: "complete -C pail_completer pail".
        link = self.dir / "pail_completer"
        link.symlink_to(PAIL)
        env = dict(self.env, COMP_LINE="aws tiny list-t", COMP_POINT="15")
        got = subprocess.run([link, "aws", "list-t", "tiny"], env=env, capture_output=True, text=True, timeout=60)
        self.assertEqual((got.stdout, got.stderr), ("list-things\n", ""))

    def test_configure(self):
        env = {"AWS_CONFIG_FILE": str(self.dir / "c" / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(self.dir / "c" / "credentials")}
        self.pail("configure", "set", "region", "eu-west-1", **env)
        self.pail("configure", "set", "profile.p.s3.addressing_style", "path", **env)
        self.pail("configure", "set", "aws_access_key_id", "AK", "--profile", "p", **env)
        self.assertEqual(self.pail("configure", "get", "region", **env), "eu-west-1\n")
        self.assertEqual(self.pail("configure", "get", "profile.p.s3.addressing_style", **env), "path\n")
        self.assertEqual(self.pail("configure", "get", "nothing", code=1, **env), "")
        self.assertEqual(self.pail("configure", "list-profiles", **env), "default\np\n")
        self.assertEqual((self.dir / "c" / "credentials").read_text(), "[p]\naws_access_key_id = AK\n")
        self.assertEqual((self.dir / "c" / "credentials").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.pail("configure", "export-credentials", "--format", "env", **env),
                         "export AWS_ACCESS_KEY_ID=AKID\nexport AWS_SECRET_ACCESS_KEY=secret\n")
        self.assertEqual(json.loads(self.pail("configure", "export-credentials", **env)),
                         {"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": "secret"})


unittest.main()
