#include "freshet/trainer.h"
#include "base/base.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a run of frs_train carries from step to step. */
typedef struct trainer {
    frs_ctx *ctx;
    const frs_trainer_opts *o;
    frs_optim *optim;
    frs_history *history;
    int64_t *index; /* [batch_size] */
    float *best;    /* weights of the best validation; NULL without early stopping */
    int64_t nan_in_row;
    double rate;        /* of this epoch */
    double start_s;     /* of this process's training */
    int64_t steps_done; /* in this process */
} trainer;

void frs_history_free(frs_ctx *ctx, frs_history *h) {
    frs__free(ctx, h->items);
    *h = (frs_history){0};
}

static int64_t steps_per_epoch(const frs_trainer_opts *o) {
    const int64_t all = (o->training.n + o->batch_size - 1) / o->batch_size;
    return o->max_updates > 0 && o->max_updates < all ? o->max_updates : all;
}

/* Position `step` of epoch `epoch`: the samples of this batch, by a keyed permutation. */
static int64_t fill_batch(trainer *t, int64_t epoch, int64_t step) {
    const frs_trainer_opts *o = t->o;
    const frs_rng order = {o->seed, FRS_RNG_SHUFFLE, (uint64_t)epoch};
    const int64_t first = step * o->batch_size, left = o->training.n - first;
    const int64_t n = left < o->batch_size ? left : o->batch_size;
    for (int64_t i = 0; i < n; i++) t->index[i] = frs__rng_permute(order, o->training.n, first + i);
    return n;
}

static frs_status diverged(trainer *t, double loss, int64_t epoch, int64_t step) {
    if (isfinite(loss)) {
        t->nan_in_row = 0;
        return FRS_OK;
    }
    if (++t->nan_in_row <= t->o->nan_losses_allowed) {
        frs__log(t->ctx, FRS_LOG_WARN,
                 _("epoch %lld, step %lld: the loss is not finite; step skipped"),
                 (long long)epoch + 1, (long long)step + 1);
        return FRS_OK;
    }
    return frs__fail(t->ctx, FRS_E_DIVERGED,
                     _("the loss is not finite at epoch %lld, step %lld: lower learning_rate, set "
                       "clip_gradient_norm, or look at the scaled inputs (freshet check)"),
                     (long long)epoch + 1, (long long)step + 1);
}

static frs_status one_step(trainer *t, int64_t epoch, int64_t step, double *loss) {
    const frs_trainer_opts *o = t->o;
    const int64_t n = fill_batch(t, epoch, step);
    frs_plan *plan = NULL;
    FRS_TRY(frs_model_compile(o->model, FRS_TRAIN, (frs_dims){n, o->training.steps}, &plan));
    FRS_TRY(o->training.feed(o->training.arg, plan, t->index, n));
    FRS_TRY(frs_plan_run(plan, (uint64_t)(epoch * steps_per_epoch(o) + step)));
    FRS_TRY(frs_plan_output(plan, "loss", loss, 1));
    FRS_TRY(diverged(t, *loss, epoch, step));
    if (!isfinite(*loss)) return FRS_OK;
    return frs_optim_step(t->optim, t->rate, o->clip_norm);
}

static void tell(trainer *t, int64_t epoch, int64_t step, double mean_loss) {
    const int64_t steps = steps_per_epoch(t->o);
    const int64_t left = (t->o->epochs - epoch) * steps - step - 1;
    const double each = (frs__now_s() - t->start_s) / (double)++t->steps_done;
    frs__progress(t->ctx, &(frs_progress_info){.stage = _("training"),
                                               .done = step + 1,
                                               .total = steps,
                                               .epoch = epoch + 1,
                                               .epochs = t->o->epochs,
                                               .value = mean_loss,
                                               .eta_s = each * (double)left});
}

static frs_status one_epoch(trainer *t, int64_t epoch, frs_epoch *out) {
    const int64_t steps = steps_per_epoch(t->o);
    const double start = frs__now_s();
    double sum = 0, loss = NAN;
    t->rate = t->o->rate(t->o->rate_arg, epoch, t->history);
    int64_t counted = 0;
    t->nan_in_row =
        0; /* counted within an epoch, as NeuralHydrology does: a resume changes nothing */
    if (t->o->training.begin_epoch) t->o->training.begin_epoch(t->o->training.epoch_arg, epoch);
    for (int64_t step = 0; step < steps; step++) {
        if (frs__cancelled(t->ctx)) return frs__fail(t->ctx, FRS_E_CANCELLED, _("interrupted"));
        FRS_TRY(one_step(t, epoch, step, &loss));
        if (isfinite(loss)) sum += loss, counted++;
        tell(t, epoch, step, counted ? sum / (double)counted : NAN);
    }
    *out = (frs_epoch){.epoch = epoch + 1,
                       .training_loss = counted ? sum / (double)counted : NAN,
                       .validation_loss = NAN,
                       .learning_rate = t->rate};
    const frs_trainer_opts *o = t->o;
    if (o->validate && o->validate_every > 0 && (epoch + 1) % o->validate_every == 0)
        FRS_TRY(o->validate(t->ctx, o->validate_arg, &out->validation_loss));
    out->seconds = frs__now_s() - start;
    return FRS_OK;
}

/* ---- early stopping: decided by the history alone, so a resume decides the same */

static int64_t best_bytes(const trainer *t) {
    return t->best ? frs_model_flat_count(t->o->model) * (int64_t)sizeof(float) : 0;
}

/* Validations since the best one; 0: the last validation is the best. */
static int64_t without_better(const frs_history *h) {
    double best = INFINITY;
    int64_t bad = 0;
    for (int64_t i = 0; i < h->n; i++) {
        const double loss = h->items[i].validation_loss;
        if (isnan(loss)) continue;
        bad = loss < best ? 0 : bad + 1;
        if (loss < best) best = loss;
    }
    return bad;
}

static bool stops(const trainer *t) {
    return t->best && t->history->n >= t->o->minimum_epochs &&
           without_better(t->history) >= t->o->patience;
}

static void keep_best(const trainer *t) {
    const frs_history *h = t->history;
    if (!t->best || isnan(h->items[h->n - 1].validation_loss) || without_better(h) > 0) return;
    memcpy(t->best, frs_model_weights_get(t->o->model), (size_t)best_bytes(t));
}

static bool validated(const frs_history *h) {
    for (int64_t i = 0; i < h->n; i++)
        if (!isnan(h->items[i].validation_loss)) return true;
    return false;
}

/* The history, then the best weights. */
static frs_status save_checkpoint(trainer *t, int64_t epoch) {
    const int64_t n = t->history->n * (int64_t)sizeof(frs_epoch), bytes = n + best_bytes(t);
    char *blob = frs__alloc(t->ctx, bytes, 1);
    if (!blob) return FRS_E_NOMEM;
    memcpy(blob, t->history->items, (size_t)n);
    if (t->best) memcpy(blob + n, t->best, (size_t)best_bytes(t));
    const frs_checkpoint c = {
        .epoch = epoch + 1, .seed = t->o->seed, .blob = blob, .blob_bytes = bytes};
    frs_status s = frs_checkpoint_save(t->ctx, t->o->checkpoint, t->o->model, t->optim, &c);
    frs__free(t->ctx, blob);
    return s;
}

static frs_status save_epoch(trainer *t, int64_t epoch) {
    const frs_trainer_opts *o = t->o;
    if (o->checkpoint) FRS_TRY(save_checkpoint(t, epoch));
    if (!o->weights_prefix || o->save_weights_every <= 0 || (epoch + 1) % o->save_weights_every)
        return FRS_OK;
    char *path = frs__asprintf(t->ctx, "%s%03lld.frs", o->weights_prefix, (long long)epoch + 1);
    if (!path) return FRS_E_NOMEM;
    frs_status s = frs_weights_save(t->ctx, o->model, path, "{}");
    frs__free(t->ctx, path);
    return s;
}

/* Puts back weights, optimiser and history; *next is the epoch to go on with. */
static frs_status resume(trainer *t, int64_t *next) {
    const frs_trainer_opts *o = t->o;
    *next = 0;
    if (!o->resume || !o->checkpoint || !frs__exists(o->checkpoint)) return FRS_OK;
    frs_checkpoint c = {0};
    FRS_TRY(frs_checkpoint_load(t->ctx, o->checkpoint, o->model, t->optim, &c));
    frs_status s = FRS_OK;
    const int64_t n = c.epoch, bytes = n * (int64_t)sizeof(frs_epoch);
    if (c.seed != o->seed || n < 0 || n > o->epochs || c.blob_bytes != bytes + best_bytes(t))
        s = frs__fail(t->ctx, FRS_E_INPUT,
                      _("%s: made with another seed or number of epochs (seed %llu, epoch %lld)"),
                      o->checkpoint, (unsigned long long)c.seed, (long long)c.epoch);
    if (s == FRS_OK) {
        memcpy(t->history->items, c.blob, (size_t)bytes);
        if (t->best) memcpy(t->best, (char *)c.blob + bytes, (size_t)best_bytes(t));
        t->history->n = n;
        *next = c.epoch;
        frs__log(t->ctx, FRS_LOG_INFO, _("resumed after epoch %lld"), (long long)c.epoch);
    }
    frs__free(t->ctx, c.blob);
    return s;
}

/* The optimiser and the checkpoint need the weights, which the first compile makes. */
static frs_status first_compile(const frs_trainer_opts *o) {
    const int64_t n = o->training.n < o->batch_size ? o->training.n : o->batch_size;
    frs_plan *plan = NULL;
    return frs_model_compile(o->model, FRS_TRAIN, (frs_dims){n, o->training.steps}, &plan);
}

static void log_epoch(const trainer *t, const frs_epoch *e) {
    const long long epoch = e->epoch, epochs = t->o->epochs;
    if (isnan(e->validation_loss))
        frs__log(t->ctx, FRS_LOG_INFO, _("epoch %lld of %lld: loss %.5f, %.1f s"), epoch, epochs,
                 e->training_loss, e->seconds);
    else
        frs__log(t->ctx, FRS_LOG_INFO, _("epoch %lld of %lld: loss %.5f, validation %.5f, %.1f s"),
                 epoch, epochs, e->training_loss, e->validation_loss, e->seconds);
}

static frs_status run_epochs(trainer *t) {
    int64_t epoch;
    FRS_TRY(resume(t, &epoch));
    t->start_s = frs__now_s();
    const int64_t stop = t->o->stop_after, last = t->o->epochs;
    for (; epoch < (stop > 0 && stop < last ? stop : last) && !stops(t); epoch++) {
        frs_epoch *e = &t->history->items[t->history->n];
        FRS_TRY(one_epoch(t, epoch, e));
        t->history->n++;
        keep_best(t);
        FRS_TRY(save_epoch(t, epoch));
        log_epoch(t, e);
        if (t->o->after_epoch && !t->o->after_epoch(t->o->after_arg, e)) break;
    }
    if (!t->best || !validated(t->history)) return FRS_OK;
    memcpy(frs_model_weights(t->o->model), t->best, (size_t)best_bytes(t));
    frs__log(t->ctx, FRS_LOG_INFO,
             _("trained for %lld epochs; the weights of the best validation, "
               "%lld before, are kept"),
             (long long)t->history->n, (long long)without_better(t->history));
    return FRS_OK;
}

frs_status frs_train(frs_ctx *ctx, const frs_trainer_opts *o, frs_history *history) {
    *history = (frs_history){0};
    if (o->training.n <= 0)
        return frs__fail(ctx, FRS_E_NODATA, _("training period: not a single training sample"));
    if (o->batch_size < 1 || o->epochs < 1)
        return frs__fail(ctx, FRS_E_ARG, _("batch_size and epochs must be at least 1"));
    trainer t = {.ctx = ctx, .o = o, .history = history};
    t.index = frs__alloc(ctx, o->batch_size, sizeof *t.index);
    history->items = frs__alloc(ctx, o->epochs, sizeof *history->items);
    frs_status s = t.index && history->items ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) s = first_compile(o);
    if (s == FRS_OK && o->early_stopping) {
        t.best = frs__alloc(ctx, frs_model_flat_count(o->model), sizeof *t.best);
        if (!t.best) s = FRS_E_NOMEM;
    }
    if (s == FRS_OK) s = frs_optim_new(ctx, o->model, &o->optimiser, &t.optim);
    if (s == FRS_OK) s = run_epochs(&t);
    frs_optim_free(t.optim);
    frs__free(ctx, t.index);
    frs__free(ctx, t.best);
    if (s != FRS_OK) frs_history_free(ctx, history);
    return s;
}
