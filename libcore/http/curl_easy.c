/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/curl_easy.c - one libcurl handle: its options, and its callbacks.
 *
 * Handles are used again and again. curl_easy_reset is not: it would free and allocate a dozen
 * strings and the upload buffer for each request. Instead the options are in two groups, those of
 * every exchange (set once) and those of one, each of which is set every time.
 *
 * Header lines go to libcurl as a list whose nodes are an array of ours and whose text is one
 * buffer, so an attempt allocates nothing here once the handle is warm.
 *
 * Was the request sent? libcurl counts the bytes of the head it wrote (CURLINFO_REQUEST_SIZE, which
 * a CONNECT to a proxy counts into) and tells when it is about to send (PREREQFUNCTION); only both
 * together mean that the server may have seen something. The same callback comes a second time when
 * libcurl repeats the request on a new connection because the old one was dead: send_once is
 * enforced there.
 */
#include <stdio.h>

#include "base/alloc.h"
#include "base/str.h"
#include "http/curl_impl.h"

#define DOWNLOAD_BUFFER (512L * 1024)
#define UPLOAD_BUFFER (256L * 1024) /* more is no faster, and each handle keeps one */
#define SMALL_UPLOAD (64 * 1024)
#define CONNECTION_AGE_S                                                                           \
    20L /* services close idle connections; never reuse one that is near it                        \
         */
#define KEEPALIVE_S 30L
#define EXPECT_MS 1000L
#define ANSWER_HEAD_MAX (256 * 1024)
#define LINES_MAX (256 * 1024)
#define URL_MAX_BYTES (128 * 1024)

enum curl_kind pail_curl_kind_of(const struct pail_exchange *x)
{
    return x->body && x->body->length > SMALL_UPLOAD ? CURL_KIND_UPLOAD : CURL_KIND_SMALL;
}

/* ---- Callbacks ------------------------------------------------------------------------------ */

static void progress(struct curl_slot *s)
{
    s->progress_ns = s->loop->own.now_ns;
}

/* A callback gives up: what the exchange will end with. */
static int fail_with(struct curl_slot *s, enum pail_domain domain, enum pail_code code,
                     const char *text)
{
    char where[160];
    pail_curl_error_where(s, where, sizeof(where));
    s->failed = true;
    return pail_error_set(&s->error, domain, code, "%s: %s", where, text);
}

static int on_send(void *userdata, char *peer, char *local, int peer_port, int local_port)
{
    struct curl_slot *s = userdata;
    long written = 0;

    (void)peer, (void)local, (void)peer_port;
    progress(s);
    s->fd = pail_curl_sockets_find(&s->loop->own.sockets, local_port);
    curl_easy_getinfo(s->easy, CURLINFO_REQUEST_SIZE, &written);
    if (s->sends++ && s->x->send_once && written > 0) {
        fail_with(s, PAIL_D_NET, PAIL_E_CLOSED, "the connection was closed before an answer came");
        return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
}

static bool add_answer_field(struct curl_slot *s, struct pail_str line)
{
    struct pail_error err = PAIL_ERROR_INIT;
    struct pail_str name, value;

    if (!pail_header_line(line, &name, &value)) {
        fail_with(s, PAIL_D_DATA, PAIL_E_GARBAGE, "a line of the answer's head is no header");
        return false;
    }
    int rc = pail_headers_add(&s->headers, name, value, &err);
    if (rc == PAIL_E_NOMEM) {
        s->failed = true;
        s->error = err;
    } else if (rc < 0) {
        fail_with(s, PAIL_D_DATA, PAIL_E_GARBAGE, err.message);
    }
    return rc == 0;
}

/* "HTTP/1.1 200 OK" */
static int parse_status(struct pail_str line)
{
    uint64_t status = 0;
    size_t space = pail_str_find(line, ' ');
    if (space == SIZE_MAX || !pail_str_to_u64(pail_str_sub(line, space + 1, 3), &status))
        return 0;
    return (int)status;
}

static bool end_head(struct curl_slot *s)
{
    if (s->status < 200) /* 100 Continue and its like: the answer is still to come */
        return true;
    s->head_done = true;
    if (!s->x->head_only && s->status != 204 && s->status != 304)
        pail_curl_sockets_acknowledge(s->fd);
    s->failed = s->x->on_head(s->x, s->status, &s->headers, &s->error) < 0;
    return !s->failed;
}

static size_t on_header(char *p, size_t size, size_t n, void *userdata)
{
    struct curl_slot *s = userdata;
    struct pail_str line = pail_strn(p, size * n);
    bool ok = true;

    progress(s);
    while (line.len && (line.ptr[line.len - 1] == '\n' || line.ptr[line.len - 1] == '\r'))
        line.len--;
    if (s->head_done) {
        /* trailers: nobody asked for them */
    } else if (!line.len) {
        ok = end_head(s);
    } else if (pail_str_starts(line, PAIL_STR("HTTP/"))) {
        pail_headers_reset(&s->headers);
        s->status = parse_status(line);
    } else {
        ok = add_answer_field(s, line);
    }
    return ok ? size * n : 0;
}

static size_t on_data(char *p, size_t size, size_t n, void *userdata)
{
    struct curl_slot *s = userdata;

    progress(s);
    if (s->x->on_body(s->x, p, size * n, &s->error) < 0) {
        s->failed = true;
        return 0;
    }
    return size * n;
}

static size_t on_read(char *p, size_t size, size_t n, void *userdata)
{
    struct curl_slot *s = userdata;
    struct pail_exchange *x = s->x;
    size_t got = 0;

    progress(s);
    if (!x->body || x->impl.sent >= x->body->length)
        return 0;
    if (pail_body_read(x->body, x->impl.sent, p, size * n, &got, &s->error) < 0) {
        s->failed = true;
        return CURL_READFUNC_ABORT;
    }
    x->impl.sent += got;
    if (x->impl.sent == x->body->length)
        s->sent_ns = s->loop->own.now_ns;
    return got;
}

static int on_seek(void *userdata, curl_off_t offset, int origin)
{
    struct curl_slot *s = userdata;
    if (origin != SEEK_SET || offset < 0)
        return CURL_SEEKFUNC_CANTSEEK;
    s->x->impl.sent = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* ---- Options of every exchange -------------------------------------------------------------- */

static void set_connection_options(struct curl_slot *s)
{
    const struct curl_transport *t = s->loop->fixed.transport;
    CURL *e = s->easy;

    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_S / 3);
    curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, CONNECTION_AGE_S);
    curl_easy_setopt(e, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); /* a cancelled look-up is not waited for */
    curl_easy_setopt(e, CURLOPT_SHARE, s->loop->own.share);
    pail_curl_sockets_watch(&s->loop->own.sockets, e);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, t->no_verify_tls ? 0L : 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, t->no_verify_tls ? 0L : 2L);
    curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(e, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    curl_easy_setopt(e, CURLOPT_BUFFERSIZE, DOWNLOAD_BUFFER);
    if (s->kind == CURL_KIND_UPLOAD)
        curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(e, CURLOPT_EXPECT_100_TIMEOUT_MS, EXPECT_MS);
}

static void set_callbacks(struct curl_slot *s)
{
    CURL *e = s->easy;

    curl_easy_setopt(e, CURLOPT_PRIVATE, s);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, s->errbuf);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_send);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, s);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, s);
    curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(e, CURLOPT_READDATA, s);
    curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(e, CURLOPT_SEEKDATA, s);
}

/* Those that libcurl copies, and so may fail. */
static bool set_strings(struct curl_slot *s)
{
    const struct curl_transport *t = s->loop->fixed.transport;
    CURL *e = s->easy;

    return curl_easy_setopt(e, CURLOPT_USERAGENT, t->user_agent) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           (!t->ca_bundle || curl_easy_setopt(e, CURLOPT_CAINFO, t->ca_bundle) == CURLE_OK) &&
           (!t->proxy_ca_bundle ||
            curl_easy_setopt(e, CURLOPT_PROXY_CAINFO, t->proxy_ca_bundle) != CURLE_OUT_OF_MEMORY) &&
           (!t->proxy_client_cert ||
            (curl_easy_setopt(e, CURLOPT_PROXY_SSLCERT, t->proxy_client_cert) !=
                 CURLE_OUT_OF_MEMORY &&
             curl_easy_setopt(e, CURLOPT_PROXY_SSLKEY, t->proxy_client_cert) !=
                 CURLE_OUT_OF_MEMORY));
}

int pail_curl_slot_new(struct curl_loop *l, enum curl_kind kind, struct curl_slot **ret,
                       struct pail_error *err)
{
    struct curl_slot *s = pail_zalloc(sizeof(*s));
    if (!s)
        return pail_error_nomem(err);
    s->loop = l;
    s->kind = kind;
    pail_list_init(&s->link);
    pail_buf_init(&s->url, URL_MAX_BYTES);
    pail_buf_init(&s->lines, LINES_MAX);
    pail_buf_init(&s->where, URL_MAX_BYTES);
    pail_headers_init(&s->headers, ANSWER_HEAD_MAX);
    s->easy = curl_easy_init();
    if (!s->easy || !set_strings(s)) {
        pail_curl_slot_free(s);
        return pail_error_nomem(err);
    }
    set_connection_options(s);
    set_callbacks(s);
    *ret = s;
    return 0;
}

void pail_curl_slot_free(struct curl_slot *s)
{
    if (s->easy)
        curl_easy_cleanup(s->easy);
    pail_buf_done(&s->url);
    pail_buf_done(&s->lines);
    pail_buf_done(&s->where);
    pail_headers_done(&s->headers);
    pail_free(s->fields);
    pail_free(s);
}

/* ---- Options of one exchange ---------------------------------------------------------------- */

static int refuse(const struct pail_exchange *x, const char *what, struct pail_error *err)
{
    return pail_error_set(err, PAIL_D_USAGE, PAIL_E_INVALID, "%s request to %s: %s",
                          x->request->method, pail_buf_cstr(&x->request->host), what);
}

static uint64_t body_length(const struct pail_exchange *x)
{
    return x->body ? x->body->length : 0;
}

/* These say that a body follows even where it is empty. */
static bool has_body(const struct pail_exchange *x)
{
    const char *m = x->request->method;
    return x->body || strcmp(m, "PUT") == 0 || strcmp(m, "POST") == 0 || strcmp(m, "PATCH") == 0;
}

/* The fields that frame the message are the transport's. *ret_skip: libcurl writes it. */
static int check_field(const struct pail_exchange *x, struct pail_header h, bool *ret_skip,
                       struct pail_error *err)
{
    uint64_t length;

    *ret_skip = true;
    if (pail_str_ieq(h.name, PAIL_STR("Content-Length"))) {
        if (!pail_str_to_u64(h.value, &length) || length != body_length(x))
            return refuse(x, "Content-Length is not the body's", err);
        return 0;
    }
    if (pail_str_ieq(h.name, PAIL_STR("Transfer-Encoding")))
        return refuse(x, "Transfer-Encoding is the transport's", err);
    *ret_skip = pail_str_ieq(h.name, PAIL_STR("Host")) || pail_str_ieq(h.name, PAIL_STR("Expect"));
    return 0;
}

static void end_line(struct curl_slot *s, size_t *n)
{
    pail_buf_char(&s->lines, '\0');
    (*n)++;
}

/* "NAME: VALUE", or what libcurl wants for an empty value. */
static void add_line(struct curl_slot *s, struct pail_header h, size_t *n)
{
    pail_buf_str(&s->lines, h.name);
    pail_buf_z(&s->lines, h.value.len ? ": " : ";");
    pail_buf_str(&s->lines, h.value);
    end_line(s, n);
}

static int write_lines(struct curl_slot *s, size_t *ret_n, struct pail_error *err)
{
    const struct pail_exchange *x = s->x;
    const struct pail_headers *h = &x->request->headers;
    size_t n = 0;

    pail_buf_reset(&s->lines);
    pail_buf_z(&s->lines, "Host: ");
    pail_request_host(x->request, &s->lines);
    end_line(s, &n);
    /* A name without a value takes back what libcurl would send by itself. */
    pail_buf_z(&s->lines, x->expect_continue ? "Expect: 100-continue" : "Expect:");
    end_line(s, &n);
    if (x->body && x->body->chunked) {
        pail_buf_z(&s->lines, "Transfer-Encoding: chunked");
        end_line(s, &n);
    }
    if (!pail_headers_get(h, "Accept").ptr) {
        pail_buf_z(&s->lines, "Accept:");
        end_line(s, &n);
    }
    for (size_t i = 0; i < h->n; i++) {
        bool skip;
        int rc = check_field(x, pail_headers_at(h, i), &skip, err);
        if (rc < 0)
            return rc;
        if (!skip)
            add_line(s, pail_headers_at(h, i), &n);
    }
    *ret_n = n;
    return pail_buf_check(&s->lines, "head of the request", err);
}

static int set_fields(struct curl_slot *s, struct pail_error *err)
{
    size_t n;
    int rc = write_lines(s, &n, err);
    if (rc < 0)
        return rc;
    if (n > s->cap_fields) {
        struct curl_slist *fields = pail_reallocarray(s->fields, n, sizeof(*fields));
        if (!fields)
            return pail_error_nomem(err);
        s->fields = fields;
        s->cap_fields = n;
    }
    char *line = s->lines.ptr;
    for (size_t i = 0; i < n; i++) {
        s->fields[i].data = line;
        s->fields[i].next = i + 1 < n ? &s->fields[i + 1] : NULL;
        line += strlen(line) + 1;
    }
    curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->fields);
    return 0;
}

/* What would not reach the server as it stands. */
static bool is_clean(struct pail_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == '#')
            return false;
    }
    return true;
}

/* libcurl takes every name below localhost for this machine without asking. The system's resolver,
 * which all other programs ask, may know better; a dot behind the name makes libcurl of some age
 * ask it, later ones know that trick. */
static int set_where(struct curl_slot *s, struct pail_error *err)
{
    const struct pail_buf *host = &s->x->request->host;

    pail_buf_reset(&s->where);
    curl_easy_setopt(s->easy, CURLOPT_CONNECT_TO, NULL);
    if (!pail_str_ends(pail_buf_view(host), PAIL_STR(".localhost")))
        return 0;
    pail_buf_fmt(&s->where, "::%s.:", pail_buf_cstr(host));
    s->connect_to = (struct curl_slist){.data = s->where.ptr};
    curl_easy_setopt(s->easy, CURLOPT_CONNECT_TO, &s->connect_to);
    return pail_buf_check(&s->where, "host of the request", err);
}

static int set_url(struct curl_slot *s, struct pail_error *err)
{
    const struct pail_exchange *x = s->x;

    pail_buf_reset(&s->url);
    pail_request_url(x->request, true, &s->url);
    int rc = pail_buf_check(&s->url, "URL of the request", err);
    if (rc < 0)
        return rc;
    if (!x->request->host.len || !is_clean(pail_buf_view(&s->url)))
        return refuse(x, "host or path is not encoded", err);
    /* NULL: by the environment. */
    if (curl_easy_setopt(s->easy, CURLOPT_URL, pail_buf_cstr(&s->url)) != CURLE_OK ||
        curl_easy_setopt(s->easy, CURLOPT_NOPROXY, x->request->direct ? "*" : NULL) != CURLE_OK)
        return pail_error_nomem(err);
    return set_where(s, err);
}

static int set_method(struct curl_slot *s, struct pail_error *err)
{
    const struct pail_exchange *x = s->x;

    curl_easy_setopt(s->easy, CURLOPT_HTTPGET, 1L); /* also undoes NOBODY and UPLOAD */
    if (x->head_only) {
        curl_easy_setopt(s->easy, CURLOPT_NOBODY, 1L);
        curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, NULL);
        return 0;
    }
    if (has_body(x)) {
        curl_easy_setopt(s->easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(s->easy, CURLOPT_INFILESIZE_LARGE,
                         x->body && x->body->chunked ? (curl_off_t)-1 : (curl_off_t)body_length(x));
    }
    if (curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, x->request->method) != CURLE_OK)
        return pail_error_nomem(err);
    return 0;
}

int pail_curl_slot_load(struct curl_slot *s, struct pail_exchange *x, struct pail_error *err)
{
    s->x = x;
    x->impl.sent = 0;
    pail_headers_reset(&s->headers);
    s->errbuf[0] = '\0';
    s->status = 0;
    s->fd = -1;
    s->head_done = s->failed = false;
    s->sends = 0;
    s->start_ns = s->progress_ns = s->loop->own.now_ns;
    s->sent_ns = 0;
    s->uploaded = 0;

    int rc = set_url(s, err);
    if (rc == 0)
        rc = set_fields(s, err);
    if (rc == 0)
        rc = set_method(s, err);
    if (rc == 0)
        curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)x->connect_timeout_ms);
    return rc;
}

/* ---- Report --------------------------------------------------------------------------------- */

static int64_t phase(const struct curl_slot *s, CURLINFO which)
{
    curl_off_t us = 0;
    curl_easy_getinfo(s->easy, which, &us);
    return (int64_t)us * 1000;
}

void pail_curl_slot_report(struct curl_slot *s)
{
    struct pail_exchange *x = s->x;
    long written = 0, connects = 0;

    curl_easy_getinfo(s->easy, CURLINFO_REQUEST_SIZE, &written);
    curl_easy_getinfo(s->easy, CURLINFO_NUM_CONNECTS, &connects);
    x->request_sent = s->sends > 0 && written > 0;
    x->reused = s->sends > 0 && connects == 0;
    x->body_sent = x->impl.sent;
    x->phase_ns[PAIL_PHASE_CONNECTED] = phase(s, CURLINFO_CONNECT_TIME_T);
    x->phase_ns[PAIL_PHASE_TLS] = phase(s, CURLINFO_APPCONNECT_TIME_T);
    if (body_length(x))
        x->phase_ns[PAIL_PHASE_SENT] = s->sent_ns ? s->sent_ns - s->start_ns : 0;
    else
        x->phase_ns[PAIL_PHASE_SENT] = phase(s, CURLINFO_PRETRANSFER_TIME_T);
    x->phase_ns[PAIL_PHASE_FIRST_BYTE] = phase(s, CURLINFO_STARTTRANSFER_TIME_T);
    x->phase_ns[PAIL_PHASE_DONE] = phase(s, CURLINFO_TOTAL_TIME_T);
}
