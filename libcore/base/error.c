/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/error.c - the error object.
 *
 * Messages end up in logs, xattrs and on terminals, and parts of them come from servers and file
 * names: control characters are replaced here, once, so that no consumer has to. Text is always
 * formatted into a local buffer first, because callers pass err's own fields as arguments.
 *
 * When something must be cut, it is what is furthest from the cause: the context of a prefix, the
 * message in front of strerror's text. A cut is visible as "...".
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <pail/error.h>

#include "base/macros.h"

#define MESSAGE_SIZE sizeof(((struct pail_error *)NULL)->message)

static void clean(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++) {
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
}

/* Formats into text[MESSAGE_SIZE]; marks a cut. */
static void format(char *text, const char *fmt, va_list ap)
{
    int n = vsnprintf(text, MESSAGE_SIZE, fmt, ap);
    if (n < 0)
        text[0] = '\0';
    else if ((size_t)n >= MESSAGE_SIZE)
        memcpy(text + MESSAGE_SIZE - 4, "...", 4);
    clean(text);
}

/* Writes "HEAD: TAIL" to err->message; a head that does not fit is cut, or left out when there is
 * room for nothing of it. tail may be err->message itself. */
static void join(struct pail_error *err, const char *head, const char *tail)
{
    char text[MESSAGE_SIZE];
    size_t head_len = strlen(head), tail_len = strlen(tail);
    size_t room = tail_len + 2 < MESSAGE_SIZE ? MESSAGE_SIZE - 1 - tail_len - 2 : 0;

    if (head_len <= room) {
        memcpy(text, head, head_len);
    } else if (room > 3) {
        memcpy(text, head, room - 3);
        memcpy(text + room - 3, "...", 3);
        head_len = room;
    } else {
        head_len = 0;
    }
    if (head_len) {
        memcpy(text + head_len, ": ", 2);
        head_len += 2;
    }
    if (tail_len > MESSAGE_SIZE - 1 - head_len)
        tail_len = MESSAGE_SIZE - 1 - head_len;
    memcpy(text + head_len, tail, tail_len);
    text[head_len + tail_len] = '\0';
    memcpy(err->message, text, head_len + tail_len + 1);
}

int pail_error_set(struct pail_error *err, enum pail_domain domain, enum pail_code code,
                   const char *fmt, ...)
{
    if (!err)
        return code;

    char text[MESSAGE_SIZE];
    va_list ap;
    va_start(ap, fmt);
    format(text, fmt, ap);
    va_end(ap);

    *err = (struct pail_error){.domain = domain, .code = code, .retry = PAIL_RETRY_NEVER};
    memcpy(err->message, text, sizeof(text));
    return code;
}

int pail_error_os(struct pail_error *err, int os_errno, const char *fmt, ...)
{
    enum pail_code code = os_errno == ENOMEM ? PAIL_E_NOMEM : PAIL_E_OS;
    if (!err)
        return code;

    char text[MESSAGE_SIZE], reason[128];
    va_list ap;
    va_start(ap, fmt);
    format(text, fmt, ap);
    va_end(ap);

    *err = (struct pail_error){.domain = PAIL_D_OS, .code = code, .os_errno = os_errno};
    join(err, text, strerror_r(os_errno, reason, sizeof(reason)));
    return code;
}

int pail_error_nomem(struct pail_error *err)
{
    return pail_error_os(err, ENOMEM, "%s", "");
}

int pail_error_prefix(struct pail_error *err, const char *fmt, ...)
{
    if (!err)
        return PAIL_E_INTERNAL;

    char text[MESSAGE_SIZE];
    va_list ap;
    va_start(ap, fmt);
    format(text, fmt, ap);
    va_end(ap);
    join(err, text, err->message);
    return err->code;
}

void pail_error_copy(struct pail_error *to, const struct pail_error *from)
{
    static const struct pail_error none = PAIL_ERROR_INIT;
    if (to && to != from)
        *to = from ? *from : none;
}

#define NAME(code)                                                                                 \
    case code:                                                                                     \
        return #code

/* No default: the compiler names the code that was forgotten. */
static const char *name_of(enum pail_code code)
{
    switch (code) {
        NAME(PAIL_OK);
        NAME(PAIL_E_NOMEM);
        NAME(PAIL_E_INVALID);
        NAME(PAIL_E_OS);
        NAME(PAIL_E_TOO_BIG);
        NAME(PAIL_E_PARSE);
        NAME(PAIL_E_UNSUPPORTED);
        NAME(PAIL_E_CANCELLED);
        NAME(PAIL_E_SHUTDOWN);
        NAME(PAIL_E_DEADLINE);
        NAME(PAIL_E_INTERNAL);
        NAME(PAIL_E_CONFIG);
        NAME(PAIL_E_PROFILE_NOT_FOUND);
        NAME(PAIL_E_NO_CREDENTIALS);
        NAME(PAIL_E_PARTIAL_CREDENTIALS);
        NAME(PAIL_E_CREDENTIALS);
        NAME(PAIL_E_NO_REGION);
        NAME(PAIL_E_RESOLVE);
        NAME(PAIL_E_CONNECT);
        NAME(PAIL_E_CONNECT_TIMEOUT);
        NAME(PAIL_E_READ_TIMEOUT);
        NAME(PAIL_E_CLOSED);
        NAME(PAIL_E_TLS);
        NAME(PAIL_E_PROXY);
        NAME(PAIL_E_NET);
        NAME(PAIL_E_CHECKSUM);
        NAME(PAIL_E_GARBAGE);
        NAME(PAIL_E_SERVICE);
        NAME(PAIL_E_NOT_FOUND);
        NAME(PAIL_E_NO_BUCKET);
        NAME(PAIL_E_ACCESS);
        NAME(PAIL_E_PRECONDITION);
        NAME(PAIL_E_CONFLICT);
        NAME(PAIL_E_THROTTLED);
        NAME(PAIL_E_SERVER);
        NAME(PAIL_E_REDIRECT);
        NAME(PAIL_E_NOT_MODIFIED);
        NAME(PAIL_E_RANGE);
        NAME(PAIL_E_ARCHIVED);
        NAME(PAIL_E_AUTH_EXPIRED);
        NAME(PAIL_E_AUTH_REJECTED);
        NAME(PAIL_E_SKEW);
        NAME(PAIL_E_BUCKET_EXISTS);
        NAME(PAIL_E_BUCKET_NOT_EMPTY);
        NAME(PAIL_E_NOT_IMPLEMENTED);
        NAME(PAIL_E_UPLOAD_FAILED);
        NAME(PAIL_E_DOWNLOAD_FAILED);
        NAME(PAIL_E_RETRIES_EXCEEDED);
        NAME(PAIL_E_FS_NOENT);
        NAME(PAIL_E_FS_EXIST);
        NAME(PAIL_E_FS_NOTDIR);
        NAME(PAIL_E_FS_ISDIR);
        NAME(PAIL_E_FS_NOTEMPTY);
        NAME(PAIL_E_FS_STALE);
        NAME(PAIL_E_FS_PERM);
        NAME(PAIL_E_FS_ROFS);
        NAME(PAIL_E_FS_NOSPC);
        NAME(PAIL_E_FS_NAMETOOLONG);
        NAME(PAIL_E_FS_FBIG);
        NAME(PAIL_E_FS_BADF);
        NAME(PAIL_E_FS_NODATA);
        NAME(PAIL_E_FS_OPNOTSUPP);
        NAME(PAIL_E_FS_INVAL);
        NAME(PAIL_E_FS_LOOP);
        NAME(PAIL_E_FS_BUSY);
        NAME(PAIL_E_FS_NXIO);
        NAME(PAIL_E_FS_XDEV);
        NAME(PAIL_E_FS_ACCES);
    }
    return "PAIL_E_?";
}

const char *pail_code_name(int code)
{
    return name_of((enum pail_code)code);
}
