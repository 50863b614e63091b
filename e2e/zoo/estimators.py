"""Estimators of scikit-learn and gradient boosting libraries, fitted to scikit-learn's own tables."""

import lightgbm
import numpy as np
import xgboost
from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
from skl2onnx import to_onnx, update_registered_converter
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from sklearn import (
    calibration,
    cluster,
    decomposition,
    discriminant_analysis,
    ensemble,
    gaussian_process,
    linear_model,
    naive_bayes,
    neighbors,
    neural_network,
    svm,
    tree,
)
from sklearn import preprocessing as prepare
from sklearn.datasets import load_diabetes, load_iris
from sklearn.pipeline import make_pipeline

from suite import Suite


def two() -> list:
    """Two classifiers to be combined."""
    return [("linear", linear_model.LogisticRegression()), ("tree", tree.DecisionTreeClassifier(random_state=0))]


CLASSIFIERS = {
    "logistic-regression": linear_model.LogisticRegression(),
    "ridge-classifier": linear_model.RidgeClassifier(),
    "random-forest": ensemble.RandomForestClassifier(20, random_state=0),
    "extra-trees": ensemble.ExtraTreesClassifier(20, random_state=0),
    "gradient-boosting": ensemble.GradientBoostingClassifier(n_estimators=10, random_state=0),
    "ada-boost": ensemble.AdaBoostClassifier(n_estimators=5, random_state=0),
    "bagging": ensemble.BaggingClassifier(n_estimators=3, random_state=0),
    "stacking": ensemble.StackingClassifier(two()),
    "svc-rbf": svm.SVC(probability=True, random_state=0),
    "svc-linear": svm.LinearSVC(),
    "nu-svc-poly": svm.NuSVC(kernel="poly", probability=True, random_state=0),
    "neighbours": neighbors.KNeighborsClassifier(),
    "naive-bayes": naive_bayes.GaussianNB(),
    "perceptrons": neural_network.MLPClassifier(max_iter=50, random_state=0),
    "linear-discriminant": discriminant_analysis.LinearDiscriminantAnalysis(),
    "quadratic-discriminant": discriminant_analysis.QuadraticDiscriminantAnalysis(),
    "calibrated": calibration.CalibratedClassifierCV(svm.LinearSVC()),
    "k-means": cluster.KMeans(3, random_state=0),
    "isolation-forest": ensemble.IsolationForest(n_estimators=10, random_state=0),
    "one-class-svm": svm.OneClassSVM(),
    "polynomial-pca": make_pipeline(
        prepare.StandardScaler(), prepare.PolynomialFeatures(2), decomposition.PCA(5), linear_model.LogisticRegression()
    ),
    "quantiles-normalised": make_pipeline(
        prepare.QuantileTransformer(n_quantiles=20),
        prepare.Normalizer(),
        linear_model.SGDClassifier(loss="log_loss", random_state=0),
    ),
    "lightgbm": lightgbm.LGBMClassifier(n_estimators=10, verbose=-1),
    "xgboost": xgboost.XGBClassifier(n_estimators=10),
}
REGRESSORS = {
    "ridge": linear_model.Ridge(),
    "huber": linear_model.HuberRegressor(),
    "poisson": linear_model.PoissonRegressor(),
    "svr": svm.SVR(),
    "random-forest-regressor": ensemble.RandomForestRegressor(10, random_state=0),
    "neighbours-regressor": neighbors.KNeighborsRegressor(),
    "gaussian-process": gaussian_process.GaussianProcessRegressor(),
    "perceptrons-regressor": neural_network.MLPRegressor(max_iter=20, random_state=0),
}
# Their converters know no newer operators.
BOOSTED = {"lightgbm", "xgboost"}


def register() -> None:
    """Makes scikit-learn's converter know the other libraries."""
    options = {"nocl": [True, False], "zipmap": [True, False, "columns"]}
    kinds = [
        (lightgbm.LGBMClassifier, "LightGbmLGBMClassifier", convert_lightgbm),
        (xgboost.XGBClassifier, "XGBoostXGBClassifier", convert_xgboost),
    ]
    for kind, alias, convert in kinds:
        update_registered_converter(kind, alias, calculate_linear_classifier_output_shapes, convert, options=options)


def export(suite: Suite) -> None:
    """Adds them all."""
    register()
    tables = [(CLASSIFIERS, load_iris(return_X_y=True)), (REGRESSORS, load_diabetes(return_X_y=True))]
    for kinds, (features, targets) in tables:
        features = features.astype(np.float32)
        for name, estimator in kinds.items():
            opset = {"": 15 if name in BOOSTED else 18, "ai.onnx.ml": 3}

            def write(path, estimator=estimator, opset=opset, features=features, targets=targets):
                estimator.fit(features, targets)
                options = {id(estimator): {"zipmap": False}} if hasattr(estimator, "predict_proba") else None
                model = to_onnx(estimator, features[:1], target_opset=opset, options=options)
                path.write_bytes(model.SerializeToString())

            suite.add(f"sklearn-{name}", write, [features[::7][:20]], (1e-3, 1e-5))
