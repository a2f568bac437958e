/* LeNet-5 in ten lines (LeCun et al. 1998, doi:10.1109/5.726791). Without an argument it learns
 * stripes in ten directions that it draws itself; with one, the images of that folder or file
 * (docs/images.md): lenet DIGITS */
#include <freshet/nn.h>
#include <math.h>
#include <stdio.h>

static const frs_layer lenet[] = {
    {.type = "conv", .filters = 6, .kernel = {5}, .padding = FRS_SAME, .activation = FRS_TANH},
    {.type = "average_pool", .kernel = {2}},
    {.type = "conv", .filters = 16, .kernel = {5}, .activation = FRS_TANH},
    {.type = "average_pool", .kernel = {2}},
    {.type = "flatten"},
    {.type = "dense", .units = 120, .activation = FRS_TANH},
    {.type = "dense", .units = 84, .activation = FRS_TANH},
    {.type = "dense", .units = 10}};

enum { N = 600, SIDE = 28 };
static float images[N][SIDE][SIDE], classes[N];

static frs_status stripes(frs_ctx *ctx, frs_arrays *all) {
    static const frs_array arrays[] = {
        {.name = "x", .shape = {3, {SIDE, SIDE, 1}}, .data = &images[0][0][0]},
        {.name = "y", .target = true, .data = classes}};
    for (int i = 0; i < N; i++) {
        const double angle = i % 10 * 0.314159, phase = i * 0.7;
        classes[i] = (float)(i % 10);
        for (int r = 0; r < SIDE; r++)
            for (int c = 0; c < SIDE; c++)
                images[i][r][c] = (float)sin(0.9 * (cos(angle) * r + sin(angle) * c) + phase);
    }
    return frs_arrays_borrow(ctx, N, arrays, 2, all);
}

int main(int argc, char **argv) {
    frs_ctx *ctx;
    frs_arrays all = {0}, training = {0}, held = {0};
    frs_net *net = NULL;
    frs_net_scores scores = {0};
    if (frs_ctx_new(NULL, &ctx) != FRS_OK) return 1;
    const frs_net_opts o = {.inputs = {{"x", {3, {SIDE, SIDE, 1}}}}, FRS_LAYERS(lenet), .seed = 1};
    const frs_compile_opts how = {.loss = "cross_entropy", .optimiser = {.kind = FRS_OPTIM_ADAM}};
    frs_status s = argc > 1 ? frs_arrays_open(ctx, argv[1], &(frs_arrays_opts){.channels = 1}, &all)
                            : stripes(ctx, &all);
    const frs_cut cut = {.first = all.n * 4 / 5, .shuffled = true};
    if (s == FRS_OK) s = frs_arrays_split(ctx, &all, &cut, &training, &held);
    if (s == FRS_OK) s = frs_net_new(ctx, &o, &net);
    if (s == FRS_OK) s = frs_net_compile(net, &how);
    if (s == FRS_OK) s = frs_net_fit(net, &training, &(frs_fit_opts){.epochs = 10}, NULL);
    if (s == FRS_OK) s = frs_net_evaluate(net, &held, 0, &scores);
    if (s == FRS_OK)
        printf("accuracy %.3f of %lld images\n", scores.accuracy, (long long)scores.n);
    else
        fprintf(stderr, "%s\n", frs_message(ctx));
    frs_net_free(net);
    frs_arrays_free(ctx, &held);
    frs_arrays_free(ctx, &training);
    frs_arrays_free(ctx, &all);
    frs_ctx_free(ctx);
    return s == FRS_OK ? 0 : 1;
}
