/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes wrong, told on stderr. People know these texts and programs look for them, so they are
 * the AWS CLI's to the letter, but for the name of the program.
 *
 * --cli-error-format: "enhanced" (the default) is the message, and the members of a modelled error
 * under it; "legacy" the message alone; the other formats print the error as a structure.
 */
#include "tools/service/cli.h"

#include <stdio.h>

#include "base/env.h"
#include "base/str.h"
#include "base/value_repr.h"
#include "tools/cmd.h"
#include "tools/service/argparse.h"
#include "tools/service/output.h"

static void put(struct pail_str s)
{
    fflush(stdout);
    if (s.len)
        fwrite(s.ptr, 1, s.len, stderr);
}

static void end_line(struct pail_buf *text)
{
    while (text->len && text->ptr[text->len - 1] == ' ')
        pail_buf_truncate(text, text->len - 1);
    pail_buf_char(text, '\n');
}

static struct pail_str error_format(struct pail_cli *cli)
{
    struct pail_str s = pail_str(cli->g.error_format);
    if (!s.ptr)
        s = pail_str(pail_env_get_nonempty("AWS_CLI_ERROR_FORMAT"));
    if (!s.ptr && cli->config)
        s = pail_cli_setting(cli, "cli_error_format");
    return s.ptr ? s : PAIL_STR("enhanced");
}

/* Prints v in one of the structured formats; false: it is none. */
static bool put_structured(struct pail_str format, const struct pail_value *v)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    struct pail_table_style style = {.width = 80};
    if (pail_str_eqz(format, "json"))
        pail_out_json(&text, v);
    else if (pail_str_eqz(format, "yaml"))
        pail_out_yaml(&text, v);
    else if (pail_str_eqz(format, "text"))
        pail_out_text(&text, v);
    else if (!pail_str_eqz(format, "table") || pail_out_table(&text, "error", v, &style, NULL))
        return false;
    put(pail_buf_view(&text));
    return true;
}

static bool put_as_structure(struct pail_cli *cli, const char *code, struct pail_str message)
{
    struct pail_value *v = pail_value_map(cli->vs);
    pail_value_set(cli->vs, v, PAIL_STR("Code"), pail_value_str(cli->vs, pail_str(code)));
    pail_value_set(cli->vs, v, PAIL_STR("Message"), pail_value_str(cli->vs, message));
    return put_structured(error_format(cli), v);
}

int pail_cli_fail(struct pail_cli *cli, int exit_code, const char *code, struct pail_str message)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    if (code && put_as_structure(cli, code, message))
        return exit_code;
    pail_buf_z(&text, "\npail: [ERROR]: ");
    if (code)
        pail_buf_fmt(&text, "An error occurred (%s): ", code);
    pail_buf_str(&text, message);
    end_line(&text);
    put(pail_buf_view(&text));
    return exit_code;
}

int pail_cli_failf(struct pail_cli *cli, int exit_code, const char *code, const char *fmt, ...)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    va_list ap;
    va_start(ap, fmt);
    pail_buf_vfmt(&text, fmt, ap);
    va_end(ap);
    return pail_cli_fail(cli, exit_code, code, pail_buf_view(&text));
}

int pail_cli_misuse(struct pail_cli *cli, struct pail_str message)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    pail_buf_str(&text, message);
    pail_buf_z(&text, "\n\n" PAIL_CLI_USAGE);
    pail_buf_truncate(&text, text.len ? text.len - 1 : 0);
    return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation", pail_buf_view(&text));
}

int pail_cli_misusef(struct pail_cli *cli, const char *fmt, ...)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    va_list ap;
    va_start(ap, fmt);
    pail_buf_vfmt(&text, fmt, ap);
    va_end(ap);
    return pail_cli_misuse(cli, pail_buf_view(&text));
}

int pail_cli_bad_param(struct pail_cli *cli, const char *name, struct pail_str message)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    pail_buf_fmt(&text, "Error parsing parameter '%s': ", name);
    pail_buf_str(&text, message);
    return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation", pail_buf_view(&text));
}

int pail_cli_unknown(struct pail_cli *cli, const struct pail_words *words, bool custom)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    for (size_t i = 0; i < words->n; i++)
        pail_buf_fmt(&text, "%s%s", i ? (custom ? "," : ", ") : "Unknown options: ", words->v[i]);
    if (custom)
        return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation", pail_buf_view(&text));
    put(PAIL_STR("\n" PAIL_CLI_USAGE "\n"));
    return pail_cli_fail(cli, PAIL_EXIT_USAGE, NULL, pail_buf_view(&text));
}

int pail_cli_no_choice(struct pail_cli *cli, const char *argument, const char *word,
                       const char *(*choice)(const void *ud, size_t i), const void *ud)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    pail_choice_text(&text, argument, word, choice, ud);
    return pail_cli_misuse(cli, pail_buf_view(&text));
}

/* Without "ListTables (dynamodb): ", which says what the command line says. */
static struct pail_str bare_message(struct pail_str s)
{
    size_t open = pail_str_find_str(s, PAIL_STR(" (")),
           close = pail_str_find_str(s, PAIL_STR("): "));
    if (open == SIZE_MAX || close == SIZE_MAX || close < open)
        return s;
    for (size_t i = 0; i < close; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && i != open && i != open + 1 && c != '-')
            return s;
    }
    return pail_str_from(s, close + 3);
}

/* Where in a file something is wrong is told with --debug only. */
static struct pail_str without_place(const struct pail_cli *cli, struct pail_str s)
{
    size_t line = pail_str_find_str(s, PAIL_STR(": line "));
    if (cli->g.debug || line == SIZE_MAX ||
        !pail_str_starts(s, PAIL_STR("Unable to parse config file: ")))
        return s;
    return pail_str_sub(s, 0, line);
}

/* What libpail adds for those who look for a cause is told with --debug only: behind the URL why it
 * could not be reached, at the end how often it was tried. */
static struct pail_str without_cause(const struct pail_cli *cli, const struct pail_error *err,
                                     struct pail_str s)
{
    size_t url = pail_str_find_str(s, PAIL_STR("URL: \"")), tail;
    if (cli->g.debug)
        return s;
    if (err->domain == PAIL_D_NET && url != SIZE_MAX) {
        size_t close = pail_str_find(pail_str_from(s, url + 6), '"');
        return close == SIZE_MAX ? s : pail_str_sub(s, 0, url + 6 + close + 1);
    }
    tail = pail_str_find_str(s, PAIL_STR(" (after "));
    return err->attempts > 1 && tail != SIZE_MAX ? pail_str_sub(s, 0, tail) : s;
}

int pail_cli_error(struct pail_cli *cli, const struct pail_error *err)
{
    if (err->domain == PAIL_D_SERVICE)
        return pail_cli_refused(cli, err, NULL);
    switch (err->code) {
    case PAIL_E_NO_CREDENTIALS:
        return pail_cli_fail(cli, PAIL_EXIT_CONFIG, "NoCredentials",
                             PAIL_STR("Unable to locate credentials. You can configure credentials "
                                      "by running \"aws login\"."));
    case PAIL_E_NO_REGION:
        return pail_cli_fail(cli, PAIL_EXIT_CONFIG, "NoRegion",
                             PAIL_STR("You must specify a region. You can also configure your "
                                      "region by running \"aws configure\"."));
    case PAIL_E_INVALID:
        if (pail_str_starts(pail_str(err->message), PAIL_STR("Parameter validation failed")))
            return pail_cli_fail(cli, PAIL_EXIT_USAGE, "ParamValidation", pail_str(err->message));
        break;
    case PAIL_E_CANCELLED:
        fputs("\n", stdout);
        return 130;
    default:
        break;
    }
    struct pail_str message = without_cause(cli, err, bare_message(pail_str(err->message)));
    if (err->code == PAIL_E_CLOSED && message.len && message.ptr[message.len - 1] == '"')
        return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL, "%.*s.", PAIL_STR_ARG(message));
    return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL, without_place(cli, message));
}

int pail_cli_nomem(struct pail_cli *cli)
{
    return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL, PAIL_STR("out of memory"));
}

/* ---- Refusals -------------------------------------------------------------------------------- */

/* The error as a structure: Code and Message, and the members that the model gives it. */
static struct pail_value *flat(struct pail_cli *cli, const struct pail_value *refusal)
{
    struct pail_value *all = pail_present(cli->vs, refusal, NULL, false);
    struct pail_value *v = pail_value_map(cli->vs), *error = pail_value_get(all, PAIL_STR("Error"));
    for (size_t i = 0; i < pail_value_len(error); i++)
        if (pail_str_eqz(pail_value_key_at(error, i), "Code") ||
            pail_str_eqz(pail_value_key_at(error, i), "Message"))
            pail_value_set(cli->vs, v, pail_value_key_at(error, i), pail_value_at(error, i));
    for (size_t i = 0; i < pail_value_len(all); i++) {
        struct pail_str key = pail_value_key_at(all, i);
        if (!pail_str_eqz(key, "Error") && !pail_str_eqz(key, "ResponseMetadata") &&
            !pail_value_get(v, key))
            pail_value_set(cli->vs, v, key, pail_value_at(all, i));
    }
    return v;
}

static bool is_extra(struct pail_str key)
{
    return !pail_str_ieq(key, PAIL_STR("Code")) && !pail_str_ieq(key, PAIL_STR("Message"));
}

/* A value of an "Additional error details" line. */
static void put_detail(struct pail_buf *text, const struct pail_value *v, bool *complex)
{
    bool many = pail_value_type(v) == PAIL_VAL_LIST || pail_value_type(v) == PAIL_VAL_MAP;
    bool simple = pail_value_type(v) == PAIL_VAL_LIST;
    for (size_t i = 0; simple && i < pail_value_len(v); i++)
        simple = pail_value_type(pail_value_at(v, i)) != PAIL_VAL_LIST &&
                 pail_value_type(pail_value_at(v, i)) != PAIL_VAL_MAP;
    if (!many) {
        pail_value_pystr(text, v);
    } else if (simple && pail_value_len(v) <= 5) {
        pail_buf_char(text, '[');
        for (size_t i = 0; i < pail_value_len(v); i++) {
            pail_buf_z(text, i ? ", " : "");
            pail_value_pystr(text, pail_value_at(v, i));
        }
        pail_buf_char(text, ']');
    } else {
        pail_buf_z(text, "<complex value>");
        *complex = true;
    }
}

static void put_details(struct pail_buf *text, const struct pail_value *v)
{
    bool complex = false, any = false;
    for (size_t i = 0; i < pail_value_len(v); i++) {
        struct pail_str key = pail_value_key_at(v, i);
        if (!is_extra(key) || pail_value_type(pail_value_at(v, i)) == PAIL_VAL_NULL)
            continue;
        if (!any)
            pail_buf_z(text, "\nAdditional error details:\n");
        any = true;
        pail_buf_str(text, key);
        pail_buf_z(text, ": ");
        put_detail(text, pail_value_at(v, i), &complex);
        pail_buf_char(text, '\n');
    }
    if (complex)
        pail_buf_z(text, "Use \"--cli-error-format json\" or another error format to see the full "
                         "details.\n");
}

/* Where the service's own words begin: behind "operation: " or "(reached max retries: 2): ". */
static size_t head_of(struct pail_str whole)
{
    size_t at = pail_str_find_str(whole, PAIL_STR(" operation"));
    if (at == SIZE_MAX)
        return SIZE_MAX;
    at += strlen(" operation");
    if (pail_str_starts(pail_str_from(whole, at), PAIL_STR(" (reached"))) {
        size_t close = pail_str_find(pail_str_from(whole, at), ')');
        if (close == SIZE_MAX)
            return SIZE_MAX;
        at += close + 1;
    }
    return pail_str_starts(pail_str_from(whole, at), PAIL_STR(": ")) ? at + 2 : SIZE_MAX;
}

int pail_cli_refused(struct pail_cli *cli, const struct pail_error *err,
                     const struct pail_value *refusal)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    struct pail_str format = error_format(cli), whole = bare_message(pail_str(err->message));
    struct pail_value *v = refusal ? flat(cli, refusal) : NULL;
    if (v && put_structured(format, v))
        return PAIL_EXIT_SERVICE;
    struct pail_str message = pail_value_as_str(pail_value_get(v, PAIL_STR("Message")));
    pail_buf_z(&text, "\npail: [ERROR]: ");
    size_t head = message.ptr ? head_of(whole) : SIZE_MAX;
    if (head != SIZE_MAX) { /* struct pail_error cuts what is long; the structure has all of it */
        pail_buf_str(&text, pail_str_sub(whole, 0, head));
        pail_buf_str(&text, message);
    } else {
        pail_buf_str(&text, whole);
    }
    end_line(&text);
    if (pail_str_eqz(format, "enhanced") && v)
        put_details(&text, v);
    put(pail_buf_view(&text));
    return PAIL_EXIT_SERVICE;
}
