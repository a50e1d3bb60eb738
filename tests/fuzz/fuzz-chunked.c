/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws-chunked bodies: whatever is sent, in whatever pieces and from wherever it is read, a reader
 * gets the same bytes and their checksum. First bytes: algorithm and signatures, size of chunks,
 * size of reads, where to read again.
 */
#include "auth/chunked.h"

#include "base/alloc.h"
#include "base/str.h"
#include "fuzz.h"

#define SETTINGS 5

static char *read_all(const struct pail_body *b, size_t step)
{
    char *text = pail_alloc(b->length + 1);
    size_t at = 0, n = 1;

    PAIL_FUZZ_CHECK(text);
    while (n) {
        int rc = pail_body_read(b, at, text + at, pail_min_u64(step, b->length + 1 - at), &n, NULL);
        PAIL_FUZZ_CHECK(rc == 0 && at + n <= b->length);
        at += n;
    }
    PAIL_FUZZ_CHECK(at == b->length);
    return text;
}

/* A reader of the format as it is described; nothing of it is shared with the writer. */
static void check_encoding(struct pail_str text, struct pail_str data, bool is_signed, bool trailer)
{
    for (bool last = false; !last;) {
        size_t end = pail_str_find_str(text, PAIL_STR("\r\n"));
        PAIL_FUZZ_CHECK(end != SIZE_MAX);
        size_t digits = 0, n = 0;
        for (; digits < end && text.ptr[digits] != ';'; digits++) {
            char c = text.ptr[digits];
            PAIL_FUZZ_CHECK((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
            n = 16 * n + (size_t)(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        PAIL_FUZZ_CHECK(digits && is_signed == (digits < end));
        text = pail_str_from(text, end + 2);
        last = n == 0;
        if (last)
            break;
        PAIL_FUZZ_CHECK(n <= data.len && n + 2 <= text.len && memcmp(text.ptr, data.ptr, n) == 0);
        data = pail_str_from(data, n);
        text = pail_str_from(text, n);
        PAIL_FUZZ_CHECK(pail_str_starts(text, PAIL_STR("\r\n")));
        text = pail_str_from(text, 2);
    }
    PAIL_FUZZ_CHECK(!data.len && pail_str_ends(text, PAIL_STR("\r\n")));
    PAIL_FUZZ_CHECK(trailer == pail_str_starts(text, PAIL_STR("x-amz-checksum-")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < SETTINGS)
        return 0;
    struct pail_bytes segments[2];
    size_t n = size - SETTINGS, half = n / 2;
    segments[0] = (struct pail_bytes){data + SETTINGS, half};
    segments[1] = (struct pail_bytes){data + SETTINGS + half, n - half};
    struct pail_body source = {.segments = segments, .n_segments = 2, .length = n};
    struct pail_chunked_options opt = {.source = &source,
                                       .alg = (enum pail_checksum_alg)(data[0] % PAIL_CK_COUNT),
                                       .sign = data[0] & 128,
                                       .chunk_size = (size_t)data[1] + 1};
    struct pail_chunked *c = NULL;

    if (opt.alg == PAIL_CK_NONE)
        opt.sign = true;
    PAIL_FUZZ_CHECK(pail_chunked_new(&opt, &c, NULL) == 0);
    struct pail_sign_params p = {.service = PAIL_STR("s3"), .region = PAIL_STR("r")};
    struct pail_credentials_fields fields = {.access_key = PAIL_STR("a"),
                                             .secret_key = PAIL_STR("b")};
    struct pail_credentials *keys = NULL;
    PAIL_FUZZ_CHECK(pail_credentials_new(&fields, &keys, NULL) == 0);
    if (opt.sign)
        pail_chunked_begin(c, &p, keys, PAIL_STR("00"));
    const struct pail_body *b = pail_chunked_body(c);
    char *text = read_all(b, (size_t)data[2] + 1);
    check_encoding(pail_strn(text, b->length), pail_strn((const char *)data + SETTINGS, n),
                   opt.sign, opt.alg != PAIL_CK_NONE);
    for (uint64_t at = b->length; at; at = at > data[3] ? at - data[3] - 1 : 0) { /* backwards */
        char piece[256];
        size_t got;
        PAIL_FUZZ_CHECK(pail_body_read(b, at, piece, (size_t)data[4] + 1, &got, NULL) == 0);
        PAIL_FUZZ_CHECK(at + got <= b->length && memcmp(piece, text + at, got) == 0);
        PAIL_FUZZ_CHECK(got || at == b->length);
        if (b->length > 2048)
            break;
    }
    pail_free(text);
    pail_chunked_free(c);
    pail_credentials_unref(keys);
    return 0;
}
