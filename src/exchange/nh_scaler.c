/* The file is a dictionary of dictionaries, read as a stream of events: xarray's to_dict
 *     xarray_feature_center: {data_vars: {prcp: {data: 2.8, ...}, ...}, ...}
 * and pandas'
 *     attribute_means: {area: 3023.3, ...}
 * Whatever else stands in it is passed over. */
#include "exchange/nh_scaler.h"

#include <math.h>
#include <string.h>
#include <yaml.h>

enum { MAX_BYTES = 1 << 22, MAX_DEPTH = 16, MAX_NUMBERS = 1 << 14 };

/* Names of today and of old runs. */
static const struct {
    const char *name;
    frs__nh_part part;
} parts[] = {
    {"xarray_feature_center", FRS__NH_CENTER},     {"xarray_means", FRS__NH_CENTER},
    {"xarray_feature_scale", FRS__NH_SCALE},       {"xarray_stds", FRS__NH_SCALE},
    {"attribute_means", FRS__NH_ATTRIBUTE_MEAN},   {"attribute_stds", FRS__NH_ATTRIBUTE_STD},
    {"camels_attr_means", FRS__NH_ATTRIBUTE_MEAN}, {"camels_attr_stds", FRS__NH_ATTRIBUTE_STD},
};

typedef struct walk {
    frs_ctx *ctx;
    const char *path;
    frs__nh_scaler *to;
    char key[MAX_DEPTH][128]; /* the key under way at each depth */
    bool is_list[MAX_DEPTH];
    int depth;
    bool value_next; /* a key was read, its value follows */
    int64_t line;
} walk;

static frs_status wrong(const walk *w, const char *what) {
    return frs__fail(w->ctx, FRS_E_FORMAT, "%s:%lld: %s", w->path, (long long)w->line, what);
}

/* Python writes .nan, nan and so on for what is none. */
static bool number(const char *text, double *v) {
    static const char *const nans[] = {".nan", "nan", "null", "~", ""};
    if (frs__parse_double(text, strlen(text), '.', v)) return true;
    for (int i = 0; i < FRS_LEN(nans); i++)
        if (strcasecmp(text, nans[i]) == 0) {
            *v = NAN;
            return true;
        }
    return false;
}

static frs_status keep(walk *w, frs__nh_part part, const char *name, const char *text) {
    frs__nh_scaler *s = w->to;
    double v, before;
    if (!number(text, &v)) return wrong(w, _("expected a number"));
    if (s->n++ == MAX_NUMBERS) return wrong(w, _("too many numbers"));
    if (frs__nh_scaler_get(s, part, name, &before)) return wrong(w, _("a name that stands twice"));
    frs__nh_number *own = frs__arena_alloc(&s->memory, 1, sizeof *own);
    char *copy = frs__arena_strdup(&s->memory, name);
    if (!own || !copy) return FRS_E_NOMEM;
    *own = (frs__nh_number){copy, v, s->numbers[part]};
    s->numbers[part] = own;
    return FRS_OK;
}

/* A value stands under key[0] > key[1] > ... > key[depth - 1]. */
static frs_status value(walk *w, const char *text) {
    for (int i = 0; i < FRS_LEN(parts); i++) {
        if (strcmp(w->key[0], parts[i].name) != 0) continue;
        const bool series = parts[i].part == FRS__NH_CENTER || parts[i].part == FRS__NH_SCALE;
        if (!series && w->depth == 2) return keep(w, parts[i].part, w->key[1], text);
        if (series && w->depth == 4 && strcmp(w->key[1], "data_vars") == 0 &&
            strcmp(w->key[3], "data") == 0)
            return keep(w, parts[i].part, w->key[2], text);
    }
    return FRS_OK;
}

static frs_status scalar(walk *w, const yaml_event_t *e) {
    const char *text = (const char *)e->data.scalar.value;
    if (strlen(text) != e->data.scalar.length) return wrong(w, _("text with a NUL character"));
    if (w->depth == 0) return wrong(w, _("expected 'key: value' lines"));
    if (w->is_list[w->depth - 1]) return FRS_OK;
    if (w->value_next) {
        w->value_next = false;
        return value(w, text);
    }
    if (strlen(text) >= sizeof w->key[0]) return wrong(w, _("a key that is too long"));
    memcpy(w->key[w->depth - 1], text, strlen(text) + 1);
    w->value_next = true;
    return FRS_OK;
}

static frs_status open_level(walk *w, bool list) {
    if (w->depth == MAX_DEPTH) return wrong(w, _("nested too deeply"));
    if (w->depth > 0 && !w->is_list[w->depth - 1] && !w->value_next)
        return wrong(w, _("a key must be a plain word"));
    w->is_list[w->depth] = list;
    w->key[w->depth++][0] = 0;
    w->value_next = false;
    return FRS_OK;
}

static frs_status event(walk *w, const yaml_event_t *e) {
    w->line = (int64_t)e->start_mark.line + 1;
    switch (e->type) {
    case YAML_SCALAR_EVENT:
        return scalar(w, e);
    case YAML_MAPPING_START_EVENT:
        return open_level(w, false);
    case YAML_SEQUENCE_START_EVENT:
        return open_level(w, true);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        w->depth--;
        w->value_next = false;
        return FRS_OK;
    case YAML_ALIAS_EVENT:
        return wrong(w, _("aliases (*name) are not supported"));
    default:
        return FRS_OK;
    }
}

static frs_status walk_all(walk *w, yaml_parser_t *parser) {
    frs_status s = FRS_OK;
    for (bool end = false; !end && s == FRS_OK;) {
        yaml_event_t e;
        if (!yaml_parser_parse(parser, &e)) {
            if (parser->error == YAML_MEMORY_ERROR) return FRS_E_NOMEM;
            w->line = (int64_t)parser->problem_mark.line + 1;
            return wrong(w, parser->problem ? parser->problem : "YAML");
        }
        end = e.type == YAML_STREAM_END_EVENT;
        s = event(w, &e);
        yaml_event_delete(&e);
    }
    return s;
}

frs_status frs__nh_scaler_read(frs_ctx *ctx, const char *path, frs__nh_scaler *s) {
    *s = (frs__nh_scaler){.memory = {.ctx = ctx}};
    walk w = {.ctx = ctx, .path = path, .to = s, .line = 1};
    yaml_parser_t parser;
    char *text;
    int64_t n;
    FRS_TRY(frs__read_file(ctx, path, MAX_BYTES, &text, &n));
    frs_status st = FRS_E_NOMEM;
    if (yaml_parser_initialize(&parser)) {
        yaml_parser_set_input_string(&parser, (const unsigned char *)text, (size_t)n);
        st = walk_all(&w, &parser);
        yaml_parser_delete(&parser);
    }
    frs__free(ctx, text);
    if (st != FRS_OK) frs__nh_scaler_free(s);
    return st;
}

void frs__nh_scaler_free(frs__nh_scaler *s) {
    frs__arena_free(&s->memory);
    *s = (frs__nh_scaler){0};
}

bool frs__nh_scaler_get(const frs__nh_scaler *s, frs__nh_part part, const char *name, double *v) {
    for (const frs__nh_number *p = s->numbers[part]; p; p = p->next)
        if (strcmp(p->name, name) == 0) {
            *v = p->value;
            return true;
        }
    return false;
}
