/* A river forecast: check, train, verify and report as a config says (docs/config.md), then the
 * newest forecast: river CONFIG.yml. `freshet synth` makes a record to try it on. */
#include <freshet/run.h>
#include <stdio.h>

static frs_status tell(void *arg, const frs_forecast_row *r) {
    char day[32];
    (void)arg;
    printf("%s: %s of %s says %.2f %s\n", frs_date_format(r->valid_s, day), r->model, r->site,
           r->value, r->unit);
    return FRS_OK;
}

static frs_status forecast(frs_ctx *ctx, const frs_config *config, char **folder) {
    const frs_status s =
        frs_run(ctx, &(frs_run_opts){.config = config, .stages = FRS_STAGE_ALL}, folder);
    if (s != FRS_OK) return s;
    printf("%s/report.html\n", *folder);
    return frs_forecast_now(ctx, &(frs_forecast_opts){.run_dir = *folder, .issue_s = INT64_MIN},
                            tell, NULL);
}

int main(int argc, char **argv) {
    frs_ctx *ctx;
    frs_config *config;
    char *folder = NULL;
    if (argc < 2 || frs_ctx_new(NULL, &ctx) != FRS_OK) return 2;
    frs_status s = frs_config_load(ctx, argv[1], NULL, 0, &config);
    if (s == FRS_OK) {
        s = forecast(ctx, config, &folder);
        frs_config_free(config);
    }
    if (s != FRS_OK) fprintf(stderr, "%s\n", frs_message(ctx));
    frs_text_free(ctx, folder);
    frs_ctx_free(ctx);
    return s == FRS_OK ? 0 : 1;
}
