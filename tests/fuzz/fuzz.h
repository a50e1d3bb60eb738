/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz/fuzz.h - what every fuzz target shares.
 *
 * A target feeds arbitrary bytes to one parser and checks what must hold for every input;
 * PAIL_FUZZ_CHECK ends the process where it does not. Linked with driver.c a target replays its
 * corpus; built by clang with -fsanitize=fuzzer in place of driver.c it searches for more.
 */
#ifndef PAIL_FUZZ_H
#define PAIL_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macros.h"

#define PAIL_FUZZ_CHECK(condition)                                                                 \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
