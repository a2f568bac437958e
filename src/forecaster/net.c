/* A net of the user's own: layers that the config lists, on the windows that the recurrent nets
 * see (layered_net.h), trained, saved and asked like them. */
#include "net/net.h"
#include "data/samples.h"
#include "forecaster/blob.h"
#include "forecaster/forecaster.h"
#include "forecaster/layered_net.h"
#include "forecaster/window_state.h"
#include <stdio.h>
#include <string.h>

typedef struct net {
    frs_forecaster base;
    char name[FRS_NET_NAME + 1]; /* in the config */
    frs_net *layers;
    frs_layered_sizes sizes;
    frs_scaler scaler;
    frs_model *model; /* its plans are scratch: one thread at a time */
    frs_history history;
    uint64_t hash; /* of the weights, for streaming states */
} net;
extern const frs_forecaster_def frs__net;
enum { MAX_TEXT = 1 << 24 };

static bool serves(const frs_task *t) {
    (void)t;
    return true;
}

static frs_window_net windows_of(const net *f) {
    return (frs_window_net){.f = &f->base,
                            .scaler = &f->scaler,
                            .model = f->model,
                            .channels = f->sizes.channels,
                            .statics = f->sizes.statics,
                            .outputs = f->sizes.outputs,
                            .skip = f->sizes.skip != 0,
                            .loss = &f->sizes.loss};
}

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    net *f = (net *)base;
    if (!f) return;
    frs_model_free(f->model);
    frs_net_free(f->layers);
    frs_scaler_free(ctx, &f->scaler);
    frs_history_free(ctx, &f->history);
    frs__free(ctx, f);
}

/* Hands f out when all went well, else frees it; returns s. */
static frs_status done(frs_ctx *ctx, frs_status s, net *f, frs_forecaster **out) {
    if (s != FRS_OK) {
        free_it(ctx, &f->base);
        return s;
    }
    f->hash = frs__hash64(frs_model_weights_get(f->model),
                          frs_model_flat_count(f->model) * (int64_t)sizeof(float), 0);
    *out = &f->base;
    return FRS_OK;
}

/* ---- fit */

static frs_status train(frs_ctx *ctx, const frs_fit_args *a, net *f) {
    const frs_task *t = &f->base.task;
    const char *name = a->name;
    FRS_TRY(frs__window_outputs(ctx, a->training));
    FRS_TRY(frs__layered_read(ctx, a->config, t, &name, &f->layers));
    snprintf(f->name, sizeof f->name, "%s", name);
    FRS_TRY(frs_scaler_fit(ctx, a->training, &f->scaler));
    f->sizes = frs__layered_sizes(a->config, t);
    f->sizes.loss = frs__net_loss_of(a->config, &f->scaler);
    FRS_TRY(frs__layered_model(ctx, f->layers, &f->sizes, a->seed, &f->model));
    const frs_window_net w = windows_of(f);
    return frs__window_train(ctx, a, &w, &f->history);
}

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    net *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    f->base = (frs_forecaster){&frs__net, *frs_samples_task(a->training)};
    return done(ctx, train(ctx, a, f), f, out);
}

static frs_status predict(frs_ctx *ctx, const frs_forecaster *base, const frs_samples *s,
                          const frs_sink *sink) {
    const frs_window_net w = windows_of((const net *)base);
    return frs__window_predict(ctx, &w, s, sink);
}

/* ---- files: name, layers as YAML, sizes, scaler, history, weights */

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const net *f = (const net *)base;
    frs_blob b;
    frs_buf text = {.ctx = ctx};
    frs__net_write(f->layers, &text);
    frs__blob_start(ctx, base, &b);
    b.buf.failed |= text.failed;
    frs__blob_put(&b, f->name, sizeof f->name);
    frs__blob_put_int(&b, text.n);
    frs__blob_put(&b, text.data, text.n);
    frs__buf_free(&text);
    frs__blob_put(&b, &f->sizes, sizeof f->sizes);
    frs__blob_put_scaler(&b, &f->scaler);
    frs__blob_put_model(&b, f->model, &f->history);
    return frs__blob_save(&b, path);
}

static frs_status load_layers(frs_ctx *ctx, frs_blob_in *b, net *f) {
    frs__blob_get(b, f->name, sizeof f->name);
    f->name[sizeof f->name - 1] = 0;
    const int64_t n = frs__blob_get_int(b, 1, MAX_TEXT);
    char *text = frs__blob_get_block(b, n, 1);
    frs__blob_get(b, &f->sizes, sizeof f->sizes);
    if (!frs__layered_sane(&f->sizes)) b->failed = true;
    frs_status s = b->failed ? FRS_OK : frs__net_parse(ctx, b->path, text, n, &f->layers);
    frs__free(ctx, text);
    return s;
}

static frs_status load_rest(frs_ctx *ctx, frs_blob_in *b, net *f) {
    f->base = (frs_forecaster){&frs__net, b->task};
    frs_status s = load_layers(ctx, b, f);
    frs__blob_get_scaler(b, &f->scaler);
    if (s == FRS_OK && b->failed) return frs__blob_end(b);
    if (s == FRS_OK) s = frs__layered_model(ctx, f->layers, &f->sizes, 0, &f->model);
    if (s == FRS_OK) {
        frs__blob_get_model(b, f->model, &f->history);
        return frs__blob_end(b);
    }
    frs__blob_close(b);
    return s;
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    net *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    frs_blob_in b;
    frs_status s = frs__blob_open(ctx, path, &b);
    if (s == FRS_OK) s = load_rest(ctx, &b, f);
    return done(ctx, s, f, out);
}

/* ---- what it is */

static frs_status describe(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const net *f = (const net *)base;
    frs_buf types = {.ctx = ctx};
    for (int i = 0; i < f->layers->n_layers; i++)
        frs__buf_printf(&types, "%s%s", i ? ", " : "", f->layers->layers[i].type);
    *text = types.failed
                ? NULL
                : frs__asprintf(
                      ctx,
                      _("%s: a net of own layers (%s), %lld weights, on windows of %lld steps "
                        "with %lld channels; trained for %lld epochs."),
                      frs_forecaster_title(base), types.data,
                      (long long)frs__window_weights(f->model), (long long)f->sizes.steps,
                      (long long)(f->sizes.channels + f->sizes.statics), (long long)f->history.n);
    frs__buf_free(&types);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

static frs_status explain(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const frs_window_net w = windows_of((const net *)base);
    return frs__window_explain(ctx, &w, text);
}

static const char *own_name(const frs_forecaster *f) {
    return ((const net *)f)->name;
}
static const frs_history *history(const frs_forecaster *f) {
    return &((const net *)f)->history;
}

/* ---- streaming: the state is the window itself, and each prediction runs through it */

static frs_window_state state_of(const net *f) {
    return (frs_window_state){&f->base.task, &f->scaler, f->hash};
}

static size_t state_size(const frs_forecaster *f) {
    return frs__window_state_size(&f->task);
}

static frs_status state_init(frs_ctx *ctx, const frs_forecaster *base, const char *site,
                             const float *statics, void *state) {
    (void)site;
    const frs_window_state w = state_of((const net *)base);
    return frs__window_state_init(ctx, &w, statics, state);
}

static frs_status state_step(frs_ctx *ctx, const frs_forecaster *base, void *state, int64_t time_s,
                             const float *weather, float target) {
    (void)ctx, (void)time_s;
    const frs_window_state w = state_of((const net *)base);
    frs__window_state_step(&w, state, weather, target);
    return FRS_OK;
}

static frs_status state_predict(frs_ctx *ctx, const frs_forecaster *base, const void *state,
                                const float *future, float *out) {
    (void)ctx;
    const net *f = (const net *)base;
    const frs_window_state own = state_of(f);
    const frs_window_net w = windows_of(f);
    const frs_dims d = {1, f->sizes.steps};
    const int64_t n = frs__n_leads(&base->task);
    frs_plan *plan;
    float *x, *statics = NULL;
    const float *sim;
    int64_t count;
    FRS_TRY(frs_model_compile(f->model, FRS_INFER, d, &plan));
    FRS_TRY(frs_plan_input(plan, "x", &x, &count));
    if (f->sizes.statics) FRS_TRY(frs_plan_input(plan, "statics", &statics, &count));
    frs__window_state_get(&own, state, future, x, statics);
    FRS_TRY(frs__window_last_flow(&w, plan, x, d));
    FRS_TRY(frs_plan_run(plan, 0));
    FRS_TRY(frs_plan_output_f32(plan, "sim", &sim, &count));
    for (int64_t l = 0; l < n; l++) out[l] = frs__window_flow(&w, sim[count - n + l]);
    return FRS_OK;
}

const frs_forecaster_def frs__net = {
    .name = "net",
    .title = N_("Net of own layers"),
    .serves = serves,
    .fit = fit,
    .predict = predict,
    .save = save,
    .load = load,
    .describe = describe,
    .state_size = state_size,
    .state_init = state_init,
    .state_step = state_step,
    .state_predict = state_predict,
    .free = free_it,
    .history = history,
    .own_name = own_name,
    .explain = explain,
};
