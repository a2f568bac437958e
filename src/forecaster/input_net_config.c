/* From the config's keys to an input net, and what of them cannot be. */
#include "base/base.h"
#include "data/samples.h"
#include "forecaster/input_net.h"
#include <string.h>

enum { MAX_UNITS = 4096 };
static const char method_key[] = "nan_handling_method";

typedef struct reading {
    frs_ctx *ctx;
    const frs_config *c;
    const frs_task *t;
    char where[512];
} reading;

static const char *where(reading *r, const char *key) {
    return frs_config_where(r->c, key, r->where);
}

static frs_status units_of(reading *r, const frs_part *p, frs_embedding *e) {
    const int64_t n = frs_part_form(p) == FRS_FORM_MAP ? 0 : frs_part_count(p);
    if (n < 1 || n > FRS_EMBEDDING_LAYERS)
        return frs__fail(r->ctx, FRS_E_INPUT,
                         _("%s: hiddens: expected from 1 to %d sizes of layers, found %s"),
                         r->where, FRS_EMBEDDING_LAYERS, frs_part_text(p));
    for (e->n = 0; e->n < n; e->n++) {
        const char *text = frs_part_text(frs_part_at(p, e->n));
        int64_t *units = &e->units[e->n];
        if (!frs__parse_int(text, strlen(text), units) || *units < 1 || *units > MAX_UNITS)
            return frs__fail(r->ctx, FRS_E_INPUT,
                             _("%s: hiddens: expected a whole number from 1 to %d, found '%s'"),
                             r->where, MAX_UNITS, text);
    }
    return FRS_OK;
}

static frs_status activation_of(reading *r, const char *text, frs_embedding *e) {
    static const char *const names[] = {"tanh", "sigmoid", "relu", "linear"};
    for (int i = 0; i < FRS_LEN(names); i++)
        if (strcasecmp(text, names[i]) == 0) {
            e->activation = i;
            return FRS_OK;
        }
    return frs__fail(r->ctx, FRS_E_INPUT, _("%s: %s: expected one of %s, found '%s'"), r->where,
                     "activation", "tanh, sigmoid, relu, linear", text);
}

static frs_status member(reading *r, const char *name, const frs_part *p, frs_embedding *e) {
    const char *text = frs_part_text(p);
    if (strcmp(name, "hiddens") == 0) return units_of(r, p, e);
    if (strcmp(name, "activation") == 0) return activation_of(r, text, e);
    if (strcmp(name, "type") == 0) {
        if (strcasecmp(text, "fc") == 0) return FRS_OK;
        return frs__fail(r->ctx, FRS_E_INPUT, _("%s: %s: expected one of %s, found '%s'"), r->where,
                         name, "fc", text);
    }
    if (strcmp(name, "dropout") != 0)
        return frs__fail(r->ctx, FRS_E_INPUT,
                         _("%s: expected type, hiddens, activation or dropout, found '%s'"),
                         r->where, name);
    if (frs__parse_double(text, strlen(text), '.', &e->dropout) && e->dropout >= 0 &&
        e->dropout < 1)
        return FRS_OK;
    return frs__fail(r->ctx, FRS_E_INPUT,
                     _("%s: dropout: expected a number from 0 to below 1, found '%s'"), r->where,
                     text);
}

/* {} and false are none, as NeuralHydrology's configs have them. */
static frs_status embedding_of(reading *r, const char *key, frs_embedding *e) {
    const frs_part *all = frs_config_part(r->c, key);
    if (!all) return FRS_OK;
    const bool map = frs_part_form(all) == FRS_FORM_MAP;
    if (map && frs_part_count(all) == 0) return FRS_OK;
    if (!map && strcasecmp(frs_part_text(all), "false") == 0) return FRS_OK;
    where(r, key);
    if (!map)
        return frs__fail(r->ctx, FRS_E_INPUT,
                         _("%s: expected {type: fc, hiddens: [sizes], activation: tanh, dropout: "
                           "0}, found %s"),
                         r->where, frs_part_text(all));
    for (int64_t i = 0; i < frs_part_count(all); i++)
        FRS_TRY(member(r, frs_part_name(all, i), frs_part_at(all, i), e));
    if (e->n > 0) return FRS_OK;
    return frs__fail(r->ctx, FRS_E_INPUT, _("%s: hiddens, the sizes of its layers, are missing"),
                     r->where);
}

static bool has_statics(const reading *r) {
    return r->t->n_statics > 0 || frs_config_bool(r->c, "use_basin_id_encoding");
}

/* What an attention's query and keys are made of. */
static frs_status check_attention(reading *r, const frs_input_net *n) {
    if (n->dynamics.n == 0)
        return frs__fail(r->ctx, FRS_E_INPUT,
                         _("%s: attention needs dynamics_embedding, as {hiddens: [20, 10]}: its "
                           "query and the groups are embedded by such nets"),
                         where(r, method_key));
    if (!has_statics(r))
        return frs__fail(r->ctx, FRS_E_INPUT,
                         _("%s: attention needs static_attributes: its query is made of them"),
                         where(r, method_key));
    return FRS_OK;
}

static frs_status check_mean(reading *r, const frs_input_net *n) {
    for (int64_t k = 1; k < n->groups && n->dynamics.n == 0; k++)
        if (n->size[k] != n->size[0])
            return frs__fail(
                r->ctx, FRS_E_INPUT,
                _("%s: masked_mean is of groups of the same size, found groups of %lld "
                  "and %lld dynamic_inputs; a dynamics_embedding gives them one size"),
                where(r, method_key), (long long)n->size[0], (long long)n->size[k]);
    return FRS_OK;
}

static frs_status groups_of(reading *r, const char *method, frs_input_net *n) {
    const frs_task *t = r->t;
    if (t->n_groups < 2 || t->n_groups > FRS_INPUT_GROUPS)
        return frs__fail(r->ctx, FRS_E_INPUT,
                         _("%s: %s needs from 2 to %d groups of dynamic_inputs, as [[prcp, temp], "
                           "[pet]]; found %d"),
                         where(r, method_key), method, FRS_INPUT_GROUPS, t->n_groups);
    n->groups = t->n_groups;
    for (int64_t i = 0; i < n->weather; i++) n->size[t->group[i]]++;
    return n->method == FRS_INPUT_MEAN ? check_mean(r, n) : check_attention(r, n);
}

static frs_status check_embeddings(reading *r, const frs_input_net *n) {
    if (n->statics.n && !has_statics(r))
        return frs__fail(r->ctx, FRS_E_INPUT, _("%s: there are no static_attributes to embed"),
                         where(r, "statics_embedding"));
    if (n->dynamics.n && n->weather == 0)
        return frs__fail(r->ctx, FRS_E_INPUT, _("%s: there are no dynamic_inputs to embed"),
                         where(r, "dynamics_embedding"));
    return FRS_OK;
}

frs_status frs__input_net_of(frs_ctx *ctx, const frs_config *c, const frs_task *t,
                             frs_input_net *n) {
    reading r = {.ctx = ctx, .c = c, .t = t};
    const char *method = frs_config_text(c, method_key);
    *n = (frs_input_net){.weather = t->n_inputs - t->n_calendar,
                         .flags = frs__n_flags(t),
                         .positions = frs_config_int(c, "nan_handling_pos_encoding_size"),
                         .span = t->seq_length};
    if (strcmp(method, "masked_mean") == 0) n->method = FRS_INPUT_MEAN;
    if (strcmp(method, "attention") == 0) n->method = FRS_INPUT_ATTENTION;
    FRS_TRY(embedding_of(&r, "statics_embedding", &n->statics));
    FRS_TRY(embedding_of(&r, "dynamics_embedding", &n->dynamics));
    FRS_TRY(check_embeddings(&r, n));
    if (n->positions && strcmp(method, "none") == 0)
        return frs__fail(ctx, FRS_E_INPUT, _("%s: it belongs to a nan_handling_method"),
                         where(&r, "nan_handling_pos_encoding_size"));
    return n->method == FRS_INPUT_PLAIN ? FRS_OK : groups_of(&r, method, n);
}
