/* A synthetic catchment whose truth is known: stochastic weather, degree-day snow, a soil store, a
 * quick and a slow store, and a gauge that errs and falls silent. Every number is a function of
 * (seed, site, day), so a longer record begins with the shorter one.
 *
 * Weather: wet and dry days as a first-order Markov chain with Weibull amounts (after Richardson
 * 1981, Water Resour. Res. 17(1), doi:10.1029/WR017i001p00182); temperature: the season + AR(1).
 * PE: Oudin et al. (2005), J. Hydrol. 303, doi:10.1016/j.jhydrol.2004.08.026.
 * Snow and soil: HBV's degree-day and beta functions (Lindstrom et al. 1997, J. Hydrol. 201,
 * doi:10.1016/S0022-1694(97)00041-3).  Every day, to rounding:
 *     prcp = aet + q_true + d(swe + soil + quick + groundwater)                            [mm] */
#include "data/data.h"
#include <math.h>
#include <string.h>

enum { PRCP, TEMP, PET, Q, N_SERIES };
enum { Q_TRUE, SWE, SOIL, GROUNDWATER, QUICK, AET, N_TRUTH };
enum { RNG_WET, RNG_AMOUNT, RNG_TEMP, RNG_NOISE, RNG_GAP, RNG_SITE };

static const int64_t SPIN_UP_DAYS = 3 * 365; /* stores forget their start */
static const double GAP_DAYS = 12;           /* mean length of a gap */
static const double LATITUDE_DEG = 56;

typedef struct catchment {
    double temp_mean, temp_range;        /* degC */
    double p_wet_dry, p_wet_wet, amount; /* -, -, mm on a wet day */
    double melt, field_capacity, beta;   /* mm/degC/day, mm, - */
    double quick_share, k_quick, k_slow; /* -, 1/day, 1/day */
    double gap_share, noise;
} catchment;

typedef struct state {
    bool wet, gap;
    double anomaly, swe, soil, quick, slow;
} state;

typedef struct day {
    double prcp, temp, pet, aet, q, q_obs;
} day;

static frs_rng stream(uint64_t seed, uint64_t channel) {
    return (frs_rng){seed, FRS_RNG_SYNTH, channel};
}

/* share around `middle`, fixed by the site */
static double vary(uint64_t seed, uint64_t which, double middle, double share) {
    return middle * (1 + share * (2 * frs__rng_uniform(stream(seed, RNG_SITE), which) - 1));
}

static catchment make_catchment(const frs_synth_opts *o, uint64_t seed, double area_km2) {
    return (catchment){
        .temp_mean = vary(seed, 0, 4.5, 0.3),
        .temp_range = vary(seed, 1, 13.0, 0.15),
        .p_wet_dry = vary(seed, 2, 0.28, 0.15),
        .p_wet_wet = vary(seed, 3, 0.58, 0.1),
        .amount = vary(seed, 4, 5.0, 0.2),
        .melt = vary(seed, 5, 3.2, 0.25),
        .field_capacity = vary(seed, 6, 180, 0.3),
        .beta = vary(seed, 7, 2.4, 0.3),
        .quick_share = vary(seed, 8, 0.6, 0.2),
        /* A larger catchment answers later: travel time grows with its length. */
        .k_quick = fmin(0.8, vary(seed, 9, 0.35, 0.2) * pow(area_km2 / 500, -0.3)),
        .k_slow = vary(seed, 10, 0.018, 0.3),
        .gap_share = o->gap_share == 0 ? 0.03 : fmin(fmax(o->gap_share, 0), 0.9),
        .noise = o->noise_share == 0 ? 0.05 : fmax(o->noise_share, 0),
    };
}

/* Oudin's PE [mm/day] from the day of the year and temperature; radiation after FAO-56, eq. 21. */
static double oudin(int day_of_year, double temp) {
    const double phi = LATITUDE_DEG * M_PI / 180, w = 2 * M_PI * (day_of_year + 1) / 365.25;
    double distance = 1 + 0.033 * cos(w), decl = 0.409 * sin(w - 1.39);
    double sunset = acos(fmax(-1, fmin(1, -tan(phi) * tan(decl))));
    double radiation = 24 * 60 / M_PI * 0.0820 * distance *
                       (sunset * sin(phi) * sin(decl) + cos(phi) * cos(decl) * sin(sunset));
    const double latent_heat = 2.45; /* MJ/kg */
    return fmax(0, radiation / latent_heat * (temp + 5) / 100);
}

static void weather(const catchment *c, uint64_t seed, uint64_t i, int64_t time_s, state *s,
                    day *d) {
    int doy = frs__day_of_year(time_s);
    const double keep = 0.75, spread = 3.0; /* of the temperature's AR(1) */
    s->wet = frs__rng_uniform(stream(seed, RNG_WET), i) < (s->wet ? c->p_wet_wet : c->p_wet_dry);
    s->anomaly = keep * s->anomaly +
                 spread * sqrt(1 - keep * keep) * frs__rng_normal(stream(seed, RNG_TEMP), i);
    double season = -cos(2 * M_PI * (doy - 20) / 366.0); /* coldest about 20 January */
    d->temp = c->temp_mean + c->temp_range * season + s->anomaly - (s->wet && season > 0 ? 1 : 0);
    double u = frs__rng_uniform(stream(seed, RNG_AMOUNT), i);
    d->prcp = s->wet ? c->amount * (1 + 0.35 * season) * pow(-log1p(-u), 1.25) : 0;
    d->pet = oudin(doy, d->temp);
}

static void land(const catchment *c, state *s, day *d) {
    double rain_share = fmax(0, fmin(1, (d->temp + 1) / 2)); /* all snow at -1, all rain at +1 */
    s->swe += d->prcp * (1 - rain_share);
    double melt = fmin(s->swe, c->melt * fmax(0, d->temp));
    s->swe -= melt;
    double water = d->prcp * rain_share + melt;
    double recharge = water * fmin(1, pow(s->soil / c->field_capacity, c->beta));
    s->soil += water - recharge;
    double spill = fmax(0, s->soil - c->field_capacity);
    s->soil -= spill;
    recharge += spill;
    d->aet = fmin(s->soil, d->pet * fmin(1, s->soil / (0.7 * c->field_capacity)));
    s->soil -= d->aet;
    s->quick += c->quick_share * recharge;
    s->slow += (1 - c->quick_share) * recharge;
    double quick = c->k_quick * s->quick, slow = c->k_slow * s->slow;
    s->quick -= quick;
    s->slow -= slow;
    d->q = quick + slow;
}

static void gauge(const catchment *c, uint64_t seed, uint64_t i, state *s, day *d) {
    double enter = c->gap_share / (1 - c->gap_share) / GAP_DAYS;
    double u = frs__rng_uniform(stream(seed, RNG_GAP), i);
    s->gap = s->gap ? u >= 1 / GAP_DAYS : u < enter;
    double z = frs__rng_normal(stream(seed, RNG_NOISE), i);
    d->q_obs = s->gap ? NAN : d->q * exp(c->noise * z - 0.5 * c->noise * c->noise);
}

static void set_var(frs_var *v, const char *name, const char *unit, frs_var_kind kind) {
    *v = (frs_var){.kind = kind, .label_end = kind == FRS_VAR_INSTANT};
    memcpy(v->name, name, strlen(name));
    memcpy(v->unit, unit, strlen(unit));
}

static void describe(frs_series *s, frs_series *truth) {
    set_var(&s->vars[PRCP], "prcp", "mm", FRS_VAR_SUM);
    set_var(&s->vars[TEMP], "temp", "degC", FRS_VAR_MEAN);
    set_var(&s->vars[PET], "pet", "mm", FRS_VAR_SUM);
    set_var(&s->vars[Q], "q", "mm", FRS_VAR_SUM);
    set_var(&truth->vars[Q_TRUE], "q_true", "mm", FRS_VAR_SUM);
    set_var(&truth->vars[SWE], "swe", "mm", FRS_VAR_INSTANT);
    set_var(&truth->vars[SOIL], "soil", "mm", FRS_VAR_INSTANT);
    set_var(&truth->vars[GROUNDWATER], "groundwater", "mm", FRS_VAR_INSTANT);
    set_var(&truth->vars[QUICK], "quick", "mm", FRS_VAR_INSTANT);
    set_var(&truth->vars[AET], "aet", "mm", FRS_VAR_SUM);
}

static void store_day(frs_series *s, frs_series *truth, int64_t t, const state *x, const day *d) {
    s->values[PRCP][t] = (float)d->prcp;
    s->values[TEMP][t] = (float)d->temp;
    s->values[PET][t] = (float)d->pet;
    s->values[Q][t] = (float)d->q_obs;
    truth->values[Q_TRUE][t] = (float)d->q;
    truth->values[SWE][t] = (float)x->swe;
    truth->values[SOIL][t] = (float)x->soil;
    truth->values[GROUNDWATER][t] = (float)x->slow;
    truth->values[QUICK][t] = (float)x->quick;
    truth->values[AET][t] = (float)d->aet;
}

static void run(const frs_synth_opts *o, const char *site, frs_series *s, frs_series *truth) {
    uint64_t seed = frs__hash64(site, (int64_t)strlen(site), o->seed);
    catchment c = make_catchment(o, seed, o->area_km2 > 0 ? o->area_km2 : 500);
    state x = {.soil = c.field_capacity / 2, .slow = 30};
    for (int64_t t = -SPIN_UP_DAYS; t < s->n; t++) {
        uint64_t i = (uint64_t)(t + SPIN_UP_DAYS);
        day d;
        weather(&c, seed, i, s->start_s + t * FRS_DAY_S, &x, &d);
        land(&c, &x, &d);
        gauge(&c, seed, i, &x, &d);
        if (t >= 0) store_day(s, truth, t, &x, &d);
    }
}

frs_status frs_synth(frs_ctx *ctx, const frs_synth_opts *o, const char *site, frs_series *s,
                     frs_series *truth) {
    int64_t years = o->years ? o->years : 20;
    int first = o->start_year ? o->start_year : 1981;
    if (years < 1 || years > 10000 || first < 1 || first > 20000)
        return frs__fail(ctx, FRS_E_ARG, _("synthetic record: 1 to 10000 years from year 1 on"));
    if (!(o->area_km2 >= 0) || !(o->gap_share < 1) || !(o->noise_share < 10))
        return frs__fail(ctx, FRS_E_ARG, _("synthetic record: area, gap share or noise share"));
    int64_t start = frs_time_from_civil((frs_civil){.year = first, .month = 1, .day = 1});
    int64_t end =
        frs_time_from_civil((frs_civil){.year = first + (int)years, .month = 1, .day = 1});
    const frs_step daily = {FRS_DAY_S, FRS_STEP_SECOND};
    frs_series a = {0}, b = {0};
    FRS_TRY(frs_series_new(ctx, site, start, daily, (end - start) / FRS_DAY_S, N_SERIES, &a));
    frs_status st = frs_series_new(ctx, site, start, daily, a.n, N_TRUTH, &b);
    if (st != FRS_OK) {
        frs_series_free(ctx, &a);
        return st;
    }
    describe(&a, &b);
    run(o, site, &a, &b);
    *s = a;
    *truth = b;
    return FRS_OK;
}
