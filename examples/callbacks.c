/* fit with callbacks: early stopping, a rate that falls on a plateau, a CSV log, a checkpoint after
 * each epoch; an interrupted training that is taken up again ends in the same bits. */
#include <freshet/nn.h>
#include <math.h>
#include <stdio.h>

enum { N = 200 };
static const frs_layer layers[] = {{.type = "dense", .units = 16, .activation = FRS_TANH},
                                   {.type = "dropout", .rate = 0.1},
                                   {.type = "dense", .units = 1}};

static bool told(void *arg, const frs_epoch *e, const frs_net_scores *validation) {
    const int64_t last = *(const int64_t *)arg;
    if (e->epoch % 10 == 0)
        printf("epoch %lld: loss %.4f, validation %.4f\n", (long long)e->epoch, e->training_loss,
               validation->loss);
    return e->epoch < last; /* false stops */
}

static frs_status train(frs_ctx *ctx, const frs_arrays *training, const frs_arrays *held,
                        int64_t last, float *y) {
    const frs_net_opts o = {.inputs = {{"x", {1, {1}}}}, FRS_LAYERS(layers), .seed = 3};
    const frs_fit_opts fit = {.epochs = 40,
                              .batch = 16,
                              .validation = held,
                              .early_stopping = true,
                              .patience = 10,
                              .plateau = 0.5,
                              .checkpoint = "checkpoint.frs",
                              .resume = true,
                              .csv_log = "log.csv",
                              .after_epoch = told,
                              .callback_arg = &last};
    frs_net *net = NULL;
    frs_status s = frs_net_new(ctx, &o, &net);
    if (s == FRS_OK)
        s = frs_net_compile(
            net, &(frs_compile_opts){.optimiser = {.kind = FRS_OPTIM_ADAM}, .learning_rate = 0.02});
    if (s == FRS_OK) s = frs_net_fit(net, training, &fit, NULL);
    if (s == FRS_OK) s = frs_net_predict(net, held, NULL, 0, y, held->n);
    frs_net_free(net);
    return s;
}

int main(void) {
    float x[N], y[N], whole[N], parts[N];
    for (int i = 0; i < N; i++) {
        x[i] = (float)(i * 37 % N) / N * 6;
        y[i] = (float)sin(x[i]);
    }
    const frs_array arrays[] = {{.name = "x", .shape = {1, {1}}, .data = x},
                                {.name = "y", .shape = {1, {1}}, .target = true, .data = y}};
    frs_ctx *ctx;
    frs_arrays all = {0}, training = {0}, held = {0};
    if (frs_ctx_new(NULL, &ctx) != FRS_OK) return 1;
    frs_status s = frs_arrays_borrow(ctx, N, arrays, 2, &all);
    if (s == FRS_OK) s = frs_arrays_split(ctx, &all, &(frs_cut){.first = 160}, &training, &held);
    remove("checkpoint.frs");
    if (s == FRS_OK) s = train(ctx, &training, &held, 40, whole);
    remove("checkpoint.frs");
    if (s == FRS_OK) s = train(ctx, &training, &held, 15, parts); /* "killed" after 15 epochs */
    if (s == FRS_OK) s = train(ctx, &training, &held, 40, parts); /* goes on from its checkpoint */
    int different = 0;
    for (int64_t i = 0; s == FRS_OK && i < held.n; i++) different += whole[i] != parts[i];
    if (s == FRS_OK)
        printf("%d predictions differ after the resume\n", different);
    else
        fprintf(stderr, "%s\n", frs_message(ctx));
    frs_arrays_free(ctx, &held);
    frs_arrays_free(ctx, &training);
    frs_arrays_free(ctx, &all);
    frs_ctx_free(ctx);
    return s == FRS_OK && !different ? 0 : 1;
}
