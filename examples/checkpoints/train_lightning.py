"""A training with Lightning that survives interruptions. What Wattle adds is marked."""
import torch
from torch.utils.data import DataLoader, TensorDataset

try:
    import lightning
except ImportError:
    import pytorch_lightning as lightning

import digits
import wattle


class Classifier(lightning.LightningModule):
    def __init__(self, lr):
        super().__init__()
        self.lr = lr
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Dropout(0.2),
            torch.nn.Linear(64, 10))

    def forward(self, pixels):
        return self.layers(pixels)

    def training_step(self, batch, _):
        loss = torch.nn.functional.cross_entropy(self(batch[0]), batch[1])
        wattle.report(step=self.global_step + 1, loss=loss.detach())  # Wattle: metrics
        return loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.lr)


def main():
    options = wattle.params(epochs=8, lr=0.003, seed=1)  # Wattle: of the run
    lightning.seed_everything(options["seed"])
    pixels, labels, test_pixels, test_labels = map(torch.from_numpy, digits.read())
    loader = DataLoader(TensorDataset(pixels, labels), batch_size=64, shuffle=True)
    model = Classifier(options["lr"])
    trainer = lightning.Trainer(
        max_epochs=options["epochs"], accelerator="cpu", logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False,
        callbacks=[wattle.LightningCallback()])                          # Wattle: saves
    trainer.fit(model, wattle.ResumableLoader(loader),                   # Wattle: within an epoch
                ckpt_path=wattle.checkpoints.resume_from())              # Wattle: resumes

    model.eval()
    with torch.no_grad():
        accuracy = (model(test_pixels).argmax(1) == test_labels).float().mean()
    wattle.report(test_accuracy=accuracy, echo=True)
    torch.save(model.state_dict(), wattle.output("model", "model.pt"))


if __name__ == "__main__":
    main()
