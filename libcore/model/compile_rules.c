/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoint rules: a tree of rules, conditions and expressions.
 *
 * Names of variables become slots, the parameters first. Two branches that assign the same name
 * share a slot, which is right because what a rule assigns is forgotten when it fails
 * (endpoint_eval.c). Equal subtrees become one record, so that the tree is a graph without cycles;
 * records refer only to earlier ones.
 *
 * Templates follow botocore: a text is one when it has "{letters}" somewhere; only then "{{" and
 * "}}" are escapes.
 */
#include "base/str.h"
#include "model/compiler.h"
#include "model/model.h"

struct rules {
    struct pail_words *w;
    struct pail_map *slots; /* name to slot + 1 */
};

static const char *const functions[PAIL_FN_COUNT] = {
    [PAIL_FN_IS_SET] = "isSet",
    [PAIL_FN_NOT] = "not",
    [PAIL_FN_GET_ATTR] = "getAttr",
    [PAIL_FN_SUBSTRING] = "substring",
    [PAIL_FN_STRING_EQUALS] = "stringEquals",
    [PAIL_FN_BOOLEAN_EQUALS] = "booleanEquals",
    [PAIL_FN_URI_ENCODE] = "uriEncode",
    [PAIL_FN_IS_VALID_HOST_LABEL] = "isValidHostLabel",
    [PAIL_FN_PARSE_URL] = "parseURL",
    [PAIL_FN_PARTITION] = "aws.partition",
    [PAIL_FN_PARSE_ARN] = "aws.parseArn",
    [PAIL_FN_IS_HOSTABLE] = "aws.isVirtualHostableS3Bucket",
    [PAIL_FN_COALESCE] = "coalesce",
    [PAIL_FN_ITE] = "ite",
    [PAIL_FN_SPLIT] = "split",
};

static uint32_t slot_of(struct rules *r, struct pail_str name)
{
    uint32_t slot = (uint32_t)(uintptr_t)pail_map_get(r->slots, name);
    if (slot)
        return slot - 1;
    slot = (uint32_t)pail_map_len(r->slots) + 1;
    pail_words_put(r->w, r->slots, name, slot);
    return slot - 1;
}

static uint32_t record(struct rules *r, uint32_t kind, uint32_t value)
{
    uint32_t words[2] = {kind, value};
    return pail_words_record(r->w, words, 2);
}

/* ---- Texts and templates ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_template(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        size_t j = i + 1;
        if (s.ptr[i] != '{')
            continue;
        while (j < s.len && (is_letter(s.ptr[j]) || s.ptr[j] == '#'))
            j++;
        if (j > i + 1 && j < s.len && s.ptr[j] == '}')
            return true;
    }
    return false;
}

/* "url#scheme" */
static uint32_t reference(struct rules *r, struct pail_str path)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf words = PAIL_BUF_INIT(1 << 16);
    struct pail_str name = {0}, attr;
    uint32_t head[3] = {PAIL_EXPR_REF};

    pail_str_split(&path, '#', &name);
    head[1] = slot_of(r, name);
    while (pail_str_split(&path, '#', &attr)) {
        uint32_t at = pail_words_str(r->w, attr);
        pail_buf_append(&words, &at, sizeof(at));
        head[2]++;
    }
    PAIL_CLEANUP(pail_buf_done) struct pail_buf all = PAIL_BUF_INIT(1 << 16);
    pail_buf_append(&all, head, sizeof(head));
    pail_buf_str(&all, pail_buf_view(&words));
    if (!pail_words_check(r->w, &words) || !pail_words_check(r->w, &all))
        return 0;
    return pail_words_record(r->w, (const uint32_t *)(const void *)all.ptr,
                             all.len / sizeof(uint32_t));
}

static void add_literal(struct rules *r, struct pail_buf *parts, struct pail_buf *literal,
                        uint32_t *n)
{
    if (literal->len == 0)
        return;
    uint32_t part = record(r, PAIL_EXPR_STRING, pail_words_str(r->w, pail_buf_view(literal)));
    pail_buf_append(parts, &part, sizeof(part));
    pail_buf_truncate(literal, 0);
    ++*n;
}

/* A record of kind, count and what is in parts. */
static uint32_t counted(struct rules *r, uint32_t kind, uint32_t n, const struct pail_buf *parts)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf all = PAIL_BUF_INIT(1 << 24);
    uint32_t head[2] = {kind, n};
    pail_buf_append(&all, head, sizeof(head));
    pail_buf_str(&all, pail_buf_view(parts));
    if (!pail_words_check(r->w, parts) || !pail_words_check(r->w, &all))
        return 0;
    return pail_words_record(r->w, (const uint32_t *)(const void *)all.ptr,
                             all.len / sizeof(uint32_t));
}

static uint32_t text(struct rules *r, struct pail_str s)
{
    PAIL_CLEANUP(pail_buf_done)
    struct pail_buf parts = PAIL_BUF_INIT(1 << 20), literal = PAIL_BUF_INIT(1 << 20);
    uint32_t n = 0;

    if (!is_template(s))
        return record(r, PAIL_EXPR_STRING, pail_words_str(r->w, s));
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if ((c == '{' || c == '}') && i + 1 < s.len && s.ptr[i + 1] == c) {
            pail_buf_char(&literal, c);
            i++;
        } else if (c == '{') {
            size_t len = pail_str_find(pail_str_from(s, i + 1), '}');
            if (len == SIZE_MAX) {
                pail_words_fail(r->w, "endpoint rules: no '}' in \"%.*s\"", PAIL_STR_ARG(s));
                return 0;
            }
            add_literal(r, &parts, &literal, &n);
            uint32_t part = reference(r, pail_str_sub(s, i + 1, len));
            pail_buf_append(&parts, &part, sizeof(part));
            n++;
            i += len + 1;
        } else {
            pail_buf_char(&literal, c);
        }
    }
    add_literal(r, &parts, &literal, &n);
    if (!pail_words_check(r->w, &literal))
        return 0;
    return counted(r, PAIL_EXPR_TEMPLATE, n, &parts);
}

/* ---- Expressions ---- */

static uint32_t expression(struct rules *r, const struct pail_jnode *n, bool data);

static uint32_t call(struct rules *r, const struct pail_jnode *n)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf words = PAIL_BUF_INIT(1 << 20);
    const struct pail_jnode *argv = pail_json_get(n, "argv");
    struct pail_str name = pail_json_str(pail_json_get(n, "fn")),
                    assign = pail_json_str(pail_json_get(n, "assign"));
    uint32_t fn = 0, argc = (uint32_t)pail_json_len(argv);

    while (fn < PAIL_FN_COUNT && !pail_str_eqz(name, functions[fn]))
        fn++;
    if (fn == PAIL_FN_COUNT) { /* an error where it is met; its name for the message */
        uint32_t unknown[5] = {PAIL_EXPR_CALL, fn, 0, 1,
                               record(r, PAIL_EXPR_STRING, pail_words_str(r->w, name))};
        return pail_words_record(r->w, unknown, 5);
    }
    uint32_t head[4] = {PAIL_EXPR_CALL, fn, 0, argc};
    for (uint32_t i = 0; i < argc; i++) {
        uint32_t arg = expression(r, pail_json_at(argv, i), false);
        pail_buf_append(&words, &arg, sizeof(arg));
    }
    head[2] = assign.ptr ? slot_of(r, assign) + 1 : 0;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf all = PAIL_BUF_INIT(1 << 20);
    pail_buf_append(&all, head, sizeof(head));
    pail_buf_str(&all, pail_buf_view(&words));
    if (!pail_words_check(r->w, &words) || !pail_words_check(r->w, &all))
        return 0;
    return pail_words_record(r->w, (const uint32_t *)(const void *)all.ptr,
                             all.len / sizeof(uint32_t));
}

static uint32_t map(struct rules *r, const struct pail_jnode *n, bool data)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf parts = PAIL_BUF_INIT(1 << 20);
    const struct pail_jnode *value;
    struct pail_str key;

    for (void *it = NULL; pail_json_each(n, &it, &key, &value);) {
        uint32_t pair[2] = {pail_words_str(r->w, key), expression(r, value, data)};
        pail_buf_append(&parts, pair, sizeof(pair));
    }
    return counted(r, PAIL_EXPR_MAP, (uint32_t)pail_json_len(n), &parts);
}

static uint32_t list(struct rules *r, const struct pail_jnode *n, bool data)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf parts = PAIL_BUF_INIT(1 << 20);
    for (size_t i = 0; i < pail_json_len(n); i++) {
        uint32_t item = expression(r, pail_json_at(n, i), data);
        pail_buf_append(&parts, &item, sizeof(item));
    }
    return counted(r, PAIL_EXPR_LIST, (uint32_t)pail_json_len(n), &parts);
}

/* data: properties of an endpoint, where objects are just objects. */
static uint32_t expression(struct rules *r, const struct pail_jnode *n, bool data)
{
    struct pail_str ref = pail_json_str(pail_json_get(n, "ref"));
    int64_t integer = 0;
    bool boolean = false;

    switch (pail_json_type(n)) {
    case PAIL_JSON_BOOL:
        pail_json_bool(n, &boolean);
        return record(r, PAIL_EXPR_BOOL, boolean);
    case PAIL_JSON_INT:
        pail_json_int(n, &integer);
        if (integer != (int32_t)integer)
            pail_words_fail(r->w, "endpoint rules: a number of more than 32 bits");
        return record(r, PAIL_EXPR_INT, (uint32_t)integer);
    case PAIL_JSON_STRING:
        return text(r, pail_json_str(n));
    case PAIL_JSON_ARRAY:
        return list(r, n, data);
    case PAIL_JSON_OBJECT:
        if (!data && pail_json_get(n, "fn"))
            return call(r, n);
        return !data && ref.ptr ? reference(r, ref) : map(r, n, data);
    case PAIL_JSON_NONE:
    case PAIL_JSON_NULL:
    case PAIL_JSON_REAL:
        break;
    }
    return record(r, PAIL_EXPR_NULL, 0);
}

/* ---- Rules ---- */

static uint32_t rule(struct rules *r, const struct pail_jnode *n);

static uint32_t each(struct rules *r, const struct pail_jnode *array,
                     uint32_t (*fn)(struct rules *, const struct pail_jnode *))
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf items = PAIL_BUF_INIT(1 << 20);
    for (size_t i = 0; i < pail_json_len(array); i++) {
        uint32_t at = fn(r, pail_json_at(array, i));
        pail_buf_append(&items, &at, sizeof(at));
    }
    return pail_compile_list(r->w, &items, (uint32_t)pail_json_len(array));
}

static uint32_t rule(struct rules *r, const struct pail_jnode *n)
{
    struct pail_str type = pail_json_str(pail_json_get(n, "type"));
    uint32_t words[5] = {0, each(r, pail_json_get(n, "conditions"), call)};

    if (pail_str_eqz(type, "tree")) {
        words[0] = PAIL_RULE_TREE;
        words[2] = each(r, pail_json_get(n, "rules"), rule);
        return pail_words_record(r->w, words, 3);
    }
    if (pail_str_eqz(type, "error")) {
        words[0] = PAIL_RULE_ERROR;
        words[2] = expression(r, pail_json_get(n, "error"), false);
        return pail_words_record(r->w, words, 3);
    }
    if (pail_str_eqz(type, "endpoint")) {
        const struct pail_jnode *e = pail_json_get(n, "endpoint");
        words[0] = PAIL_RULE_ENDPOINT;
        words[2] = expression(r, pail_json_get(e, "url"), false);
        words[3] = expression(r, pail_json_get(e, "properties"), true);
        words[4] = expression(r, pail_json_get(e, "headers"), false);
        return pail_words_record(r->w, words, 5);
    }
    pail_words_fail(r->w,
                    "Unknown rule type: %.*s. A rule must be of type tree, endpoint or error.",
                    PAIL_STR_ARG(type));
    return 0;
}

static void parameter(struct rules *r, struct pail_str name, const struct pail_jnode *n)
{
    struct pail_str type = pail_json_str(pail_json_get(n, "type"));
    struct pail_param_rec rec = {
        .name = pail_words_str(r->w, name),
        .built_in = pail_words_str(r->w, pail_json_str(pail_json_get(n, "builtIn"))),
    };
    bool required = false;

    if (pail_str_ieq(type, PAIL_STR("string")))
        rec.flags = PAIL_VALUE_STRING;
    else if (pail_str_ieq(type, PAIL_STR("boolean")))
        rec.flags = PAIL_VALUE_BOOL;
    else if (pail_str_ieq(type, PAIL_STR("stringArray")))
        rec.flags = PAIL_VALUE_STRINGS;
    else
        pail_words_fail(r->w,
                        "Unknown parameter type: %.*s. A parameter must be of type string, "
                        "boolean, or stringarray.",
                        PAIL_STR_ARG(type));
    if (pail_json_bool(pail_json_get(n, "required"), &required) && required)
        rec.flags |= 1 << 8;
    pail_compile_value(r->w, pail_json_get(n, "default"), rec.value);
    slot_of(r, name);
    pail_words_add(r->w, PAIL_TABLE_PARAMS, &rec, sizeof(rec));
}

void pail_compile_rules(struct pail_words *w, const struct pail_jnode *rule_set)
{
    PAIL_CLEANUP(pail_map_free_p) struct pail_map *slots = NULL;
    const struct pail_jnode *value;
    struct pail_str name;

    if (w->err.code || pail_map_new(&slots, &w->err) < 0)
        return;
    struct rules r = {w, slots};
    for (void *it = NULL;
         pail_json_each(pail_json_get(rule_set, "parameters"), &it, &name, &value);)
        parameter(&r, name, value);
    w->h.rules = each(&r, pail_json_get(rule_set, "rules"), rule);
    w->h.n_variables = (uint32_t)pail_map_len(slots);
}
