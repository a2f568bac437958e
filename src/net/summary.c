/* A table of a net's layers. */
#include "net/net.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static int64_t params_within(const frs_model *m, const char *scope) {
    const size_t n = strlen(scope);
    int64_t sum = 0;
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        if (n == 0 || (strncmp(p.name, scope, n) == 0 && (p.name[n] == 0 || p.name[n] == '.')))
            sum += frs_shape_count(p.shape);
    }
    return sum;
}

static void put_row(frs_buf *b, const char *name, const char *type, const char *shape,
                    int64_t params, double operations) {
    frs__buf_printf(b, "%-24.24s %-20.20s %-22s %12lld %16.0f\n", name, type, shape,
                    (long long)params, operations);
}

static void shape_text(frs_shape s, char *buf, size_t n) {
    size_t at = (size_t)snprintf(buf, n, "[");
    for (int i = 0; i < s.rank && at + 24 < n; i++)
        at += (size_t)snprintf(buf + at, n - at, "%s%lld", i ? ", " : "", (long long)s.dim[i]);
    snprintf(buf + at, n - at, "]");
}

static void put_layers(const frs_net *net, const frs_plan *plan, frs_buf *b) {
    char shape[160];
    for (int i = 0; i < net->n_layers; i++) {
        const frs_layer *l = &net->layers[i];
        shape_text(net->shapes[i], shape, sizeof shape);
        put_row(b, l->name, l->type, shape, l->share ? 0 : params_within(net->model, l->name),
                l->share ? 0 : frs_plan_operations(plan, l->name));
    }
}

/* Each first part of a parameter's name once. */
static void put_scopes(const frs_net *net, const frs_plan *plan, frs_buf *b) {
    char last[64] = "", scope[64];
    for (int64_t i = 0; i < frs_model_n_params(net->model); i++) {
        const char *name = frs_model_param(net->model, i).name;
        const size_t n = strcspn(name, ".");
        snprintf(scope, sizeof scope, "%.*s", (int)(n < 63 ? n : 63), name);
        if (strcmp(scope, last) == 0) continue;
        memcpy(last, scope, sizeof last);
        put_row(b, scope, "", "", params_within(net->model, scope),
                frs_plan_operations(plan, scope));
    }
}

frs_status frs_net_summary(frs_net *net, int64_t batch, char **text) {
    frs_plan *plan = NULL;
    frs_buf b = {.ctx = net->ctx};
    FRS_TRY(frs_model_compile(net->model, FRS_INFER, (frs_dims){batch, 1}, &plan));
    frs__buf_printf(&b, "%-24s %-20s %-22s %12s %16s\n", _("layer"), _("type"), _("output"),
                    _("parameters"), _("operations"));
    if (net->n_layers)
        put_layers(net, plan, &b);
    else
        put_scopes(net, plan, &b);
    put_row(&b, _("all"), "", "", params_within(net->model, ""), frs_plan_operations(plan, ""));
    const double weights = (double)frs_model_flat_count(net->model) * sizeof(float);
    frs__buf_printf(&b, _("memory: %.1f MB of weights, %.1f MB for a batch of %lld\n"),
                    weights / 1e6, (double)frs_plan_arena_bytes(plan) / 1e6, (long long)batch);
    const frs_status s = frs__buf_status(&b);
    if (s == FRS_OK)
        *text = b.data;
    else
        frs__buf_free(&b);
    return s;
}

frs_status frs_net_output_shape(frs_net *net, const char *output, frs_shape *shape) {
    frs_plan *plan = NULL;
    FRS_TRY(frs_model_compile(net->model, FRS_INFER, (frs_dims){1, 1}, &plan));
    frs_shape found;
    FRS_TRY(frs_plan_output_shape(plan, output ? output : net->outputs[0], &found));
    *shape = (frs_shape){.rank = found.rank - 1};
    for (int i = 0; i < shape->rank; i++) shape->dim[i] = found.dim[i + 1];
    return FRS_OK;
}
