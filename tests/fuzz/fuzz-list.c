/* SPDX-License-Identifier: Apache-2.0 */
/* A listing is rejected whole, or its entries have keys and are in order, and all of it can be
 * read. */
#include "base/str.h"
#include "s3/list.h"

#include "fuzz.h"

static uint64_t touch(struct pail_str s)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < s.len; i++)
        sum += (uint8_t)s.ptr[i];
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_page page = {.n = 77};
    volatile uint64_t sum = 0;

    int rc = pail_s3_list_parse(pail_strn((const char *)data, size), &page, &err);
    if (rc < 0) {
        PAIL_FUZZ_CHECK(rc == (int)err.code && err.message[0] && page.n == 77);
        PAIL_FUZZ_CHECK(rc == PAIL_E_GARBAGE || rc == PAIL_E_TOO_BIG);
        return 0;
    }
    sum += touch(page.next_token);
    for (size_t i = 0; i < page.n; i++) {
        const struct pail_s3_entry *e = &page.entries[i];
        PAIL_FUZZ_CHECK(e->key.len > 0);
        PAIL_FUZZ_CHECK(i == 0 || pail_str_cmp(page.entries[i - 1].key, e->key) <= 0);
        PAIL_FUZZ_CHECK(!e->is_prefix || (e->size == 0 && e->mtime_ns == 0));
        PAIL_FUZZ_CHECK(!e->etag.len || e->etag.ptr[e->etag.len - 1] == '"');
        sum += touch(e->key) + touch(e->etag) + touch(e->storage_class);
    }
    pail_s3_page_done(&page);
    PAIL_FUZZ_CHECK(page.n == 0 && !page.impl);
    return 0;
}
