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

#include "auth/endpoint.h"
#include "auth/provider.h"
#include "auth/region.h"
#include "base/alloc.h"
#include "base/env.h"
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
        char *profile, *region, *endpoint_url,
            *sts_url; /* endpoint_url: the option; it is not for STS */
        struct pail_engine *engine;
        struct pail_provider *chain;    /* NULL: a provider was given, or none is wanted */
        struct pail_provider *provider; /* cached; NULL: requests are not signed */
    } fixed;
    struct pail_mutex lock;
    struct {
        struct pail_map *endpoints; /* service -> URL, a string of ours */
    } locked;
};

/* ---- Settings ---- */

static const char *first_env(const char *a, const char *b)
{
    const char *v = pail_env_get_nonempty(a);
    return v ? v : pail_env_get_nonempty(b);
}

static struct pail_str profile_of(const struct pail_session *s)
{
    return pail_str(s->fixed.profile);
}

/* Option, environment, profile: the first that is not empty; ptr NULL: none. */
static struct pail_str setting(const struct pail_session *s, const char *option, const char *env,
                               const char *key)
{
    if (option && *option)
        return pail_str(option);
    struct pail_str v = pail_str(env);
    if (!v.len)
        v = pail_config_get(s->fixed.config, profile_of(s), key);
    return v.len ? v : pail_str(NULL);
}

static int copy(char **ret, struct pail_str v, struct pail_error *err)
{
    if (!v.ptr)
        return 0;
    *ret = pail_strndup(v);
    return *ret ? 0 : pail_error_nomem(err);
}

static int choose_profile(struct pail_session *s, const char *option, struct pail_error *err)
{
    const char *name = option ? option : first_env("AWS_PROFILE", "AWS_DEFAULT_PROFILE");
    struct pail_str view = pail_str(name ? name : "default");

    if (!pail_str_eqz(view, "default") && !pail_config_has_profile(s->fixed.config, view))
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_PROFILE_NOT_FOUND,
                              "The config profile (%.*s) could not be found", PAIL_STR_ARG(view));
    return copy(&s->fixed.profile, view, err);
}

static int choose_region(struct pail_session *s, const char *option, struct pail_error *err)
{
    struct pail_str v = setting(s, option, first_env("AWS_REGION", "AWS_DEFAULT_REGION"), "region");
    int rc = v.ptr ? pail_region_check(v, err) : 0;
    return rc < 0 ? rc : copy(&s->fixed.region, v, err);
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
    if (rc == 0)
        rc = copy(&s->fixed.endpoint_url, pail_str(option), err);
    if (rc == 0)
        rc = copy(&s->fixed.sts_url, sts, err);
    return rc;
}

/* *value stays 0 when nobody says anything. */
static int choose_max_attempts(const struct pail_session *s, unsigned *value,
                               struct pail_error *err)
{
    uint64_t n;
    if (*value)
        return 0;
    struct pail_str v = setting(s, NULL, pail_env_get_nonempty("AWS_MAX_ATTEMPTS"), "max_attempts");
    if (!v.ptr)
        return 0;
    if (!pail_str_to_u64(v, &n) || n == 0 || n > UINT32_MAX)
        return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_CONFIG,
                              "max_attempts: \"%.*s\" is not a number above 0",
                              PAIL_STR_ARG(pail_str_sub(v, 0, 40)));
    *value = (unsigned)n;
    return 0;
}

/* ---- Parts ---- */

static int new_transport(const struct pail_session *s, const struct pail_session_options *opt,
                         struct pail_transport **ret, struct pail_error *err)
{
    PAIL_CLEANUP(pail_buf_done) struct pail_buf agent = PAIL_BUF_INIT(USER_AGENT_MAX);
    PAIL_AUTOFREE char *bundle = NULL;
    int rc = copy(&bundle,
                  setting(s, opt->ca_bundle, pail_env_get_nonempty("AWS_CA_BUNDLE"), "ca_bundle"),
                  err);
    if (rc < 0)
        return rc;

    pail_buf_z(&agent, "pail/" PAIL_VERSION " lang/c os/linux");
    if (opt->user_agent_extra && *opt->user_agent_extra)
        pail_buf_fmt(&agent, " %s", opt->user_agent_extra);
    rc = pail_buf_check(&agent, "user_agent_extra", err);
    if (rc < 0)
        return rc;
    if (strpbrk(agent.ptr, "\r\n"))
        return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "user_agent_extra: line break");

    struct pail_transport_options t = {
        .threads = opt->io_threads,
        .max_connections = opt->max_connections ? opt->max_connections : MAX_CONNECTIONS,
        .ca_bundle = bundle,
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
    struct pail_engine_options e = {
        .take_transport = take_transport,
        .max_in_flight = opt->max_connections > IN_FLIGHT ? opt->max_connections : IN_FLIGHT,
        .connect_timeout_ms = opt->connect_timeout_ms,
        .read_timeout_ms = opt->read_timeout_ms,
        .timeout_ms = opt->timeout_ms,
        .max_attempts = opt->max_attempts,
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
        .sts = {s->fixed.engine, s->fixed.sts_url, s->fixed.region},
    };
    return pail_provider_chain(&chain, &s->fixed.chain, err);
}

static int new_provider(struct pail_session *s, const struct pail_session_options *opt,
                        struct pail_error *err)
{
    if (opt->no_sign_request)
        return 0;
    struct pail_cached_options cached = {.keep_until_expired = true};
    if (!opt->provider) {
        int rc = new_chain(s, opt, err);
        if (rc < 0)
            return rc;
        cached.changed = pail_chain_changed;
        cached.changed_ud = s->fixed.chain;
    }
    return pail_provider_cached(opt->provider ? opt->provider : s->fixed.chain, &cached,
                                &s->fixed.provider, err);
}

/* ---- The object ---- */

static void destroy(struct pail_session *s)
{
    struct pail_str service;
    void *url;

    pail_engine_free(s->fixed.engine);
    (void)pail_provider_unref(s->fixed.provider);
    (void)pail_provider_unref(s->fixed.chain);
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
    pail_free(s->fixed.sts_url);
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
static int new_settings(struct pail_session_options *opt, struct pail_session **ret,
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
        rc = choose_region(s, opt->region, err);
    if (rc == 0)
        rc = choose_endpoints(s, opt->endpoint_url, err);
    if (rc == 0)
        rc = choose_max_attempts(s, &opt->max_attempts, err);
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

    int rc = read_options(options, &opt, err);
    if (rc == 0)
        rc = new_settings(&opt, &s, err);
    if (rc == 0 && !take_transport)
        rc = new_transport(s, &opt, &take_transport, err);
    if (rc == 0)
        rc = new_engine(s, &opt, PAIL_STEAL(take_transport), err);
    if (rc == 0)
        rc = new_provider(s, &opt, err);
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

struct pail_str pail_session_setting(struct pail_session *s, const char *sub, const char *key)
{
    return sub ? pail_config_get_sub(s->fixed.config, profile_of(s), sub, key)
               : pail_config_get(s->fixed.config, profile_of(s), key);
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
