# SPDX-License-Identifier: Apache-2.0
"""kill -9 of the mount's process: no half object, what was closed is there, the next mount works."""
import os
import random
import threading
import time


def test_kill_while_writing(place):
    """In the middle of a multipart upload."""
    mnt = place.mount()
    (mnt / 'done').write_bytes(b'closed before')
    (mnt / 'old').write_bytes(b'the old content')
    f = open(mnt / 'old', 'wb', buffering=0)
    g = open(mnt / 'half', 'wb', buffering=0)
    for i in range(30):
        f.write(os.urandom(1 << 20))
        g.write(os.urandom(1 << 20))
    mnt.kill()
    for handle in (f, g):
        try:
            handle.close()
        except OSError:
            pass
    assert place.keys() == ['done', 'old']
    assert place.body('old') == b'the old content' and place.body('done') == b'closed before'
    mnt.start()
    assert sorted(os.listdir(mnt.path)) == ['done', 'old']
    (mnt / 'half').write_bytes(b'again')
    assert place.body('half') == b'again'
    for _ in range(100):
        uploads = place.client.list_multipart_uploads(Bucket=place.bucket).get('Uploads', [])
        if not uploads:
            break
        time.sleep(0.1)
    assert uploads == []
    place.mounts.append(mnt)


def test_kill_at_random_moments(place):
    """What a close acknowledged is there, whole; everything else is there whole or not at all."""
    rng = random.Random(5)
    for round_number in range(4):
        mnt = place.mount(name=f'round{round_number}')
        folder = mnt / f'r{round_number}'
        os.mkdir(folder)
        closed = {}
        stop = threading.Event()

        def writer(worker):
            n = 0
            while not stop.is_set():
                name, data = f'{worker}-{n}', os.urandom(1000 + 100 * n)
                try:
                    with open(folder / name, 'wb') as out:
                        out.write(data)
                    if n % 3 == 2:
                        os.rename(folder / name, folder / (name + 'r'))
                        closed[name + 'r'] = data
                    else:
                        closed[name] = data
                except OSError:
                    return
                n += 1
        threads = [threading.Thread(target=writer, args=(w,)) for w in range(3)]
        for t in threads:
            t.start()
        time.sleep(0.5 + rng.random())
        mnt.kill()
        stop.set()
        for t in threads:
            t.join(30)
        place.mounts.remove(mnt)
        for name, data in list(closed.items()):
            assert place.body(f'r{round_number}/{name}') == data
        again = place.mount(name=f'again{round_number}')
        for name, data in closed.items():
            assert (again / f'r{round_number}/{name}').read_bytes() == data
        again.stop()


def test_kill_while_a_directory_moves(fake_place):
    mnt = fake_place.mount()
    os.mkdir(mnt / 'a')
    for i in range(60):
        (mnt / f'a/{i}').write_text(str(i))
    fake_place.server.admin('latency?ms=40', '')
    thread = threading.Thread(target=lambda: os.system(f'mv "{mnt.path}/a" "{mnt.path}/b" 2>/dev/null'))
    thread.start()
    time.sleep(0.25)
    mnt.kill()
    thread.join(30)
    fake_place.server.admin('latency?ms=0', '')
    fake_place.mounts.remove(mnt)
    # Nothing is lost on either side at any time.
    names = {k.split('/')[1] for k in fake_place.keys() if k.split('/')[1]}
    assert names == {str(i) for i in range(60)}
    again = fake_place.mount(name='again')
    for _ in range(100):
        if not (again / 'a').exists() or not (again / 'b').exists():
            break
        time.sleep(0.1)
    there = 'b' if (again / 'b').exists() else 'a'
    assert sorted(os.listdir(again / there), key=int) == [str(i) for i in range(60)]
    for i in range(60):
        assert (again / f'{there}/{i}').read_text() == str(i)
    assert {k.split('/')[0] for k in fake_place.keys()} == {there}
