/* Any bytes as a model file, as weights and as a checkpoint, with a hash that fits so that what
 * lies behind it is read, too: refused with a message, or taken. */
#include "fuzz.h"

#include "freshet/graph.h"
#include "train/optim.h"

#include <string.h>

static frs_status build(frs_builder *b, const void *arg) {
    (void)arg;
    frs_tensor *x = frs_input(b, "x", (frs_shape){2, {2, 1}});
    return frs_build_done(b, frs_loss_mse(b, frs_dense(b, x, 1), x));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static frs_model *m;
    static frs_optim *o;
    frs_ctx *ctx = fuzz_ctx();
    if (!m) {
        frs_plan *plan;
        if (frs_model_new(ctx, &(frs_model_opts){.build = build}, &m) != FRS_OK ||
            frs_model_compile(m, FRS_TRAIN, (frs_dims){2, 1}, &plan) != FRS_OK ||
            frs_optim_new(ctx, m, &(frs_optim_opts){.kind = FRS_OPTIM_ADAM}, &o) != FRS_OK)
            abort();
    }
    if (size < 8) return 0;
    char *file = malloc(size);
    memcpy(file, data, size);
    const uint64_t hash = frs__hash64(file, (int64_t)size - 8, 0);
    memcpy(file + size - 8, &hash, sizeof hash);
    frs_checkpoint c = {0};
    if (frs__model_file_parse(ctx, "fuzz", file, (int64_t)size, m, o, &c) == FRS_OK)
        frs__free(ctx, c.blob);
    else if (!frs_message(ctx)[0])
        abort();
    frs__model_file_parse(ctx, "fuzz", file, (int64_t)size, m, NULL, NULL);
    free(file);
    return 0;
}
