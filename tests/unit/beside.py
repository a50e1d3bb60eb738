# SPDX-License-Identifier: Apache-2.0
"""What the tests beside boto3 share: an interpreter that has it, moto, and programs that answer lines of JSON.

A test begins with

    sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
    import beside
    beside.interpreter('boto3', 'moto.server')

and imports what it named there afterwards.
"""
import importlib
import json
import os
import socket
import subprocess
import sys
import time

KEYS = {'AWS_ACCESS_KEY_ID': 'AKIDEXAMPLE', 'AWS_SECRET_ACCESS_KEY': 'secret', 'AWS_REGION': 'us-east-1', 'AWS_DEFAULT_REGION': 'us-east-1',
        'AWS_CONFIG_FILE': '/dev/null', 'AWS_SHARED_CREDENTIALS_FILE': '/dev/null'}


def interpreter(*modules):
    """The test goes on in the interpreter that PAIL_PYTHON names, in UTF-8 whatever the locale says, without the caller's settings of
    AWS and of proxies. It exits 77, which says skipped, where a module is missing."""
    wanted = os.environ.pop('PAIL_PYTHON', None) or sys.executable
    if wanted != sys.executable or not sys.flags.utf8_mode:
        os.environ['PYTHONUTF8'] = '1'
        os.execvp(wanted, [wanted, os.path.abspath(sys.argv[0]), *sys.argv[1:]])
    for name in list(os.environ):
        if name.lower().endswith('_proxy') or name.startswith('AWS_') or name in ('REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'SSL_CERT_FILE', 'PAIL_LOG'):
            del os.environ[name]
    for name in modules:
        try:
            importlib.import_module(name)
        except ImportError as e:
            print(f'{e}: skipped; set PAIL_PYTHON to an interpreter that has {", ".join(modules)}')
            sys.exit(77)


class Moto:
    """moto's server on a free port of its own, from here to stop()."""

    def __init__(self):
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        self.url = f'http://127.0.0.1:{self.port}'
        self.process = subprocess.Popen([sys.executable, '-m', 'moto.server', '-H', '127.0.0.1', '-p', str(self.port)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env=dict(os.environ, **KEYS))
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(('127.0.0.1', self.port), 1).close()
                return
            except OSError as e:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    raise AssertionError("moto's server does not answer") from e
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Program:
    """A program that answers each line of JSON with one."""

    def __init__(self, *argv, **env):
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ, **env))

    def ask(self, question):
        self.process.stdin.write(json.dumps(question) + '\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def done(self):
        """It ends by itself, without an error."""
        self.process.stdin.close()
        code = self.process.wait()
        self.process.stdout.close()
        assert code == 0, f'{self.process.args[0]}: exit status {code}'
