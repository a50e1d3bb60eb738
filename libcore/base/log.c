/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/log.c - log lines: who wants them, formatting, redaction.
 *
 * Lines are built on the stack and handed to the sink on the caller's thread: no allocation, no
 * lock, no queue, so logging works when memory is out and in the middle of a shutdown. Levels and
 * sink are atomics, because levels change while threads run (pail status turns tracing on).
 *
 * Redaction (base/redact.h) is the second line of defence. It works on the finished line and never
 * makes it longer.
 */
#include "base/logging.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/redact.h"
#include "base/str.h"

#define LINE_SIZE 2048
#define LEVEL_OFF (-1)

static _Atomic(pail_log_fn *) log_sink;
static _Atomic(void *) log_userdata;
/* Per component; LEVEL_OFF: nothing. */
static atomic_int log_levels[PAIL_LC_COUNT] = {[0 ... PAIL_LC_COUNT - 1] = PAIL_LOG_WARN};

void pail_log_set_sink(pail_log_fn *sink, void *userdata)
{
    atomic_store(&log_userdata, userdata);
    atomic_store(&log_sink, sink);
}

void pail_log_set_level(enum pail_log_level level, uint32_t mask)
{
    for (unsigned i = 0; i < PAIL_LC_COUNT; i++) {
        bool in = !mask || (mask & (UINT32_C(1) << i));
        atomic_store_explicit(&log_levels[i], in ? (int)level : LEVEL_OFF, memory_order_relaxed);
    }
}

void pail_log_set_component(enum pail_log_component component, enum pail_log_level level)
{
    if ((unsigned)component < PAIL_LC_COUNT)
        atomic_store_explicit(&log_levels[component], (int)level, memory_order_relaxed);
}

bool pail_log_has_sink(void)
{
    return atomic_load(&log_sink) != NULL;
}

bool pail_log_wanted(enum pail_log_component component, enum pail_log_level level)
{
    if ((int)level > atomic_load_explicit(&log_levels[component], memory_order_relaxed))
        return false;
    return atomic_load_explicit(&log_sink, memory_order_relaxed) != NULL;
}

static void clean(char *line)
{
    for (unsigned char *p = (unsigned char *)line; *p; p++) {
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
    }
}

void pail_log_write(enum pail_log_component component, enum pail_log_level level, const char *fmt,
                    ...)
{
    pail_log_fn *sink = atomic_load(&log_sink);
    if (!sink)
        return;

    int saved_errno = errno;
    char line[LINE_SIZE];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    if (n < 0)
        line[0] = '\0';

    pail_redact(line);
    clean(line);
    if (n >= (int)sizeof(line)) {
        /* Marked after redaction: a cut inside a secret must not hide where it ends. */
        size_t len = strlen(line);
        if (len > sizeof(line) - 4)
            len = sizeof(line) - 4;
        memcpy(line + len, "...", 4);
    }
    sink(level, component, line, atomic_load(&log_userdata));
    errno = saved_errno;
}

const char *pail_log_component_name(enum pail_log_component component)
{
    static const char *const names[PAIL_LC_COUNT] = {
        [PAIL_LC_BASE] = "base",   [PAIL_LC_HTTP] = "http",   [PAIL_LC_AUTH] = "auth",
        [PAIL_LC_S3] = "s3",       [PAIL_LC_META] = "meta",   [PAIL_LC_CACHE] = "cache",
        [PAIL_LC_WRITE] = "write", [PAIL_LC_SYNC] = "sync",   [PAIL_LC_FS] = "fs",
        [PAIL_LC_FUSE] = "fuse",   [PAIL_LC_TOOLS] = "tools",
    };
    return (size_t)component < PAIL_ARRAY_LEN(names) ? names[component] : "?";
}

const char *pail_log_level_name(enum pail_log_level level)
{
    static const char *const names[] = {
        [PAIL_LOG_ERROR] = "error", [PAIL_LOG_WARN] = "warn",   [PAIL_LOG_INFO] = "info",
        [PAIL_LOG_DEBUG] = "debug", [PAIL_LOG_TRACE] = "trace",
    };
    return (size_t)level < PAIL_ARRAY_LEN(names) ? names[level] : "?";
}

void pail_log_lines(enum pail_log_component component, enum pail_log_level level,
                    const char *prefix, struct pail_str text)
{
    struct pail_str line;
    while (pail_str_split(&text, '\n', &line))
        pail_log_write(component, level, "%s%.*s", prefix, PAIL_STR_ARG(line));
}
