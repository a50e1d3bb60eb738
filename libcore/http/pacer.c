/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rate is a function of the time since the last throttling: it begins at SLOW_DOWN of the rate
 * that was too much, is flat where it comes near it again, and climbs ever faster beyond. What the
 * service really takes is measured from the answers, in steps of half a second.
 */
#include "http/pacer.h"

#include <math.h>

#include "base/clock.h"

#define MIN_RATE 0.5 /* tokens a second, however much is throttled */
#define MIN_CAPACITY 1.0
#define SMOOTHING 0.8 /* weight of the newest half second */
#define STEPS_PER_S 2.0
#define SLOW_DOWN 0.7
#define CUBIC_SCALE 0.4
#define MAX_OVER_SENT 2.0

static double seconds(int64_t ns)
{
    return (double)ns / (double)PAIL_NS_PER_S;
}

void pail_pacer_init(struct pail_pacer *p, int64_t now_ns)
{
    *p = (struct pail_pacer){.throttled_ns = now_ns, .half_second = -1};
}

/* ---- Tokens ---------------------------------------------------------------------------------- */

static void fill(struct pail_pacer *p, int64_t now_ns)
{
    if (p->filled_ns && now_ns > p->filled_ns)
        p->tokens = fmin(p->capacity, p->tokens + seconds(now_ns - p->filled_ns) * p->rate);
    p->filled_ns = now_ns;
}

int64_t pail_pacer_take(struct pail_pacer *p, int64_t now_ns)
{
    if (!p->on)
        return 0;
    fill(p, now_ns);
    p->tokens -= 1; /* below 0: in debt, so that those behind wait longer */
    if (p->tokens >= 0)
        return 0;
    return (int64_t)(-p->tokens / p->rate * (double)PAIL_NS_PER_S);
}

static void set_rate(struct pail_pacer *p, int64_t now_ns, double rate)
{
    fill(p, now_ns);
    p->rate = fmax(rate, MIN_RATE);
    p->capacity = fmax(rate, MIN_CAPACITY);
    p->tokens = fmin(p->tokens, p->capacity);
}

/* ---- Rates ----------------------------------------------------------------------------------- */

static void count(struct pail_pacer *p, int64_t now_ns)
{
    double step = floor(seconds(now_ns) * STEPS_PER_S) / STEPS_PER_S;
    p->sent_count += 1;
    if (p->half_second < 0) {
        p->half_second = step;
    } else if (step > p->half_second) {
        double rate = p->sent_count / (step - p->half_second);
        p->sent_rate = rate * SMOOTHING + p->sent_rate * (1 - SMOOTHING);
        p->sent_count = 0;
        p->half_second = step;
    }
}

static double slow_down(struct pail_pacer *p, int64_t now_ns)
{
    p->max_rate = p->on ? fmin(p->sent_rate, p->rate) : p->sent_rate;
    p->throttled_ns = now_ns;
    p->back_s = cbrt(p->max_rate * (1 - SLOW_DOWN) / CUBIC_SCALE);
    p->on = true;
    return p->max_rate * SLOW_DOWN;
}

static double speed_up(const struct pail_pacer *p, int64_t now_ns)
{
    double s = seconds(now_ns - p->throttled_ns) - p->back_s;
    return CUBIC_SCALE * s * s * s + p->max_rate;
}

void pail_pacer_answer(struct pail_pacer *p, int64_t now_ns, bool throttled)
{
    count(p, now_ns);
    double rate = throttled ? slow_down(p, now_ns) : speed_up(p, now_ns);
    if (p->on)
        set_rate(p, now_ns, fmin(rate, MAX_OVER_SENT * p->sent_rate));
}
