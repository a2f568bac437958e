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
    return (frs_recurrent_net){
        .cell = cell,
        .channels = frs_samples_channels(s),
        .statics = frs_samples_task(s)->n_statics,
        .hidden = frs_config_int(c, "hidden_size"),
        .layers = 1,
        .outputs = frs_samples_n_targets(s),
        .bfloat16 = strcasecmp(frs_config_text(c, "precision"), "bfloat16") == 0,
        .skip = frs__window_skips(frs_samples_task(s)),
        .forget_bias = frs_config_has(c, "initial_forget_bias")
                           ? frs_config_real(c, "initial_forget_bias")
                           : 0,
        .dropout = frs_config_real(c, "output_dropout"),
        .activation = frs__window_activation(c),
    };
}

static frs_status new_model(frs_ctx *ctx, recurrent *f, uint64_t seed) {
    const frs_model_opts o = {
        .build = frs__recurrent_net_build, .arg = &f->net, .arg_size = sizeof f->net, .seed = seed};
    return frs__net_model(ctx, &o, &f->model);
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

static frs_status feed(const frs_forecaster *base, frs_plan *plan, int64_t steps, bool infer) {
    const recurrent *f = (const recurrent *)base;
    FRS_TRY(frs__input_net_feed(&f->net.input, plan, steps));
    return infer ? feed_state(f, plan, NULL, NULL) : FRS_OK;
}

static frs_window_net windows_of(const recurrent *f) {
    return (frs_window_net){.f = &f->base,
                            .scaler = &f->scaler,
                            .model = f->model,
                            .channels = f->net.channels,
                            .statics = f->net.statics,
                            .outputs = f->net.outputs,
                            .skip = f->net.skip != 0,
                            .loss = &f->net.loss,
                            .feed = feed};
}

float frs__recurrent_flow(const recurrent *f, float standardised) {
    const frs_window_net net = windows_of(f);
    return frs__window_flow(&net, standardised);
}

/* ---- fit */

static frs_status train(frs_ctx *ctx, const frs_fit_args *a, recurrent *f) {
    const frs_window_net net = windows_of(f);
    return frs__window_train(ctx, a, &net, &f->history);
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
    frs_status s = frs__window_outputs(ctx, a->training);
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
           frs__input_net_sane(&n->input, n->channels) && n->outputs <= FRS_WINDOW_OUTPUTS &&
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

frs_status frs__recurrent_predict(frs_ctx *ctx, const frs_forecaster *base, const frs_samples *s,
                                  const frs_sink *sink) {
    const frs_window_net net = windows_of((const recurrent *)base);
    return frs__window_predict(ctx, &net, s, sink);
}

frs_status frs__recurrent_explain(frs_ctx *ctx, const frs_forecaster *base, char **text) {
    const frs_window_net net = windows_of((const recurrent *)base);
    return frs__window_explain(ctx, &net, text);
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
    const int64_t weights = frs__window_weights(f->model);
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

const frs_history *frs__recurrent_history(const frs_forecaster *f) {
    return &((const recurrent *)f)->history;
}

frs_status frs__recurrent_feed_state(const recurrent *f, frs_plan *plan, const float *p) {
    const int64_t n = f->net.layers * f->net.hidden;
    return feed_state(f, plan, p, p + n);
}
