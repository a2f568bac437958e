/* A net that is no chain: two inputs through one shared layer, a skip past a hidden layer. Which of
 * two gauges carries more water, and how much they carry together? */
#include <freshet/nn.h>
#include <stdio.h>

static const frs_layer layers[] = {
    {.type = "dense", .name = "left", .from = "upper", .units = 8, .activation = FRS_TANH},
    {.type = "dense",
     .name = "right",
     .from = "lower",
     .units = 8,
     .share = "left",
     .activation = FRS_TANH},
    {.type = "concat", .name = "both", .from = "left, right"},
    {.type = "dense", .name = "hidden", .units = 16, .activation = FRS_RELU},
    {.type = "add", .name = "skip", .from = "hidden, both"},
    {.type = "dense", .name = "more", .units = 2}, /* logits of two classes */
    {.type = "dense", .name = "together", .from = "skip", .units = 1}};

enum { N = 256 };
static float upper[N][3], lower[N][3], more[N], together[N];

/* Three days of flow at each gauge. */
static void records(void) {
    unsigned state = 1;
    for (int i = 0; i < N; i++) {
        float a = 0, b = 0;
        for (int k = 0; k < 6; k++) {
            state = state * 1664525U + 1013904223U;
            float *q = k < 3 ? &upper[i][k] : &lower[i][k - 3];
            *q = (float)(state >> 8) / (1 << 24);
            *(k < 3 ? &a : &b) += *q;
        }
        more[i] = b > a;
        together[i] = a + b;
    }
}

int main(void) {
    const frs_array arrays[] = {{.name = "upper", .shape = {1, {3}}, .data = &upper[0][0]},
                                {.name = "lower", .shape = {1, {3}}, .data = &lower[0][0]},
                                {.name = "more", .target = true, .data = more},
                                {.name = "together", .target = true, .data = together}};
    const frs_net_opts o = {.inputs = {{"upper", {1, {3}}}, {"lower", {1, {3}}}},
                            FRS_LAYERS(layers),
                            .outputs = "more, together"};
    const frs_compile_opts how = {
        .loss = "cross_entropy, mse", .optimiser = {.kind = FRS_OPTIM_ADAM}, .learning_rate = 0.01};
    frs_ctx *ctx;
    frs_arrays set = {0};
    frs_net *net = NULL;
    frs_net_scores scores = {0};
    char *summary = NULL;
    records();
    if (frs_ctx_new(NULL, &ctx) != FRS_OK) return 1;
    frs_status s = frs_arrays_borrow(ctx, N, arrays, 4, &set);
    if (s == FRS_OK) s = frs_net_new(ctx, &o, &net);
    if (s == FRS_OK) s = frs_net_summary(net, 1, &summary);
    if (s == FRS_OK) s = frs_net_compile(net, &how);
    if (s == FRS_OK) s = frs_net_fit(net, &set, &(frs_fit_opts){.epochs = 60}, NULL);
    if (s == FRS_OK) s = frs_net_evaluate(net, &set, 0, &scores);
    if (s == FRS_OK)
        printf("%saccuracy %.3f, error %.3f\n", summary, scores.accuracy, scores.mae);
    else
        fprintf(stderr, "%s\n", frs_message(ctx));
    frs_text_free(ctx, summary);
    frs_net_free(net);
    frs_arrays_free(ctx, &set);
    frs_ctx_free(ctx);
    return s == FRS_OK ? 0 : 1;
}
