/* The small data sets of layout_files.h made in a folder. */
#ifndef LAYOUT_CASE_H
#define LAYOUT_CASE_H
#include "support.h"

#include "freshet/io.h"
#include "layout_files.h"

/* dir/path with all folders above it */
static inline void layout_put(const char *dir, const char *path, const char *text) {
    char whole[1024], command[1200];
    snprintf(whole, sizeof whole, "%s/%s", dir, path);
    char *slash = strrchr(whole, '/');
    *slash = 0;
    snprintf(command, sizeof command, "mkdir -p '%s'", whole);
    assert_int_equal(system(command), 0);
    *slash = '/';
    FILE *f = fopen(whole, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

#endif
