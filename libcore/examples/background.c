/* SPDX-License-Identifier: Apache-2.0 */
/*
 * background BUCKET: waits until the bucket exists, then counts its keys page by page, while the
 * main thread does something else.
 *
 * Nothing here blocks but the end of main: each callback starts what comes next. That is how
 * waiters and pages go into a program with an event loop; loop.c shows the loop.
 */
#include <pail/service.h>

#include <pthread.h>
#include <stdio.h>

struct count {
    struct pail_client *s3;
    struct pail_values *vs;
    struct pail_call_args args;
    struct pail_pages *pages;
    struct pail_result *page;
    size_t keys, n_pages;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    int over;
    struct pail_error err;
};

static void finish(struct count *c, const struct pail_error *err)
{
    pthread_mutex_lock(&c->lock);
    if (err)
        c->err = *err;
    c->over = 1;
    pthread_cond_signal(&c->cond);
    pthread_mutex_unlock(&c->lock);
}

static void on_page(void *ud, const struct pail_error *err)
{
    struct count *c = ud;
    struct pail_error own = PAIL_ERROR_INIT;

    if (!err) {
        c->n_pages++;
        c->keys += pail_value_len(pail_value_get(pail_result_value(c->page), PAIL_STR("Contents")));
        c->page = pail_result_free(c->page);
        if (pail_pages_more(c->pages) &&
            pail_pages_next_async(c->pages, &c->page, on_page, c, NULL, &own) == 0)
            return;
    }
    finish(c, err ? err : own.code ? &own : NULL);
}

static void on_exists(void *ud, const struct pail_error *err)
{
    static const struct pail_pages_options two = {.page_size = 2};
    struct count *c = ud;
    struct pail_error own = PAIL_ERROR_INIT;

    if (!err && pail_pages_new(c->s3, "ListObjectsV2", &c->args, &two, &c->pages, &own) == 0 &&
        pail_pages_next_async(c->pages, &c->page, on_page, c, NULL, &own) == 0)
        return;
    finish(c, err ? err : &own);
}

static int count(struct count *c, const char *bucket, struct pail_error *err)
{
    static const struct pail_wait_options patience = {.delay_s = 1, .max_attempts = 30};
    struct pail_value *params;

    int rc = pail_values_new(&c->vs, err);
    if (rc < 0)
        return rc;
    params = pail_value_map(c->vs);
    pail_value_set(c->vs, params, PAIL_STR("Bucket"), pail_value_str(c->vs, pail_str(bucket)));
    c->args.params = params;
    rc = pail_values_check(c->vs, err);
    if (rc == 0)
        rc = pail_wait_async(c->s3, "BucketExists", params, &patience, NULL, on_exists, c, NULL,
                             err);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&c->lock); /* here a program would do its own work */
    while (!c->over)
        pthread_cond_wait(&c->cond, &c->lock);
    pthread_mutex_unlock(&c->lock);
    if (c->err.code)
        *err = c->err;
    return c->err.code;
}

int main(int argc, char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct count c = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};

    if (argc != 2) {
        fprintf(stderr, "usage: %s BUCKET\n", argv[0]);
        return 2;
    }
    int rc = pail_session_new(NULL, &session, &err);
    if (rc == 0)
        rc = pail_client_new(session, "s3", NULL, &c.s3, &err);
    if (rc == 0)
        rc = count(&c, argv[1], &err);
    if (rc == 0)
        printf("%zu keys on %zu pages\n", c.keys, c.n_pages);
    else
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
    pail_pages_free(c.pages);
    pail_values_free(c.vs);
    pail_client_unref(c.s3);
    pail_session_unref(session);
    return rc < 0;
}
