/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of an answer's head: what is taken are fields that can be found again, and sent on without
 * smuggling others in; and what they are signed as is one line a field.
 */
#include "http/request.h"

#include "auth/sign.h"
#include "base/str.h"
#include "fuzz.h"

static bool is_clean(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || !s.ptr[i])
            return false;
    return true;
}

static size_t lines_of(struct pail_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += s.ptr[i] == '\n';
    return n;
}

/* The canonical request has six parts, one line each, but for the headers: a line a field. */
static void check_signed(const struct pail_request *r)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf canonical = PAIL_BUF_INIT(1 << 20);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf names = PAIL_BUF_INIT(1 << 20);
    struct pail_sign_params p = {
        .service = PAIL_STR("s3"), .region = PAIL_STR("r"), .s3_path = true};
    if (pail_sign_canonical(r, &p, &canonical, &names, NULL) < 0)
        return;
    for (size_t i = 0; i < r->headers.n; i++) /* no name, but the list takes it */
        if (pail_str_find(pail_headers_at(&r->headers, i).name, ';') != SIZE_MAX)
            return;
    size_t fields = 1;
    for (size_t i = 0; i < names.len; i++)
        fields += names.ptr[i] == ';';
    PAIL_FUZZ_CHECK(lines_of(pail_buf_view(&canonical)) == fields + 5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pail_str rest = pail_strn((const char *)data, size), line;
    struct pail_request r;

    pail_request_init(&r);
    memcpy(r.method, "GET", 4);
    pail_buf_z(&r.host, "h");
    pail_buf_z(&r.path, "/");
    r.port = 80;
    while (pail_str_split(&rest, '\n', &line)) {
        size_t n = r.headers.n;
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        struct pail_str name, value;
        (void)pail_sign_of_authorization(line);
        if (!pail_header_line(line, &name, &value) ||
            pail_headers_add(&r.headers, name, value, NULL) < 0) {
            PAIL_FUZZ_CHECK(r.headers.n == n);
            continue;
        }
        struct pail_header h = pail_headers_at(&r.headers, n);
        PAIL_FUZZ_CHECK(r.headers.n == n + 1 && h.name.len && is_clean(h.name) &&
                        is_clean(h.value) && pail_str_find(h.name, ':') == SIZE_MAX);
        PAIL_FUZZ_CHECK(pail_str_eq(h.name, name) && pail_str_eq(h.value, value));
    }
    check_signed(&r);
    while (r.headers.n) { /* by name, all of them */
        PAIL_CLEANUP(pail_buf_done) struct pail_buf name = PAIL_BUF_INIT(1 << 20);
        size_t n = r.headers.n;
        pail_buf_str(&name, pail_headers_at(&r.headers, 0).name);
        PAIL_FUZZ_CHECK(pail_headers_get(&r.headers, pail_buf_cstr(&name)).ptr);
        pail_headers_remove(&r.headers, pail_buf_cstr(&name));
        PAIL_FUZZ_CHECK(r.headers.n < n);
    }
    PAIL_FUZZ_CHECK(r.headers.text.len == 0);
    pail_request_done(&r);
    return 0;
}
