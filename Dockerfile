# Build: the same steps as README's, then only what runs stays.
FROM node:26.10.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY src src
COPY workflows workflows
COPY activities activities
COPY web web
COPY bench bench
RUN npm run build && npm prune --omit=dev

FROM node:26.10.0-bookworm-slim
ENV NODE_ENV=production DATA_DIR=/data FEEDBACK_EXPORT_DIR=/data/exports
WORKDIR /app
RUN mkdir -p /data/exports && chown -R node:node /data
COPY --from=build --chown=root:root /app/package.json ./
COPY --from=build --chown=root:root /app/node_modules node_modules
COPY --from=build --chown=root:root /app/dist dist
COPY --from=build --chown=root:root /app/src src
USER node
VOLUME /data
EXPOSE 8086
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "src/launch.mjs"]
CMD ["api"]
