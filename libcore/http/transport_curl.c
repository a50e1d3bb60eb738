/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/transport_curl.c - the transport of production: N threads, each driving one CURLM.
 *
 * Several loops, because one thread does all of libcurl's copying and all of TLS for its
 * connections. An exchange goes to the loop with the fewest under way; among equals to the caller's
 * own (no thread is woken), then to the one that finished something last, whose connections are the
 * warmest. So a single stream of requests stays on one connection, and a full load is spread
 * evenly, which also keeps every loop within its share of the connections.
 *
 * libcurl repeats a request by itself, once, when an idle connection turns out to have been closed
 * by the server. That is wanted, except for requests that must not be sent twice: those are stopped
 * (curl_easy.c, send_once).
 */
#include "base/alloc.h"
#include "http/curl_impl.h"

#define DEFAULT_CONNECTIONS 64

static struct curl_transport *transport_of(struct pail_transport *t)
{
    return PAIL_CONTAINER(t, struct curl_transport, base);
}

/* The one with the smaller load; see above. */
static bool is_better(struct curl_loop *a, struct curl_loop *b)
{
    unsigned load_a = a->in_flight, load_b = b->in_flight;
    if (load_a != load_b)
        return load_a < load_b;
    if (pail_curl_loop_is_current(b))
        return false;
    return pail_curl_loop_is_current(a) || a->last_done_ns > b->last_done_ns;
}

static int start(struct pail_transport *base, struct pail_exchange *x, struct pail_error *err)
{
    struct curl_transport *t = transport_of(base);
    struct curl_loop *best = &t->loops[0];

    for (unsigned i = 1; i < t->n_loops; i++) {
        if (is_better(&t->loops[i], best))
            best = &t->loops[i];
    }
    return pail_curl_loop_give(best, x, err);
}

/* Where the first of a quiet time goes to. */
static void warm(struct pail_transport *base)
{
    pail_curl_loop_warm(&transport_of(base)->loops[0]);
}

static void cancel(struct pail_transport *base, struct pail_exchange *x)
{
    (void)base;
    pail_curl_loop_cancel(x->impl.owner, x);
}

static void free_transport(struct pail_transport *base)
{
    struct curl_transport *t = transport_of(base);

    /* First all, so that what one ends is not started on another. */
    for (unsigned i = 0; i < t->n_loops; i++)
        pail_curl_loop_close(&t->loops[i]);
    for (unsigned i = 0; i < t->n_loops; i++)
        pail_curl_loop_done(&t->loops[i]);
    pail_free(t->ca_bundle);
    pail_free(t->proxy_ca_bundle);
    pail_free(t->proxy_client_cert);
    pail_free(t->user_agent);
    pail_free(t);
}

static const struct pail_transport_ops curl_ops = {
    .name = "libcurl",
    .start = start,
    .warm = warm,
    .cancel = cancel,
    .free = free_transport,
};

static int set_options(struct curl_transport *t, const struct pail_transport_options *opt,
                       struct pail_error *err)
{
    t->base.ops = &curl_ops;
    t->no_verify_tls = opt->no_verify_tls;
    t->max_connections = opt->max_connections ? opt->max_connections : DEFAULT_CONNECTIONS;
    t->user_agent = pail_strdup(opt->user_agent ? opt->user_agent : "pail/" PAIL_VERSION);
    t->ca_bundle = opt->ca_bundle ? pail_strdup(opt->ca_bundle) : NULL;
    t->proxy_ca_bundle = opt->proxy_ca_bundle ? pail_strdup(opt->proxy_ca_bundle) : NULL;
    t->proxy_client_cert = opt->proxy_client_cert ? pail_strdup(opt->proxy_client_cert) : NULL;
    if (!t->user_agent || (opt->ca_bundle && !t->ca_bundle) ||
        (opt->proxy_ca_bundle && !t->proxy_ca_bundle) ||
        (opt->proxy_client_cert && !t->proxy_client_cert))
        return pail_error_nomem(err);
    return 0;
}

int pail_transport_curl_new(const struct pail_transport_options *opt, struct pail_transport **ret,
                            struct pail_error *err)
{
    unsigned n_loops = opt->threads ? opt->threads : 1;
    struct curl_transport *t = pail_zalloc(sizeof(*t) + n_loops * sizeof(t->loops[0]));
    if (!t)
        return pail_error_nomem(err);
    int rc = set_options(t, opt, err);
    unsigned share = (t->max_connections + n_loops - 1) / n_loops;
    for (; rc == 0 && t->n_loops < n_loops; t->n_loops++) {
        t->loops[t->n_loops].fixed.max_active = share;
        rc = pail_curl_loop_init(&t->loops[t->n_loops], t, err);
        if (rc < 0)
            break;
    }
    if (rc < 0) {
        free_transport(&t->base);
        return rc;
    }
    *ret = &t->base;
    return 0;
}
