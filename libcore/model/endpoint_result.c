/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A result outlives its evaluation: everything is copied into one arena that belongs to it.
 */
#include <stdatomic.h>

#include "base/alloc.h"
#include "base/str.h"
#include "model/endpoints.h"

struct result {
    struct pail_endpoint public;
    struct pail_arena arena;
    atomic_uint refs;
};

static struct pail_str copy(struct result *r, struct pail_str s, bool *nomem)
{
    char *p = s.ptr ? pail_arena_alloc(&r->arena, s.len + 1) : NULL;
    if (!p) {
        *nomem |= s.ptr != NULL;
        return pail_str(NULL);
    }
    memcpy(p, s.ptr, s.len);
    p[s.len] = '\0';
    return pail_strn(p, s.len);
}

static const struct pail_str *copy_list(struct result *r, const struct pail_rule_value *v,
                                        size_t *ret_n, bool *nomem)
{
    if (!v || v->type != PAIL_RULE_LIST)
        return NULL;
    struct pail_str *list = pail_arena_alloc(&r->arena, (v->n + 1) * sizeof(*list));
    if (!list) {
        *nomem = true;
        return NULL;
    }
    for (size_t i = 0; i < v->n; i++)
        list[i] = copy(r, v->items[i].string, nomem);
    *ret_n = v->n;
    return list;
}

static struct pail_str text_of(const struct pail_rule_value *map, const char *key)
{
    const struct pail_rule_value *v = pail_rule_get(map, pail_str(key));
    return v && v->type == PAIL_RULE_STRING ? v->string : pail_str(NULL);
}

static enum pail_tri flag_of(const struct pail_rule_value *map, const char *key)
{
    const struct pail_rule_value *v = pail_rule_get(map, pail_str(key));
    if (!v || v->type != PAIL_RULE_BOOL)
        return PAIL_UNSET;
    return v->boolean ? PAIL_YES : PAIL_NO;
}

static void add_schemes(struct result *r, const struct pail_rule_value *properties, bool *nomem)
{
    const struct pail_rule_value *schemes = pail_rule_get(properties, PAIL_STR("authSchemes"));
    if (!schemes || schemes->type != PAIL_RULE_LIST)
        return;
    struct pail_auth_scheme *list = pail_arena_alloc(&r->arena, (schemes->n + 1) * sizeof(*list));
    if (!list) {
        *nomem = true;
        return;
    }
    for (size_t i = 0; i < schemes->n; i++) {
        const struct pail_rule_value *s = &schemes->items[i];
        list[i] = (struct pail_auth_scheme){
            .name = copy(r, text_of(s, "name"), nomem),
            .signing_name = copy(r, text_of(s, "signingName"), nomem),
            .signing_region = copy(r, text_of(s, "signingRegion"), nomem),
            .disable_double_encoding = flag_of(s, "disableDoubleEncoding"),
            .disable_normalize_path = flag_of(s, "disableNormalizePath"),
        };
        list[i].signing_region_set = copy_list(r, pail_rule_get(s, PAIL_STR("signingRegionSet")),
                                               &list[i].n_signing_region_set, nomem);
    }
    r->public.auth_schemes = list;
    r->public.n_auth_schemes = schemes->n;
}

static void add_headers(struct result *r, const struct pail_rule_value *headers, bool *nomem)
{
    if (headers->type != PAIL_RULE_MAP)
        return;
    struct pail_endpoint_header *list = pail_arena_alloc(&r->arena,
                                                         (headers->n + 1) * sizeof(*list));
    if (!list) {
        *nomem = true;
        return;
    }
    for (size_t i = 0; i < headers->n; i++) {
        list[i] = (struct pail_endpoint_header){.name = copy(r, headers->keys[i], nomem)};
        list[i].values = copy_list(r, &headers->items[i], &list[i].n_values, nomem);
    }
    r->public.headers = list;
    r->public.n_headers = headers->n;
}

static int add_properties(struct result *r, const struct pail_rule_value *properties, bool *nomem,
                          struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    struct pail_jwriter w;

    if (properties->type == PAIL_RULE_MAP) {
        pail_jw_init(&w, &text, 0);
        pail_rule_json(&w, properties);
    } else {
        pail_buf_z(&text, "{}");
    }
    int rc = pail_buf_check(&text, "endpoint", err);
    if (rc == 0)
        r->public.properties = copy(r, pail_buf_view(&text), nomem);
    return rc;
}

int pail_endpoint_build(const struct pail_eval_result *from, const struct pail_endpoint **ret,
                        struct pail_error *err)
{
    bool nomem = false;
    struct result *r = pail_zalloc(sizeof(*r));
    if (!r)
        return pail_error_nomem(err);
    atomic_init(&r->refs, 1);
    r->public.url = copy(r, from->url.string, &nomem);
    add_schemes(r, &from->properties, &nomem);
    add_headers(r, &from->headers, &nomem);
    int rc = add_properties(r, &from->properties, &nomem, err);
    if (rc == 0 && nomem)
        rc = pail_error_nomem(err);
    if (rc < 0)
        pail_endpoint_unref(&r->public);
    else
        *ret = &r->public;
    return rc;
}

const struct pail_endpoint *pail_endpoint_ref(const struct pail_endpoint *endpoint)
{
    struct result *r = PAIL_CONTAINER(endpoint, struct result, public);
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return endpoint;
}

void pail_endpoint_unref(const struct pail_endpoint *endpoint)
{
    if (!endpoint)
        return;
    struct result *r = PAIL_CONTAINER(endpoint, struct result, public);
    if (atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
        return;
    pail_arena_done(&r->arena);
    pail_free(r);
}
