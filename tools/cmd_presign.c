/* SPDX-License-Identifier: Apache-2.0 */
/* pail presign: a URL that needs no credentials, for a while. */
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"

static const char *const methods[] = {"GET", "PUT", "HEAD", "DELETE", NULL};

struct presign_options {
    struct pail_common common;
    uint64_t expires_s;
    int method;
};
#define AT(field) offsetof(struct presign_options, field)
static const struct pail_opt options[] = {
    {PAIL_OPT_U64, 0, "expires-in", "SECONDS", "How long it is valid: up to 604800 (3600)",
     AT(expires_s), NULL},
    {PAIL_OPT_CHOICE, 0, "method", "METHOD", "What it allows", AT(method), methods},
    {PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL},
};

static void defaults(void *p)
{
    ((struct presign_options *)p)->expires_s = 3600;
}

static int run(void *p, int argc, char **argv)
{
    const struct presign_options *o = p;
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_s3 *s3 = NULL;
    char *url = NULL;
    if (argc != 1)
        return pail_misuse("presign", "wants s3://BUCKET/KEY");
    if (o->expires_s < 1 || o->expires_s > 604800)
        return pail_misuse("presign", "expires-in: %llu is not between 1 and 604800 seconds",
                           (unsigned long long)o->expires_s);
    struct pail_s3_presign_args args = {.method = methods[o->method],
                                        .expires_s = (uint32_t)o->expires_s};
    int rc = pail_parse_s3(argv[0], &args.bucket, &args.key, &err);
    if (!rc)
        rc = pail_connect(&o->common, &session, &s3, &err);
    if (!rc)
        rc = pail_s3_presign(s3, &args, &url, &err);
    if (!rc)
        puts(url);
    pail_s3_free(url);
    pail_s3_unref(s3);
    pail_session_unref(session);
    return rc ? pail_fail("presign", &err) : 0;
}

const struct pail_command pail_cmd_presign = {
    .name = "presign",
    .summary = "Make a URL that needs no credentials",
    .usage = "s3://BUCKET/KEY",
    .description = "The URL is a credential: whoever has it may do what it allows until it "
                   "expires. It also ends when temporary credentials do "
                   "that signed it.",
    .examples = "pail presign s3://photos/cat.jpg --expires-in 600 | A link for ten minutes\n",
    .options = options,
    .options_size = sizeof(struct presign_options),
    .run = run,
    .init = defaults,
    .complete = "s3",
};
