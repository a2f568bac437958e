/* A run folder's files, each in turn made of the input: whatever they hold, loading and making the
 * page of it neither crashes nor leaks. First byte: which file; the rest is its content; the others
 * are good. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "freshet/report.h"

static const char *const names[] = {"run.json", "scores.csv", "learning.csv", "findings.csv"};
static const char *const good[] = {
    "{\"title\":\"t\",\"leads\":2,\"task\":\"forecast\",\"step\":{\"count\":86400,\"unit\":"
    "\"second\"},\"sites\":[\"a\",\"b\"],"
    "\"forecasters\":[{\"name\":\"lstm\",\"baseline\":false},{\"name\":\"persistence\","
    "\"baseline\":true}],"
    "\"periods\":{\"test\":{\"from\":\"2001-01-01\",\"to\":\"2002-01-01\"}},\"common_samples\":[3,"
    "2]}",
    "site,task,lead,period,model,metric,value,low,high\na,forecast,1,test,lstm,NSE,0.5,0.4,0.6\nb,"
    "forecast,1,test,lstm,NSE,0.7,,\n",
    "model,epoch,training_loss,validation_loss,seconds,learning_rate\nlstm,1,0.5,,1,0.001\n",
    "severity,site,variable,code,count,longest,first,value,text,action\nnote,a,q,missing,1,1,2001-"
    "01-02,,\"x, y\",z\n"};
static char folder[64];
static frs_ctx *ctx;

static void put(int k, const void *bytes, size_t n) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, names[k]);
    if (frs__write_file(ctx, path, bytes, (int64_t)n) != FRS_OK) abort();
}

static void clean_up(void) {
    char path[128];
    for (int k = 0; k < 4; k++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[k]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/report.html", folder);
    unlink(path);
    rmdir(folder);
    frs_ctx_free(ctx);
}

static void start(void) {
    snprintf(folder, sizeof folder, "/tmp/freshet-fuzz-XXXXXX");
    if (!mkdtemp(folder) || frs_ctx_new(&(frs_ctx_opts){.threads = 1}, &ctx) != FRS_OK) abort();
    for (int k = 0; k < 4; k++) put(k, good[k], strlen(good[k]));
    atexit(clean_up);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!ctx) start();
    if (size == 0) return 0;
    const int k = data[0] % 4;
    frs_report r;
    put(k, data + 1, size - 1);
    if (frs_report_load(ctx, folder, &r) == FRS_OK) {
        char path[128];
        snprintf(path, sizeof path, "%s/report.html", folder);
        if (frs_report_write(ctx, &r, path) == FRS_OK) unlink(path);
        frs_report_free(ctx, &r);
    }
    put(k, good[k], strlen(good[k]));
    return 0;
}
