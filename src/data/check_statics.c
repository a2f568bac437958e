/* Static attributes that should not be there: computed from the flow that is to be predicted, or
 * from the test years. Such a model looks well on paper and cannot exist where there is no gauge.
 */
#include "data/check.h"
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Names (letters and digits only) that say "from flow". Most are CAMELS' hydrological signatures
 * (Addor et al. 2017, HESS 21, doi:10.5194/hess-21-5293-2017). Matched at the start or whole. */
static const struct {
    const char *name;
    bool whole;
} smells[] = {
    {"runoffratio", false},
    {"runoffcoef", false},
    {"qmean", false},
    {"meanq", true},
    {"meanflow", false},
    {"flowmean", false},
    {"meandischarge", false},
    {"dischargemean", false},
    {"meanrunoff", false},
    {"runoffmean", false},
    {"streamflow", false},
    {"discharge", false},
    {"baseflow", false},
    {"bfi", true},
    {"slopefdc", false},
    {"fdcslope", false},
    {"streamelas", false},
    {"hfdmean", false},
    {"halfflow", false},
    {"q5", true},
    {"q95", true},
    {"q50", true},
    {"qstd", false},
    {"highqfreq", false},
    {"highqdur", false},
    {"lowqfreq", false},
    {"lowqdur", false},
    {"zeroqfreq", false},
    {"evaporativeindex", false},
    {"budyko", false},
    {"deviationfrombudyko", false},
};

/* What an attribute may secretly be, over the whole record. */
enum { MEAN_Q, RATIO, LOSS, STD_Q, N_FLOW };
static const char *const flow_names[N_FLOW] = {N_("the mean flow"), N_("the runoff ratio"),
                                               N_("1 - the runoff ratio"),
                                               N_("the standard deviation of flow")};
static const double SAME_ORDER = 0.99; /* |r| from which an attribute is a disguised signature */
static const int64_t ENOUGH_SITES = 8; /* fewer correlate by chance */
static const int64_t FEW_SITES = 3;    /* the same numbers at so many are no accident */
static const double MOST = 0.9;        /* of the sites */
static const double SAME_MEAN = 4e-4;  /* relative: tells a mean over other years */
static const double SAME_VALUE = 2e-3; /* relative: a table's three or four digits */

enum { WHOLE, TRAINING, WITHOUT_TEST, MEANS }; /* what a mean is taken over */

typedef struct statics_check {
    frs_ctx *ctx;
    const frs_store *store;
    const int64_t *sites;
    int64_t n_sites;
    const frs_check_opts *o;
    frs_findings *out;
    int target, rain;  /* columns; -1: none */
    double *signature; /* [N_FLOW][n_sites], NaN where undefined */
    double *means;     /* [n_vars][MEANS][n_sites] */
} statics_check;

static bool smells_of_flow(const char *name) {
    char plain[64];
    size_t n = 0;
    for (const char *p = name; *p && n < sizeof plain - 1; p++)
        if (isalnum((unsigned char)*p)) plain[n++] = (char)tolower((unsigned char)*p);
    plain[n] = 0;
    for (int64_t i = 0; i < FRS_LEN(smells); i++) {
        size_t len = strlen(smells[i].name);
        if (strncmp(plain, smells[i].name, len) == 0 && (!smells[i].whole || plain[len] == 0))
            return true;
    }
    return false;
}

static bool allowed(const frs_check_opts *o, const char *name) {
    for (int64_t i = 0; i < o->n_allowed; i++)
        if (strcmp(o->allowed[i], name) == 0) return true;
    return false;
}

/* Signatures of one site's whole record: what a published table would be made from. */
static void site_signatures(const statics_check *c, int64_t i) {
    frs_store_site s = frs_store_get_site(c->store, c->sites[i]);
    int n_vars = frs_store_get_info(c->store).n_vars;
    double n = 0, q = 0, qq = 0, both_q = 0, both_p = 0;
    for (int64_t t = 0; t < s.n; t++) {
        double v = s.values[t * n_vars + c->target];
        double p = c->rain >= 0 ? s.values[t * n_vars + c->rain] : NAN;
        if (isnan(v)) continue;
        n++, q += v, qq += v * v;
        if (!isnan(p)) both_q += v, both_p += p;
    }
    double mean = q / n, var = qq / n - mean * mean; /* 0/0: NaN, compared with nothing */
    c->signature[MEAN_Q * c->n_sites + i] = mean;
    c->signature[RATIO * c->n_sites + i] = both_p > 0 ? both_q / both_p : NAN;
    c->signature[LOSS * c->n_sites + i] = both_p > 0 ? 1 - both_q / both_p : NAN;
    c->signature[STD_Q * c->n_sites + i] = var > 0 ? sqrt(var) : NAN;
}

/* Sum and number of a variable's values over the rows of a period; {0}: of the whole record. */
static void add_over(const statics_check *c, int64_t i, int var, frs_period p, double to[2]) {
    frs_store_info info = frs_store_get_info(c->store);
    frs_store_site s = frs_store_get_site(c->store, c->sites[i]);
    frs__rows rows = {0, s.n - 1};
    if (p.first_s < p.last_s) rows = frs__period_rows(info.step, s.start_s, p);
    to[0] = to[1] = 0;
    for (int64_t t = rows.lo > 0 ? rows.lo : 0; t <= rows.hi && t < s.n; t++) {
        float v = s.values[t * info.n_vars + var];
        if (!isnan(v)) to[0] += v, to[1]++;
    }
}

static double ratio(double sum, double n) {
    return n > 0 ? sum / n : NAN;
}

static void site_means(const statics_check *c, int64_t i) {
    int n_vars = frs_store_get_info(c->store).n_vars;
    for (int v = 0; v < n_vars; v++) {
        double whole[2], training[2], test[2] = {0};
        add_over(c, i, v, (frs_period){0}, whole);
        add_over(c, i, v, c->o->training, training);
        if (c->o->test.first_s < c->o->test.last_s) add_over(c, i, v, c->o->test, test);
        double *to = c->means + MEANS * v * c->n_sites + i;
        to[WHOLE * c->n_sites] = ratio(whole[0], whole[1]);
        to[TRAINING * c->n_sites] = ratio(training[0], training[1]);
        to[WITHOUT_TEST * c->n_sites] =
            test[1] > 0 ? ratio(whole[0] - test[0], whole[1] - test[1]) : NAN;
    }
}

static float attribute(const statics_check *c, int attr, int64_t i) {
    return frs_store_get_site(c->store, c->sites[i]).statics[attr];
}

/* Over the sites; 0 where there are too few to say. */
static double correlation(const statics_check *c, int attr, const double *with) {
    double n = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < c->n_sites; i++) {
        double x = attribute(c, attr, i), y = with[i];
        if (isnan(x) || isnan(y)) continue;
        n++;
        double dx = x - mx, dy = y - my;
        mx += dx / n, my += dy / n;
        xx += dx * (x - mx), yy += dy * (y - my), xy += dx * (y - my);
    }
    return n >= (double)ENOUGH_SITES && xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : 0;
}

/* The share of sites where an attribute is this number, to `digits` relative. */
static double same_share(const statics_check *c, int attr, const double *with, double digits) {
    double n = 0, same = 0;
    for (int64_t i = 0; i < c->n_sites; i++) {
        double x = attribute(c, attr, i), y = with[i];
        if (isnan(x) || isnan(y)) continue;
        n++;
        same += fabs(x - y) <= digits * fabs(y);
    }
    return n > 0 ? same / n : 0;
}

static frs_finding *attr_finding(const statics_check *c, const char *name, frs_severity severity,
                                 const char *code) {
    frs_finding *f = frs__finding_new(c->ctx, c->out, severity, code);
    if (f) memcpy(f->var, name, strnlen(name, sizeof f->var - 1));
    return f;
}

static frs_status leak(const statics_check *c, const char *name, int signature, double r) {
    bool named = allowed(c->o, name);
    frs_finding *f = attr_finding(c, name, named ? FRS_WARNING : FRS_HARD, "leak");
    if (!f) return FRS_E_NOMEM;
    f->count = c->n_sites;
    f->value = r;
    char text[40];
    if (signature < 0)
        frs__finding_text(f, _("attribute %s is derived from flow, by its name"), name);
    else if (r == 1)
        frs__finding_text(f, _("attribute %s is %s of the whole record, test years included"), name,
                          _(flow_names[signature]));
    else
        frs__finding_text(f, _("attribute %s follows %s of the whole record (correlation %s)"),
                          name, _(flow_names[signature]), frs__decimal(r, 4, text));
    if (named)
        frs__finding_action(f, _("used because the config allows it: the scores are too good"));
    else
        frs__finding_action(f, _("stop: remove it, or name it in allow_leaks"));
    return FRS_OK;
}

static frs_status test_years(const statics_check *c, const char *name, const char *var) {
    bool named = allowed(c->o, name);
    frs_finding *f = attr_finding(c, name, named ? FRS_WARNING : FRS_HARD, "leak");
    if (!f) return FRS_E_NOMEM;
    f->count = c->n_sites;
    frs__finding_text(
        f, _("attribute %s is the mean of %s over the whole record, test years included"), name,
        var);
    if (named)
        frs__finding_action(f, _("used because the config allows it"));
    else
        frs__finding_action(f, _("stop: compute it over the training period, or name it in "
                                 "allow_leaks"));
    return FRS_OK;
}

/* A climate mean over all the years knows the test years' weather; one that is the same without
 * them (a climatology has no weather in it) does not. */
static frs_status check_test_years(const statics_check *c, int attr, const char *name) {
    int n_vars = frs_store_get_info(c->store).n_vars;
    for (int v = 0; v < n_vars && c->n_sites >= FEW_SITES; v++) {
        const double *means = c->means + MEANS * v * c->n_sites;
        if (same_share(c, attr, means + WHOLE * c->n_sites, SAME_MEAN) < MOST) continue;
        bool clean = false;
        for (int k = TRAINING; k < MEANS; k++)
            clean |= same_share(c, attr, means + k * c->n_sites, SAME_MEAN) >= 1 - MOST;
        if (!clean) return test_years(c, name, frs_store_var(c->store, v).name);
    }
    return FRS_OK;
}

/* The same numbers first; then the signature that it follows most closely, upwards if it can. */
static frs_status check_leak(const statics_check *c, int attr, const char *name) {
    int nearest = -1;
    double best = 0;
    for (int k = 0; k < N_FLOW && c->signature; k++) {
        const double *with = c->signature + k * c->n_sites;
        bool same = c->n_sites >= FEW_SITES && same_share(c, attr, with, SAME_VALUE) >= MOST;
        if (same) return leak(c, name, k, 1);
        double r = correlation(c, attr, with);
        if (fabs(r) < SAME_ORDER || (nearest >= 0 && r <= best)) continue;
        nearest = k;
        best = r;
    }
    if (nearest >= 0) return leak(c, name, nearest, best);
    if (smells_of_flow(name)) return leak(c, name, -1, NAN);
    return c->means ? check_test_years(c, attr, name) : FRS_OK;
}

static frs_status check_values(const statics_check *c, int attr, const char *name) {
    double lowest = INFINITY, highest = -INFINITY;
    for (int64_t i = 0; i < c->n_sites; i++) {
        float v = attribute(c, attr, i);
        if (!isnan(v)) {
            lowest = fmin(lowest, v), highest = fmax(highest, v);
            continue;
        }
        frs_finding *f = attr_finding(c, name, FRS_HARD, "missing_attribute");
        if (!f) return FRS_E_NOMEM;
        const char *site = frs_store_get_site(c->store, c->sites[i]).name;
        memcpy(f->site, site, sizeof f->site);
        f->count = 1;
        frs__finding_text(f, _("attribute %s is missing"), name);
        frs__finding_action(f, _("stop: supply it, or leave out the site or the attribute"));
    }
    if (c->n_sites < 2 || !(lowest == highest)) return FRS_OK;
    frs_finding *f = attr_finding(c, name, FRS_NOTE, "constant_attribute");
    if (!f) return FRS_E_NOMEM;
    f->count = c->n_sites;
    f->value = lowest;
    frs__finding_text(f, _("attribute %s is the same at all sites"), name);
    frs__finding_action(f, _("kept; it tells the model nothing"));
    return FRS_OK;
}

static bool wanted(const frs_check_opts *o, const char *name) {
    if (!o->task) return true;
    for (int i = 0; i < frs__n_attrs(o->task); i++)
        if (strcmp(o->task->statics[i], name) == 0) return true;
    return false;
}

static frs_status check_attributes(statics_check *c) {
    int n = frs_store_get_info(c->store).n_attrs;
    for (int i = 0; i < n; i++) {
        const char *name = frs_store_attr(c->store, i);
        if (!wanted(c->o, name)) continue;
        FRS_TRY(check_values(c, i, name));
        FRS_TRY(check_leak(c, i, name));
    }
    return FRS_OK;
}

static frs_status measure_sites(statics_check *c) {
    int n_vars = frs_store_get_info(c->store).n_vars;
    if (c->o->training.first_s < c->o->training.last_s) {
        c->means = frs__alloc(c->ctx, MEANS * n_vars * c->n_sites, sizeof *c->means);
        if (!c->means) return FRS_E_NOMEM;
        for (int64_t i = 0; i < c->n_sites; i++) site_means(c, i);
    }
    if (c->target < 0) return FRS_OK;
    c->signature = frs__alloc(c->ctx, N_FLOW * c->n_sites, sizeof *c->signature);
    if (!c->signature) return FRS_E_NOMEM;
    for (int64_t i = 0; i < c->n_sites; i++) site_signatures(c, i);
    return FRS_OK;
}

frs_status frs_check_statics(frs_ctx *ctx, const frs_store *store, const int64_t *sites,
                             int64_t n_sites, const frs_check_opts *o, frs_findings *out) {
    const char *target = o->target ? o->target : o->task ? o->task->target : NULL;
    statics_check c = {.ctx = ctx,
                       .store = store,
                       .sites = sites,
                       .n_sites = n_sites,
                       .o = o,
                       .out = out,
                       .target = -1,
                       .rain = -1};
    if (o->task && frs__n_attrs(o->task) == 0) return FRS_OK;
    if (frs_store_get_info(store).n_attrs == 0 || n_sites < 1) return FRS_OK;
    if (target) c.target = frs_store_find_var(store, target);
    if (o->precipitation) c.rain = frs_store_find_var(store, o->precipitation);
    frs_status st = measure_sites(&c);
    if (st == FRS_OK) st = check_attributes(&c);
    frs__free(ctx, c.means);
    frs__free(ctx, c.signature);
    return st;
}
