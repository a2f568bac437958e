/* Any bytes as a PyTorch file, as the scaler of a run of NeuralHydrology, or as the pickle of a
 * file that is sound otherwise. First byte: which of them. */
#include "fuzz.h"

#include "exchange/nh_scaler.h"
#include "exchange/pt.h"
#include "zip_case.h"

static void weights(frs_ctx *ctx, const char *path) {
    frs__pt pt;
    if (frs__pt_read(ctx, path, &pt) != FRS_OK) return;
    volatile float sum = 0; /* what is read must be there */
    for (int64_t i = 0; i < pt.n; i++)
        for (int64_t k = 0; k < pt.tensors[i].n; k++) sum += pt.tensors[i].values[k];
    (void)sum;
    frs__pt_free(&pt);
}

static void pickle(frs_ctx *ctx, const uint8_t *data, size_t size) {
    static const double numbers[6] = {1, 2, 3, 4, 5, 6}; /* or twelve floats */
    static bytes b;
    const zip_part parts[] = {{.name = "m/data.pkl", .data = data, .n = (uint32_t)size},
                              {.name = "m/data/0", .data = numbers, .n = sizeof numbers},
                              {.name = "m/data/1", .data = numbers, .n = 24}};
    if (size > sizeof b.at / 2) return;
    make_zip(&b, parts, 3);
    weights(ctx, fuzz_file(b.at, b.n));
}

static void scaler(frs_ctx *ctx, const char *path) {
    frs__nh_scaler s;
    double v;
    if (frs__nh_scaler_read(ctx, path, &s) != FRS_OK) return;
    if (!frs__nh_scaler_get(&s, FRS__NH_CENTER, "q", &v) && s.n < 0) abort();
    frs__nh_scaler_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    if (data[0] % 3 == 0)
        weights(fuzz_ctx(), fuzz_file(data + 1, size - 1));
    else if (data[0] % 3 == 1)
        scaler(fuzz_ctx(), fuzz_file(data + 1, size - 1));
    else
        pickle(fuzz_ctx(), data + 1, size - 1);
    return 0;
}
