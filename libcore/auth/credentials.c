/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/credentials.c - the credentials object: immutable, counted, wiped at the end.
 *
 * The only part that changes is the memory of derived signing keys, which has its own lock.
 */
#include "auth/credentials.h"

#include <stdatomic.h>

#include "auth/sign_key.h"
#include "base/alloc.h"
#include "base/secret.h"
#include "base/str.h"

struct pail_credentials {
    _Atomic unsigned refs;
    struct pail_secret access_key, secret_key, session_token, account_id;
    int64_t expires_unix_s;
    const char *method;
    struct pail_sign_keys *keys;
};

static void destroy(struct pail_credentials *c)
{
    pail_secret_done(&c->access_key);
    pail_secret_done(&c->secret_key);
    pail_secret_done(&c->session_token);
    pail_secret_done(&c->account_id);
    pail_sign_keys_free(c->keys);
    pail_free(c);
}

int pail_credentials_new(const struct pail_credentials_fields *f, struct pail_credentials **ret,
                         struct pail_error *err)
{
    if (f->access_key.len == 0 || f->secret_key.len == 0)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "credentials without %s",
                              f->access_key.len == 0 ? "access key" : "secret key");

    struct pail_credentials *c = pail_zalloc(sizeof(*c));
    if (!c)
        return pail_error_nomem(err);
    atomic_init(&c->refs, 1);
    c->expires_unix_s = f->expires_unix_s;
    c->method = f->method ? f->method : "explicit";
    if (!pail_secret_set(&c->access_key, f->access_key) ||
        !pail_secret_set(&c->secret_key, f->secret_key) ||
        !pail_secret_set(&c->session_token, f->session_token) ||
        !pail_secret_set(&c->account_id, f->account_id) || pail_sign_keys_new(&c->keys, NULL) < 0) {
        destroy(c);
        return pail_error_nomem(err);
    }
    *ret = c;
    return 0;
}

struct pail_credentials *pail_credentials_ref(struct pail_credentials *c)
{
    if (c)
        atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

struct pail_credentials *pail_credentials_unref(struct pail_credentials *c)
{
    if (c && atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
        destroy(c);
    return NULL;
}

void pail_credentials_get(const struct pail_credentials *c, struct pail_credentials_fields *ret)
{
    *ret = (struct pail_credentials_fields){
        .access_key = pail_secret_reveal(&c->access_key),
        .secret_key = pail_secret_reveal(&c->secret_key),
        .session_token = pail_secret_reveal(&c->session_token),
        .account_id = pail_secret_reveal(&c->account_id),
        .expires_unix_s = c->expires_unix_s,
        .method = c->method,
    };
}

static bool is_same(const struct pail_credentials *a, const struct pail_credentials *b)
{
    if (a == b || !a || !b)
        return a == b;
    return pail_str_eq(pail_secret_reveal(&a->access_key), pail_secret_reveal(&b->access_key)) &&
           pail_str_eq(pail_secret_reveal(&a->secret_key), pail_secret_reveal(&b->secret_key)) &&
           pail_str_eq(pail_secret_reveal(&a->session_token),
                       pail_secret_reveal(&b->session_token));
}

bool pail_signers_next(struct pail_signers *s, struct pail_credentials *take, unsigned attempt,
                       bool refresh)
{
    /* An attempt may be prepared more than once. */
    bool fresh = !refresh || s->attempt == attempt || !is_same(s->now, take);
    (void)pail_credentials_unref(s->now);
    s->now = take;
    if (fresh)
        s->attempt = attempt;
    return fresh;
}

struct pail_sign_keys *pail_credentials_keys(const struct pail_credentials *c)
{
    return c->keys;
}
