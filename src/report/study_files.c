/* The study's files: study.csv, SITE/NAME.csv, study.html. */
#include "report/csv.h"
#include "report/study.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of so many catchments each has its figures as files: a PNG takes longer than its study. */
enum { REGIME = 73, MOST_REGIMES = 400, MOST_WITH_FILES = 12 };

/* What the overview of several sites tells of each. */
typedef struct summary {
    char site[64], folder[200];
    double regime[REGIME]; /* median flow by five days, in means; NaN: none */
    double years, missing, mean, cv, baseflow, response, slope, p, flood;
} summary;

struct frs_study_writer {
    frs_ctx *ctx;
    const frs_study_about *about;
    char *folder;
    frs_writer *csv;
    summary *sites;
    int64_t n, cap;
    int year_start;
    frs_status failed;
};

static const char header[] = "site,method,series,quantity,value,low,high,p,unit,note\n";

frs_status frs_study_writer_open(frs_ctx *ctx, const char *folder, const frs_study_about *about,
                                 frs_study_writer **out) {
    frs_study_writer *w = frs__alloc(ctx, 1, sizeof *w);
    if (!w) return FRS_E_NOMEM;
    w->ctx = ctx;
    w->about = about;
    w->folder = frs__strdup(ctx, folder);
    char *path = frs__path_join(ctx, folder, "study.csv");
    frs_status s = w->folder && path ? frs__mkdirs(ctx, folder) : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__writer_open(ctx, path, &w->csv);
    frs__free(ctx, path);
    if (s == FRS_OK) s = frs__writer_put(w->csv, header, (int64_t)strlen(header));
    if (s != FRS_OK)
        frs_study_writer_abort(w);
    else
        *out = w;
    return s;
}

void frs_study_writer_abort(frs_study_writer *w) {
    if (!w) return;
    if (w->csv) frs__writer_abort(w->csv);
    frs__free(w->ctx, w->sites);
    frs__free(w->ctx, w->folder);
    frs__free(w->ctx, w);
}

/* A site's name as the name of a folder: whatever could lead elsewhere becomes '_'. */
static void folder_name(const frs_study_writer *w, const char *site, char *out, size_t size) {
    size_t n = 0;
    for (const char *p = site; *p && n + 16 < size; p++) {
        const unsigned char c = (unsigned char)*p;
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') || c >= 0x80 || c == '-' || c == '_' ||
                           (c == '.' && n > 0);
        out[n++] = plain ? (char)c : '_';
    }
    if (n == 0) out[n++] = '_';
    out[n] = 0;
    for (int64_t i = 0; i < w->n; i++)
        if (strcmp(w->sites[i].folder, out) == 0) {
            snprintf(out + n, size - n, "_%lld", (long long)w->n);
            return;
        }
}

/* ---- study.csv */
static frs_status write_rows(frs_study_writer *w, const frs_study *s) {
    frs_buf b = {.ctx = w->ctx};
    for (int64_t i = 0; i < s->n_rows; i++) {
        const frs_study_row *r = &s->rows[i];
        frs__csv_text(&b, true, s->site);
        frs__csv_text(&b, false, r->method);
        frs__csv_text(&b, false, r->series);
        frs__csv_text(&b, false, r->quantity);
        frs__csv_number(&b, r->value);
        frs__csv_number(&b, r->low);
        frs__csv_number(&b, r->high);
        frs__csv_number(&b, r->p);
        frs__csv_text(&b, false, r->unit);
        frs__csv_text(&b, false, r->note);
        frs__csv_end(&b);
    }
    frs_status status = frs__buf_status(&b);
    if (status == FRS_OK) status = frs__writer_put(w->csv, b.data, b.n);
    frs__buf_free(&b);
    return status;
}

/* ---- the curves */
static void table_text(frs_buf *b, const frs_study_table *t) {
    for (int c = 0; c < t->n_columns; c++) frs__csv_text(b, c == 0, t->columns[c]);
    frs__csv_end(b);
    const bool timed = strcmp(t->columns[0], "time") == 0;
    for (int64_t i = 0; i < t->n; i++) {
        char text[40];
        const double first = t->values[i];
        if (timed)
            frs__csv_text(b, true, frs_date_format((int64_t)first, text));
        else if (isfinite(first))
            frs__csv_text(b, true, frs__format_double(first, text));
        for (int c = 1; c < t->n_columns;
             c++) { /* records are floats: no more digits than theirs */
            const float v = (float)t->values[c * t->n + i];
            frs__buf_add(b, ",");
            if (isfinite(v)) frs__buf_add(b, frs__format_float(v, text));
        }
        frs__csv_end(b);
    }
}

static frs_status write_table(frs_study_writer *w, const char *folder, const frs_study_table *t) {
    frs_buf b = {.ctx = w->ctx};
    table_text(&b, t);
    char *path = frs__asprintf(w->ctx, "%s/%s/%s.csv", w->folder, folder, t->name);
    frs_status s = path ? frs__buf_status(&b) : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__write_file(w->ctx, path, b.data, b.n);
    frs__free(w->ctx, path);
    frs__buf_free(&b);
    return s;
}

/* ---- pages */
typedef struct page_parts {
    frs_report r;
    frs_view v;
    frs_buf body, nav;
    frs_page p;
    char *path, *figures; /* figures: NULL, none as files */
} page_parts;

/* A page in the folder of a site, or "." for the writer's own; its figures in `figures_in`. */
static frs_status page_begin(frs_study_writer *w, const char *in, const char *figures_in,
                             page_parts *k) {
    *k = (page_parts){.r = {.lang = w->about->lang, .version = w->about->version},
                      .body = {.ctx = w->ctx},
                      .nav = {.ctx = w->ctx}};
    k->v = (frs_view){.ctx = w->ctx, .r = &k->r, .n_leads = 1, .main = -1};
    k->v.russian = w->about->lang && strncmp(w->about->lang, "ru", 2) == 0;
    k->p = (frs_page){.ctx = w->ctx, .v = &k->v, .r = &k->r, .out = &k->body, .nav = &k->nav};
    k->path = frs__asprintf(w->ctx, "%s/%s/study.html", w->folder, in);
    if (!k->path) return FRS_E_NOMEM;
    if (!figures_in || w->about->no_figure_files) return FRS_OK;
    k->figures = frs__asprintf(w->ctx, "%s/%s/figures", w->folder, figures_in);
    k->p.figure_dir = k->figures;
    return k->figures ? frs__mkdirs(w->ctx, k->figures) : FRS_E_NOMEM;
}

static void page_free(frs_study_writer *w, page_parts *k) {
    frs__buf_free(&k->body);
    frs__buf_free(&k->nav);
    frs__free(w->ctx, k->path);
    frs__free(w->ctx, k->figures);
}

static void reproduce(frs_page *p, const frs_study_about *a) {
    frs__section(p, "reproduce", _("How to reproduce"));
    if (a->command) {
        frs__buf_add(p->out, "<pre>");
        frs__html_add(p->out, a->command);
        frs__buf_add(p->out, "</pre>\n");
    }
    frs__buf_add(p->out, "<p class=\"small\">");
    if (a->data_path) {
        frs__say(p, _("Data: %s."), a->data_path);
        frs__buf_add(p->out, " ");
    }
    frs__say(p, _("study.csv has every number, the folder of a site every curve."));
    frs__buf_add(p->out, "</p>\n");
    frs__section_end(p);
}

/* Head, what `lead` says under the title, navigation, body, foot: all to the page's path. */
static frs_status page_end(frs_study_writer *w, page_parts *k, const char *title,
                           const char *lead) {
    const frs_study_about *a = w->about;
    frs_buf out = {.ctx = w->ctx};
    reproduce(&k->p, a);
    k->p.out = &out;
    frs__page_open(&k->p, title, false);
    frs__buf_add(&out, "<p class=\"small\">");
    frs__html_add(&out, lead);
    frs__buf_add(&out, "</p>\n");
    if (a->period) {
        frs__buf_add(&out, "<p class=\"note\">");
        frs__html_add(&out, a->period);
        frs__buf_add(&out, "</p>\n");
    }
    frs__buf_add(&out, "<nav>");
    frs__buf_add_n(&out, k->nav.data ? k->nav.data : "", k->nav.n);
    frs__buf_add(&out, "</nav>\n</header>\n<main>\n");
    frs__buf_add_n(&out, k->body.data ? k->body.data : "", k->body.n);
    frs__buf_add(&out, "</main>\n<footer><p>");
    frs__say(&k->p, _("Made by Freshet %s. This page is one file: it needs no network."),
             a->version ? a->version : FRS_VERSION);
    frs__buf_add(&out, "</p></footer>\n</body>\n</html>\n");
    frs_status s = k->p.status;
    if (s == FRS_OK) s = frs__buf_status(&k->nav);
    if (s == FRS_OK) s = frs__buf_status(&k->body);
    if (s == FRS_OK) s = frs__buf_status(&out);
    if (s == FRS_OK) s = frs__write_file(w->ctx, k->path, out.data, out.n);
    frs__buf_free(&out);
    return s;
}

static frs_status site_page(frs_study_writer *w, const frs_study *s, const char *folder) {
    page_parts k;
    char a[32], b[32], t[40], lead[400], title[160];
    frs_status status = page_begin(w, w->about->n_sites == 1 ? "." : folder,
                                   w->about->n_sites <= MOST_WITH_FILES ? folder : NULL, &k);
    if (status == FRS_OK) {
        frs__page_study(&k.p, s);
        snprintf(title, sizeof title, _("Study of %s"), s->site);
        snprintf(lead, sizeof lead, _("%s to %s; missing: %s %%."), frs_date_format(s->first_s, a),
                 frs_date_format(s->last_s, b),
                 frs__prose(&k.p, 100 * (double)s->n_missing / (double)s->n, 1, t));
        status = page_end(w, &k, title, lead);
    }
    page_free(w, &k);
    return status;
}

/* ---- the overview */
static summary summary_of(const frs_study *s) {
    const frs_study_row *trend = frs_study_find(s, "sen", "mean year", "slope");
    summary x = {.missing = 100 * (double)s->n_missing / (double)s->n};
    x.years = frs__study_value(s, "extremes", "maximum", "years");
    x.mean = frs__study_value(s, "describe", "year", "mean");
    x.cv = frs__study_value(s, "describe", "year", "cv");
    x.baseflow = frs__study_value(s, "baseflow", "flow", "index");
    x.slope = trend ? trend->value : NAN;
    x.p = trend ? trend->p : NAN;
    x.flood = frs__study_value(s, "extremes", "maximum", "gev T=10");
    x.response = NAN;
    for (int64_t i = 0; i < s->n_rows && isnan(x.response); i++) /* of the first input */
        if (strcmp(s->rows[i].method, "ccf") == 0 &&
            strcmp(s->rows[i].quantity, "response time") == 0)
            x.response = s->rows[i].value / (strcmp(s->rows[i].unit, "h") == 0 ? 24 : 1);
    int64_t n = 0;
    const double *regime = frs__study_column_of(s, "regime", "median", &n);
    for (int64_t i = 0; i < REGIME; i++) x.regime[i] = i < n ? regime[i] / x.mean : NAN;
    snprintf(x.site, sizeof x.site, "%s", s->site);
    return x;
}

static void overview_row(frs_page *p, const summary *x) {
    const double values[] = {x->years,    x->missing, x->mean,  x->cv, x->baseflow,
                             x->response, x->flood,   x->slope, x->p};
    char t[40];
    frs__buf_add(p->out, "<tr><th scope=\"row\"><a href=\"");
    frs__html_add(p->out, x->folder);
    frs__buf_add(p->out, "/study.html\">");
    frs__html_add(p->out, x->site);
    frs__buf_add(p->out, "</a></th>");
    for (int64_t i = 0; i < FRS_LEN(values); i++)
        frs__tag(p, "td",
                 i == 0 ? (isfinite(values[i]) ? frs__fixed(values[i], 0, t) : "–")
                        : frs__study_number(p, values[i], t));
    frs__buf_add(p->out, "</tr>\n");
}

/* All regimes, each in its own mean, one over another. */
static void regimes(frs_study_writer *w, frs_page *p) {
    double x[REGIME];
    frs_mark months[12];
    frs_svg f = {.w = 420, .h = 270, .left = 54, .right = 22, .top = 14, .bottom = 24};
    for (int i = 0; i < REGIME; i++) x[i] = (i * 5 + 2.5) / 365 * 12;
    frs__month_marks(w->year_start ? w->year_start : 10, months);
    f.x = (frs_axis){0, 12, FRS_LINEAR, NULL};
    f.marks_x = months;
    f.n_marks_x = 12;
    f.y = frs__axis_empty(FRS_LINEAR, _("flow over its mean"));
    const int64_t every = w->n / MOST_REGIMES + 1;
    for (int64_t i = 0; i < w->n; i += every)
        for (int k = 0; k < REGIME; k++) frs__axis_cover(&f.y, w->sites[i].regime[k]);
    frs__axis_nice(&f.y);
    frs__figure(p, &f, _("Regimes of the catchments"),
                _("Median flow by five days of the hydrological year, each catchment in its own "
                  "mean."));
    for (int64_t i = 0; i < w->n; i += every)
        frs__svg_line(&f, w->n > 5 ? "c1 thin many" : "c1 thin", x, w->sites[i].regime, REGIME);
    frs__figure_end(p, &f, _("Median flow by five days, each catchment in its own mean"));
}

/* How much of the flow is baseflow, against how much it varies: one point a catchment. */
static void characters(frs_study_writer *w, frs_page *p) {
    frs_svg f = {.w = 420, .h = 270, .left = 54, .right = 22, .top = 14, .bottom = 42};
    f.x = frs__axis_empty(FRS_LINEAR, "Cv");
    f.y = (frs_axis){0, 1, FRS_LINEAR, _("share of baseflow")};
    frs__axis_cover(&f.x, 0);
    for (int64_t i = 0; i < w->n; i++) frs__axis_cover(&f.x, w->sites[i].cv);
    frs__axis_nice(&f.x);
    frs__figure(p, &f, _("Baseflow and variability"),
                _("Each point is a catchment: the share of baseflow against the coefficient of "
                  "variation of the flow."));
    for (int64_t i = 0; i < w->n; i++)
        frs__svg_points(&f, "c1", &w->sites[i].cv, &w->sites[i].baseflow, 1, 3);
    frs__figure_end(p, &f, _("Each point is a catchment"));
}

static void overview_body(frs_study_writer *w, frs_page *p) {
    frs__section(p, "sites", _("Catchments"));
    const char *heads[] = {_("Catchment"),
                           _("Full years"),
                           _("Missing, %"),
                           _("Mean flow"),
                           "Cv",
                           _("Share of baseflow"),
                           _("Response, days"),
                           _("10-year flood, GEV"),
                           _("Sen's slope of the mean"),
                           "p"};
    frs__buf_add(p->out, "<div class=\"grid\">");
    regimes(w, p);
    characters(w, p);
    frs__buf_add(p->out, "</div>\n");
    frs__buf_add(p->out, "<div class=\"scroll\"><table class=\"sites\"><thead><tr>");
    for (int64_t i = 0; i < FRS_LEN(heads); i++) frs__tag(p, "th", heads[i]);
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < w->n; i++) overview_row(p, &w->sites[i]);
    frs__buf_add(p->out, "</tbody></table></div>\n");
    frs__section_end(p);
}

static frs_status overview(frs_study_writer *w) {
    page_parts k;
    char lead[160];
    const char *title = w->about->title ? w->about->title : _("Statistical study");
    frs_status s = page_begin(w, ".", ".", &k);
    snprintf(lead, sizeof lead, _("Catchments: %lld."), (long long)w->n);
    if (s == FRS_OK) {
        overview_body(w, &k.p);
        s = page_end(w, &k, title, lead);
    }
    page_free(w, &k);
    return s;
}

/* ---- site by site */
static frs_status add(frs_study_writer *w, const frs_study *s) {
    if (w->n == w->cap) {
        const int64_t cap = w->cap ? 2 * w->cap : 16;
        summary *more = frs__realloc(w->ctx, w->sites, w->n, cap, sizeof *more);
        if (!more) return FRS_E_NOMEM;
        w->sites = more;
        w->cap = cap;
    }
    summary x = summary_of(s);
    w->year_start = s->year_start;
    folder_name(w, s->site, x.folder, sizeof x.folder);
    w->sites[w->n++] = x;
    char *folder = frs__path_join(w->ctx, w->folder, x.folder);
    frs_status status = folder ? frs__mkdirs(w->ctx, folder) : FRS_E_NOMEM;
    frs__free(w->ctx, folder);
    if (status == FRS_OK) status = write_rows(w, s);
    for (int64_t i = 0; status == FRS_OK && i < s->n_tables; i++)
        status = write_table(w, x.folder, &s->tables[i]);
    return status == FRS_OK ? site_page(w, s, x.folder) : status;
}

frs_status frs_study_writer_add(frs_study_writer *w, const frs_study *s) {
    if (w->failed == FRS_OK) w->failed = add(w, s);
    return w->failed;
}

frs_status frs_study_writer_close(frs_study_writer *w) {
    frs_status s = w->failed;
    if (s == FRS_OK && w->about->n_sites != 1) s = overview(w);
    if (s == FRS_OK) {
        s = frs__writer_commit(w->csv);
        w->csv = NULL;
    }
    frs_study_writer_abort(w);
    return s;
}
