/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of an expression as tokens, all at once, because the parser looks two ahead.
 *
 * Literals between backticks are JSON; what is none is taken as the inside of a JSON string, as the
 * first version of the language had it and people still write it. Positions in messages count
 * characters, not bytes.
 */
#include "jmespath/syntax.h"

#include "base/alloc.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/value_json.h"

#define LITERAL_MAX ((size_t)16 << 20)

static const char *const token_names[PAIL_JT_N] = {
    [PAIL_JT_EOF] = "eof",
    [PAIL_JT_UNQUOTED] = "unquoted_identifier",
    [PAIL_JT_QUOTED] = "quoted_identifier",
    [PAIL_JT_LITERAL] = "literal",
    [PAIL_JT_RBRACKET] = "rbracket",
    [PAIL_JT_RPAREN] = "rparen",
    [PAIL_JT_COMMA] = "comma",
    [PAIL_JT_RBRACE] = "rbrace",
    [PAIL_JT_NUMBER] = "number",
    [PAIL_JT_CURRENT] = "current",
    [PAIL_JT_EXPREF] = "expref",
    [PAIL_JT_COLON] = "colon",
    [PAIL_JT_PIPE] = "pipe",
    [PAIL_JT_OR] = "or",
    [PAIL_JT_AND] = "and",
    [PAIL_JT_EQ] = "eq",
    [PAIL_JT_GT] = "gt",
    [PAIL_JT_LT] = "lt",
    [PAIL_JT_GTE] = "gte",
    [PAIL_JT_LTE] = "lte",
    [PAIL_JT_NE] = "ne",
    [PAIL_JT_FLATTEN] = "flatten",
    [PAIL_JT_STAR] = "star",
    [PAIL_JT_FILTER] = "filter",
    [PAIL_JT_DOT] = "dot",
    [PAIL_JT_NOT] = "not",
    [PAIL_JT_LBRACE] = "lbrace",
    [PAIL_JT_LBRACKET] = "lbracket",
    [PAIL_JT_LPAREN] = "lparen",
};

const char *pail_jmes_token_name(enum pail_jmes_token_type type)
{
    return token_names[type];
}

struct lexer {
    struct pail_jmes *j;
    const struct pail_jmes_report *report;
    struct pail_str text;
    size_t at;
    size_t cap;
};

static int add(struct lexer *l, enum pail_jmes_token_type type, size_t start,
               struct pail_jmes_token **ret)
{
    struct pail_jmes *j = l->j;
    if (j->n_tokens == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 32;
        struct pail_jmes_token *tokens = pail_reallocarray(j->tokens, cap, sizeof(*tokens));
        if (!tokens)
            return pail_error_nomem(l->report->err);
        j->tokens = tokens;
        l->cap = cap;
    }
    struct pail_jmes_token *t = &j->tokens[j->n_tokens++];
    *t = (struct pail_jmes_token){
        .type = type, .start = start, .text = pail_str_sub(l->text, start, l->at - start)};
    if (ret)
        *ret = t;
    return 0;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The inside of '...', "..." or `...`, with its backslashes; at stands behind it afterwards. */
static int until(struct lexer *l, struct pail_str *ret)
{
    size_t start = l->at;
    char end = l->text.ptr[l->at++];
    while (l->at < l->text.len && l->text.ptr[l->at] != end)
        l->at += l->text.ptr[l->at] == '\\' ? 2 : 1;
    if (l->at >= l->text.len) {
        char what[] = "Unclosed ? delimiter";
        what[9] = end;
        return pail_jmes_bad_token(l->j, start, what, pail_strn(NULL, 0), l->report);
    }
    *ret = pail_str_sub(l->text, start + 1, l->at - start - 1);
    l->at++;
    return 0;
}

/* "\`" becomes "`"; other backslashes stay. */
static void unescape(struct pail_buf *to, struct pail_str s, char quote)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] == quote)
            i++;
        pail_buf_char(to, s.ptr[i]);
    }
}

static int raw_string(struct lexer *l)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(LITERAL_MAX);
    struct pail_jmes_token *t;
    struct pail_str inside;
    size_t start = l->at;
    int rc = until(l, &inside);
    if (rc)
        return rc;
    unescape(&text, inside, '\'');
    rc = pail_buf_check(&text, "string literal", l->report->err);
    if (rc)
        return rc;
    rc = add(l, PAIL_JT_LITERAL, start, &t);
    if (!rc)
        t->value = pail_value_str(l->j->literals, pail_buf_view(&text));
    return rc;
}

static int literal(struct lexer *l)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(LITERAL_MAX);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf quoted = PAIL_BUF_INIT(LITERAL_MAX + 2);
    struct pail_value *v = NULL;
    struct pail_jmes_token *t;
    struct pail_str inside;
    size_t start = l->at;
    int rc = until(l, &inside);
    if (rc)
        return rc;
    unescape(&text, inside, '`');
    pail_buf_append(&text, "", 0);
    rc = pail_buf_check(&text, "literal", l->report->err);
    if (rc)
        return rc;
    if (pail_value_from_json(l->j->literals, pail_buf_view(&text), "literal", &v, NULL)) {
        struct pail_str rest = pail_buf_view(&text);
        if (pail_str_is_utf8(rest))
            rest = pail_utf8_trim_left(rest);
        pail_buf_char(&quoted, '"');
        pail_buf_str(&quoted, rest);
        pail_buf_char(&quoted, '"');
        if (pail_buf_check(&quoted, "literal", l->report->err))
            return l->report->err ? l->report->err->code : PAIL_E_NOMEM;
        if (pail_value_from_json(l->j->literals, pail_buf_view(&quoted), "literal", &v, NULL))
            return pail_jmes_bad_token(l->j, start, "Bad token ", pail_buf_view(&text), l->report);
    }
    rc = add(l, PAIL_JT_LITERAL, start, &t);
    if (!rc)
        t->value = v;
    return rc;
}

static const char *why_no_string(struct pail_str inside)
{
    for (size_t i = 0; i < inside.len; i++) {
        if ((unsigned char)inside.ptr[i] < 0x20)
            return "Invalid control character at";
        if (inside.ptr[i] != '\\' || ++i == inside.len)
            continue;
        if (inside.ptr[i] == 'u')
            return "Invalid \\uXXXX escape";
        if (!memchr("\"\\/bfnrt", inside.ptr[i], 8))
            return "Invalid \\escape";
    }
    return "Invalid string";
}

static int quoted_identifier(struct lexer *l)
{
    struct pail_value *v = NULL;
    struct pail_jmes_token *t;
    struct pail_str inside;
    size_t start = l->at;
    int rc = until(l, &inside);
    if (rc)
        return rc;
    struct pail_str whole = pail_str_sub(l->text, start, l->at - start);
    if (pail_value_from_json(l->j->literals, whole, "identifier", &v, NULL))
        return pail_jmes_bad_token(l->j, start, why_no_string(inside), pail_strn(NULL, 0),
                                   l->report);
    rc = add(l, PAIL_JT_QUOTED, start, &t);
    if (!rc)
        t->text = pail_value_as_str(v);
    return rc;
}

static int number(struct lexer *l)
{
    struct pail_jmes_token *t;
    size_t start = l->at++;
    bool minus = l->text.ptr[start] == '-';
    int64_t n = minus ? 0 : l->text.ptr[start] - '0';
    bool too_big = false;
    for (; l->at < l->text.len && is_digit(l->text.ptr[l->at]); l->at++)
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, l->text.ptr[l->at] - '0', &n))
            too_big = true;
    if (minus && l->at == start + 1)
        return pail_jmes_bad_token(l->j, start, "Unknown token '-'", pail_strn(NULL, 0), l->report);
    int rc = add(l, PAIL_JT_NUMBER, start, &t);
    if (!rc)
        t->number = too_big ? (minus ? INT64_MIN : INT64_MAX) : minus ? -n : n;
    return rc;
}

static enum pail_jmes_token_type single(char c)
{
    static const char chars[] = ".*],:@(){}";
    static const enum pail_jmes_token_type types[] = {
        PAIL_JT_DOT,     PAIL_JT_STAR,   PAIL_JT_RBRACKET, PAIL_JT_COMMA,  PAIL_JT_COLON,
        PAIL_JT_CURRENT, PAIL_JT_LPAREN, PAIL_JT_RPAREN,   PAIL_JT_LBRACE, PAIL_JT_RBRACE};
    const char *p = c ? strchr(chars, c) : NULL;
    return p ? types[p - chars] : PAIL_JT_N;
}

/* One character, or two when next is the second of a pair. */
static bool pair(char c, char next, enum pail_jmes_token_type *ret_one,
                 enum pail_jmes_token_type *ret_two, bool *ret_is_two)
{
    static const struct {
        char first, second;
        enum pail_jmes_token_type one, two;
    } pairs[] = {
        {'[', ']', PAIL_JT_LBRACKET, PAIL_JT_FLATTEN}, {'[', '?', PAIL_JT_LBRACKET, PAIL_JT_FILTER},
        {'|', '|', PAIL_JT_PIPE, PAIL_JT_OR},          {'&', '&', PAIL_JT_EXPREF, PAIL_JT_AND},
        {'<', '=', PAIL_JT_LT, PAIL_JT_LTE},           {'>', '=', PAIL_JT_GT, PAIL_JT_GTE},
        {'!', '=', PAIL_JT_NOT, PAIL_JT_NE},           {'=', '=', PAIL_JT_N, PAIL_JT_EQ},
    };
    bool found = false;
    for (size_t i = 0; i < PAIL_ARRAY_LEN(pairs); i++) {
        if (pairs[i].first != c)
            continue;
        found = true;
        *ret_one = pairs[i].one;
        *ret_two = pairs[i].two;
        *ret_is_two = pairs[i].second == next;
        if (*ret_is_two)
            break;
    }
    return found;
}

static int operator_token(struct lexer *l)
{
    enum pail_jmes_token_type one, two;
    bool is_two;
    size_t start = l->at;
    char c = l->text.ptr[start];
    char next = start + 1 < l->text.len ? l->text.ptr[start + 1] : '\0';
    if (single(c) != PAIL_JT_N) {
        l->at++;
        return add(l, single(c), start, NULL);
    }
    if (!pair(c, next, &one, &two, &is_two)) {
        uint32_t cp;
        size_t n = pail_utf8_decode(pail_str_from(l->text, start), &cp);
        return pail_jmes_bad_token(l->j, start, "Unknown token ",
                                   pail_str_sub(l->text, start, n ? n : 1), l->report);
    }
    if (!is_two && one == PAIL_JT_N)
        return pail_jmes_bad_token(l->j, start, "Unknown token '='", pail_strn(NULL, 0), l->report);
    l->at += is_two ? 2 : 1;
    return add(l, is_two ? two : one, start, NULL);
}

static int next_token(struct lexer *l)
{
    size_t start = l->at;
    char c = l->text.ptr[start];
    if (is_letter(c)) {
        while (l->at < l->text.len &&
               (is_letter(l->text.ptr[l->at]) || is_digit(l->text.ptr[l->at])))
            l->at++;
        return add(l, PAIL_JT_UNQUOTED, start, NULL);
    }
    if (is_digit(c) || c == '-')
        return number(l);
    switch (c) {
    case ' ':
    case '\t':
    case '\n':
    case '\r':
        l->at++;
        return 0;
    case '\'':
        return raw_string(l);
    case '`':
        return literal(l);
    case '"':
        return quoted_identifier(l);
    default:
        return operator_token(l);
    }
}

int pail_jmes_lex(struct pail_jmes *j, const struct pail_jmes_report *r)
{
    struct lexer l = {.j = j, .report = r, .text = {j->expression, j->len}};
    while (l.at < l.text.len) {
        int rc = next_token(&l);
        if (rc)
            return rc;
    }
    l.at = l.text.len;
    int rc = add(&l, PAIL_JT_EOF, l.text.len, NULL);
    return rc ? rc : pail_values_check(j->literals, r->err);
}
