/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Examples of operations: the models have them as the parameters of a call and its answer, and here
 * they become the line that one types.
 */
#include "base/str.h"
#include "base/value_json.h"
#include "model/docs.h"
#include "tools/service/help.h"
#include "tools/service/prose.h"
#include "tools/service/run.h"

#define WIDTH 78
#define TEXT_MAX ((size_t)16 << 20)

/* In '' where a shell would read something else. */
static void put_word(struct pail_buf *to, struct pail_str word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_-./:@%+=,";
    bool quote = !word.len;
    for (size_t i = 0; i < word.len; i++)
        quote |= !word.ptr[i] || !strchr(plain, word.ptr[i]);
    if (!quote) {
        pail_buf_str(to, word);
        return;
    }
    pail_buf_char(to, '\'');
    for (size_t i = 0; i < word.len; i++)
        if (word.ptr[i] == '\'')
            pail_buf_z(to, "'\\''");
        else
            pail_buf_char(to, word.ptr[i]);
    pail_buf_char(to, '\'');
}

static const struct pail_param *param_of(const struct pail_run *run, struct pail_str member)
{
    for (size_t i = 0; i < run->n; i++)
        if (run->params[i].kind == PAIL_PARAM_MEMBER && !run->params[i].hidden &&
            pail_str_eq(run->params[i].shape.member, member))
            return &run->params[i];
    return NULL;
}

static void put_value(struct pail_buf *to, const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf json = PAIL_BUF_INIT(TEXT_MAX);
    struct pail_str text = pail_value_as_str(v);
    if (!text.ptr) {
        pail_value_to_json(&json, v, NULL);
        text = pail_buf_view(&json);
    }
    put_word(to, text);
}

/* False: an input that options cannot say. */
static bool put_line(const struct pail_run *run, struct pail_buf *to,
                     const struct pail_value *input)
{
    pail_buf_fmt(to, "        pail %s %s", run->service, run->command);
    for (size_t i = 0; i < pail_value_len(input); i++) {
        const struct pail_param *p = param_of(run, pail_value_key_at(input, i));
        const struct pail_value *v = pail_value_at(input, i);
        bool on = true;
        if (!p)
            return false;
        pail_buf_z(to, " \\\n            ");
        if (p->shape.type == PAIL_SHAPE_BOOLEAN && p->name[0] == '-') {
            (void)pail_value_as_bool(v, &on);
            pail_buf_fmt(to, on ? "--%s" : "--no-%s", p->name + 2);
            continue;
        }
        if (p->name[0] == '-')
            pail_buf_fmt(to, "%s ", p->name);
        put_value(to, v);
    }
    pail_buf_z(to, "\n\n");
    return true;
}

static void put_output(struct pail_buf *to, const struct pail_value *output)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf json = PAIL_BUF_INIT(TEXT_MAX);
    struct pail_str rest, line;
    if (!pail_value_len(output))
        return;
    pail_value_to_json(&json, output, &(struct pail_json_style){.indent = 4});
    pail_buf_z(to, "    Output:\n\n");
    rest = pail_buf_view(&json);
    while (pail_str_split(&rest, '\n', &line))
        pail_buf_fmt(to, "        %.*s\n", PAIL_STR_ARG(line));
    pail_buf_char(to, '\n');
}

static void put_example(const struct pail_run *run, struct pail_buf *to,
                        const struct pail_value *example)
{
    size_t before = to->len;
    const char *title = pail_value_find_str(example, "title"),
               *description = pail_value_find_str(example, "description");
    if (title && *title)
        pail_prose(to, pail_str(title), 4, WIDTH);
    if (description && *description)
        pail_prose(to, pail_str(description), 4, WIDTH);
    if (put_line(run, to, pail_value_find(example, "input")))
        put_output(to, pail_value_find(example, "output"));
    else
        pail_buf_truncate(to, before);
}

void pail_help_examples(struct pail_run *run, struct pail_buf *to)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf json = PAIL_BUF_INIT(TEXT_MAX);
    struct pail_value *all = NULL;
    const struct pail_value *example;
    if (run->is_wait || pail_docs_examples(run->cli->models, &run->op, &json, NULL) < 0 ||
        !json.len ||
        pail_value_from_json(run->cli->vs, pail_buf_view(&json), "examples", &all, NULL) < 0 ||
        !pail_value_len(all))
        return;
    pail_buf_z(to, "\nEXAMPLES\n");
    pail_value_each (example, all)
        put_example(run, to, example);
}
