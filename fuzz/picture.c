/* Any bytes as a PNG or a JPEG: refused with a message, or a picture that is whole and can be
 * brought to a size. First two bytes: that size. */
#include "fuzz.h"

#include "io/picture.h"

static void resize(frs_ctx *ctx, const frs__picture *p, const uint8_t *by) {
    static float to[64 * 64 * 3];
    const frs__picture_size s = {1 + by[0] % 64, 1 + by[1] % 64, by[0] & 64 ? 1 : 3};
    if (frs__picture_resize(ctx, p, &s, 255, to) != FRS_OK) abort();
    for (int64_t i = 0; i < s.height * s.width * s.channels; i++)
        if (!(to[i] > -1e-4F && to[i] < 1.0001F)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    frs__picture p = {0};
    if (size < 2) return 0;
    if (frs__picture_read(fuzz_ctx(), fuzz_file(data + 2, size - 2), &p) == FRS_OK)
        resize(fuzz_ctx(), &p, data);
    else if (p.rgb || !frs_message(fuzz_ctx())[0])
        abort();
    frs__free(fuzz_ctx(), p.rgb);
    return 0;
}
