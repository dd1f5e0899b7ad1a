# A worker in a container. The image holds the one executable and a C library, runs as a user of its own and writes to
# its cache folder alone, where the executable unpacks itself.
#
#   docker build -t rav1e-by-gop .
#   docker run -p 13415:13415 -v "$PWD/password:/run/secrets/password:ro" rav1e-by-gop
#
# The password's file must be readable by user 65532. With --read-only add --tmpfs /var/cache/rav1e-by-gop:exec,uid=65532,
# mode=700. --memory and --cpus count: the worker has as many slots as they allow. Give docker stop the time that running
# segments need (--time 120), they are finished first.

FROM denoland/deno:bin-2.9.6 AS deno

FROM rust:1-bookworm AS build
# What the encoder's assembly and the link for older systems need.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends nasm python3-pip \
  && rm -rf /var/lib/apt/lists/* \
  && mkdir /empty
COPY --from=deno /deno /usr/local/bin/deno
WORKDIR /build
COPY . .
RUN deno task compile --shape self-extracting && .ci/smoke dist/rav1e-by-gop

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/dist/rav1e-by-gop /usr/local/bin/rav1e-by-gop
COPY --from=build --chown=65532:65532 --chmod=700 /empty /var/cache/rav1e-by-gop
# The password's place, not the password.
# hadolint ignore=DL3064
ENV RAV1E_BY_GOP_CACHE=/var/cache/rav1e-by-gop \
  SERVER_PASSWORD_FILE=/run/secrets/password
EXPOSE 13415
ENTRYPOINT ["/usr/local/bin/rav1e-by-gop", "worker"]
