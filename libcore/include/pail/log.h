/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pail/log.h - where the library's log lines go.
 *
 * Off by default. Any thread; the sink may be called from any thread and must not call back into the
 * library. Lines are complete, without a newline, with secrets already redacted.
 */
#ifndef PAIL_LOG_H
#define PAIL_LOG_H

#include <pail/base.h>

#ifdef __cplusplus
extern "C" {
#endif

enum pail_log_level { PAIL_LOG_ERROR, PAIL_LOG_WARN, PAIL_LOG_INFO, PAIL_LOG_DEBUG, PAIL_LOG_TRACE };

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

typedef void pail_log_fn(enum pail_log_level level, enum pail_log_component component,
                         const char *line, void *userdata);

/* NULL turns logging off. Call before other threads use the library. */
PAIL_API void pail_log_set_sink(pail_log_fn *sink, void *userdata);
/* Lines up to `level` of the components in `mask` (0: all) are delivered. Any time, any thread. */
PAIL_API void pail_log_set_level(enum pail_log_level level, uint32_t mask);

#ifdef __cplusplus
}
#endif
#endif
