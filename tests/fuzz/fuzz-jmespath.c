/* SPDX-License-Identifier: Apache-2.0 */
/* The first line is an expression, the rest a document: whatever compiles gives a value or one
 * error, and the same one again. */
#include "base/value_json.h"
#include "jmespath/jmespath.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_values *vs = NULL;
    struct pail_value *doc = NULL, *one = NULL, *two = NULL;
    struct pail_jmes *j = NULL;
    const char *text = (const char *)data;
    const char *line = size ? memchr(text, '\n', size) : NULL;
    size_t len = line ? (size_t)(line - text) : size;

    int rc = pail_jmes_compile(pail_strn(text, len), &j, &err);
    PAIL_FUZZ_CHECK(rc == (int)err.code && (rc == 0) == (j != NULL));
    if (rc)
        return 0;
    PAIL_FUZZ_CHECK(pail_values_new(&vs, NULL) == 0);
    if (line)
        (void)!pail_value_from_json(vs, pail_strn(line + 1, size - len - 1), "doc", &doc, NULL);
    rc = pail_jmes_search(j, doc, vs, &one, &err);
    PAIL_FUZZ_CHECK(rc == (int)err.code && (rc == 0) == (one != NULL));
    PAIL_FUZZ_CHECK(pail_jmes_search(j, doc, vs, &two, NULL) == rc);
    PAIL_FUZZ_CHECK(rc || pail_value_eq(one, two));
    pail_values_free(vs);
    pail_jmes_free(j);
    return 0;
}
