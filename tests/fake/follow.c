/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The follower sleeps until at least STEP bytes are new or the end is announced, so a slow sender
 * costs few wake-ups.
 */
#include "fake/follow.h"

#include "fake/digest.h"
#include "fake/text.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define STEP ((size_t)1 << 20)

struct fake_follow {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more;
    const char *data;
    size_t filled; /* locked */
    bool ended;    /* locked */
    uint8_t md5[FAKE_SUM_MAX];
};

static void *follow_main(void *arg)
{
    struct fake_follow *f = arg;
    struct fake_hash h;
    size_t done = 0;
    fake_hash_init(&h, FAKE_MD5);
    for (bool ended = false; !ended;) {
        pthread_mutex_lock(&f->lock);
        while (!f->ended && f->filled < done + STEP)
            pthread_cond_wait(&f->more, &f->lock);
        size_t filled = f->filled;
        ended = f->ended;
        pthread_mutex_unlock(&f->lock);
        fake_hash_update(&h, f->data + done, filled - done);
        done = filled;
    }
    fake_hash_final(&h, f->md5);
    return NULL;
}

struct fake_follow *fake_follow_start(const char *data)
{
    struct fake_follow *f = fake_xalloc(sizeof(*f));
    f->data = data;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->more, NULL);
    if (pthread_create(&f->thread, NULL, follow_main, f) == 0)
        return f;
    pthread_cond_destroy(&f->more);
    pthread_mutex_destroy(&f->lock);
    free(f);
    return NULL;
}

void fake_follow_advance(struct fake_follow *f, size_t n)
{
    pthread_mutex_lock(&f->lock);
    f->filled = n;
    pthread_mutex_unlock(&f->lock);
    pthread_cond_signal(&f->more);
}

void fake_follow_finish(struct fake_follow *f, uint8_t *ret_md5)
{
    if (!f)
        return;
    pthread_mutex_lock(&f->lock);
    f->ended = true;
    pthread_mutex_unlock(&f->lock);
    pthread_cond_signal(&f->more);
    pthread_join(f->thread, NULL);
    memcpy(ret_md5, f->md5, 16);
    pthread_cond_destroy(&f->more);
    pthread_mutex_destroy(&f->lock);
    free(f);
}
