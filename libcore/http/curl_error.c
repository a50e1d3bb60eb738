/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/curl_error.c - what libcurl says went wrong, in the project's words.
 *
 * The code decides whether the request is repeated, so the distinctions that matter are kept exact
 * even where libcurl has one number for several things: a handshake cut off by the network (may
 * pass) against one that was refused (will not), a broken encoding (garbage) against a broken
 * connection. For these the text of the error buffer is looked at; where a future libcurl words it
 * differently, the worst outcome is a retry too many or too few.
 */
#include <errno.h>
#include <stdio.h>

#include "base/file.h"
#include "base/str.h"
#include "http/curl_impl.h"

void pail_curl_error_where(const struct curl_slot *s, char *dst, size_t cap)
{
    const struct pail_request *r = s->x->request;
    const char *host = pail_buf_cstr(&r->host);
    const char *what = s->sends ? r->method : "connect to";

    snprintf(dst, cap, strchr(host, ':') ? "%s [%.100s]:%u" : "%s %.100s:%u", what, host, r->port);
}

static const struct {
    CURLcode result;
    enum pail_code code;
} codes[] = {
    {CURLE_COULDNT_RESOLVE_HOST, PAIL_E_RESOLVE},
    {CURLE_COULDNT_RESOLVE_PROXY, PAIL_E_PROXY},
    {CURLE_PROXY, PAIL_E_PROXY},
    {CURLE_COULDNT_CONNECT, PAIL_E_CONNECT},
    {CURLE_OPERATION_TIMEDOUT, PAIL_E_CONNECT_TIMEOUT}, /* the only time-out that is libcurl's */

    {CURLE_GOT_NOTHING, PAIL_E_CLOSED},
    {CURLE_SEND_ERROR, PAIL_E_CLOSED},
    {CURLE_RECV_ERROR, PAIL_E_CLOSED},
    {CURLE_PARTIAL_FILE, PAIL_E_CLOSED},
    {CURLE_SEND_FAIL_REWIND, PAIL_E_CLOSED},

    {CURLE_SSL_CONNECT_ERROR, PAIL_E_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, PAIL_E_TLS},
    {CURLE_SSL_CERTPROBLEM, PAIL_E_TLS},
    {CURLE_SSL_CIPHER, PAIL_E_TLS},
    {CURLE_SSL_CACERT_BADFILE, PAIL_E_TLS},
    {CURLE_SSL_ISSUER_ERROR, PAIL_E_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, PAIL_E_TLS},
    {CURLE_SSL_ENGINE_NOTFOUND, PAIL_E_TLS},
    {CURLE_SSL_ENGINE_SETFAILED, PAIL_E_TLS},
    {CURLE_USE_SSL_FAILED, PAIL_E_TLS},

    {CURLE_UNSUPPORTED_PROTOCOL, PAIL_E_GARBAGE}, /* an answer of HTTP/0.9 */
    {CURLE_WEIRD_SERVER_REPLY, PAIL_E_GARBAGE},
    {CURLE_BAD_CONTENT_ENCODING, PAIL_E_GARBAGE},
#if LIBCURL_VERSION_NUM >= 0x080600
    {CURLE_TOO_LARGE, PAIL_E_GARBAGE}, /* a header */
#endif

    {CURLE_URL_MALFORMAT, PAIL_E_INVALID},
    {CURLE_OUT_OF_MEMORY, PAIL_E_NOMEM},
};

static bool says(const struct curl_slot *s, const char *word)
{
    return strstr(s->errbuf, word) != NULL;
}

static enum pail_code code_of(const struct curl_slot *s, CURLcode result)
{
    long connect_status = 0;
    curl_easy_getinfo(s->easy, CURLINFO_HTTP_CONNECTCODE, &connect_status);
    if (!s->sends && connect_status >= 300)
        return PAIL_E_PROXY;

    if (result == CURLE_SSL_CONNECT_ERROR &&
        (says(s, "SSL_ERROR_SYSCALL") || says(s, "reset by peer") || says(s, "unexpected eof")))
        return PAIL_E_CLOSED;
    if (result == CURLE_RECV_ERROR && says(s, "chunk"))
        return PAIL_E_GARBAGE;
    if (result == CURLE_OPERATION_TIMEDOUT && s->sends)
        return PAIL_E_READ_TIMEOUT;
    /* libcurl's word for a header line beyond its own bound. */
    if (result == CURLE_OUT_OF_MEMORY && s->status && !s->head_done)
        return PAIL_E_GARBAGE;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(codes); i++) {
        if (codes[i].result == result)
            return codes[i].code;
    }
    return PAIL_E_NET;
}

/* libcurl's "error:0A00010B:SSL routines::wrong version number" as Python tells it:
 * "[SSL: WRONG_VERSION_NUMBER] wrong version number". */
static void handshake_cause(struct pail_str text, struct pail_buf *to)
{
    size_t at;

    while ((at = pail_str_find_str(text, PAIL_STR("::"))) != SIZE_MAX)
        text = pail_str_from(text, at + 2);
    pail_buf_z(to, "[SSL: ");
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        pail_buf_char(to, c == ' ' ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
    pail_buf_z(to, "] ");
    pail_buf_str(to, text);
}

/* The words of Python's ssl module, which is what people look for. */
static void tls_cause(const struct curl_slot *s, CURLcode result, struct pail_buf *to)
{
    static const char refused[] = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: ";
    struct pail_str text = pail_str(s->errbuf), problem = PAIL_STR("SSL certificate problem: ");
    const char *bundle = s->loop->fixed.transport->ca_bundle;

    if (pail_str_starts(text, problem)) {
        pail_buf_z(to, refused);
        pail_buf_str(to, pail_str_from(text, problem.len));
    } else if (pail_str_find_str(text, PAIL_STR("subject name")) != SIZE_MAX) {
        pail_buf_fmt(to, "%sHostname mismatch, certificate is not valid for '%s'.", refused,
                     pail_buf_cstr(&s->x->request->host));
    } else if (result == CURLE_SSL_CACERT_BADFILE && bundle &&
               pail_file_stat(bundle, &(struct pail_file_stat){.size = 0}, NULL) < 0) {
        pail_buf_fmt(to, "%s: [Errno %d] %s", bundle, ENOENT, strerror(ENOENT));
    } else if (result == CURLE_SSL_CONNECT_ERROR &&
               pail_str_find_str(text, PAIL_STR("::")) != SIZE_MAX) {
        handshake_cause(text, to);
    } else {
        pail_buf_str(to, text.len ? text : pail_str(curl_easy_strerror(result)));
    }
}

static const char *cause_of(const struct curl_slot *s, CURLcode result, enum pail_code code,
                            int os_errno, char *text, size_t cap)
{
    if (code == PAIL_E_CONNECT && os_errno)
        return strerror_r(os_errno, text, cap);
    if (code == PAIL_E_CONNECT_TIMEOUT) {
        snprintf(text, cap, "no connection after %u ms", s->x->connect_timeout_ms);
        return text;
    }
    if (s->errbuf[0])
        return s->errbuf;
    if (result == CURLE_OUT_OF_MEMORY)
        return "the head of the answer is too large";
    return result == CURLE_OK ? "connection closed within the answer's head"
                              : curl_easy_strerror(result);
}

int pail_curl_error(const struct curl_slot *s, CURLcode result, struct pail_error *err)
{
    if (s->failed) {
        pail_error_copy(err, &s->error);
        return s->error.code;
    }
    /* libcurl calls an answer that ends within its head complete. */
    enum pail_code code = result == CURLE_OK ? PAIL_E_CLOSED : code_of(s, result);
    if (code == PAIL_E_NOMEM)
        return pail_error_nomem(err);

    PAIL_CLEANUP(pail_buf_done) struct pail_buf tls = PAIL_BUF_INIT(2048);
    char where[160], text[128];
    long os_errno = 0;
    pail_curl_error_where(s, where, sizeof(where));
    curl_easy_getinfo(s->easy, CURLINFO_OS_ERRNO, &os_errno);
    const char *cause = cause_of(s, result, code, (int)os_errno, text, sizeof(text));
    if (code == PAIL_E_TLS) {
        tls_cause(s, result, &tls);
        cause = pail_buf_cstr(&tls);
    }
    pail_error_set(err, code == PAIL_E_GARBAGE ? PAIL_D_DATA : PAIL_D_NET, code, "%s: %s", where,
                   cause);
    if (err)
        err->os_errno = (int)os_errno;
    return code;
}
