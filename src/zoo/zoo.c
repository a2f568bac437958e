/* The list of nets, and a net made of its layers. */
#include "zoo/zoo.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FRS_ZOO(name) extern const frs_zoo_def frs__zoo_##name;
#include "zoo/zoo_list.def"
#undef FRS_ZOO
static const frs_zoo_def *const nets[] = {
#define FRS_ZOO(name) &frs__zoo_##name,
#include "zoo/zoo_list.def"
#undef FRS_ZOO
};

const frs_zoo_net *frs_zoo_list(int64_t i) {
    return i >= 0 && i < FRS_LEN(nets) ? &nets[i]->net : NULL;
}

static const frs_zoo_def *find(const char *name) {
    for (int64_t i = 0; i < FRS_LEN(nets); i++)
        if (strcmp(nets[i]->net.name, name) == 0) return nets[i];
    return NULL;
}

const frs_zoo_net *frs_zoo_find(const char *name) {
    const frs_zoo_def *d = find(name);
    return d ? &d->net : NULL;
}

const char *frs__zoo_text(frs_zoo *z, const char *fmt, ...) {
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    const char *kept = frs__arena_strdup(&z->memory, text);
    if (!kept) z->failed = true;
    return kept ? kept : "";
}

const char *frs__zoo_add(frs_zoo *z, const frs_layer *l) {
    if (z->n == z->cap) {
        const int cap = z->cap ? 2 * z->cap : 64;
        frs_layer *more = frs__arena_alloc(&z->memory, cap, sizeof *more);
        if (!more) {
            z->failed = true;
            return l->name;
        }
        if (z->n) memcpy(more, z->layers, (size_t)z->n * sizeof *more);
        z->layers = more;
        z->cap = cap;
    }
    z->layers[z->n++] = *l;
    return l->name;
}

static frs_status no_such(frs_ctx *ctx, const char *name) {
    const char *near = NULL;
    int distance = 4;
    for (int64_t i = 0; i < FRS_LEN(nets); i++) {
        const int d = frs__edit_distance(name, nets[i]->net.name);
        if (d >= distance) continue;
        distance = d;
        near = nets[i]->net.name;
    }
    if (near)
        return frs__fail(ctx, FRS_E_ARG, _("no net named '%.60s': did you mean '%s'?"), name, near);
    return frs__fail(ctx, FRS_E_ARG, _("no net named '%.60s'"), name);
}

static int64_t or_else(int64_t given, int64_t published) {
    return given ? given : published;
}

frs_status frs_zoo_new(frs_ctx *ctx, const char *name, const frs_zoo_opts *opts, frs_net **net) {
    static const frs_zoo_opts none;
    const frs_zoo_opts *o = opts ? opts : &none;
    const frs_zoo_def *d = find(name);
    if (!d) return no_such(ctx, name);
    if (o->height < 0 || o->width < 0 || o->channels < 0 || o->classes < 0)
        return frs__fail(ctx, FRS_E_ARG, _("%s: a size below 0"), name);
    frs_zoo z = {.memory = {.ctx = ctx},
                 .height = or_else(o->height, d->net.input.dim[0]),
                 .width = or_else(o->width, d->net.input.dim[1]),
                 .channels = or_else(o->channels, d->net.input.dim[2]),
                 .classes = or_else(o->classes, d->net.classes)};
    d->build(&z);
    const frs_net_opts n = {.inputs = {{"x", {3, {z.height, z.width, z.channels}}}},
                            .layers = z.layers,
                            .n_layers = z.n,
                            .seed = o->seed};
    const frs_status s = z.failed ? FRS_E_NOMEM : frs_net_new(ctx, &n, net);
    frs__arena_free(&z.memory);
    return s;
}
