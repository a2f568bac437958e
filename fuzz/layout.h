/* Shared by the fuzzers of data sets: the small good set, one of its files made of the input (the
 * first byte says which); opened by its layout, every site read: refused with a message, or records
 * that are whole. */
#ifndef FRS_FUZZ_LAYOUT_H
#define FRS_FUZZ_LAYOUT_H
#include "fuzz.h"

#include "freshet/io.h"
#include "layout_files.h"

#include <string.h>

static char fuzz_folder[64];
static const layout_file *fuzz_good;
static int fuzz_n, fuzz_last = -1;

static void fuzz_path(const char *name, char path[512]) {
    snprintf(path, 512, "%s/%s", fuzz_folder, name);
}

/* Plain writing: the library's own waits for the disk. */
static void fuzz_put(const char *name, const void *bytes, size_t n) {
    char path[512];
    fuzz_path(name, path);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0) abort();
}

static void fuzz_clean_up(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", fuzz_folder);
    if (system(command) != 0) abort();
}

static void fuzz_start(const layout_file *good) {
    snprintf(fuzz_folder, sizeof fuzz_folder, "%s/freshet-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(fuzz_folder)) abort();
    atexit(fuzz_clean_up);
    fuzz_good = good;
    for (; good[fuzz_n].path; fuzz_n++) {
        char path[512];
        fuzz_path(good[fuzz_n].path, path);
        *strrchr(path, '/') = 0;
        if (frs__mkdirs(fuzz_ctx(), path) != FRS_OK) abort();
        fuzz_put(good[fuzz_n].path, good[fuzz_n].text, strlen(good[fuzz_n].text));
    }
}

static void fuzz_read(frs_dataset *d) {
    for (int64_t i = 0; i < frs_dataset_n_sites(d) && i < 16; i++) {
        frs_series s = {0};
        if (frs_dataset_read(d, i, &s) == FRS_OK) {
            if (s.n < 1 || s.n_vars < 1 || !s.source) abort();
            volatile float sum = 0; /* what is read must be there */
            for (int v = 0; v < s.n_vars; v++)
                for (int64_t t = 0; t < s.n; t++) sum += s.values[v][t];
            (void)sum;
        } else if (!frs_message(fuzz_ctx())[0])
            abort();
        frs_series_free(fuzz_ctx(), &s);
    }
}

static inline int fuzz_layout(const layout_file *good, const frs_read_opts *o, const uint8_t *data,
                              size_t size) {
    if (size == 0) return 0;
    if (!fuzz_good) fuzz_start(good);
    const int k = data[0] % fuzz_n;
    if (fuzz_last >= 0 && fuzz_last != k)
        fuzz_put(good[fuzz_last].path, good[fuzz_last].text, strlen(good[fuzz_last].text));
    fuzz_last = k;
    fuzz_put(good[k].path, data + 1, size - 1);
    frs_dataset *d = NULL;
    if (frs_dataset_open(fuzz_ctx(), fuzz_folder, o, &d) == FRS_OK) {
        fuzz_read(d);
        frs_dataset_close(d);
    } else if (!frs_message(fuzz_ctx())[0])
        abort();
    return 0;
}
#endif
