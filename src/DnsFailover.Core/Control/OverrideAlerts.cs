using DnsFailover.Core.Alerts;
using DnsFailover.Core.Health;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;

namespace DnsFailover.Core.Control;

/// <summary>What people are told of overrides: who, what, until when, why, and what the daemon does next.</summary>
internal static class OverrideAlerts
{
    /// <summary>An override began.</summary>
    /// <param name="state">The state before.</param>
    /// <param name="begun">The override.</param>
    /// <param name="replaced">The one that it takes the place of; null when there was none.</param>
    /// <param name="now">The time of the step.</param>
    public static OverrideNotice Began(ControllerState state, Override begun, Override? replaced, DateTimeOffset now)
    {
        var order = Order.Of(begun);
        var instead = replaced is null ? string.Empty : $" It takes the place of: {Order.Of(replaced).Sentence}.";
        var ends = begun.Service is { } name ? OperatorWords.HowToEnd(order, name) : $"It ends by itself at {Text.At(begun.Until)}, or with {OperatorWords.Command(begun.Kind, service: null, endpoint: null)}.";
        return new OverrideNotice(begun, new OverrideBegan { At = now, Service = begun.Service, Override = begun }, new Alert
        {
            Kind = AlertKind.Override,
            At = now,
            Service = begun.Service,
            Title = $"{(begun.Service is { } service ? $"{service}: " : string.Empty)}{begun.Describe()} by {begun.Actor} until {Text.At(begun.Until)}",
            Reason = begun.Reason,
            Next = $"{Next(state, begun)} {ends}{instead}",
        });
    }

    /// <summary>An override ended.</summary>
    /// <param name="ended">The override.</param>
    /// <param name="actor">Who ended it; null when its time had come.</param>
    /// <param name="reason">Why.</param>
    /// <param name="now">The time of the step.</param>
    public static OverrideNotice Ended(Override ended, string? actor, string reason, DateTimeOffset now) =>
        new(ended, new OverrideEnded { At = now, Service = ended.Service, Override = ended, Actor = actor, Reason = reason }, new Alert
        {
            Kind = AlertKind.Override,
            At = now,
            Service = ended.Service,
            Title = $"{(ended.Service is { } service ? $"{service}: " : string.Empty)}no longer {ended.Describe()}",
            Reason = $"{(actor is null ? reason : $"{actor}: {reason}")}; it had been {Order.Of(ended).Sentence}",
            Downtime = now > ended.Since ? now - ended.Since : null,
            Next = ended.Kind switch
            {
                OverrideKind.Approve => "Traffic stays where it is until somebody approves the failback again.",
                OverrideKind.Freeze => "What had to wait is decided anew, by what is seen now.",
                _ => "The ordinary rules hold again: traffic moves when they say so.",
            },
        });

    private static string Next(ControllerState state, Override begun)
    {
        var service = begun.Service is { } name ? state.Services.GetValueOrDefault(name) : null;
        return begun.Kind switch
        {
            OverrideKind.Force => $"The name is answered with {begun.Endpoint} at once and stays there whatever its health, which is watched as ever.{Caveats(service!, begun.Endpoint!)}",
            OverrideKind.Drain => $"{begun.Endpoint} gets no traffic as long as another endpoint works; what it has moves to the next one that is proven to work. Afterwards traffic returns by the ordinary rules.",
            OverrideKind.Freeze => $"Nothing is written{(begun.Service is null ? " for any service" : string.Empty)}, whatever fails. A change that is already under way is followed to its end.",
            _ => $"Traffic returns to the preferred endpoint as soon as it has been up for {Text.Of(service!.Definition.Failback.Delay)}.",
        };
    }

    /// <summary>What the operator should know of the endpoint that he forces.</summary>
    private static string Caveats(ServiceState service, string endpoint)
    {
        var targets = service.Definition.Targets.Select(pair => pair.Target).Where(target => target.Endpoint == endpoint).ToList();
        var unfit = targets.Where(target => !service.Health[target].IsFit).Select(target => $" Mind that {target} is {(service.Health[target].Status == HealthStatus.Down ? "down: " : string.Empty)}{service.Health[target].Explain()}.");
        var lacking = service.Definition.Types.Where(type => !targets.Exists(target => target.Type == type)).Select(type => $" It has no {type} value, so the {type} records stay as they are.");
        return string.Concat(unfit.Concat(lacking));
    }
}
