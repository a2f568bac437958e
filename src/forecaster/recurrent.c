/* A recurrent net on windows of weather (and past flow), whatever its cell: fit, predict, files.
 * The forecasters themselves (lstm.c, gru.c, rnn.c, ealstm.c) name a cell. A forecast runs on
 * through its leads: after the issue time the past flow is unknown (flagged) and the weather is
 * what task.future says. */
#include "forecaster/recurrent.h"
#include "forecaster/forecaster.h"
#include "forecaster/net_train.h"
#include "freshet/trainer.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static frs_recurrent_net net_of(const frs_config *c, const frs_samples *s, frs_cell_kind cell) {
    static const char *const activations[] = {"linear", "relu", "softplus"};
    return (frs_recurrent_net){
        .cell = cell,
        .channels = frs_samples_channels(s),
        .statics = frs_samples_task(s)->n_statics,
        .hidden = frs_config_int(c, "hidden_size"),
        .layers = 1,
        .outputs = frs_samples_n_targets(s),
        .bfloat16 = strcasecmp(frs_config_text(c, "precision"), "bfloat16") == 0,
        .skip = frs_samples_task(s)->kind == FRS_FORECAST,
        .forget_bias = frs_config_has(c, "initial_forget_bias")
                           ? frs_config_real(c, "initial_forget_bias")
                           : 0,
        .dropout = frs_config_real(c, "output_dropout"),
        .activation =
            frs__choice(frs_config_text(c, "output_activation"), activations, FRS_LEN(activations)),
    };
}

static frs_status new_model(frs_ctx *ctx, recurrent *f, uint64_t seed) {
    const frs_model_opts o = {
        .build = frs__recurrent_net_build, .arg = &f->net, .arg_size = sizeof f->net, .seed = seed};
    return frs__net_model(ctx, &o, &f->model);
}

/* ---- batches */

typedef struct feed_arg {
    frs_ctx *ctx;
    const frs_samples *samples;
    const recurrent *f;
    frs_drop drop; /* of training; its epoch is the one under way */
    bool drops;
} feed_arg;

static void begin_epoch(void *arg, int64_t epoch) {
    ((feed_arg *)arg)->drop.epoch = epoch;
}

/* Samples index[0..n) into a plan's places, by all threads. */
enum { GATHER = 16 };
typedef struct gathering {
    const recurrent *f;
    const frs_samples *s;
    const int64_t *index;
    int64_t n;
    frs_batch to;
} gathering;

static void gather_some(void *arg, int64_t block, int worker) {
    (void)worker;
    const gathering *g = arg;
    const int64_t at = block * GATHER, n = g->n - at < GATHER ? g->n - at : GATHER;
    const frs_recurrent_net *net = &g->f->net;
    frs_batch to = g->to;
    to.x += at * frs_samples_window(g->s) * net->channels;
    if (to.statics) to.statics += at * net->statics;
    if (to.y) to.y += at * net->outputs;
    if (to.site_std) to.site_std += at;
    frs_samples_gather(g->s, &g->f->scaler, g->index + at, n, &to);
}

static void gather(frs_ctx *ctx, gathering g) {
    frs__parallel(ctx, (g.n + GATHER - 1) / GATHER, gather_some, &g);
}

/* A forecast starts from the last known flow of its window (0, the mean, when none is), so that the
 * net has only the change to learn. x [n][W][C] as gathered. */
static frs_status feed_last_flow(const recurrent *f, frs_plan *plan, const float *x, int64_t n,
                                 int64_t W) {
    const frs_task *t = &f->base.task;
    float *q0;
    int64_t count;
    if (!f->net.skip) return FRS_OK;
    FRS_TRY(frs_plan_input(plan, "q0", &q0, &count));
    for (int64_t i = 0; i < n; i++) {
        const float *flow = x + i * W * f->net.channels + t->n_inputs; /* value, then 1 if known */
        int64_t w = t->seq_length - 1;
        while (w >= 0 && flow[w * f->net.channels + 1] == 0) w--;
        q0[i] = w < 0 ? 0.0F : flow[w * f->net.channels];
    }
    return FRS_OK;
}

static frs_status feed(const void *arg, frs_plan *plan, const int64_t *index, int64_t n) {
    const feed_arg *a = arg;
    const frs_recurrent_net *net = &a->f->net;
    frs_batch to = {.drop = a->drops ? &a->drop : NULL};
    int64_t count;
    FRS_TRY(frs_plan_input(plan, "x", &to.x, &count));
    FRS_TRY(frs_plan_input(plan, "y", &to.y, &count));
    if (net->statics) FRS_TRY(frs_plan_input(plan, "statics", &to.statics, &count));
    if (net->loss.kind == FRS_NET_NSE) FRS_TRY(frs_plan_input(plan, "std", &to.site_std, &count));
    gather(a->ctx, (gathering){a->f, a->samples, index, n, to});
    FRS_TRY(frs__input_net_feed(&net->input, plan, frs_samples_window(a->samples)));
    return feed_last_flow(a->f, plan, to.x, n, frs_samples_window(a->samples));
}

/* Starts the carried state of an inference plan: zero, or h0 and c0. */
static frs_status feed_state(const recurrent *f, frs_plan *plan, const float *h, const float *c) {
    static const char *const names[2] = {"h0", "c0"};
    const float *from[2] = {h, c};
    for (int k = 0; k < frs__cell_dims((int)f->net.cell)->states; k++) {
        float *to;
        int64_t n;
        FRS_TRY(frs_plan_input(plan, names[k], &to, &n));
        if (from[k])
            memcpy(to, from[k], (size_t)n * sizeof *to);
        else
            memset(to, 0, (size_t)n * sizeof *to);
    }
    return FRS_OK;
}

enum { PREDICT_BATCH = 256 };

/* A piece of the samples: first .. first+n-1; y [n][K] and std [n] are filled unless NULL. */
typedef struct piece {
    int64_t first, n;
    float *y, *std;
} piece;

/* Standardised predictions of a piece: *sim borrowed, [n][K]. */
static frs_status predict_piece(frs_ctx *ctx, const recurrent *f, const frs_samples *s,
                                const piece *p, const float **sim) {
    const int64_t n = p->n;
    int64_t index[PREDICT_BATCH], count;
    for (int64_t i = 0; i < n; i++) index[i] = p->first + i;
    frs_plan *plan;
    frs_batch to = {.y = p->y, .site_std = p->std};
    FRS_TRY(frs_model_compile(f->model, FRS_INFER, (frs_dims){n, frs_samples_window(s)}, &plan));
    FRS_TRY(frs_plan_input(plan, "x", &to.x, &count));
    if (f->net.statics) FRS_TRY(frs_plan_input(plan, "statics", &to.statics, &count));
    gather(ctx, (gathering){f, s, index, n, to});
    FRS_TRY(frs__input_net_feed(&f->net.input, plan, frs_samples_window(s)));
    FRS_TRY(feed_last_flow(f, plan, to.x, n, frs_samples_window(s)));
    FRS_TRY(feed_state(f, plan, NULL, NULL));
    FRS_TRY(frs_plan_run(plan, 0));
    return frs_plan_output_f32(plan, "sim", sim, &count);
}

float frs__recurrent_flow(const recurrent *f, float standardised) {
    const float q = (float)(standardised * f->scaler.target_std + f->scaler.target_mean);
    return f->base.task.clip_to_zero && q < 0 ? 0.0F : q;
}

/* ---- validation: the training loss without dropout, over all samples */

static frs_status validate_pieces(frs_ctx *ctx, const feed_arg *a, piece *p, frs_loss_sum *l) {
    const int64_t n = frs_samples_count(a->samples);
    for (; p->first < n; p->first += PREDICT_BATCH) {
        const float *sim;
        p->n = n - p->first < PREDICT_BATCH ? n - p->first : PREDICT_BATCH;
        if (frs__cancelled(ctx)) return frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"));
        FRS_TRY(predict_piece(ctx, a->f, a->samples, p, &sim));
        frs__net_loss_add(&a->f->net.loss, l,
                          &(frs_loss_batch){sim, p->y, p->std, p->n, a->f->net.outputs});
    }
    return FRS_OK;
}

static frs_status validate(frs_ctx *ctx, const void *arg, double *loss) {
    const feed_arg *a = arg;
    frs_loss_sum l = {0};
    piece p = {.y = frs__alloc(ctx, PREDICT_BATCH * a->f->net.outputs, sizeof(float)),
               .std = frs__alloc(ctx, PREDICT_BATCH, sizeof(float))};
    frs_status s = p.y && p.std ? validate_pieces(ctx, a, &p, &l) : FRS_E_NOMEM;
    frs__free(ctx, p.y);
    frs__free(ctx, p.std);
    *loss = frs__net_loss_value(&a->f->net.loss, &l);
    return s;
}

/* ---- fit */

static frs_status train(frs_ctx *ctx, const frs_fit_args *a, recurrent *f) {
    const feed_arg validation = {.ctx = ctx, .samples = a->validation, .f = f};
    feed_arg training = {
        .ctx = ctx,
        .samples = a->training,
        .f = f,
        .drop = {.step = frs_config_real(a->config, "nan_step_probability"),
                 .sequence = frs_config_real(a->config, "nan_sequence_probability"),
                 .seed = a->seed}};
    training.drops = training.drop.step > 0 || training.drop.sequence > 0;
    const frs_net_training t = {.name = f->base.def->name,
                                .model = f->model,
                                .batches = {.n = frs_samples_count(a->training),
                                            .steps = frs_samples_window(a->training),
                                            .feed = feed,
                                            .arg = &training,
                                            .begin_epoch = begin_epoch,
                                            .epoch_arg = &training},
                                .validate = validate,
                                .validate_arg = &validation};
    return frs__net_train(ctx, a, &t, &f->history);
}

void frs__recurrent_free(frs_ctx *ctx, frs_forecaster *base) {
    recurrent *f = (recurrent *)base;
    if (!f) return;
    frs_model_free(f->model);
    frs_scaler_free(ctx, &f->scaler);
    frs_history_free(ctx, &f->history);
    frs__free(ctx, f);
}

frs_status frs__recurrent_fit(frs_ctx *ctx, const frs_forecaster_def *def, frs_cell_kind cell,
                              const frs_fit_args *a, frs_forecaster **out) {
    recurrent *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    f->base = (frs_forecaster){def, *frs_samples_task(a->training)};
    f->net = net_of(a->config, a->training, cell);
    frs_status s = FRS_OK;
    if (f->net.outputs > FRS_RECURRENT_MAX_OUTPUTS)
        s = frs__fail(ctx, FRS_E_INPUT, _("at most %d leads or predict_last_n are supported"),
                      FRS_RECURRENT_MAX_OUTPUTS);
    if (s == FRS_OK) s = frs__input_net_of(ctx, a->config, &f->base.task, &f->net.input);
    if (s == FRS_OK) s = frs_scaler_fit(ctx, a->training, &f->scaler);
    if (s == FRS_OK) f->net.loss = frs__net_loss_of(a->config, &f->scaler);
    if (s == FRS_OK) s = new_model(ctx, f, a->seed);
    if (s == FRS_OK) s = train(ctx, a, f);
    if (s == FRS_OK)
        *out = &f->base;
    else
        frs__recurrent_free(ctx, &f->base);
    return s;
}

/* ---- weights trained elsewhere */

static bool sane(const frs_recurrent_net *n) {
    return n->channels > 0 && n->channels <= 4 * FRS_MAX_VARS && n->statics >= 0 &&
           n->statics <= FRS_MAX_STATICS && n->hidden > 0 && n->hidden <= 16384 && n->layers > 0 &&
           n->layers <= 64 && n->cell >= 0 && n->cell < FRS_CELL_COUNT &&
           frs__net_loss_sane(&n->loss) && n->outputs > 0 &&
           frs__input_net_sane(&n->input, n->channels) && n->outputs <= FRS_RECURRENT_MAX_OUTPUTS &&
           (n->skip == 0 || n->skip == 1) && (n->bfloat16 == 0 || n->bfloat16 == 1);
}

static frs_status take_weight(frs_ctx *ctx, recurrent *f, int64_t i, const frs_weights *w) {
    const frs_param_info p = frs_model_param(f->model, i);
    const int64_t n = frs_shape_count(p.shape);
    for (int64_t k = 0; k < w->n; k++) {
        if (strcmp(w->items[k].name, p.name) != 0) continue;
        if (w->items[k].n != n)
            return frs__fail(ctx, FRS_E_INPUT, _("weights '%s': %lld numbers, expected %lld"),
                             p.name, (long long)w->items[k].n, (long long)n);
        memcpy((float *)frs_model_weights(f->model) + p.offset, w->items[k].values,
               sizeof(float) * (size_t)n);
        return FRS_OK;
    }
    return frs__fail(ctx, FRS_E_INPUT, _("weights '%s' are missing"), p.name);
}

frs_status frs__recurrent_make(frs_ctx *ctx, const frs_task *task, const frs_recurrent_net *net,
                               frs_scaler *scaler, const frs_weights *w, frs_forecaster **out) {
    static const char *const names[FRS_CELL_COUNT] = {"lstm", "gru", "rnn", NULL, "ealstm"};
    const bool known = net->cell >= 0 && net->cell < FRS_CELL_COUNT && names[net->cell];
    if (!known || !sane(net) || net->statics != task->n_statics)
        return frs__fail(ctx, FRS_E_ARG, _("a recurrent net that makes no sense"));
    recurrent *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    f->base = (frs_forecaster){frs_forecaster_find(names[net->cell]), *task};
    f->net = *net;
    frs_status s = new_model(ctx, f, 0);
    for (int64_t i = 0; s == FRS_OK && i < frs_model_n_params(f->model); i++)
        s = take_weight(ctx, f, i, w);
    if (s == FRS_OK) {
        f->scaler = *scaler;
        *scaler = (frs_scaler){0};
        *out = &f->base;
    } else {
        frs__recurrent_free(ctx, &f->base);
    }
    return s;
}

/* ---- predict */

static frs_status put_sample(const recurrent *f, const frs_samples *s, int64_t i, const float *sim,
                             const frs_sink *sink) {
    const int64_t n = frs__n_leads(&f->base.task), hidden = f->net.outputs - n;
    float q[FRS_RECURRENT_MAX_OUTPUTS];
    for (int64_t k = 0; k < n; k++) q[k] = frs__recurrent_flow(f, sim[hidden + k]);
    return frs__put_forecast(&f->base.task, frs_samples_id(s, i), q, sink);
}

frs_status frs__recurrent_predict(frs_ctx *ctx, const frs_forecaster *base, const frs_samples *s,
                                  const frs_sink *sink) {
    const recurrent *f = (const recurrent *)base;
    if (frs_samples_channels(s) != f->net.channels ||
        frs_samples_task(s)->n_statics != f->net.statics ||
        frs_samples_n_targets(s) != f->net.outputs)
        return frs__fail(ctx, FRS_E_ARG, _("%s: the samples are of another task than the model's"),
                         _(base->def->title));
    const int64_t n = frs_samples_count(s);
    for (piece p = {0}; p.first < n; p.first += PREDICT_BATCH) {
        const float *sim;
        p.n = n - p.first < PREDICT_BATCH ? n - p.first : PREDICT_BATCH;
        if (frs__cancelled(ctx)) return frs__fail(ctx, FRS_E_CANCELLED, _("interrupted"));
        FRS_TRY(predict_piece(ctx, f, s, &p, &sim));
        for (int64_t i = 0; i < p.n; i++)
            FRS_TRY(put_sample(f, s, p.first + i, sim + i * f->net.outputs, sink));
        frs__progress(ctx, &(frs_progress_info){.stage = _("predicting"),
                                                .done = p.first + p.n,
                                                .total = n,
                                                .value = NAN,
                                                .eta_s = NAN});
    }
    return FRS_OK;
}

/* ---- save and load: task, net, scaler, history, weights by name */

frs_status frs__recurrent_save(frs_ctx *ctx, const frs_forecaster *base, const char *path) {
    const recurrent *f = (const recurrent *)base;
    frs_blob b;
    frs__blob_start(ctx, base, &b);
    frs__blob_put(&b, &f->net, sizeof f->net);
    frs__blob_put_scaler(&b, &f->scaler);
    frs__blob_put_model(&b, f->model, &f->history);
    return frs__blob_save(&b, path);
}

static frs_status load_rest(frs_ctx *ctx, frs_blob_in *b, recurrent *f) {
    f->base = (frs_forecaster){frs_forecaster_find(b->kind), b->task};
    frs__blob_get(b, &f->net, sizeof f->net);
    frs__blob_get_scaler(b, &f->scaler);
    if (b->failed || !sane(&f->net)) {
        b->failed = true;
        return frs__blob_end(b);
    }
    frs_status s = new_model(ctx, f, 0);
    if (s == FRS_OK) {
        frs__blob_get_model(b, f->model, &f->history);
        return frs__blob_end(b);
    }
    frs__blob_close(b);
    return s;
}

frs_status frs__recurrent_load(frs_ctx *ctx, const char *path, frs_forecaster **out) {
    recurrent *f = frs__alloc(ctx, 1, sizeof *f);
    if (!f) return FRS_E_NOMEM;
    frs_blob_in b;
    frs_status s = frs__blob_open(ctx, path, &b);
    if (s == FRS_OK) s = load_rest(ctx, &b, f);
    if (s == FRS_OK)
        *out = &f->base;
    else
        frs__recurrent_free(ctx, &f->base);
    return s;
}

frs_status frs__recurrent_describe(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const recurrent *f = (const recurrent *)base;
    int64_t weights = 0;
    for (int64_t i = 0; i < frs_model_n_params(f->model); i++)
        weights += frs_shape_count(frs_model_param(f->model, i).shape);
    const char *format = f->history.n ? _("%s: a recurrent net, hidden size %lld, %lld weights, on "
                                          "windows of %lld steps with "
                                          "%lld channels; trained for %lld epochs.")
                                      : _("%s: a recurrent net, hidden size %lld, %lld weights, on "
                                          "windows of %lld steps with "
                                          "%lld channels; trained elsewhere.");
    *text = frs__asprintf(ctx, format, _(base->def->title), (long long)f->net.hidden,
                          (long long)weights, (long long)base->task.seq_length,
                          (long long)(f->net.channels + f->net.statics), (long long)f->history.n);
    return *text ? FRS_OK : FRS_E_NOMEM;
}

/* A batch of PREDICT_BATCH, training and predicting. */
frs_status frs__recurrent_explain(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const recurrent *f = (const recurrent *)base;
    const frs_task *t = &base->task;
    const int64_t steps = t->seq_length + (t->kind == FRS_FORECAST ? t->leads : 0);
    static const frs_mode modes[2] = {FRS_TRAIN, FRS_INFER};
    const char *const titles[2] = {_("training"), _("predicting")};
    frs_buf b = {.ctx = ctx};
    frs_status s = FRS_OK;
    for (int i = 0; i < 2 && s == FRS_OK; i++) {
        frs_plan *plan;
        char *nodes = NULL;
        s = frs_model_compile(f->model, modes[i], (frs_dims){PREDICT_BATCH, steps}, &plan);
        if (s == FRS_OK) s = frs_plan_explain(plan, &nodes);
        if (s == FRS_OK) frs__buf_printf(&b, "%s, %s\n%s", _(base->def->title), titles[i], nodes);
        frs_text_free(ctx, nodes);
    }
    if (s == FRS_OK) s = frs__buf_status(&b);
    if (s == FRS_OK)
        *text = b.data;
    else
        frs__buf_free(&b);
    return s;
}

const frs_history *frs__recurrent_history(const frs_forecaster *f) {
    return &((const recurrent *)f)->history;
}

frs_status frs__recurrent_feed_state(const recurrent *f, frs_plan *plan, const float *p) {
    const int64_t n = f->net.layers * f->net.hidden;
    return feed_state(f, plan, p, p + n);
}
