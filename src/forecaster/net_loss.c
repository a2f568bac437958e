#include "forecaster/net_loss.h"
#include "base/base.h"
#include "op/loss.h"
#include <math.h>
#include <string.h>

frs_net_loss frs__net_loss_of(const frs_config *c, const frs_scaler *scaler) {
    static const char *const names[FRS_NET_LOSSES] = {"MSE",   "RMSE",    "NSE",          "KGE",
                                                      "Huber", "Pinball", "PeakWeighted", "Focal"};
    const char *text = frs_config_text(c, "loss");
    int64_t kind = FRS_NET_MSE;
    for (int64_t i = 0; i < FRS_LEN(names); i++)
        if (strcasecmp(text, names[i]) == 0) kind = i;
    switch ((frs_net_loss_kind)kind) {
    case FRS_NET_KGE:
        return (frs_net_loss){kind, scaler->target_mean / scaler->target_std, 0};
    case FRS_NET_HUBER:
        return (frs_net_loss){kind, frs_config_real(c, "huber_delta"), 0};
    case FRS_NET_PINBALL:
        return (frs_net_loss){kind, frs_config_real(c, "pinball_quantile"), 0};
    case FRS_NET_PEAKS:
        return (frs_net_loss){kind, frs_config_real(c, "peak_weight"), 0};
    case FRS_NET_FOCAL:
        return (frs_net_loss){kind, frs_config_real(c, "focal_beta"),
                              frs_config_real(c, "focal_gamma")};
    default:
        return (frs_net_loss){kind, 0, 0};
    }
}

bool frs__net_loss_sane(const frs_net_loss *l) {
    return l->kind >= 0 && l->kind < FRS_NET_LOSSES && isfinite(l->a) && isfinite(l->b);
}

frs_tensor *frs__net_loss_build(frs_builder *b, const frs_net_loss *l, frs_tensor *sim, int64_t K) {
    const int64_t B = frs_build_dims(b).batch;
    frs_tensor *obs = frs_input(b, "y", (frs_shape){2, {B, K}});
    switch ((frs_net_loss_kind)l->kind) {
    case FRS_NET_NSE:
        return frs_loss_nse(b, sim, obs, frs_input(b, "std", (frs_shape){1, {B}}));
    case FRS_NET_RMSE:
        return frs_scale(b, frs_loss_rmse(b, sim, obs), 0.70710678118654752, 0);
    case FRS_NET_KGE:
        return frs_loss_kge(b, sim, obs, l->a);
    case FRS_NET_HUBER:
        return frs_loss_huber(b, sim, obs, l->a);
    case FRS_NET_PINBALL:
        return frs_loss_pinball(b, sim, obs, l->a);
    case FRS_NET_PEAKS:
        return frs_loss_peaks(b, sim, obs, l->a);
    case FRS_NET_FOCAL:
        return frs_loss_focal(b, sim, obs, l->a, l->b);
    default:
        return frs_scale(b, frs_loss_mse(b, sim, obs), 0.5, 0);
    }
}

static double of_one(const frs_net_loss *l, double sim, double obs, double std) {
    const double d = sim - obs, s = std + 0.1;
    switch ((frs_net_loss_kind)l->kind) {
    case FRS_NET_HUBER:
        return frs__loss_point(FRS_POINT_HUBER, l->a, l->b, sim, obs).value;
    case FRS_NET_PINBALL:
        return frs__loss_point(FRS_POINT_PINBALL, l->a, l->b, sim, obs).value;
    case FRS_NET_PEAKS:
        return frs__loss_point(FRS_POINT_PEAKS, l->a, l->b, sim, obs).value;
    case FRS_NET_FOCAL:
        return frs__loss_point(FRS_POINT_FOCAL, l->a, l->b, sim, obs).value;
    case FRS_NET_NSE:
        return d * d / (s * s);
    default:
        return d * d;
    }
}

void frs__net_loss_add(const frs_net_loss *l, frs_loss_sum *to, const frs_loss_batch *b) {
    for (int64_t i = 0; i < b->n * b->K; i++) {
        const double s = b->sim[i], o = b->y[i];
        const double e = of_one(l, s, o, b->std ? b->std[i / b->K] : NAN);
        if (isnan(e)) continue;
        to->n += 1;
        to->sum += e;
        to->sim += s;
        to->obs += o;
        to->sim2 += s * s;
        to->obs2 += o * o;
        to->cov += s * o;
    }
}

double frs__net_loss_value(const frs_net_loss *l, const frs_loss_sum *s) {
    if (!(s->n > 0)) return NAN;
    switch ((frs_net_loss_kind)l->kind) {
    case FRS_NET_KGE:
        return frs__loss_kge(s->n, (frs_kge_sums){s->sim, s->obs, s->sim2, s->obs2, s->cov}, l->a)
            .value;
    case FRS_NET_MSE:
        return 0.5 * s->sum / s->n;
    case FRS_NET_RMSE:
        return sqrt(0.5 * s->sum / s->n);
    default:
        return s->sum / s->n;
    }
}
