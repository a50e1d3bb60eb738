#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What commands load: start-up time is mostly libraries, and nobody notices one more.

usage: test_start.py PAIL [PAIL-MOUNT]

No times are measured. The loader says what is linked; what is opened later is seen in /proc/PID/maps while the program waits for a server's answer.
"""
import os
import re
import socket
import subprocess
import sys
import threading
import unittest

PAIL = sys.argv[1]
MOUNT = sys.argv[2] if len(sys.argv) > 2 else None
NEVER = {'libfuse3', 'libsqlite3', 'libicuuc', 'libicudata', 'libstdc++', 'libxml2'}
SANITIZED = False


def names(paths):
    """Library names without versions: "/lib/libcurl.so.4.8.0" -> "libcurl"."""
    return {re.match(r'[^.]*(?:\+\+)?', os.path.basename(p)).group(0) for p in paths if '.so' in p}


def never():
    return NEVER - {'libstdc++'} if SANITIZED else NEVER


def linked(program):
    env = dict(os.environ, LD_TRACE_LOADED_OBJECTS='1')
    out = subprocess.run([program], env=env, capture_output=True, text=True, check=True).stdout
    return names(line.split()[0] for line in out.splitlines())


def environment():
    keep = {k: v for k, v in os.environ.items() if not k.startswith('AWS_') and 'proxy' not in k.lower()}
    return dict(keep, HOME='/nonexistent', AWS_ACCESS_KEY_ID='a', AWS_SECRET_ACCESS_KEY='b', AWS_REGION='us-east-1', AWS_EC2_METADATA_DISABLED='true')


class Server:
    """Takes one request, looks at who waits, and answers."""

    def __init__(self, body):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.url = 'http://127.0.0.1:%d' % self.socket.getsockname()[1]
        self.body, self.pid, self.loaded = body, None, None
        self.started = threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        connection, _ = self.socket.accept()
        with connection:
            while b'\r\n\r\n' not in connection.recv(65536):
                pass
            self.started.wait()
            self.socket.close()
            with open(f'/proc/{self.pid}/maps') as maps:
                self.loaded = names(line.split()[-1] for line in maps)
            connection.sendall(b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n' % len(self.body) + self.body)


class Start(unittest.TestCase):
    def test_linked(self):
        """What --version, help and completion load: everything that is linked, and no more."""
        loaded = linked(PAIL)
        self.assertFalse(loaded & never(), loaded)
        if SANITIZED:
            return  # their run-time libraries count
        self.assertFalse(loaded & {'libcurl', 'libssl', 'libgnutls', 'libldap'}, loaded)
        self.assertLessEqual(len(loaded), 12, loaded)

    def test_nothing_opened(self):
        """Commands without a request do not open libcurl."""
        if not os.path.exists('/usr/bin/strace'):
            self.skipTest('no strace')
        for words in (['--version'], ['--help'], ['help', 'ls'], ['--completion', 'bash'], ['presign', 's3://b/k']):
            trace = subprocess.run(['strace', '-f', '-e', 'trace=openat', PAIL, *words], env=dict(environment(), ASAN_OPTIONS='detect_leaks=0'), capture_output=True, text=True)
            if 'ptrace' in trace.stderr and 'not permitted' in trace.stderr:
                self.skipTest('strace may not trace here')
            self.assertNotIn('libcurl', trace.stderr, words)
            self.assertEqual(trace.returncode, 0, words)

    def test_request(self):
        """A command with a request opens libcurl, and neither the file system's libraries nor libxml2."""
        server = Server(b'<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>')
        child = subprocess.Popen([PAIL, 'ls', '--endpoint-url', server.url], env=environment(), stdout=subprocess.DEVNULL)
        server.pid = child.pid
        server.started.set()
        self.assertIn(child.wait(60), (0, 1))  # 1: there are no buckets
        self.assertIn('libcurl', server.loaded)
        self.assertFalse(server.loaded & never(), server.loaded)

    def test_no_libcurl(self):
        """A missing library is an error that names it. What hides it is a mount name space, where one may be made."""
        path = next((m.group(1) for m in [re.search(r'libcurl\.so\.\d+ .*=> (/\S+)', subprocess.run(
            ['ldconfig', '-p'], capture_output=True, text=True, env=dict(os.environ, PATH=os.environ['PATH'] + ':/sbin:/usr/sbin')).stdout)] if m), None)
        if not path or subprocess.run(['unshare', '-m', 'true'], capture_output=True).returncode:
            self.skipTest('no libcurl to hide, or no name space to hide it in')
        result = subprocess.run(['unshare', '-m', 'sh', '-c', 'mount --bind /dev/null "$0" && shift && exec "$@"', os.path.realpath(path), '-',
                                 PAIL, 'ls', '--endpoint-url', 'http://127.0.0.1:9'], env=environment(), capture_output=True, text=True, timeout=60)
        if 'mount:' in result.stderr:
            self.skipTest(result.stderr)
        self.assertIn('HTTP requests need libcurl', result.stderr)
        self.assertEqual(result.returncode, 253, result)

    @unittest.skipUnless(MOUNT, 'this build has no file system')
    def test_mount(self):
        """The file system's program is where `pail` looks, and has what `pail` does without."""
        self.assertTrue({'libfuse3', 'libsqlite3'} <= linked(MOUNT))
        result = subprocess.run([PAIL, 'mount', '--help'], capture_output=True, text=True)
        self.assertIn('usage: pail mount', result.stdout)
        result = subprocess.run([MOUNT], capture_output=True, text=True)
        self.assertEqual(result.returncode, 252)


if __name__ == '__main__':
    SANITIZED = bool({'libasan', 'libtsan', 'libubsan'} & linked(PAIL))
    unittest.main(argv=sys.argv[:1])
