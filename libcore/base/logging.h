/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/logging.h - the library's side of <pail/log.h>.
 *
 * PAIL_LOG(PAIL_LC_HTTP, PAIL_LOG_DEBUG, "GET %s", url): the arguments are not evaluated when
 * nobody listens. No allocation (lines are cut at 2 KiB). Never log secrets; URLs without query
 * string (presigned URLs are credentials). As a second line of defence the formatter redacts values
 * after Signature=, X-Amz-Signature=, X-Amz-Security-Token=, X-Amz-Credential=, Authorization:,
 * SecretAccessKey and SessionToken.
 */
#ifndef PAIL_BASE_LOGGING_H
#define PAIL_BASE_LOGGING_H

#include <pail/log.h>

#include "base/macros.h"

bool pail_log_wanted(enum pail_log_component component, enum pail_log_level level);
void pail_log_write(enum pail_log_component component, enum pail_log_level level, const char *fmt,
                    ...) PAIL_PRINTF(3, 4);
const char *pail_log_component_name(enum pail_log_component component);
const char *pail_log_level_name(enum pail_log_level level);

#define PAIL_LOG(component, level, ...)                                                            \
    do {                                                                                           \
        if (PAIL_UNLIKELY(pail_log_wanted((component), (level))))                                  \
            pail_log_write((component), (level), __VA_ARGS__);                                     \
    } while (0)

#endif
