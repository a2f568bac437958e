/* PyTorch files: good ones give their numbers; hostile ones are refused with a message that says
 * where and what, and nothing is run, written or leaked. */
#include "exchange/pt.h"
#include "exchange/zip.h"
#include "support.h"
#include "zip_case.h"

/* ---- pickles, as text with %-codes for what is not text */

#define PROTO "\x80\x02"
#define DICT  "ccollections\nOrderedDict\n)R"
/* A float storage `key` of `n` elements, n as an opcode with its bytes. */
#define STORAGE(key, n)                                                                            \
    "((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0" key "X\x03\0\0\0cpu" n "tQ"
#define REBUILD    "ctorch._utils\n_rebuild_tensor_v2\n"
#define END_TENSOR "\x89" DICT "tR"
#define NAME(c)    "X\x01\0\0\0" c
/* {"a": tensor of this shape on storage 0 of 6 elements} */
#define ONE(offset, size, stride)                                                                  \
    PROTO DICT "(" NAME("a") REBUILD STORAGE("0", "K\x06") offset size stride END_TENSOR "u."
#define GOOD ONE("K\0", "K\x02K\x03\x86", "K\x03K\x01\x86")

typedef struct text {
    const char *at;
    size_t n;
} text;
#define TEXT(s)                                                                                    \
    { s, sizeof(s) - 1 }

#define UNFIT "the stack does not hold"

static const float six[] = {0, 1, 2, 3, 4, 5};

static const char *write_bytes(const char *dir, const bytes *b) {
    static char path[512];
    snprintf(path, sizeof path, "%s/x.pt", dir);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b->at, 1, b->n, f), b->n);
    assert_int_equal(fclose(f), 0);
    return path;
}

/* A whole file with this pickle and the six numbers as storages 0 and 1. */
static void make_file(bytes *b, text pickle) {
    const zip_part parts[] = {{.name = "m/data.pkl", .data = pickle.at, .n = (uint32_t)pickle.n},
                              {.name = "m/data/0", .data = six, .n = sizeof six},
                              {.name = "m/data/1", .data = six, .n = sizeof six},
                              {.name = "m/version", .data = "3\n", .n = 2}};
    make_zip(b, parts, 4);
}

typedef struct fixture {
    char dir[256];
    test_heap heap;
    frs_ctx *ctx;
    bytes b;
} fixture;

static int begin(void **state) {
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    test_dir(f->dir);
    f->ctx = test_ctx_new(&f->heap, 1);
    *state = f;
    return 0;
}

static int end(void **state) {
    fixture *f = *state;
    test_ctx_free(f->ctx, &f->heap);
    test_dir_remove(f->dir);
    free(f);
    return 0;
}

static void refused(fixture *f, frs_status status, const char *what) {
    frs__pt pt;
    const char *path = write_bytes(f->dir, &f->b);
    assert_status(f->ctx, frs__pt_read(f->ctx, path, &pt), status);
    assert_message(f->ctx, path);
    assert_message(f->ctx, what);
}

/* ---- good files */

static void expect(fixture *f, text pickle, int rank, const float *values, int n) {
    frs__pt pt;
    make_file(&f->b, pickle);
    assert_ok(f->ctx, frs__pt_read(f->ctx, write_bytes(f->dir, &f->b), &pt));
    assert_int_equal(pt.n, 1);
    const frs__pt_tensor *t = frs__pt_find(&pt, "a");
    assert_non_null(t);
    assert_null(frs__pt_find(&pt, "b"));
    assert_int_equal(t->rank, rank);
    assert_int_equal(t->n, n);
    assert_memory_equal(t->values, values, (size_t)n * sizeof *values);
    frs__pt_free(&pt);
}

static void good(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    expect(f, (text)TEXT(GOOD), 2, six, 6);
    const float transposed[] = {0, 3, 1, 4, 2, 5}, part[] = {2, 4}, none[] = {0};
    expect(f, (text)TEXT(ONE("K\0", "K\x03K\x02\x86", "K\x01K\x03\x86")), 2, transposed, 6);
    expect(f, (text)TEXT(ONE("K\x02", "K\x02\x85", "K\x02\x85")), 1, part, 2);
    expect(f, (text)TEXT(ONE("K\x04", ")", ")")), 0, six + 4, 1);
    expect(f, (text)TEXT(ONE("K\0", "K\0K\x03\x86", "K\x03K\x01\x86")), 2, none, 0);
    /* protocol 4, short texts, memo, a parameter around the tensor, attributes of the dictionary */
    expect(f,
           (text)TEXT("\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x0b"
                      "collections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94(" NAME(
                          "a") "ctorch._utils\n_rebuild_parameter\n(" REBUILD
                          STORAGE("0", "J\x06\0\0\0") "K\0(K\x06tK\x01\x85" END_TENSOR
                                                      "\x88h\x02)RtRu}X\x09\0\0\0_metadatah"
                                                      "\x03sb."),
           1, six, 6);
}

static void written_and_read(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    const float odd[] = {-0.0F, 1e-42F, 3.4e38F, -7};
    const frs__pt_tensor t[] = {
        {.name = "x", .rank = 2, .dim = {2, 3}, .n = 6, .values = six},
        {.name = "\xc3\xa9.y", .rank = 1, .dim = {4}, .n = 4, .values = odd}};
    char path[512], again[512];
    snprintf(path, sizeof path, "%s/w.pt", f->dir);
    snprintf(again, sizeof again, "%s/again.pt", f->dir);
    assert_ok(f->ctx, frs__pt_write(f->ctx, path, t, 2));
    assert_ok(f->ctx, frs__pt_write(f->ctx, again, t, 2));
    frs_map a, b;
    assert_ok(f->ctx, frs__map_open(f->ctx, path, &a));
    assert_ok(f->ctx, frs__map_open(f->ctx, again, &b));
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.data, b.data, (size_t)a.n);
    frs__map_close(&a);
    frs__map_close(&b);
    frs__pt pt;
    assert_ok(f->ctx, frs__pt_read(f->ctx, path, &pt));
    assert_int_equal(pt.n, 2);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(pt.tensors[i].name, t[i].name);
        assert_int_equal(pt.tensors[i].rank, t[i].rank);
        assert_memory_equal(pt.tensors[i].dim, t[i].dim, sizeof t[i].dim);
        assert_memory_equal(pt.tensors[i].values, t[i].values, (size_t)t[i].n * sizeof(float));
    }
    frs__pt_free(&pt);
}

/* ---- hostile pickles */

static const struct {
    text pickle;
    const char *what;
} hostile[] = {
    {TEXT("cos\nsystem\nX\x02\0\0\0id\x85R."), "byte 0: it asks for os.system"},
    {TEXT(PROTO "c__builtin__\neval\nX\x01\0\0\0001\x85R."), "__builtin__.eval"},
    {TEXT("\x80\x04\x8c\x02os\x8c\x06system\x93."), "byte 14: it asks for os.system"},
    {TEXT(PROTO "ctorch._utils\n_rebuild_device_tensor_from_numpy\n."), "_rebuild_device"},
    {TEXT(PROTO "ctorch\nLoadStorage\n."), "torch.LoadStorage"},
    {TEXT(PROTO "ctorch\nFloatStorage\n)R."), "a call that is no part"},
    {TEXT(PROTO "ccollections\nOrderedDict\n(K\x01tR."), "a call that is no part"},
    {TEXT(PROTO "K\x01)R."), "a call that is no part"},
    {TEXT(PROTO "I1\n."), "opcode 0x49"},
    {TEXT(PROTO "ios\nsystem\n."), "opcode 0x69"},
    {TEXT(PROTO "(K\x01o."), "opcode 0x6f"},
    {TEXT(PROTO "(K\x01\x81."), "opcode 0x81"},
    {TEXT(PROTO "P1\n."), "opcode 0x50"},
    {TEXT(PROTO "\x82\x01."), "opcode 0x82"},
    {TEXT("\x80\x01}."), "protocol 1"},
    {TEXT("\x80\x09}."), "protocol 9"},
    {TEXT("\x80"), "ends too early"},
    {TEXT(PROTO), "ends too early"},
    {TEXT(PROTO "}"), "ends too early"},
    {TEXT(PROTO "X\xff\xff\xff\xff"
                "a."),
     "a text of 4294967295 bytes"},
    {TEXT(PROTO "X\x09\0\0\0a."), "ends too early"},
    {TEXT(PROTO "X\x02\0\0\0\xc3("), "a text that is none"},
    {TEXT(PROTO "X\x02\0\0\0a\0."), "a text that is none"},
    {TEXT(PROTO "\x8a\x09"
                "123456789."),
     "a number of 9 bytes"},
    {TEXT(PROTO "\x95\xff\xff\xff\xff\xff\xff\xff\xff."), "ends too early"},
    {TEXT(PROTO "h\x05."), "memo 5 was never set"},
    {TEXT(PROTO "j\xff\xff\xff\xff."), "memo 4294967295 was never set"},
    {TEXT(PROTO "}r\xff\xff\xff\xff."), "memo 4294967295; at most"},
    {TEXT(PROTO "q\0."), UNFIT},
    {TEXT(PROTO "(q\0."), UNFIT},
    {TEXT(PROTO "t."), UNFIT},
    {TEXT(PROTO "u."), UNFIT},
    {TEXT(PROTO "(K\x01u."), UNFIT},
    {TEXT(PROTO "](K\x01u."), UNFIT},
    {TEXT(PROTO "}(K\x01u."), UNFIT},
    {TEXT(PROTO "}(K\x01(K\x02s."), UNFIT},
    {TEXT(PROTO "\x85."), UNFIT},
    {TEXT(PROTO "(\x85."), UNFIT},
    {TEXT(PROTO "s."), UNFIT},
    {TEXT(PROTO "a."), UNFIT},
    {TEXT(PROTO "b."), UNFIT},
    {TEXT(PROTO "}K\x01"
                "b."),
     UNFIT},
    {TEXT(PROTO "]}b."), UNFIT},
    {TEXT(PROTO "Q."), UNFIT},
    {TEXT(PROTO "K\x01Q."), "an identifier that is not a storage's"},
    {TEXT(PROTO "(X\x06\0\0\0module)))Ktt."), "not a state_dict"},
    {TEXT(PROTO STORAGE("/", "K\x06") "."), "storage '/' of 6"},
    {TEXT(PROTO STORAGE("0", "J\xff\xff\xff\xff") "."), "storage '0' of -1"},
    {TEXT(PROTO "."), "not a state_dict"},
    {TEXT(PROTO "}}."), "not a state_dict"},
    {TEXT(PROTO "]."), "not a state_dict"},
    {TEXT(PROTO "}K\x01K\x01s."), "a name that is no text"},
    {TEXT(PROTO "}" NAME("a") "K\x01s."), "'a' is no tensor"},
    {TEXT(PROTO "}q\0" NAME("a") "h\0s."), "'a' is no tensor"}, /* it holds itself */
    {TEXT(PROTO "}(" NAME("a") REBUILD STORAGE(
         "0", "K\x06") "K\0)"
                       ")" END_TENSOR NAME("a") REBUILD STORAGE("0", "K\x06") "K\0)"
                                                                              ")" END_TENSOR "u."),
     "'a' is there twice"},
    {TEXT(ONE("K\x06", ")", ")")), "beyond its storage"},
    {TEXT(ONE("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", ")", ")")), "beyond its storage"},
    {TEXT(ONE("J\xff\xff\xff\xff", ")", ")")), "make no sense"},
    {TEXT(ONE("K\0", "K\x07\x85", "K\x01\x85")), "more elements than its storage"},
    {TEXT(ONE("K\0", "K\x02J\xff\xff\xff\x7f\x86", "K\0K\0\x86")),
     "more elements than its storage"},
    {TEXT(ONE("K\0", "\x8a\x08\0\0\0\0\x01\0\0\0\x8a\x08\0\0\0\0\x01\0\0\0\x86", "K\0K\0\x86")),
     "more elements than its storage"}, /* 2^32 x 2^32 is 0 in 64 bits */
    {TEXT(ONE("K\0", "K\x03\x85", "K\x03\x85")), "beyond its storage"},
    {TEXT(ONE("K\0", "K\x02\x85", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85")),
     "strides lead out"},
    {TEXT(ONE("K\x01", "K\x02\x85", "J\xff\xff\xff\xff\x85")), "make no sense"},
    {TEXT(ONE("K\0", "K\x02\x85", "K\x01K\x01\x86")), "make no sense"},
    {TEXT(ONE("K\0", "(K\1K\1K\1K\1K\1K\1K\1K\1K\1t", "(K\1K\1K\1K\1K\1K\1K\1K\1K\1t")),
     "make no sense"},
    {TEXT(PROTO DICT "(" NAME("a") REBUILD STORAGE("0", "K\x05") "K\0))" END_TENSOR "u."),
     "has 24 bytes, expected 5 elements of 4"},
    {TEXT(PROTO DICT "(" NAME("a")
              REBUILD STORAGE("0", "\x8a\x08\0\0\0\0\0\0\0\x40") "K\0))" END_TENSOR "u."),
     "has 24 bytes, expected 4611686018427387904 elements of 4"},
    {TEXT(PROTO DICT "(" NAME("a") REBUILD STORAGE("7", "K\x06") "K\0))" END_TENSOR "u."),
     "its storage is not in the file"},
};

static void hostile_pickles(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    for (int64_t i = 0; i < FRS_LEN(hostile); i++) {
        make_file(&f->b, hostile[i].pickle);
        refused(f, FRS_E_FORMAT, hostile[i].what);
    }
}

/* Every beginning of a good pickle is refused. */
static void cut_pickles(void **state) {
    fixture *f = *state;
    const text whole = TEXT(GOOD);
    for (size_t n = 0; n <= whole.n; n++) {
        frs_arena memory = {.ctx = f->ctx};
        frs__pickled *t;
        int64_t count;
        const frs_status s =
            frs__pickle_read(&memory, "x", (const unsigned char *)whole.at, (int64_t)n, &t, &count);
        assert_int_equal(s, n == whole.n ? FRS_OK : FRS_E_FORMAT);
        frs__arena_free(&memory);
    }
}

/* More than the limits: a deep stack, a long pickle. */
static void too_much(void **state) {
    fixture *f = *state;
    const int64_t n = (1 << 20) + 1;
    unsigned char *all = test_heap_alloc(&f->heap, (size_t)n, 64);
    memset(all, '}', (size_t)n);
    frs_arena memory = {.ctx = f->ctx};
    frs__pickled *t;
    int64_t count;
    assert_status(f->ctx, frs__pickle_read(&memory, "x", all, n, &t, &count), FRS_E_FORMAT);
    assert_message(f->ctx, "1048577 bytes");
    assert_status(f->ctx, frs__pickle_read(&memory, "x", all, n - 1, &t, &count), FRS_E_FORMAT);
    assert_message(f->ctx, "too much on the stack");
    frs__arena_free(&memory);
    test_heap_free(&f->heap, all);
}

/* ---- hostile archives */

static void archive(fixture *f, zip_part extra, frs_status status, const char *what) {
    const text good_one = TEXT(GOOD);
    const zip_part parts[] = {
        {.name = "m/data.pkl", .data = good_one.at, .n = (uint32_t)good_one.n},
        {.name = "m/data/0", .data = six, .n = sizeof six},
        extra};
    make_zip(&f->b, parts, 3);
    refused(f, status, what);
}

static void hostile_archives(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    static const char *const outside[] = {
        "../../etc/passwd", "/etc/passwd", "m/../../x", "m/..", "m//x", "m/./x", "..\\x", "C:/x"};
    for (int i = 0; i < FRS_LEN(outside); i++)
        archive(f, (zip_part){.name = outside[i], .data = "x", .n = 1}, FRS_E_FORMAT,
                "leads out of the archive");
    archive(f, (zip_part){.name = "m/data/0", .data = six, .n = 4}, FRS_E_FORMAT, "there twice");
    archive(f, (zip_part){.name = "m/data.pkl", .data = six, .n = 4}, FRS_E_FORMAT, "there twice");
    archive(f, (zip_part){.name = "n/data.pkl", .data = six, .n = 4}, FRS_E_FORMAT,
            "not in its folder m");
    archive(f, (zip_part){.name = "m/x", .data = "x", .n = 1, .method = 8}, FRS_E_FORMAT,
            "compressed");
    archive(f, (zip_part){.name = "m/x", .data = "x", .n = 1, .flags = 1}, FRS_E_FORMAT,
            "encrypted");
    archive(f, (zip_part){.name = "m/x", .data = "x", .n = 1, .claimed = 0x7fffffff}, FRS_E_FORMAT,
            "larger than the whole file");
    archive(f, (zip_part){.name = "m/x", .data = "x", .n = 1, .claimed = 400}, FRS_E_FORMAT,
            "lie upon each other");
    archive(f, (zip_part){.name = "m/byteorder", .data = "big", .n = 3}, FRS_E_UNSUPPORTED,
            "byte order");
    archive(f, (zip_part){.name = "", .data = "x", .n = 1}, FRS_E_FORMAT, "no usable name");
}

static void damaged_entries(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    const text whole = TEXT(GOOD);
    zip_part parts[] = {{.name = "m/data.pkl", .data = whole.at, .n = (uint32_t)whole.n},
                        {.name = "m/data/0", .data = six, .n = sizeof six, .damaged = true}};
    make_zip(&f->b, parts, 2);
    refused(f, FRS_E_FORMAT, "its checksum is wrong");
    parts[0].name = "data.pkl";
    make_zip(&f->b, parts, 2);
    refused(f, FRS_E_FORMAT, "it has no FOLDER/data.pkl");
}

/* Cut anywhere, a file is refused; with any byte changed, refused or read: never more than that. */
static void cut_and_changed(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    bytes whole;
    frs__pt pt;
    make_file(&whole, (text)TEXT(GOOD));
    for (size_t n = 0; n < whole.n; n += 3) {
        f->b = whole;
        f->b.n = n;
        assert_status(f->ctx, frs__pt_read(f->ctx, write_bytes(f->dir, &f->b), &pt), FRS_E_FORMAT);
    }
    for (size_t n = 0; n < whole.n; n++) {
        f->b = whole;
        f->b.at[n] ^= 0x80;
        if (frs__pt_read(f->ctx, write_bytes(f->dir, &f->b), &pt) == FRS_OK) frs__pt_free(&pt);
    }
}

static void other_files(void **state) {
    fixture *f = *state;
    f->b.n = 0;
    put(&f->b, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
    refused(f, FRS_E_UNSUPPORTED, "before 1.6");
    f->b.n = 0;
    put(&f->b, "\x89HDF\r\n\x1a\n", 8);
    refused(f, FRS_E_FORMAT, "it is no zip archive");
    f->b.n = 0;
    refused(f, FRS_E_FORMAT, "it is no zip archive");
}

static void without_libzip(void **state) {
    if (!frs__zip_missing()) skip();
    fixture *f = *state;
    make_file(&f->b, (text)TEXT(GOOD));
    frs__pt pt;
    const char *path = write_bytes(f->dir, &f->b);
    assert_status(f->ctx, frs__pt_read(f->ctx, path, &pt), FRS_E_UNSUPPORTED);
    assert_message(f->ctx, "built without libzip");
    const frs__pt_tensor t = {.name = "x", .rank = 1, .dim = {6}, .n = 6, .values = six};
    char to[512];
    snprintf(to, sizeof to, "%s/w.pt", f->dir);
    assert_status(f->ctx, frs__pt_write(f->ctx, to, &t, 1), FRS_E_UNSUPPORTED);
    assert_int_not_equal(access(to, F_OK), 0);
}

/* ---- no memory */

static frs_status there_and_back(frs_ctx *ctx, void *dir) {
    char path[512];
    frs__pt pt;
    const frs__pt_tensor t = {.name = "x", .rank = 1, .dim = {6}, .n = 6, .values = six};
    snprintf(path, sizeof path, "%s/oom.pt", (const char *)dir);
    FRS_TRY(frs__pt_write(ctx, path, &t, 1));
    FRS_TRY(frs__pt_read(ctx, path, &pt));
    frs__pt_free(&pt);
    return FRS_OK;
}

static void no_memory(void **state) {
    if (frs__zip_missing()) skip();
    fixture *f = *state;
    test_oom(there_and_back, f->dir);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(good),        TEST(written_and_read), TEST(hostile_pickles), TEST(cut_pickles),
        TEST(too_much),    TEST(hostile_archives), TEST(damaged_entries), TEST(cut_and_changed),
        TEST(other_files), TEST(without_libzip),   TEST(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
