/* Types, ranges and support of one value. */
#include "config/config_internal.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* -1: neither true nor false. */
static int truth(const char *s) {
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (int i = 0; i < 6; i++)
        if (strcasecmp(s, words[i]) == 0) return i & 1;
    return -1;
}

enum { MAX_EPOCHS = 1000 }; /* of a schedule */

static bool in_range(const frs_key *k, double v) {
    return k->min > k->max || (v >= k->min && v <= k->max);
}

static frs_status bad(const frs_config *c, const char *where, const char *expected,
                      const char *found) {
    return frs__fail(c->ctx, FRS_E_INPUT, _("%s: expected %s, found '%.80s'"), where, expected,
                     found);
}

static frs_status number(const frs_config *c, const frs_key *k, const char *where,
                         const char *text) {
    double v = NAN;
    int64_t i = 0;
    const bool whole = k->type == FRS_KEY_INT;
    const bool fine = whole ? frs__parse_int(text, strlen(text), &i)
                            : frs__parse_double(text, strlen(text), '.', &v);
    if (whole) v = (double)i;
    if (!fine) return bad(c, where, whole ? _("a whole number") : _("a number"), text);
    if (in_range(k, v)) return FRS_OK;
    char low[40], high[40];
    return frs__fail(c->ctx, FRS_E_INPUT, _("%s: expected a number from %s to %s, found %s"), where,
                     frs__format_double(k->min, low), frs__format_double(k->max, high), text);
}

/* Where word stands among the names of list, which end at '|', at `stop` or at the end; NULL:
 * nowhere. */
static const char *among(const char *list, char stop, const char *word, const char **after) {
    const size_t n = strlen(word);
    for (const char *p = list; *p && *p != stop; p += *p == '|') {
        const size_t m = strcspn(p, "|/");
        if (m == n && strncasecmp(p, word, n) == 0) return p;
        p += m;
        if (*p == stop) {
            if (after) *after = p + 1;
            return NULL;
        }
    }
    return NULL;
}

static frs_status choice(frs_config *c, const frs_key *k, const char *where, frs_entry *e) {
    const char *later = "", *found = among(k->choices, '/', e->text, &later);
    if (found) {
        memcpy(e->text, found, strlen(e->text)); /* the spelling of the list */
        return FRS_OK;
    }
    const int supported = (int)strcspn(k->choices, "/");
    if (among(later, 0, e->text, NULL))
        return frs__fail(c->ctx, FRS_E_UNSUPPORTED,
                         _("%s: '%s' is not supported yet; supported: %.*s"), where, e->text,
                         supported, k->choices);
    return frs__fail(c->ctx, FRS_E_INPUT, _("%s: expected one of %.*s, found '%.80s'"), where,
                     supported, k->choices, e->text);
}

/* One of nets is a model, too, and may stand behind it in the file. */
frs_status frs__config_check_model(frs_config *c) {
    char where[512];
    const int64_t i = frs__key_find("model");
    const frs_part *nets = frs_config_part(c, "nets");
    frs_entry *e = &c->entries[i];
    if (!e->given || e->form == FRS_FORM_LIST) return FRS_OK;
    if (e->line > 0)
        frs_config_where(c, "model", where);
    else
        snprintf(where, sizeof where, "--set model=%.400s", e->text);
    if (e->form == FRS_FORM_MAP)
        return bad(c, where, _("the name of a model or a list of layers"), e->text);
    for (int64_t k = 0; nets && k < frs_part_count(nets); k++)
        if (frs_part_name(nets, k) && strcmp(frs_part_name(nets, k), e->text) == 0) return FRS_OK;
    return choice(c, frs_key_at(i), where, e);
}

static frs_status schedule(const frs_config *c, const frs_key *k, const char *where,
                           const frs_entry *e) {
    if (e->form == FRS_FORM_SCALAR) return number(c, k, where, e->text);
    if (e->form == FRS_FORM_LIST || e->n == 0)
        return bad(c, where, _("a number or {epoch: number}"), e->text);
    if (e->n > MAX_EPOCHS) return bad(c, where, _("fewer epochs"), e->text);
    int64_t epochs[MAX_EPOCHS];
    bool from_start = false;
    for (int64_t i = 0; i < e->n; i++) {
        if (!frs__parse_int(e->names[i], strlen(e->names[i]), &epochs[i]) || epochs[i] < 0)
            return bad(c, where, _("an epoch (0, 1, ...)"), e->names[i]);
        for (int64_t j = 0; j < i; j++)
            if (epochs[j] == epochs[i]) return bad(c, where, _("each epoch once"), e->names[i]);
        from_start |= epochs[i] == 0;
        FRS_TRY(number(c, k, where, e->items[i]));
    }
    return from_start ? FRS_OK : bad(c, where, _("a value for epoch 0"), e->text);
}

/* Set to something that changes nothing: empty, false, zero or the default. */
static bool harmless(const frs_key *k, const frs_entry *e) {
    if (e->form != FRS_FORM_SCALAR) return e->n == 0;
    if (k->initial && strcasecmp(k->initial, e->text) == 0) return true;
    double v = 1;
    return !*e->text || truth(e->text) == 0 ||
           (frs__parse_double(e->text, strlen(e->text), '.', &v) && v == 0);
}

static frs_status date(const frs_config *c, const char *where, const char *text) {
    int64_t t;
    if (frs_date_parse(text, strlen(text), &t) == FRS_OK) return FRS_OK;
    return bad(c, where, _("a date that exists, DD/MM/YYYY or YYYY-MM-DD"), text);
}

frs_status frs__config_check(frs_config *c, int64_t key, const char *where) {
    if (frs_key_at(key)->type == FRS_KEY_SEARCH) c->n_spaces = 0; /* null is a value, too */
    return frs__config_check_value(c, frs_key_at(key), &c->entries[key], where);
}

frs_status frs__config_check_value(frs_config *c, const frs_key *k, frs_entry *e,
                                   const char *where) {
    if (!e->given || k->status == FRS_KEY_IGNORABLE) return FRS_OK;
    if (k->status == FRS_KEY_UNSUPPORTED)
        return harmless(k, e) ? FRS_OK
                              : frs__fail(c->ctx, FRS_E_UNSUPPORTED,
                                          _("%s: not supported yet (%s)"), where, k->doc);
    if (k->type == FRS_KEY_SCHEDULE) return schedule(c, k, where, e);
    if (k->type == FRS_KEY_SEARCH) return frs__config_check_search(c, e, where);
    if (k->type == FRS_KEY_MODEL) return FRS_OK; /* when all keys are there */
    if (k->type == FRS_KEY_LIST || k->type == FRS_KEY_ANY)
        return e->form == FRS_FORM_MAP && k->type == FRS_KEY_LIST
                   ? bad(c, where, _("a list"), e->text)
                   : FRS_OK;
    if (e->form != FRS_FORM_SCALAR) return bad(c, where, _("one value"), e->text);
    switch (k->type) {
    case FRS_KEY_INT:
    case FRS_KEY_REAL:
        return number(c, k, where, e->text);
    case FRS_KEY_BOOL:
        return truth(e->text) >= 0 ? FRS_OK : bad(c, where, _("true or false"), e->text);
    case FRS_KEY_DATE:
        return date(c, where, e->text);
    case FRS_KEY_CHOICE:
        return choice(c, k, where, e);
    default:
        return FRS_OK;
    }
}
