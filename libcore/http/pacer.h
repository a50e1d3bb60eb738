/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/pacer.h - the adaptive retry mode's limit of the request rate.
 *
 * Off until the service throttles for the first time; then requests take tokens from a bucket whose
 * rate drops to 70 % at each throttling and grows back along a cubic curve, as congestion windows
 * of TCP CUBIC do, but never above twice the rate that is really sent. Pure: times are given by the
 * caller (monotonic, in ns); the engine's lock guards it.
 */
#ifndef PAIL_HTTP_PACER_H
#define PAIL_HTTP_PACER_H

#include "base/macros.h"

struct pail_pacer {
    bool on;
    double rate, capacity, tokens; /* tokens a second; at most; now */
    int64_t filled_ns;             /* when tokens was counted; 0: not yet */
    double sent_rate, sent_count;  /* requests a second, smoothed; since the last half second */
    double half_second;            /* in which sent_count began; negative: none yet */
    double max_rate;               /* the rate at the last throttling */
    int64_t throttled_ns;          /* when that was */
    double back_s;                 /* from then until max_rate is reached again */
};
void pail_pacer_init(struct pail_pacer *p, int64_t now_ns);
/* Takes a token. Nanoseconds until the request may go. */
int64_t pail_pacer_take(struct pail_pacer *p, int64_t now_ns);
/* An answer came (or the loss of one). */
void pail_pacer_answer(struct pail_pacer *p, int64_t now_ns, bool throttled);

#endif
