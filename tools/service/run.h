/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/run.h - one operation (or waiter) of one service: its options, its parameters, its call.
 */
#ifndef PAIL_TOOLS_SERVICE_RUN_H
#define PAIL_TOOLS_SERVICE_RUN_H

#include "tools/service/argparse.h"
#include "tools/service/cli.h"

struct pail_run;

/* What is beside the model: an option the AWS CLI adds to an operation. */
struct pail_extra {
    const char *name; /* "--count"; NULL: end of a table */
    enum pail_arg_take take;
    bool required;
    const char *const *choices;
    const char *help;
    /* Was given: puts it into run->values. 0 or an exit code. */
    int (*apply)(struct pail_run *run, const struct pail_extra *extra, const struct pail_arg *a);
    const char *path; /* for apply: "Image.Bytes" */
};
/* ... and what else it does to one. */
struct pail_custom {
    const char *service, *operation; /* names on the command line; operation "*": all */
    const struct pail_extra *extras; /* may be NULL */
    /* Options of the model that are not there, or not required. NULL-terminated; may be NULL. */
    const char *const *removed, *const *optional;
    /* When all parameters are there; before they are checked. 0 or an exit code. */
    int (*before)(struct pail_run *run);
    /* With the answer, before it is shown. 0 or an exit code. */
    int (*after)(struct pail_run *run, struct pail_value *answer);
    /* In place of the call and of what is shown of it. The exit code. */
    int (*call)(struct pail_run *run, struct pail_client *client);
};
/* i-th that applies; NULL past the end. */
const struct pail_custom *pail_custom_find(const char *service, const char *operation, size_t i);
/* "ec2.create-image.no-no-reboot" is called "reboot": the new name, or name. */
const char *pail_custom_rename(const char *service, const char *operation, const char *name);
/* A second, older name; NULL: none. */
const char *pail_custom_alias(const char *service, const char *operation, const char *name);
/* Options whose value is never the name of a file. */
bool pail_custom_no_file(const char *service, const char *operation, const char *name);
/* Operations of the model that the command line does not have. */
bool pail_custom_is_removed(const char *service, const char *operation);

enum pail_param_kind {
    PAIL_PARAM_MEMBER,
    PAIL_PARAM_NO,     /* --no-x of a boolean member */
    PAIL_PARAM_PULLED, /* ec2: a structure of one boolean, as a flag */
    PAIL_PARAM_PULLED_NO,
    PAIL_PARAM_EXTRA,
    PAIL_PARAM_STARTING_TOKEN,
    PAIL_PARAM_PAGE_SIZE,
    PAIL_PARAM_MAX_ITEMS,
    PAIL_PARAM_OUTFILE,
    PAIL_PARAM_INPUT_JSON,
    PAIL_PARAM_INPUT_YAML,
    PAIL_PARAM_SKELETON,
    PAIL_PARAM_HELP,
};
struct pail_param {
    enum pail_param_kind kind;
    const char *name; /* "--queue-name", "outfile" */
    struct pail_shape shape;
    bool required, no_file, hidden;
    const struct pail_extra *extra;
};

struct pail_run {
    struct pail_cli *cli;
    const char *service;    /* "s3api" */
    const char *model_name; /* "s3" */
    const char *command;    /* "put-object" */
    const struct pail_service *model;
    struct pail_operation op;
    bool is_wait;
    struct pail_waiter waiter;

    bool has_input;
    struct pail_shape input;
    bool has_paginator;
    struct pail_paginator paginator;
    struct pail_str streaming_output; /* member that goes to the file; ptr NULL: none */
    bool streams_events;              /* it is made of events with payloads */

    struct pail_param *params;
    struct pail_arg *args; /* of the same index */
    size_t n, cap;

    struct pail_value *values; /* parameters of the call */
    const char *outfile;
    const char *body_path; /* of the streaming member */
    const char *skeleton;  /* "input", "yaml-input", "output" */
    const char *starting_token;
    int64_t page_size, max_items;
    bool paginate;
    const char *note; /* for custom.c: between apply, before and after */
};

/* The table of run->op: params and args. 0, or an exit code. */
int pail_params_build(struct pail_run *run);
const struct pail_param *pail_params_find(const struct pail_run *run, const char *name,
                                          const struct pail_arg **ret_arg);
/* From words of the command line to run->values. 0, or an exit code. */
int pail_params_read(struct pail_run *run, const struct pail_words *words);
/* One value as the member's type. 0, or an exit code. */
int pail_unpack(struct pail_run *run, const struct pail_param *param, const struct pail_arg *a,
                struct pail_value **ret);
/* --cli-input-json, --cli-input-yaml: under what the options said. 0, or an exit code. */
int pail_input_document(struct pail_run *run);
/* The whole of it: options, call, output. The exit code. */
int pail_run_operation(struct pail_run *run, const struct pail_words *words);
/* Prints a skeleton. The exit code. */
int pail_skeleton(struct pail_run *run);
/* Shows a finished tree (instants and blobs are texts already), with --query and --output. The exit
 * code. */
int pail_show(struct pail_cli *cli, const char *title, struct pail_value *v);
/* "json": --output, the environment, the profile. */
const char *pail_cli_output(struct pail_cli *cli);
/* A client of run's service, as the globals want it; the exit code, or 0. */
int pail_run_client(struct pail_run *run, struct pail_client **ret);
/* An error of a call; refusal may be NULL, and is freed. The exit code. */
int pail_run_failed(struct pail_run *run, const struct pail_error *err,
                    struct pail_result *take_refusal);
/* The answer without what is not shown, as texts. */
struct pail_value *pail_run_answer(struct pail_run *run, const struct pail_value *result);
/* All pages, shown. The exit code. */
int pail_run_pages(struct pail_run *run, struct pail_client *client);
int pail_run_help(struct pail_run *run);

#endif
