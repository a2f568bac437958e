/* A file appears whole or not at all: written aside, synced, renamed, its folder synced.
 * A path that exists and is not a regular file (a pipe, a device) is written straight. */
#include "base/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES 65536

struct frs_writer {
    frs_ctx *ctx;
    char *path, *temp; /* temp NULL: written straight */
    int fd, error;     /* the first errno; sticks */
    bool derived;      /* can be made again: not synced */
    int64_t n;
    char buffer[BUFFER_BYTES];
};

static frs_status fail_write(frs_ctx *ctx, const char *path, int code) {
    char text[128];
    return frs__fail(ctx, FRS_E_IO, _("cannot write %s: %s"), path,
                     frs__errno_text(code, text, sizeof text));
}

static void release(frs_writer *w) {
    if (w->fd >= 0) close(w->fd);
    frs_ctx *ctx = w->ctx;
    frs__free(ctx, w->path);
    frs__free(ctx, w->temp);
    frs__free(ctx, w);
}

static bool is_special(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static frs_status open_target(frs_writer *w, const char *path) {
    frs_ctx *ctx = w->ctx;
    w->path = frs__strdup(ctx, path);
    if (!w->path) return FRS_E_NOMEM;
    if (frs__is_dir(path)) return fail_write(ctx, path, EISDIR);
    if (is_special(path)) {
        w->fd = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        w->temp = frs__asprintf(ctx, "%s.tmp-%ld", path, (long)getpid());
        if (!w->temp) return FRS_E_NOMEM;
        w->fd = open(w->temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    }
    return w->fd < 0 ? fail_write(ctx, path, errno) : FRS_OK;
}

frs_status frs__writer_open(frs_ctx *ctx, const char *path, frs_writer **out) {
    frs_writer *w = frs__alloc(ctx, 1, sizeof *w);
    if (!w) return FRS_E_NOMEM;
    w->ctx = ctx;
    w->fd = -1;
    frs_status s = open_target(w, path);
    if (s != FRS_OK) {
        release(w);
        return s;
    }
    *out = w;
    return FRS_OK;
}

static void write_out(frs_writer *w, const char *data, int64_t n) {
    while (n > 0 && !w->error) {
        ssize_t put = write(w->fd, data, (size_t)n);
        if (put < 0) {
            if (errno != EINTR) w->error = errno;
            continue;
        }
        data += put;
        n -= put;
    }
}

static void flush(frs_writer *w) {
    write_out(w, w->buffer, w->n);
    w->n = 0;
}

static frs_status state(frs_writer *w) {
    return w->error ? fail_write(w->ctx, w->path, w->error) : FRS_OK;
}

frs_status frs__writer_put(frs_writer *w, const void *data, int64_t n) {
    if (n > BUFFER_BYTES - w->n) flush(w);
    if (n > BUFFER_BYTES) {
        write_out(w, data, n);
    } else if (n) {
        memcpy(w->buffer + w->n, data, (size_t)n);
        w->n += n;
    }
    return state(w);
}

frs_status frs__writer_seek(frs_writer *w, int64_t offset) {
    flush(w);
    if (!w->error && lseek(w->fd, (off_t)offset, SEEK_SET) < 0) w->error = errno;
    return state(w);
}

const char *frs__writer_aside(const frs_writer *w) {
    return w->temp;
}

/* After a power cut the new name must be there. Some file systems cannot sync a folder: no error.
 */
static void sync_folder(frs_writer *w) {
    char *slash = strrchr(w->path, '/');
    const char *folder = !slash ? "." : slash == w->path ? "/" : w->path;
    if (slash && slash != w->path) *slash = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd);
    close(fd);
}

frs_status frs__writer_commit(frs_writer *w) {
    flush(w);
    if (w->temp && !w->derived && !w->error && fsync(w->fd) != 0) w->error = errno;
    if (close(w->fd) != 0 && !w->error) w->error = errno;
    w->fd = -1;
    if (w->temp && !w->error && rename(w->temp, w->path) != 0) w->error = errno;
    frs_status s = state(w);
    if (s != FRS_OK) {
        frs__writer_abort(w);
        return s;
    }
    if (w->temp && !w->derived) sync_folder(w);
    release(w);
    return FRS_OK;
}

void frs__writer_abort(frs_writer *w) {
    if (!w) return;
    if (w->temp) (void)unlink(w->temp);
    release(w);
}

static frs_status write_file(frs_ctx *ctx, const char *path, const void *data, int64_t n,
                             bool derived) {
    frs_writer *w;
    FRS_TRY(frs__writer_open(ctx, path, &w));
    w->derived = derived;
    frs_status s = frs__writer_put(w, data, n);
    if (s == FRS_OK) return frs__writer_commit(w);
    frs__writer_abort(w);
    return s;
}

frs_status frs__write_file(frs_ctx *ctx, const char *path, const void *data, int64_t n) {
    return write_file(ctx, path, data, n, false);
}

frs_status frs__write_derived(frs_ctx *ctx, const char *path, const void *data, int64_t n) {
    return write_file(ctx, path, data, n, true);
}
