/* Any bytes as the pickle of a PyTorch file: refused with a message, or read as tensors whose
 * names, storages and extents are all there. */
#include "fuzz.h"

#include "exchange/pickle.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    frs_arena memory = {.ctx = fuzz_ctx()};
    frs__pickled *t;
    int64_t n = 0;
    volatile size_t sum = 0; /* what is read must be there */
    if (frs__pickle_read(&memory, "fuzz", data, (int64_t)size, &t, &n) == FRS_OK)
        for (int64_t i = 0; i < n; i++) {
            if (t[i].rank > FRS_PICKLE_MAX_RANK || t[i].stored < 0 || t[i].offset < 0) abort();
            for (int k = 0; k < t[i].rank; k++)
                if (t[i].dim[k] < 0 || t[i].stride[k] < 0) abort();
            sum += strlen(t[i].name) + strlen(t[i].key) + strlen(t[i].type_name);
        }
    (void)sum;
    frs__arena_free(&memory);
    return 0;
}
