/* ONNX models: documented in freshet/onnx.h. */
#include "freshet/onnx.h"

#include "base/base.h"

#ifdef FRS_WITH_ONNX
#include "exchange/onnx_internal.h"

#include <string.h>

enum { MAX_VALUES = 64 }; /* inputs and outputs of a graph: the engine's own limit */

typedef struct result {
    frs_shape shape;
    float *known; /* NULL: the plan's output of the name */
} result;
struct frs_onnx {
    frs_ctx *ctx;
    char *path;
    Onnx__ModelProto *m;
    frs_arena names; /* of what the file says */
    int n_inputs, n_outputs;
    frs_onnx_value *inputs, *outputs;
    frs_onnx_given *given; /* copied, while compiling */
    /* of the last compile */
    frs_arena memory; /* of the replay */
    frs__onnx_replay r;
    frs_model *model;
    frs_plan *plan;
    result *results;
    bool *fed; /* which inputs are */
};

/* ---- what the file says of inputs and outputs */

static frs_status describe(frs_onnx *net, const Onnx__ValueInfoProto *from, frs_onnx_value *to) {
    const Onnx__TypeProto *t = from->type;
    *to = (frs_onnx_value){.name = from->name ? from->name : "", .rank = -1};
    if (!t || t->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return frs__fail(net->ctx, FRS_E_UNSUPPORTED, _("%s: '%.80s' is no tensor"), net->path,
                         to->name);
    const Onnx__TypeProto__Tensor *tensor = t->tensor_type;
    to->type = tensor->elem_type;
    if (!tensor->shape) return FRS_OK;
    if (tensor->shape->n_dim > FRS_MAX_RANK)
        return frs__fail(net->ctx, FRS_E_UNSUPPORTED, _("%s: '%.80s' has %zu axes; at most %d"),
                         net->path, to->name, tensor->shape->n_dim, FRS_MAX_RANK);
    to->rank = (int)tensor->shape->n_dim;
    for (int k = 0; k < to->rank; k++) {
        const Onnx__TensorShapeProto__Dimension *d = tensor->shape->dim[k];
        const bool said = d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        to->dim[k] = said && d->dim_value >= 0 ? d->dim_value : -1;
        if (d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM)
            to->dim_name[k] = d->dim_param;
    }
    return FRS_OK;
}

static bool has_default(const Onnx__GraphProto *g, const char *name) {
    for (size_t i = 0; i < g->n_initializer; i++)
        if (g->initializer[i]->name && name && strcmp(g->initializer[i]->name, name) == 0)
            return true;
    return false;
}

static frs_status describe_all(frs_onnx *net) {
    const Onnx__GraphProto *g = net->m->graph;
    size_t fed = 0;
    for (size_t i = 0; i < g->n_input && fed <= MAX_VALUES; i++)
        fed += !has_default(g, g->input[i]->name);
    if (fed > MAX_VALUES || g->n_output > MAX_VALUES || g->n_output < 1)
        return frs__fail(net->ctx, FRS_E_FORMAT,
                         _("%s: %zu inputs and %zu outputs; at most %d, and at least one output"),
                         net->path, fed, g->n_output, MAX_VALUES);
    net->inputs = frs__arena_alloc(&net->names, (int64_t)fed, sizeof *net->inputs);
    net->outputs = frs__arena_alloc(&net->names, (int64_t)g->n_output, sizeof *net->outputs);
    net->given = frs__arena_alloc(&net->names, (int64_t)fed, sizeof *net->given);
    net->fed = frs__arena_alloc(&net->names, (int64_t)fed, sizeof *net->fed);
    net->results = frs__arena_alloc(&net->names, (int64_t)g->n_output, sizeof *net->results);
    if (!net->inputs || !net->outputs || !net->given || !net->fed || !net->results)
        return FRS_E_NOMEM;
    for (size_t i = 0; i < g->n_input; i++)
        if (!has_default(g, g->input[i]->name))
            FRS_TRY(describe(net, g->input[i], &net->inputs[net->n_inputs++]));
    for (size_t i = 0; i < g->n_output; i++)
        FRS_TRY(describe(net, g->output[i], &net->outputs[net->n_outputs++]));
    return FRS_OK;
}

static int64_t most_values(const Onnx__GraphProto *g) {
    size_t n = g->n_initializer + g->n_input + g->n_output;
    for (size_t i = 0; i < g->n_node; i++) {
        const frs__onnx_node *node = g->node[i];
        n += node->n_input + node->n_output;
        for (size_t k = 0; k < node->n_attribute; k++)
            if (node->attribute[k]->g) n += (size_t)most_values(node->attribute[k]->g);
    }
    return (int64_t)n;
}

/* Whose values decide a shape: from the inputs of nodes that must be known, backwards. */
static frs_status find_deciding(frs_onnx *net, frs_arena *memory) {
    const Onnx__GraphProto *g = net->m->graph;
    frs__onnx_table wanted;
    FRS_TRY(frs__onnx_table_new(memory, most_values(g), &wanted));
    for (size_t i = g->n_node; i-- > 0;) {
        const frs__onnx_node *n = g->node[i];
        const frs__onnx_op *op = frs__onnx_op_find(n);
        bool all = false;
        for (size_t k = 0; k < n->n_output; k++)
            all |= n->output[k] && frs__onnx_find(&wanted, n->output[k])->set;
        all = all && op && !op->only_shapes;
        for (size_t k = 0; k < n->n_input; k++) {
            const bool known = op && (k < 32 ? op->known >> k & 1 : false);
            if ((all || known) && n->input[k]) frs__onnx_find(&wanted, n->input[k])->set = true;
        }
    }
    for (int i = 0; i < net->n_inputs; i++)
        net->inputs[i].decides_shapes = frs__onnx_find(&wanted, net->inputs[i].name)->set;
    return FRS_OK;
}

static frs_status open_in(frs_onnx *net, const char *path) {
    net->path = frs__strdup(net->ctx, path);
    if (!net->path) return FRS_E_NOMEM;
    FRS_TRY(frs__onnx_read(net->ctx, path, &net->m, &net->r.opset));
    FRS_TRY(describe_all(net));
    frs_arena memory = {.ctx = net->ctx};
    const frs_status s = find_deciding(net, &memory);
    frs__arena_free(&memory);
    return s;
}

frs_status frs_onnx_open(frs_ctx *ctx, const char *path, frs_onnx **out) {
    frs_onnx *net = frs__alloc(ctx, 1, sizeof *net);
    if (!net) return FRS_E_NOMEM;
    net->ctx = ctx;
    net->names.ctx = net->memory.ctx = ctx;
    const frs_status s = open_in(net, path);
    if (s == FRS_OK)
        *out = net;
    else
        frs_onnx_free(net);
    return s;
}

void frs_onnx_free(frs_onnx *net) {
    if (!net) return;
    frs_model_free(net->model);
    for (int i = 0; i < net->n_outputs; i++) frs__free(net->ctx, net->results[i].known);
    frs__onnx_read_free(net->ctx, net->m);
    frs__arena_free(&net->names);
    frs__arena_free(&net->memory);
    frs__free(net->ctx, net->path);
    frs__free(net->ctx, net);
}

int frs_onnx_n_inputs(const frs_onnx *net) {
    return net->n_inputs;
}
int frs_onnx_n_outputs(const frs_onnx *net) {
    return net->n_outputs;
}
frs_onnx_value frs_onnx_input(const frs_onnx *net, int i) {
    return net->inputs[i];
}
frs_onnx_value frs_onnx_output(const frs_onnx *net, int i) {
    return net->outputs[i];
}
frs_model *frs_onnx_model(frs_onnx *net) {
    return net->model;
}
frs_plan *frs_onnx_plan(frs_onnx *net) {
    return net->plan;
}

/* ---- building */

static frs_status start(frs_onnx *net, frs_builder *b) {
    const int64_t opset = net->r.opset;
    frs__arena_free(&net->memory);
    net->memory = (frs_arena){.ctx = net->ctx};
    net->r = (frs__onnx_replay){
        .ctx = net->ctx, .b = b, .memory = &net->memory, .path = net->path, .opset = opset};
    return frs__onnx_table_new(&net->memory, most_values(net->m->graph), &net->r.table);
}

static frs__onnx_v *input_value(frs_onnx *net, int i) {
    frs__onnx_v *v = frs__onnx_find(&net->r.table, net->inputs[i].name);
    if (v->set || !v->name[0]) {
        frs__fail(net->ctx, FRS_E_FORMAT, _("%s: two inputs named '%.80s'"), net->path, v->name);
        return NULL;
    }
    v->set = true;
    v->type = net->inputs[i].type;
    return v;
}

static bool is_known(const frs__onnx_v *v) {
    return v->data && !v->trained && !v->logical && !v->last;
}

/* The outputs' tensors. */
static frs_status finish(frs_onnx *net, frs_builder *b, frs_tensor **outputs, bool known_too) {
    FRS_TRY(frs__onnx_replay_graph(&net->r, net->m->graph));
    frs__onnx_call c = {.r = &net->r, .b = b, .opset = net->r.opset};
    for (int i = 0; i < net->n_outputs; i++) {
        frs__onnx_v *v = frs__onnx_find(&net->r.table, net->outputs[i].name);
        if (!v->set)
            return frs__fail(net->ctx, FRS_E_FORMAT, _("%s: no node computes the output '%.80s'"),
                             net->path, v->name);
        outputs[i] = is_known(v) && !known_too ? NULL : frs__onnx_as(&c, v, false);
    }
    return frs_build_done(b, NULL);
}

static frs_status given_data(frs_onnx *net, int i, frs__onnx_data **d) {
    const frs_onnx_given *given = &net->given[i];
    FRS_TRY(frs__onnx_data_new(&net->memory, net->inputs[i].type, given->shape, d));
    for (int64_t k = 0; k < (*d)->n; k++) frs__onnx_data_set(*d, k, given->values[k]);
    return FRS_OK;
}

static frs_status build(frs_builder *b, const void *arg) {
    frs_onnx *net = *(frs_onnx *const *)arg;
    frs_tensor *outputs[MAX_VALUES];
    FRS_TRY(start(net, b));
    for (int i = 0; i < net->n_inputs; i++) {
        frs__onnx_v *v = input_value(net, i);
        frs__onnx_data *d = NULL;
        if (!v) return FRS_E_FORMAT;
        if (net->given[i].values)
            FRS_TRY(given_data(net, i, &d));
        else
            v->logical = frs_input(b, v->name, net->given[i].shape);
        v->data = d;
    }
    FRS_TRY(finish(net, b, outputs, false));
    for (int i = 0; i < net->n_outputs; i++)
        if (outputs[i]) frs_output(b, net->outputs[i].name, outputs[i]);
    return frs_build_done(b, NULL);
}

frs_status frs_onnx_build(frs_builder *b, frs_onnx *net, frs_tensor *const *inputs,
                          frs_tensor **outputs) {
    FRS_TRY(start(net, b));
    for (int i = 0; i < net->n_inputs; i++) {
        frs__onnx_v *v = input_value(net, i);
        if (!v || !inputs[i]) return v ? frs_build_done(b, NULL) : FRS_E_FORMAT;
        v->logical = inputs[i];
    }
    return finish(net, b, outputs, true);
}

frs_status frs_onnx_load(frs_onnx *net, frs_model *m, const char *scope) {
    return frs__onnx_load_into(net->ctx, m, scope, net->r.loads, net->r.n_loads);
}

/* ---- compiling and running */

/* Sizes that the file says are those of the exporter's example: others are tried. */
static frs_status check_given(frs_onnx *net, const frs_onnx_given *given) {
    for (int i = 0; i < net->n_inputs; i++) {
        const frs_shape s = given[i].shape;
        bool possible = s.rank >= 0 && s.rank <= FRS_MAX_RANK;
        for (int k = 0; possible && k < s.rank; k++) possible = s.dim[k] >= 0;
        if (!possible)
            return frs__fail(net->ctx, FRS_E_ARG, _("%s: input '%.80s' cannot have such a shape"),
                             net->path, net->inputs[i].name);
    }
    return FRS_OK;
}

/* What was trained since stays; constants may follow from the shapes. */
static void keep_weights(const frs_model *old, frs_model *m) {
    for (int64_t i = 0; old && i < frs_model_n_params(old); i++) {
        const frs_param_info was = frs_model_param(old, i);
        for (int64_t k = 0; k < frs_model_n_params(m); k++) {
            const frs_param_info is = frs_model_param(m, k);
            const int64_t n = frs_shape_count(is.shape);
            if (is.state || strcmp(was.name, is.name) != 0 || n != frs_shape_count(was.shape))
                continue;
            memcpy((float *)frs_model_weights(m) + is.offset,
                   (const float *)frs_model_weights_get(old) + was.offset, (size_t)n * 4);
        }
    }
}

static frs_status keep_results(frs_onnx *net, result *results) {
    for (int i = 0; i < net->n_outputs; i++) {
        const frs__onnx_v *v = frs__onnx_find(&net->r.table, net->outputs[i].name);
        results[i] = (result){0};
        if (!is_known(v)) {
            results[i].shape = frs_tensor_shape(v->logical);
            continue;
        }
        results[i].shape = v->data->shape;
        results[i].known = frs__alloc(net->ctx, v->data->n, sizeof(float));
        if (!results[i].known) return FRS_E_NOMEM;
        for (int64_t k = 0; k < v->data->n; k++)
            results[i].known[k] = (float)frs__onnx_real(v->data, k);
    }
    return FRS_OK;
}

static frs_status compile(frs_onnx *net, frs_model *m, frs_plan **plan, result *results) {
    FRS_TRY(frs_model_compile(m, FRS_INFER, (frs_dims){1, 1}, plan));
    FRS_TRY(frs_onnx_load(net, m, ""));
    keep_weights(net->model, m);
    return keep_results(net, results);
}

frs_status frs_onnx_compile(frs_onnx *net, const frs_onnx_given *given) {
    frs_model *m;
    frs_plan *plan;
    result results[MAX_VALUES] = {0};
    FRS_TRY(check_given(net, given));
    for (int i = 0; i < net->n_inputs; i++) net->given[i] = given[i];
    FRS_TRY(frs_model_new(
        net->ctx, &(frs_model_opts){.build = build, .arg = &net, .arg_size = sizeof net}, &m));
    const frs_status s = compile(net, m, &plan, results);
    if (s == FRS_OK) {
        for (int i = 0; i < net->n_outputs; i++) {
            float *was = net->results[i].known;
            net->results[i] = results[i];
            results[i].known = was;
        }
        frs_model *old = net->model;
        net->model = m;
        net->plan = plan;
        for (int i = 0; i < net->n_inputs; i++) net->fed[i] = !given[i].values;
        m = old;
    }
    for (int i = 0; i < net->n_outputs; i++) frs__free(net->ctx, results[i].known);
    frs_model_free(m);
    return s;
}

frs_status frs_onnx_run(frs_onnx *net, const float *const *inputs) {
    if (!net->plan) return frs__fail(net->ctx, FRS_E_ARG, _("%s: not compiled yet"), net->path);
    for (int i = 0; i < net->n_inputs; i++) {
        if (!net->fed[i]) continue;
        float *to;
        int64_t n;
        FRS_TRY(frs_plan_input(net->plan, net->inputs[i].name, &to, &n));
        if (n) memcpy(to, inputs[i], (size_t)n * sizeof *to);
    }
    return frs_plan_run(net->plan, 0);
}

frs_status frs_onnx_result(frs_onnx *net, int i, frs_shape *shape, const float **values) {
    int64_t n;
    if (!net->plan || i < 0 || i >= net->n_outputs)
        return frs__fail(net->ctx, FRS_E_ARG, _("%s: not compiled yet, or no output %d"), net->path,
                         i);
    *shape = net->results[i].shape;
    *values = net->results[i].known;
    return *values ? FRS_OK : frs_plan_output_f32(net->plan, net->outputs[i].name, values, &n);
}

#else /* built without ONNX */
#include "graph/walk.h"

static frs_status without(frs_ctx *ctx) {
    return frs__dl_open(ctx, "ONNX", NULL, NULL, NULL, 0);
}
frs_status frs_onnx_open(frs_ctx *ctx, const char *path, frs_onnx **net) {
    (void)path;
    (void)net;
    return without(ctx);
}
/* There is no net to call these with. */
void frs_onnx_free(frs_onnx *net) {
    (void)net;
}
int frs_onnx_n_inputs(const frs_onnx *net) {
    (void)net;
    return 0;
}
int frs_onnx_n_outputs(const frs_onnx *net) {
    (void)net;
    return 0;
}
frs_onnx_value frs_onnx_input(const frs_onnx *net, int i) {
    (void)net;
    (void)i;
    return (frs_onnx_value){0};
}
frs_onnx_value frs_onnx_output(const frs_onnx *net, int i) {
    (void)net;
    (void)i;
    return (frs_onnx_value){0};
}
frs_status frs_onnx_compile(frs_onnx *net, const frs_onnx_given *given) {
    (void)net;
    (void)given;
    return without(NULL);
}
frs_status frs_onnx_run(frs_onnx *net, const float *const *inputs) {
    (void)net;
    (void)inputs;
    return without(NULL);
}
frs_status frs_onnx_result(frs_onnx *net, int i, frs_shape *shape, const float **values) {
    (void)net;
    (void)i;
    (void)shape;
    (void)values;
    return without(NULL);
}
frs_model *frs_onnx_model(frs_onnx *net) {
    (void)net;
    return NULL;
}
frs_plan *frs_onnx_plan(frs_onnx *net) {
    (void)net;
    return NULL;
}
frs_status frs_onnx_build(frs_builder *b, frs_onnx *net, frs_tensor *const *inputs,
                          frs_tensor **outputs) {
    (void)b;
    (void)net;
    (void)inputs;
    (void)outputs;
    return without(NULL);
}
frs_status frs_onnx_load(frs_onnx *net, frs_model *m, const char *scope) {
    (void)net;
    (void)m;
    (void)scope;
    return without(NULL);
}
frs_status frs_onnx_save(frs_model *m, const char *path, const frs_onnx_save_opts *o) {
    (void)path;
    (void)o;
    return without(frs__model_ctx(m));
}
frs_status frs_export_onnx(frs_ctx *ctx, const frs_forecaster *f, const char *path,
                           const frs_export_onnx_opts *o) {
    (void)f;
    (void)path;
    (void)o;
    return without(ctx);
}
frs_status frs_onnx_save_net(frs_net *net, const char *path, const frs_onnx_save_opts *o) {
    return frs_onnx_save(frs_net_model(net), path, o);
}
#endif
