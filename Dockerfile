# One image for every process: what a container does is its command (docker-compose.yml).
FROM node:24-bookworm-slim AS build
WORKDIR /trilho
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY apps apps
COPY libs libs
COPY migrations migrations
# The optional packages are Node itself and the embedded PostgreSQL: here the image and another container are these.
RUN npm run build && npm prune --omit=dev --omit=optional

FROM node:24-bookworm-slim
ENV NODE_ENV=production DATA_DIR=/data
# The sandbox's world. A new volume takes its owner from here.
RUN install -d -o node -g node -m 700 /data
WORKDIR /trilho
COPY --from=build /trilho/package.json ./
COPY --from=build /trilho/node_modules node_modules
COPY --from=build /trilho/dist dist
USER node
EXPOSE 3000
# The flags keep the heap small: without them a process that serves takes twice the memory, and wavers by 100 MB.
CMD ["node", "--max-semi-space-size=16", "--heap-growing-percent=50", "dist/apps/api/main.js"]
