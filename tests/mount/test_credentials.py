# SPDX-License-Identifier: Apache-2.0
"""A mount outlives its tokens: credentials for a few seconds, from a role, a process and instance metadata, and work all the while."""
import contextlib
import http.server
import json
import os
import threading
import time

import boto3

LIFE = 4
INSTANCE_LIFE = 8  # what is refused is renewed at most every five seconds


def assume(place, session, life=LIFE):
    """Credentials for life seconds, as JSON has them."""
    sts = boto3.client('sts', endpoint_url=place.server.url, region_name='us-east-1', aws_access_key_id=place.server.access,
                       aws_secret_access_key=place.server.secret)
    given = sts.assume_role(RoleArn=f'arn:aws:iam::123456789012:role/life-{life}', RoleSessionName=session)['Credentials']
    return {**given, 'Expiration': given['Expiration'].strftime('%Y-%m-%dT%H:%M:%SZ')}


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
    file = place.folder / 'credentials.json'

    def renew():
        new = file.with_suffix('.new')
        new.write_text(json.dumps({'Version': 1, **assume(place, 'process')}))
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


class Metadata(http.server.BaseHTTPRequestHandler):
    """An instance's metadata: a token, the role's name, its credentials; as there, several times the same ones.

    Clients take such ends for a service in trouble (static stability) and go on until S3 refuses the credentials."""
    protocol_version = 'HTTP/1.1'

    def do_PUT(self):
        self.answer(self.server.token if self.path == '/latest/api/token' else None)

    def do_GET(self):
        name = '/latest/meta-data/iam/security-credentials/'
        if self.headers['x-aws-ec2-metadata-token'] != self.server.token:
            self.answer('no token', 401)
        elif self.path == name:
            self.answer('life')
        elif self.path == name + 'life':
            self.answer(json.dumps(self.server.current()))
        else:
            self.answer(None)

    def answer(self, text, status=200):
        body = (text or 'not found').encode()
        self.send_response(404 if text is None else status)
        self.send_header('Content-Length', str(len(body)))
        self.send_header('x-aws-ec2-metadata-token-ttl-seconds', '21600')
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class MetadataService(http.server.ThreadingHTTPServer):
    token = 'the-token'

    def __init__(self, place):
        super().__init__(('127.0.0.1', 0), Metadata)
        self.place, self.lock, self.given, self.since, self.credentials = place, threading.Lock(), 0, 0, None

    def current(self):
        with self.lock:
            if time.monotonic() - self.since > INSTANCE_LIFE / 4:
                c = assume(self.place, 'instance', INSTANCE_LIFE)
                self.credentials = {'Code': 'Success', 'Type': 'AWS-HMAC', 'LastUpdated': '2026-01-01T00:00:00Z', 'AccessKeyId': c['AccessKeyId'],
                                    'SecretAccessKey': c['SecretAccessKey'], 'Token': c['SessionToken'], 'Expiration': c['Expiration']}
                self.since, self.given = time.monotonic(), self.given + 1
            return self.credentials


@contextlib.contextmanager
def metadata(place):
    service = MetadataService(place)
    thread = threading.Thread(target=service.serve_forever, kwargs={'poll_interval': 0.05})
    thread.start()
    try:
        yield service, place.env(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None,
                                 AWS_EC2_METADATA_SERVICE_ENDPOINT=f'http://127.0.0.1:{service.server_address[1]}/')
    finally:
        service.shutdown()
        thread.join()
        service.server_close()


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


def outlive_three(place, env, life=LIFE):
    failures, big = [], os.urandom(1 << 20) * 24
    mnt = place.mount(env=env, options='metadata-ttl=0')
    until = time.monotonic() + 3.5 * life
    threads = [threading.Thread(target=work, args=(mnt, n, until, failures)) for n in range(3)]
    for t in threads:
        t.start()
    with open(mnt / 'big', 'wb', buffering=0) as f:  # one upload through all of them
        for i in range(24):
            f.write(big[i << 20:(i + 1) << 20])
            time.sleep(max(0, min(3.5 * life / 24, until - time.monotonic())))
    for t in threads:
        t.join()
    assert not failures, failures
    assert place.body('big') == big


def test_role(fake_place):
    outlive_three(fake_place, role_env(fake_place))
    assert fake_place.server.counts()['AssumeRole'] >= 3


def test_process(fake_place):
    stop = threading.Event()
    renewer, env = process_env(fake_place, stop)
    try:
        outlive_three(fake_place, env)
    finally:
        stop.set()
        renewer.join()


def test_instance_metadata(fake_place):
    with metadata(fake_place) as (service, env):
        outlive_three(fake_place, env, INSTANCE_LIFE)
        assert service.given >= 3
