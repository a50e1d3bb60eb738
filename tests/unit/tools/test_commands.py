#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The program `pail` against the fake S3: every command, what it prints, how it ends, and what it asks of the server.

Usage: test_commands.py PAIL PAIL-FAKE-S3. Exit status 77 (skipped) without boto3. PAIL_PYTHON names the interpreter to use.
"""
import contextlib
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))
import beside

beside.interpreter("boto3")
import boto3
from botocore.config import Config

FAKE = os.path.abspath(sys.argv.pop(2))
PAIL = os.path.abspath(sys.argv.pop(1))
BUILD = pathlib.Path(PAIL).parent
MIB = 1024 * 1024
WAIT = 30  # seconds that no step may take


def free_of(text, *words):
    return not any(word in text for word in words)


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = subprocess.Popen([FAKE, "--auth", "test:test1234", "--bucket", "bkt"], stdout=subprocess.PIPE, text=True)
        cls.url = "http://" + cls.server.stdout.readline().split()[-1]
        cls.env = dict(
            os.environ, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test1234", AWS_REGION="us-east-1", AWS_DEFAULT_REGION="us-east-1",
            AWS_ENDPOINT_URL=cls.url, AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null", TZ="Europe/Berlin", LC_ALL="C.UTF-8")
        cls.s3 = boto3.client(
            "s3", endpoint_url=cls.url, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test1234",
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}))

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        assert cls.server.wait(WAIT) == 0
        cls.server.stdout.close()

    def setUp(self):
        self.dir = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="pail-commands-")))
        self.faults("")
        self.prefix = self.id().rsplit(".", 1)[1]

    # ---- The server

    def admin(self, path, body=None):
        with urllib.request.urlopen(urllib.request.Request(self.url + "/_fake/" + path, data=body), timeout=WAIT) as f:
            return f.read().decode()

    def faults(self, script):
        self.admin("faults", script.encode())
        self.admin("reset", b"")

    def counts(self):
        return json.loads(self.admin("counts"))

    def uploads(self):
        return int(self.admin("uploads?bucket=bkt"))

    def put(self, key, body=b"x"):
        self.s3.put_object(Bucket="bkt", Key=key, Body=body)

    def put_many(self, prefix, names):
        """Empty objects, faster than boto3 makes them."""
        top = self.dir / "many"
        for name in names:
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).touch()
        self.pail("cp", "-q", "-r", "--parallel", "8", "many", prefix)
        shutil.rmtree(top)
        self.faults("")

    def body(self, key):
        return self.s3.get_object(Bucket="bkt", Key=key)["Body"].read()

    def keys(self, prefix=""):
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket="bkt", Prefix=prefix)
        return [o["Key"] for p in pages for o in p.get("Contents", [])]

    # ---- The program

    def aws_s3(self):
        """The AWS CLI's own; releases before 2.13 do not know AWS_ENDPOINT_URL."""
        aws = shutil.which("aws", path=os.path.dirname(sys.executable) + ":" + os.environ.get("PATH", ""))
        if not aws:
            self.skipTest("aws is not installed")
        return [aws, "--endpoint-url", self.url, "s3"]

    def run_pail(self, *args, env=None, stdin=None, cwd=None):
        given = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin or subprocess.DEVNULL}
        return subprocess.run([PAIL, *args], env=dict(self.env, **(env or {})), capture_output=True, cwd=cwd or self.dir, timeout=2 * WAIT, **given)

    def pail(self, *args, code=0, err="", **how):
        """Standard output, as text; the end is checked. err: what standard error is, or a pattern of its one line."""
        done = self.run_pail(*args, **how)
        text = done.stderr.decode(errors="surrogateescape")
        self.assertEqual((done.returncode, text if isinstance(err, str) else ""), (code, err if isinstance(err, str) else ""), text)
        if not isinstance(err, str):
            self.assertRegex(text, err)
            self.assertEqual(text.count("\n"), 1, text)
        self.output = done.stdout
        return done.stdout.decode(errors="surrogateescape")

    def refused(self, code, pattern, *args, **how):
        """Nothing on standard output, one line on standard error that matches."""
        self.assertEqual(self.pail(*args, code=code, err=re.compile(pattern), **how), "")

    def leftovers(self):
        """Temporary files: NAME.XXXXXXXX."""
        return sorted(str(p.relative_to(self.dir)) for p in self.dir.rglob("*") if re.search(r"\.[0-9a-fA-F]{8}$", p.name))

    def tree(self, where):
        return {str(p.relative_to(where)).encode(errors="surrogateescape"): p.read_bytes() for p in where.rglob("*") if p.is_file()}


class Usage(Case):
    def commands(self):
        text = self.pail("--help")
        names = re.findall(r"^  (\w+) +\S", text, re.M)
        self.assertIn("cp", names)
        return names

    def test_every_command_has_help_page_and_completion(self):
        completion = self.pail("--completion", "bash")
        for name in self.commands():
            text = self.pail(name, "--help")
            self.assertEqual(text, self.pail("help", name))
            self.assertTrue(text.startswith(f"usage: pail {name} "))
            self.assertLessEqual(max(map(len, text.splitlines())), 100, name)
            self.assertIn("\nExamples\n", text)
            self.assertRegex(completion, rf"(?m)^    {name}\) operands=")
            page = self.pail("--man", name)
            self.assertTrue(page.startswith(f"pail-{name}(1)\n"))
            for option in re.findall(r"^  (?:-., )?--([\w-]+)", text, re.M):
                self.assertIn(f"*--{option}*", page)
                self.assertIn(f" --{option}", completion)
            if shutil.which("scdoc"):
                made = subprocess.run(["scdoc"], input=page.encode(), capture_output=True, check=True)
                self.assertEqual(made.stderr, b"")
                self.assertTrue((BUILD / f"pail-{name}.1").is_file(), f"tools/meson.build makes no page of {name}")
                self.no_warnings(made.stdout)

    def no_warnings(self, page):
        if shutil.which("man"):
            path = self.dir / "page.1"
            path.write_bytes(page)
            done = subprocess.run(["man", "--warnings", "-l", "-Tutf8", str(path)], capture_output=True, env=dict(self.env, MANWIDTH="120"))
            self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_overview_names_every_command(self):
        page = BUILD.parent / "packaging" / "pail.1"
        if not page.is_file():
            self.skipTest("built without scdoc")
        self.no_warnings(page.read_bytes())
        for name in self.commands():
            self.assertIn(rf"\fBpail-{name}\fR(1)", page.read_text())

    def test_words(self):
        self.assertRegex(self.pail("--version"), r"^pail \d+\.\d+\.\d+\n$")
        self.assertTrue(self.pail("help").startswith("NAME\n    pail - "))
        usage = ("usage: pail [options] <command> <subcommand> [<subcommand> ...] [parameters]\nTo see help text, you can run:\n\n"
                 "  pail help\n  pail <command> help\n  pail <command> <subcommand> help\n")
        head = "\npail: [ERROR]: An error occurred (ParamValidation): "
        self.pail("frob", code=252, err=f"{head}argument command: Found invalid choice 'frob'\n\n\n{usage}")
        self.pail(code=252, err=f"{head}the following arguments are required: command\n\n{usage}")
        self.pail("help", "frob", code=252, err=f"{head}argument command: Found invalid choice 'frob'\n\n\n{usage}")
        for args in (["--man", "frob"], ["--completion", "csh"]):
            self.assertEqual(self.pail(*args, code=252, err=self.pail("--help")), "")

    def test_misuse(self):
        for args, pattern in {
                ("ls", "--frob"): r"^pail ls: --frob: unknown option \(try pail ls --help\)$",
                ("ls", "a", "b"): "wants at most one",
                ("ls", "bkt"): r'^pail ls: "bkt" is not of the form s3://BUCKET/KEY$',
                ("ls", "s3:///x"): "is not of the form",
                ("ls", "--cli-read-timeout", "soon"): '--cli-read-timeout: "soon" is not a time',
                ("ls", "--addressing-style", "x"): "addressing-style",
                ("ls", "-o", "ro"): "-o: unknown option",
                ("cp", "a"): "wants a source and a target",
                ("cp", "a", "b"): "one of the two must be s3://",
                ("cp", "", "s3://bkt"): "empty name",
                ("cp", "-", "s3://bkt/"): "the target needs a name",
                ("cp", "s3://bkt", "x"): "names no object",
                ("cp", "-r", "-", "s3://bkt"): "do not go together",
                ("cp", "--parallel", "0", "a", "s3://bkt"): "not between 1 and 256",
                ("cp", ".", "s3://bkt"): "is a directory",
                ("cat",): "wants s3://BUCKET/KEY",
                ("cat", "s3://bkt"): "names no object",
                ("rm",): "wants s3://BUCKET/KEY",
                ("rm", "s3://bkt"): "names no object",
                ("mb",): "wants s3://BUCKET",
                ("mb", "s3://a/b"): "names an object, not a bucket",
                ("rb", "s3://a", "s3://b"): "wants s3://BUCKET",
                ("presign", "s3://bkt"): "the key is empty",
                ("presign", "s3://bkt/a", "--expires-in", "604801"): "not between 1 and 604800",
                ("presign", "s3://bkt/a", "--method", "POST"): '--method: "POST" is not one of GET, PUT, HEAD, DELETE',
                ("doctor", "x"): "is not of the form",
                ("doctor", "a", "b"): "wants at most one"}.items():
            with self.subTest(args=args):
                self.refused(252, pattern, *args)
        self.assertEqual(self.counts(), {})

    def test_exit_codes(self):
        self.refused(253, "^pail ls: ListBuckets: Unable to locate credentials", "ls", env={"AWS_ACCESS_KEY_ID": ""})
        self.refused(253, r"^pail ls: The config profile \(nix\) could not be found$", "ls", "--profile", "nix")
        self.refused(253, "^pail ls: Invalid endpoint: foo$", "ls", "--endpoint-url", "foo")
        self.refused(254, r"^pail ls: ListBuckets: SignatureDoesNotMatch: .* \[request \w+\]$", "ls", env={"AWS_SECRET_ACCESS_KEY": "bad"})
        self.refused(254, "^pail ls: ListObjectsV2 s3://nobkt: NoSuchBucket: ", "ls", "s3://nobkt")
        self.refused(254, "^pail cat: HeadObject s3://bkt/nix: 404 Not Found", "cat", "s3://bkt/nix")
        self.refused(255, "^pail ls: ListBuckets: connect to 127.0.0.1:1: Connection refused", "ls", "--endpoint-url", "http://127.0.0.1:1",
                     env={"AWS_MAX_ATTEMPTS": "1"})
        self.refused(255, "^pail cp: nix: No such file or directory$", "cp", "nix", "s3://bkt/")

    def test_output_that_cannot_be_written(self):
        self.put("full", b"x" * 100)
        for args in (["--help"], ["ls"], ["ls", "s3://bkt"], ["cat", "s3://bkt/full"], ["presign", "s3://bkt/full"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([PAIL, *args], env=self.env, stdout=full, stderr=subprocess.PIPE, text=True, timeout=WAIT)
            self.assertEqual(done.returncode, 255, args)
            self.assertRegex(done.stderr, r"^pail.*standard output.*\n$")

    def test_completion(self):
        for key in ("comp/one", "comp/two words", "comp/sub/x", "comp/$(touch injected)", "comp/`touch injected`"):
            self.put(key)
        script = self.dir / "pail.bash"
        self.pail("--completion", "bash")
        script.write_bytes(self.output)
        subprocess.run(["bash", "-n", str(script)], check=True)

        def complete(line):
            words = re.findall(r"[:=]+|[^\s:=]+", line) + ([""] if line.endswith(" ") else [])
            quoted = " ".join("'%s'" % w for w in words)
            text = f"""compopt() {{ :; }}; . {script}
                COMP_LINE='{line}' COMP_POINT={len(line)} COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1} COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
                _pail; printf '%s\\n' "${{COMPREPLY[@]}}" """
            env = dict(self.env, PATH=f"{BUILD}:{os.environ['PATH']}")
            done = subprocess.run(["bash", "-c", text], env=env, cwd=self.dir, capture_output=True, text=True, timeout=WAIT)
            self.assertEqual(done.stderr, "")
            return done.stdout.split("\n")[:-1]

        self.assertEqual(complete("pail pre"), ["presign"])
        self.assertEqual(complete("pail ls --rec"), ["--recursive"])
        self.assertEqual(complete("pail presign --method P"), ["PUT"])
        self.assertEqual(complete("pail ls --region "), [""])
        self.assertEqual(complete("pail ls s"), ["s3://"])
        self.assertEqual(complete("pail ls s3://bk"), ["//bkt/"])
        self.assertEqual(complete("pail cat s3://bkt/comp/t"), [r"//bkt/comp/two\ words"])
        self.assertEqual(complete("pail cp x s3://bkt/comp/s"), ["//bkt/comp/sub/"])
        self.assertEqual(len(complete("pail rm s3://bkt/comp/")), 5)
        self.assertFalse((self.dir / "injected").exists())
        if "mount" in self.commands():
            self.assertEqual(complete("pail mount -o metadata-t"), ["metadata-ttl="])
            self.assertEqual(complete("pail mount -o ro,metadata-t"), ["ro,metadata-ttl="])


class List(Case):
    def test_columns(self):
        when = self.s3.put_object(Bucket="bkt", Key="list/b", Body=b"12345") and self.s3.head_object(Bucket="bkt", Key="list/b")["LastModified"]
        for key in ("list/a.d/x", "list/c/y", "list/c/z", "list/\xfc +%25&<>'\"", "list/new\nline"):
            self.put(key, b"x" * 2000)
        os.environ["TZ"] = self.env["TZ"]
        time.tzset()
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(when.timestamp()))
        lines = self.pail("ls", "s3://bkt/list/").split("\n")
        self.assertEqual(lines[:3], [" " * 27 + "PRE a.d/", " " * 27 + "PRE c/", f"{stamp}          5 b"])
        self.assertEqual([line[20:] for line in lines[3:]], ["      2000 new", "", "      2000 \xfc +%25&<>'\"", ""])
        self.assertEqual(self.pail("ls", "s3://bkt/list").split(), ["PRE", "list/"])
        self.assertEqual([x.split()[-1] for x in self.pail("ls", "-r", "s3://bkt/list/c").splitlines()], ["list/c/y", "list/c/z"])
        self.assertTrue(self.pail("ls", "-r", "--summarize", "s3://bkt/list/c").endswith("\n\nTotal Objects: 2\n   Total Size: 4000\n"))
        self.assertTrue(self.pail("ls", "-r", "--summarize", "--human-readable", "s3://bkt/list/c").endswith("    2.0 KiB list/c/z\n\nTotal Objects: 2\n   Total Size: 3.9 KiB\n"))
        self.assertEqual(self.pail("ls", "s3://bkt/list/none", code=1), "")
        self.assertRegex(self.pail("ls"), r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d bkt\n$")
        self.assertEqual(self.pail("ls"), self.pail("ls", "s3://"))

    def test_pages_and_buckets(self):
        for key in "abc":
            self.put("pages/" + key)
        self.faults("")
        self.assertEqual(len(self.pail("ls", "s3://bkt/pages/", "--page-size", "1").splitlines()), 3)
        self.assertEqual(self.counts(), {"ListObjectsV2": 3})
        self.pail("ls", "s3://bkt/pages/", "--request-payer", "requester")
        self.assertEqual([line.split()[-1] for line in self.pail("ls", "--bucket-name-prefix", "bk").splitlines()], ["bkt"])

    def test_as_the_aws_cli(self):
        aws = self.aws_s3()
        # More than a page, directories and files mixed.
        self.put_many("s3://bkt/cli", [f"{i:04}" + ("/x" if i % 3 == 0 else "") for i in range(1100)])
        for size in (1, 10, 999, 1000, 1023, 1024, 1025, 10239, 1048063, 1048064, 12345678):
            self.put(f"cli/size{size}", b"x" * size)
        for args in (["s3://bkt/cli/"], ["s3://bkt/cl"], ["--recursive", "--summarize", "--human-readable", "s3://bkt/cli/"]):
            other = subprocess.run([*aws, "ls", *args], env=self.env, capture_output=True, timeout=2 * WAIT)
            mine = self.run_pail("ls", *args)
            self.assertEqual((mine.returncode, mine.stdout), (other.returncode, other.stdout), args)

    def test_reader_that_goes_away(self):
        self.put_many("s3://bkt/many", map(str, range(1500)))
        for command in (f"{PAIL} ls -r s3://bkt/many | head -n 1", f"{PAIL} rm -r --dryrun s3://bkt/many | head -n 1"):
            done = subprocess.run(["bash", "-c", command + "; echo ${PIPESTATUS[0]}"], env=self.env, capture_output=True, text=True, timeout=WAIT)
            self.assertEqual(done.stderr, "")
            self.assertIn(done.stdout.split()[-1], ("141", "0"))  # 0: all fit into the pipe


ODD_NAMES = [b"plain", b"-dash", b"sp ace ", b"new\nline", "\xfc\U0001f600".encode(), b"inv\xff\xfealid", b"%41+&?=#~!*'();:@$,[]", b"sub/deep/er/x", b"sub/.hidden", b"\x01\x7f"]


class Copy(Case):
    def make_tree(self, name):
        top = self.dir / name
        for i, odd in enumerate(ODD_NAMES):
            path = os.path.join(os.fsencode(top), odd)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(os.urandom(i * 1000))
        (top / "nothing").mkdir()
        return top

    def test_trees(self):
        top = self.make_tree("tree")
        out = self.pail("cp", "--recursive", "tree", "s3://bkt/trees")
        self.assertIn("upload: tree/plain to s3://bkt/trees/plain\n", out)
        self.assertEqual(self.counts(), {"PutObject": len(ODD_NAMES)})
        self.assertEqual(self.pail("cp", "-r", "-q", "s3://bkt/trees", "s3://bkt/trees2/"), "")
        self.assertEqual(self.counts()["CopyObject"], len(ODD_NAMES))
        self.faults("")
        self.assertIn("download: s3://bkt/trees2/plain to back/plain\n", self.pail("cp", "-r", "s3://bkt/trees2/", "back"))
        self.assertEqual(self.counts(), {"ListObjectsV2": 1, "GetObject": len(ODD_NAMES)})
        self.assertEqual(self.tree(top), self.tree(self.dir / "back"))
        self.assertEqual(self.leftovers(), [])
        self.assertEqual(self.pail("rm", "-r", "-q", "s3://bkt/trees"), "")
        self.assertEqual(len(self.keys("trees")), len(ODD_NAMES))  # trees2 is no part of trees

    def test_names(self):
        (self.dir / "f").write_bytes(b"data")
        self.assertEqual(self.pail("cp", "f", "s3://bkt/names/"), "upload: ./f to s3://bkt/names/f\n")
        self.assertEqual(self.pail("cp", "f", "s3://bkt/names/g"), "upload: ./f to s3://bkt/names/g\n")
        self.assertEqual(self.pail("cp", "./f", "s3://bkt"), "upload: ./f to s3://bkt/f\n")
        self.assertEqual(self.pail("cp", "s3://bkt/names/g", "."), "download: s3://bkt/names/g to ./g\n")
        self.assertEqual(self.pail("cp", "s3://bkt/names/g", "new/dir/"), "download: s3://bkt/names/g to new/dir/g\n")
        self.assertEqual(self.pail("cp", "s3://bkt/names/g", "s3://bkt/names/dir/"), "copy: s3://bkt/names/g to s3://bkt/names/dir/g\n")
        self.assertEqual(self.keys("names/"), ["names/dir/g", "names/f", "names/g"])
        self.assertEqual((self.dir / "g").read_bytes() + (self.dir / "new/dir/g").read_bytes(), b"datadata")
        self.assertEqual(self.pail("cp", "--dryrun", "f", "s3://bkt/dry"), "(dryrun) upload: ./f to s3://bkt/dry\n")
        self.assertEqual(self.pail("cp", "-n", "s3://bkt/f", "dry"), "(dryrun) download: s3://bkt/f to ./dry\n")
        self.assertEqual(self.pail("cp", "--quiet", "f", "s3://bkt/q"), "")
        self.assertEqual(self.keys("dry"), [])
        self.assertFalse((self.dir / "dry").exists())
        long = "n" * 255  # the temporary file's name must not be longer
        self.assertEqual(self.pail("cp", "-q", "s3://bkt/f", long), "")

    def test_files_get_mode_and_time(self):
        self.put("mode", b"x")
        when = self.s3.head_object(Bucket="bkt", Key="mode")["LastModified"].timestamp()
        for umask, mode in ((0o022, 0o644), (0o077, 0o600), (0o002, 0o664)):
            subprocess.run([PAIL, "cp", "-q", "s3://bkt/mode", f"d{mode}/f"], cwd=self.dir, env=self.env, check=True, umask=umask)
            st = (self.dir / f"d{mode}/f").stat()
            self.assertEqual((st.st_mode & 0o777, st.st_mtime), (mode, when))
            self.assertEqual((self.dir / f"d{mode}").stat().st_mode & 0o777, 0o777 & ~umask)

    def test_sizes(self):
        """None, one part, and around the borders; files, pipes and regular files as standard input."""
        source, part = os.urandom(2 * 8 * MIB + 1), 8 * MIB
        for size in (0, 300000, part, part + 1, len(source)):
            data = source[:size]
            (self.dir / "f").write_bytes(data)
            self.faults("")
            self.pail("cp", "-q", "f", "s3://bkt/sizes/f")
            wanted = {"PutObject": 1} if size < part else {"CreateMultipartUpload": 1, "UploadPart": (size + part - 1) // part, "CompleteMultipartUpload": 1}
            self.assertEqual(self.counts(), wanted)
            self.pail("cp", "-q", "-", "s3://bkt/sizes/pipe", stdin=data)
            with open(self.dir / "f", "rb") as f:
                self.pail("cp", "-q", "-", "s3://bkt/sizes/file", stdin=f)
            self.pail("cp", "-q", "s3://bkt/sizes/f", "s3://bkt/sizes/copy")
            for key in ("f", "pipe", "file", "copy"):
                self.assertEqual(self.body("sizes/" + key), data, (key, size))
            self.faults("")
            self.pail("cp", "-q", "s3://bkt/sizes/f", "back")
            self.assertEqual((self.dir / "back").read_bytes(), data)
            self.assertEqual(self.counts(), {"HeadObject": 1, "GetObject": 1 if size < part else (size + part - 1) // part})
            self.pail("cat", "s3://bkt/sizes/f", "s3://bkt/sizes/copy")
            self.assertEqual(self.output, data * 2)
            self.pail("cp", "s3://bkt/sizes/pipe", "-")
            self.assertEqual(self.output, data)
        self.assertEqual(self.uploads(), 0)

    def test_special_files(self):
        data = os.urandom(9 * MIB)
        (self.dir / "f").write_bytes(data)
        os.mkfifo(self.dir / "in")
        os.mkfifo(self.dir / "out")
        feeder = subprocess.Popen(["sh", "-c", "cat f > in"], cwd=self.dir)
        self.pail("cp", "-q", "in", "s3://bkt/special")
        self.assertEqual(feeder.wait(WAIT), 0)
        self.assertEqual(self.body("special"), data)
        reader = subprocess.Popen(["sh", "-c", "cat out > read"], cwd=self.dir)
        self.pail("cp", "-q", "s3://bkt/special", "out")
        self.assertEqual(reader.wait(WAIT), 0)
        self.assertEqual((self.dir / "read").read_bytes(), data)
        os.symlink("/dev/null", self.dir / "null")
        self.pail("cp", "-q", "s3://bkt/special", "/dev/null")
        self.assertTrue(pathlib.Path("/dev/null").is_char_device())
        self.pail("cp", "-q", "/proc/version", "s3://bkt/version")
        self.assertEqual(self.body("version"), pathlib.Path("/proc/version").read_bytes())

    def test_unsafe_keys(self):
        good = ["u/ok", "u/..a/b..", "u/dir/", "u/a:b"]
        bad = ["u/../../evil", "u/a//b", "u//lead", "u/./x", "u/..", "u/sub/../../../evil", "u/tail/.."]
        for key in good + bad:
            self.put(key)
        done = self.run_pail("cp", "-r", "s3://bkt/u", "down/here")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(sorted(done.stderr.decode().splitlines()), sorted(f"pail cp: s3://bkt/{key} is no safe file name: passed over" for key in bad))
        self.assertEqual(sorted(self.tree(self.dir)), [b"down/here/..a/b..", b"down/here/a:b", b"down/here/ok"])
        self.refused(252, "the target needs a name", "cp", "s3://bkt/u/..", ".")
        # Inside S3 they are keys like any other.
        self.pail("cp", "-r", "-q", "s3://bkt/u", "s3://bkt/v")
        self.assertEqual([k[1:] for k in self.keys("v/")], [k[1:] for k in self.keys("u/")])

    def test_tree_with_obstacles(self):
        top = self.make_tree("tree")
        (top / "loop").symlink_to(".")
        (top / "dangling").symlink_to("nowhere")
        os.mkfifo(top / "fifo")
        (top / "linked").symlink_to("plain")
        done = self.run_pail("cp", "-r", "-q", "tree", "s3://bkt/obstacles")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, b"")
        self.assertEqual(
            re.sub(r"to /\S+:", "to TOP:", done.stderr.decode()).splitlines(),
            ["pail cp: tree/dangling: No such file or directory", "pail cp: tree/fifo is neither a file nor a directory: passed over",
             "pail cp: tree/loop leads back to TOP: passed over"])
        self.assertEqual(len(self.keys("obstacles/")), len(ODD_NAMES) + 1)
        self.put("clash/file")
        self.put("clash/file/below")
        done = self.run_pail("cp", "-r", "s3://bkt/clash", "clash")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertRegex(done.stderr.decode(), r"^download failed: s3://bkt/clash/file\S* to clash/file\S*: .*(Is a|Not a) directory\n$")
        self.assertEqual(self.leftovers(), [])

    def test_into_itself(self):
        self.put("self/a")
        for target in ("s3://bkt/self", "s3://bkt/self/sub/"):
            self.refused(252, "is inside of what is to be copied", "cp", "-r", "s3://bkt/self/", target)
        self.refused(252, "is inside", "cp", "-r", "s3://bkt", "s3://bkt/self")
        self.pail("cp", "-r", "-q", "s3://bkt/self", "s3://bkt/selfish")
        self.assertEqual(self.keys("self"), ["self/a", "selfish/a"])

    def test_pipe_that_is_closed(self):
        self.put("pipe", os.urandom(20 * MIB))
        for command in (f"{PAIL} cat s3://bkt/pipe", f"{PAIL} cp s3://bkt/pipe -"):
            done = subprocess.run(["bash", "-c", command + " | head -c 5 >/dev/null; echo ${PIPESTATUS[0]}"], env=self.env, capture_output=True, text=True, timeout=WAIT)
            self.assertEqual((done.stdout, done.stderr), ("141\n", ""))


    def test_checksums(self):
        (self.dir / "small").write_bytes(b"small")
        (self.dir / "big").write_bytes(os.urandom(9 * MIB))
        for name in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
            key = "Checksum" + name
            for source in ("small", "big"):
                self.pail("cp", "-q", "--checksum-algorithm", name, source, f"s3://bkt/sums/{source}-{name}")
                head = self.s3.head_object(Bucket="bkt", Key=f"sums/{source}-{name}", ChecksumMode="ENABLED")
                self.assertEqual([k for k in head if re.match("Checksum(CRC|SHA)", k)], [key], head)
                self.pail("cp", "-q", "--checksum-mode", "ENABLED", f"s3://bkt/sums/{source}-{name}", "back")
                self.assertEqual((self.dir / "back").read_bytes(), (self.dir / source).read_bytes())
            self.pail("cp", "-q", "--checksum-algorithm", name, "-", f"s3://bkt/sums/pipe-{name}", stdin=b"pipe")
        self.pail("cp", "-q", "--checksum-algorithm", "SHA256", "s3://bkt/sums/small-CRC32", "s3://bkt/sums/copy")
        self.assertEqual(self.body("sums/copy"), b"small")
        self.refused(252, "checksum-algorithm", "cp", "--checksum-algorithm", "MD4", "small", "s3://bkt/x")
        self.refused(252, "checksum-mode", "cp", "--checksum-mode", "no", "small", "s3://bkt/x")
        self.pail("cp", "--resume", "--checksum-algorithm", "SHA1", "big", "s3://bkt/x", code=1, err=re.compile("only an upload with CRC32 checksums can be resumed"))

    def test_names_that_differ_by_case(self):
        for key in ("A", "a", "b"):
            self.put("case/" + key, key.encode())
        text = r"a file whose name differs only by case either exist"
        self.pail("cp", "-q", "-r", "s3://bkt/case", "ignore")
        self.assertEqual(sorted(os.listdir(self.dir / "ignore")), ["A", "a", "b"])
        self.pail("cp", "-q", "-r", "--case-conflict", "skip", "s3://bkt/case", "skip", code=2, err=re.compile(f"^warning: Skipping bkt/case/a -> skip/a because {text}s or is"))
        self.assertEqual(sorted(os.listdir(self.dir / "skip")), ["A", "b"])
        self.pail("sync", "-q", "--case-conflict", "warn", "s3://bkt/case", "warn", code=2, err=re.compile(f"^warning: Downloading bkt/case/a -> warn/a despite {text}ing or"))
        self.assertEqual(sorted(os.listdir(self.dir / "warn")), ["A", "a", "b"])
        self.pail("cp", "-q", "-r", "--case-conflict", "error", "s3://bkt/case", "error", code=255, err=re.compile(f"Failed to download bkt/case/a -> error/a because {text}s"))
        self.refused(252, "case-conflict", "cp", "--case-conflict", "no", "-r", "s3://bkt/case", "x")

class Move(Case):
    def test_moves(self):
        (self.dir / "f").write_bytes(b"data")
        self.assertEqual(self.pail("mv", "f", "s3://bkt/mv/a"), "move: ./f to s3://bkt/mv/a\n")
        self.assertFalse((self.dir / "f").exists())
        self.assertEqual(self.pail("mv", "s3://bkt/mv/a", "s3://bkt/mv/b"), "move: s3://bkt/mv/a to s3://bkt/mv/b\n")
        self.assertEqual(self.keys("mv/"), ["mv/b"])
        self.assertEqual(self.pail("mv", "s3://bkt/mv/b", "g"), "move: s3://bkt/mv/b to ./g\n")
        self.assertEqual(((self.dir / "g").read_bytes(), self.keys("mv/")), (b"data", []))
        self.refused(252, "Cannot mv a file onto itself: s3://bkt/x", "mv", "s3://bkt/x", "s3://bkt/x")
        self.faults("op=PutObject count=0 deny")
        self.refused(1, "^move failed: ./g to s3://bkt/mv/g: PutObject", "mv", "g", "s3://bkt/mv/g")
        self.assertTrue((self.dir / "g").exists())

    def test_tree(self):
        for name in ("a", "sub/b", "sub/c.tmp"):
            (self.dir / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            (self.dir / "tree" / name).write_bytes(name.encode())
        self.pail("mv", "-r", "tree", "s3://bkt/mvtree", "--exclude", "*.tmp")
        self.assertEqual(self.keys("mvtree/"), ["mvtree/a", "mvtree/sub/b"])
        self.assertEqual(self.tree(self.dir / "tree"), {b"sub/c.tmp": b"sub/c.tmp"})


class Sync(Case):
    def make(self, top="tree", **files):
        for name, text in (files or {"a": "1", "b.txt": "22", "sub/x": "333"}).items():
            path = self.dir / top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return self.dir / top

    def lines(self, *args, code=0):
        return sorted(self.pail("sync", *args, code=code).splitlines())

    def test_up_and_down(self):
        top = self.make()
        self.assertEqual(self.lines("tree", "s3://bkt/sync"), ["upload: tree/a to s3://bkt/sync/a", "upload: tree/b.txt to s3://bkt/sync/b.txt", "upload: tree/sub/x to s3://bkt/sync/sub/x"])
        self.faults("")
        self.assertEqual(self.lines("tree", "s3://bkt/sync"), [])
        self.assertEqual(self.counts(), {"ListObjectsV2": 1})
        (top / "b.txt").write_bytes(b"longer")
        self.assertEqual(self.lines("tree", "s3://bkt/sync"), ["upload: tree/b.txt to s3://bkt/sync/b.txt"])
        self.assertEqual(len(self.lines("s3://bkt/sync", "back")), 3)
        self.assertEqual(self.tree(top), self.tree(self.dir / "back"))
        self.assertEqual(self.lines("s3://bkt/sync", "back"), [])
        (self.dir / "back" / "more").write_bytes(b"x")
        self.assertEqual(self.lines("s3://bkt/sync", "back"), [])
        self.assertEqual(self.lines("s3://bkt/sync", "back", "--delete", "--exclude", "more"), [])
        self.assertEqual(self.lines("s3://bkt/sync", "back", "--delete", "--dryrun"), ["(dryrun) delete: back/more"])
        self.assertEqual(self.lines("s3://bkt/sync", "back", "--delete"), ["delete: back/more"])
        self.assertEqual(self.tree(top), self.tree(self.dir / "back"))
        (top / "a").unlink()
        self.assertEqual(self.lines("tree", "s3://bkt/sync", "--delete"), ["delete: s3://bkt/sync/a"])
        self.assertEqual(len(self.lines("s3://bkt/sync", "s3://bkt/other")), 2)
        self.assertEqual(self.lines("s3://bkt/sync/", "s3://bkt/other/"), [])

    def test_times(self):
        top = self.make(a="1")
        self.lines("tree", "s3://bkt/times")
        os.utime(top / "a", (time.time() + 100, time.time() + 100))
        self.assertEqual(self.lines("tree", "s3://bkt/times", "--size-only"), [])
        self.assertEqual(len(self.lines("tree", "s3://bkt/times")), 1)
        self.assertEqual(len(self.lines("s3://bkt/times", "tree")), 1)  # the local one is newer
        os.utime(top / "a", (1000, 1000))
        self.assertEqual(self.lines("s3://bkt/times", "tree"), [])
        self.assertEqual(len(self.lines("s3://bkt/times", "tree", "--exact-timestamps")), 1)

    def test_no_overwrite(self):
        top = self.dir / "keep"
        top.mkdir()
        (top / "a").write_bytes(b"one")
        self.pail("sync", "-q", "keep", "s3://bkt/keep")
        (top / "a").write_bytes(b"another")
        (top / "b").write_bytes(b"new")
        self.assertEqual(self.pail("sync", "--no-overwrite", "keep", "s3://bkt/keep"), "upload: keep/b to s3://bkt/keep/b\n")
        self.assertEqual(self.body("keep/a"), b"one")
        self.pail("sync", "keep/a", "s3://bkt/x", code=2, err=re.compile(r"^warning: Skipping file /.*/keep/a/\. File does not exist\.$"))

    def test_filters_and_links(self):
        top = self.make(**{"a.txt": "1", "b.log": "2", "sub/c.txt": "3", "sub/d.log": "4"})
        (top / "link").symlink_to("a.txt")
        self.assertEqual(self.lines("tree", "s3://bkt/filters", "--exclude", "*", "--include", "*.txt", "--exclude", "sub/*", "--dryrun"), ["(dryrun) upload: tree/a.txt to s3://bkt/filters/a.txt"])
        self.assertEqual(len(self.lines("tree", "s3://bkt/filters", "--no-follow-symlinks", "--dryrun")), 4)
        self.assertEqual(len(self.lines("tree", "s3://bkt/filters", "--dryrun")), 5)
        self.assertEqual(self.pail("sync", "tree", "s3://bkt/filters", "--only-show-errors"), "")
        self.assertEqual(self.s3.head_object(Bucket="bkt", Key="filters/a.txt")["ContentType"], "text/plain")
        self.refused(255, "The user-provided path nix does not exist", "sync", "nix", "s3://bkt/filters")

    def test_what_objects_bear(self):
        self.make(f="x")
        self.pail("cp", "-q", "tree/f", "s3://bkt/bear", "--content-type", "a/b", "--cache-control", "no-store", "--metadata", "k=v,w=x", "--storage-class", "STANDARD_IA",
                  "--content-disposition", "inline", "--content-language", "de", "--expires", "2030-01-01T00:00:00Z", "--sse")
        head = self.s3.head_object(Bucket="bkt", Key="bear")
        self.assertEqual((head["ContentType"], head["CacheControl"], head["Metadata"], head["StorageClass"], head["ContentDisposition"], head["ContentLanguage"], head["ServerSideEncryption"]),
                         ("a/b", "no-store", {"k": "v", "w": "x"}, "STANDARD_IA", "inline", "de", "AES256"))
        self.pail("cp", "-q", "s3://bkt/bear", "s3://bkt/bear2", "--metadata-directive", "REPLACE", "--metadata", '{"n": "m"}')
        self.assertEqual(self.s3.head_object(Bucket="bkt", Key="bear2")["Metadata"], {"n": "m"})

    def test_as_the_aws_cli(self):
        aws = self.aws_s3()
        names = ["a", "a.txt", "a-b/c", "a0", "d/e/f", "d/e.f", "z", "d/e-f/g"]
        for who, run in (("aws", aws), ("pail", [PAIL])):
            self.make(f"{who}/tree", **{n: n for n in names})
        seen = {}
        for who, run in (("aws", aws), ("pail", [PAIL])):
            at, out = self.dir / who, []
            steps = [["sync", "tree", f"s3://bkt/{who}"], ["sync", "tree", f"s3://bkt/{who}", "--exclude", "d/*", "--delete"], ["sync", f"s3://bkt/{who}", "down", "--include", "*"],
                     ["sync", f"s3://bkt/{who}/d", "../" + who + "/down2", "--exclude", "e.f"], ["cp", "--recursive", f"s3://bkt/{who}", f"s3://bkt/{who}-copy", "--exclude", "*", "--include", "*.txt"],
                     ["cp", "tree/z", f"s3://bkt/{who}/q/"], ["mv", f"s3://bkt/{who}/q/z", "."], ["sync", f"s3://bkt/{who}-copy", f"s3://bkt/{who}", "--delete", "--dryrun"]]
            for step in steps:
                done = subprocess.run([*run, *step, "--no-progress"], cwd=at, env=self.env, capture_output=True, text=True, timeout=2 * WAIT)
                out.append((done.returncode, sorted(line.replace(f"bkt/{who}", "bkt/WHO").replace(f"{who}/", "WHO/") for line in done.stdout.splitlines()), done.stderr))
            out.append([k[len(who):] for k in self.keys(who)])
            seen[who] = out
        self.assertEqual(seen["pail"], seen["aws"])


class Faults(Case):
    def setUp(self):
        super().setUp()
        self.data = os.urandom(20 * MIB)
        (self.dir / "big").write_bytes(self.data)

    def test_part_that_fails_once(self):
        self.faults("op=UploadPart nth=2 status=503 code=SlowDown; op=UploadPart nth=4 reset")
        self.pail("cp", "-q", "big", "s3://bkt/once")
        self.assertEqual(self.body("once"), self.data)

    def test_part_that_fails(self):
        self.faults("op=UploadPart nth=2 count=0 deny")
        self.refused(1, r"^upload failed: ./big to s3://bkt/part: UploadPart s3://bkt/part: AccessDenied: Access Denied \[request \w+\]$", "cp", "big", "s3://bkt/part")
        self.refused(1, "^upload failed: - to s3://bkt/part: UploadPart", "cp", "-q", "-", "s3://bkt/part", stdin=self.data)
        self.assertEqual((self.uploads(), self.keys("part")), (0, []))
        self.faults("op=UploadPart count=0 deny; op=AbortMultipartUpload count=0 deny")
        self.refused(1, r"\(its parts remain: AbortMultipartUpload .*\): UploadPart s3://bkt/part: AccessDenied", "cp", "big", "s3://bkt/part")
        self.faults("")
        for upload in self.s3.list_multipart_uploads(Bucket="bkt")["Uploads"]:
            self.s3.abort_multipart_upload(Bucket="bkt", Key=upload["Key"], UploadId=upload["UploadId"])

    def test_complete_whose_answer_is_lost(self):
        self.faults("op=CompleteMultipartUpload lost")
        self.pail("cp", "-q", "big", "s3://bkt/lost")
        self.assertEqual(self.body("lost"), self.data)

    def test_complete_that_is_refused(self):
        self.faults("op=CompleteMultipartUpload count=0 deny")
        self.refused(1, "CompleteMultipartUpload s3://bkt/refused: AccessDenied", "cp", "big", "s3://bkt/refused")
        self.assertEqual((self.uploads(), self.keys("refused")), (0, []))

    def test_download_that_breaks(self):
        self.put("big", self.data)
        self.faults("op=GetObject nth=2 cut=1000000")
        self.pail("cp", "-q", "s3://bkt/big", "ok")
        self.assertEqual((self.dir / "ok").read_bytes(), self.data)
        (self.dir / "kept").write_bytes(b"as before")
        self.faults("op=GetObject nth=2 count=0 deny")
        self.refused(1, r"^download failed: s3://bkt/big to ./kept: GetObject s3://bkt/big: AccessDenied", "cp", "s3://bkt/big", "kept")
        self.assertEqual((self.dir / "kept").read_bytes(), b"as before")
        self.assertEqual(self.leftovers(), [])

    def test_damaged_download(self):
        self.put("flip", b"x" * 1000)
        self.faults("op=GetObject count=0 flip")
        self.refused(1, "^download failed: s3://bkt/flip to ./flip: GetObject s3://bkt/flip: CRC32 of what arrived is ", "cp", "s3://bkt/flip", "flip", env={"AWS_MAX_ATTEMPTS": "2"})
        self.assertEqual(list(self.dir.glob("*flip*")) + self.leftovers(), [])

    def test_stdout_that_starts_over(self):
        self.put("again", self.data)
        self.faults("op=GetObject nth=1 cut=5000000; op=GetObject nth=3 cut=1")
        self.pail("cat", "s3://bkt/again")
        self.assertEqual(self.output, self.data)

    def test_some_of_a_tree(self):
        for name in ("a", "b", "c"):
            (self.dir / "tree" / name).parent.mkdir(exist_ok=True)
            (self.dir / "tree" / name).write_bytes(b"x")
        self.faults("op=PutObject key=some/b count=0 deny")
        done = self.run_pail("cp", "-r", "tree", "s3://bkt/some")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(sorted(done.stdout.decode().splitlines()), ["upload: tree/a to s3://bkt/some/a", "upload: tree/c to s3://bkt/some/c"])
        self.assertRegex(done.stderr.decode(), r"^upload failed: tree/b to s3://bkt/some/b: PutObject s3://bkt/some/b: AccessDenied: .*\n$")

    def test_messages_are_one_line(self):
        (self.dir / "odd\nname\x1b[1m").write_bytes(b"x")
        self.refused(1, r"^upload failed: ./odd\\x0aname\\x1b\[1m to s3://nobkt/odd\\x0aname\\x1b\[1m: PutObject", "cp", "odd\nname\x1b[1m", "s3://nobkt/")

    def test_file_that_changes(self):
        """A part is held back until the file has been cut."""
        self.faults("op=CreateMultipartUpload stall=1000")
        p = subprocess.Popen([PAIL, "cp", "big", "s3://bkt/cut"], cwd=self.dir, env=self.env, stderr=subprocess.PIPE, text=True)
        while "CreateMultipartUpload" not in self.counts():
            time.sleep(0.01)
        os.truncate(self.dir / "big", 10 * MIB)
        self.assertRegex(p.communicate(timeout=WAIT)[1], r"^upload failed: ./big to s3://bkt/cut: .*big became shorter while it was uploaded")
        self.assertEqual((p.returncode, self.uploads(), self.keys("cut")), (1, 0, []))


class Interrupts(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(sig) == signal.SIG_IGN:  # as under nohup; what is ignored stays ignored in children
                signal.signal(sig, signal.SIG_DFL)

    def interrupt(self, when, *args, sig=signal.SIGINT, stdin=subprocess.DEVNULL, wrapper=(), out=subprocess.PIPE):
        """Starts pail, sends the signal once the server has seen the operation, returns the exit code and standard error."""
        seen = self.counts().get(when, 0)
        p = subprocess.Popen([*wrapper, PAIL, *args], cwd=self.dir, env=self.env, stdin=stdin, stdout=out, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + WAIT
        while when and self.counts().get(when, 0) == seen:
            self.assertLess(time.monotonic(), deadline)
            self.assertIsNone(p.poll(), "ended before the signal")
            time.sleep(0.02)
        p.send_signal(sig)
        began = time.monotonic()
        text = p.communicate(timeout=WAIT)[1]
        self.assertLess(time.monotonic() - began, 10)
        return p.returncode, text

    def test_upload(self):
        (self.dir / "big").write_bytes(os.urandom(20 * MIB))
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.faults("op=UploadPart nth=2 count=0 stall=600000")
            self.assertEqual(self.interrupt("UploadPart", "cp", "big", "s3://bkt/upload", sig=sig), (128 + sig, "pail cp: interrupted\n"))
            self.assertEqual((self.uploads(), self.keys("upload")), (0, []))
        self.faults("op=PutObject count=0 stall=600000")
        (self.dir / "small").write_bytes(b"x")
        self.assertEqual(self.interrupt("PutObject", "cp", "small", "s3://bkt/upload"), (130, "pail cp: interrupted\n"))

    def test_pipe(self):
        """Nothing comes from standard input, neither at once nor after the first part."""
        with open(self.dir / "log", "wb+") as log:
            for first in (0, 9 * MIB):
                self.faults("")
                r, w = os.pipe()
                p = subprocess.Popen([PAIL, "cp", "-", "s3://bkt/upload"], env=self.env, stdin=r, stderr=log)
                os.close(r)
                for _ in range(first // 65536 or 1):
                    os.write(w, b"x" * 65536)
                while first and "CreateMultipartUpload" not in self.counts():
                    time.sleep(0.02)
                time.sleep(0.5)  # until the handler is there: nothing tells
                p.send_signal(signal.SIGINT)
                self.assertEqual(p.wait(WAIT), 130)
                os.close(w)
            log.seek(0)
            self.assertEqual(log.read(), b"pail cp: interrupted\n" * 2)
        self.assertEqual((self.uploads(), self.keys("upload")), (0, []))

    def test_download(self):
        self.put("intbig", os.urandom(20 * MIB))
        self.faults("op=GetObject nth=2 count=0 stall=600000")
        self.assertEqual(self.interrupt("GetObject", "cp", "s3://bkt/intbig", "target"), (130, "pail cp: interrupted\n"))
        self.assertEqual(list(self.dir.iterdir()), [])

    def test_trees(self):
        for i in range(40):
            self.put(f"inttree/{i}")
        self.faults("op=GetObject nth=5 count=0 stall=600000")
        self.assertEqual(self.interrupt("GetObject", "cp", "-r", "s3://bkt/inttree", "down"), (130, "pail cp: interrupted\n"))
        self.assertEqual(self.leftovers(), [])
        self.faults("op=CopyObject count=0 stall=600000")
        self.assertEqual(self.interrupt("CopyObject", "cp", "-r", "s3://bkt/inttree", "s3://bkt/inttree2"), (130, "pail cp: interrupted\n"))
        self.faults("op=ListObjectsV2 count=0 stall=600000")
        self.assertEqual(self.interrupt("ListObjectsV2", "cp", "-r", "s3://bkt/inttree", "s3://bkt/inttree2"), (130, "pail cp: interrupted\n"))

    def test_commands_with_nothing_to_tidy_up(self):
        self.put("intcat", b"x" * 100)
        self.faults("op=GetObject count=0 stall=600000; op=ListObjectsV2 count=0 stall=600000")
        self.assertEqual(self.interrupt("GetObject", "cat", "s3://bkt/intcat"), (-signal.SIGINT, ""))
        self.assertEqual(self.interrupt("GetObject", "cp", "s3://bkt/intcat", "-"), (-signal.SIGINT, ""))
        self.assertEqual(self.interrupt("ListObjectsV2", "ls", "s3://bkt"), (-signal.SIGINT, ""))

    def test_second_signal_ends_it(self):
        (self.dir / "big").write_bytes(os.urandom(9 * MIB))
        self.faults("op=UploadPart count=0 stall=600000; op=AbortMultipartUpload count=0 stall=600000")
        p = subprocess.Popen([PAIL, "cp", "big", "s3://bkt/upload"], cwd=self.dir, env=self.env, stderr=subprocess.PIPE)
        for operation in ("UploadPart", "AbortMultipartUpload"):
            while operation not in self.counts():
                time.sleep(0.02)
            p.send_signal(signal.SIGINT)
        self.assertEqual(p.communicate(timeout=WAIT)[1], b"")
        self.assertEqual(p.returncode, -signal.SIGINT)
        self.faults("")
        for upload in self.s3.list_multipart_uploads(Bucket="bkt").get("Uploads", []):
            self.s3.abort_multipart_upload(Bucket="bkt", Key=upload["Key"], UploadId=upload["UploadId"])

    def test_nohup(self):
        (self.dir / "small").write_bytes(b"x")
        self.faults("op=PutObject stall=1000")
        code, _ = self.interrupt("PutObject", "cp", "small", "s3://bkt/nohup", sig=signal.SIGHUP, wrapper=["nohup"])
        self.assertEqual((code, self.keys("nohup")), (0, ["nohup"]))


class Terminal(Case):
    def on_terminal(self, *args):
        """Standard error on a terminal of its own: what was written there."""
        master, slave = pty.openpty()
        p = subprocess.Popen([PAIL, *args], cwd=self.dir, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        text = b""
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while select.select([master], [], [], WAIT)[0]:
                got = os.read(master, 65536)
                if not got:
                    break
                text += got
        os.close(master)
        self.assertEqual(p.wait(WAIT), 0)
        return text.decode()

    def test_progress(self):
        (self.dir / "big").write_bytes(os.urandom(20 * MIB))
        self.faults("op=UploadPart nth=3 stall=300")
        text = self.on_terminal("cp", "big", "s3://bkt/progress")
        self.assertRegex(text, r"\r\x1b\[K[\d.]+ [KM]iB of 20\.0 MiB, [\d.]+ \w+/s, 0 of 1 files")
        self.assertTrue(text.endswith("\r\x1b[K"), text)
        self.faults("op=GetObject nth=3 stall=300")
        self.assertRegex(self.on_terminal("cp", "s3://bkt/progress", "back"), r"[\d.]+ MiB of 20\.0 MiB, .* 0 of 1 files")
        for args in (["--no-progress"], ["--quiet"]):
            self.assertEqual(self.on_terminal("cp", *args, "big", "s3://bkt/progress"), "")
        self.assertEqual(self.on_terminal("cp", "s3://bkt/progress", "-"), "")
        self.assertEqual(self.pail("cp", "big", "s3://bkt/progress"), "upload: ./big to s3://bkt/progress\n")


class Remove(Case):
    def test_thousands(self):
        self.put_many("s3://bkt/rm", (f"{i:04}" for i in range(2500)))
        self.put("rm2", b"")
        self.put("rm", b"")
        self.faults("")
        self.assertEqual(len(self.pail("rm", "--recursive", "--dryrun", "s3://bkt/rm").splitlines()), 2500)
        self.assertEqual(self.counts(), {"ListObjectsV2": 3})
        self.faults("")
        out = self.pail("rm", "--recursive", "s3://bkt/rm").splitlines()
        self.assertEqual(out, [f"delete: s3://bkt/rm/{i:04}" for i in range(2500)])
        self.assertEqual(self.counts(), {"ListObjectsV2": 3, "DeleteObjects": 3})
        self.assertEqual(self.keys("rm"), ["rm", "rm2"])

    def test_single(self):
        for key in ("one", "two", "odd\n\u2028"):
            self.put("rms/" + key)
        self.assertEqual(self.pail("rm", "s3://bkt/rms/one", "s3://bkt/rms/two"), "delete: s3://bkt/rms/one\ndelete: s3://bkt/rms/two\n")
        self.assertEqual(self.pail("rm", "-n", "s3://bkt/rms/odd\n\u2028"), "(dryrun) delete: s3://bkt/rms/odd\n\u2028\n")
        self.assertEqual(self.pail("rm", "-q", "s3://bkt/rms/odd\n\u2028"), "")
        self.assertEqual(self.keys("rms/"), [])
        self.refused(254, "^pail rm: DeleteObject s3://nobkt/x: NoSuchBucket", "rm", "s3://nobkt/x")

    def test_filters(self):
        for key in ("a.txt", "b.gz", "dir/c.txt", "dir/d.gz"):
            self.put("filtered/" + key)
        self.faults("")
        self.assertEqual(self.pail("rm", "-r", "s3://bkt/filtered", "--exclude", "*.txt", "--include", "dir/*", "--dryrun", "--page-size", "1"),
                         "".join(f"(dryrun) delete: s3://bkt/filtered/{k}\n" for k in ("b.gz", "dir/c.txt", "dir/d.gz")))
        self.assertEqual(self.counts(), {"ListObjectsV2": 4})
        self.assertEqual(self.pail("rm", "s3://bkt/filtered/a.txt", "--exclude", "*.txt"), "")
        self.assertEqual(self.pail("rm", "-r", "s3://bkt/filtered", "--exclude", "*.txt", "--only-show-errors", "--request-payer", "requester"), "")
        self.assertEqual(self.keys("filtered/"), ["filtered/a.txt", "filtered/dir/c.txt"])

    def test_refused(self):
        for key in ("a", "b"):
            self.put("keep/" + key)
        self.faults("op=DeleteObjects count=0 deny")
        self.refused(254, "^pail rm: DeleteObjects s3://bkt: AccessDenied", "rm", "-r", "s3://bkt/keep")
        self.assertEqual(len(self.keys("keep/")), 2)

    def test_keys_that_xml_cannot_carry(self):
        for key in (b"\xff", b"\x01", b"plain"):
            (self.dir / "x").write_bytes(b"")
            self.pail("cp", "-q", "x", os.fsdecode(b"s3://bkt/xml/" + key))
        self.pail("rm", "-r", "-q", "s3://bkt/xml")
        self.assertEqual(self.pail("ls", "s3://bkt/xml/", code=1), "")
        self.pail("cp", "-q", "x", os.fsdecode(b"s3://bkt/xml/\xff"))
        self.assertEqual(self.pail("rm", "-r", "s3://bkt/xml"), os.fsdecode(b"delete: s3://bkt/xml/\xff\n"))


class Buckets(Case):
    def test_life(self):
        self.assertEqual(self.pail("mb", "s3://second"), "make_bucket: second\n")
        self.assertEqual(self.pail("ls").split()[-1], "second")
        self.put_many("s3://second", (f"{i:04}" for i in range(1200)))
        self.refused(254, "^pail rb: DeleteBucket s3://second: BucketNotEmpty: ", "rb", "s3://second")
        self.faults("")
        self.assertEqual(len(self.pail("rb", "--force", "s3://second").splitlines()), 1201)
        self.assertEqual(self.counts(), {"ListObjectsV2": 2, "DeleteObjects": 2, "DeleteBucket": 1})
        self.refused(254, "^pail rb: DeleteBucket s3://second: NoSuchBucket: ", "rb", "s3://second")
        self.refused(254, "^pail mb: CreateBucket s3://No: InvalidBucketName", "mb", "s3://No")
        self.assertEqual(self.pail("mb", "-q", "s3://third") + self.pail("rb", "-q", "s3://third"), "")


class Presign(Case):
    def fetch(self, url, **how):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, **how), timeout=WAIT) as f:
                return f.status, f.read()
        except urllib.error.HTTPError as e:
            return e.code, e.read()

    def test_methods(self):
        key = "pre signed/\xfc+%&?=#"
        url = self.pail("presign", f"s3://bkt/{key}", "--method", "PUT").strip()
        self.assertEqual(self.fetch(url, method="PUT", data=b"body")[0], 200)
        self.assertEqual(self.body(key), b"body")
        url = self.pail("presign", f"s3://bkt/{key}").strip()
        self.assertEqual(self.fetch(url), (200, b"body"))
        self.assertEqual(self.fetch(url, method="DELETE")[0], 403)
        self.assertIn("X-Amz-Algorithm=AWS4-HMAC-SHA256", url)
        self.assertIn("X-Amz-Expires=3600", url)
        if shutil.which("curl"):
            done = subprocess.run(["curl", "-sS", "--noproxy", "*", url], capture_output=True, timeout=WAIT)
            self.assertEqual((done.stdout, done.stderr), (b"body", b""))
        self.assertEqual(self.fetch(self.pail("presign", f"s3://bkt/{key}", "--method", "HEAD").strip(), method="HEAD")[0], 200)
        self.assertEqual(self.fetch(self.pail("presign", f"s3://bkt/{key}", "--method", "DELETE").strip(), method="DELETE")[0], 204)

    def test_end(self):
        self.put("ends")
        url = self.pail("presign", "s3://bkt/ends", "--expires-in", "60").strip()
        self.admin("clock?offset=61000", b"")
        self.addCleanup(self.admin, "clock?offset=0", b"")
        code, text = self.fetch(url)
        self.assertEqual(code, 403)
        self.assertIn(b"Request has expired", text)


class Doctor(Case):
    def doctor(self, *args, code=0, **how):
        """{what: (state, detail)}, the last line."""
        lines = self.pail("doctor", *args, code=code, **how).splitlines()
        return {m[2]: (m[1], m[3]) for m in (re.match(r"(ok|problem) +(\S+) +(.*)$", line) for line in lines[:-1]) if m}, lines[-1]

    def without_fuse(self, found, last):
        """A machine without FUSE is no fault of what is tested here."""
        problems = [k for k, v in found.items() if v[0] == "problem" and k not in ("/dev/fuse", "fusermount3")]
        return problems

    def code_for(self):
        """1 on a machine that cannot mount."""
        return self.run_pail("doctor").returncode

    def test_good(self):
        code = self.code_for()
        for args in ([], ["s3://bkt"], ["s3://bkt/prefix/"]):
            found, last = self.doctor(*args, code=code)
            self.assertEqual(self.without_fuse(found, last), [])
            if not code:
                self.assertEqual(last, "no problems")
        self.assertEqual(found["region"], ("ok", "us-east-1"))
        self.assertEqual(found["credentials"], ("ok", "from env"))
        self.assertEqual(found["bucket"][1], f"bkt answers at {self.url[7:]}, region us-east-1")
        self.assertEqual(found["listing"], ("ok", "allowed; nothing is there"))
        found, last = self.doctor(code=code, env={"AWS_REGION": "", "AWS_DEFAULT_REGION": ""})
        self.assertEqual(found["region"], ("ok", "none set; us-east-1 is used with this endpoint"))

    def test_bad(self):
        cases = [
            (["s3://nobkt"], {}, "listing", "NoSuchBucket"),
            (["s3://bkt"], {"AWS_SECRET_ACCESS_KEY": "bad"}, "listing", "SignatureDoesNotMatch"),
            ([], {"AWS_ACCESS_KEY_ID": ""}, "credentials", "none were found"),
            ([], {"AWS_SECRET_ACCESS_KEY": ""}, "credentials", "AWS_SECRET_ACCESS_KEY"),
            (["--no-sign-request"], {}, "service", "AccessDenied"),
            (["--profile", "nix"], {}, "configuration", r"The config profile \(nix\) could not be found"),
            (["--endpoint-url", "foo"], {}, "configuration", "Invalid endpoint: foo"),
            (["--endpoint-url", "http://127.0.0.1:1"], {"AWS_MAX_ATTEMPTS": "1"}, "service", "Connection refused"),
        ]
        for args, env, what, pattern in cases:
            with self.subTest(args=args, env=env):
                found, last = self.doctor(*args, env=env, code=1)
                self.assertEqual(self.without_fuse(found, last), [what])
                self.assertRegex(found[what][1], pattern)
                self.assertRegex(last, r"^\d problems?$")
        lines = self.pail("doctor", "--quiet", "s3://nobkt", code=1).splitlines()
        self.assertEqual([line for line in lines[:-1] if not line.startswith("problem ")], [])
        found, last = self.doctor("--no-sign-request", code=1)
        self.assertEqual(found["credentials"], ("ok", "none are used (--no-sign-request)"))

    def test_secrets_stay_secret(self):
        keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE0SEEN", "AWS_SECRET_ACCESS_KEY": "very+secret/key", "AWS_SESSION_TOKEN": "tokentokentoken"}
        self.put("secret")
        for args in (["doctor"], ["ls", "--debug"], ["cat", "--debug", "s3://bkt/secret"]):
            done = self.run_pail(*args, env=keys)
            text = (done.stdout + done.stderr).decode()
            self.assertTrue(free_of(text, "very+secret", "tokentoken"), args)
            if args == ["doctor"]:
                self.assertIn("access key ending in SEEN", text)
                self.assertNotIn("AKIDEXAMPLE", text)


if __name__ == "__main__":
    unittest.main(verbosity=1)
