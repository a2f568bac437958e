/* Training, evaluation and prediction of a net over arrays. */
#include "net/net.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 32, PATIENCE = 5 };

/* ---- batches through an inference plan */
typedef struct pass {
    frs_net *net;
    frs_feed *feed;
    frs_batches batches;
    int64_t *index, batch;
} pass;

static void pass_end(pass *p) {
    frs_feed_free(p->feed);
    frs__free(p->net->ctx, p->index);
}

static frs_status pass_begin(frs_net *net, const frs_arrays *a, int64_t batch, bool inputs_only,
                             pass *p) {
    *p = (pass){.net = net, .batch = batch > 0 ? batch : BATCH};
    if (p->batch > a->n) p->batch = a->n;
    FRS_TRY(frs__net_inputs(net, a));
    p->index = frs__alloc(net->ctx, p->batch, sizeof *p->index);
    if (!p->index) return FRS_E_NOMEM;
    const frs_status s =
        frs_feed_new(net->ctx, a, &(frs_feed_opts){.inputs_only = inputs_only}, &p->feed);
    if (s == FRS_OK) p->batches = frs_feed_batches(p->feed);
    if (s == FRS_OK) net->steps = p->batches.steps;
    return s;
}

/* The samples from `first` on: *n of them, and the plan that has run. */
static frs_status pass_step(pass *p, int64_t first, int64_t *n, frs_plan **plan) {
    const int64_t left = p->batches.n - first;
    *n = left < p->batch ? left : p->batch;
    for (int64_t i = 0; i < *n; i++) p->index[i] = first + i;
    if (frs__cancelled(p->net->ctx))
        return frs__fail(p->net->ctx, FRS_E_CANCELLED, _("interrupted"));
    FRS_TRY(frs_model_compile(p->net->model, FRS_INFER, (frs_dims){*n, p->batches.steps}, plan));
    FRS_TRY(p->batches.feed(p->batches.arg, *plan, p->index, *n));
    return frs_plan_run(*plan, 0);
}

static int output_named(const frs_net *net, const char *name) {
    for (int i = 0; i < net->n_outputs; i++)
        if (!name || strcmp(net->outputs[i], name) == 0) return i;
    return -1;
}

static frs_status predict(pass *p, const char *name, float *out, int64_t n_out) {
    int64_t n, count, at = 0;
    for (int64_t first = 0; first < p->batches.n; first += n) {
        frs_plan *plan = NULL;
        const float *y = NULL;
        FRS_TRY(pass_step(p, first, &n, &plan));
        FRS_TRY(frs_plan_output_f32(plan, name, &y, &count));
        if (count > n_out - at || (first + n == p->batches.n && at + count != n_out))
            return frs__fail(p->net->ctx, FRS_E_ARG,
                             _("room for %lld elements; output '%s' of %lld samples has %lld"),
                             (long long)n_out, name, (long long)p->batches.n,
                             (long long)(count / n * p->batches.n));
        memcpy(out + at, y, (size_t)count * sizeof *y);
        at += count;
    }
    return FRS_OK;
}

frs_status frs_net_predict(frs_net *net, const frs_arrays *a, const char *output, int64_t batch,
                           float *out, int64_t n_out) {
    pass p;
    const int i = output_named(net, output);
    if (i < 0) return frs__fail(net->ctx, FRS_E_ARG, _("no output named '%s'"), output);
    frs_status s = pass_begin(net, a, batch, true, &p);
    if (s == FRS_OK) s = predict(&p, net->outputs[i], out, n_out);
    pass_end(&p);
    return s;
}

/* ---- scores: sums over all samples so far */
typedef struct sums {
    double loss, right, classes, among5, ranked, absolute, squared, values;
} sums;

/* The class that a target names: a number, or the largest of K shares; -1: none. */
static int64_t class_of(const float *target, int64_t K, bool shares) {
    int64_t k = 0;
    if (isnan(target[0])) return -1;
    if (!shares) return (int64_t)target[0];
    for (int64_t j = 1; j < K; j++)
        if (target[j] > target[k]) k = j;
    return k;
}

static void score_classes(sums *s, const float *y, const float *target, int64_t n, int64_t K,
                          bool shares) {
    for (int64_t i = 0; i < n; i++) {
        const float *row = y + i * K;
        const int64_t k = class_of(target + (shares ? i * K : i), K, shares);
        int64_t better = 0;
        if (k < 0 || k >= K) continue;
        for (int64_t j = 0; j < K; j++) better += row[j] > row[k] || (row[j] == row[k] && j < k);
        s->right += better == 0;
        s->among5 += better < 5;
        s->classes++;
        s->ranked++;
    }
}

/* yes: what an output must be above to say so */
static void score_yes(sums *s, const float *y, const float *target, int64_t n, float yes) {
    for (int64_t i = 0; i < n; i++) {
        if (isnan(target[i])) continue;
        s->right += (y[i] > yes) == (target[i] > 0.5F);
        s->classes++;
    }
}

static void score_values(sums *s, const float *y, const float *target, int64_t n) {
    for (int64_t i = 0; i < n; i++) {
        const double d = (double)y[i] - (double)target[i];
        if (isnan(target[i])) continue;
        s->absolute += fabs(d);
        s->squared += d * d;
        s->values++;
    }
}

static frs_status score_batch(const frs_net *net, frs_plan *plan, int64_t n, sums *s) {
    double loss;
    const float *y;
    float *target;
    int64_t n_y, n_target;
    FRS_TRY(frs_plan_output(plan, "loss", &loss, 1));
    s->loss += loss * (double)n;
    for (int i = 0; i < net->n_outputs; i++) {
        FRS_TRY(frs_plan_output_f32(plan, net->outputs[i], &y, &n_y));
        FRS_TRY(frs_plan_input(plan, net->targets[i].name, &target, &n_target));
        const frs_target_kind kind = net->targets[i].kind;
        const frs_shape each = net->targets[i].shape;
        const bool shares = n_y == n_target && each.rank > 0;
        const int64_t K = shares ? each.dim[each.rank - 1] : n_target ? n_y / n_target : 0;
        if (kind == FRS_TARGET_CLASSES && K > 0)
            score_classes(s, y, target, n_y / K, K, shares);
        else if (kind == FRS_TARGET_VALUES && n_y == n_target)
            score_values(s, y, target, n_y);
        else if (n_y == n_target)
            score_yes(s, y, target, n_y, kind == FRS_TARGET_LOGITS ? 0 : 0.5F);
    }
    return FRS_OK;
}

static double share(double sum, double n) {
    return n > 0 ? sum / n : (double)NAN;
}

frs_status frs_net_evaluate(frs_net *net, const frs_arrays *a, int64_t batch,
                            frs_net_scores *scores) {
    pass p;
    sums s = {0};
    int64_t n;
    *scores = (frs_net_scores){NAN, NAN, NAN, NAN, NAN, a->n};
    FRS_TRY(frs__net_targets(net, a));
    frs_status status = pass_begin(net, a, batch, false, &p);
    for (int64_t first = 0; status == FRS_OK && first < a->n; first += n) {
        frs_plan *plan = NULL;
        status = pass_step(&p, first, &n, &plan);
        if (status == FRS_OK) status = score_batch(net, plan, n, &s);
    }
    pass_end(&p);
    if (status == FRS_OK)
        *scores = (frs_net_scores){share(s.loss, (double)a->n),      share(s.right, s.classes),
                                   share(s.among5, s.ranked),        share(s.absolute, s.values),
                                   sqrt(share(s.squared, s.values)), a->n};
    return status;
}

/* ---- fit */
typedef struct fit {
    frs_net *net;
    const frs_fit_opts *o;
    int64_t epochs, patience;
    frs_net_scores scores; /* of the last validation */
    frs_buf log;
    frs_status logged;
} fit;

static double rate(const void *arg, int64_t epoch, const frs_history *history) {
    const fit *f = arg;
    double r = f->net->loss.o.learning_rate;
    if (f->o->cosine) r *= frs_rate_cosine(epoch, f->epochs);
    if (f->o->plateau > 0) r *= frs_rate_plateau(history, f->o->plateau, f->patience);
    return r;
}

static frs_status validate(frs_ctx *ctx, const void *arg, double *loss) {
    (void)ctx;
    fit *f = (fit *)(uintptr_t)arg;
    FRS_TRY(frs_net_evaluate(f->net, f->o->validation, f->o->batch, &f->scores));
    *loss = f->scores.loss;
    return FRS_OK;
}

/* ---- the log, written anew after each epoch */
static const char head[] = "epoch,loss,validation_loss,accuracy,rmse,learning_rate,seconds\n";

/* What a resumed training has in it goes on being there. */
static frs_status log_begin(fit *f) {
    char *text = NULL;
    int64_t n;
    if (!f->o->csv_log) return FRS_OK;
    if (f->o->resume && frs__exists(f->o->csv_log))
        FRS_TRY(frs__read_file(f->net->ctx, f->o->csv_log, 1 << 28, &text, &n));
    frs__buf_add(&f->log, text && strncmp(text, head, sizeof head - 1) == 0 ? text : head);
    frs__free(f->net->ctx, text);
    return frs__buf_status(&f->log);
}

static void log_number(frs_buf *log, double v) {
    char text[40];
    frs__buf_add(log, ",");
    if (!isnan(v)) frs__buf_add(log, frs__format_double(v, text));
}

/* The epoch's row, in the place of one that is there from before an interruption. */
static frs_status log_epoch(fit *f, const frs_epoch *e) {
    char start[32];
    if (!f->o->csv_log || f->log.failed) return frs__buf_status(&f->log);
    snprintf(start, sizeof start, "\n%lld,", (long long)e->epoch);
    const char *old = strstr(f->log.data, start);
    if (old) f->log.n = old - f->log.data + 1;
    frs__buf_add(&f->log, start + 1);
    f->log.n--; /* the comma, which each number brings */
    const double row[] = {e->training_loss, e->validation_loss, f->scores.accuracy,
                          f->scores.rmse,   e->learning_rate,   e->seconds};
    for (int64_t i = 0; i < FRS_LEN(row); i++) log_number(&f->log, row[i]);
    frs__buf_add(&f->log, "\n");
    FRS_TRY(frs__buf_status(&f->log));
    return frs__write_derived(f->net->ctx, f->o->csv_log, f->log.data, f->log.n);
}

static bool after_epoch(void *arg, const frs_epoch *e) {
    fit *f = arg;
    f->logged = log_epoch(f, e);
    if (f->logged != FRS_OK) return false;
    return !f->o->after_epoch || f->o->after_epoch(f->o->callback_arg, e, &f->scores);
}

static frs_status train(fit *f, frs_feed *feed, frs_history *history) {
    const frs_fit_opts *o = f->o;
    const frs_compile_opts *c = &f->net->loss.o;
    const frs_trainer_opts t = {.model = f->net->model,
                                .optimiser = c->optimiser,
                                .rate = rate,
                                .rate_arg = f,
                                .clip_norm = c->clip_norm,
                                .training = frs_feed_batches(feed),
                                .validate = o->validation ? validate : NULL,
                                .validate_arg = f,
                                .batch_size = o->batch > 0 ? o->batch : BATCH,
                                .epochs = f->epochs,
                                .validate_every = o->validation ? 1 : 0,
                                .early_stopping = o->early_stopping,
                                .patience = f->patience,
                                .seed = f->net->o.seed,
                                .checkpoint = o->checkpoint,
                                .resume = o->resume,
                                .after_epoch = after_epoch,
                                .after_arg = f};
    return frs_train(f->net->ctx, &t, history);
}

frs_status frs_net_fit(frs_net *net, const frs_arrays *training, const frs_fit_opts *o,
                       frs_history *history) {
    frs_history own = {0};
    frs_feed *feed = NULL;
    fit f = {.net = net,
             .o = o,
             .epochs = o->epochs > 0 ? o->epochs : 1,
             .patience = o->patience > 0 ? o->patience : PATIENCE,
             .scores = {NAN, NAN, NAN, NAN, NAN, 0},
             .log = {.ctx = net->ctx}};
    if (o->early_stopping && !o->validation)
        return frs__fail(net->ctx, FRS_E_ARG, _("early stopping needs validation data"));
    FRS_TRY(frs__net_targets(net, training));
    FRS_TRY(frs__net_inputs(net, training));
    const frs_feed_opts feeding = {.augment = o->augment, .seed = net->o.seed};
    frs_status s = frs_feed_new(net->ctx, training, &feeding, &feed);
    if (s == FRS_OK) s = log_begin(&f);
    if (s == FRS_OK) net->steps = frs_feed_batches(feed).steps;
    if (s == FRS_OK) s = train(&f, feed, &own);
    if (s == FRS_OK) s = f.logged;
    if (s == FRS_E_DIVERGED && frs__net_classes(net, training) == FRS_E_ARG) s = FRS_E_ARG;
    frs_feed_free(feed);
    frs__buf_free(&f.log);
    if (s == FRS_OK && history)
        *history = own;
    else
        frs_history_free(net->ctx, &own);
    return s;
}
