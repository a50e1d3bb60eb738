/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd.h - the commands of `pail`, one file each (cmd_NAME.c), and what they share.
 *
 * Exit codes, as the AWS CLI's: 0 done; 1 some of it failed (transfers), or nothing was found (ls);
 * 130 interrupted; 252 bad usage; 253 configuration or credentials; 254 the service said no; 255
 * anything else.
 */
#ifndef PAIL_TOOLS_CMD_H
#define PAIL_TOOLS_CMD_H

#include <pail/s3.h>

#include "tools/lib/opt.h"

extern const struct pail_command *const pail_commands[]; /* NULL-terminated, in the order of help */

extern const struct pail_command pail_cmd_mount, pail_cmd_unmount, pail_cmd_ls, pail_cmd_cp,
    pail_cmd_mv, pail_cmd_sync, pail_cmd_cat, pail_cmd_rm, pail_cmd_mb, pail_cmd_rb,
    pail_cmd_presign, pail_cmd_doctor;

/* By name; NULL: there is none. */
const struct pail_command *pail_command_find(const char *name);
/* argv[0]: the command's name. The exit code. */
int pail_command_run(const struct pail_command *c, int argc, char **argv);
/* The path of a program that is part of Pail: beside this one, as in a build folder; where it is
 * seen from this one in an installation, which may have been moved; where it was to be installed.
 */
PAIL_CHECK int pail_find_program(const char *name, struct pail_buf *ret, struct pail_error *err);
/* The last of a program: standard output is written out. The exit code, which may become another.
 */
int pail_command_end(int code);
/* On standard output; frees the text. The exit code. */
int pail_print_text(struct pail_buf *text);

#define PAIL_EXIT_PARTIAL 1
#define PAIL_EXIT_USAGE 252
#define PAIL_EXIT_CONFIG 253
#define PAIL_EXIT_SERVICE 254
#define PAIL_EXIT_ERROR 255

/* Names may have control characters; in messages they are shown as \xNN. */
void pail_append_printable(struct pail_buf *to, struct pail_str s);
/* The message and the request id, in one line. */
void pail_error_text(const struct pail_error *err, struct pail_buf *to);
/* "pail ls: MESSAGE" on stderr; the exit code that fits the error. */
int pail_fail(const char *command, const struct pail_error *err);
/* Errors are told by fail instead; NULL: as above. */
void pail_set_fail(int (*fail)(const char *command, const struct pail_error *err));
/* "pail s3 cp": the same commands as the AWS CLI has them, also where that costs time. */
bool pail_as_aws(void);
/* The same for misuse: also names --help. */
int pail_misuse(const char *command, const char *fmt, ...) PAIL_PRINTF(2, 3);

/* "delete: s3://BUCKET/KEY" */
void pail_print_erased(struct pail_str bucket, struct pail_str key, bool dry_run);

#define PAIL_AWS_CHECKSUM "CRC64NVME" /* of uploads, where the AWS CLI is left to choose */
/* The AWS CLI has no legacy mode of retries. */
PAIL_CHECK int pail_refuse_legacy(const struct pail_session *session, struct pail_error *err);
/* Session and client from the common options. Both are freed by the caller. */
PAIL_CHECK int pail_connect(const struct pail_common *c, struct pail_session **ret_session,
                            struct pail_s3 **ret_s3, struct pail_error *err);
/* s3://bucket[/key]; PAIL_E_INVALID naming the text. */
PAIL_CHECK int pail_parse_s3(const char *text, struct pail_str *ret_bucket,
                             struct pail_str *ret_key, struct pail_error *err);

/* The key as a directory: a '/' at its end, unless it is empty. */
PAIL_CHECK int pail_prefix_of(struct pail_str key, struct pail_buf *ret, struct pail_error *err);

#endif
