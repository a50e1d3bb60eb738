/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/shellwords.c - a state machine over bytes: between words, in a word, in quotes.
 *
 * Inside double quotes a backslash protects only itself and the quote; before anything else it
 * stays.
 */
#include "auth/shellwords.h"

#include "base/alloc.h"
#include "base/buf.h"

#define WORD_MAX ((size_t)64 << 10)

struct splitter {
    struct pail_shell_words words;
    size_t cap;
    struct pail_buf word;
    bool in_word; /* also true for an empty pair of quotes */
    char quote;   /* 0 outside */
};

static int end_word(struct splitter *s, struct pail_error *err)
{
    if (!s->in_word)
        return 0;
    int rc = pail_buf_check(&s->word, "word", err);
    if (rc < 0)
        return rc;
    if (s->words.n + 1 >= s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 8;
        char **word = pail_reallocarray(s->words.word, cap, sizeof(char *));
        if (!word)
            return pail_error_nomem(err);
        s->words.word = word;
        s->cap = cap;
    }
    char *copy = pail_strndup(pail_strn(s->word.len ? s->word.ptr : "", s->word.len));
    if (!copy)
        return pail_error_nomem(err);
    s->words.word[s->words.n++] = copy;
    s->words.word[s->words.n] = NULL;
    pail_buf_reset(&s->word);
    s->in_word = false;
    return 0;
}

static void take(struct splitter *s, char c)
{
    s->in_word = true;
    pail_buf_char(&s->word, c);
}

/* text[*i] is a backslash. */
static int escaped(struct splitter *s, struct pail_str text, size_t *i, struct pail_error *err)
{
    if (*i + 1 >= text.len)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "nothing after the last backslash");
    char next = text.ptr[++*i];
    if (s->quote && next != s->quote && next != '\\')
        take(s, '\\');
    take(s, next);
    return 0;
}

static int split(struct splitter *s, struct pail_str text, struct pail_error *err)
{
    int rc = 0;
    for (size_t i = 0; i < text.len && rc == 0; i++) {
        char c = text.ptr[i];
        if (s->quote && c == s->quote) {
            s->quote = 0;
        } else if (c == '\\' && s->quote != '\'') {
            rc = escaped(s, text, &i, err);
        } else if (s->quote) {
            take(s, c);
        } else if (c == '\'' || c == '"') {
            s->quote = c;
            s->in_word = true;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            rc = end_word(s, err);
        } else {
            take(s, c);
        }
    }
    if (rc == 0 && s->quote)
        rc = pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "a quote is not closed");
    return rc == 0 ? end_word(s, err) : rc;
}

int pail_shell_words_split(struct pail_str text, struct pail_shell_words *ret,
                           struct pail_error *err)
{
    struct splitter s = {.word = PAIL_BUF_INIT(WORD_MAX)};
    int rc = split(&s, text, err);
    pail_buf_done(&s.word);
    if (rc < 0) {
        pail_shell_words_done(&s.words);
        return rc;
    }
    *ret = s.words;
    return 0;
}

void pail_shell_words_done(struct pail_shell_words *w)
{
    for (size_t i = 0; i < w->n; i++)
        pail_free(w->word[i]);
    pail_free(w->word);
    *w = (struct pail_shell_words){0};
}
