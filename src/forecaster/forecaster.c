#include "forecaster/forecaster.h"
#include "forecaster/blob.h"
#include <string.h>

#define FRS_FORECASTER(name) extern const frs_forecaster_def frs__##name;
#include "forecaster/forecaster_list.def"
#undef FRS_FORECASTER

static const frs_forecaster_def *const forecasters[] = {
#define FRS_FORECASTER(name) &frs__##name,
#include "forecaster/forecaster_list.def"
#undef FRS_FORECASTER
};

int64_t frs_n_forecasters(void) {
    return FRS_LEN(forecasters);
}
const frs_forecaster_def *frs_forecaster_at(int64_t i) {
    return forecasters[i];
}

const frs_forecaster_def *frs_forecaster_find(const char *name) {
    for (int64_t i = 0; i < FRS_LEN(forecasters); i++)
        if (strcmp(forecasters[i]->name, name) == 0) return forecasters[i];
    return NULL;
}

frs_status frs_forecaster_load(frs_ctx *ctx, const char *path, frs_forecaster **f) {
    frs_blob_in b;
    FRS_TRY(frs__blob_open(ctx, path, &b));
    const frs_forecaster_def *def = frs_forecaster_find(b.kind);
    frs_status s = FRS_OK;
    if (!def)
        s = frs__fail(ctx, FRS_E_UNSUPPORTED,
                      _("%s: a forecaster of kind '%s', which this program does not know"), path,
                      b.kind);
    frs__blob_close(&b);
    return s == FRS_OK ? def->load(ctx, path, f) : s;
}

const char *frs_forecaster_name(const frs_forecaster *f) {
    return f->def->own_name ? f->def->own_name(f) : f->def->name;
}
const char *frs_forecaster_title(const frs_forecaster *f) {
    const char *name = frs_forecaster_name(f);
    return name == f->def->name || strcmp(name, f->def->name) == 0 ? _(f->def->title) : name;
}

void frs_forecaster_free(frs_ctx *ctx, frs_forecaster *f) {
    if (f) f->def->free(ctx, f);
}

frs_status frs__put_forecast(const frs_task *t, frs_sample_id id, const float *q,
                             const frs_sink *sink) {
    for (int64_t k = 0; k < frs__n_leads(t); k++) {
        const float v = frs__clip(t, q[k]);
        const frs_forecast_slice slice = {.issue_s = id.issue_s,
                                          .lead = t->kind == FRS_FORECAST ? k + 1 : 0,
                                          .kind = FRS_VALUE,
                                          .first = id.site,
                                          .n = 1,
                                          .values = &v};
        FRS_TRY(sink->put(sink->arg, &slice));
    }
    return FRS_OK;
}

frs_status frs__streams(frs_ctx *ctx, const frs_task *t) {
    if (t->n_evolving || t->n_codes)
        return frs__fail(ctx, FRS_E_UNSUPPORTED,
                         _("a task with evolving_attributes or use_basin_id_encoding cannot be run "
                           "step by step"));
    if (t->kind == FRS_FORECAST && t->n_calendar)
        return frs__fail(ctx, FRS_E_UNSUPPORTED,
                         _("a forecast with calendar_features cannot be run step by step"));
    if (t->kind == FRS_FORECAST || !t->past_target) return FRS_OK;
    return frs__fail(ctx, FRS_E_UNSUPPORTED,
                     _("a simulation that sees past flow cannot be run step by step"));
}

/* ---- snapshots of a streaming state: the blob as it is; its header tells whose it is */

frs_status frs_state_snapshot(frs_ctx *ctx, const frs_forecaster *f, const void *state,
                              const char *path) {
    return frs__write_file(ctx, path, state, (int64_t)f->def->state_size(f));
}

static frs_status check_state(frs_ctx *ctx, const frs_state_header *found,
                              const frs_state_header *own, const char *path) {
    if (memcmp(found->magic, own->magic, sizeof own->magic) != 0)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: not a forecaster's state"), path);
    if (found->version != own->version)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: a state of version %u, this program reads %u"),
                         path, found->version, own->version);
    if (found->size != own->size || found->model_hash != own->model_hash)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: the state of another model"), path);
    return FRS_OK;
}

/* `state` has been started by state_init: its header says what the file's must be. */
frs_status frs_state_restore(frs_ctx *ctx, const frs_forecaster *f, const char *path, void *state) {
    const size_t size = f->def->state_size(f);
    char *data;
    int64_t n;
    frs_state_header own, found = {0};
    memcpy(&own, state, sizeof own);
    FRS_TRY(frs__read_file(ctx, path, (int64_t)1 << 30, &data, &n));
    if (n >= (int64_t)sizeof found) memcpy(&found, data, sizeof found);
    frs_status s = check_state(ctx, &found, &own, path);
    if (s == FRS_OK && n != (int64_t)size)
        s = frs__fail(ctx, FRS_E_FORMAT, _("%s: %lld bytes, expected %lld: it is truncated"), path,
                      (long long)n, (long long)size);
    if (s == FRS_OK) memcpy(state, data, size);
    frs__free(ctx, data);
    return s;
}
