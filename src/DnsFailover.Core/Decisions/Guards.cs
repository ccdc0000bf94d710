using DnsFailover.Core.Records;

namespace DnsFailover.Core.Decisions;

/// <summary>Rules that hold back a decision; each refusal carries its arithmetic.</summary>
internal static class Guards
{
    /// <summary>After a switch, the next one waits: what flaps takes the name along at most this often.</summary>
    public static Refusal? MinActiveTime(Situation s)
    {
        if (s.SwitchedAt is not { } switchedAt || s.Now - switchedAt >= s.Service.MinActiveTime)
        {
            return null;
        }

        var left = switchedAt + s.Service.MinActiveTime - s.Now;
        return new Refusal(
            "min-active-time",
            $"the last switch was {Text.Of(s.Now - switchedAt)} ago and minActiveTime is {Text.Of(s.Service.MinActiveTime)}",
            $"It is decided again in {Text.Of(left)}.",
            NeedsOperator: false);
    }
}

/// <summary>Whether the live records are ours to change.</summary>
internal static class Ownership
{
    /// <summary>What stands against touching this RRset at all; null when nothing does.</summary>
    public static Refusal? Objection(Situation s)
    {
        var name = s.Service.Name;
        if (s.Type != RecordType.CNAME && s.Live[RecordType.CNAME] is { } alias)
        {
            return new Refusal("type-conflict", $"{name} is a CNAME ({alias.Values}), and its endpoints declare addresses", "Remove the CNAME at the provider, or declare the endpoints with cname.", NeedsOperator: true);
        }

        if (s.Type == RecordType.CNAME && s.Live.Sets.FirstOrDefault(set => set.Type != RecordType.CNAME) is { } addresses)
        {
            return new Refusal("type-conflict", $"{name} has {addresses.Type} records ({addresses.Values}), and its endpoints declare a cname", "Remove them at the provider, or declare the endpoints with addresses.", NeedsOperator: true);
        }

        if (s.Live.Owner is { } owner && owner != s.Service.Owner && !s.Service.Adopt)
        {
            return new Refusal("owner", $"the records of {name} are marked as owned by the controller '{owner}', and this one is '{s.Service.Owner}'", $"Stop the other controller from steering {name}, or set adopt: true to take the name over.", NeedsOperator: true);
        }

        if (s.Live[s.Type] is null && !s.Service.Create && !s.IsRestoring)
        {
            return new Refusal("missing", $"{name} has no {s.Type} record at {s.Provider}", $"Create it with the value of an endpoint, or set create: true for {name}.", NeedsOperator: true);
        }

        return s.Strange.Count > 0 && !s.Service.Adopt && !s.IsRestoring
            ? s.Live[s.Type] is { IsDescribed: true }
                ? new Refusal("foreign-value", $"the {s.Type} records of {name} are {s.Strange}, which no endpoint can declare", $"Set adopt: true for {name} to let them be replaced, or steer another name.", NeedsOperator: true)
                : new Refusal("foreign-value", $"the {s.Type} record of {name} holds {s.Strange}, which no endpoint declares", $"Declare it as an endpoint's address, or set adopt: true for {name} to let it be replaced.", NeedsOperator: true)
            : null;
    }
}
