/* Optimisers over a model's one flat weight buffer, and the files of weights and checkpoints.
 *
 * Padding in the flat buffers is 0 in weights and gradients and stays 0. */
#ifndef FRESHET_TRAIN_H
#define FRESHET_TRAIN_H
#include "freshet/graph.h"
#ifdef __cplusplus
extern "C" {
#endif

typedef enum frs_optim_kind {
    FRS_OPTIM_SGD,
    FRS_OPTIM_ADAM,
    FRS_OPTIM_ADAMW,
    FRS_OPTIM_RMSPROP
} frs_optim_kind;
/* Zero means the default: beta1 0.9, beta2 0.999, eps 1e-8, alpha 0.99, weight_decay 0.01.
 * As torch.optim: SGD (no dampening, no Nesterov), Adam, AdamW, RMSprop (not centred).
 * Kingma & Ba (2015), arXiv:1412.6980; Loshchilov & Hutter (2019), arXiv:1711.05101 */
typedef struct frs_optim_opts {
    frs_optim_kind kind;
    double momentum;     /* SGD, RMSprop; 0: none */
    double beta1, beta2; /* Adam, AdamW */
    double alpha;        /* RMSprop: of the running mean of squares */
    double eps;          /* all but SGD */
    double weight_decay; /* AdamW: weights shrink by rate x weight_decay a step */
} frs_optim_opts;
typedef struct frs_optim frs_optim;
/* One optimiser for one float32 model that has been compiled at least once; allocates its state
 * here. */
frs_status frs_optim_new(frs_ctx *ctx, frs_model *m, const frs_optim_opts *o, frs_optim **out);
void frs_optim_free(frs_optim *o);
/* One step from the model's gradients. clip_norm > 0: gradients are scaled by
 * min(1, clip_norm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_. Allocates nothing; the same
 * bits for any number of threads. */
frs_status frs_optim_step(frs_optim *o, double learning_rate, double clip_norm);
double frs_optim_last_norm(const frs_optim *o); /* of the gradients that are there, not clipped */

/* ---- files. Magic "FRSMODEL", version, table of parameters (name, shape), raw float32, text, hash
 * of all before it. Written atomically; every length is checked on reading. errors: FRS_E_FORMAT
 * not such a file, truncated, damaged; FRS_E_INPUT other parameters than the model's. */
frs_status frs_weights_save(frs_ctx *ctx, const frs_model *m, const char *path, const char *text);
frs_status frs_weights_load(frs_ctx *ctx, frs_model *m, const char *path);

/* A checkpoint is a weights file with the optimiser's state and a caller's blob after it. */
typedef struct frs_checkpoint {
    int64_t epoch; /* epochs done */
    uint64_t seed;
    void *blob; /* after loading the caller frees it by frs_text_free */
    int64_t blob_bytes;
} frs_checkpoint;
frs_status frs_checkpoint_save(frs_ctx *ctx, const char *path, const frs_model *m,
                               const frs_optim *o, const frs_checkpoint *c);
frs_status frs_checkpoint_load(frs_ctx *ctx, const char *path, frs_model *m, frs_optim *o,
                               frs_checkpoint *c);

#ifdef __cplusplus
}
#endif
#endif
