"""A plain PyTorch training that survives interruptions. What Wattle adds is marked."""
import torch
from torch.utils.data import DataLoader, TensorDataset

import digits
import wattle


def main():
    options = wattle.params(epochs=10, lr=0.05, seed=1, workers=0)  # Wattle: of the run
    torch.manual_seed(options["seed"])
    pixels, labels, test_pixels, test_labels = map(torch.from_numpy, digits.read())
    loader = DataLoader(TensorDataset(pixels, labels), batch_size=64, shuffle=True,
                        num_workers=options["workers"])
    model = torch.nn.Sequential(
        torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(64, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=options["lr"], momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options["epochs"])

    training = wattle.torch_checkpoint(model, optimizer, scheduler)  # Wattle: resumes
    for epoch in training.epochs(options["epochs"]):                 # Wattle: for range()
        model.train()
        for batch, targets in training.batches(loader):              # Wattle: for the loader
            loss = torch.nn.functional.cross_entropy(model(batch), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            wattle.report(step=training.step, loss=loss)             # Wattle: metrics
        scheduler.step()

    model.eval()
    with torch.no_grad():
        accuracy = (model(test_pixels).argmax(1) == test_labels).float().mean()
    wattle.report(test_accuracy=accuracy, echo=True)
    torch.save(model.state_dict(), wattle.output("model", "model.pt"))


if __name__ == "__main__":
    main()
