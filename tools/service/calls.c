/* SPDX-License-Identifier: Apache-2.0 */
/* Clients and files of commands that are more than one call. */
#include "tools/service/calls.h"

#include <limits.h>
#include <stdarg.h>
#include <unistd.h>

#include <pail/transfer.h>

#include "auth/config.h"
#include "base/alloc.h"
#include "base/file.h"
#include "base/str.h"
#include "base/value_form.h"
#include "tools/cmd.h"
#include "tools/service/input.h"

int pail_cli_client(struct pail_cli *cli, const char *service, const char *region,
                    enum pail_endpoint_use use, struct pail_client **ret, struct pail_error *err)
{
    struct pail_client_options o = PAIL_CLIENT_OPTIONS_INIT;
    struct pail_session *session = NULL;
    o.region = region;
    o.no_sign_request = cli->g.no_sign_request;
    int rc = pail_cli_session_for(cli, use, &session, err);
    if (!rc && !region && !pail_session_region(session) && strcmp(service, "s3") != 0)
        rc = pail_error_set(err, PAIL_D_CONFIG, PAIL_E_NO_REGION, "You must specify a region.");
    return rc ? rc : pail_client_new(session, service, &o, ret, err);
}

int pail_cli_upload(struct pail_session *session, const struct pail_upload_args *args,
                    struct pail_transfer_result *ret, struct pail_error *err)
{
    struct pail_transfers *m = NULL;
    struct pail_s3 *s3 = NULL;
    int rc = pail_s3_new(session, NULL, &s3, err);
    if (!rc)
        rc = pail_transfers_new(s3, NULL, &m, err);
    if (!rc)
        rc = pail_upload(m, args, ret, err);
    pail_transfers_free(m);
    pail_s3_unref(s3);
    return rc;
}

/* ---- Files ----------------------------------------------------------------------------------- */

const char *pail_cli_expand(struct pail_cli *cli, const char *path)
{
    PAIL_AUTOFREE char *whole = pail_config_expand_path(path);
    return whole ? pail_cli_keep(cli, pail_str(whole)) : NULL;
}

const char *pail_cli_absolute(struct pail_cli *cli, const char *path)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(1 << 16);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf whole = PAIL_BUF_INIT(1 << 16);
    char here[PATH_MAX];
    struct pail_str part;
    if (path[0] != '/')
        pail_buf_fmt(&whole, "%s/", getcwd(here, sizeof(here)) ? here : "");
    pail_buf_z(&whole, path);
    struct pail_str rest = pail_buf_view(&whole);
    while (pail_str_split(&rest, '/', &part)) {
        if (!part.len || pail_str_eqz(part, "."))
            continue;
        if (pail_str_eqz(part, "..")) {
            size_t slash = pail_str_rfind(pail_buf_view(&text), '/');
            pail_buf_truncate(&text, slash == SIZE_MAX ? 0 : slash);
            continue;
        }
        pail_buf_char(&text, '/');
        pail_buf_str(&text, part);
    }
    if (!text.len)
        pail_buf_char(&text, '/');
    return text.failed ? NULL : pail_cli_keep(cli, pail_buf_view(&text));
}

bool pail_is_file(const char *path)
{
    struct pail_file_stat st;
    return !pail_file_stat(path, &st, NULL) && st.is_regular;
}

bool pail_is_dir(const char *path)
{
    struct pail_file_stat st;
    return !pail_file_stat(path, &st, NULL) && st.is_dir;
}

int pail_cli_read_file(struct pail_cli *cli, const char *path, size_t max, struct pail_str *ret,
                       struct pail_error *err)
{
    PAIL_AUTOFREE char *text = NULL;
    size_t len = 0;
    int rc = pail_file_read_all(path, max, &text, &len, err);
    if (rc)
        return rc;
    const char *kept = pail_cli_keep(cli, pail_strn(text, len));
    if (!kept)
        return pail_error_nomem(err);
    *ret = pail_strn(kept, len);
    return 0;
}

/* ---- Answers and words ----------------------------------------------------------------------- */

bool pail_is_refusal(const struct pail_error *err, const char *code)
{
    return err->domain == PAIL_D_SERVICE && strcmp(err->service_code, code) == 0;
}

const char *pail_cli_keepf(struct pail_cli *cli, const char *fmt, ...)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(SIZE_MAX / 4);
    va_list ap;
    va_start(ap, fmt);
    pail_buf_vfmt(&text, fmt, ap);
    va_end(ap);
    if (text.failed)
        pail_values_lack(cli->vs);
    const char *kept = text.failed ? NULL : pail_cli_keep(cli, pail_buf_view(&text));
    return kept ? kept : "";
}

struct pail_value *pail_cli_texts(struct pail_cli *cli, const struct pail_arg *a)
{
    struct pail_value *list = pail_value_list(cli->vs);
    for (size_t i = 0; i < a->n_values; i++)
        pail_value_append(cli->vs, list, pail_value_str(cli->vs, pail_str(a->values[i])));
    return list;
}

const char *pail_text_at(const struct pail_value *v, const char *path)
{
    const char *s = pail_value_find_str(v, path);
    return s ? s : "";
}

const char *pail_not_int(const char *word)
{
    return pail_input_not_int(word);
}

int pail_cli_int(struct pail_cli *cli, const struct pail_arg *a, int64_t *ret)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf why = PAIL_BUF_INIT(1 << 16);
    if (!a->value || pail_value_as_int(pail_input_int(cli->vs, pail_str(a->value), &why), ret))
        return 0;
    return pail_cli_fail(cli, PAIL_EXIT_ERROR, NULL, pail_buf_view(&why));
}
