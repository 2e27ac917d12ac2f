"""The cloud of a two-model cascade in the manner of Sedna's joint inference: the large model behind HTTP.

    python joint_cloud.py --models EDGE FOG CLOUD --port 8124

POST /predict takes {"data": [image, ...]}, each nested lists of pixels 0 to 255, and answers
{"result": [[exit value a class], ...]}: the last exit of all submodels run one after the other. As Sedna's
InferenceServer it is FastAPI on uvicorn, with the pass in FastAPI's threads. Prints {"ready": true}.
"""
import argparse
from typing import List, Optional

import numpy
from fastapi import FastAPI
from pydantic import BaseModel

from joint_serve import serve
from submodel import Submodel


class InferenceItem(BaseModel):
    data: List
    callback: Optional[str] = None


class PredictResult(BaseModel):
    result: List


def create_app(models):
    app = FastAPI()

    @app.post("/predict", response_model=PredictResult)
    def predict(item: InferenceItem):
        rows = numpy.asarray(item.data, numpy.uint8)
        for model in models[:-1]:
            rows, _ = model.values(rows)
        _, values = models[-1].values(rows)
        return PredictResult(result=values[-1].tolist())

    return app


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", required=True, help="folders of ddnn export, first to last")
    parser.add_argument("--port", type=int, required=True)
    args = parser.parse_args()
    serve(create_app([Submodel(folder) for folder in args.models]), args.port)


if __name__ == "__main__":
    main()
