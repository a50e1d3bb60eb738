# SPDX-License-Identifier: Apache-2.0
"""mount(8) and umount(8): `mount -t fuse.pail`, in a mount namespace where /usr/sbin has the helper."""
import os
import shutil
import subprocess

import pytest

SCRIPT = r'''
set -eu
dir=$1; pail=$2; source=$3; mnt=$4; options=$5
mount --make-rprivate /
sbin=$(readlink -f /sbin)
mount -t tmpfs pail-test "$dir"
mkdir "$dir/upper" "$dir/work"
mount -t overlay overlay -o "lowerdir=$sbin,upperdir=$dir/upper,workdir=$dir/work" "$sbin"
ln -s "$pail" "$sbin/mount.fuse.pail"
mount -t fuse.pail "$source" "$mnt" -o "$options"
grep " $mnt fuse.pail " /proc/self/mounts
echo written > "$mnt/by-mount"
cat "$mnt/there"
umount "$mnt"
! grep " $mnt " /proc/self/mounts
'''


def test_mount_by_type(fake_place):
    if os.geteuid() != 0 or not shutil.which('unshare'):
        pytest.skip('needs root and unshare(1)')
    overlay = fake_place.folder / 'overlay'
    mnt = fake_place.folder / 'mnt8'
    overlay.mkdir()
    mnt.mkdir()
    probe = subprocess.run(['unshare', '-m', 'sh', '-c', f'mount --make-rprivate / && mount -t tmpfs t {overlay} && mkdir {overlay}/u {overlay}/w && '
                            f'mount -t overlay o -o lowerdir=/usr/sbin,upperdir={overlay}/u,workdir={overlay}/w /usr/sbin'],
                           capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f'no overlay in a mount namespace here: {probe.stderr.strip()}')
    fake_place.put('there', b'from S3\n')
    result = subprocess.run(['unshare', '-m', 'sh', '-c', SCRIPT, 'sh', str(overlay), str(fake_place.build / 'tools/pail'),
                             f's3://{fake_place.bucket}', str(mnt), 'rw,noatime,metadata-ttl=10s'],
                            env=fake_place.env(), capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    assert 'noatime' in result.stdout and 'from S3' in result.stdout
    assert fake_place.body('by-mount') == b'written\n'
