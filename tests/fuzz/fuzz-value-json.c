/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is written as text that parses to the same tree, in every style. */
#include "base/value_json.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pail_json_style styles[] = {
        {.indent = 4}, {.compact = true}, {.ascii = true}};
    struct pail_values *vs = NULL;
    struct pail_value *v = NULL, *again = NULL;

    PAIL_FUZZ_CHECK(pail_values_new(&vs, NULL) == 0);
    if (pail_value_from_json(vs, pail_strn((const char *)data, size), "fuzz", &v, NULL) == 0)
        for (size_t i = 0; i < sizeof(styles) / sizeof(*styles); i++) {
            struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 2);
            pail_value_to_json(&text, v, &styles[i]);
            PAIL_FUZZ_CHECK(pail_value_from_json(vs, pail_buf_view(&text), "again", &again, NULL) ==
                            0);
            PAIL_FUZZ_CHECK(pail_value_eq(v, again));
            pail_buf_done(&text);
        }
    pail_values_free(vs);
    return 0;
}
