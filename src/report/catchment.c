/* One page a catchment, for runs of more catchments than report.html holds: site/NAME.html, which
 * share site/freshet.css and site/freshet.js and work from a disk. */
#include "report/page.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/assets.h"
#include "report/csv.h"

/* ---- file names: letters, digits, '.', '-' and '_' stay, Latin and Cyrillic letters too; anything
 * else is '_'. Names that become the same, in either case, get a number. */
static bool plain(const char *c) {
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    const unsigned char u = (unsigned char)*c;
    if (u < 0x80) return strchr(allowed, u) != NULL;
    return (u >= 0xC3 && u <= 0xC9) || (u >= 0xD0 && u <= 0xD3); /* U+00C0-024F, U+0400-04FF */
}

static char *safe_name(frs_arena *a, const char *site) {
    frs_buf b = {.ctx = a->ctx};
    while (*site) {
        char c[5];
        site = frs__utf8_char(site, c);
        frs__buf_add(&b, plain(c) && !(b.n == 0 && *c == '.') ? c : "_");
    }
    char *copy = b.failed ? NULL : frs__arena_strdup(a, b.n ? b.data : "_");
    frs__buf_free(&b);
    return copy;
}

static bool same_file(const char *a, const char *b) {
    for (; *a && *b; a++, b++) {
        const int x = *a >= 'A' && *a <= 'Z' ? *a + 32 : *a,
                  y = *b >= 'A' && *b <= 'Z' ? *b + 32 : *b;
        if (x != y) return false;
    }
    return *a == *b;
}

static bool taken(char **names, int64_t n, const char *name) {
    for (int64_t i = 0; i < n; i++)
        if (same_file(names[i], name)) return true;
    return false;
}

char **frs__site_files(frs_arena *a, const char *const *sites, int64_t n) {
    char **names = frs__arena_alloc(a, n, sizeof *names);
    for (int64_t i = 0; names && i < n; i++) {
        char *base = safe_name(a, sites[i]), *name = base;
        const size_t room = base ? strlen(base) + 24 : 0;
        for (int64_t k = 2; base && taken(names, i, name); k++) {
            if (name == base) name = frs__arena_alloc(a, (int64_t)room, 1);
            if (!name) return NULL;
            snprintf(name, room, "%s-%lld", base, (long long)k);
        }
        if (!base) return NULL;
        names[i] = name;
    }
    return names;
}

static void add_address(frs_buf *b, const char *name) {
    for (; *name; name++) {
        const unsigned char u = (unsigned char)*name;
        if (u < 0x80)
            frs__buf_add_n(b, name, 1);
        else
            frs__buf_printf(b, "%%%02X", u);
    }
    frs__buf_add(b, ".html");
}

void frs__href(frs_page *p, int64_t site) {
    if (!p->fold) frs__buf_add(p->out, "site/");
    add_address(p->out, p->links[site]);
}

/* ---- the page */
void frs__site_head(frs_page *p) {
    const int64_t site = p->v->shown[0];
    frs__buf_add(p->out, "<p class=\"small ways\"><a href=\"../report.html\">");
    frs__html_add(p->out, _("All catchments"));
    frs__buf_add(p->out, "</a>");
    for (int k = -1; k <= 1; k += 2) {
        const int64_t other = site + k;
        if (other < 0 || other >= p->r->n_sites) continue;
        frs__buf_add(p->out, " <a href=\"");
        add_address(p->out, p->links[other]);
        frs__buf_add(p->out, k < 0 ? "\">← " : "\">");
        frs__html_add(p->out, p->r->sites[other]);
        frs__buf_add(p->out, k < 0 ? "</a>" : " →</a>");
    }
    frs__buf_add(p->out, "</p>\n");
}

/* How good the winner is here, and its place among all catchments. */
static void verdict(frs_page *p, int64_t lead) {
    const frs_view *v = p->v;
    const int64_t winner = frs__view_winner(v), site = v->shown[0];
    const char *name = v->metrics[v->main];
    const frs_value mine = frs__view_at(v, 0, site, lead, winner, v->main);
    int64_t place = 1, all = 0;
    char a[40], t[40];
    for (int64_t i = 0; i < p->r->n_sites; i++) {
        const double x = frs__view_at(v, 0, i, lead, winner, v->main).value;
        if (!isfinite(x)) continue;
        all++;
        place += frs__goodness(name, x) > frs__goodness(name, mine.value);
    }
    frs__buf_add(p->out, "<p class=\"verdict\">");
    if (v->n_leads > 1) {
        frs__say(p, _("Lead %s"), frs__lead_text(p, lead + 1, t));
        frs__buf_add(p->out, ". ");
    }
    if (isfinite(mine.value))
        frs__say(p, _("%s: %s %s, place %lld of %lld."), frs__model_title(p->r, winner), name,
                 frs__prose(p, mine.value, frs__digits(name, mine.value), a), (long long)place,
                 (long long)all);
    else
        frs__say(p, _("%s: %s is not defined here."), frs__model_title(p->r, winner), name);
    frs__buf_add(p->out, "</p>\n");
}

void frs__score_cell(frs_page *p, const char *metric, frs_value x) {
    const int digits = frs__digits(metric, x.value);
    char a[40], b[40];
    frs__buf_printf(p->out, "<td>%s", isfinite(x.value) ? frs__fixed(x.value, digits, a) : "–");
    if (isfinite(x.low) && isfinite(x.high))
        frs__buf_printf(p->out, "<span class=\"ci\">%s … %s</span>", frs__fixed(x.low, digits, a),
                        frs__fixed(x.high, digits, b));
    frs__buf_add(p->out, "</td>");
}

static bool scored(const frs_page *p, int64_t lead, int metric) {
    for (int64_t m = 0; m < p->r->n_models; m++)
        if (isfinite(frs__view_at(p->v, 0, p->v->shown[0], lead, m, metric).value)) return true;
    return false;
}

static void score_table(frs_page *p, int64_t lead) {
    frs__buf_add(p->out, "<div class=\"scroll\"><table class=\"scores\"><thead><tr>");
    frs__tag(p, "th", _("Score"));
    for (int64_t i = 0; i < p->r->n_models; i++) {
        char c[16];
        frs__buf_printf(p->out,
                        "<th scope=\"col\" class=\"model\"><span class=\"swatch %s\"></span>",
                        frs__colour(p->v->order[i], c));
        frs__html_add(p->out, frs__model_title(p->r, p->v->order[i]));
        frs__buf_add(p->out, "</th>");
    }
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int k = 0; k < p->v->n_metrics; k++) {
        if (!scored(p, lead, k)) continue;
        frs__buf_add(p->out, "<tr><th scope=\"row\">");
        frs__html_add(p->out, p->v->metrics[k]);
        frs__buf_add(p->out, "</th>");
        for (int64_t i = 0; i < p->r->n_models; i++)
            frs__score_cell(p, p->v->metrics[k],
                            frs__view_at(p->v, 0, p->v->shown[0], lead, p->v->order[i], k));
        frs__buf_add(p->out, "</tr>\n");
    }
    frs__buf_add(p->out, "</tbody></table></div>\n");
}

static void scores(frs_page *p) {
    const int64_t last = p->v->n_leads - 1;
    if (p->v->main < 0 || frs__view_winner(p->v) < 0) return;
    frs__section(p, "scores", _("Scores"));
    for (int64_t lead = 0; lead <= last; lead += last > 0 ? last : 1) {
        verdict(p, lead);
        frs__buf_add(p->out, lead == 0 ? "<details open><summary>" : "<details><summary>");
        frs__html_add(p->out, _("All scores"));
        frs__buf_add(p->out, "</summary>");
        score_table(p, lead);
        frs__buf_add(p->out, "</details>\n");
    }
    frs__section_end(p);
}

void frs__site_sections(frs_page *p) {
    scores(p);
    frs__page_hydrograph(p);
    frs__page_flow(p);
    frs__page_residuals(p);
    frs__page_own_study(p);
    frs__page_problems(p);
}

/* ---- all of them */
static frs_status shared(frs_ctx *ctx, const char *dir, const char *name, const char *const parts[],
                         int n) {
    frs_buf b = {.ctx = ctx};
    for (int k = 0; k < n; k++) frs__buf_add(&b, parts[k]);
    char *path = frs__path_join(ctx, dir, name);
    frs_status s = path ? frs__buf_status(&b) : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__write_derived(ctx, path, b.n ? b.data : "", b.n);
    frs__free(ctx, path);
    frs__buf_free(&b);
    return s;
}

static bool is_shown(const frs_view *v, int64_t site) {
    for (int64_t i = 0; i < v->n_shown; i++)
        if (v->shown[i] == site) return true;
    return false;
}

static frs_status one(const frs_page *like, const char *dir, int64_t site) {
    frs_view v = *like->v; /* borrows all but what is shown */
    frs_page p = {.ctx = like->ctx, .v = &v, .r = like->r, .links = like->links, .one_site = true};
    p.unstudied = frs__few_studied(&p) && !is_shown(like->v, site);
    v.n_shown = 1;
    v.shown[0] = site;
    char *path = frs__asprintf(p.ctx, "%s/%s.html", dir, p.links[site]);
    const frs_status s = path ? frs__page_write(&p, frs__site_sections, path) : FRS_E_NOMEM;
    frs__free(p.ctx, path);
    return s;
}

frs_status frs__write_sites(const frs_page *p, const char *dir) {
    const char *const css[] = {frs__asset_dygraph_css, frs__asset_page_css},
                      *const js[] = {frs__asset_dygraph_js, frs__asset_page_js};
    FRS_TRY(frs__mkdirs(p->ctx, dir));
    FRS_TRY(shared(p->ctx, dir, "freshet.css", css, 2));
    FRS_TRY(shared(p->ctx, dir, "freshet.js", js, 2));
    for (int64_t i = 0; i < p->r->n_sites; i++) {
        if (frs__cancelled(p->ctx)) return FRS_E_CANCELLED;
        FRS_TRY(one(p, dir, i));
    }
    return FRS_OK;
}
