# syntax=docker/dockerfile:1
FROM node:24-bookworm-slim AS build
WORKDIR /app
# SQLite's driver is compiled if no prebuilt one can be fetched.
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 make g++ \
 && rm -rf /var/lib/apt/lists/*
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/bundle.mjs scripts/beside-the-bundle.mjs ./scripts/
COPY src ./src
RUN npm run build && node scripts/beside-the-bundle.mjs /beside

FROM node:24-bookworm-slim
# What is new in memory may grow to half of what Node 24 allows, as in Node 20: otherwise hundreds of slow readers
# cost more than test/faults/slow-clients.spec.ts lets them.
ENV NODE_OPTIONS=--max-semi-space-size=16 \
    NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    NODE_COMPILE_CACHE=/app/compile-cache
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /beside/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN ln -s /app/dist/cli.js /usr/local/bin/gatehouse
# The only place that is written to, and only with SQLite.
RUN mkdir data compile-cache && chown node:node data compile-cache
# What Node compiles is kept, so that a start need not do it again. It is read by the user who wrote it: so this one
# does, and owns it no longer afterwards. Both commands end once the code is loaded, as PORT is no number.
USER node
RUN PORT=none node dist/main.js 2> /dev/null; node dist/cli.js --version
USER root
RUN test -n "$(ls compile-cache)" && chown -R root:root compile-cache && chmod -R a=rX compile-cache
USER node
VOLUME /app/data
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
