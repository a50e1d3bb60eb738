/* SPDX-License-Identifier: Apache-2.0 */
/* Components lie inside of the text; decoding undoes encoding. */
#include "base/buf.h"
#include "base/uri.h"

#include "fuzz.h"

static bool inside(struct pail_str part, struct pail_str whole)
{
    return !part.ptr || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void check_round_trip(struct pail_str text, enum pail_uri_safe safe)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf encoded = PAIL_BUF_INIT(3 * text.len);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf decoded = PAIL_BUF_INIT(text.len);

    pail_uri_encode(&encoded, text, safe);
    pail_uri_decode(&decoded, pail_buf_view(&encoded), true);
    PAIL_FUZZ_CHECK(!encoded.failed && !decoded.failed);
    PAIL_FUZZ_CHECK(pail_str_eq(pail_buf_view(&decoded), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_str text = pail_strn((const char *)data, size), bucket, key;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_uri u;

    check_round_trip(text, PAIL_URI_COMPONENT);
    check_round_trip(text, PAIL_URI_PATH);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf decoded = PAIL_BUF_INIT(size);
    pail_uri_decode(&decoded, text, false);
    PAIL_FUZZ_CHECK(!decoded.failed);

    if (pail_uri_parse_s3(text, &bucket, &key))
        PAIL_FUZZ_CHECK(bucket.len && inside(bucket, text) && inside(key, text));
    (void)pail_uri_is_ip(text);
    (void)pail_uri_is_host_label(text);
    int rc = pail_uri_parse(text, &u, &err);
    PAIL_FUZZ_CHECK(rc == (int)err.code);
    if (rc)
        return 0;
    PAIL_FUZZ_CHECK(u.scheme.len && u.host.len && u.port <= 65535);
    PAIL_FUZZ_CHECK(inside(u.scheme, text) && inside(u.host, text) && inside(u.path, text));
    PAIL_FUZZ_CHECK(inside(u.query, text) && inside(u.fragment, text) && inside(u.userinfo, text));
    PAIL_FUZZ_CHECK(u.path.len == 0 || u.path.ptr[0] == '/');
    return 0;
}
