/* Small ONNX models for tests: nodes as lines of text, tensors by hand, packed by protobuf-c. */
#ifndef FRS_ONNX_CASE_H
#define FRS_ONNX_CASE_H
#include <onnx.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASE_MOST = 16, CASE_ARGS = 8 };
typedef struct onnx_case {
    Onnx__ModelProto m;
    Onnx__GraphProto g;
    Onnx__OperatorSetIdProto opset, *opsets[1];
    Onnx__NodeProto node[CASE_MOST], *nodes[CASE_MOST];
    char text[CASE_MOST][160], *in[CASE_MOST][CASE_ARGS], *out[CASE_MOST][CASE_ARGS];
    Onnx__AttributeProto attribute[CASE_MOST], *attributes[CASE_MOST][4];
    size_t n_attributes;
    Onnx__TensorProto tensor[CASE_MOST], *tensors[CASE_MOST];
    int64_t dims[CASE_MOST][8];
    Onnx__ValueInfoProto value[CASE_MOST], *inputs[CASE_MOST], *outputs[CASE_MOST];
    Onnx__TypeProto type[CASE_MOST];
    Onnx__TypeProto__Tensor tensor_type[CASE_MOST];
    size_t n_values;
} onnx_case;

static inline void case_begin(onnx_case *c, int64_t opset) {
    memset(c, 0, sizeof *c);
    onnx__model_proto__init(&c->m);
    onnx__graph_proto__init(&c->g);
    onnx__operator_set_id_proto__init(&c->opset);
    c->opset.has_version = 1;
    c->opset.version = opset;
    c->opsets[0] = &c->opset;
    c->m.opset_import = c->opsets;
    c->m.n_opset_import = 1;
    c->m.graph = &c->g;
    c->g.node = c->nodes;
    c->g.initializer = c->tensors;
    c->g.input = c->inputs;
    c->g.output = c->outputs;
}

static inline void case_value(onnx_case *c, const char *name, int type, Onnx__ValueInfoProto **list,
                              size_t *n) {
    const size_t i = c->n_values++;
    onnx__value_info_proto__init(&c->value[i]);
    onnx__type_proto__init(&c->type[i]);
    onnx__type_proto__tensor__init(&c->tensor_type[i]);
    c->tensor_type[i].has_elem_type = 1;
    c->tensor_type[i].elem_type = type;
    c->type[i].value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    c->type[i].tensor_type = &c->tensor_type[i];
    c->value[i].name = (char *)(uintptr_t)name;
    c->value[i].type = &c->type[i];
    list[(*n)++] = &c->value[i];
}
static inline void case_input(onnx_case *c, const char *name, int type) {
    case_value(c, name, type, c->inputs, &c->g.n_input);
}
static inline void case_output(onnx_case *c, const char *name) {
    case_value(c, name, 1, c->outputs, &c->g.n_output);
}

/* "Conv x w b -> y"; "-" stands for an input that is absent. */
static inline Onnx__NodeProto *case_node(onnx_case *c, const char *line) {
    const size_t i = c->g.n_node++;
    Onnx__NodeProto *n = &c->node[i];
    onnx__node_proto__init(n);
    n->input = c->in[i];
    n->output = c->out[i];
    n->attribute = c->attributes[i];
    snprintf(c->text[i], sizeof c->text[i], "%s", line);
    bool out = false;
    for (char *rest = NULL, *t = strtok_r(c->text[i], " ", &rest); t;
         t = strtok_r(NULL, " ", &rest))
        if (!n->op_type)
            n->op_type = t;
        else if (strcmp(t, "->") == 0)
            out = true;
        else if (out)
            n->output[n->n_output++] = t;
        else {
            if (strcmp(t, "-") == 0) *t = 0;
            n->input[n->n_input++] = t;
        }
    c->nodes[i] = n;
    return n;
}

static inline Onnx__AttributeProto *case_attribute(onnx_case *c, Onnx__NodeProto *n,
                                                   const char *name) {
    Onnx__AttributeProto *a = &c->attribute[c->n_attributes++];
    onnx__attribute_proto__init(a);
    a->name = (char *)(uintptr_t)name;
    n->attribute[n->n_attribute++] = a;
    return a;
}
static inline void case_int(onnx_case *c, Onnx__NodeProto *n, const char *name, int64_t v) {
    Onnx__AttributeProto *a = case_attribute(c, n, name);
    a->has_i = 1;
    a->i = v;
}
static inline void case_ints(onnx_case *c, Onnx__NodeProto *n, const char *name, int64_t *v,
                             size_t count) {
    Onnx__AttributeProto *a = case_attribute(c, n, name);
    a->ints = v;
    a->n_ints = count;
}

/* An initialiser; f or i holds its numbers. */
static inline Onnx__TensorProto *case_tensor(onnx_case *c, const char *name, size_t rank,
                                             const int64_t *dims, float *f, int64_t *i) {
    const size_t k = c->g.n_initializer++;
    Onnx__TensorProto *t = &c->tensor[k];
    size_t n = 1;
    onnx__tensor_proto__init(t);
    for (size_t d = 0; d < rank; d++) n *= (size_t)(c->dims[k][d] = dims[d]);
    t->name = (char *)(uintptr_t)name;
    t->dims = c->dims[k];
    t->n_dims = rank;
    t->has_data_type = 1;
    t->data_type = f ? 1 : 7;
    t->float_data = f;
    t->int64_data = i;
    *(f ? &t->n_float_data : &t->n_int64_data) = n;
    c->tensors[k] = t;
    return t;
}

/* The bytes of the file; free them. */
static inline uint8_t *case_bytes(const onnx_case *c, size_t *n) {
    uint8_t *data = malloc(onnx__model_proto__get_packed_size(&c->m) + 1);
    *n = onnx__model_proto__pack(&c->m, data);
    return data;
}
#endif
