/* Any bytes as a PyTorch file, and as the scaler of a run of NeuralHydrology (first byte odd). */
#include "fuzz.h"

#include "exchange/nh_scaler.h"
#include "exchange/pt.h"

static void weights(frs_ctx *ctx, const char *path) {
    frs__pt pt;
    if (frs__pt_read(ctx, path, &pt) != FRS_OK) return;
    volatile float sum = 0; /* what is read must be there */
    for (int64_t i = 0; i < pt.n; i++)
        for (int64_t k = 0; k < pt.tensors[i].n; k++) sum += pt.tensors[i].values[k];
    (void)sum;
    frs__pt_free(&pt);
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
    const char *path = fuzz_file(data + 1, size - 1);
    if (data[0] & 1)
        scaler(fuzz_ctx(), path);
    else
        weights(fuzz_ctx(), path);
    return 0;
}
