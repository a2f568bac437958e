/* The files of a run folder that belong to the report: names, headers, and how each is read back.
 */
#ifndef FRS_REPORT_FILES_H
#define FRS_REPORT_FILES_H

#include "base/base.h"
#include "freshet/report.h"

#define FRS_SCORES_HEADER "site,task,lead,period,model,metric,value,low,high"
#define FRS_SUBSET_COLUMN ",subset" /* files of older runs have none */
#define FRS_TESTS_HEADER                                                                           \
    "site,lead,winner,reference,method,metric,difference,low,high,statistic,p,p_holm,n,verdict,"   \
    "note"
#define FRS_LEARNING_HEADER      "model,epoch,training_loss,validation_loss,seconds,learning_rate"
#define FRS_FINDINGS_HEADER      "severity,site,variable,code,count,longest,first,value,text,action"
#define FRS_PRECIPITATION_HEADER "date"
#define FRS_SITES_HEADER         "site,latitude,longitude"

/* Everything that load made. */
typedef struct frs_report_memory {
    frs_arena arena;
    bool failed; /* a text could not be copied: out of memory */
    float **archives;
    int64_t n_archives; /* frs__alloc'd values */
} frs_report_memory;

frs_status frs__read_run_json(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r);
frs_status frs__read_scores(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r);
frs_status frs__read_tests(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r);
frs_status frs__read_learning(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r);
frs_status frs__read_findings(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r);
/* Needs the archives' geometry: after forecast.nc. */
frs_status frs__read_precipitation(frs_ctx *ctx, frs_report_memory *m, const char *path,
                                   frs_report *r);
frs_status frs__read_forecast(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r);
frs_status frs__write_precipitation(frs_ctx *ctx, const frs_report *r, const char *path);
bool frs__rain_everywhere(
    const frs_report *r); /* precipitation.csv has every site, not the page's alone */
frs_status frs__write_sites_csv(frs_ctx *ctx, const frs_report *r, const char *path);
frs_status frs__read_sites_csv(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r);
int64_t frs__find_model(const frs_report *r, const char *name); /* -1: none */
int64_t frs__find_site(const frs_report *r, const char *name, int64_t likely);
#endif
