"""Parameter files: the store, the readers, what they say when something is wrong."""

import numpy as np
import pytest
from scipy.io import savemat
from sklearn.svm import SVR

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import models
from ddsr_bench.quality.libsvm import read_svr


def write_libsvm(folder, svr, low, high):
    """A fitted scikit-learn SVR and its ranges in libsvm's text formats, as svm-train and svm-scale write them."""
    lines = ["svm_type epsilon_svr", "kernel_type rbf", f"gamma {svr.gamma}", "nr_class 2"]
    lines += [f"total_sv {len(svr.support_)}", f"rho {-svr.intercept_[0]!r}", "SV"]
    for coefficient, vector in zip(svr.dual_coef_[0], svr.support_vectors_, strict=True):
        # libsvm leaves zeros out.
        lines.append(f"{coefficient!r} " + " ".join(f"{k + 1}:{v!r}" for k, v in enumerate(vector) if v))
    (folder / "model").write_text("\r\n".join(lines).replace("np.float64(", "").replace(")", "") + "\r\n")
    ranges = [f"{k + 1} {a!r} {b!r}" for k, (a, b) in enumerate(zip(low, high, strict=True))]
    (folder / "range").write_text("\r\n".join(["x", "-1 1", *ranges]) + "\r\n")
    return folder / "model", folder / "range"


@pytest.fixture
def trained(tmp_path):
    rng = np.random.default_rng(0)
    low, high = [-1.5, 0.0, 10.0], [2.0, 0.25, 30.0]
    x = np.round(rng.uniform(low, high, (80, 3)), 6)
    scaled = -1 + 2 * (x - low) / (np.array(high) - low)
    scaled[::7, 1] = 0
    svr = SVR(gamma=0.4, C=50, epsilon=0.05).fit(scaled, np.sin(3 * scaled[:, 0]) + scaled[:, 1] * scaled[:, 2])
    return svr, x, -1 + 2 * (x - low) / (np.array(high) - low), write_libsvm(tmp_path, svr, low, high)


def test_regression_agrees_with_scikit_learn_s_libsvm(trained):
    svr, x, scaled, files = trained
    got = read_svr(*files).predict(x)
    # Features pass as text with six digits.
    np.testing.assert_allclose(got, svr.predict(scaled), atol=1e-4)
    assert np.ptp(got) > 1


def test_prediction_does_not_depend_on_the_batch(trained):
    _, x, _, files = trained
    model = read_svr(*files)
    assert np.array_equal(model.predict(x), np.concatenate([model.predict(row[None]) for row in x]))


def test_other_models_are_refused(trained):
    model, ranges = trained[-1]
    text = model.read_text()
    model.write_text(text.replace("epsilon_svr", "c_svc"))
    with pytest.raises(DdsrError, match=r"model: not an epsilon-SVR .*it is c_svc with kernel rbf"):
        read_svr(model, ranges)
    model.write_text("\n".join(text.splitlines()[:-3]))
    with pytest.raises(DdsrError, match=r"support vectors, \d+ announced"):
        read_svr(model, ranges)
    ranges.write_text("y\n")
    with pytest.raises(DdsrError, match=r"range: not the ranges of svm-scale \(the first line is not 'x'\)"):
        read_svr(model, ranges)


def test_mat_files(tmp_path):
    savemat(tmp_path / "m.mat", {"mu": np.arange(3.0)[None], "cov": np.eye(3)})
    model = models.read_gaussian(tmp_path / "m.mat", "mu", "cov")
    np.testing.assert_array_equal(model.mean, [0, 1, 2])
    np.testing.assert_array_equal(model.covariance, np.eye(3))
    with pytest.raises(DdsrError, match=r"m.mat: no MATLAB file with nu; fetch it again"):
        models.read_mat(tmp_path / "m.mat", "nu")
    (tmp_path / "bad.mat").write_bytes(b"\0" * 200)
    with pytest.raises(DdsrError, match=r"bad.mat: no MATLAB file with mu"):
        models.read_mat(tmp_path / "bad.mat", "mu")


@pytest.mark.parametrize(("metric", "load"), [("niqe", models.load_niqe), ("brisque", models.load_brisque)])
def test_missing_files_name_the_commands(metric, load, tmp_path, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path))
    with pytest.raises(DdsrError) as caught:
        load()
    assert f"metric '{metric}': its parameter file " in str(caught.value)
    assert f"run 'ddsr-bench metrics fetch {metric}'" in str(caught.value)
    assert "--weights-dir DIR" in str(caught.value)


def test_a_folder_without_the_files(tmp_path):
    with pytest.raises(DdsrError, match=r"no niqe_modelparameters.mat or modelparameters.mat there; metric 'niqe'"):
        models.adopt(tmp_path, "niqe")


def test_another_file_of_that_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "modelparameters.mat").write_bytes(b"something else")
    with pytest.raises(DdsrError, match=r"modelparameters.mat: sha256 is .* expected fa2aa4d12dd9"):
        models.adopt(tmp_path, "niqe")


def test_the_authors_files_are_known_by_both_names(shared, tmp_path, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path / "home"))
    params = shared / "data" / "params"
    assert [path.name for path in models.adopt(params, "brisque")] == [
        "brisque_allmodel-8b04d604",
        "brisque_allrange-e47d753d",
    ]
    model = models.load_brisque()
    assert model.vectors.shape == (774, 36)
    assert (model.gamma, model.rho, model.target) == (0.05, -153.591, (-1.0, 1.0))
    (tmp_path / "modelparameters.mat").write_bytes((params / "niqe_modelparameters.mat").read_bytes())
    models.adopt(tmp_path, "niqe")
    assert models.load_niqe().covariance.shape == (36, 36)
