/* A perceptron with two hidden layers on the lags that ridge regression sees: what is gained by not
 * being linear. Rumelhart, Hinton & Williams (1986), doi:10.1038/323533a0. A forecast starts from
 * the last known flow, so that the net has only the change to learn. */
#include "forecaster/lagged.h"
#include "forecaster/lagged_nets.h"
#include "forecaster/net_train.h"
#include <math.h>
#include <string.h>

typedef struct mlp {
    lagged base;
    mlp_net net;
    frs_model *model; /* its plans are scratch: one thread at a time */
    frs_history history;
} mlp;
extern const frs_forecaster_def frs__mlp;
enum { PIECE = 256 };

frs_status frs__mlp_build(frs_builder *b, const void *arg) {
    const mlp_net *net = arg;
    const frs_dims d = frs_build_dims(b);
    frs_tensor *z = frs_input(b, "z", (frs_shape){2, {d.batch, net->features}});
    frs_tensor *h = frs_relu(b, frs__net_dense(b, "hidden1", z, net->hidden));
    h = frs_relu(b, frs__net_dense(b, "hidden2", h, net->hidden));
    h = frs_dropout(b, h, net->dropout);
    frs_tensor *sim = frs__net_dense(b, "head", h, net->outputs);
    if (net->last_flow >= 0) sim = frs_add(b, sim, frs_slice(b, z, 1, net->last_flow, 1));
    frs_output(b, "sim", sim);
    const bool training = frs_build_mode(b) == FRS_TRAIN;
    return frs_build_done(b,
                          training ? frs__net_loss_build(b, &net->loss, sim, net->outputs) : NULL);
}

static frs_status new_model(frs_ctx *ctx, mlp *f, uint64_t seed) {
    const frs_model_opts o = {
        .build = frs__mlp_build, .arg = &f->net, .arg_size = sizeof f->net, .seed = seed};
    return frs__net_model(ctx, &o, &f->model);
}

static void set_hash(lagged *base) {
    const mlp *f = (const mlp *)base;
    base->hash = frs__hash64(frs_model_weights_get(f->model),
                             frs_model_flat_count(f->model) * (int64_t)sizeof(float), 0);
}

static void free_it(frs_ctx *ctx, frs_forecaster *base) {
    mlp *f = (mlp *)base;
    if (!f) return;
    frs_model_free(f->model);
    frs_scaler_free(ctx, &f->base.scaler);
    frs_history_free(ctx, &f->history);
    frs__free(ctx, f);
}

static frs_status run_piece(const mlp *f, const float *z, int64_t n, float *q) {
    frs_plan *plan;
    const float *sim;
    int64_t count;
    FRS_TRY(frs_model_compile(f->model, FRS_INFER, (frs_dims){n, 1}, &plan));
    FRS_TRY(frs_plan_feed(plan, "z", z, n * f->net.features));
    FRS_TRY(frs_plan_run(plan, 0));
    FRS_TRY(frs_plan_output_f32(plan, "sim", &sim, &count));
    memcpy(q, sim, sizeof *q * (size_t)(n * f->net.outputs));
    return FRS_OK;
}

/* Rows at a time: a row's bits do not depend on how many others come with it only as far as the
 * products do not; PIECE is fixed, and the last piece is its own plan. */
static frs_status flow(frs_ctx *ctx, const lagged *base, const float *z, int64_t n, float *q) {
    (void)ctx;
    const mlp *f = (const mlp *)base;
    for (int64_t at = 0; at < n; at += PIECE)
        FRS_TRY(run_piece(f, z + at * f->net.features, n - at < PIECE ? n - at : PIECE,
                          q + at * f->net.outputs));
    return FRS_OK;
}

/* ---- fit */

typedef struct feed_arg {
    frs_ctx *ctx;
    const mlp *f;
    lagged_gather g;
} feed_arg;

static frs_status feed(const void *arg, frs_plan *plan, const int64_t *index, int64_t n) {
    const feed_arg *a = arg;
    lagged_gather g = a->g;
    int64_t count;
    g.index = index;
    g.n = n;
    FRS_TRY(frs_plan_input(plan, "z", &g.z, &count));
    FRS_TRY(frs_plan_input(plan, "y", &g.y, &count));
    if (a->f->net.loss.kind == FRS_NET_NSE) FRS_TRY(frs_plan_input(plan, "std", &g.std, &count));
    frs__lagged_gather_run(a->ctx, &g);
    return FRS_OK;
}

static frs_status validate_all(frs_ctx *ctx, lagged_gather *g, const mlp *f, float *q,
                               frs_loss_sum *sum) {
    while (frs__lagged_gather_next(ctx, g)) {
        if (frs__cancelled(ctx)) return frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"));
        FRS_TRY(flow(ctx, &f->base, g->z, g->n, q));
        frs__net_loss_add(&f->net.loss, sum,
                          &(frs_loss_batch){q, g->y, g->std, g->n, f->net.outputs});
    }
    return FRS_OK;
}

static frs_status validate(frs_ctx *ctx, const void *arg, double *loss) {
    const feed_arg *a = arg;
    frs_loss_sum sum = {0};
    lagged_gather g;
    frs_status s = frs__lagged_gather_new(ctx, &a->f->base, a->g.s, true, true, &g);
    float *q = frs__alloc(ctx, LAGGED_CHUNK * a->f->net.outputs, sizeof *q);
    float *std = frs__alloc(ctx, LAGGED_CHUNK, sizeof *std);
    g.std = std;
    if (!q || !std) s = FRS_E_NOMEM;
    if (s == FRS_OK) s = validate_all(ctx, &g, a->f, q, &sum);
    *loss = frs__net_loss_value(&a->f->net.loss, &sum);
    frs__free(ctx, q);
    frs__free(ctx, std);
    frs__lagged_gather_free(ctx, &g, true);
    return s;
}

static frs_status train(frs_ctx *ctx, const frs_fit_args *a, mlp *f) {
    feed_arg training = {.ctx = ctx, .f = f};
    const feed_arg validation = {.ctx = ctx, .f = f, .g = {.s = a->validation}};
    const frs_net_training t = {.name = "mlp",
                                .model = f->model,
                                .batches = {.n = frs_samples_count(a->training),
                                            .steps = 1,
                                            .feed = feed,
                                            .arg = &training},
                                .validate = validate,
                                .validate_arg = &validation};
    frs_status s = frs__lagged_gather_new(ctx, &f->base, a->training, false, false, &training.g);
    if (s == FRS_OK) s = frs__net_train(ctx, a, &t, &f->history);
    frs__lagged_gather_free(ctx, &training.g, false);
    return s;
}

static lagged *new_mlp(frs_ctx *ctx, const frs_task *t) {
    mlp *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return NULL;
    frs__lagged_init(&f->base, &frs__mlp, t);
    f->base.predict = flow;
    return &f->base;
}

static frs_status load_rest(frs_ctx *ctx, frs_blob_in *b, lagged *base);
static const lagged_kind kind = {new_mlp, load_rest, set_hash};

static frs_status fit(frs_ctx *ctx, const frs_fit_args *a, frs_forecaster **out) {
    const frs_task *t = frs_samples_task(a->training);
    mlp *f = (mlp *)new_mlp(ctx, t);
    if (!f) return FRS_E_NOMEM;
    frs_status s = frs_scaler_fit(ctx, a->training, &f->base.scaler);
    if (s == FRS_OK) {
        f->net = (mlp_net){.features = f->base.n_features,
                           .hidden = frs_config_int(a->config, "hidden_size"),
                           .outputs = frs_samples_n_targets(a->training),
                           .last_flow = t->kind == FRS_FORECAST ? frs__lagged_last_flow(t) : -1,
                           .dropout = frs_config_real(a->config, "output_dropout"),
                           .loss = frs__net_loss_of(a->config, &f->base.scaler)};
        if (t->kind == FRS_SIMULATION && f->net.outputs != 1)
            s = frs__fail(ctx, FRS_E_INPUT,
                          _("the perceptron predicts one step of a simulation: predict_last_n must "
                            "be 1"));
    }
    if (s == FRS_OK) s = new_model(ctx, f, a->seed);
    if (s == FRS_OK) s = train(ctx, a, f);
    return frs__lagged_done(ctx, &kind, s, &f->base, out);
}

/* ---- files */

static frs_status save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const mlp *f = (const mlp *)base;
    frs_blob b;
    frs__blob_start(ctx, base, &b);
    frs__lagged_put(&b, &f->base);
    frs__blob_put(&b, &f->net, sizeof f->net);
    frs__blob_put_model(&b, f->model, &f->history);
    return frs__blob_save(&b, path);
}

static frs_status load_rest(frs_ctx *ctx, frs_blob_in *b, lagged *base) {
    mlp *f = (mlp *)base;
    frs__lagged_get(b, base);
    frs__blob_get(b, &f->net, sizeof f->net);
    const mlp_net *n = &f->net;
    if (n->features != f->base.n_features || n->hidden < 1 || n->hidden > 16384 ||
        n->outputs != f->base.n_leads || n->last_flow < -1 || n->last_flow >= n->features ||
        !frs__net_loss_sane(&n->loss))
        b->failed = true;
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
    const mlp *f = (const mlp *)base;
    *text = frs__asprintf(ctx,
                          _("Perceptron with two hidden layers of %lld on the %lld features of "
                            "ridge regression; trained for %lld epochs."),
                          (long long)f->net.hidden, (long long)f->net.features,
                          (long long)f->history.n);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

static const frs_history *history(const frs_forecaster *f) {
    return &((const mlp *)f)->history;
}

const frs_forecaster_def frs__mlp = {
    .name = "mlp",
    .title = N_("Perceptron"),
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
