/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/wire.c - requests and answers as lines of the log.
 *
 * Bodies are shown as far as they are the protocol's: the beginning of what looks like XML, JSON or
 * a form, and is in memory. Of everything else only the length is told: objects are nobody's
 * business, a token that is a whole body has no name to know it by, and a body that is read by a
 * callback must not be read once more for the log's sake.
 *
 * Redaction comes before cutting, so that half of a secret is never shown; headers are judged by
 * their names here, where they are known.
 */
#include "http/wire.h"

#include <stdio.h>

#include "base/logging.h"
#include "base/redact.h"
#include "base/str.h"

#define BODY_LOOKED_AT 8192 /* of a body; a secret that begins in it is hidden to its end */
#define BODY_SHOWN 1024
#define URL_MAX_BYTES (64 * 1024)

static bool wanted(void)
{
    return PAIL_UNLIKELY(pail_log_wanted(PAIL_LC_HTTP, PAIL_LOG_TRACE));
}

#define LINE(id, attempt, fmt, ...)                                                                \
    pail_log_write(PAIL_LC_HTTP, PAIL_LOG_TRACE, "%.8s.%u " fmt, (id), (attempt), __VA_ARGS__)

static void log_headers(const char *id, unsigned attempt, char direction,
                        const struct pail_headers *headers)
{
    for (size_t i = 0; i < headers->n; i++) {
        struct pail_header h = pail_headers_at(headers, i);
        bool secret = pail_redact_is_secret(h.name);
        struct pail_str value = secret ? PAIL_STR("***") : h.value;
        LINE(id, attempt, "%c %.*s: %.*s", direction, PAIL_STR_ARG(h.name), PAIL_STR_ARG(value));
    }
}

/* "Action=AssumeRole&..." */
static bool is_form(struct pail_str s)
{
    size_t i = 0;
    while (i < s.len && ((s.ptr[i] | 0x20) >= 'a' && (s.ptr[i] | 0x20) <= 'z'))
        i++;
    return i > 0 && i < s.len && s.ptr[i] == '=';
}

static void log_body(const char *id, unsigned attempt, char direction, struct pail_str text,
                     uint64_t length)
{
    struct pail_str start = pail_str_trim(text);
    char shown[BODY_LOOKED_AT + 1];

    if (!length)
        return;
    bool open = start.len && (start.ptr[0] == '<' || start.ptr[0] == '{' || is_form(start));
    if (!open) {
        LINE(id, attempt, "%c (%llu bytes)", direction, (unsigned long long)length);
        return;
    }
    size_t n = start.len < BODY_LOOKED_AT ? start.len : BODY_LOOKED_AT;
    for (size_t i = 0; i < n; i++) /* one line, and no NUL that would hide what follows */
        shown[i] = (unsigned char)start.ptr[i] < 0x20 ? ' ' : start.ptr[i];
    shown[n] = '\0';
    pail_redact(shown);
    bool cut = n < start.len || strlen(shown) > BODY_SHOWN;
    LINE(id, attempt, "%c %.*s%s", direction, BODY_SHOWN, shown, cut ? " ..." : "");
}

/* What a body in memory begins with. */
static struct pail_str beginning(const struct pail_body *body)
{
    if (!body->segments || !body->n_segments)
        return pail_strn(NULL, 0);
    return pail_strn(body->segments[0].ptr, body->segments[0].len);
}

void pail_wire_request(const char *id, unsigned attempt, const struct pail_exchange *x)
{
    if (!wanted())
        return;
    PAIL_CLEANUP(pail_buf_done) struct pail_buf url = PAIL_BUF_INIT(URL_MAX_BYTES);
    pail_request_url(x->request, true, &url);
    LINE(id, attempt, "> %s %s", x->request->method, pail_buf_cstr(&url));
    log_headers(id, attempt, '>', &x->request->headers);
    if (x->expect_continue)
        LINE(id, attempt, "> %s", "Expect: 100-continue");
    if (x->body)
        log_body(id, attempt, '>', beginning(x->body), x->body->length);
}

void pail_wire_head(const char *id, unsigned attempt, int status, const struct pail_headers *h)
{
    if (!wanted())
        return;
    LINE(id, attempt, "< %d", status);
    log_headers(id, attempt, '<', h);
}

void pail_wire_body(const char *id, unsigned attempt, struct pail_str collected, uint64_t length)
{
    if (wanted())
        log_body(id, attempt, '<', collected, length);
}
