using DnsFailover.Core.Decisions;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Planning;

/// <summary>Turns decisions into the smallest change of the live records.</summary>
public static class Planner
{
    /// <summary>The TTL of a set that did not exist before and for which failover.yaml names none.</summary>
    public static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(60);

    /// <summary>The changes that the decisions ask for; none where the live records hold them already.</summary>
    public static ValueList<RecordChange> Plan(ServiceDefinition service, NameRecords live, IEnumerable<Decision> decisions) =>
        decisions.Where(decision => decision.Answer is not null)
            .OrderBy(decision => decision.Type)
            .Select(decision => Change(service, live[decision.Type], decision))
            .Where(change => !change.After.Equals(change.Before))
            .ToValueList();

    private static RecordChange Change(ServiceDefinition service, RecordSet? before, Decision decision)
    {
        var values = decision.Answer!.Members.Select(member => new RecordValue(member.Target.Value, member.Weight));
        return new RecordChange(before, RecordSet.Create(service.Name, decision.Type, service.Ttl ?? before?.Ttl ?? DefaultTtl, values));
    }
}
