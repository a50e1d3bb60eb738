# SPDX-License-Identifier: Apache-2.0
"""Mounts on real servers, for pytest.

usage: pytest tests/mount --build BUILD [--fast-build BUILD]

BUILD is a build folder (usually with sanitizers); --fast-build one without, for the tests that move much data.
"""
import os
import pathlib
import re
import subprocess
import time
import uuid

import boto3
import botocore.config
import pytest

from servers import Fake, Rgw


def pytest_addoption(parser):
    parser.addoption('--build', default='build', help='build folder')
    parser.addoption('--fast-build', default=None, help='build folder without sanitizers')
    parser.addoption('--transfer-size', type=int, default=512, help='MiB of the files of test_transfers.py')


def fuse_problem():
    if not os.path.exists('/dev/fuse'):
        return 'there is no /dev/fuse'
    try:
        os.close(os.open('/dev/fuse', os.O_RDWR))
    except OSError as error:
        return f'/dev/fuse: {error.strerror}'
    return None


@pytest.fixture(scope='session')
def build(request):
    return pathlib.Path(request.config.getoption('--build')).resolve()


@pytest.fixture(scope='session')
def fast_build(request, build):
    given = request.config.getoption('--fast-build')
    return pathlib.Path(given).resolve() if given else build


@pytest.fixture(scope='session')
def needs_fuse():
    problem = fuse_problem()
    if problem:
        pytest.skip(problem)


@pytest.fixture(scope='session')
def fake_server(fast_build, tmp_path_factory):
    server = Fake(fast_build, tmp_path_factory.mktemp('fake'))
    yield server
    server.stop()


@pytest.fixture(scope='session')
def rgw_server(tmp_path_factory):
    missing = Rgw.missing()
    if missing:
        pytest.skip(missing)
    server = Rgw(tmp_path_factory.mktemp('rgw'))
    yield server
    server.stop()


@pytest.fixture(params=['fake', 'rgw'])
def server(request):
    """Every server in turn."""
    return request.getfixturevalue(request.param + '_server')


class Place:
    """A bucket on a server, and mounts of it."""

    def __init__(self, server, build, folder):
        self.server = server
        self.build = build
        self.folder = folder
        self.bucket = 'b-' + uuid.uuid4().hex[:12]
        self.mounts = []
        self.client = boto3.client('s3', endpoint_url=server.url, aws_access_key_id=server.access,
                                   aws_secret_access_key=server.secret, region_name='us-east-1',
                                   config=botocore.config.Config(signature_version='s3v4', retries={'max_attempts': 2},
                                                                 proxies={}, s3={'addressing_style': 'path'}))
        self.client.create_bucket(Bucket=self.bucket)

    def env(self, **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith('AWS_') and 'proxy' not in k.lower()}
        env.update(AWS_ACCESS_KEY_ID=self.server.access, AWS_SECRET_ACCESS_KEY=self.server.secret, AWS_REGION='us-east-1',
                   AWS_ENDPOINT_URL=self.server.url, AWS_CONFIG_FILE='/nonexistent', AWS_SHARED_CREDENTIALS_FILE='/nonexistent',
                   XDG_CACHE_HOME=str(self.folder / 'cache'), XDG_STATE_HOME=str(self.folder / 'state'),
                   ASAN_OPTIONS=f'detect_leaks=1:log_path={self.folder}/sanitizer', LC_ALL='C.UTF-8',
                   UBSAN_OPTIONS=f'print_stacktrace=1:log_path={self.folder}/sanitizer')
        env.update(more)
        return {k: v for k, v in env.items() if v is not None}

    def pail(self, *args, check=True, timeout=300, env=None, **kwargs):
        result = subprocess.run([str(self.build / 'tools/pail'), *map(str, args)], capture_output=True, text=True, timeout=timeout,
                                env=env or self.env(), **kwargs)
        if check:
            assert result.returncode == 0, f'pail {args}: {result.returncode}\n{result.stdout}{result.stderr}'
        return result

    def mount(self, source=None, options=None, name=None, env=None, check=True):
        mount = Mount(self, f's3://{self.bucket}' if source is None else source, options, name, env)
        result = mount.start(check)
        if result.returncode == 0:
            self.mounts.append(mount)
        return mount

    def keys(self, prefix=''):
        found = []
        for page in self.client.get_paginator('list_objects_v2').paginate(Bucket=self.bucket, Prefix=prefix):
            found += [o['Key'] for o in page.get('Contents', [])]
        return found

    def body(self, key):
        return self.client.get_object(Bucket=self.bucket, Key=key)['Body'].read()

    def put(self, key, data=b'', **kwargs):
        return self.client.put_object(Bucket=self.bucket, Key=key, Body=data, **kwargs)

    def log(self):
        return ''.join(p.read_text(errors='replace') for p in sorted(self.folder.glob('state/pail/*/pail.log')))

    def finish(self):
        for mount in self.mounts:
            mount.stop()
        reports = list(self.folder.glob('sanitizer*'))
        assert not reports, reports[0].read_text()[:6000]


class Mount:
    def __init__(self, place, source, options, name, env):
        self.place = place
        self.source = source
        self.options = options
        self.env = env
        self.path = place.folder / (name or f'mnt{len(place.mounts)}')
        self.path.mkdir(exist_ok=True)
        self.mounted = False

    def start(self, check=True):
        args = ['mount', *([self.source] if self.source else []), str(self.path)]
        if self.options:
            args += ['-o', self.options]
        self.result = self.place.pail(*args, check=check, env=self.env)
        self.mounted = self.result.returncode == 0
        return self.result

    def stop(self):
        if not self.mounted:
            return
        self.mounted = False
        result = self.place.pail('unmount', self.path, check=False)
        if result.returncode:
            subprocess.run(['umount', '-l', str(self.path)], check=False)
        assert result.returncode == 0, result.stderr + self.place.log()

    def again(self):
        self.stop()
        self.start()
        return self

    def pid(self):
        """Of the process that serves the mount."""
        for proc in pathlib.Path('/proc').glob('[0-9]*'):
            try:
                words = (proc / 'cmdline').read_bytes().split(b'\0')
            except OSError:
                continue
            if b'mount' in words and str(self.path).encode() in words:
                return int(proc.name)
        raise AssertionError('no process serves ' + str(self.path))

    def kill(self):
        """As the machine would: no chance to store anything."""
        os.kill(self.pid(), 9)
        subprocess.run(['umount', '-l', str(self.path)], check=True)
        self.mounted = False
        for _ in range(100):
            try:
                self.pid()
            except AssertionError:
                return
            time.sleep(0.05)

    def __truediv__(self, name):
        return self.path / name

    def sh(self, script, timeout=600, check=True):
        result = subprocess.run(['sh', '-euc', script], cwd=self.path, capture_output=True, text=True, timeout=timeout)
        if check:
            assert result.returncode == 0, f'{script}\n{result.stdout}{result.stderr}\n{self.place.log()[-3000:]}'
        return result.stdout

    def xattr(self, name, attribute):
        return os.getxattr(self.path / name, attribute).decode()


@pytest.fixture
def place(server, build, tmp_path, needs_fuse):
    p = Place(server, build, tmp_path)
    yield p
    p.finish()


@pytest.fixture
def fake_place(fake_server, build, tmp_path, needs_fuse):
    fake_server.faults('')
    fake_server.admin('quirks', '')
    p = Place(fake_server, build, tmp_path)
    yield p
    fake_server.faults('')
    fake_server.admin('quirks', '')
    p.finish()


@pytest.fixture
def fast_place(server, fast_build, tmp_path, needs_fuse):
    p = Place(server, fast_build, tmp_path)
    yield p
    p.finish()


@pytest.fixture
def shelf(server, fast_build, tmp_path):
    """A bucket for commands, without a mount."""
    p = Place(server, fast_build, tmp_path)
    yield p
    p.finish()


@pytest.fixture
def one_line():
    """Checks an error: one line, no trace, naming what is asked for."""
    def check(result, *words, code=None):
        lines = [line for line in result.stderr.splitlines() if line.strip()]
        assert result.returncode != 0
        assert len(lines) == 1, result.stderr
        for word in words:
            assert re.search(word, lines[0]), f'{word!r} is not in: {lines[0]}'
        if code is not None:
            assert result.returncode == code, f'{result.returncode}: {lines[0]}'
    return check
