/* The page of a run over folds: the scores of all sites, each by models that never saw it. */
#include "report/joint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/files.h"

/* ---- one report of several */

frs_report frs__joint_report(const frs__joint *j, const frs__joint_part *like) {
    frs_report r = like->r;
    r.config_text = j->config_text;
    r.lang = j->parts[0].r.lang;
    r.n_hashes = r.n_stages = r.n_tests = 0; /* each part has its own */
    r.findings = (frs_findings){0};
    r.observed.values = NULL;
    r.precipitation = NULL;
    r.study = (frs_report_study){0};
    r.memory = NULL;
    return r;
}

typedef struct merged {
    frs_arena arena;
    frs_report r;
    const char **sites;
    int64_t *fold; /* [n_sites] the part that tested it, from 1 */
    char **links;
    frs_report_place *places;
    frs_report_model *models;
    frs_report_score *scores;
    int64_t *n_common;
} merged;

static frs_status new_merged(const frs__joint *j, merged *m) {
    const frs_report *first = &j->parts[0].r;
    const int64_t n_leads = first->leads > 0 ? first->leads : 1;
    int64_t sites = 0, scores = 0;
    m->arena.ctx = j->ctx;
    for (int64_t i = 0; i < j->n; i++) {
        sites += j->parts[i].r.n_sites;
        scores += j->parts[i].r.n_scores;
    }
    m->sites = frs__arena_alloc(&m->arena, sites, sizeof *m->sites);
    m->fold = frs__arena_alloc(&m->arena, sites, sizeof *m->fold);
    m->links = frs__arena_alloc(&m->arena, sites, sizeof *m->links);
    m->places = frs__arena_alloc(&m->arena, sites, sizeof *m->places);
    m->models = frs__arena_alloc(&m->arena, first->n_models, sizeof *m->models);
    m->scores = frs__arena_alloc(&m->arena, scores, sizeof *m->scores);
    m->n_common = frs__arena_alloc(&m->arena, n_leads, sizeof *m->n_common);
    if (!m->sites || !m->fold || !m->links || !m->places || !m->models || !m->scores ||
        !m->n_common)
        return FRS_E_NOMEM;
    for (int64_t k = 0; k < first->n_models; k++) {
        m->models[k] = first->models[k];
        m->models[k].n_epochs = 0;
        m->models[k].fit_s = 0;
        m->models[k].pass.n = 0;
    }
    m->r = frs__joint_report(j, &j->parts[0]);
    m->r.best = NULL; /* each fold chose its own */
    return FRS_OK;
}

/* The site's page: its own where the fold has one of each, else the fold's. */
static char *link_of(frs_arena *a, const frs__joint_part *part, const char *name) {
    const size_t room = strlen(part->folder) + (name ? strlen(name) : 0) + 16;
    char *link = frs__arena_alloc(a, (int64_t)room, 1);
    if (link && name)
        snprintf(link, room, "%s/site/%s", part->folder, name);
    else if (link)
        snprintf(link, room, "%s/report", part->folder);
    return link;
}

static frs_status add_sites(const frs__joint_part *part, merged *m) {
    const frs_report *r = &part->r;
    char **names = NULL;
    if (r->n_sites > FRS_MAX_SHOWN) {
        names = frs__site_files(&m->arena, r->sites, r->n_sites);
        if (!names) return FRS_E_NOMEM;
    }
    for (int64_t i = 0; i < r->n_sites; i++) {
        const int64_t to = m->r.n_sites++;
        m->sites[to] = r->sites[i];
        m->fold[to] = part->number;
        m->links[to] = link_of(&m->arena, part, names ? names[i] : NULL);
        m->places[to] = r->places ? r->places[i] : (frs_report_place){NAN, NAN};
        if (!m->links[to]) return FRS_E_NOMEM;
        if (r->places) m->r.places = m->places;
    }
    return FRS_OK;
}

static frs_status add_scores(const frs__joint *j, const frs__joint_part *part, merged *m) {
    const frs_report *r = &part->r;
    const int64_t first_site = m->r.n_sites;
    for (int64_t i = 0; i < r->n_scores; i++) {
        frs_report_score s = r->scores[i];
        if (strcmp(s.period, "test") != 0) continue;
        s.model = frs__find_model(&m->r, r->models[s.model].name);
        s.site += first_site;
        if (s.model < 0)
            return frs__fail(j->ctx, FRS_E_FORMAT, _("%s: a model that the first part lacks: %s"),
                             part->folder, r->models[r->scores[i].model].name);
        m->scores[m->r.n_scores++] = s;
    }
    for (int64_t l = 0; r->n_common && l < (r->leads > 0 ? r->leads : 1); l++)
        m->n_common[l] += r->n_common[l];
    for (int64_t k = 0; k < r->n_models; k++) {
        const int64_t to = frs__find_model(&m->r, r->models[k].name);
        if (to >= 0 && isfinite(r->models[k].fit_s)) m->models[to].fit_s += r->models[k].fit_s;
    }
    return FRS_OK;
}

static frs_status merge(const frs__joint *j, merged *m) {
    FRS_TRY(new_merged(j, m));
    frs_report *r = &m->r;
    r->sites = m->sites;
    r->models = m->models;
    r->scores = m->scores;
    r->n_common = m->n_common;
    r->places = NULL;
    r->n_sites = r->n_scores = 0;
    for (int64_t i = 0; i < j->n; i++) {
        if (j->parts[i].r.leads != r->leads)
            return frs__fail(j->ctx, FRS_E_FORMAT, _("%s: other lead times than the first part"),
                             j->parts[i].folder);
        FRS_TRY(add_scores(j, &j->parts[i], m));
        FRS_TRY(add_sites(&j->parts[i], m));
    }
    return FRS_OK;
}

/* ---- the page */

void frs__joint_link(frs_page *p, const frs__joint_part *part, const char *text) {
    frs__buf_printf(p->out, "<a href=\"%s/report.html\">", part->folder);
    frs__html_add(p->out, text);
    frs__buf_add(p->out, "</a>");
}

static const char *title_of(const frs_report *r, const char *name) {
    const int64_t m = name ? frs__find_model(r, name) : -1;
    return m < 0 ? "–" : frs__model_title(r, m);
}

/* Median of the main score over the sites of a fold at the first lead. */
static double fold_median(const frs_page *p, int64_t fold, int64_t model, double *x) {
    int64_t n = 0;
    for (int64_t i = 0; i < p->r->n_sites; i++) {
        const double v = frs__view_at(p->v, 0, i, 0, model, p->v->main).value;
        if (p->fold[i] == fold && isfinite(v)) x[n++] = v;
    }
    frs__sort(x, n);
    return frs__quantile(x, n, 0.5);
}

static void fold_row(frs_page *p, const frs__joint_part *part, double *x) {
    const char *name = p->v->metrics[p->v->main];
    char t[40];
    snprintf(t, sizeof t, _("fold %lld"), (long long)part->number);
    frs__buf_add(p->out, "<tr><th scope=\"row\">");
    frs__joint_link(p, part, t);
    frs__buf_printf(p->out, "</th><td>%lld</td>", (long long)part->r.n_sites);
    frs__tag(p, "td", title_of(&part->r, part->r.best));
    for (int64_t i = 0; i < p->r->n_models; i++) {
        const double v = fold_median(p, part->number, p->v->order[i], x);
        frs__tag(p, "td", isfinite(v) ? frs__fixed(v, frs__digits(name, v), t) : "–");
    }
    frs__buf_add(p->out, "</tr>\n");
}

static void folds_section(frs_page *p) {
    double *x = frs__alloc(p->ctx, p->r->n_sites, sizeof *x);
    if (!x) p->status = FRS_E_NOMEM;
    if (!x || p->v->main < 0) return;
    frs__section(p, "folds", _("Folds"));
    frs__buf_add(p->out, "<p class=\"small\">");
    frs__say(p, _("Each fold is the test of models that were trained, and chosen, on the other "
                  "folds: none of them saw the catchments that it is scored at. Medians over the "
                  "catchments of the fold."));
    frs__buf_add(p->out, "</p>\n<div class=\"scroll\"><table class=\"sites\"><thead><tr>");
    const char *heads[] = {_("Fold"), _("Catchments"), _("Chosen on validation")};
    for (int64_t i = 0; i < FRS_LEN(heads); i++) frs__tag(p, "th", heads[i]);
    for (int64_t i = 0; i < p->r->n_models; i++)
        frs__model_column(p, p->v->order[i], p->v->metrics[p->v->main]);
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < p->joint->n; i++) fold_row(p, &p->joint->parts[i], x);
    frs__buf_add(p->out, "</tbody></table></div>\n");
    frs__section_end(p);
    frs__free(p->ctx, x);
}

static void fold_sections(frs_page *p) {
    frs__page_summary(p);
    frs__page_leads(p);
    frs__page_leaderboard(p);
    frs__page_parts(p);
    frs__page_admissible(p);
    frs__page_across(p);
    folds_section(p);
    frs__page_map(p);
    frs__page_sites(p);
    frs__page_models(p);
    frs__page_reproduce(p);
}

frs_status frs__joint_write(const frs__joint *j, const frs_page *like, void (*write)(frs_page *p),
                            const char *dir) {
    frs_page p = *like;
    char *page = frs__path_join(j->ctx, dir, "report.html"),
         *figures = frs__path_join(j->ctx, dir, "figures");
    frs_status s = page && figures ? frs__mkdirs(j->ctx, figures) : FRS_E_NOMEM;
    p.ctx = j->ctx;
    p.joint = j;
    p.figure_dir = figures;
    if (s == FRS_OK) s = frs__page_write(&p, write, page);
    frs__free(j->ctx, page);
    frs__free(j->ctx, figures);
    return s;
}

frs_status frs__joint_folds(const frs__joint *j, const char *dir) {
    merged m = {0};
    frs_view v;
    frs_status s = merge(j, &m);
    if (s == FRS_OK) s = frs__view_new(j->ctx, &m.r, &v);
    if (s == FRS_OK) {
        const frs_page p = {.v = &v, .r = &m.r, .links = m.links, .fold = m.fold};
        s = frs__joint_write(j, &p, fold_sections, dir);
        frs__view_free(&v);
    }
    frs__arena_free(&m.arena);
    return s;
}
