/* SPDX-License-Identifier: Apache-2.0 */
/* protocol/times.h - instants in the three forms of the models. Pure. */
#ifndef PAIL_PROTOCOL_TIMES_H
#define PAIL_PROTOCOL_TIMES_H

#include <pail/value.h>

#include "base/buf.h"
#include "model/model.h"

/* An instant, a number of seconds, or a text in any of the forms. False: none of these. */
bool pail_time_of(const struct pail_value *v, struct pail_time *ret);
bool pail_time_of_text(struct pail_str text, struct pail_time *ret);
/* As people write them, "27 Feb 2031 10:30"; what is missing is today's (time_words.c). */
bool pail_time_of_words(struct pail_str text, struct pail_time *ret);
/* Microseconds at most: finer ones are cut off, as botocore never has them. */
void pail_time_text(struct pail_buf *to, struct pail_time t, enum pail_timestamp_format format);

#endif
