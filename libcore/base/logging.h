/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/logging.h - the library's side of <pail/log.h>.
 *
 * PAIL_LOG(PAIL_LC_HTTP, PAIL_LOG_DEBUG, "GET %s", url): the arguments are not evaluated when
 * nobody listens. No allocation (lines are cut at 2 KiB). Never log secrets; URLs without query
 * string (presigned URLs are credentials). As a second line of defence the formatter redacts what
 * base/redact.h knows by name.
 */
#ifndef PAIL_BASE_LOGGING_H
#define PAIL_BASE_LOGGING_H

#include <pail/error.h>
#include <pail/log.h>

#include "base/macros.h"

bool pail_log_wanted(enum pail_log_component component, enum pail_log_level level);
void pail_log_write(enum pail_log_component component, enum pail_log_level level, const char *fmt,
                    ...) PAIL_PRINTF(3, 4);
/* Every line of the text as one of the log, behind prefix. Ask pail_log_wanted first. */
void pail_log_lines(enum pail_log_component component, enum pail_log_level level,
                    const char *prefix, struct pail_str text);
bool pail_log_has_sink(void);
/* PAIL_LOG of the environment, the first time only: see <pail/log.h>. */
PAIL_CHECK int pail_log_from_env(struct pail_error *err);
const char *pail_log_component_name(enum pail_log_component component);
const char *pail_log_level_name(enum pail_log_level level);

#define PAIL_LOG(component, level, ...)                                                            \
    do {                                                                                           \
        if (PAIL_UNLIKELY(pail_log_wanted((component), (level))))                                  \
            pail_log_write((component), (level), __VA_ARGS__);                                     \
    } while (0)

#endif
