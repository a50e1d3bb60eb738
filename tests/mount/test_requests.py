# SPDX-License-Identifier: Apache-2.0
"""Requests per operation are part of the contract: counted at the server, through a real mount."""
import os

import pytest


@pytest.fixture
def fake(fake_place):
    return fake_place.server


def counted(server, action):
    server.reset()
    action()
    return server.counts()


@pytest.fixture
def mnt(fake_place):
    fake_place.put('dir/file', b'content')
    fake_place.put('other/file', b'content')
    m = fake_place.mount()
    (m / 'first').write_text('before the first change the endpoint is asked what it can do, once')
    os.listdir(m.path)
    os.listdir(m / 'dir')
    os.stat(m / 'dir/file')
    return m


def total(counts):
    return sum(counts.values())


def test_mount(fake_place, fake):
    fake_place.put('x', b'')
    assert total(counted(fake, lambda: fake_place.mount())) <= 2


def test_stat(mnt, fake):
    assert counted(fake, lambda: os.stat(mnt / 'dir/file')) == {}
    assert counted(fake, lambda: os.path.exists(mnt / 'dir/absent')) == {}
    assert counted(fake, lambda: os.stat(mnt / 'other/file')) == {'HeadObject': 1}
    assert total(counted(fake, lambda: os.path.exists(mnt / 'other/absent'))) <= 2


def test_create_read_overwrite(mnt, fake):
    assert counted(fake, lambda: (mnt / 'dir/new').write_bytes(b'x' * 5000)) == {'PutObject': 1}
    assert counted(fake, lambda: mnt.sh('echo hello > dir/shell')) == {'PutObject': 1}
    assert counted(fake, lambda: (mnt / 'dir/file').read_bytes()) == {'GetObject': 1}
    assert counted(fake, lambda: (mnt / 'dir/file').write_bytes(b'y' * 100)) == {'PutObject': 1}


def test_remove_and_rename(mnt, fake):
    (mnt / 'dir/a').write_text('a')
    assert counted(fake, lambda: os.rename(mnt / 'dir/a', mnt / 'dir/b')) == {'CopyObject': 1, 'DeleteObject': 1}
    assert counted(fake, lambda: os.unlink(mnt / 'dir/b')) == {'DeleteObject': 1}
    assert counted(fake, lambda: os.mkdir(mnt / 'dir/sub')) == {'PutObject': 1}


def test_listing(fake_place, fake):
    for i in range(1500):
        fake_place.put(f'many/{i:05}', b'x')
    mnt = fake_place.mount()
    cold = counted(fake, lambda: mnt.sh('ls -l many | tail -n 1'))
    assert cold.get('ListObjectsV2', 0) <= 3 and cold.get('HeadObject', 0) <= 2 and total(cold) <= 4, cold
    assert counted(fake, lambda: mnt.sh('ls -l many | tail -n 1')) == {}
    mnt.again()
    assert total(counted(fake, lambda: mnt.sh('ls -l many | tail -n 1'))) <= 1


def test_append_to_a_large_object(fake_place, fake):
    fake_place.put('large', os.urandom(1 << 20) * 40)
    mnt = fake_place.mount()
    (mnt / 'first').write_text('x')
    os.stat(mnt / 'large')

    def append():
        with open(mnt / 'large', 'ab') as f:
            f.write(b'z' * 1024)
    counts = counted(fake, append)
    assert counts.get('GetObject', 0) == 0 and total(counts) <= 6, counts
    assert counts['UploadPartCopy'] >= 1 and counts['UploadPart'] == 1
    assert fake_place.body('large')[-1025:] == fake_place.body('large')[-1025:-1024] + b'z' * 1024
