/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "s3 cp ...": the commands of tools/, with what was said in front of the service put behind it.
 * What is wrong is told in the words of the AWS CLI. "website" and "presign" are calls
 * (s3_calls.c).
 */
#include "tools/service/commands.h"

#include "base/alloc.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/lib/aws_words.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    const char *name;
    const char *operand; /* NULL: needs none */
    unsigned operands;
} subcommands[] = {
    {"ls", NULL, 0},    {"website", "paths", 1}, {"cp", "paths", 2},
    {"mv", "paths", 2}, {"rm", "paths", 1},      {"sync", "paths", 2},
    {"mb", "path", 1},  {"rb", "path", 1},       {"presign", "path", 1},
};

const char *pail_s3_word_at(const void *ud, size_t i)
{
    return i < PAIL_ARRAY_LEN(subcommands) ? subcommands[i].name : NULL;
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static struct pail_cli *telling; /* whose command runs: the commands know nothing of it */
static const char *about = "";   /* its first path */

static bool is_word(const char *word, const char *words)
{
    struct pail_str rest = pail_str(words), w;
    while (pail_str_split(&rest, ' ', &w))
        if (pail_str_eqz(w, word))
            return true;
    return false;
}

static int refused(struct pail_cli *cli, const struct pail_error *err, const struct pail_buf *text,
                   const struct pail_aws_refusal *r)
{
    struct pail_values *vs = cli->vs;
    struct pail_value *refusal = pail_value_map(vs), *error = pail_value_map(vs);
    struct pail_error whole = *err;
    pail_value_set(vs, error, PAIL_STR("Code"), pail_value_str(vs, pail_str(r->code)));
    pail_value_set(vs, error, PAIL_STR("Message"),
                   pail_value_str(vs, pail_str_from(pail_buf_view(text), r->message)));
    pail_value_set(vs, refusal, PAIL_STR("Error"), error);
    (void)snprintf(whole.message, sizeof(whole.message), "%s", pail_buf_cstr(text));
    return pail_cli_refused(cli, &whole, refusal);
}

static bool be_quiet; /* --quiet: not even what failed */

static int told(const char *fmt, ...) PAIL_PRINTF(1, 2);
static int told(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (!be_quiet)
        vfprintf(stderr, fmt, ap);
    va_end(ap);
    return PAIL_EXIT_PARTIAL;
}

/* What is wrong with the words themselves; -1: it is something else. */
static int fail_words(const char *command, const struct pail_error *err)
{
    struct pail_str m = pail_str(err->message);
    bool form = pail_str_find_str(m, PAIL_STR("is not of the form s3://")) != SIZE_MAX;
    bool bucket = pail_str_find_str(m, PAIL_STR("Invalid bucket name")) != SIZE_MAX;
    if ((bucket || form) && is_word(command, "mb rb"))
        return told("%s failed: %s Parameter validation failed:\n%s\n",
                    strcmp(command, "mb") == 0 ? "make_bucket" : "remove_bucket", about,
                    form ? err->message : strstr(err->message, "Invalid bucket name"));
    if (bucket)
        return told("fatal error: Parameter validation failed:\n%s\n",
                    strstr(err->message, "Invalid bucket name"));
    if (err->domain == PAIL_D_USAGE && pail_str_starts(m, PAIL_STR("--metadata")))
        return pail_cli_fail(telling, PAIL_EXIT_USAGE, "ParamValidation", m);
    if (is_word(command, "cp mv sync rm") &&
        (err->domain == PAIL_D_USAGE || pail_str_starts(m, PAIL_STR("time \""))))
        return told("fatal error: %s\n", err->message);
    return -1;
}

static int fail(const char *command, const struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    struct pail_aws_refusal r = {.message = 0};
    bool answered = pail_aws_words(err, &text, &r);
    int code = answered ? -1 : fail_words(command, err);
    if (code >= 0)
        return code;
    if (!answered && err->os_errno == ENOENT && is_word(command, "cp mv sync"))
        return pail_cli_failf(telling, PAIL_EXIT_ERROR, NULL,
                              "The user-provided path %.*s does not exist.",
                              (int)strcspn(err->message, ":"), err->message);
    if (!answered)
        return pail_cli_error(telling, err);
    if (strcmp(command, "rb") == 0 &&
        pail_str_find_str(pail_buf_view(&text), PAIL_STR("ListObjectsV2")) != SIZE_MAX) {
        fprintf(stderr, "fatal error: %s\n", pail_buf_cstr(&text));
        return pail_cli_failf(telling, PAIL_EXIT_ERROR, NULL,
                              "remove_bucket failed: Unable to delete all objects in the bucket, "
                              "bucket will not be deleted.");
    }
    if (is_word(command, "mb rb"))
        return told("%s failed: %.*s %s\n",
                    strcmp(command, "mb") == 0 ? "make_bucket" : "remove_bucket",
                    PAIL_STR_ARG(r.target), pail_buf_cstr(&text));
    if (strcmp(command, "rm") == 0 &&
        pail_str_starts(pail_str(err->message), PAIL_STR("DeleteObject s3")))
        return told("delete failed: %.*s %s\n", PAIL_STR_ARG(r.target), pail_buf_cstr(&text));
    if (is_word(command, "cp mv sync rm"))
        return told("fatal error: %s\n", pail_buf_cstr(&text));
    return refused(telling, err, &text, &r);
}

/* ---- The others ------------------------------------------------------------------------------ */

static const struct pail_opt *find_option(const struct pail_opt *table, struct pail_str name)
{
    for (const struct pail_opt *o = table; o && o->kind != PAIL_OPT_END; o++)
        if (o->name && o->kind != PAIL_OPT_HEADING && pail_str_eqz(name, o->name))
            return o;
    return NULL;
}

/* Options with few values: a wrong one is told before anything is sent. */
static const char *const acls[] = {"private",
                                   "public-read",
                                   "public-read-write",
                                   "authenticated-read",
                                   "aws-exec-read",
                                   "bucket-owner-read",
                                   "bucket-owner-full-control",
                                   "log-delivery-write",
                                   NULL};
static const char *const storage_classes[] = {"STANDARD",   "REDUCED_REDUNDANCY",  "STANDARD_IA",
                                              "ONEZONE_IA", "INTELLIGENT_TIERING", "DEEP_ARCHIVE",
                                              "GLACIER",    "GLACIER_IR",          NULL};
static const char *const directives[] = {"COPY", "REPLACE", NULL};
static const char *const copy_props[] = {"none", "metadata-directive", "default", NULL};
static const char *const checksum_modes[] = {"ENABLED", NULL};
static const char *const checksums[] = {"CRC64NVME", "CRC32", "SHA256", "SHA1", "CRC32C", NULL};
static const char *const case_conflicts[] = {"ignore", "skip", "warn", "error", NULL};
static const struct {
    const char *name;
    const char *const *choices;
} chosen[] = {{"--acl", acls},
              {"--storage-class", storage_classes},
              {"--metadata-directive", directives},
              {"--copy-props", copy_props},
              {"--checksum-mode", checksum_modes},
              {"--checksum-algorithm", checksums},
              {"--case-conflict", case_conflicts}};

static const char *choice_at(const void *ud, size_t i)
{
    return ((const char *const *)ud)[i];
}

static int check_choice(struct pail_cli *cli, struct pail_str option, const char *value)
{
    for (size_t i = 0; i < PAIL_ARRAY_LEN(chosen); i++) {
        if (!pail_str_eqz(option, chosen[i].name))
            continue;
        for (size_t k = 0; chosen[i].choices[k]; k++)
            if (strcmp(chosen[i].choices[k], value) == 0)
                return 0;
        return pail_cli_no_choice(cli, chosen[i].name, value, choice_at, chosen[i].choices);
    }
    return 0;
}

#define OPERANDS_MAX 3

struct operands {
    const char **v[OPERANDS_MAX]; /* in the words */
    unsigned n;
};

/* The one option whose value may be left out at any place. */
static bool is_bare_payer(const struct pail_words *words, size_t i)
{
    return strcmp(words->v[i], "--request-payer") == 0 &&
           (i + 1 == words->n || strcmp(words->v[i + 1], "requester") != 0);
}

static int check_number(struct pail_cli *cli, struct pail_str option, const char *value)
{
    int64_t n;
    if ((pail_str_eqz(option, "--page-size") || pail_str_eqz(option, "--progress-frequency")) &&
        !pail_str_to_i64(pail_str_trim(pail_str(value)), &n))
        return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL,
                              "invalid literal for int() with base 10: '%s'", value);
    return 0;
}

/* Unknown options and missing operands. 0, or an exit code. */
static int check(struct pail_cli *cli, const struct pail_command *c, const struct pail_words *words,
                 const char *operand, unsigned needed, struct operands *ret)
{
    PAIL_AUTOFREE const char **unknown = pail_calloc(words->n + 1, sizeof(*unknown));
    struct pail_words left = {.v = unknown};
    unsigned operands = 0;
    if (!unknown)
        return pail_cli_nomem(cli);
    for (size_t i = 0; i < words->n; i++) {
        struct pail_str w = pail_str(words->v[i]);
        size_t eq = pail_str_find(w, '=');
        if (w.len < 3 || !pail_str_starts(w, PAIL_STR("--"))) {
            if (operands < OPERANDS_MAX)
                ret->v[operands] = &words->v[i];
            operands++;
            continue;
        }
        struct pail_str name = pail_str_sub(w, 2, eq == SIZE_MAX ? w.len : eq - 2);
        const struct pail_opt *o = find_option(c->options, name);
        if (!o)
            o = find_option(pail_common_options, name);
        if (!o) {
            left.v[left.n++] = words->v[i];
        } else if (o->kind != PAIL_OPT_FLAG && !is_bare_payer(words, i)) {
            const char *value = eq != SIZE_MAX ? words->v[i] + eq + 1 : words->v[++i];
            if (i >= words->n)
                return pail_cli_misusef(cli, "argument %.*s: expected one argument",
                                        PAIL_STR_ARG(w));
            int code = check_choice(cli, pail_str_sub(w, 0, eq), value);
            code = code ? code : check_number(cli, pail_str_sub(w, 0, eq), value);
            if (code)
                return code;
        }
    }
    if (operand && operands < needed)
        return pail_cli_misusef(cli, "the following arguments are required: %s", operand);
    ret->n = operands < OPERANDS_MAX ? operands : OPERANDS_MAX;
    if (strcmp(c->name, "ls") == 0 && operands > 1)
        left.v[left.n++] = *ret->v[1];
    return left.n ? pail_cli_unknown(cli, &left, true) : 0;
}

static void add(char **argv, int *argc, const char *name, const char *value)
{
    if (!value)
        return;
    argv[(*argc)++] = (char *)name;
    if (*value)
        argv[(*argc)++] = (char *)value;
}

static int run(struct pail_cli *cli, const struct pail_command *c, const struct pail_words *words)
{
    const struct pail_globals *g = &cli->g;
    PAIL_AUTOFREE char **argv = pail_calloc(3 * words->n + 20, sizeof(*argv));
    int argc = 0;
    if (!argv)
        return pail_cli_nomem(cli);
    argv[argc++] = (char *)c->name;
    add(argv, &argc, "--region", g->region);
    add(argv, &argc, "--profile", g->profile);
    add(argv, &argc, "--endpoint-url", g->endpoint_url);
    add(argv, &argc, "--ca-bundle", g->ca_bundle);
    add(argv, &argc, "--cli-read-timeout", g->read_timeout);
    add(argv, &argc, "--cli-connect-timeout", g->connect_timeout);
    add(argv, &argc, "--no-sign-request", g->no_sign_request ? "" : NULL);
    add(argv, &argc, "--no-verify-ssl", g->no_verify_ssl ? "" : NULL);
    add(argv, &argc, "--debug", g->debug ? "" : NULL);
    for (size_t i = 0; i < words->n; i++) {
        argv[argc++] = (char *)words->v[i];
        if (is_bare_payer(words, i))
            argv[argc++] = (char *)"requester";
        be_quiet = be_quiet || strcmp(words->v[i], "--quiet") == 0;
        if (strcmp(words->v[i], "-") == 0 && strcmp(c->name, "cp") == 0)
            argv[argc++] = (char *)"--only-show-errors"; /* of a stream nothing is said */
    }
    telling = cli;
    pail_set_fail(fail);
    int code = pail_command_run(c, argc, argv);
    pail_set_fail(NULL);
    return code;
}

static bool wants_help(const struct pail_words *words)
{
    return words->n == 1 && strcmp(words->v[0], "--help") == 0;
}

static bool is_uri(const char *word)
{
    return strncmp(word, "s3://", 5) == 0;
}

static int misplaced(struct pail_cli *cli, const char *name, const char *wanted)
{
    bool bare = is_word(name, "mb rb");
    return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                          "%s%s%s%s\nError: Invalid argument type", bare ? "" : "usage: pail s3 ",
                          bare ? "" : name, bare ? "" : " ", wanted);
}

/* Two paths: S3's is one of them at least, and moves have somewhere to go. */
static int check_two(struct pail_cli *cli, const char *name, const char *from, const char *to)
{
    bool stream = strcmp(from, "-") == 0 || strcmp(to, "-") == 0;
    if (!is_uri(from) && !is_uri(to))
        return misplaced(cli, name,
                         "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>");
    if (stream && strcmp(name, "cp") != 0)
        return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "Streaming currently is only compatible with non-recursive cp "
                              "commands");
    if (strcmp(name, "mv") == 0 && strcmp(from, to) == 0)
        return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "Cannot mv a file onto itself: %s - %s", from, to);
    return 0;
}

/* The paths' forms. 0, or an exit code. "ls" does without the scheme. */
static int check_paths(struct pail_cli *cli, const char *name, const struct operands *o)
{
    if (strcmp(name, "ls") == 0 && o->n && !is_uri(*o->v[0])) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf uri = PAIL_BUF_INIT(1 << 16);
        pail_buf_fmt(&uri, "s3://%s", *o->v[0]);
        *o->v[0] = pail_cli_keep(cli, pail_buf_view(&uri));
        return *o->v[0] ? 0 : pail_cli_nomem(cli);
    }
    if (is_word(name, "cp mv sync"))
        return check_two(cli, name, *o->v[0], *o->v[1]);
    if (is_word(name, "rm mb rb") && !is_uri(*o->v[0]))
        return misplaced(cli, name, "<S3Uri>");
    const char *key = o->n ? strchr(*o->v[0] + (is_uri(*o->v[0]) ? 5 : 0), '/') : NULL;
    if (strcmp(name, "rb") == 0 && key && key[1])
        return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "Please specify a valid bucket name only. E.g. s3://%.*s",
                              (int)(key - *o->v[0] - 5), *o->v[0] + 5);
    return 0;
}

int pail_s3_run(struct pail_cli *cli, const struct pail_words *words)
{
    if (!words->n)
        return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "usage: pail [options] s3 <subcommand> [parameters]\n"
                              "pail: [ERROR]: too few arguments");
    const char *name = words->v[0];
    struct pail_words rest = {.v = words->v + 1, .n = words->n - 1};
    const struct pail_command *c = pail_command_find(name);
    if (strcmp(name, "help") == 0)
        return pail_help_all(cli);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(subcommands); i++) {
        if (strcmp(name, subcommands[i].name) != 0)
            continue;
        if (strcmp(name, "website") == 0)
            return pail_s3_website(cli, &rest);
        bool done = false;
        int code = strcmp(name, "mb") == 0 ? pail_s3_mb_tags(cli, &rest, &done) : 0;
        if (code || done)
            return code;
        if (rest.n == 1 && strcmp(rest.v[0], "help") == 0)
            rest.v[0] = "--help";
        struct operands operands = {.n = 0};
        code = check(cli, c, &rest, subcommands[i].operand,
                     wants_help(&rest) ? 0 : subcommands[i].operands, &operands);
        if (!code && strcmp(name, "presign") == 0 && strcmp(rest.v[0], "--help") != 0)
            return pail_s3_presign_url(cli, &rest);
        if (!code && !wants_help(&rest))
            code = check_paths(cli, name, &operands);
        about = operands.n ? *operands.v[0] : "";
        return code ? code : run(cli, c, &rest);
    }
    return pail_cli_no_choice(cli, "subcommand", name, pail_s3_word_at, NULL);
}
