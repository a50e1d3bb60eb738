/* SPDX-License-Identifier: Apache-2.0 */
/* What parses can be listed, and what is listed can be looked up. */
#include "base/ini.h"
#include "base/str.h"

#include "fuzz.h"

static bool has_nul(struct pail_str s)
{
    return pail_str_find(s, '\0') != SIZE_MAX;
}

static void check_block(const struct pail_ini *ini, size_t s, size_t k, struct pail_str name)
{
    struct pail_str key, value;

    for (size_t j = 0; pail_ini_block_key(ini, s, k, j, &key, &value); j++)
        if (!has_nul(name) && !has_nul(key))
            PAIL_FUZZ_CHECK(pail_str_eq(pail_ini_get(ini, s, name.ptr, key.ptr), value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *ini = NULL;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_str name, value;
    bool is_block;

    int rc = pail_ini_parse(pail_strn((const char *)data, size), "input", &ini, &err);
    PAIL_FUZZ_CHECK(rc == (int)err.code && (rc == 0) == (ini != NULL));
    if (rc)
        return 0;
    for (size_t s = 0; pail_ini_section(ini, s).ptr; s++)
        for (size_t k = 0; pail_ini_key(ini, s, k, &name, &value, &is_block); k++) {
            PAIL_FUZZ_CHECK(name.len > 0 && value.ptr);
            PAIL_FUZZ_CHECK(is_block == (value.len > 0 && value.ptr[0] == '\n'));
            if (is_block)
                check_block(ini, s, k, name);
            else if (!has_nul(name))
                PAIL_FUZZ_CHECK(pail_str_eq(pail_ini_get(ini, s, NULL, name.ptr), value));
        }
    return 0;
}
