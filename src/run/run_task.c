/* What a config asks of the models: inputs, attributes, target, how missing values are met. */
#include "forecaster/input_net.h"
#include "run/run_data.h"
#include <stdio.h>
#include <string.h>

frs_status frs__run_name(frs_ctx *ctx, const frs_config *c, const char *key, const char *text,
                         char out[64]) {
    char where[512];
    const size_t n = strlen(text);
    if (n == 0)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: an empty name"), frs_config_where(c, key, where));
    if (n >= 64)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: name '%.40s...' is longer than 63 characters"),
                         frs_config_where(c, key, where), text);
    memcpy(out, text, n + 1);
    return FRS_OK;
}

static frs_status too_many(frs_ctx *ctx, const frs_config *c, const char *key, int64_t n) {
    char where[512];
    return frs__fail(ctx, FRS_E_INPUT, _("%s: %lld names, at most %d are supported"),
                     frs_config_where(c, key, where), (long long)n, FRS_MAX_VARS);
}

/* More names of a list, behind those that are there. */
static frs_status copy_names(frs_ctx *ctx, const frs_config *c, const char *key,
                             char out[FRS_MAX_VARS][64], int *count) {
    const int64_t n = frs_config_list_count(c, key);
    if (*count + n > FRS_MAX_VARS) return too_many(ctx, c, key, *count + n);
    for (int64_t i = 0; i < n; i++)
        FRS_TRY(frs__run_name(ctx, c, key, frs_config_list_at(c, key, i), out[*count + i]));
    *count += (int)n;
    return FRS_OK;
}

/* dynamic_inputs: names, or lists of names that are missing together. */
static frs_status inputs_of(frs_ctx *ctx, const frs_config *c, frs_task *t) {
    static const char key[] = "dynamic_inputs";
    const frs_part *all = frs_config_part(c, key);
    const int64_t n = all ? frs_part_count(all) : 0;
    char where[512];
    for (int64_t i = 0; i < n; i++) {
        const frs_part *part = frs_part_at(all, i);
        const bool list = frs_part_form(part) == FRS_FORM_LIST;
        if (i && list != (frs_part_form(frs_part_at(all, 0)) == FRS_FORM_LIST))
            return frs__fail(ctx, FRS_E_INPUT, _("%s: names, or lists of names, but not both"),
                             frs_config_where(c, key, where));
        for (int64_t k = 0; k < frs_part_count(part); k++) {
            if (t->n_inputs == FRS_MAX_VARS) return too_many(ctx, c, key, FRS_MAX_VARS + 1);
            t->group[t->n_inputs] = list ? t->n_groups : 0;
            FRS_TRY(frs__run_name(ctx, c, key, frs_part_text(frs_part_at(part, k)),
                                  t->inputs[t->n_inputs++]));
        }
        if (list || i == 0) t->n_groups++;
    }
    return FRS_OK;
}

static void sort_names(char names[FRS_MAX_VARS][64], int n) {
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && strcmp(names[j - 1], names[j]) > 0; j--) {
            char t[64];
            memcpy(t, names[j], 64);
            memcpy(names[j], names[j - 1], 64);
            memcpy(names[j - 1], t, 64);
        }
}

static bool listed(const frs_config *c, const char *key, const char *name) {
    for (int64_t i = 0; i < frs_config_list_count(c, key); i++)
        if (strcmp(frs_config_list_at(c, key, i), name) == 0) return true;
    return false;
}

static frs_future future_of(const char *text) {
    if (strcmp(text, "observed") == 0) return FRS_FUTURE_OBSERVED;
    if (strcmp(text, "climatology") == 0) return FRS_FUTURE_CLIMATOLOGY;
    if (strcmp(text, "esp") == 0) return FRS_FUTURE_ESP;
    return FRS_FUTURE_NONE;
}

/* ---- custom_normalization */

static int word(const char *text, const char *const *words, int n) {
    for (int i = 0; i < n; i++)
        if (strcasecmp(text, words[i]) == 0) return i;
    return -1;
}

/* {centering: ..., scaling: ...} of one variable. */
static frs_status norm_of(frs_ctx *ctx, const char *where, const frs_part *p, frs_norm *norm) {
    static const char *const centres[] = {"mean", "median", "min", "none", ""};
    static const char *const scalings[] = {"std", "minmax", "none", ""};
    if (frs_part_form(p) != FRS_FORM_MAP)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: expected {centering: ..., scaling: ...}, found %s"), where,
                         frs_part_text(p));
    for (int64_t i = 0; i < frs_part_count(p); i++) {
        const char *name = frs_part_name(p, i), *text = frs_part_text(frs_part_at(p, i));
        const bool centre = strcmp(name, "centering") == 0;
        if (!centre && strcmp(name, "scaling") != 0)
            return frs__fail(ctx, FRS_E_INPUT, _("%s: expected centering or scaling, found '%s'"),
                             where, name);
        const int found = centre ? word(text, centres, 5) : word(text, scalings, 4);
        if (found < 0)
            return frs__fail(ctx, FRS_E_INPUT, _("%s: %s: expected one of %s, found '%s'"), where,
                             name, centre ? "mean, median, min, none" : "std, minmax, none", text);
        if (centre)
            norm->centre = (uint8_t)(found < 4 ? found : FRS_CENTRE_NONE);
        else
            norm->scaling = (uint8_t)(found < 3 ? found : FRS_SCALING_NONE);
    }
    return FRS_OK;
}

static frs_norm *norm_named(frs_task *t, const char *name) {
    for (int i = 0; i < t->n_inputs; i++)
        if (strcmp(t->inputs[i], name) == 0) return &t->in_norm[i];
    for (int i = t->n_statics - t->n_evolving; i < t->n_statics; i++)
        if (strcmp(t->statics[i], name) == 0) return &t->st_norm[i];
    return strcmp(t->target, name) == 0 ? &t->target_norm : NULL;
}

static frs_status normalisation(frs_ctx *ctx, const frs_config *c, frs_task *t) {
    static const char key[] = "custom_normalization";
    const frs_part *all = frs_config_part(c, key);
    char where[512];
    if (!all) return FRS_OK;
    frs_config_where(c, key, where);
    if (frs_part_form(all) != FRS_FORM_MAP)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: expected {variable: {centering: ..., scaling: ...}}"), where);
    for (int64_t i = 0; i < frs_part_count(all); i++) {
        frs_norm *norm = norm_named(t, frs_part_name(all, i));
        if (!norm)
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s: '%s' is no input, evolving attribute or target"), where,
                             frs_part_name(all, i));
        FRS_TRY(norm_of(ctx, where, frs_part_at(all, i), norm));
    }
    return FRS_OK;
}

/* ---- the task */

/* Flow of gauges upstream stands behind the weather. A gauge is missing by itself, so it is a group
 * of its own. */
static frs_status upstream_inputs(frs_ctx *ctx, const frs_config *c, frs_task *t) {
    const int64_t n = frs__upstream_columns(c);
    if (t->n_inputs + n > FRS_MAX_VARS) return too_many(ctx, c, "upstream_gauges", t->n_inputs + n);
    t->n_upstream = (int)n;
    for (int i = 1; i <= t->n_upstream; i++) {
        t->group[t->n_inputs] = t->n_groups++;
        snprintf(t->inputs[t->n_inputs++], 64, FRS_UPSTREAM "%d", i);
    }
    return FRS_OK;
}

/* Calendar inputs stand behind them; the models are told of gaps as the config says. */
static frs_status more_inputs(frs_ctx *ctx, const frs_config *c, frs_task *t) {
    static const char *const policies[] = {"leave", "linear", "climatology"};
    const char *policy = frs_config_text(c, "gap_policy");
    const bool groups = strcmp(frs_config_text(c, "nan_handling_method"), "none") != 0;
    char where[512];
    if (frs_config_bool(c, "calendar_features")) {
        if (t->n_inputs + 2 > FRS_MAX_VARS)
            return too_many(ctx, c, "calendar_features", t->n_inputs + 2);
        t->n_calendar = 2;
        for (int i = 0; i < 2; i++) {
            t->group[t->n_inputs] = -1;
            snprintf(t->inputs[t->n_inputs++], 64, "%s", i ? FRS_CALENDAR_COS : FRS_CALENDAR_SIN);
        }
    }
    for (int i = 0; i < 3; i++)
        if (strcmp(policy, policies[i]) == 0) t->gaps = (frs_gaps)i;
    t->max_gap = t->gaps == FRS_GAPS_LINEAR ? frs_config_int(c, "gap_max_steps") : 0;
    t->mask = groups                        ? FRS_MASK_GROUPS
              : strcmp(policy, "mask") == 0 ? FRS_MASK_INPUTS
                                            : FRS_MASK_NONE;
    if (groups && strcmp(policy, "mask") == 0)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: mask and nan_handling_method: %s are two ways of the same; choose "
                           "one"),
                         frs_config_where(c, "gap_policy", where),
                         frs_config_text(c, "nan_handling_method"));
    if (t->mask != FRS_MASK_GROUPS) t->n_groups = 0;
    static const char *const drops[] = {"nan_step_probability", "nan_sequence_probability"};
    for (int i = 0; i < 2; i++)
        if (frs_config_real(c, drops[i]) > 0 && t->mask == FRS_MASK_NONE)
            return frs__fail(ctx, FRS_E_INPUT,
                             _("%s: inputs can be dropped only where the models may lack them: "
                               "a nan_handling_method, or gap_policy: mask"),
                             frs_config_where(c, drops[i], where));
    return FRS_OK;
}

static frs_status statics_of(frs_ctx *ctx, const frs_config *c, frs_task *t) {
    int n = 0;
    FRS_TRY(copy_names(ctx, c, "static_attributes", t->statics, &n));
    sort_names(t->statics, n);
    const int attrs = n;
    FRS_TRY(copy_names(ctx, c, "evolving_attributes", t->statics, &n));
    t->n_evolving = n - attrs;
    t->n_statics = n; /* site codes are added when the sites are known */
    return FRS_OK;
}

static frs_status kind_of_task(frs_ctx *ctx, const frs_config *c, frs_task *t) {
    char where[512];
    t->seq_length = frs_config_int(c, "seq_length");
    t->predict_last_n = frs_config_int(c, "predict_last_n");
    t->future = future_of(frs_config_text(c, "future_weather"));
    t->count_leads = frs_config_bool(c, "timestep_counter");
    if (t->kind == FRS_FORECAST) {
        t->leads = frs_config_int(c, "leads");
        t->past_target = true;
        t->predict_last_n = 1;
    } else if (t->n_inputs == t->n_calendar)
        return frs__fail(
            ctx, FRS_E_INPUT,
            _("%s: a simulation needs weather inputs; flow alone needs task: forecast"),
            frs_config_where(c, "dynamic_inputs", where));
    else if (t->count_leads)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: counts lead times, so it needs task: forecast"),
                         frs_config_where(c, "timestep_counter", where));
    if (t->predict_last_n > t->seq_length)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: %lld is more than seq_length, %lld"),
                         frs_config_where(c, "predict_last_n", where), (long long)t->predict_last_n,
                         (long long)t->seq_length);
    return FRS_OK;
}

frs_status frs__run_task(frs_ctx *ctx, const frs_config *c, frs_task *t) {
    char where[512];
    *t = (frs_task){0};
    t->kind = strcmp(frs_config_text(c, "task"), "forecast") == 0 ? FRS_FORECAST : FRS_SIMULATION;
    FRS_TRY(inputs_of(ctx, c, t));
    FRS_TRY(upstream_inputs(ctx, c, t));
    FRS_TRY(more_inputs(ctx, c, t));
    FRS_TRY(statics_of(ctx, c, t));
    if (frs_config_list_count(c, "target_variables") != 1)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: exactly one target is supported, found %lld"),
                         frs_config_where(c, "target_variables", where),
                         (long long)frs_config_list_count(c, "target_variables"));
    FRS_TRY(frs__run_name(ctx, c, "target_variables", frs_config_list_at(c, "target_variables", 0),
                          t->target));
    t->clip_to_zero = listed(c, "clip_targets_to_zero", t->target);
    FRS_TRY(kind_of_task(ctx, c, t));
    FRS_TRY(frs__input_net_of(ctx, c, t, &(frs_input_net){0})); /* said before a run begins */
    return normalisation(ctx, c, t);
}
