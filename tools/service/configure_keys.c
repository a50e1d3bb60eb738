/* SPDX-License-Identifier: Apache-2.0 */
/* "configure import": keys from the console's CSV; "configure export-credentials": keys for others.
 */
#include "tools/service/configure.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/env.h"
#include "base/str.h"
#include "base/timefmt.h"
#include "base/value_json.h"
#include "tools/cmd.h"
#include "tools/service/input.h"

/* ---- import ---------------------------------------------------------------------------------- */

static const char *const headers[] = {"User Name", "Access Key ID", "Secret Access key"};

/* i-th field of a line. */
static struct pail_str field(struct pail_str line, size_t i)
{
    struct pail_str f = {NULL, 0};
    for (size_t k = 0; k <= i; k++)
        if (!pail_str_split(&line, ',', &f))
            return pail_strn(NULL, 0);
    f = pail_str_trim(f);
    if (f.len >= 2 && f.ptr[0] == '"' && f.ptr[f.len - 1] == '"')
        f = pail_str_sub(f, 1, f.len - 2);
    return f;
}

static int find_columns(struct pail_cli *cli, struct pail_str head, size_t *columns)
{
    if (pail_str_starts(head, PAIL_STR("\xef\xbb\xbf")))
        head = pail_str_from(head, 3);
    for (size_t h = 0; h < PAIL_ARRAY_LEN(headers); h++) {
        struct pail_str f;
        for (columns[h] = 0; (f = field(head, columns[h])).ptr; columns[h]++)
            if (pail_str_ieq(f, pail_str(headers[h])))
                break;
        if (!f.ptr)
            return pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL, "Expected header \"%s\" not found",
                                  headers[h]);
    }
    return 0;
}

/* One line of the CSV; pieces of its text. */
struct entry {
    struct pail_str field[3];
};

/* 0 or an exit code; *ret_ok false: it is to be passed over. */
static int read_entry(struct pail_cli *cli, struct pail_str line, const size_t *columns,
                      size_t number, bool skip, struct entry *ret, bool *ret_ok)
{
    *ret_ok = true;
    for (size_t i = 0; i < 3; i++)
        ret->field[i] = field(line, columns[i]);
    for (size_t i = 0; i < 3; i++) {
        if (ret->field[i].len)
            continue;
        *ret_ok = false;
        return skip ? 0
                    : pail_cli_failf(cli, PAIL_EXIT_ERROR, NULL,
                                     "Failed to parse entry #%zu: Row missing value for header "
                                     "\"%s\"",
                                     number, headers[i]);
    }
    return 0;
}

static int import_entry(struct pail_cli *cli, const struct entry *e, const char *prefix)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf profile = PAIL_BUF_INIT(1 << 16);
    pail_buf_fmt(&profile, "%s%.*s", prefix, PAIL_STR_ARG(e->field[0]));
    int code = pail_configure_set(cli, pail_buf_view(&profile), PAIL_STR("aws_access_key_id"),
                                  pail_strn(NULL, 0), e->field[1]);
    return code
               ? code
               : pail_configure_set(cli, pail_buf_view(&profile), PAIL_STR("aws_secret_access_key"),
                                    pail_strn(NULL, 0), e->field[2]);
}

/* Nothing is written when one of them is wrong. */
static int import_lines(struct pail_cli *cli, struct pail_str text, const char *prefix, bool skip)
{
    struct pail_str rest = pail_str_trim(text), line;
    size_t columns[3], n = 0, number = 0, most = 0;
    if (!rest.len)
        return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("Provided CSV contains no contents"));
    for (size_t i = 0; i < rest.len; i++)
        most += rest.ptr[i] == '\n';
    PAIL_AUTOFREE struct entry *entries = pail_calloc(most + 1, sizeof(*entries));
    if (!entries)
        return pail_cli_nomem(cli);
    (void)pail_str_split(&rest, '\n', &line);
    int code = find_columns(cli, line, columns);
    while (!code && rest.len && pail_str_split(&rest, '\n', &line)) {
        bool ok;
        code = read_entry(cli, line, columns, ++number, skip, &entries[n], &ok);
        n += ok;
    }
    for (size_t i = 0; !code && i < n; i++)
        code = import_entry(cli, &entries[i], prefix);
    if (!code)
        printf("Successfully imported %zu profile(s)\n", n);
    return code;
}

int pail_configure_import(struct pail_cli *cli, const struct pail_words *words)
{
    struct pail_arg args[] = {{.name = "--csv", .take = PAIL_ARG_ONE, .required = true},
                              {.name = "--skip-invalid", .take = PAIL_ARG_NONE},
                              {.name = "--profile-prefix", .take = PAIL_ARG_ONE},
                              {.name = NULL}};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    struct pail_value *content = NULL;
    int code = pail_cli_args(cli, words, args);
    if (code)
        return code;
    if (pail_paramfile(cli->vs, args[0].value, &content, &why))
        return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&why));
    if (!content && pail_str_find(pail_str(args[0].value), ',') == SIZE_MAX)
        return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL,
                             PAIL_STR("You may be passing a file to import without the 'file://' "
                                      "prefix. To import a CSV file, use --csv "
                                      "file://path/to/file.csv"));
    struct pail_str text = content ? pail_value_as_str(content) : pail_str(args[0].value);
    return import_lines(cli, text, args[2].value ? args[2].value : "", args[1].given);
}

/* ---- export-credentials ---------------------------------------------------------------------- */

struct line_style {
    const char *format, *before, *between, *after;
};
static const struct line_style styles[] = {
    {"env", "export ", "=", ""},          {"env-no-export", "", "=", ""},
    {"powershell", "$Env:", "=\"", "\""}, {"windows-cmd", "set ", "=", ""},
    {"fish", "set -gx ", " \"", "\""},
};

static void put_line(const struct line_style *s, const char *name, struct pail_str value)
{
    if (value.len)
        printf("%s%s%s%.*s%s\n", s->before, name, s->between, PAIL_STR_ARG(value), s->after);
}

static void put_json(struct pail_cli *cli, const struct pail_credentials_fields *f,
                     struct pail_str expiration)
{
    static const struct pail_json_style style = {.indent = 2};
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 20);
    struct pail_value *map = pail_value_map(cli->vs);
    const struct {
        const char *key;
        struct pail_str value;
    } members[] = {{"AccessKeyId", f->access_key},
                   {"SecretAccessKey", f->secret_key},
                   {"SessionToken", f->session_token},
                   {"Expiration", expiration}};
    pail_value_set(cli->vs, map, PAIL_STR("Version"), pail_value_int(cli->vs, 1));
    for (size_t i = 0; i < PAIL_ARRAY_LEN(members); i++)
        if (members[i].value.len)
            pail_value_set(cli->vs, map, pail_str(members[i].key),
                           pail_value_str(cli->vs, members[i].value));
    pail_value_to_json(&text, map, &style);
    printf("%s\n", pail_buf_cstr(&text));
}

static void put_credentials(struct pail_cli *cli, const struct pail_credentials_fields *f,
                            const char *format)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf expiration = PAIL_BUF_INIT(64);
    if (f->expires_unix_s)
        pail_time_isoformat(&expiration, (struct pail_time){.seconds = f->expires_unix_s});
    struct pail_str when = pail_buf_view(&expiration);
    for (size_t i = 0; i < PAIL_ARRAY_LEN(styles); i++)
        if (strcmp(format, styles[i].format) == 0) {
            put_line(&styles[i], "AWS_ACCESS_KEY_ID", f->access_key);
            put_line(&styles[i], "AWS_SECRET_ACCESS_KEY", f->secret_key);
            put_line(&styles[i], "AWS_SESSION_TOKEN", f->session_token);
            put_line(&styles[i], "AWS_CREDENTIAL_EXPIRATION", when);
            return;
        }
    put_json(cli, f, when);
}

/* A credential_process that runs this command again must end somewhere. 0, or an exit code. */
static int check_chain(struct pail_cli *cli)
{
    struct pail_str rest = pail_str(pail_env_get("_AWS_CLI_PROFILE_CHAIN")), name;
    size_t depth = 0;
    while (rest.len && pail_str_split(&rest, ',', &name)) {
        if (pail_str_eqz(name, pail_cli_profile(cli)))
            return pail_cli_failf(cli, PAIL_EXIT_CONFIG, "Configuration",
                                  "Credential process resolution detected a cycle of profiles: %s",
                                  pail_env_get("_AWS_CLI_PROFILE_CHAIN"));
        if (++depth >= 4)
            return pail_cli_fail(cli, PAIL_EXIT_CONFIG, "Configuration",
                                 PAIL_STR("Maximum recursive credential process resolution "
                                          "reached (4)."));
    }
    return 0;
}

/* What goes wrong only when the keys are fetched is told as it is. */
static int no_credentials(struct pail_cli *cli, const struct pail_error *err)
{
    static const char invalid[] = "Parameter validation failed: ";
    static const char *const late[] = {"Credentials were refreshed", "Cannot refresh",
                                       "Error when retrieving token", "Error loading SSO Token",
                                       "MFA code for"};
    struct pail_str message = pail_str(err->message);
    bool as_it_is = err->domain == PAIL_D_SERVICE || strstr(err->message, "MFA device");
    for (size_t i = 0; i < PAIL_ARRAY_LEN(late); i++)
        as_it_is |= pail_str_starts(message, pail_str(late[i]));
    if (as_it_is)
        return pail_cli_error(cli, err);
    if (pail_str_starts(message, pail_str(invalid)))
        return pail_cli_failf(cli, PAIL_EXIT_USAGE, "ParamValidation",
                              "Parameter validation failed:\n%s", err->message + strlen(invalid));
    return pail_cli_failf(cli, PAIL_EXIT_CONFIG, "Configuration",
                          "Unable to retrieve credentials: %s", err->message);
}

int pail_configure_export(struct pail_cli *cli, const struct pail_words *words)
{
    static const char *const formats[] = {
        "process", "env", "env-no-export", "powershell", "windows-cmd", "fish", NULL};
    struct pail_arg args[] = {{.name = "--format", .take = PAIL_ARG_ONE, .choices = formats},
                              {.name = NULL}};
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_session *session = NULL;
    struct pail_credentials *c = NULL;
    struct pail_credentials_fields f;
    int code = pail_cli_args(cli, words, args);
    if (!code)
        code = check_chain(cli);
    if (code)
        return code;
    int rc = pail_cli_session(cli, &session, &err);
    if (rc == PAIL_E_PROFILE_NOT_FOUND)
        return pail_cli_failf(cli, PAIL_EXIT_CONFIG, NULL, "Unable to retrieve credentials: %s",
                              err.message);
    if (rc)
        return pail_cli_error(cli, &err);
    rc = pail_session_credentials(session, &c, &err);
    if (rc == PAIL_E_NO_CREDENTIALS)
        return pail_cli_fail(cli, PAIL_EXIT_CONFIG, "Configuration",
                             PAIL_STR("Unable to retrieve credentials: no credentials found"));
    if (rc)
        return no_credentials(cli, &err);
    pail_credentials_get(c, &f);
    put_credentials(cli, &f, args[0].value ? args[0].value : "process");
    pail_credentials_unref(c);
    return 0;
}
