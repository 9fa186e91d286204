# syntax=docker/dockerfile:1
#
# One static binary and nothing else: no shell, no libc, no certificates (the API server's are mounted into
# every pod).

FROM rust:1.95-alpine AS build
# For the C of the allocator and of the cryptography. Alpine keeps one version of a package: a pin would break the build.
# hadolint ignore=DL3018
RUN apk add --no-cache gcc make musl-dev
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile image --bin seaworthy \
    && cp target/image/seaworthy /seaworthy

FROM scratch
LABEL org.opencontainers.image.title="seaworthy" \
      org.opencontainers.image.description="Says whether Kubernetes workloads are production-ready" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /seaworthy /seaworthy
USER 65532:65532
EXPOSE 8081
ENTRYPOINT ["/seaworthy"]
