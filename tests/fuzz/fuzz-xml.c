/* SPDX-License-Identifier: Apache-2.0 */
/* Events nest properly within the bounds, and the text of a leaf survives being written and read
 * again. */
#include "base/buf.h"
#include "base/str.h"
#include "base/xml.h"

#include "fuzz.h"

#define MAX_TEXT 256
#define MAX_DEPTH 64

struct state {
    unsigned depth;
    size_t open_len[MAX_DEPTH]; /* of the paths of the open elements */
    unsigned leaves;
};

static int on_open(void *ud, struct pail_str path, struct pail_error *err)
{
    struct state *s = ud;

    PAIL_FUZZ_CHECK(s->depth < MAX_DEPTH && path.len > 0);
    PAIL_FUZZ_CHECK(s->depth == 0 || path.len > s->open_len[s->depth - 1] + 1);
    s->open_len[s->depth++] = path.len;
    return 0;
}

static int on_close(void *ud, struct pail_str path, struct pail_error *err)
{
    struct state *s = ud;

    PAIL_FUZZ_CHECK(s->depth > 0 && s->open_len[s->depth - 1] == path.len);
    s->depth--;
    return 0;
}

static int same_text(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    PAIL_FUZZ_CHECK(pail_str_eq(path, PAIL_STR("t")));
    PAIL_FUZZ_CHECK(pail_str_eq(text, *(struct pail_str *)ud));
    return 0;
}

static int on_leaf(void *ud, struct pail_str path, struct pail_str text, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(8 * MAX_TEXT);
    static const struct pail_xml_handler again = {.leaf = same_text};
    struct state *s = ud;

    PAIL_FUZZ_CHECK(text.ptr && text.len <= MAX_TEXT);
    PAIL_FUZZ_CHECK(s->depth == 0 || path.len > s->open_len[s->depth - 1] + 1);
    PAIL_FUZZ_CHECK(pail_xml_text_ok(text));
    if (s->leaves++ > 16)
        return 0;
    pail_xml_element(&out, "t", text);
    PAIL_FUZZ_CHECK(pail_xml_parse(pail_buf_view(&out), "t", MAX_TEXT, &again, &text, NULL) == 0);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pail_xml_handler handler = {on_open, on_leaf, on_close};
    struct state s = {0};
    struct pail_error err = PAIL_ERROR_INIT;

    int rc = pail_xml_parse(pail_strn((const char *)data, size), "input", MAX_TEXT, &handler, &s,
                            &err);
    PAIL_FUZZ_CHECK(rc == (int)err.code);
    PAIL_FUZZ_CHECK(rc || s.depth == 0);
    PAIL_FUZZ_CHECK(!strchr(err.message, '\n'));
    return 0;
}
