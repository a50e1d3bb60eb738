/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How alike two words are: twice the letters in the longest common pieces by all letters, the
 * pieces found by the longest one first and then left and right of it (Ratcliff and Obershelp), as
 * Python's difflib counts.
 */
#include "tools/service/argparse.h"

#include "base/str.h"
#include "base/value_repr.h"

/* Letters in common pieces. */
static size_t common(struct pail_str a, struct pail_str b)
{
    size_t best = 0, at_a = 0, at_b = 0;
    for (size_t i = 0; i < a.len; i++)
        for (size_t k = 0; k < b.len; k++) {
            size_t n = 0;
            while (i + n < a.len && k + n < b.len && a.ptr[i + n] == b.ptr[k + n])
                n++;
            if (n > best) {
                best = n;
                at_a = i;
                at_b = k;
            }
        }
    if (!best)
        return 0;
    return best + common(pail_str_sub(a, 0, at_a), pail_str_sub(b, 0, at_b)) +
           common(pail_str_from(a, at_a + best), pail_str_from(b, at_b + best));
}

static double ratio(struct pail_str a, struct pail_str b)
{
    size_t all = a.len + b.len;
    return all ? 2.0 * (double)common(a, b) / (double)all : 1.0;
}

/* Letters both have, in any order: no less than common(). */
static double quick_ratio(struct pail_str a, struct pail_str b)
{
    unsigned count[256] = {0};
    size_t same = 0, all = a.len + b.len;
    for (size_t i = 0; i < b.len; i++)
        count[(unsigned char)b.ptr[i]]++;
    for (size_t i = 0; i < a.len; i++)
        if (count[(unsigned char)a.ptr[i]]) {
            count[(unsigned char)a.ptr[i]]--;
            same++;
        }
    return all ? 2.0 * (double)same / (double)all : 1.0;
}

size_t pail_close_matches(const char *word, const char *(*choice)(const void *ud, size_t i),
                          const void *ud, double cutoff, const char *ret[3])
{
    double scores[3] = {0, 0, 0};
    struct pail_str w = pail_str(word);
    size_t n = 0;
    const char *c;
    if (w.len > 200)
        return 0;
    for (size_t i = 0; (c = choice(ud, i)); i++) {
        struct pail_str x = pail_str(c);
        if (quick_ratio(x, w) < cutoff)
            continue;
        double score = ratio(x, w);
        if (score < cutoff)
            continue;
        size_t k = n < 3 ? n++ : 3;
        while (k &&
               (scores[k - 1] < score || (scores[k - 1] == score && strcmp(ret[k - 1], c) < 0))) {
            if (k < 3) {
                scores[k] = scores[k - 1];
                ret[k] = ret[k - 1];
            }
            k--;
        }
        if (k < 3) {
            scores[k] = score;
            ret[k] = c;
        }
    }
    return n;
}

void pail_choice_text(struct pail_buf *to, const char *argument, const char *word,
                      const char *(*choice)(const void *ud, size_t i), const void *ud)
{
    const char *near[3];
    size_t n = pail_close_matches(word, choice, ud, 0.8, near);
    pail_buf_fmt(to, "argument %s: Found invalid choice ", argument);
    pail_text_repr(to, pail_str(word));
    pail_buf_char(to, '\n');
    if (n)
        pail_buf_z(to, "\nMaybe you meant:\n");
    for (size_t i = 0; i < n; i++)
        pail_buf_fmt(to, "\n  * %s", near[i]);
}
