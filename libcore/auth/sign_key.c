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
        struct pail_p256 *key_4a; /* NULL: not derived yet; then it stays */
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
    pail_p256_free(k->locked.key_4a);
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

/* HMAC under word + secret. */
static int first_key(const char *word, struct pail_str secret, struct pail_bytes data, uint8_t *ret,
                     struct pail_error *err)
{
    char room[SECRET_ON_STACK], *p = room;
    size_t before = strlen(word), n = secret.len + before;
    if (n > sizeof(room)) {
        p = pail_alloc(n);
        if (!p)
            return pail_error_nomem(err);
    }
    memcpy(p, word, before);
    if (secret.len)
        memcpy(p + before, secret.ptr, secret.len);
    int rc = pail_hmac_sha256((struct pail_bytes){p, n}, data, ret, err);
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

    int rc = first_key("AWS4", secret, (struct pail_bytes){w->date.ptr, w->date.len}, key, err);
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

/* ---- Signature Version 4a -------------------------------------------------------------------- */

#define LABEL_4A "AWS4-ECDSA-P256-SHA256"
#define TRIES_4A 254 /* the counter is a byte; the first try but one in 2^32 is good */

/* The order of the curve, less two. */
static const uint8_t order_less_2[PAIL_P256_LEN] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x4f};

static void add_one(uint8_t *number)
{
    for (size_t i = PAIL_P256_LEN; i > 0 && ++number[i - 1] == 0; i--)
        continue;
}

/* What NIST SP 800-108 hashes in counter mode: 1, label, 0, context, 256 bits. The context is the
 * access key and the number of the try. */
static int candidate(struct pail_str access_key, struct pail_str secret, uint8_t no, uint8_t *ret,
                     struct pail_error *err)
{
    static const uint8_t one[] = {0, 0, 0, 1}, bits[] = {0, 0, 1, 0};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);
    pail_buf_append(&text, one, sizeof(one));
    pail_buf_append(&text, LABEL_4A, sizeof(LABEL_4A)); /* with its 0 */
    pail_buf_str(&text, access_key);
    pail_buf_append(&text, &no, 1);
    pail_buf_append(&text, bits, sizeof(bits));
    int rc = pail_buf_check(&text, "access key", err);
    return rc ? rc : first_key("AWS4A", secret, (struct pail_bytes){text.ptr, text.len}, ret, err);
}

static int derive_4a(struct pail_str access_key, struct pail_str secret, struct pail_p256 **ret,
                     struct pail_error *err)
{
    uint8_t scalar[PAIL_P256_LEN];
    int rc = 0;
    for (uint8_t no = 1; no <= TRIES_4A; no++) {
        rc = candidate(access_key, secret, no, scalar, err);
        if (rc || memcmp(scalar, order_less_2, sizeof(scalar)) <= 0)
            break;
    }
    add_one(scalar);
    if (!rc)
        rc = pail_p256_from_scalar(scalar, ret, err);
    pail_wipe(scalar, sizeof(scalar));
    return rc;
}

int pail_sign_key_4a(struct pail_sign_keys *k, struct pail_str access_key,
                     struct pail_str secret_key, const struct pail_p256 **ret,
                     struct pail_error *err)
{
    PAIL_LOCKED(&k->lock);
    int rc = k->locked.key_4a ? 0 : derive_4a(access_key, secret_key, &k->locked.key_4a, err);
    if (!rc)
        *ret = k->locked.key_4a;
    return rc;
}
