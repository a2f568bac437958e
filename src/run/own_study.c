/* The study that a run's page has: of the training sites among the catchments of the test. */
#include "run/run_data.h"
#include "run/run_internal.h"
#include <string.h>

/* Index among the training sites; -1: nobody trained on it. */
static int64_t training_index(const frs_job *j, const char *site) {
    const int64_t index = frs_store_find_site(j->data.store, site);
    for (int64_t i = 0; i < j->data.training_sites.n; i++)
        if (j->data.training_sites.index[i] == index) return i;
    return -1;
}

static frs_status make(void *arg, int64_t site, frs_study *s) {
    frs_job *j = arg;
    const int64_t i = training_index(j, j->studied[site]);
    if (frs__cancelled(j->ctx)) return frs__fail(j->ctx, FRS_E_CANCELLED, _("interrupted"));
    if (i < 0) return FRS_E_NODATA;
    return frs__study_training(j->ctx, &j->scope, &j->data, i, false, s);
}

frs_status frs__run_study(frs_job *j, frs_report *r) {
    bool any = false;
    FRS_TRY(frs__study_scope_of(j->ctx, j->config, &j->scope));
    j->scope.exclude = j->data.exclude;
    j->scope.n_exclude = j->data.n_exclude;
    j->scope.no_extremes = true;
    j->studied = r->sites;
    for (int64_t i = 0; i < r->n_sites && !any; i++) any = training_index(j, r->sites[i]) >= 0;
    if (any) r->study = (frs_report_study){make, j};
    return FRS_OK;
}

frs_status frs__run_study_again(frs_job *j, frs_report *r) {
    char *store = frs__run_path(j, "data.frs");
    bool packed = store && frs__exists(store);
    frs_status s = store ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK && !packed) s = frs__run_data_packed(j->ctx, j->config, &packed);
    if (s == FRS_OK && packed) s = frs_run_data_open(j->ctx, j->config, store, &j->data, NULL);
    if (s == FRS_OK && packed) s = frs__run_study(j, r);
    frs__free(j->ctx, store);
    if (s == FRS_E_NOMEM || s == FRS_E_CANCELLED) return s;
    if (s != FRS_OK || !packed)
        frs__log(j->ctx, FRS_LOG_INFO, _("the page has no study of the training period: %s"),
                 packed ? frs_message(j->ctx) : _("the packed records are not there"));
    return FRS_OK;
}
