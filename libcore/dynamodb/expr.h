/* SPDX-License-Identifier: Apache-2.0 */
/* dynamodb/expr.h - what the expressions of one call are made of. Private to dynamodb/. */
#ifndef PAIL_DYNAMODB_EXPR_H
#define PAIL_DYNAMODB_EXPR_H

#include <pail/dynamodb.h>

#include "base/macros.h"

/* Every operand and condition is one of these. */
struct pail_dynamodb_node {
    enum {
        PAIL_DYNAMODB_NAME,  /* value: the path, a string */
        PAIL_DYNAMODB_VALUE, /* value */
        PAIL_DYNAMODB_GROUP, /* value: a list; "(:v0, :v1)" */
        PAIL_DYNAMODB_FORMAT /* format: text in which the digits 0 to 2 stand for children */
    } kind;
    bool is_key;
    const char *format;
    struct pail_value *value;
    const struct pail_dynamodb_node *child[3];
    struct pail_dynamodb_node *next; /* of all of the expression */
};

struct pail_dynamodb_operand {
    struct pail_dynamodb_node node;
};
struct pail_dynamodb_cond {
    struct pail_dynamodb_node node;
};

enum pail_dynamodb_clause {
    PAIL_DYNAMODB_SET,
    PAIL_DYNAMODB_REMOVE,
    PAIL_DYNAMODB_ADD,
    PAIL_DYNAMODB_DELETE,
    PAIL_DYNAMODB_PROJECT,
    PAIL_DYNAMODB_CLAUSES
};

struct pail_dynamodb_parts {
    const struct pail_dynamodb_node **items;
    size_t n, cap;
};

struct pail_dynamodb_expr {
    struct pail_values *vs;           /* paths and values of the nodes */
    struct pail_dynamodb_node *nodes; /* all, to be freed */
    const struct pail_dynamodb_node *condition, *filter, *key_condition;
    struct pail_dynamodb_parts clauses[PAIL_DYNAMODB_CLAUSES];
    struct pail_error failure; /* the first */
};

#endif
