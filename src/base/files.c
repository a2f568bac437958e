/* Reading files and folders, locks, clocks. Writing is in writer.c. */
#include "base/context.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static frs_status fail_read(frs_ctx *ctx, const char *path, int code) {
    char text[128];
    return frs__fail(ctx, FRS_E_IO, _("cannot read %s: %s"), path,
                     frs__errno_text(code, text, sizeof text));
}

static frs_status open_regular(frs_ctx *ctx, const char *path, int *fd, int64_t *n) {
    struct stat st;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0) return fail_read(ctx, path, errno);
    int code = fstat(*fd, &st) != 0 ? errno : S_ISDIR(st.st_mode) ? EISDIR : 0;
    if (!code && S_ISREG(st.st_mode)) {
        *n = st.st_size;
        return FRS_OK;
    }
    close(*fd);
    if (code) return fail_read(ctx, path, code);
    return frs__fail(ctx, FRS_E_IO, _("cannot read %s: not a regular file"), path);
}

frs_status frs__map_open(frs_ctx *ctx, const char *path, frs_map *m) {
    int fd;
    int64_t n;
    FRS_TRY(open_regular(ctx, path, &fd, &n));
    const void *p = n ? mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, fd, 0) : "";
    int code = errno;
    close(fd);
    if (p == MAP_FAILED) return fail_read(ctx, path, code);
    *m = (frs_map){.data = p, .n = n};
    return FRS_OK;
}

void frs__map_close(frs_map *m) {
    if (m->data && m->n) munmap((void *)(uintptr_t)m->data, (size_t)m->n);
    *m = (frs_map){0};
}

/* Reads exactly n bytes or less at the end of the file. */
static int64_t read_all(int fd, char *data, int64_t n) {
    int64_t done = 0;
    while (done < n) {
        ssize_t got = read(fd, data + done, (size_t)(n - done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += got;
    }
    return done;
}

frs_status frs__read_file(frs_ctx *ctx, const char *path, int64_t limit, char **text, int64_t *n) {
    int fd;
    int64_t size, got;
    FRS_TRY(open_regular(ctx, path, &fd, &size));
    if (size > limit) {
        close(fd);
        return frs__fail(ctx, FRS_E_INPUT, _("%s: %lld bytes; at most %lld are allowed here"), path,
                         (long long)size, (long long)limit);
    }
    char *data = frs__alloc(ctx, size + 1, 1);
    if (!data) {
        close(fd);
        return FRS_E_NOMEM;
    }
    got = read_all(fd, data, size);
    int code = errno;
    close(fd);
    if (got < 0) {
        frs__free(ctx, data);
        return fail_read(ctx, path, code);
    }
    data[got] = 0;
    *text = data;
    *n = got;
    return FRS_OK;
}

frs_status frs__mkdirs(frs_ctx *ctx, const char *path) {
    char *p = frs__strdup(ctx, path);
    if (!p) return FRS_E_NOMEM;
    int code = 0;
    for (char *end = p; *end && !code;) {
        while (*end == '/') end++;
        while (*end && *end != '/') end++;
        char keep = *end;
        *end = 0;
        if (mkdir(p, 0777) != 0 && !frs__is_dir(p)) code = errno;
        *end = keep;
    }
    frs__free(ctx, p);
    if (!code) return FRS_OK;
    char text[128];
    return frs__fail(ctx, FRS_E_IO, _("cannot make folder %s: %s"), path,
                     frs__errno_text(code == EEXIST ? ENOTDIR : code, text, sizeof text));
}

void frs__remove(const char *path) {
    unlink(path);
}

bool frs__exists(const char *path) {
    struct stat st;
    return stat(path, &st) == 0;
}

bool frs__is_dir(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names, one NUL after each. errno tells of a broken folder. */
static int64_t gather_names(DIR *d, frs_buf *names) {
    int64_t n = 0;
    for (const struct dirent *e; errno = 0, (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        frs__buf_add_n(names, e->d_name, (int64_t)strlen(e->d_name) + 1);
        n++;
    }
    return n;
}

frs_status frs__list_dir(frs_ctx *ctx, const char *path, char ***names, int64_t *n) {
    DIR *d = opendir(path);
    if (!d) return fail_read(ctx, path, errno);
    frs_buf all = {.ctx = ctx};
    int64_t count = gather_names(d, &all);
    int code = errno;
    closedir(d);
    frs_status s = frs__buf_status(&all);
    if (s == FRS_OK && code) s = fail_read(ctx, path, code);
    char **list = NULL;
    if (s == FRS_OK) {
        list = frs__alloc(ctx, count * (int64_t)sizeof *list + all.n, 1);
        if (!list) s = FRS_E_NOMEM;
    }
    if (s == FRS_OK) {
        char *text = (char *)(list + count);
        if (all.n) memcpy(text, all.data, (size_t)all.n);
        for (int64_t i = 0; i < count; i++, text += strlen(text) + 1) list[i] = text;
        qsort(list, (size_t)count, sizeof *list, by_name);
        *names = list;
        *n = count;
    }
    frs__buf_free(&all);
    return s;
}

char *frs__path_join(frs_ctx *ctx, const char *a, const char *b) {
    if (b[0] == '/' || !a[0]) return frs__strdup(ctx, b);
    return frs__asprintf(ctx, a[strlen(a) - 1] == '/' ? "%s%s" : "%s/%s", a, b);
}

static frs_status fail_busy(frs_ctx *ctx, const char *path, int fd) {
    char pid[24] = "";
    ssize_t got = pread(fd, pid, sizeof pid - 1, 0);
    close(fd);
    if (got <= 0) return frs__fail(ctx, FRS_E_BUSY, _("%s: another process uses it"), path);
    return frs__fail(ctx, FRS_E_BUSY, _("%s: process %.*s uses it"), path, (int)got, pid);
}

/* The kernel drops the lock with the process, however it ends; the file may stay. */
frs_status frs__lock_dir(frs_ctx *ctx, const char *path, frs_lock *l) {
    char *name = frs__path_join(ctx, path, ".lock");
    if (!name) return FRS_E_NOMEM;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666), code = errno;
    char text[128];
    frs_status s = FRS_OK;
    if (fd < 0)
        s = frs__fail(ctx, FRS_E_IO, _("cannot write %s: %s"), name,
                      frs__errno_text(code, text, sizeof text));
    frs__free(ctx, name);
    if (s != FRS_OK) return s;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return fail_busy(ctx, path, fd);
        code = errno;
        close(fd);
        return frs__fail(ctx, FRS_E_IO, _("cannot lock %s: %s"), path,
                         frs__errno_text(code, text, sizeof text));
    }
    int n = snprintf(text, sizeof text, "%ld", (long)getpid());
    /* The number is a courtesy to whoever finds the folder busy; the lock holds without it. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) != n) (void)ftruncate(fd, 0);
    l->fd = fd;
    return FRS_OK;
}

void frs__unlock_dir(frs_lock *l) {
    if (l->fd > 0) close(l->fd);
    l->fd = 0;
}

double frs__now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int64_t frs__wall_time_s(void) {
    return (int64_t)time(NULL);
}
