/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which operations look for their host is in the model; the setting endpoint_discovery_enabled says
 * of those that need not whether they do (not by default), and "false" refuses those that must.
 * Nothing is looked for where a URL is configured.
 *
 * What was found lasts as long as the service says, and for want of something newer also beyond
 * that; a failure is not repeated for a minute by operations that can do without. Asking is a call
 * that is waited for, so it happens where preparing may block, signed with what was fetched before.
 */
#include "protocol/discovery.h"

#include "auth/session.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/value_json.h"
#include "protocol/opcall.h"

#define AGAIN_NS (60 * PAIL_NS_PER_S)
#define USUAL_MINUTES 1440
#define MAX_PLACES 1000 /* more than that is forgotten at once */

struct place {
    char *url; /* NULL: not found yet */
    int64_t until_mono_ns, failed_until_mono_ns;
};

struct pail_discovery {
    struct pail_mutex lock;
    struct {
        struct pail_map *places; /* what was asked, as text -> struct place */
    } locked;
};

/* ---- Memory ---- */

static void free_places(struct pail_discovery *d)
{
    struct pail_str key;
    void *value;

    for (size_t it = 0; d->locked.places && pail_map_next(d->locked.places, &it, &key, &value);) {
        pail_free(((struct place *)value)->url);
        pail_free(value);
        (void)pail_map_remove(d->locked.places, key);
    }
}

int pail_discovery_new(struct pail_discovery **ret, struct pail_error *err)
{
    struct pail_discovery *d = pail_zalloc(sizeof(*d));
    if (!d)
        return pail_error_nomem(err);
    pail_mutex_init(&d->lock, "discovered endpoints", PAIL_RANK_S3);
    int rc = pail_map_new(&d->locked.places, err);
    if (rc < 0) {
        pail_discovery_free(d);
        return rc;
    }
    *ret = d;
    return 0;
}

void pail_discovery_free(struct pail_discovery *d)
{
    if (!d)
        return;
    free_places(d);
    pail_map_free(d->locked.places);
    pail_mutex_done(&d->lock);
    pail_free(d);
}

/* NULL: no memory. */
static struct place *place_locked(struct pail_discovery *d, struct pail_str key,
                                  struct pail_error *err)
{
    struct place *p = pail_map_get(d->locked.places, key);

    if (p)
        return p;
    if (pail_map_len(d->locked.places) >= MAX_PLACES)
        free_places(d);
    p = pail_zalloc(sizeof(*p));
    if (!p) {
        (void)pail_error_nomem(err);
        return NULL;
    }
    if (pail_map_put(d->locked.places, key, p, NULL, err) < 0) {
        pail_free(p);
        return NULL;
    }
    return p;
}

static int remember(struct pail_discovery *d, struct pail_str key, struct pail_str address,
                    int64_t minutes, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(4096);

    pail_buf_z(&url, pail_str_starts(address, PAIL_STR("http")) ? "" : "https://");
    pail_buf_str(&url, address);
    int rc = pail_buf_check(&url, "discovered endpoint", err);
    if (rc < 0)
        return rc;
    PAIL_LOCKED(&d->lock);
    struct place *p = place_locked(d, key, err);
    char *copy = p ? pail_strndup(pail_buf_view(&url)) : NULL;
    if (!copy)
        return pail_error_nomem(err);
    pail_free(p->url);
    p->url = copy;
    p->failed_until_mono_ns = INT64_MIN;
    p->until_mono_ns = pail_clock_mono_ns() +
                       (int64_t)pail_min_u64((uint64_t)minutes, 60 * 24 * 365) * 60 * PAIL_NS_PER_S;
    return 0;
}

static int note_failure(struct pail_discovery *d, struct pail_str key, struct pail_error *err)
{
    PAIL_LOCKED(&d->lock);
    struct place *p = place_locked(d, key, err);
    if (!p)
        return PAIL_E_NOMEM;
    p->failed_until_mono_ns = pail_clock_mono_ns() + AGAIN_NS;
    return 0;
}

/* Into c->resolved. fresh: only one that lasts. */
static bool use_known(struct pail_opcall *c, struct pail_str key, bool fresh)
{
    struct pail_discovery *d = c->client->discovery;

    PAIL_LOCKED(&d->lock);
    const struct place *p = pail_map_get(d->locked.places, key);
    if (!p || !p->url || (fresh && pail_clock_mono_ns() >= p->until_mono_ns))
        return false;
    pail_buf_reset(&c->resolved.url);
    pail_buf_z(&c->resolved.url, p->url);
    return true;
}

static bool failed_lately(struct pail_discovery *d, struct pail_str key)
{
    PAIL_LOCKED(&d->lock);
    const struct place *p = pail_map_get(d->locked.places, key);
    return p && pail_clock_mono_ns() < p->failed_until_mono_ns;
}

/* ---- Asking ---- */

static bool find_asking(const struct pail_service *service, struct pail_operation *ret)
{
    for (unsigned i = 0; pail_operation_at(service, i, ret); i++)
        if (ret->flags & PAIL_OP_DISCOVERS)
            return true;
    return false;
}

static void gather(const struct pail_shape *shape, const struct pail_value *params,
                   struct pail_values *vs, struct pail_value *to)
{
    struct pail_shape m;

    for (size_t i = 0; i < pail_value_len(params); i++) {
        struct pail_str name = pail_value_key_at(params, i);
        const struct pail_value *v = pail_value_at(params, i);
        if (!pail_shape_member(shape, name, &m))
            continue;
        if (m.traits & PAIL_TRAIT_ENDPOINT_ID)
            pail_value_set(vs, to, name, pail_value_copy(vs, v));
        else if (m.type == PAIL_SHAPE_STRUCTURE && pail_value_type(v) == PAIL_VAL_MAP)
            gather(&m, v, vs, to);
    }
}

/* What is asked; services that tell one host for all take nothing. */
static struct pail_value *question(const struct pail_opcall *c, const struct pail_operation *asking,
                                   struct pail_values *vs)
{
    struct pail_value *q = pail_value_map(vs), *ids;
    struct pail_shape input, of, m;

    if (!pail_operation_input(asking, &input))
        return q;
    if (pail_shape_member(&input, PAIL_STR("Operation"), &m))
        pail_value_set(vs, q, PAIL_STR("Operation"), pail_value_str(vs, c->op.name));
    if (pail_shape_member(&input, PAIL_STR("Identifiers"), &m)) {
        ids = pail_value_map(vs);
        if (pail_operation_input(&c->op, &of))
            gather(&of, c->params, vs, ids);
        pail_value_set(vs, q, PAIL_STR("Identifiers"), ids);
    }
    return q;
}

static int take(struct pail_discovery *d, struct pail_str key, const struct pail_result *r,
                struct pail_error *err)
{
    const struct pail_value *e = pail_value_at(pail_value_get(r->value, PAIL_STR("Endpoints")), 0);
    struct pail_str address = pail_value_as_str(pail_value_get(e, PAIL_STR("Address")));
    int64_t minutes = USUAL_MINUTES;

    if (!address.len)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE, "an answer without endpoints");
    (void)pail_value_as_int(pail_value_get(e, PAIL_STR("CachePeriodInMinutes")), &minutes);
    return remember(d, key, address, minutes > 0 ? minutes : 0, err);
}

static int ask(const struct pail_opcall *c, const struct pail_operation *asking,
               const struct pail_value *question, struct pail_str key,
               struct pail_credentials *signer, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(256);
    struct pail_call_args args = {.params = question};
    struct pail_result *r = NULL;
    struct pail_opcall *a = NULL;

    pail_buf_str(&name, asking->name);
    int rc = pail_buf_check(&name, "operation", err);
    if (rc == 0)
        rc = pail_opcall_new(c->client, pail_buf_cstr(&name), &args, &a, err);
    if (rc < 0)
        return rc;
    a->given = pail_credentials_ref(signer);
    a->ret = &r;
    rc = pail_opcall_run(a, err);
    if (rc == 0)
        rc = take(c->client->discovery, key, r, err);
    (void)pail_result_free(r);
    return rc;
}

/* A service that says no is told; one that is not reached can be done without. */
static int find(struct pail_opcall *c, const struct pail_operation *asking,
                const struct pail_value *q, struct pail_str key, struct pail_credentials *signer,
                bool may_block, struct pail_error *err)
{
    struct pail_discovery *d = c->client->discovery;
    bool required = c->op.flags & PAIL_OP_DISCOVERY_REQUIRED;
    struct pail_error e = PAIL_ERROR_INIT;

    if (use_known(c, key, true) || (!required && failed_lately(d, key)))
        return 0;
    if (failed_lately(d, key) && use_known(c, key, false))
        return 0;
    if (!may_block)
        return PAIL_PREPARE_WOULD_BLOCK;
    int rc = ask(c, asking, q, key, signer, &e);
    if (rc < 0 && e.domain != PAIL_D_NET) {
        pail_error_copy(err, &e);
        return rc;
    }
    if (rc < 0)
        rc = note_failure(d, key, err);
    if (rc < 0 || use_known(c, key, false) || !required)
        return rc;
    return pail_error_set(err, e.domain, e.code,
                          "Endpoint Discovery failed to refresh the required endpoints.");
}

/* ---- Calls ---- */

/* 1: this one looks; 0: it does not. */
static int looks(const struct pail_opcall *c, struct pail_error *err)
{
    enum pail_discovery_choice mode = pail_session_settings(c->client->session)->endpoint_discovery;
    bool required = c->op.flags & PAIL_OP_DISCOVERY_REQUIRED;

    if (!(c->op.flags & PAIL_OP_DISCOVERY) || c->client->endpoint_url || c->plain)
        return 0;
    if (mode != PAIL_DISCOVERY_NO)
        return required || mode == PAIL_DISCOVERY_YES;
    if (!required)
        return 0;
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                          "Endpoint Discovery is not enabled but this operation requires it.");
}

/* The place's name in the memory: the question. */
static int name_place(const struct pail_value *q, struct pail_buf *key, struct pail_error *err)
{
    pail_value_to_json(key, q, NULL);
    return pail_buf_check(key, "question for an endpoint", err);
}

int pail_discovery_apply(struct pail_opcall *c, struct pail_credentials *signer, bool may_block,
                         struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf key = PAIL_BUF_INIT(64 * 1024);
    struct pail_operation asking;
    struct pail_values *vs = NULL;

    int rc = looks(c, err);
    if (rc <= 0 || !find_asking(c->op.service, &asking))
        return rc < 0 ? rc : 0;
    rc = pail_values_new(&vs, err);
    if (rc < 0)
        return rc;
    const struct pail_value *q = question(c, &asking, vs);
    rc = pail_values_check(vs, err);
    if (rc == 0)
        rc = name_place(q, &key, err);
    if (rc == 0)
        rc = find(c, &asking, q, pail_buf_view(&key), signer, may_block, err);
    (void)pail_values_free(vs);
    return rc;
}

bool pail_discovery_forget(struct pail_opcall *c)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf key = PAIL_BUF_INIT(64 * 1024);
    struct pail_discovery *d = c->client->discovery;
    struct pail_operation asking;
    struct pail_values *vs = NULL;
    bool known = false;

    if (looks(c, NULL) <= 0 || !find_asking(c->op.service, &asking) ||
        pail_values_new(&vs, NULL) < 0)
        return false;
    if (name_place(question(c, &asking, vs), &key, NULL) == 0) {
        PAIL_LOCKED(&d->lock);
        struct place *p = pail_map_remove(d->locked.places, pail_buf_view(&key));
        known = p && p->url;
        if (p)
            pail_free(p->url);
        pail_free(p);
    }
    (void)pail_values_free(vs);
    return known;
}
