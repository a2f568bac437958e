/* make_report FOLDER [ru]: the pages that tests/web looks at, from synthetic reports:
 * FOLDER/NAME/report.html (study.html) and what lies beside. make_report FOLDER SITES STEPS: one
 * report of so many catchments, and how long it took. */
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/joint.h"
#include "report_case.h"

static const struct {
    const char *name;
    report_case_opts opts;
} pages[] = {
    {"one", {.sites = 1, .issues = 3652, .rain = true, .gaps = true, .efficiency = true}},
    {"regional",
     {.sites = 41,
      .issues = 1461,
      .rain = true,
      .places = true,
      .uneven = true,
      .efficiency = true}},
    {"forecast",
     {.sites = 3,
      .leads = 7,
      .issues = 1461,
      .gaps = true,
      .open_water = true,
      .places = true,
      .efficiency = true,
      .future = FRS_FUTURE_OBSERVED}},
    {"hostile",
     {.sites = 14,
      .issues = 800,
      .rain = true,
      .hostile = true,
      .places = true,
      .efficiency = true}},
    {"baseline", {.sites = 1, .leads = 7, .issues = 1200, .rain = true, .baseline_wins = true}},
    {"short", {.sites = 1, .issues = 40, .rain = true}},
};

/* ---- the study: one site, a record with gaps and little in it, several with a hostile name */
static frs_status study_site(frs_ctx *ctx, const char *site, int64_t years, double gaps,
                             frs_study *s) {
    const frs_synth_opts so = {.seed = 7, .years = years, .gap_share = gaps};
    frs_series r = {0}, truth = {0};
    FRS_TRY(frs_synth(ctx, &so, "x", &r, &truth));
    frs_study_input in[3];
    double *x = frs__alloc(ctx, 4 * r.n, sizeof *x);
    static const char *const names[] = {"q", "prcp", "pet", "temp"};
    for (int k = 0; x && k < 4; k++) {
        const int v = frs_series_var(&r, names[k]);
        for (int64_t i = 0; i < r.n; i++) x[k * r.n + i] = (double)r.values[v][i];
        if (k > 0) in[k - 1] = (frs_study_input){names[k], r.vars[v].unit, x + k * r.n};
    }
    const frs_study_opts o = {.site = site,
                              .target = "q",
                              .unit = "mm",
                              .flow = {x, r.n, r.start_s, r.step},
                              .inputs = in,
                              .n_inputs = 3,
                              .precipitation = 0,
                              .pet = 1};
    const frs_status status = x ? frs_study_site(ctx, &o, s) : FRS_E_NOMEM;
    frs__free(ctx, x);
    frs_series_free(ctx, &r);
    frs_series_free(ctx, &truth);
    return status;
}

/* ---- a run's page */

/* Of the first two sites, and of the one whose own page is looked at. */
typedef struct studied {
    frs_ctx *ctx;
    const frs_report *r;
} studied;
static frs_status own_study(void *arg, int64_t site, frs_study *s) {
    const studied *k = arg;
    const char *name = k->r->sites[site];
    if (site > 1 && strcmp(name, "01567000") != 0) return FRS_E_NODATA;
    return study_site(k->ctx, name, site == 1 ? 5 : 14, 0.02, s);
}

static int make(frs_ctx *ctx, const char *folder, const char *name, const report_case_opts *o) {
    report_case c = {0};
    char *path = frs__path_join(ctx, folder, name);
    frs_status s = path && report_case_make(ctx, o, &c) ? frs__mkdirs(ctx, path) : FRS_E_NOMEM;
    const double start = frs__now_s();
    studied k = {ctx, &c.r};
    if (o->sites < 100 && !o->hostile && o->issues > 100)
        c.r.study = (frs_report_study){own_study, &k};
    if (s == FRS_OK) s = frs_report_make(ctx, &c.r, path);
    if (s != FRS_OK) fprintf(stderr, "%s: %s\n", name, frs_message(ctx));
    if (o->sites > 100) printf("%.2f s\n", frs__now_s() - start);
    report_case_free(&c);
    frs__free(ctx, path);
    return s != FRS_OK;
}

static const struct {
    const char *name;
    int64_t sites, years;
    double gaps;
} studies[] = {{"study-one", 1, 30, 0.02}, {"study-short", 1, 3, 0.3}, {"study-sites", 3, 12, 0}};

static frs_status make_study(frs_ctx *ctx, const char *folder, int k, bool russian) {
    static const char *const sites[] = {"taz", "<b>&\"../x", "Печора у с. Усть-Цильма"};
    char path[1024];
    frs_study_writer *w = NULL;
    const frs_study_about about = {.lang = russian ? "ru" : "en",
                                   .command = "freshet study '<i>'",
                                   .n_sites = studies[k].sites};
    snprintf(path, sizeof path, "%.900s/%s%s", folder, studies[k].name, russian ? "-ru" : "");
    FRS_TRY(frs_study_writer_open(ctx, path, &about, &w));
    frs_status s = FRS_OK;
    for (int64_t i = 0; s == FRS_OK && i < studies[k].sites; i++) {
        frs_study one = {0};
        s = study_site(ctx, sites[i], studies[k].years, studies[k].gaps, &one);
        if (s == FRS_OK) s = frs_study_writer_add(w, &one);
        frs_study_free(ctx, &one);
    }
    if (s == FRS_OK)
        s = frs_study_writer_close(w);
    else
        frs_study_writer_abort(w);
    return s;
}

/* ---- pages over several runs, made of one synthetic report */
enum { PARTS = 4 };

static void scores_of(const report_case *c, frs__joint_part *part, frs_report_score *to,
                      double less) {
    part->r.scores = to;
    for (int64_t i = 0; i < c->r.n_scores; i++) {
        frs_report_score s = c->r.scores[i];
        const int64_t site = s.site - (part->r.sites - c->r.sites);
        if (site < 0 || site >= part->r.n_sites) continue;
        s.site = site;
        s.value -= less;
        s.low -= less;
        s.high -= less;
        to[part->r.n_scores++] = s;
    }
}

/* The catchments dealt into parts, or all of them a part: with fewer years models are worse. */
static frs_status make_joint(frs_ctx *ctx, const char *folder, bool years, const report_case *c) {
    frs__joint_part parts[PARTS] = {0};
    frs_report_score *scores = frs__alloc(ctx, c->r.n_scores * PARTS, sizeof *scores);
    const int64_t share = (c->r.n_sites + PARTS - 1) / PARTS;
    if (!scores) return FRS_E_NOMEM;
    for (int64_t k = 0; k < PARTS; k++) {
        frs__joint_part *p = &parts[k];
        p->number = years ? 1 << k : k + 1;
        snprintf(p->folder, sizeof p->folder, years ? "years-%d" : "fold-%d", (int)p->number);
        p->r = c->r;
        p->r.n_scores = 0;
        p->r.sites += years ? 0 : k * share;
        if (p->r.places) p->r.places += years ? 0 : k * share;
        p->r.n_sites = years ? c->r.n_sites : k == PARTS - 1 ? c->r.n_sites - k * share : share;
        p->r.observed.values = NULL;
        scores_of(c, p, scores + k * c->r.n_scores, years ? 0.4 / (double)p->number : 0);
    }
    const frs__joint j = {.ctx = ctx, .n = PARTS, .parts = parts, .config_text = c->r.config_text};
    const frs_status s = (years ? frs__joint_years : frs__joint_folds)(&j, folder);
    frs__free(ctx, scores);
    return s;
}

static int make_joints(frs_ctx *ctx, const char *folder, bool russian) {
    static const struct {
        const char *name;
        bool years;
        report_case_opts opts;
    } joints[] = {
        {"folds", false, {.sites = 41, .issues = 800, .places = true, .efficiency = true}},
        {"years", true, {.sites = 7, .leads = 7, .issues = 800}}};
    int bad = 0;
    for (int k = 0; k < FRS_LEN(joints); k++) {
        report_case_opts o = joints[k].opts;
        report_case c = {0};
        char path[1024];
        o.russian = russian;
        snprintf(path, sizeof path, "%.900s/%s%s", folder, joints[k].name, russian ? "-ru" : "");
        frs_status s = report_case_make(ctx, &o, &c) ? frs__mkdirs(ctx, path) : FRS_E_NOMEM;
        for (int64_t m = 0; m < c.r.n_models; m++) /* no predictions are loaded for it */
            ((frs_report_model *)c.r.models)[m].archive.values = NULL;
        if (s == FRS_OK) s = make_joint(ctx, path, joints[k].years, &c);
        if (s != FRS_OK) fprintf(stderr, "%s: %s\n", joints[k].name, frs_message(ctx));
        bad |= s != FRS_OK;
        report_case_free(&c);
    }
    return bad;
}

/* As the program does it: messages in a language, numbers and all else as in C. */
static void speak(const char *language) {
    setenv("LANGUAGE", language, 1);
    setlocale(LC_MESSAGES, "C.UTF-8");
    bindtextdomain("freshet", FRS_BUILD_DIR "/locale");
    bind_textdomain_codeset("freshet", "UTF-8"); /* else in the letters of LC_CTYPE, "C" */
}

int main(int argc, char **argv) {
    frs_ctx *ctx;
    int bad = 0;
    if (argc < 2 || argc > 4) return 2;
    const bool russian = argc == 3 && strcmp(argv[2], "ru") == 0;
    if (russian) speak("ru");
    if (frs_ctx_new(NULL, &ctx) != FRS_OK) return 2;
    if (argc == 4) {
        const report_case_opts o = {.sites = strtol(argv[2], NULL, 10),
                                    .issues = strtol(argv[3], NULL, 10),
                                    .rain = true,
                                    .uneven = true,
                                    .places = true};
        bad = make(ctx, argv[1], "many", &o);
    }
    for (int k = 0; argc < 4 && k < FRS_LEN(pages); k++) {
        report_case_opts o = pages[k].opts;
        char name[64];
        o.russian = russian;
        snprintf(name, sizeof name, "%s%s", pages[k].name, russian ? "-ru" : "");
        bad |= make(ctx, argv[1], name, &o);
    }
    for (int k = 0; argc < 4 && k < FRS_LEN(studies); k++) {
        const frs_status s = make_study(ctx, argv[1], k, russian);
        if (s != FRS_OK) fprintf(stderr, "%s: %s\n", studies[k].name, frs_message(ctx));
        bad |= s != FRS_OK;
    }
    if (argc < 4) bad |= make_joints(ctx, argv[1], russian);
    frs_ctx_free(ctx);
    return bad;
}
