# docker run --rm -v "$PWD:/work" --user "$(id -u)" -e SCENARIO_SDK_API_KEY -e SCENARIO_SDK_API_SECRET description-sync plan
FROM python:3.13.9-slim-trixie AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE requirements.lock ./
COPY sync ./sync
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/description-sync \
    && /opt/description-sync/bin/pip install --require-hashes --requirement requirements.lock \
    && /opt/description-sync/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13.9-slim-trixie
# The mount belongs to another user than the one in here: git is told to trust it, and nothing else.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory /work \
    && useradd --uid 10001 --create-home --shell /usr/sbin/nologin sync
COPY --from=build /opt/description-sync /opt/description-sync
ENV PATH=/opt/description-sync/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /work
ENTRYPOINT ["description-sync"]
CMD ["--help"]
