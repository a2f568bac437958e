/* A net: its layers kept, and the build function that replays them. */
#include "net/net.h"
#include "graph/graph_internal.h"
#include "op/op.h"
#include <stdio.h>
#include <string.h>

static frs_status build(frs_builder *b, const void *arg) {
    const frs_net *net = *(const frs_net *const *)arg;
    frs_tensor *out[FRS_NET_OUTPUTS] = {0};
    FRS_TRY(frs__net_forward(net, b, NULL, out));
    for (int i = 0; i < net->n_outputs; i++) frs_output(b, net->outputs[i], out[i]);
    return frs_build_done(b, net->has_targets ? frs__net_loss(net, b, out) : NULL);
}

frs_status frs__net_at_layer(const frs_net *net, int i, frs_status s) {
    const int64_t line = net->places.path ? net->places.lines[i] : 0;
    if (s != FRS_E_ARG || !net->places.path) return s;
    return line > 0
               ? frs__fail_in(net->ctx, FRS_E_INPUT, "%s:%lld", net->places.path, (long long)line)
               : frs__fail_in(net->ctx, FRS_E_INPUT, "--set");
}

/* ---- copying what is given */
static const char *copy_text(frs_net *net, const char *s) {
    return s ? frs__arena_strdup(&net->arena, s) : NULL;
}

static frs_status copy_layer(frs_net *net, int i, const frs_layer *from) {
    frs_layer *l = &net->layers[i];
    *l = *from;
    for (int64_t k = 0; frs__field_at(k); k++) {
        const frs_field *f = frs__field_at(k);
        if (f->kind != FRS_FIELD_TEXT || !frs__field_given(f, from)) continue;
        const char **text = (const char **)((char *)l + f->offset);
        if (!(*text = copy_text(net, *text))) return FRS_E_NOMEM;
    }
    return FRS_OK;
}

static bool taken(const frs_net *net, const char *name, int n) {
    for (int i = 0; i < net->n_inputs; i++)
        if (strcmp(net->inputs[i].name, name) == 0) return true;
    for (int i = 0; i < n; i++)
        if (strcmp(net->layers[i].name, name) == 0) return true;
    return false;
}

/* Each layer a name of its own; one without gets its type and number. */
static frs_status name_layer(frs_net *net, int i) {
    frs_layer *l = &net->layers[i];
    char name[64];
    if (!l->name) {
        for (int k = 1;; k++) {
            snprintf(name, sizeof name, "%.40s_%d", l->type, k);
            if (!taken(net, name, i)) break;
        }
        l->name = copy_text(net, name);
        return l->name ? FRS_OK : FRS_E_NOMEM;
    }
    if (strlen(l->name) >= sizeof name || strpbrk(l->name, ". ,") || !l->name[0])
        return frs__fail(net->ctx, FRS_E_ARG,
                         _("layer %d: a name has 1 to 63 characters, no point, comma or blank"),
                         i + 1);
    if (taken(net, l->name, i))
        return frs__fail(net->ctx, FRS_E_ARG, _("layer %d: there is a '%s' already"), i + 1,
                         l->name);
    return FRS_OK;
}

static int layer_named(const frs_net *net, const char *name, int n) {
    for (int i = 0; i < n; i++)
        if (strcmp(net->layers[i].name, name) == 0) return i;
    return -1;
}

/* What a layer refers to stands before it. */
static frs_status check_links(const frs_net *net, int i) {
    const frs_layer *l = &net->layers[i];
    const char *at = l->from ? l->from : "";
    char word[64];
    while (frs__word_next(&at, word, sizeof word))
        if (!taken(net, word, i))
            return frs__fail(net->ctx, FRS_E_ARG, _("layer '%s': no layer or input '%s' before it"),
                             l->name, word);
    if (!l->share) return FRS_OK;
    const int k = layer_named(net, l->share, i);
    const frs_layer *other = k < 0 ? NULL : &net->layers[k];
    if (!other || strcmp(other->type, l->type) != 0 ||
        (l->of && other->of && strcmp(l->of, other->of) != 0))
        return frs__fail(net->ctx, FRS_E_ARG,
                         _("layer '%s': no layer '%s' of its type before it to share with"),
                         l->name, l->share);
    return FRS_OK;
}

static frs_status take_layers(frs_net *net, const frs_net_opts *o) {
    char where[32];
    net->layers = frs__arena_alloc(&net->arena, o->n_layers, sizeof *net->layers);
    net->shapes = frs__arena_alloc(&net->arena, o->n_layers, sizeof *net->shapes);
    if (!net->layers || !net->shapes) return FRS_E_NOMEM;
    for (int i = 0; i < o->n_layers; i++) {
        snprintf(where, sizeof where, _("layer %d"), i + 1);
        FRS_TRY(frs__layer_check(net->ctx, &o->layers[i], where));
        FRS_TRY(copy_layer(net, i, &o->layers[i]));
        FRS_TRY(frs__net_at_layer(net, i, name_layer(net, i)));
        FRS_TRY(frs__net_at_layer(net, i, check_links(net, i)));
        net->n_layers++;
    }
    return FRS_OK;
}

static frs_status take_inputs(frs_net *net, const frs_net_opts *o) {
    for (int i = 0; i < FRS_NET_INPUTS && o->inputs[i].name; i++) {
        net->inputs[i] = o->inputs[i];
        if (taken(net, o->inputs[i].name, 0))
            return frs__fail(net->ctx, FRS_E_ARG, _("two inputs named '%s'"), o->inputs[i].name);
        if (!(net->inputs[i].name = copy_text(net, o->inputs[i].name))) return FRS_E_NOMEM;
        net->n_inputs++;
    }
    if (net->n_inputs) return FRS_OK;
    return frs__fail(net->ctx, FRS_E_ARG, _("a net without inputs"));
}

static frs_status take_outputs(frs_net *net, const frs_net_opts *o) {
    const char *at = o->outputs ? o->outputs : "";
    char word[64];
    while (frs__word_next(&at, word, sizeof word)) {
        if (net->n_outputs == FRS_NET_OUTPUTS)
            return frs__fail(net->ctx, FRS_E_ARG, _("more than %d outputs"), FRS_NET_OUTPUTS);
        if (!o->build && layer_named(net, word, net->n_layers) < 0)
            return frs__fail(net->ctx, FRS_E_ARG, _("output '%s': no such layer"), word);
        memcpy(net->outputs[net->n_outputs++], word, sizeof word);
    }
    if (net->n_outputs) return FRS_OK;
    snprintf(net->outputs[0], sizeof net->outputs[0], "%s",
             o->build ? "y" : net->layers[net->n_layers - 1].name);
    net->n_outputs = 1;
    return FRS_OK;
}

static frs_status take_places(frs_net *net, const frs_net_opts *o, const frs_net_places *p) {
    if (!p) return FRS_OK;
    int64_t *lines = frs__arena_alloc(&net->arena, o->n_layers, sizeof *lines);
    const char *path = copy_text(net, p->path);
    if (!lines || !path) return FRS_E_NOMEM;
    memcpy(lines, p->lines, (size_t)o->n_layers * sizeof *lines);
    net->places = (frs_net_places){path, lines};
    return FRS_OK;
}

static frs_status take(frs_net *net, const frs_net_opts *o) {
    FRS_TRY(take_inputs(net, o));
    if (!o->build && o->n_layers < 1)
        return frs__fail(net->ctx, FRS_E_ARG, _("a net without layers"));
    if (!o->build) FRS_TRY(take_layers(net, o));
    FRS_TRY(take_outputs(net, o));
    const frs_model_opts m = {.build = build, .arg = &net, .arg_size = sizeof net, .seed = o->seed};
    return frs_model_new(net->ctx, &m, &net->model);
}

frs_status frs_net_new(frs_ctx *ctx, const frs_net_opts *o, frs_net **out) {
    return frs__net_new(ctx, o, NULL, out);
}

frs_status frs__net_new(frs_ctx *ctx, const frs_net_opts *o, const frs_net_places *places,
                        frs_net **out) {
    frs_net *net = frs__alloc(ctx, 1, sizeof *net);
    if (!net) return FRS_E_NOMEM;
    net->ctx = ctx;
    net->arena.ctx = ctx;
    net->o = *o;
    frs_status s = take_places(net, o, places);
    if (s == FRS_OK) s = take(net, o);
    if (s != FRS_OK) {
        frs_net_free(net);
        return s;
    }
    *out = net;
    return FRS_OK;
}

void frs_net_free(frs_net *net) {
    if (!net) return;
    frs_model_free(net->model);
    frs__arena_free(&net->arena);
    frs__free(net->ctx, net);
}

frs_model *frs_net_model(frs_net *net) {
    return net->model;
}

frs_dims frs__net_dims(const frs_net *net, int64_t batch) {
    const int64_t steps = net->o.steps > 0 ? net->o.steps : net->steps;
    return (frs_dims){batch, steps > 0 ? steps : 1};
}

frs_status frs_net_freeze(frs_net *net, const char *scope, bool frozen) {
    FRS_TRY(frs__net_make(net)); /* no parameter has a name before that */
    return frs_model_freeze(net->model, scope, frozen);
}

/* ---- replaying */
static frs_tensor *input(const frs_net *net, frs_builder *b, int i) {
    const frs_dims d = frs_build_dims(b);
    const frs_shape one = net->inputs[i].shape;
    frs_shape s = {.rank = one.rank + 1, .dim = {d.batch}};
    for (int k = 0; k < one.rank; k++) s.dim[k + 1] = one.dim[k] ? one.dim[k] : d.steps;
    return frs_input(b, net->inputs[i].name, s);
}

/* What the layers so far have made. */
typedef struct made {
    const frs_net *net;
    frs_tensor *inputs[FRS_NET_INPUTS];
    frs_tensor **layers;
    bool failed;
} made;

static frs_tensor *find(const made *m, const char *name, int n) {
    for (int i = 0; i < m->net->n_inputs; i++)
        if (strcmp(m->net->inputs[i].name, name) == 0) return m->inputs[i];
    return m->layers[layer_named(m->net, name, n)];
}

void frs__net_sample_text(frs_shape s, char *buf, size_t n) {
    frs_shape one = {.rank = s.rank > 0 ? s.rank - 1 : 0};
    for (int i = 0; i < one.rank; i++) one.dim[i] = s.dim[i + 1];
    frs__shape_text(one, buf, n);
}

/* What a layer was given, behind what it says is wrong, unless that tells it. */
static void tell_given(const frs_net *net, frs_tensor *const *in, int n) {
    char told[600], shapes[400] = "", one[160];
    for (int i = 0; i < n && i < FRS_OP_MAX_IN; i++) {
        const size_t at = strlen(shapes);
        frs__shape_text(frs_tensor_shape(in[i]), one, sizeof one);
        snprintf(shapes + at, sizeof shapes - at, "%s%s", i ? " " : "", one);
        if (i == 0 && strstr(frs_message(net->ctx), one)) return;
    }
    snprintf(told, sizeof told, "%s", frs_message(net->ctx));
    frs__fail(net->ctx, FRS_E_ARG, _("%s; the layer was given %s"), told, shapes);
}

static frs_tensor *layer(made *m, frs_builder *b, int i) {
    const frs_layer *l = &m->net->layers[i];
    const frs_layer_type *t = frs__layer_type_find(l->type);
    frs_tensor *in[FRS_OP_MAX_IN] = {i ? m->layers[i - 1] : m->inputs[0]}, *y;
    const int least = t->n_in_min ? t->n_in_min : 1, most = t->n_in_max ? t->n_in_max : 1;
    const char *at = l->from ? l->from : "";
    char word[64];
    int n = l->from ? 0 : 1;
    while (frs__word_next(&at, word, sizeof word)) {
        if (n < FRS_OP_MAX_IN) in[n] = find(m, word, i);
        n++;
    }
    frs_scope_push(b, l->share ? l->share : l->name);
    if (l->share) frs_share_begin(b);
    if (n < least || n > most)
        frs__build_fail(b, FRS_E_ARG, _("%s: %d inputs, expected %d to %d"), t->name, n, least,
                        most);
    y = b->status == FRS_OK ? t->build(b, l, in, n) : NULL;
    if (l->share) frs_share_end(b);
    frs_scope_pop(b);
    if (b->status == FRS_E_ARG && !m->failed) tell_given(m->net, in, n);
    m->failed = b->status != FRS_OK;
    return m->failed ? NULL : y;
}

static frs_status layers(made *m, frs_builder *b) {
    for (int i = 0; i < m->net->n_layers; i++) {
        m->layers[i] = layer(m, b, i);
        m->net->shapes[i] = frs_tensor_shape(m->layers[i]);
        if (!m->layers[i]) return frs__net_at_layer(m->net, i, frs_build_done(b, NULL));
    }
    return frs_build_done(b, NULL);
}

frs_status frs__net_forward(const frs_net *net, frs_builder *b, frs_tensor *const *in,
                            frs_tensor **out) {
    made m = {.net = net};
    for (int i = 0; i < net->n_inputs; i++) m.inputs[i] = in ? in[i] : input(net, b, i);
    if (net->o.build) return net->o.build(b, m.inputs, out, net->o.arg);
    m.layers = frs__alloc(net->ctx, net->n_layers, sizeof(frs_tensor *));
    if (!m.layers) return FRS_E_NOMEM;
    const frs_status s = layers(&m, b);
    for (int i = 0; i < net->n_outputs && s == FRS_OK; i++)
        out[i] = m.layers[layer_named(net, net->outputs[i], net->n_layers)];
    frs__free(net->ctx, m.layers);
    return s;
}
