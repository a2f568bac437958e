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
    frs__buf_add(p->out, "</section>\n");
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
    p->picture.id = ++p->figures;
    frs__svg_open(s, title, desc);
}

/* Beside the page: NAME.svg, .png, .pdf. */
static void save_figure(frs_page *p) {
    char name[96];
    if (!p->figure_dir || p->status != FRS_OK) return;
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
}

/* What was asked of the models, in one line. */
static void subtitle(frs_page *p) {
    static const char *const weather[] = {N_("without future weather"),
                                          N_("with the climate's mean weather ahead"),
                                          N_("with the observed weather ahead (upper bound)")};
    char first[40], last[40];
    const char *target = p->r->target ? p->r->target : _("flow");
    frs__buf_add(p->out, "<p class=\"small\">");
    if (p->r->n_sites == 1)
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

static void head(frs_page *p) {
    frs_buf *b = p->out;
    frs__buf_printf(b, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
                    p->v->russian ? "ru" : "en");
    /* The page may load nothing at all, whatever came into it. */
    frs__buf_add(b, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'unsafe-inline'; "
                    "script-src 'unsafe-inline'; img-src data:\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" "
                    "href=\"data:,\">\n");
    frs__tag(p, "title", p->r->title ? p->r->title : _("Freshet report"));
    frs__buf_add(b, "\n<style>\n");
    frs__buf_add(b, frs__asset_dygraph_css);
    frs__buf_add(b, frs__asset_page_css);
    frs__buf_add(b, "</style>\n</head>\n<body>\n<header>\n");
    frs__tag(p, "h1", p->r->title ? p->r->title : _("Freshet report"));
    subtitle(p);
}

static void foot(frs_page *p) {
    frs__buf_add(p->out, "</main>\n<footer><p>");
    frs__say(p, _("Made by Freshet %s. This page is one file: it needs no network."),
             p->r->version ? p->r->version : FRS_VERSION);
    if (*frs__asset_dygraph_js) {
        frs__buf_add(p->out, " ");
        frs__say(p, _("The interactive hydrograph is drawn by dygraphs (MIT licence)."));
    }
    frs__buf_add(p->out, "</p></footer>\n");
    if (*frs__asset_dygraph_js && p->r->observed.values) {
        frs__buf_add(p->out, "<script>\n");
        frs__buf_add(p->out, frs__asset_dygraph_js);
        frs__buf_add(p->out, "</script>\n");
    }
    frs__buf_add(p->out, "<script>\n");
    frs__buf_add(p->out, frs__asset_page_js);
    frs__buf_add(p->out, "</script>\n");
    frs__buf_add(p->out, "</body>\n</html>\n");
}

frs_status frs_report_write(frs_ctx *ctx, const frs_report *r, const char *path) {
    frs_view v;
    FRS_TRY(frs__view_new(ctx, r, &v));
    frs_buf out = {.ctx = ctx}, body = {.ctx = ctx}, nav = {.ctx = ctx};
    frs_page p = {
        .ctx = ctx, .v = &v, .r = r, .out = &body, .nav = &nav, .picture = {.ctx = ctx}};
    frs__page_summary(&p);
    frs__page_leads(&p);
    frs__page_leaderboard(&p);
    frs__page_hydrograph(&p);
    frs__page_flow(&p);
    frs__page_cdf(&p);
    frs__page_sites(&p);
    frs__page_learning(&p);
    frs__page_problems(&p);
    frs__page_models(&p);
    frs__page_reproduce(&p);
    p.out = &out;
    head(&p);
    frs__buf_add(&out, "<nav>");
    frs__buf_add_n(&out, nav.data ? nav.data : "", nav.n);
    frs__buf_add(&out, "</nav>\n</header>\n<main>\n");
    frs__buf_add_n(&out, body.data ? body.data : "", body.n);
    foot(&p);
    frs_status s = p.status;
    if (s == FRS_OK) s = frs__buf_status(&nav);
    if (s == FRS_OK) s = frs__buf_status(&body);
    if (s == FRS_OK) s = frs__buf_status(&out);
    if (s == FRS_OK) s = frs__write_file(ctx, path, out.data, out.n);
    frs__buf_free(&out);
    frs__buf_free(&body);
    frs__buf_free(&nav);
    frs__picture_free(&p.picture);
    frs__view_free(&v);
    return s;
}
