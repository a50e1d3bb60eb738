/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader is a thin cover over jansson: a struct pail_jnode is a json_t seen from outside, so
 * reading allocates nothing. jansson's own nesting limit (2048) is for its parser's stack; ours is
 * checked by a scan beforehand, because a tree is also walked recursively later (printing,
 * freeing). Of jansson's messages the part that quotes the text is dropped: documents that are
 * parsed here hold credentials.
 *
 * The writer needs no library. Text that is not UTF-8 cannot stand in JSON; each such byte becomes
 * U+FFFD.
 */
#include "base/json.h"

#include <jansson.h>

#include "base/alloc.h"
#include "base/str.h"
#include "base/thread.h"
#include "base/utf8.h"

#define MAX_DEPTH 128

struct pail_json {
    json_t *root;
};

/* Some paths of jansson report a lack of memory as bad text; its allocator knows better. */
static _Thread_local bool out_of_memory;

/* Worse, the buffer that collects a word loses the letter for which it could not grow, and when
 * that is the closing quote, jansson reads on behind it. So the blocks that the longest word would
 * make it grow to are at hand during a parse: the word is read well, and the flag above then fails
 * the parse. */
#define SPARE_MIN 32 /* the first size it grows to; each is twice the one before */
#define SPARES 32
static _Thread_local void *spare[SPARES];

static void *take_spare(size_t n)
{
    for (size_t i = 0, size = SPARE_MIN; i < SPARES; i++, size *= 2) {
        if (spare[i] && size == n)
            return PAIL_STEAL(spare[i]);
    }
    return NULL;
}

static void drop_spares(void)
{
    for (size_t i = 0; i < SPARES; i++)
        pail_free(PAIL_STEAL(spare[i]));
}

/* For words of up to n bytes. */
static bool make_spares(size_t n)
{
    size_t have = SPARE_MIN / 2;
    for (size_t i = 0; i < SPARES && have <= n; i++, have *= 2) {
        spare[i] = pail_alloc(2 * have);
        if (!spare[i]) {
            drop_spares();
            return false;
        }
    }
    return true;
}

/* Of the longest string or number in the text, with quotes and a byte for the end; no less. */
static size_t longest_word(struct pail_str text)
{
    size_t longest = 0, from = 0;
    bool in_string = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_string && c == '\\') {
            i++;
        } else if (c == '"') {
            in_string = !in_string;
        } else if (!in_string && strchr(" \t\r\n,:[]{}", c)) {
            from = i + 1;
        }
        longest = pail_max_u64(longest, i + 3 - from);
    }
    return longest;
}

static void *json_malloc(size_t n)
{
    void *p = pail_alloc(n);

    if (p)
        return p;
    out_of_memory = true;
    return take_spare(n);
}

static void hook_allocator(void)
{
    json_set_alloc_funcs(json_malloc, pail_free);
}

/* Offset of the bracket that opens one level too many, or SIZE_MAX. Brackets in strings do not
 * count. */
static size_t find_too_deep(struct pail_str text)
{
    unsigned depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > MAX_DEPTH)
                return i;
        } else if ((c == ']' || c == '}') && depth) {
            depth--;
        }
    }
    return SIZE_MAX;
}

static int parse_error(const json_error_t *e, const char *what, struct pail_error *err)
{
    if (out_of_memory)
        return pail_error_nomem(err);
    struct pail_str why = pail_str(e->text);
    size_t quote = pail_str_find_str(why, PAIL_STR(" near '"));
    if (quote != SIZE_MAX)
        why.len = quote;
    return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE, "%s: line %d column %d: %.*s", what,
                          e->line, e->column, PAIL_STR_ARG(why));
}

int pail_json_parse(struct pail_str text, const char *what, struct pail_json **ret,
                    struct pail_error *err)
{
    static struct pail_once once = PAIL_ONCE_INIT;
    pail_once(&once, hook_allocator);

    size_t deep = find_too_deep(text);
    if (deep != SIZE_MAX)
        return pail_error_set(err, PAIL_D_DATA, PAIL_E_PARSE,
                              "%s: byte %zu: nested deeper than %d levels", what, deep, MAX_DEPTH);

    struct pail_json *doc = pail_alloc(sizeof(*doc));
    if (!doc || !make_spares(longest_word(text))) {
        pail_free(doc);
        return pail_error_nomem(err);
    }
    json_error_t e;
    out_of_memory = false;
    doc->root = json_loadb(text.len ? text.ptr : "", text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL,
                           &e);
    drop_spares();
    if (doc->root && out_of_memory) { /* and some even as success, with letters missing */
        pail_json_free(doc);
        return pail_error_nomem(err);
    }
    if (!doc->root) {
        pail_free(doc);
        return parse_error(&e, what, err);
    }
    *ret = doc;
    return 0;
}

void pail_json_free(struct pail_json *doc)
{
    if (!doc)
        return;
    json_decref(doc->root);
    pail_free(doc);
}

/* jansson's readers take non-const pointers although they change nothing. */
static json_t *inner(const struct pail_jnode *n)
{
    return (json_t *)n;
}

static const struct pail_jnode *outer(const json_t *j)
{
    return (const struct pail_jnode *)j;
}

const struct pail_jnode *pail_json_root(const struct pail_json *doc)
{
    return doc ? outer(doc->root) : NULL;
}

enum pail_json_type pail_json_type(const struct pail_jnode *n)
{
    if (!n)
        return PAIL_JSON_NONE;
    switch (json_typeof(inner(n))) {
    case JSON_OBJECT:
        return PAIL_JSON_OBJECT;
    case JSON_ARRAY:
        return PAIL_JSON_ARRAY;
    case JSON_STRING:
        return PAIL_JSON_STRING;
    case JSON_INTEGER:
        return PAIL_JSON_INT;
    case JSON_REAL:
        return PAIL_JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return PAIL_JSON_BOOL;
    case JSON_NULL:
        break;
    }
    return PAIL_JSON_NULL;
}

const struct pail_jnode *pail_json_get(const struct pail_jnode *object, const char *key)
{
    return outer(json_object_get(inner(object), key));
}

const struct pail_jnode *pail_json_iget(const struct pail_jnode *object, const char *key)
{
    const struct pail_jnode *value;
    struct pail_str name, wanted = pail_str(key);

    for (void *it = NULL; pail_json_each(object, &it, &name, &value);)
        if (pail_str_ieq(name, wanted))
            return value;
    return NULL;
}

size_t pail_json_len(const struct pail_jnode *n)
{
    return json_is_array(inner(n)) ? json_array_size(inner(n)) : json_object_size(inner(n));
}

const struct pail_jnode *pail_json_at(const struct pail_jnode *array, size_t i)
{
    return outer(json_array_get(inner(array), i));
}

bool pail_json_each(const struct pail_jnode *object, void **it, struct pail_str *ret_key,
                    const struct pail_jnode **ret_value)
{
    json_t *o = inner(object);

    *it = *it ? json_object_iter_next(o, *it) : json_object_iter(o);
    if (!*it)
        return false;
    *ret_key = pail_str(json_object_iter_key(*it));
    *ret_value = outer(json_object_iter_value(*it));
    return true;
}

struct pail_str pail_json_str(const struct pail_jnode *n)
{
    if (!json_is_string(inner(n)))
        return pail_str(NULL);
    return pail_strn(json_string_value(inner(n)), json_string_length(inner(n)));
}

bool pail_json_int(const struct pail_jnode *n, int64_t *ret)
{
    if (!json_is_integer(inner(n)))
        return false;
    *ret = json_integer_value(inner(n));
    return true;
}

bool pail_json_real(const struct pail_jnode *n, double *ret)
{
    if (!json_is_number(inner(n)))
        return false;
    *ret = json_number_value(inner(n));
    return true;
}

bool pail_json_bool(const struct pail_jnode *n, bool *ret)
{
    if (!json_is_boolean(inner(n)))
        return false;
    *ret = json_is_true(inner(n));
    return true;
}

/* ---- Writer ---- */

void pail_jw_init(struct pail_jwriter *w, struct pail_buf *to, unsigned indent)
{
    *w = (struct pail_jwriter){.to = to, .indent = indent};
}

static void new_line(struct pail_jwriter *w)
{
    if (w->indent == 0)
        return;
    pail_buf_char(w->to, '\n');
    for (unsigned i = 0; i < w->depth * w->indent; i++)
        pail_buf_char(w->to, ' ');
}

/* Whatever must stand between the last thing written and the value or key that comes now. */
static void before_item(struct pail_jwriter *w)
{
    if (w->after_key) {
        w->after_key = false;
    } else {
        if (w->need_comma)
            pail_buf_char(w->to, ',');
        if (w->depth)
            new_line(w);
    }
    w->need_comma = true;
}

static void open_level(struct pail_jwriter *w, char bracket)
{
    before_item(w);
    pail_buf_char(w->to, bracket);
    w->depth++;
    w->need_comma = false;
}

static void close_level(struct pail_jwriter *w, char bracket)
{
    w->depth--;
    if (w->need_comma)
        new_line(w);
    pail_buf_char(w->to, bracket);
    w->need_comma = true;
}

void pail_jw_object(struct pail_jwriter *w)
{
    open_level(w, '{');
}

void pail_jw_end_object(struct pail_jwriter *w)
{
    close_level(w, '}');
}

void pail_jw_array(struct pail_jwriter *w)
{
    open_level(w, '[');
}

void pail_jw_end_array(struct pail_jwriter *w)
{
    close_level(w, ']');
}

static void write_escape(struct pail_buf *to, uint8_t c)
{
    static const char named[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* pairs: character, its letter */

    for (size_t i = 0; i + 1 < sizeof(named); i += 2)
        if ((uint8_t)named[i] == c) {
            pail_buf_append(to, (char[]){'\\', named[i + 1]}, 2);
            return;
        }
    pail_buf_fmt(to, "\\u%04x", c);
}

static void write_string(struct pail_buf *to, struct pail_str s)
{
    size_t from = 0, i = 0;
    uint32_t cp;

    pail_buf_char(to, '"');
    while (i < s.len) {
        uint8_t c = (uint8_t)s.ptr[i];
        size_t n = c < 0x80 ? 1 : pail_utf8_decode(pail_str_from(s, i), &cp);
        if (n && c >= 0x20 && c != '"' && c != '\\') {
            i += n;
            continue;
        }
        pail_buf_str(to, pail_str_sub(s, from, i - from));
        if (n)
            write_escape(to, c);
        else
            pail_buf_z(to, "\xef\xbf\xbd");
        from = ++i;
    }
    pail_buf_str(to, pail_str_from(s, from));
    pail_buf_char(to, '"');
}

void pail_jw_key(struct pail_jwriter *w, struct pail_str key)
{
    before_item(w);
    write_string(w->to, key);
    pail_buf_z(w->to, w->indent ? ": " : ":");
    w->after_key = true;
}

void pail_jw_str(struct pail_jwriter *w, struct pail_str v)
{
    before_item(w);
    write_string(w->to, v);
}

void pail_jw_int(struct pail_jwriter *w, int64_t v)
{
    before_item(w);
    pail_buf_fmt(w->to, "%lld", (long long)v);
}

void pail_jw_bool(struct pail_jwriter *w, bool v)
{
    before_item(w);
    pail_buf_z(w->to, v ? "true" : "false");
}

void pail_jw_null(struct pail_jwriter *w)
{
    before_item(w);
    pail_buf_z(w->to, "null");
}

/* As Python prints floats: the fewest digits that read back, an exponent below 1e-4 and from 1e16
 * on. The locale's decimal point, where it is another, is put right. */
void pail_jw_real(struct pail_jwriter *w, double v)
{
    char text[48];
    int digits = 0;

    before_item(w);
    do {
        snprintf(text, sizeof(text), "%.*e", digits, v);
    } while (strtod(text, NULL) != v && ++digits <= 16);
    const char *e = strchr(text, 'e');
    int64_t exponent = 0;
    if (e && pail_str_to_i64(pail_str(e[1] == '+' ? e + 2 : e + 1), &exponent) && exponent >= -4 &&
        exponent < 16)
        snprintf(text, sizeof(text), "%.*f", digits > exponent ? digits - (int)exponent : 1, v);
    for (char *p = text; *p; p++)
        if (*p == ',')
            *p = '.';
    pail_buf_z(w->to, text);
}

static void write_object(struct pail_jwriter *w, const struct pail_jnode *n)
{
    struct pail_str key;
    const struct pail_jnode *value;

    pail_jw_object(w);
    for (void *it = NULL; pail_json_each(n, &it, &key, &value);) {
        pail_jw_key(w, key);
        pail_jw_node(w, value);
    }
    pail_jw_end_object(w);
}

static void write_array(struct pail_jwriter *w, const struct pail_jnode *n)
{
    pail_jw_array(w);
    for (size_t i = 0; i < pail_json_len(n); i++)
        pail_jw_node(w, pail_json_at(n, i));
    pail_jw_end_array(w);
}

/* Nesting is bounded by the parser. */
void pail_jw_node(struct pail_jwriter *w, const struct pail_jnode *n)
{
    switch (pail_json_type(n)) {
    case PAIL_JSON_OBJECT:
        write_object(w, n);
        break;
    case PAIL_JSON_ARRAY:
        write_array(w, n);
        break;
    case PAIL_JSON_STRING:
        pail_jw_str(w, pail_json_str(n));
        break;
    case PAIL_JSON_INT:
        pail_jw_int(w, json_integer_value(inner(n)));
        break;
    case PAIL_JSON_REAL:
        pail_jw_real(w, json_real_value(inner(n)));
        break;
    case PAIL_JSON_BOOL:
        pail_jw_bool(w, json_is_true(inner(n)));
        break;
    case PAIL_JSON_NULL:
    case PAIL_JSON_NONE:
        pail_jw_null(w);
        break;
    }
}
