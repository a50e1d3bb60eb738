/* SPDX-License-Identifier: Apache-2.0 */
/* May this account send mail, how much, and as whom? And the table of ses. */
#include "base/str.h"
#include "tools/curated/curated.h"
#include "tools/curated/ses.h"

/* ---- identities ------------------------------------------------------------------------------ */

/* SES tells of 100 at a time. */
#define AT_ONCE 100

/* Adds a row for each. 0 or the exit code. */
static int add_states(struct pail_flow *f, const struct pail_value *names, struct pail_value *rows)
{
    for (size_t from = 0; from < pail_value_len(names); from += AT_ONCE) {
        struct pail_value *some = pail_value_list(f->vs), *params = pail_value_map(f->vs), *dkim;
        for (size_t i = from; i < pail_value_len(names) && i < from + AT_ONCE; i++)
            pail_value_append(f->vs, some, pail_value_copy(f->vs, pail_value_at(names, i)));
        pail_flow_put(f, params, "Identities", some);
        struct pail_value *states = pail_flow_call(f, "GetIdentityVerificationAttributes", params);
        if (!states || !(dkim = pail_flow_call(f, "GetIdentityDkimAttributes", params)))
            return f->code;
        for (size_t i = 0; i < pail_value_len(some); i++) {
            struct pail_str name = pail_value_as_str(pail_value_at(some, i));
            const struct pail_value *v = pail_value_get(
                pail_value_find(states, "VerificationAttributes"), name);
            const struct pail_value *d = pail_value_get(pail_value_find(dkim, "DkimAttributes"),
                                                        name);
            pail_flow_row(
                f, rows, "Identity", pail_value_at(some, i), "Kind",
                pail_flow_str(f, pail_str_find(name, '@') == SIZE_MAX ? "domain" : "address"),
                "Status", pail_value_find(v, "VerificationStatus"), "Dkim",
                pail_value_find(d, "DkimVerificationStatus"), NULL);
        }
    }
    return 0;
}

static int run_identities(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    struct pail_value *rows = pail_value_list(f->vs);
    if (argc)
        return pail_flow_misuse(f, "wants no operands");
    struct pail_value *all = pail_flow_all(f, "ListIdentities", NULL);
    if (!all || add_states(f, pail_value_find(all, "Identities"), rows))
        return f->code;
    return pail_flow_rows(f, rows);
}

static const struct pail_opt options[] = {PAIL_FLOW_OPTIONS};

const struct pail_command pail_ses_identities = {
    .name = "ses identities",
    .summary = "List addresses and domains that mail can be from",
    .usage = "",
    .examples = "pail ses identities | Which there are, and are they verified\n",
    .options = options,
    .options_size = sizeof(struct pail_flow),
    .run = run_identities,
};

/* ---- verify ---------------------------------------------------------------------------------- */

static int run_verify(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    struct pail_value *rows = pail_value_list(f->vs), *dkim;
    if (argc != 1)
        return pail_flow_misuse(f, "wants ADDRESS or DOMAIN");
    if (strchr(argv[0], '@')) {
        if (!pail_flow_call(f, "VerifyEmailIdentity",
                            pail_flow_map(f, "EmailAddress", argv[0], NULL)))
            return f->code;
        pail_flow_say(f, "A mail with a link was sent to %s.", argv[0]);
        return 0;
    }
    struct pail_value *which = pail_flow_map(f, "Domain", argv[0], NULL);
    struct pail_value *made = pail_flow_call(f, "VerifyDomainIdentity", which);
    if (!made || !(dkim = pail_flow_call(f, "VerifyDomainDkim", which)))
        return f->code;
    pail_flow_say(f, "Put these records into the DNS of %s.", argv[0]);
    pail_flow_row(f, rows, "Name", pail_flow_fmt(f, "_amazonses.%s", argv[0]), "Type",
                  pail_flow_str(f, "TXT"), "Value", pail_value_find(made, "VerificationToken"),
                  NULL);
    const struct pail_value *tokens = pail_value_find(dkim, "DkimTokens");
    for (size_t i = 0; i < pail_value_len(tokens); i++) {
        const char *token = pail_value_as_str(pail_value_at(tokens, i)).ptr;
        pail_flow_row(f, rows, "Name", pail_flow_fmt(f, "%s._domainkey.%s", token, argv[0]), "Type",
                      pail_flow_str(f, "CNAME"), "Value",
                      pail_flow_fmt(f, "%s.dkim.amazonses.com", token), NULL);
    }
    return pail_flow_rows(f, rows);
}

const struct pail_command pail_ses_verify = {
    .name = "ses verify",
    .summary = "Add an address or domain that mail can be from",
    .usage = "ADDRESS|DOMAIN",
    .description = "To an address SES sends a mail with a link. For a domain the records are "
                   "printed that its DNS has to have.",
    .examples = "pail ses verify example.com | Prints the records\n",
    .options = options,
    .options_size = sizeof(struct pail_flow),
    .run = run_verify,
};

/* ---- check ----------------------------------------------------------------------------------- */

/* How many of the identities can be used. */
static struct pail_value *verified(struct pail_flow *f, const struct pail_value *rows)
{
    struct pail_value *list = pail_value_list(f->vs);
    for (size_t i = 0; i < pail_value_len(rows); i++)
        if (strcmp(pail_dig_z(pail_value_at(rows, i), "Status"), "Success") == 0)
            pail_value_append(f->vs, list,
                              pail_flow_str(f, pail_dig_z(pail_value_at(rows, i), "Identity")));
    return list;
}

static int run_check(void *p, int argc, char **argv)
{
    struct pail_flow *f = p;
    struct pail_value *rows = pail_value_list(f->vs), *quota, *account;
    bool production = false, enabled = false;
    if (argc)
        return pail_flow_misuse(f, "wants no operands");
    struct pail_value *all = pail_flow_all(f, "ListIdentities", NULL);
    if (!all || add_states(f, pail_value_find(all, "Identities"), rows) ||
        !(quota = pail_flow_call(f, "GetSendQuota", NULL)) ||
        !(account = pail_flow_call_of(f, "sesv2", "GetAccount", NULL)))
        return f->code;
    struct pail_value *record = pail_value_map(f->vs);
    pail_value_as_bool(pail_value_find(account, "ProductionAccessEnabled"), &production);
    pail_value_as_bool(pail_value_find(account, "SendingEnabled"), &enabled);
    pail_flow_put(f, record, "Sending", pail_flow_str(f, enabled ? "enabled" : "disabled"));
    pail_flow_put(f, record, "Sandbox", pail_value_bool(f->vs, !production));
    pail_flow_put(f, record, "Enforcement", pail_value_find(account, "EnforcementStatus"));
    pail_flow_put(f, record, "QuotaPerDay", pail_value_find(quota, "Max24HourSend"));
    pail_flow_put(f, record, "SentLastDay", pail_value_find(quota, "SentLast24Hours"));
    pail_flow_put(f, record, "PerSecond", pail_value_find(quota, "MaxSendRate"));
    pail_flow_put(f, record, "Identities", pail_value_find(all, "Identities"));
    pail_flow_put(f, record, "Verified", verified(f, rows));
    if (!production)
        pail_flow_say(f, "In the sandbox mail reaches verified addresses only.");
    return pail_flow_record(f, record);
}

const struct pail_command pail_ses_check = {
    .name = "ses check",
    .summary = "Tell whether the account can send mail: sandbox, quota, identities",
    .usage = "",
    .examples = "pail ses check | Before the first mail\n",
    .options = options,
    .options_size = sizeof(struct pail_flow),
    .run = run_check,
};

static const struct pail_command *const commands[] = {
    &pail_ses_check,
    &pail_ses_identities,
    &pail_ses_verify,
    &pail_ses_template_list,
    &pail_ses_template_show,
    &pail_ses_template_put,
    &pail_ses_template_render,
    &pail_ses_template_delete,
    &pail_ses_send,
    NULL,
};

const struct pail_command_group pail_curated_ses = {
    .name = "ses",
    .summary = "identities, templates and mail of everyday work",
    .description =
        "Commands for what takes several operations of SES, beside the operations themselves: "
        "\"pail ses help\" lists those. They print tables on a terminal and lines with tabs in a "
        "pipe; --output and --query work as with operations. What cannot be undone is asked "
        "about, and refused without a terminal unless there is --yes.",
    .commands = commands,
};
