using System.Collections.Immutable;
using DnsFailover.Core.Alerts;
using DnsFailover.Core.Definitions;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Network;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Core.Control;

/// <summary>What a failed call to a provider means for the change.</summary>
public enum ProviderFailure
{
    /// <summary>The records are not what was read; nothing was written.</summary>
    Conflict,

    /// <summary>It may work later; nothing was written.</summary>
    Transient,

    /// <summary>It will not work until somebody mends credentials, permissions or the request; nothing was written.</summary>
    Rejected,

    /// <summary>The reply was lost or late: it may have been written.</summary>
    Ambiguous,
}

/// <summary>What one authoritative server answered when a change was verified.</summary>
/// <param name="Server">Its address and port.</param>
/// <param name="Verified">True when it answers the change.</param>
/// <param name="Took">Until it did, or until it was given up.</param>
/// <param name="Sentence">For example <c>192.0.2.53:53 still answers 192.0.2.1 after 30 s</c>.</param>
public sealed record ServerAnswer(string Server, bool Verified, TimeSpan Took, string Sentence);

/// <summary>What the controller steers.</summary>
/// <param name="Services">The services, each with a name of its own.</param>
/// <param name="ReconcileInterval">How often the live records of each are read, whatever is remembered.</param>
public sealed record ControllerConfiguration(ValueList<ServiceDefinition> Services, TimeSpan ReconcileInterval)
{
    /// <summary>What holds over all services together.</summary>
    public FleetRules Rules { get; init; } = new();

    /// <summary>The planned times that begin soon or have begun; <see cref="ControllerEvent.WindowsKnown"/> brings later ones.</summary>
    public ValueList<Window> Windows { get; init; } = [];

    /// <summary>By provider: after which a call to it is given up, for what validate promises.</summary>
    public ImmutableSortedDictionary<string, TimeSpan> ProviderTimeouts { get; init; } = ImmutableSortedDictionary.Create<string, TimeSpan>(StringComparer.Ordinal);
}

/// <summary>A fact that the controller is told.</summary>
public abstract record ControllerEvent
{
    private ControllerEvent()
    {
    }

    /// <summary>A valid configuration takes effect, whole. The first one comes with what the journal holds.</summary>
    public sealed record ConfigurationLoaded(ControllerConfiguration Configuration, string Reason) : ControllerEvent;

    /// <summary>A new configuration is not valid; the last good one goes on.</summary>
    public sealed record ConfigurationRejected(string Reason) : ControllerEvent;

    /// <summary>A probe ended.</summary>
    public sealed record Observed(Observation Observation) : ControllerEvent;

    /// <summary>A probe under way is far slower than usual.</summary>
    public sealed record ProbeIsSlow(SlowProbe Probe) : ControllerEvent;

    /// <summary>The live records of a service were read, completely.</summary>
    public sealed record RecordsRead(DnsName Service, long RequestId, NameRecords Records) : ControllerEvent;

    /// <summary>They could not be read.</summary>
    public sealed record ReadFailed(DnsName Service, long RequestId, string Reason, TimeSpan? RetryAfter) : ControllerEvent
    {
        /// <summary>True when failover.yaml does not declare the provider any more, so that it can never be asked again.</summary>
        public bool ProviderGone { get; init; }
    }

    /// <summary>A change set was written; these are the records as the provider shows them afterwards.</summary>
    public sealed record ChangeApplied(DnsName Service, long ChangeId, NameRecords ReadBack) : ControllerEvent
    {
        /// <summary>The calls that were made for it, with the provider's own numbers of them and how long each took.</summary>
        public ValueList<string> Calls { get; init; } = [];
    }

    /// <summary>A change set was not written, or not for certain.</summary>
    public sealed record ChangeFailed(DnsName Service, long ChangeId, ProviderFailure Failure, string Reason, TimeSpan? RetryAfter) : ControllerEvent
    {
        /// <summary>As in <see cref="ChangeApplied.Calls"/>.</summary>
        public ValueList<string> Calls { get; init; } = [];
    }

    /// <summary>The authoritative servers all answer a change set, or the bound for it has passed.</summary>
    public sealed record VerificationEnded(DnsName Service, long ChangeId, bool Verified, string Reason) : ControllerEvent
    {
        /// <summary>What each server answered; empty where none can be asked.</summary>
        public ValueList<ServerAnswer> Servers { get; init; } = [];
    }

    /// <summary>An entry could not be made durable; the effects of the service that followed it were not carried out.</summary>
    public sealed record JournalFailed(DnsName? Service, ValueList<JournalEntry> Entries, ValueList<Alert> Alerts, string Reason) : ControllerEvent;

    /// <summary>The control targets were asked; the answer to <see cref="Effect.CheckControls"/>.</summary>
    public sealed record ControlsChecked(long RequestId, ValueList<ControlResult> Results) : ControllerEvent;

    /// <summary>An operator said something.</summary>
    public sealed record OperatorCommanded(OperatorCommand Command) : ControllerEvent;

    /// <summary>The planned times of the configuration in effect, for the time that is near: in place of those known before.</summary>
    public sealed record WindowsKnown(ValueList<Window> Windows) : ControllerEvent;

    /// <summary>Time passed; whatever is due is looked at.</summary>
    public sealed record TimePassed : ControllerEvent
    {
        /// <summary>The only service it is to pass for; null for all that are due.</summary>
        public DnsName? Service { get; init; }

        /// <summary>True when it is to pass for the daemon as a whole, and for no service.</summary>
        public bool ForNoService { get; init; }
    }
}
