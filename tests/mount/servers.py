# SPDX-License-Identifier: Apache-2.0
"""S3 servers for the mount tests, each started on a free port in a folder of its own."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent


def free_port(n=1):
    """A port with n - 1 free ones after it."""
    while True:
        socks = []
        try:
            first = socket.socket()
            first.bind(('127.0.0.1', 0))
            socks.append(first)
            port = first.getsockname()[1]
            for i in range(1, n):
                s = socket.socket()
                socks.append(s)
                s.bind(('127.0.0.1', port + i))
            return port
        except OSError:
            continue
        finally:
            for s in socks:
                s.close()


def wait_port(port, seconds, alive=lambda: True):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not alive():
            return False
        try:
            socket.create_connection(('127.0.0.1', port), 1).close()
            return True
        except OSError:
            time.sleep(0.05)
    return False


class Fake:
    """The in-memory S3 of the test suite: verifies signatures, injects faults, counts requests."""
    name = 'fake'
    access, secret = 'test', 'test1234'

    def __init__(self, build, folder):
        self.folder = folder
        self.process = subprocess.Popen([build / 'tests/fake/pail-fake-s3', '--port', '0', '--auth', f'{self.access}:{self.secret}'],
                                        stdout=subprocess.PIPE, text=True, stderr=open(folder / 'fake.err', 'w'))
        line = self.process.stdout.readline()
        assert line.startswith('listening on '), line
        self.url = 'http://' + line.split()[-1]

    def admin(self, path, body=None):
        request = urllib.request.Request(self.url + '/_fake/' + path, data=None if body is None else body.encode(),
                                         method='GET' if body is None else 'POST')
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return answer.read().decode()

    def counts(self):
        import json
        return {k: v for k, v in json.loads(self.admin('counts')).items() if v}

    def reset(self):
        self.admin('reset', '')

    def faults(self, script):
        self.admin('faults', script)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Rgw:
    """Ceph's object gateway, a real server."""
    name = 'rgw'
    access, secret = 'test', 'test1234'

    @staticmethod
    def missing():
        path = os.environ['PATH'] + ':/usr/sbin:/sbin'
        for tool in ('radosgw', 'ceph-mon', 'ceph-osd', 'radosgw-admin'):
            if not shutil.which(tool, path=path):
                return f'{tool} is not installed'
        return None

    def __init__(self, folder):
        port = free_port(2)
        self.folder = folder
        with open(folder / 'start.log', 'w') as log:
            started = subprocess.run(['sh', HERE / 'rgw.sh', folder, str(port)], timeout=300, stdout=log, stderr=log).returncode == 0
        if not started or not wait_port(port, 60):
            self.stop()
            raise RuntimeError('Ceph did not start: ' + ''.join(f'{log.name}: {log.read_text()[-2000:]}\n' for log in folder.glob('*.log')))
        self.url = f'http://127.0.0.1:{port}'

    def stop(self):
        pids = [int(p.read_text()) for p in self.folder.glob('*.pid')]
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)  # everything is in memory: there is nothing to save
            except ProcessLookupError:
                pass
