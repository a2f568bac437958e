/* Any bytes as a model of Keras 2: first byte 0, an HDF5 file; else the text of a model_config, a
 * NUL, and weights for its layers: the layer's number, the number of axes, their sizes, the name
 * with a NUL. */
#include "fuzz.h"

#include "exchange/keras_file.h"

#include <string.h>

/* What libhdf5 forgets to free when it meets damaged bytes. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libhdf5";
}

enum { MOST = 1 << 20, LAYERS = 24, WEIGHTS = 12 };

typedef struct input {
    const uint8_t *at, *end;
} input;

static int byte(input *in) {
    return in->at < in->end ? *in->at++ : 0;
}

/* Up to the next NUL, which there may be none of. */
static const char *text(frs_arena *memory, input *in) {
    const size_t left = (size_t)(in->end - in->at), n = strnlen((const char *)in->at, left);
    char *s = frs__arena_alloc(memory, (int64_t)n + 1, 1);
    if (!s) abort();
    memcpy(s, in->at, n);
    in->at += n + (n < left);
    return s;
}

/* One weight of one of the layers "0", "1", .. */
static void add_weight(frs__keras_file *f, input *in) {
    static float values[MOST];
    frs__keras_layer *l = &f->layers[byte(in) % LAYERS];
    if (l->n == WEIGHTS) return;
    frs__keras_weight w = {.rank = byte(in) % (FRS__GIVEN_RANK + 1), .n = 1, .values = values};
    for (int i = 0; i < w.rank; i++) {
        w.dim[i] = byte(in) % 16;
        w.n *= w.dim[i];
    }
    w.name = text(&f->memory, in);
    if (w.n <= MOST) l->weights[l->n++] = w;
}

static void model(frs_ctx *ctx, input in) {
    frs__keras_file f = {.memory = {.ctx = ctx}, .n = LAYERS};
    frs_net *net = NULL;
    f.config = text(&f.memory, &in);
    f.layers = frs__arena_alloc(&f.memory, LAYERS, sizeof *f.layers);
    for (int i = 0; i < LAYERS; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        f.layers[i].name = frs__arena_strdup(&f.memory, name);
        f.layers[i].weights = frs__arena_alloc(&f.memory, WEIGHTS, sizeof(frs__keras_weight));
    }
    while (in.at < in.end) add_weight(&f, &in);
    if (frs__keras_net(ctx, "fuzz", &f, &net) == FRS_OK)
        if (frs__keras_take(net, "fuzz", &f, false) != FRS_OK)
            (void)frs__keras_take(net, "fuzz", &f, true);
    frs_net_free(net);
    frs__keras_file_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    frs_net *net = NULL;
    if (size == 0) return 0;
    if (data[0])
        model(fuzz_small_ctx(), (input){data + 1, data + size});
    else if (frs_net_read_keras(fuzz_small_ctx(), fuzz_file(data + 1, size - 1), &net) == FRS_OK)
        frs_net_free(net);
    return 0;
}
