/* A run folder's files, each in turn made of the input: whatever they hold, loading and making the
 * page of it neither crashes nor leaks. First byte: which file; the rest is its content. Beside it
 * only a good run.json, so that each file's seeds cover something of their own. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "freshet/report.h"

static const char *const names[] = {"run.json",     "scores.csv", "learning.csv",
                                    "findings.csv", "tests.csv",  "sites.csv"};
static const char good[] =
    "{\"title\":\"t\",\"leads\":2,\"task\":\"forecast\",\"step\":{\"count\":86400,\"unit\":"
    "\"second\"},\"sites\":[\"a\",\"b\"],"
    "\"forecasters\":[{\"name\":\"lstm\",\"baseline\":false},{\"name\":\"persistence\","
    "\"baseline\":true}],"
    "\"periods\":{\"test\":{\"from\":\"2001-01-01\",\"to\":\"2002-01-01\"}},\"common_samples\":[3,"
    "2]}";
static char folder[64];
static frs_ctx *ctx;

/* Plain writing: the library's own waits for the disk. */
static void put(int k, const void *bytes, size_t n) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, names[k]);
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f) != 0) abort();
}

static void drop(int k) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, names[k]);
    unlink(path);
}

static void clean_up(void) {
    char path[128];
    for (int k = 0; k < FRS_LEN(names); k++) drop(k);
    snprintf(path, sizeof path, "%s/report.html", folder);
    unlink(path);
    rmdir(folder);
    frs_ctx_free(ctx);
}

static void start(void) {
    /* in memory where there is such a folder */
    snprintf(folder, sizeof folder, "%s/freshet-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder) || frs_ctx_new(&(frs_ctx_opts){.threads = 1}, &ctx) != FRS_OK) abort();
    atexit(clean_up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!ctx) start();
    if (size == 0) return 0;
    const int k = (int)(data[0] % FRS_LEN(names));
    frs_report r;
    put(0, good, strlen(good));
    put(k, data + 1, size - 1);
    if (frs_report_load(ctx, folder, &r) == FRS_OK) {
        char path[128];
        snprintf(path, sizeof path, "%s/report.html", folder);
        if (frs_report_write(ctx, &r, path) == FRS_OK) unlink(path);
        frs_report_free(ctx, &r);
    }
    drop(k);
    return 0;
}
