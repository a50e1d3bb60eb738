/* SPDX-License-Identifier: Apache-2.0 */
/* Small things that occur everywhere in models: lists of strings, numbers, values of any type. */
#include "model/compiler.h"
#include "model/model.h"
#include "model/names.h"

uint32_t pail_compile_list(struct pail_words *w, const struct pail_buf *words, uint32_t n)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf all = PAIL_BUF_INIT(words->max);
    pail_buf_append(&all, &n, sizeof(n));
    pail_buf_str(&all, pail_buf_view(words));
    if (!pail_words_check(w, words) || !pail_words_check(w, &all))
        return 0;
    return pail_words_record(w, (const uint32_t *)(const void *)all.ptr, all.len / sizeof(n));
}

uint32_t pail_compile_strings(struct pail_words *w, const struct pail_jnode *n)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf list = PAIL_BUF_INIT(1 << 24);
    uint32_t at = 0, count = 0;

    if (pail_json_type(n) == PAIL_JSON_STRING) {
        at = pail_words_str(w, pail_json_str(n));
        pail_buf_append(&list, &at, sizeof(at));
        return pail_compile_list(w, &list, 1);
    }
    if (pail_json_type(n) != PAIL_JSON_ARRAY)
        return 0;
    for (; count < pail_json_len(n); count++) {
        at = pail_words_str(w, pail_json_str(pail_json_at(n, count)));
        pail_buf_append(&list, &at, sizeof(at));
    }
    return pail_compile_list(w, &list, count);
}

uint32_t pail_compile_key(struct pail_words *w, struct pail_merged object, const char *key)
{
    return pail_words_str(w, pail_merged_str(object, key));
}

uint32_t pail_compile_json(struct pail_words *w, const struct pail_jnode *n)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    struct pail_jwriter jw;

    if (!n)
        return 0;
    pail_jw_init(&jw, &text, 0);
    pail_jw_node(&jw, n);
    return pail_words_check(w, &text) ? pail_words_str(w, pail_buf_view(&text)) : 0;
}

uint32_t pail_compile_number(struct pail_words *w, const struct pail_jnode *n)
{
    double value;
    uint32_t record[3];

    if (!pail_json_real(n, &value))
        return 0;
    record[0] = pail_compile_json(w, n);
    memcpy(record + 1, &value, sizeof(value));
    return pail_words_record(w, record, PAIL_ARRAY_LEN(record));
}

void pail_compile_value(struct pail_words *w, const struct pail_jnode *n,
                        uint32_t ret[PAIL_VALUE_WORDS])
{
    int64_t integer = 0;
    bool boolean = false;

    ret[0] = PAIL_VALUE_NULL;
    ret[1] = ret[2] = 0;
    switch (pail_json_type(n)) {
    case PAIL_JSON_BOOL:
        pail_json_bool(n, &boolean);
        ret[0] = PAIL_VALUE_BOOL;
        ret[1] = boolean;
        break;
    case PAIL_JSON_INT:
        pail_json_int(n, &integer);
        ret[0] = PAIL_VALUE_INT;
        memcpy(ret + 1, &integer, sizeof(integer));
        break;
    case PAIL_JSON_STRING:
        ret[0] = PAIL_VALUE_STRING;
        ret[1] = pail_words_str(w, pail_json_str(n));
        break;
    case PAIL_JSON_ARRAY:
        ret[0] = PAIL_VALUE_STRINGS;
        ret[1] = pail_compile_strings(w, n);
        break;
    case PAIL_JSON_REAL:
    case PAIL_JSON_OBJECT:
        pail_words_fail(w,
                        "a value that is neither boolean, integer, string nor a list of strings");
        break;
    case PAIL_JSON_NONE:
    case PAIL_JSON_NULL:
        break;
    }
}

uint32_t pail_compile_cli_name(struct pail_words *w, struct pail_str camel)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1024);
    pail_name_split(&name, camel, '-');
    return pail_words_check(w, &name) ? pail_words_str(w, pail_buf_view(&name)) : 0;
}
