/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/log.h - where the library's log lines go: what boto3.set_stream_logger is to boto3.
 *
 *     pail_log_to_fd(2, PAIL_LOG_TRACE, 1u << PAIL_LC_HTTP | 1u << PAIL_LC_AUTH);
 *
 * Off by default. INFO tells where credentials were found; DEBUG every attempt, its outcome and
 * what is retried when; TRACE the traffic: of http request lines, headers, the beginnings of XML,
 * JSON and form bodies, and the answers; of auth canonical requests and strings to sign.
 *
 * Secrets are redacted in every line: Authorization, signatures (of presigned URLs too), session
 * and other tokens, secret keys, SSE-C keys, passwords. What objects contain is not shown at all.
 *
 * Without a change of the program: PAIL_LOG in the environment, "debug" or "warn,http=trace", is
 * honoured when the first session is made; lines go to standard error unless there is a sink.
 *
 * Any thread; the sink may be called from any thread and must not call back into the library. Lines
 * are complete, without a newline, at most 2 KiB; what is longer is cut and ends in "...".
 */
#ifndef PAIL_LOG_H
#define PAIL_LOG_H

#include <pail/error.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pail_log_level {
    PAIL_LOG_ERROR,
    PAIL_LOG_WARN,
    PAIL_LOG_INFO,
    PAIL_LOG_DEBUG,
    PAIL_LOG_TRACE
};

/* Components, for masks: 1u << component. */
enum pail_log_component {
    PAIL_LC_BASE,
    PAIL_LC_HTTP,
    PAIL_LC_AUTH,
    PAIL_LC_S3,
    PAIL_LC_META,
    PAIL_LC_CACHE,
    PAIL_LC_WRITE,
    PAIL_LC_SYNC,
    PAIL_LC_FS,
    PAIL_LC_FUSE,
    PAIL_LC_TOOLS,
    PAIL_LC_COUNT
};

/* line is valid during the call, NUL-terminated. */
typedef void pail_log_fn(enum pail_log_level level, enum pail_log_component component,
                         const char *line, void *userdata);

/* NULL turns logging off. Call before other threads use the library. userdata is borrowed for as
 * long as the sink is set. */
PAIL_API void pail_log_set_sink(pail_log_fn *sink, void *userdata);
/* Lines up to `level` of the components in `mask` (0: all) are delivered, of others none. Any time,
 * any thread. At the start: PAIL_LOG_WARN of all. */
PAIL_API void pail_log_set_level(enum pail_log_level level, uint32_t mask);
/* The level of one component; the others keep theirs. Any time, any thread. */
PAIL_API void pail_log_set_component(enum pail_log_component component, enum pail_log_level level);
/* Levels as PAIL_LOG has them: "info", "warn,http=trace,auth=debug"; what comes later wins.
 * PAIL_E_CONFIG names a word that is no level or component; those before it count. */
PAIL_API PAIL_CHECK int pail_log_set_levels(const char *text, struct pail_error *err);
/* A sink that writes "2026-01-31T12:00:00.000Z pail.http [debug] TEXT" lines to a descriptor, which
 * stays the caller's and must stay open as long as the sink is set; and pail_log_set_level. */
PAIL_API void pail_log_to_fd(int fd, enum pail_log_level level, uint32_t mask);

#ifdef __cplusplus
}
#endif
#endif
