/* Any bytes as a store: refused with a message, or read to the last value without a step outside.
 */
#include "data/data.h"
#include <string.h>

static void use(frs_ctx *ctx, const frs_store *s) {
    frs_store_info info = frs_store_get_info(s);
    volatile float sum = 0; /* what is read must be read */
    (void)sum;
    for (int64_t i = 0; i < info.n_sites; i++) {
        frs_store_site site = frs_store_get_site(s, i);
        for (int64_t k = 0; k < site.n * info.n_vars; k++) sum += site.values[k];
        for (int k = 0; k < info.n_attrs; k++) sum += site.statics[k];
        sum += (float)strlen(site.name);
    }
    frs_task t = {.kind = info.n_sites % 2 ? FRS_FORECAST : FRS_SIMULATION,
                  .n_inputs = 1,
                  .seq_length = 2,
                  .leads = 2,
                  .predict_last_n = 1,
                  .past_target = true,
                  .future = FRS_FUTURE_OBSERVED};
    frs_var v = frs_store_var(s, 0);
    memcpy(t.inputs[0], v.name, sizeof v.name);
    v = frs_store_var(s, info.n_vars - 1);
    memcpy(t.target, v.name, sizeof v.name);
    const int64_t site = 0, first = 0;
    frs_samples_opts o = {.store = s,
                          .task = &t,
                          .period = {INT64_MIN, INT64_MAX},
                          .sites = &site,
                          .n_sites = 1,
                          .for_training = true};
    frs_findings f = {0};
    frs_check_opts c = {.precipitation = t.inputs[0], .target = t.target};
    (void)!frs_check_site(ctx, s, 0, &c, &f);
    (void)!frs_check_statics(ctx, s, &site, 1, &c, &f);
    frs_findings_free(ctx, &f);
    frs_samples *samples;
    if (frs_samples_new(ctx, &o, &samples) != FRS_OK) return;
    float x[4 * 8], y[2];
    frs_samples_gather(samples, NULL, &first, 1, &(frs_batch){.x = x, .y = y});
    frs_scaler k;
    if (frs_scaler_fit(ctx, samples, &k) == FRS_OK) frs_scaler_free(ctx, &k);
    frs_samples_free(samples);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t n) {
    frs_ctx *ctx = NULL;
    frs_ctx_opts o = {.threads = 1};
    if (frs_ctx_new(&o, &ctx) != FRS_OK) return 0;
    unsigned char *copy = frs__alloc(ctx, (int64_t)n, 1); /* 64-byte aligned */
    if (copy) {
        if (n) memcpy(copy, data, n);
        frs_store *s = NULL;
        if (frs__store_from_memory(ctx, "fuzz", copy, (int64_t)n, &s) == FRS_OK) use(ctx, s);
        frs_store_close(s);
    }
    frs__free(ctx, copy);
    frs_ctx_free(ctx);
    return 0;
}
