/* A table of a net's layers. */
#include "graph/graph_internal.h"
#include "net/net.h"
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 6, NUMBERS = 4 }; /* the columns from NUMBERS on stand to the right */
typedef struct row {
    const char *cell[COLUMNS]; /* layer, type, from, output, parameters, operations */
} row;
typedef struct table {
    const frs_net *net;
    const frs_plan *plan;
    frs_arena arena;
    row *rows;
    int n;
    bool links; /* some layer says where it takes from */
} table;

typedef enum kind { ALL, TRAINED, FROZEN, KEPT } kind;

static int64_t params_within(const frs_model *m, const char *scope, kind k) {
    int64_t sum = 0;
    for (int64_t i = 0; i < frs_model_n_params(m); i++) {
        const frs_param_info p = frs_model_param(m, i);
        const kind own = p.state ? KEPT : p.frozen ? FROZEN : TRAINED;
        if (k != ALL && own != k) continue;
        if (frs__within(p.name, scope)) sum += frs_shape_count(p.shape);
    }
    return sum;
}

frs_status frs_net_count(frs_net *net, const char *scope, int64_t *n) {
    if (frs_model_n_params(net->model) == 0)
        FRS_TRY(frs_model_outline(net->model, frs__net_dims(net, 1)));
    *n = params_within(net->model, scope, TRAINED) + params_within(net->model, scope, FROZEN);
    return FRS_OK;
}

static const char *kept(table *t, const char *text) {
    const char *copy = frs__arena_strdup(&t->arena, text);
    return copy ? copy : "";
}

/* A row of what the scope holds. */
static row *put(table *t, const char *name, const char *scope) {
    char text[40];
    row *r = &t->rows[t->n++];
    *r = (row){{kept(t, name), "", "", ""}};
    snprintf(text, sizeof text, "%lld", (long long)params_within(t->net->model, scope, ALL));
    r->cell[4] = kept(t, text);
    snprintf(text, sizeof text, "%.0f", frs_plan_operations(t->plan, scope));
    r->cell[5] = kept(t, text);
    return r;
}

static void put_layer(table *t, const frs_layer *l, frs_shape s) {
    char text[160];
    row *r = put(t, l->name, l->name);
    snprintf(text, sizeof text, "%s%s%.64s", l->type,
             l->of      ? " "
             : l->share ? " = "
                        : "",
             l->of      ? l->of
             : l->share ? l->share
                        : "");
    r->cell[1] = kept(t, text);
    r->cell[2] = l->from ? l->from : "";
    frs__shape_text(s, text, sizeof text);
    r->cell[3] = kept(t, text);
    t->links = t->links || l->from;
}

/* Each first part of a parameter's name once: what a net by a build function is told by. */
static void put_scopes(table *t) {
    char last[64] = "", scope[64];
    for (int64_t i = 0; i < frs_model_n_params(t->net->model); i++) {
        const char *name = frs_model_param(t->net->model, i).name;
        const size_t n = strcspn(name, ".");
        snprintf(scope, sizeof scope, "%.*s", (int)(n < 63 ? n : 63), name);
        if (strcmp(scope, last) == 0) continue;
        memcpy(last, scope, sizeof last);
        put(t, scope, scope);
    }
}

static frs_status fill(table *t) {
    const frs_net *net = t->net;
    const int64_t n = net->n_layers ? net->n_layers : frs_model_n_params(net->model);
    static const char *const titles[] = {N_("layer"),  N_("type"),       N_("from"),
                                         N_("output"), N_("parameters"), N_("operations")};
    t->rows = frs__arena_alloc(&t->arena, n + 2, sizeof *t->rows);
    if (!t->rows) return FRS_E_NOMEM;
    for (int c = 0; c < COLUMNS; c++) t->rows[0].cell[c] = _(titles[c]);
    t->n = 1;
    for (int i = 0; i < net->n_layers; i++) put_layer(t, &net->layers[i], net->shapes[i]);
    if (!net->n_layers) put_scopes(t);
    put(t, _("all"), "");
    return FRS_OK;
}

static void print(const table *t, frs_buf *b) {
    for (int i = 0; i < t->n; i++) {
        int blanks = 0;
        for (int c = 0; c < COLUMNS; c++) {
            int width = 0;
            if (c == 2 && !t->links) continue;
            for (int k = 0; k < t->n; k++) {
                const int w = frs__text_width(t->rows[k].cell[c]);
                if (w > width) width = w;
            }
            const char *text = t->rows[i].cell[c];
            const int pad = width - frs__text_width(text);
            frs__buf_printf(b, "%*s%s", blanks + (c >= NUMBERS ? pad : 0), "", text);
            blanks = 2 + (c >= NUMBERS ? 0 : pad);
        }
        frs__buf_add(b, "\n");
    }
}

static void print_totals(const table *t, int64_t batch, frs_buf *b) {
    const frs_model *m = t->net->model;
    const double weights = (double)frs_model_flat_count(m) * sizeof(float);
    frs__buf_printf(b, _("parameters: %lld trained, %lld frozen, %lld running values\n"),
                    (long long)params_within(m, "", TRAINED),
                    (long long)params_within(m, "", FROZEN), (long long)params_within(m, "", KEPT));
    frs__buf_printf(b, _("memory: %.1f MB of weights, %.1f MB for a batch of %lld\n"),
                    weights / 1e6, (double)frs_plan_arena_bytes(t->plan) / 1e6, (long long)batch);
}

frs_status frs_net_summary(frs_net *net, int64_t batch, char **text) {
    frs_plan *plan = NULL;
    FRS_TRY(frs_model_compile(net->model, FRS_INFER, frs__net_dims(net, batch), &plan));
    table t = {.net = net, .plan = plan, .arena = {.ctx = net->ctx}};
    frs_buf b = {.ctx = net->ctx};
    frs_status s = fill(&t);
    if (s == FRS_OK) print(&t, &b);
    if (s == FRS_OK) print_totals(&t, batch, &b);
    if (s == FRS_OK) s = frs__buf_status(&b);
    frs__arena_free(&t.arena);
    if (s == FRS_OK)
        *text = b.data;
    else
        frs__buf_free(&b);
    return s;
}

frs_status frs_net_output_shape(frs_net *net, const char *output, frs_shape *shape) {
    frs_plan *plan = NULL;
    FRS_TRY(frs_model_compile(net->model, FRS_INFER, frs__net_dims(net, 1), &plan));
    frs_shape found;
    FRS_TRY(frs_plan_output_shape(plan, output ? output : net->outputs[0], &found));
    *shape = (frs_shape){.rank = found.rank - 1};
    for (int i = 0; i < shape->rank; i++) shape->dim[i] = found.dim[i + 1];
    return FRS_OK;
}
