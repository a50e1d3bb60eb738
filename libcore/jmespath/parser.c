/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Top-down operator precedence: each token has a binding power, begin() reads what can start an
 * expression, go_on() what can follow one. After [*], [], [?x], .* and slices comes a projection:
 * what follows is applied to each element, up to the first token that binds weaker than
 * PROJECTION_STOP.
 *
 * Which errors are told, and with which words, follows the Python implementation, because scripts
 * and people know these messages.
 */
#include "jmespath/syntax.h"

#include "base/alloc.h"
#include "base/str.h"

#include <stdio.h>

#define PROJECTION_STOP 10

static const uint8_t power[PAIL_JT_N] = {
    [PAIL_JT_PIPE] = 1,    [PAIL_JT_OR] = 2,      [PAIL_JT_AND] = 3,     [PAIL_JT_EQ] = 5,
    [PAIL_JT_GT] = 5,      [PAIL_JT_LT] = 5,      [PAIL_JT_GTE] = 5,     [PAIL_JT_LTE] = 5,
    [PAIL_JT_NE] = 5,      [PAIL_JT_FLATTEN] = 9, [PAIL_JT_STAR] = 20,   [PAIL_JT_FILTER] = 21,
    [PAIL_JT_DOT] = 40,    [PAIL_JT_NOT] = 45,    [PAIL_JT_LBRACE] = 50, [PAIL_JT_LBRACKET] = 55,
    [PAIL_JT_LPAREN] = 60,
};

struct parser {
    struct pail_jmes *j;
    const struct pail_jmes_report *report;
    size_t at;
    unsigned depth; /* of expression() */
    int rc;         /* the first error; nothing goes on after it */
};

static uint32_t expression(struct parser *p, unsigned min_power);

static const struct pail_jmes_token *ahead(const struct parser *p, size_t n)
{
    size_t i = p->at + n;
    return &p->j->tokens[i < p->j->n_tokens ? i : p->j->n_tokens - 1];
}

static enum pail_jmes_token_type current(const struct parser *p)
{
    return ahead(p, 0)->type;
}

static struct pail_jmes_node *node(const struct parser *p, uint32_t n)
{
    return &p->j->nodes[n];
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static uint32_t incomplete(struct parser *p)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf m = PAIL_BUF_INIT(SIZE_MAX / 4);
    pail_buf_z(&m, "Invalid jmespath expression: Incomplete expression:\n\"");
    pail_buf_z(&m, p->j->expression);
    pail_buf_z(&m, "\"\n");
    pail_jmes_underline(&m, p->j, p->j->len, 1);
    p->rc = pail_jmes_say(p->report, PAIL_E_PARSE, &m);
    return PAIL_JN_NONE;
}

static uint32_t wrong(struct parser *p, const struct pail_jmes_token *t, size_t at,
                      const char *reason)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf m = PAIL_BUF_INIT(SIZE_MAX / 4);
    pail_buf_z(&m, reason);
    pail_buf_fmt(&m, ": Parse error at column %zu, token \"", pail_jmes_column(p->j, at));
    pail_jmes_token_text(&m, t);
    pail_buf_z(&m, "\" (");
    for (const char *c = pail_jmes_token_name(t->type); *c; c++)
        pail_buf_char(&m, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
    pail_buf_z(&m, "), for expression:\n\"");
    pail_buf_z(&m, p->j->expression);
    pail_buf_z(&m, "\"\n");
    pail_jmes_underline(&m, p->j, at, 1);
    p->rc = pail_jmes_say(p->report, PAIL_E_PARSE, &m);
    return PAIL_JN_NONE;
}

static uint32_t wrong_here(struct parser *p, const char *reason)
{
    return wrong(p, ahead(p, 0), ahead(p, 0)->start, reason);
}

/* expected: as Python prints it, a name or a list of names. */
static uint32_t unexpected(struct parser *p, const char *expected)
{
    char reason[160];
    (void)snprintf(reason, sizeof(reason), "Expecting: %s, got: %s", expected,
                   pail_jmes_token_name(current(p)));
    return wrong_here(p, reason);
}

static bool match(struct parser *p, enum pail_jmes_token_type type)
{
    if (p->rc)
        return false;
    if (current(p) == type) {
        p->at++;
        return true;
    }
    if (current(p) == PAIL_JT_EOF)
        incomplete(p);
    else
        unexpected(p, pail_jmes_token_name(type));
    return false;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static uint32_t make(struct parser *p, enum pail_jmes_node_type type)
{
    struct pail_jmes *j = p->j;
    if (p->rc)
        return PAIL_JN_NONE;
    if (j->n_nodes == j->cap_nodes) {
        uint32_t cap = j->cap_nodes ? j->cap_nodes * 2 : 16;
        struct pail_jmes_node *nodes = cap > j->cap_nodes
                                           ? pail_reallocarray(j->nodes, cap, sizeof(*nodes))
                                           : NULL;
        if (!nodes) {
            p->rc = pail_error_nomem(p->report->err);
            return PAIL_JN_NONE;
        }
        j->nodes = nodes;
        j->cap_nodes = cap;
    }
    j->nodes[j->n_nodes] = (struct pail_jmes_node){
        .type = type, .child = PAIL_JN_NONE, .next = PAIL_JN_NONE, .depth = 1};
    return j->n_nodes++;
}

static uint32_t too_deep(struct parser *p)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf m = PAIL_BUF_INIT(1 << 10);
    pail_buf_z(&m, "Invalid jmespath expression: it nests too deeply");
    p->rc = pail_jmes_say(p->report, PAIL_E_PARSE, &m);
    return PAIL_JN_NONE;
}

static void adopt(struct parser *p, uint32_t parent, uint32_t child)
{
    if (p->rc || parent == PAIL_JN_NONE || child == PAIL_JN_NONE)
        return;
    uint32_t *link = &node(p, parent)->child;
    while (*link != PAIL_JN_NONE)
        link = &node(p, *link)->next;
    *link = child;
    if (node(p, child)->depth >= node(p, parent)->depth)
        node(p, parent)->depth = (uint16_t)(node(p, child)->depth + 1);
    if (node(p, parent)->depth > PAIL_JMES_DEPTH)
        too_deep(p);
}

static uint32_t make2(struct parser *p, enum pail_jmes_node_type type, uint32_t a, uint32_t b)
{
    uint32_t n = make(p, type);
    adopt(p, n, a);
    adopt(p, n, b);
    return p->rc ? PAIL_JN_NONE : n;
}

/* ---- What several forms share ---------------------------------------------------------------- */

static uint32_t multi_select_list(struct parser *p)
{
    uint32_t list = make(p, PAIL_JN_LIST);
    for (;;) {
        adopt(p, list, expression(p, 0));
        if (p->rc)
            return PAIL_JN_NONE;
        if (current(p) == PAIL_JT_RBRACKET)
            break;
        if (!match(p, PAIL_JT_COMMA))
            return PAIL_JN_NONE;
    }
    p->at++;
    return list;
}

static uint32_t multi_select_map(struct parser *p)
{
    uint32_t map = make(p, PAIL_JN_MAP);
    while (!p->rc) {
        const struct pail_jmes_token *t = ahead(p, 0);
        if (t->type == PAIL_JT_EOF)
            return incomplete(p);
        if (t->type != PAIL_JT_QUOTED && t->type != PAIL_JT_UNQUOTED)
            return unexpected(p, "['quoted_identifier', 'unquoted_identifier']");
        p->at++;
        if (!match(p, PAIL_JT_COLON))
            return PAIL_JN_NONE;
        uint32_t key = make2(p, PAIL_JN_KEY, expression(p, 0), PAIL_JN_NONE);
        if (p->rc)
            return PAIL_JN_NONE;
        node(p, key)->name = t->text;
        adopt(p, map, key);
        if (current(p) == PAIL_JT_COMMA) {
            p->at++;
        } else if (current(p) == PAIL_JT_RBRACE) {
            p->at++;
            return map;
        }
    }
    return PAIL_JN_NONE;
}

static uint32_t after_dot(struct parser *p, unsigned min_power)
{
    switch (current(p)) {
    case PAIL_JT_QUOTED:
    case PAIL_JT_UNQUOTED:
    case PAIL_JT_STAR:
        return expression(p, min_power);
    case PAIL_JT_LBRACKET:
        p->at++;
        return multi_select_list(p);
    case PAIL_JT_LBRACE:
        p->at++;
        return multi_select_map(p);
    default:
        return unexpected(p, "['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace']");
    }
}

static uint32_t projected(struct parser *p, unsigned min_power)
{
    if (p->rc)
        return PAIL_JN_NONE;
    if (power[current(p)] < PROJECTION_STOP)
        return make(p, PAIL_JN_IDENTITY);
    switch (current(p)) {
    case PAIL_JT_LBRACKET:
    case PAIL_JT_FILTER:
        return expression(p, min_power);
    case PAIL_JT_DOT:
        p->at++;
        return after_dot(p, min_power);
    default:
        return wrong_here(p, "syntax error");
    }
}

static uint32_t projection(struct parser *p, uint32_t left, enum pail_jmes_token_type of)
{
    return make2(p, PAIL_JN_PROJECTION, left, projected(p, power[of]));
}

static uint32_t slice(struct parser *p)
{
    bool has[3] = {false, false, false};
    int64_t part[3] = {0, 0, 0};
    unsigned i = 0;
    while (current(p) != PAIL_JT_RBRACKET && i < 3) {
        if (current(p) == PAIL_JT_COLON) {
            if (++i == 3)
                return wrong_here(p, "syntax error");
        } else if (current(p) == PAIL_JT_NUMBER) {
            has[i] = true;
            part[i] = ahead(p, 0)->number;
        } else {
            return wrong_here(p, "syntax error");
        }
        p->at++;
    }
    if (!match(p, PAIL_JT_RBRACKET))
        return PAIL_JN_NONE;
    uint32_t n = make(p, PAIL_JN_SLICE);
    for (i = 0; n != PAIL_JN_NONE && i < 3; i++) {
        node(p, n)->has[i] = has[i];
        node(p, n)->part[i] = part[i];
    }
    return n;
}

/* Behind "[", before a number or a colon. */
static uint32_t index_or_slice(struct parser *p)
{
    if (current(p) == PAIL_JT_COLON || ahead(p, 1)->type == PAIL_JT_COLON)
        return slice(p);
    int64_t i = ahead(p, 0)->number;
    p->at++;
    if (!match(p, PAIL_JT_RBRACKET))
        return PAIL_JN_NONE;
    uint32_t n = make(p, PAIL_JN_INDEX);
    if (n != PAIL_JN_NONE)
        node(p, n)->part[0] = i;
    return n;
}

static uint32_t indexed(struct parser *p, uint32_t left)
{
    uint32_t right = index_or_slice(p);
    if (p->rc)
        return PAIL_JN_NONE;
    bool is_slice = node(p, right)->type == PAIL_JN_SLICE;
    if (left != PAIL_JN_NONE && node(p, left)->index_expression) {
        adopt(p, left, right);
        return left;
    }
    if (left == PAIL_JN_NONE)
        left = make(p, PAIL_JN_IDENTITY);
    uint32_t chain = make2(p, PAIL_JN_CHAIN, left, right);
    if (p->rc)
        return PAIL_JN_NONE;
    node(p, chain)->index_expression = true;
    return is_slice ? projection(p, chain, PAIL_JT_STAR) : chain;
}

static uint32_t filter(struct parser *p, uint32_t left)
{
    uint32_t condition = expression(p, 0);
    if (!match(p, PAIL_JT_RBRACKET))
        return PAIL_JN_NONE;
    uint32_t right = current(p) == PAIL_JT_FLATTEN ? make(p, PAIL_JN_IDENTITY)
                                                   : projected(p, power[PAIL_JT_FILTER]);
    uint32_t n = make2(p, PAIL_JN_FILTER, left, right);
    adopt(p, n, condition);
    return p->rc ? PAIL_JN_NONE : n;
}

/* ---- What starts an expression --------------------------------------------------------------- */

static uint32_t begin_bracket(struct parser *p)
{
    if (current(p) == PAIL_JT_NUMBER || current(p) == PAIL_JT_COLON)
        return indexed(p, PAIL_JN_NONE);
    if (current(p) == PAIL_JT_STAR && ahead(p, 1)->type == PAIL_JT_RBRACKET) {
        p->at += 2;
        return projection(p, make(p, PAIL_JN_IDENTITY), PAIL_JT_STAR);
    }
    return multi_select_list(p);
}

static uint32_t begin_name(struct parser *p, const struct pail_jmes_token *t)
{
    if (t->type == PAIL_JT_QUOTED && current(p) == PAIL_JT_LPAREN)
        return wrong(p, ahead(p, 0), 0, "Quoted identifier not allowed for function names.");
    uint32_t n = make(p, PAIL_JN_FIELD);
    if (n != PAIL_JN_NONE)
        node(p, n)->name = t->text;
    return n;
}

static uint32_t begin_star(struct parser *p)
{
    uint32_t left = make(p, PAIL_JN_IDENTITY);
    uint32_t right = current(p) == PAIL_JT_RBRACKET ? make(p, PAIL_JN_IDENTITY)
                                                    : projected(p, power[PAIL_JT_STAR]);
    return make2(p, PAIL_JN_VALUES, left, right);
}

static uint32_t begin(struct parser *p)
{
    const struct pail_jmes_token *t = ahead(p, 0);
    uint32_t n;
    p->at++;
    switch (t->type) {
    case PAIL_JT_LITERAL:
        n = make(p, PAIL_JN_LITERAL);
        if (n != PAIL_JN_NONE)
            node(p, n)->value = t->value;
        return n;
    case PAIL_JT_UNQUOTED:
    case PAIL_JT_QUOTED:
        return begin_name(p, t);
    case PAIL_JT_STAR:
        return begin_star(p);
    case PAIL_JT_FILTER:
        return filter(p, make(p, PAIL_JN_IDENTITY));
    case PAIL_JT_LBRACE:
        return multi_select_map(p);
    case PAIL_JT_LPAREN:
        n = expression(p, 0);
        return match(p, PAIL_JT_RPAREN) ? n : PAIL_JN_NONE;
    case PAIL_JT_FLATTEN:
        n = make2(p, PAIL_JN_FLATTEN, make(p, PAIL_JN_IDENTITY), PAIL_JN_NONE);
        return projection(p, n, PAIL_JT_FLATTEN);
    case PAIL_JT_NOT:
        return make2(p, PAIL_JN_NOT, expression(p, power[PAIL_JT_NOT]), PAIL_JN_NONE);
    case PAIL_JT_LBRACKET:
        return begin_bracket(p);
    case PAIL_JT_CURRENT:
        return make(p, PAIL_JN_IDENTITY);
    case PAIL_JT_EXPREF:
        return make2(p, PAIL_JN_EXPREF, expression(p, 0), PAIL_JN_NONE);
    case PAIL_JT_EOF:
        return incomplete(p);
    default:
        p->at--;
        return wrong_here(p, "invalid token");
    }
}

/* ---- What follows one ------------------------------------------------------------------------ */

static uint32_t dot(struct parser *p, uint32_t left)
{
    if (current(p) == PAIL_JT_STAR) {
        p->at++;
        return make2(p, PAIL_JN_VALUES, left, projected(p, power[PAIL_JT_DOT]));
    }
    uint32_t right = after_dot(p, power[PAIL_JT_DOT]);
    if (p->rc)
        return PAIL_JN_NONE;
    if (node(p, left)->subexpression) {
        adopt(p, left, right);
        return p->rc ? PAIL_JN_NONE : left;
    }
    uint32_t chain = make2(p, PAIL_JN_CHAIN, left, right);
    if (chain != PAIL_JN_NONE)
        node(p, chain)->subexpression = true;
    return chain;
}

static uint32_t call(struct parser *p, uint32_t left)
{
    if (node(p, left)->type != PAIL_JN_FIELD) {
        const struct pail_jmes_token *t = &p->j->tokens[p->at >= 2 ? p->at - 2 : 0];
        PAIL_CLEANUP(pail_buf_done) struct pail_buf reason = PAIL_BUF_INIT(SIZE_MAX / 4);
        pail_buf_z(&reason, "Invalid function name '");
        pail_jmes_token_text(&reason, t);
        pail_buf_char(&reason, '\'');
        return wrong(p, t, t->start, pail_buf_cstr(&reason));
    }
    uint32_t n = make(p, PAIL_JN_CALL);
    if (n == PAIL_JN_NONE)
        return n;
    node(p, n)->name = node(p, left)->name;
    while (!p->rc && current(p) != PAIL_JT_RPAREN) {
        adopt(p, n, expression(p, 0));
        if (!p->rc && current(p) == PAIL_JT_COMMA)
            p->at++;
    }
    return match(p, PAIL_JT_RPAREN) ? n : PAIL_JN_NONE;
}

static uint32_t follow_bracket(struct parser *p, uint32_t left)
{
    if (current(p) == PAIL_JT_NUMBER || current(p) == PAIL_JT_COLON)
        return indexed(p, left);
    if (!match(p, PAIL_JT_STAR) || !match(p, PAIL_JT_RBRACKET))
        return PAIL_JN_NONE;
    return projection(p, left, PAIL_JT_STAR);
}

static uint32_t go_on(struct parser *p, uint32_t left)
{
    enum pail_jmes_token_type type = current(p);
    uint32_t n;
    p->at++;
    switch (type) {
    case PAIL_JT_DOT:
        return dot(p, left);
    case PAIL_JT_PIPE:
        return make2(p, PAIL_JN_CHAIN, left, expression(p, power[type]));
    case PAIL_JT_OR:
        return make2(p, PAIL_JN_OR, left, expression(p, power[type]));
    case PAIL_JT_AND:
        return make2(p, PAIL_JN_AND, left, expression(p, power[type]));
    case PAIL_JT_LPAREN:
        return call(p, left);
    case PAIL_JT_FILTER:
        return filter(p, left);
    case PAIL_JT_EQ:
    case PAIL_JT_NE:
    case PAIL_JT_GT:
    case PAIL_JT_GTE:
    case PAIL_JT_LT:
    case PAIL_JT_LTE:
        n = make2(p, PAIL_JN_COMPARE, left, expression(p, power[type]));
        if (n != PAIL_JN_NONE)
            node(p, n)->op = type;
        return n;
    case PAIL_JT_FLATTEN:
        n = make2(p, PAIL_JN_FLATTEN, left, PAIL_JN_NONE);
        return projection(p, n, PAIL_JT_FLATTEN);
    case PAIL_JT_LBRACKET:
        return follow_bracket(p, left);
    default:
        p->at--;
        return wrong_here(p, "invalid token");
    }
}

static uint32_t expression(struct parser *p, unsigned min_power)
{
    if (p->rc)
        return PAIL_JN_NONE;
    if (++p->depth > PAIL_JMES_DEPTH)
        return too_deep(p);
    uint32_t left = begin(p);
    while (!p->rc && min_power < power[current(p)])
        left = go_on(p, left);
    p->depth--;
    return p->rc ? PAIL_JN_NONE : left;
}

int pail_jmes_parse(struct pail_jmes *j, const struct pail_jmes_report *r)
{
    struct parser p = {.j = j, .report = r};
    j->root = expression(&p, 0);
    if (!p.rc && current(&p) != PAIL_JT_EOF) {
        PAIL_CLEANUP(pail_buf_done) struct pail_buf reason = PAIL_BUF_INIT(SIZE_MAX / 4);
        pail_buf_z(&reason, "Unexpected token: ");
        pail_jmes_token_text(&reason, ahead(&p, 0));
        wrong_here(&p, pail_buf_cstr(&reason));
    }
    return p.rc;
}
