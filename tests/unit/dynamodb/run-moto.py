#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""DynamoDB as moto plays it: boto3 writes, moto.c reads and lives, boto3 reads; and the example of libcore/examples.

usage: run-moto.py MOTO EXAMPLE

PAIL_PYTHON names an interpreter that has moto's server and boto3; without one the test is skipped."""
import os
import subprocess
import sys
import tempfile
from decimal import Decimal

sys.path.append(os.path.join(os.path.dirname(__file__), '..'))
import beside

beside.interpreter('boto3', 'moto.server')
import boto3

THEIRS = {
    'id': 1, 'big': Decimal('12345678901234567890123456789012345678'), 'small': Decimal('1E-100'), 'null': None, 'bool': True, 'text': 'ä€😀',
    'blob': b'\0\1\xff', 'list': [1, 'x', [None]], 'map': {'SS': {'deep': [Decimal('0.10')]}}, 'ss': {'a', 'b'},
    'ns': {Decimal('1'), Decimal('2.5')}, 'bs': {b'\xff', b''},
}


def run(argv, env):
    p = subprocess.run(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert p.returncode == 0 and 'Sanitizer' not in p.stdout, f'{argv[0]}: {p.returncode}\n{p.stdout}'
    return p.stdout


def main(moto_c, example, env, url):
    db = boto3.resource('dynamodb', endpoint_url=url, region_name='us-east-1', aws_access_key_id='AKIDEXAMPLE',
                        aws_secret_access_key='secret')
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
        env = dict(os.environ, HOME=folder, AWS_EC2_METADATA_DISABLED='true', **beside.KEYS)
        server = beside.Moto()
        try:
            main(sys.argv[1], sys.argv[2], dict(env, AWS_ENDPOINT_URL=server.url), server.url)
        finally:
            server.stop()
