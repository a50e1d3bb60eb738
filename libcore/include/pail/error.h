/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/error.h - the error object.
 *
 * A value on the caller's stack: no allocation, no thread-local state, no clean-up. Every fallible
 * call takes `struct pail_error *err` last and returns 0, or a negative enum pail_code that equals
 * err->code. Outputs are untouched on failure. err may be NULL where the caller does not care.
 *
 * Set once, where the error happens (pail_error_set, pail_error_os); callers add context in front
 * with pail_error_prefix and never replace. Messages are one line, name the object, carry no secret
 * and no query string, and do not say "failed to". An error belongs to one thread at a time, as any
 * struct of the caller's does. Names of codes: boto3's exceptions and S3's error codes where there
 * is one that fits; what a service said itself is in service_code.
 */
#ifndef PAIL_ERROR_H
#define PAIL_ERROR_H

#include <pail/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pail_domain {
    PAIL_D_NONE,
    PAIL_D_OS,      /* a system call said no; os_errno is set */
    PAIL_D_USAGE,   /* the caller's arguments */
    PAIL_D_CONFIG,  /* configuration or credentials files, environment */
    PAIL_D_AUTH,    /* credentials */
    PAIL_D_NET,     /* no HTTP answer */
    PAIL_D_HTTP,    /* an HTTP answer that is not of the service */
    PAIL_D_SERVICE, /* the service's own error; service_code is set where it sent one */
    PAIL_D_DATA,    /* what arrived is not what was promised: garbage, checksum */
    PAIL_D_FS,      /* the file system's own refusals */
};

enum pail_code {
    PAIL_OK = 0,
    /* general */
    PAIL_E_NOMEM = -1,
    PAIL_E_INVALID = -2, /* bad argument */
    PAIL_E_OS = -3,      /* see os_errno */
    PAIL_E_TOO_BIG = -4, /* a bound of ours */
    PAIL_E_PARSE = -5,   /* text that does not parse */
    PAIL_E_UNSUPPORTED = -6,
    PAIL_E_CANCELLED = -7,
    PAIL_E_SHUTDOWN = -8,
    PAIL_E_DEADLINE = -9, /* the call's own deadline passed */
    PAIL_E_INTERNAL = -10,
    /* configuration and credentials */
    PAIL_E_CONFIG = -20,
    PAIL_E_PROFILE_NOT_FOUND = -21,
    PAIL_E_NO_CREDENTIALS = -22,
    PAIL_E_PARTIAL_CREDENTIALS = -23,
    PAIL_E_CREDENTIALS = -24, /* a provider was found but could not deliver */
    PAIL_E_NO_REGION = -25,
    /* network */
    PAIL_E_RESOLVE = -40,
    PAIL_E_CONNECT = -41,
    PAIL_E_CONNECT_TIMEOUT = -42,
    PAIL_E_READ_TIMEOUT = -43,
    PAIL_E_CLOSED = -44, /* connection closed or reset before the answer was complete */
    PAIL_E_TLS = -45,
    PAIL_E_PROXY = -46,
    PAIL_E_NET = -47, /* any other transport error */
    /* data */
    PAIL_E_CHECKSUM = -50,
    PAIL_E_GARBAGE = -51, /* the server's answer is not what its protocol promises */
    /* service */
    PAIL_E_SERVICE = -60,   /* an error without a more exact code below */
    PAIL_E_NOT_FOUND = -61, /* key, upload, or a HEAD's bare 404 */
    PAIL_E_NO_BUCKET = -62,
    PAIL_E_ACCESS = -63, /* 403 AccessDenied and its like */
    PAIL_E_PRECONDITION = -64,
    PAIL_E_CONFLICT = -65, /* 409 */
    PAIL_E_THROTTLED = -66,
    PAIL_E_SERVER = -67,        /* 5xx */
    PAIL_E_REDIRECT = -68,      /* wrong region or endpoint */
    PAIL_E_NOT_MODIFIED = -69,  /* 304 */
    PAIL_E_RANGE = -70,         /* 416 */
    PAIL_E_ARCHIVED = -71,      /* InvalidObjectState */
    PAIL_E_AUTH_EXPIRED = -72,  /* ExpiredToken and its like */
    PAIL_E_AUTH_REJECTED = -73, /* InvalidAccessKeyId, SignatureDoesNotMatch */
    PAIL_E_SKEW = -74,          /* RequestTimeTooSkewed */
    PAIL_E_BUCKET_EXISTS = -75,
    PAIL_E_BUCKET_NOT_EMPTY = -76,
    PAIL_E_NOT_IMPLEMENTED = -77, /* 501 */
    /* managed transfers; service_code and http_status are the cause's */
    PAIL_E_UPLOAD_FAILED = -80,    /* the service refused a part of it */
    PAIL_E_DOWNLOAD_FAILED = -81,  /* the object changed meanwhile */
    PAIL_E_RETRIES_EXCEEDED = -82, /* the data broke off again and again */
    /* file system; named after the errno each maps to */
    PAIL_E_FS_NOENT = -100,
    PAIL_E_FS_EXIST = -101,
    PAIL_E_FS_NOTDIR = -102,
    PAIL_E_FS_ISDIR = -103,
    PAIL_E_FS_NOTEMPTY = -104,
    PAIL_E_FS_STALE = -105,
    PAIL_E_FS_PERM = -106,
    PAIL_E_FS_ROFS = -107,
    PAIL_E_FS_NOSPC = -108,
    PAIL_E_FS_NAMETOOLONG = -109,
    PAIL_E_FS_FBIG = -110,
    PAIL_E_FS_BADF = -111,
    PAIL_E_FS_NODATA = -112, /* no such xattr */
    PAIL_E_FS_OPNOTSUPP = -113,
    PAIL_E_FS_INVAL = -114,
    PAIL_E_FS_LOOP = -115, /* directory into itself */
    PAIL_E_FS_BUSY = -116,
    PAIL_E_FS_NXIO = -117,
    PAIL_E_FS_XDEV = -118,
    PAIL_E_FS_ACCES = -119,
};

/* What a retry would be worth. Decided in one place, libcore/http/retry.c. */
enum pail_retry {
    PAIL_RETRY_NEVER,
    PAIL_RETRY_BACKOFF,        /* may pass by itself */
    PAIL_RETRY_AFTER_REFRESH,  /* with new credentials */
    PAIL_RETRY_UNKNOWN_EFFECT, /* the reply was lost: the request may have been executed */
};

struct pail_error {
    enum pail_domain domain;
    enum pail_code code;
    enum pail_retry retry;
    int os_errno;
    int http_status;
    int attempts;          /* how often the request was tried, 0 where none was */
    char service_code[48]; /* "NoSuchKey" */
    char request_id[72];
    char message[1024];
};

#define PAIL_ERROR_INIT                                                                            \
    {                                                                                              \
        PAIL_D_NONE, PAIL_OK, PAIL_RETRY_NEVER, 0, 0, 0, "", "", ""                                \
    }

/* Set the error and return code. */
PAIL_API int pail_error_set(struct pail_error *err, enum pail_domain domain, enum pail_code code,
                            const char *fmt, ...) PAIL_PRINTF(4, 5);
/* Set from errno value os_errno: "MESSAGE: No such file or directory". Returns PAIL_E_OS
 * (PAIL_E_NOMEM for ENOMEM). */
PAIL_API int pail_error_os(struct pail_error *err, int os_errno, const char *fmt, ...)
    PAIL_PRINTF(3, 4);
/* PAIL_E_NOMEM. */
PAIL_API int pail_error_nomem(struct pail_error *err);
/* Put "CONTEXT: " in front of the message; when it does not fit, the context is cut, never the
 * cause. Returns err->code; with err NULL it cannot know and returns PAIL_E_INTERNAL, so where err
 * may be NULL return the callee's result instead. */
PAIL_API int pail_error_prefix(struct pail_error *err, const char *fmt, ...) PAIL_PRINTF(2, 3);
/* from NULL, as callbacks tell success: no error. */
PAIL_API void pail_error_copy(struct pail_error *to, const struct pail_error *from);
/* "PAIL_E_NOT_FOUND"; never NULL. */
PAIL_API const char *pail_code_name(int code);

#ifdef __cplusplus
}
#endif
#endif
