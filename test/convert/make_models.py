"""Writes networks as people have them, and what Keras gives for them: FOLDER/NAME.keras, NAME.h5 or a folder NAME,
and FOLDER/answers.json. The networks are those of test/golden/keras3/make.py.

    python test/convert/make_models.py FOLDER
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden" / "keras3"))
import make  # noqa: E402

folder = pathlib.Path(sys.argv[1])
networks = {
    "functional.h5": make.functional,
    "functional.keras": make.functional,
    "augmented.keras": make.augmented,
    "nested": make.nested,
    "activations": make.activations,
    "arithmetic": make.arithmetic,
    "images.h5": make.images,
    "resized": make.resized,
}
answers = {}
for file, build in networks.items():
    make.keras.utils.clear_session()
    model = build("keras" if file.endswith(".keras") else "h5")
    make.set_weights(model)
    if "." in file:
        model.save(folder / file)
    else:
        model.export(str(folder / file), verbose=False)
    answers[file] = make.answers(model)
(folder / "answers.json").write_text(json.dumps(answers))
