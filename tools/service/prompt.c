/* SPDX-License-Identifier: Apache-2.0 */
/* Questions on the terminal, line by line: what the AWS CLI asks with menus and completion. */
#include "tools/service/signin.h"

#include <stdio.h>

#include "base/str.h"
#include "base/uri.h"
#include "tools/cmd.h"

/* A line without blanks at its ends; NULL at the end of the input. */
static const char *read_line(struct pail_cli *cli)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf line = PAIL_BUF_INIT(1 << 20);
    int c;
    fflush(stdout);
    while ((c = getchar()) != EOF && c != '\n')
        pail_buf_char(&line, (char)c);
    if (c == EOF && !line.len)
        return NULL;
    struct pail_str s = pail_str_trim(pail_buf_view(&line));
    return pail_cli_keep(cli, s.ptr ? s : PAIL_STR(""));
}

static int nobody(struct pail_cli *cli)
{
    fputs("\n", stdout);
    return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL, PAIL_STR("EOF when reading a line"));
}

int pail_ask(struct pail_cli *cli, const struct pail_question *q, const char **ret)
{
    for (;;) {
        if (q->whole)
            printf("%s", q->whole);
        else
            printf("%s [%s]: ", q->text, q->now ? q->now : "None");
        const char *answer = read_line(cli);
        if (!answer)
            return nobody(cli);
        bool given = answer[0];
        const char *wrong = q->valid && (given || !q->now) ? q->valid(answer) : NULL;
        if (!wrong) {
            *ret = given ? answer : q->now;
            return 0;
        }
        printf("%s\n", wrong);
    }
}

const char *pail_valid_required(const char *answer)
{
    return answer[0] ? NULL : "A value is required";
}

const char *pail_valid_url(const char *answer)
{
    struct pail_uri uri;
    return pail_uri_parse(pail_str(answer), &uri, NULL) ? "Not a valid Start URL" : NULL;
}

const char *pail_valid_scopes(const char *answer)
{
    struct pail_str rest = pail_str(answer), scope;
    while (pail_str_split(&rest, ',', &scope)) {
        scope = pail_str_trim(scope);
        for (size_t i = 0; i < scope.len; i++)
            if (scope.ptr[i] == ' ' || scope.ptr[i] == '\t')
                return "Scope values must be separated by commas";
    }
    return NULL;
}

int pail_choose(struct pail_cli *cli, const char *const *lines, size_t n, size_t *ret)
{
    for (size_t i = 0; i < n; i++)
        printf("%3zu  %s\n", i + 1, lines[i]);
    for (;;) {
        uint64_t which;
        printf("Which one (1-%zu): ", n);
        const char *answer = read_line(cli);
        if (!answer)
            return nobody(cli);
        if (pail_str_to_u64(pail_str(answer), &which) && which >= 1 && which <= n) {
            *ret = (size_t)which - 1;
            return 0;
        }
        for (size_t i = 0; i < n; i++)
            if (strcmp(lines[i], answer) == 0) {
                *ret = i;
                return 0;
            }
        printf("There is no such choice.\n");
    }
}
