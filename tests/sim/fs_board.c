/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Close-to-open, asked often: every worker has a file with a number in it, which it overwrites;
 * whoever opens it on another host after the close must find that number or a later one.
 */
#include "sim/fs_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/clock.h"

#include "sim/net.h"

#define TEXT 20u

static const char *post_path(unsigned worker, char to[32])
{
    snprintf(to, 32, "shared/post-%u", worker % 100);
    return to;
}

static void may_fail(struct fsw *w, int rc, const char *doing, const char *path)
{
    SIM_CHECK(!rc || rc == ESTALE || fsw_transient(w, rc), "w%u: %s /%s: %s (%s)", w->number, doing,
              path, strerrorname_np(rc), w->v.err.message);
}

static void post(struct fsw *w)
{
    struct fs_post *p = &w->world->posts[w->number];
    char path[32], text[TEXT + 1];
    struct fsv_file f;
    post_path(w->number, path);
    snprintf(text, sizeof text, "w%02u posts %010u", w->number % 100, p->begun + 1);
    int rc = fsv_open(&w->v, path, O_WRONLY | O_TRUNC, &f);
    if (rc == ENOENT)
        rc = fsv_create(&w->v, path, 0644, O_CREAT | O_WRONLY, &f);
    if (rc) { /* EEXIST, ENOENT: an earlier try whose end was not known */
        bool doubt = p->begun > p->acked && (rc == EEXIST || rc == ENOENT);
        may_fail(w, doubt ? 0 : rc, "opening", path);
        return;
    }
    p->begun++;
    rc = fsv_write(&w->v, &f, 0, text, TEXT);
    if (!rc)
        rc = fsv_flush(&w->v, &f);
    sim_trace("w%u posts %u: %s", w->number, p->begun, rc ? strerrorname_np(rc) : "done");
    may_fail(w, rc, "posting", path);
    if (!rc) {
        p->acked = p->begun;
        if (!p->since)
            p->since = sim_now_ns();
    }
    fsv_release(&w->v, &f);
}

static void read_post(struct fsw *w, unsigned of)
{
    struct fs_world *world = w->world;
    unsigned number = 0;
    const struct fs_post *p = &world->posts[of];
    char path[32], text[2 * TEXT] = "";
    struct fsv_file f;
    size_t n = 0;
    unsigned acked = p->acked;
    int64_t now = sim_now_ns();
    int rc = fsv_open(&w->v, post_path(of, path), O_RDONLY, &f);
    if (rc == ENOENT) {
        SIM_CHECK(!p->since || now - p->since <= world->ttl_ns + PAIL_NS_PER_S,
                  "w%u: /%s is not there, which was closed at %.6f s", w->number, path,
                  (double)p->since / 1e9);
        return;
    }
    may_fail(w, rc, "opening", path);
    if (rc)
        return;
    rc = fsv_read(&w->v, &f, 0, text, sizeof text, &n);
    may_fail(w, rc, "reading", path);
    SIM_CHECK(rc != ESTALE || p->begun > acked,
              "w%u reading /%s: ESTALE, and nobody has changed it since", w->number, path);
    fsv_release(&w->v, &f);
    if (rc)
        return;
    SIM_CHECK(n == TEXT && sscanf(text, "w%*2u posts %10u", &number) == 1,
              "w%u reads %zu bytes of /%s: \"%.*s\"", w->number, n, path, (int)n, text);
    SIM_CHECK(number >= acked && number <= p->begun,
              "w%u reads %u in /%s, opened after %u was closed there", w->number, number, path,
              acked);
}

static void pause_a_while(struct fsw *w)
{
    pail_sleep_ns(sim_rng_range(&w->rng, 0, PAIL_NS_PER_S));
}

void fsw_post(struct fsw *w)
{
    for (unsigned i = 0; i < 3; i++) {
        post(w);
        pause_a_while(w);
    }
}

/* Again and again: what was read once is remembered. */
void fsw_read_post(struct fsw *w)
{
    unsigned of = (unsigned)sim_rng_below(&w->rng, w->world->n_workers);
    for (unsigned i = 0; i < 4 && w->world->workers[of]->client != w->client; i++) {
        read_post(w, of);
        pause_a_while(w);
    }
}
