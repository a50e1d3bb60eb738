/* SPDX-License-Identifier: Apache-2.0 */
/* fake/faults.h - rules that make requests go wrong. The script's grammar is in s3.h. */
#ifndef PAIL_FAKE_FAULTS_H
#define PAIL_FAKE_FAULTS_H

#include "fake/s3.h"

struct fake_call;

enum fake_action {
    FAKE_NO_ACTION,
    FAKE_ERROR,    /* status and code, not executed */
    FAKE_ERROR200, /* an error document under 200, not executed */
    FAKE_ON_WAY,   /* fate; executed unless FAKE_RESET or FAKE_GARBAGE */
    FAKE_FLIP,
    FAKE_LATE_ETAG,
};
struct fake_verdict {
    enum fake_action action;
    int status;
    char code[64];
    int retry_after; /* seconds; -1: none */
    enum fake_fate fate;
    uint64_t cut_at;
    int64_t stall_ms;
};
struct fake_rule {
    char *op, *key;
    uint64_t nth, count, seen;
    struct fake_verdict verdict;
};
struct fake_rules {
    struct fake_rule *v;
    size_t n;
};

bool fake_rules_parse(struct fake_rules *r, const char *script, char msg[256]);
void fake_rules_clone(struct fake_rules *to, const struct fake_rules *from);
void fake_rules_done(struct fake_rules *r);
/* Counts the request in all rules; the first one that strikes decides. */
struct fake_verdict fake_rules_apply(struct fake_rules *r, const char *op, const char *key);

/* Before the operation: false when the call has its answer and must not run. */
bool fake_fault_before(struct fake_call *c);
/* After it: flip, late-etag. */
void fake_fault_after(struct fake_call *c);

#endif
