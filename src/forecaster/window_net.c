#include "forecaster/window_net.h"
#include "data/samples.h"
#include "forecaster/forecaster.h"
#include "forecaster/net_train.h"
#include <math.h>
#include <string.h>

frs_status frs__window_outputs(frs_ctx *ctx, const frs_samples *s) {
    if (frs_samples_n_targets(s) <= FRS_WINDOW_OUTPUTS) return FRS_OK;
    return frs__fail(ctx, FRS_E_INPUT, _("at most %d leads or predict_last_n are supported"),
                     FRS_WINDOW_OUTPUTS);
}

bool frs__window_skips(const frs_task *t) {
    return t->kind == FRS_FORECAST;
}

frs_output_activation frs__window_activation(const frs_config *c) {
    static const char *const names[] = {"linear", "relu", "softplus"}; /* as the enum */
    return (frs_output_activation)frs__choice(frs_config_text(c, "output_activation"), names,
                                              FRS_LEN(names));
}

static frs_tensor *activate(frs_builder *b, frs_output_activation kind, frs_tensor *x) {
    switch (kind) {
    case FRS_OUTPUT_RELU:
        return frs_relu(b, x);
    case FRS_OUTPUT_SOFTPLUS:
        return frs_softplus(b, x);
    case FRS_OUTPUT_LINEAR:
        break;
    }
    return x;
}

frs_tensor *frs__window_sim(frs_builder *b, const frs_window_end *o, frs_tensor *q0,
                            frs_tensor *sim) {
    const int64_t B = frs_build_dims(b).batch;
    if (o->skip && !q0) q0 = frs_input(b, "q0", (frs_shape){2, {B, 1}});
    if (o->skip) sim = frs_add(b, sim, q0);
    return activate(b, o->activation, sim);
}

frs_status frs__window_end(frs_builder *b, const frs_window_end *o, frs_tensor *sim) {
    const bool training = frs_build_mode(b) == FRS_TRAIN;
    frs_output(b, "sim", sim);
    return frs_build_done(b, training ? frs__net_loss_build(b, o->loss, sim, o->outputs) : NULL);
}

float frs__window_flow(const frs_window_net *net, float standardised) {
    return frs__clip(&net->f->task,
                     (float)(standardised * net->scaler->target_std + net->scaler->target_mean));
}

int64_t frs__window_weights(const frs_model *m) {
    int64_t n = 0;
    for (int64_t i = 0; i < frs_model_n_params(m); i++)
        if (!frs_model_param(m, i).state) n += frs_shape_count(frs_model_param(m, i).shape);
    return n;
}

/* ---- batches */

typedef struct feed_arg {
    frs_ctx *ctx;
    const frs_samples *samples;
    const frs_window_net *net;
    frs_drop drop; /* of training; its epoch is the one under way */
    bool drops;
} feed_arg;

static void begin_epoch(void *arg, int64_t epoch) {
    ((feed_arg *)arg)->drop.epoch = epoch;
}

/* Samples index[0..n) into a plan's places, by all threads. */
enum { GATHER = 16 };
typedef struct gathering {
    const frs_window_net *net;
    const frs_samples *s;
    const int64_t *index;
    int64_t n;
    frs_batch to;
} gathering;

static void gather_some(void *arg, int64_t block, int worker) {
    (void)worker;
    const gathering *g = arg;
    const int64_t at = block * GATHER, n = g->n - at < GATHER ? g->n - at : GATHER;
    const frs_window_net *net = g->net;
    frs_batch to = g->to;
    to.x += at * frs_samples_window(g->s) * net->channels;
    if (to.statics) to.statics += at * net->statics;
    if (to.y) to.y += at * net->outputs;
    if (to.site_std) to.site_std += at;
    frs_samples_gather(g->s, net->scaler, g->index + at, n, &to);
}

static void gather(frs_ctx *ctx, gathering g) {
    frs__parallel(ctx, (g.n + GATHER - 1) / GATHER, gather_some, &g);
}

frs_status frs__window_last_flow(const frs_window_net *net, frs_plan *plan, const float *x,
                                 frs_dims d) {
    const frs_task *t = &net->f->task;
    const int64_t C = net->channels, W = d.steps;
    float *q0;
    int64_t count;
    if (!net->skip) return FRS_OK;
    FRS_TRY(frs_plan_input(plan, "q0", &q0, &count));
    for (int64_t i = 0; i < d.batch; i++) {
        const float *flow = x + i * W * C + t->n_inputs; /* value, then 1 if known */
        int64_t w = t->seq_length - 1;
        while (w >= 0 && flow[w * C + 1] == 0) w--;
        q0[i] = w < 0 ? 0.0F : flow[w * C];
    }
    return FRS_OK;
}

/* What is fed to every plan once the windows lie in it. */
static frs_status feed_rest(const frs_window_net *net, frs_plan *plan, const frs_batch *to,
                            frs_dims d, bool infer) {
    if (net->feed) FRS_TRY(net->feed(net->f, plan, d.steps, infer));
    return frs__window_last_flow(net, plan, to->x, d);
}

static frs_status feed(const void *arg, frs_plan *plan, const int64_t *index, int64_t n) {
    const feed_arg *a = arg;
    const frs_window_net *net = a->net;
    frs_batch to = {.drop = a->drops ? &a->drop : NULL};
    int64_t count;
    FRS_TRY(frs_plan_input(plan, "x", &to.x, &count));
    FRS_TRY(frs_plan_input(plan, "y", &to.y, &count));
    if (net->statics) FRS_TRY(frs_plan_input(plan, "statics", &to.statics, &count));
    if (net->loss->kind == FRS_NET_NSE) FRS_TRY(frs_plan_input(plan, "std", &to.site_std, &count));
    gather(a->ctx, (gathering){net, a->samples, index, n, to});
    return feed_rest(net, plan, &to, (frs_dims){n, frs_samples_window(a->samples)}, false);
}

enum { PREDICT_BATCH = 256 };

/* A piece of the samples: first .. first+n-1; y [n][K] and std [n] are filled unless NULL. */
typedef struct piece {
    int64_t first, n;
    float *y, *std;
} piece;

/* Standardised predictions of a piece: *sim borrowed, [n][K]. */
static frs_status predict_piece(frs_ctx *ctx, const frs_window_net *net, const frs_samples *s,
                                const piece *p, const float **sim) {
    const int64_t n = p->n;
    const frs_dims d = {n, frs_samples_window(s)};
    int64_t index[PREDICT_BATCH], count;
    for (int64_t i = 0; i < n; i++) index[i] = p->first + i;
    frs_plan *plan;
    frs_batch to = {.y = p->y, .site_std = p->std};
    FRS_TRY(frs_model_compile(net->model, FRS_INFER, d, &plan));
    FRS_TRY(frs_plan_input(plan, "x", &to.x, &count));
    if (net->statics) FRS_TRY(frs_plan_input(plan, "statics", &to.statics, &count));
    gather(ctx, (gathering){net, s, index, n, to});
    FRS_TRY(feed_rest(net, plan, &to, d, true));
    FRS_TRY(frs_plan_run(plan, 0));
    return frs_plan_output_f32(plan, "sim", sim, &count);
}

/* ---- validation: the training loss without dropout, over all samples */

static frs_status validate_pieces(frs_ctx *ctx, const feed_arg *a, piece *p, frs_loss_sum *l) {
    const int64_t n = frs_samples_count(a->samples);
    for (; p->first < n; p->first += PREDICT_BATCH) {
        const float *sim;
        p->n = n - p->first < PREDICT_BATCH ? n - p->first : PREDICT_BATCH;
        if (frs__cancelled(ctx)) return frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"));
        FRS_TRY(predict_piece(ctx, a->net, a->samples, p, &sim));
        frs__net_loss_add(a->net->loss, l,
                          &(frs_loss_batch){sim, p->y, p->std, p->n, a->net->outputs});
    }
    return FRS_OK;
}

static frs_status validate(frs_ctx *ctx, const void *arg, double *loss) {
    const feed_arg *a = arg;
    frs_loss_sum l = {0};
    piece p = {.y = frs__alloc(ctx, PREDICT_BATCH * a->net->outputs, sizeof(float)),
               .std = frs__alloc(ctx, PREDICT_BATCH, sizeof(float))};
    frs_status s = p.y && p.std ? validate_pieces(ctx, a, &p, &l) : FRS_E_NOMEM;
    frs__free(ctx, p.y);
    frs__free(ctx, p.std);
    *loss = frs__net_loss_value(a->net->loss, &l);
    return s;
}

/* ---- fit */

frs_status frs__window_train(frs_ctx *ctx, const frs_fit_args *a, const frs_window_net *net,
                             frs_history *history) {
    const feed_arg validation = {.ctx = ctx, .samples = a->validation, .net = net};
    feed_arg training = {
        .ctx = ctx,
        .samples = a->training,
        .net = net,
        .drop = {.step = frs_config_real(a->config, "nan_step_probability"),
                 .sequence = frs_config_real(a->config, "nan_sequence_probability"),
                 .seed = a->seed}};
    training.drops = training.drop.step > 0 || training.drop.sequence > 0;
    const frs_net_training t = {.name = frs_forecaster_name(net->f),
                                .model = net->model,
                                .batches = {.n = frs_samples_count(a->training),
                                            .steps = frs_samples_window(a->training),
                                            .feed = feed,
                                            .arg = &training,
                                            .begin_epoch = begin_epoch,
                                            .epoch_arg = &training},
                                .validate = validate,
                                .validate_arg = &validation};
    return frs__net_train(ctx, a, &t, history);
}

/* ---- predict */

static frs_status put_sample(const frs_window_net *net, const frs_samples *s, int64_t i,
                             const float *sim, const frs_sink *sink) {
    const frs_task *t = &net->f->task;
    const int64_t n = frs__n_leads(t), hidden = net->outputs - n;
    float q[FRS_WINDOW_OUTPUTS];
    for (int64_t k = 0; k < n; k++) q[k] = frs__window_flow(net, sim[hidden + k]);
    return frs__put_forecast(t, frs_samples_id(s, i), q, sink);
}

frs_status frs__window_predict(frs_ctx *ctx, const frs_window_net *net, const frs_samples *s,
                               const frs_sink *sink) {
    if (frs_samples_channels(s) != net->channels ||
        frs_samples_task(s)->n_statics != net->statics || frs_samples_n_targets(s) != net->outputs)
        return frs__fail(ctx, FRS_E_ARG, _("%s: the samples are of another task than the model's"),
                         frs_forecaster_title(net->f));
    const int64_t n = frs_samples_count(s);
    for (piece p = {0}; p.first < n; p.first += PREDICT_BATCH) {
        const float *sim;
        p.n = n - p.first < PREDICT_BATCH ? n - p.first : PREDICT_BATCH;
        if (frs__cancelled(ctx)) return frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"));
        FRS_TRY(predict_piece(ctx, net, s, &p, &sim));
        for (int64_t i = 0; i < p.n; i++)
            FRS_TRY(put_sample(net, s, p.first + i, sim + i * net->outputs, sink));
        frs__progress(ctx, &(frs_progress_info){.stage = _("predicting"),
                                                .done = p.first + p.n,
                                                .total = n,
                                                .value = NAN,
                                                .eta_s = NAN});
    }
    return FRS_OK;
}

/* A batch of PREDICT_BATCH, training and predicting. */
frs_status frs__window_explain(frs_ctx *ctx, const frs_window_net *net, char **text) {
    const int64_t steps = frs__window(&net->f->task);
    static const frs_mode modes[2] = {FRS_TRAIN, FRS_INFER};
    const char *const titles[2] = {_("training"), _("predicting")};
    frs_buf b = {.ctx = ctx};
    frs_status s = FRS_OK;
    for (int i = 0; i < 2 && s == FRS_OK; i++) {
        frs_plan *plan;
        char *nodes = NULL;
        s = frs_model_compile(net->model, modes[i], (frs_dims){PREDICT_BATCH, steps}, &plan);
        if (s == FRS_OK) s = frs_plan_explain(plan, &nodes);
        if (s == FRS_OK)
            frs__buf_printf(&b, "%s, %s\n%s", frs_forecaster_title(net->f), titles[i], nodes);
        frs_text_free(ctx, nodes);
    }
    if (s == FRS_OK) s = frs__buf_status(&b);
    if (s == FRS_OK)
        *text = b.data;
    else
        frs__buf_free(&b);
    return s;
}
