/* The frame of report.html and what all its sections use. */
#include "report/page.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/assets.h"

void frs__say(frs_page *p, const char *fmt, ...) {
    char small[1024], *text = small;
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    const int n = vsnprintf(small, sizeof small, fmt,
                            args); /* texts and whole numbers only: no float is formatted here */
    va_end(args);
    if (n >= (int)sizeof small) {
        text = frs__alloc(p->ctx, (int64_t)n + 1, 1);
        if (text)
            vsnprintf(text, (size_t)n + 1, fmt, again);
        else
            p->status = FRS_E_NOMEM;
    }
    va_end(again);
    if (text && n >= 0) frs__html_add(p->out, text);
    if (text != small) frs__free(p->ctx, text);
}

void frs__tag(frs_page *p, const char *tag, const char *text) {
    frs__buf_printf(p->out, "<%s>", tag);
    frs__html_add(p->out, text);
    frs__buf_printf(p->out, "</%s>", tag);
}

void frs__section(frs_page *p, const char *id, const char *title) {
    if (p->nested) {
        frs__tag(p, "h3", title);
        return;
    }
    p->section = id;
    p->in_section = 0;
    frs__buf_printf(p->nav, "<a href=\"#%s\">", id);
    frs__html_add(p->nav, title);
    frs__buf_add(p->nav, "</a> ");
    frs__buf_printf(p->out, "<section id=\"%s\"><h2>", id);
    frs__html_add(p->out, title);
    frs__buf_add(p->out, "</h2>\n");
}

void frs__section_end(frs_page *p) {
    if (!p->nested) frs__buf_add(p->out, "</section>\n");
}

char *frs__prose(const frs_page *p, double v, int digits, char *buf) {
    if (!isfinite(v)) {
        snprintf(buf, 40, "–");
        return buf;
    }
    frs__fixed(v, digits, buf);
    char *dot = strchr(buf, '.');
    if (dot && p->v->russian) *dot = ',';
    return buf;
}

char *frs__colour(int64_t model, char *buf) {
    if (model < 0)
        snprintf(buf, 16, "c0");
    else
        snprintf(buf, 16, "c%d%s", (int)(model % FRS_COLOURS) + 1,
                 model >= FRS_COLOURS ? " dash" : "");
    return buf;
}

char *frs__lead_text(const frs_page *p, int64_t lead, char *buf) {
    const frs_step s = p->r->observed.step;
    const int64_t seconds = s.unit == FRS_STEP_SECOND ? s.count * lead : 0;
    if (s.unit == FRS_STEP_MONTH && s.count > 0)
        snprintf(buf, 40, _("%lld mon."), (long long)(s.count * lead));
    else if (seconds > 0 && seconds % FRS_DAY_S == 0)
        snprintf(buf, 40, _("%lld d"), (long long)(seconds / FRS_DAY_S));
    else if (seconds > 0 && seconds % 3600 == 0)
        snprintf(buf, 40, _("%lld h"), (long long)(seconds / 3600));
    else if (seconds > 0 && seconds % 60 == 0)
        snprintf(buf, 40, _("%lld min"), (long long)(seconds / 60));
    else
        snprintf(buf, 40, "%lld", (long long)lead);
    return buf;
}

const char *frs__lead_label(const frs_page *p) {
    const frs_step s = p->r->observed.step;
    if (s.unit == FRS_STEP_SECOND && s.count == FRS_DAY_S) return _("lead time, days");
    if (s.unit == FRS_STEP_SECOND && s.count == 3600) return _("lead time, hours");
    return _("lead time, steps");
}

char *frs__target_text(const frs_page *p, char *buf, size_t size) {
    const char *name = p->r->target ? p->r->target : _("flow");
    if (p->r->unit && *p->r->unit)
        snprintf(buf, size, "%s, %s", name, p->r->unit);
    else
        snprintf(buf, size, "%s", name);
    return buf;
}

/* Title of the k-th entry, NULL: it has none. */
static const char *key(const frs_page *p, int64_t model, bool flow) {
    if (model < 0) return flow ? _("observed") : NULL;
    return flow && !p->r->models[model].archive.values ? NULL : frs__model_title(p->r, model);
}

void frs__reserve_keys(frs_page *p, frs_svg *s, bool flow) {
    for (int64_t m = -1; m < p->r->n_models; m++)
        if (key(p, m, flow)) frs__svg_reserve(s, key(p, m, flow));
}

void frs__keys(frs_page *p, frs_svg *s, bool flow) {
    char c[16];
    for (int64_t m = -1; m < p->r->n_models; m++)
        if (key(p, m, flow)) frs__svg_legend(s, frs__colour(m, c), key(p, m, flow));
}

void frs__figure(frs_page *p, frs_svg *s, const char *title, const char *desc) {
    s->picture = &p->picture;
    p->picture.ctx = p->ctx;
    p->picture.id = ++p->figures;
    frs__svg_open(s, title, desc);
}

/* Of a section in parts (the study) these are saved: a PNG takes longer than the study. */
enum { NESTED_SAVED = 6 };

/* Beside the page: NAME.svg, .png, .pdf. */
static void save_figure(frs_page *p) {
    char name[96];
    if (!p->figure_dir || p->status != FRS_OK) return;
    if (p->nested && p->in_section == NESTED_SAVED) return;
    if (++p->in_section > 1)
        snprintf(name, sizeof name, "%.60s-%d", p->section, p->in_section);
    else
        snprintf(name, sizeof name, "%.60s", p->section);
    p->status = frs__picture_save(&p->picture, p->figure_dir, name, p->r->finished_s);
    if (p->status != FRS_E_UNSUPPORTED) return;
    p->status = FRS_OK;
    if (!p->no_cairo)
        frs__log(p->ctx, FRS_LOG_INFO, _("figures are written as SVG, not as PNG and PDF: %s"),
                 frs_message(p->ctx));
    p->no_cairo = true;
}

void frs__figure_end(frs_page *p, frs_svg *s, const char *caption) {
    (void)s;
    frs__buf_add(p->out, "<figure>");
    frs__picture_draw(&p->picture, &frs__canvas_svg, &(frs_svg_out){p->out, false});
    frs__tag(p, "figcaption", caption);
    frs__buf_add(p->out, "</figure>\n");
    if (p->picture.failed) p->status = FRS_E_NOMEM;
    save_figure(p);
    frs__picture_free(&p->picture);
}

/* What was asked of the models, in one line. */
static void subtitle(frs_page *p) {
    static const char *const weather[] = {N_("without future weather"),
                                          N_("with the climate's mean weather ahead"),
                                          N_("with the observed weather ahead (upper bound)"),
                                          N_("with the weather of past years ahead (ESP)")};
    char first[40], last[40];
    const char *target = p->r->target ? p->r->target : _("flow");
    frs__buf_add(p->out, "<p class=\"small\">");
    if (p->one_site)
        frs__say(p, "%s.", p->r->title ? p->r->title : _("Freshet report"));
    else if (p->r->n_sites == 1)
        frs__say(p, _("Catchment: %s."), p->r->sites[0]);
    else
        frs__say(p, _("Catchments: %lld."), (long long)p->r->n_sites);
    frs__buf_add(p->out, " ");
    if (p->r->leads > 0)
        frs__say(p, _("Forecast of %s from %s to %s ahead, %s."), target,
                 frs__lead_text(p, 1, first), frs__lead_text(p, p->r->leads, last),
                 _(weather[p->r->future]));
    else
        frs__say(p, _("Simulation of %s from weather."), target);
    frs__buf_add(p->out, "</p>\n");
}

/* The page may load nothing at all, whatever came into it; a catchment's page only the two files
 * beside it ("file:" for a browser that does not count a neighbour on the disk as 'self'). */
static void style_sheets(frs_page *p, bool interactive) {
    static const char alone[] = "style-src 'unsafe-inline'; script-src 'unsafe-inline'",
                      beside[] = "style-src 'unsafe-inline' 'self' file:; script-src 'self' file:";
    frs_buf *b = p->out;
    frs__buf_printf(
        b,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; %s; "
        "img-src data:\">\n",
        p->one_site ? beside : alone);
    if (p->one_site) {
        frs__buf_add(b, "<link rel=\"stylesheet\" href=\"freshet.css\">\n");
        return;
    }
    frs__buf_add(b, "<style>\n");
    if (interactive) frs__buf_add(b, frs__asset_dygraph_css);
    if (p->mapped) frs__buf_add(b, frs__asset_leaflet_css);
    frs__buf_add(b, frs__asset_page_css);
    frs__buf_add(b, "</style>\n");
}

void frs__page_open(frs_page *p, const char *title, bool interactive) {
    frs_buf *b = p->out;
    const char *site = p->one_site ? p->r->sites[p->v->shown[0]] : NULL;
    frs__buf_printf(b, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                    p->v->russian ? "ru" : "en");
    frs__buf_add(b, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" "
                    "href=\"data:,\">\n<title>");
    if (site) {
        frs__html_add(b, site);
        frs__buf_add(b, " – ");
    }
    frs__html_add(b, title);
    frs__buf_add(b, "</title>\n");
    style_sheets(p, interactive);
    frs__buf_add(b, "</head>\n<body>\n<header>\n");
    if (site) frs__site_head(p);
    frs__tag(p, "h1", site ? site : title);
}

static void script(frs_page *p, const char *text) {
    frs__buf_add(p->out, "<script>\n");
    frs__buf_add(p->out, text);
    frs__buf_add(p->out, "</script>\n");
}

static void foot(frs_page *p) {
    const bool hydrograph = *frs__asset_dygraph_js && p->r->observed.values;
    frs__buf_add(p->out, "</main>\n<footer><p>");
    frs__say(p, _("Made by Freshet %s."), p->r->version ? p->r->version : FRS_VERSION);
    frs__buf_add(p->out, " ");
    frs__say(p, p->one_site ? _("This page needs the folder it lies in, and no network.")
                            : _("This page is one file: it needs no network."));
    if (*frs__asset_dygraph_js && !p->joint) {
        frs__buf_add(p->out, " ");
        frs__say(p, _("The interactive hydrograph is drawn by dygraphs (MIT licence)."));
    }
    if (p->mapped) {
        frs__buf_add(p->out, " ");
        frs__say(p, _("The map is drawn by Leaflet (BSD licence); its coast is Natural Earth's."));
    }
    frs__buf_add(p->out, "</p></footer>\n");
    if (p->one_site) {
        frs__buf_add(p->out, "<script src=\"freshet.js\"></script>\n</body>\n</html>\n");
        return;
    }
    if (hydrograph) script(p, frs__asset_dygraph_js);
    script(p, frs__asset_page_js);
    if (p->mapped) {
        script(p, frs__asset_leaflet_js);
        script(p, frs__asset_map_js);
    }
    frs__buf_add(p->out, "</body>\n</html>\n");
}

/* Summary first: which model, how good, where it is bad. */
static void sections(frs_page *p) {
    frs__page_summary(p);
    frs__page_leads(p);
    frs__page_leaderboard(p);
    frs__page_tests(p);
    frs__page_parts(p);
    frs__page_admissible(p);
    frs__page_across(p);
    frs__page_map(p);
    frs__page_hydrograph(p);
    frs__page_flow(p);
    frs__page_residuals(p);
    frs__page_sites(p);
    frs__page_own_study(p);
    frs__page_learning(p);
    frs__page_problems(p);
    frs__page_models(p);
    frs__page_reproduce(p);
}

frs_status frs__page_write(frs_page *p, void (*write)(frs_page *p), const char *path) {
    frs_buf out = {.ctx = p->ctx}, body = {.ctx = p->ctx}, nav = {.ctx = p->ctx};
    p->out = &body;
    p->nav = &nav;
    write(p);
    p->out = &out;
    frs__page_open(p, p->r->title ? p->r->title : _("Freshet report"), true);
    subtitle(p);
    frs__buf_add(&out, "<nav>");
    frs__buf_add_n(&out, nav.data ? nav.data : "", nav.n);
    frs__buf_add(&out, "</nav>\n</header>\n<main>\n");
    frs__buf_add_n(&out, body.data ? body.data : "", body.n);
    foot(p);
    frs_status s = p->status;
    if (s == FRS_OK) s = frs__buf_status(&nav);
    if (s == FRS_OK) s = frs__buf_status(&body);
    if (s == FRS_OK) s = frs__buf_status(&out);
    if (s == FRS_OK)
        s = (p->one_site ? frs__write_derived : frs__write_file)(p->ctx, path, out.data, out.n);
    frs__buf_free(&out);
    frs__buf_free(&body);
    frs__buf_free(&nav);
    return s;
}

frs_status frs_report_write(frs_ctx *ctx, const frs_report *r, const char *path) {
    frs_view v;
    FRS_TRY(frs__view_new(ctx, r, &v));
    frs_page p = {.ctx = ctx, .v = &v, .r = r};
    const frs_status s = frs__page_write(&p, sections, path);
    frs__view_free(&v);
    return s;
}

static frs_status make(frs_page *p, frs_arena *a, const char *dir) {
    char *page = frs__path_join(p->ctx, dir, "report.html"),
         *figures = frs__path_join(p->ctx, dir, "figures"),
         *sites = frs__path_join(p->ctx, dir, "site");
    frs_status s = page && figures && sites ? frs__mkdirs(p->ctx, figures) : FRS_E_NOMEM;
    p->figure_dir = figures;
    if (p->r->n_sites > FRS_MAX_SHOWN && p->r->observed.values) {
        p->links = frs__site_files(a, p->r->sites, p->r->n_sites);
        if (!p->links) s = FRS_E_NOMEM;
        if (s == FRS_OK) s = frs__write_sites(p, sites);
    }
    if (s == FRS_OK) s = frs__page_write(p, sections, page);
    frs__free(p->ctx, page);
    frs__free(p->ctx, figures);
    frs__free(p->ctx, sites);
    return s;
}

frs_status frs_report_make(frs_ctx *ctx, const frs_report *r, const char *run_dir) {
    frs_view v;
    FRS_TRY(frs__view_new(ctx, r, &v));
    frs_arena a = {.ctx = ctx};
    frs_page p = {.ctx = ctx, .v = &v, .r = r};
    const frs_status s = make(&p, &a, run_dir);
    frs__arena_free(&a);
    frs__view_free(&v);
    return s;
}
