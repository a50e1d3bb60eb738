# SPDX-License-Identifier: Apache-2.0
"""Large files up and down with `pail cp`, on every server: memory, crashes in the middle, bandwidth. --transfer-size sets how large (MiB)."""
import hashlib
import json
import pathlib
import random
import subprocess
import time

import pytest

MIB = 1 << 20
PART = 8 * MIB
MEMORY_ABOVE_IDLE = 64 * MIB


def pattern(path, mib):
    """A file without two equal blocks; its SHA-256."""
    block = random.Random(7).randbytes(MIB)
    digest = hashlib.sha256()
    with open(path, 'wb') as f:
        for i in range(mib):
            piece = i.to_bytes(8, 'big') + block[8:]
            digest.update(piece)
            f.write(piece)
    return digest.hexdigest()


def sha(path):
    with open(path, 'rb') as f:
        return hashlib.file_digest(f, 'sha256').hexdigest() if hasattr(hashlib, 'file_digest') else hashlib.sha256(f.read()).hexdigest()


def peak(pid):
    try:
        for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
            if line.startswith('VmHWM'):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def start(place, *args, env=None):
    return subprocess.Popen([str(place.build / 'tools/pail'), *map(str, args)], env=env or place.env(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def measured(place, *args, env=None):
    """(seconds, peak bytes) of a command that succeeds."""
    begun, most = time.monotonic(), 0
    child = start(place, *args, env=env)
    while child.poll() is None:
        most = max(most, peak(child.pid))
        time.sleep(0.01)  # of sampling
    seconds = time.monotonic() - begun
    assert child.returncode == 0, child.stderr.read().decode()
    return seconds, most


def has_sanitizers(place):
    return b'libasan' in subprocess.run(['ldd', str(place.build / 'tools/pail')], capture_output=True, check=False).stdout


def settings(place, text):
    path = place.folder / 'config'
    path.write_text('[default]\ns3 =\n' + ''.join(f'  {line}\n' for line in text))
    return place.env(AWS_CONFIG_FILE=str(path))


@pytest.fixture(scope='module')
def size(request):
    return request.config.getoption('--transfer-size')


@pytest.fixture(scope='module')
def source(size, tmp_path_factory):
    path = tmp_path_factory.mktemp('transfers') / 'source'
    digest = pattern(path, size)
    yield path, digest
    path.unlink()


def test_there_and_back(shelf, source, size, capsys):
    path, digest = source
    target = shelf.folder / 'target'
    (shelf.folder / 'tiny').write_bytes(b'x')
    _, idle = measured(shelf, 'cp', '-q', shelf.folder / 'tiny', f's3://{shelf.bucket}/tiny')
    up, up_peak = measured(shelf, 'cp', '-q', path, f's3://{shelf.bucket}/large')
    down, down_peak = measured(shelf, 'cp', '-q', f's3://{shelf.bucket}/large', target)
    assert sha(target) == digest
    target.unlink()
    with capsys.disabled():
        print(f'\n  {shelf.server.name}: {size} MiB up {size / up:.0f} MiB/s, {up_peak / MIB:.0f} MiB; down {size / down:.0f} MiB/s, {down_peak / MIB:.0f} MiB; idle {idle / MIB:.0f} MiB')
    if not has_sanitizers(shelf):
        assert up_peak - idle <= MEMORY_ABOVE_IDLE and down_peak - idle <= MEMORY_ABOVE_IDLE


def parts_of(place):
    """Of the only upload under way: its id, {number: time}."""
    uploads = place.client.list_multipart_uploads(Bucket=place.bucket).get('Uploads', [])
    if not uploads:
        return None, {}
    found = {}
    for page in place.client.get_paginator('list_parts').paginate(Bucket=place.bucket, Key=uploads[0]['Key'], UploadId=uploads[0]['UploadId']):
        found.update({p['PartNumber']: p['LastModified'] for p in page.get('Parts', [])})
    return uploads[0]['UploadId'], found


def killed_when(child, ready, what):
    """kill -9 as soon as that is so."""
    end = time.monotonic() + 120
    while not ready():
        assert child.poll() is None, f'over before {what}: {child.stderr.read().decode()}'
        assert time.monotonic() < end, f'no {what}'
        time.sleep(0.02)
    child.kill()
    child.wait()


def test_upload_killed_and_resumed(shelf, source, size):
    path, digest = source
    n_parts = size * MIB // PART
    slow = settings(shelf, ['max_bandwidth = 64MB/s'])
    child = start(shelf, 'cp', '-q', '--resume', path, f's3://{shelf.bucket}/large', env=slow)
    killed_when(child, lambda: len(parts_of(shelf)[1]) >= n_parts // 4, 'a quarter of the parts')
    upload, stored = parts_of(shelf)
    assert upload and n_parts // 4 <= len(stored) < n_parts
    counts = hasattr(shelf.server, 'counts')
    if counts:
        shelf.server.reset()
    shelf.pail('cp', '-q', '--resume', path, f's3://{shelf.bucket}/large', timeout=3000)
    if counts:
        asked = shelf.server.counts()
        assert asked['UploadPart'] == n_parts - len(stored), asked
        assert 'CreateMultipartUpload' not in asked
    assert parts_of(shelf) == (None, {})
    target = shelf.folder / 'target'
    shelf.pail('cp', '-q', f's3://{shelf.bucket}/large', target, timeout=3000)
    assert sha(target) == digest
    assert not [p.name for p in (shelf.folder / 'state').glob('pail/transfers/*') if '.tmp-' not in p.name]


def parts_in(record):
    """How many parts the record of the only download names."""
    for path in record.glob('*'):
        if '.tmp-' not in path.name:
            return sum(bin(int(digit, 16)).count('1') for digit in json.loads(path.read_text())['have'])
    return 0


def test_download_killed_and_resumed(shelf, source, size):
    path, digest = source
    n_parts = size * MIB // PART
    shelf.pail('cp', '-q', path, f's3://{shelf.bucket}/large', timeout=3000)
    target = shelf.folder / 'target'
    slow = settings(shelf, ['max_bandwidth = 64MB/s'])
    record = shelf.folder / 'state/pail/transfers'
    child = start(shelf, 'cp', '-q', '--resume', f's3://{shelf.bucket}/large', target, env=slow)
    killed_when(child, lambda: parts_in(record), 'record')
    have = parts_in(record)
    assert 0 < have < n_parts and not target.exists()
    if hasattr(shelf.server, 'counts'):
        shelf.server.reset()
    shelf.pail('cp', '-q', '--resume', f's3://{shelf.bucket}/large', target, timeout=3000)
    if hasattr(shelf.server, 'counts'):
        assert shelf.server.counts()['GetObject'] <= n_parts - have
    assert sha(target) == digest
    assert [p.name for p in shelf.folder.iterdir() if p.name.startswith('target')] == ['target']
    assert not [p.name for p in record.iterdir() if '.tmp-' not in p.name]


@pytest.mark.parametrize('direction', ['up', 'down'])
def test_bandwidth(shelf, direction):
    """Within 5 % of what was set, without what a program takes to start and end."""
    mib, rate = 300, 32
    (shelf.folder / 'tiny').write_bytes(b'x')
    path = shelf.folder / 'file'
    pattern(path, mib)
    limited = settings(shelf, [f'max_bandwidth = {rate}MB/s', 'multipart_chunksize = 5MB'])
    remote = f's3://{shelf.bucket}/limited'
    if direction == 'down':
        shelf.pail('cp', '-q', path, remote)
    around, _ = measured(shelf, 'cp', '-q', shelf.folder / 'tiny', f's3://{shelf.bucket}/tiny')
    seconds, _ = measured(shelf, 'cp', '-q', *((path, remote) if direction == 'up' else (remote, shelf.folder / 'back')), env=limited)
    seconds -= around
    assert abs(mib / seconds - rate) <= 0.05 * rate, f'{mib / seconds:.1f} MiB/s, set to {rate}'
