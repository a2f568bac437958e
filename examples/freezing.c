/* Transfer learning: a net learned on much data of one river is loaded, its body frozen, and its
 * head trained on the few data of another one. */
#include <freshet/nn.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MUCH = 400, FEW = 12, F = 4 };
static const frs_layer layers[] = {
    {.type = "dense", .name = "body", .units = 24, .activation = FRS_TANH},
    {.type = "dense", .name = "head", .units = 1}};
static float x[MUCH][F], y[MUCH];

/* Both rivers answer to the same mixture of the inputs, by another factor and base. */
static frs_status river(frs_ctx *ctx, int64_t n, float factor, float base, frs_arrays *a) {
    static const frs_array arrays[] = {{.name = "x", .shape = {1, {F}}, .data = &x[0][0]},
                                       {.name = "y", .shape = {1, {1}}, .target = true, .data = y}};
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < F; k++) x[i][k] = (float)sin(i * (1.3 + k) + k);
        y[i] = base + factor * tanhf(x[i][0] + x[i][1] * x[i][2]);
    }
    return frs_arrays_borrow(ctx, n, arrays, 2, a);
}

int main(void) {
    const frs_compile_opts how = {.optimiser = {.kind = FRS_OPTIM_ADAM}, .learning_rate = 0.02};
    frs_ctx *ctx;
    frs_arrays much = {0}, few = {0};
    frs_net *net = NULL, *other = NULL;
    frs_net_scores before = {0}, after = {0};
    if (frs_ctx_new(NULL, &ctx) != FRS_OK) return 1;
    frs_status s = river(ctx, MUCH, 1, 0, &much);
    if (s == FRS_OK)
        s = frs_net_new(ctx, &(frs_net_opts){.inputs = {{"x", {1, {F}}}}, FRS_LAYERS(layers)},
                        &net);
    if (s == FRS_OK) s = frs_net_compile(net, &how);
    if (s == FRS_OK) s = frs_net_fit(net, &much, &(frs_fit_opts){.epochs = 40}, NULL);
    if (s == FRS_OK) s = frs_net_save(net, "river.frs");
    if (s == FRS_OK) s = river(ctx, FEW, 3, 2, &few);
    if (s == FRS_OK) s = frs_net_load(ctx, "river.frs", &other); /* layers and weights */
    if (s == FRS_OK) s = frs_net_compile(other, &how);
    if (s == FRS_OK) s = frs_net_evaluate(other, &few, 0, &before);
    if (s == FRS_OK) s = frs_net_freeze(other, "body", true);
    if (s == FRS_OK)
        s = frs_net_fit(other, &few, &(frs_fit_opts){.epochs = 400, .cosine = true}, NULL);
    if (s == FRS_OK) s = frs_net_evaluate(other, &few, 0, &after);
    const size_t body = (F + 1) * 24 * sizeof(float); /* stands first in the buffer of weights */
    const bool same = s == FRS_OK && memcmp(frs_model_weights_get(frs_net_model(net)),
                                            frs_model_weights_get(frs_net_model(other)), body) == 0;
    if (s == FRS_OK)
        printf("error %.2f before, %.2f after; body %s\n", before.mae, after.mae,
               same ? "as it was" : "changed");
    else
        fprintf(stderr, "%s\n", frs_message(ctx));
    frs_net_free(other);
    frs_net_free(net);
    frs_arrays_free(ctx, &few);
    frs_arrays_free(ctx, &much);
    frs_ctx_free(ctx);
    return s == FRS_OK && same ? 0 : 1;
}
