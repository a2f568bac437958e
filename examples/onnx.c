/* Runs a net that another program exported: onnx MODEL.onnx. Free axes count as 1; each input is a
 * ramp from 0 to 1. */
#include <freshet/onnx.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 8 };

static frs_status run(frs_onnx *net, float **inputs) {
    frs_onnx_given given[MOST] = {0};
    const int n = frs_onnx_n_inputs(net) < MOST ? frs_onnx_n_inputs(net) : MOST;
    for (int i = 0; i < n; i++) {
        const frs_onnx_value v = frs_onnx_input(net, i);
        given[i].shape.rank = v.rank < 0 ? 0 : v.rank;
        for (int k = 0; k < given[i].shape.rank; k++)
            given[i].shape.dim[k] = v.dim[k] < 0 ? 1 : v.dim[k];
        const int64_t count = frs_shape_count(given[i].shape);
        if (!(inputs[i] = malloc(sizeof(float) * (size_t)(count + 1)))) return FRS_E_NOMEM;
        for (int64_t k = 0; k < count; k++) inputs[i][k] = (float)k / (float)count;
        printf("input %s: %lld values\n", v.name, (long long)count);
    }
    const frs_status s = frs_onnx_compile(net, given);
    return s == FRS_OK ? frs_onnx_run(net, (const float *const *)inputs) : s;
}

int main(int argc, char **argv) {
    frs_ctx *ctx;
    frs_onnx *net = NULL;
    float *inputs[MOST] = {0};
    if (argc < 2 || frs_ctx_new(NULL, &ctx) != FRS_OK) return 2;
    frs_status s = frs_onnx_open(ctx, argv[1], &net);
    if (s == FRS_OK) s = run(net, inputs);
    for (int i = 0; s == FRS_OK && i < frs_onnx_n_outputs(net); i++) {
        frs_shape shape;
        const float *values;
        s = frs_onnx_result(net, i, &shape, &values);
        if (s == FRS_OK)
            printf("output %s: %lld values, the first %.6f\n", frs_onnx_output(net, i).name,
                   (long long)frs_shape_count(shape), (double)values[0]);
    }
    if (s != FRS_OK) fprintf(stderr, "%s\n", frs_message(ctx));
    for (int i = 0; i < MOST; i++) free(inputs[i]);
    frs_onnx_free(net);
    frs_ctx_free(ctx);
    return s == FRS_OK ? 0 : 1;
}
