#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logins against IAM Identity Center and sign-in of our own, with a browser of our own: `pail sso login`, `configure sso`, `pail login`.

usage: test_login.py PAIL"""
import base64
import hashlib
import http.server
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

PAIL = os.path.abspath(sys.argv.pop(1))

for name in list(os.environ):
    if name.lower().endswith("_proxy") or name.startswith("AWS_"):
        del os.environ[name]

# The browser goes where it is sent; "page" below answers with the redirect. What it was given is kept for the test.
BROWSER = """#!/bin/sh
exec {python} - "$1" <<'EOF'
import sys, urllib.request
open({seen!r}, "a").write(sys.argv[1] + "\\n")
urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(sys.argv[1], timeout=20).read()
EOF
"""
CONFIG = """[profile dev]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
region = eu-west-1

[sso-session corp]
sso_start_url = https://corp.example.com/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access, other:scope

[profile old]
sso_start_url = https://old.example.com/start
sso_region = us-west-2
sso_account_id = 111122223333
sso_role_name = Admin

[profile bare]
region = eu-west-1
"""


def unpad(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def reply(self, code, answer=None, kind=None, location=None):
        data = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if kind:
            self.send_header("x-amzn-errortype", kind)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        q = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/device":  # at some time, by a browser nobody waits for
            return self.reply(200, {})
        self.server.seen.append((url.path, q, dict(self.headers)))
        if url.path in ("/authorize", "/v1/authorize"):
            self.server.challenge = q["code_challenge"]
            self.server.redirect = q["redirect_uri"]
            back = {"code": "the code", "state": q["state"], **self.server.back}
            return self.reply(302, location=q["redirect_uri"] + "?" + urllib.parse.urlencode(back))
        if url.path == "/assignment/accounts":
            return self.reply(*self.server.accounts)
        if url.path == "/assignment/roles":
            return self.reply(200, {"roleList": [{"roleName": r, "accountId": q["account_id"]} for r in self.server.roles]})
        if url.path == "/federation/credentials":
            return self.reply(200, {"roleCredentials": {"accessKeyId": "ASIASSO", "secretAccessKey": "s", "sessionToken": "t",
                                                        "expiration": int(time.time() + 3600) * 1000}})
        return self.reply(200, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        self.server.seen.append((self.path, body, dict(self.headers)))
        getattr(self, self.path.strip("/").replace("/", "_"))(body)

    def client_register(self, body):
        self.reply(200, {"clientId": "CID", "clientSecret": "CSECRET", "clientIdIssuedAt": 0, "clientSecretExpiresAt": int(time.time()) + 86400})

    def device_authorization(self, body):
        self.reply(200, {"deviceCode": "DEV", "userCode": "ABCD-EFGH", "verificationUri": "https://device.example.com/",
                         "verificationUriComplete": f"http://127.0.0.1:{self.server.server_port}/device?user_code=ABCD-EFGH", "expiresIn": 600, "interval": 0})

    def token(self, body):
        grant = body["grantType"]
        if grant.endswith("device_code") and self.server.pending:
            code = self.server.pending.pop(0)
            return self.reply(400, {"error": code, "error_description": "x"}, {"authorization_pending": "AuthorizationPendingException",
                              "expired_token": "ExpiredTokenException", "access_denied": "AccessDeniedException"}[code])
        if grant == "authorization_code":
            assert unpad(hashlib.sha256(body["codeVerifier"].encode()).digest()) == self.server.challenge
            assert body["redirectUri"] == self.server.redirect and body["code"] == "the code"
        return self.reply(200, {"accessToken": "TOKEN", "tokenType": "Bearer", "expiresIn": 28800, "refreshToken": "REFRESH"})

    def logout(self, body):
        self.reply(*self.server.logout)

    def v1_token(self, body):
        assert unpad(hashlib.sha256(body["codeVerifier"].encode()).digest()) == self.server.challenge
        assert body["redirectUri"] == self.server.redirect
        if self.server.refusal:
            return self.reply(400, {"error": self.server.refusal, "message": "no"}, "AccessDeniedException")
        claims = unpad(json.dumps({"sub": self.server.who}).encode())
        return self.reply(200, {"accessToken": {"accessKeyId": "ASIALOGIN", "secretAccessKey": "SECRET", "sessionToken": "SESSION"},
                                "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": "REFRESH", "idToken": f"e30.{claims}.c2ln"})


def sha1(text):
    return hashlib.sha1(text.encode()).hexdigest()


class Logins(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.seen, self.server.pending, self.server.back, self.server.refusal = [], [], {}, None
        self.server.accounts = 200, {"accountList": [{"accountId": "111122223333", "accountName": "main", "emailAddress": "a@b.c"}]}
        self.server.roles, self.server.logout, self.server.who = ["Admin"], (200, None), "arn:aws:iam::111122223333:user/alice"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.temp = tempfile.TemporaryDirectory()
        self.dir = pathlib.Path(self.temp.name)
        (self.dir / "bin").mkdir()
        browser = self.dir / "bin" / "xdg-open"
        browser.write_text(BROWSER.format(python=sys.executable, seen=str(self.dir / "browsed")))
        browser.chmod(0o755)
        self.config = self.dir / ".aws" / "config"
        self.config.parent.mkdir()
        self.config.write_text(CONFIG)
        self.sso = self.dir / ".aws" / "sso" / "cache"
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.env = dict(os.environ, HOME=str(self.dir), AWS_ENDPOINT_URL=self.url, AWS_EC2_METADATA_DISABLED="true", TZ="UTC", LC_ALL="C.UTF-8",
                        PATH=f"{self.dir / 'bin'}:{os.environ['PATH']}")
        self.env.pop("BROWSER", None)

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        self.temp.cleanup()

    def pail(self, *args, code=0, stdin="", **env):
        self.server.seen.clear()
        done = subprocess.run([PAIL, *args], capture_output=True, text=True, input=stdin, env=dict(self.env, **env), cwd=self.dir, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.err = done.stderr
        return done.stdout

    def refused(self, *args, code=255, **more):
        self.out = self.pail(*args, code=code, **more)
        self.assertTrue(self.err.startswith("\npail: [ERROR]: "), self.err)
        return self.err[len("\npail: [ERROR]: "):].rstrip("\n")

    def paths(self):
        return [path for path, _, _ in self.server.seen]

    def cached(self, key):
        path = self.sso / (sha1(key) + ".json")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        return json.loads(path.read_text())

    # ---- sso login

    def test_code(self):
        out = self.pail("sso", "login", "--profile", "dev")
        self.assertTrue(out.startswith("Attempting to open your default browser. If the browser does not open, open the following URL.\nIf you are unable to "
                                       f"open the URL on this device, run this command again with the '--use-device-code' option.\n\n{self.url}/authorize?"), out)
        self.assertTrue(out.endswith("\nSuccessfully logged into Start URL: https://corp.example.com/start\n"), out)
        self.assertEqual(self.paths(), ["/client/register", "/authorize", "/token"])
        register, authorize, token = (body for _, body, _ in self.server.seen)
        self.assertEqual(register, {"clientName": "botocore-client-corp", "clientType": "public", "grantTypes": ["authorization_code", "refresh_token"],
                                    "redirectUris": ["http://127.0.0.1/oauth/callback"], "issuerUrl": "https://corp.example.com/start",
                                    "scopes": ["sso:account:access", "other:scope"]})
        self.assertEqual({k: authorize[k] for k in ("response_type", "client_id", "code_challenge_method", "scopes")},
                         {"response_type": "code", "client_id": "CID", "code_challenge_method": "S256", "scopes": "sso:account:access other:scope"})
        self.assertRegex(authorize["redirect_uri"], r"^http://127\.0\.0\.1:\d+/oauth/callback$")
        self.assertEqual({k: token[k] for k in ("clientId", "clientSecret", "grantType", "code")},
                         {"clientId": "CID", "clientSecret": "CSECRET", "grantType": "authorization_code", "code": "the code"})
        kept = self.cached("corp")
        self.assertEqual(list(kept), ["startUrl", "region", "accessToken", "expiresAt", "clientId", "clientSecret", "registrationExpiresAt", "refreshToken"])
        self.assertEqual((kept["accessToken"], kept["refreshToken"], kept["region"]), ("TOKEN", "REFRESH", "us-east-1"))
        self.assertRegex(kept["expiresAt"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        # The registration is used again; its file is the AWS CLI's.
        self.pail("sso", "login", "--sso-session", "corp", "--profile", "nobody")
        self.assertEqual(self.paths(), ["/authorize", "/token"])
        client = self.cached('{"region": "us-east-1", "scopes": ["sso:account:access", "other:scope"], "session_name": "corp", '
                             '"startUrl": "https://corp.example.com/start", "tool": "botocore"}')
        self.assertEqual(list(client), ["clientId", "clientSecret", "expiresAt", "scopes", "grantTypes"])
        # ... and the credentials of a role come of it.
        self.assertIn('"AccessKeyId": "ASIASSO"', self.pail("configure", "export-credentials", "--profile", "dev"))

    def test_refused_code(self):
        self.server.back = {"state": "another"}
        self.assertEqual(self.refused("sso", "login", "--profile", "dev"),
                         "Error loading authorization code: State parameter does not match expected value.")
        self.server.back = {"error": "access_denied"}
        self.assertEqual(self.refused("sso", "login", "--profile", "dev"), "Error loading authorization code: Failed to retrieve an authorization code.")
        self.assertEqual(list(self.sso.glob(sha1("corp") + "*")), [])

    def test_device(self):
        self.server.pending = ["authorization_pending"] * 3
        out = self.pail("sso", "login", "--profile", "old")
        self.assertEqual(out, "Attempting to open your default browser. If the browser does not open, open the following URL.\n\nhttps://device.example.com/\n"
                              "\nThen enter the code:\n\nABCD-EFGH\nSuccessfully logged into Start URL: https://old.example.com/start\n")
        self.assertEqual(self.paths(), ["/client/register", "/device_authorization"] + ["/token"] * 4)
        register = self.server.seen[0][1]
        self.assertRegex(register.pop("clientName"), r"^botocore-client-\d+$")
        self.assertEqual(register, {"clientType": "public"})
        self.assertEqual(self.cached("https://old.example.com/start")["region"], "us-west-2")
        self.server.pending = ["authorization_pending"] * 2
        out = self.pail("sso", "login", "--profile", "dev", "--use-device-code", "--no-browser")
        self.assertIn("Browser will not be automatically opened.\nPlease visit the following URL:\n\nhttps://device.example.com/\n\nThen enter the code:\n\n"
                      "ABCD-EFGH\n\nAlternatively, you may visit the following URL which will autofill the code upon loading:\nhttp://", out)
        self.assertEqual(self.server.seen[0][1]["scopes"], ["sso:account:access", "other:scope"])
        self.server.pending = ["authorization_pending", "expired_token"]
        self.assertIn("The pending authorization to retrieve an SSO token has expired.", self.refused("sso", "login", "--profile", "old"))
        self.server.pending = ["access_denied"]
        self.assertIn("An error occurred (AccessDeniedException) when calling the CreateToken operation", self.refused("sso", "login", "--profile", "old", code=254))

    def test_sso_configuration(self):
        self.assertEqual(self.refused("sso", "login", "--profile", "bare", code=253),
                         "An error occurred (Configuration): Missing the following required SSO configuration values: sso_start_url, sso_region. To make sure this "
                         "profile is properly configured to use SSO, please run: aws configure sso")
        self.assertEqual(self.refused("sso", "login", "--sso-session", "no", code=253),
                         'An error occurred (Configuration): The specified sso-session does not exist: "no"')
        self.assertEqual(self.refused("sso", "login", "--profile", "no"), "The config profile (no) could not be found")
        self.assertIn("Unknown options: --x", self.refused("sso", "login", "--x", code=252))

    # ---- sso logout

    def test_logout(self):
        self.pail("sso", "login", "--profile", "dev")
        self.pail("configure", "export-credentials", "--profile", "dev")
        roles = self.dir / ".aws" / "cli" / "cache"
        (roles / "sts.json").write_text('{"Credentials": {}, "ProviderType": "sts"}')
        (self.sso / "junk.json").write_text("{")
        self.assertEqual(len(list(roles.iterdir())), 2)
        self.assertEqual(self.pail("sso", "logout"), "")
        self.assertEqual([(p, h.get("x-amz-sso_bearer_token")) for p, _, h in self.server.seen], [("/logout", "TOKEN")])
        self.assertEqual([p.name for p in roles.iterdir()], ["sts.json"])
        left = [p for p in self.sso.iterdir() if p.name != "junk.json"]
        self.assertEqual(["grantTypes" in json.loads(p.read_text()) for p in left], [True])
        self.pail("sso", "logout")
        self.assertEqual(self.paths(), [])

    def test_logout_of_a_dead_token(self):
        self.pail("sso", "login", "--profile", "dev")
        self.server.logout = 401, {"message": "Session token not found or invalid"}, "UnauthorizedException"
        self.assertEqual(self.pail("sso", "logout"), "")
        self.pail("sso", "login", "--profile", "dev")
        self.refused("sso", "logout", AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
        self.assertFalse((self.sso / (sha1("corp") + ".json")).exists())

    # ---- configure sso

    def test_configure_sso(self):
        self.server.accounts = 200, {"accountList": [{"accountId": "222222222222", "accountName": "Zoo"}, {"accountId": "111122223333", "accountName": "ark"}]}
        self.server.roles = ["Reader", "admin"]
        answers = ["new", "https://new.example.com/start", "eu-central-1", "", "1", "2", "eu-west-3", "yaml", ""]
        out = self.pail("configure", "sso", stdin="\n".join(answers) + "\n")
        self.assertTrue(out.startswith("SSO session name (Recommended): SSO start URL [None]: SSO region [None]: SSO registration scopes [sso:account:access]: "))
        self.assertIn("There are 2 AWS accounts available to you.\n", out)
        self.assertIn("Using the account ID 111122223333\nThere are 2 roles available to you.\n", out)
        self.assertIn('Using the role name "Reader"\nDefault client Region [None]: CLI default output format (json if not specified) [None]: '
                      "Profile name [Reader-111122223333]: To use this profile, specify the profile name using --profile, as shown:\n\n"
                      "aws sts get-caller-identity --profile Reader-111122223333\n", out)
        self.assertIn("[profile Reader-111122223333]\nsso_session = new\nsso_account_id = 111122223333\nsso_role_name = Reader\nregion = eu-west-3\n"
                      "output = yaml\n[sso-session new]\nsso_start_url = https://new.example.com/start\nsso_region = eu-central-1\n"
                      "sso_registration_scopes = sso:account:access\n", self.config.read_text())
        # A session that is there is not asked for, and its token is used again.
        out = self.pail("configure", "sso", "--profile", "again", stdin="new\n1\n1\n\n\n")
        self.assertEqual(self.paths(), ["/assignment/accounts", "/assignment/roles"])
        self.assertIn("[profile again]\nsso_session = new\n", self.config.read_text())

    def test_configure_sso_old(self):
        answers = ["", "no url", "https://old2.example.com/start", "", "us-east-1", "", ""]
        out = self.pail("configure", "sso", "--profile", "third", stdin="\n".join(answers) + "\n")
        self.assertIn("WARNING: Configuring using legacy format (e.g. without an SSO session).\n", out)
        self.assertIn("Not a valid Start URL\n", out)
        self.assertIn("A value is required\n", out)
        self.assertIn("The only AWS account available to you is: 111122223333\nUsing the account ID 111122223333\n"
                      "The only role available to you is: Admin\nUsing the role name \"Admin\"\n", out)
        self.assertIn("[profile third]\nsso_start_url = https://old2.example.com/start\nsso_region = us-east-1\nsso_account_id = 111122223333\n"
                      "sso_role_name = Admin\n", self.config.read_text())
        self.server.accounts = 401, {"message": "no"}, "UnauthorizedException"
        out = self.pail("configure", "sso", "--profile", "fourth", stdin="corp\n\n\n")
        self.assertIn("Unable to list AWS accounts and/or roles. Skipping configuring AWS credential provider for profile.\n", out)
        self.assertTrue(out.endswith("Successfully configured SSO for profile: fourth\n"))

    def test_configure_sso_session(self):
        out = self.pail("configure", "sso-session", stdin="\nteam\nhttps://team.example.com/start\nus-east-2\na b\na, b\n")
        self.assertIn("SSO session name: A value is required\nSSO session name: ", out)
        self.assertIn("Scope values must be separated by commas\n", out)
        self.assertTrue(out.endswith("\nCompleted configuring SSO session: team\nRun the following to login and refresh access token for this session:\n\n"
                                     "aws sso login --sso-session team\n"))
        self.assertIn("[sso-session team]\nsso_start_url = https://team.example.com/start\nsso_region = us-east-2\nsso_registration_scopes = a, b\n",
                      self.config.read_text())
        self.assertEqual(self.refused("configure", "sso-session"), "EOF when reading a line")

    # ---- login

    def token_file(self):
        return self.dir / ".aws" / "login" / "cache" / (hashlib.sha256(self.server.who.encode()).hexdigest() + ".json")

    def test_login(self):
        out = self.pail("login", "--profile", "me", stdin="eu-north-1\n")
        self.assertIn("No AWS region has been configured. The AWS region is the geographic location of your AWS resources.\n", out)
        self.assertIn("AWS Region [us-east-1]: Attempting to open your default browser. If the browser does not open, open the following URL.\nIf you are unable "
                      f"to open the URL on this device, run this command again with the '--remote' option.\n\n{self.url}/v1/authorize?response_type=code&"
                      "client_id=arn%3Aaws%3Asignin%3A%3A%3Adevtools%2Fsame-device&state=", out)
        self.assertTrue(out.endswith('\nUpdated profile me to use arn:aws:iam::111122223333:user/alice credentials.\nUse "--profile me" to use the new '
                                     'credentials, such as "aws sts get-caller-identity --profile me"\n'), out)
        self.assertEqual(self.paths(), ["/v1/authorize", "/v1/token"])
        body, headers = self.server.seen[1][1:]
        self.assertEqual((body["clientId"], body["grantType"], body["code"]), ("arn:aws:signin:::devtools/same-device", "authorization_code", "the code"))
        self.assertNotIn("Authorization", headers)
        proof = [json.loads(base64.urlsafe_b64decode(part + "===")) for part in headers["DPoP"].split(".")[:2]]
        self.assertEqual((proof[0]["typ"], proof[1]["htm"], proof[1]["htu"]), ("dpop+jwt", "POST", self.url + "/v1/token"))
        kept = json.loads(self.token_file().read_text())
        self.assertEqual(list(kept), ["accessToken", "tokenType", "clientId", "refreshToken", "idToken", "dpopKey"])
        self.assertEqual((kept["accessToken"]["accountId"], kept["accessToken"]["accessKeyId"]), ("111122223333", "ASIALOGIN"))
        self.assertTrue(kept["dpopKey"].startswith("-----BEGIN EC PRIVATE KEY-----\n"))
        self.assertIn("[profile me]\nlogin_session = arn:aws:iam::111122223333:user/alice\nregion = eu-north-1\n", self.config.read_text())
        self.assertIn('"AccessKeyId": "ASIALOGIN"', self.pail("configure", "export-credentials", "--profile", "me"))
        # Somebody else: only when told so.
        self.server.who = "arn:aws:iam::111122223333:user/bob"
        before = self.config.read_text()
        out = self.pail("login", "--profile", "me", stdin="what\nn\n")
        self.assertIn("\nProfile me is already configured to use session arn:aws:iam::111122223333:user/alice. Do you want to overwrite it to use "
                      'arn:aws:iam::111122223333:user/bob instead? (y/n): Invalid response. Please enter "y" or "n"', out)
        self.assertEqual((self.config.read_text(), self.token_file().exists()), (before, False))
        self.pail("login", "--profile", "me", stdin="y\n")
        self.assertIn("login_session = arn:aws:iam::111122223333:user/bob\n", self.config.read_text())
        # Logged out.
        self.assertTrue(self.pail("logout", "--profile", "me").startswith("Removed cached login credentials for profile 'me'. Note, "))
        self.assertFalse(self.token_file().exists())
        self.assertTrue(self.pail("logout", "--all").startswith("Removed 1 cached login credential. Note, "))
        self.assertEqual(self.pail("logout", "--all"), "No cached login session tokens found.\n")
        self.assertEqual(self.pail("logout", "--profile", "dev"), "")
        self.assertEqual(self.err, "warning: no login session found for profile 'dev'\n")

    def remote(self, wrong=None):
        """The code shown by the page is pasted; the state in it is known only from the address."""
        process = subprocess.Popen([PAIL, "login", "--remote", "--region", "us-east-1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True, env=self.env, cwd=self.dir)
        out = ""
        while "/v1/authorize?" not in out:
            out += process.stdout.readline()
        q = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(out.splitlines()[-1]).query))
        self.server.challenge, self.server.redirect = q["code_challenge"], q["redirect_uri"]
        self.assertEqual((q["redirect_uri"], q["client_id"]), (self.url + "/v1/sessions/confirmation", "arn:aws:signin:::devtools/cross-device"))
        self.assertTrue(out.startswith("Browser will not be automatically opened.\nPlease visit the following URL:\n\n"))
        pasted = wrong or base64.b64encode(urllib.parse.urlencode({"state": q["state"], "code": "the code"}).encode()).decode()
        # Not communicate(): it reads below the buffer that readline() may have filled with more than its line.
        with process:
            process.stdin.write(pasted + "\n")
            process.stdin.close()
            out += process.stdout.read()
            err = process.stderr.read()
        return process.returncode, out, err

    def test_remote_login(self):
        code, out, err = self.remote()
        self.assertEqual((code, err), (0, ""))
        self.assertIn("\nEnter the authorization code displayed in your browser: \nUpdated profile default to use ", out)
        self.assertFalse((self.dir / "browsed").exists())
        self.assertEqual(self.remote("%%%")[::2], (255, "\npail: [ERROR]: Failed to decode the verification code.\n"))
        self.assertEqual(self.remote(base64.b64encode(b"code=x&state=y").decode())[::2],
                         (255, "\npail: [ERROR]: Error loading or redeeming a login authorization code: State parameter does not match expected value.\n"))

    def test_refused_login(self):
        self.server.refusal = "INSUFFICIENT_PERMISSIONS"
        self.assertIn("You may be missing permission for the 'signin:CreateOAuth2Token' action.", self.refused("login", "--region", "us-east-1"))
        self.server.refusal = "AUTHCODE_EXPIRED"
        self.assertIn("due to an expired authorization code.", self.refused("login", "--region", "us-east-1"))
        self.server.refusal = "OTHER"
        self.assertEqual(self.refused("login", "--region", "us-east-1", code=254), "An error occurred (OTHER) when calling the CreateOAuth2Token operation: no")
        self.assertFalse(self.token_file().exists())


if __name__ == "__main__":
    unittest.main()
