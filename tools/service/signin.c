/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The browser is opened by the shell, in the background and with nothing of ours but the address:
 * some are programs of the terminal's that live as long as they are looked at, and the login has to
 * go on meanwhile. BROWSER names another than xdg-open.
 */
#include "tools/service/signin.h"

#include <stdio.h>

#include "auth/lookup.h"
#include "auth/session.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/process.h"
#include "base/rand.h"
#include "base/str.h"
#include "base/uri.h"
#include "crypto/digest.h"

int pail_signin_begin(struct pail_signin *s, struct pail_error *err)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(sizeof(s->challenge));
    uint8_t digest[PAIL_SHA256_LEN];
    for (size_t i = 0; i + 1 < sizeof(s->verifier); i++)
        s->verifier[i] = letters[pail_rand_below(sizeof(letters) - 1)];
    s->verifier[sizeof(s->verifier) - 1] = '\0';
    int rc = pail_digest(PAIL_SHA256, (struct pail_bytes){s->verifier, sizeof(s->verifier) - 1},
                         digest, err);
    if (rc)
        return rc;
    pail_base64url_encode(&text, digest, sizeof(digest));
    rc = pail_buf_check(&text, "challenge", err);
    if (rc)
        return rc;
    memcpy(s->challenge, pail_buf_cstr(&text), sizeof(s->challenge));
    pail_rand_uuid(s->state);
    return 0;
}

/* ---- The browser ----------------------------------------------------------------------------- */

static void open_browser(struct pail_str url)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf out = PAIL_BUF_INIT(4096);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf text = PAIL_BUF_INIT(4096);
    PAIL_CLEANUP(pail_buf_done) struct pail_buf address = PAIL_BUF_INIT(16384);
    int status = 0;
    pail_buf_str(&address, url);
    const char *const argv[] = {"sh",
                                "-c",
                                "exec >/dev/null 2>&1; \"${BROWSER:-xdg-open}\" \"$1\" &",
                                "sh",
                                pail_buf_cstr(&address),
                                NULL};
    struct pail_process p = {.argv = argv,
                             .deadline_mono_ns = pail_deadline_after_ns(5 * PAIL_NS_PER_S),
                             .out = &out,
                             .err = &text};
    (void)!pail_process_run(&p, &status, NULL); /* the address is on the screen */
}

void pail_signin_show(const struct pail_signin_place *place, bool no_browser)
{
    if (no_browser) {
        printf("Browser will not be automatically opened.\nPlease visit the following URL:\n"
               "\n%.*s\n",
               PAIL_STR_ARG(place->url));
        if (place->code.ptr)
            printf("\nThen enter the code:\n\n%.*s\n\nAlternatively, you may visit the following "
                   "URL which will autofill the code upon loading:\n%.*s\n",
                   PAIL_STR_ARG(place->code), PAIL_STR_ARG(place->complete));
    } else {
        printf("Attempting to open your default browser. If the browser does not open, open the "
               "following URL.\n");
        if (place->elsewhere)
            printf("If you are unable to open the URL on this device, run this command again with "
                   "the '%s' option.\n",
                   place->elsewhere);
        printf("\n%.*s\n", PAIL_STR_ARG(place->url));
        if (place->code.ptr)
            printf("\nThen enter the code:\n\n%.*s\n", PAIL_STR_ARG(place->code));
    }
    fflush(stdout);
    if (!no_browser)
        open_browser(place->complete.ptr ? place->complete : place->url);
}

/* ---- Addresses, sessions --------------------------------------------------------------------- */

void pail_signin_query(struct pail_buf *url, const char *name, struct pail_str value)
{
    char last = url->len ? url->ptr[url->len - 1] : '?';
    pail_buf_fmt(url, "%s%s=", last == '?' ? "" : "&", name);
    pail_uri_encode(url, value, PAIL_URI_COMPONENT);
}

int pail_signin_endpoint(struct pail_session *session, const char *service, const char *host,
                         const char *region, struct pail_buf *to, struct pail_error *err)
{
    struct pail_str profile = pail_str(pail_session_profile(session));
    struct pail_lookup_net net = {.engine = pail_session_engine(session),
                                  .settings = pail_session_settings(session),
                                  .region = region};
    struct pail_lookup l = {.config = pail_session_config(session),
                            .profile = profile,
                            .session_profile = profile,
                            .net = &net};
    return pail_lookup_endpoint(&l, service, host, region, to, err);
}

int pail_signin_session(struct pail_cli *cli, const char *region, bool endpoint,
                        struct pail_session **ret, struct pail_error *err)
{
    struct pail_session_options so = PAIL_SESSION_OPTIONS_INIT;
    struct pail_config *config = NULL;
    const char *profile = pail_cli_profile(cli);
    int rc = pail_cli_config(cli, &config, err);
    if (rc)
        return rc;
    so.profile = pail_config_has_profile(config, pail_str(profile)) ? profile : "default";
    so.region = region;
    so.endpoint_url = endpoint ? cli->g.endpoint_url : NULL;
    so.ca_bundle = cli->g.ca_bundle;
    so.no_verify_tls = cli->g.no_verify_ssl;
    so.no_sign_request = true;
    return pail_session_new(&so, ret, err);
}
