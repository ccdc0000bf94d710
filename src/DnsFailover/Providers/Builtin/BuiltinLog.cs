using System.Net;
using DnsFailover.Core.Records;
using Microsoft.Extensions.Logging;

namespace DnsFailover.Providers.Builtin;

/// <summary>The log lines of the authoritative server, 7xxx.</summary>
internal static partial class BuiltinLog
{
    [LoggerMessage(7001, LogLevel.Information, "The builtin DNS server answers for {Zone} at {EndPoint} (UDP and TCP), serial {Serial}")]
    public static partial void Listening(ILogger logger, DnsName zone, IPEndPoint endPoint, uint serial);

    [LoggerMessage(7002, LogLevel.Error, "The kept zone {Zone} made no sense and was put aside as {Path}: {Complaint}. The zone starts empty, and the next round of probes fills it again")]
    public static partial void ZoneFileCorrupt(ILogger logger, DnsName zone, string path, string complaint);

    [LoggerMessage(7003, LogLevel.Information, "{Name} in the builtin zone, serial {Serial}: {Change}")]
    public static partial void Changed(ILogger logger, DnsName name, uint serial, ChangeSet change);

    [LoggerMessage(7004, LogLevel.Warning, "The name server {Name} of the builtin zone {Zone} has no address in it. Give 'nameServers' a host name that the parent zone knows, or listen at one address instead of all")]
    public static partial void NameServerWithoutAddress(ILogger logger, DnsName name, DnsName zone);

    [LoggerMessage(7005, LogLevel.Debug, "The builtin DNS server could not use a socket: {Complaint}")]
    public static partial void SocketTrouble(ILogger logger, string complaint);

    [LoggerMessage(7006, LogLevel.Error, "The builtin DNS server failed on a query and answered SERVFAIL")]
    public static partial void QueryFailed(ILogger logger, Exception exception);
}
