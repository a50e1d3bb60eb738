# SPDX-License-Identifier: Apache-2.0
"""What can be wrong, each with one line that names object and cause, the right exit code or errno, and nothing lost."""
import errno
import os
import socket
import ssl
import subprocess
import threading
import time

import pytest

from servers import free_port


def try_mount(place, *options, env=None, source=None, folder='bad'):
    target = place.folder / folder
    target.mkdir(exist_ok=True)
    return place.pail('mount', source or f's3://{place.bucket}', target, '-o', ','.join(('timeout=5s', *options)), check=False,
                      env=env, timeout=60)


def test_wrong_credentials(place, one_line):
    result = try_mount(place, env=place.env(AWS_SECRET_ACCESS_KEY='wrong'))
    one_line(result, place.bucket, 'SignatureDoesNotMatch|signature', code=254)


def test_unknown_access_key(place, one_line):
    result = try_mount(place, env=place.env(AWS_ACCESS_KEY_ID='nobody'))
    one_line(result, place.bucket, 'InvalidAccessKeyId|[Aa]ccess [Kk]ey', code=254)


def test_no_credentials(fake_place, one_line):
    result = try_mount(fake_place, env=fake_place.env(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, HOME='/nonexistent'))
    one_line(result, '[Uu]nable to locate credentials', 'AWS_ACCESS_KEY_ID', code=253)


def test_half_of_the_credentials(fake_place, one_line):
    result = try_mount(fake_place, env=fake_place.env(AWS_SECRET_ACCESS_KEY=None))
    one_line(result, 'AWS_SECRET_ACCESS_KEY|secret', code=253)


def test_missing_bucket(place, one_line):
    one_line(try_mount(place, source='s3://no-such-bucket-at-all'), 'no-such-bucket-at-all', 'NoSuchBucket|not exist', code=254)


def test_unreachable_endpoint(fake_place, one_line):
    port = free_port()
    result = try_mount(fake_place, env=fake_place.env(AWS_ENDPOINT_URL=f'http://127.0.0.1:{port}'))
    one_line(result, f'127.0.0.1:{port}', '[Cc]onnect|refused', code=255)


def test_unknown_host(fake_place, one_line):
    result = try_mount(fake_place, env=fake_place.env(AWS_ENDPOINT_URL='http://no-such-host.invalid'))
    one_line(result, 'no-such-host.invalid', '[Rr]esolve', code=255)


def test_malformed_endpoint(fake_place, one_line):
    one_line(try_mount(fake_place, env=fake_place.env(AWS_ENDPOINT_URL='not a url')), 'not a url', code=253)


def test_expired_token(fake_place, one_line):
    fake_place.server.faults('op=* count=0 expired')
    one_line(try_mount(fake_place), 'ExpiredToken|expired', code=254)


def test_bad_certificate(fake_place, one_line, tmp_path):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=somebody.else', '-keyout',
                    str(tmp_path / 'key.pem'), '-out', str(tmp_path / 'cert.pem')], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / 'cert.pem', tmp_path / 'key.pem')
    listener = socket.create_server(('127.0.0.1', 0))
    port = listener.getsockname()[1]

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                pass
    threading.Thread(target=serve, daemon=True).start()
    result = try_mount(fake_place, env=fake_place.env(AWS_ENDPOINT_URL=f'https://127.0.0.1:{port}'))
    listener.close()
    one_line(result, f'127.0.0.1:{port}', 'certificate', code=255)


def test_malformed_config_file(fake_place, one_line, tmp_path):
    bad = tmp_path / 'config'
    bad.write_text('[default]\nregion = us-east-1\nthis line has no delimiter\n')
    one_line(try_mount(fake_place, env=fake_place.env(AWS_CONFIG_FILE=str(bad))), str(bad), '3', code=253)


def test_unknown_profile(fake_place, one_line):
    result = fake_place.pail('ls', '--profile', 'nobody', check=False)
    one_line(result, r'config profile \(nobody\) could not be found', code=253)


def test_mount_point(fake_place, one_line):
    b = f's3://{fake_place.bucket}'
    missing = fake_place.folder / 'missing'
    one_line(fake_place.pail('mount', b, missing, check=False), str(missing), 'does not exist', code=255)
    full = fake_place.folder / 'full'
    full.mkdir()
    (full / 'file').write_text('x')
    one_line(fake_place.pail('mount', b, full, check=False), str(full), 'not empty', code=255)
    one_line(fake_place.pail('mount', b, full / 'file', check=False), str(full / 'file'), 'not a directory', code=255)
    mnt = fake_place.mount()
    one_line(fake_place.pail('mount', b, mnt.path, check=False), str(mnt.path), 'in use', code=255)


def test_bad_usage(fake_place, one_line):
    for args in (['mount'], ['mount', 's3://b', '/tmp', '-o', 'no-such-option'], ['ls', '--no-such-option'], ['cp', 'one'],
                 ['ls', 'http://x'], ['mount', 's3://b', '/tmp', '-o', 'part-size=many']):
        one_line(fake_place.pail(*args, check=False), code=252)
    unknown = fake_place.pail('no-such-command', check=False)  # as the AWS CLI says it
    assert unknown.returncode == 252 and "Found invalid choice 'no-such-command'" in unknown.stderr


def test_full_staging_disk(fake_place):
    fake_place.put('large', os.urandom(1 << 20) * 30)
    mnt = fake_place.mount(options='staging-limit=2M')
    with open(mnt / 'large', 'r+b', buffering=0) as f:
        with pytest.raises(OSError) as e:
            for i in range(10):
                f.seek(3 * i << 20)
                f.write(os.urandom(1 << 20))
        assert e.value.errno == errno.ENOSPC
    assert 'staging' in mnt.xattr('large', 'user.pail.error')


def test_no_write_permission(fake_place):
    mnt = fake_place.mount()
    (mnt / 'f').write_text('before')
    fake_place.server.faults('op=PutObject count=0 deny')
    fd = os.open(mnt / 'f', os.O_WRONLY | os.O_TRUNC)
    os.write(fd, b'after')
    with pytest.raises(OSError) as e:
        os.close(fd)
    assert e.value.errno == errno.EACCES
    fake_place.server.faults('')
    assert fake_place.body('f') == b'before'


def test_what_could_not_be_stored_is_kept(fake_place):
    mnt = fake_place.mount()
    fake_place.server.faults('op=PutObject count=0 deny')
    fd = os.open(mnt / 'precious', os.O_CREAT | os.O_WRONLY)
    os.write(fd, b'do not lose me')
    with pytest.raises(OSError):
        os.close(fd)
    mnt.stop()
    kept = [p for p in fake_place.folder.glob('state/pail/*/lost+found/*') if not p.name.endswith('.json')]
    assert [p.read_bytes() for p in kept] == [b'do not lose me']


def test_garbage(fake_place, one_line):
    fake_place.server.faults('op=* count=0 garbage')
    one_line(try_mount(fake_place), fake_place.bucket, code=255)


def test_a_minute_of_503(fake_place):
    """Operations wait and then succeed; nothing fails, nothing is lost."""
    fake_place.put('there', b'content')
    mnt = fake_place.mount(options='metadata-ttl=0')
    fake_place.server.faults('op=* count=0 status=503 code=SlowDown')
    results = {}

    def work():
        results['read'] = (mnt / 'there').read_bytes()
        (mnt / 'written').write_bytes(b'meanwhile')
        results['done'] = time.monotonic()
    started = time.monotonic()
    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(60)
    assert thread.is_alive()
    fake_place.server.faults('')
    thread.join(90)
    assert results['read'] == b'content' and results['done'] - started < 150
    assert fake_place.body('written') == b'meanwhile'


def test_clock_twenty_minutes_off(fake_place):
    try:
        fake_place.server.admin('clock?offset=1200000', '')
        mnt = fake_place.mount()
        (mnt / 'f').write_text('x')
        assert (mnt / 'f').read_text() == 'x'
    finally:
        fake_place.server.admin('clock?offset=0', '')


def test_the_error_is_told(fake_place):
    fake_place.put('f', b'x')
    mnt = fake_place.mount()
    fake_place.server.faults('op=GetObject count=0 deny')
    with pytest.raises(OSError) as e:
        (mnt / 'f').read_bytes()
    assert e.value.errno == errno.EACCES
    fake_place.server.faults('')
    told = mnt.xattr('f', 'user.pail.error')
    assert 'AccessDenied' in told and 'EACCES' in told
