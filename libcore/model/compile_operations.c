/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: a fixed record each, and behind it what only some of them have. */
#include "model/compiler.h"
#include "model/model.h"

static const struct {
    const char *key;
    uint32_t flag;
} flags[] = {
    {"deprecated", PAIL_OP_DEPRECATED},
    {"idempotent", PAIL_OP_IDEMPOTENT},
    {"readonly", PAIL_OP_READONLY},
    {"httpChecksumRequired", PAIL_OP_CHECKSUM_REQUIRED},
    {"unsignedPayload", PAIL_OP_UNSIGNED_PAYLOAD},
    {"endpointoperation", PAIL_OP_DISCOVERS},
};

static const struct {
    const char *object, *key; /* object NULL: of the operation itself */
    enum pail_op_value value;
} strings[] = {
    {"endpoint", "hostPrefix", PAIL_OV_HOST_PREFIX},
    {NULL, "authtype", PAIL_OV_AUTH_TYPE},
    {NULL, "alias", PAIL_OV_ALIAS},
    {"httpChecksum", "requestAlgorithmMember", PAIL_OV_ALGORITHM_MEMBER},
    {"httpChecksum", "requestValidationModeMember", PAIL_OV_VALIDATION_MEMBER},
    {NULL, "deprecatedMessage", PAIL_OV_DEPRECATED_MESSAGE},
    {NULL, "deprecatedSince", PAIL_OV_DEPRECATED_SINCE},
};

struct extras {
    uint32_t mask, values[PAIL_OV_COUNT];
};

static void set(struct extras *e, enum pail_op_value which, uint32_t value)
{
    if (!value)
        return;
    e->mask |= UINT32_C(1) << which;
    e->values[which] = value;
}

static uint32_t flags_of(struct pail_merged op)
{
    struct pail_merged discovery = pail_merged_get(op, "endpointdiscovery");
    uint32_t bits = 0;
    int64_t code = 0;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(flags); i++)
        if (pail_merged_true(op, flags[i].key))
            bits |= flags[i].flag;
    if (pail_merged_true(pail_merged_get(op, "httpChecksum"), "requestChecksumRequired"))
        bits |= PAIL_OP_REQUEST_CHECKSUM_REQUIRED;
    if (pail_merged_is_object(discovery))
        bits |= PAIL_OP_DISCOVERY;
    if (pail_merged_true(discovery, "required"))
        bits |= PAIL_OP_DISCOVERY_REQUIRED;
    if (pail_json_int(pail_merged_get(pail_merged_get(op, "http"), "responseCode").base, &code) &&
        code > 0 && code < 1000)
        bits |= (uint32_t)code << 16;
    return bits;
}

/* {"Name": {"value": ...}} */
static uint32_t static_params(struct pail_words *w, struct pail_merged params)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf list = PAIL_BUF_INIT(1 << 20);
    struct pail_merged param;
    struct pail_str name;
    uint32_t n = 0;

    for (struct pail_merged_iter it = {0}; pail_merged_each(params, &it, &name, &param); n++) {
        uint32_t rec[1 + PAIL_VALUE_WORDS] = {pail_words_str(w, name)};
        pail_compile_value(w, pail_merged_get(param, "value").base, rec + 1);
        pail_buf_append(&list, rec, sizeof(rec));
    }
    return n ? pail_compile_list(w, &list, n) : 0;
}

/* {"Name": {"path": ...}} */
static uint32_t context_params(struct pail_words *w, struct pail_merged params)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf list = PAIL_BUF_INIT(1 << 20);
    struct pail_merged param;
    struct pail_str name;
    uint32_t n = 0;

    for (struct pail_merged_iter it = {0}; pail_merged_each(params, &it, &name, &param); n++) {
        uint32_t rec[2] = {pail_words_str(w, name), pail_compile_key(w, param, "path")};
        pail_buf_append(&list, rec, sizeof(rec));
    }
    return n ? pail_compile_list(w, &list, n) : 0;
}

static uint32_t extras_of(struct pail_words *w, struct pail_merged op)
{
    struct extras e = {0};
    uint32_t record[1 + PAIL_OV_COUNT];
    size_t n = 1;

    for (size_t i = 0; i < PAIL_ARRAY_LEN(strings); i++) {
        struct pail_merged from = strings[i].object ? pail_merged_get(op, strings[i].object) : op;
        set(&e, strings[i].value, pail_compile_key(w, from, strings[i].key));
    }
    struct pail_merged checksum = pail_merged_get(op, "httpChecksum"),
                       compression = pail_merged_get(op, "requestcompression");
    set(&e, PAIL_OV_AUTH, pail_compile_strings(w, pail_merged_get(op, "auth").base));
    set(&e, PAIL_OV_RESPONSE_ALGORITHMS,
        pail_compile_strings(w, pail_merged_get(checksum, "responseAlgorithms").base));
    set(&e, PAIL_OV_COMPRESSION,
        pail_compile_strings(w, pail_merged_get(compression, "encodings").base));
    set(&e, PAIL_OV_STATIC, static_params(w, pail_merged_get(op, "staticContextParams")));
    set(&e, PAIL_OV_CONTEXT, context_params(w, pail_merged_get(op, "operationContextParams")));
    if (!e.mask)
        return 0;
    record[0] = e.mask;
    for (unsigned i = 0; i < PAIL_OV_COUNT; i++)
        if (e.mask & (UINT32_C(1) << i))
            record[n++] = e.values[i];
    return pail_words_record(w, record, n);
}

static uint32_t errors_of(struct pail_compiler *c, struct pail_merged op)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf list = PAIL_BUF_INIT(1 << 20);
    const struct pail_jnode *errors = pail_merged_get(op, "errors").base;
    uint32_t n = 0;

    for (; n < pail_json_len(errors); n++) {
        uint32_t use = pail_compile_use(c, pail_merged(pail_json_at(errors, n), NULL));
        pail_buf_append(&list, &use, sizeof(use));
    }
    return n ? pail_compile_list(&c->w, &list, n) : 0;
}

static void add_operation(struct pail_compiler *c, struct pail_str name, struct pail_merged op)
{
    struct pail_words *w = &c->w;
    struct pail_merged http = pail_merged_get(op, "http");
    struct pail_str wire = pail_merged_str(op, "name"), method = pail_merged_str(http, "method"),
                    uri = pail_merged_str(http, "requestUri");
    struct pail_operation_rec rec = {
        .name = pail_words_str(w, name),
        .wire_name = pail_words_str(w, wire.ptr ? wire : name),
        .cli_name = pail_compile_cli_name(w, name),
        .method = pail_words_str(w, method.ptr ? method : PAIL_STR("POST")),
        .uri = pail_words_str(w, uri.ptr ? uri : PAIL_STR("/")),
        .flags = flags_of(op),
        .input = pail_compile_use(c, pail_merged_get(op, "input")),
        .output = pail_compile_use(c, pail_merged_get(op, "output")),
        .errors = errors_of(c, op),
        .extras = extras_of(w, op),
    };
    pail_words_add(w, PAIL_TABLE_OPERATIONS, &rec, sizeof(rec));

    char key[256];
    const struct pail_jnode *examples = NULL;
    if (name.len && name.len < sizeof(key)) {
        memcpy(key, name.ptr, name.len);
        key[name.len] = '\0';
        examples = pail_json_get(pail_json_get(c->in->examples, "examples"), key);
    }
    pail_doc_add(c->docs, PAIL_DOC_OPERATIONS, pail_merged_str(op, "documentation"));
    pail_doc_add_json(c->docs, PAIL_DOC_EXAMPLES, examples);
}

void pail_compile_operations(struct pail_compiler *c)
{
    struct pail_merged operations = pail_merged_get(c->model, "operations"), op;
    struct pail_str name;
    uint32_t n = 0;

    for (struct pail_merged_iter it = {0}; pail_merged_each(operations, &it, &name, &op); n++)
        add_operation(c, name, op);
    if (c->in->operation) {
        op = pail_merged(c->in->operation, NULL);
        add_operation(c, pail_merged_str(op, "name"), op);
        n++;
    }
    pail_words_sort(&c->w, PAIL_TABLE_OPERATIONS, sizeof(struct pail_operation_rec), 0, 0, n,
                    PAIL_ORDER_OPERATIONS);
    pail_words_sort(&c->w, PAIL_TABLE_OPERATIONS, sizeof(struct pail_operation_rec), 2, 0, n,
                    PAIL_ORDER_CLI);
}
