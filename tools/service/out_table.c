/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --output table: boxes of "-", "+" and "|".
 *
 * First the answer becomes sections (a title, a header line, rows), nested structures being
 * sections of their own, one level further in. Then all sections are drawn as wide as the widest,
 * columns stretched in proportion. When that is wider than the terminal, sections of a single row
 * are turned: one line per column.
 */
#include "tools/service/output.h"

#include <math.h>

#include "base/alloc.h"
#include "base/str.h"
#include "base/utf8.h"
#include "base/value_repr.h"

#define PADDING 4 /* of a column */
#define NO_COLUMNS SIZE_MAX

struct section {
    struct pail_str title;
    size_t indent;
    struct pail_value *headers; /* list of texts; NULL: none */
    struct pail_value *rows;    /* list of lists of texts */
    size_t n_columns;           /* NO_COLUMNS: nothing added yet */
    size_t *widths;
    size_t n_widths;
};

struct table {
    struct pail_values *vs;
    struct section *sections;
    size_t n, cap;
    const struct pail_table_style *style;
    struct pail_error *err;
    int rc;
};

size_t pail_out_width(struct pail_str s)
{
    static const struct {
        uint32_t from, to;
    } wide[] = {
#include "wide.inc"
    };
    size_t columns = 0;
    for (size_t i = 0; i < s.len; columns++) {
        uint32_t cp = 0;
        size_t n = pail_utf8_decode(pail_str_from(s, i), &cp);
        i += n ? n : 1;
        size_t low = 0, high = PAIL_ARRAY_LEN(wide);
        while (cp >= 0x80 && low < high) {
            size_t mid = low + (high - low) / 2;
            if (wide[mid].to < cp)
                low = mid + 1;
            else
                high = mid;
        }
        if (cp >= 0x80 && low < PAIL_ARRAY_LEN(wide) && wide[low].from <= cp)
            columns++;
    }
    return columns;
}

static bool is_many(const struct pail_value *v)
{
    return pail_value_type(v) == PAIL_VAL_LIST || pail_value_type(v) == PAIL_VAL_MAP;
}

static bool is_empty(const struct pail_value *v)
{
    double d;
    bool b;
    switch (pail_value_type(v)) {
    case PAIL_VAL_NONE:
    case PAIL_VAL_NULL:
        return true;
    case PAIL_VAL_BOOL:
        return pail_value_as_bool(v, &b) && !b;
    case PAIL_VAL_INT:
    case PAIL_VAL_REAL:
        return pail_value_as_real(v, &d) && d == 0;
    case PAIL_VAL_STRING:
        return !pail_value_as_str(v).len;
    case PAIL_VAL_LIST:
    case PAIL_VAL_MAP:
        return !pail_value_len(v);
    default:
        return false;
    }
}

/* ---- Sections -------------------------------------------------------------------------------- */

static void out_of_memory(struct table *t)
{
    if (!t->rc)
        t->rc = pail_error_nomem(t->err);
}

static void new_section(struct table *t, struct pail_str title, size_t indent)
{
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : 16;
        struct section *sections = pail_reallocarray(t->sections, cap, sizeof(*sections));
        if (!sections) {
            out_of_memory(t);
            return;
        }
        t->sections = sections;
        t->cap = cap;
    }
    t->sections[t->n++] = (struct section){
        .title = title, .indent = indent, .rows = pail_value_list(t->vs), .n_columns = NO_COLUMNS};
}

static void widen(struct table *t, struct section *s, const struct pail_value *row)
{
    size_t n = pail_value_len(row);
    if (!s->n_widths && n) {
        s->widths = pail_calloc(n, sizeof(*s->widths));
        if (!s->widths) {
            out_of_memory(t);
            return;
        }
        s->n_widths = n;
    }
    for (size_t i = 0; i < n && i < s->n_widths; i++) {
        size_t width = pail_out_width(pail_value_as_str(pail_value_at(row, i)));
        if (width > s->widths[i])
            s->widths[i] = width;
    }
}

static void add_row(struct table *t, struct pail_value *row)
{
    if (t->rc || !t->n)
        return;
    struct section *s = &t->sections[t->n - 1];
    size_t n = pail_value_len(row);
    if (s->n_columns == NO_COLUMNS)
        s->n_columns = n;
    if (n != s->n_columns) {
        t->rc = pail_error_set(t->err, PAIL_D_USAGE, PAIL_E_INVALID,
                               "Row should have %zu elements, instead it has %zu", s->n_columns, n);
        return;
    }
    pail_value_append(t->vs, s->rows, row);
    widen(t, s, row);
}

static void set_headers(struct table *t, struct pail_value *headers)
{
    if (t->rc || !t->n)
        return;
    struct section *s = &t->sections[t->n - 1];
    widen(t, s, headers);
    if (s->n_columns == NO_COLUMNS)
        s->n_columns = pail_value_len(headers);
    s->headers = pail_value_len(headers) ? headers : NULL;
}

static void add_cell(struct table *t, struct pail_value *row, const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    if (v)
        pail_value_pystr(&text, v);
    pail_value_append(t->vs, row, pail_value_str(t->vs, pail_buf_view(&text)));
}

/* ---- From the answer to sections ------------------------------------------------------------- */

static void build(struct table *t, struct pail_str title, const struct pail_value *v,
                  size_t indent);

/* Puts key into a sorted list of texts, once. */
static struct pail_value *with_key(struct table *t, struct pail_value *keys, struct pail_str key)
{
    struct pail_value *to = pail_value_list(t->vs);
    bool in = false;
    for (size_t i = 0; i < pail_value_len(keys); i++) {
        struct pail_value *k = pail_value_at(keys, i);
        int order = pail_str_cmp(pail_value_as_str(k), key);
        if (order == 0)
            return keys;
        if (order > 0 && !in) {
            pail_value_append(t->vs, to, pail_value_str(t->vs, key));
            in = true;
        }
        pail_value_append(t->vs, to, k);
    }
    if (!in)
        pail_value_append(t->vs, to, pail_value_str(t->vs, key));
    return to;
}

static void sort_keys(struct table *t, const struct pail_value *map, struct pail_value **headers,
                      struct pail_value **more)
{
    for (size_t i = 0; i < pail_value_len(map); i++) {
        struct pail_value **to = is_many(pail_value_at(map, i)) ? more : headers;
        *to = with_key(t, *to, pail_value_key_at(map, i));
    }
}

static void build_map(struct table *t, const struct pail_value *v, size_t indent)
{
    struct pail_value *headers = pail_value_list(t->vs), *more = pail_value_list(t->vs);
    struct pail_value *row = pail_value_list(t->vs);
    sort_keys(t, v, &headers, &more);
    size_t n = pail_value_len(headers);
    if (n == 1)
        add_cell(t, row, pail_value_at(headers, 0));
    else if (n)
        set_headers(t, headers);
    for (size_t i = 0; i < n; i++)
        add_cell(t, row, pail_value_get(v, pail_value_as_str(pail_value_at(headers, i))));
    if (n)
        add_row(t, row);
    for (size_t i = 0; i < pail_value_len(more) && !t->rc; i++) {
        struct pail_str key = pail_value_as_str(pail_value_at(more, i));
        build(t, key, pail_value_get(v, key), indent + 1);
    }
}

static void build_maps(struct table *t, struct pail_str title, const struct pail_value *list,
                       size_t indent)
{
    struct pail_value *headers = pail_value_list(t->vs), *more = pail_value_list(t->vs);
    for (size_t i = 0; i < pail_value_len(list); i++) {
        if (pail_value_type(pail_value_at(list, i)) != PAIL_VAL_MAP) {
            t->rc = pail_error_set(t->err, PAIL_D_USAGE, PAIL_E_INVALID,
                                   "A list of structures and other values has no table");
            return;
        }
        sort_keys(t, pail_value_at(list, i), &headers, &more);
    }
    set_headers(t, headers);
    for (size_t i = 0; i < pail_value_len(list) && !t->rc; i++) {
        const struct pail_value *e = pail_value_at(list, i);
        struct pail_value *row = pail_value_list(t->vs);
        if (i && pail_value_len(more)) {
            new_section(t, title, indent);
            set_headers(t, headers);
        }
        for (size_t k = 0; k < pail_value_len(headers); k++)
            add_cell(t, row, pail_value_get(e, pail_value_as_str(pail_value_at(headers, k))));
        add_row(t, row);
        for (size_t k = 0; k < pail_value_len(more) && !t->rc; k++) {
            struct pail_str key = pail_value_as_str(pail_value_at(more, k));
            if (pail_value_get(e, key))
                build(t, key, pail_value_get(e, key), indent + 1);
        }
    }
}

static void build_list(struct table *t, const struct pail_value *list)
{
    for (size_t i = 0; i < pail_value_len(list) && !t->rc; i++) {
        const struct pail_value *e = pail_value_at(list, i);
        struct pail_value *row = pail_value_list(t->vs);
        bool flat = true;
        if (!is_many(e)) {
            add_cell(t, row, e);
            add_row(t, row);
            continue;
        }
        for (size_t k = 0; k < pail_value_len(e); k++)
            flat = flat && !is_many(pail_value_at(e, k));
        for (size_t k = 0; flat && k < pail_value_len(e); k++)
            add_cell(t, row, pail_value_at(e, k));
        if (flat)
            add_row(t, row);
        else
            build(t, pail_strn(NULL, 0), e, 0);
    }
}

static void build(struct table *t, struct pail_str title, const struct pail_value *v, size_t indent)
{
    if (t->rc || is_empty(v))
        return;
    if (title.ptr)
        new_section(t, title, indent);
    if (pail_value_type(v) == PAIL_VAL_MAP)
        build_map(t, v, indent);
    else if (pail_value_type(v) != PAIL_VAL_LIST)
        return;
    else if (pail_value_type(pail_value_at(v, 0)) == PAIL_VAL_MAP)
        build_maps(t, title, v, indent);
    else
        build_list(t, v);
}

/* ---- Drawing --------------------------------------------------------------------------------- */

static void repeat(struct pail_buf *to, char c, ptrdiff_t n)
{
    for (; n > 0; n--)
        pail_buf_char(to, c);
}

static size_t total_width(const struct section *s)
{
    size_t total = 2 + 2 * s->indent, title = pail_out_width(s->title) + 2 + 2 * s->indent;
    for (size_t i = 0; i < s->n_widths; i++)
        total += s->widths[i] + PADDING;
    return title > total ? title : total;
}

static size_t max_width(const struct table *t)
{
    size_t max = 0;
    for (size_t i = 0; i < t->n; i++) {
        size_t w = total_width(&t->sections[i]);
        max = w > max ? w : max;
    }
    return max;
}

/* Columns stretched to width; what rounding leaves over is dealt out one by one. */
static void scale(const struct section *s, size_t width, ptrdiff_t *ret)
{
    double sum = 0;
    ptrdiff_t off = -(ptrdiff_t)width;
    for (size_t i = 0; i < s->n_widths; i++)
        sum += (double)(s->widths[i] + PADDING);
    for (size_t i = 0; i < s->n_widths; i++) {
        ret[i] = (ptrdiff_t)nearbyint((double)width / sum * (double)(s->widths[i] + PADDING));
        off += ret[i];
    }
    while (off != 0) {
        for (size_t i = 0; i < s->n_widths && off > 0; i++, off--)
            ret[i]--;
        for (size_t i = s->n_widths; i > 0 && off < 0; i--, off++)
            ret[i - 1]++;
    }
}

static void begin_line(struct table *t, struct pail_buf *to, const struct section *s)
{
    for (size_t i = 0; i < s->indent; i++)
        pail_buf_z(to, t->style->color ? "\033[2m\033[33m|\033[0m" : "|");
}

static void end_line(struct table *t, struct pail_buf *to, const struct section *s)
{
    begin_line(t, to, s);
    pail_buf_char(to, '\n');
}

static void centre(struct pail_buf *to, struct pail_str text, ptrdiff_t width, const char *left)
{
    ptrdiff_t len = (ptrdiff_t)pail_out_width(text), edge = (ptrdiff_t)strlen(left);
    ptrdiff_t start = width / 2 - len / 2 - 1;
    pail_buf_z(to, left);
    repeat(to, ' ', start);
    pail_buf_str(to, text);
    repeat(to, ' ', width - 1 - (edge + start + len));
    pail_buf_char(to, '|');
}

static void align_left(struct table *t, struct pail_buf *to, struct pail_str text, ptrdiff_t width,
                       const char *left)
{
    ptrdiff_t len = (ptrdiff_t)pail_out_width(text), edge = (ptrdiff_t)strlen(left);
    ptrdiff_t padding = width - (len + 2 + edge + 1) >= 0 ? 2 : 0;
    pail_buf_z(to, left);
    repeat(to, ' ', padding);
    pail_buf_z(to, t->style->color ? "\033[1m\033[34m" : "");
    pail_buf_str(to, text);
    pail_buf_z(to, t->style->color ? "\033[0m" : "");
    repeat(to, ' ', width - (edge + padding + len) - 1);
    pail_buf_char(to, '|');
}

static void rule(struct table *t, struct pail_buf *to, const struct section *s,
                 const ptrdiff_t *widths)
{
    begin_line(t, to, s);
    for (size_t i = 0; i < s->n_widths; i++) {
        if (i == 0)
            pail_buf_char(to, '+');
        repeat(to, '-', widths[i] - (i == 0 ? 2 : 1));
        pail_buf_char(to, '+');
    }
    end_line(t, to, s);
}

static void draw_rows(struct table *t, struct pail_buf *to, const struct section *s,
                      const ptrdiff_t *widths)
{
    if (s->headers) {
        rule(t, to, s, widths);
        begin_line(t, to, s);
        for (size_t i = 0; i < s->n_widths; i++)
            centre(to, pail_value_as_str(pail_value_at(s->headers, i)), widths[i], i ? "" : "|");
        end_line(t, to, s);
    }
    if (!pail_value_len(s->rows) || !s->n_widths)
        return;
    rule(t, to, s, widths);
    for (size_t r = 0; r < pail_value_len(s->rows); r++) {
        const struct pail_value *row = pail_value_at(s->rows, r);
        begin_line(t, to, s);
        for (size_t i = 0; i < s->n_widths; i++)
            align_left(t, to, pail_value_as_str(pail_value_at(row, i)), widths[i], i ? "" : "|");
        end_line(t, to, s);
    }
    rule(t, to, s, widths);
}

static void draw(struct table *t, struct pail_buf *to, const struct section *s, size_t width)
{
    PAIL_AUTOFREE ptrdiff_t *widths = pail_calloc(s->n_widths + 1, sizeof(*widths));
    if (!widths) {
        out_of_memory(t);
        return;
    }
    width -= 2 * s->indent;
    scale(s, s->n_widths ? width : 0, widths);
    if (s->title.len) {
        begin_line(t, to, s);
        centre(to, s->title, (ptrdiff_t)width, "|");
        end_line(t, to, s);
        if (!s->headers && !pail_value_len(s->rows)) {
            begin_line(t, to, s);
            pail_buf_char(to, '+');
            repeat(to, '-', (ptrdiff_t)width - 2);
            pail_buf_char(to, '+');
            end_line(t, to, s);
        }
    }
    draw_rows(t, to, s, widths);
}

static void turn(struct table *t, struct section *s)
{
    if (pail_value_len(s->rows) != 1 || !s->headers)
        return;
    struct section old = *s;
    const struct pail_value *row = pail_value_at(old.rows, 0);
    *s = (struct section){
        .title = old.title, .indent = old.indent, .rows = pail_value_list(t->vs), .n_columns = 2};
    pail_free(old.widths);
    for (size_t i = 0; i < pail_value_len(old.headers); i++) {
        struct pail_value *line = pail_value_list(t->vs);
        pail_value_append(t->vs, line, pail_value_at(old.headers, i));
        pail_value_append(t->vs, line, pail_value_at(row, i));
        pail_value_append(t->vs, s->rows, line);
        widen(t, s, line);
    }
}

static void draw_all(struct table *t, struct pail_buf *to)
{
    if (max_width(t) > t->style->width)
        for (size_t i = 0; i < t->n; i++)
            turn(t, &t->sections[i]);
    size_t width = max_width(t);
    repeat(to, '-', (ptrdiff_t)width);
    pail_buf_char(to, '\n');
    for (size_t i = 0; i < t->n && !t->rc; i++)
        draw(t, to, &t->sections[i], width);
}

int pail_out_table(struct pail_buf *to, const char *title, const struct pail_value *v,
                   const struct pail_table_style *style, struct pail_error *err)
{
    struct table t = {.style = style, .err = err};
    int rc = pail_values_new(&t.vs, err);
    if (rc)
        return rc;
    build(&t, pail_str(title), v, 0);
    if (!t.rc)
        t.rc = pail_values_check(t.vs, err);
    if (!t.rc && t.n)
        draw_all(&t, to);
    for (size_t i = 0; i < t.n; i++)
        pail_free(t.sections[i].widths);
    pail_free(t.sections);
    pail_values_free(t.vs);
    return t.rc;
}
