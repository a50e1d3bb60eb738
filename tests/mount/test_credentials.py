# SPDX-License-Identifier: Apache-2.0
"""A mount outlives its tokens: credentials for a few seconds, from a role and from a process, and work all the while."""
import json
import os
import threading
import time

import boto3
import pytest

LIFE = 4


def role_env(place):
    (place.folder / 'config').write_text(f'''[profile short]
role_arn = arn:aws:iam::123456789012:role/life-{LIFE}
role_session_name = mount
source_profile = keys
[profile keys]
aws_access_key_id = {place.server.access}
aws_secret_access_key = {place.server.secret}
''')
    return place.env(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_PROFILE='short', AWS_CONFIG_FILE=str(place.folder / 'config'))


def process_env(place, stop):
    """The process prints what lies in a file; somebody else puts new credentials there in time."""
    sts = boto3.client('sts', endpoint_url=place.server.url, region_name='us-east-1', aws_access_key_id=place.server.access,
                       aws_secret_access_key=place.server.secret)
    file = place.folder / 'credentials.json'

    def renew():
        c = sts.assume_role(RoleArn=f'arn:aws:iam::123456789012:role/life-{LIFE}', RoleSessionName='process')['Credentials']
        text = json.dumps({'Version': 1, 'AccessKeyId': c['AccessKeyId'], 'SecretAccessKey': c['SecretAccessKey'],
                           'SessionToken': c['SessionToken'], 'Expiration': c['Expiration'].isoformat()})
        new = file.with_suffix('.new')
        new.write_text(text)
        new.rename(file)

    def keep_renewing():
        while not stop.wait(LIFE / 4):
            renew()
    renew()
    thread = threading.Thread(target=keep_renewing)
    thread.start()
    (place.folder / 'config').write_text(f'[profile short]\ncredential_process = cat {file}\n')
    return thread, place.env(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_PROFILE='short',
                             AWS_CONFIG_FILE=str(place.folder / 'config'))


def work(mnt, number, until, failures):
    i = 0
    try:
        while time.monotonic() < until:
            data = os.urandom(3000 + i)
            path = mnt / f'{number}-{i % 7}'
            path.write_bytes(data)
            os.stat(path)
            assert path.read_bytes() == data
            i += 1
            time.sleep(0.02)
    except Exception as e:
        failures.append(f'{number}, {i}: {e!r}')


@pytest.mark.parametrize('source', ['role', 'process'])
def test_outlives_three_tokens(fake_place, source):
    stop, failures, renewer = threading.Event(), [], None
    try:
        if source == 'role':
            env = role_env(fake_place)
        else:
            renewer, env = process_env(fake_place, stop)
        mnt = fake_place.mount(env=env, options='metadata-ttl=0')
        big = os.urandom(1 << 20) * 24
        until = time.monotonic() + 3.5 * LIFE
        threads = [threading.Thread(target=work, args=(mnt, n, until, failures)) for n in range(3)]
        for t in threads:
            t.start()
        with open(mnt / 'big', 'wb', buffering=0) as f:  # one upload through all of them
            for i in range(24):
                f.write(big[i << 20:(i + 1) << 20])
                time.sleep(max(0, min(3.5 * LIFE / 24, until - time.monotonic())))
        for t in threads:
            t.join()
        assert not failures, failures
        assert fake_place.body('big') == big
        if source == 'role':
            assert fake_place.server.counts()['AssumeRole'] >= 3
    finally:
        stop.set()
        if renewer:
            renewer.join()
