/* Learns the classes of a folder with a folder of PNG or JPEG files for each: pictures FOLDER. Each
 * image is brought to 32 x 32 pixels and, in training, a little turned and shifted. */
#include <freshet/nn.h>
#include <stdio.h>

static frs_status learn(frs_ctx *ctx, const frs_arrays *all, frs_net **net) {
    const frs_layer layers[] = {{.type = "conv", .filters = 8, .kernel = {3}, .padding = FRS_SAME},
                                {.type = "batch_norm", .activation = FRS_RELU},
                                {.type = "max_pool", .kernel = {2}},
                                {.type = "conv", .filters = 16, .kernel = {3}, .padding = FRS_SAME},
                                {.type = "batch_norm", .activation = FRS_RELU},
                                {.type = "global_average_pool"},
                                {.type = "dense", .units = all->n_classes}};
    const frs_net_opts o = {.inputs = {{"x", {3, {32, 32, 3}}}}, FRS_LAYERS(layers), .seed = 1};
    const frs_augment small = {.shift = 0.1, .rotate_deg = 10, .flip = 0.5};
    frs_status s = frs_net_new(ctx, &o, net);
    if (s == FRS_OK)
        s = frs_net_compile(*net, &(frs_compile_opts){.loss = "cross_entropy",
                                                      .optimiser = {.kind = FRS_OPTIM_ADAM},
                                                      .learning_rate = 0.01});
    if (s == FRS_OK)
        s = frs_net_fit(*net, all, &(frs_fit_opts){.epochs = 30, .augment = &small}, NULL);
    return s;
}

int main(int argc, char **argv) {
    frs_ctx *ctx;
    frs_arrays all = {0};
    frs_net *net = NULL;
    frs_net_scores scores = {0};
    if (argc < 2 || frs_ctx_new(NULL, &ctx) != FRS_OK) return 2;
    frs_status s =
        frs_arrays_open(ctx, argv[1], &(frs_arrays_opts){.height = 32, .width = 32}, &all);
    if (s == FRS_OK) s = learn(ctx, &all, &net);
    if (s == FRS_OK) s = frs_net_evaluate(net, &all, 0, &scores);
    if (s == FRS_OK) s = frs_net_save(net, "pictures.frs");
    for (int i = 0; i < all.n_classes; i++) printf("class %d: %s\n", i, all.classes[i]);
    if (s == FRS_OK)
        printf("accuracy %.3f of %lld images\n", scores.accuracy, (long long)scores.n);
    else
        fprintf(stderr, "%s\n", frs_message(ctx));
    frs_net_free(net);
    frs_arrays_free(ctx, &all);
    frs_ctx_free(ctx);
    return s == FRS_OK ? 0 : 1;
}
