#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""DynamoDB as moto plays it: boto3 writes, moto.c reads and lives, boto3 reads; and the example of libcore/examples.

usage: run-moto.py MOTO EXAMPLE

PAIL_PYTHON names an interpreter that has moto's server and boto3; without one the test is skipped."""
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from decimal import Decimal

PYTHON = os.environ.get('PAIL_PYTHON')
if PYTHON and sys.executable != PYTHON and not os.environ.get('PAIL_DYNAMODB_TEST'):
    os.environ['PAIL_DYNAMODB_TEST'] = '1'
    os.execv(PYTHON, [PYTHON] + sys.argv)
try:
    import boto3
    import moto.server  # noqa: F401
except ImportError:
    print('no moto with its server here; PAIL_PYTHON may name an interpreter that has it')
    sys.exit(77)

THEIRS = {
    'id': 1, 'big': Decimal('12345678901234567890123456789012345678'), 'small': Decimal('1E-100'), 'null': None, 'bool': True, 'text': 'ä€😀',
    'blob': b'\0\1\xff', 'list': [1, 'x', [None]], 'map': {'SS': {'deep': [Decimal('0.10')]}}, 'ss': {'a', 'b'},
    'ns': {Decimal('1'), Decimal('2.5')}, 'bs': {b'\xff', b''},
}


def start(env):
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    server = subprocess.Popen([sys.executable, '-m', 'moto.server', '-H', '127.0.0.1', '-p', str(port)], env=env, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    for _ in range(200):
        try:
            urllib.request.urlopen(f'http://127.0.0.1:{port}/moto-api/', timeout=1).close()
            return server, f'http://127.0.0.1:{port}'
        except OSError:
            assert server.poll() is None, 'the server ended'
            time.sleep(0.1)
    server.terminate()
    raise AssertionError('the server does not answer')


def run(argv, env):
    p = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert p.returncode == 0 and 'Sanitizer' not in p.stdout, f'{argv[0]}: {p.returncode}\n{p.stdout}'
    return p.stdout


def main(moto_c, example, env, url):
    db = boto3.resource('dynamodb', endpoint_url=url, region_name='us-east-1', aws_access_key_id='test', aws_secret_access_key='test')
    theirs = db.create_table(TableName='theirs', KeySchema=[{'AttributeName': 'id', 'KeyType': 'HASH'}], BillingMode='PAY_PER_REQUEST',
                             AttributeDefinitions=[{'AttributeName': 'id', 'AttributeType': 'N'}])
    theirs.put_item(Item=THEIRS)
    run([moto_c], env)
    ours = db.Table('ours')
    copy = ours.get_item(Key={'pk': 'copy', 'sk': 0})['Item']
    expected = dict(THEIRS, pk='copy', sk=0)
    del expected['id']
    assert copy == expected, copy
    assert str(copy['map']['SS']['deep'][0]) == '0.10'
    assert ours.meta.client.describe_time_to_live(TableName='ours')['TimeToLiveDescription']['AttributeName'] == 'expires'

    out = run([example, 'music'], env)
    assert out.splitlines() == [f'Miles {year} 9.90' for year in range(1970, 1990, 2)] + [
        'Nina 1951: 1 sold', 'Nina 1951: 2 sold', 'Nina 2051: there is no such record'], out
    assert sorted(t.name for t in db.tables.all()) == ['ours', 'theirs']


if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as folder:
        env = {k: v for k, v in os.environ.items() if not k.startswith('AWS_')}
        env.update(HOME=folder, AWS_ACCESS_KEY_ID='test', AWS_SECRET_ACCESS_KEY='test', AWS_REGION='us-east-1', AWS_EC2_METADATA_DISABLED='true')
        server, url = start(env)
        try:
            main(sys.argv[1], sys.argv[2], dict(env, AWS_ENDPOINT_URL=url), url)
        finally:
            server.terminate()
            server.wait()
