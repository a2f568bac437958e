#include "forecaster/net_train.h"
#include "base/base.h"
#include <string.h>

int frs__choice(const char *text, const char *const *names, int n) {
    for (int i = 0; i < n; i++)
        if (text && strcasecmp(text, names[i]) == 0) return i;
    return 0;
}

static double rate_of(const void *arg, int64_t epoch, const frs_history *h) {
    const frs_config *c = arg;
    double rate = frs_config_schedule(c, "learning_rate", epoch);
    if (strcasecmp(frs_config_text(c, "learning_rate_decay"), "cosine") == 0)
        rate *= frs_rate_cosine(epoch, frs_config_int(c, "epochs"));
    if (frs_config_bool(c, "dynamic_learning_rate"))
        rate *= frs_rate_plateau(h, frs_config_real(c, "factor_dynamic_learning_rate"),
                                 frs_config_int(c, "patience_dynamic_learning_rate"));
    return rate;
}

static frs_optim_opts optimiser_of(const frs_config *c) {
    static const char *const names[] = {"SGD", "Adam", "AdamW", "RMSprop"}; /* as frs_optim_kind */
    return (frs_optim_opts){
        .kind = (frs_optim_kind)frs__choice(frs_config_text(c, "optimizer"), names, FRS_LEN(names)),
        .momentum = frs_config_real(c, "momentum"),
    };
}

static bool validates(const frs_fit_args *a) {
    return a->validation && frs_samples_count(a->validation) > 0 &&
           frs_config_int(a->config, "validate_every") > 0;
}

static frs_status can_validate(frs_ctx *ctx, const frs_fit_args *a) {
    static const char *const keys[] = {"dynamic_learning_rate", "early_stopping"};
    for (int i = 0; i < FRS_LEN(keys) && !validates(a); i++)
        if (frs_config_bool(a->config, keys[i]))
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s needs a validation: validation_start_date and "
                               "validation_end_date with samples, validate_every above 0"),
                             keys[i]);
    return FRS_OK;
}

frs_status frs__net_train(frs_ctx *ctx, const frs_fit_args *a, const frs_net_training *t,
                          frs_history *history) {
    const frs_config *c = a->config;
    FRS_TRY(can_validate(ctx, a));
    char *checkpoint = NULL, *weights = NULL;
    if (a->run_dir) {
        checkpoint = frs__asprintf(ctx, "%s/checkpoint-%s.frs", a->run_dir, t->name);
        weights = frs__asprintf(ctx, "%s/models/%s_epoch", a->run_dir, t->name);
        if (!checkpoint || !weights) {
            frs__free(ctx, checkpoint);
            frs__free(ctx, weights);
            return FRS_E_NOMEM;
        }
    }
    const frs_trainer_opts o = {
        .model = t->model,
        .optimiser = optimiser_of(c),
        .rate = rate_of,
        .rate_arg = c,
        .clip_norm =
            frs_config_has(c, "clip_gradient_norm") ? frs_config_real(c, "clip_gradient_norm") : 0,
        .training = t->batches,
        .validate = validates(a) ? t->validate : NULL,
        .validate_arg = t->validate_arg,
        .batch_size = frs_config_int(c, "batch_size"),
        .epochs = frs_config_int(c, "epochs"),
        .stop_after = a->stop_after,
        .max_updates = frs_config_int(c, "max_updates_per_epoch"),
        .validate_every = frs_config_int(c, "validate_every"),
        .early_stopping = frs_config_bool(c, "early_stopping"),
        .patience = frs_config_int(c, "patience_early_stopping"),
        .minimum_epochs = frs_config_int(c, "minimum_epochs_before_early_stopping"),
        .nan_losses_allowed = frs_config_int(c, "allow_subsequent_nan_losses"),
        .seed = a->seed,
        .checkpoint = checkpoint,
        .resume = a->resume,
        .weights_prefix = weights,
        .save_weights_every = frs_config_int(c, "save_weights_every"),
    };
    frs_status s = frs_train(ctx, &o, history);
    frs__free(ctx, checkpoint);
    frs__free(ctx, weights);
    return s;
}

frs_tensor *frs__net_dense(frs_builder *b, const char *name, frs_tensor *x, int64_t units) {
    frs_scope_push(b, name);
    frs_tensor *y = frs_dense(b, x, units);
    frs_scope_pop(b);
    return y;
}

frs_status frs__net_model(frs_ctx *ctx, const frs_model_opts *o, frs_model **m) {
    frs_plan *plan;
    FRS_TRY(frs_model_new(ctx, o, m));
    return frs_model_compile(*m, FRS_INFER, (frs_dims){1, 1}, &plan);
}
