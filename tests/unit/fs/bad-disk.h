/* SPDX-License-Identifier: Apache-2.0 */
/* unit/fs/bad-disk.h - the system's disk, with files that refuse to be written while a test says
 * so. Begins before the files are opened. */
#ifndef PAIL_TESTS_UNIT_FS_BAD_DISK_H
#define PAIL_TESTS_UNIT_FS_BAD_DISK_H

/* Files whose path ends in suffix. */
void bad_disk_begin(const char *suffix);
void bad_disk_end(void);
/* Every write fails with that from now on; 0: none does. */
void bad_disk_fail(int os_errno);

#endif
