/* Any bytes as an IDX file, plain or .gz: refused with a message, or read into a set that is whole.
 */
#include "fuzz.h"

#include "freshet/arrays.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    frs_arrays a = {0};
    const frs_arrays_opts o = {.format = "idx"};
    if (frs_arrays_open(fuzz_ctx(), fuzz_file(data, size), &o, &a) == FRS_OK) {
        if (a.n < 1 || a.n_arrays != 1) abort();
        const frs_shape s = a.arrays[0].shape;
        int64_t count = a.n;
        for (int i = 0; i < s.rank; i++) count *= s.dim[i];
        volatile float sum = 0; /* what is read must be there */
        for (int64_t i = 0; i < count; i++) sum += a.arrays[0].data[i];
        (void)sum;
    } else if (!frs_message(fuzz_ctx())[0])
        abort();
    frs_arrays_free(fuzz_ctx(), &a);
    return 0;
}
