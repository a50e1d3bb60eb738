/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim/fs_rest.h - when nothing is under way: a mount shows what S3 has, and nothing else.
 */
#ifndef SIM_FS_REST_H
#define SIM_FS_REST_H

#include "sim/fs_client.h"

/* Walks dir through v's mount and compares names, kinds and contents with S3; a difference is
 * sim_fail. 0, or an errno that faults may explain. */
int fs_rest_compare(struct fsv *v, const char *dir);
/* A thread's work: mounts its struct fs_client on a calm network, lets what is left be done,
 * compares "t", unmounts. */
void fs_rest_at_the_end(void *client);
/* Files that S3 has below dir (markers are not). */
unsigned fs_rest_files(const char *dir);

#endif
