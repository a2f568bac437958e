/* tune.search: which keys a search may change, and to what. */
#include "config/config_internal.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SPACES = 64, MAX_CHOICES = 1000 };

/* Keys that say what is asked, of which data, and how it is judged: trials that differ in them
 * cannot be compared. Neither may dates and paths be searched. */
static bool is_question(const frs_key *k) {
    static const char *const names[] = {"experiment_name",
                                        "run_dir",
                                        "task",
                                        "leads",
                                        "future_weather",
                                        "forecasters",
                                        "dataset",
                                        "sites",
                                        "allow_leaks",
                                        "mend_dates",
                                        "target_variables",
                                        "exclude_periods",
                                        "precipitation",
                                        "water_year_start",
                                        "clip_targets_to_zero",
                                        "save_weights_every"};
    if (k->type == FRS_KEY_DATE || k->type == FRS_KEY_PATH || strncmp(k->name, "tune.", 5) == 0)
        return true;
    for (int64_t i = 0; i < FRS_LEN(names); i++)
        if (strcmp(k->name, names[i]) == 0) return true;
    return false;
}

static frs_status searchable(frs_config *c, const char *name, const char *where,
                             const frs_key **key) {
    const int64_t i = frs__key_find(name);
    if (i < 0) {
        const char *near = frs__key_near(name);
        if (near)
            return frs__fail(c->ctx, FRS_E_INPUT, _("%s: unknown key '%.80s': did you mean '%s'?"),
                             where, name, near);
        return frs__fail(c->ctx, FRS_E_INPUT, _("%s: unknown key '%.80s'"), where, name);
    }
    *key = frs_key_at(i);
    if ((*key)->status != FRS_KEY_USED)
        return frs__fail(c->ctx, FRS_E_UNSUPPORTED, _("%s: '%s' changes nothing here (%s)"), where,
                         name, (*key)->doc);
    if (is_question(*key))
        return frs__fail(c->ctx, FRS_E_INPUT,
                         _("%s: '%s' is part of the question, not of the answer: trials that "
                           "differ in it cannot be compared"),
                         where, name);
    for (int64_t k = 0; k < c->n_spaces; k++)
        if (c->spaces[k].key == *key)
            return frs__fail(c->ctx, FRS_E_INPUT, _("%s: '%s' stands twice"), where, name);
    return FRS_OK;
}

static char *as_yaml(frs_config *c, const frs_entry *e) {
    frs_buf b = {.ctx = c->ctx};
    if (e->form == FRS_FORM_SCALAR)
        frs__config_put_scalar(&b, e->text, e->quoted);
    else
        frs__buf_add(&b, e->text);
    char *text = frs__buf_status(&b) == FRS_OK ? frs__arena_strdup(&c->arena, b.data) : NULL;
    frs__buf_free(&b);
    return text;
}

static frs_status choices(frs_config *c, const frs_entry *e, const char *where, frs_space *s) {
    if (e->n < 1 || e->n > MAX_CHOICES)
        return frs__fail(c->ctx, FRS_E_INPUT, _("%s: expected from 1 to %d values, found %lld"),
                         where, MAX_CHOICES, (long long)e->n);
    char **texts = frs__arena_alloc(&c->arena, e->n, sizeof *texts);
    if (!texts) return FRS_E_NOMEM;
    for (; s->n < e->n; s->n++) {
        if (!e->parts[s->n].given)
            return frs__fail(c->ctx, FRS_E_INPUT, _("%s: expected a value, found '%.80s'"), where,
                             e->parts[s->n].text);
        FRS_TRY(frs__config_check_value(c, s->key, &e->parts[s->n], where));
        texts[s->n] = as_yaml(c, &e->parts[s->n]);
        if (!texts[s->n]) return FRS_E_NOMEM;
    }
    s->choices = (const char *const *)texts;
    return FRS_OK;
}

/* NULL: this way of drawing fits the key's type; else what would. */
static const char *misfit(const frs_key *k, frs_draw draw) {
    if (k->type == FRS_KEY_INT)
        return draw == FRS_DRAW_UNIFORM ? _("int, log or a list: it takes whole numbers") : NULL;
    if (k->type == FRS_KEY_REAL || k->type == FRS_KEY_SCHEDULE)
        return draw == FRS_DRAW_INT ? _("uniform, log or a list: it takes numbers") : NULL;
    return _("a list of values");
}

static frs_status limits(frs_config *c, frs_entry *ends, const char *where, frs_space *s) {
    double *const to[2] = {&s->low, &s->high};
    for (int i = 0; i < 2; i++) {
        frs_entry *end = &ends->parts[i];
        if (end->form == FRS_FORM_SCALAR) FRS_TRY(frs__config_check_value(c, s->key, end, where));
        if (end->form != FRS_FORM_SCALAR || !end->given ||
            !frs__parse_double(end->text, strlen(end->text), '.', to[i]))
            return frs__fail(c->ctx, FRS_E_INPUT, _("%s: expected a number, found '%.80s'"), where,
                             end->text);
    }
    if (!(s->low < s->high))
        return frs__fail(c->ctx, FRS_E_INPUT, _("%s: expected [low, high], found %s"), where,
                         ends->text);
    if (s->draw == FRS_DRAW_LOG && !(s->low > 0))
        return frs__fail(c->ctx, FRS_E_INPUT, _("%s: a logarithm needs limits above 0, found %s"),
                         where, ends->text);
    return FRS_OK;
}

static frs_status range(frs_config *c, const frs_entry *e, const char *where, frs_space *s) {
    static const char *const draws[] = {
        [FRS_DRAW_UNIFORM] = "uniform", [FRS_DRAW_LOG] = "log", [FRS_DRAW_INT] = "int"};
    const bool one = e->form == FRS_FORM_MAP && e->n == 1;
    for (int i = FRS_DRAW_UNIFORM; one && i <= FRS_DRAW_INT; i++)
        if (strcmp(e->names[0], draws[i]) == 0) s->draw = (frs_draw)i;
    if (s->draw == FRS_DRAW_CHOICE || e->parts[0].form != FRS_FORM_LIST || e->parts[0].n != 2)
        return frs__fail(c->ctx, FRS_E_INPUT,
                         _("%s: expected [value, value, ...] or {uniform|log|int: [low, high]}, "
                           "found '%.80s'"),
                         where, e->text ? e->text : "");
    const char *instead = misfit(s->key, s->draw);
    if (instead)
        return frs__fail(c->ctx, FRS_E_INPUT, _("%s: %s does not serve this key: expected %s"),
                         where, draws[s->draw], instead);
    return limits(c, &e->parts[0], where, s);
}

frs_status frs__config_check_search(frs_config *c, const frs_entry *e, const char *where) {
    c->n_spaces = 0;
    if (e->form != FRS_FORM_MAP || e->n < 1 || e->n > MAX_SPACES)
        return frs__fail(c->ctx, FRS_E_INPUT,
                         _("%s: expected {key: values to search}, found '%.80s'"), where, e->text);
    c->spaces = frs__arena_alloc(&c->arena, e->n, sizeof *c->spaces);
    if (!c->spaces) return FRS_E_NOMEM;
    for (int64_t i = 0; i < e->n; i++) {
        frs_entry *values = &e->parts[i];
        frs_space s = {.line = values->line};
        char place[1024];
        if (s.line > 0)
            snprintf(place, sizeof place, "%.400s:%lld: tune.search.%.80s", c->file,
                     (long long)s.line, e->names[i]);
        else
            snprintf(place, sizeof place, "%.700s: %.80s", where, e->names[i]);
        FRS_TRY(searchable(c, e->names[i], place, &s.key));
        if (values->form == FRS_FORM_LIST)
            FRS_TRY(choices(c, values, place, &s));
        else
            FRS_TRY(range(c, values, place, &s));
        c->spaces[c->n_spaces++] = s;
    }
    return FRS_OK;
}

int64_t frs_config_n_spaces(const frs_config *c) {
    return c->n_spaces;
}

const frs_space *frs_config_space_at(const frs_config *c, int64_t i) {
    return &c->spaces[i];
}
