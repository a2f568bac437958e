/* Any bytes as a record in the format grdc: refused with a message, or read into a record that is
 * whole. */
#include "fuzz.h"

#include "freshet/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    frs_series s = {0};
    const char *path = fuzz_file(data, size);
    if (frs_read_series(fuzz_ctx(), path, &(frs_read_opts){.format = "grdc"}, &s) == FRS_OK) {
        if (s.n < 1 || s.n_vars < 1) abort();
        volatile float sum = 0; /* what is read must be there */
        for (int v = 0; v < s.n_vars; v++)
            for (int64_t i = 0; i < s.n; i++) sum += s.values[v][i];
        (void)sum;
    } else if (!frs_message(fuzz_ctx())[0])
        abort();
    frs_series_free(fuzz_ctx(), &s);
    return 0;
}
