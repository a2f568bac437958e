/* Files appear whole or not at all; every refusal of the system has its words; locks. */
#include "support.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

typedef struct fixture {
    test_heap heap;
    frs_ctx *ctx;
    char dir[256];
} fixture;

static int set_up(void **state) {
    fixture *f = calloc(1, sizeof *f);
    f->ctx = test_ctx_new(&f->heap, 1);
    test_dir(f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    fixture *f = *state;
    test_dir_remove(f->dir);
    test_ctx_free(f->ctx, &f->heap);
    free(f);
    return 0;
}

static int64_t count_names(fixture *f) {
    char **names;
    int64_t n;
    assert_ok(f->ctx, frs__list_dir(f->ctx, f->dir, &names, &n));
    frs__free(f->ctx, names);
    return n;
}

static void assert_content(fixture *f, const char *path, const char *want) {
    char *text;
    int64_t n;
    assert_ok(f->ctx, frs__read_file(f->ctx, path, 1 << 20, &text, &n));
    assert_string_equal(text, want);
    assert_int_equal(n, strlen(want));
    frs__free(f->ctx, text);
}

static void write_and_read(void **state) {
    fixture *f = *state;
    char *path = frs__path_join(f->ctx, f->dir, "a.txt");
    assert_ok(f->ctx, frs__write_file(f->ctx, path, "first", 5));
    assert_content(f, path, "first");
    frs_writer *w;
    assert_ok(f->ctx, frs__writer_open(f->ctx, path, &w));
    assert_ok(f->ctx, frs__writer_put(w, "????second", 10));
    assert_content(f, path, "first"); /* nothing shows before the commit */
    assert_ok(f->ctx, frs__writer_seek(w, 0));
    assert_ok(f->ctx, frs__writer_put(w, "the ", 4));
    assert_ok(f->ctx, frs__writer_commit(w));
    assert_content(f, path, "the second");
    assert_ok(f->ctx, frs__write_file(f->ctx, path, "", 0));
    assert_content(f, path, "");
    assert_int_equal(count_names(f), 1);
    frs__free(f->ctx, path);
}

static void large_pieces(void **state) {
    fixture *f = *state;
    enum { N = 300000 };
    char *path = frs__path_join(f->ctx, f->dir, "big"), *data = frs__alloc(f->ctx, N, 1);
    for (int i = 0; i < N; i++) data[i] = (char)(i * 7);
    frs_writer *w;
    assert_ok(f->ctx, frs__writer_open(f->ctx, path, &w));
    int64_t at = 0;
    for (int64_t piece = 1; at < N; at += piece, piece = piece * 3 + 1) {
        if (piece > N - at) piece = N - at;
        assert_ok(f->ctx, frs__writer_put(w, data + at, piece));
    }
    assert_ok(f->ctx, frs__writer_commit(w));
    frs_map m;
    assert_ok(f->ctx, frs__map_open(f->ctx, path, &m));
    assert_int_equal(m.n, N);
    assert_memory_equal(m.data, data, N);
    frs__map_close(&m);
    frs__map_close(&m);
    frs__free(f->ctx, data);
    frs__free(f->ctx, path);
}

static void abort_leaves_nothing(void **state) {
    fixture *f = *state;
    char *path = frs__path_join(f->ctx, f->dir, "a.txt");
    frs_writer *w;
    assert_ok(f->ctx, frs__writer_open(f->ctx, path, &w));
    assert_ok(f->ctx, frs__writer_put(w, "half", 4));
    assert_int_equal(count_names(f), 1); /* the file aside */
    frs__writer_abort(w);
    frs__writer_abort(NULL);
    assert_int_equal(count_names(f), 0);
    frs__free(f->ctx, path);
}

static void device_full(void **state) {
    fixture *f = *state;
    if (!frs__exists("/dev/full")) skip();
    assert_status(f->ctx, frs__write_file(f->ctx, "/dev/full", "x", 1), FRS_E_IO);
    assert_string_equal(frs_message(f->ctx), "cannot write /dev/full: No space left on device");
    assert_true(frs__exists("/dev/full"));
}

/* A file that may not grow further stands for a full disk: the old file stays, nothing is left
 * beside it. */
static void disk_full(void **state) {
    fixture *f = *state;
    char *path = frs__path_join(f->ctx, f->dir, "a.txt");
    assert_ok(f->ctx, frs__write_file(f->ctx, path, "old", 3));
    struct rlimit old, small;
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 100000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    char *data = frs__alloc(f->ctx, 200000, 1);
    frs_status at_once = frs__write_file(f->ctx, path, data, 200000);
    frs_writer *w;
    frs_status open = frs__writer_open(f->ctx, path, &w), last = FRS_OK;
    for (int i = 0; open == FRS_OK && i < 200; i++) last = frs__writer_put(w, data, 1000);
    if (open == FRS_OK) last = frs__writer_commit(w); /* the first failure sticks */
    setrlimit(RLIMIT_FSIZE, &old);
    frs__free(f->ctx, data);
    assert_int_equal(at_once, FRS_E_IO);
    assert_int_equal(open, FRS_OK);
    assert_int_equal(last, FRS_E_IO);
    assert_message(f->ctx, "File too large");
    assert_content(f, path, "old");
    assert_int_equal(count_names(f), 1);
    frs__free(f->ctx, path);
}

static void refusals(void **state) {
    fixture *f = *state;
    char path[512], *text;
    int64_t n;
    frs_map m;
    test_file(path, f->dir, "a.txt", "12345");
    assert_status(f->ctx, frs__read_file(f->ctx, path, 4, &text, &n), FRS_E_INPUT);
    assert_status(f->ctx, frs__read_file(f->ctx, f->dir, 4, &text, &n), FRS_E_IO);
    assert_message(f->ctx, "Is a directory");
    assert_status(f->ctx, frs__read_file(f->ctx, "/dev/null", 4, &text, &n), FRS_E_IO);
    assert_message(f->ctx, "not a regular file");
    assert_status(f->ctx, frs__map_open(f->ctx, "no/such/file", &m), FRS_E_IO);
    assert_string_equal(frs_message(f->ctx), "cannot read no/such/file: No such file or directory");
    assert_status(f->ctx, frs__write_file(f->ctx, f->dir, "x", 1), FRS_E_IO);
    assert_status(f->ctx, frs__write_file(f->ctx, "no/such/folder/x", "x", 1), FRS_E_IO);
    assert_int_equal(count_names(f), 1);
    test_file(path, f->dir, "empty", "");
    assert_ok(f->ctx, frs__map_open(f->ctx, path, &m));
    assert_int_equal(m.n, 0);
    frs__map_close(&m);
}

static void folders(void **state) {
    fixture *f = *state;
    char path[512], **names;
    int64_t n;
    snprintf(path, sizeof path, "%s/x//y/z/", f->dir);
    assert_ok(f->ctx, frs__mkdirs(f->ctx, path));
    assert_ok(f->ctx, frs__mkdirs(f->ctx, path)); /* again is fine */
    assert_true(frs__is_dir(path));
    test_file(path, f->dir, "b", "");
    test_file(path, f->dir, "a", "");
    assert_false(frs__is_dir(path));
    assert_true(frs__exists(path));
    assert_ok(f->ctx, frs__list_dir(f->ctx, f->dir, &names, &n));
    assert_int_equal(n, 3);
    assert_string_equal(names[0], "a");
    assert_string_equal(names[1], "b");
    assert_string_equal(names[2], "x");
    frs__free(f->ctx, names);
    snprintf(path, sizeof path, "%s/a/under-a-file", f->dir);
    assert_status(f->ctx, frs__mkdirs(f->ctx, path), FRS_E_IO);
    assert_message(f->ctx, "Not a directory");
    assert_status(f->ctx, frs__list_dir(f->ctx, path, &names, &n), FRS_E_IO);
}

static void paths(void **state) {
    fixture *f = *state;
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a", "/b", "/b"}, {"", "b", "b"}};
    for (int i = 0; i < FRS_LEN(cases); i++) {
        char *p = frs__path_join(f->ctx, cases[i][0], cases[i][1]);
        assert_string_equal(p, cases[i][2]);
        frs__free(f->ctx, p);
    }
}

static void lock(void **state) {
    fixture *f = *state;
    frs_lock first = {0}, second = {0};
    assert_ok(f->ctx, frs__lock_dir(f->ctx, f->dir, &first));
    char want[32];
    snprintf(want, sizeof want, "process %ld", (long)getpid());
    assert_status(f->ctx, frs__lock_dir(f->ctx, f->dir, &second), FRS_E_BUSY);
    assert_message(f->ctx, want);
    frs__unlock_dir(&first);
    assert_ok(f->ctx, frs__lock_dir(f->ctx, f->dir, &second));
    frs__unlock_dir(&second);
    frs__unlock_dir(&second);
    assert_status(f->ctx, frs__lock_dir(f->ctx, "no/such/folder", &first), FRS_E_IO);
}

/* A process that dies, however, gives its lock back. */
static void lock_of_the_dead(void **state) {
    fixture *f = *state;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        frs_lock l = {0};
        char c = frs__lock_dir(f->ctx, f->dir, &l) == FRS_OK ? 'y' : 'n';
        if (write(ready[1], &c, 1) == 1) pause();
        _exit(0);
    }
    char c = 0;
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(c, 'y');
    frs_lock l = {0};
    assert_status(f->ctx, frs__lock_dir(f->ctx, f->dir, &l), FRS_E_BUSY);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_ok(f->ctx, frs__lock_dir(f->ctx, f->dir, &l));
    frs__unlock_dir(&l);
    close(ready[0]);
    close(ready[1]);
}

static void hashes(void **state) {
    (void)state;
    unsigned char x[40];
    for (int i = 0; i < 40; i++) x[i] = (unsigned char)i;
    for (int n = 0; n < 40; n++) {
        uint64_t h = frs__hash64(x, n, 1);
        assert_int_equal(h, frs__hash64(x, n, 1));
        assert_true(h != frs__hash64(x, n, 2));
        assert_true(h != frs__hash64(x, n + 1, 1) || n == 39);
        for (int i = 0; i < n; i++) {
            x[i] ^= 1;
            assert_true(h != frs__hash64(x, n, 1));
            x[i] ^= 1;
        }
    }
}

static void clocks(void **state) {
    (void)state;
    double a = frs__now_s();
    assert_true(frs__now_s() >= a);
    assert_true(frs__wall_time_s() > INT64_C(1700000000));
}

/* A large room is a file without a name, or memory where there is no place for one; zeroed. */
static void room_of(fixture *f, const char *dir, int64_t n, bool mapped) {
    frs_room room;
    assert_int_equal(setenv("TMPDIR", dir, 1), 0);
    assert_ok(f->ctx, frs__room_new(f->ctx, n, sizeof(float), &room));
    assert_int_equal(room.mapped, mapped ? (size_t)n * sizeof(float) : 0);
    assert_int_equal(count_names(f), 0);
    float *v = room.data;
    assert_true(v[0] == 0 && v[n - 1] == 0);
    v[0] = 1, v[n - 1] = 2;
    assert_true(v[0] == 1 && v[n - 1] == 2);
    frs__room_free(f->ctx, &room);
    assert_null(room.data);
    unsetenv("TMPDIR");
}

static void rooms(void **state) {
    fixture *f = *state;
    frs_room room;
    room_of(f, f->dir, 1000, false);
    room_of(f, f->dir, 1 << 25, true);
    room_of(f, "/nowhere", 1 << 25, false);
    assert_status(f->ctx, frs__room_new(f->ctx, INT64_MAX, sizeof(float), &room), FRS_E_NOMEM);
}

static frs_status file_work(frs_ctx *ctx, void *arg) {
    const char *dir = arg;
    char *path = frs__path_join(ctx, dir, "deep"), *text = NULL, **names = NULL;
    int64_t n;
    frs_lock l = {0};
    frs_status s = path ? FRS_OK : FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__mkdirs(ctx, path);
    if (s == FRS_OK) s = frs__lock_dir(ctx, path, &l);
    frs__free(ctx, path);
    path = frs__path_join(ctx, dir, "file");
    if (!path) s = FRS_E_NOMEM;
    if (s == FRS_OK) s = frs__write_file(ctx, path, "text", 4);
    if (s == FRS_OK) s = frs__read_file(ctx, path, 100, &text, &n);
    if (s == FRS_OK) s = frs__list_dir(ctx, dir, &names, &n);
    if (s == FRS_OK) assert_int_equal(n, 2);
    frs__unlock_dir(&l);
    frs__free(ctx, names);
    frs__free(ctx, text);
    frs__free(ctx, path);
    return s;
}

static void oom(void **state) {
    fixture *f = *state;
    test_oom(file_work, f->dir);
}

#define WITH_DIR(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_DIR(write_and_read),
        WITH_DIR(large_pieces),
        WITH_DIR(abort_leaves_nothing),
        WITH_DIR(device_full),
        WITH_DIR(disk_full),
        WITH_DIR(refusals),
        WITH_DIR(folders),
        WITH_DIR(paths),
        WITH_DIR(lock),
        WITH_DIR(lock_of_the_dead),
        WITH_DIR(oom),
        WITH_DIR(rooms),
        cmocka_unit_test(hashes),
        cmocka_unit_test(clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
