# SPDX-License-Identifier: Apache-2.0
"""Each operation, on every server: what the mount does and what S3 holds afterwards."""
import errno
import os
import stat

import pytest


@pytest.fixture
def mnt(place):
    return place.mount()


def test_create_read_overwrite_append(place, mnt):
    (mnt / 'f').write_bytes(b'first')
    assert place.body('f') == b'first'
    assert (mnt / 'f').read_bytes() == b'first'
    (mnt / 'f').write_bytes(b'second, longer')
    assert place.body('f') == b'second, longer'
    with open(mnt / 'f', 'ab') as f:
        f.write(b' and more')
    assert place.body('f') == b'second, longer and more'
    assert os.stat(mnt / 'f').st_size == 23


def test_empty_file(place, mnt):
    (mnt / 'empty').touch()
    assert place.body('empty') == b''
    mnt.sh(': > e2; echo x > e3')
    assert place.body('e2') == b'' and place.body('e3') == b'x\n'


def test_random_write_truncate_hole(place, mnt):
    with open(mnt / 'r', 'w+b') as f:
        f.write(b'a' * 100000)
        f.seek(50000)
        f.write(b'B' * 10)
        f.seek(200000)
        f.write(b'end')
        f.truncate(150000)
        f.seek(0)
        seen = f.read()
    expected = b'a' * 50000 + b'B' * 10 + b'a' * 49990 + b'\0' * 50000
    assert seen == expected
    assert place.body('r') == expected
    os.truncate(mnt / 'r', 7)
    assert place.body('r') == b'aaaaaaa'


def test_read_own_writes_before_close(mnt):
    with open(mnt / 'own', 'w+b', buffering=0) as f:
        f.write(b'hello')
        assert os.pread(f.fileno(), 5, 0) == b'hello'
        with open(mnt / 'own', 'rb') as g:
            assert g.read() == b'hello'


def test_exclusive_create(place, mnt):
    fd = os.open(mnt / 'x', os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    os.write(fd, b'1')
    os.close(fd)
    with pytest.raises(FileExistsError):
        os.open(mnt / 'x', os.O_CREAT | os.O_EXCL | os.O_WRONLY)


def test_directories(place, mnt):
    os.mkdir(mnt / 'd')
    assert 'd/' in place.keys()
    with pytest.raises(FileExistsError):
        os.mkdir(mnt / 'd')
    (mnt / 'd/f').write_text('x')
    with pytest.raises(OSError) as e:
        os.rmdir(mnt / 'd')
    assert e.value.errno == errno.ENOTEMPTY
    os.unlink(mnt / 'd/f')
    assert os.listdir(mnt / 'd') == []
    os.rmdir(mnt / 'd')
    assert place.keys() == []
    assert os.listdir(mnt.path) == []


def test_a_directory_survives_its_last_file(place):
    place.put('implicit/only', b'x')
    mnt = place.mount()
    os.unlink(mnt / 'implicit/only')
    assert os.listdir(mnt.path) == ['implicit']
    mnt.again()
    assert os.listdir(mnt.path) == ['implicit']


def test_rename_file(place, mnt):
    (mnt / 'a').write_bytes(b'content')
    os.chmod(mnt / 'a', 0o640)
    os.rename(mnt / 'a', mnt / 'b')
    assert place.keys() == ['b'] and place.body('b') == b'content'
    assert stat.S_IMODE(os.stat(mnt / 'b').st_mode) == 0o640
    (mnt / 'c').write_bytes(b'other')
    os.rename(mnt / 'c', mnt / 'b')
    assert place.keys() == ['b'] and place.body('b') == b'other'
    os.mkdir(mnt / 'd')
    os.rename(mnt / 'b', mnt / 'd/b')
    assert (mnt / 'd/b').read_bytes() == b'other'
    with pytest.raises(FileNotFoundError):
        os.rename(mnt / 'nothing', mnt / 'n2')


def test_rename_directory(place, mnt):
    mnt.sh('mkdir -p a/b/c && for i in 1 2 3 4 5; do echo $i > a/f$i; echo $i > a/b/c/g$i; done')
    os.rename(mnt / 'a', mnt / 'z')
    assert sorted(place.keys()) == sorted(['z/', 'z/b/', 'z/b/c/'] + [f'z/f{i}' for i in range(1, 6)] +
                                          [f'z/b/c/g{i}' for i in range(1, 6)])
    assert mnt.sh('cat z/b/c/g*') == '1\n2\n3\n4\n5\n'
    with pytest.raises(OSError):
        os.rename(mnt / 'z', mnt / 'z/b/inside')
    os.mkdir(mnt / 'full')
    (mnt / 'full/x').write_text('x')
    with pytest.raises(OSError) as e:
        os.rename(mnt / 'z', mnt / 'full')
    assert e.value.errno in (errno.ENOTEMPTY, errno.EEXIST)


def test_rename_while_open(place, mnt):
    f = open(mnt / 'tmp', 'wb')
    f.write(b'abc')
    f.flush()
    os.rename(mnt / 'tmp', mnt / 'final')
    f.write(b'def')
    f.close()
    assert place.keys() == ['final'] and place.body('final') == b'abcdef'


def test_unlink_while_open(place, mnt):
    (mnt / 'u').write_bytes(b'still here')
    with open(mnt / 'u', 'rb') as f:
        os.unlink(mnt / 'u')
        assert place.keys() == []
        assert f.read() == b'still here'
    fd = os.open(mnt / 'v', os.O_CREAT | os.O_RDWR)
    os.write(fd, b'never stored')
    os.unlink(mnt / 'v')
    assert os.pread(fd, 100, 0) == b'never stored'
    os.close(fd)
    assert place.keys() == []


def test_modes_owners_times(place, mnt):
    (mnt / 'm').write_text('x')
    os.chmod(mnt / 'm', 0o600)
    os.utime(mnt / 'm', ns=(1234567890123456789, 1234567890123456789))
    if os.getuid() == 0:
        os.chown(mnt / 'm', 1000, 1001)
    mnt.again()
    st = os.stat(mnt / 'm')
    assert stat.S_IMODE(st.st_mode) == 0o600 and st.st_mtime_ns == 1234567890123456789
    if os.getuid() == 0:
        assert (st.st_uid, st.st_gid) == (1000, 1001)
    meta = place.client.head_object(Bucket=place.bucket, Key='m')['Metadata']
    assert meta['mode'] == str(0o100600)
    os.mkdir(mnt / 'dir', 0o750)
    os.chmod(mnt / 'dir', 0o700)
    assert stat.S_IMODE(os.stat(mnt / 'dir').st_mode) == 0o700


def test_metadata_of_another_client(place):
    """Another host's mount, which remembers nothing, sees what was set."""
    place.put('s3fs', b'x', Metadata={'mode': str(0o100755), 'uid': '7', 'gid': '8', 'mtime': '1500000000'})
    mnt = place.mount()
    st = os.stat(mnt / 's3fs')
    assert (stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid, int(st.st_mtime)) == (0o755, 7, 8, 1500000000)


def test_symlinks(place, mnt):
    os.symlink('target/elsewhere', mnt / 'link')
    assert os.readlink(mnt / 'link') == 'target/elsewhere'
    mnt.again()
    assert os.path.islink(mnt / 'link') and os.readlink(mnt / 'link') == 'target/elsewhere'
    os.unlink(mnt / 'link')
    assert place.keys() == []


def test_xattrs(mnt):
    (mnt / 'x').write_text('content')
    os.setxattr(mnt / 'x', 'user.colour', b'blue')
    os.setxattr(mnt / 'x', 'user.bytes', bytes(range(256)))
    mnt.again()
    assert os.getxattr(mnt / 'x', 'user.colour') == b'blue'
    assert os.getxattr(mnt / 'x', 'user.bytes') == bytes(range(256))
    assert sorted(os.listxattr(mnt / 'x')) == ['user.bytes', 'user.colour']
    os.removexattr(mnt / 'x', 'user.colour')
    with pytest.raises(OSError) as e:
        os.getxattr(mnt / 'x', 'user.colour')
    assert e.value.errno == errno.ENODATA
    assert (mnt / 'x').read_text() == 'content'


def test_refusals(mnt):
    (mnt / 'f').write_text('x')
    for call, number in ((lambda: os.link(mnt / 'f', mnt / 'hard'), errno.EPERM),
                         (lambda: os.mkfifo(mnt / 'fifo'), errno.EPERM),
                         (lambda: os.listdir(mnt / 'f'), errno.ENOTDIR),
                         (lambda: open(mnt / ('n' * 300), 'w'), errno.ENAMETOOLONG),
                         (lambda: open(mnt / 'no/such', 'w'), errno.ENOENT)):
        with pytest.raises(OSError) as e:
            call()
        assert e.value.errno == number


def test_statfs(mnt):
    (mnt / 'f').write_bytes(b'x' * 1000000)
    v = os.statvfs(mnt.path)
    assert v.f_blocks > 0 and v.f_namemax == 255
    assert v.f_blocks >= v.f_bfree


def test_strange_keys_are_shown(place):
    for key in ('plain', 'a//b', 'both', 'both/child', 'sp ace', 'uml\u00e4ut', 'quote"s', 'percent%41', 'plus+'):
        place.put(key, key.encode())
    mnt = place.mount()
    names = set(os.listdir(mnt.path))
    assert {'plain', 'a', 'both', 'sp ace', 'uml\u00e4ut', 'quote"s', 'percent%41', 'plus+'} <= names
    assert os.path.isdir(mnt / 'both') and (mnt / 'both/child').read_text() == 'both/child'
    for name in ('plain', 'sp ace', 'uml\u00e4ut', 'quote"s', 'percent%41', 'plus+'):
        assert (mnt / name).read_bytes() == name.encode()
    hidden = [n for n in names if n.startswith('.pail%')]
    assert hidden == ['.pail%=both'] and (mnt / hidden[0]).read_bytes() == b'both'
    inner = os.listdir(mnt / 'a')
    assert inner == ['.pail%'] and (mnt / 'a/.pail%/b').read_bytes() == b'a//b'


def test_prefix_and_all_buckets(place):
    place.put('deep/er/file', b'x')
    place.put('outside', b'y')
    below = place.mount(source=f's3://{place.bucket}/deep')
    assert os.listdir(below.path) == ['er']
    (below / 'new').write_text('n')
    assert place.body('deep/new') == b'n'
    everything = place.mount(source='')
    assert place.bucket in os.listdir(everything.path)
    assert (everything / f'{place.bucket}/outside').read_bytes() == b'y'
    assert (everything / f'{place.bucket}/deep/new').read_bytes() == b'n'


def test_read_only(place):
    place.put('f', b'x')
    mnt = place.mount(options='ro')
    assert (mnt / 'f').read_bytes() == b'x'
    with pytest.raises(OSError) as e:
        (mnt / 'g').write_text('x')
    assert e.value.errno == errno.EROFS


def test_close_to_open_between_hosts(place):
    """Two mounts are two hosts: open after the other's close sees its data, whatever is remembered."""
    place.put('shared', b'at first')
    one, two = place.mount(), place.mount()
    assert (two / 'shared').read_text() == 'at first'
    for i in range(5):
        (one / 'shared').write_text(f'version {i} ' + 'x' * i * 100)
        assert (two / 'shared').read_text() == f'version {i} ' + 'x' * i * 100
        (two / 'shared').write_text(f'answer {i}')
        assert (one / 'shared').read_text() == f'answer {i}'


def test_nobody_is_overwritten_unknowingly(place):
    mnt = place.mount()
    (mnt / 'f').write_text('mine')
    f = open(mnt / 'f', 'r+b')
    f.write(b'MINE, edited')
    place.put('f', b'somebody else was here')
    with pytest.raises(OSError) as e:
        f.close()
    assert e.value.errno == errno.ESTALE
    assert place.body('f') == b'somebody else was here'


def test_a_reader_never_sees_two_versions(place):
    old, new = os.urandom(1 << 20) * 48, os.urandom(1 << 20) * 48
    place.put('big', old)
    mnt = place.mount()
    with open(mnt / 'big', 'rb', buffering=0) as f:
        got = f.read(1 << 20)
        place.put('big', new)
        try:
            while True:
                piece = f.read(1 << 20)
                if not piece:
                    break
                got += piece
            assert got == old
        except OSError as e:
            assert e.errno == errno.ESTALE
            assert got == old[:len(got)]
    assert (mnt / 'big').read_bytes() == new
