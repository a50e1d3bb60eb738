/* SPDX-License-Identifier: Apache-2.0 */
/* model/names.h - how the models' CamelCase becomes the words of commands and settings. Pure. */
#ifndef PAIL_MODEL_NAMES_H
#define PAIL_MODEL_NAMES_H

#include "base/buf.h"

/* "DescribeDBInstances" -> "describe-db-instances" (sep '-'), "describe_db_instances" (sep '_'). */
void pail_name_split(struct pail_buf *to, struct pail_str camel, char sep);
/* "SES v2" -> "ses-v2": a service id as events and commands write it. */
void pail_name_hyphenate(struct pail_buf *to, struct pail_str service_id);

#endif
