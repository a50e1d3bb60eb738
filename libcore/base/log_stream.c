/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/log_stream.c - the log on a descriptor, and the environment that asks for it.
 *
 * One write for each line, so that those of several threads, and of several processes on one
 * terminal, stay whole. What cannot be written is lost: there is nobody to tell.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/env.h"
#include "base/logging.h"
#include "base/str.h"
#include "base/timefmt.h"

#define LINE_MAX_BYTES 4096

static atomic_int stream_fd = STDERR_FILENO;

static void to_stream(enum pail_log_level level, enum pail_log_component component,
                      const char *text, void *userdata)
{
    char line[LINE_MAX_BYTES], when[PAIL_TIME_ISO_LEN];
    int64_t now = pail_clock_wall_ns();

    (void)userdata;
    pail_time_iso(now / PAIL_NS_PER_S, when);
    int n = snprintf(line, sizeof(line) - 1, "%.19s.%03dZ pail.%s [%s] %s", when,
                     (int)(now % PAIL_NS_PER_S / PAIL_NS_PER_MS),
                     pail_log_component_name(component), pail_log_level_name(level), text);
    if (n < 0)
        return;
    size_t len = (size_t)n < sizeof(line) - 2 ? (size_t)n : sizeof(line) - 2;
    line[len++] = '\n';
    while (write(atomic_load(&stream_fd), line, len) < 0 && errno == EINTR)
        ;
}

void pail_log_to_fd(int fd, enum pail_log_level level, uint32_t mask)
{
    atomic_store(&stream_fd, fd);
    pail_log_set_level(level, mask);
    pail_log_set_sink(to_stream, NULL);
}

/* ---- PAIL_LOG -------------------------------------------------------------------------------- */

static bool level_of(struct pail_str word, int *ret)
{
    for (int i = PAIL_LOG_ERROR; i <= PAIL_LOG_TRACE; i++) {
        if (!pail_str_ieq(word, pail_str(pail_log_level_name((enum pail_log_level)i))))
            continue;
        *ret = i;
        return true;
    }
    return false;
}

static bool component_of(struct pail_str word, int *ret)
{
    for (int i = 0; i < PAIL_LC_COUNT; i++) {
        if (!pail_str_ieq(word, pail_str(pail_log_component_name((enum pail_log_component)i))))
            continue;
        *ret = i;
        return true;
    }
    return false;
}

static int apply(struct pail_str word, struct pail_error *err)
{
    int level, component = -1;
    size_t at = pail_str_find(word, '=');
    struct pail_str name = at == SIZE_MAX ? word : pail_str_trim(pail_str_from(word, at + 1));

    if (!level_of(name, &level))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "PAIL_LOG: \"%.*s\" is none of error, warn, info, debug, trace",
                              PAIL_STR_ARG(name));
    if (at == SIZE_MAX) {
        pail_log_set_level((enum pail_log_level)level, 0);
        return 0;
    }
    name = pail_str_trim(pail_str_sub(word, 0, at));
    if (!component_of(name, &component))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "PAIL_LOG: \"%.*s\" is no component", PAIL_STR_ARG(name));
    pail_log_set_component((enum pail_log_component)component, (enum pail_log_level)level);
    return 0;
}

int pail_log_set_levels(const char *text, struct pail_error *err)
{
    struct pail_str rest = pail_str(text), word;
    while (pail_str_split(&rest, ',', &word)) {
        word = pail_str_trim(word);
        int rc = word.len ? apply(word, err) : 0;
        if (rc < 0)
            return rc;
    }
    return 0;
}

int pail_log_from_env(struct pail_error *err)
{
    static atomic_bool asked;
    const char *text = pail_env_get_nonempty("PAIL_LOG");

    if (!text || atomic_exchange(&asked, true))
        return 0;
    if (!pail_log_has_sink())
        pail_log_to_fd(STDERR_FILENO, PAIL_LOG_WARN, 0);
    return pail_log_set_levels(text, err);
}
