/* A layer and a loss of your own: functions over the operators of freshet/graph.h, whose gradients
 * follow by themselves. The layer is a rating curve, q = a (stage - h0)^b with learned a, h0, b;
 * the loss is relative. */
#include <freshet/nn.h>
#include <math.h>
#include <stdio.h>

static frs_tensor *rating(frs_builder *b, frs_tensor *const *in, int n, const void *arg) {
    const frs_shape one = {1, {1}};
    const double first_b = *(const double *)arg; /* the layer's own argument */
    (void)n;
    frs_tensor *a = frs_param(b, "a", one, (frs_init){FRS_INIT_CONST, 1, 0});
    frs_tensor *h0 = frs_param(b, "h0", one, (frs_init){FRS_INIT_CONST, 0.1, 0});
    frs_tensor *power = frs_param(b, "b", one, (frs_init){FRS_INIT_CONST, first_b, 0});
    frs_tensor *depth = frs_clip(b, frs_sub(b, in[0], h0), 1e-3, INFINITY);
    return frs_mul(b, a, frs_pow(b, depth, power));
}

/* mean ((sim - obs) / obs)^2 */
static frs_tensor *relative(frs_builder *b, frs_tensor *sim, frs_tensor *obs, const void *arg) {
    (void)arg;
    frs_tensor *error = frs_div(b, frs_sub(b, sim, obs), obs);
    return frs_reshape(b, frs_reduce_mean(b, frs_square(b, error), ~0U), (frs_shape){0});
}

enum { N = 64 };

int main(void) {
    static const double first_b = 1.5;
    const frs_layer layers[] = {
        {.type = "custom", .name = "rating", .build = rating, .arg = &first_b}};
    float stage[N], q[N]; /* m, m3/s: truth is 12 (stage - 0.3)^1.8 */
    for (int i = 0; i < N; i++) {
        stage[i] = 0.5F + (float)i * 0.04F;
        q[i] = (float)(12 * pow(stage[i] - 0.3, 1.8));
    }
    const frs_array arrays[] = {{.name = "stage", .shape = {1, {1}}, .data = stage},
                                {.name = "q", .shape = {1, {1}}, .target = true, .data = q}};
    frs_ctx *ctx;
    frs_arrays set = {0};
    frs_net *net = NULL;
    if (frs_ctx_new(NULL, &ctx) != FRS_OK) return 1;
    frs_status s = frs_arrays_borrow(ctx, N, arrays, 2, &set);
    if (s == FRS_OK)
        s = frs_net_new(ctx, &(frs_net_opts){.inputs = {{"stage", {1, {1}}}}, FRS_LAYERS(layers)},
                        &net);
    if (s == FRS_OK)
        s = frs_net_compile(net, &(frs_compile_opts){.loss_fn = relative,
                                                     .optimiser = {.kind = FRS_OPTIM_ADAM},
                                                     .learning_rate = 0.1});
    if (s == FRS_OK)
        s = frs_net_fit(net, &set, &(frs_fit_opts){.epochs = 4000, .cosine = true}, NULL);
    for (int64_t i = 0; s == FRS_OK && i < frs_model_n_params(frs_net_model(net)); i++) {
        const frs_param_info p = frs_model_param(frs_net_model(net), i);
        printf("%s %.2f\n", p.name,
               (double)((const float *)frs_model_weights_get(frs_net_model(net)))[p.offset]);
    }
    if (s != FRS_OK) fprintf(stderr, "%s\n", frs_message(ctx));
    frs_net_free(net);
    frs_arrays_free(ctx, &set);
    frs_ctx_free(ctx);
    return s == FRS_OK ? 0 : 1;
}
