/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop PROFILE1 PROFILE2 BUCKET KEY...: may both profiles see these objects?
 *
 * A program that has an event loop of its own, and two sessions with different credentials in it.
 * Nothing of the program runs on a thread of the library but `answered`, which hands over and wakes
 * the loop. The same with GLib: g_idle_add instead of the list; with libuv: uv_async_send.
 */
#include <pail/s3.h>

#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ATTENTION_MS 250 /* the loop has other things to do meanwhile */

struct loop {
    int fd; /* readable: `answered` has something */
    pthread_mutex_t lock;
    struct question *answered; /* under lock */
};

struct question {
    struct loop *loop;
    const char *profile, *key;
    struct pail_s3_object object;
    struct pail_error err;
    struct question *next;
};

struct account {
    const char *profile;
    struct pail_session *session;
    struct pail_s3 *s3;
};

/* On a thread of the library: must not block, and touches nothing but its question and the list. */
static void answered(void *ud, const struct pail_error *err)
{
    struct question *q = ud;
    struct loop *loop = q->loop;
    uint64_t one = 1;

    pail_error_copy(&q->err, err); /* NULL: success */
    pthread_mutex_lock(&loop->lock);
    q->next = loop->answered;
    loop->answered = q;
    pthread_mutex_unlock(&loop->lock);
    if (write(loop->fd, &one, sizeof(one)) < 0)
        abort(); /* cannot happen to an eventfd of so few events */
}

/* On the program's own thread. */
static int tell(struct question *q)
{
    int failed = q->err.code != 0;

    if (!failed)
        printf("%s: %s: %" PRIu64 " bytes\n", q->profile, q->key, q->object.size);
    else if (q->err.code == PAIL_E_NOT_FOUND)
        printf("%s: %s: not there\n", q->profile, q->key);
    else
        printf("%s: %s: %s\n", q->profile, q->key, q->err.message);
    pail_s3_object_done(&q->object);
    return failed;
}

/* Returns how many were answered; adds to *failed. */
static int take_answers(struct loop *loop, int *failed)
{
    uint64_t count;
    int n = 0;

    if (read(loop->fd, &count, sizeof(count)) < 0)
        return 0;
    pthread_mutex_lock(&loop->lock);
    struct question *q = loop->answered;
    loop->answered = NULL;
    pthread_mutex_unlock(&loop->lock);
    for (struct question *next; q; q = next, n++) {
        next = q->next;
        *failed += tell(q);
    }
    return n;
}

static int open_account(struct account *a, struct pail_error *err)
{
    struct pail_session_options opt = PAIL_SESSION_OPTIONS_INIT;

    opt.profile = a->profile;
    int rc = pail_session_new(&opt, &a->session, err);
    return rc < 0 ? rc : pail_s3_new(a->session, NULL, &a->s3, err);
}

/* Everything is asked at once; returns how many questions are under way. */
static int ask(struct loop *loop, const struct account *a, const char *bucket, char **keys, int n,
               struct question *q, int *failed)
{
    int started = 0;

    for (int i = 0; i < n; i++) {
        q[i] = (struct question){.loop = loop, .profile = a->profile, .key = keys[i]};
        struct pail_s3_head_args args = {.bucket = pail_str(bucket), .key = pail_str(keys[i])};
        /* No call object is wanted: nothing is cancelled, and done tells the end. */
        int rc = pail_s3_head_async(a->s3, &args, &q[i].object, answered, &q[i], NULL, &q[i].err);
        if (rc == 0)
            started++;
        else /* then done will not run */
            *failed += tell(&q[i]);
    }
    return started;
}

static int run(struct loop *loop, struct account accounts[2], const char *bucket, char **keys,
               int n, struct question *questions)
{
    int failed = 0, under_way = 0;

    for (int i = 0; i < 2; i++)
        under_way += ask(loop, &accounts[i], bucket, keys, n, questions + i * n, &failed);
    while (under_way > 0) {
        struct pollfd fds[] = {{.fd = loop->fd, .events = POLLIN}}; /* and the program's own */
        int ready = poll(fds, 1, ATTENTION_MS);
        if (ready > 0)
            under_way -= take_answers(loop, &failed);
        else if (ready == 0)
            fprintf(stderr, "%d answers to come\n", under_way);
    }
    return failed;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct loop loop = {.lock = PTHREAD_MUTEX_INITIALIZER};
    int n = argc - 4, failed = 0, rc = 0;

    if (n < 1) {
        fprintf(stderr, "usage: %s PROFILE1 PROFILE2 BUCKET KEY...\n", argv[0]);
        return 2;
    }
    struct account accounts[2] = {{.profile = argv[1]}, {.profile = argv[2]}};
    struct question *questions = calloc((size_t)n * 2, sizeof(*questions));
    loop.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!questions || loop.fd < 0) {
        perror(argv[0]);
        return 1;
    }
    for (int i = 0; i < 2 && rc == 0; i++)
        rc = open_account(&accounts[i], &err);
    if (rc == 0)
        failed = run(&loop, accounts, argv[3], argv + 4, n, questions);
    else
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    for (int i = 0; i < 2; i++) {
        pail_s3_unref(accounts[i].s3);
        pail_session_unref(accounts[i].session); /* waits for what is under way */
    }
    close(loop.fd);
    free(questions);
    return rc < 0 || failed;
}
