/* The lecture's convolution, worked by hand in docs/tutorial-convolution.md: 5 x 5 pixels of 3
 * channels, two filters of 3 x 3 x 3, padding 1, stride 2. The layer comes from YAML: convolution
 * FOLDER (with convolution.yml). */
#include <freshet/nn.h>
#include <stdio.h>
#include <string.h>

/* [row][column][channel] */
static const float image[5][5][3] = {{{0, 2, 0}, {1, 0, 0}, {2, 2, 0}, {0, 1, 2}, {2, 1, 2}},
                                     {{1, 2, 2}, {2, 0, 2}, {2, 1, 2}, {0, 0, 1}, {2, 1, 2}},
                                     {{0, 1, 1}, {0, 0, 0}, {0, 2, 1}, {1, 0, 2}, {0, 1, 0}},
                                     {{1, 1, 1}, {2, 2, 0}, {0, 0, 1}, {1, 1, 0}, {0, 1, 1}},
                                     {{2, 0, 0}, {2, 1, 2}, {1, 1, 2}, {0, 2, 2}, {1, 2, 2}}};
/* [filter][channel][row][column], as PyTorch's */
static const float filters[2][3][3][3] = {{{{1, 0, 1}, {1, -1, 1}, {-1, -1, 0}},
                                           {{-1, 0, 0}, {0, 0, 0}, {1, 1, 1}},
                                           {{1, 0, -1}, {1, 0, 0}, {0, 1, 1}}},
                                          {{{-1, -1, 1}, {-1, 0, 0}, {0, 0, -1}},
                                           {{-1, 1, 1}, {1, -1, -1}, {-1, -1, 0}},
                                           {{-1, 1, -1}, {0, 0, 0}, {0, 1, 1}}}};
static const float bias[2] = {1, 0};

/* The values of the parameter of that name. */
static void put(frs_model *m, const char *name, const float *values, size_t n) {
    for (int64_t i = 0; i < frs_model_n_params(m); i++)
        if (strcmp(frs_model_param(m, i).name, name) == 0)
            memcpy((float *)frs_model_weights(m) + frs_model_param(m, i).offset, values,
                   n * sizeof *values);
}

int main(int argc, char **argv) {
    const frs_array x = {.name = "x", .shape = {3, {5, 5, 3}}, .data = &image[0][0][0]};
    char path[512];
    frs_ctx *ctx;
    frs_arrays set = {0};
    frs_net *net = NULL;
    frs_shape shape;
    float y[3][3][2];
    snprintf(path, sizeof path, "%s/convolution.yml", argc > 1 ? argv[1] : ".");
    if (frs_ctx_new(NULL, &ctx) != FRS_OK) return 1;
    frs_status s = frs_net_read(ctx, path, &net);
    if (s == FRS_OK) s = frs_net_output_shape(net, NULL, &shape); /* makes the weights */
    if (s == FRS_OK) put(frs_net_model(net), "first.weight", &filters[0][0][0][0], 54);
    if (s == FRS_OK) put(frs_net_model(net), "first.bias", bias, 2);
    if (s == FRS_OK) s = frs_arrays_borrow(ctx, 1, &x, 1, &set);
    if (s == FRS_OK) s = frs_net_predict(net, &set, NULL, 0, &y[0][0][0], 18);
    for (int k = 0; k < 2 && s == FRS_OK; k++)
        for (int r = 0; r < 3; r++)
            printf("%s%3g%3g%3g\n",
                   r   ? ""
                   : k ? "filter 1\n"
                       : "filter 0\n",
                   (double)y[r][0][k], (double)y[r][1][k], (double)y[r][2][k]);
    if (s != FRS_OK) fprintf(stderr, "%s\n", frs_message(ctx));
    frs_net_free(net);
    frs_arrays_free(ctx, &set);
    frs_ctx_free(ctx);
    return s == FRS_OK ? 0 : 1;
}
