/* make_report FOLDER [ru]: the pages that tests/web looks at, from synthetic reports. */
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
    {"one", {.sites = 1, .issues = 3652, .rain = true, .gaps = true, .efficiency = true}},
    {"regional", {.sites = 41, .issues = 1461, .rain = true, .efficiency = true}},
    {"forecast",
     {.sites = 3,
      .leads = 7,
      .issues = 1461,
      .gaps = true,
      .open_water = true,
      .efficiency = true,
      .future = FRS_FUTURE_OBSERVED}},
    {"hostile", {.sites = 4, .issues = 800, .rain = true, .hostile = true, .efficiency = true}},
    {"baseline", {.sites = 1, .leads = 7, .issues = 1200, .rain = true, .baseline_wins = true}},
    {"short", {.sites = 1, .issues = 40, .rain = true}},
};

static int make(frs_ctx *ctx, const char *folder, int k, bool russian) {
    report_case_opts o = pages[k].opts;
    report_case c;
    char name[64];
    o.russian = russian;
    snprintf(name, sizeof name, "%s%s.html", pages[k].name, russian ? "-ru" : "");
    char *path = frs__path_join(ctx, folder, name);
    frs_status s =
        path && report_case_make(ctx, &o, &c) ? frs_report_write(ctx, &c.r, path) : FRS_E_NOMEM;
    if (s != FRS_OK) fprintf(stderr, "%s: %s\n", name, frs_message(ctx));
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
    if (argc < 2 || argc > 3) return 2;
    const bool russian = argc == 3 && strcmp(argv[2], "ru") == 0;
    if (russian) speak("ru");
    if (frs_ctx_new(NULL, &ctx) != FRS_OK) return 2;
    int bad = frs__mkdirs(ctx, argv[1]) != FRS_OK;
    for (int k = 0; k < FRS_LEN(pages); k++) bad |= make(ctx, argv[1], k, russian);
    frs_ctx_free(ctx);
    return bad;
}
