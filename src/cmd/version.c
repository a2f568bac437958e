/* version: what this build is and can do. */
#include "cmd/cmd.h"
#include "exchange/zip.h"
#include "freshet/forecaster.h"
#include "freshet/io.h"
#include "io/hdf5_lib.h"
#include <dnnl_version.h>
#include <stdio.h>

static void list_format(frs_buf *b, const char *name, const char *without) {
    frs__buf_printf(b, "%s%s", b->n ? ", " : "", name);
    if (!without) return;
    frs__buf_add(b, " (");
    frs__buf_printf(b, _("built without %s"), without);
    frs__buf_add(b, ")");
}

static void list_formats(frs_buf *b) {
    for (int64_t i = 0; i < frs_n_readers(); i++) {
        const frs_reader *r = frs_reader_at(i);
        list_format(b, r->name, r->built_without ? r->built_without() : NULL);
    }
    list_format(b, "pytorch", frs__zip_missing());
    list_format(b, "keras", frs__hdf5_missing());
}

frs_status cmd_version(cmd *c) {
    char threads[16], dnnl[32];
    frs_buf readers = {.ctx = c->ctx}, models = {.ctx = c->ctx};
    snprintf(threads, sizeof threads, "%d", frs_ctx_threads(c->ctx));
    snprintf(dnnl, sizeof dnnl, "%d.%d.%d", DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR,
             DNNL_VERSION_PATCH);
    list_formats(&readers);
    for (int64_t i = 0; i < frs_n_forecasters(); i++)
        frs__buf_printf(&models, "%s%s", i ? ", " : "", frs_forecaster_at(i)->name);
    const term_fact facts[] = {{"freshet", "freshet", FRS_VERSION},
                               {"isa", _("Vector instructions"), frs_ctx_isa(c->ctx)},
                               {"threads", _("Threads"), threads},
                               {"onednn", "oneDNN", dnnl},
                               {"compiler", _("Compiler"), __VERSION__},
                               {"formats", _("Formats read"), readers.data ? readers.data : ""},
                               {"forecasters", _("Forecasters"), models.data ? models.data : ""}};
    term_facts(&c->t, "version", facts, (int)FRS_LEN(facts));
    frs__buf_free(&readers);
    frs__buf_free(&models);
    return FRS_OK;
}
