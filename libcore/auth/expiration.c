/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/expiration.c - the end of credentials.
 *
 * "9999-12-31T23:59:59Z" is a favourite way to say never, and beyond what a 64-bit count of
 * nanoseconds holds, so years after its last whole one are read as that one. Old tools wrote "UTC"
 * for "Z".
 */
#include "auth/expiration.h"

#include "base/clock.h"
#include "base/str.h"
#include "base/timefmt.h"

#define LAST_YEAR "2261"
#define TEXT_MAX 64

int pail_expiration_parse(struct pail_str text, int64_t *ret_unix_s, struct pail_error *err)
{
    char copy[TEXT_MAX];
    uint64_t year;
    int64_t ns;

    if (text.len <= sizeof(copy) && pail_str_ends(text, PAIL_STR("UTC"))) {
        memcpy(copy, text.ptr, text.len);
        copy[text.len - 3] = 'Z';
        text = pail_strn(copy, text.len - 2);
    }
    if (text.len > 4 && text.len <= sizeof(copy) &&
        pail_str_to_u64(pail_str_sub(text, 0, 4), &year) && year > 2261) {
        memmove(copy, text.ptr, text.len);
        memcpy(copy, LAST_YEAR, 4);
        /* Which may be no leap year. */
        if (text.len > 10 && memcmp(copy + 4, "-02-29", 6) == 0)
            copy[9] = '8';
        text.ptr = copy;
    }
    int rc = pail_time_parse_iso(text, &ns, err);
    if (rc == 0)
        *ret_unix_s = ns / PAIL_NS_PER_S;
    return rc;
}
