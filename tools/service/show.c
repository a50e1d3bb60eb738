/* SPDX-License-Identifier: Apache-2.0 */
/* A finished tree through --query and --output onto the screen. */
#include "tools/service/output.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/env.h"
#include "base/process.h"
#include "base/str.h"
#include "tools/cmd.h"
#include "tools/service/run.h"

/* The program that shows long texts on a terminal; NULL: none. */
static const char *pager(struct pail_cli *cli)
{
    const char *env = pail_env_get("AWS_PAGER");
    struct pail_str s = env ? pail_str(env) : pail_cli_setting(cli, "cli_pager");
    if (!s.ptr)
        s = pail_str(pail_env_get_nonempty("PAGER"));
    if (cli->g.no_pager || !isatty(STDOUT_FILENO) || (s.ptr && !s.len))
        return NULL;
    if (!s.ptr || pail_str_eqz(s, "less"))
        return pail_env_get_nonempty("LESS") ? "less" : "less -FRX";
    return pail_cli_keep(cli, s);
}

int pail_cli_print(struct pail_cli *cli, const struct pail_buf *text)
{
    struct pail_error err = PAIL_ERROR_INIT;
    const char *program = text->len ? pager(cli) : NULL;
    const char *argv[] = {"sh", "-c", program, NULL};
    int status;
    if (pail_buf_check(text, "output", &err))
        return pail_cli_error(cli, &err);
    fflush(stdout);
    if (!program ||
        pail_process_feed(argv, (struct pail_bytes){text->ptr, text->len}, &status, NULL) ||
        status == 127)
        fwrite(pail_buf_cstr(text), 1, text->len, stdout);
    return 0;
}

static const char *resolve_output(struct pail_cli *cli)
{
    if (cli->g.output)
        return cli->g.output;
    const char *env = pail_env_get_nonempty("AWS_DEFAULT_OUTPUT");
    struct pail_str s = env ? pail_str(env) : pail_cli_setting(cli, "output");
    const char *kept = s.len ? pail_cli_keep(cli, s) : NULL;
    return kept ? kept : "json";
}

const char *pail_cli_output(struct pail_cli *cli)
{
    if (!cli->output)
        cli->output = resolve_output(cli);
    return cli->output;
}

static struct pail_table_style table_style(const struct pail_cli *cli)
{
    struct pail_table_style style = {.width = 80};
    struct winsize w;
    bool tty = isatty(STDOUT_FILENO);
    if (tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col)
        style.width = w.ws_col;
    const char *color = cli->g.color ? cli->g.color : "auto";
    style.color = strcmp(color, "on") == 0 || (strcmp(color, "auto") == 0 && tty);
    return style;
}

static bool is_empty_map(const struct pail_value *v)
{
    return pail_value_type(v) == PAIL_VAL_MAP && !pail_value_len(v);
}

static int print(struct pail_cli *cli, const char *title, struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    struct pail_error err = PAIL_ERROR_INIT;
    const char *output = pail_cli_output(cli);
    if (strcmp(output, "json") == 0) {
        if (!is_empty_map(v))
            pail_out_json(&text, v);
    } else if (strcmp(output, "text") == 0) {
        pail_out_text(&text, v);
    } else if (strcmp(output, "yaml") == 0) {
        if (!is_empty_map(v))
            pail_out_yaml(&text, v);
    } else if (strcmp(output, "yaml-stream") == 0) {
        struct pail_value *list = pail_value_list(cli->vs);
        pail_value_append(cli->vs, list, v);
        if (cli->paged || !is_empty_map(v))
            pail_out_yaml(&text, list);
    } else if (strcmp(output, "table") == 0) {
        struct pail_table_style style = table_style(cli);
        if (pail_out_table(&text, title, v, &style, &err))
            return pail_cli_error(cli, &err);
    } else if (strcmp(output, "off") != 0) {
        return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL, "Unknown output type: %s", output);
    }
    return pail_cli_print(cli, &text);
}

int pail_show(struct pail_cli *cli, const char *title, struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(SIZE_MAX / 4);
    if (cli->query) {
        int rc = pail_jmes_search_why(cli->query, v, cli->vs, &v, &why, NULL);
        if (rc == PAIL_E_NOMEM)
            return pail_cli_nomem(cli);
        if (rc)
            return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&why));
    }
    return print(cli, title, v);
}
