# One image for every process; the command names the role: accord web --service teacher, accord work --service reporting, …
FROM python:3.13-slim-bookworm AS packages
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin accord
COPY --from=packages /venv /venv
WORKDIR /app
COPY pyproject.toml requirements.in ./
COPY shared shared
COPY services services
COPY accord accord
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --no-index -e . \
    && /venv/bin/python -m compileall -q /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ACCORD_HOME=/var/lib/accord
RUN mkdir /var/lib/accord && chown accord /var/lib/accord
USER accord
ENTRYPOINT ["accord"]
CMD ["--help"]
