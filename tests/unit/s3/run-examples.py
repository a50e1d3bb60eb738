#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the programs of libcore/examples against the fake S3, as a reader would.

usage: run-examples.py PAIL_FAKE_S3 EXAMPLE...
"""
import base64
import hmac
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

programs = {}


def run(name, *args, status=0):
    p = subprocess.run([programs[name], *args], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                       timeout=60)
    text = f"{name} {' '.join(args)}\n{p.stdout}{p.stderr}"
    assert p.returncode == status, f"status {p.returncode}: {text}"
    assert "Sanitizer" not in p.stderr, text
    return p.stdout, p.stderr


def main(tmp):
    data = tmp / "data"
    data.write_text("some text\n")

    # put: once, and not again
    out, _ = run("put", "bkt", "dir/a b.txt", str(data))
    assert out.startswith('ETag "'), out
    _, err = run("put", "bkt", "dir/a b.txt", str(data), status=1)
    assert "PutObject s3://bkt/dir/a b.txt: PreconditionFailed" in err, err
    assert "the key exists" in err, err
    _, err = run("put", "bkt", "x", str(tmp / "absent"), status=1)
    assert "No such file" in err, err

    # get
    out, _ = run("get", "bkt", "dir/a b.txt", str(tmp / "copy"))
    assert (tmp / "copy").read_text() == "some text\n"
    assert "10 bytes" in out and "type text/plain" in out and "source: put.c" in out, out
    _, err = run("get", "bkt", "absent", str(tmp / "absent"), status=1)
    assert "NoSuchKey" in err and "there is no such object" in err, err
    assert not (tmp / "absent").exists() and not (tmp / "absent.part").exists()

    # multipart: two full parts and a rest
    big = os.urandom(1024) * (20 * 1024)
    (tmp / "big").write_bytes(big)
    out, _ = run("multipart", "bkt", "big", str(tmp / "big"))
    assert out.startswith("3 parts, ETag"), out
    run("get", "bkt", "big", str(tmp / "big2"))
    assert (tmp / "big2").read_bytes() == big
    _, err = run("multipart", "nowhere", "big", str(tmp / "big"), status=1)
    assert "NoSuchBucket" in err, err

    # list, in pages
    out, _ = run("list", "bkt")
    assert [line.split(None, 1) for line in out.splitlines()] == [[str(len(big)), "big"], ["10", "dir/a b.txt"]], out
    out, _ = run("list", "bkt", "dir/")
    assert out.split(None, 1) == ["10", "dir/a b.txt\n"], out

    # async
    out, _ = run("async", "bkt", "big", "absent", "dir/a b.txt", status=1)
    assert out == f"big: {len(big)}\nabsent: not there\ndir/a b.txt: 10\n", out

    # presign: the URL needs nothing else
    out, _ = run("presign", "GET", "bkt", "dir/a b.txt", "60")
    with urllib.request.urlopen(out.strip()) as r:
        assert r.read() == b"some text\n"
    out, _ = run("presign", "PUT", "bkt", "by-url")
    request = urllib.request.Request(out.strip(), data=b"12345", method="PUT", headers={"Content-Type": "a/b"})
    urllib.request.urlopen(request).close()
    run("get", "bkt", "by-url", str(tmp / "by-url"))
    assert (tmp / "by-url").read_bytes() == b"12345"
    try:
        urllib.request.urlopen(out.strip().replace("by-url", "other"))
        raise AssertionError("a URL for one key opened another")
    except urllib.error.HTTPError as e:
        assert e.code == 403, e
    _, err = run("presign", "GET", "bkt", "k", "700000", status=1)
    assert "604800" in err, err

    # upload, with progress; it leaves nothing behind
    out, err = run("upload", "bkt", "big", str(tmp / "big"))
    assert out.startswith(f"{len(big)} bytes, ETag \""), out
    assert err.rstrip().endswith(f"{len(big)} bytes"), err
    assert not (tmp / "big.upload").exists()
    _, err = run("upload", "nowhere", "big", str(tmp / "big"), status=1)
    assert "Failed to upload" in err and "NoSuchBucket" in err, err

    # form: its signature is of the policy, by the definition of Signature Version 4
    out, _ = run("form", "bkt", "in/", "100")
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', out))
    policy = json.loads(base64.b64decode(fields["policy"]))
    assert policy["conditions"][:3] == [["content-length-range", 0, 100], {"bucket": "bkt"}, ["starts-with", "$key", "in/"]], policy
    assert {"x-amz-date": fields["x-amz-date"]} in policy["conditions"], policy
    assert re.search(r'action="http://127.0.0.1:\d+/bkt"', out), out
    key = b"AWS4test1234"
    for word in fields["x-amz-credential"].split("/")[1:]:
        key = hmac.digest(key, word.encode(), "sha256")
    assert hmac.digest(key, fields["policy"].encode(), "sha256").hex() == fields["x-amz-signature"]

    # tags
    out, _ = run("tags", "bkt", "big", "colour", "blue")
    assert out == "tag colour=blue\nFULL_CONTROL fake\n", out
    out, _ = run("tags", "bkt", "big", "size", "")
    assert out.startswith("tag colour=blue\ntag size=\n"), out

    # bucket: nothing is left of it
    out, _ = run("bucket", "life", str(data))
    assert out == 'the copy has 10 bytes\nit begins "some "\nin/copy\nin/file\n2 deleted\n', out
    _, err = run("list", "life", status=1)
    assert "NoSuchBucket" in err, err
    _, err = run("bucket", "bkt", str(data), status=1)
    assert "that name is taken" in err, err

    # background: a bucket that is there, pages of two
    out, _ = run("background", "bkt")
    assert re.fullmatch(r"(\d+) keys on (\d+) pages\n", out), out
    keys, pages = map(int, re.findall(r"\d+", out))
    assert keys > 2 and pages == (keys + 1) // 2, out

    # errors: what there is to know, and what is made of it
    out, _ = run("errors", "bkt", "big")
    assert out == "there\n", out
    out, err = run("errors", "bkt", "absent", status=1)
    assert re.fullmatch("code: PAIL_E_NOT_FOUND\nservice code: NoSuchKey\nrequest id: \\S+\nHTTP status: 404\n"
                        "attempts: 1\nretry: never: asking again would end the same\n", out), out
    assert err.startswith("looking for absent: GetObject s3://bkt/absent: NoSuchKey"), err

    # session: profiles
    (tmp / ".aws").mkdir()
    (tmp / ".aws/config").write_text(
        "[profile one]\nregion = eu-north-1\naws_access_key_id = test\naws_secret_access_key = test1234\n"
        "[profile two]\nregion = us-east-1\naws_access_key_id = test\naws_secret_access_key = wrong\n"
        "[profile role]\nrole_arn = arn:aws:iam::123456789012:role/reader\nsource_profile = one\n"
        "region = us-east-1\n")
    out, _ = run("session")
    assert out.startswith("profile: default\nregion: none\naccess key: test\nfound by: env\n"), out
    out, _ = run("session", "one")
    assert out.startswith("profile: one\nregion: eu-north-1\naccess key: test\nfound by: "), out
    out, _ = run("session", "role")
    assert "found by: assume-role\nuntil: " in out and "access key: test\n" not in out, out
    _, err = run("session", "three", status=1)
    assert "The config profile (three) could not be found" in err, err

    # loop: two credentials at once, one of them good for nothing
    out, _ = run("loop", "one", "two", "bkt", "big", "absent", status=1)
    lines = sorted(out.splitlines())
    assert lines[:2] == ["one: absent: not there", f"one: big: {len(big)} bytes"], out
    assert len(lines) == 4 and lines[2].startswith("two: absent: HeadObject s3://bkt/absent: "), out
    run("loop", "one", "role", "bkt", "big")

    # debug: everything but the secrets
    _, err = run("debug", "bkt")
    assert re.search(r"pail\.http \[trace\] \w{8}\.1 > GET http://127.0.0.1:\d+/bkt\?list-type=2", err), err
    assert "> Authorization: ***\n" in err and "< 200\n" in err and "< <?xml" in err, err
    assert "pail.auth [trace] canonical request: GET\n" in err, err
    assert "test1234" not in err and "Signature=" not in err, err
    _, err = run("debug", "bkt", "warn")
    assert err == "", err
    _, err = run("debug", "bkt", "loud", status=1)
    assert "PAIL_LOG" in err, err
    env["PAIL_LOG"] = "http=debug"
    _, err = run("list", "bkt")
    assert re.fullmatch(r"\S+Z pail.http \[debug\] ListObjectsV2 s3://bkt: attempt 1: status 200: done\n", err), err
    env["PAIL_LOG"] = "trace"
    out, err = run("presign", "GET", "bkt", "big")
    signature = re.search("X-Amz-Signature=(\\w+)", out).group(1)
    assert "canonical request: GET" in err and signature not in err, err
    del env["PAIL_LOG"]

    if "PAIL_MODELS" in env:
        # paginate, and go on
        out, _ = run("paginate", "bkt", "0")
        assert out == "big\nby-url\ndir/a b.txt\n", out
        out, _ = run("paginate", "bkt", "1")
        assert out.startswith("big\ngo on with: "), out
        out, _ = run("paginate", "bkt", "9", out.split()[-1])
        assert out == "by-url\ndir/a b.txt\n", out
        _, err = run("paginate", "nowhere", "1", status=1)
        assert "(NoSuchBucket) when calling the ListObjectsV2 operation" in err, err

        # role: keys of STS, not ours
        out, _ = run("role", "arn:aws:iam::123456789012:role/reader", "bkt", "big")
        assert re.fullmatch(f"access key: (?!test\n)\\w+\nbig: {len(big)} bytes\n", out), out
        env["PAIL_LOG"] = "http=trace,auth=trace"
        _, err = run("role", "arn:aws:iam::123456789012:role/reader", "bkt", "big")
        assert "> Action=AssumeRole&" in err and "<SecretAccessKey>***</SecretAccessKey>" in err, err
        assert "<SessionToken>***</SessionToken>" in err and re.search("> x-amz-security-token: [*]{3}\n", err, re.I), err
        assert not re.search("x-amz-security-token: *[^ *]", err, re.I) and "test1234" not in err, err
        del env["PAIL_LOG"]
        _, err = run("role", "arn:aws:iam::123456789012:role/DENIED", "bkt", "big", status=1)
        assert "(AccessDenied) when calling the AssumeRole operation" in err, err

    # wrong keys, no keys: said in one line
    saved = dict(env)
    env["AWS_SECRET_ACCESS_KEY"] = "wrong"
    _, err = run("list", "bkt", status=1)
    assert "SignatureDoesNotMatch" in err and err.count("\n") == 1, err
    del env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]
    _, err = run("list", "bkt", status=1)
    assert "credentials" in err and err.count("\n") == 1, err
    env.update(saved)

    for name in programs:
        run(name, *(["a", "b"] if name == "session" else []), status=2)


if __name__ == "__main__":
    fake = subprocess.Popen([sys.argv[1], "--port", "0", "--auth", "test:test1234", "--bucket", "bkt"],
                            stdout=subprocess.PIPE, text=True)
    try:
        for path in sys.argv[2:]:
            programs[pathlib.Path(path).name.removeprefix("pail-example-")] = path
        port = fake.stdout.readline().rsplit(":", 1)[1].strip()
        with tempfile.TemporaryDirectory() as folder:
            env = {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS") or k in ("PATH", "LD_LIBRARY_PATH", "PAIL_MODELS")}
            env.update(HOME=folder, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test1234",
                       AWS_EC2_METADATA_DISABLED="true", AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")
            main(pathlib.Path(folder))
    finally:
        fake.terminate()
        fake.wait()
