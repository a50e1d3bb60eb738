/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jmespath/syntax.h - tokens and the tree of an expression. Private to jmespath/.
 */
#ifndef PAIL_JMESPATH_SYNTAX_H
#define PAIL_JMESPATH_SYNTAX_H

#include "jmespath/jmespath.h"

/* Nodes nest at most so deep: a search recurses as deep as the expression, never as the data. */
#define PAIL_JMES_DEPTH 400

enum pail_jmes_token_type {
    PAIL_JT_EOF,
    PAIL_JT_UNQUOTED,
    PAIL_JT_QUOTED,
    PAIL_JT_LITERAL,
    PAIL_JT_RBRACKET,
    PAIL_JT_RPAREN,
    PAIL_JT_COMMA,
    PAIL_JT_RBRACE,
    PAIL_JT_NUMBER,
    PAIL_JT_CURRENT,
    PAIL_JT_EXPREF,
    PAIL_JT_COLON,
    PAIL_JT_PIPE,
    PAIL_JT_OR,
    PAIL_JT_AND,
    PAIL_JT_EQ,
    PAIL_JT_GT,
    PAIL_JT_LT,
    PAIL_JT_GTE,
    PAIL_JT_LTE,
    PAIL_JT_NE,
    PAIL_JT_FLATTEN,
    PAIL_JT_STAR,
    PAIL_JT_FILTER,
    PAIL_JT_DOT,
    PAIL_JT_NOT,
    PAIL_JT_LBRACE,
    PAIL_JT_LBRACKET,
    PAIL_JT_LPAREN,
    PAIL_JT_N
};

struct pail_jmes_token {
    enum pail_jmes_token_type type;
    size_t start;             /* byte in the expression */
    struct pail_str text;     /* of the expression; of quoted identifiers: decoded */
    int64_t number;           /* saturated */
    struct pail_value *value; /* literals */
};
const char *pail_jmes_token_name(enum pail_jmes_token_type type); /* "unquoted_identifier" */

enum pail_jmes_node_type {
    PAIL_JN_IDENTITY, /* and "@" */
    PAIL_JN_FIELD,
    PAIL_JN_LITERAL,
    PAIL_JN_CHAIN, /* children one after the other: a.b, a[0], a | b */
    PAIL_JN_INDEX,
    PAIL_JN_SLICE,
    PAIL_JN_PROJECTION, /* list, what of each */
    PAIL_JN_VALUES,     /* map, what of each value */
    PAIL_JN_FILTER,     /* list, what of each, condition */
    PAIL_JN_FLATTEN,
    PAIL_JN_LIST, /* [a, b] */
    PAIL_JN_MAP,  /* {a: b}: children are KEY nodes */
    PAIL_JN_KEY,
    PAIL_JN_COMPARE,
    PAIL_JN_OR,
    PAIL_JN_AND,
    PAIL_JN_NOT,
    PAIL_JN_CALL,
    PAIL_JN_EXPREF,
};

#define PAIL_JN_NONE UINT32_MAX

/* Nodes refer to each other by number. */
struct pail_jmes_node {
    enum pail_jmes_node_type type;
    uint32_t child, next;           /* first child, next sibling; PAIL_JN_NONE: none */
    uint16_t depth;                 /* of what is below */
    bool index_expression;          /* how the parser tells which chains may be lengthened */
    bool subexpression;             /* likewise */
    enum pail_jmes_token_type op;   /* COMPARE */
    struct pail_str name;           /* FIELD, KEY, CALL */
    const struct pail_value *value; /* LITERAL */
    bool has[3];                    /* SLICE: which parts are there */
    int64_t part[3];                /* SLICE: start, stop, step; INDEX: [0] */
};

struct pail_jmes {
    char *expression; /* a copy; views of tokens and nodes point into it or into literals */
    size_t len;
    struct pail_values *literals;
    struct pail_jmes_token *tokens;
    size_t n_tokens;
    struct pail_jmes_node *nodes;
    uint32_t n_nodes, cap_nodes;
    uint32_t root;
};

/* Errors: the message in why and err. */
struct pail_jmes_report {
    struct pail_buf *why;
    struct pail_error *err;
};
int pail_jmes_say(const struct pail_jmes_report *r, enum pail_code code, struct pail_buf *message);
/* "Bad jmespath expression: WHAT:\n...", at this byte. */
int pail_jmes_bad_token(const struct pail_jmes *j, size_t at, const char *what,
                        struct pail_str subject, const struct pail_jmes_report *r);

/* Characters in front of this byte. */
size_t pail_jmes_column(const struct pail_jmes *j, size_t at);
/* "   ^": the column and `extra` blanks. */
void pail_jmes_underline(struct pail_buf *to, const struct pail_jmes *j, size_t at, size_t extra);
void pail_jmes_token_text(struct pail_buf *to, const struct pail_jmes_token *t);

/* Fills j->tokens; the last is PAIL_JT_EOF. */
PAIL_CHECK int pail_jmes_lex(struct pail_jmes *j, const struct pail_jmes_report *r);
/* Fills j->nodes and j->root. */
PAIL_CHECK int pail_jmes_parse(struct pail_jmes *j, const struct pail_jmes_report *r);

/* ---- Searching ------------------------------------------------------------------------------- */

struct pail_jmes_search {
    const struct pail_jmes *j;
    struct pail_values *vs;
    const struct pail_jmes_report *report;
    struct pail_value *null;
    int rc; /* the first error */
};
/* An argument of a function: a value, or the expression behind "&". */
struct pail_jmes_arg {
    struct pail_value *value;
    uint32_t expression; /* PAIL_JN_NONE: it is a value */
};

PAIL_CHECK int pail_jmes_run(const struct pail_jmes *j, const struct pail_value *in,
                             struct pail_values *vs, struct pail_value **ret,
                             const struct pail_jmes_report *r);
/* NULL after an error, which is in s. */
struct pail_value *pail_jmes_eval(struct pail_jmes_search *s, uint32_t node, struct pail_value *in);
struct pail_value *pail_jmes_call(struct pail_jmes_search *s, struct pail_str name,
                                  const struct pail_jmes_arg *args, size_t n);
/* Python's message of an operation on types it does not take; gives NULL. */
struct pail_value *pail_jmes_refuse(struct pail_jmes_search *s, const char *fmt, ...)
    PAIL_PRINTF(2, 3);

/* ---- Values as the language sees them -------------------------------------------------------- */

bool pail_jmes_is_number(const struct pail_value *v);
/* Python's ==, by which 1 == 1.0. */
bool pail_jmes_same(const struct pail_value *a, const struct pail_value *b);
/* The language's ==, by which moreover no number equals a boolean. */
bool pail_jmes_equal(const struct pail_value *a, const struct pail_value *b);
/* Numbers, or texts by character. */
int pail_jmes_order(const struct pail_value *a, const struct pail_value *b);
/* Empty, null or false. */
bool pail_jmes_is_false(const struct pail_value *v);
double pail_jmes_real(const struct pail_value *number);

#endif
