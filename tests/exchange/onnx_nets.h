/* Nets to be written as ONNX: tests/exchange/onnx_nets_list.c. */
#ifndef FRS_ONNX_NETS_H
#define FRS_ONNX_NETS_H
#include "freshet/onnx.h"

enum { ONNX_NETS_INDEX = 5 }; /* inputs called "index.." are below it */
typedef struct onnx_net {
    const char *name;
    frs_build_fn build;
    frs_onnx_save_opts o;
} onnx_net;
extern const onnx_net onnx_nets[];
extern const int onnx_n_nets;
#endif
