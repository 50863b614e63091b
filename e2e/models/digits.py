"""The optical digits, split once and for all, in the shapes that the digits subnet speaks."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SPLIT_SEED = 20240601
TEST_SIZE = 600
BRIGHTEST = 16.0  # a pixel counts the inked dots of a 4x4 block


@dataclass(frozen=True)
class Samples:
    """`images` f32 [n,1,8,8] in 0..1, `labels` i64 [n] in 0..9."""

    images: np.ndarray
    labels: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """The images as f32 [n,64], the way scikit-learn wants them."""
        return self.images.reshape(len(self.images), -1)


def load() -> tuple[Samples, Samples]:
    """Returns (train, test): 1197 and 600 samples, the classes in equal shares."""
    digits = load_digits()
    images = (digits.images / BRIGHTEST).astype(np.float32)[:, None, :, :]
    labels = digits.target.astype(np.int64)
    train_images, test_images, train_labels, test_labels = train_test_split(
        images, labels, test_size=TEST_SIZE, random_state=SPLIT_SEED, stratify=labels
    )
    return Samples(train_images, train_labels), Samples(test_images, test_labels)
