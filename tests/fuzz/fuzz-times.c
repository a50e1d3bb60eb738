/* SPDX-License-Identifier: Apache-2.0 */
/* An instant that was read from any text is one that can be written and read again. */
#include "base/str.h"
#include "protocol/times.h"

#include "fuzz.h"

/* Of what is written: 0001-01-01 to 9999-12-31. */
#define FIRST_S INT64_C(-62135596800)
#define LAST_S INT64_C(253402300799)

static void check(struct pail_time t)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64);
    struct pail_time again;
    PAIL_FUZZ_CHECK(t.nanos < 1000000000);
    if (t.seconds < FIRST_S || t.seconds > LAST_S)
        return;
    pail_time_text(&text, t, PAIL_TIMESTAMP_ISO8601);
    PAIL_FUZZ_CHECK(!text.failed && pail_time_of_text(pail_buf_view(&text), &again));
    PAIL_FUZZ_CHECK(again.seconds == t.seconds && again.nanos / 1000 == t.nanos / 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_str text = pail_strn((const char *)data, size);
    struct pail_time t;
    if (pail_time_of_text(text, &t))
        check(t);
    if (pail_time_of_words(text, &t))
        check(t);
    return 0;
}
