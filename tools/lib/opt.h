/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib/opt.h - one table per command: it parses, prints --help, writes the man page and the shell
 * completion.
 *
 * An option is --name VALUE, --name=VALUE or a flag --name, with an optional letter; -o takes
 * mount(8)'s comma separated list, whose words are looked up in a second table, and can be written
 * as
 * --NAME too. "--" ends options. Unknown options, missing and superfluous values are errors that
 * name the word; abbreviations are not accepted.
 */
#ifndef PAIL_TOOLS_OPT_H
#define PAIL_TOOLS_OPT_H

#include <pail/error.h>

#include "base/buf.h"

enum pail_opt_kind {
    PAIL_OPT_END,     /* last of a table */
    PAIL_OPT_HEADING, /* help: a heading */
    PAIL_OPT_FLAG,    /* bool * set true */
    PAIL_OPT_STRING,  /* const char **, points into argv */
    PAIL_OPT_U64,     /* uint64_t *, decimal */
    PAIL_OPT_SIZE,    /* uint64_t *, with K M G T, powers of 1024 */
    PAIL_OPT_SECONDS, /* int64_t * nanoseconds, "60", "1.5", "10m", "2h" */
    PAIL_OPT_OCTAL,   /* uint32_t * */
    PAIL_OPT_CHOICE,  /* int *, index into choices */
    PAIL_OPT_EACH,    /* struct pail_opt_words *: may be given again; options can share one */
    PAIL_OPT_PAIRS,   /* the same, for the words with a '=' that follow */
    PAIL_OPT_MAYBE,   /* const char **: the next word if it is one of choices, else the first */
};
struct pail_opt;

/* What was given, in order. */
#define PAIL_OPT_WORDS 512
struct pail_opt_words {
    size_t n;
    struct {
        const struct pail_opt *option;
        const char *value; /* points into argv */
    } words[PAIL_OPT_WORDS];
};
struct pail_opt {
    enum pail_opt_kind kind;
    char letter;                /* 0: none */
    const char *name;           /* without dashes */
    const char *value_name;     /* "URL"; NULL: by kind */
    const char *help;           /* one sentence, no full stop */
    size_t offset;              /* of the field in the command's options struct */
    const char *const *choices; /* NULL-terminated */
};
/* For tables: { PAIL_OPT_STRING, 0, "region", "REGION", "...", offsetof(struct x, region) } */

struct pail_command {
    const char *name;        /* "ls" */
    const char *summary;     /* "List buckets or objects" */
    const char *usage;       /* "[s3://BUCKET[/PREFIX]]" */
    const char *description; /* paragraphs separated by blank lines; NULL: none */
    const char *examples; /* lines "pail ls s3://b | what it does" (the last " | "); NULL: none */
    const struct pail_opt *options;       /* besides the common ones */
    const struct pail_opt *mount_options; /* words of -o; NULL: -o is not taken */
    size_t options_size; /* of its struct, whose first member is struct pail_common */
    const char *program; /* another program does it, given the same words; NULL: run */
    /* argv: the operands. Returns the exit code. */
    int (*run)(void *options, int argc, char **argv);
    void (*init)(void *options); /* defaults; NULL: zeros */
    const char *complete; /* operands for the shell: "s3", "file" (or s3), "dir"; NULL: nothing */
};

/* Commands of two or three words, "iam users", that share the first: one page for all of them. */
struct pail_command_group {
    const char *name;                           /* "iam" */
    const char *summary;                        /* "People, keys and roles" */
    const char *description;                    /* paragraphs */
    const struct pail_command *const *commands; /* NULL-terminated; "template put" after another */
};

/* The options every command has. */
struct pail_common {
    const char *endpoint_url, *region, *profile, *ca_bundle;
    bool no_sign_request, no_verify_ssl, debug, quiet, help;
    const char *addressing; /* auto, path, virtual */
    int64_t connect_timeout_ns, read_timeout_ns;
    bool checksums_suffice; /* no option: of a mount, see struct pail_s3_options */
};
extern const struct pail_opt pail_common_options[];

/* Operands are moved to the front of argv (argv[0] is the command's name and stays); *ret_argc
 * counts them. */
PAIL_CHECK int pail_opt_parse(const struct pail_command *c, void *options, int argc, char **argv,
                              int *ret_argc, struct pail_error *err);
/* One "-o" list. Words of no table are gathered in *rest (comma separated) when rest is not NULL.
 */
PAIL_CHECK int pail_opt_parse_list(const struct pail_opt *table, void *options, const char *list,
                                   struct pail_buf *rest, struct pail_error *err);
/* "512M" -> bytes; "1.5h" -> nanoseconds. */
bool pail_opt_size(struct pail_str s, uint64_t *ret);
bool pail_opt_duration(struct pail_str s, int64_t *ret_ns);

/* Output from the same tables. */
/* Takes the next "COMMAND | WHAT IT DOES" line off the front of *rest; false: no more. */
bool pail_opt_example(struct pail_str *rest, struct pail_str *ret_command,
                      struct pail_str *ret_what);
const char *pail_opt_value_name(const struct pail_opt *o); /* "SIZE"; NULL for a flag */
void pail_opt_help(const struct pail_command *c, struct pail_buf *to);
void pail_opt_man(const struct pail_command *c, struct pail_buf *to); /* scdoc source */
void pail_opt_man_group(const struct pail_command_group *g, struct pail_buf *to);
void pail_opt_complete_bash(const struct pail_command *const *commands, struct pail_buf *to);

#endif
