/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/probe.c - which conditions an endpoint honours.
 *
 * A service that ignores a condition answers 200 as one that honours it does, so each is tried in
 * both ways: it must fail where it does not hold, and must succeed where it does (some compare
 * ETags in another form and would refuse everything). Anything else is a no. Version strings are
 * not looked at.
 *
 * Asked once per endpoint, about 20 small requests; the answer is remembered as text. AWS is known.
 * A condition that these credentials may not even try stays unknown, which counts as no.
 */
#include "base/str.h"
#include "s3/client.h"
#include "sync/lister.h"
#include "sync/probe_impl.h"

static void set_cap(struct pail_volume *v, enum pail_cap cap, enum pail_cap_state state)
{
    atomic_store_explicit(&v->caps[cap], state, memory_order_relaxed);
}

/* wrong: what became of it where it did not hold; right: where it did. */
static void judge(struct pail_volume *v, enum pail_cap cap, enum pail_probe_outcome wrong,
                  enum pail_probe_outcome right)
{
    if (wrong == PAIL_PROBE_FORBIDDEN || right == PAIL_PROBE_FORBIDDEN)
        return;
    set_cap(v, cap,
            wrong == PAIL_PROBE_FAILED && right == PAIL_PROBE_DONE ? PAIL_CAP_YES : PAIL_CAP_NO);
}

/* Leaves an object behind in any case. */
static int ask_put_absent(struct pail_probe *p, struct pail_error *err)
{
    enum pail_probe_outcome right, wrong = PAIL_PROBE_REFUSED, plain;

    int rc = pail_probe_put(p, NULL, true, &right, err);
    if (rc == 0 && right == PAIL_PROBE_DONE)
        rc = pail_probe_put(p, NULL, true, &wrong, err);
    else if (rc == 0)
        rc = pail_probe_put(p, NULL, false, &plain, err);
    if (rc < 0)
        return rc;
    if (!p->made)
        return pail_error_set(err, PAIL_D_SERVICE, PAIL_E_ACCESS,
                              "s3://%s/%s: the service refuses to store a temporary object",
                              p->v->bucket, pail_buf_cstr(&p->key));
    judge(p->v, PAIL_CAP_PUT_ABSENT, wrong, right);
    return 0;
}

static int ask_put_match(struct pail_probe *p, struct pail_error *err)
{
    enum pail_probe_outcome wrong, right = PAIL_PROBE_REFUSED;

    pail_s3_set_etag_quotes(p->v->s3, PAIL_S3_QUOTES_SENT);
    int rc = pail_probe_put(p, pail_probe_wrong_etag, false, &wrong, err);
    if (rc == 0 && wrong == PAIL_PROBE_FAILED)
        rc = pail_probe_put(p, p->etag, false, &right, err);
    if (rc == 0 && right == PAIL_PROBE_FAILED) {
        pail_s3_set_etag_quotes(p->v->s3, PAIL_S3_QUOTES_BARE);
        rc = pail_probe_put(p, p->etag, false, &right, err);
        if (rc == 0 && right != PAIL_PROBE_DONE)
            pail_s3_set_etag_quotes(p->v->s3, PAIL_S3_QUOTES_SENT);
    }
    if (rc == 0)
        judge(p->v, PAIL_CAP_PUT_MATCH, wrong, right);
    return rc;
}

static int ask_complete(struct pail_probe *p, struct pail_error *err)
{
    enum pail_probe_outcome wrong, right = PAIL_PROBE_REFUSED;

    int rc = pail_probe_multipart(p, NULL, true, &wrong, err);
    if (rc < 0)
        return rc;
    /* That it succeeds for a new name is left to the first file: it takes an upload, not a guess.
     */
    judge(p->v, PAIL_CAP_COMPLETE_ABSENT, wrong, PAIL_PROBE_DONE);
    rc = pail_probe_multipart(p, pail_probe_wrong_etag, false, &wrong, err);
    if (rc == 0 && wrong == PAIL_PROBE_FAILED)
        rc = pail_probe_multipart(p, p->etag, false, &right, err);
    if (rc == 0)
        judge(p->v, PAIL_CAP_COMPLETE_MATCH, wrong, right);
    return rc;
}

static int ask_copy(struct pail_probe *p, struct pail_error *err)
{
    enum pail_probe_outcome wrong, right = PAIL_PROBE_REFUSED;

    int rc = pail_probe_copy(p, pail_probe_wrong_etag, false, &wrong, err);
    if (rc == 0 && wrong == PAIL_PROBE_FAILED)
        rc = pail_probe_copy(p, p->etag, false, &right, err);
    if (rc < 0)
        return rc;
    judge(p->v, PAIL_CAP_COPY_SOURCE, wrong, right);
    if (!p->copy_made) /* copies do not work at all */
        return 0;
    rc = pail_probe_copy(p, NULL, true, &wrong, err);
    if (rc == 0)
        judge(p->v, PAIL_CAP_COPY_ABSENT, wrong, PAIL_PROBE_DONE);
    return rc;
}

static int ask_delete(struct pail_probe *p, struct pail_error *err)
{
    enum pail_probe_outcome wrong, right = PAIL_PROBE_REFUSED;

    int rc = pail_probe_delete(p, pail_probe_wrong_etag, &wrong, err);
    if (rc == 0 && wrong == PAIL_PROBE_FAILED)
        rc = pail_probe_delete(p, p->etag, &right, err);
    if (rc == 0)
        judge(p->v, PAIL_CAP_DELETE_MATCH, wrong, right);
    return rc;
}

int pail_probe_endpoint(struct pail_volume *v, struct pail_error *err)
{
    struct pail_buf key PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(4096);

    pail_probe_key(v, &key);
    int rc = pail_buf_check(&key, "key", err);
    return rc < 0 ? rc : pail_probe_endpoint_with(v, pail_buf_view(&key), NULL, err);
}

int pail_probe_endpoint_with(struct pail_volume *v, struct pail_str key, bool *ret_left,
                             struct pail_error *err)
{
    static int (*const questions[])(struct pail_probe *, struct pail_error *) = {
        ask_put_absent, ask_put_match, ask_complete, ask_copy, ask_delete};
    struct pail_probe p;

    if (ret_left)
        *ret_left = false;
    if (pail_probe_is_aws(v)) {
        pail_probe_set_aws(v);
        return 0;
    }
    int rc = pail_probe_init(&p, v, key, err);
    for (size_t i = 0; rc == 0 && i < PAIL_ARRAY_LEN(questions); i++)
        rc = questions[i](&p, err);
    pail_probe_clean_up(&p);
    if (ret_left)
        *ret_left = p.left;
    return rc;
}

/* ---- AWS ------------------------------------------------------------------------------------ */

bool pail_probe_is_aws(const struct pail_volume *v)
{
    char host[512];

    pail_s3_endpoint_of(v->s3, pail_str(v->bucket), host, sizeof(host));
    struct pail_str name = pail_str(host);
    size_t colon = pail_str_rfind(name, ':');
    if (colon != SIZE_MAX)
        name = pail_str_sub(name, 0, colon);
    return pail_str_ends(name, PAIL_STR(".amazonaws.com")) ||
           pail_str_ends(name, PAIL_STR(".amazonaws.com.cn"));
}

void pail_probe_set_aws(struct pail_volume *v)
{
    for (int cap = 0; cap < PAIL_CAP_COUNT; cap++)
        set_cap(v, (enum pail_cap)cap, cap == PAIL_CAP_COPY_ABSENT ? PAIL_CAP_NO : PAIL_CAP_YES);
    pail_s3_set_etag_quotes(v->s3, PAIL_S3_QUOTES_SENT);
}

/* ---- Text ----------------------------------------------------------------------------------- */

static const char *const cap_names[PAIL_CAP_COUNT] = {
    [PAIL_CAP_PUT_ABSENT] = "put-absent",           [PAIL_CAP_PUT_MATCH] = "put-match",
    [PAIL_CAP_COMPLETE_ABSENT] = "complete-absent", [PAIL_CAP_COMPLETE_MATCH] = "complete-match",
    [PAIL_CAP_COPY_SOURCE] = "copy-source",         [PAIL_CAP_COPY_ABSENT] = "copy-absent",
    [PAIL_CAP_DELETE_MATCH] = "delete-match",
};
static const char *const state_names[] = {
    [PAIL_CAP_UNKNOWN] = "unknown", [PAIL_CAP_NO] = "no", [PAIL_CAP_YES] = "yes"};
static const char *const quotes_names[] = {[PAIL_S3_QUOTES_UNKNOWN] = "unknown",
                                           [PAIL_S3_QUOTES_SENT] = "sent",
                                           [PAIL_S3_QUOTES_BARE] = "bare"};
#define QUOTES "etag-quotes"

void pail_probe_to_text(const struct pail_volume *v, struct pail_buf *to)
{
    for (int cap = 0; cap < PAIL_CAP_COUNT; cap++) {
        int state = atomic_load_explicit(&v->caps[cap], memory_order_relaxed);
        pail_buf_fmt(to, "%s=%s ", cap_names[cap], state_names[state]);
    }
    pail_buf_fmt(to, QUOTES "=%s", quotes_names[atomic_load(&v->s3->learned.etag_quotes)]);
}

static int index_of(struct pail_str s, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (pail_str_eqz(s, names[i]))
            return (int)i;
    }
    return -1;
}

/* "name=value" into states or *quotes. */
static bool take_word(struct pail_str word, int states[PAIL_CAP_COUNT], int *quotes)
{
    struct pail_str value = word, name;

    if (!pail_str_split(&value, '=', &name) || !value.ptr)
        return false;
    if (pail_str_eqz(name, QUOTES)) {
        *quotes = index_of(value, quotes_names, PAIL_ARRAY_LEN(quotes_names));
        return *quotes >= 0;
    }
    int cap = index_of(name, cap_names, PAIL_CAP_COUNT);
    int state = index_of(value, state_names, PAIL_ARRAY_LEN(state_names));
    if (cap < 0 || state < 0)
        return false;
    states[cap] = state;
    return true;
}

bool pail_probe_from_text(struct pail_volume *v, struct pail_str text)
{
    int states[PAIL_CAP_COUNT], quotes = -1;
    struct pail_str rest = text, word;

    for (int cap = 0; cap < PAIL_CAP_COUNT; cap++)
        states[cap] = -1;
    while (pail_str_split(&rest, ' ', &word)) {
        if (!take_word(word, states, &quotes))
            return false;
    }
    if (quotes < 0)
        return false;
    for (int cap = 0; cap < PAIL_CAP_COUNT; cap++) {
        if (states[cap] < 0)
            return false;
    }
    for (int cap = 0; cap < PAIL_CAP_COUNT; cap++)
        set_cap(v, (enum pail_cap)cap, (enum pail_cap_state)states[cap]);
    pail_s3_set_etag_quotes(v->s3, (enum pail_s3_etag_quotes)quotes);
    return true;
}
