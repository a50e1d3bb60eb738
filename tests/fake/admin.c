/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Administration over HTTP, for tests in other languages. A request either does all it says or
 * answers 4xx with a line that says why not.
 */
#include "fake/admin.h"

#include "fake/call.h"

#include <stdlib.h>
#include <string.h>

static int problem(struct fake_buf *text, int status, const char *what)
{
    fake_buf_fmt(text, "%s\n", what);
    return status;
}

static int counts(const struct fake_s3 *s, struct fake_buf *text)
{
    const char *comma = "";
    fake_buf_str(text, "{");
    for (size_t i = 0; i < fake_op_count(); i++) {
        if (!s->counts[i])
            continue;
        fake_buf_fmt(text, "%s\"%s\": %llu", comma, fake_op_at(i)->name,
                     (unsigned long long)s->counts[i]);
        comma = ", ";
    }
    fake_buf_str(text, "}\n");
    return 200;
}

static int show_log(const struct fake_s3 *s, struct fake_buf *text)
{
    const char *line;
    for (size_t i = 0; (line = fake_s3_log(s, i)); i++)
        fake_buf_fmt(text, "%s\n", line);
    return 200;
}

static int faults(struct fake_s3 *s, const struct fake_request *rq, struct fake_buf *text)
{
    char msg[256], *script = fake_dup(rq->body, rq->body_len);
    bool ok = fake_s3_faults(s, script, msg);
    free(script);
    return ok ? 200 : problem(text, 400, msg);
}

/* "bare_etags, no_trailers": those are on, the others off. */
static int quirks(struct fake_s3 *s, const struct fake_request *rq, struct fake_buf *text)
{
    struct fake_s3_options o = s->opt;
    struct {
        const char *name;
        bool *on;
    } all[] = {{"bare_etags", &o.quirk_bare_etags},
               {"ignore_conditions", &o.quirk_ignore_conditions},
               {"empty_complete_etag", &o.quirk_empty_complete_etag},
               {"no_trailers", &o.quirk_no_trailers}};
    const size_t n = sizeof(all) / sizeof(all[0]);
    char *list = fake_dup(rq->body, rq->body_len), *save = NULL;
    int status = 200;
    for (size_t i = 0; i < n; i++)
        *all[i].on = false;
    for (char *w = strtok_r(list, ", \r\n", &save); w && status == 200;
         w = strtok_r(NULL, ", \r\n", &save)) {
        size_t i = 0;
        for (char *p = w; *p; p++)
            if (*p == '-')
                *p = '_';
        while (i < n && strcmp(all[i].name, w) != 0)
            i++;
        if (i < n)
            *all[i].on = true;
        else
            status = problem(text, 400,
                             "unknown quirk; there are bare_etags, ignore_conditions, "
                             "empty_complete_etag and no_trailers");
    }
    free(list);
    if (status == 200)
        s->opt = o;
    return status;
}

/* A whole number, for the clock also a negative one. */
static int set_number(const struct fake_params *params, const char *name, bool may_be_negative,
                      int64_t *ret, struct fake_buf *text)
{
    const struct fake_view *v = fake_params_get(params, name);
    bool negative = v && may_be_negative && v->p[0] == '-';
    uint64_t n;
    if (!v || !fake_number(v->p + negative, (uint64_t)1 << 50, &n))
        return problem(text, 400,
                       "a number of milliseconds is needed: latency?ms=N, clock?offset=N");
    *ret = negative ? -(int64_t)n : (int64_t)n;
    return 200;
}

static int dispatch(struct fake_s3 *s, struct fake_knobs *k, const struct fake_request *rq,
                    const struct fake_params *params, struct fake_buf *text)
{
    const char *name = rq->path + strlen("/_fake/");
    bool post = strcmp(rq->method, "POST") == 0;
    if (!post && strcmp(rq->method, "GET") != 0)
        return problem(text, 405, "GET or POST");
    if (!post && strcmp(name, "counts") == 0)
        return counts(s, text);
    if (!post && strcmp(name, "log") == 0)
        return show_log(s, text);
    if (!post && strcmp(name, "uploads") == 0) {
        const struct fake_view *b = fake_params_get(params, "bucket");
        if (!b)
            return problem(text, 400, "which bucket? uploads?bucket=NAME");
        fake_buf_fmt(text, "%zu\n", fake_s3_uploads(s, b->p));
        return 200;
    }
    if (post && strcmp(name, "reset") == 0) {
        fake_s3_reset_counts(s);
        return 200;
    }
    if (post && strcmp(name, "faults") == 0)
        return faults(s, rq, text);
    if (post && strcmp(name, "quirks") == 0)
        return quirks(s, rq, text);
    if (post && strcmp(name, "latency") == 0)
        return set_number(params, "ms", false, &k->latency_ms, text);
    if (post && strcmp(name, "clock") == 0)
        return set_number(params, "offset", true, &k->clock_offset_ms, text);
    return problem(text, 404, "there is no such thing under /_fake/");
}

int fake_admin(struct fake_s3 *s, struct fake_knobs *k, const struct fake_request *rq,
               struct fake_buf *text)
{
    struct fake_params params = {0};
    int status = fake_params_parse(&params, rq->query, strlen(rq->query))
                     ? dispatch(s, k, rq, &params, text)
                     : problem(text, 400, "the query is not percent-encoded");
    fake_params_done(&params);
    return status;
}
