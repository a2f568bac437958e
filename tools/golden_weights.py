#!/usr/bin/python3
"""Makes tests/golden/weights: files of weights as PyTorch writes them, and what the nets make of an input.

tests/unit/weights.c loads NAME.pt into a net of the same shape; NAME.bin has its input x, channels last, and y.
Made with Debian 12's python3-torch (1.13.0).
"""
import os

import torch
from golden_torch import number, write_records

N = torch.nn
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/golden/weights")


def channels_first(x):
    return x.movedim(-1, 1)


class Lenet(N.Module):
    """Two convolutions, a flatten of channels first, two linear layers; dropout between does nothing."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = N.Conv2d(1, 3, 5, padding=2), N.Conv2d(3, 4, 5)
        self.fc1, self.fc2 = N.Linear(16, 7), N.Linear(7, 3)

    def forward(self, x):
        x = torch.tanh(N.functional.avg_pool2d(self.conv1(channels_first(x)), 2))
        x = torch.tanh(N.functional.avg_pool2d(self.conv2(x), 2))
        return self.fc2(torch.tanh(self.fc1(torch.flatten(x, 1))))


class Resnet(N.Module):
    """A block whose shortcut is defined before what it is added to; flattened, normalised, joined with statics."""

    def __init__(self):
        super().__init__()
        self.downsample = N.Sequential(N.Conv2d(2, 4, 1, stride=2, bias=False), N.BatchNorm2d(4))
        self.conv1, self.bn1 = N.Conv2d(2, 4, 3, stride=2, padding=1, bias=False), N.BatchNorm2d(4, eps=1e-3)
        self.conv2, self.bn2 = N.Conv2d(4, 4, 3, padding=1, groups=2), N.BatchNorm2d(4)
        self.bn3, self.fc = N.BatchNorm1d(36), N.Linear(38, 2)

    def forward(self, x, s):
        x = channels_first(x)
        h = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        h = torch.relu(h + self.downsample(x))
        return self.fc(torch.cat([s, self.bn3(torch.flatten(h, 1))], 1))


class Recurrent(N.Module):
    """All three kinds, two layers of them in both directions in one module, steps flattened as they stand."""

    def __init__(self):
        super().__init__()
        self.lstm = N.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.gru, self.rnn = N.GRU(8, 3, batch_first=True), N.RNN(3, 2, batch_first=True)
        self.head = N.Linear(10, 2)

    def forward(self, x):
        return self.head(torch.flatten(self.rnn(self.gru(self.lstm(x)[0])[0])[0], 1))


class Unet(N.Module):
    def __init__(self):
        super().__init__()
        self.down, self.low = N.Conv2d(1, 3, 3, padding=1), N.Conv2d(3, 6, 3, padding=1)
        self.norm, self.up = N.GroupNorm(2, 6), N.ConvTranspose2d(6, 3, 2, stride=2)
        self.out = N.Conv2d(6, 1, 1)

    def forward(self, x):
        high = torch.relu(self.down(channels_first(x)))
        low = torch.relu(self.norm(self.low(N.functional.max_pool2d(high, 2))))
        return self.out(torch.cat([high, self.up(low)], 1)).movedim(1, -1)


class Words(N.Module):
    """Attention over embedded words, then a convolution along the steps, flattened channels first."""

    def __init__(self):
        super().__init__()
        self.words, self.attn = N.Embedding(7, 6), N.MultiheadAttention(6, 2, batch_first=True)
        self.norm, self.conv, self.out = N.LayerNorm(6), N.Conv1d(6, 3, 2), N.Linear(12, 2)

    def forward(self, x):
        h = self.words(x.long())
        h = self.norm(h + self.attn(h, h, h, need_weights=False)[0])
        return self.out(torch.flatten(self.conv(channels_first(h)), 1))


def draw(net):
    """Weights that are the same everywhere; variances above 0."""
    for i, (name, v) in enumerate(net.state_dict().items()):
        if v.dtype == torch.int64:
            continue
        v.copy_(torch.tensor(number(i, v.numel()) * 0.5).reshape(v.shape))
        if name.endswith("running_var"):
            v.abs_().add_(0.5)


def save(name, net, kind, **inputs):
    """Saved in `kind`; what comes out is computed in double with what the file holds."""
    draw(net)
    net.eval().to(kind)
    torch.save(net.state_dict(), os.path.join(FOLDER, name + ".pt"))
    with torch.no_grad():
        y = net.double()(*inputs.values())
    write_records(os.path.join(FOLDER, name + ".bin"), {**{k: v.numpy() for k, v in inputs.items()}, "y": y.numpy()})


def numbers(key, *shape):
    return torch.tensor(number(key, int(torch.tensor(shape).prod()))).reshape(shape)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    torch.set_num_threads(1)
    save("lenet", Lenet(), torch.float32, x=numbers(100, 2, 16, 16, 1))
    save("resnet", Resnet(), torch.float16, x=numbers(101, 2, 6, 6, 2), s=numbers(102, 2, 2))
    save("recurrent", Recurrent(), torch.float32, x=numbers(103, 2, 5, 3))
    save("unet", Unet(), torch.bfloat16, x=numbers(104, 2, 8, 8, 1))
    save("words", Words(), torch.float32, x=torch.tensor([[0., 3, 6, 1, 1], [5, 2, 0, 4, 6]]).double())


if __name__ == "__main__":
    main()
