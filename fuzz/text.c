/* Any bytes as a record (delimited text, MOPEX), as a table of attributes and as a list of sites:
 * refused with a message, or read into a record that is whole. First byte: which of them; where
 * its bit 2 is set, text is recognised by its looks. */
#include "fuzz.h"

#include "freshet/io.h"

static void record(frs_ctx *ctx, const char *path, const char *format) {
    frs_series s = {0};
    if (frs_read_series(ctx, path, &(frs_read_opts){.format = format}, &s) == FRS_OK) {
        if (s.n < 1 || s.n_vars < 1) abort();
        volatile float sum = 0; /* what is read must be there */
        for (int v = 0; v < s.n_vars; v++)
            for (int64_t i = 0; i < s.n; i++) sum += s.values[v][i];
        (void)sum;
    }
    frs_series_free(ctx, &s);
}

static void others(frs_ctx *ctx, const char *path, bool list) {
    frs_statics a = {0};
    char(*sites)[64] = NULL;
    int64_t n = 0;
    if (list) {
        if (frs_read_site_list(ctx, path, &sites, &n) == FRS_OK) frs__free(ctx, sites);
    } else {
        frs_read_statics(ctx, &path, 1, &a);
        frs_statics_free(ctx, &a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const char *path = fuzz_file(data + 1, size - 1);
    if (data[0] % 4 < 2)
        record(fuzz_ctx(), path, data[0] % 4 ? "mopex" : data[0] & 4 ? NULL : "csv");
    else
        others(fuzz_ctx(), path, data[0] % 4 == 2);
    return 0;
}
