#include "config/yaml.h"
#include "config/config_internal.h"

struct frs_yaml {
    frs_config c; /* its arena alone */
    frs_entry root;
};

frs_status frs__yaml_read(frs_ctx *ctx, const char *source, const char *text, int64_t n,
                          frs_yaml **out) {
    frs_yaml *y = frs__alloc(ctx, 1, sizeof *y);
    if (!y) return FRS_E_NOMEM;
    y->c = (frs_config){.ctx = ctx, .arena = {.ctx = ctx}};
    const frs_status s = frs__config_parse_value(&y->c, source, text, n, &y->root);
    if (s != FRS_OK) {
        frs__yaml_free(y);
        return s;
    }
    *out = y;
    return FRS_OK;
}

const frs_part *frs__yaml_root(const frs_yaml *y) {
    return &y->root;
}

void frs__yaml_free(frs_yaml *y) {
    if (!y) return;
    frs__arena_free(&y->c.arena);
    frs__free(y->c.ctx, y);
}

void frs__yaml_put_text(frs_buf *b, const char *s) {
    frs__config_put_scalar(b, s, false);
}
