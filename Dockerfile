FROM python:3.11-slim-bookworm AS builder
RUN python -m venv /venv
COPY requirements.lock /
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
    -r /requirements.lock

FROM builder AS guide
COPY guide/docs.lock /
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /docs.lock
WORKDIR /srv
COPY pyproject.toml mkdocs.yml CHANGELOG.md CONTRIBUTING.md ./
COPY app ./app
COPY forecasting ./forecasting
COPY training ./training
COPY guide ./guide
COPY docs ./docs
COPY client ./client
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps \
        --no-build-isolation --editable . \
    && PYTHONPATH=client/src /venv/bin/python -m mkdocs build

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FORECAST_HOST=0.0.0.0 \
    FORECAST_MODEL_STORE=/data/model_store \
    FORECAST_JOBS_DIR=/data/jobs
# Keras and Matplotlib write below the home folder; under compose /tmp alone can be written.
RUN groupadd --gid 10001 forecast \
    && useradd --uid 10001 --gid forecast --no-create-home --home-dir /tmp \
       --shell /usr/sbin/nologin forecast \
    && install --directory --owner=forecast --group=forecast /data/jobs
COPY --from=builder /venv /venv
WORKDIR /srv
COPY pyproject.toml ./
COPY forecasting ./forecasting
COPY training ./training
COPY app ./app
COPY --from=guide /srv/app/guide/built ./app/guide/built
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation \
    --editable .
# What ships: an empty volume mounted here starts with it, owner included.
COPY --chown=10001:10001 model_store /data/model_store
USER 10001:10001
EXPOSE 8000
# Without proxies: Docker may set http_proxy in every container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import os; from urllib.request import ProxyHandler, build_opener; port = os.environ.get('FORECAST_PORT', '8000'); build_opener(ProxyHandler({})).open(f'http://127.0.0.1:{port}/health/ready', timeout=4)"]
CMD ["python", "-m", "app"]
