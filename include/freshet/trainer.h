/* The training loop: any model that ends in a loss, any source of batches.
 *
 * Order and dropout are functions of (seed, epoch, step): nothing random is saved, so a resumed run
 * ends in the same bits as one that was never interrupted. The short last batch is a plan of its
 * own. */
#ifndef FRESHET_TRAINER_H
#define FRESHET_TRAINER_H
#include "freshet/history.h"
#include "freshet/train.h"
#ifdef __cplusplus
extern "C" {
#endif

/* n samples of `steps` time steps each; feed writes the samples index[0..n_index) into the plan's
 * inputs. */
typedef struct frs_batches {
    int64_t n, steps;
    frs_status (*feed)(const void *arg, frs_plan *plan, const int64_t *index, int64_t n_index);
    const void *arg;
    /* Told before an epoch's first batch, also after a resume; NULL: not wanted. */
    void (*begin_epoch)(void *epoch_arg, int64_t epoch);
    void *epoch_arg;
} frs_batches;

typedef struct frs_trainer_opts {
    frs_model *model;
    frs_optim_opts optimiser;
    /* Learning rate of an epoch, counted from 0; history: the epochs before it. */
    double (*rate)(const void *arg, int64_t epoch, const frs_history *history);
    const void *rate_arg;
    double clip_norm; /* <= 0: no clipping */
    frs_batches training;
    frs_status (*validate)(frs_ctx *ctx, const void *arg, double *loss); /* NULL: none */
    const void *validate_arg;
    int64_t batch_size, epochs;
    int64_t stop_after;     /* stop here, to be resumed later; 0: at the last epoch */
    int64_t max_updates;    /* per epoch; 0: all */
    int64_t validate_every; /* epochs; 0: never */
    /* Stop after `patience` validations in a row that were not better than the best before them,
     * not before minimum_epochs; the model then has the weights of the best validation, also when
     * it ran to the last epoch. As NeuralHydrology's keys, which leaves the last weights. */
    bool early_stopping;
    int64_t patience, minimum_epochs;
    int64_t nan_losses_allowed; /* in a row; such a step changes nothing */
    uint64_t seed;
    const char *checkpoint;     /* written after each epoch, atomically; NULL: none */
    bool resume;                /* go on from the checkpoint if there is one */
    const char *weights_prefix; /* "<prefix>NNN.frs" every save_weights_every epochs; NULL: none */
    int64_t save_weights_every;
    bool (*after_epoch)(void *arg, const frs_epoch *epoch); /* false: stop here; NULL: go on */
    void *after_arg;
} frs_trainer_opts;

/* What a base rate is multiplied by. Both depend on epoch and history alone: a resume changes
 * nothing.
 * Half a cosine from 1 in the first epoch to 0 after the last: Loshchilov & Hutter (2017),
 * arXiv:1608.03983, without restarts. */
double frs_rate_cosine(int64_t epoch, int64_t epochs);
/* Times `factor` whenever the validation loss was not better than the best before it, by a
 * ten-thousandth, in more than `patience` validations in a row: as PyTorch's ReduceLROnPlateau. */
double frs_rate_plateau(const frs_history *h, double factor, int64_t patience);

/* Trains to the last epoch; history gets one item an epoch (the resumed ones too).
 * errors: FRS_E_DIVERGED loss is not finite (epoch and step named); FRS_E_CANCELLED (the checkpoint
 * of the last whole epoch stays); FRS_E_NODATA no sample; FRS_E_FORMAT a broken checkpoint. */
frs_status frs_train(frs_ctx *ctx, const frs_trainer_opts *o, frs_history *history);

#ifdef __cplusplus
}
#endif
#endif
