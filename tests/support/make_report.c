/* make_report FOLDER: the pages that tests/web looks at, from synthetic reports. */
#include <stdio.h>

#include "report_case.h"

static int make(frs_ctx *ctx, const char *folder, const char *name, const report_case_opts *o) {
    report_case c;
    char *path = frs__path_join(ctx, folder, name);
    frs_status s =
        path && report_case_make(ctx, o, &c) ? frs_report_write(ctx, &c.r, path) : FRS_E_NOMEM;
    if (s != FRS_OK) fprintf(stderr, "%s: %s\n", name, frs_message(ctx));
    report_case_free(&c);
    frs__free(ctx, path);
    return s != FRS_OK;
}

int main(int argc, char **argv) {
    frs_ctx *ctx;
    if (argc != 2 || frs_ctx_new(NULL, &ctx) != FRS_OK) return 2;
    int bad = frs__mkdirs(ctx, argv[1]) != FRS_OK;
    bad |= make(ctx, argv[1], "one.html",
                &(report_case_opts){.sites = 1, .issues = 3652, .rain = true, .gaps = true});
    bad |= make(ctx, argv[1], "many.html",
                &(report_case_opts){.sites = 20, .issues = 1500, .rain = true});
    bad |= make(
        ctx, argv[1], "forecast.html",
        &(report_case_opts){
            .sites = 3, .leads = 7, .issues = 1461, .gaps = true, .future = FRS_FUTURE_OBSERVED});
    bad |= make(ctx, argv[1], "hostile.html",
                &(report_case_opts){.sites = 4, .issues = 800, .rain = true, .hostile = true});
    bad |= make(ctx, argv[1], "baseline.html",
                &(report_case_opts){
                    .sites = 1, .leads = 3, .issues = 1200, .rain = true, .baseline_wins = true});
    bad |= make(ctx, argv[1], "short.html",
                &(report_case_opts){.sites = 1, .issues = 40, .rain = true, .russian = true});
    frs_ctx_free(ctx);
    return bad;
}
