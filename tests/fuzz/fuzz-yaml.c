/* SPDX-License-Identifier: Apache-2.0 */
/* What the YAML reader takes, the writer writes so that the reader reads the same; as templates of
 * CloudFormation too. */
#include "tools/service/output.h"
#include "tools/service/yaml.h"

#include "base/str.h"

#include "fuzz.h"

static bool is_plain(const struct pail_value *v)
{
    enum pail_value_type type = pail_value_type(v);
    bool plain = type != PAIL_VAL_REAL && type != PAIL_VAL_NUMBER && type != PAIL_VAL_BLOB;
    if (type == PAIL_VAL_STRING)
        plain = pail_str_is_utf8(pail_value_as_str(v));
    for (size_t i = 0; plain && i < pail_value_len(v); i++) {
        struct pail_str key = pail_value_key_at(v, i);
        plain = is_plain(pail_value_at(v, i)) && (!key.ptr || (pail_str_is_utf8(key) && key.len));
    }
    return plain;
}

typedef int read_fn(struct pail_values *vs, struct pail_str text, struct pail_value **ret,
                    struct pail_error *err);
typedef void write_fn(struct pail_buf *to, const struct pail_value *v);

static void check(struct pail_values *vs, struct pail_str in, read_fn *read, write_fn *write)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(16 << 20);
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_value *v = NULL, *again = NULL;
    int rc = read(vs, in, &v, &err);
    PAIL_FUZZ_CHECK(rc == (int)err.code && (rc == 0) == (v != NULL));
    bool block = pail_value_type(v) == PAIL_VAL_MAP || pail_value_type(v) == PAIL_VAL_LIST;
    if (rc || !block || !is_plain(v))
        return;
    write(&text, v);
    rc = read(vs, pail_buf_view(&text), &again, &err);
    PAIL_FUZZ_CHECK(rc == 0);
    PAIL_FUZZ_CHECK(pail_value_eq(v, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_str in = pail_strn((const char *)data, size);
    struct pail_values *vs = NULL;
    if (pail_values_new(&vs, NULL))
        return 0;
    check(vs, in, pail_yaml_parse, pail_out_yaml_as_made);
    check(vs, in, pail_template_parse, pail_out_template);
    pail_values_free(vs);
    return 0;
}
