/* The context: its options, its message, its callbacks. */
#include "base/context.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int cores(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n;
}

static frs_status set_up(frs_ctx *ctx) {
    const frs_ctx_opts *o = &ctx->opts;
    if (o->threads < 0 || o->threads > FRS_MAX_THREADS)
        return frs__fail(ctx, FRS_E_ARG, _("threads must be 0 to %d, found %d"), FRS_MAX_THREADS,
                         o->threads);
    ctx->threads = o->threads ? o->threads : cores();
    FRS_TRY(frs__isa_choose(ctx, o->isa, &ctx->isa));
    ctx->pool = frs__pool_new(ctx, ctx->threads);
    return ctx->pool ? FRS_OK : FRS_E_NOMEM;
}

frs_status frs_ctx_new(const frs_ctx_opts *opts, frs_ctx **out) {
    *out = NULL;
    if (opts && !opts->allocator.alloc != !opts->allocator.free) return FRS_E_ARG;
    frs_ctx seed = {.pool = NULL};
    if (opts) seed.opts = *opts;
    seed.allocator = seed.opts.allocator;
    frs_ctx *ctx = frs__alloc(&seed, 1, sizeof *ctx);
    if (!ctx) return FRS_E_NOMEM;
    ctx->opts = seed.opts;
    ctx->allocator = seed.allocator;
    frs_status s = set_up(ctx);
    if (s != FRS_OK) {
        frs__log(ctx, FRS_LOG_ERROR, "%s", ctx->message); /* the only way to hear why */
        frs_ctx_free(ctx);
        return s;
    }
    *out = ctx;
    return FRS_OK;
}

void frs_ctx_free(frs_ctx *ctx) {
    if (!ctx) return;
    frs__log_to(ctx, NULL);
    frs__pool_free(ctx, ctx->pool);
    frs_allocator a = ctx->allocator;
    frs_ctx seed = {.allocator = a};
    frs__free(&seed, ctx);
}

const char *frs_message(const frs_ctx *ctx) {
    return ctx ? ctx->message : "";
}

int frs_ctx_threads(const frs_ctx *ctx) {
    return ctx->threads;
}

int64_t frs_ctx_alloc_count(const frs_ctx *ctx) {
    return atomic_load(&ctx->allocs);
}

const char *frs_status_name(frs_status s) {
    static const char *const names[] = {
        [FRS_OK] = "FRS_OK",
        [FRS_E_NOMEM] = "FRS_E_NOMEM",
        [FRS_E_INTERNAL] = "FRS_E_INTERNAL",
        [FRS_E_DIVERGED] = "FRS_E_DIVERGED",
        [FRS_E_CANCELLED] = "FRS_E_CANCELLED",
        [FRS_E_ARG] = "FRS_E_ARG",
        [FRS_E_INPUT] = "FRS_E_INPUT",
        [FRS_E_FORMAT] = "FRS_E_FORMAT",
        [FRS_E_IO] = "FRS_E_IO",
        [FRS_E_NODATA] = "FRS_E_NODATA",
        [FRS_E_UNDEFINED] = "FRS_E_UNDEFINED",
        [FRS_E_UNSUPPORTED] = "FRS_E_UNSUPPORTED",
        [FRS_E_BUSY] = "FRS_E_BUSY",
    };
    return (unsigned)s < FRS_LEN(names) ? names[s] : "unknown status";
}

/* Formatted aside first: an argument may be the message itself. */
frs_status frs__fail(frs_ctx *ctx, frs_status s, const char *fmt, ...) {
    if (!ctx) return s;
    char text[FRS_MESSAGE_BYTES];
    va_list args;
    va_start(args, fmt);
    frs__vformat(text, sizeof text, fmt, args);
    va_end(args);
    memcpy(ctx->message, text, strlen(text) + 1);
    return s;
}

frs_status frs__fail_in(frs_ctx *ctx, frs_status s, const char *fmt, ...) {
    if (!ctx) return s;
    char text[FRS_MESSAGE_BYTES];
    va_list args;
    va_start(args, fmt);
    frs__vformat(text, sizeof text, fmt, args);
    va_end(args);
    size_t n = strlen(text), room = sizeof text - n - 1;
    const char *old = ctx->message;
    if (*old && room > 2) {
        memcpy(text + n, ": ", 2);
        n += 2, room -= 2;
        size_t take = strlen(old) < room ? strlen(old) : room;
        memcpy(text + n, old, take);
        n += take;
    }
    text[n] = 0;
    memcpy(ctx->message, text, n + 1);
    return s;
}

/* A line with its time; a log that cannot be written must not stop the work it tells of. */
static void log_line(int fd, const char *text) {
    char date[32], line[FRS_MESSAGE_BYTES + 64];
    frs_date_format(frs__wall_time_s(), date);
    const int n = snprintf(line, sizeof line, "%s %s\n", date, text);
    if (n > 0 && write(fd, line, (size_t)n) < 0) return;
}

void frs__log(frs_ctx *ctx, frs_log_level level, const char *fmt, ...) {
    if (!ctx || (!ctx->opts.log && !ctx->log_fd)) return;
    char text[FRS_MESSAGE_BYTES];
    va_list args;
    va_start(args, fmt);
    frs__vformat(text, sizeof text, fmt, args);
    va_end(args);
    if (ctx->opts.log) ctx->opts.log(ctx->opts.user, level, text);
    if (ctx->log_fd && level <= FRS_LOG_INFO) log_line(ctx->log_fd, text);
}

frs_status frs__log_to(frs_ctx *ctx, const char *path) {
    if (ctx->log_fd) close(ctx->log_fd);
    ctx->log_fd = 0;
    if (!path) return FRS_OK;
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    char why[128];
    if (fd < 0)
        return frs__fail(ctx, FRS_E_IO, _("%s: cannot be written: %s"), path,
                         frs__errno_text(errno, why, sizeof why));
    ctx->log_fd = fd;
    return FRS_OK;
}

void frs__progress(frs_ctx *ctx, const frs_progress_info *info) {
    if (ctx && ctx->opts.progress) ctx->opts.progress(ctx->opts.user, info);
}

bool frs__cancelled(const frs_ctx *ctx) {
    return ctx && ctx->opts.cancelled && ctx->opts.cancelled(ctx->opts.user);
}
