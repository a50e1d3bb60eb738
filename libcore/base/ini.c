/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reference is Python's configparser.RawConfigParser (strict) as botocore calls it, including
 * what looks odd:
 *
 *  - white space is Unicode's, indentation is counted in characters, lines end at LF, CR LF or CR;
 *  - an indented line continues the key above it only when it is deeper than the line of that key;
 * directly below a section header an indented line is a key;
 *  - a blank line inside a value is part of it, at the end of a value it is not; a comment line
 * never is;
 *  - "[a]b]c" is the section "a]b": the header ends at the last bracket;
 *  - [DEFAULT] is no section: its keys appear in every section that lacks them, and it may be
 * reopened.
 *
 * File, section and nested block are the same thing, a table of named nodes in order of appearance.
 * A map beside the list keeps hostile files from costing quadratic time. Values that begin with an
 * empty first line become blocks once the whole file is read, because keys of [DEFAULT] count only
 * where some section shows them.
 *
 * Key names are folded to lower case character by character; the two context-dependent cases of
 * Unicode (a word-final sigma, the two characters of a dotted capital I) keep their simple form.
 *
 * Errors name file and line but quote nothing: the files hold secrets.
 */
#include "base/ini.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/str.h"
#include "base/utf8.h"

struct node {
    char *name, *value; /* value is NULL for sections */
    size_t name_len, value_len;
    unsigned line;
    bool is_block;
    struct node **child;
    size_t n, cap;
    struct pail_map *index; /* name -> child; NULL while there is none */
};

struct pail_ini {
    struct node file;     /* its children are the sections */
    struct node defaults; /* [DEFAULT] */
};

/* ---- Tables ---- */

static struct pail_str name_of(const struct node *n)
{
    return pail_strn(n->name, n->name_len);
}

static struct node *find(const struct node *table, struct pail_str name)
{
    return table->index ? pail_map_get(table->index, name) : NULL;
}

static void node_done(struct node *n)
{
    for (size_t i = 0; i < n->n; i++) {
        node_done(n->child[i]);
        pail_free(n->child[i]);
    }
    pail_free(n->child);
    pail_map_free(n->index);
    pail_free(n->name);
    pail_free(n->value);
}

static int grow(struct node *table, struct pail_error *err)
{
    if (table->n < table->cap)
        return 0;
    size_t cap = table->cap ? 2 * table->cap : 8;
    struct node **child = pail_reallocarray(table->child, cap, sizeof(struct node *));
    if (!child)
        return pail_error_nomem(err);
    table->child = child;
    table->cap = cap;
    return 0;
}

/* Appends a child that is not there yet. */
static int add(struct node *table, struct pail_str name, unsigned line, struct node **ret,
               struct pail_error *err)
{
    int rc = grow(table, err);
    if (!rc && !table->index)
        rc = pail_map_new(&table->index, err);
    if (rc)
        return rc;

    struct node *n = pail_zalloc(sizeof(*n));
    if (!n)
        return pail_error_nomem(err);
    n->name = pail_strndup(name);
    n->name_len = name.len;
    n->line = line;
    rc = n->name ? pail_map_put(table->index, name, n, NULL, err) : pail_error_nomem(err);
    if (rc) {
        node_done(n);
        pail_free(n);
        return rc;
    }
    table->child[table->n++] = n;
    *ret = n;
    return 0;
}

static int set_value(struct node *n, struct pail_str value, struct pail_error *err)
{
    char *copy = pail_strndup(value);

    if (!copy)
        return pail_error_nomem(err);
    pail_free(n->value);
    n->value = copy;
    n->value_len = value.len;
    return 0;
}

/* ---- Lines ---- */

struct parser {
    struct pail_ini *ini;
    const char *path;
    unsigned line;
    struct node *section; /* NULL before the first header */
    struct node *key; /* the one that continuation lines belong to; NULL directly below a header */
    size_t indent;    /* of the last header or key line */
    struct pail_buf name;  /* scratch: the folded key */
    struct pail_buf value; /* of `key`, so far */
};

static int bad_line(const struct parser *p, unsigned line, const char *why, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_PARSE, "%s: line %u: %s", p->path, line, why);
}

static struct pail_str trim(struct pail_str s)
{
    return pail_utf8_trim_right(pail_utf8_trim_left(s));
}

/* The current key is complete: what was collected becomes its value. */
static int finish_key(struct parser *p, struct pail_error *err)
{
    if (!p->key)
        return 0;
    int rc = pail_buf_check(&p->value, p->path, err);
    if (!rc)
        rc = set_value(p->key, pail_utf8_trim_right(pail_buf_view(&p->value)), err);
    p->key = NULL;
    return rc;
}

static int section_line(struct parser *p, struct pail_str name, struct pail_error *err)
{
    int rc = finish_key(p, err);
    if (rc)
        return rc;
    if (pail_str_eq(name, PAIL_STR("DEFAULT"))) {
        p->section = &p->ini->defaults;
        return 0;
    }
    if (find(&p->ini->file, name))
        return bad_line(p, p->line, "this section occurs twice", err);
    return add(&p->ini->file, name, p->line, &p->section, err);
}

static void fold(struct pail_buf *to, struct pail_str s)
{
    uint32_t cp;
    size_t n;

    pail_buf_reset(to);
    for (; (n = pail_utf8_decode(s, &cp)); s = pail_str_from(s, n)) {
        char utf8[4];
        pail_buf_append(to, utf8, pail_utf8_encode(pail_utf8_lower(cp), utf8));
    }
}

static size_t find_delimiter(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '=' || s.ptr[i] == ':')
            return i;
    return SIZE_MAX;
}

static int key_line(struct parser *p, struct pail_str text, struct pail_error *err)
{
    int rc = finish_key(p, err);
    if (rc)
        return rc;
    size_t at = find_delimiter(text);
    if (at == SIZE_MAX)
        return bad_line(p, p->line, "neither a section nor \"key = value\"", err);
    if (at == 0)
        return bad_line(p, p->line, "nothing before the delimiter", err);

    fold(&p->name, pail_utf8_trim_right(pail_strn(text.ptr, at)));
    rc = pail_buf_check(&p->name, p->path, err);
    if (rc)
        return rc;
    struct pail_str name = pail_buf_view(&p->name);
    if (find(p->section, name))
        return bad_line(p, p->line, "this key occurs twice in its section", err);
    rc = add(p->section, name, p->line, &p->key, err);
    if (rc)
        return rc;
    pail_buf_reset(&p->value);
    pail_buf_str(&p->value, trim(pail_str_from(text, at + 1)));
    return 0;
}

/* Characters of white space at the front. */
static size_t indent_of(struct pail_str line)
{
    size_t count = 0, n;
    uint32_t cp;

    for (; (n = pail_utf8_decode(line, &cp)) && pail_utf8_is_space(cp); count++)
        line = pail_str_from(line, n);
    return count;
}

static int take_line(struct parser *p, struct pail_str line, struct pail_error *err)
{
    if (!pail_str_is_utf8(line))
        return bad_line(p, p->line, "not UTF-8", err);
    struct pail_str text = trim(line);
    if (text.len == 0) {
        if (p->key)
            pail_buf_char(&p->value, '\n');
        return 0;
    }
    if (text.ptr[0] == '#' || text.ptr[0] == ';')
        return 0;

    size_t indent = indent_of(line);
    if (p->key && indent > p->indent) {
        pail_buf_char(&p->value, '\n');
        pail_buf_str(&p->value, text);
        return 0;
    }
    p->indent = indent;
    if (text.ptr[0] == '[') {
        size_t end = pail_str_rfind(text, ']');
        if (end != SIZE_MAX && end >= 2)
            return section_line(p, pail_str_sub(text, 1, end - 1), err);
    }
    if (!p->section)
        return bad_line(p, p->line, "text before the first section", err);
    return key_line(p, text, err);
}

static int take_lines(struct parser *p, struct pail_str text, struct pail_error *err)
{
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && text.ptr[end] != '\n' && text.ptr[end] != '\r')
            end++;
        p->line++;
        int rc = take_line(p, pail_str_sub(text, at, end - at), err);
        if (rc)
            return rc;
        bool crlf = text.len - end >= 2 && text.ptr[end] == '\r' && text.ptr[end + 1] == '\n';
        at = end + (crlf ? 2 : 1);
    }
    return finish_key(p, err);
}

/* ---- Nested blocks ---- */

/* Inside of a value Python's splitlines() decides, which knows more line ends than files do. */
static bool ends_nested_line(uint32_t cp)
{
    return cp == '\n' || cp == '\v' || cp == '\f' || (cp >= 0x1c && cp <= 0x1e) || cp == 0x85 ||
           cp == 0x2028 || cp == 0x2029;
}

static struct pail_str take_nested_line(struct pail_str *rest)
{
    struct pail_str s = *rest;
    uint32_t cp;
    size_t n;

    while ((n = pail_utf8_decode(s, &cp)) && !ends_nested_line(cp))
        s = pail_str_from(s, n);
    struct pail_str line = pail_strn(rest->ptr, rest->len - s.len);
    *rest = pail_str_from(s, n);
    return line;
}

static int make_block(const struct parser *p, struct node *key, struct pail_error *err)
{
    struct pail_str rest = pail_strn(key->value, key->value_len);

    if (key->is_block || rest.len == 0 || rest.ptr[0] != '\n')
        return 0;
    key->is_block = true;
    while (rest.len) {
        struct pail_str line = trim(take_nested_line(&rest));
        if (line.len == 0)
            continue;
        size_t at = pail_str_find(line, '=');
        if (at == SIZE_MAX)
            return bad_line(p, key->line, "a line of the block below this key has no '='", err);
        struct pail_str name = pail_utf8_trim_right(pail_strn(line.ptr, at));
        struct node *n = find(key, name); /* in a block the last one wins */
        int rc = n ? 0 : add(key, name, key->line, &n, err);
        if (!rc)
            rc = set_value(n, trim(pail_str_from(line, at + 1)), err);
        if (rc)
            return rc;
    }
    return 0;
}

static int make_blocks(const struct parser *p, struct pail_error *err)
{
    const struct node *file = &p->ini->file, *defaults = &p->ini->defaults;
    int rc = 0;

    for (size_t i = 0; i < file->n; i++) {
        const struct node *section = file->child[i];
        for (size_t k = 0; k < section->n && !rc; k++)
            rc = make_block(p, section->child[k], err);
        for (size_t k = 0; k < defaults->n && !rc; k++)
            if (!find(section, name_of(defaults->child[k])))
                rc = make_block(p, defaults->child[k], err);
        if (rc)
            break;
    }
    return rc;
}

/* ---- Interface ---- */

int pail_ini_parse(struct pail_str text, const char *path, struct pail_ini **ret,
                   struct pail_error *err)
{
    PAIL_CLEANUP(pail_ini_free_p) struct pail_ini *ini = pail_zalloc(sizeof(*ini));
    if (!ini)
        return pail_error_nomem(err);

    /* Both buffers hold parts of the text; folding can lengthen a name by half. */
    struct parser p = {.ini = ini, .path = path};
    pail_buf_init(&p.name, text.len * 2 + 1);
    pail_buf_init(&p.value, text.len + 1);
    int rc = take_lines(&p, text, err);
    if (!rc)
        rc = make_blocks(&p, err);
    pail_buf_done(&p.name);
    pail_buf_done(&p.value);
    if (!rc)
        *ret = PAIL_STEAL(ini);
    return rc;
}

void pail_ini_free(struct pail_ini *ini)
{
    if (!ini)
        return;
    node_done(&ini->file);
    node_done(&ini->defaults);
    pail_free(ini);
}

struct pail_str pail_ini_section(const struct pail_ini *ini, size_t i)
{
    return i < ini->file.n ? name_of(ini->file.child[i]) : pail_str(NULL);
}

/* The k-th key that the section shows: its own, then the defaults that it lacks. */
static const struct node *visible_key(const struct pail_ini *ini, size_t section, size_t k)
{
    if (section >= ini->file.n)
        return NULL;
    const struct node *s = ini->file.child[section];
    if (k < s->n)
        return s->child[k];
    k -= s->n;
    for (size_t i = 0; i < ini->defaults.n; i++) {
        const struct node *d = ini->defaults.child[i];
        if (!find(s, name_of(d)) && k-- == 0)
            return d;
    }
    return NULL;
}

struct pail_str pail_ini_get(const struct pail_ini *ini, size_t section, const char *sub,
                             const char *key)
{
    if (section >= ini->file.n)
        return pail_str(NULL);
    struct pail_str name = pail_str(sub ? sub : key);
    const struct node *n = find(ini->file.child[section], name);
    if (!n)
        n = find(&ini->defaults, name);
    if (sub && n)
        n = find(n, pail_str(key));
    return n && !n->is_block ? pail_strn(n->value, n->value_len) : pail_str(NULL);
}

bool pail_ini_key(const struct pail_ini *ini, size_t section, size_t k, struct pail_str *ret_key,
                  struct pail_str *ret_value, bool *ret_is_block)
{
    const struct node *n = visible_key(ini, section, k);

    if (!n)
        return false;
    *ret_key = name_of(n);
    *ret_value = pail_strn(n->value, n->value_len);
    *ret_is_block = n->is_block;
    return true;
}

bool pail_ini_block_key(const struct pail_ini *ini, size_t section, size_t k, size_t j,
                        struct pail_str *ret_key, struct pail_str *ret_value)
{
    const struct node *n = visible_key(ini, section, k);

    if (!n || j >= n->n)
        return false;
    *ret_key = name_of(n->child[j]);
    *ret_value = pail_strn(n->child[j]->value, n->child[j]->value_len);
    return true;
}
