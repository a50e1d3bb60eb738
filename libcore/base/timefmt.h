/* SPDX-License-Identifier: Apache-2.0 */
/* base/timefmt.h - the time formats of AWS. Pure; UTC; proleptic Gregorian; no locale. */
#ifndef PAIL_BASE_TIMEFMT_H
#define PAIL_BASE_TIMEFMT_H

#include <pail/error.h>

#include "base/macros.h"

#define PAIL_TIME_AMZ_LEN 17 /* "20150830T123600Z" and NUL */
#define PAIL_TIME_ISO_LEN 32
#define PAIL_TIME_HTTP_LEN 30 /* "Wed, 21 Oct 2015 07:28:00 GMT" and NUL */

void pail_time_amz(int64_t unix_s, char ret[PAIL_TIME_AMZ_LEN]);
void pail_time_date(int64_t unix_s, char ret[9]);                /* "20150830" */
void pail_time_iso(int64_t unix_s, char ret[PAIL_TIME_ISO_LEN]); /* "2015-08-30T12:36:00Z" */
void pail_time_http(int64_t unix_s, char ret[PAIL_TIME_HTTP_LEN]);

/* "2015-08-30T12:36:00Z", with fraction, with offset, with space for T. */
PAIL_CHECK int pail_time_parse_iso(struct pail_str s, int64_t *ret_unix_ns, struct pail_error *err);
/* RFC 1123, RFC 850 and asctime forms of HTTP dates. */
PAIL_CHECK int pail_time_parse_http(struct pail_str s, int64_t *ret_unix_s, struct pail_error *err);
/* Any of those, and what people type: a date alone, no seconds, no zone (then UTC), a fraction in
 * an HTTP date. Years 1 to 9999. */
PAIL_CHECK int pail_time_parse_any(struct pail_str s, int64_t *ret_unix_s, uint32_t *ret_nanos,
                                   struct pail_error *err);

#endif
