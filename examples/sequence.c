/* Flow from rain: a convolution over the days, then an LSTM. The river is a linear reservoir, whose
 * flow is a share of what it holds; the net sees 30 days of rain and knows nothing of it. */
#include <freshet/nn.h>
#include <stdio.h>

enum { DAYS = 30, N = 300 };
static const frs_layer layers[] = {
    {.type = "conv", .filters = 8, .kernel = {3}, .activation = FRS_RELU},
    {.type = "lstm", .units = 16, .forget_bias = 3},
    {.type = "dense", .units = 1}};
static float rain[N + DAYS], windows[N][DAYS], flow[N]; /* mm a day */

static void river(void) {
    unsigned state = 7;
    float storage = 20;
    for (int day = 0; day < N + DAYS; day++) {
        state = state * 1664525U + 1013904223U;
        rain[day] = state >> 30 ? 0
                                : (float)(state >> 8 & 0x3fffff) /
                                      (1 << 18); /* each fourth day, up to 16 mm */
        storage += rain[day];
        const float q = 0.15F * storage;
        storage -= q;
        if (day >= DAYS) flow[day - DAYS] = q;
    }
    for (int i = 0; i < N; i++)
        for (int k = 0; k < DAYS; k++) windows[i][k] = rain[i + 1 + k];
}

int main(void) {
    const frs_array arrays[] = {{.name = "rain", .shape = {2, {DAYS, 1}}, .data = &windows[0][0]},
                                {.name = "q", .shape = {1, {1}}, .target = true, .data = flow}};
    /* 0 days: as many as a batch has */
    const frs_net_opts o = {.inputs = {{"rain", {2, {0, 1}}}}, FRS_LAYERS(layers), .seed = 2};
    frs_ctx *ctx;
    frs_arrays all = {0}, training = {0}, test = {0};
    frs_net *net = NULL;
    frs_net_scores scores = {0};
    float sim[N];
    river();
    if (frs_ctx_new(NULL, &ctx) != FRS_OK) return 1;
    frs_status s = frs_arrays_borrow(ctx, N, arrays, 2, &all);
    if (s == FRS_OK)
        s = frs_arrays_split(ctx, &all, &(frs_cut){.first = 240}, &training,
                             &test); /* the last days are the test */
    if (s == FRS_OK) s = frs_net_new(ctx, &o, &net);
    if (s == FRS_OK)
        s = frs_net_compile(net, &(frs_compile_opts){.loss = "mse",
                                                     .optimiser = {.kind = FRS_OPTIM_ADAM},
                                                     .learning_rate = 0.01,
                                                     .clip_norm = 1});
    if (s == FRS_OK)
        s = frs_net_fit(net, &training, &(frs_fit_opts){.epochs = 40, .cosine = true}, NULL);
    if (s == FRS_OK) s = frs_net_evaluate(net, &test, 0, &scores);
    if (s == FRS_OK) s = frs_net_predict(net, &test, NULL, 0, sim, test.n);
    for (int64_t i = 0; s == FRS_OK && i < 5; i++)
        printf("flow %.2f, simulated %.2f mm a day\n", (double)flow[240 + i], (double)sim[i]);
    if (s == FRS_OK)
        printf("root mean square error %.2f mm a day\n", scores.rmse);
    else
        fprintf(stderr, "%s\n", frs_message(ctx));
    frs_net_free(net);
    frs_arrays_free(ctx, &test);
    frs_arrays_free(ctx, &training);
    frs_arrays_free(ctx, &all);
    frs_ctx_free(ctx);
    return s == FRS_OK ? 0 : 1;
}
