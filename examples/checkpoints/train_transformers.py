"""A small vision transformer under Hugging Face's Trainer that survives interruptions. What Wattle
adds is marked."""
import torch
import transformers
from torch.utils.data import Dataset

import digits
import wattle


class Images(Dataset):
    def __init__(self, pixels, labels):
        self.pixels, self.labels = torch.from_numpy(pixels), labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return {"pixel_values": self.pixels[index].view(1, 8, 8), "labels": int(self.labels[index])}


class Losses(transformers.TrainerCallback):
    def on_log(self, args, state, control, logs=None, **_):
        if "loss" in logs:
            wattle.report(step=state.global_step, loss=logs["loss"])  # Wattle: metrics


def main():
    options = wattle.params(epochs=3, lr=0.003, seed=1)  # Wattle: of the run
    transformers.set_seed(options["seed"])
    pixels, labels, test_pixels, test_labels = digits.read()
    model = transformers.ViTForImageClassification(transformers.ViTConfig(
        image_size=8, patch_size=2, num_channels=1, hidden_size=32, num_hidden_layers=2,
        num_attention_heads=4, intermediate_size=64, hidden_dropout_prob=0.1, num_labels=10))
    trainer = transformers.Trainer(
        model=model, train_dataset=Images(pixels, labels),
        args=transformers.TrainingArguments(
            output_dir=wattle.checkpoints.folder or "checkpoints",    # Wattle: where it looks
            save_strategy="no", save_total_limit=2, per_device_train_batch_size=64,
            num_train_epochs=options["epochs"], learning_rate=options["lr"], logging_steps=1,
            seed=options["seed"], use_cpu=True, report_to="none", disable_tqdm=True),
        callbacks=[Losses(), wattle.TransformersCallback()])          # Wattle: saves
    trainer.train(resume_from_checkpoint=wattle.checkpoints.resume_from())  # Wattle: resumes

    found = trainer.predict(Images(test_pixels, test_labels)).predictions.argmax(1)
    wattle.report(test_accuracy=(found == test_labels).mean(), echo=True)
    torch.save(model.state_dict(), wattle.output("model", "model.pt"))


if __name__ == "__main__":
    main()
