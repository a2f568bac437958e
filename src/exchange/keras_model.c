/* The net of a Keras 2 model: its config's JSON as a net's YAML, which is then read as any other.
 * Sequential: a list of layers; Functional: layers with inbound_nodes, a node for each use of the
 * layer ([[[name, node, tensor, {}], ..], ..]), input_layers, output_layers.
 * source: get_config of keras/engine/sequential.py and functional.py, Keras 2.10 */
#include "config/yaml.h"
#include "exchange/keras_layer.h"
#include "op/op.h"
#include <stdio.h>
#include <string.h>

enum { MAX_NODES = 4096 };

/* A use of a layer. */
typedef struct node {
    const frs__keras_item *item;
    const json_t *inbound; /* [[name, node, tensor, {}], ..]; NULL: an input, or the node before */
    int64_t index;         /* among the layer's uses */
    const char *result;    /* the layer here that gives what it makes; NULL: not written yet */
} node;
typedef struct building {
    frs__keras_writing w;
    frs__keras_item *items;
    node *nodes; /* those of a layer beside each other */
    int64_t n_items, n_nodes;
    frs_buf inputs;        /* "  name: [28, 28, 1]\n" */
    frs__keras_also *also; /* [n_nodes] */
} building;

static frs_status wrong(const building *b, const char *where, const char *what) {
    return frs__fail(b->w.ctx, FRS_E_FORMAT, _("%s: model_config, '%.80s': %s"), b->w.path, where,
                     what);
}

static const char *arena_printf(const building *b, const char *fmt, const char *name, int64_t k) {
    char text[160];
    snprintf(text, sizeof text, fmt, name, (long long)k);
    return frs__arena_strdup(b->w.memory, text);
}

/* ---- inputs */

/* [null, 28, 28, 1]: the batch, and a sample. */
static frs_status put_input(building *b, const frs__keras_item *item, const char *name) {
    const json_t *shape = json_object_get(item->config, "batch_input_shape");
    if (!shape) shape = json_object_get(item->config, "batch_shape");
    const size_t n = json_array_size(shape);
    int free_axes = 0;
    if (n < 2 || n > FRS_MAX_RANK)
        return wrong(b, item->name, _("no batch_input_shape of one to five axes behind the batch"));
    frs__buf_add(&b->inputs, "  ");
    frs__yaml_put_text(&b->inputs, name);
    frs__buf_add(&b->inputs, ": [");
    for (size_t i = 1; i < n; i++) {
        const json_t *axis = json_array_get(shape, i);
        const json_int_t v = json_integer_value(axis);
        frs__buf_add(&b->inputs, i > 1 ? ", " : "");
        if (json_is_null(axis) && free_axes++ == 0)
            frs__buf_add(&b->inputs, "steps");
        else if (v < 1)
            return wrong(b, item->name, _("sizes above 0 expected, and at most one that is free"));
        else
            frs__buf_printf(&b->inputs, "%lld", (long long)v);
    }
    frs__buf_add(&b->inputs, "]\n");
    return frs__buf_status(&b->inputs);
}

static bool is_input(const frs__keras_item *item) {
    return strcmp(item->kind, "InputLayer") == 0;
}

/* ---- the config's layers */

static frs_status read_item(building *b, const json_t *layer, frs__keras_item *item) {
    item->kind = json_string_value(json_object_get(layer, "class_name"));
    item->config = json_object_get(layer, "config");
    item->name = json_string_value(json_object_get(item->config, "name"));
    const char *outer = json_string_value(json_object_get(layer, "name"));
    if (outer) item->name = outer; /* what inbound_nodes call it */
    if (item->kind && item->name && json_is_object(item->config)) return FRS_OK;
    return wrong(b, item->name ? item->name : "layers", _("a layer without name, class or config"));
}

static frs_status read_items(building *b, const json_t *layers) {
    const size_t n = json_array_size(layers);
    if (n < 1 || n > MAX_NODES) return wrong(b, "layers", _("expected a list of 1 to 4096 layers"));
    b->items = frs__arena_alloc(b->w.memory, (int64_t)n, sizeof *b->items);
    if (!b->items) return FRS_E_NOMEM;
    for (size_t i = 0; i < n; i++) FRS_TRY(read_item(b, json_array_get(layers, i), &b->items[i]));
    b->n_items = (int64_t)n;
    return FRS_OK;
}

static frs_status make_nodes(building *b, int64_t n) {
    if (n > MAX_NODES) return wrong(b, "inbound_nodes", _("more than 4096 uses of layers"));
    b->nodes = frs__arena_alloc(b->w.memory, n, sizeof *b->nodes);
    b->also = frs__arena_alloc(b->w.memory, n, sizeof *b->also);
    return b->nodes && b->also ? FRS_OK : FRS_E_NOMEM;
}

/* The node that "[name, node, ..]" means; NULL: none. */
static node *referred(const building *b, const json_t *reference) {
    const char *name = json_string_value(json_array_get(reference, 0));
    const json_int_t index = json_integer_value(json_array_get(reference, 1));
    const json_int_t tensor = json_integer_value(json_array_get(reference, 2));
    for (int64_t i = 0; name && tensor == 0 && i < b->n_nodes; i++)
        if (b->nodes[i].index == index && strcmp(b->nodes[i].item->name, name) == 0)
            return &b->nodes[i];
    return NULL;
}

/* ---- writing */

/* The first use of a layer has its name; others share its weights. */
static frs_status put_node(building *b, node *at, const char *from) {
    const char *name = frs__keras_name(b->w.memory, at->item->name), *first = NULL;
    frs_buf *y = b->w.yaml;
    for (int64_t i = 0; i < b->n_nodes; i++)
        if (&b->nodes[i] != at && b->nodes[i].item == at->item && b->nodes[i].result) first = name;
    if (first) name = arena_printf(b, "%.80s_%lld", first, at->index);
    if (!name) return FRS_E_NOMEM;
    frs__buf_add(y, "  - {name: ");
    frs__yaml_put_text(y, name);
    frs__buf_printf(y, ", from: [%s], ", from);
    if (first) {
        frs__buf_add(y, "share: ");
        frs__yaml_put_text(y, first);
        frs__buf_add(y, ", ");
    }
    frs__keras_also *also = &b->also[at - b->nodes];
    FRS_TRY(frs__keras_put_layer(&b->w, at->item, also));
    frs__buf_add(y, "}\n");
    at->result = name;
    if (also->softmax) {
        at->result = arena_printf(b, "%.80s_softmax", name, 0);
        if (!at->result) return FRS_E_NOMEM;
        frs__buf_add(y, "  - {type: softmax, name: ");
        frs__yaml_put_text(y, at->result);
        frs__buf_add(y, "}\n");
    }
    return frs__buf_status(y);
}

static frs_status add_from(frs_buf *from, const node *source) {
    if (from->n) frs__buf_add(from, ", ");
    frs__yaml_put_text(from, source->result);
    return frs__buf_status(from);
}

/* ---- Sequential */

static frs_status put_sequential(building *b) {
    FRS_TRY(make_nodes(b, b->n_items));
    frs_buf from = {.ctx = b->w.ctx};
    node start = {.item = &b->items[0]};
    const bool has_input = is_input(start.item);
    start.result = has_input ? frs__keras_name(b->w.memory, start.item->name)
                             : arena_printf(b, "%.80s_input", start.item->name, 0);
    if (!start.result) return FRS_E_NOMEM;
    FRS_TRY(put_input(b, start.item, start.result));
    const node *before = &start;
    frs_status s = FRS_OK;
    for (int64_t i = has_input; i < b->n_items && s == FRS_OK; i++) {
        node *at = &b->nodes[b->n_nodes++];
        at->item = &b->items[i];
        from.n = 0;
        s = add_from(&from, before);
        if (s == FRS_OK) s = put_node(b, at, from.data);
        before = at;
    }
    frs__buf_free(&from);
    return s;
}

/* ---- Functional */

static const json_t *inbound_of(const json_t *layer) {
    return json_object_get(layer, "inbound_nodes");
}

static frs_status find_nodes(building *b, const json_t *layers) {
    int64_t n = 0;
    for (size_t i = 0; i < json_array_size(layers); i++)
        n += (int64_t)json_array_size(inbound_of(json_array_get(layers, i))) + 1;
    FRS_TRY(make_nodes(b, n));
    for (int64_t i = 0; i < b->n_items; i++) {
        const json_t *uses = inbound_of(json_array_get(layers, (size_t)i));
        const int64_t n_uses = is_input(&b->items[i]) ? 1 : (int64_t)json_array_size(uses);
        for (int64_t k = 0; k < n_uses; k++) {
            const json_t *use = is_input(&b->items[i]) ? NULL : json_array_get(uses, (size_t)k);
            if (!is_input(&b->items[i]) && !json_is_array(use))
                return wrong(b, b->items[i].name,
                             _("inbound_nodes that are no lists; Keras 3 writes them otherwise"));
            b->nodes[b->n_nodes++] = (node){.item = &b->items[i], .inbound = use, .index = k};
        }
    }
    return FRS_OK;
}

/* *ready: whether all that it needs is written; then `from` names it. */
static frs_status sources(const building *b, const node *at, frs_buf *from, bool *ready) {
    const size_t n = json_array_size(at->inbound);
    from->n = 0;
    *ready = true;
    if (n < 1 || n > FRS_OP_MAX_IN) return wrong(b, at->item->name, _("expected 1 to 12 inputs"));
    for (size_t i = 0; i < n && *ready; i++) {
        const node *source = referred(b, json_array_get(at->inbound, i));
        if (!source) return wrong(b, at->item->name, _("an input that no layer makes"));
        *ready = source->result;
        if (*ready) FRS_TRY(add_from(from, source));
    }
    return FRS_OK;
}

/* Keras lists layers by their depth, a shared one where it is used first: not all are in order. */
static frs_status put_in_order(building *b, frs_buf *from) {
    int64_t left = 0, before = -1;
    for (int64_t i = 0; i < b->n_nodes; i++) left += !b->nodes[i].result;
    while (left && left != before) {
        before = left;
        for (int64_t i = 0; i < b->n_nodes; i++) {
            node *at = &b->nodes[i];
            bool ready = false;
            if (at->result) continue;
            FRS_TRY(sources(b, at, from, &ready));
            if (!ready) continue;
            FRS_TRY(put_node(b, at, from->data));
            left--;
        }
    }
    return left ? wrong(b, "inbound_nodes", _("layers that wait for each other")) : FRS_OK;
}

/* "[name, 0, 0]" alone, or a list of them */
static const json_t *reference_at(const json_t *list, size_t i) {
    const json_t *first = json_array_get(list, 0);
    return json_is_array(first) ? json_array_get(list, i) : first && i == 0 ? list : NULL;
}

static frs_status put_inputs(building *b, const json_t *config) {
    const json_t *list = json_object_get(config, "input_layers"), *one;
    for (size_t i = 0; (one = reference_at(list, i)); i++) {
        node *at = referred(b, one);
        if (!at || at->inbound || at->result)
            return wrong(b, "input_layers", _("a name that is no input's"));
        at->result = frs__keras_name(b->w.memory, at->item->name);
        if (!at->result) return FRS_E_NOMEM;
        FRS_TRY(put_input(b, at->item, at->result));
    }
    for (int64_t i = 0; i < b->n_nodes; i++)
        if (!b->nodes[i].inbound && !b->nodes[i].result)
            return wrong(b, b->nodes[i].item->name, _("an input that input_layers lack"));
    return FRS_OK;
}

static frs_status put_outputs(building *b, const json_t *config) {
    const json_t *list = json_object_get(config, "output_layers"), *one;
    frs_buf from = {.ctx = b->w.ctx};
    frs_status s = FRS_OK;
    for (size_t i = 0; s == FRS_OK && (one = reference_at(list, i)); i++) {
        const node *at = referred(b, one);
        s = at && at->inbound ? add_from(&from, at)
                              : wrong(b, "output_layers", _("a name that is no layer's"));
    }
    if (s == FRS_OK && from.n) frs__buf_printf(b->w.yaml, "outputs: [%s]\n", from.data);
    frs__buf_free(&from);
    return s;
}

static frs_status put_functional(building *b, const json_t *config) {
    frs_buf from = {.ctx = b->w.ctx};
    FRS_TRY(find_nodes(b, json_object_get(config, "layers")));
    FRS_TRY(put_inputs(b, config));
    const frs_status s = put_in_order(b, &from);
    frs__buf_free(&from);
    return s == FRS_OK ? put_outputs(b, config) : s;
}

/* ---- the whole */

static frs_status put_model(building *b, const json_t *root) {
    const char *kind = json_string_value(json_object_get(root, "class_name"));
    const json_t *config = json_object_get(root, "config");
    if (!kind || !config) return wrong(b, "class_name", _("no model"));
    const bool sequential = strcmp(kind, "Sequential") == 0;
    if (!sequential && strcmp(kind, "Functional") != 0 && strcmp(kind, "Model") != 0)
        return frs__fail(b->w.ctx, FRS_E_UNSUPPORTED,
                         _("%s: a model of class '%.60s'; Sequential and Functional are read"),
                         b->w.path, kind);
    const json_t *layers = json_is_array(config) ? config : json_object_get(config, "layers");
    FRS_TRY(read_items(b, layers));
    return sequential ? put_sequential(b) : put_functional(b, config);
}

/* What is normalised here are the last axes; now their number is known. */
static frs_status check_axes(const building *b, const frs_net *net) {
    for (int64_t i = 0; i < b->n_nodes; i++) {
        const frs__keras_also *also = &b->also[i];
        const char *name = b->nodes[i].result;
        for (int k = 0; k < net->n_layers && also->axes && also->first > 0; k++)
            if (strcmp(net->layers[k].name, name) == 0 &&
                also->first + also->axes != net->shapes[k].rank)
                return frs__keras_refuse(&b->w, b->nodes[i].item, "axis",
                                         _("only the last axes are known here"));
    }
    return FRS_OK;
}

static frs_status build(building *b, const json_t *root, frs_net **out) {
    frs_buf all = {.ctx = b->w.ctx};
    frs_net *net = NULL;
    FRS_TRY(put_model(b, root));
    frs__buf_printf(&all, "inputs:\n%slayers:\n", b->inputs.data);
    frs__buf_add_n(&all, b->w.yaml->data ? b->w.yaml->data : "", b->w.yaml->n);
    frs_status s = frs__buf_status(&all);
    if (s == FRS_OK) s = frs__net_parse(b->w.ctx, b->w.path, all.data, all.n, &net);
    frs__buf_free(&all);
    if (s == FRS_OK) s = frs__net_make(net);
    if (s == FRS_OK) s = check_axes(b, net);
    if (s != FRS_OK) {
        frs_net_free(net);
        return s;
    }
    *out = net;
    return FRS_OK;
}

frs_status frs__keras_net(frs_ctx *ctx, const char *path, frs__keras_file *f, frs_net **net) {
    frs_buf yaml = {.ctx = ctx};
    building b = {.w = {ctx, path, f, &f->memory, &yaml}, .inputs = {.ctx = ctx}};
    json_error_t error;
    if (!f->config)
        return frs__fail(ctx, FRS_E_INPUT,
                         _("%s: weights alone, no model (attribute model_config); load them into a "
                           "net of the same shape"),
                         path);
    json_t *root = json_loadb(f->config, strlen(f->config), 0, &error);
    if (!root)
        return frs__fail(ctx, FRS_E_FORMAT, _("%s: model_config: line %d: %s"), path, error.line,
                         error.text);
    const frs_status s = build(&b, root, net);
    json_decref(root);
    frs__buf_free(&b.inputs);
    frs__buf_free(&yaml);
    return s;
}
