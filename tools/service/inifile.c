/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line by line: the section's head, the key's line, or behind the last line that has a key.
 */
#include "tools/service/inifile.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/str.h"

#define FILE_MAX_BYTES ((size_t)16 << 20)

/* The next line with its newline; false at the end. */
static bool take_line(struct pail_str *rest, struct pail_str *ret)
{
    if (!rest->len)
        return false;
    size_t end = pail_str_find(*rest, '\n');
    size_t n = end == SIZE_MAX ? rest->len : end + 1;
    *ret = pail_str_sub(*rest, 0, n);
    *rest = pail_str_from(*rest, n);
    return true;
}

static bool is_comment(struct pail_str line)
{
    struct pail_str s = pail_str_trim(line);
    return s.len && (s.ptr[0] == '#' || s.ptr[0] == ';');
}

static bool is_head(struct pail_str line)
{
    struct pail_str s = pail_str_trim(line);
    return !is_comment(line) && s.len > 2 && s.ptr[0] == '[' && pail_str_find(s, ']') != SIZE_MAX;
}

/* "[profile dev]" or [profile "dev"]. */
static bool is_head_of(struct pail_str line, struct pail_str section)
{
    struct pail_str s = pail_str_trim(line);
    if (!is_head(line))
        return false;
    s = pail_str_sub(s, 1, pail_str_find(s, ']') - 1);
    if (pail_str_eq(s, section))
        return true;
    size_t space = pail_str_find(section, ' ');
    if (space == SIZE_MAX || s.len != section.len + 2)
        return false;
    return pail_str_eq(pail_str_sub(s, 0, space + 1), pail_str_sub(section, 0, space + 1)) &&
           s.ptr[space + 1] == '"' && s.ptr[s.len - 1] == '"' &&
           pail_str_eq(pail_str_sub(s, space + 2, s.len - space - 3),
                       pail_str_from(section, space + 1));
}

static size_t indent_of(struct pail_str line)
{
    size_t n = 0;
    while (n < line.len && (line.ptr[n] == ' ' || line.ptr[n] == '\t'))
        n++;
    return n;
}

/* The key of "key = value"; ptr NULL: it has none. */
static struct pail_str key_of(struct pail_str line)
{
    size_t eq = pail_str_find(line, '='), colon = pail_str_find(line, ':');
    size_t at = eq < colon ? eq : colon;
    if (at == SIZE_MAX || at == 0)
        return pail_strn(NULL, 0);
    return pail_str_trim(pail_str_sub(line, 0, at));
}

static void put_value(struct pail_buf *to, size_t indent, struct pail_str key,
                      struct pail_str value)
{
    for (; indent; indent--)
        pail_buf_char(to, ' ');
    pail_buf_str(to, key);
    pail_buf_z(to, " = ");
    pail_buf_str(to, value);
    pail_buf_char(to, '\n');
}

static void put_new(struct pail_buf *to, const struct pail_ini_edit *e)
{
    if (!e->sub.ptr) {
        put_value(to, 0, e->key, e->value);
        return;
    }
    pail_buf_str(to, e->key);
    pail_buf_z(to, " =\n");
    put_value(to, 4, e->sub, e->value);
}

static void end_line(struct pail_buf *to)
{
    if (to->len && to->ptr[to->len - 1] != '\n')
        pail_buf_char(to, '\n');
}

/* What follows the line of the block's key. Returns what is left behind the block. */
static struct pail_str edit_block(struct pail_buf *to, struct pail_str rest, size_t indent,
                                  const struct pail_ini_edit *e)
{
    struct pail_str line, before = rest;
    bool done = false;
    while (take_line(&rest, &line)) {
        struct pail_str key = key_of(line);
        if (is_head(line) || (key.ptr && !is_comment(line) && indent_of(line) <= indent)) {
            rest = before;
            break;
        }
        if (!done && key.ptr && pail_str_eq(key, e->sub)) {
            put_value(to, indent_of(line), e->sub, e->value);
            done = true;
        } else {
            pail_buf_str(to, line);
        }
        before = rest;
    }
    if (!done) {
        end_line(to);
        put_value(to, 4, e->sub, e->value);
    }
    return rest;
}

/* The lines of the section; *ret_done: the value is in. */
static struct pail_str edit_section(struct pail_buf *to, struct pail_str rest,
                                    const struct pail_ini_edit *e)
{
    struct pail_str line, before = rest;
    size_t last = to->len; /* behind the last line that has a key */
    PAIL_CLEANUP(pail_buf_done) struct pail_buf tail = PAIL_BUF_INIT(FILE_MAX_BYTES);
    while (take_line(&rest, &line)) {
        struct pail_str key = key_of(line);
        if (is_head(line)) {
            rest = before;
            break;
        }
        if (key.ptr && pail_str_eq(key, e->key)) {
            if (!e->sub.ptr) {
                put_value(to, 0, e->key, e->value);
                return rest;
            }
            pail_buf_str(to, line);
            end_line(to);
            return edit_block(to, rest, indent_of(line), e);
        }
        pail_buf_str(to, line);
        if (key.ptr)
            last = to->len;
        before = rest;
    }
    pail_buf_str(&tail, pail_str_from(pail_buf_view(to), last));
    pail_buf_truncate(to, last);
    end_line(to);
    put_new(to, e);
    pail_buf_str(to, pail_buf_view(&tail));
    return rest;
}

void pail_ini_edit(struct pail_buf *to, struct pail_str text, const struct pail_ini_edit *e)
{
    struct pail_str line, rest = text;
    while (take_line(&rest, &line)) {
        pail_buf_str(to, line);
        if (!is_head_of(line, e->section))
            continue;
        end_line(to);
        rest = edit_section(to, rest, e);
        pail_buf_str(to, rest);
        return;
    }
    end_line(to);
    pail_buf_fmt(to, "[%.*s]\n", PAIL_STR_ARG(e->section));
    put_new(to, e);
}

int pail_ini_set(const char *path, const struct pail_ini_edit *e, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(FILE_MAX_BYTES);
    PAIL_AUTOFREE char *old = NULL;
    size_t len = 0;
    struct pail_file_stat st;
    if (pail_str_find(e->value, '\n') != SIZE_MAX || pail_str_find(e->value, '\r') != SIZE_MAX)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "Invalid value for key %.*s: newline characters and carriage returns "
                              "are not allowed.",
                              PAIL_STR_ARG(e->key));
    bool there = !pail_file_stat(path, &st, NULL);
    int rc = there ? pail_file_read_all(path, FILE_MAX_BYTES, &old, &len, err) : 0;
    const char *slash = strrchr(path, '/');
    if (!rc && !there && slash && slash != path) {
        PAIL_AUTOFREE char *dir = pail_strndup(pail_strn(path, (size_t)(slash - path)));
        rc = dir ? pail_file_mkdirs(dir, 0777, err) : pail_error_nomem(err);
    }
    if (rc)
        return rc;
    pail_ini_edit(&text, pail_strn(old, len), e);
    rc = pail_buf_check(&text, path, err);
    if (!rc)
        rc = pail_file_write_all(path, (struct pail_bytes){text.ptr, text.len}, 0600, err);
    return rc;
}
