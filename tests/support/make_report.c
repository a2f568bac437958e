/* make_report FOLDER [ru]: the pages that tests/web looks at, from synthetic reports:
 * FOLDER/NAME/report.html and what lies beside. make_report FOLDER SITES STEPS: one report of so
 * many catchments, and how long it took. */
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_case.h"

static const struct {
    const char *name;
    report_case_opts opts;
} pages[] = {
    {"one", {.sites = 1, .issues = 3652, .rain = true, .gaps = true}},
    {"regional", {.sites = 41, .issues = 1461, .rain = true, .places = true, .uneven = true}},
    {"forecast",
     {.sites = 3,
      .leads = 7,
      .issues = 1461,
      .gaps = true,
      .open_water = true,
      .places = true,
      .future = FRS_FUTURE_OBSERVED}},
    {"hostile", {.sites = 14, .issues = 800, .rain = true, .hostile = true, .places = true}},
    {"baseline", {.sites = 1, .leads = 7, .issues = 1200, .rain = true, .baseline_wins = true}},
    {"short", {.sites = 1, .issues = 40, .rain = true}},
};

static int make(frs_ctx *ctx, const char *folder, const char *name, const report_case_opts *o) {
    report_case c = {0};
    char *path = frs__path_join(ctx, folder, name);
    frs_status s = path && report_case_make(ctx, o, &c) ? frs__mkdirs(ctx, path) : FRS_E_NOMEM;
    const double start = frs__now_s();
    if (s == FRS_OK) s = frs_report_make(ctx, &c.r, path);
    if (s != FRS_OK) fprintf(stderr, "%s: %s\n", name, frs_message(ctx));
    if (o->sites > 100) printf("%.2f s\n", frs__now_s() - start);
    report_case_free(&c);
    frs__free(ctx, path);
    return s != FRS_OK;
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
    frs_ctx_free(ctx);
    return bad;
}
