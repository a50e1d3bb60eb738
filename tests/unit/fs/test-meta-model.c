/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random histories against a bucket. Answers are asked for, carried out and delivered at different
 * times; in between we change things, others do (and we hear of it: expire), the process is killed,
 * the power fails, the disk is full. After every step: what meta says it has seen is what the
 * bucket has, and a directory that counts as listed has exactly the bucket's names.
 *
 * PAIL_SEED=N runs one seed, PAIL_STEPS=N so many steps, with every step printed.
 */
#include <errno.h>

#include "unit/fs/meta-rig.h"

#define ROOT PAIL_INO_ROOT
#define KEY 64
#define OBJECTS 200
#define ASKS 12
#define NAMES "abcdef"
#define DEPTH 4
#define PAGE 3

struct object {
    char key[KEY]; /* a directory's marker ends in '/' */
    unsigned version;
};

/* A question under way. */
struct ask {
    enum { FREE, HEAD, LIST } what;
    bool executed; /* the bucket has answered, we have not heard yet */
    uint64_t dir;
    char prefix[KEY], name[2];
    uint64_t stamp;
    struct pail_meta_listing l;
    char last[KEY]; /* of the listing */
    bool final;
    struct object found[PAGE];
    size_t n_found;
    bool found_dir;
};

struct world {
    struct pail_meta *m;
    struct object bucket[OBJECTS];
    size_t n;
    unsigned version;
    struct ask asks[ASKS];
    uint64_t random;
    unsigned step;
    bool verbose;
};

static unsigned pick(struct world *w, unsigned bound)
{
    w->random = w->random * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)(w->random >> 33) % bound;
}

#define SAY(w, ...)                                                                                \
    do {                                                                                           \
        if ((w)->verbose) {                                                                        \
            printf("%5u ", (w)->step);                                                             \
            printf(__VA_ARGS__);                                                                   \
            printf("\n");                                                                          \
        }                                                                                          \
    } while (0)

/* ---- The bucket ------------------------------------------------------------------------------ */

static struct object *bucket_find(struct world *w, const char *key)
{
    for (size_t i = 0; i < w->n; i++) {
        if (strcmp(w->bucket[i].key, key) == 0)
            return &w->bucket[i];
    }
    return NULL;
}

static bool bucket_has_prefix(struct world *w, const char *prefix, const char *except)
{
    for (size_t i = 0; i < w->n; i++) {
        const char *key = w->bucket[i].key;
        if (strncmp(key, prefix, strlen(prefix)) == 0 && (!except || strcmp(key, except) != 0))
            return true;
    }
    return false;
}

static void bucket_put(struct world *w, const char *key, unsigned version)
{
    struct object *o = bucket_find(w, key);
    if (!o) {
        assert_true(w->n < OBJECTS);
        o = &w->bucket[w->n++];
        snprintf(o->key, sizeof(o->key), "%s", key);
    }
    o->version = version;
}

static void bucket_delete(struct world *w, const char *key)
{
    struct object *o = bucket_find(w, key);
    if (o)
        *o = w->bucket[--w->n];
}

static const char *join(const char *prefix, const char *name, const char *tail)
{
    static char text[4][3 * KEY];
    static unsigned at;
    at = (at + 1) % 4;
    snprintf(text[at], sizeof(text[at]), "%s%s%s", prefix, name, tail);
    return text[at];
}

/* 'F', 'D' or '-' */
static char truth(struct world *w, const char *prefix, const char *name)
{
    if (bucket_find(w, join(prefix, name, "")))
        return 'F';
    return bucket_has_prefix(w, join(prefix, name, "/"), NULL) ? 'D' : '-';
}

static struct pail_row object_row(uint64_t dir, const char *name, char kind, unsigned version,
                                  uint64_t stamp)
{
    static char etags[8][24];
    static unsigned at;
    char *etag = etags[at++ % 8];
    snprintf(etag, sizeof(etags[0]), "\"v%u\"", version);
    struct pail_row r = {0};
    r.parent = dir;
    r.name = pail_str(name);
    r.stamp = stamp;
    r.seen_ns = (int64_t)stamp;
    r.kind = kind == 'F' ? PAIL_KIND_FILE : kind == 'D' ? PAIL_KIND_DIR : PAIL_KIND_NONE;
    if (kind == 'F') {
        r.etag = pail_str(etag);
        r.size = version;
        r.mtime_ns = version * INT64_C(1000000000);
    }
    return r;
}

/* ---- Questions ------------------------------------------------------------------------------- */

static struct ask *new_ask(struct world *w, uint64_t dir, const char *prefix)
{
    for (int i = 0; i < ASKS; i++) {
        if (w->asks[i].what == FREE) {
            w->asks[i] = (struct ask){.dir = dir};
            snprintf(w->asks[i].prefix, sizeof(w->asks[i].prefix), "%s", prefix);
            return &w->asks[i];
        }
    }
    return NULL;
}

static struct ask *ask_head(struct world *w, uint64_t dir, const char *prefix, const char *name)
{
    struct ask *a = new_ask(w, dir, prefix);
    if (!a)
        return NULL;
    a->what = HEAD;
    a->stamp = pail_meta_stamp(w->m);
    snprintf(a->name, sizeof(a->name), "%s", name);
    SAY(w, "ask %s%s (%llu)", prefix, name, (unsigned long long)a->stamp);
    return a;
}

static void ask_list(struct world *w, uint64_t dir, const char *prefix)
{
    for (int i = 0; i < ASKS; i++) {
        if (w->asks[i].what == LIST && w->asks[i].dir == dir)
            return;
    }
    struct ask *a = new_ask(w, dir, prefix);
    struct pail_error err = PAIL_ERROR_INIT;
    if (!a)
        return;
    assert_ok(pail_meta_list_begin(w->m, dir, 1 + (int64_t)w->step, &a->l, &err), &err);
    a->what = LIST;
    SAY(w, "list %s (%llu)", prefix, (unsigned long long)a->l.stamp);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct object *)a)->key, ((const struct object *)b)->key);
}

static void execute_list(struct world *w, struct ask *a)
{
    struct object all[8];
    size_t n = 0;
    for (const char *c = NAMES; *c; c++) {
        char name[2] = {*c, '\0'}, kind = truth(w, a->prefix, name);
        struct object *o = bucket_find(w, join(a->prefix, name, ""));
        if (kind == '-')
            continue;
        snprintf(all[n].key, KEY, "%s%s", name, kind == 'D' ? "/" : "");
        all[n].version = o ? o->version : 0;
        if (strcmp(all[n].key, a->last) > 0)
            n++;
    }
    qsort(all, n, sizeof(*all), by_key);
    a->final = n <= PAGE;
    a->n_found = a->final ? n : PAGE;
    memcpy(a->found, all, a->n_found * sizeof(*all));
    if (a->n_found)
        memcpy(a->last, all[a->n_found - 1].key, KEY);
}

static void execute(struct world *w, struct ask *a)
{
    a->executed = true;
    if (a->what == LIST) {
        execute_list(w, a);
        return;
    }
    struct object *o = bucket_find(w, join(a->prefix, a->name, ""));
    a->n_found = o ? 1 : 0;
    if (o)
        a->found[0] = *o;
    a->found_dir = !o && truth(w, a->prefix, a->name) == 'D';
}

static void deliver_head(struct world *w, struct ask *a)
{
    char kind = a->n_found ? 'F' : a->found_dir ? 'D' : '-';
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_row r = object_row(a->dir, a->name, kind, a->found[0].version, a->stamp);
    int rc = pail_meta_put(w->m, &r, PAIL_PUT_ANSWER, NULL, &err);
    if (rc != PAIL_E_FS_NOENT && rc != PAIL_E_FS_STALE)
        assert_ok(rc, &err);
    SAY(w, "heard %s%s: %c %u (%llu) %s", a->prefix, a->name, kind, a->found[0].version,
        (unsigned long long)a->stamp, rc ? err.message : "");
    a->what = FREE;
}

static void deliver_page(struct world *w, struct ask *a)
{
    struct pail_row rows[PAGE];
    char names[PAGE][2];
    struct pail_error err = PAIL_ERROR_INIT;
    for (size_t i = 0; i < a->n_found; i++) {
        bool is_dir = a->found[i].key[1] == '/';
        names[i][0] = a->found[i].key[0];
        names[i][1] = '\0';
        rows[i] = object_row(a->dir, names[i], is_dir ? 'D' : 'F', a->found[i].version, 0);
        rows[i].seen_ns = 0;
    }
    int rc = pail_meta_list_page(w->m, &a->l, rows, a->n_found, NULL, NULL, &err);
    if (rc == 0 && a->final)
        rc = pail_meta_list_end(w->m, &a->l, 0, 0, NULL, NULL, &err);
    if (rc != PAIL_E_FS_NOENT && rc != PAIL_E_FS_STALE) /* what the disk refused is forgotten */
        assert_ok(rc, &err);
    SAY(w, "page of %s: %zu %s%s", a->prefix, a->n_found, a->final ? "end " : "",
        rc ? err.message : "");
    a->executed = false;
    if (a->final || rc)
        a->what = FREE;
}

static void progress(struct world *w, struct ask *a)
{
    if (!a->executed)
        execute(w, a);
    else if (a->what == HEAD)
        deliver_head(w, a);
    else
        deliver_page(w, a);
}

static void progress_some(struct world *w)
{
    struct ask *a = &w->asks[pick(w, ASKS)];
    if (a->what != FREE)
        progress(w, a);
}

/* ---- Finding one's way ----------------------------------------------------------------------- */

struct place {
    uint64_t ino;
    char prefix[KEY];
};

/* A directory that meta has seen, all the way down. */
static struct place some_dir(struct world *w)
{
    struct place p = {ROOT, ""};
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    for (int depth = 0; depth < DEPTH - 1 && pick(w, 3); depth++) {
        char name[2] = {NAMES[pick(w, 6)], '\0'};
        if (pail_meta_find(w->m, p.ino, pail_str(name), &c, NULL) != 0 ||
            c.row.kind != PAIL_KIND_DIR || c.row.seen_ns == 0)
            continue;
        p.ino = c.row.ino;
        snprintf(p.prefix, sizeof(p.prefix), "%s", join(p.prefix, name, "/"));
    }
    return p;
}

/* Nobody changes a name without having looked. The row's inode number, 0: absent. False: could not
 * find out. */
static bool look(struct world *w, const struct place *p, const char *name, uint64_t *ret_ino)
{
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    for (int attempt = 0; attempt < 2; attempt++) {
        int rc = pail_meta_find(w->m, p->ino, pail_str(name), &c, NULL);
        if (rc == 0 && c.row.seen_ns) {
            *ret_ino = c.row.ino;
            return true;
        }
        if (rc == PAIL_E_FS_NOENT && rig_get(w->m, p->ino).listed_ns) {
            *ret_ino = 0;
            return true;
        }
        struct ask *a = ask_head(w, p->ino, p->prefix, name);
        if (!a)
            return false;
        execute(w, a);
        deliver_head(w, a);
    }
    return false;
}

/* ---- Our changes ----------------------------------------------------------------------------- */

static void put_change(struct world *w, const struct place *p, const char *name, char kind,
                       unsigned version, bool empty_dir)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_row r = object_row(p->ino, name, kind, version, pail_meta_stamp(w->m));
    r.mtime_ns = 1; /* S3 did not say */
    if (empty_dir) {
        r.listed_ns = 1 + (int64_t)w->step;
        r.flags = PAIL_ROW_MARKER;
    }
    assert_ok(pail_meta_put(w->m, &r, PAIL_PUT_CHANGE, NULL, &err), &err);
}

static void do_create(struct world *w)
{
    struct place p = some_dir(w);
    char name[2] = {NAMES[pick(w, 6)], '\0'};
    uint64_t ino;
    bool dir = pick(w, 4) == 0;
    if (!look(w, &p, name, &ino))
        return;
    char is = truth(w, p.prefix, name);
    if (is == 'D' || (dir && is != '-') || w->n > OBJECTS / 2)
        return;
    SAY(w, "%s %s%s", dir ? "mkdir" : "write", p.prefix, name);
    unsigned version = ++w->version;
    bucket_put(w, join(p.prefix, name, dir ? "/" : ""), version);
    if (pick(w, 2))
        progress_some(w);
    put_change(w, &p, name, dir ? 'D' : 'F', version, dir);
}

static void do_remove(struct world *w)
{
    struct place p = some_dir(w);
    char name[2] = {NAMES[pick(w, 6)], '\0'};
    uint64_t ino;
    if (!look(w, &p, name, &ino) || ino == 0)
        return;
    char is = truth(w, p.prefix, name);
    const char *key = join(p.prefix, name, is == 'D' ? "/" : "");
    if (is == '-' || (is == 'D' && bucket_has_prefix(w, key, key)))
        return;
    SAY(w, "remove %s", key);
    bucket_delete(w, key);
    if (pick(w, 2))
        progress_some(w);
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_meta_remove(w->m, p.ino, pail_str(name), pail_meta_stamp(w->m), &err), &err);
}

static void bucket_rename(struct world *w, const char *from, const char *to)
{
    for (size_t i = 0; i < w->n; i++) {
        char *key = w->bucket[i].key;
        if (strncmp(key, from, strlen(from)) == 0) {
            char moved[3 * KEY];
            snprintf(moved, sizeof(moved), "%s%s", to, key + strlen(from));
            assert_true(strlen(moved) < KEY);
            memcpy(key, moved, strlen(moved) + 1);
        }
    }
}

static void do_rename(struct world *w)
{
    struct place from = some_dir(w), to = some_dir(w);
    char name[2] = {NAMES[pick(w, 6)], '\0'}, new_name[2] = {NAMES[pick(w, 6)], '\0'};
    uint64_t ino, target;
    if (!look(w, &from, name, &ino) || !look(w, &to, new_name, &target) || ino == 0)
        return;
    char is = truth(w, from.prefix, name), there = truth(w, to.prefix, new_name);
    const char *old_key = join(from.prefix, name, is == 'D' ? "/" : "");
    const char *new_key = join(to.prefix, new_name, is == 'D' ? "/" : "");
    if (is == '-' || strcmp(old_key, new_key) == 0 || (there != '-' && there != is) ||
        (is == 'D' && (strncmp(to.prefix, old_key, strlen(old_key)) == 0 ||
                       bucket_has_prefix(w, new_key, new_key))))
        return;
    SAY(w, "rename %s %s", old_key, new_key);
    bucket_delete(w, new_key);
    if (is == 'D') {
        bucket_rename(w, old_key, new_key);
    } else {
        struct object *o = bucket_find(w, old_key);
        unsigned version = o ? o->version : 0;
        bucket_delete(w, old_key);
        bucket_put(w, new_key, version);
        if (pick(w, 2))
            progress_some(w);
    }
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_meta_move(w->m, ino, to.ino, pail_str(new_name), pail_meta_stamp(w->m), &err),
              &err);
}

/* ---- Others, and trouble --------------------------------------------------------------------- */

static void do_remote(struct world *w)
{
    if (w->n == 0)
        return;
    /* Beside some object there is, so directories exist. */
    char prefix[KEY], name[2] = {NAMES[pick(w, 6)], '\0'};
    snprintf(prefix, sizeof(prefix), "%s", w->bucket[pick(w, (unsigned)w->n)].key);
    char *slash = strrchr(prefix, '/');
    if (slash)
        slash[1] = '\0';
    else
        prefix[0] = '\0';
    if (strlen(prefix) >= 2 * DEPTH)
        return;
    char is = truth(w, prefix, name);
    const char *marker = join(prefix, name, "/");
    if (is == 'F')
        bucket_delete(w, join(prefix, name, ""));
    else if (is == 'D' && !bucket_has_prefix(w, marker, marker))
        bucket_delete(w, marker);
    else if (is == '-' && w->n < OBJECTS / 2)
        bucket_put(w, join(prefix, name, pick(w, 4) ? "" : "/"), ++w->version);
    else
        return;
    SAY(w, "others %s %s%s", is == '-' ? "make" : "remove", prefix, name);

    /* Told of the directory, or of nothing in particular. */
    uint64_t dir = ROOT;
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    for (const char *at = prefix; *at && dir; at += 2) {
        int rc = pail_meta_find(w->m, dir, pail_strn(at, 1), &c, NULL);
        if (rc != 0 || c.row.kind != PAIL_KIND_DIR)
            break;
        dir = c.row.ino;
    }
    struct pail_error err = PAIL_ERROR_INIT;
    assert_ok(pail_meta_expire(w->m, pick(w, 3) ? dir : ROOT, &err), &err);
}

static void do_trouble(struct world *w)
{
    unsigned what = pick(w, 5);
    struct pail_error err = PAIL_ERROR_INIT;
    if (what == 0) {
        SAY(w, "disk full");
        mem_disk_fail(MEM_WRITE, "-wal", ENOSPC, 1, UINT32_MAX);
        put_change(w, &(struct place){ROOT, ""}, "z", '-', 0, false);
        assert_code(pail_meta_sync(w->m, pick(w, 2), &err), PAIL_E_OS);
        mem_disk_heal();
        return;
    }
    if (what == 1) {
        (void)!pail_meta_sync(w->m, pick(w, 2), &err);
        return;
    }
    SAY(w, "%s", what == 2 ? "kill" : what == 3 ? "power cut" : "reopen");
    if (what == 2)
        mem_disk_kill();
    if (what == 3)
        mem_disk_power_cut(pick(w, 1000));
    pail_meta_close(w->m);
    memset(w->asks, 0, sizeof(w->asks));
    struct pail_meta_open_result r;
    w->m = rig_reopen_full(&r);
    assert_false(r.set_aside);
}

/* ---- What must hold -------------------------------------------------------------------------- */

struct totals {
    uint64_t files, dirs, bytes;
};

static void check_dir(struct world *w, uint64_t dir, const char *prefix, struct totals *t)
{
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy c;
    pail_row_copy_init(&c);
    bool listed = rig_get(w->m, dir).listed_ns != 0;
    t->dirs++;
    for (const char *n = NAMES; *n; n++) {
        char name[2] = {*n, '\0'}, is = truth(w, prefix, name), said = '-';
        int rc = pail_meta_find(w->m, dir, pail_str(name), &c, NULL);
        if (rc == 0)
            said = "-FD"[c.row.kind];
        bool sure = rc == 0 ? c.row.seen_ns != 0 || (listed && said != '-') : listed;
        struct object *o = bucket_find(w, join(prefix, name, ""));
        if (sure && (said != is || (is == 'F' && o && c.row.size != o->version))) {
            print_error("step %u: %s%s is %c %u, meta says %c %llu (stamp %llu)\n", w->step, prefix,
                        name, is, o ? o->version : 0, said, (unsigned long long)c.row.size,
                        (unsigned long long)c.row.stamp);
            fail();
        }
        if (said == 'F') {
            t->files++;
            t->bytes += c.row.size;
        }
        if (said == 'D') {
            char below[3 * KEY];
            snprintf(below, sizeof(below), "%s", join(prefix, name, "/"));
            check_dir(w, c.row.ino, below, t);
        }
    }
}

static void check_all(struct world *w)
{
    struct totals t = {0};
    struct pail_meta_usage u;
    check_dir(w, ROOT, "", &t);
    assert_ok(pail_meta_usage(w->m, &u, NULL), NULL);
    assert_int_equal(u.files, t.files);
    assert_int_equal(u.dirs, t.dirs);
    assert_int_equal(u.bytes, t.bytes);
}

static void run(uint64_t seed, unsigned steps, bool verbose)
{
    static struct world w;
    w = (struct world){.m = rig_open(), .random = seed, .verbose = verbose};
    for (w.step = 0; w.step < steps; w.step++) {
        unsigned what = pick(&w, 100);
        struct place p = some_dir(&w);
        if (what < 15)
            do_create(&w);
        else if (what < 22)
            do_remove(&w);
        else if (what < 29)
            do_rename(&w);
        else if (what < 38)
            ask_head(&w, p.ino, p.prefix, (char[2]){NAMES[pick(&w, 6)], '\0'});
        else if (what < 43)
            ask_list(&w, p.ino, p.prefix);
        else if (what < 97)
            progress_some(&w);
        else if (what < 99)
            do_remote(&w);
        else if (pick(&w, 3) == 0)
            do_trouble(&w);
        check_all(&w);
    }
    rig_close(w.m);
}

static void test_histories(void **state)
{
    const char *one = getenv("PAIL_SEED"), *count = getenv("PAIL_STEPS");
    uint64_t seed = 0, steps = 8000;
    if (count)
        assert_true(pail_str_to_u64(pail_str(count), &steps));
    if (one) {
        assert_true(pail_str_to_u64(pail_str(one), &seed));
        run(seed, (unsigned)steps, true);
        return;
    }
    for (seed = 1; seed <= 6; seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        run(seed, (unsigned)steps, false);
    }
}

PAIL_TEST_MAIN(cmocka_unit_test(test_histories))
