/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of event streams: parts lie inside of what came, and headers end. */
#include "protocol/eventstream.h"

#include "fuzz.h"

static void walk(struct pail_str headers)
{
    struct pail_event_header h;
    bool bad;

    while (pail_event_header_next(&headers, &h, &bad))
        PAIL_FUZZ_CHECK(!bad && h.name.len <= 255 && h.text.len <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_str in = pail_strn((const char *)data, size);
    struct pail_event_frame f;
    size_t len;

    walk(in); /* as if all of it were headers */
    while (pail_event_frame_read(in, &f, &len, NULL) == 0 && len) {
        PAIL_FUZZ_CHECK(len <= in.len && f.headers.len + f.payload.len + 16 == len);
        walk(f.headers);
        in = pail_strn(in.ptr + len, in.len - len);
    }
    return 0;
}
