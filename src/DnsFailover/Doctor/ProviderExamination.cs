using System.Net;
using DnsFailover.Configuration;
using DnsFailover.Control;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;
using DnsFailover.Dns;
using DnsFailover.Providers;
using DnsFailover.Verification;

namespace DnsFailover.Doctor;

/// <summary>
/// Examines one provider and the names that are steered there. It holds a reader, which cannot write; every call is
/// bounded, and what fails is a finding, so that nothing keeps the rest from being examined.
/// </summary>
/// <param name="provider">The provider.</param>
/// <param name="reader">Reads there.</param>
/// <param name="resolver">Sees the delegation.</param>
/// <param name="time">The clock.</param>
internal sealed class ProviderExamination(ProviderDefinition provider, IRecordReader reader, RecursiveResolver resolver, TimeProvider time)
{
    /// <summary>An examination makes several calls after one another, each bounded by itself; this is for one that is not.</summary>
    private const int CallsOfAnExamination = 4;

    /// <summary>For name servers that answer something else: a lost datagram is sent again well within it.</summary>
    private static readonly TimeSpan LongestVerification = TimeSpan.FromSeconds(3);

    /// <summary>For all the questions about one name; each of them is bounded by itself.</summary>
    private static readonly TimeSpan LongestName = TimeSpan.FromMinutes(1);

    private readonly ProviderLane _lane = new(time, ProviderLane.ReadsAtOnce);
    private readonly ProviderLane _questions = new(time, ProviderLane.WritesAtOnce);
    private readonly AuthoritativeVerifier _verifier = new(time);

    /// <summary>The provider's servers; empty when they cannot be found out, with why.</summary>
    public async Task<(IReadOnlyList<IPEndPoint> Servers, string? Trouble)> ServersAsync(CancellationToken cancellationToken)
    {
        try
        {
            var servers = await _lane.CallAsync(reader.AuthoritativeServersAsync, provider.Options.Timeout, cancellationToken);
            return (servers, servers.Count > 0 ? null : "there are none");
        }
        catch (Exception e) when (IsFinding(e, cancellationToken))
        {
            return ([], Reason(e));
        }
    }

    /// <summary>Everything that is found.</summary>
    /// <param name="services">The services to look at.</param>
    /// <param name="servers">The provider's servers, as <see cref="ServersAsync"/> found them.</param>
    /// <param name="others">The servers of other providers that hold the same zone, by name.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<ProviderReport> RunAsync(
        IReadOnlyList<ServiceDefinition> services,
        (IReadOnlyList<IPEndPoint> Servers, string? Trouble) servers,
        IReadOnlyDictionary<string, IReadOnlyList<IPEndPoint>> others,
        CancellationToken cancellationToken)
    {
        var zone = provider.Options.Zone;
        var delegation = DelegationAsync(zone, servers.Servers, others, cancellationToken);
        var findings = new List<Finding>(await ExamineAsync(cancellationToken));
        var (found, isKnown) = await delegation;
        var reports = await Task.WhenAll(services.Select(async service =>
        {
            var records = RecordsAsync(service, servers.Servers, cancellationToken);
            var cut = isKnown ? await _questions.CallAsync(token => CutBelowAsync(service.Name, zone, servers.Servers, others, token), LongestName, cancellationToken) : null;
            return new ServiceReport(service, cut is null ? await records : [.. await records, cut]);
        }));
        if (!findings.Exists(finding => finding.Subject == "clock") && ClockFinding.Of(reader.ClockSkew) is { } clock)
        {
            findings.Add(clock);
        }

        var before = findings.Exists(finding => finding.Grade == FindingGrade.Problem) ? "Mend what is found above first. If it stays, list" : "List";
        findings.Add(servers.Trouble is { } trouble
            ? Finding.Problem("name servers", $"the authoritative servers of {zone} cannot be found out, so that no change could be verified: {trouble}", $"{before} their addresses under nameServers.")
            : Finding.Good("name servers", $"changes are verified at {string.Join(", ", servers.Servers)}"));
        findings.Add(found);
        return new ProviderReport(provider, findings, reports);
    }

    private async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _lane.CallAsync(reader.ExamineAsync, CallsOfAnExamination * provider.Options.Timeout, cancellationToken);
        }
        catch (Exception e) when (IsFinding(e, cancellationToken))
        {
            return [Finding.Problem("provider", $"it could not be examined: {Reason(e)}", "Mend what it says; where it says nothing of use, report it as a defect.")];
        }
    }

    private async Task<(Finding Finding, bool IsKnown)> DelegationAsync(
        DnsName zone, IReadOnlyList<IPEndPoint> servers, IReadOnlyDictionary<string, IReadOnlyList<IPEndPoint>> others, CancellationToken cancellationToken)
    {
        try
        {
            var found = await Delegation.FindAsync(resolver, zone, cancellationToken);
            return servers.Count == 0
                ? (DelegationFinding.WithoutServers(found), false)
                : (DelegationFinding.Of(found, resolver.Servers, servers, others), found.Servers.Count > 0);
        }
        catch (DnsClientException e)
        {
            return (DelegationFinding.Unknown(e.Message, "Name a resolver that can be asked with --resolver, for example --resolver 192.0.2.53."), false);
        }
    }

    /// <summary>A name between the zone and the service that is delegated elsewhere takes the service with it; null when there is none.</summary>
    private async Task<Finding?> CutBelowAsync(
        DnsName name, DnsName zone, IReadOnlyList<IPEndPoint> servers, IReadOnlyDictionary<string, IReadOnlyList<IPEndPoint>> others, CancellationToken cancellationToken)
    {
        try
        {
            for (var at = name; at != zone && at.TryGetParent(out var parent); at = parent)
            {
                if (await Delegation.FindAsync(resolver, at, cancellationToken) is { Servers.Count: > 0 } cut)
                {
                    return DelegationFinding.Of(cut, resolver.Servers, servers, others);
                }
            }

            return null;
        }
        catch (DnsClientException e)
        {
            return DelegationFinding.Unknown(e.Message, "Try again.");
        }
    }

    private async Task<IReadOnlyList<Finding>> RecordsAsync(ServiceDefinition service, IReadOnlyList<IPEndPoint> servers, CancellationToken cancellationToken)
    {
        NameRecords live;
        try
        {
            live = await _lane.CallAsync(token => reader.ReadAsync(service.Name, token), provider.Options.Timeout, cancellationToken);
        }
        catch (Exception e) when (IsFinding(e, cancellationToken))
        {
            return [Finding.Problem("record", $"it could not be read: {Reason(e)}", "Mend what is found about the provider first.")];
        }

        return [.. RecordFindings.Of(service, live, provider, reader.Capabilities), .. await AnswersAsync(service, live, servers, cancellationToken)];
    }

    /// <summary>Whether the name servers answer what the provider shows.</summary>
    private async Task<IEnumerable<Finding>> AnswersAsync(ServiceDefinition service, NameRecords live, IReadOnlyList<IPEndPoint> servers, CancellationToken cancellationToken)
    {
        var steered = service.Types.Select(type => live[type]).OfType<RecordSet>().ToList();
        if (steered.Count == 0 || servers.Count == 0)
        {
            return [];
        }

        if (reader.WhyNotVerifiable(service.Name) is { } why)
        {
            return [Finding.Advice("answers", $"changes cannot be verified at the name servers: {why}", "Nothing, if that is meant: what the provider shows after a write is taken as the proof.")];
        }

        var bound = provider.Options.Timeout < LongestVerification ? provider.Options.Timeout : LongestVerification;
        var result = await _questions.CallAsync(token => _verifier.VerifyAsync(servers, steered, bound, token), LongestName, cancellationToken);
        return
        [
            result.Verified
                ? Finding.Good("answers", $"{(servers.Count == 1 ? "the name server answers" : $"all {servers.Count} name servers answer")} what the provider shows")
                : Finding.Problem("answers", $"what is answered is not what the provider shows ({string.Join("; ", steered)}): {result.Reason}", "Where a change was made in the last minutes, wait for it to spread. Otherwise see that these servers are the provider's (nameServers), that they can be reached, and that secondaries are told of changes."),
        ];
    }

    private static bool IsFinding(Exception e, CancellationToken cancellationToken) => e is not OperationCanceledException || !cancellationToken.IsCancellationRequested;

    /// <summary>The text of an exception that is no provider's may hold a secret.</summary>
    private static string Reason(Exception e) => e is ProviderException or SecretUnavailableException ? e.Message : $"a defect ({e.GetType().Name})";
}
