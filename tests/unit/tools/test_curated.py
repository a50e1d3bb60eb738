#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Commands of everyday work (`pail iam rotate-key`, `pail ec2 run`, ...) against moto, behind a proxy that notes what is asked and answers what moto
does not know.

usage: test_curated.py PAIL. PAIL_MODELS names the models. Exit status 77 (skipped) without moto; PAIL_PYTHON names the interpreter to use."""
import http.client
import http.server
import json
import os
import pathlib
import pty
import re
import select
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.parse

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))
import beside

beside.interpreter("boto3", "moto.server")
import boto3
import botocore.session
from botocore import xform_name

PAIL = os.path.abspath(sys.argv.pop(1))
WAIT = 60
IAM = "https://iam.amazonaws.com/doc/2010-05-08/"
DOCUMENT = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
# What moto does not have: operation -> (content type, body).
CANNED = {
    "SimulatePrincipalPolicy": ("text/xml", f"""<SimulatePrincipalPolicyResponse xmlns="{IAM}"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>
        <EvaluationResults><member><EvalActionName>s3:GetObject</EvalActionName><EvalResourceName>arn:aws:s3:::b/k</EvalResourceName>
        <EvalDecision>DECISION</EvalDecision><MatchedStatements><member><SourcePolicyId>read</SourcePolicyId></member></MatchedStatements>
        <MissingContextValues/></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"""),
    "ListServiceSpecificCredentials": ("text/xml", f"""<ListServiceSpecificCredentialsResponse xmlns="{IAM}"><ListServiceSpecificCredentialsResult>
        <ServiceSpecificCredentials/></ListServiceSpecificCredentialsResult></ListServiceSpecificCredentialsResponse>"""),
    "GetAccount": ("application/json", '{"ProductionAccessEnabled": false, "SendingEnabled": true, "EnforcementStatus": "HEALTHY"}'),
}


class Proxy(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked, decision, port = [], "allowed", 0

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fields = urllib.parse.parse_qs(body.decode(errors="replace"))
        operation = fields.get("Action", [self.headers.get("X-Amz-Target", "").split(".")[-1]])[0]
        if self.path == "/v2/email/account":
            operation = "GetAccount"
        Proxy.asked.append((operation, fields))
        if operation in CANNED:
            kind, text = CANNED[operation]
            status, kind, answer = 200, kind, text.replace("DECISION", Proxy.decision).encode()
        else:
            there = http.client.HTTPConnection("127.0.0.1", Proxy.port, timeout=WAIT)
            there.request(self.command, self.path, body, dict(self.headers))
            got = there.getresponse()
            status, kind, answer = got.status, got.headers.get("Content-Type", "text/xml"), got.read()
            there.close()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = serve

    def log_message(self, *args):
        pass


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.moto = beside.Moto()
        Proxy.port = cls.moto.port
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.env = dict(os.environ, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test1234", AWS_REGION="us-east-1",
                       AWS_ENDPOINT_URL=f"http://127.0.0.1:{cls.server.server_address[1]}", AWS_CONFIG_FILE="/dev/null",
                       AWS_SHARED_CREDENTIALS_FILE="/dev/null", LC_ALL="C.UTF-8")
        there = dict(endpoint_url=f"http://127.0.0.1:{Proxy.port}", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test1234")
        cls.iam, cls.ec2, cls.ses = (boto3.client(s, **there) for s in ("iam", "ec2", "ses"))

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        cls.moto.stop()

    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="pail-curated-")))
        Proxy.asked.clear()

    def pail(self, *args, code=0, err=None, **env):
        done = subprocess.run([PAIL, *args], env=dict(self.env, **env), capture_output=True, text=True, cwd=self.dir, stdin=subprocess.DEVNULL, timeout=WAIT)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertNotIn("Sanitizer", done.stderr)
        if err is not None:
            self.assertRegex(done.stderr, err)
        self.err = done.stderr
        return done.stdout

    def rows(self, *args, **how):
        return [line.split("\t") for line in self.pail(*args, **how).splitlines()]

    def record(self, *args, **how):
        return dict(self.rows(*args, **how))

    def asked(self):
        return [name for name, _ in Proxy.asked]

    def on_terminal(self, answer, *args):
        """What a person sees who types that."""
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execve(PAIL, [PAIL, *args], self.env)
        seen, sent = b"", False
        while select.select([fd], [], [], WAIT)[0]:
            try:
                got = os.read(fd, 4096)
            except OSError:
                break
            if not got:
                break
            seen += got
            if b"[y/N]" in seen and not sent:
                os.write(fd, answer.encode() + b"\n")
                sent = True
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()


class Names(Case):
    def verbs(self, service):
        part = self.pail(service, "help").split("EVERYDAY COMMANDS\n")[1].split("\n\n")[0]
        return re.findall(r"^    (.+?) - ", part, re.M)

    def test_no_verb_is_an_operation(self):
        session = botocore.session.get_session()
        for service, least in (("iam", 14), ("ec2", 15), ("ses", 9)):
            operations = {xform_name(n, "-") for n in session.get_service_model(service).operation_names} | {"wait", "help"}
            verbs = self.verbs(service)
            self.assertGreaterEqual(len(verbs), least)
            for verb in verbs:
                self.assertNotIn(verb.split()[0], operations)

    def test_help_page_completion(self):
        completion = self.pail("--completion", "bash")
        for service in ("iam", "ec2", "ses"):
            page = self.pail("--man", service)
            for verb in self.verbs(service):
                text = self.pail(service, *verb.split(), "--help")
                self.assertEqual(text, self.pail(service, *verb.split(), "help"))
                self.assertTrue(text.startswith(f"usage: pail {service} {verb} [OPTIONS]"), text)
                self.assertIn("\nExamples\n", text)
                self.assertIn(f"## pail {service} {verb} ", page)
                for option in re.findall(r"^  (?:-., )?--([\w-]+)", text, re.M):
                    self.assertIn(f"*--{option}*", page)
        script = self.dir / "c"
        script.write_text(completion)

        def complete(line):
            words = line.split() + ([""] if line.endswith(" ") else [])
            text = f"compopt() {{ :; }}; . {script}\nCOMP_LINE='{line}' COMP_POINT={len(line)} COMP_CWORD={len(words) - 1}\n" \
                   f"COMP_WORDS=({' '.join(repr(w) for w in words)}); _pail; printf '%s\\n' \"${{COMPREPLY[@]}}\""
            env = dict(self.env, PATH=f"{os.path.dirname(PAIL)}:{os.environ['PATH']}")
            done = subprocess.run(["bash", "-c", text], env=env, capture_output=True, text=True, timeout=WAIT)
            self.assertEqual(done.stderr, "")
            return done.stdout.split()

        self.assertIn("iam", complete("pail ia"))
        self.assertEqual(complete("pail iam rot"), ["rotate-key"])
        self.assertEqual(complete("pail iam rotate-key --del"), ["--delete-old"])
        self.assertEqual(complete("pail ses te"), ["template", "test-render-template"])
        self.assertEqual(complete("pail ses template p"), ["put"])
        self.assertEqual(complete("pail ses template put --ht"), ["--html"])
        self.assertEqual(complete("pail ec2 new-key --type e"), ["ed25519"])
        self.assertEqual(complete("pail ec2 list --reg"), ["--region"])
        # Operations are beside them, and every verb can be had.
        self.assertEqual(complete("pail iam rotate"), ["rotate-key"])
        self.assertEqual(complete("pail iam create-us"), ["create-user"])
        self.assertEqual(complete("pail iam create-user --user-n"), ["--user-name"])
        self.assertEqual(complete("pail ec2 run-instances --instance-type t2.mi"), ["t2.micro"])
        for service in ("iam", "ec2", "ses"):
            for verb in self.verbs(service):
                self.assertIn(verb.split()[-1], complete(f"pail {service} {verb}"))

    def test_misuse(self):
        self.pail("iam", "user", code=252, err=r"pail iam user: wants USER \(try pail iam user --help\)")
        self.pail("iam", "users", "--frob", code=252, err="--frob: unknown option")
        self.pail("ses", "template", code=252, err="ses template put")
        self.pail("ses", "template", "frob", code=252)
        self.pail("ec2", "ip", "--help")
        self.pail("iam", "rotate-keys", code=252, err="rotate-key")
        self.pail("ec2", "firewall", "x", "--allow", "tcp/70000", "--from", "0.0.0.0/0", code=252)
        self.pail("ec2", "run", "--count", "0", code=252)
        self.assertEqual(self.asked(), [])
        self.pail("iam", "users", code=253, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_EC2_METADATA_DISABLED="true")
        self.pail("iam", "user", "nobody", code=254, err="NoSuchEntity")


class Iam(Case):
    def policy(self, name):
        return self.iam.create_policy(PolicyName=name, PolicyDocument=DOCUMENT)["Policy"]["Arn"]

    def keys(self, user):
        return {k["AccessKeyId"]: k["Status"] for k in self.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]}

    def test_user_from_beginning_to_end(self):
        arn = self.policy("read-a")
        self.pail("iam", "new-group", "staff-a", "--policy", "read-a")
        made = self.record("iam", "new-user", "anna", "--group", "staff-a", "--policy", "read-a", "--access-key")
        self.assertEqual(list(self.keys("anna")), [made["AccessKeyId"]])
        seen = self.record("iam", "user", "anna")
        self.assertEqual((seen["Groups"], seen["Policies"], seen["AccessKeys"]), ("staff-a", arn, made["AccessKeyId"]))
        self.assertIn("anna", [r[0] for r in self.rows("iam", "users")])
        self.assertIn(["staff-a", "anna", "read-a"], self.rows("iam", "groups"))
        self.assertIn("anna", json.loads(self.pail("iam", "users", "--output", "json", "--query", "[].Name")))
        self.iam.create_login_profile(UserName="anna", Password="x-Y-123456")
        self.iam.put_user_policy(UserName="anna", PolicyName="own", PolicyDocument=DOCUMENT)
        Proxy.asked.clear()
        self.pail("iam", "delete-user-all", "anna", code=252, err="--yes")
        self.assertEqual(self.asked(), ["GetUser"])
        self.pail("iam", "delete-user-all", "anna", "--yes")
        self.assertNotIn("anna", [r[0] for r in self.rows("iam", "users")])

    def test_a_misspelt_policy_leaves_nothing_behind(self):
        self.pail("iam", "new-user", "berta", "--policy", "no-such", code=255, err="no policy with the name no-such")
        self.pail("iam", "new-user", "berta", "--group", "no-such", code=254)
        self.assertNotIn("CreateUser", self.asked())

    def test_asks_on_a_terminal(self):
        self.iam.create_user(UserName="carla")
        self.assertEqual(self.on_terminal("n", "iam", "delete-user-all", "carla")[0], 1)
        self.iam.get_user(UserName="carla")
        code, seen = self.on_terminal("y", "iam", "delete-user-all", "carla")
        self.assertEqual(code, 0)
        self.assertIn("Delete user carla with keys, memberships and policies? [y/N]", seen)
        code, seen = self.on_terminal("", "iam", "roles")
        self.assertEqual(code, 0)

    def test_table_on_a_terminal(self):
        self.iam.create_user(UserName="dora")
        seen = self.on_terminal("", "iam", "users")[1].splitlines()
        self.assertRegex(seen[0], r"^Name +Created +PasswordUsed +Arn")
        self.assertTrue([line for line in seen if re.match(r"dora +\d{4}-", line)])

    def test_secret_is_shown_once_and_logged_nowhere(self):
        for args in (["new-user", "emil", "--access-key"], ["rotate-key", "emil"]):
            out = self.pail("iam", *args, "--debug", PAIL_LOG="trace")
            secret = dict(line.split("\t") for line in out.splitlines())["SecretAccessKey"]
            self.assertGreaterEqual(len(secret), 30)
            self.assertEqual(out.count(secret), 1)
            self.assertIn("CreateAccessKey", self.err)
            self.assertNotIn(secret, self.err)
        out = self.pail("iam", "new-user", "emil2", "--access-key", "--output", "json")
        self.assertEqual(out.count(json.loads(out)["SecretAccessKey"]), 1)

    def test_rotate(self):
        first = self.record("iam", "new-user", "fritz", "--access-key")["AccessKeyId"]
        self.pail("iam", "rotate-key", "fritz", "--delete-old", code=252, err="--yes")
        self.assertEqual(self.keys("fritz"), {first: "Active"})
        second = self.record("iam", "rotate-key", "fritz")["AccessKeyId"]
        self.assertEqual(self.keys("fritz"), {first: "Active", second: "Active"})
        self.pail("iam", "rotate-key", "fritz", code=252, err="two access keys")
        self.pail("iam", "rotate-key", "fritz", "--drop-inactive", "--yes", code=252, err="two access keys")
        self.iam.update_access_key(UserName="fritz", AccessKeyId=first, Status="Inactive")
        self.pail("iam", "rotate-key", "fritz", "--drop-inactive", code=252, err="--yes")
        third = self.record("iam", "rotate-key", "fritz", "--drop-inactive", "--deactivate-old", "-y")["AccessKeyId"]
        self.assertEqual(self.keys("fritz"), {second: "Inactive", third: "Active"})
        self.assertEqual([r[:3] for r in self.rows("iam", "keys", "fritz")], [["fritz", second, "Inactive"], ["fritz", third, "Active"]])

    def test_old_key_stays_when_the_new_one_cannot_be_shown(self):
        first = self.record("iam", "new-user", "gerd", "--access-key")["AccessKeyId"]
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PAIL, "iam", "rotate-key", "gerd", "--delete-old", "--yes"], env=self.env, stdout=full, stderr=subprocess.PIPE, timeout=WAIT)
        self.assertEqual(done.returncode, 255)
        self.assertEqual(self.keys("gerd")[first], "Active")

    def test_role(self):
        self.policy("read-r")
        self.record("iam", "role-for-service", "web", "--policy", "read-r", "--instance-profile")
        role = self.iam.get_role(RoleName="web")["Role"]
        self.assertEqual(role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"], {"Service": "ec2.amazonaws.com"})
        self.assertIn(["web", "ec2.amazonaws.com"], [r[:2] for r in self.rows("iam", "roles")])
        self.assertIn(["web", "web"], [r[:2] for r in self.rows("iam", "profiles")])
        self.assertIn(["read-r", "1"], [r[:2] for r in self.rows("iam", "policies", "--attached")])
        self.pail("iam", "delete-role-all", "web", code=252)
        self.pail("iam", "delete-role-all", "web", "-y")
        self.assertEqual((self.rows("iam", "roles"), self.rows("iam", "profiles")), ([], []))

    def test_can(self):
        self.iam.create_user(UserName="hans")
        Proxy.decision = "allowed"
        self.assertEqual(self.rows("iam", "can", "hans", "s3:GetObject", "arn:aws:s3:::b/k"), [["allowed", "s3:GetObject", "arn:aws:s3:::b/k", "read", "-"]])
        fields = Proxy.asked[-1][1]
        self.assertEqual(fields["ActionNames.member.1"], ["s3:GetObject"])
        self.assertTrue(fields["PolicySourceArn"][0].endswith(":user/hans"))
        Proxy.decision = "implicitDeny"
        self.pail("iam", "can", "hans", "s3:GetObject", code=1)
        self.pail("iam", "can", "nobody", "s3:GetObject", code=254, err="no user and no role")


class Ec2(Case):
    def test_instances(self):
        key = self.dir / "key.pem"
        self.pail("ec2", "new-key", "mine", "--save", str(key), "--debug", PAIL_LOG="trace")
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertIn("PRIVATE KEY", key.read_text())
        self.assertNotIn(key.read_text().splitlines()[1], self.err)
        self.pail("ec2", "new-key", "other", "--save", str(key), code=255, err="File exists")
        self.assertIn("mine", [r[0] for r in self.rows("ec2", "keys")])
        self.pail("ec2", "firewall", "web", code=255, err="no firewall web")
        rules = self.rows("ec2", "firewall", "web", "--create", "--allow", "tcp/22", "--allow", "udp/5000-5010", "--from", "198.51.100.0/24")
        self.assertEqual([r[:3] for r in rules[:2]], [["in", "tcp/22", "198.51.100.0/24"], ["in", "udp/5000-5010", "198.51.100.0/24"]])
        rules = self.rows("ec2", "firewall", "web", "--close", "tcp/22", "--from", "198.51.100.0/24")
        self.assertEqual([r[1] for r in rules if r[0] == "in"], ["udp/5000-5010"])
        (one,) = self.rows("ec2", "run", "--name", "web", "--key", "mine", "--firewall", "web", "--disk", "20", "--wait")
        self.assertEqual(one[1:4], ["web", "t3.micro", "running"])
        self.assertRegex(one[4], r"^\d+\.\d+\.\d+\.\d+$")
        there = self.ec2.describe_instances(InstanceIds=[one[0]])["Reservations"][0]["Instances"][0]
        self.assertEqual((there["KeyName"], there["SecurityGroups"][0]["GroupName"]), ("mine", "web"))
        self.assertEqual(self.rows("ec2", "down", "web", "--wait")[0][3], "stopped")
        self.assertEqual(self.rows("ec2", "up", one[0])[0], [one[0], "stopped", "pending"])
        self.assertEqual([r[0] for r in self.rows("ec2", "list", "--name", "we*")], [one[0]])
        self.pail("ec2", "destroy", "web", code=252, err="--yes")
        self.assertEqual(self.rows("ec2", "destroy", "web", "--yes", "--wait")[0][3], "terminated")
        self.assertEqual(self.rows("ec2", "list", "--name", "web"), [])
        self.assertEqual(len(self.rows("ec2", "list", "--name", "web", "--all")), 1)
        self.pail("ec2", "up", "web", code=255, err="No instance has the name web")
        self.pail("ec2", "drop-key", "mine", code=252)
        self.pail("ec2", "drop-key", "mine", "-y")
        self.assertEqual(self.rows("ec2", "keys"), [])

    def test_image_fits_the_processor(self):
        self.pail("ec2", "run", "--name", "arm", "--type", "t4g.small", err="Amazon Linux 2023 for arm64")
        self.pail("ec2", "run", "--name", "two", "--count", "2")
        self.pail("ec2", "down", "two", code=255, err="More than one instance has the name two")

    def test_addresses(self):
        (one,) = self.rows("ec2", "run", "--name", "fixed", "--elastic-ip")
        self.assertEqual([r[1] for r in self.rows("ec2", "ip", "list") if r[0] == one[4]], [one[0]])
        new = self.record("ec2", "ip", "new")
        self.pail("ec2", "ip", "attach", new["PublicIp"], "fixed")
        self.pail("ec2", "ip", "detach", new["PublicIp"])
        self.pail("ec2", "ip", "detach", new["PublicIp"], code=255, err="of no instance")
        self.pail("ec2", "ip", "release", new["PublicIp"], code=252, err="--yes")
        self.pail("ec2", "ip", "release", new["PublicIp"], "--yes")
        self.assertNotIn(new["PublicIp"], [r[0] for r in self.rows("ec2", "ip", "list")])


class Ses(Case):
    def write(self, name, text):
        (self.dir / name).write_text(text)
        return name

    def test_bad_templates_are_not_sent(self):
        good = self.write("good.html", "<p>Hello {{name}}<br>{{#if x}}<b>{{y.z}}</b>{{/if}}")
        bad = self.write("bad.html", "<html><body>\n<div><p>Hello <b>{{name}}</p>\n<blink2>x</blink2></body></html>\n")
        self.pail("ses", "template", "put", "t", "--subject", "s", "--html", bad, code=252, err="3 errors in the HTML; nothing was sent")
        self.assertRegex(self.err, r"(?m)^bad\.html:2:\d+: error: <div> is not closed$")
        self.assertRegex(self.err, r"(?m)^bad\.html:3:\d+: error: Tag blink2 invalid$")
        for text, why in (("{{name", r"line 1 column 1: \{\{ is not closed"), ("a\nb }}", r"line 2 column 3: \}\} without"),
                          ("{{#each a}}", "not closed: #each"), ("{{/if}}", "no section to close with /if"), ("{{}}", "has no name")):
            self.pail("ses", "template", "put", "t", "--subject", "s", "--html", good, "--text", self.write("t.txt", text), code=252, err=why)
        self.pail("ses", "template", "put", "t", "--subject", "s", "--html", "missing.html", code=252, err="No such file")
        self.pail("ses", "template", "put", "t", "--subject", "s", "--html", good, "--dryrun", err="Checked")
        self.assertEqual(self.asked(), [])

    def test_template_and_mail(self):
        html = self.write("w.html", '<p>Hello {{name}} <a href="?a=1&b=2">x</a></p>')
        put = ("ses", "template", "put", "w", "--subject", "Hi {{name}} of {{place}}", "--html", html)
        self.assertEqual(self.record(*put, err="Created template w")["Placeholders"], "name,place")
        self.pail(*put, err="warning: a bare &(.|\n)*Changed template w")
        self.assertEqual([r[0] for r in self.rows("ses", "template", "list")], ["w"])
        self.assertEqual(self.record("ses", "template", "show", "w")["Placeholders"], "name,place")
        data = self.write("d.json", '{"name": "Alice", "place": "Rome"}')
        self.assertIn("Hello Alice", self.pail("ses", "template", "render", "w", "--data", f"file://{data}"))
        self.ses.verify_email_identity(EmailAddress="office@example.com")
        to = ("--from", "office@example.com", "--to", "alice@example.com")
        self.pail("ses", "send", "w", *to, "--data", '{"name": "Alice"}', code=254, err="place")
        self.pail("ses", "send", "w", *to, "--data", "name", code=252)
        self.pail("ses", "send", "w", *to, "--data", "[]", code=252)
        self.assertNotIn("SendTemplatedEmail", self.asked())
        self.assertTrue(self.record("ses", "send", "w", *to, "--data", f"file://{data}")["MessageId"])
        self.pail("ses", "template", "delete", "w", code=252, err="--yes")
        self.pail("ses", "template", "delete", "w", "-y")
        self.assertEqual(self.rows("ses", "template", "list"), [])

    def test_account(self):
        self.pail("ses", "verify", "boss@example.com")
        self.assertEqual([r[1] for r in self.rows("ses", "verify", "example.com")][:2], ["TXT", "CNAME"])
        self.assertIn(["boss@example.com", "address"], [r[:2] for r in self.rows("ses", "identities")])
        seen = self.record("ses", "check")
        self.assertEqual((seen["Sandbox"], seen["Sending"]), ("yes", "enabled"))
        self.assertIn("boss@example.com", seen["Identities"])
        self.assertGreater(float(seen["QuotaPerDay"]), 0)


if __name__ == "__main__":
    unittest.main()
