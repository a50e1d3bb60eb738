/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curated/flow.h - what the commands of everyday work share ("pail iam users", "pail ec2 run"):
 * calls that tell their errors, questions before what cannot be undone, tables.
 *
 * A command is a struct pail_command whose options begin with a struct pail_flow. Everything a
 * command reads or builds is f->vs's and lives as long as the run, so that flows of several calls
 * read from top to bottom: a call that went wrong was told already and gives NULL, f->code is the
 * exit code. One thread.
 */
#ifndef PAIL_TOOLS_CURATED_FLOW_H
#define PAIL_TOOLS_CURATED_FLOW_H

#include "tools/cmd.h"
#include "tools/service/cli.h"

#define PAIL_FLOW_CLIENTS 3

struct pail_flow {
    struct pail_common common; /* first, as of every command */
    bool yes;
    const char *output, *query; /* for the tables: the line's globals have the values */

    struct pail_cli *cli;
    struct pail_values *vs;
    const char *service; /* "iam" */
    const char *name;    /* "iam users" */
    struct {
        const char *service;
        struct pail_client *client;
    } clients[PAIL_FLOW_CLIENTS];
    int code; /* of the first thing that went wrong */
};

/* Ends of option tables. */
#define PAIL_FLOW_OPTIONS                                                                          \
    {PAIL_OPT_STRING,                                                                              \
     0,                                                                                            \
     "output",                                                                                     \
     "FORMAT",                                                                                     \
     "json, yaml, text or table, as the services' operations have them",                           \
     offsetof(struct pail_flow, output),                                                           \
     NULL},                                                                                        \
        {PAIL_OPT_STRING,                                                                          \
         0,                                                                                        \
         "query",                                                                                  \
         "EXPRESSION",                                                                             \
         "What to show of it: JMESPath",                                                           \
         offsetof(struct pail_flow, query),                                                        \
         NULL},                                                                                    \
    {                                                                                              \
        PAIL_OPT_END, 0, NULL, NULL, NULL, 0, NULL                                                 \
    }
#define PAIL_FLOW_YES                                                                              \
    {                                                                                              \
        PAIL_OPT_FLAG, 'y', "yes", NULL, "Do not ask", offsetof(struct pail_flow, yes), NULL       \
    }

/* ---- Calls (calls.c) ---- */

/* NULL: told, f->code is set. params may be NULL. */
struct pail_value *pail_flow_call(struct pail_flow *f, const char *operation,
                                  struct pail_value *params);
/* Of another service than the command's: "ssm". */
struct pail_value *pail_flow_call_of(struct pail_flow *f, const char *service,
                                     const char *operation, struct pail_value *params);
/* The error code `expected` is an answer as well: *ret_missing is set, nothing is told. */
struct pail_value *pail_flow_try(struct pail_flow *f, const char *operation,
                                 struct pail_value *params, const char *expected,
                                 bool *ret_missing);
/* All pages as one. */
struct pail_value *pail_flow_all(struct pail_flow *f, const char *operation,
                                 struct pail_value *params);
/* 0 or the exit code. */
int pail_flow_wait(struct pail_flow *f, const char *waiter, struct pail_value *params);
void pail_flow_done(struct pail_flow *f);

/* ---- Parameters and answers (tree.c) ---- */

/* Keys and texts in turn, NULL at the end of them; what is "" or NULL is left out. */
struct pail_value *pail_flow_map(struct pail_flow *f, const char *key, ...)
    __attribute__((sentinel));
struct pail_value *pail_flow_list(struct pail_flow *f, const char *text, ...)
    __attribute__((sentinel));
/* map[key] = v; v may be of another place in f->vs. */
void pail_flow_put(struct pail_flow *f, struct pail_value *map, const char *key,
                   struct pail_value *v);
struct pail_value *pail_flow_str(struct pail_flow *f, const char *z);
struct pail_value *pail_flow_fmt(struct pail_flow *f, const char *fmt, ...) PAIL_PRINTF(2, 3);
/* [{"Name": name, "Values": [value]}]: Filters of EC2. */
struct pail_value *pail_flow_filter(struct pail_flow *f, const char *name, const char *value);
/* The text at a path of pail_value_find's; "": not there. */
const char *pail_dig_z(const struct pail_value *v, const char *path);
/* The file behind "file://x", or x itself; NULL: told. */
const char *pail_flow_file(struct pail_flow *f, const char *name);

/* ---- Telling (tell.c) ---- */

/* Adds {key: value, ...} to a list; values are copied; NULL at the end of the pairs. */
void pail_flow_row(struct pail_flow *f, struct pail_value *list, const char *key, ...)
    __attribute__((sentinel));
/* A list of maps of the same keys: columns with a heading on a terminal, else lines with tabs. With
 * --output or --query as those have it. The exit code. */
int pail_flow_rows(struct pail_flow *f, struct pail_value *list);
/* A listing: the items that an operation gives, at a path of its answer, in columns: what is at a
 * path of the item, or what a function makes of it. */
struct pail_flow_listing {
    const char *operation, *items;
    struct {
        const char *heading, *path;
        struct pail_value *(*make)(struct pail_flow *f, const struct pail_value *item);
    } columns[8]; /* up to the first without a heading */
};
/* Operands are refused. params may be NULL. The exit code. */
int pail_flow_list_all(struct pail_flow *f, const struct pail_flow_listing *listing,
                       struct pail_value *params, int argc);
/* One map: a line for each key. The exit code. */
int pail_flow_record(struct pail_flow *f, struct pail_value *map);
/* Progress, on stderr; not with --quiet. */
void pail_flow_say(const struct pail_flow *f, const char *fmt, ...) PAIL_PRINTF(2, 3);
/* "pail: [ERROR]: ..."; sets f->code and gives it. */
int pail_flow_fail(struct pail_flow *f, int code, const char *fmt, ...) PAIL_PRINTF(3, 4);
/* Misuse of the command, with where its help is. */
int pail_flow_misuse(struct pail_flow *f, const char *fmt, ...) PAIL_PRINTF(2, 3);
/* "WHAT? [y/N]" on the terminal. False: no, or nobody to ask and no --yes; told, f->code is set. */
bool pail_flow_confirm(struct pail_flow *f, const char *fmt, ...) PAIL_PRINTF(2, 3);

#endif
