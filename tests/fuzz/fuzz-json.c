/* SPDX-License-Identifier: Apache-2.0 */
/* What parses can be walked, and written again it parses to the same shape. */
#include "base/buf.h"
#include "base/json.h"

#include "fuzz.h"

static size_t rewrite(struct pail_jwriter *w, const struct pail_jnode *n)
{
    const struct pail_jnode *child;
    struct pail_str key;
    size_t count = 1;
    int64_t i;
    bool b;

    switch (pail_json_type(n)) {
    case PAIL_JSON_OBJECT:
        pail_jw_object(w);
        for (void *it = NULL; pail_json_each(n, &it, &key, &child);) {
            PAIL_FUZZ_CHECK(pail_json_get(n, key.ptr) == child);
            PAIL_FUZZ_CHECK(pail_json_iget(n, key.ptr));
            pail_jw_key(w, key);
            count += rewrite(w, child);
        }
        pail_jw_end_object(w);
        break;
    case PAIL_JSON_ARRAY:
        pail_jw_array(w);
        for (size_t k = 0; k < pail_json_len(n); k++)
            count += rewrite(w, pail_json_at(n, k));
        pail_jw_end_array(w);
        break;
    case PAIL_JSON_STRING:
        pail_jw_str(w, pail_json_str(n));
        break;
    case PAIL_JSON_INT:
        PAIL_FUZZ_CHECK(pail_json_int(n, &i));
        pail_jw_int(w, i);
        break;
    case PAIL_JSON_BOOL:
        PAIL_FUZZ_CHECK(pail_json_bool(n, &b));
        pail_jw_bool(w, b);
        break;
    default:
        pail_jw_null(w); /* reals have no writer */
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PAIL_CLEANUP(pail_json_free_p) struct pail_json *doc = NULL, *again = NULL;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf first = PAIL_BUF_INIT(1 << 26);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf second = PAIL_BUF_INIT(1 << 26);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_jwriter w;

    int rc = pail_json_parse(pail_strn((const char *)data, size), "input", &doc, &err);
    PAIL_FUZZ_CHECK(rc == (int)err.code && (rc == 0) == (doc != NULL));
    if (rc)
        return 0;
    pail_jw_init(&w, &first, size % 3);
    size_t nodes = rewrite(&w, pail_json_root(doc));
    PAIL_FUZZ_CHECK(pail_buf_check(&first, "first", NULL) == 0);
    PAIL_FUZZ_CHECK(pail_json_parse(pail_buf_view(&first), "written", &again, NULL) == 0);
    pail_jw_init(&w, &second, size % 3);
    PAIL_FUZZ_CHECK(rewrite(&w, pail_json_root(again)) == nodes);
    PAIL_FUZZ_CHECK(pail_str_eq(pail_buf_view(&first), pail_buf_view(&second)));
    return 0;
}
