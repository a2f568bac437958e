/* The page of a run of several, from what its parts left in their folders. */
#include "report/joint.h"
#include "run/several.h"

frs_status frs__run_joint(frs_job *j, frs__joint_part *parts, int64_t n, frs__joint_page page) {
    char *text = NULL;
    int64_t loaded = 0;
    frs_status s = frs_config_write(j->config, &text);
    for (; s == FRS_OK && loaded < n; loaded += s == FRS_OK) {
        char *dir = frs__run_path(j, parts[loaded].folder);
        s = dir ? frs__report_load_scores(j->ctx, dir, &parts[loaded].r) : FRS_E_NOMEM;
        if (s == FRS_OK) frs__run_speak(&parts[loaded].r);
        frs__free(j->ctx, dir);
    }
    if (s == FRS_OK)
        s = page(&(frs__joint){.ctx = j->ctx, .n = n, .parts = parts, .config_text = text}, j->dir);
    for (int64_t i = 0; i < loaded; i++) frs_report_free(j->ctx, &parts[i].r);
    frs_text_free(j->ctx, text);
    return s;
}
