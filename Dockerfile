# Two images: `api` serves, without TensorFlow; `worker` runs the jobs. See docs/guides/running.md.
# A third, `cluster`, is `worker` with Ray. See docs/guides/many-machines.md.

FROM python:3.11-slim-bookworm AS worker-packages
RUN python -m venv /venv
COPY requirements.lock requirements-api.lock /
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
    -r /requirements.lock -r /requirements-api.lock

FROM worker-packages AS worker-build
WORKDIR /srv
COPY pyproject.toml ./
COPY forecasting ./forecasting
COPY training ./training
COPY bulk ./bulk
COPY app ./app
RUN /venv/bin/pip install --disable-pip-version-check --no-deps --no-build-isolation --editable . \
    && /venv/bin/python -m compileall -q app bulk forecasting training \
    && install --directory /metadata \
    && cp -r /venv/lib/python3.11/site-packages/forecasting_service-*.dist-info /metadata

# The newest version of each model ships, and the one that it can be rolled back to.
FROM worker-build AS models
COPY model_store /committed
RUN cp -r /committed model_store && /venv/bin/python -m training prune --keep 1 --store model_store

FROM python:3.11-slim-bookworm AS api-build
# strip, of any version, takes out of libraries what only debuggers read.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends binutils \
    && rm -rf /var/lib/apt/lists/* \
    && python -m venv /venv
COPY requirements-api.lock /
RUN /venv/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check --require-hashes \
    -r /requirements-api.lock
# What serving never reads goes.
WORKDIR /venv/lib/python3.11/site-packages
RUN /venv/bin/pip uninstall --yes setuptools pip \
    # Tests, and what compilers, type checkers and debuggers read
    && find . -type d -name tests -prune -exec rm -r {} + \
    && find . -regex '.*\.\(a\|c\|cc\|cpp\|h\|hpp\|pxd\|pxi\|pyi\|pyx\)' -delete \
    && find . -name '*.so*' ! -path '*.libs/*' -exec strip --strip-unneeded {} + \
    # Arrow's network protocols, tools of ONNX Runtime and of NumPy
    && rm -r pyarrow/src pyarrow/libarrow_flight.* pyarrow/_flight.* \
        pyarrow/libarrow_python_flight.* pyarrow/libarrow_s3.* pyarrow/_s3fs.* \
        pyarrow/libarrow_python.so pyarrow/libarrow_python.so.*.*.* \
        onnxruntime/capi/libonnxruntime.so.* onnxruntime/tools onnxruntime/transformers \
        onnxruntime/quantization onnxruntime/datasets \
        numpy/distutils numpy/_core/_simd.* \
    # What Matplotlib needs for formulas and for other files than PNG, and Pillow for other than that
    && rm -r matplotlib/mpl-data/sample_data matplotlib/mpl-data/fonts/afm \
        matplotlib/mpl-data/fonts/pdfcorefonts \
    && find matplotlib -name '*.ttf' ! -name 'DejaVuSans*' ! -name 'LastResort*' -delete \
    && find fontTools -mindepth 1 -maxdepth 1 -type d ! -name misc -exec rm -r {} + \
    && find PIL pillow.libs -regextype egrep \
        -regex '.*/(_|lib)(avif|brotli|freetype|harfbuzz|imagingcms|imagingft|lcms2|png16|sharpyuv|webp).*\.so.*' \
        -delete
COPY --from=worker-build /metadata ./
WORKDIR /srv
COPY forecasting ./forecasting
COPY bulk ./bulk
COPY app ./app
# Bytecode is compiled for what is imported, and not for the rest.
RUN /venv/bin/python -c 'import app.serving.server, app.main, app.predict.picture, app.tables.worker' \
    && /venv/bin/python -c 'import app.compat.mcp.sessions' \
    && /venv/bin/python -c 'import pandas, holidays, onnxruntime, pyarrow.csv, pyarrow.parquet' \
    && /venv/bin/python -m compileall -q app bulk forecasting

FROM worker-build AS guide
COPY guide/docs.lock /docs.lock
COPY client/requirements.lock /client.lock
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
    -r /docs.lock -r /client.lock
COPY client ./client
RUN /venv/bin/pip install --disable-pip-version-check --no-deps --no-build-isolation ./client
COPY mkdocs.yml CHANGELOG.md CONTRIBUTING.md ./
COPY guide ./guide
COPY docs ./docs
RUN /venv/bin/python -m mkdocs build \
    && find app/guide/built -name '*.map' -delete

FROM python:3.11-slim-bookworm AS base
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FORECAST_MODEL_STORE=/data/model_store \
    FORECAST_JOBS_DIR=/data/jobs \
    FORECAST_STORE_CACHE_DIR=/tmp/store_cache
# Keras and Matplotlib write below the home folder; under compose /tmp alone can be written.
RUN groupadd --gid 10001 forecast \
    && useradd --uid 10001 --gid forecast --no-create-home --home-dir /tmp \
       --shell /usr/sbin/nologin forecast \
    && install --directory --owner=forecast --group=forecast /data/jobs
WORKDIR /srv
# What ships: an empty volume mounted here starts with it, owner included.
COPY --from=models --chown=10001:10001 /srv/model_store /data/model_store
USER 10001:10001
HEALTHCHECK --interval=15s --timeout=10s --start-period=180s --retries=3 \
    CMD ["python", "-m", "app", "health"]
CMD ["python", "-m", "app"]

FROM base AS worker
ENV FORECAST_ROLE=worker
COPY --from=worker-packages /venv /venv
COPY --from=worker-build /metadata /venv/lib/python3.11/site-packages
COPY --from=worker-build /srv /srv

FROM worker AS cluster
COPY requirements-cluster.lock /
USER 0
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
    -r /requirements-cluster.lock
USER 10001:10001
# Nodes of Ray have no address at which this service could be asked.
HEALTHCHECK NONE

FROM base AS api
ENV FORECAST_ROLE=api \
    FORECAST_HOST=0.0.0.0
COPY --from=api-build /venv /venv
COPY --from=api-build /srv /srv
COPY --from=guide /srv/app/guide/built ./app/guide/built
EXPOSE 8000
