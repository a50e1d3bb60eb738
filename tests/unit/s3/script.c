/* SPDX-License-Identifier: Apache-2.0 */
/* unit/s3/script.c - the transport with prepared answers: one thread, one exchange after the other.
 */
#include "unit/s3/script.h"

#include "base/env.h"
#include "base/rand.h"

struct transport {
    struct pail_transport base;
    struct script *script;
    struct pail_mutex lock;
    struct pail_cond cond;
    struct pail_list queue; /* exchanges, impl.link */
    bool stopping;
    struct pail_thread *thread;
};

static const char *no_env(const char *name)
{
    return NULL;
}

static void zeros(void *dst, size_t n)
{
    memset(dst, 0, n);
}

/* ---- What was asked ---- */

static void note(struct script *sc, const struct pail_exchange *x)
{
    struct pail_buf text = PAIL_BUF_INIT(64u << 20);
    const struct pail_request *rq = x->request;

    pail_buf_z(&text, rq->method);
    pail_buf_char(&text, ' ');
    pail_request_url(rq, true, &text);
    pail_buf_char(&text, '\n');
    for (size_t i = 0; i < rq->headers.n; i++) {
        struct pail_header h = pail_headers_at(&rq->headers, i);
        pail_buf_fmt(&text, "%.*s: %.*s\n", PAIL_STR_ARG(h.name), PAIL_STR_ARG(h.value));
    }
    if (x->expect_continue)
        pail_buf_z(&text, "expect\n");
    if (x->head_only)
        pail_buf_z(&text, "head only\n");
    if (x->body)
        pail_buf_fmt(&text, "length: %llu\n", (unsigned long long)x->body->length);
    pail_buf_char(&text, '\n');
    for (uint64_t at = 0; x->body && at < x->body->length;) {
        char chunk[4096];
        size_t n = 0;
        if (pail_body_read(x->body, at, chunk, sizeof(chunk), &n, NULL) < 0 || n == 0)
            break;
        pail_buf_append(&text, chunk, n);
        at += n;
    }
    if (sc->n_requests < SCRIPT_MAX)
        sc->requests[sc->n_requests] = pail_buf_take(&text, NULL);
    sc->n_requests++;
    pail_buf_done(&text);
}

/* ---- What is answered ---- */

static int add_headers(struct pail_headers *h, const char *text, size_t length,
                       struct pail_error *err)
{
    struct pail_str rest = pail_str(text), line, name;
    char digits[24];
    int rc = 0;

    while (rc == 0 && text && pail_str_split(&rest, '\n', &line)) {
        if (pail_str_split(&line, ':', &name))
            rc = pail_headers_add(h, pail_str_trim(name), pail_str_trim(line), err);
    }
    if (rc == 0 && !pail_headers_get(h, "Content-Length").ptr) {
        snprintf(digits, sizeof(digits), "%zu", length);
        rc = pail_headers_add(h, PAIL_STR("Content-Length"), pail_str(digits), err);
    }
    return rc;
}

static int deliver(struct pail_exchange *x, const struct script_answer *a, struct pail_error *err)
{
    const char *body = a->body ? a->body : "";
    size_t n = strlen(body);
    struct pail_headers headers;

    pail_headers_init(&headers, 64 * 1024);
    int rc = add_headers(&headers, a->headers, n, err);
    if (rc == 0)
        rc = x->on_head(x, a->status, &headers, err);
    /* In two pieces, so that somebody may be wrong about offsets. */
    if (rc == 0 && n > 1 && !x->head_only)
        rc = x->on_body(x, body, n / 2, err);
    if (rc == 0 && n && !x->head_only)
        rc = x->on_body(x, body + (n > 1 ? n / 2 : 0), n - (n > 1 ? n / 2 : 0), err);
    if (rc == 0 && a->fate == SCRIPT_CUT)
        rc = pail_error_set(err, PAIL_D_NET, PAIL_E_CLOSED, "connection closed");
    x->on_done(x, rc < 0 ? err : NULL); /* headers are used until here */
    pail_headers_done(&headers);
    return rc;
}

static void answer(struct script *sc, struct pail_exchange *x)
{
    static const struct script_answer nothing = {418, NULL, "the script is at its end", 0};
    const struct script_answer *a = &nothing;
    struct pail_error err = PAIL_ERROR_INIT;

    if (sc->repeat)
        a = &sc->answers[sc->n_requests % sc->n_answers];
    else if (sc->n_requests < sc->n_answers)
        a = &sc->answers[sc->n_requests];
    if (sc->repeat)
        sc->n_requests++;
    else
        note(sc, x);
    x->request_sent = a->fate != SCRIPT_UNSENT;
    if (a->fate == SCRIPT_LOST || a->fate == SCRIPT_UNSENT) {
        pail_error_set(&err, PAIL_D_NET, a->fate == SCRIPT_LOST ? PAIL_E_CLOSED : PAIL_E_CONNECT,
                       "connection lost");
        x->on_done(x, &err);
        return;
    }
    (void)deliver(x, a, &err);
}

static void run(void *arg)
{
    struct transport *t = arg;

    for (;;) {
        pail_mutex_lock(&t->lock);
        while (pail_list_empty(&t->queue) && !t->stopping)
            pail_cond_wait(&t->cond, &t->lock);
        struct pail_list *link = pail_list_pop(&t->queue);
        pail_mutex_unlock(&t->lock);
        if (!link)
            return;
        answer(t->script, PAIL_CONTAINER(link, struct pail_exchange, impl.link));
    }
}

/* ---- The transport ---- */

static int on_start(struct pail_transport *base, struct pail_exchange *x, struct pail_error *err)
{
    struct transport *t = PAIL_CONTAINER(base, struct transport, base);

    PAIL_LOCKED(&t->lock);
    pail_list_init(&x->impl.link);
    pail_list_append(&t->queue, &x->impl.link);
    pail_cond_signal(&t->cond);
    return 0;
}

static void on_cancel(struct pail_transport *base, struct pail_exchange *x)
{
    /* Its answer comes at once anyway. */
}

static void on_free(struct pail_transport *base)
{
    struct transport *t = PAIL_CONTAINER(base, struct transport, base);

    pail_mutex_lock(&t->lock);
    t->stopping = true;
    pail_cond_signal(&t->cond);
    pail_mutex_unlock(&t->lock);
    pail_thread_join(t->thread);
    pail_cond_done(&t->cond);
    pail_mutex_done(&t->lock);
    pail_free(t);
}

static const struct pail_transport_ops transport_ops = {
    .name = "script", .start = on_start, .cancel = on_cancel, .free = on_free};

/* The transport, or NULL with *err set. */
static struct pail_transport *new_transport(struct script *sc, struct pail_error *err)
{
    struct transport *t = pail_zalloc(sizeof(*t));

    if (!t) {
        (void)pail_error_nomem(err);
        return NULL;
    }
    t->base.ops = &transport_ops;
    t->script = sc;
    pail_mutex_init(&t->lock, "script", PAIL_RANK_TRANSPORT);
    pail_cond_init(&t->cond);
    pail_list_init(&t->queue);
    if (pail_thread_start(&t->thread, "script", run, t, err) < 0) {
        pail_cond_done(&t->cond);
        pail_mutex_done(&t->lock);
        pail_free(t);
        return NULL;
    }
    return &t->base;
}

static int open_with(struct script *sc, const struct pail_session_options *session_opt,
                     const struct pail_s3_options *opt, struct pail_error *err)
{
    struct pail_transport *t = new_transport(sc, err);

    if (!t)
        return err->code;
    int rc = pail_session_new_on(session_opt, t, &sc->session, err);
    if (rc < 0)
        return rc;
    rc = pail_s3_new(sc->session, opt, &sc->s3, err);
    if (rc < 0)
        sc->session = pail_session_unref(sc->session);
    return rc;
}

static int test_keys(struct pail_provider **ret, struct pail_error *err)
{
    struct pail_credentials_fields keys = {
        .access_key = PAIL_STR("AKIDEXAMPLE"), .secret_key = PAIL_STR("secret"), .method = "test"};
    struct pail_credentials *credentials = NULL;

    int rc = pail_credentials_new(&keys, &credentials, err);
    if (rc < 0)
        return rc;
    rc = pail_provider_static(credentials, ret, err);
    pail_credentials_unref(credentials);
    return rc;
}

const char *(*script_env)(const char *name);

void script_start_with(struct script *sc, const struct script_answer *answers, size_t n,
                       const struct pail_session_options *session_opt,
                       const struct pail_s3_options *opt)
{
    struct pail_error err = PAIL_ERROR_INIT;

    pail_env_set_source(script_env ? script_env : no_env);
    pail_rand_set_source(zeros);
    *sc = (struct script){.answers = answers, .n_answers = n};
    assert_ok(open_with(sc, session_opt, opt, &err), &err);
}

void script_start(struct script *sc, const struct script_answer *answers, size_t n,
                  const struct pail_s3_options *opt)
{
    struct pail_session_options session_opt = PAIL_SESSION_OPTIONS_INIT;
    struct pail_error err = PAIL_ERROR_INIT;

    assert_ok(test_keys(&session_opt.provider, &err), &err);
    script_start_with(sc, answers, n, &session_opt, opt);
    pail_provider_unref(session_opt.provider);
}

int script_open(struct script *sc, const struct script_answer *answers, size_t n,
                struct pail_error *err)
{
    struct pail_session_options session_opt = PAIL_SESSION_OPTIONS_INIT;

    pail_env_set_source(no_env);
    pail_rand_set_source(zeros);
    *sc = (struct script){.answers = answers, .n_answers = n, .repeat = true};
    int rc = test_keys(&session_opt.provider, err);
    if (rc < 0)
        return rc;
    rc = open_with(sc, &session_opt, NULL, err);
    pail_provider_unref(session_opt.provider);
    return rc;
}

void script_close(struct script *sc)
{
    sc->s3 = pail_s3_unref(sc->s3);
    sc->session = pail_session_unref(sc->session);
    pail_env_set_source(NULL);
    pail_rand_set_source(NULL);
}

void script_end(struct script *sc)
{
    script_close(sc);
    if (sc->n_requests != sc->n_answers)
        print_error("%zu requests for %zu answers; the last: %s\n", sc->n_requests, sc->n_answers,
                    sc->n_requests ? script_request(sc, sc->n_requests - 1) : "");
    assert_int_equal(sc->n_requests, sc->n_answers);
    for (size_t i = 0; i < sc->n_requests && i < SCRIPT_MAX; i++)
        pail_free(sc->requests[i]);
}

/* ---- Looking at requests ---- */

const char *script_request(const struct script *sc, size_t i)
{
    return i < sc->n_requests && i < SCRIPT_MAX && sc->requests[i] ? sc->requests[i] : "";
}

bool script_has(const struct script *sc, size_t i, const char *text)
{
    if (strstr(script_request(sc, i), text))
        return true;
    print_message("request %zu: %s\n", i, script_request(sc, i));
    return false;
}

const char *script_header(const struct script *sc, size_t i, const char *name)
{
    static char value[4096];
    struct pail_str rest = pail_str(script_request(sc, i)), line, field;

    while (pail_str_split(&rest, '\n', &line) && line.len) {
        if (!pail_str_split(&line, ':', &field) || !pail_str_ieq(field, pail_str(name)))
            continue;
        struct pail_str v = pail_str_trim(line);
        snprintf(value, sizeof(value), "%.*s", PAIL_STR_ARG(v));
        return value;
    }
    return NULL;
}
