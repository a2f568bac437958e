/* A basin file: one site a line, as NeuralHydrology's. */
#include "io/text.h"
#include <string.h>

#define LIST_BYTES (INT64_C(1) << 20)

typedef struct list {
    frs_ctx *ctx;
    const char *path;
    char (*site)[64];
    int64_t n, cap;
} list;

static frs_status add(list *a, const frs__lines *l) {
    const char *s = l->s;
    int64_t n = l->len;
    char buf[64];
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t')) n--;
    while (n && (s[0] == ' ' || s[0] == '\t')) s++, n--;
    char name[64] = "";
    if (n < 64) memcpy(name, s, (size_t)n);
    if (n >= 64 || !frs__printable(name))
        return frs__fail(a->ctx, FRS_E_FORMAT,
                         _("%s:%lld: expected a site of 1 to 63 bytes of UTF-8, found '%s'"),
                         a->path, (long long)l->number,
                         frs__cell_text(&(frs__cell){s, n, false}, buf));
    for (int64_t i = 0; i < a->n; i++)
        if (strcmp(a->site[i], name) == 0) {
            frs__log(a->ctx, FRS_LOG_WARN, _("%s:%lld: site %s is named twice: counted once"),
                     a->path, (long long)l->number, a->site[i]);
            return FRS_OK;
        }
    if (a->n == a->cap) {
        const int64_t cap = a->cap ? 2 * a->cap : 64;
        void *p = frs__realloc(a->ctx, a->site, a->n, cap, sizeof *a->site);
        if (!p) return FRS_E_NOMEM;
        a->site = p;
        a->cap = cap;
    }
    memcpy(a->site[a->n++], name, sizeof name);
    return FRS_OK;
}

frs_status frs_read_site_list(frs_ctx *ctx, const char *path, char (**sites)[64], int64_t *n) {
    char *text = NULL;
    int64_t size = 0;
    FRS_TRY(frs__text_read(ctx, path, LIST_BYTES, &text, &size));
    list a = {.ctx = ctx, .path = path};
    frs__lines l = frs__lines_begin(text, size);
    frs_status s = FRS_OK;
    while (s == FRS_OK && frs__lines_next(&l)) s = add(&a, &l);
    frs__free(ctx, text);
    if (s == FRS_OK && a.n == 0)
        s = frs__fail(ctx, FRS_E_NODATA, _("%s: no site in this list"), path);
    if (s == FRS_OK) {
        *sites = a.site;
        *n = a.n;
    } else
        frs__free(ctx, a.site);
    return s;
}
