# SPDX-License-Identifier: Apache-2.0
"""Ordinary work with ordinary tools, on every server; then the mount is made anew and everything is still there."""
import hashlib
import os
import random
import subprocess

import pytest


@pytest.fixture(scope='session')
def source_tree(tmp_path_factory):
    """A source tree of 2,200 files in 60 directories, made from a fixed seed."""
    top = tmp_path_factory.mktemp('source')
    rng = random.Random(20)
    for d in range(60):
        folder = top / f'part{d % 6}' / f'module{d:02}'
        folder.mkdir(parents=True)
        for f in range(36):
            lines = rng.randrange(1, 60)
            text = ''.join(f'int f{d}_{f}_{i}(void) {{ return {rng.randrange(10**9)}; }}\n' for i in range(lines))
            (folder / f'file{f:02}.c').write_text(text)
    for i in range(40):
        (top / f'data{i:02}.bin').write_bytes(rng.randbytes(rng.randrange(0, 60000)))
    os.symlink('part0/module00/file00.c', top / 'link')
    (top / 'run.sh').write_text('#!/bin/sh\necho run\n')
    os.chmod(top / 'run.sh', 0o755)
    return top


def sha(path):
    digest = hashlib.sha256()
    with open(path, 'rb') as f:
        while piece := f.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def same_tree(a, b):
    result = subprocess.run(['diff', '-r', '--no-dereference', str(a), str(b)], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[:2000] + result.stderr[:2000]


def test_a_day_of_work(fast_place, source_tree, tmp_path):
    place = fast_place
    mnt = place.mount()

    # cp -r and back
    subprocess.run(['cp', '-r', '-P', str(source_tree), str(mnt / 'tree')], check=True)
    same_tree(source_tree, mnt / 'tree')

    # tar through a pipe
    os.mkdir(mnt / 'untarred')
    subprocess.run(f'tar -C "{source_tree}" -c part0 link run.sh | tar -C "{mnt.path}/untarred" -x', shell=True, check=True)
    same_tree(source_tree / 'part0', mnt / 'untarred/part0')
    assert os.stat(mnt / 'untarred/run.sh').st_mode & 0o777 == 0o755

    # rsync twice: the second time nothing is sent
    def rsync():
        out = subprocess.run(['rsync', '-a', '--stats', f'{source_tree}/part1/', f'{mnt.path}/synced/'], check=True,
                             capture_output=True, text=True).stdout
        return next(line for line in out.splitlines() if 'files transferred' in line)
    assert rsync().endswith(': 360')
    assert rsync().endswith(': 0')

    # git
    origin = tmp_path / 'origin'
    git_env = dict(os.environ, GIT_AUTHOR_NAME='a', GIT_AUTHOR_EMAIL='a@b', GIT_COMMITTER_NAME='a', GIT_COMMITTER_EMAIL='a@b',
                   GIT_CONFIG_GLOBAL=str(tmp_path / 'gitconfig'), HOME=str(tmp_path))
    (tmp_path / 'gitconfig').write_text('[safe]\n\tdirectory = *\n[init]\n\tdefaultBranch = main\n')

    def git(*args, cwd):
        result = subprocess.run(['git', *args], cwd=cwd, env=git_env, capture_output=True, text=True, timeout=600)
        assert result.returncode == 0, f'git {args}: {result.stdout}{result.stderr}'
        return result.stdout
    subprocess.run(['cp', '-r', str(source_tree / 'part2'), str(origin)], check=True)
    git('init', '-q', cwd=origin)
    git('add', '.', cwd=origin)
    git('commit', '-qm', 'start', cwd=origin)
    git('clone', '-q', f'file://{origin}', str(mnt / 'clone'), cwd=mnt.path)
    (mnt / 'clone/new.txt').write_text('new\n')
    git('add', 'new.txt', cwd=mnt / 'clone')
    git('commit', '-qm', 'change', cwd=mnt / 'clone')
    git('fsck', '--strict', cwd=mnt / 'clone')
    assert git('status', '--porcelain', cwd=mnt / 'clone') == ''

    # a directory of 200 files moves
    os.mkdir(mnt / 'two-hundred')
    for i in range(200):
        (mnt / f'two-hundred/{i}').write_text(str(i))
    os.rename(mnt / 'two-hundred', mnt / 'moved')
    assert not (mnt / 'two-hundred').exists()
    assert sorted(os.listdir(mnt / 'moved'), key=int) == [str(i) for i in range(200)]

    # rm -rf
    subprocess.run(['rm', '-rf', str(mnt / 'untarred')], check=True)
    assert not (mnt / 'untarred').exists()
    assert not place.keys('untarred/')

    # a new mount shows the same
    mnt.again()
    same_tree(source_tree, mnt / 'tree')
    assert git('status', '--porcelain', cwd=mnt / 'clone') == ''
    assert rsync().endswith(': 0')

    # objects are the files, byte for byte
    rng = random.Random(1)
    files = [p for p in source_tree.rglob('*') if p.is_file() and not p.is_symlink()]
    keys = set(place.keys('tree/'))
    for p in files:
        assert f'tree/{p.relative_to(source_tree)}' in keys
    for p in rng.sample(files, 200):
        assert place.body(f'tree/{p.relative_to(source_tree)}') == p.read_bytes()


def test_a_large_file(fast_place, tmp_path):
    """1 GiB written and read back, overwritten at random places, appended to."""
    place = fast_place
    mnt = place.mount()
    local = tmp_path / 'local'
    rng = random.Random(3)
    size = 1 << 30
    block = rng.randbytes(1 << 20)
    with open(local, 'wb') as f:
        for i in range(size >> 20):
            f.write(block[i % 997:] + block[:i % 997])
    subprocess.run(['dd', f'if={local}', f'of={mnt.path}/big', 'bs=1M', 'status=none'], check=True)
    assert os.stat(mnt / 'big').st_size == size
    subprocess.run(['sh', '-c', 'echo 1 > /proc/sys/vm/drop_caches'], check=False, stderr=subprocess.DEVNULL)
    expected = sha(local)
    assert sha(mnt / 'big') == expected

    with open(local, 'r+b') as a, open(mnt / 'big', 'r+b') as b:
        for _ in range(20):
            at, data = rng.randrange(size), rng.randbytes(rng.randrange(1, 70000))
            for f in (a, b):
                f.seek(at)
                f.write(data)
    with open(local, 'ab') as a, open(mnt / 'big', 'ab') as b:
        for f in (a, b):
            f.write(b'the end' * 1000)
    mnt.again()
    assert os.stat(mnt / 'big').st_size == local.stat().st_size
    assert sha(mnt / 'big') == sha(local)
    digest = hashlib.sha256()
    for piece in place.client.get_object(Bucket=place.bucket, Key='big')['Body'].iter_chunks(1 << 20):
        digest.update(piece)
    assert digest.hexdigest() == sha(local)


def test_listing_after_a_remount_comes_from_the_database(fake_place):
    for i in range(300):
        fake_place.put(f'd{i % 10}/f{i:03}', b'x' * i)
    mnt = fake_place.mount()
    before = mnt.sh('ls -lR --time-style=full-iso')
    mnt.again()
    fake_place.server.reset()
    assert mnt.sh('ls -lR --time-style=full-iso') == before
    assert fake_place.server.counts().get('ListObjectsV2', 0) <= 1


def test_many_writers(fast_place):
    mnt = fast_place.mount()
    mnt.sh('''
        for w in 1 2 3 4 5 6 7 8; do
            (mkdir -p w$w; for i in $(seq 30); do echo "$w $i" > w$w/f$i; done; cat w$w/f* > w$w/all) &
        done
        wait''')
    for w in range(1, 9):
        assert sorted((mnt / f'w{w}/all').read_text().splitlines()) == sorted(f'{w} {i}' for i in range(1, 31))


def test_commands(place, tmp_path):
    """pail's own commands on the same server."""
    tree = tmp_path / 'tree'
    (tree / 'sub').mkdir(parents=True)
    (tree / 'one').write_bytes(b'1' * 100)
    (tree / 'sub/two').write_bytes(os.urandom(20 << 20))
    b = f's3://{place.bucket}'
    place.pail('cp', '--recursive', tree, f'{b}/up')
    assert place.keys() == ['up/one', 'up/sub/two']
    place.pail('cp', '--recursive', f'{b}/up/', tmp_path / 'down')
    same_tree(tree, tmp_path / 'down')
    place.pail('cp', f'{b}/up/one', f'{b}/copy')
    assert place.pail('cat', f'{b}/copy').stdout == '1' * 100
    place.pail('cp', '-', f'{b}/piped', input='from a pipe')
    assert place.body('piped') == b'from a pipe'
    assert 'PRE up/' in place.pail('ls', f'{b}/').stdout
    assert place.pail('ls', '--recursive', f'{b}/').stdout.count('\n') == 4
    url = place.pail('presign', f'{b}/copy').stdout.strip()
    import urllib.request
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        assert answer.read() == b'1' * 100
    place.pail('rm', '--recursive', f'{b}/')
    assert place.keys() == []
    place.pail('mb', f'{b}-second')
    assert f'{place.bucket}-second' in place.pail('ls').stdout
    place.pail('rb', f'{b}-second')
    assert f'{place.bucket}-second' not in place.pail('ls').stdout
    assert 'no problems' in place.pail('doctor', b, check=False).stdout or os.geteuid() != 0
