using System.Collections.Frozen;
using DnsFailover.Core;
using DnsFailover.Core.Control;
using DnsFailover.Core.Operations;
using DnsFailover.Core.Records;

namespace DnsFailover.Control;

/// <summary>
/// Notices which names are frozen, by an operator or by plan, and hands them on whenever they change: providers that do things in the
/// background have to leave them alone as the controller does.
/// </summary>
/// <param name="tell">Takes the names that are frozen now.</param>
internal sealed class FrozenNames(Action<IReadOnlySet<DnsName>> tell) : IStepObserver
{
    private IReadOnlySet<DnsName> _told = FrozenSet<DnsName>.Empty;
    private ControllerState? _seen;
    private DateTimeOffset? _validUntil;

    /// <inheritdoc/>
    public void Stepped(ControllerEvent? fact, ControllerState? before, ControllerState after, ValueList<Effect> effects, DateTimeOffset now)
    {
        if (ReferenceEquals(_seen?.Overrides, after.Overrides) && ReferenceEquals(_seen?.Configuration, after.Configuration) && !(_validUntil <= now))
        {
            return; // most steps: nobody has said anything, and no time has come
        }

        _seen = after;
        var (overrides, windows) = (after.Overrides, after.Configuration.Windows);
        _validUntil = overrides.Select(said => said.Until).Concat(windows.SelectMany(window => new[] { window.From, window.Until })).Where(time => time > now)
            .Select(time => (DateTimeOffset?)time).Min();
        var frozen = after.Services.Where(pair => Orders.Of(pair.Value.Definition, overrides, windows, now).Freeze is not null).Select(pair => pair.Key).ToFrozenSet();
        if (!frozen.SetEquals(_told))
        {
            _told = frozen;
            tell(frozen);
        }
    }
}
