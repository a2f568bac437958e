/* What layouts with several files a site share. */
#include "io/layout.h"
#include <string.h>

frs_status frs__parts_new(frs_dataset *d, int n) {
    d->parts = frs__arena_alloc(&d->arena, n, sizeof *d->parts);
    d->n_parts = d->parts ? n : 0;
    return d->parts ? FRS_OK : FRS_E_NOMEM;
}

frs_status frs__part_find(frs_dataset *d, int k, const char *dir, const frs__pattern *p) {
    d->parts[k].what = dir;
    if (!dir) return FRS_E_NOMEM;
    if (!frs__is_dir(dir))
        return frs__fail(d->ctx, FRS_E_INPUT, _("%s: not there, but the layout %s has it"), dir,
                         d->layout->name);
    return frs__find_files(d, dir, p, &d->parts[k]);
}

frs_status frs__read_part_table(frs_dataset *d, int64_t i, int k, frs_series *s) {
    const char *path = frs__file_of(&d->parts[k], d->sites[i].name);
    if (!path)
        return frs__fail(d->ctx, FRS_E_INPUT, _("site %s has no file in %s"), d->sites[i].name,
                         d->parts[k].what);
    return frs__read_table(d, path, s);
}

frs_status frs__preprocessed_open(frs_dataset *d) {
    d->preprocessed = frs__has_dir(d->path, "preprocessed");
    if (!d->preprocessed) return FRS_OK;
    FRS_TRY(frs__parts_new(d, 1));
    FRS_TRY(frs__part_find(d, 0, frs__ds_path(d, NULL, "preprocessed"),
                           &(frs__pattern){.end = ".csv"}));
    return frs__sites_of_parts(d, 1);
}
