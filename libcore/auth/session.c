/* SPDX-License-Identifier: Apache-2.0 */
/*
 * auth/session.c - the session: what it takes to send a signed request, put together once.
 *
 *     options, environment, files -> settings -> transport -> engine -> providers
 *
 * Everything is fixed after creation but the memory of endpoint URLs, which are worked out when a
 * service first asks. The chain of providers uses the engine (STS), and the engine's calls use the
 * providers; neither holds a reference to the session. Ending: first the engine, which waits for
 * its calls and thereby for a fetch under way, then the providers.
 *
 * A failed mandatory refresh is forgiven while the old credentials last (botocore fails instead): a
 * mount has better things to do during an outage of STS than to refuse requests that would succeed.
 */
#include "auth/session.h"

#include <stdatomic.h>
#include <unistd.h>

#include "auth/bearer.h"
#include "auth/endpoint.h"
#include "auth/imds.h"
#include "auth/provider.h"
#include "auth/region.h"
#include "base/alloc.h"
#include "base/env.h"
#include "base/logging.h"
#include "base/map.h"
#include "base/str.h"
#include "base/thread.h"

#define MAX_CONNECTIONS 64
#define IN_FLIGHT 128
#define USER_AGENT_MAX 1024

struct pail_session {
    _Atomic unsigned refs;
    struct {
        struct pail_config *config;
        struct pail_settings settings;
        char *profile, *region, *endpoint_url; /* endpoint_url: the option; it is not for STS */
        struct pail_engine *engine;
        struct pail_provider *chain;    /* NULL: a provider was given, or none is wanted */
        struct pail_provider *provider; /* cached; NULL: requests are not signed */
        struct pail_provider *tokens;   /* cached; of SSO */
    } fixed;
    struct pail_mutex lock;
    struct {
        struct pail_map *endpoints; /* service -> URL, a string of ours */
    } locked;
};

/* ---- Settings ---- */

static struct pail_str profile_of(const struct pail_session *s)
{
    return pail_str(s->fixed.profile);
}

static int copy(char **ret, struct pail_str v, struct pail_error *err)
{
    if (!v.ptr)
        return 0;
    *ret = pail_strndup(v);
    return *ret ? 0 : pail_error_nomem(err);
}

/* A variable that is set counts also when it is empty: nobody has a profile of that name. */
static const char *chosen_profile(const char *option)
{
    const char *name = option ? option : pail_env_get("AWS_PROFILE");
    if (!name)
        name = pail_env_get("AWS_DEFAULT_PROFILE");
    return name ? name : "default";
}

static int choose_profile(struct pail_session *s, const char *option, struct pail_error *err)
{
    struct pail_str view = pail_str(chosen_profile(option));

    if (!pail_str_eqz(view, "default") && !pail_config_has_profile(s->fixed.config, view))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_PROFILE_NOT_FOUND,
                              "The config profile (%.*s) could not be found", PAIL_STR_ARG(view));
    return copy(&s->fixed.profile, view, err);
}

/* "fips-us-east-2" and "us-east-2-fips" are old ways to ask for FIPS endpoints. */
static struct pail_str without_fips(struct pail_session *s, struct pail_str region)
{
    struct pail_str plain = region;
    if (pail_str_starts(region, PAIL_STR("fips-")))
        plain = pail_str_from(region, 5);
    else if (pail_str_ends(region, PAIL_STR("-fips")))
        plain = pail_str_sub(region, 0, region.len - 5);
    if (plain.len != region.len) {
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_WARN,
                 "region %.*s: transforming it to %.*s and setting use_fips_endpoint to true",
                 PAIL_STR_ARG(region), PAIL_STR_ARG(plain));
        s->fixed.settings.use_fips = PAIL_YES;
    }
    return plain;
}

static int choose_region(struct pail_session *s, const char *option, struct pail_error *err)
{
    struct pail_str v = pail_str(option && *option ? option : s->fixed.settings.region);
    if (!v.ptr)
        return 0;
    v = without_fips(s, v);
    int rc = pail_region_check(v, err);
    return rc < 0 ? rc : copy(&s->fixed.region, v, err);
}

static int choose_checksum(struct pail_settings *s, const char *option, struct pail_error *err)
{
    s->checksum_alg = option ? pail_checksum_from_name(pail_str(option)) : PAIL_CK_CRC32;
    if (s->checksum_alg != PAIL_CK_NONE)
        return 0;
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "Unsupported checksum algorithm: %s",
                          option);
}

static struct pail_lookup_net net_of(const struct pail_session *s)
{
    return (struct pail_lookup_net){
        .engine = s->fixed.engine,
        .settings = &s->fixed.settings,
        .region = s->fixed.region,
    };
}

/* Not to be had: then there is none, as before. */
static int ask_for_region(struct pail_session *s, struct pail_error *err)
{
    struct pail_lookup_net net = net_of(s);
    struct pail_error e = PAIL_ERROR_INIT;
    int rc = pail_imds_region(&net, &s->fixed.region, &e);
    if (rc == PAIL_E_NO_CREDENTIALS) {
        PAIL_LOG(PAIL_LC_AUTH, PAIL_LOG_DEBUG, "no region from the instance metadata: %s",
                 e.message);
        return 0;
    }
    if (rc < 0)
        pail_error_copy(err, &e);
    return rc;
}

/* Asks once where we are, unless somebody forbids it or the environment tells. */
static int settle_mode(struct pail_session *s, const struct pail_session_options *opt,
                       struct pail_error *err)
{
    struct pail_settings *set = &s->fixed.settings;
    struct pail_lookup_net net = net_of(s);
    struct pail_error e = PAIL_ERROR_INIT;
    char *here = NULL;

    if (set->defaults_mode != PAIL_DEFAULTS_AUTO)
        return 0;
    int rc = pail_imds_region(&net, &here, &e);
    pail_settings_settle_mode(set, s->fixed.region, here);
    pail_free(here);
    if (!opt->connect_timeout_ms)
        pail_engine_set_connect_timeout(s->fixed.engine, set->connect_timeout_ms);
    if (rc == PAIL_E_NOMEM)
        pail_error_copy(err, &e);
    return rc == PAIL_E_NOMEM ? rc : 0;
}

static int choose_endpoints(struct pail_session *s, const char *option, struct pail_error *err)
{
    struct pail_str s3 = pail_endpoint_configured(s->fixed.config, profile_of(s), "s3");
    struct pail_str sts = pail_endpoint_configured(s->fixed.config, profile_of(s), "sts");

    int rc = pail_endpoint_check_services(s->fixed.config, profile_of(s), err);
    if (rc == 0 && option)
        rc = pail_endpoint_check_url(pail_str(option), err);
    else if (rc == 0 && s3.ptr)
        rc = pail_endpoint_check_url(s3, err);
    if (rc == 0 && sts.ptr)
        rc = pail_endpoint_check_url(sts, err);
    return rc < 0 ? rc : copy(&s->fixed.endpoint_url, pail_str(option), err);
}

/* ---- Parts ---- */

/* What may stand in a word of the User-Agent; the rest becomes '-'. */
static void add_app_id(struct pail_buf *agent, const char *id)
{
    if (!id)
        return;
    pail_buf_z(agent, " app/");
    for (; *id; id++) {
        bool fine = (*id >= '0' && *id <= '9') || (*id >= 'A' && *id <= 'Z') ||
                    (*id >= 'a' && *id <= 'z') || strchr("!$%&'*+-.^_`|~#", *id);
        pail_buf_char(agent, fine ? *id : '-');
    }
}

static int new_transport(const struct pail_session *s, const struct pail_session_options *opt,
                         struct pail_transport **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf agent = PAIL_BUF_INIT(USER_AGENT_MAX);

    pail_buf_z(&agent, "pail/" PAIL_VERSION " lang/c os/linux");
    if (opt->user_agent_extra && *opt->user_agent_extra)
        pail_buf_fmt(&agent, " %s", opt->user_agent_extra);
    add_app_id(&agent, s->fixed.settings.app_id);
    int rc = pail_buf_check(&agent, "user_agent_extra", err);
    if (rc < 0)
        return rc;
    if (strpbrk(agent.ptr, "\r\n"))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "user_agent_extra: line break");

    struct pail_transport_options t = {
        .threads = opt->io_threads,
        .max_connections = opt->max_connections ? opt->max_connections : MAX_CONNECTIONS,
        .ca_bundle = opt->ca_bundle && *opt->ca_bundle ? opt->ca_bundle
                                                       : s->fixed.settings.ca_bundle,
        .proxy_ca_bundle = s->fixed.settings.proxy_ca_bundle,
        .proxy_client_cert = s->fixed.settings.proxy_client_cert,
        .no_verify_tls = opt->no_verify_tls,
        .user_agent = agent.ptr,
    };
    if (!t.threads)
        t.threads = sysconf(_SC_NPROCESSORS_ONLN) > 2 ? 2 : 1;
    return pail_transport_curl_new(&t, ret, err);
}

static int new_engine(struct pail_session *s, const struct pail_session_options *opt,
                      struct pail_transport *take_transport, struct pail_error *err)
{
    const struct pail_settings *set = &s->fixed.settings;
    struct pail_engine_options e = {
        .take_transport = take_transport,
        .max_in_flight = opt->max_connections > IN_FLIGHT ? opt->max_connections : IN_FLIGHT,
        .connect_timeout_ms = opt->connect_timeout_ms ? opt->connect_timeout_ms
                                                      : set->connect_timeout_ms,
        .read_timeout_ms = opt->read_timeout_ms,
        .timeout_ms = opt->timeout_ms,
        .max_attempts = opt->max_attempts ? opt->max_attempts : set->max_attempts,
        .retry_mode = set->retry_mode,
        .retries_2026 = set->retries_2026,
        .no_skew_correction = set->disable_clock_skew_correction,
    };
    return pail_engine_new(&e, &s->fixed.engine, err);
}

static int new_chain(struct pail_session *s, const struct pail_session_options *opt,
                     struct pail_error *err)
{
    struct pail_chain_options chain = {
        .config = s->fixed.config,
        .profile = profile_of(s),
        .profile_chosen = opt->profile != NULL,
        .net = net_of(s),
        .mfa = opt->mfa,
        .mfa_ud = opt->mfa_ud,
    };
    return pail_provider_chain(&chain, &s->fixed.chain, err);
}

/* Keys in the options. */
static int new_explicit(const struct pail_session_options *opt, struct pail_provider **ret,
                        struct pail_error *err)
{
    struct pail_credentials_fields f = {
        .access_key = pail_str(opt->access_key),
        .secret_key = pail_str(opt->secret_key),
        .session_token = pail_str(opt->session_token),
        .method = "explicit",
    };
    struct pail_credentials *c = NULL;

    if (!f.access_key.len || !f.secret_key.len)
        return pail_lookup_partial(
            err, "explicit", f.access_key.len ? "aws_secret_access_key" : "aws_access_key_id");
    int rc = pail_credentials_new(&f, &c, err);
    if (rc == 0)
        rc = pail_provider_static(c, ret, err);
    (void)pail_credentials_unref(c);
    return rc;
}

static int new_tokens(struct pail_session *s, struct pail_error *err)
{
    struct pail_cached_options cached = {.retry_s = 60, .keep_until_expired = true};
    struct pail_lookup_net net = net_of(s);
    struct pail_provider *source = NULL;
    int rc = pail_provider_sso_token(s->fixed.config, profile_of(s), &net, &source, err);
    if (rc == 0)
        rc = pail_provider_cached(source, &cached, &s->fixed.tokens, err);
    (void)pail_provider_unref(source);
    return rc;
}

static int new_provider(struct pail_session *s, const struct pail_session_options *opt,
                        struct pail_error *err)
{
    struct pail_cached_options cached = {.keep_until_expired = true};
    struct pail_provider *source = pail_provider_ref(opt->provider);
    int rc = 0;

    if (opt->no_sign_request) {
        (void)pail_provider_unref(source);
        return 0;
    }
    if (!source && (opt->access_key || opt->secret_key)) {
        rc = new_explicit(opt, &source, err);
    } else if (!source) {
        rc = new_chain(s, opt, err);
        source = pail_provider_ref(s->fixed.chain);
        cached.changed = pail_chain_changed;
        cached.changed_ud = s->fixed.chain;
    }
    if (rc == 0)
        rc = pail_provider_cached(source, &cached, &s->fixed.provider, err);
    (void)pail_provider_unref(source);
    return rc;
}

/* ---- The object ---- */

static void destroy(struct pail_session *s)
{
    struct pail_str service;
    void *url;

    pail_engine_free(s->fixed.engine);
    (void)pail_provider_unref(s->fixed.provider);
    (void)pail_provider_unref(s->fixed.chain);
    (void)pail_provider_unref(s->fixed.tokens);
    if (s->fixed.config)
        (void)pail_config_unref(s->fixed.config);
    for (size_t it = 0;
         s->locked.endpoints && pail_map_next(s->locked.endpoints, &it, &service, &url);)
        pail_free(url);
    pail_map_free(s->locked.endpoints);
    pail_mutex_done(&s->lock);
    pail_free(s->fixed.profile);
    pail_free(s->fixed.region);
    pail_free(s->fixed.endpoint_url);
    pail_settings_done(&s->fixed.settings);
    pail_free(s);
}

/* What callers built against an older header do not know is zero. */
static int read_options(const struct pail_session_options *opt, struct pail_session_options *ret,
                        struct pail_error *err)
{
    *ret = (struct pail_session_options)PAIL_SESSION_OPTIONS_INIT;
    if (!opt)
        return 0;
    if (opt->size < offsetof(struct pail_session_options, profile))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID,
                              "session options without size: use PAIL_SESSION_OPTIONS_INIT");
    memcpy(ret, opt, opt->size < sizeof(*ret) ? opt->size : sizeof(*ret));
    return 0;
}

/* Everything that needs no transport. */
static int new_settings(const struct pail_session_options *opt, struct pail_session **ret,
                        struct pail_error *err)
{
    struct pail_session *s = pail_zalloc(sizeof(*s));
    if (!s)
        return pail_error_nomem(err);
    atomic_init(&s->refs, 1);
    pail_mutex_init(&s->lock, "session", PAIL_RANK_AUTH);
    int rc = pail_map_new(&s->locked.endpoints, err);
    if (rc == 0)
        rc = pail_config_load(&s->fixed.config, err);
    if (rc == 0)
        rc = choose_profile(s, opt->profile, err);
    if (rc == 0)
        rc = pail_settings_read(s->fixed.config, profile_of(s), &s->fixed.settings, err);
    if (rc == 0)
        rc = choose_checksum(&s->fixed.settings, opt->checksum_algorithm, err);
    if (rc == 0 && opt->regional_endpoints) {
        s->fixed.settings.sts_regional = PAIL_REGIONAL_YES;
        if (s->fixed.settings.s3.us_east_1 == PAIL_REGIONAL_UNSET)
            s->fixed.settings.s3.us_east_1 = PAIL_REGIONAL_YES;
    }
    if (rc == 0)
        rc = choose_region(s, opt->region, err);
    if (rc == 0)
        rc = choose_endpoints(s, opt->endpoint_url, err);
    if (rc < 0) {
        destroy(s);
        return rc;
    }
    *ret = s;
    return 0;
}

/* The transport is libcurl's when none is given. */
static int session_new(const struct pail_session_options *options,
                       struct pail_transport *take_transport, struct pail_session **ret,
                       struct pail_error *err)
{
    struct pail_session_options opt;
    struct pail_session *s = NULL;

    int rc = pail_log_from_env(err);
    if (rc == 0)
        rc = read_options(options, &opt, err);
    if (rc == 0)
        rc = new_settings(&opt, &s, err);
    if (rc == 0 && !take_transport)
        rc = new_transport(s, &opt, &take_transport, err);
    if (rc == 0)
        rc = new_engine(s, &opt, PAIL_STEAL(take_transport), err);
    if (rc == 0 && opt.region_from_metadata && !s->fixed.region)
        rc = ask_for_region(s, err);
    if (rc == 0)
        rc = settle_mode(s, &opt, err);
    if (rc == 0)
        rc = new_provider(s, &opt, err);
    if (rc == 0)
        rc = new_tokens(s, err);
    if (rc < 0) {
        if (take_transport)
            take_transport->ops->free(take_transport);
        if (s)
            destroy(s);
        return rc;
    }
    *ret = s;
    return 0;
}

int pail_session_new(const struct pail_session_options *opt, struct pail_session **ret,
                     struct pail_error *err)
{
    return session_new(opt, NULL, ret, err);
}

int pail_session_new_on(const struct pail_session_options *opt,
                        struct pail_transport *take_transport, struct pail_session **ret,
                        struct pail_error *err)
{
    return session_new(opt, take_transport, ret, err);
}

struct pail_session *pail_session_ref(struct pail_session *s)
{
    if (s)
        atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

struct pail_session *pail_session_unref(struct pail_session *s)
{
    if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
        destroy(s);
    return NULL;
}

const char *pail_session_profile(const struct pail_session *s)
{
    return s->fixed.profile;
}

const char *pail_session_region(const struct pail_session *s)
{
    return s->fixed.region;
}

struct pail_engine *pail_session_engine(struct pail_session *s)
{
    return s->fixed.engine;
}

const struct pail_settings *pail_session_settings(const struct pail_session *s)
{
    return &s->fixed.settings;
}

struct pail_config *pail_session_config(const struct pail_session *s)
{
    return s->fixed.config;
}

struct pail_str pail_session_setting(struct pail_session *s, const char *sub, const char *key)
{
    return sub ? pail_config_get_sub(s->fixed.config, profile_of(s), sub, key)
               : pail_config_get(s->fixed.config, profile_of(s), key);
}

int pail_session_check_block(const struct pail_session *s, const char *service,
                             struct pail_error *err)
{
    struct pail_str word = pail_config_get(s->fixed.config, profile_of(s), service);
    if (!word.len)
        return 0;
    return pail_error_set(
        err, PAIL_D_CONFIG, PAIL_E_CONFIG,
        "%s = %.*s: settings of a service belong in indented lines below \"%s =\"", service,
        PAIL_STR_ARG(pail_str_sub(word, 0, 60)), service);
}

/* ---- Credentials ---- */

int pail_session_sign_credentials(struct pail_session *s, bool may_block, bool refresh,
                                  struct pail_credentials **ret, struct pail_error *err)
{
    if (!s->fixed.provider) {
        *ret = NULL;
        return 0;
    }
    if (may_block)
        return pail_provider_fetch(s->fixed.provider, refresh, ret, err);
    return pail_cached_try(s->fixed.provider, refresh, ret, err);
}

int pail_session_credentials(struct pail_session *s, struct pail_credentials **ret,
                             struct pail_error *err)
{
    if (!s->fixed.provider)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_NO_CREDENTIALS,
                              "Unable to locate credentials; the session does not sign requests");
    return pail_provider_fetch(s->fixed.provider, false, ret, err);
}

int pail_session_bearer_token(struct pail_session *s, const char *signing_name, bool may_block,
                              bool refresh, struct pail_credentials **ret, struct pail_error *err)
{
    int rc = pail_bearer_from_env(signing_name, ret, err);
    if (rc != PAIL_E_NO_CREDENTIALS)
        return rc;
    struct pail_error e = PAIL_ERROR_INIT;
    rc = may_block ? pail_provider_fetch(s->fixed.tokens, refresh, ret, &e)
                   : pail_cached_try(s->fixed.tokens, refresh, ret, &e);
    if (rc == PAIL_E_NO_CREDENTIALS)
        return pail_error_set(err, PAIL_D_AUTH, PAIL_E_NO_CREDENTIALS,
                              "Unable to locate authorization token");
    pail_error_copy(err, rc < 0 ? &e : NULL);
    return rc;
}

size_t pail_session_credentials_report(struct pail_session *s, char *dst, size_t cap)
{
    if (s->fixed.chain)
        return pail_chain_report(s->fixed.chain, dst, cap);
    struct pail_str text = s->fixed.provider
                               ? PAIL_STR("explicit: the session was given a provider\n")
                               : PAIL_STR("none: the session does not sign requests\n");
    size_t n = text.len < cap ? text.len : cap ? cap - 1 : 0;
    if (n)
        memcpy(dst, text.ptr, n);
    if (cap)
        dst[n] = '\0';
    return text.len;
}

/* ---- Endpoints ---- */

static char *configured_url(const struct pail_session *s, const char *service)
{
    return pail_strndup(pail_endpoint_configured(s->fixed.config, profile_of(s), service));
}

const char *pail_session_endpoint_url(struct pail_session *s, const char *service)
{
    if (s->fixed.endpoint_url)
        return s->fixed.endpoint_url;
    PAIL_LOCKED(&s->lock);
    char *url = pail_map_get(s->locked.endpoints, pail_str(service));
    if (url)
        return *url ? url : NULL;
    /* "" remembers that there is none. */
    url = configured_url(s, service);
    if (!url || pail_map_put(s->locked.endpoints, pail_str(service), url, NULL, NULL) < 0) {
        /* Not NULL, which would send the request to AWS: no URL at all, so that it fails. */
        pail_free(url);
        return "(out of memory)";
    }
    return *url ? url : NULL;
}
