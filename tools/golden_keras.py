#!/usr/bin/python3
"""Makes tests/golden/weights/keras_*: HDF5 files as Keras 2 writes them, and what the models make of an input.

Keras is not in Debian: the files are written here by h5py after keras/saving/hdf5_format.py of Keras 2.10, and what
comes out is computed in double by the formulas in the documents of Keras' layers, plainly.
Made with Debian 12's python3-h5py (3.7.0) and python3-numpy (1.24.2).
"""
import ctypes
import json
import os

import h5py
import numpy as np
from golden_torch import number, write_records

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/golden/weights")
HDF5 = ctypes.CDLL("libhdf5_serial.so.103")
drawn = 0


def draw(*shape, positive=False):
    global drawn
    drawn += 1
    v = (number(200 + drawn, int(np.prod(shape))) * 0.5).reshape(shape).astype(np.float32)
    return np.abs(v) + np.float32(0.5) if positive else v


# ---- files

def put_names(group, name, names, limit=64512):
    """save_attributes_to_hdf5_group: what is too large for an attribute goes into several."""
    data = np.asarray([n.encode() for n in names])
    pieces = 1
    while any(p.nbytes > limit for p in np.array_split(data, pieces)):
        pieces += 1
    if pieces == 1:
        group.attrs[name] = data
    else:
        for i, p in enumerate(np.array_split(data, pieces)):
            group.attrs[f"{name}{i}"] = p


def save(name, layers, model=None, limit=64512):
    """layers: {layer: {weight: array}}; model: class_name, config of a whole model"""
    small = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    # Groups as Keras' own, but with room for fewer members, so that the files are small; h5py has no call for it.
    HDF5.H5Pset_sym_k(ctypes.c_int64(small.id), 1, 1)
    path = os.path.join(FOLDER, name + ".h5").encode()
    with h5py.File(h5py.h5f.create(path, h5py.h5f.ACC_TRUNC, fcpl=small)) as f:
        weights = f
        if model:
            f.attrs["keras_version"], f.attrs["backend"] = "2.10.0", "tensorflow"
            f.attrs["model_config"] = json.dumps(model, separators=(",", ":"))
            weights = f.create_group("model_weights")
        put_names(weights, "layer_names", layers, limit)
        weights.attrs["backend"] = b"tensorflow"
        weights.attrs["keras_version"] = b"2.10.0"
        for layer, values in layers.items():
            group = weights.create_group(layer)
            put_names(group, "weight_names", values, limit)
            for weight, v in values.items():
                group.create_dataset(weight, v.shape, dtype=v.dtype)[...] = v


# ---- Keras' layers in numpy, channels last

def windows(n, k, stride, same):
    """-> outputs, elements before the first"""
    if not same:
        return (n - k) // stride + 1, 0
    m = -(-n // stride)
    return m, max((m - 1) * stride + k - n, 0) // 2


def conv2d(x, kernel, bias, stride=1, same=True, depthwise=False):
    kh, kw, C, O = kernel.shape
    (H, top), (W, left) = windows(x.shape[1], kh, stride, same), windows(x.shape[2], kw, stride, same)
    y = np.zeros((len(x), H, W, C * O if depthwise else O))
    for i in range(H):
        for j in range(W):
            for a in range(kh):
                for b in range(kw):
                    r, c = i * stride + a - top, j * stride + b - left
                    if not (0 <= r < x.shape[1] and 0 <= c < x.shape[2]):
                        continue
                    if depthwise:
                        y[:, i, j] += (x[:, r, c, :, None] * kernel[a, b]).reshape(len(x), C * O)
                    else:
                        y[:, i, j] += x[:, r, c] @ kernel[a, b]
    return y + bias


def conv2d_transpose(x, kernel, bias, stride):
    """The gradient of a 'same' convolution: kernel [kh, kw, O, C]"""
    kh, kw, O, C = kernel.shape
    H, W = x.shape[1] * stride, x.shape[2] * stride
    top, left = windows(H, kh, stride, True)[1], windows(W, kw, stride, True)[1]
    y = np.zeros((len(x), H, W, O))
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            for a in range(kh):
                for b in range(kw):
                    r, c = i * stride + a - top, j * stride + b - left
                    if 0 <= r < H and 0 <= c < W:
                        y[:, r, c] += x[:, i, j] @ kernel[a, b].T
    return y + bias


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(x, k, u, b):
    h = c = np.zeros((len(x), u.shape[0]))
    y = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ k + h @ u + b, 4, 1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        y.append(h)
    return np.stack(y, 1)


def gru(x, k, u, b):
    """reset_after=True: gates z r h, a bias of the input and one of the state"""
    h = np.zeros((len(x), u.shape[0]))
    y = []
    for t in range(x.shape[1]):
        xz, xr, xh = np.split(x[:, t] @ k + b[0], 3, 1)
        hz, hr, hh = np.split(h @ u + b[1], 3, 1)
        z = sigmoid(xz + hz)
        h = z * h + (1 - z) * np.tanh(xh + sigmoid(xr + hr) * hh)
        y.append(h)
    return np.stack(y, 1)


def rnn(x, k, u):
    h = np.zeros((len(x), u.shape[0]))
    y = []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ k + h @ u)
        y.append(h)
    return np.stack(y, 1)


# ---- models

def item(kind, name, inbound=None, **config):
    """A layer of a config; inbound: lists of (layer, node), one a use of it"""
    layer = {"class_name": kind, "config": {"name": name, **config}}
    if inbound is not None:
        layer["name"] = name
        layer["inbound_nodes"] = [[[source, node, 0, {}] for source, node in use] for use in inbound]
    return layer


CONV = dict(data_format="channels_last", dilation_rate=[1, 1], groups=1, activation="linear", use_bias=True)


def image():
    """Functional, with what Keras writes for two inputs, a shared layer and shortcuts."""
    w = {
        "pixels": {},
        "conv": {"conv/kernel:0": draw(3, 3, 2, 4), "conv/bias:0": draw(4)},
        "norm": {"norm/beta:0": draw(4), "norm/moving_mean:0": draw(4),
                 "norm/moving_variance:0": draw(4, positive=True)},
        "pool": {},
        "deep": {"deep/depthwise_kernel:0": draw(3, 3, 4, 2), "deep/bias:0": draw(8)},
        "up": {"up/kernel:0": draw(3, 3, 4, 4), "up/bias:0": draw(4)},
        "apart": {"apart/depthwise_kernel:0": draw(3, 3, 8, 1), "apart/pointwise_kernel:0": draw(1, 1, 8, 4),
                  "apart/bias:0": draw(4)},
        "twice": {"twice/kernel:0": draw(1, 1, 4, 3), "twice/bias:0": draw(3)},
        "both": {}, "leaky": {}, "edge": {}, "cut": {}, "flat": {}, "statics": {}, "all": {},
        "out": {"out/kernel:0": draw(218, 3), "out/bias:0": draw(3)},
    }
    same = dict(CONV, padding="same", strides=[1, 1])
    one = [[("pixels", 0)]]
    layers = [
        item("InputLayer", "pixels", [], batch_input_shape=[None, 6, 6, 2], sparse=False),
        item("Conv2D", "conv", one, filters=4, kernel_size=[3, 3], **dict(same, activation="relu")),
        item("BatchNormalization", "norm", [[("conv", 0)]], axis=[3], momentum=0.99, epsilon=0.001, center=True,
             scale=False),
        item("MaxPooling2D", "pool", [[("norm", 0)]], pool_size=[2, 2], padding="valid", strides=[2, 2],
             data_format="channels_last"),
        item("DepthwiseConv2D", "deep", [[("norm", 0)]], kernel_size=[3, 3], depth_multiplier=2, **same),
        item("Conv2DTranspose", "up", [[("pool", 0)]], filters=4, kernel_size=[3, 3], output_padding=None,
             **dict(same, strides=[2, 2])),
        item("SeparableConv2D", "apart", [[("deep", 0)]], filters=4, kernel_size=[3, 3], depth_multiplier=1, **same),
        item("Conv2D", "twice", [[("up", 0)], [("apart", 0)]], filters=3, kernel_size=[1, 1], **same),
        item("Concatenate", "both", [[("twice", 0), ("twice", 1)]], axis=-1),
        item("LeakyReLU", "leaky", [[("both", 0)]], alpha=0.3),
        item("ZeroPadding2D", "edge", [[("leaky", 0)]], padding=[[1, 0], [0, 2]], data_format="channels_last"),
        item("Cropping2D", "cut", [[("edge", 0)]], cropping=[[0, 1], [1, 1]], data_format="channels_last"),
        item("Flatten", "flat", [[("cut", 0)]], data_format="channels_last"),
        item("InputLayer", "statics", [], batch_input_shape=[None, 2], sparse=False),
        item("Concatenate", "all", [[("flat", 0), ("statics", 0)]], axis=-1),
        item("Dense", "out", [[("all", 0)]], units=3, activation="tanh", use_bias=True),
    ]
    config = {"name": "model", "layers": layers, "input_layers": [["pixels", 0, 0], ["statics", 0, 0]],
              "output_layers": [["out", 0, 0]]}
    save("keras_image", w, {"class_name": "Functional", "config": config})

    v = [list(a.values()) for a in w.values()]
    x, s = number(300, 2 * 6 * 6 * 2).reshape(2, 6, 6, 2), number(301, 4).reshape(2, 2)
    h = np.maximum(conv2d(x, *v[1]), 0)
    h = (h - v[2][1]) / np.sqrt(v[2][2] + 1e-3) + v[2][0]
    low = h.reshape(2, 3, 2, 3, 2, 4).max((2, 4))
    deep = conv2d(h, *v[4], depthwise=True)
    apart = conv2d(conv2d(deep, v[6][0], 0, depthwise=True), *v[6][1:])
    h = np.concatenate([conv2d(conv2d_transpose(low, *v[5], 2), *v[7]), conv2d(apart, *v[7])], -1)
    h = np.where(h > 0, h, 0.3 * h)
    h = np.pad(h, ((0, 0), (1, 0), (0, 2), (0, 0)))[:, :-1, 1:-1]
    h = np.concatenate([h.reshape(2, -1), s], -1)
    write("keras_image", pixels=x, statics=s, y=np.tanh(h @ v[-1][0] + v[-1][1]))


def text():
    """Sequential, without an InputLayer, as before TensorFlow 2.2"""
    half = "bidirectional/%s_lstm/lstm_cell%s/"
    w = {
        "embedding": {"embedding/embeddings:0": draw(7, 4)},
        "bidirectional": {half % d + n + ":0": v for d in (("forward", "_1"), ("backward", "_2"))
                          for n, v in (("kernel", draw(4, 12)), ("recurrent_kernel", draw(3, 12)), ("bias", draw(12)))},
        "gru": {"gru/gru_cell/kernel:0": draw(6, 12), "gru/gru_cell/recurrent_kernel:0": draw(4, 12),
                "gru/gru_cell/bias:0": draw(2, 12)},
        "rnn": {"rnn/simple_rnn_cell/kernel:0": draw(4, 3), "rnn/simple_rnn_cell/recurrent_kernel:0": draw(3, 3)},
        "steps": {"steps/kernel:0": draw(3, 4), "steps/bias:0": draw(4)},
        "norm": {"norm/gamma:0": draw(4)},
        "conv1d": {"conv1d/kernel:0": draw(2, 4, 3), "conv1d/bias:0": draw(3)},
        "pool": {},
        "dense": {"dense/kernel:0": draw(3, 2)},
    }
    cell = dict(activation="tanh", recurrent_activation="sigmoid", use_bias=True, return_sequences=True,
                return_state=False, go_backwards=False, stateful=False, unroll=False, time_major=False)
    within = item("LSTM", "lstm", units=3, **cell)
    dense = item("Dense", "dense_1", units=4, activation="relu", use_bias=True)
    layers = [
        item("Embedding", "embedding", batch_input_shape=[None, 5], input_dim=7, output_dim=4, mask_zero=False,
             input_length=5),
        item("Bidirectional", "bidirectional", layer=within, merge_mode="concat"),
        item("GRU", "gru", units=4, reset_after=True, **cell),
        item("SimpleRNN", "rnn", units=3, **dict(cell, use_bias=False)),
        item("TimeDistributed", "steps", layer=dense),
        item("LayerNormalization", "norm", axis=[2], epsilon=0.001, center=False, scale=True),
        item("Conv1D", "conv1d", filters=3, kernel_size=[2], strides=[1], padding="causal", dilation_rate=[2], groups=1,
             data_format="channels_last", activation="linear", use_bias=True),
        item("GlobalMaxPooling1D", "pool", data_format="channels_last", keepdims=False),
        item("Dense", "dense", units=2, activation="linear", use_bias=False),
    ]
    save("keras_text", w, {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}})

    v = [list(a.values()) for a in w.values()]
    x = np.array([[0., 3, 6, 1, 1], [5, 2, 0, 4, 6]])
    h = v[0][0][x.astype(int)].astype(float)
    h = np.concatenate([lstm(h, *v[1][:3]), lstm(h[:, ::-1], *v[1][3:])[:, ::-1]], -1)
    h = np.maximum(rnn(gru(h, *v[2]), *v[3]) @ v[4][0] + v[4][1], 0)
    h = (h - h.mean(-1, keepdims=True)) / np.sqrt(h.var(-1, keepdims=True) + 1e-3) * v[5][0]
    back = np.pad(h, ((0, 0), (2, 0), (0, 0)))
    h = back[:, :-2] @ v[6][0][0] + back[:, 2:] @ v[6][0][1] + v[6][1]
    write("keras_text", embedding_input=x, y=h.max(1) @ v[8][0])


def shares():
    """An activation that is a layer of its own here."""
    w = {"input_1": {}, "dense": {"dense/kernel:0": draw(4, 3), "dense/bias:0": draw(3)}}
    layers = [item("InputLayer", "input_1", batch_input_shape=[None, 4]),
              item("Dense", "dense", units=3, activation="softmax", use_bias=True)]
    save("keras_softmax", w, {"class_name": "Sequential", "config": {"name": "sequential", "layers": layers}})
    x = number(302, 8).reshape(2, 4)
    e = np.exp(x @ w["dense"]["dense/kernel:0"] + w["dense"]["dense/bias:0"])
    write("keras_softmax", input_1=x, y=e / e.sum(-1, keepdims=True))


def weights():
    """save_weights alone; the names of the layers in several attributes; a model within the model."""
    w = {"first": {"first/kernel:0": draw(4, 3), "first/bias:0": draw(3)}, "dropout": {},
         "model": {"second/kernel:0": draw(3, 3), "second/bias:0": draw(3),
                   "third/kernel:0": draw(3, 2), "third/bias:0": draw(2)}}
    save("keras_weights", w, limit=16)
    x = number(303, 8).reshape(2, 4)
    y = x @ w["first"]["first/kernel:0"] + w["first"]["first/bias:0"]
    for name in ("second", "third"):
        y = y @ w["model"][name + "/kernel:0"] + w["model"][name + "/bias:0"]
    write("keras_weights", x=x, y=y)


def write(name, **records):
    write_records(os.path.join(FOLDER, name + ".bin"), records)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    image()
    text()
    shares()
    weights()


if __name__ == "__main__":
    main()
