# A small image: the program in a virtual environment, no compiler, no shell user, nothing written outside /data and /tmp.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY mkdocs.yml ./
COPY scripts ./scripts
COPY docs ./docs
COPY src ./src
RUN python -m venv --without-pip /opt/grok-video
RUN pip --python /opt/grok-video install --no-cache-dir --constraint constraints.txt .
RUN install -d -o 10001 -g 10001 -m 700 /data /media

FROM python:3.13-slim
COPY --from=build /opt/grok-video /opt/grok-video
# A new volume takes over the owner of the folder that it is mounted on.
COPY --from=build --chown=10001:10001 /data /data
COPY --from=build --chown=10001:10001 /media /media
ENV PATH=/opt/grok-video/bin:$PATH HOME=/tmp GROK_VIDEO_HOST=0.0.0.0 GROK_VIDEO_DATA_DIR=/data
VOLUME /data
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ.get('GROK_VIDEO_PORT', '8000') + '/healthz', timeout=4)"]
ENTRYPOINT ["grok-video"]
CMD ["serve"]
