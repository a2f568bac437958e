/* The study of the training period in a run's page: of one catchment as it is, of a few folded
 * away, of many each in the catchment's own page. */
#include "report/study.h"

enum { MOST_STUDIED = 100 }; /* a study takes about a tenth of a second and 100 kB */

bool frs__few_studied(const frs_page *p) {
    return p->r->n_sites > MOST_STUDIED;
}

static bool study_of(frs_page *p, int64_t site, frs_study *s) {
    if (p->status != FRS_OK) return false;
    const frs_status status = p->r->study.make(p->r->study.arg, site, s);
    if (status != FRS_OK && status != FRS_E_NODATA) p->status = status;
    return status == FRS_OK;
}

static void body(frs_page *p, const frs_study *s) {
    char a[32], b[32], t[40];
    frs__buf_add(p->out, "<p class=\"small\">");
    frs__say(p,
             _("Of the training period alone, %s to %s (missing: %s %%): nothing of the test "
               "period is in it."),
             frs_date_format(s->first_s, a), frs_date_format(s->last_s, b),
             frs__prose(p, 100 * (double)s->n_missing / (double)s->n, 1, t));
    frs__buf_add(p->out, " ");
    frs__say(p, _("Extremes and their return periods: freshet study CONFIG.yml."));
    frs__buf_add(p->out, "</p>\n");
    p->nested = true;
    frs__page_study(p, s);
    p->nested = false;
}

/* Those of the page, folded away when they are several. Of one catchment figures are saved as
 * files, too. */
static void shown(frs_page *p) {
    const char *figures = p->figure_dir;
    const bool several = p->v->n_shown > 1;
    bool any = false;
    frs_study s;
    if (several) p->figure_dir = NULL;
    for (int64_t i = 0; i < p->v->n_shown; i++) {
        if (!study_of(p, p->v->shown[i], &s)) continue;
        if (!any) frs__section(p, "study", _("Study of the training period"));
        if (several) {
            frs__buf_add(p->out, "<details class=\"aside\"><summary>");
            frs__html_add(p->out, s.site);
            frs__buf_add(p->out, "</summary>\n");
        }
        body(p, &s);
        if (several) frs__buf_add(p->out, "</details>\n");
        frs_study_free(p->ctx, &s);
        any = true;
    }
    if (any) frs__section_end(p);
    p->figure_dir = figures;
}

static void elsewhere(frs_page *p) {
    frs__section(p, "study", _("Study of the training period"));
    frs__buf_add(p->out, "<p>");
    if (!frs__few_studied(p))
        frs__say(p, _("The page of each catchment has it."));
    else {
        frs__say(p,
                 _("Of more than %d catchments only those that report.html shows are studied in "
                   "their pages; freshet study CONFIG.yml studies all."),
                 MOST_STUDIED);
        for (int64_t i = 0; !p->one_site && i < p->v->n_shown; i++) {
            frs__buf_add(p->out, i ? ", " : " ");
            frs__site_name(p, p->v->shown[i]);
        }
    }
    frs__buf_add(p->out, "</p>\n");
    frs__section_end(p);
}

void frs__page_own_study(frs_page *p) {
    if (!p->r->study.make) return;
    if (p->unstudied || (!p->one_site && p->links))
        elsewhere(p);
    else
        shown(p);
}
