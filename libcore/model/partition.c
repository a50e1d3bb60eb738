/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions, and the small regular expressions that tell what their regions look like.
 *
 * Of Python's expressions the table uses letters, escapes (\-, \w, \d), groups of alternatives, "+"
 * and the two anchors; these are understood, matched by backtracking over texts of a few bytes.
 * What is not understood matches nothing.
 */
#include "base/str.h"
#include "model/endpoint_eval.h"
#include "model/models.h"

struct match {
    const char *text, *text_end;
    const char *end; /* of the expression */
    unsigned steps;
};

#define MAX_STEPS 10000

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool one(char kind, bool escaped, char c)
{
    if (escaped && kind == 'w')
        return is_word(c);
    if (escaped && kind == 'd')
        return c >= '0' && c <= '9';
    if (!escaped && kind == '.')
        return c != '\n';
    return c == kind;
}

static bool match_here(struct match *m, const char *re, const char *text);

/* The ")" that ends the group whose first letter is at re. */
static const char *group_end(const struct match *m, const char *re)
{
    for (unsigned depth = 1; re < m->end; re++) {
        if (*re == '\\')
            re++;
        else if (*re == '(')
            depth++;
        else if (*re == ')' && --depth == 0)
            return re;
    }
    return NULL;
}

/* Alternatives are plain texts; what follows the group goes on behind each. */
static bool match_group(struct match *m, const char *re, const char *text)
{
    const char *close = group_end(m, re);
    if (!close)
        return false;
    for (const char *from = re; from <= close; from++) {
        const char *to = from, *t = text;
        bool same = true;
        for (; to < close && *to != '|'; to++) {
            const char *letter = *to == '\\' && to + 1 < close ? ++to : to;
            same = same && t < m->text_end && *t == *letter;
            t += same;
        }
        if (same && match_here(m, close + 1, t))
            return true;
        from = to;
    }
    return false;
}

static bool match_here(struct match *m, const char *re, const char *text)
{
    if (++m->steps > MAX_STEPS)
        return false;
    if (re >= m->end)
        return true; /* re.match: what follows is free */
    if (*re == '$' && re + 1 == m->end)
        return text == m->text_end;
    if (*re == '(')
        return match_group(m, re + 1, text);
    bool escaped = *re == '\\' && re + 1 < m->end;
    char kind = *(re += escaped);
    const char *rest = re + 1;
    if (!escaped && strchr("*?[]{}|)", kind))
        return false;
    if (rest >= m->end || *rest != '+')
        return text < m->text_end && one(kind, escaped, *text) && match_here(m, rest, text + 1);
    size_t n = 0;
    while (text + n < m->text_end && one(kind, escaped, text[n]))
        n++;
    for (; n > 0; n--)
        if (match_here(m, rest + 1, text + n))
            return true;
    return false;
}

static bool matches(struct pail_str expression, struct pail_str text)
{
    if (!expression.len || !text.ptr)
        return false;
    bool anchored = expression.ptr[0] == '^';
    struct match m = {text.ptr, text.ptr + text.len, expression.ptr + expression.len, 0};
    return match_here(&m, expression.ptr + anchored, text.ptr);
}

uint32_t pail_partition_index(const struct pail_blob *b, struct pail_str region)
{
    const struct pail_partition_rec *rec;

    for (uint32_t i = 0; (rec = pail_blob_record(b, PAIL_TABLE_PARTITIONS, i, sizeof(*rec))); i++) {
        struct pail_strs regions = pail_blob_strs(b, rec->regions);
        for (unsigned j = 0; j < regions.n; j++)
            if (pail_str_eq(pail_strs_at(regions, j), region))
                return i;
        if (matches(pail_blob_str(b, rec->region_regex), region))
            return i;
    }
    return 0;
}

bool pail_partition_open(const struct pail_blob *b, uint32_t i, struct pail_partition *ret)
{
    const struct pail_partition_rec *rec = pail_blob_record(b, PAIL_TABLE_PARTITIONS, i,
                                                            sizeof(*rec));
    if (!rec)
        return false;
    *ret = (struct pail_partition){
        .id = pail_blob_str(b, rec->id),
        .dns_suffix = pail_blob_str(b, rec->dns_suffix),
        .dual_stack_dns_suffix = pail_blob_str(b, rec->dual_stack_dns_suffix),
        .implicit_global_region = pail_blob_str(b, rec->implicit_global_region),
        .supports_fips = rec->flags & 1,
        .supports_dual_stack = rec->flags & 2,
        .regions = pail_blob_strs(b, rec->regions),
    };
    return true;
}

bool pail_partition_of(const struct pail_models *models, struct pail_str region,
                       struct pail_partition *ret)
{
    const struct pail_blob *b = pail_models_partitions(models);
    return pail_partition_open(b, pail_partition_index(b, region), ret);
}

bool pail_partition_at(const struct pail_models *models, unsigned i, struct pail_partition *ret)
{
    return pail_partition_open(pail_models_partitions(models), i, ret);
}
