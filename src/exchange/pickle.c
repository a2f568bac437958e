#include "exchange/pickle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_BYTES = 1 << 20,
    MAX_STACK = 1 << 13,
    MAX_MEMO = 1 << 16,
    MAX_TEXT = 1 << 10,
    MAX_TENSORS = 1 << 12
};

/* ---- what may stand on the stack. Values may hold each other in a circle: nothing here goes down
 * into them further than a fixed number of steps. */

typedef enum kind { NONE, BOOL, INT, TEXT, GLOBAL, MARK, TUPLE, LIST, DICT, STORAGE, TENSOR } kind;

typedef struct value {
    kind kind;
    int64_t number;       /* BOOL, INT; GLOBAL, STORAGE: which of globals */
    const char *text;     /* TEXT; STORAGE: its key */
    int64_t stored;       /* STORAGE */
    struct value **items; /* TUPLE, LIST; DICT: key, value, key, value, ... */
    int64_t n, cap;
    frs__pickled *tensor;
} value;

enum { ORDERED_DICT, REBUILD_TENSOR, REBUILD_PARAMETER, FIRST_STORAGE };
static const struct {
    const char *module, *name;
    frs__pickled_type type;
} globals[] = {
    {"collections", "OrderedDict", 0},
    {"torch._utils", "_rebuild_tensor_v2", 0},
    {"torch._utils", "_rebuild_parameter", 0},
    {"torch", "FloatStorage", FRS__PICKLED_FLOAT},
    {"torch", "DoubleStorage", FRS__PICKLED_DOUBLE},
    {"torch", "HalfStorage", FRS__PICKLED_HALF},
    {"torch", "BFloat16Storage", FRS__PICKLED_BFLOAT16},
    {"torch", "LongStorage", FRS__PICKLED_WHOLE},
    {"torch", "IntStorage", FRS__PICKLED_WHOLE},
    {"torch", "ShortStorage", FRS__PICKLED_WHOLE},
    {"torch", "CharStorage", FRS__PICKLED_WHOLE},
    {"torch", "ByteStorage", FRS__PICKLED_WHOLE},
    {"torch", "BoolStorage", FRS__PICKLED_WHOLE},
};

typedef struct machine {
    frs_arena *memory;
    const char *where;
    const unsigned char *data;
    int64_t n, at, op_at;
    value **stack, **memo;
    int64_t depth, max_depth, max_memo, n_memo; /* n_memo: of MEMOIZE */
    bool stopped;
} machine;

static frs_status refuse(const machine *m, const char *fmt, ...) FRS_PRINTF(2, 3);
static frs_status refuse(const machine *m, const char *fmt, ...) {
    char text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    return frs__fail(m->memory->ctx, FRS_E_FORMAT, _("%s: data.pkl, byte %lld: %s"), m->where,
                     (long long)m->op_at, text);
}

static frs_status unfit(const machine *m) {
    return refuse(m, "%s", _("the stack does not hold what the opcode needs"));
}

static frs_status truncated(const machine *m) {
    return refuse(m, "%s", _("it ends too early"));
}

/* ---- stack, memo, values */

static frs_status push(machine *m, value *v) {
    if (m->depth == m->max_depth) return refuse(m, "%s", _("too much on the stack"));
    m->stack[m->depth++] = v;
    return FRS_OK;
}

static frs_status pop(machine *m, value **v) {
    *v = NULL;
    if (m->depth == 0 || m->stack[m->depth - 1]->kind == MARK) return unfit(m);
    *v = m->stack[--m->depth];
    return FRS_OK;
}

static frs_status top(const machine *m, kind k, value **v) {
    *v = NULL;
    if (m->depth == 0 || m->stack[m->depth - 1]->kind != k) return unfit(m);
    *v = m->stack[m->depth - 1];
    return FRS_OK;
}

static frs_status push_new(machine *m, value v) {
    value *own = frs__arena_alloc(m->memory, 1, sizeof *own);
    if (!own) return FRS_E_NOMEM;
    *own = v;
    return push(m, own);
}

static frs_status push_int(machine *m, int64_t v) {
    return push_new(m, (value){.kind = INT, .number = v});
}

static frs_status append(machine *m, value *to, value *v) {
    if (to->n == to->cap) {
        const int64_t cap = to->cap ? 2 * to->cap : 8;
        value **grown = frs__arena_alloc(m->memory, cap, sizeof(value *));
        if (!grown) return FRS_E_NOMEM;
        if (to->n) memcpy(grown, to->items, (size_t)to->n * sizeof(value *));
        to->items = grown;
        to->cap = cap;
    }
    to->items[to->n++] = v;
    return FRS_OK;
}

/* *first: the first value above the topmost mark. */
static frs_status above_mark(const machine *m, int64_t *first) {
    *first = 0;
    for (int64_t i = m->depth; i > 0; i--)
        if (m->stack[i - 1]->kind == MARK) {
            *first = i;
            return FRS_OK;
        }
    return unfit(m);
}

static frs_status memo_put(machine *m, uint64_t index) {
    if (m->depth == 0 || m->stack[m->depth - 1]->kind == MARK) return unfit(m);
    if (index >= (uint64_t)m->max_memo)
        return refuse(m, _("memo %llu; at most %lld are kept"), (unsigned long long)index,
                      (long long)m->max_memo);
    m->memo[index] = m->stack[m->depth - 1];
    return FRS_OK;
}

static frs_status memo_get(machine *m, uint64_t index) {
    if (index >= (uint64_t)m->max_memo || !m->memo[index])
        return refuse(m, _("memo %llu was never set"), (unsigned long long)index);
    return push(m, m->memo[index]);
}

/* ---- bytes */

/* `bytes` (at most 8) of a little-endian number. */
static frs_status number(machine *m, int bytes, uint64_t *v) {
    *v = 0;
    if (m->n - m->at < bytes) return truncated(m);
    for (int i = 0; i < bytes; i++) *v |= (uint64_t)m->data[m->at + i] << (8 * i);
    m->at += bytes;
    return FRS_OK;
}

static frs_status text(machine *m, uint64_t n, const char **out) {
    if (n > MAX_TEXT)
        return refuse(m, _("a text of %llu bytes; at most %d are read"), (unsigned long long)n,
                      MAX_TEXT);
    if (n > (uint64_t)(m->n - m->at)) return truncated(m);
    char *s = frs__arena_alloc(m->memory, (int64_t)n + 1, 1);
    if (!s) return FRS_E_NOMEM;
    memcpy(s, m->data + m->at, n);
    m->at += (int64_t)n;
    for (uint64_t i = 0; i < n;) {
        const int k = frs__utf8_bytes(s + i);
        if (k == 0 || (unsigned char)s[i] < ' ') return refuse(m, "%s", _("a text that is none"));
        i += (uint64_t)k;
    }
    *out = s;
    return FRS_OK;
}

static frs_status push_text(machine *m, int length_bytes) {
    uint64_t n;
    value v = {.kind = TEXT};
    FRS_TRY(number(m, length_bytes, &n));
    FRS_TRY(text(m, n, &v.text));
    return push_new(m, v);
}

static frs_status line(machine *m, const char **out) {
    const unsigned char *from = m->data + m->at;
    const unsigned char *end = memchr(from, '\n', (size_t)(m->n - m->at));
    if (!end) return truncated(m);
    FRS_TRY(text(m, (uint64_t)(end - from), out));
    m->at++;
    return FRS_OK;
}

/* ---- names and what is made with them */

static frs_status push_global(machine *m, const char *module, const char *name) {
    for (int64_t i = 0; i < FRS_LEN(globals); i++)
        if (strcmp(globals[i].module, module) == 0 && strcmp(globals[i].name, name) == 0)
            return push_new(m, (value){.kind = GLOBAL, .number = i});
    return refuse(m,
                  _("it asks for %.80s.%.80s, which is no part of a state_dict; nothing was run"),
                  module, name);
}

static frs_status stack_global(machine *m) {
    value *module, *name;
    FRS_TRY(pop(m, &name));
    FRS_TRY(pop(m, &module));
    if (module->kind != TEXT || name->kind != TEXT) return unfit(m);
    return push_global(m, module->text, name->text);
}

static bool is_storage(const value *v) {
    return v->kind == GLOBAL && v->number >= FIRST_STORAGE;
}

static bool plain_key(const char *key) {
    const size_t n = strlen(key);
    return n > 0 && n <= 64 &&
           strspn(key, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") == n;
}

/* ('storage', torch.FloatStorage, '0', 'cpu', 320) */
static frs_status push_storage(machine *m) {
    value *id;
    FRS_TRY(pop(m, &id));
    value **v = id->items;
    if (id->kind != TUPLE || id->n != 5 || v[0]->kind != TEXT ||
        strcmp(v[0]->text, "storage") != 0 || !is_storage(v[1]) || v[2]->kind != TEXT ||
        v[3]->kind != TEXT || v[4]->kind != INT)
        return refuse(m, "%s", _("an identifier that is not a storage's"));
    if (!plain_key(v[2]->text) || v[4]->number < 0)
        return refuse(m, _("storage '%.80s' of %lld elements"), v[2]->text,
                      (long long)v[4]->number);
    return push_new(m, (value){.kind = STORAGE,
                               .number = v[1]->number,
                               .text = v[2]->text,
                               .stored = v[4]->number});
}

static bool extents(const value *v, int64_t *to) {
    if (v->kind != TUPLE || v->n > FRS_PICKLE_MAX_RANK) return false;
    for (int64_t i = 0; i < v->n; i++) {
        if (v->items[i]->kind != INT || v->items[i]->number < 0) return false;
        to[i] = v->items[i]->number;
    }
    return true;
}

/* (storage, offset, size, stride, requires_grad, hooks[, metadata]) */
static frs_status push_tensor(machine *m, const value *args) {
    value **v = args->items;
    frs__pickled *t = frs__arena_alloc(m->memory, 1, sizeof *t);
    if (!t) return FRS_E_NOMEM;
    if (args->n < 6 || args->n > 7 || v[0]->kind != STORAGE || v[1]->kind != INT ||
        v[1]->number < 0 || !extents(v[2], t->dim) || !extents(v[3], t->stride) ||
        v[2]->n != v[3]->n)
        return refuse(m, "%s", _("a tensor whose storage, offset, sizes or strides make no sense"));
    t->type = globals[v[0]->number].type;
    t->type_name = globals[v[0]->number].name;
    t->key = v[0]->text;
    t->stored = v[0]->stored;
    t->offset = v[1]->number;
    t->rank = (int)v[2]->n;
    return push_new(m, (value){.kind = TENSOR, .tensor = t});
}

static frs_status reduce(machine *m) {
    value *f, *args;
    FRS_TRY(pop(m, &args));
    FRS_TRY(pop(m, &f));
    if (f->kind == GLOBAL && args->kind == TUPLE) {
        if (f->number == ORDERED_DICT && args->n == 0) return push_new(m, (value){.kind = DICT});
        if (f->number == REBUILD_TENSOR) return push_tensor(m, args);
        if (f->number == REBUILD_PARAMETER && args->n == 3 && args->items[0]->kind == TENSOR)
            return push(m, args->items[0]);
    }
    return refuse(m, "%s", _("a call that is no part of a state_dict; nothing was run"));
}

/* The attributes of a state_dict (_metadata) say nothing about its tensors. */
static frs_status build(machine *m) {
    value *state, *of;
    FRS_TRY(pop(m, &state));
    FRS_TRY(top(m, DICT, &of));
    return state->kind == DICT ? FRS_OK : unfit(m);
}

/* ---- collections */

static frs_status push_tuple(machine *m, int64_t first) {
    value t = {.kind = TUPLE};
    for (int64_t i = first; i < m->depth; i++) {
        if (m->stack[i]->kind == MARK) return unfit(m);
        FRS_TRY(append(m, &t, m->stack[i]));
    }
    m->depth = first;
    return push_new(m, t);
}

static frs_status push_short_tuple(machine *m, int64_t n) {
    return m->depth < n ? unfit(m) : push_tuple(m, m->depth - n);
}

static frs_status marked_tuple(machine *m) {
    int64_t first;
    FRS_TRY(above_mark(m, &first));
    FRS_TRY(push_tuple(m, first));
    m->stack[m->depth - 2] = m->stack[m->depth - 1]; /* over the mark */
    m->depth--;
    return FRS_OK;
}

/* Values first .. to the end go into the collection that lies `below` places under them. */
static frs_status put_into(machine *m, kind k, int64_t first, int64_t below) {
    const int64_t at = first - below;
    const int64_t n = m->depth - first;
    if (at < 0 || m->stack[at]->kind != k || (k == DICT && n % 2)) return unfit(m);
    for (int64_t i = first; i < m->depth; i++) {
        if (m->stack[i]->kind == MARK) return unfit(m);
        FRS_TRY(append(m, m->stack[at], m->stack[i]));
    }
    m->depth = at + 1;
    return FRS_OK;
}

static frs_status put_marked(machine *m, kind k) {
    int64_t first;
    FRS_TRY(above_mark(m, &first));
    return put_into(m, k, first, 2);
}

/* ---- opcodes */

enum opcode {
    OP_PROTO = 0x80,
    OP_FRAME = 0x95,
    OP_STOP = '.',
    OP_MARK = '(',
    OP_NONE = 'N',
    OP_TRUE = 0x88,
    OP_FALSE = 0x89,
    OP_BININT = 'J',
    OP_BININT1 = 'K',
    OP_BININT2 = 'M',
    OP_LONG1 = 0x8a,
    OP_BINUNICODE = 'X',
    OP_SHORT_BINUNICODE = 0x8c,
    OP_EMPTY_DICT = '}',
    OP_EMPTY_LIST = ']',
    OP_EMPTY_TUPLE = ')',
    OP_TUPLE = 't',
    OP_TUPLE1 = 0x85,
    OP_TUPLE2 = 0x86,
    OP_TUPLE3 = 0x87,
    OP_SETITEM = 's',
    OP_SETITEMS = 'u',
    OP_APPEND = 'a',
    OP_APPENDS = 'e',
    OP_GLOBAL = 'c',
    OP_STACK_GLOBAL = 0x93,
    OP_REDUCE = 'R',
    OP_BUILD = 'b',
    OP_BINPERSID = 'Q',
    OP_BINGET = 'h',
    OP_LONG_BINGET = 'j',
    OP_BINPUT = 'q',
    OP_LONG_BINPUT = 'r',
    OP_MEMOIZE = 0x94
};

static frs_status protocol(machine *m) {
    uint64_t v;
    FRS_TRY(number(m, 1, &v));
    return v >= 2 && v <= 5 ? FRS_OK : refuse(m, _("pickle protocol %d; 2 to 5 are read"), (int)v);
}

static frs_status frame(machine *m) {
    uint64_t n;
    FRS_TRY(number(m, 8, &n));
    return n <= (uint64_t)(m->n - m->at) ? FRS_OK : truncated(m);
}

/* A number of `bytes`, in two's complement when is_signed. */
static frs_status integer(machine *m, int bytes, bool is_signed) {
    uint64_t v;
    FRS_TRY(number(m, bytes, &v));
    if (is_signed && bytes > 0 && bytes < 8 && v >> (8 * bytes - 1)) v |= ~UINT64_C(0) << 8 * bytes;
    return push_int(m, (int64_t)v);
}

static frs_status long1(machine *m) {
    uint64_t n;
    FRS_TRY(number(m, 1, &n));
    if (n > 8) return refuse(m, _("a number of %d bytes"), (int)n);
    return integer(m, (int)n, true);
}

static frs_status named(machine *m) {
    const char *module, *name;
    FRS_TRY(line(m, &module));
    FRS_TRY(line(m, &name));
    return push_global(m, module, name);
}

static frs_status memo_op(machine *m, bool put, int bytes) {
    uint64_t index;
    FRS_TRY(number(m, bytes, &index));
    return put ? memo_put(m, index) : memo_get(m, index);
}

static frs_status scalar(machine *m, unsigned char op) {
    switch (op) {
    case OP_NONE:
        return push_new(m, (value){.kind = NONE});
    case OP_TRUE:
    case OP_FALSE:
        return push_new(m, (value){.kind = BOOL, .number = op == OP_TRUE});
    case OP_BININT:
        return integer(m, 4, true);
    case OP_BININT1:
        return integer(m, 1, false);
    case OP_BININT2:
        return integer(m, 2, false);
    case OP_LONG1:
        return long1(m);
    case OP_BINUNICODE:
        return push_text(m, 4);
    case OP_SHORT_BINUNICODE:
        return push_text(m, 1);
    default:
        return refuse(m, _("opcode 0x%02x, which is no part of a state_dict; nothing was run"), op);
    }
}

static frs_status collection(machine *m, unsigned char op) {
    switch (op) {
    case OP_MARK:
        return push_new(m, (value){.kind = MARK});
    case OP_EMPTY_DICT:
        return push_new(m, (value){.kind = DICT});
    case OP_EMPTY_LIST:
        return push_new(m, (value){.kind = LIST});
    case OP_EMPTY_TUPLE:
        return push_new(m, (value){.kind = TUPLE});
    case OP_TUPLE:
        return marked_tuple(m);
    case OP_TUPLE1:
    case OP_TUPLE2:
    case OP_TUPLE3:
        return push_short_tuple(m, op - OP_TUPLE1 + 1);
    case OP_SETITEM:
        return put_into(m, DICT, m->depth - 2, 1);
    case OP_SETITEMS:
        return put_marked(m, DICT);
    case OP_APPEND:
        return put_into(m, LIST, m->depth - 1, 1);
    case OP_APPENDS:
        return put_marked(m, LIST);
    default:
        return scalar(m, op);
    }
}

static frs_status step(machine *m) {
    m->op_at = m->at;
    if (m->at >= m->n) return truncated(m);
    const unsigned char op = m->data[m->at++];
    switch (op) {
    case OP_PROTO:
        return protocol(m);
    case OP_FRAME:
        return frame(m);
    case OP_STOP:
        m->stopped = true;
        return FRS_OK;
    case OP_GLOBAL:
        return named(m);
    case OP_STACK_GLOBAL:
        return stack_global(m);
    case OP_REDUCE:
        return reduce(m);
    case OP_BUILD:
        return build(m);
    case OP_BINPERSID:
        return push_storage(m);
    case OP_BINGET:
    case OP_BINPUT:
        return memo_op(m, op == OP_BINPUT, 1);
    case OP_LONG_BINGET:
    case OP_LONG_BINPUT:
        return memo_op(m, op == OP_LONG_BINPUT, 4);
    case OP_MEMOIZE:
        return memo_put(m, (uint64_t)m->n_memo++);
    default:
        return collection(m, op);
    }
}

/* ---- the whole */

static frs_status take(const machine *m, frs__pickled **tensors, int64_t *count) {
    if (m->depth != 1 || m->stack[0]->kind != DICT)
        return refuse(m, "%s", _("what it holds is not a state_dict"));
    const value *d = m->stack[0];
    const int64_t n = d->n / 2;
    if (n > MAX_TENSORS)
        return refuse(m, _("%lld tensors; at most %d are read"), (long long)n, MAX_TENSORS);
    frs__pickled *t = frs__arena_alloc(m->memory, n, sizeof *t);
    if (!t) return FRS_E_NOMEM;
    for (int64_t i = 0; i < n; i++) {
        const value *name = d->items[2 * i], *v = d->items[2 * i + 1];
        if (name->kind != TEXT) return refuse(m, "%s", _("a name that is no text"));
        if (v->kind != TENSOR)
            return refuse(m,
                          _("'%.80s' is no tensor: a state_dict alone is read, not a checkpoint "
                            "with more in it"),
                          name->text);
        t[i] = *v->tensor;
        t[i].name = name->text;
        for (int64_t k = 0; k < i; k++)
            if (strcmp(t[k].name, t[i].name) == 0)
                return refuse(m, _("'%.80s' is there twice"), name->text);
    }
    *tensors = t;
    *count = n;
    return FRS_OK;
}

frs_status frs__pickle_read(frs_arena *memory, const char *where, const unsigned char *data,
                            int64_t n, frs__pickled **tensors, int64_t *count) {
    machine m = {.memory = memory, .where = where, .data = data, .n = n};
    if (n > MAX_BYTES)
        return refuse(&m, _("%lld bytes; at most %d are read"), (long long)n, MAX_BYTES);
    m.max_depth = n < MAX_STACK ? n : MAX_STACK;
    m.max_memo = n < MAX_MEMO ? n : MAX_MEMO; /* a pickler counts them from 0 */
    m.stack = frs__arena_alloc(memory, m.max_depth, sizeof(value *));
    m.memo = frs__arena_alloc(memory, m.max_memo, sizeof(value *));
    if (!m.stack || !m.memo) return FRS_E_NOMEM;
    while (!m.stopped) FRS_TRY(step(&m));
    return take(&m, tensors, count);
}

/* ---- writing, protocol 2 without a memo */

static void put_number(frs_buf *b, unsigned char op, uint64_t v, int bytes) {
    char raw[9] = {(char)op};
    for (int i = 0; i < bytes; i++) raw[1 + i] = (char)(v >> (8 * i));
    frs__buf_add_n(b, raw, 1 + bytes);
}

static void put_op(frs_buf *b, unsigned char op) {
    put_number(b, op, 0, 0);
}

/* BININT is signed and of four bytes; what does not fit takes LONG1. */
static void put_int(frs_buf *b, int64_t v) {
    if (v <= INT32_MAX)
        put_number(b, OP_BININT, (uint64_t)v, 4);
    else {
        put_number(b, OP_LONG1, 8, 1);
        char raw[8];
        for (int i = 0; i < 8; i++) raw[i] = (char)((uint64_t)v >> (8 * i));
        frs__buf_add_n(b, raw, 8);
    }
}

static void put_text(frs_buf *b, const char *s) {
    put_number(b, OP_BINUNICODE, strlen(s), 4);
    frs__buf_add(b, s);
}

static void put_global(frs_buf *b, int g) {
    put_op(b, OP_GLOBAL);
    frs__buf_printf(b, "%s\n%s\n", globals[g].module, globals[g].name);
}

static void put_dict(frs_buf *b) {
    put_global(b, ORDERED_DICT);
    put_op(b, OP_EMPTY_TUPLE);
    put_op(b, OP_REDUCE);
}

static void put_tuple(frs_buf *b, const int64_t *v, int n) {
    put_op(b, OP_MARK);
    for (int i = 0; i < n; i++) put_int(b, v[i]);
    put_op(b, OP_TUPLE);
}

static void put_tensor(frs_buf *b, const frs__pickled *t, int64_t number_of_it) {
    char key[24];
    int64_t stride[FRS_PICKLE_MAX_RANK], count = 1;
    for (int i = t->rank - 1; i >= 0; i--) {
        stride[i] = count;
        count *= t->dim[i];
    }
    snprintf(key, sizeof key, "%lld", (long long)number_of_it);
    put_global(b, REBUILD_TENSOR);
    put_op(b, OP_MARK);
    put_op(b, OP_MARK);
    put_text(b, "storage");
    put_global(b, FIRST_STORAGE);
    put_text(b, key);
    put_text(b, "cpu");
    put_int(b, count);
    put_op(b, OP_TUPLE);
    put_op(b, OP_BINPERSID);
    put_int(b, 0);
    put_tuple(b, t->dim, t->rank);
    put_tuple(b, stride, t->rank);
    put_op(b, OP_FALSE);
    put_dict(b);
    put_op(b, OP_TUPLE);
    put_op(b, OP_REDUCE);
}

void frs__pickle_write(frs_buf *b, const frs__pickled *tensors, int64_t count) {
    put_number(b, OP_PROTO, 2, 1);
    put_dict(b);
    put_op(b, OP_MARK);
    for (int64_t i = 0; i < count; i++) {
        put_text(b, tensors[i].name);
        put_tensor(b, &tensors[i], i);
    }
    put_op(b, OP_SETITEMS);
    put_op(b, OP_STOP);
}
