/* Libraries opened at first use, so that start-up does not pay for what a run does not need. */
#include "base/base.h"

#include <dlfcn.h>
#include <string.h>

frs_status frs__dl_open(frs_ctx *ctx, const char *title, const char *soname,
                        const char *const *names, void **fns, int64_t n) {
    if (!soname) return frs__fail(ctx, FRS_E_UNSUPPORTED, _("built without %s"), title);
    void *lib = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (!lib)
        return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s cannot be loaded: %s"), title, dlerror());
    for (int64_t i = 0; i < n; i++) {
        void *fn = dlsym(lib, names[i]);
        if (!fn)
            return frs__fail(ctx, FRS_E_UNSUPPORTED, _("%s cannot be loaded: %s has no %s"), title,
                             soname, names[i]);
        fns[i] = fn;
    }
    return FRS_OK;
}
