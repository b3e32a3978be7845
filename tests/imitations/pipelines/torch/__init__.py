"""An imitation of the little of torch that the child process of the backend diffusers uses: no GPU, no tensors."""

__version__ = "2.13.0+imitation"
float32, float16, bfloat16 = "float32", "float16", "bfloat16"


class OutOfMemoryError(RuntimeError):
    pass


class AcceleratorError(RuntimeError):
    pass


class cuda:
    @staticmethod
    def is_available():
        return False


class backends:
    class mps:
        @staticmethod
        def is_available():
            return False


class Generator:
    def __init__(self, device="cpu"):
        assert device == "cpu"
        self.seed = None

    def manual_seed(self, seed):
        assert isinstance(seed, int)
        self.seed = seed
        return self
