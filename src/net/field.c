/* The fields of a layer by name, and which of them a type of layer has. */
#include "net/net.h"
#include <stddef.h>
#include <string.h>

static const frs_field fields[] = {
#define FRS_FIELD(name, kind, doc)                                                                 \
    {#name, doc, FRS_FIELD_##kind, offsetof(frs_layer, name), sizeof(((frs_layer *)0)->name)},
#include "net/field_list.def"
#undef FRS_FIELD
};

#define FRS_LAYER(name) extern const frs_layer_type frs__layer_##name;
#include "net/layer_list.def"
#undef FRS_LAYER
static const frs_layer_type *const types[] = {
#define FRS_LAYER(name) &frs__layer_##name,
#include "net/layer_list.def"
#undef FRS_LAYER
};

const frs_field *frs__field_at(int64_t i) {
    return i < FRS_LEN(fields) ? &fields[i] : NULL;
}

const frs_field *frs__field_find(const char *name) {
    for (int64_t i = 0; i < FRS_LEN(fields); i++)
        if (strcmp(fields[i].name, name) == 0) return &fields[i];
    return NULL;
}

bool frs__field_given(const frs_field *f, const frs_layer *l) {
    const char *at = (const char *)l + f->offset;
    for (size_t i = 0; i < f->size; i++)
        if (at[i]) return true;
    return false;
}

bool frs__field_put_plain(const frs_field *f, const void *at, frs_buf *b) {
    char text[40];
    if (f->kind == FRS_FIELD_INT)
        frs__buf_printf(b, "%lld", (long long)*(const int64_t *)at);
    else if (f->kind == FRS_FIELD_AXIS)
        frs__buf_printf(b, "%d", *(const int *)at);
    else if (f->kind == FRS_FIELD_NUMBER)
        frs__buf_add(b, frs__format_double(*(const double *)at, text));
    else if (f->kind == FRS_FIELD_BOOL)
        frs__buf_add(b, "true"); /* a field that is false is not given */
    else
        return false;
    return true;
}

const frs_layer_type *frs__layer_type_at(int64_t i) {
    return i < FRS_LEN(types) ? types[i] : NULL;
}

const frs_layer_type *frs__layer_type_find(const char *name) {
    for (int64_t i = 0; i < FRS_LEN(types); i++)
        if (strcmp(types[i]->name, name) == 0) return types[i];
    return NULL;
}

bool frs__word_next(const char **at, char *buf, size_t n) {
    const char *s = *at + strspn(*at, ", ");
    const size_t length = strcspn(s, ", "), kept = length < n ? length : n - 1;
    if (!length) return false;
    memcpy(buf, s, kept);
    buf[kept] = 0;
    *at = s + length;
    return true;
}

bool frs__word_in(const char *words, const char *word) {
    char buf[64];
    while (frs__word_next(&words, buf, sizeof buf))
        if (strcmp(buf, word) == 0) return true;
    return false;
}

/* The nearest name, or NULL. */
static const char *nearest(const char *name) {
    const char *best = NULL;
    int distance = 4;
    for (int64_t i = 0; i < FRS_LEN(types); i++) {
        const int d = frs__edit_distance(name, types[i]->name);
        if (d >= distance) continue;
        distance = d;
        best = types[i]->name;
    }
    return best;
}

static bool always(const char *name) {
    return frs__word_in("type name from share", name);
}

static frs_status unknown(frs_ctx *ctx, const char *where, const char *type) {
    const char *near = nearest(type);
    if (near)
        return frs__fail(ctx, FRS_E_ARG, _("%s: no layer of type '%.60s': did you mean '%s'?"),
                         where, type, near);
    return frs__fail(ctx, FRS_E_ARG, _("%s: no layer of type '%.60s'"), where, type);
}

/* The type that the fields of l belong to: its own, or that of the layer on each step. */
static frs_status type_of(frs_ctx *ctx, const frs_layer *l, const char *where,
                          const frs_layer_type **t) {
    if (!l->type) return frs__fail(ctx, FRS_E_ARG, _("%s: a layer without a type"), where);
    if (!(*t = frs__layer_type_find(l->type))) return unknown(ctx, where, l->type);
    if (!frs__word_in((*t)->fields, "of")) return FRS_OK;
    if (!l->of)
        return frs__fail(ctx, FRS_E_ARG,
                         _("%s: '%s' without 'of', the type of the layer on each "
                           "step"),
                         where, l->type);
    if (!(*t = frs__layer_type_find(l->of))) return unknown(ctx, where, l->of);
    if ((*t)->n_in_min < 2 && strcmp(l->of, l->type) != 0) return FRS_OK;
    return frs__fail(ctx, FRS_E_ARG, _("%s: '%s' of '%s': it must be a layer of one input"), where,
                     l->type, l->of);
}

frs_status frs__layer_check(frs_ctx *ctx, const frs_layer *l, const char *where) {
    const frs_layer_type *t = NULL;
    FRS_TRY(type_of(ctx, l, where, &t));
    const bool inner = strcmp(t->name, l->type) != 0;
    for (int64_t i = 0; i < FRS_LEN(fields); i++)
        if (frs__field_given(&fields[i], l) && !always(fields[i].name) &&
            !frs__word_in(t->fields, fields[i].name) &&
            !(inner && strcmp(fields[i].name, "of") == 0))
            return frs__fail(ctx, FRS_E_ARG, _("%s: '%s' has no field '%s'; it has: %s"), where,
                             t->name, fields[i].name, t->fields[0] ? t->fields : "-");
    if (strcmp(t->name, "custom") == 0 && !l->build)
        return frs__fail(ctx, FRS_E_ARG, _("%s: a layer of type 'custom' without its function"),
                         where);
    return FRS_OK;
}
