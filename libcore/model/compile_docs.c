/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documentation of a service: all texts one after the other, compressed in blocks, so that
 * reading one means inflating one or two blocks and not the whole (EC2's is several megabytes).
 */
#include "crypto/zip.h"
#include "model/compiler.h"

#define MAX_TEXT ((size_t)256 << 20)

int pail_doc_writer_init(struct pail_doc_writer *d, struct pail_error *err)
{
    *d = (struct pail_doc_writer){0};
    pail_buf_init(&d->text, MAX_TEXT);
    for (size_t i = 0; i < PAIL_DOC_KINDS; i++)
        pail_buf_init(&d->items[i], MAX_TEXT);
    pail_buf_append(&d->text, "", 1); /* offset 0: nothing */
    return pail_map_new(&d->texts, err);
}

void pail_doc_writer_done(struct pail_doc_writer *d)
{
    pail_map_free(d->texts);
    pail_buf_done(&d->text);
    for (size_t i = 0; i < PAIL_DOC_KINDS; i++)
        pail_buf_done(&d->items[i]);
    d->texts = NULL;
}

void pail_doc_add(struct pail_doc_writer *d, enum pail_doc_kind kind, struct pail_str text)
{
    uint32_t at = 0;

    if (!d)
        return;
    if (text.len) {
        at = (uint32_t)(uintptr_t)pail_map_get(d->texts, text);
        if (!at) {
            at = (uint32_t)d->text.len;
            pail_buf_str(&d->text, text);
            pail_buf_char(&d->text, '\0');
            if (d->text.failed ||
                pail_map_put(d->texts, text, (void *)(uintptr_t)at, NULL, &d->err) < 0)
                return;
        }
    }
    pail_buf_append(&d->items[kind], &at, sizeof(at));
}

void pail_doc_add_json(struct pail_doc_writer *d, enum pail_doc_kind kind,
                       const struct pail_jnode *n)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(MAX_TEXT);
    struct pail_jwriter jw;

    if (!d)
        return;
    if (n) {
        pail_jw_init(&jw, &text, 0);
        pail_jw_node(&jw, n);
    }
    if (text.failed && !d->err.code)
        (void)!pail_buf_check(&text, "examples", &d->err);
    pail_doc_add(d, kind, pail_buf_view(&text));
}

static int compress(const struct pail_doc_writer *d, struct pail_buf *places,
                    struct pail_buf *blocks, struct pail_error *err)
{
    uint32_t at = 0;
    pail_buf_append(places, &at, sizeof(at));
    for (size_t from = 0; from < d->text.len; from += PAIL_DOCS_BLOCK) {
        size_t n = d->text.len - from < PAIL_DOCS_BLOCK ? d->text.len - from : PAIL_DOCS_BLOCK;
        int rc = pail_zip(pail_strn(d->text.ptr + from, n), blocks, err);
        if (rc < 0)
            return rc;
        at = (uint32_t)blocks->len;
        pail_buf_append(places, &at, sizeof(at));
    }
    return pail_buf_check(places, "documentation", err);
}

int pail_doc_writer_finish(struct pail_doc_writer *d, struct pail_buf *to, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf places = PAIL_BUF_INIT(MAX_TEXT), blocks = PAIL_BUF_INIT(MAX_TEXT);

    if (d->err.code) {
        pail_error_copy(err, &d->err);
        return d->err.code;
    }
    /* A service without a model has no text of its own; the table has a place for it all the same.
     */
    if (d->items[PAIL_DOC_SERVICE].len == 0)
        pail_doc_add(d, PAIL_DOC_SERVICE, PAIL_STR(""));
    int rc = pail_buf_check(&d->text, "documentation", err);
    for (size_t i = 0; i < PAIL_DOC_KINDS && rc == 0; i++)
        rc = pail_buf_check(&d->items[i], "documentation", err);
    if (rc == 0)
        rc = compress(d, &places, &blocks, err);
    if (rc < 0)
        return rc;
    struct pail_docs_header h = {
        .magic = PAIL_DOCS_MAGIC,
        .n_operations = (uint32_t)(d->items[PAIL_DOC_OPERATIONS].len / sizeof(uint32_t)),
        .n_shapes = (uint32_t)(d->items[PAIL_DOC_SHAPES].len / sizeof(uint32_t)),
        .n_members = (uint32_t)(d->items[PAIL_DOC_MEMBERS].len / sizeof(uint32_t)),
        .n_blocks = (uint32_t)(places.len / sizeof(uint32_t) - 1),
        .text_size = (uint32_t)d->text.len,
    };
    pail_buf_append(to, &h, sizeof(h));
    for (size_t i = 0; i < PAIL_DOC_KINDS; i++)
        pail_buf_str(to, pail_buf_view(&d->items[i]));
    pail_buf_str(to, pail_buf_view(&places));
    pail_buf_str(to, pail_buf_view(&blocks));
    return pail_buf_check(to, "documentation", err);
}
