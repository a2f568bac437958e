/* Products of matrices. */
#include "exchange/onnx_internal.h"

frs_status frs__onnx_do_gemm(frs__onnx_call *c) {
    const double alpha = frs__onnx_float(c, "alpha", 1), beta = frs__onnx_float(c, "beta", 1);
    frs_tensor *y =
        frs_matmul(c->b, frs__onnx_t(c, 0), frs__onnx_t(c, 1), frs__onnx_int(c, "transA", 0) != 0,
                   frs__onnx_int(c, "transB", 0) != 0);
    if (y && alpha != 1) y = frs_scale(c->b, y, alpha, 0);
    if (y && frs__onnx_has(c, 2)) {
        frs_tensor *bias = frs__onnx_t(c, 2);
        y = frs_add(c->b, y, beta != 1 ? frs_scale(c->b, bias, beta, 0) : bias);
    }
    return frs__onnx_give(c, 0, y, frs__onnx_type(c, 0));
}

/* A vector counts as a row on the left and as a column on the right; that axis then goes. */
frs_status frs__onnx_do_matmul(frs__onnx_call *c) {
    frs_tensor *x = frs__onnx_t(c, 0), *y = frs__onnx_t(c, 1);
    const frs_shape a = frs_tensor_shape(x), b = frs_tensor_shape(y);
    if (x && a.rank == 1) x = frs_reshape(c->b, x, (frs_shape){2, {1, a.dim[0]}});
    if (y && b.rank == 1) y = frs_reshape(c->b, y, (frs_shape){2, {b.dim[0], 1}});
    frs_tensor *z = frs_matmul(c->b, x, y, false, false);
    if (z && (a.rank == 1 || b.rank == 1)) {
        const frs_shape s = frs_tensor_shape(z);
        frs_shape to = {0};
        for (int k = 0; k < s.rank; k++)
            if (!(a.rank == 1 && k == s.rank - 2) && !(b.rank == 1 && k == s.rank - 1))
                to.dim[to.rank++] = s.dim[k];
        z = frs_reshape(c->b, z, to);
    }
    return frs__onnx_give(c, 0, z, frs__onnx_type(c, 0));
}
