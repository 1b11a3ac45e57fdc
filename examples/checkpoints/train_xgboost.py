"""Gradient-boosted trees with XGBoost that survive interruptions. What Wattle adds is marked."""
import xgboost

import digits
import wattle


class Losses(xgboost.callback.TrainingCallback):
    def after_iteration(self, model, epoch, evals_log):
        loss = evals_log["train"]["mlogloss"][-1]
        wattle.report(step=model.num_boosted_rounds(), loss=loss)  # Wattle: metrics
        return False


def main():
    options = wattle.params(rounds=60, eta=0.2, seed=1)  # Wattle: of the run
    pixels, labels, test_pixels, test_labels = digits.read()
    table = xgboost.DMatrix(pixels, labels)
    settings = {"objective": "multi:softprob", "num_class": 10, "eval_metric": "mlogloss",
                "max_depth": 3, "eta": options["eta"], "seed": options["seed"], "subsample": 0.7,
                "colsample_bytree": 0.5, "tree_method": "hist"}

    resume = wattle.xgboost_callback()                   # Wattle: saves
    booster = xgboost.train(
        settings, table, resume.rounds(options["rounds"]),  # Wattle: resumes
        xgb_model=resume.model,                             # Wattle: resumes
        evals=[(table, "train")], verbose_eval=False, callbacks=[Losses(), resume])

    found = booster.predict(xgboost.DMatrix(test_pixels)).argmax(1)
    wattle.report(test_accuracy=(found == test_labels).mean(), echo=True)
    with open(wattle.output("model", "model.ubj"), "wb") as file:
        file.write(booster.save_raw("ubj"))


if __name__ == "__main__":
    main()
