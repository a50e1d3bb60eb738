/* SPDX-License-Identifier: Apache-2.0 */
/* Of a text that is no JSON there is something to say, in one line; of one that is, nothing. */
#include "tools/service/input.h"

#include "base/str.h"
#include "base/value_json.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 20);
    struct pail_str text = pail_strn((const char *)data, size);
    struct pail_values *vs = NULL;
    struct pail_value *v = NULL;
    if (pail_values_new(&vs, NULL))
        return 0;
    if (pail_value_from_json(vs, text, "input", &v, NULL) == PAIL_E_PARSE) {
        pail_json_complaint(&why, text);
        PAIL_FUZZ_CHECK(why.len && !why.failed);
        PAIL_FUZZ_CHECK(pail_str_find(pail_buf_view(&why), '\n') == SIZE_MAX);
    }
    pail_values_free(vs);
    return 0;
}
