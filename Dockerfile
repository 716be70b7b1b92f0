# One image for every way of running: `docker run IMAGE run`, compose, Kubernetes CronJob.
# Pin the base by digest where your registry allows it; see docs/operating.md.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/syncer
COPY requirements.lock requirements-build.lock ./
# Both steps take only files whose hashes are in the lock.
RUN pip --python /opt/syncer/bin/python install --no-cache-dir --no-deps --require-hashes \
        --requirement requirements.lock \
    && pip install --no-cache-dir --no-deps --require-hashes --requirement requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY syncer ./syncer
COPY connectors ./connectors
RUN pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && pip --python /opt/syncer/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM python:3.12-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="receivables-syncer" \
      org.opencontainers.image.description="Reads open invoices, decides who needs contact and why, sends reminders, writes notes back." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/syncer /opt/syncer
COPY config /usr/share/syncer/config
# The numeric user needs no entry in /etc/passwd, so a cluster may replace it by any other.
RUN install -d -o 10001 -g 10001 -m 0770 /data
ENV PATH=/opt/syncer/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONSAFEPATH=1
VOLUME ["/data"]
WORKDIR /data
USER 10001:10001
HEALTHCHECK --interval=5m --timeout=20s --start-period=1m --retries=2 \
    CMD ["python", "-m", "syncer", "health"]
ENTRYPOINT ["python", "-m", "syncer"]
CMD ["--help"]
