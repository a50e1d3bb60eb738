/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/job.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/lib/interrupt.h"

#define EXIT_WARNINGS 2

static int check_operands(const char *command, const struct pail_copying_options *o,
                          const struct pail_side *from, const struct pail_side *to)
{
    if (o->parallel != UINT64_MAX && (!o->parallel || o->parallel > 256))
        return pail_misuse(command, "parallel: not between 1 and 256");
    if (!from->s3 && !to->s3)
        return pail_misuse(command, "one of the two must be s3://BUCKET/KEY");
    if (o->recursive && (pail_side_is_standard(from) || pail_side_is_standard(to)))
        return pail_misuse(command, "--recursive and \"-\" do not go together");
    return 0;
}

/* A client for the bucket that is copied from, where that lies in another region. */
static int connect_source(struct pail_batch *b, const struct pail_copying_options *o,
                          struct pail_session **ret, struct pail_error *err)
{
    struct pail_common common = o->common;
    if (!o->source_region)
        return 0;
    common.region = o->source_region;
    return pail_connect(&common, ret, &b->source_s3, err);
}

static int connect_all(struct pail_batch *b, const struct pail_copying_options *o,
                       struct pail_session *sessions[2], struct pail_error *err)
{
    struct pail_transfer_config config = PAIL_TRANSFER_CONFIG_INIT;
    struct pail_common common = o->common;
    common.checksums_suffice = true; /* hashing costs more than all the rest of an upload */
    int rc = pail_connect(&common, &sessions[0], &b->s3, err);
    if (!rc)
        rc = connect_source(b, o, &sessions[1], err);
    if (!rc)
        rc = pail_copying_tune(o, sessions[0], &config, err);
    return rc ? rc : pail_transfers_new(b->s3, &config, &b->transfers, err);
}

static int code_of(const struct pail_batch *b, const char *command, int rc,
                   const struct pail_error *err)
{
    if (pail_interrupt_signal()) {
        fprintf(stderr, "pail %s: interrupted\n", command);
        return 128 + pail_interrupt_signal();
    }
    if (rc)
        return pail_fail(command, err);
    if (b->locked.broken_pipe) {
        struct sigaction action = {.sa_handler = SIG_DFL};
        sigaction(SIGPIPE, &action, NULL);
        raise(SIGPIPE); /* as programs end that write to it themselves */
    }
    return b->locked.failed ? PAIL_EXIT_PARTIAL : b->locked.warned ? EXIT_WARNINGS : 0;
}

static int run(const struct pail_job_ops *ops, const struct pail_copying *how,
               const struct pail_side *from, const struct pail_side *to)
{
    const struct pail_copying_options *o = how->o;
    struct pail_batch b = {.command = ops->command, .how = how, .move = ops->move};
    struct pail_session *sessions[2] = {NULL, NULL};
    struct pail_error err = PAIL_ERROR_INIT;
    /* With standard output nothing has to be tidied up, and a closed pipe is to end it silently. */
    if (!pail_side_is_standard(to))
        pail_interrupt_catch();
    int rc = connect_all(&b, o, sessions, &err);
    if (!rc) {
        bool shown = !o->no_progress && !o->only_show_errors && !o->common.quiet && !o->dry_run;
        struct pail_progress_style style = {.every_s = o->progress_frequency,
                                            .lines = o->progress_multiline,
                                            .as_aws = pail_as_aws()};
        b.progress = pail_progress_new(shown && !pail_side_is_standard(to), &style);
        pail_batch_init(&b);
        rc = ops->work(&b, from, to, &err);
        if (!rc)
            pail_progress_final(b.progress);
        pail_batch_wait(&b);
        pail_transfers_free(b.transfers);
        pail_progress_free(b.progress);
        pail_batch_done(&b);
    }
    pail_s3_unref(b.source_s3);
    pail_s3_unref(b.s3);
    pail_session_unref(sessions[1]);
    pail_session_unref(sessions[0]);
    return code_of(&b, ops->command, rc, &err);
}

int pail_job_run(const struct pail_job_ops *ops, const struct pail_copying_options *o, int argc,
                 char **argv)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_copying how;
    struct pail_side from, to;
    if (argc != 2)
        return pail_misuse(ops->command, "wants a source and a target");
    if (pail_side_parse(argv[0], &from, &err) || pail_side_parse(argv[1], &to, &err))
        return pail_fail(ops->command, &err);
    int code = check_operands(ops->command, o, &from, &to);
    if (code)
        return code;
    if (pail_copying_init(&how, o, &err))
        code = pail_as_aws() ? pail_fail(ops->command, &err)
                             : pail_misuse(ops->command, "%s", err.message);
    else
        code = run(ops, &how, &from, &to);
    pail_copying_done(&how);
    return code;
}
