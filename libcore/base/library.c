/* SPDX-License-Identifier: Apache-2.0 */
#include "base/library.h"

#include <dlfcn.h>

/* dlerror is of the calling thread, and already names the library. */
static int fail(const struct pail_library *lib, struct pail_error *err)
{
    const char *why = dlerror();
    return pail_error_set(err, PAIL_D_CONFIG, PAIL_E_UNSUPPORTED, "%s need %s: %s", lib->use,
                          lib->soname, why ? why : "cannot be loaded");
}

int pail_library_load(const struct pail_library *lib, void *table, struct pail_error *err)
{
    /* Local: another copy in the process, with the same names, is not disturbed. */
    void *handle = dlopen(lib->soname, RTLD_LAZY | RTLD_LOCAL);
    if (!handle)
        return fail(lib, err);
    for (size_t i = 0; i < lib->n; i++) {
        if (!dlsym(handle, lib->names[i])) {
            int rc = fail(lib, err);
            dlclose(handle);
            return rc;
        }
    }
    for (size_t i = 0; i < lib->n; i++) {
        void *function = dlsym(handle, lib->names[i]);
        memcpy((char *)table + i * sizeof(function), &function, sizeof(function));
    }
    return 0;
}

int pail_library_once(struct pail_library_state *state, void (*load)(void), struct pail_error *err)
{
    pail_once(&state->once, load);
    if (state->failure.code && err)
        pail_error_copy(err, &state->failure);
    return state->failure.code;
}
