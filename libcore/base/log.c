/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/log.c - log lines: who wants them, formatting, redaction.
 *
 * Lines are built on the stack and handed to the sink on the caller's thread: no allocation, no
 * lock, no queue, so logging works when memory is out and in the middle of a shutdown. Level, mask
 * and sink are atomics, because the level changes while threads run (pail status turns tracing on).
 *
 * Redaction is the second line of defence. It works on the finished line and never makes it longer:
 * a known name followed by a separator (= : > in the forms of queries, headers, JSON, INI and XML)
 * has its value replaced by at most three stars.
 */
#include "base/logging.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <strings.h>

#define LINE_SIZE 2048

static _Atomic(pail_log_fn *) log_sink;
static _Atomic(void *) log_userdata;
static atomic_int log_level = PAIL_LOG_WARN;
static atomic_uint log_mask;

static const struct {
    struct pail_str name;
    bool whole_line; /* the value may contain blanks and commas */
} secret_names[] = {
    {{"Authorization", 13}, true},          {{"Signature", 9}, false}, /* X-Amz-Signature too */
    {{"X-Amz-Security-Token", 20}, false},  {{"X-Amz-Credential", 16}, false},
    {{"SecretAccessKey", 15}, false},       {{"SessionToken", 12}, false},
    {{"aws_secret_access_key", 21}, false}, {{"aws_session_token", 17}, false},
};

void pail_log_set_sink(pail_log_fn *sink, void *userdata)
{
    atomic_store(&log_userdata, userdata);
    atomic_store(&log_sink, sink);
}

void pail_log_set_level(enum pail_log_level level, uint32_t mask)
{
    atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
    atomic_store_explicit(&log_mask, mask, memory_order_relaxed);
}

bool pail_log_wanted(enum pail_log_component component, enum pail_log_level level)
{
    if ((int)level > atomic_load_explicit(&log_level, memory_order_relaxed))
        return false;
    uint32_t mask = atomic_load_explicit(&log_mask, memory_order_relaxed);
    if (mask && !(mask & (UINT32_C(1) << component)))
        return false;
    return atomic_load_explicit(&log_sink, memory_order_relaxed) != NULL;
}

/* Where the value begins that belongs to the name which ended at p; NULL when none follows. *quote
 * gets the quote it is in, or NUL. */
static char *value_after(char *p, char *quote)
{
    *quote = '\0';
    if (*p == '"' || *p == '\'')
        p++;
    while (*p == ' ')
        p++;
    if (*p != '=' && *p != ':' && *p != '>')
        return NULL;
    p++;
    while (*p == ' ')
        p++;
    if (*p == '"' || *p == '\'')
        *quote = *p++;
    return p;
}

static char *value_end(char *p, char quote, bool whole_line)
{
    if (quote) {
        while (*p && *p != quote)
            p++;
    } else {
        p += strcspn(p, whole_line ? "\r\n" : " \t\r\n&,;\"'<>)}");
    }
    return p;
}

/* In place; only ever shortens. */
static void redact(char *line)
{
    char *out = line, *p = line;
    while (*p) {
        char *value = NULL, *end = NULL;
        for (size_t i = 0; i < PAIL_ARRAY_LEN(secret_names) && !value; i++) {
            const struct pail_str *name = &secret_names[i].name;
            if (strncasecmp(p, name->ptr, name->len) != 0)
                continue;
            char quote;
            value = value_after(p + name->len, &quote);
            if (value)
                end = value_end(value, quote, secret_names[i].whole_line);
        }
        if (!value) {
            *out++ = *p++;
            continue;
        }
        size_t keep = (size_t)(value - p);
        memmove(out, p, keep);
        out += keep;
        for (int i = 0; i < 3 && value + i < end; i++)
            *out++ = '*';
        p = end;
    }
    *out = '\0';
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

    redact(line);
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
