/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/lister.c - a directory's listing into fs/meta.
 *
 * One request after the other, as the continuation token demands; the next one is under way while a
 * page is put into fs/meta.
 *
 * Shadowing. An object "a" and keys "a/..." are two things of one name. In key order "a" comes
 * first, then perhaps "a-b" and many more ('-' < '/'), then "a/"; a page may end in between. Files
 * that may yet turn out to be shadowed are held back: those whose name begins what follows, which
 * is a stack, since each must begin the next. A file leaves it when a key at or past its name + "/"
 * arrives, and only then becomes a row, under its own name or under the escape. So no row ever
 * changes its kind because of where a page ended; that would cost the directory its inode.
 *
 * The key that equals the prefix is the directory's own marker: it goes into the directory's row at
 * the end.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/str.h"
#include "sync/lister_impl.h"
#include "sync/names.h"

/* ---- Requests ------------------------------------------------------------------------------- */

struct page_call {
    struct pail_s3_page page;
    struct pail_call *call; /* not NULL while it is under way */
    struct pail_error error;
    bool failed;
};

static void on_page(void *ud, const struct pail_error *error)
{
    struct page_call *p = ud;

    p->failed = error != NULL;
    if (error)
        pail_error_copy(&p->error, error);
}

static int page_start(struct page_call *p, const struct pail_volume *v, struct pail_str prefix,
                      struct pail_str token, struct pail_error *err)
{
    const struct pail_s3_list_args args = {
        .call = pail_volume_call(v, PAIL_PRIO_META),
        .bucket = pail_str(v->bucket),
        .prefix = prefix,
        .delimiter = PAIL_STR("/"),
        .continuation_token = token,
    };
    return pail_s3_list_async(v->s3, &args, &p->page, on_page, p, &p->call, err);
}

static int page_wait(struct page_call *p, struct pail_error *err)
{
    pail_call_wait(p->call);
    p->call = pail_call_unref(p->call);
    if (p->failed)
        pail_error_copy(err, &p->error);
    return p->failed ? (int)p->error.code : 0;
}

/* In any state; what is under way is given up. */
static void page_done(struct page_call *p)
{
    if (p->call) {
        pail_call_cancel(p->call);
        (void)page_wait(p, NULL);
    }
    pail_s3_page_done(&p->page);
}

/* ---- One listing ---------------------------------------------------------------------------- */

struct held {
    struct pail_str component, etag;
    uint64_t size;
    int64_t mtime_ns;
};

/* A text that rows of the current page point into. */
struct text {
    struct text *next;
    char bytes[];
};

struct listing {
    const struct pail_lister *l;
    const struct pail_volume *v;
    struct pail_str prefix;
    struct pail_meta_listing at;
    struct pail_row *rows; /* of the current page, sorted by name in the end */
    size_t n_rows, cap_rows;
    struct text *texts;      /* live until the rows are in fs/meta */
    struct text *held_texts; /* live until the next page's are */
    struct held *held;
    size_t n_held, cap_held;
    bool cut; /* there is more than max_pages: what is held back stays undecided */
    bool marker;
    struct pail_buf marker_etag;
    int64_t marker_mtime_ns;
};

static void free_texts(struct text **list)
{
    while (*list) {
        struct text *t = *list;
        *list = t->next;
        pail_free(t);
    }
}

static void listing_done(struct listing *s)
{
    free_texts(&s->texts);
    free_texts(&s->held_texts);
    pail_free(s->rows);
    pail_free(s->held);
    pail_buf_done(&s->marker_etag);
}

/* Copies a text; NULL view when out of memory. */
static struct pail_str keep(struct text **list, struct pail_str s)
{
    struct text *t = pail_alloc(sizeof(*t) + s.len + 1);

    if (!t)
        return pail_strn(NULL, 0);
    if (s.len)
        memcpy(t->bytes, s.ptr, s.len);
    t->bytes[s.len] = '\0';
    t->next = *list;
    *list = t;
    return pail_strn(t->bytes, s.len);
}

/* Room for one more element. */
static int grow(void **array, size_t *cap, size_t n, size_t size, struct pail_error *err)
{
    if (n < *cap)
        return 0;
    size_t next = *cap ? 2 * *cap : 64;
    void *p = pail_reallocarray(*array, next, size);
    if (!p)
        return pail_error_nomem(err);
    *array = p;
    *cap = next;
    return 0;
}

static int add_row(struct listing *s, struct pail_str component, bool shadowed, struct pail_row row,
                   struct pail_error *err)
{
    struct pail_buf escaped PAIL_CLEANUP(pail_buf_done) = PAIL_BUF_INIT(1024);

    int rc = grow((void **)&s->rows, &s->cap_rows, s->n_rows, sizeof(*s->rows), err);
    if (rc < 0)
        return rc;
    row.name = component;
    if (pail_name_escape(component, shadowed, &escaped)) {
        rc = pail_buf_check(&escaped, "name", err);
        if (rc < 0)
            return rc;
        row.name = keep(&s->texts, pail_buf_view(&escaped));
        if (!row.name.ptr)
            return pail_error_nomem(err);
        row.raw = component.len ? component : PAIL_STR("");
    }
    row.parent = s->at.dir;
    row.stamp = s->at.stamp;
    row.seen_ns = s->at.began_ns;
    s->rows[s->n_rows++] = row;
    return 0;
}

/* The uppermost file that was held back gets its name. */
static int release(struct listing *s, bool shadowed, struct pail_error *err)
{
    const struct held *h = &s->held[--s->n_held];
    const struct pail_row row = {
        .kind = PAIL_KIND_FILE,
        .etag = h->etag,
        .size = h->size,
        .mtime_ns = h->mtime_ns,
    };
    return add_row(s, h->component, shadowed, row, err);
}

/* Releases what the next key (without the prefix) has decided. */
static int release_before(struct listing *s, struct pail_str key, struct pail_error *err)
{
    int rc = 0;

    while (rc == 0 && s->n_held) {
        struct pail_str top = s->held[s->n_held - 1].component;
        bool begins = pail_str_starts(key, top) && key.len > top.len;
        unsigned char follows = begins ? (unsigned char)key.ptr[top.len] : 0xff;
        if (begins && follows < '/')
            break;
        rc = release(s, begins && follows == '/', err);
    }
    return rc;
}

static int note_marker(struct listing *s, const struct pail_s3_entry *e, struct pail_error *err)
{
    s->marker = true;
    s->marker_mtime_ns = e->mtime_ns;
    pail_buf_reset(&s->marker_etag);
    pail_buf_str(&s->marker_etag, e->etag);
    return pail_buf_check(&s->marker_etag, "etag", err);
}

static int take_entry(struct listing *s, const struct pail_s3_entry *e, struct pail_error *err)
{
    if (!pail_str_starts(e->key, s->prefix))
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_GARBAGE,
                              "listing s3://%s/%.*s: the answer names \"%.*s\"", s->v->bucket,
                              PAIL_STR_ARG(s->prefix), PAIL_STR_ARG(e->key));
    struct pail_str key = pail_str_from(e->key, s->prefix.len);
    if (key.len == 0)
        return e->is_prefix ? 0 : note_marker(s, e, err);
    if (s->n_held && pail_str_eq(s->held[s->n_held - 1].component, key))
        return 0; /* some services begin a page with the last key of the one before */
    int rc = release_before(s, key, err);
    if (rc < 0)
        return rc;
    /* A key with a "/" in it would be a service that does not know delimiters: the same directory.
     */
    size_t slash = pail_str_find(key, '/');
    if (slash != SIZE_MAX)
        return add_row(s, pail_str_sub(key, 0, slash), false,
                       (struct pail_row){.kind = PAIL_KIND_DIR}, err);
    rc = grow((void **)&s->held, &s->cap_held, s->n_held, sizeof(*s->held), err);
    if (rc == 0)
        s->held[s->n_held++] = (struct held){key, e->etag, e->size, e->mtime_ns};
    return rc;
}

/* Says where; requests say it themselves. */
static int in_listing(const struct listing *s, int rc, struct pail_error *err)
{
    pail_error_prefix(err, "listing s3://%s/%.*s", s->v->bucket, PAIL_STR_ARG(s->prefix));
    return rc;
}

static int compare_rows(const void *a, const void *b)
{
    const struct pail_row *x = a, *y = b;
    return pail_str_cmp(x->name, y->name);
}

static int put_rows(struct listing *s, struct pail_error *err)
{
    size_t n = 0;

    if (s->n_rows > 1)
        qsort(s->rows, s->n_rows, sizeof(*s->rows), compare_rows);
    for (size_t i = 0; i < s->n_rows; i++) {
        if (n == 0 || !pail_str_eq(s->rows[n - 1].name, s->rows[i].name))
            s->rows[n++] = s->rows[i];
    }
    s->n_rows = 0;
    if (n == 0)
        return 0;
    int rc = pail_meta_list_page(s->l->meta, &s->at, s->rows, n, s->l->changed, s->l->ud, err);
    return rc < 0 ? in_listing(s, rc, err) : 0;
}

/* What is still held back must outlive the page it came with. */
static int keep_held(struct listing *s, struct pail_error *err)
{
    struct text *kept = NULL;

    for (size_t i = 0; i < s->n_held; i++) {
        struct held *h = &s->held[i];
        struct pail_str component = keep(&kept, h->component);
        struct pail_str etag = keep(&kept, h->etag);
        if (!component.ptr || !etag.ptr) {
            free_texts(&kept);
            s->n_held = 0; /* some point into what is gone now */
            return pail_error_nomem(err);
        }
        h->component = component;
        h->etag = etag;
    }
    free_texts(&s->held_texts);
    s->held_texts = kept;
    return 0;
}

static int take_page(struct listing *s, const struct pail_s3_page *page, struct pail_error *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < page->n; i++)
        rc = take_entry(s, &page->entries[i], err);
    while (rc == 0 && page->next_token.len == 0 && s->n_held)
        rc = release(s, false, err);
    if (rc == 0)
        rc = put_rows(s, err);
    if (rc == 0)
        rc = keep_held(s, err);
    free_texts(&s->texts);
    return rc;
}

static int take_pages(struct listing *s, void (*progress)(void *ud), void *ud,
                      struct pail_error *err)
{
    struct page_call calls[2] = {0}, *now = &calls[0], *next = &calls[1];
    unsigned pages = 0;

    int rc = page_start(now, s->v, s->prefix, PAIL_STR(""), err);
    while (rc == 0) {
        rc = page_wait(now, err);
        s->cut = ++pages == s->l->max_pages && now->page.next_token.len;
        if (rc == 0 && now->page.next_token.len && !s->cut)
            rc = page_start(next, s->v, s->prefix, now->page.next_token, err);
        if (rc == 0)
            rc = take_page(s, &now->page, err);
        if (rc == 0 && progress)
            progress(ud);
        page_done(now);
        struct page_call *swap = now;
        now = next;
        next = swap;
        if (!now->call)
            break;
    }
    page_done(now);
    page_done(next);
    return rc;
}

/* ---- The directory itself ------------------------------------------------------------------- */

/* Its marker, or that it has none, into its row. The root has no name and no marker. */
static int put_marker(struct listing *s, struct pail_error *err)
{
    PAIL_CLEANUP(pail_row_copy_done) struct pail_row_copy dir;

    pail_row_copy_init(&dir);
    if (s->at.dir == PAIL_INO_ROOT)
        return 0;
    int rc = pail_meta_get(s->l->meta, s->at.dir, &dir, err);
    if (rc < 0)
        return rc;
    if (!s->marker && !(dir.row.flags & PAIL_ROW_MARKER) && dir.row.etag.len == 0)
        return 0;
    const struct pail_row row = {
        .parent = dir.row.parent,
        .name = dir.row.name,
        .raw = dir.row.raw,
        .kind = PAIL_KIND_DIR,
        .etag = pail_buf_view(&s->marker_etag),
        .mtime_ns = s->marker_mtime_ns,
        .stamp = s->at.stamp,
        .seen_ns = s->at.began_ns,
        .flags = s->marker ? PAIL_ROW_MARKER : 0,
    };
    return pail_lister_put(s->l, &row, true, NULL, err);
}

/* Do the objects of this directory bear POSIX metadata? One of those whose attributes are unknown
 * tells for all. */
static int sample(struct listing *s, uint32_t *ret_set, uint32_t *ret_clear, struct pail_error *err)
{
    PAIL_CLEANUP(pail_heads_done) struct pail_heads h;
    enum pail_posix_mode mode = s->l->posix;

    pail_heads_init(&h, s->l, s->v, s->at.dir, s->prefix, 1, err);
    if (mode == PAIL_POSIX_AUTO) {
        h.seen_since_ns = s->at.began_ns;
        int rc = pail_meta_unknown_attrs(s->l->meta, s->at.dir, PAIL_STR(""), SIZE_MAX,
                                         pail_heads_add, &h, err);
        if (rc == 0)
            rc = pail_heads_run(&h, err);
        if (rc < 0 || !h.answered)
            return rc;
        mode = h.attrs_has & (PAIL_ATTR_MODE | PAIL_ATTR_UID | PAIL_ATTR_GID) ? PAIL_POSIX_ALWAYS
                                                                              : PAIL_POSIX_NEVER;
    }
    *ret_set = mode == PAIL_POSIX_ALWAYS ? PAIL_ROW_POSIX_SEEN : PAIL_ROW_DEFAULTS_OK;
    *ret_clear = mode == PAIL_POSIX_ALWAYS ? PAIL_ROW_DEFAULTS_OK : PAIL_ROW_POSIX_SEEN;
    return 0;
}

int pail_lister_list(const struct pail_lister *l, const struct pail_volume *v, uint64_t dir,
                     struct pail_str prefix, void (*progress)(void *ud), void *ud,
                     struct pail_error *err)
{
    PAIL_CLEANUP(listing_done)
    struct listing s = {.l = l, .v = v, .prefix = prefix, .marker_etag = PAIL_BUF_INIT(1024)};
    uint32_t set = 0, clear = 0;

    int rc = pail_meta_list_begin(l->meta, dir, pail_clock_wall_ns(), &s.at, err);
    if (rc < 0)
        return in_listing(&s, rc, err);
    rc = pail_lister_check(l, dir, prefix, err);
    if (rc == 0)
        rc = take_pages(&s, progress, ud, err);
    if (rc == 0)
        rc = put_marker(&s, err);
    if (rc == 0)
        rc = sample(&s, &set, &clear, err);
    if (rc < 0)
        return rc;
    if (!s.cut)
        rc = pail_meta_list_end(l->meta, &s.at, set, clear, l->changed, l->ud, err);
    else if (set)
        rc = pail_meta_set_flags(l->meta, dir, set, clear, err);
    return rc < 0 ? in_listing(&s, rc, err) : 0;
}
