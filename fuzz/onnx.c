/* Any bytes as an ONNX file, compiled for inputs of a few elements. */
#include "fuzz.h"

#include "freshet/onnx.h"

/* The file's own shapes, free axes 2. */
static bool give(const frs_onnx *net, frs_onnx_given *given, int64_t *elements) {
    static const double numbers[64] = {1, 2, 3, 2, 1};
    for (int i = 0; i < frs_onnx_n_inputs(net); i++) {
        const frs_onnx_value v = frs_onnx_input(net, i);
        given[i].shape.rank = v.rank < 0 ? 2 : v.rank;
        for (int k = 0; k < given[i].shape.rank; k++)
            given[i].shape.dim[k] = v.rank < 0 || v.dim[k] < 0 ? 2 : v.dim[k] % 16;
        const int64_t n = frs_shape_count(given[i].shape);
        if (v.decides_shapes && n <= 64) given[i].values = numbers;
        if (n > *elements) *elements = n;
    }
    return *elements <= 1 << 16;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const float zeros[1 << 16];
    frs_ctx *ctx = fuzz_small_ctx();
    frs_onnx *net;
    frs_onnx_given given[64] = {0};
    const float *feed[64];
    int64_t n = 0;
    for (int i = 0; i < 64; i++) feed[i] = zeros;
    if (frs_onnx_open(ctx, fuzz_file(data, size), &net) != FRS_OK) return 0;
    if (give(net, given, &n) && frs_onnx_compile(net, given) == FRS_OK &&
        frs_onnx_run(net, feed) == FRS_OK)
        for (int i = 0; i < frs_onnx_n_outputs(net); i++) {
            frs_shape shape;
            const float *v;
            volatile float sum = 0; /* what is computed must be there */
            if (frs_onnx_result(net, i, &shape, &v) != FRS_OK) abort();
            for (int64_t k = 0; k < frs_shape_count(shape); k++) sum += v[k];
            (void)sum;
        }
    frs_onnx_free(net);
    return 0;
}
