/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/provider.c - the provider object and the one that holds fixed keys.
 */
#include "auth/provider.h"

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/thread.h"

struct pail_provider {
    _Atomic unsigned refs;
    const struct pail_provider_ops *ops;
    void *impl;
};

int pail_provider_new(const struct pail_provider_ops *ops, void *impl, struct pail_provider **ret,
                      struct pail_error *err)
{
    struct pail_provider *p = pail_zalloc(sizeof(*p));
    if (!p) {
        if (ops->free)
            ops->free(impl);
        return pail_error_nomem(err);
    }
    atomic_init(&p->refs, 1);
    p->ops = ops;
    p->impl = impl;
    *ret = p;
    return 0;
}

struct pail_provider *pail_provider_ref(struct pail_provider *p)
{
    if (p)
        atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
    return p;
}

struct pail_provider *pail_provider_unref(struct pail_provider *p)
{
    if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1) {
        if (p->ops->free)
            p->ops->free(p->impl);
        pail_free(p);
    }
    return NULL;
}

int pail_provider_fetch(struct pail_provider *p, bool refresh, struct pail_credentials **ret,
                        struct pail_error *err)
{
    pail_assert_no_locks();
    struct pail_credentials *c = NULL;
    int rc = p->ops->fetch(p->impl, refresh, &c, err);
    if (rc < 0)
        return rc;
    if (!c)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_CREDENTIALS,
                              "Error when retrieving credentials from %s: it gave none",
                              p->ops->name);
    *ret = c;
    return 0;
}

void *pail_provider_impl(struct pail_provider *p, const struct pail_provider_ops *ops)
{
    return p->ops == ops ? p->impl : NULL;
}

/* ---- Fixed keys ---- */

static int static_fetch(void *impl, bool refresh, struct pail_credentials **ret,
                        struct pail_error *err)
{
    *ret = pail_credentials_ref(impl);
    return 0;
}

static void static_free(void *impl)
{
    (void)pail_credentials_unref(impl);
}

static const struct pail_provider_ops static_ops = {
    .name = "explicit",
    .fetch = static_fetch,
    .free = static_free,
};

int pail_provider_static(struct pail_credentials *c, struct pail_provider **ret,
                         struct pail_error *err)
{
    return pail_provider_new(&static_ops, pail_credentials_ref(c), ret, err);
}
