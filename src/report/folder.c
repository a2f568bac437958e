/* A run folder's files as a whole. */
#include "report/files.h"
#include "report/joint.h"

typedef frs_status (*write_one)(frs_ctx *ctx, const frs_report *r, const char *path);
typedef frs_status (*read_one)(frs_ctx *ctx, frs_report_memory *m, const char *path, frs_report *r);

static frs_status write_in(frs_ctx *ctx, const frs_report *r, const char *dir, const char *name,
                           write_one write) {
    char *path = frs__path_join(ctx, dir, name);
    const frs_status s = path ? write(ctx, r, path) : FRS_E_NOMEM;
    frs__free(ctx, path);
    return s;
}

frs_status frs_report_save(frs_ctx *ctx, const frs_report *r, const char *run_dir) {
    FRS_TRY(write_in(ctx, r, run_dir, "scores.csv", frs_report_write_scores));
    FRS_TRY(write_in(ctx, r, run_dir, "tests.csv", frs_report_write_tests));
    FRS_TRY(write_in(ctx, r, run_dir, "learning.csv", frs_report_write_learning));
    FRS_TRY(write_in(ctx, r, run_dir, "findings.csv", frs_report_write_findings));
    if (r->precipitation && r->observed.values)
        FRS_TRY(write_in(ctx, r, run_dir, "precipitation.csv", frs__write_precipitation));
    if (r->places) FRS_TRY(write_in(ctx, r, run_dir, "sites.csv", frs__write_sites_csv));
    return write_in(ctx, r, run_dir, "run.json",
                    frs_report_write_run_json); /* last: it says that the rest is there */
}

static frs_status read_in(frs_ctx *ctx, frs_report *r, const char *dir, const char *name,
                          read_one read) {
    char *path = frs__path_join(ctx, dir, name);
    const frs_status s = path ? read(ctx, r->memory, path, r) : FRS_E_NOMEM;
    frs__free(ctx, path);
    return s;
}

static frs_status load(frs_ctx *ctx, const char *run_dir, bool whole, frs_report *r) {
    *r = (frs_report){0};
    frs_report_memory *m = frs__alloc(ctx, 1, sizeof *m);
    if (!m) return FRS_E_NOMEM;
    m->arena.ctx = ctx;
    r->memory = m;
    frs_status s = read_in(ctx, r, run_dir, "run.json", frs__read_run_json);
    if (s == FRS_OK) s = read_in(ctx, r, run_dir, "scores.csv", frs__read_scores);
    if (s == FRS_OK) s = read_in(ctx, r, run_dir, "tests.csv", frs__read_tests);
    if (s == FRS_OK) s = read_in(ctx, r, run_dir, "sites.csv", frs__read_sites_csv);
    if (!whole || s != FRS_OK) return s;
    s = read_in(ctx, r, run_dir, "learning.csv", frs__read_learning);
    if (s == FRS_OK) s = read_in(ctx, r, run_dir, "findings.csv", frs__read_findings);
    if (s == FRS_OK) s = read_in(ctx, r, run_dir, "forecast.nc", frs__read_forecast);
    if (s == FRS_OK) s = read_in(ctx, r, run_dir, "precipitation.csv", frs__read_precipitation);
    return s;
}

frs_status frs_report_load(frs_ctx *ctx, const char *run_dir, frs_report *r) {
    const frs_status s = load(ctx, run_dir, true, r);
    if (s != FRS_OK) frs_report_free(ctx, r);
    return s;
}

frs_status frs__report_load_scores(frs_ctx *ctx, const char *run_dir, frs_report *r) {
    const frs_status s = load(ctx, run_dir, false, r);
    if (s != FRS_OK) frs_report_free(ctx, r);
    return s;
}

void frs_report_free(frs_ctx *ctx, frs_report *r) {
    frs_report_memory *m = r->memory;
    if (m) {
        for (int64_t i = 0; i < m->n_archives; i++) frs__free(ctx, m->archives[i]);
        frs__free(ctx, m->archives);
        frs__arena_free(&m->arena);
        frs__free(ctx, m);
    }
    *r = (frs_report){0};
}
