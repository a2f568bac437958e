/* Large arrays in a file without a name: what is not in use can leave memory, which an archive of
 * forecasts for thousands of catchments needs. */
#include "base/base.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { IN_MEMORY = 1 << 26 };

static int nameless_file(frs_ctx *ctx) {
    const char *dir = getenv("TMPDIR");
    char *name = frs__path_join(ctx, dir && dir[0] ? dir : "/var/tmp", "freshet-XXXXXX");
    if (!name) return -1;
    const int fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) (void)unlink(name);
    frs__free(ctx, name);
    return fd;
}

/* The disk is asked for all of it now: a full one must not be found out by writing to memory. */
static bool map_file(frs_ctx *ctx, size_t bytes, frs_room *room) {
    const int fd = nameless_file(ctx);
    if (fd < 0) return false;
    void *p = MAP_FAILED;
    if (posix_fallocate(fd, 0, (off_t)bytes) == 0)
        p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (p == MAP_FAILED) return false;
    *room = (frs_room){p, bytes};
    return true;
}

frs_status frs__room_new(frs_ctx *ctx, int64_t n, size_t size, frs_room *room) {
    *room = (frs_room){0};
    if (n > IN_MEMORY / (int64_t)size && n <= INT64_MAX / (int64_t)size &&
        map_file(ctx, (size_t)n * size, room))
        return FRS_OK;
    room->data = frs__alloc(ctx, n, size);
    return room->data ? FRS_OK : FRS_E_NOMEM;
}

void frs__room_free(frs_ctx *ctx, frs_room *room) {
    if (room->mapped)
        munmap(room->data, room->mapped);
    else
        frs__free(ctx, room->data);
    *room = (frs_room){0};
}
