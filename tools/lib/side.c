/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lib/side.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "base/uri.h"

#define MAX_WORDS 512

int pail_side_parse(const char *text, struct pail_side *ret, struct pail_error *err)
{
    memset(ret, 0, sizeof(*ret));
    if (!*text)
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "an empty name");
    if (!pail_str_starts(pail_str(text), PAIL_STR("s3://"))) {
        ret->path = text;
        return 0;
    }
    ret->s3 = true;
    if (pail_uri_parse_s3(pail_str(text), &ret->bucket, &ret->key))
        return 0;
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                          "\"%s\" is not of the form s3://BUCKET/KEY", text);
}

bool pail_side_is_standard(const struct pail_side *s)
{
    return !s->s3 && strcmp(s->path, "-") == 0;
}

int pail_side_join(const struct pail_side *base, struct pail_str relative, struct pail_buf *text,
                   struct pail_side *ret, struct pail_error *err)
{
    struct pail_str head = base->s3 ? base->key : pail_str(base->path);
    *ret = *base;
    pail_buf_str(text, head);
    if (head.len && head.ptr[head.len - 1] != '/')
        pail_buf_char(text, '/');
    pail_buf_str(text, relative);
    if (base->s3)
        ret->key = pail_buf_view(text);
    else
        ret->path = pail_buf_cstr(text);
    return pail_buf_check(text, "path", err);
}

bool pail_side_is_safe(struct pail_str s)
{
    struct pail_str word;
    if (!s.len || memchr(s.ptr, 0, s.len))
        return false;
    while (pail_str_split(&s, '/', &word))
        if (!word.len || pail_str_eqz(word, ".") || pail_str_eqz(word, ".."))
            return false;
    return true;
}

/* ---- Paths as people see them ---- */

struct words {
    struct pail_str v[MAX_WORDS];
    size_t n;
};

/* Appends the components of a path to words, "." and ".." resolved. */
static bool add_words(struct words *w, struct pail_str path)
{
    struct pail_str word;
    while (pail_str_split(&path, '/', &word)) {
        if (!word.len || pail_str_eqz(word, "."))
            continue;
        if (pail_str_eqz(word, "..")) {
            w->n -= w->n > 0;
            continue;
        }
        if (w->n == MAX_WORDS)
            return false;
        w->v[w->n++] = word;
    }
    return true;
}

/* The directory of path as seen from the current one, with a '/' at its end. */
static bool show_dir(struct pail_buf *to, struct pail_str dir)
{
    static __thread struct words here, there;
    char cwd[PATH_MAX];
    here.n = there.n = 0;
    if (!getcwd(cwd, sizeof(cwd)) || !add_words(&here, pail_str(cwd)))
        return false;
    if (!(dir.len && dir.ptr[0] == '/') && !add_words(&there, pail_str(cwd)))
        return false;
    if (!add_words(&there, dir))
        return false;
    size_t same = 0;
    while (same < here.n && same < there.n && pail_str_eq(here.v[same], there.v[same]))
        same++;
    if (same == here.n && same == there.n)
        pail_buf_z(to, "./");
    for (size_t i = same; i < here.n; i++)
        pail_buf_z(to, "../");
    for (size_t i = same; i < there.n; i++) {
        pail_buf_str(to, there.v[i]);
        pail_buf_char(to, '/');
    }
    return true;
}

void pail_side_show(struct pail_buf *to, const struct pail_side *s)
{
    if (s->s3) {
        pail_buf_z(to, "s3://");
        pail_buf_str(to, s->bucket);
        pail_buf_char(to, '/');
        pail_buf_str(to, s->key);
        return;
    }
    struct pail_str path = pail_str(s->path);
    size_t slash = pail_str_rfind(path, '/');
    struct pail_str dir = slash == SIZE_MAX ? PAIL_STR("") : pail_str_sub(path, 0, slash + 1);
    if (pail_side_is_standard(s) || !show_dir(to, dir))
        pail_buf_z(to, s->path);
    else
        pail_buf_str(to, pail_str_from(path, dir.len));
}
