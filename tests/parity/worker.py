# SPDX-License-Identifier: Apache-2.0
"""AWS CLI v2 for run: imported once, a fork for each command line, so that a thousand of them cost seconds and not their start-up.

usage: /usr/bin/python3 worker.py. Reads one JSON object a line: argv, env, cwd, out and err (files to write to), wait (seconds until it is ended); answers one line with
the exit status.
Whatever is imported and every model that is read stays with the parent, for the next fork.
"""
import gc
import importlib
import json
import os
import pathlib
import pkgutil
import signal
import sys

import awscli
import awscli.clidriver
import awscli.customizations
from botocore import loaders, session  # awscli's own, under the name by which awscli imports it

DATA = pathlib.Path(awscli.__file__).parent / 'botocore/data'


def warm(known={}):
    """Files of models are parsed once. A fork gets its own copy by the kernel, so nothing can be spoilt for the next."""
    read = loaders.JSONFileLoader.load_file

    def load_file(self, path):
        if path not in known:
            known[path] = read(self, path)
        return known[path]

    loaders.JSONFileLoader.load_file = load_file
    for package in (awscli, awscli.customizations):
        for module in pkgutil.iter_modules(package.__path__, package.__name__ + '.'):
            try:
                importlib.import_module(module.name)
            except ImportError:
                pass
    return load_file


def redirect():
    """Clients that a command makes beside --endpoint-url go where AWS_ENDPOINT_URL says, which the CLI has known since 2.13."""
    create = session.Session.create_client

    def create_client(self, *args, **more):
        if not more.get('endpoint_url'):
            more['endpoint_url'] = os.environ.get('AWS_ENDPOINT_URL')
        return create(self, *args, **more)

    session.Session.create_client = create_client


def fetch(load_file, service):
    """What a client of the service will want to read, read before the fork."""
    for path in [*DATA.glob('*.json'), *sorted(DATA.glob(service + '/*/*.json')), *(DATA.parent.parent / 'data').glob('*.json')]:
        load_file(loaders.JSONFileLoader(), str(path)[:-len('.json')])


def run(ask):
    for fd, name, flags in ((0, os.devnull, os.O_RDONLY), (1, ask['out'], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
                            (2, ask['err'], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)):
        opened = os.open(name, flags, 0o600)
        os.dup2(opened, fd)
        os.close(opened)
    signal.alarm(ask['wait'])
    os.chdir(ask['cwd'])
    data = os.environ['AWS_DATA_PATH']  # set by the import of awscli
    os.environ.clear()
    os.environ.update(ask['env'], AWS_DATA_PATH=data)
    sys.argv = ['aws', *ask['argv']]
    try:
        code = awscli.clidriver.main()
    except SystemExit as leave:
        code = leave.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def main():
    load_file = warm()
    redirect()
    wanted = {path.name for path in DATA.iterdir() if path.is_dir()}
    for line in sys.stdin:
        ask = json.loads(line)
        for word in {'s3' if word == 's3api' else word for word in ask['argv']} & wanted:
            wanted.remove(word)
            fetch(load_file, word)
        gc.freeze()  # what is there need not be copied for being looked at
        child = os.fork()
        if child == 0:
            gc.disable()
            try:
                run(ask)
            finally:
                os._exit(255)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


main()
