/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a flow tells: tables for people, lines with tabs for pipes, structures where --output or
 * --query ask for one. What was done goes to stderr, what was asked for to stdout. A control
 * character in a name must not write on the terminal or break a line in two.
 */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/str.h"
#include "base/value_json.h"
#include "tools/curated/flow.h"
#include "tools/service/output.h"
#include "tools/service/run.h"

#define COLUMNS 16
#define TEXT_MAX ((size_t)64 << 20)

void pail_flow_row(struct pail_flow *f, struct pail_value *list, const char *key, ...)
{
    struct pail_value *row = pail_value_map(f->vs);
    va_list ap;
    va_start(ap, key);
    for (const struct pail_value *v; key; key = va_arg(ap, const char *)) {
        v = va_arg(ap, const struct pail_value *);
        pail_value_set(f->vs, row, pail_str(key),
                       v ? pail_value_copy(f->vs, v) : pail_value_null(f->vs));
    }
    va_end(ap);
    pail_value_append(f->vs, list, row);
}

static void cell(struct pail_buf *to, const struct pail_value *v)
{
    bool truth;
    double real;
    if (pail_value_type(v) == PAIL_VAL_LIST) {
        for (size_t i = 0; i < pail_value_len(v); i++) {
            pail_buf_z(to, i ? "," : "");
            cell(to, pail_value_at(v, i));
        }
        if (!pail_value_len(v))
            pail_buf_char(to, '-');
    } else if (pail_value_as_bool(v, &truth)) {
        pail_buf_z(to, truth ? "yes" : "no");
    } else if (pail_value_type(v) == PAIL_VAL_INT) {
        pail_value_to_json(to, v, NULL);
    } else if (pail_value_as_real(v, &real)) {
        pail_buf_fmt(to, "%.15g", real);
    } else if (pail_value_as_str(v).len) {
        pail_append_printable(to, pail_value_as_str(v));
    } else {
        pail_buf_char(to, '-');
    }
}

static size_t width_of(const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    cell(&text, v);
    return pail_out_width(pail_buf_view(&text));
}

static void pad(struct pail_buf *to, struct pail_str s, size_t width)
{
    size_t w = pail_out_width(s);
    pail_buf_str(to, s);
    for (; w < width + 2; w++)
        pail_buf_char(to, ' ');
}

static void put_columns(struct pail_buf *to, const struct pail_value *list)
{
    size_t widths[COLUMNS] = {0}, n = pail_value_len(pail_value_at(list, 0));
    n = n < COLUMNS ? n : COLUMNS;
    for (size_t c = 0; c < n; c++) {
        struct pail_str key = pail_value_key_at(pail_value_at(list, 0), c);
        widths[c] = key.len;
        for (size_t r = 0; r < pail_value_len(list); r++) {
            size_t w = width_of(pail_value_at(pail_value_at(list, r), c));
            widths[c] = w > widths[c] ? w : widths[c];
        }
        pad(to, key, c + 1 < n ? widths[c] : 0);
    }
    pail_buf_char(to, '\n');
    for (size_t r = 0; r < pail_value_len(list); r++) {
        for (size_t c = 0; c < n; c++) {
            PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
            cell(&text, pail_value_at(pail_value_at(list, r), c));
            pad(to, pail_buf_view(&text), c + 1 < n ? widths[c] : 0);
        }
        pail_buf_char(to, '\n');
    }
}

static void put_lines(struct pail_buf *to, const struct pail_value *list)
{
    for (size_t r = 0; r < pail_value_len(list); r++) {
        const struct pail_value *row = pail_value_at(list, r);
        for (size_t c = 0; c < pail_value_len(row); c++) {
            pail_buf_z(to, c ? "\t" : "");
            cell(to, pail_value_at(row, c));
        }
        pail_buf_char(to, '\n');
    }
}

static int finish(struct pail_flow *f, struct pail_buf *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    int rc = pail_values_check(f->vs, &err);
    if (!rc)
        rc = pail_buf_check(text, "output", &err);
    if (rc)
        return f->code = pail_cli_error(f->cli, &err);
    fwrite(pail_buf_cstr(text), 1, text->len, stdout);
    return f->code;
}

/* False: nobody asked for a structure. */
static bool structured(struct pail_flow *f, struct pail_value *v)
{
    if (!f->cli->g.output && !f->cli->g.query)
        return false;
    int code = pail_show(f->cli, f->name, v);
    f->code = f->code ? f->code : code;
    return true;
}

int pail_flow_rows(struct pail_flow *f, struct pail_value *list)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    list = pail_present(f->vs, list, NULL, false);
    if (structured(f, list))
        return f->code;
    if (isatty(STDOUT_FILENO) && pail_value_len(list))
        put_columns(&text, list);
    else
        put_lines(&text, list);
    return finish(f, &text);
}

int pail_flow_record(struct pail_flow *f, struct pail_value *map)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    bool tty = isatty(STDOUT_FILENO);
    size_t width = 0;
    map = pail_present(f->vs, map, NULL, false);
    if (structured(f, map))
        return f->code;
    for (size_t i = 0; i < pail_value_len(map); i++)
        if (pail_value_key_at(map, i).len > width)
            width = pail_value_key_at(map, i).len;
    for (size_t i = 0; i < pail_value_len(map); i++) {
        if (tty)
            pad(&text, pail_value_key_at(map, i), width);
        else
            pail_buf_fmt(&text, "%.*s\t", PAIL_STR_ARG(pail_value_key_at(map, i)));
        cell(&text, pail_value_at(map, i));
        pail_buf_char(&text, '\n');
    }
    return finish(f, &text);
}

void pail_flow_say(const struct pail_flow *f, const char *fmt, ...)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf raw = PAIL_BUF_INIT(64 << 10);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(256 << 10);
    va_list ap;
    if (f->common.quiet)
        return;
    va_start(ap, fmt);
    pail_buf_vfmt(&raw, fmt, ap);
    va_end(ap);
    pail_append_printable(&text, pail_buf_view(&raw));
    fflush(stdout);
    fprintf(stderr, "%s\n", pail_buf_cstr(&text));
}

int pail_flow_fail(struct pail_flow *f, int code, const char *fmt, ...)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(TEXT_MAX);
    va_list ap;
    va_start(ap, fmt);
    pail_buf_vfmt(&text, fmt, ap);
    va_end(ap);
    pail_cli_fail(f->cli, code, NULL, pail_buf_view(&text));
    return f->code = f->code ? f->code : code;
}

int pail_flow_misuse(struct pail_flow *f, const char *fmt, ...)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(64 << 10);
    va_list ap;
    va_start(ap, fmt);
    pail_buf_vfmt(&text, fmt, ap);
    va_end(ap);
    return f->code = pail_misuse(f->name, "%s", pail_buf_cstr(&text));
}

bool pail_flow_confirm(struct pail_flow *f, const char *fmt, ...)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf raw = PAIL_BUF_INIT(64 << 10);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(256 << 10);
    char answer[16] = "";
    va_list ap;
    if (f->yes)
        return true;
    va_start(ap, fmt);
    pail_buf_vfmt(&raw, fmt, ap);
    va_end(ap);
    pail_append_printable(&text, pail_buf_view(&raw));
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        pail_flow_misuse(f, "%s? There is no terminal to ask on: --yes", pail_buf_cstr(&text));
        return false;
    }
    fflush(stdout);
    fprintf(stderr, "%s? [y/N] ", pail_buf_cstr(&text));
    if (fgets(answer, sizeof(answer), stdin) &&
        (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0))
        return true;
    fputs("Nothing was changed.\n", stderr);
    f->code = PAIL_EXIT_PARTIAL;
    return false;
}

int pail_flow_list_all(struct pail_flow *f, const struct pail_flow_listing *listing,
                       struct pail_value *params, int argc)
{
    struct pail_value *rows = pail_value_list(f->vs);
    const struct pail_value *item;
    if (argc)
        return pail_flow_misuse(f, "wants no operands");
    struct pail_value *all = pail_flow_all(f, listing->operation, params);
    pail_value_each (item, pail_value_find(all, listing->items)) {
        struct pail_value *row = pail_value_map(f->vs);
        for (size_t i = 0;
             i < PAIL_ARRAY_LEN(listing->columns) && listing->columns[i].heading && !f->code; i++) {
            const char *path = listing->columns[i].path;
            const struct pail_value *v = path ? pail_value_find(item, path)
                                              : listing->columns[i].make(f, item);
            pail_value_set(f->vs, row, pail_str(listing->columns[i].heading),
                           v ? pail_value_copy(f->vs, v) : pail_value_null(f->vs));
        }
        pail_value_append(f->vs, rows, row);
    }
    return f->code ? f->code : pail_flow_rows(f, rows);
}
