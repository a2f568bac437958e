/* What layouts share: finding files and the sites in their names. */
#include "io/layout.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 3
#define MAX_FILES INT64_C(10000000)

const char *frs__ds_path(frs_dataset *d, const char *dir, const char *name) {
    char *joined = frs__path_join(d->ctx, dir ? dir : d->path, name);
    const char *kept = joined ? frs__arena_strdup(&d->arena, joined) : NULL;
    frs__free(d->ctx, joined);
    return kept;
}

/* dir/name in buf; false: longer than any path. */
static bool join(const char *dir, const char *name, char buf[PATH_MAX]) {
    const size_t n = strlen(dir), m = strlen(name);
    if (n + m + 2 > PATH_MAX) return false;
    memcpy(buf, dir, n);
    buf[n] = '/';
    memcpy(buf + n + 1, name, m + 1);
    return true;
}

bool frs__has_dir(const char *dir, const char *name) {
    char path[PATH_MAX];
    return join(dir, name, path) && frs__is_dir(path);
}

bool frs__has_file(const char *dir, const char *name) {
    char path[PATH_MAX];
    return join(dir, name, path) && frs__exists(path) && !frs__is_dir(path);
}

frs_status frs__has_like(frs_ctx *ctx, const char *dir, bool (*fits)(const char *name), bool *is) {
    char **names = NULL;
    int64_t n = 0;
    *is = false;
    if (!frs__is_dir(dir)) return FRS_OK;
    const frs_status s = frs__list_dir(ctx, dir, &names, &n);
    for (int64_t i = 0; s == FRS_OK && i < n && !*is; i++) *is = fits(names[i]);
    frs__free(ctx, names);
    return s == FRS_E_NOMEM ? s : FRS_OK;
}

static bool like(const char *name, const char *begin, const char *end) {
    const size_t n = strlen(name), b = strlen(begin), e = strlen(end);
    return name[0] != '.' && n >= b + e && strncmp(name, begin, b) == 0 &&
           strcmp(name + n - e, end) == 0;
}

/* ---- the site in a file's name */

static const char *run_of_digits(const char *name, size_t *n) {
    for (const char *s = name; *s; s += *n + (s[*n] != 0)) {
        *n = strspn(s, "0123456789");
        if (*n >= 8) return s;
    }
    return NULL;
}

/* Where the site stands in a name that fits; NULL: the name does not fit. */
static const char *site_in(const char *name, const frs__pattern *p, size_t *n) {
    const char *before = p->before ? p->before : "", *s = name + strlen(before);
    if (!like(name, before, p->end)) return NULL;
    if (p->digits) return run_of_digits(name, n);
    const char *stop = p->after ? strstr(s, p->after) : name + strlen(name) - strlen(p->end);
    *n = stop ? (size_t)(stop - s) : 0;
    return *n > 0 ? s : NULL;
}

static frs_status keep(frs_dataset *d, frs__files *f, const char *site, size_t n,
                       const char *path) {
    if (n >= sizeof f->at->site)
        return frs__fail(d->ctx, FRS_E_INPUT,
                         _("%s: the site in this name has %zu bytes; expected 1 to 63"), path, n);
    if (f->n >= MAX_FILES)
        return frs__fail(d->ctx, FRS_E_INPUT, _("%s: more than %lld files"), d->path,
                         (long long)MAX_FILES);
    if (f->n == f->cap) {
        const int64_t cap = f->cap ? 2 * f->cap : 64;
        frs__site_file *at = frs__arena_alloc(&d->arena, cap, sizeof *at);
        if (!at) return FRS_E_NOMEM;
        if (f->n) memcpy(at, f->at, (size_t)f->n * sizeof *at);
        f->at = at;
        f->cap = cap;
    }
    frs__site_file *at = &f->at[f->n];
    memcpy(at->site, site, n);
    at->path = frs__arena_strdup(&d->arena, path);
    if (!at->path) return FRS_E_NOMEM;
    f->n++;
    return FRS_OK;
}

static frs_status walk(frs_dataset *d, const char *dir, const frs__pattern *p, int depth,
                       frs__files *out) {
    char **names = NULL;
    int64_t n = 0;
    FRS_TRY(frs__list_dir(d->ctx, dir, &names, &n));
    frs_status s = FRS_OK;
    for (int64_t i = 0; s == FRS_OK && i < n; i++) {
        if (names[i][0] == '.') continue;
        char *path = frs__path_join(d->ctx, dir, names[i]);
        size_t len = 0;
        if (!path)
            s = FRS_E_NOMEM;
        else if (frs__is_dir(path))
            s = depth < MAX_DEPTH ? walk(d, path, p, depth + 1, out) : FRS_OK;
        else {
            const char *site = site_in(names[i], p, &len);
            if (site) s = keep(d, out, site, len, path);
        }
        frs__free(d->ctx, path);
    }
    frs__free(d->ctx, names);
    return s;
}

static int by_site(const void *a, const void *b) {
    const frs__site_file *x = a, *y = b;
    const int order = strcmp(x->site, y->site);
    return order ? order : strcmp(x->path, y->path);
}

frs_status frs__find_files(frs_dataset *d, const char *dir, const frs__pattern *p,
                           frs__files *out) {
    FRS_TRY(walk(d, dir, p, 1, out));
    if (out->n == 0) return FRS_OK;
    qsort(out->at, (size_t)out->n, sizeof *out->at, by_site);
    int64_t n = 1;
    for (int64_t i = 1; i < out->n; i++)
        if (strcmp(out->at[i].site, out->at[n - 1].site) == 0)
            frs__log(d->ctx, FRS_LOG_WARN, _("site %s has two files, the first counts: %s and %s"),
                     out->at[i].site, out->at[n - 1].path, out->at[i].path);
        else
            out->at[n++] = out->at[i];
    out->n = n;
    return FRS_OK;
}

static int site_of_key(const void *key, const void *b) {
    return strcmp(key, ((const frs__site_file *)b)->site);
}

const char *frs__file_of(const frs__files *f, const char *site) {
    if (f->n == 0) return NULL;
    const frs__site_file *at = bsearch(site, f->at, (size_t)f->n, sizeof *f->at, site_of_key);
    return at ? at->path : NULL;
}

frs_status frs__list_like(frs_dataset *d, const char *dir, const char *begin, const char *end,
                          const char ***paths, int64_t *n) {
    char **names = NULL;
    int64_t count = 0;
    *n = 0;
    if (!frs__is_dir(dir)) return FRS_OK;
    FRS_TRY(frs__list_dir(d->ctx, dir, &names, &count));
    *paths = frs__arena_alloc(&d->arena, count, sizeof **paths);
    frs_status s = *paths ? FRS_OK : FRS_E_NOMEM;
    for (int64_t i = 0; s == FRS_OK && i < count; i++) {
        if (!like(names[i], begin, end)) continue;
        const char *path = frs__ds_path(d, dir, names[i]);
        if (!path)
            s = FRS_E_NOMEM;
        else if (!frs__is_dir(path))
            (*paths)[(*n)++] = path;
    }
    frs__free(d->ctx, names);
    return s;
}

/* ---- sites */

frs_status frs__add_site(frs_dataset *d, const char *name, frs__site **site) {
    if (d->n == d->cap) {
        const int64_t cap = d->cap ? 2 * d->cap : 64;
        void *p = frs__realloc(d->ctx, d->sites, d->n, cap, sizeof *d->sites);
        if (!p) return FRS_E_NOMEM;
        d->sites = p;
        d->cap = cap;
    }
    frs__site *at = &d->sites[d->n++];
    *at = (frs__site){.column = -1};
    memcpy(at->name, name, strlen(name) + 1);
    if (site) *site = at;
    return FRS_OK;
}

static const frs__files *lacking(const frs_dataset *d, int n_required, const char *site) {
    for (int k = 0; k < n_required; k++)
        if (!frs__file_of(&d->parts[k], site)) return &d->parts[k];
    return NULL;
}

frs_status frs__sites_of_parts(frs_dataset *d, int n_required) {
    const frs__files *first = d->parts, *gap = NULL;
    const char *which = NULL;
    int64_t n_lacking = 0;
    for (int64_t i = 0; i < first->n; i++) {
        const frs__files *without = lacking(d, n_required, first->at[i].site);
        if (!without) {
            FRS_TRY(frs__add_site(d, first->at[i].site, NULL));
            continue;
        }
        if (n_lacking++ == 0) which = first->at[i].site, gap = without;
    }
    if (d->n == 0 && n_lacking == 0)
        return frs__fail(d->ctx, FRS_E_NODATA, _("%s: no record of the layout %s in it (%s)"),
                         d->path, d->layout->name, first->what);
    if (d->n == 0)
        return frs__fail(d->ctx, FRS_E_NODATA,
                         _("%s: no site has all its files: %s has none in %s"), d->path, which,
                         gap->what);
    if (n_lacking)
        frs__log(d->ctx, FRS_LOG_WARN,
                 _("%s: %lld sites are left out, as files of theirs are not there; the first: %s "
                   "has none in %s"),
                 d->path, (long long)n_lacking, which, gap->what);
    return FRS_OK;
}
