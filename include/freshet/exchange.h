/* Models of other programs: trained runs of NeuralHydrology as forecasters here, nets of ours as
 * PyTorch reads them. docs/neuralhydrology.md says what is supported. */
#ifndef FRESHET_EXCHANGE_H
#define FRESHET_EXCHANGE_H
#include "freshet/config.h"
#include "freshet/data.h"
#include "freshet/forecaster.h"
#ifdef __cplusplus
extern "C" {
#endif

/* Is it a run folder of NeuralHydrology: config.yml with a folder train_data beside it? */
bool frs_nh_is_run(frs_ctx *ctx, const char *folder);

typedef struct frs_nh_opts {
    const char *folder;
    const frs_config *config; /* its config.yml */
    const frs_task *task;     /* of that config */
    int64_t epoch;            /* of model_epochNNN.pt; 0: the last there is */
} frs_nh_opts;
/* The trained net of a run with its scaler. Its predictions are NeuralHydrology's up to rounding;
 * clip_targets_to_zero acts on them, where NeuralHydrology clips only what it scores.
 * owns:   *f by frs_forecaster_free
 * errors: FRS_E_INPUT no such epoch, weights of another shape than the config says, a variable that
 *         the scaler lacks; FRS_E_FORMAT a damaged or hostile file; FRS_E_UNSUPPORTED a model that
 *         is not one of cudalstm, customlstm, gru, ealstm, or built without libzip. */
frs_status frs_nh_load(frs_ctx *ctx, const frs_nh_opts *o, frs_forecaster **f);

/* Writes the weights of an LSTM, GRU or EA-LSTM as a state_dict that torch.load reads, named and
 * laid out as by NeuralHydrology's cudalstm, gru and ealstm.
 * errors: FRS_E_UNSUPPORTED another kind of forecaster, or built without libzip. */
frs_status frs_export_pytorch(frs_ctx *ctx, const frs_forecaster *f, const char *path);

#ifdef __cplusplus
}
#endif
#endif
