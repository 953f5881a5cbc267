import httpx


def test_models_are_listed_with_their_versions(client: httpx.Client) -> None:
    models = {entry["model"]: entry for entry in client.get("/models").json()["models"]}
    assert models["tiny"] == {
        "model": "tiny",
        "versions": [1, 2],
        "aliases": {"production": 2},
        "default": True,
    }
    assert models["plain"]["default"] is False
    assert client.get("/models/tiny").json() == models["tiny"]


def test_a_version_shows_its_manifest(client: httpx.Client) -> None:
    manifest = client.get("/models/tiny/versions/1").json()
    assert manifest["signature"]["horizon"] == 4
    assert manifest["recipe"]["cell"] == "lstm"
    assert manifest["evaluation"]["seasonal_naive"]["mase"] > 0
