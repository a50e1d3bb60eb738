/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/uri.h - percent-encoding and URL parsing (RFC 3986). Pure.
 *
 * Components are views into the text that was parsed, still encoded.
 */
#ifndef PAIL_BASE_URI_H
#define PAIL_BASE_URI_H

#include "base/buf.h"

enum pail_uri_safe {
    PAIL_URI_COMPONENT, /* unreserved only: A-Z a-z 0-9 - _ . ~ */
    PAIL_URI_PATH,      /* unreserved and '/' */
};
/* Percent-encode with upper-case digits. */
void pail_uri_encode(struct pail_buf *to, struct pail_str s, enum pail_uri_safe safe);
/* Decode %XX; malformed sequences stay as they are. plus_is_space for form encoding. */
void pail_uri_decode(struct pail_buf *to, struct pail_str s, bool plus_is_space);

struct pail_uri {
    struct pail_str scheme;   /* "https"; as written */
    struct pail_str userinfo; /* usually empty */
    struct pail_str host;     /* without brackets for IPv6 literals */
    bool host_is_ipv6;
    unsigned port;         /* 0: none given */
    struct pail_str path;  /* "" or "/..." */
    struct pail_str query; /* without '?'; ptr NULL: none */
    struct pail_str fragment;
};
/* Absolute URLs with a host ("https://h", "http://[::1]:9000/x"); anything else is PAIL_E_PARSE
 * naming the text. */
PAIL_CHECK int pail_uri_parse(struct pail_str text, struct pail_uri *ret, struct pail_error *err);
/* 443 for https, 80 for http, 0 otherwise. */
unsigned pail_uri_default_port(struct pail_str scheme);
/* s3://bucket/key -> views; the key may be empty. False when it is not of that form or has no
 * bucket. The bucket may be an access point's ARN, slashes and all. */
bool pail_uri_parse_s3(struct pail_str text, struct pail_str *ret_bucket, struct pail_str *ret_key);
/* A dotted IPv4 address or an IPv6 one. */
bool pail_uri_is_ip(struct pail_str host);
/* A label fit for a host name: 1-63 of letters, digits, '-', not starting or ending with '-'. */
bool pail_uri_is_host_label(struct pail_str s);

#endif
