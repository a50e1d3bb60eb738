/* SPDX-License-Identifier: Apache-2.0 */
/* Shorthand ("A=b,C=[d,e]") gives a map of texts, bytes of files, lists and maps, or says why
 * it does not. */
#include "tools/service/input.h"

#include "fuzz.h"

static void check(const struct pail_value *v)
{
    enum pail_value_type type = pail_value_type(v);
    PAIL_FUZZ_CHECK(type == PAIL_VAL_STRING || type == PAIL_VAL_BLOB || type == PAIL_VAL_LIST ||
                    type == PAIL_VAL_MAP);
    for (size_t i = 0; i < pail_value_len(v); i++)
        check(pail_value_at(v, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 20);
    struct pail_values *vs = NULL;
    struct pail_value *v = NULL;
    if (pail_values_new(&vs, NULL))
        return 0;
    int rc = pail_shorthand_parse(vs, pail_strn((const char *)data, size), &v, &why);
    PAIL_FUZZ_CHECK((rc == 0) == (v != NULL));
    PAIL_FUZZ_CHECK(rc == 0 || why.len);
    if (rc == 0) {
        PAIL_FUZZ_CHECK(pail_value_type(v) == PAIL_VAL_MAP);
        check(v);
    }
    pail_values_free(vs);
    return 0;
}
