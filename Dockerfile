# A release pins this by digest: --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS source
WORKDIR /app
COPY . .

# What is not installed goes first: a workspace that is there is installed whatever else is asked for.
FROM source AS services
RUN rm -rf apps/bench apps/chaos apps/local apps/simulator apps/studio packages/client packages/local-services
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --ignore-scripts && rm -rf node_modules/typescript node_modules/@typescript
# A new volume gets the owner of the folder that it is mounted on.
RUN mkdir /media

# The studio's files: built with what only a build needs, of which nothing goes on.
FROM source AS studio
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
RUN node apps/studio/build/main.ts

FROM source AS upstream
RUN rm -rf apps/api apps/bench apps/chaos apps/local apps/studio apps/worker packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts

# `docker build --target simulator`: an upstream to try the rest with, never for production.
FROM ${NODE_IMAGE} AS simulator
WORKDIR /app
COPY --from=upstream /app .
ENV SIMULATOR_HOST=0.0.0.0
USER node
EXPOSE 4010
ENTRYPOINT ["node"]
CMD ["apps/simulator/src/main.ts"]

# One image, three commands: apps/api/src/main.ts, apps/worker/src/main.ts, packages/db/src/migrate.ts
FROM ${NODE_IMAGE} AS reelay
WORKDIR /app
COPY --from=services /app .
COPY --from=studio /app/apps/studio/dist apps/studio/dist
COPY --from=services --chown=node:node /media /media
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3001 WORKER_HOST=0.0.0.0 WORKER_PORT=3002 HEALTH_PORT=3001 MEDIA_DIR=/media
USER node
EXPOSE 3001 3002
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HEALTH_PORT}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node"]
CMD ["apps/api/src/main.ts"]
