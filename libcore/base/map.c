/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/map.c - seeded hash maps that iterate in order of insertion.
 *
 * Two arrays: `entries`, dense and in order of insertion, and `slots`, an open-addressed index into
 * it with linear probing. Iteration walks the dense array and so depends on history only, never on
 * the seed or on addresses. The index has twice as many slots as there may be entries; each slot
 * carries 32 bits of the hash, which decide nearly every comparison and are all that moving a slot
 * needs.
 *
 * Removal leaves a hole in `entries` (value NULL) and closes the gap in `slots` by moving later
 * ones back, so there are no tombstones to probe over. Holes go when the dense array is full:
 * rebuild() copies what lives to new arrays, larger, equal or smaller. `first` skips the holes at
 * the front, so that emptying a map from its beginning is linear.
 *
 * Keys are attacker-chosen (object names): the hash is a multiply-and-fold chain over secret seeds.
 */
#include "base/map.h"

#include "base/alloc.h"
#include "base/rand.h"

#define MIN_ENTRIES 8
#define MAX_ENTRIES (UINT32_C(1) << 30)

struct text {
    size_t len;
    char bytes[];
};

struct entry {
    uint64_t hash;
    void *value; /* NULL: a hole */
    union {
        struct text *text;
        uint64_t number;
    } key;
};

struct slot {
    uint32_t entry; /* index + 1; 0: free */
    uint32_t tag;   /* low half of the hash: home is tag & mask */
};

struct table {
    struct entry *entries;
    struct slot *slots; /* 2 * cap */
    uint32_t cap;       /* a power of two, or 0 */
    uint32_t used;      /* entries and holes */
    uint32_t first;     /* none lives below */
    uint32_t live;
    bool numbers;
    uint64_t seed[4];
};

struct pail_map {
    struct table t;
};

struct pail_u64map {
    struct table t;
};

/* What is looked for. */
struct probe {
    uint64_t hash;
    struct pail_str text;
    uint64_t number;
};

/* ---- Hash ------------------------------------------------------------------------------------ */

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t word(const char *p, size_t n)
{
    uint64_t v = 0;
    memcpy(&v, p, n);
    return v;
}

static struct probe probe_text(const struct table *t, struct pail_str key)
{
    uint64_t h = t->seed[0] ^ key.len;
    const char *p = key.ptr;
    size_t n = key.len;
    for (; n > 16; p += 16, n -= 16)
        h = fold(h ^ word(p, 8) ^ t->seed[1], word(p + 8, 8) ^ t->seed[2]);
    uint64_t a = 0, b = 0;
    if (n > 8) {
        a = word(p, 8);
        b = word(p + 8, n - 8);
    } else if (n) {
        a = word(p, n);
    }
    h = fold(h ^ a ^ t->seed[1], b ^ t->seed[2]);
    return (struct probe){.hash = fold(h ^ t->seed[3], t->seed[0] | 1), .text = key};
}

static struct probe probe_number(const struct table *t, uint64_t key)
{
    uint64_t h = fold(key ^ t->seed[0], t->seed[1] | 1);
    return (struct probe){.hash = fold(h ^ t->seed[2], t->seed[3] | 1), .number = key};
}

/* ---- Table ----------------------------------------------------------------------------------- */

static void table_init(struct table *t, bool numbers)
{
    *t = (struct table){.numbers = numbers};
    pail_rand_bytes(t->seed, sizeof(t->seed));
}

static void table_done(struct table *t)
{
    if (!t->numbers) {
        for (uint32_t i = t->first; i < t->used; i++) {
            if (t->entries[i].value)
                pail_free(t->entries[i].key.text);
        }
    }
    pail_free(t->entries);
    pail_free(t->slots);
}

static uint32_t slot_mask(const struct table *t)
{
    return 2 * t->cap - 1;
}

static bool matches(const struct table *t, const struct entry *e, const struct probe *k)
{
    if (e->hash != k->hash)
        return false;
    if (t->numbers)
        return e->key.number == k->number;
    return pail_str_eq(pail_strn(e->key.text->bytes, e->key.text->len), k->text);
}

/* The slot of the key, or UINT32_MAX. */
static uint32_t find(const struct table *t, const struct probe *k)
{
    if (t->cap == 0)
        return UINT32_MAX;
    uint32_t mask = slot_mask(t), tag = (uint32_t)k->hash;
    for (uint32_t at = tag & mask; t->slots[at].entry; at = (at + 1) & mask) {
        if (t->slots[at].tag == tag && matches(t, &t->entries[t->slots[at].entry - 1], k))
            return at;
    }
    return UINT32_MAX;
}

/* Points a free slot at entry number i. */
static void link_entry(struct table *t, uint32_t i)
{
    uint32_t mask = slot_mask(t), tag = (uint32_t)t->entries[i].hash, at = tag & mask;
    while (t->slots[at].entry)
        at = (at + 1) & mask;
    t->slots[at] = (struct slot){.entry = i + 1, .tag = tag};
}

/* Frees a slot and moves back those behind it that would no longer be reached. */
static void free_slot(struct table *t, uint32_t gap)
{
    uint32_t mask = slot_mask(t);
    for (uint32_t at = (gap + 1) & mask; t->slots[at].entry; at = (at + 1) & mask) {
        uint32_t home = t->slots[at].tag & mask;
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            t->slots[gap] = t->slots[at];
            gap = at;
        }
    }
    t->slots[gap].entry = 0;
}

/* The dense array is full: copy what lives to arrays of the right size. */
static int rebuild(struct table *t, struct pail_error *err)
{
    uint32_t cap = t->cap ? t->cap : MIN_ENTRIES;
    if (t->live >= cap / 4 * 3)
        cap *= 2;
    else if (t->live < cap / 8 && cap > MIN_ENTRIES)
        cap /= 2;
    if (cap > MAX_ENTRIES)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_TOO_BIG, "map: more than %u entries",
                              (unsigned)MAX_ENTRIES);

    struct table grown = *t;
    grown.entries = pail_reallocarray(NULL, cap, sizeof(*grown.entries));
    grown.slots = pail_calloc(2 * (size_t)cap, sizeof(*grown.slots));
    if (!grown.entries || !grown.slots) {
        pail_free(grown.entries);
        pail_free(grown.slots);
        return pail_error_nomem(err);
    }
    grown.cap = cap;
    grown.first = grown.used = 0;
    for (uint32_t i = t->first; i < t->used; i++) {
        if (!t->entries[i].value)
            continue;
        grown.entries[grown.used] = t->entries[i];
        link_entry(&grown, grown.used++);
    }
    pail_free(t->entries);
    pail_free(t->slots);
    *t = grown;
    return 0;
}

static void *table_get(const struct table *t, const struct probe *k)
{
    uint32_t at = find(t, k);
    return at == UINT32_MAX ? NULL : t->entries[t->slots[at].entry - 1].value;
}

static int table_put(struct table *t, const struct probe *k, void *value, void **ret_old,
                     struct pail_error *err)
{
    void *old = NULL;
    uint32_t at = find(t, k);
    if (at != UINT32_MAX) {
        struct entry *e = &t->entries[t->slots[at].entry - 1];
        old = e->value;
        e->value = value;
    } else {
        if (t->used == t->cap) {
            int rc = rebuild(t, err);
            if (rc < 0)
                return rc;
        }
        struct entry e = {.hash = k->hash, .value = value};
        if (t->numbers) {
            e.key.number = k->number;
        } else {
            e.key.text = pail_alloc(sizeof(struct text) + k->text.len);
            if (!e.key.text)
                return pail_error_nomem(err);
            e.key.text->len = k->text.len;
            if (k->text.len)
                memcpy(e.key.text->bytes, k->text.ptr, k->text.len);
        }
        t->entries[t->used] = e;
        link_entry(t, t->used++);
        t->live++;
    }
    if (ret_old)
        *ret_old = old;
    return 0;
}

static void *table_remove(struct table *t, const struct probe *k)
{
    uint32_t at = find(t, k);
    if (at == UINT32_MAX)
        return NULL;
    struct entry *e = &t->entries[t->slots[at].entry - 1];
    void *value = e->value;
    free_slot(t, at);
    if (!t->numbers)
        pail_free(e->key.text);
    *e = (struct entry){0};
    t->live--;
    while (t->first < t->used && !t->entries[t->first].value)
        t->first++;
    if (t->first == t->used)
        t->first = t->used = 0;
    return value;
}

static const struct entry *table_next(const struct table *t, size_t *it)
{
    size_t i = *it < t->first ? t->first : *it;
    while (i < t->used && !t->entries[i].value)
        i++;
    if (i >= t->used)
        return NULL;
    *it = i + 1;
    return &t->entries[i];
}

/* ---- String keys ----------------------------------------------------------------------------- */

int pail_map_new(struct pail_map **ret, struct pail_error *err)
{
    struct pail_map *m = pail_zalloc(sizeof(*m));
    if (!m)
        return pail_error_nomem(err);
    table_init(&m->t, false);
    *ret = m;
    return 0;
}

void pail_map_free(struct pail_map *m)
{
    if (!m)
        return;
    table_done(&m->t);
    pail_free(m);
}

void *pail_map_get(const struct pail_map *m, struct pail_str key)
{
    struct probe k = probe_text(&m->t, key);
    return table_get(&m->t, &k);
}

int pail_map_put(struct pail_map *m, struct pail_str key, void *value, void **ret_old,
                 struct pail_error *err)
{
    struct probe k = probe_text(&m->t, key);
    return table_put(&m->t, &k, value, ret_old, err);
}

void *pail_map_remove(struct pail_map *m, struct pail_str key)
{
    struct probe k = probe_text(&m->t, key);
    return table_remove(&m->t, &k);
}

size_t pail_map_len(const struct pail_map *m)
{
    return m->t.live;
}

bool pail_map_next(const struct pail_map *m, size_t *it, struct pail_str *ret_key, void **ret_value)
{
    const struct entry *e = table_next(&m->t, it);
    if (!e)
        return false;
    if (ret_key)
        *ret_key = pail_strn(e->key.text->bytes, e->key.text->len);
    if (ret_value)
        *ret_value = e->value;
    return true;
}

/* ---- Number keys ----------------------------------------------------------------------------- */

int pail_u64map_new(struct pail_u64map **ret, struct pail_error *err)
{
    struct pail_u64map *m = pail_zalloc(sizeof(*m));
    if (!m)
        return pail_error_nomem(err);
    table_init(&m->t, true);
    *ret = m;
    return 0;
}

void pail_u64map_free(struct pail_u64map *m)
{
    if (!m)
        return;
    table_done(&m->t);
    pail_free(m);
}

void *pail_u64map_get(const struct pail_u64map *m, uint64_t key)
{
    struct probe k = probe_number(&m->t, key);
    return table_get(&m->t, &k);
}

int pail_u64map_put(struct pail_u64map *m, uint64_t key, void *value, void **ret_old,
                    struct pail_error *err)
{
    struct probe k = probe_number(&m->t, key);
    return table_put(&m->t, &k, value, ret_old, err);
}

void *pail_u64map_remove(struct pail_u64map *m, uint64_t key)
{
    struct probe k = probe_number(&m->t, key);
    return table_remove(&m->t, &k);
}

size_t pail_u64map_len(const struct pail_u64map *m)
{
    return m->t.live;
}

bool pail_u64map_next(const struct pail_u64map *m, size_t *it, uint64_t *ret_key, void **ret_value)
{
    const struct entry *e = table_next(&m->t, it);
    if (!e)
        return false;
    if (ret_key)
        *ret_key = e->key.number;
    if (ret_value)
        *ret_value = e->value;
    return true;
}
