/* Nets as YAML: inputs by name with the shape of a sample, and the list of layers, whose items have
 * the fields of frs_layer:
 *     inputs: {x: [28, 28, 1]}
 *     layers:
 *       - {type: conv, filters: 6, kernel: 5, padding: same, activation: tanh}
 *       - {type: dense, units: 10, from: [a, b]}
 *     outputs: [dense_1]
 *     seed: 1
 *     steps: 30
 * An axis `steps` is the number of steps that a batch has; steps: the one to begin with. */
#include "config/yaml.h"
#include "net/net.h"
#include <stdio.h>
#include <string.h>

static const char *const paddings[] = {
    [FRS_VALID] = "valid", [FRS_SAME] = "same", [FRS_EXPLICIT] = "explicit"};

const char *frs__padding_name(frs_padding padding) {
    return paddings[padding];
}

/* ---- reading */
typedef struct reading {
    frs_ctx *ctx;
    const char *path;
    frs_arena arena;
    frs_net_opts o;
    frs_layer *layers;
    int64_t *lines;         /* of the layers */
    const frs_config *keys; /* numbers may be named by its keys; NULL: not */
} reading;

/* "net.yml:12"; a part of --set has no line. */
static const char *place(const reading *r, const frs_part *at, char *buf, size_t n) {
    if (frs_part_line(at) > 0)
        snprintf(buf, n, "%.400s:%lld", r->path, (long long)frs_part_line(at));
    else
        snprintf(buf, n, "--set");
    return buf;
}

static frs_status wrong(const reading *r, const frs_part *at, const char *name,
                        const char *expected) {
    char where[512];
    return frs__fail(r->ctx, FRS_E_INPUT, _("%s: %s: expected %s, found '%.80s'"),
                     place(r, at, where, sizeof where), name, expected, frs_part_text(at));
}

/* A number as it stands, or that of the config's key of this name. */
static const char *number_text(const reading *r, const frs_part *p) {
    const char *s = frs_part_text(p);
    for (int64_t i = 0; r->keys && i < frs_n_keys(); i++) {
        const frs_key *k = frs_key_at(i);
        if ((k->type == FRS_KEY_INT || k->type == FRS_KEY_REAL) && strcmp(k->name, s) == 0)
            return frs_config_text(r->keys, s) ? frs_config_text(r->keys, s) : "";
    }
    return s;
}

static bool whole(const frs_part *p, int64_t *v) {
    const char *s = frs_part_text(p);
    return frs_part_form(p) == FRS_FORM_SCALAR && frs__parse_int(s, strlen(s), v);
}

static bool numbers(const frs_part *p, int64_t *v, int64_t most, int64_t *n) {
    *n = frs_part_form(p) == FRS_FORM_LIST ? frs_part_count(p) : 1;
    if (*n > most) return false;
    if (frs_part_form(p) != FRS_FORM_LIST) return whole(p, v);
    for (int64_t i = 0; i < *n; i++)
        if (!whole(frs_part_at(p, i), &v[i])) return false;
    return true;
}

static bool is_steps(const frs_part *p) {
    return frs_part_form(p) == FRS_FORM_SCALAR && strcmp(frs_part_text(p), "steps") == 0;
}

static frs_status read_shape(const reading *r, const frs_part *p, const char *name, frs_shape *s) {
    const int64_t n = frs_part_form(p) == FRS_FORM_LIST ? frs_part_count(p) : -1;
    *s = (frs_shape){.rank = (int)n};
    bool good = n >= 0 && n < FRS_MAX_RANK;
    for (int64_t i = 0; good && i < n; i++)
        good =
            is_steps(frs_part_at(p, i)) || (whole(frs_part_at(p, i), &s->dim[i]) && s->dim[i] > 0);
    return good ? FRS_OK : wrong(r, p, name, _("a list of sizes of a sample"));
}

/* "a" or [a, b] as "a, b" */
static frs_status read_text(reading *r, const frs_part *p, const char **out) {
    frs_buf b = {.ctx = r->ctx};
    const bool list = frs_part_form(p) == FRS_FORM_LIST;
    for (int64_t i = 0; i < (list ? frs_part_count(p) : 1); i++) {
        if (i) frs__buf_add(&b, ", ");
        frs__buf_add(&b, frs_part_text(list ? frs_part_at(p, i) : p));
    }
    const frs_status s = frs__buf_status(&b);
    *out = s == FRS_OK ? frs__arena_strdup(&r->arena, b.data ? b.data : "") : NULL;
    frs__buf_free(&b);
    return *out ? FRS_OK : FRS_E_NOMEM;
}

static frs_status read_three(const reading *r, const frs_part *p, const char *name, int *to) {
    int64_t v[3] = {0}, n;
    bool good = numbers(p, v, 3, &n);
    for (int i = 0; i < 3 && good; i++) {
        good = v[i] >= 0 && v[i] <= INT16_MAX;
        to[i] = (int)v[i];
    }
    return good ? FRS_OK : wrong(r, p, name, _("one to three whole numbers"));
}

static frs_status read_padding(const reading *r, const frs_part *p, frs_padding *to) {
    for (int i = 0; i < FRS_LEN(paddings); i++)
        if (strcmp(frs_part_text(p), paddings[i]) == 0) {
            *to = (frs_padding)i;
            return FRS_OK;
        }
    return wrong(r, p, "padding", "valid | same | explicit");
}

static frs_status read_number(const reading *r, const frs_part *p, const frs_field *f, void *to) {
    const char *s = number_text(r, p);
    int64_t n = 0;
    double v = 0;
    if (f->kind == FRS_FIELD_NUMBER) {
        if (!frs__parse_double(s, strlen(s), '.', &v)) return wrong(r, p, f->name, _("a number"));
        *(double *)to = v;
        return FRS_OK;
    }
    if (frs_part_form(p) != FRS_FORM_SCALAR || !frs__parse_int(s, strlen(s), &n) ||
        n < -(INT64_C(1) << 31) || n > INT64_C(1) << 40)
        return wrong(r, p, f->name, _("a whole number"));
    if (f->kind == FRS_FIELD_AXIS)
        *(int *)to = (int)n;
    else
        *(int64_t *)to = n;
    return FRS_OK;
}

static frs_status read_bool(const reading *r, const frs_part *p, const char *name, bool *to) {
    const char *s = frs_part_text(p);
    *to = strcasecmp(s, "true") == 0;
    if (*to || strcasecmp(s, "false") == 0) return FRS_OK;
    return wrong(r, p, name, "true | false");
}

static frs_status read_field(reading *r, const frs_part *p, const frs_field *f, frs_layer *l) {
    void *to = (char *)l + f->offset;
    switch (f->kind) {
    case FRS_FIELD_TEXT:
        return read_text(r, p, to);
    case FRS_FIELD_INT:
    case FRS_FIELD_AXIS:
    case FRS_FIELD_NUMBER:
        return read_number(r, p, f, to);
    case FRS_FIELD_THREE:
        return read_three(r, p, f->name, to);
    case FRS_FIELD_BOOL:
        return read_bool(r, p, f->name, to);
    case FRS_FIELD_PADDING:
        return read_padding(r, p, to);
    case FRS_FIELD_ACTIVATION:
        if (frs_activation_find(frs_part_text(p), to)) return FRS_OK;
        return wrong(r, p, f->name, _("the name of an activation (softmax is a layer)"));
    case FRS_FIELD_SHAPE:
        return read_shape(r, p, f->name, to);
    }
    return FRS_OK;
}

static frs_status unknown_field(const reading *r, const frs_part *at, const char *name) {
    const char *near = NULL;
    int distance = 3;
    for (int64_t i = 0; frs__field_at(i); i++) {
        const int d = frs__edit_distance(name, frs__field_at(i)->name);
        if (d >= distance) continue;
        distance = d;
        near = frs__field_at(i)->name;
    }
    char where[512];
    place(r, at, where, sizeof where);
    if (near)
        return frs__fail(r->ctx, FRS_E_INPUT,
                         _("%s: a layer has no field '%.60s': did you mean '%s'?"), where, name,
                         near);
    return frs__fail(r->ctx, FRS_E_INPUT, _("%s: a layer has no field '%.60s'"), where, name);
}

static frs_status read_layer(reading *r, const frs_part *p, frs_layer *l, int64_t *line) {
    if (frs_part_form(p) != FRS_FORM_MAP) return wrong(r, p, "layers", _("'type: ..' and fields"));
    char where[512];
    for (int64_t i = 0; i < frs_part_count(p); i++) {
        const char *name = frs_part_name(p, i);
        const frs_field *f = frs__field_find(name);
        if (!f) return unknown_field(r, frs_part_at(p, i), name);
        FRS_TRY(read_field(r, frs_part_at(p, i), f, l));
    }
    const frs_part *first = frs_part_at(p, 0) ? frs_part_at(p, 0) : p;
    *line = frs_part_line(first);
    const frs_status s = frs__layer_check(r->ctx, l, place(r, first, where, sizeof where));
    return s == FRS_E_ARG ? FRS_E_INPUT : s;
}

static frs_status read_layers(reading *r, const frs_part *p) {
    const int64_t n = frs_part_form(p) == FRS_FORM_LIST ? frs_part_count(p) : 0;
    if (n < 1 || n > 4096) return wrong(r, p, "layers", _("a list of 1 to 4096 layers"));
    r->layers = frs__arena_alloc(&r->arena, n, sizeof *r->layers);
    r->lines = frs__arena_alloc(&r->arena, n, sizeof *r->lines);
    if (!r->layers || !r->lines) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++)
        FRS_TRY(read_layer(r, frs_part_at(p, i), &r->layers[i], &r->lines[i]));
    r->o.layers = r->layers;
    r->o.n_layers = (int)n;
    return FRS_OK;
}

static frs_status read_inputs(reading *r, const frs_part *p) {
    const int64_t n = frs_part_form(p) == FRS_FORM_MAP ? frs_part_count(p) : 0;
    if (n < 1 || n > FRS_NET_INPUTS)
        return wrong(r, p, "inputs", _("names with shapes, 'x: [28, 28, 1]'"));
    for (int64_t i = 0; i < n; i++) {
        r->o.inputs[i].name = frs_part_name(p, i);
        FRS_TRY(read_shape(r, frs_part_at(p, i), "inputs", &r->o.inputs[i].shape));
    }
    return FRS_OK;
}

static frs_status read_net(reading *r, const frs_part *root) {
    if (frs_part_form(root) != FRS_FORM_MAP)
        return wrong(r, root, "net", _("'inputs: ..' and 'layers: ..'"));
    for (int64_t i = 0; i < frs_part_count(root); i++) {
        const char *name = frs_part_name(root, i);
        const frs_part *p = frs_part_at(root, i);
        int64_t seed = 0;
        if (strcmp(name, "inputs") == 0)
            FRS_TRY(read_inputs(r, p));
        else if (strcmp(name, "layers") == 0)
            FRS_TRY(read_layers(r, p));
        else if (strcmp(name, "outputs") == 0)
            FRS_TRY(read_text(r, p, &r->o.outputs));
        else if (strcmp(name, "seed") == 0 && whole(p, &seed) && seed >= 0)
            r->o.seed = (uint64_t)seed;
        else if (strcmp(name, "steps") == 0 && whole(p, &r->o.steps) && r->o.steps > 0)
            continue;
        else
            return wrong(r, p, name, "inputs | layers | outputs | seed | steps");
    }
    return FRS_OK;
}

static frs_status make(const reading *r, frs_net **net) {
    const frs_status s =
        frs__net_new(r->ctx, &r->o, r->lines ? &(frs_net_places){r->path, r->lines} : NULL, net);
    return s == FRS_E_ARG ? frs__fail_in(r->ctx, FRS_E_INPUT, "%s", r->path) : s;
}

frs_status frs__net_of_part(frs_ctx *ctx, const frs_config *config, const frs_part *layers,
                            const frs_net_opts *o, frs_net **net) {
    reading r = {.ctx = ctx,
                 .path = frs_config_file(config),
                 .arena = {.ctx = ctx},
                 .o = *o,
                 .keys = config};
    frs_status s = read_layers(&r, layers);
    if (s == FRS_OK) s = make(&r, net);
    frs__arena_free(&r.arena);
    return s;
}

frs_status frs__net_parse(frs_ctx *ctx, const char *path, const char *text, int64_t n,
                          frs_net **net) {
    frs_yaml *y = NULL;
    reading r = {.ctx = ctx, .path = path, .arena = {.ctx = ctx}};
    FRS_TRY(frs__yaml_read(ctx, path, text, n, &y));
    frs_status s = read_net(&r, frs__yaml_root(y));
    if (s == FRS_OK) s = make(&r, net);
    frs__arena_free(&r.arena);
    frs__yaml_free(y);
    return s;
}

frs_status frs_net_read(frs_ctx *ctx, const char *path, frs_net **net) {
    char *text;
    int64_t n;
    FRS_TRY(frs__read_file(ctx, path, 1 << 24, &text, &n));
    const frs_status s = frs__net_parse(ctx, path, text, n, net);
    frs__free(ctx, text);
    return s;
}

/* ---- writing */
/* 3, or [3, 5] */
static void put_three(frs_buf *b, const int *v) {
    const int n = v[2] ? 3 : v[1] ? 2 : 1;
    if (n > 1) frs__buf_add(b, "[");
    for (int i = 0; i < n; i++) frs__buf_printf(b, "%s%d", i ? ", " : "", v[i]);
    if (n > 1) frs__buf_add(b, "]");
}

static void put_shape(frs_buf *b, frs_shape s) {
    frs__buf_add(b, "[");
    for (int i = 0; i < s.rank; i++)
        if (s.dim[i])
            frs__buf_printf(b, "%s%lld", i ? ", " : "", (long long)s.dim[i]);
        else
            frs__buf_printf(b, "%ssteps", i ? ", " : "");
    frs__buf_add(b, "]");
}

static void put_words(frs_buf *b, const char *words) {
    char word[64];
    int n = 0;
    frs__buf_add(b, "[");
    while (frs__word_next(&words, word, sizeof word)) {
        if (n++) frs__buf_add(b, ", ");
        frs__yaml_put_text(b, word);
    }
    frs__buf_add(b, "]");
}

static void put_field(frs_buf *b, const frs_field *f, const frs_layer *l) {
    const void *at = (const char *)l + f->offset;
    if (frs__field_put_plain(f, at, b)) return;
    switch (f->kind) {
    case FRS_FIELD_TEXT:
        if (strcmp(f->name, "from") == 0)
            put_words(b, *(const char *const *)at);
        else
            frs__yaml_put_text(b, *(const char *const *)at);
        break;
    case FRS_FIELD_THREE:
        put_three(b, at);
        break;
    case FRS_FIELD_PADDING:
        frs__buf_add(b, frs__padding_name(*(const frs_padding *)at));
        break;
    case FRS_FIELD_ACTIVATION:
        frs__buf_add(b, frs_activation_name(*(const frs_activation *)at));
        break;
    case FRS_FIELD_SHAPE:
        put_shape(b, *(const frs_shape *)at);
        break;
    default:
        break;
    }
}

void frs__layer_write(const frs_layer *l, frs_buf *b) {
    bool first = true;
    frs__buf_add(b, "{");
    for (int64_t i = 0; frs__field_at(i); i++) {
        const frs_field *f = frs__field_at(i);
        if (!frs__field_given(f, l)) continue;
        frs__buf_printf(b, "%s%s: ", first ? "" : ", ", f->name);
        put_field(b, f, l);
        first = false;
    }
    frs__buf_add(b, "}");
}

void frs__net_write(const frs_net *net, frs_buf *b) {
    frs__buf_add(b, "inputs:\n");
    for (int i = 0; i < net->n_inputs; i++) {
        frs__buf_add(b, "  ");
        frs__yaml_put_text(b, net->inputs[i].name);
        frs__buf_add(b, ": ");
        put_shape(b, net->inputs[i].shape);
        frs__buf_add(b, "\n");
    }
    frs__buf_printf(b, "seed: %llu\noutputs: [", (unsigned long long)net->o.seed);
    for (int i = 0; i < net->n_outputs; i++) {
        if (i) frs__buf_add(b, ", ");
        frs__yaml_put_text(b, net->outputs[i]);
    }
    frs__buf_add(b, "]\n");
    const int64_t steps = frs__net_dims(net, 1).steps;
    if (steps > 1) frs__buf_printf(b, "steps: %lld\n", (long long)steps);
    frs__buf_add(b, "layers:\n");
    for (int i = 0; i < net->n_layers; i++) {
        frs__buf_add(b, "  - ");
        frs__layer_write(&net->layers[i], b);
        frs__buf_add(b, "\n");
    }
}
