/* The perceptron: one layer of weights, a class an output.
 *
 * F. Rosenblatt (1958), The perceptron: a probabilistic model for information storage and
 * organization in the brain, Psychological Review 65(6), doi:10.1037/h0042519. Its units decide by
 * a threshold and learn by correcting errors; here, as in LeCun et al. (1998), III.C.1 ("linear
 * classifier", 7850 free parameters), they give logits, which cross-entropy trains. */
#include "zoo/zoo.h"

static void perceptron(frs_zoo *z) {
    ADD(.type = "flatten");
    ADD(.type = "dense", .name = "output", .units = z->classes);
}

FRS_ZOO_NET(perceptron, perceptron, .title = "Perceptron", .year = 1958,
            .source = "Rosenblatt (1958), doi:10.1037/h0042519", .parameters = 7850,
            .input = {3, {28, 28, 1}}, .classes = 10);
