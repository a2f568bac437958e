#include "config/config_internal.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const int64_t file_limit = 1 << 20;

static frs_status read_file(frs_config *c, const char *path) {
    char *text = NULL;
    int64_t n = 0;
    if (frs__is_dir(path))
        return frs__fail(c->ctx, FRS_E_IO, _("%s: a folder, expected a config file"), path);
    FRS_TRY(frs__read_file(c->ctx, path, file_limit, &text, &n));
    frs_status s = frs__config_parse(c, path, text, n, false);
    frs__free(c->ctx, text);
    return s;
}

/* "key=value" is the document "key: value". */
static frs_status apply_set(frs_config *c, const char *set) {
    const char *eq = strchr(set, '=');
    if (!eq || eq == set)
        return frs__fail(c->ctx, FRS_E_INPUT, _("--set %s: expected key=value"), set);
    char *text = frs__asprintf(c->ctx, "%.*s: %s", (int)(eq - set), set, eq + 1);
    if (!text) return FRS_E_NOMEM;
    frs_status s = frs__config_parse(c, set, text, (int64_t)strlen(text), true);
    frs__free(c->ctx, text);
    return s;
}

static frs_status fill(frs_config *c, const char *path, const char *const *sets, int64_t n_sets) {
    c->entries = frs__alloc(c->ctx, frs_n_keys(), sizeof *c->entries);
    c->sets = sets;
    c->n_sets = n_sets;
    c->file = frs__arena_strdup(&c->arena, path ? path : "");
    if (!c->entries || !c->file) return FRS_E_NOMEM;
    c->folder = frs__arena_strdup(&c->arena, c->file);
    if (!c->folder) return FRS_E_NOMEM;
    char *slash = strrchr(c->folder, '/');
    if (slash)
        slash[1] = 0;
    else
        c->folder[0] = 0;
    if (path) FRS_TRY(read_file(c, path));
    for (int64_t i = 0; i < n_sets; i++) FRS_TRY(apply_set(c, sets[i]));
    return frs__config_check_model(c);
}

frs_status frs_config_load(frs_ctx *ctx, const char *path, const char *const *sets, int64_t n_sets,
                           frs_config **out) {
    frs_config *c = frs__alloc(ctx, 1, sizeof *c);
    if (!c) return FRS_E_NOMEM;
    c->ctx = ctx;
    c->arena.ctx = ctx;
    frs_status s = fill(c, path, sets, n_sets);
    if (s != FRS_OK) {
        frs_config_free(c);
        return s;
    }
    *out = c;
    return FRS_OK;
}

frs_status frs_config_with(const frs_config *base, const char *const *sets, int64_t n_sets,
                           frs_config **out) {
    frs_config *c = frs__alloc(base->ctx, 1, sizeof *c);
    if (!c) return FRS_E_NOMEM;
    *c = (frs_config){.ctx = base->ctx,
                      .arena = {.ctx = base->ctx},
                      .file = base->file,
                      .folder = base->folder,
                      .entries = frs__alloc(base->ctx, frs_n_keys(), sizeof *c->entries)};
    frs_status s = c->entries ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) memcpy(c->entries, base->entries, (size_t)frs_n_keys() * sizeof *c->entries);
    for (int64_t i = 0; i < n_sets && s == FRS_OK; i++) s = apply_set(c, sets[i]);
    if (s == FRS_OK) s = frs__config_check_model(c);
    if (s == FRS_OK)
        *out = c;
    else
        frs_config_free(c);
    return s;
}

void frs_config_free(frs_config *c) {
    if (!c) return;
    frs_ctx *ctx = c->ctx;
    frs__free(ctx, c->entries);
    frs__arena_free(&c->arena);
    frs__free(ctx, c);
}

/* A key that is not in the list is a programmer's mistake: told, and treated as not given. */
static const frs_entry *entry(const frs_config *c, const char *key, const frs_key **k) {
    static const frs_entry none = {0};
    static const frs_key no_key = {.name = "?", .min = 1};
    const int64_t i = frs__key_find(key);
    if (i < 0) {
        frs__log(c->ctx, FRS_LOG_ERROR, "FRS_E_INTERNAL: no config key '%s'", key);
        *k = &no_key;
        return &none;
    }
    *k = frs_key_at(i);
    return &c->entries[i];
}

bool frs_config_has(const frs_config *c, const char *key) {
    const frs_key *k;
    return entry(c, key, &k)->given;
}

const char *frs_config_text(const frs_config *c, const char *key) {
    const frs_key *k;
    const frs_entry *e = entry(c, key, &k);
    return e->given ? e->text : k->initial;
}

int64_t frs_config_int(const frs_config *c, const char *key) {
    const char *text = frs_config_text(c, key);
    int64_t v = 0;
    return text && frs__parse_int(text, strlen(text), &v) ? v : 0;
}

double frs_config_real(const frs_config *c, const char *key) {
    const char *text = frs_config_text(c, key);
    double v = 0;
    return text && frs__parse_double(text, strlen(text), '.', &v) ? v : 0;
}

bool frs_config_bool(const frs_config *c, const char *key) {
    const char *text = frs_config_text(c, key);
    return text && (strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 ||
                    strcasecmp(text, "on") == 0);
}

int64_t frs_config_date(const frs_config *c, const char *key) {
    const char *text = frs_config_text(c, key);
    int64_t t;
    return text && frs_date_parse(text, strlen(text), &t) == FRS_OK ? t : INT64_MIN;
}

/* One scalar where a list is expected is a list of one, as in NeuralHydrology. */
int64_t frs_config_list_count(const frs_config *c, const char *key) {
    const frs_key *k;
    const frs_entry *e = entry(c, key, &k);
    if (!e->given) return 0;
    return e->form == FRS_FORM_SCALAR ? 1 : e->n;
}

const char *frs_config_list_at(const frs_config *c, const char *key, int64_t i) {
    const frs_key *k;
    const frs_entry *e = entry(c, key, &k);
    if (i < 0 || i >= frs_config_list_count(c, key)) return NULL;
    return e->form == FRS_FORM_SCALAR ? e->text : e->items[i];
}

const frs_part *frs_config_part(const frs_config *c, const char *key) {
    const frs_key *k;
    const frs_entry *e = entry(c, key, &k);
    return e->given ? e : NULL;
}

frs_form frs_part_form(const frs_part *p) {
    return p->form;
}

int64_t frs_part_count(const frs_part *p) {
    return p->form == FRS_FORM_SCALAR ? 1 : p->n;
}

const frs_part *frs_part_at(const frs_part *p, int64_t i) {
    if (i < 0 || i >= frs_part_count(p)) return NULL;
    return p->form == FRS_FORM_SCALAR ? p : &p->parts[i];
}

const char *frs_part_name(const frs_part *p, int64_t i) {
    return p->form == FRS_FORM_MAP && i >= 0 && i < p->n ? p->names[i] : NULL;
}

const char *frs_part_text(const frs_part *p) {
    return p->given ? p->text : "";
}

int64_t frs_part_line(const frs_part *p) {
    return p->line;
}

double frs_config_schedule(const frs_config *c, const char *key, int64_t epoch) {
    const frs_key *k;
    const frs_entry *e = entry(c, key, &k);
    double v = NAN;
    int64_t from, latest = -1;
    if (!e->given || e->form == FRS_FORM_SCALAR) {
        const char *text = e->given ? e->text : k->initial;
        return text && frs__parse_double(text, strlen(text), '.', &v) ? v : (double)NAN;
    }
    for (int64_t i = 0; i < e->n; i++) {
        if (!frs__parse_int(e->names[i], strlen(e->names[i]), &from)) continue;
        if (from > epoch || from <= latest) continue;
        latest = from;
        frs__parse_double(e->items[i], strlen(e->items[i]), '.', &v);
    }
    return v;
}

char *frs_config_path(const frs_config *c, const char *key) {
    const char *text = frs_config_text(c, key);
    if (!text) return NULL;
    if (text[0] == '/') return frs__strdup(c->ctx, text);
    char *beside = frs__asprintf(c->ctx, "%s%s", c->folder, text);
    if (!beside || frs__exists(beside)) return beside;
    frs__free(c->ctx, beside);
    return frs__strdup(c->ctx, text);
}

int64_t frs_config_line(const frs_config *c, const char *key) {
    const frs_key *k;
    return entry(c, key, &k)->line;
}

const char *frs_config_file(const frs_config *c) {
    return c->file;
}

char *frs_config_where(const frs_config *c, const char *key, char *buf) {
    const int64_t line = frs_config_line(c, key);
    if (line > 0)
        snprintf(buf, 512, "%.400s:%lld: %.80s", c->file, (long long)line, key);
    else if (frs_config_has(c, key))
        snprintf(buf, 512, "--set %.80s", key);
    else
        snprintf(buf, 512, "%.400s: %.80s", c->file, key);
    return buf;
}

uint64_t frs_config_hash(const frs_config *c) {
    uint64_t h = 0;
    for (int64_t i = 0; i < frs_n_keys(); i++) {
        const frs_entry *e = &c->entries[i];
        if (!e->given) continue;
        h = frs__hash64(frs_key_at(i)->name, (int64_t)strlen(frs_key_at(i)->name), h);
        h = frs__hash64(e->text, (int64_t)strlen(e->text), h);
    }
    return h;
}
