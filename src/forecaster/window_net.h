/* What nets on windows share, whatever they are made of: batches gathered into plans, training,
 * validation, predictions. Their plans have the inputs x [B, W, C], "statics" [B, S] where there
 * are any, "q0" [B, 1] with a skip, when training "y" [B, K] and with the loss NSE "std" [B]; their
 * output is sim [B, K], standardised. */
#ifndef FRS_FORECASTER_WINDOW_NET_H
#define FRS_FORECASTER_WINDOW_NET_H
#include "forecaster/net_loss.h"
#include "freshet/forecaster.h"
#include "freshet/trainer.h"

enum { FRS_WINDOW_OUTPUTS = 366 };
typedef enum frs_output_activation {
    FRS_OUTPUT_LINEAR,
    FRS_OUTPUT_RELU,
    FRS_OUTPUT_SOFTPLUS
} frs_output_activation;

/* A look at one of them; all borrowed. */
typedef struct frs_window_net {
    const frs_forecaster *f;
    const frs_scaler *scaler;
    frs_model *model;
    int64_t channels, statics, outputs;
    bool skip; /* the outputs are added to the last known flow, input q0 */
    const frs_net_loss *loss;
    /* What else its plans are fed; NULL: nothing. */
    frs_status (*feed)(const frs_forecaster *f, frs_plan *plan, int64_t steps, bool infer);
} frs_window_net;

/* errors: FRS_E_INPUT more outputs than there may be */
frs_status frs__window_outputs(frs_ctx *ctx, const frs_samples *s);
bool frs__window_skips(const frs_task *t);
frs_output_activation frs__window_activation(const frs_config *c);
/* The end of their build functions: what becomes of a head's numbers [B, K], and then their output
 * and loss. */
typedef struct frs_window_end {
    int64_t outputs;
    bool skip;
    frs_output_activation activation;
    const frs_net_loss *loss;
} frs_window_end;
/* q0 NULL: an input */
frs_tensor *frs__window_sim(frs_builder *b, const frs_window_end *o, frs_tensor *q0,
                            frs_tensor *sim);
frs_status frs__window_end(frs_builder *b, const frs_window_end *o, frs_tensor *sim);

frs_status frs__window_train(frs_ctx *ctx, const frs_fit_args *a, const frs_window_net *net,
                             frs_history *history);
frs_status frs__window_predict(frs_ctx *ctx, const frs_window_net *net, const frs_samples *s,
                               const frs_sink *sink);
frs_status frs__window_explain(frs_ctx *ctx, const frs_window_net *net, char **text);
float frs__window_flow(const frs_window_net *net, float standardised); /* raw units, clipped */
/* q0 of windows x [batch][steps][C]: a forecast starts from the last known flow of its window (0,
 * the mean, when none is), so that the net has only the change to learn. */
frs_status frs__window_last_flow(const frs_window_net *net, frs_plan *plan, const float *x,
                                 frs_dims d);
/* Weights of a model, biases too, without padding and states. */
int64_t frs__window_weights(const frs_model *m);
#endif
