/* SPDX-License-Identifier: Apache-2.0 */
/* service/skeleton.h - documents to fill in, with what the members mean behind "#". */
#ifndef PAIL_TOOLS_SERVICE_SKELETON_H
#define PAIL_TOOLS_SERVICE_SKELETON_H

#include "tools/service/run.h"

void pail_skeleton_yaml(struct pail_run *run, struct pail_buf *to);

#endif
