/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/sign_key.c - derived keys.
 *
 * The memory belongs to the credentials object and not to the process: no secret has to be hashed
 * or compared to find a key, a key cannot outlive its secret, and sessions do not share a lock. A
 * client uses one region and one or two services; a handful of entries, replaced in turn, is
 * enough. Names too long for an entry (none exist) are derived every time.
 */
#include "auth/sign_key.h"

#include "base/alloc.h"
#include "base/secret.h"
#include "base/thread.h"

#define ENTRIES 6
#define DATE_LEN 8
#define SECRET_ON_STACK 256

struct entry {
    uint8_t region_len, service_len; /* both 0: empty */
    char date[DATE_LEN], region[31], service[31];
    uint8_t key[PAIL_SHA256_LEN];
};

struct pail_sign_keys {
    struct pail_mutex lock;
    struct {
        struct entry entry[ENTRIES];
        size_t next;
    } locked;
};

int pail_sign_keys_new(struct pail_sign_keys **ret, struct pail_error *err)
{
    struct pail_sign_keys *k = pail_zalloc(sizeof(*k));
    if (!k)
        return pail_error_nomem(err);
    pail_mutex_init(&k->lock, "signing keys", PAIL_RANK_LEAF);
    *ret = k;
    return 0;
}

void pail_sign_keys_free(struct pail_sign_keys *k)
{
    if (!k)
        return;
    pail_mutex_done(&k->lock);
    pail_wipe(&k->locked, sizeof(k->locked));
    pail_free(k);
}

static bool fits(const struct pail_sign_key_for *w)
{
    return w->date.len == DATE_LEN && w->region.len <= sizeof(((struct entry *)NULL)->region) &&
           w->service.len && w->service.len <= sizeof(((struct entry *)NULL)->service);
}

static bool matches(const struct entry *e, const struct pail_sign_key_for *w)
{
    return e->service_len && memcmp(e->date, w->date.ptr, DATE_LEN) == 0 &&
           pail_str_eq(pail_strn(e->region, e->region_len), w->region) &&
           pail_str_eq(pail_strn(e->service, e->service_len), w->service);
}

static bool recall(struct pail_sign_keys *k, const struct pail_sign_key_for *w, uint8_t *ret)
{
    PAIL_LOCKED(&k->lock);
    for (size_t i = 0; i < ENTRIES; i++) {
        if (matches(&k->locked.entry[i], w)) {
            memcpy(ret, k->locked.entry[i].key, PAIL_SHA256_LEN);
            return true;
        }
    }
    return false;
}

/* Two threads may derive the same key at once and store it twice, which costs an entry and nothing
 * else. */
static void remember(struct pail_sign_keys *k, const struct pail_sign_key_for *w,
                     const uint8_t *key)
{
    PAIL_LOCKED(&k->lock);
    struct entry *e = &k->locked.entry[k->locked.next++ % ENTRIES];
    e->region_len = (uint8_t)w->region.len;
    e->service_len = (uint8_t)w->service.len;
    memcpy(e->date, w->date.ptr, DATE_LEN);
    if (w->region.len)
        memcpy(e->region, w->region.ptr, w->region.len);
    memcpy(e->service, w->service.ptr, w->service.len);
    memcpy(e->key, key, PAIL_SHA256_LEN);
}

/* HMAC under "AWS4" + secret. */
static int date_key(struct pail_str secret, struct pail_str date, uint8_t *ret,
                    struct pail_error *err)
{
    char room[SECRET_ON_STACK], *p = room;
    size_t n = secret.len + 4;
    if (n > sizeof(room)) {
        p = pail_alloc(n);
        if (!p)
            return pail_error_nomem(err);
    }
    memcpy(p, "AWS4", 4);
    if (secret.len)
        memcpy(p + 4, secret.ptr, secret.len);
    int rc = pail_hmac_sha256((struct pail_bytes){p, n}, (struct pail_bytes){date.ptr, date.len},
                              ret, err);
    pail_wipe(p, n);
    if (p != room)
        pail_free(p);
    return rc;
}

static int derive(struct pail_str secret, const struct pail_sign_key_for *w, uint8_t *ret,
                  struct pail_error *err)
{
    uint8_t key[PAIL_SHA256_LEN], next[PAIL_SHA256_LEN];
    const struct pail_str step[] = {w->region, w->service, PAIL_STR("aws4_request")};

    int rc = date_key(secret, w->date, key, err);
    for (size_t i = 0; rc == 0 && i < PAIL_ARRAY_LEN(step); i++) {
        rc = pail_hmac_sha256((struct pail_bytes){key, sizeof(key)},
                              (struct pail_bytes){step[i].ptr, step[i].len}, next, err);
        memcpy(key, next, sizeof(key));
    }
    if (rc == 0)
        memcpy(ret, key, sizeof(key));
    pail_wipe(key, sizeof(key));
    pail_wipe(next, sizeof(next));
    return rc;
}

int pail_sign_key(struct pail_sign_keys *k, struct pail_str secret_key,
                  const struct pail_sign_key_for *what, uint8_t ret[PAIL_SHA256_LEN],
                  struct pail_error *err)
{
    bool keep = fits(what);
    if (keep && recall(k, what, ret))
        return 0;
    int rc = derive(secret_key, what, ret, err);
    if (rc == 0 && keep)
        remember(k, what, ret);
    return rc;
}
