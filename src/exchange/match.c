#include "exchange/match.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_LEAVES = 16 };

/* A parameter of ours or a tensor of the file. */
typedef struct leaf {
    const char *name; /* "weight"; of a recurrent layer without the number: "weight_ih_reverse" */
    const char *full;
    int rank;
    int64_t dim[FRS__GIVEN_RANK];
    int64_t at; /* ours: of its element 0 among the weights; theirs: which of the tensors */
} leaf;
/* What belongs to one layer. Layers of a recurrent stack ("weight_ih_l0", "weight_ih_l1") are one
 * each. */
typedef struct group {
    const char *name;
    int64_t number; /* in its stack */
    leaf leaves[MAX_LEAVES];
    int n;
    struct group *other; /* theirs of ours, ours of theirs */
} group;
typedef struct matching {
    frs_ctx *ctx;
    const frs__file_weights *f;
    frs_arena memory;
    group *ours, *theirs;
    int64_t n_ours, n_theirs;
    frs__orders orders;
} matching;

/* ---- groups */

/* "weight_ih_l12_reverse" as "weight_ih_reverse", 12. */
static const char *without_number(frs_arena *memory, const char *name, int64_t *number) {
    const char *l = strstr(name, "_l");
    *number = 0;
    while (l && strspn(l + 2, "0123456789") == 0) l = strstr(l + 1, "_l");
    if (!l) return name;
    const size_t head = (size_t)(l - name), digits = strspn(l + 2, "0123456789");
    const char *tail = l + 2 + digits;
    if (*tail && strcmp(tail, "_reverse") != 0) return name;
    if (!frs__parse_int(l + 2, digits, number)) return name;
    char *s = frs__arena_strdup(memory, name);
    if (s) memmove(s + head, tail, strlen(tail) + 1);
    return s;
}

/* The group for a leaf: the last one where it is of the same layer, else a new one. */
static group *group_of(group *groups, int64_t *n, const char *name, int64_t number) {
    for (int64_t i = *n; i-- > 0;) {
        group *g = &groups[i];
        if (g->number == number && strcmp(g->name, name) == 0) return g;
    }
    groups[*n] = (group){.name = name, .number = number};
    return &groups[(*n)++];
}

static frs_status put(matching *m, group *groups, int64_t *n, const char *group_name, leaf l) {
    int64_t number;
    l.name = without_number(&m->memory, l.name, &number);
    if (!l.name) return FRS_E_NOMEM;
    group *g = group_of(groups, n, group_name, number);
    if (g->n == MAX_LEAVES)
        return frs__fail(m->ctx, FRS_E_INPUT, _("%s: more than %d weights of one layer, '%.80s'"),
                         m->f->path, MAX_LEAVES, l.full);
    g->leaves[g->n++] = l;
    return FRS_OK;
}

/* Ours: "conv1.weight", "block.conv1.weight". */
static frs_status collect_ours(matching *m, const frs_model *model) {
    const int64_t n = frs_model_n_params(model);
    m->ours = frs__arena_alloc(&m->memory, n, sizeof *m->ours);
    if (!m->ours) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        const frs_param_info p = frs_model_param(model, i);
        char *name = frs__arena_strdup(&m->memory, p.name);
        if (!name) return FRS_E_NOMEM;
        char *point = strrchr(name, '.');
        leaf l = {
            .name = point ? point + 1 : name, .full = p.name, .rank = p.shape.rank, .at = p.offset};
        for (int k = 0; k < p.shape.rank; k++) l.dim[k] = p.shape.dim[k];
        if (point) *point = 0;
        FRS_TRY(put(m, m->ours, &m->n_ours, point ? name : "", l));
    }
    return FRS_OK;
}

static frs_status collect_theirs(matching *m) {
    m->theirs = frs__arena_alloc(&m->memory, m->f->n, sizeof *m->theirs);
    if (!m->theirs) return FRS_E_NOMEM;
    for (int64_t i = 0; i < m->f->n; i++) {
        const frs__given *t = &m->f->given[i];
        leaf l = {.name = t->leaf, .full = t->key, .rank = t->rank, .at = i};
        memcpy(l.dim, t->dim, sizeof l.dim);
        FRS_TRY(put(m, m->theirs, &m->n_theirs, t->group, l));
    }
    return FRS_OK;
}

/* ---- which is which */

static const leaf *find(const group *g, const char *name) {
    for (int i = 0; i < g->n; i++)
        if (strcmp(g->leaves[i].name, name) == 0) return &g->leaves[i];
    return NULL;
}

static bool same_shape(const leaf *a, const leaf *b) {
    return a->rank == b->rank && memcmp(a->dim, b->dim, (size_t)a->rank * sizeof a->dim[0]) == 0;
}

static bool fits(const group *ours, const group *theirs) {
    bool good = ours->n == theirs->n;
    for (int i = 0; i < ours->n && good; i++) {
        const leaf *of_theirs = find(theirs, ours->leaves[i].name);
        good = of_theirs && same_shape(&ours->leaves[i], of_theirs);
    }
    return good;
}

static void pair(group *ours, group *theirs) {
    ours->other = theirs;
    theirs->other = ours;
}

static group *first_left(group *groups, int64_t n, const group *that_fits) {
    for (int64_t i = 0; i < n; i++)
        if (!groups[i].other && (!that_fits || fits(that_fits, &groups[i]))) return &groups[i];
    return NULL;
}

static void shape_text(const leaf *l, char *text, size_t size) {
    size_t at = 0;
    snprintf(text, size, "%s", l->rank ? "" : _("a single number"));
    for (int i = 0; i < l->rank && at < size; i++)
        at +=
            (size_t)snprintf(text + at, size - at, "%s%lld", i ? " x " : "", (long long)l->dim[i]);
}

/* The first of ours that theirs has not, or in another shape. */
static frs_status say_unfit(const matching *m, const group *ours, const group *theirs) {
    char expected[160], found[160];
    for (int i = 0; i < ours->n; i++) {
        const leaf *a = &ours->leaves[i], *b = find(theirs, a->name);
        if (b && same_shape(a, b)) continue;
        shape_text(a, expected, sizeof expected);
        if (!b)
            return frs__fail(m->ctx, FRS_E_INPUT,
                             _("%s: layer '%s' has '%s' (%s), and '%.80s' of the file has none"),
                             m->f->path, ours->name, a->full, expected, theirs->leaves[0].full);
        shape_text(b, found, sizeof found);
        return frs__fail(m->ctx, FRS_E_INPUT,
                         _("%s: layer '%s': '%s' is %s, and '%.80s' of the file %s"), m->f->path,
                         ours->name, a->full, expected, b->full, found);
    }
    const leaf *extra = &theirs->leaves[theirs->n - 1];
    for (int i = 0; i < theirs->n; i++)
        if (!find(ours, theirs->leaves[i].name)) extra = &theirs->leaves[i];
    return frs__fail(m->ctx, FRS_E_INPUT, _("%s: layer '%s' has no place for '%.80s' of the file"),
                     m->f->path, ours->name, extra->full);
}

/* Of a layer without a partner: what the next one of the file is. */
static frs_status say_missing(const matching *m, const group *ours) {
    const group *next = first_left(m->theirs, m->n_theirs, NULL);
    char expected[160];
    if (next) return say_unfit(m, ours, next);
    shape_text(&ours->leaves[0], expected, sizeof expected);
    return frs__fail(m->ctx, FRS_E_INPUT, _("%s: no weights for layer '%s' ('%s', %s) in it"),
                     m->f->path, ours->name, ours->leaves[0].full, expected);
}

static frs_status by_name(matching *m, bool partial) {
    for (int64_t i = 0; i < m->n_ours; i++)
        for (int64_t k = 0; k < m->n_theirs; k++) {
            group *a = &m->ours[i], *b = &m->theirs[k];
            if (a->number != b->number || strcmp(a->name, b->name) != 0) continue;
            if (fits(a, b))
                pair(a, b);
            else if (!partial)
                return say_unfit(m, a, b);
        }
    return FRS_OK;
}

static frs_status in_order(matching *m, bool partial) {
    int64_t paired = 0;
    for (int64_t i = 0; i < m->n_ours; i++) {
        group *a = &m->ours[i], *b = a->other ? a->other : first_left(m->theirs, m->n_theirs, a);
        if (!b && !partial) return say_missing(m, a);
        if (!b) continue;
        pair(a, b);
        paired++;
    }
    if (m->n_ours && !paired) return say_missing(m, &m->ours[0]);
    const group *left = first_left(m->theirs, m->n_theirs, NULL);
    if (left && !partial)
        return frs__fail(m->ctx, FRS_E_INPUT, _("%s: the net has no layer for '%.80s'"), m->f->path,
                         left->leaves[0].full);
    frs__log(m->ctx, FRS_LOG_INFO, _("%s: weights of %lld of %lld layers"), m->f->path,
             (long long)paired, (long long)m->n_ours);
    return FRS_OK;
}

/* ---- copying */

/* Element k of the last axis of ours is order[k] of theirs. */
static frs_status copy(const matching *m, const leaf *ours, const frs__given *t, float *weights) {
    const int64_t *order = m->f->columns_turned ? frs__orders_of(&m->orders, ours->full) : NULL;
    const int64_t last = ours->rank ? ours->dim[ours->rank - 1] : 1;
    float *to = weights + ours->at;
    for (int64_t i = 0; i < t->n; i++) {
        const int64_t from = order ? i / last * last + order[i % last] : i;
        if (!isfinite(t->values[from]))
            return frs__fail(m->ctx, FRS_E_INPUT,
                             _("%s: '%.80s' holds a number that is not finite"), m->f->path,
                             t->key);
        to[i] = t->values[from];
    }
    return FRS_OK;
}

static frs_status copy_all(const matching *m, float *weights) {
    for (int64_t i = 0; i < m->n_ours; i++) {
        const group *a = &m->ours[i];
        for (int k = 0; k < a->n && a->other; k++) {
            const leaf *theirs = find(a->other, a->leaves[k].name);
            FRS_TRY(copy(m, &a->leaves[k], &m->f->given[theirs->at], weights));
        }
    }
    return FRS_OK;
}

static frs_status take(matching *m, frs_net *net, bool partial) {
    const size_t bytes = (size_t)frs_model_flat_count(net->model) * sizeof(float);
    FRS_TRY(frs__orders_find(&m->memory, net, &m->orders));
    FRS_TRY(collect_ours(m, net->model));
    FRS_TRY(collect_theirs(m));
    FRS_TRY(by_name(m, partial));
    FRS_TRY(in_order(m, partial));
    float *scratch = frs__alloc(m->ctx, (int64_t)bytes, 1);
    if (!scratch) return FRS_E_NOMEM;
    memcpy(scratch, frs_model_weights_get(net->model), bytes);
    const frs_status s = copy_all(m, scratch);
    if (s == FRS_OK) memcpy(frs_model_weights(net->model), scratch, bytes);
    frs__free(m->ctx, scratch);
    return s;
}

frs_status frs__weights_take(frs_net *net, const frs__file_weights *f, bool partial) {
    matching m = {.ctx = net->ctx, .f = f, .memory = {.ctx = net->ctx}};
    FRS_TRY(frs__net_make(net));
    const frs_status s = take(&m, net, partial);
    frs__arena_free(&m.memory);
    return s;
}
