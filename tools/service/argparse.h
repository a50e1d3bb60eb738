/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service/argparse.h - command lines read as Python's argparse reads them, since scripts depend on
 * its ways: options in any order and shortened as long as they stay unique, "--x=y", negative
 * numbers as values, what is not known left over in its order, and its messages.
 */
#ifndef PAIL_TOOLS_SERVICE_ARGPARSE_H
#define PAIL_TOOLS_SERVICE_ARGPARSE_H

#include "base/buf.h"

enum pail_arg_take {
    PAIL_ARG_ONE,   /* one value */
    PAIL_ARG_MAYBE, /* one value or none */
    PAIL_ARG_LIST,  /* any number of values */
    PAIL_ARG_SOME,  /* at least one value */
    PAIL_ARG_NONE,  /* a flag */
    PAIL_ARG_POSITIONAL,
    PAIL_ARG_OPTIONAL, /* a positional that may be missing */
};

/* One of a table. The first group is given, the second is the result. */
struct pail_arg {
    const char *name; /* "--queue-name"; of positionals "outfile" */
    enum pail_arg_take take;
    bool required;
    const char *const *choices; /* NULL-terminated; NULL: anything */
    /* The type that word is not of ("int"), NULL: it is; may be NULL. */
    const char *(*mistyped)(const char *word);
    const void *ud;

    bool given;
    unsigned order;      /* of the last time it was given, from 1 */
    const char *value;   /* points into argv */
    const char **values; /* LIST, SOME: points into the scratch */
    size_t n_values;
};

/* argv[0..argc) without the program's name. rest (room for argc) gets what was not taken.
 * scratch (room for argc pointers more than lists take) keeps lists. PAIL_E_INVALID: the message is
 * in err_text, as argparse words it; PAIL_E_NOMEM. */
PAIL_CHECK int pail_argparse(struct pail_arg *args, size_t n, const char *const *argv, size_t argc,
                             const char **rest, size_t *ret_n_rest, const char **scratch,
                             struct pail_buf *err_text);

/* The choices most like word, best first, at most three: Python's difflib.get_close_matches. */
size_t pail_close_matches(const char *word, const char *(*choice)(const void *ud, size_t i),
                          const void *ud, double cutoff, const char *ret[3]);

/* "argument NAME: Found invalid choice 'WORD'" and what is near it. */
void pail_choice_text(struct pail_buf *to, const char *argument, const char *word,
                      const char *(*choice)(const void *ud, size_t i), const void *ud);

#endif
