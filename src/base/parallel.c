/* One pool of threads a context. Blocks are handed out by an atomic counter, so which thread runs a
 * block is chance; bodies must not let it show.
 *
 * A job is published under the lock with a new generation. The ticket holds (generation, next
 * block) in one word: a thread that wakes late cannot claim a block of a job it does not know. */
#include "base/context.h"

#include <pthread.h>

#define SPINS                                                                                      \
    2000 /* some microseconds of waiting before sleeping: steps follow each other closely */

typedef struct job {
    uint32_t generation;
    int64_t n;
    frs_body body;
    void *arg;
} job;

typedef struct worker {
    frs_pool *pool;
    pthread_t thread;
    int index; /* 1.. ; the caller is 0 */
} worker;

struct frs_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    job job; /* guarded by lock */
    bool stop;
    atomic_uint generation; /* copy of job.generation, to spin on */
    atomic_ullong ticket;   /* generation << 32 | next block */
    atomic_llong finished;
    bool started;
    int n_workers, n_running;
    worker workers[];
};

static _Thread_local int body_worker = -1; /* the worker whose body runs in this thread; -1: none */

static void relax(void) {
#ifdef FRS_X86
    __builtin_ia32_pause();
#endif
}

/* Claims and runs blocks until the job has none left. */
static void work(frs_pool *p, const job *j, int index) {
    body_worker = index;
    const unsigned flush = frs__flush_begin();
    unsigned long long t = atomic_load(&p->ticket);
    while ((uint32_t)(t >> 32) == j->generation && (int64_t)(uint32_t)t < j->n) {
        if (!atomic_compare_exchange_weak(&p->ticket, &t, t + 1)) continue;
        j->body(j->arg, (int64_t)(uint32_t)t, index);
        if (atomic_fetch_add(&p->finished, 1) + 1 == j->n) {
            pthread_mutex_lock(&p->lock);
            pthread_cond_broadcast(&p->done);
            pthread_mutex_unlock(&p->lock);
        }
        t = atomic_load(&p->ticket);
    }
    frs__flush_end(flush);
    body_worker = -1;
}

static void *worker_main(void *arg) {
    worker *w = arg;
    frs_pool *p = w->pool;
    uint32_t seen = 0;
    for (;;) {
        for (int i = 0; i < SPINS && atomic_load(&p->generation) == seen; i++) relax();
        pthread_mutex_lock(&p->lock);
        while (!p->stop && p->job.generation == seen) pthread_cond_wait(&p->wake, &p->lock);
        job j = p->job;
        bool stop = p->stop;
        pthread_mutex_unlock(&p->lock);
        if (stop) return NULL;
        seen = j.generation;
        work(p, &j, w->index);
    }
}

/* A thread that cannot be made is done without: the blocks are the same. */
static void start(frs_pool *p) {
    p->started = true;
    for (int i = 0; i < p->n_workers; i++) {
        worker *w = &p->workers[p->n_running];
        *w = (worker){.pool = p, .index = p->n_running + 1};
        if (pthread_create(&w->thread, NULL, worker_main, w) == 0) p->n_running++;
    }
}

frs_pool *frs__pool_new(frs_ctx *ctx, int threads) {
    int64_t bytes = (int64_t)sizeof(frs_pool) + (threads - 1) * (int64_t)sizeof(worker);
    frs_pool *p = frs__alloc(ctx, bytes, 1);
    if (!p) return NULL;
    p->n_workers = threads - 1;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->done, NULL);
    return p;
}

void frs__pool_free(frs_ctx *ctx, frs_pool *p) {
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    atomic_fetch_add(&p->generation, 1);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_running; i++) pthread_join(p->workers[i].thread, NULL);
    pthread_cond_destroy(&p->done);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    frs__free(ctx, p);
}

/* At most 2^32 - 1 blocks: longer jobs run inline. */
static void run_job(frs_pool *p, int64_t n, frs_body body, void *arg) {
    pthread_mutex_lock(&p->lock);
    job j = {.generation = p->job.generation + 1, .n = n, .body = body, .arg = arg};
    p->job = j;
    atomic_store(&p->finished, 0);
    atomic_store(&p->ticket, (unsigned long long)j.generation << 32);
    atomic_store(&p->generation, j.generation);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    work(p, &j, 0);
    for (int i = 0; i < SPINS && atomic_load(&p->finished) < n; i++) relax();
    if (atomic_load(&p->finished) == n) return;
    pthread_mutex_lock(&p->lock);
    while (atomic_load(&p->finished) < n) pthread_cond_wait(&p->done, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

static void run_inline(int64_t n, frs_body body, void *arg, int index) {
    int outer = body_worker;
    const unsigned flush = frs__flush_begin();
    body_worker = index;
    for (int64_t i = 0; i < n; i++) body(arg, i, index);
    body_worker = outer;
    frs__flush_end(flush);
}

void frs__parallel(frs_ctx *ctx, int64_t n_blocks, frs_body body, void *arg) {
    frs_pool *p = ctx ? ctx->pool : NULL;
    if (body_worker >= 0) {
        run_inline(n_blocks, body, arg, body_worker);
    } else if (!p || !p->n_workers || n_blocks < 2 || n_blocks > UINT32_MAX) {
        run_inline(n_blocks, body, arg, 0);
    } else {
        if (!p->started) start(p);
        run_job(p, n_blocks, body, arg);
    }
}
