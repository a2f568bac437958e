/* Feature learning: an autoencoder learns to describe the past of a window (the lags and means of
 * weather and flow that ridge regression sees) in a few numbers; ridge regression then goes from
 * these numbers, the last flow, the weather to come and the static attributes to the flow. Hinton &
 * Salakhutdinov (2006), doi:10.1126/science.1127647. The code is learnt without the target. */
#include "forecaster/lagged_nets.h"
#include "forecaster/net_train.h"
#include "forecaster/ridge.h"
#include <math.h>
#include <string.h>

typedef struct autoencoder {
    lagged base;
    code_net net;
    ridge_fit fit;
    frs_model *model;
    frs_history history;
} autoencoder;
extern const frs_forecaster_def frs__autoencoder;
enum { PIECE = 256 };

frs_status frs__code_build(frs_builder *b, const void *arg) {
    const code_net *net = arg;
    frs_tensor *z = frs_input(b, "z", (frs_shape){2, {frs_build_dims(b).batch, net->past}});
    frs_tensor *h = frs_relu(b, frs__net_dense(b, "encoder", z, net->hidden));
    frs_tensor *code = frs__net_dense(b, "code", h, net->code);
    h = frs_relu(b, frs__net_dense(b, "decoder", code, net->hidden));
    frs_tensor *back = frs__net_dense(b, "back", h, net->past);
    frs_output(b, "code", code);
    frs_output(b, "back", back);
    const bool training = frs_build_mode(b) == FRS_TRAIN;
    return frs_build_done(b, training ? frs_loss_mse(b, back, z) : NULL);
}

static frs_status new_model(frs_ctx *ctx, autoencoder *f, uint64_t seed) {
    const frs_model_opts o = {
        .build = frs__code_build, .arg = &f->net, .arg_size = sizeof f->net, .seed = seed};
    return frs__net_model(ctx, &o, &f->model);
}

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    autoencoder *f = (autoencoder *)base;
    if (!f) return;
    frs_model_free(f->model);
    frs_scaler_free(ctx, &f->base.scaler);
    frs_history_free(ctx, &f->history);
    frs__free(ctx, f->fit.coef);
    frs__free(ctx, f);
}

/* The past features of n samples into the net's place, and through it. */
static frs_status run_net(const autoencoder *f, const float *z, int64_t n, frs_plan **plan) {
    float *to;
    int64_t count;
    FRS_TRY(frs_model_compile(f->model, FRS_INFER, (frs_dims){n, 1}, plan));
    FRS_TRY(frs_plan_input(*plan, "z", &to, &count));
    for (int64_t i = 0; i < n; i++)
        memcpy(to + i * f->net.past, z + i * f->base.n_features + 1,
               sizeof *to * (size_t)f->net.past);
    return frs_plan_run(*plan, 0);
}

/* 1, the code, the last flow, then the features behind the past. */
static frs_status columns_piece(const autoencoder *f, const float *z, int64_t n, float *to) {
    const int64_t F = f->base.n_features, rest = F - 1 - f->net.past;
    const int64_t last = frs__lagged_last_flow(&f->base.base.task);
    frs_plan *plan;
    const float *code;
    int64_t count;
    FRS_TRY(run_net(f, z, n, &plan));
    FRS_TRY(frs_plan_output_f32(plan, "code", &code, &count));
    for (int64_t i = 0; i < n; i++, z += F, code += f->net.code) {
        *to++ = 1;
        memcpy(to, code, sizeof *to * (size_t)f->net.code);
        to += f->net.code;
        if (last >= 0) *to++ = z[last];
        memcpy(to, z + F - rest, sizeof *to * (size_t)rest);
        to += rest;
    }
    return FRS_OK;
}

static frs_status columns(frs_ctx *ctx, const lagged *base, const float *z, int64_t n, float *to) {
    (void)ctx;
    const autoencoder *f = (const autoencoder *)base;
    for (int64_t at = 0; at < n; at += PIECE)
        FRS_TRY(columns_piece(f, z + at * base->n_features, n - at < PIECE ? n - at : PIECE,
                              to + at * f->fit.p));
    return FRS_OK;
}

static frs_status flow(frs_ctx *ctx, const lagged *base, const float *z, int64_t n, float *q) {
    const autoencoder *f = (const autoencoder *)base;
    float *to = frs__alloc(ctx, n * f->fit.p, sizeof *to);
    frs_status s = to ? columns(ctx, base, z, n, to) : FRS_E_NOMEM;
    if (s == FRS_OK) frs__ridge_apply(base, &f->fit, to, n, q);
    frs__free(ctx, to);
    return s;
}

/* ---- fit */

typedef struct feed_arg {
    frs_ctx *ctx;
    const autoencoder *f;
    lagged_gather g;
} feed_arg;

static frs_status feed(const void *arg, frs_plan *plan, const int64_t *index, int64_t n) {
    const feed_arg *a = arg;
    lagged_gather g = a->g;
    int64_t count;
    float *to;
    FRS_TRY(frs_plan_input(plan, "z", &to, &count));
    for (int64_t at = 0; at < n; at += LAGGED_CHUNK) {
        g.index = index + at;
        g.n = n - at < LAGGED_CHUNK ? n - at : LAGGED_CHUNK;
        frs__lagged_gather_run(a->ctx, &g);
        for (int64_t i = 0; i < g.n; i++, to += a->f->net.past)
            memcpy(to, g.z + i * a->f->base.n_features + 1, sizeof *to * (size_t)a->f->net.past);
    }
    return FRS_OK;
}

static frs_status add_back(const autoencoder *f, const float *z, int64_t n, double *sum) {
    frs_plan *plan;
    const float *back;
    int64_t count;
    FRS_TRY(run_net(f, z, n, &plan));
    FRS_TRY(frs_plan_output_f32(plan, "back", &back, &count));
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < f->net.past; k++) {
            const double d =
                (double)back[i * f->net.past + k] - (double)z[i * f->base.n_features + 1 + k];
            *sum += d * d;
        }
    return FRS_OK;
}

static frs_status validate(frs_ctx *ctx, const void *arg, double *loss) {
    const feed_arg *a = arg;
    const autoencoder *f = a->f;
    lagged_gather g;
    double sum = 0;
    frs_status s = frs__lagged_gather_new(ctx, &f->base, a->g.s, true, false, &g);
    while (s == FRS_OK && frs__lagged_gather_next(ctx, &g)) {
        for (int64_t at = 0; at < g.n && s == FRS_OK; at += PIECE)
            s = add_back(f, g.z + at * f->base.n_features, g.n - at < PIECE ? g.n - at : PIECE,
                         &sum);
        if (s == FRS_OK && frs__cancelled(ctx))
            s = frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"));
    }
    *loss = sum / (double)(frs_samples_count(a->g.s) * f->net.past);
    frs__lagged_gather_free(ctx, &g, true);
    return s;
}

static frs_status train(frs_ctx *ctx, const frs_fit_args *a, autoencoder *f) {
    feed_arg training = {.ctx = ctx, .f = f};
    const feed_arg validation = {.ctx = ctx, .f = f, .g = {.s = a->validation}};
    const frs_net_training t = {.name = "autoencoder",
                                .model = f->model,
                                .batches = {.n = frs_samples_count(a->training),
                                            .steps = 1,
                                            .feed = feed,
                                            .arg = &training},
                                .validate = validate,
                                .validate_arg = &validation};
    frs_status s = frs__lagged_gather_new(ctx, &f->base, a->training, true, false, &training.g);
    if (s == FRS_OK) s = frs__net_train(ctx, a, &t, &f->history);
    frs__lagged_gather_free(ctx, &training.g, true);
    return s;
}

static void set_sizes(autoencoder *f) {
    const frs_task *t = &f->base.base.task;
    const int64_t rest = f->base.n_features - 1 - f->net.past;
    f->fit.p = 1 + f->net.code + (frs__lagged_last_flow(t) >= 0) + rest;
    f->fit.columns = columns;
}

static void set_hash(lagged *base) {
    frs__ridge_hash(base, &((const autoencoder *)base)->fit);
}

static lagged *new_autoencoder(frs_ctx *ctx, const frs_task *t) {
    autoencoder *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return NULL;
    frs__lagged_init(&f->base, &frs__autoencoder, t);
    f->base.predict = flow;
    f->net.past = frs__lagged_n_past(t);
    return &f->base;
}

static frs_status load_rest(frs_ctx *ctx, frs_blob_in *b, lagged *base);
static const lagged_kind kind = {new_autoencoder, load_rest, set_hash};

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    autoencoder *f = (autoencoder *)new_autoencoder(ctx, frs_samples_task(a->training));
    if (!f) return FRS_E_NOMEM;
    f->net.hidden = frs_config_int(a->config, "hidden_size");
    f->net.code = frs_config_int(a->config, "autoencoder_size");
    set_sizes(f);
    frs_status s = frs_scaler_fit(ctx, a->training, &f->base.scaler);
    if (s == FRS_OK) s = new_model(ctx, f, a->seed);
    if (s == FRS_OK) s = train(ctx, a, f);
    if (s == FRS_OK) s = frs__ridge_fit(ctx, &f->base, a, &f->fit);
    return frs__lagged_done(ctx, &kind, s, &f->base, out);
}

/* ---- files */

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const autoencoder *f = (const autoencoder *)base;
    frs_blob b;
    frs__blob_start(ctx, base, &b);
    frs__lagged_put(&b, &f->base);
    frs__blob_put(&b, &f->net, sizeof f->net);
    frs__blob_put_real(&b, f->fit.penalty);
    frs__blob_put(&b, f->fit.coef, f->base.n_leads * f->fit.p * (int64_t)sizeof(float));
    frs__blob_put_model(&b, f->model, &f->history);
    return frs__blob_save(&b, path);
}

static frs_status load_rest(frs_ctx *ctx, frs_blob_in *b, lagged *base) {
    autoencoder *f = (autoencoder *)base;
    const int64_t past = f->net.past;
    frs__lagged_get(b, &f->base);
    frs__blob_get(b, &f->net, sizeof f->net);
    if (f->net.past != past || f->net.hidden < 1 || f->net.hidden > 16384 || f->net.code < 1 ||
        f->net.code > 4096)
        b->failed = true;
    if (b->failed) return frs__blob_end(b);
    set_sizes(f);
    f->fit.penalty = frs__blob_get_real(b);
    f->fit.coef = frs__blob_get_block(b, f->base.n_leads * f->fit.p, sizeof(float));
    if (b->failed) return frs__blob_end(b);
    const frs_status s = new_model(ctx, f, 0);
    if (s != FRS_OK) {
        frs__blob_close(b);
        return s;
    }
    frs__blob_get_model(b, f->model, &f->history);
    return frs__blob_end(b);
}

static frs_status load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    return frs__lagged_load(ctx, path, &kind, out);
}

static frs_status describe(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const autoencoder *f = (const autoencoder *)base;
    *text = frs__asprintf(ctx,
                          _("Autoencoder: %lld features of the past in %lld numbers (trained for "
                            "%lld epochs without the target), then ridge regression on these; "
                            "relative penalty %g."),
                          (long long)f->net.past, (long long)f->net.code, (long long)f->history.n,
                          f->fit.penalty);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

static const frs_history *history(const frs_forecaster *f) {
    return &((const autoencoder *)f)->history;
}

const frs_forecaster_def frs__autoencoder = {
    .name = "autoencoder",
    .title = N_("Autoencoder + ridge"),
    .serves = frs__lagged_serves,
    .fit = fit,
    .predict = frs__lagged_predict,
    .save = save,
    .load = load,
    .describe = describe,
    .state_size = frs__lagged_state_size,
    .state_init = frs__lagged_state_init,
    .state_step = frs__lagged_state_step,
    .state_predict = frs__lagged_state_predict,
    .free = free_it,
    .history = history,
};
