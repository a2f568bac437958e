/* Verbs that need a config's records packed, but keep nothing: a store in a folder of its own. */
#include "cmd/cmd.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

frs_status cmd_with_store(cmd *c, const frs_config *config, cmd_store_body body, void *arg) {
    const char *tmp = getenv("TMPDIR");
    char folder[1024], store[1100];
    snprintf(folder, sizeof folder,
             "%.1000s/freshet-XX"
             "XX"
             "XX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder))
        return frs__fail(c->ctx, FRS_E_IO, _("%s: no folder can be made there: %s"), folder,
                         strerror(errno));
    snprintf(store, sizeof store, "%s/data.frs", folder);
    const frs_status s = body(arg, config, store);
    frs__remove(store);
    rmdir(folder);
    return s;
}
