# syntax=docker/dockerfile:1
# One self-contained program on a base without shell or package manager. The program is compiled on the machine that builds, for the
# platform that is asked for:  docker buildx build --platform linux/amd64,linux/arm64 --tag dnsfailover .

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG TARGETARCH
WORKDIR /source

# What decides the packages comes first, so that a change of code does not restore them anew.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/DnsFailover.Core/DnsFailover.Core.csproj src/DnsFailover.Core/
COPY src/DnsFailover/DnsFailover.csproj src/DnsFailover/
RUN dotnet restore src/DnsFailover -a $TARGETARCH

COPY .editorconfig ./
COPY src src
RUN dotnet publish src/DnsFailover -p:RunAnalyzers=false --no-restore -a $TARGETARCH -o /out/app
# The base has no time zones, which planned times go by, and nobody who could make a directory.
RUN mkdir /out/data && cp -r /usr/share/zoneinfo /out/zoneinfo

FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
COPY --from=build /out/zoneinfo /usr/share/zoneinfo
COPY --from=build --chown=$APP_UID:$APP_UID /out/data /var/lib/dnsfailover
COPY --from=build /out/app /app

ENV PATH=/app:$PATH
USER $APP_UID
# The journal is in ./data of this directory, so that 'docker exec … dnsfailover status' finds the daemon without further words.
WORKDIR /var/lib/dnsfailover
VOLUME /var/lib/dnsfailover
EXPOSE 8053
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/app/dnsfailover", "healthcheck"]
ENTRYPOINT ["/app/dnsfailover"]
CMD ["run"]
