/* The multilayer perceptron, with two hidden layers of 300 and 100: "LeNet-300-100".
 *
 * D.E. Rumelhart, G.E. Hinton, R.J. Williams (1986), Learning representations by back-propagating
 * errors, Nature 323, doi:10.1038/323533a0; this size from Y. LeCun, L. Bottou, Y. Bengio, P.
 * Haffner (1998), Gradient-based learning applied to document recognition, Proc. IEEE 86(11),
 * doi:10.1109/5.726791, III.C.4. Its sigmoids are tanh here, its output logits. */
#include "zoo/zoo.h"

static void mlp(frs_zoo *z) {
    ADD(.type = "flatten");
    ADD(.type = "dense", .name = "hidden1", .units = 300, .activation = FRS_TANH);
    ADD(.type = "dense", .name = "hidden2", .units = 100, .activation = FRS_TANH);
    ADD(.type = "dense", .name = "output", .units = z->classes);
}

FRS_ZOO_NET(mlp, mlp, .title = "MLP 300-100", .year = 1986,
            .source = "Rumelhart et al. (1986), doi:10.1038/323533a0", .parameters = 266610,
            .input = {3, {28, 28, 1}}, .classes = 10);
