/* The section of the study: sentences, tables, figures. */
#include "report/study.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double significant = 0.05;

/* Three significant digits. */
char *frs__study_number(const frs_page *p, double v, char *buf) {
    const double a = fabs(v);
    if (a == 0) return frs__fixed(0, 0, buf);
    const int size = isfinite(a) ? (int)floor(log10(a)) : 0;
    if (size >= -4 && size < 7) return frs__prose(p, v, size > 2 ? 0 : 2 - size, buf);
    frs__prose(p, v / pow(10, size), 2, buf);
    const size_t n = strlen(buf);
    snprintf(buf + n, 40 - n, "e%d", size);
    return buf;
}

double frs__study_value(const frs_study *s, const char *method, const char *series,
                        const char *quantity) {
    const frs_study_row *r = frs_study_find(s, method, series, quantity);
    return r ? r->value : NAN;
}

const double *frs__study_column_of(const frs_study *s, const char *table, const char *column,
                                   int64_t *n) {
    const frs_study_table *t = frs_study_table_find(s, table);
    for (int c = 0; t && c < t->n_columns; c++)
        if (strcmp(t->columns[c], column) == 0) {
            *n = t->n;
            return t->values + c * t->n;
        }
    return NULL;
}

const char *frs__season_title(const char *name) {
    static const char *const known[][2] = {{"year", N_("year")},
                                           {"DJF", N_("DJF")},
                                           {"MAM", N_("MAM")},
                                           {"JJA", N_("JJA")},
                                           {"SON", N_("SON")}};
    for (int64_t i = 0; i < FRS_LEN(known); i++)
        if (strcmp(known[i][0], name) == 0) return _(known[i][1]);
    return name;
}

char *frs__study_series_title(const char *series, char *buf) {
    static const char *const kinds[][3] = {
        {"mean", N_("yearly mean"), N_("mean, %.90s")},
        {"maximum", N_("yearly maximum"), N_("maximum, %.90s")},
        {"7-day minimum", N_("yearly 7-day minimum"), N_("7-day minimum, %.90s")}};
    for (int64_t i = 0; i < FRS_LEN(kinds); i++) {
        const size_t n = strlen(kinds[i][0]);
        if (strncmp(series, kinds[i][0], n) != 0 || series[n] != ' ') continue;
        if (strcmp(series + n + 1, "year") == 0)
            snprintf(buf, 160, "%s", _(kinds[i][1]));
        else
            snprintf(buf, 160, _(kinds[i][2]), frs__season_title(series + n + 1));
        return buf;
    }
    snprintf(buf, 160, "%s", series);
    return buf;
}

char *frs__study_unit_text(const frs_study *s, char *buf, size_t size) {
    snprintf(buf, size, *s->unit ? "%s, %s" : "%s", s->target, s->unit);
    return buf;
}

/* ---- small pieces of tables */
static void table_open(frs_page *p, const char *css, const char *const *heads, int64_t n) {
    frs__buf_printf(p->out, "<div class=\"scroll\"><table class=\"%s\"><thead><tr>", css);
    for (int64_t i = 0; i < n; i++) frs__tag(p, "th", heads[i]);
    frs__buf_add(p->out, "</tr></thead><tbody>\n");
}

static void table_close(frs_page *p) {
    frs__buf_add(p->out, "</tbody></table></div>\n");
}

static void row_head(frs_page *p, const char *text) {
    frs__buf_add(p->out, "<tr><th scope=\"row\">");
    frs__html_add(p->out, text);
    frs__buf_add(p->out, "</th>");
}

static void cell(frs_page *p, double v) {
    char t[40];
    frs__tag(p, "td", frs__study_number(p, v, t));
}

/* A value over its interval. */
static void cell_interval(frs_page *p, double v, double low, double high) {
    char t[40], a[40], b[40];
    frs__buf_add(p->out, "<td>");
    frs__html_add(p->out, frs__study_number(p, v, t));
    if (isfinite(low) && isfinite(high)) {
        frs__buf_add(p->out, "<span class=\"ci\">");
        frs__say(p, _("%s to %s"), frs__study_number(p, low, a), frs__study_number(p, high, b));
        frs__buf_add(p->out, "</span>");
    }
    frs__buf_add(p->out, "</td>");
}

/* A p; those below 5 % stand out. */
static void cell_p(frs_page *p, double v) {
    char t[40];
    if (isfinite(v) && v < 0.001)
        snprintf(t, sizeof t, "< %s", p->v->russian ? "0,001" : "0.001");
    else
        frs__prose(p, v, 3, t);
    frs__buf_add(p->out, v < significant ? "<td class=\"best\">" : "<td>");
    frs__html_add(p->out, t);
    frs__buf_add(p->out, "</td>");
}

static void note(frs_page *p, const char *text) {
    frs__buf_add(p->out, "<p class=\"small\">");
    frs__html_add(p->out, text);
    frs__buf_add(p->out, "</p>\n");
}

/* ---- description */
static void describe_table(frs_page *p, const frs_study *s) {
    static const char *const quantities[] = {"mean", "sd",     "cv",  "skew", "min",
                                             "q25",  "median", "q75", "max"};
    char unit[120];
    const char *heads[] = {frs__study_unit_text(s, unit, sizeof unit),
                           _("mean"),
                           _("SD"),
                           "Cv",
                           _("skewness"),
                           _("min"),
                           "25 %",
                           _("median"),
                           "75 %",
                           _("max")};
    table_open(p, "sites", heads, FRS_LEN(heads));
    for (int64_t i = 0; i < s->n_rows; i++) {
        const frs_study_row *r = &s->rows[i];
        if (strcmp(r->method, "describe") != 0 || strcmp(r->quantity, "n") != 0) continue;
        row_head(p, frs__season_title(r->series));
        for (int64_t k = 0; k < FRS_LEN(quantities); k++)
            cell(p, frs__study_value(s, "describe", r->series, quantities[k]));
        frs__buf_add(p->out, "</tr>\n");
    }
    table_close(p);
}

static void flow_part(frs_page *p, const frs_study *s) {
    frs__section(p, "flow", _("Flow through the year"));
    describe_table(p, s);
    frs__buf_add(p->out, "<div class=\"grid\">");
    frs__figure_regime(p, s);
    frs__figure_duration(p, s);
    frs__figure_baseflow(p, s);
    frs__buf_add(p->out, "</div>");
    const double index = frs__study_value(s, "baseflow", "flow", "index"),
                 alpha = frs__study_value(s, "baseflow", "flow", "alpha");
    if (isfinite(index)) {
        char a[40], b[40];
        frs__buf_add(p->out, "<p>");
        frs__say(p, _("Share of baseflow in the flow: %s (filter of Lyne and Hollick, alpha %s)."),
                 frs__prose(p, index, 3, a),
                 frs__prose(p, alpha, fabs(alpha - 0.01 * round(100 * alpha)) < 1e-9 ? 2 : 3, b));
        frs__buf_add(p->out, "</p>\n");
    }
    frs__section_end(p);
}

/* ---- signatures and water balance */
static void signature_table(frs_page *p, const frs_study *s) {
    if (!frs_study_find(s, "signature", "flow", "q_mean")) return;
    const char *heads[] = {_("Signature"), _("Value"), _("What it is")};
    table_open(p, "text signs", heads, FRS_LEN(heads));
    for (int64_t i = 0; i < s->n_rows; i++) {
        const frs_study_row *r = &s->rows[i];
        if (strcmp(r->method, "signature") != 0) continue;
        row_head(p, r->quantity);
        cell(p, r->value);
        frs__buf_add(p->out, "<td>");
        frs__html_add(p->out, _(r->note));
        if (*r->unit) {
            frs__buf_add(p->out, ", ");
            frs__html_add(p->out, r->unit);
        }
        frs__buf_add(p->out, "</td></tr>\n");
    }
    table_close(p);
}

static void balance_text(frs_page *p, const frs_study *s) {
    char a[40], b[40], c[40];
    const double rain = frs__study_value(s, "balance", "flow", "precipitation"),
                 flow = frs__study_value(s, "balance", "flow", "flow"),
                 ratio = frs__study_value(s, "balance", "flow", "runoff_ratio"),
                 aridity = frs__study_value(s, "balance", "flow", "aridity");
    if (!isfinite(rain)) return;
    frs__buf_add(p->out, "<p>");
    frs__say(p, _("Water balance: precipitation %s mm a year, flow %s mm a year, runoff ratio %s."),
             frs__prose(p, rain, 0, a), frs__prose(p, flow, 0, b), frs__prose(p, ratio, 3, c));
    if (isfinite(aridity)) {
        const double seen = frs__study_value(s, "balance", "flow", "evaporation_ratio"),
                     budyko = frs__study_value(s, "balance", "flow", "budyko_ratio");
        frs__buf_add(p->out, " ");
        frs__say(p,
                 _("Aridity (potential evaporation over precipitation) %s: Budyko's curve expects "
                   "that %s of the precipitation evaporates; by the balance it is %s."),
                 frs__prose(p, aridity, 2, a), frs__prose(p, budyko, 2, b),
                 frs__prose(p, seen, 2, c));
    }
    frs__buf_add(p->out, "</p>\n");
    if (ratio > 1)
        note(p, _("More water flows off than falls: units, area or the precipitation are wrong, or "
                  "water comes from elsewhere."));
}

static void signature_part(frs_page *p, const frs_study *s) {
    if (!frs_study_find(s, "signature", "flow", "q_mean") &&
        !frs_study_find(s, "balance", "flow", "runoff_ratio"))
        return;
    frs__section(p, "signatures", _("Signatures and water balance"));
    signature_table(p, s);
    balance_text(p, s);
    frs__section_end(p);
}

/* ---- dependence */
static void response_text(frs_page *p, const frs_study *s) {
    char a[40], b[40];
    for (int64_t i = 0; i < s->n_rows; i++) {
        const frs_study_row *r = &s->rows[i];
        if (strcmp(r->method, "ccf") != 0 || strcmp(r->quantity, "response time") != 0 ||
            !isfinite(r->value))
            continue;
        const double most = frs__study_value(s, "ccf", r->series, "greatest correlation");
        frs__buf_add(p->out, "<li>");
        const bool hours = strcmp(r->unit, "h") == 0;
        frs__say(p,
                 *r->note ? hours ? _("%s: no clear answer of the flow (greatest correlation after "
                                      "%s hours: %s).")
                                  : _("%s: no clear answer of the flow (greatest correlation after "
                                      "%s days: %s).")
                 : hours ? _("%s: the flow answers most after %s hours (correlation %s).")
                          : _("%s: the flow answers most after %s days (correlation %s)."),
                 r->series, frs__prose(p, r->value, r->value == floor(r->value) ? 0 : 2, a),
                 frs__prose(p, most, 2, b));
        frs__buf_add(p->out, "</li>\n");
    }
}

/* "p = 0.012", "p < 0.001" */
static const char *p_text(const frs_page *p, double v, char *buf) {
    char t[40];
    if (v < 0.001)
        snprintf(buf, 48, "p < %s", p->v->russian ? "0,001" : "0.001");
    else
        snprintf(buf, 48, "p = %s", frs__prose(p, v, 3, t));
    return buf;
}

static void stationarity_text(frs_page *p, const frs_study *s) {
    const frs_study_row *adf = frs_study_find(s, "adf", "log flow", "statistic"),
                        *kpss = frs_study_find(s, "kpss", "log flow", "statistic");
    char a[40], b[48];
    if (adf && isfinite(adf->value)) {
        frs__buf_add(p->out, "<li>");
        frs__say(p,
                 adf->p < significant
                     ? _("Augmented Dickey-Fuller: %s, %s: a unit root is rejected.")
                     : _("Augmented Dickey-Fuller: %s, %s: a unit root is not rejected."),
                 frs__prose(p, adf->value, 2, a), p_text(p, adf->p, b));
        frs__buf_add(p->out, "</li>\n");
    }
    if (kpss && isfinite(kpss->value)) {
        frs__buf_add(p->out, "<li>");
        frs__say(p,
                 kpss->value > 0.463
                     ? _("KPSS: %s, above its 5 %% value of %s: a constant level is rejected.")
                     : _("KPSS: %s, below its 5 %% value of %s: a constant level is not rejected."),
                 frs__prose(p, kpss->value, 3, a), frs__prose(p, 0.463, 3, b));
        frs__buf_add(p->out, "</li>\n");
    }
}

static void shape_text(frs_page *p, const frs_study *s) {
    char a[40], b[40], c[40];
    const double lambda = frs__study_value(s, "box_cox", "flow", "lambda"),
                 share = frs__study_value(s, "yearly_cycle", "flow", "share of variance");
    if (isfinite(lambda)) {
        frs__buf_add(p->out, "<li>");
        frs__say(p, _("Box-Cox lambda of the flow: %s (0 is the logarithm, 1 no change)."),
                 frs__prose(p, lambda, 3, a));
        frs__buf_add(p->out, "</li>\n");
    }
    if (isfinite(share)) {
        frs__buf_add(p->out, "<li>");
        frs__say(p, _("The yearly cycle explains %s %% of the variance of the flow."),
                 frs__prose(p, 100 * share, 0, a));
        frs__buf_add(p->out, "</li>\n");
    }
    const double first = frs__study_value(s, "periodogram", "flow", "period 1"),
                 second = frs__study_value(s, "periodogram", "flow", "period 2"),
                 third = frs__study_value(s, "periodogram", "flow", "period 3");
    if (!isfinite(third)) return;
    frs__buf_add(p->out, "<li>");
    frs__say(p, _("Strongest periods: %s, %s and %s days."), frs__study_number(p, first, a),
             frs__study_number(p, second, b), frs__study_number(p, third, c));
    frs__buf_add(p->out, "</li>\n");
}

static void time_part(frs_page *p, const frs_study *s) {
    static const char *const panels[] = {"flow", "trend", "season", "remainder"};
    frs__section(p, "time", _("Memory, response and rhythm"));
    frs__buf_add(p->out, "<div class=\"grid\">");
    frs__figure_correlogram(p, s, false);
    frs__figure_correlogram(p, s, true);
    frs__figure_response(p, s);
    frs__figure_periodogram(p, s);
    frs__buf_add(p->out, "</div>\n<ul>");
    response_text(p, s);
    shape_text(p, s);
    stationarity_text(p, s);
    frs__buf_add(p->out, "</ul>\n");
    note(p,
         _("Dickey-Fuller and KPSS are of the logarithm of daily flow without its yearly cycle."));
    if (isfinite(frs__study_value(s, "stl", "monthly flow", "strength of season"))) {
        frs__tag(p, p->nested ? "h4" : "h3", _("Monthly flow in parts (STL, robust)"));
        frs__buf_add(p->out, "<div class=\"grid\">");
        for (int64_t i = 0; i < FRS_LEN(panels); i++) frs__figure_stl(p, s, panels[i]);
        frs__buf_add(p->out, "</div>\n");
    }
    frs__section_end(p);
}

/* ---- trends */
static void break_cells(frs_page *p, const frs_study *s, const char *method, const char *series) {
    const frs_study_row *r = frs_study_find(s, method, series, "first year after");
    char t[40];
    frs__tag(p, "td", r && isfinite(r->value) ? frs__fixed(r->value, 0, t) : "–");
    cell_p(p, r ? r->p : NAN);
}

static void trend_table(frs_page *p, const frs_study *s) {
    char title[160];
    const char *heads[] = {
        _("Series"),         _("Years"), _("Sen's slope, a year"), _("p, Mann-Kendall"),
        _("Break, Pettitt"), "p",        _("Break, SNHT"),         "p"};
    table_open(p, "sites", heads, FRS_LEN(heads));
    for (int64_t i = 0; i < s->n_rows; i++) {
        const frs_study_row *r = &s->rows[i];
        if (strcmp(r->method, "sen") != 0 || strcmp(r->quantity, "slope") != 0) continue;
        row_head(p, frs__study_series_title(r->series, title));
        frs__tag(p, "td", frs__fixed(frs__study_value(s, "sen", r->series, "years"), 0, title));
        cell_interval(p, r->value, r->low, r->high);
        cell_p(p, r->p);
        break_cells(p, s, "pettitt", r->series);
        break_cells(p, s, "snht", r->series);
        frs__buf_add(p->out, "</tr>\n");
    }
    table_close(p);
}

static bool any_trend(const frs_study *s, int *tests, int *found) {
    *tests = *found = 0;
    for (int64_t i = 0; i < s->n_rows; i++)
        if (strcmp(s->rows[i].method, "mann_kendall") == 0 &&
            strcmp(s->rows[i].quantity, "z") == 0 && isfinite(s->rows[i].p)) {
            (*tests)++;
            *found += s->rows[i].p < significant;
        }
    return *tests > 0;
}

static void too_few(frs_page *p, const frs_study *s) {
    int64_t n = 0, full = 0;
    const double *mean = frs__study_column_of(s, "yearly", "mean year", &n);
    for (int64_t i = 0; mean && i < n; i++) full += isfinite(mean[i]) != 0;
    frs__buf_add(p->out, "<p>");
    frs__say(p, _("There are too few full years: %lld; 10 are needed."), (long long)full);
    frs__buf_add(p->out, "</p>\n");
}

static void trend_part(frs_page *p, const frs_study *s) {
    int tests, found;
    frs__section(p, "trends", _("Trends and breaks"));
    if (!any_trend(s, &tests, &found)) {
        too_few(p, s);
        frs__section_end(p);
        return;
    }
    frs__buf_add(p->out, "<p>");
    frs__say(p, _("Trends with p < 0.05: %d of %d series (chance alone gives one in twenty)."),
             found, tests);
    frs__buf_add(p->out, "</p>\n<div class=\"grid\">");
    frs__figure_trend(p, s, "mean");
    frs__figure_trend(p, s, "maximum");
    frs__figure_trend(p, s, "7-day minimum");
    frs__buf_add(p->out, "</div>\n");
    trend_table(p, s);
    note(p, _("Of yearly and seasonal values only; years or seasons with over a tenth missing are "
              "left out. "
              "Mann-Kendall with the variance of Hamed and Rao (1998); the year of a break is the "
              "first after it."));
    frs__section_end(p);
}

/* ---- extremes */
static void extreme_table(frs_page *p, const frs_study *s, const char *series) {
    static const int periods[] = {2, 5, 10, 20, 25, 50, 100, 200, 500};
    const char *heads[8] = {_("Return period, years")};
    const int n = (int)frs_n_distributions();
    char name[64];
    for (int i = 0; i < n; i++) heads[1 + i] = _(frs_distribution_at(i)->title);
    table_open(p, "sites", heads, 1 + n);
    for (int64_t k = 0; k < FRS_LEN(periods); k++) {
        bool any = false;
        for (int i = 0; i < n && !any; i++) {
            snprintf(name, sizeof name, "%s T=%d", frs_distribution_at(i)->name, periods[k]);
            any = isfinite(frs__study_value(s, "extremes", series, name));
        }
        if (!any) continue;
        snprintf(name, sizeof name, "%d", periods[k]);
        row_head(p, name);
        for (int i = 0; i < n; i++) {
            snprintf(name, sizeof name, "%s T=%d", frs_distribution_at(i)->name, periods[k]);
            const frs_study_row *r = frs_study_find(s, "extremes", series, name);
            cell_interval(p, r ? r->value : NAN, r ? r->low : NAN, r ? r->high : NAN);
        }
        frs__buf_add(p->out, "</tr>\n");
    }
    row_head(p, _("correlation with the years"));
    for (int i = 0; i < n; i++) {
        char t[40];
        snprintf(name, sizeof name, "%s ppcc", frs_distribution_at(i)->name);
        frs__tag(p, "td", frs__prose(p, frs__study_value(s, "extremes", series, name), 4, t));
    }
    frs__buf_add(p->out, "</tr>\n");
    table_close(p);
}

static bool has_extremes(const frs_study *s, const char *series) {
    return isfinite(frs__study_value(s, "extremes", series, "gev T=2"));
}

static void dropped_text(frs_page *p, const frs_study *s) {
    const double years = frs__study_value(s, "extremes", "maximum", "years"),
                 dropped = frs__study_value(s, "extremes", "maximum", "years dropped");
    frs__buf_add(p->out, "<p>");
    frs__say(p,
             _("Full hydrological years: %d; left out for over 10 %% of gaps: %d. No return period "
               "beyond twice the record is given."),
             (int)years, (int)dropped);
    frs__buf_add(p->out, "</p>\n");
}

static void extreme_part(frs_page *p, const frs_study *s) {
    static const char *const sides[] = {"maximum", "7-day minimum"};
    frs__section(p, "extremes", _("Extremes"));
    if (!has_extremes(s, "maximum")) {
        too_few(p, s);
        frs__section_end(p);
        return;
    }
    dropped_text(p, s);
    frs__buf_add(p->out, "<div class=\"grid\">");
    frs__figure_frequency(p, s, false);
    frs__figure_frequency(p, s, true);
    frs__buf_add(p->out, "</div>\n");
    for (int i = 0; i < 2; i++) {
        if (!has_extremes(s, sides[i])) continue;
        frs__tag(p, "h3", i == 0 ? _("Yearly maxima") : _("Yearly 7-day minima"));
        extreme_table(p, s, sides[i]);
    }
    note(p, _("Small: 95-percent intervals from 1000 parametric resamples. Which distribution fits "
              "cannot "
              "be told from a short record: look at how far they part."));
    frs__section_end(p);
}

void frs__page_study(frs_page *p, const frs_study *s) {
    flow_part(p, s);
    signature_part(p, s);
    time_part(p, s);
    trend_part(p, s);
    if (!p->nested) extreme_part(p, s); /* `freshet study` has them */
}
