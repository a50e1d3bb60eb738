/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a server says instead of an answer becomes one error with a one-line message. The first
 * byte chooses the status, the rest is the body. */
#include "s3/errors.h"

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 301, 304, 400, 403, 404, 412, 500, 501, 503, 599};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_s3_error_doc doc;
    struct pail_headers headers;

    if (size == 0)
        return 0;
    pail_headers_init(&headers, 1024);
    struct pail_s3_error_context cx = {
        .status = statuses[data[0] % PAIL_ARRAY_LEN(statuses)],
        .headers = &headers,
        .body = pail_strn((const char *)data + 1, size - 1),
        .head = data[0] & 0x80,
        .on_bucket = data[0] & 0x40,
    };
    (void)pail_s3_error_is_body(cx.body);
    int rc = pail_s3_error_set(&err, &cx, &doc);
    PAIL_FUZZ_CHECK(rc < 0 && rc == (int)err.code);
    PAIL_FUZZ_CHECK(err.http_status >= 300 || err.http_status == 304);
    PAIL_FUZZ_CHECK(err.message[0]);
    for (const char *p = err.message; *p; p++)
        PAIL_FUZZ_CHECK((uint8_t)*p >= ' ');
    PAIL_FUZZ_CHECK(memchr(err.service_code, 0, sizeof(err.service_code)));
    PAIL_FUZZ_CHECK(memchr(err.request_id, 0, sizeof(err.request_id)));
    PAIL_FUZZ_CHECK(memchr(doc.message, 0, sizeof(doc.message)) &&
                    memchr(doc.region, 0, sizeof(doc.region)));
    pail_headers_done(&headers);
    return 0;
}
