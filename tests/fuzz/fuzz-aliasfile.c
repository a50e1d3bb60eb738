/* SPDX-License-Identifier: Apache-2.0 */
/* A name is found or not, and its value is made of the file's own lines. */
#include "tools/service/aliasfile.h"

#include "base/str.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const sections[] = {"toplevel", "command ec2"};
    struct pail_str text = pail_strn((const char *)data, size), line;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(sections); i++) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf value = PAIL_BUF_INIT(1 << 20);
        struct pail_error err = PAIL_ERROR_INIT;
        bool found = false;
        int rc = pail_alias_find(text, pail_str(sections[i]), PAIL_STR("a"), &value, &found, &err);
        PAIL_FUZZ_CHECK(rc == (int)err.code);
        PAIL_FUZZ_CHECK(rc || found || !value.len);
        PAIL_FUZZ_CHECK(value.len <= size);
        struct pail_str rest = pail_buf_view(&value);
        while (!rc && rest.len && pail_str_split(&rest, '\n', &line))
            PAIL_FUZZ_CHECK(!line.len || pail_str_find_str(text, line) != SIZE_MAX);
    }
    return 0;
}
