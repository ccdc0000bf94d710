using System.Collections.Immutable;

namespace DnsFailover.Core.Control;

/// <summary>How the judgement about our own network and the services go together.</summary>
public static partial class Controller
{
    /// <summary>Time passes for all that is due; what our own network turns out to be concerns the services in the same step.</summary>
    private const int MostRounds = 3;

    private static (ControllerState State, ValueList<Effect> Effects) PassTime(ControllerState state, ControllerEvent.TimePassed passed, DateTimeOffset now)
    {
        var (next, effects) = Judge(state, [], now, turn =>
        {
            turn.PassTime();
            turn.Count(state.Services.Values);
        });
        for (var round = 0; !passed.ForNoService && (round == 0 || (round < MostRounds && next.Services.Values.Any(service => service.RevisitAt <= now))); round++)
        {
            (next, var more) = Commands.PassTime(next, now);
            effects = effects.Concat(more).ToValueList();
        }

        return RecordAgain((next, effects), now);
    }

    /// <summary>After a step of services: they may have asked whether it is us, and what went down counts.</summary>
    private static (ControllerState State, ValueList<Effect> Effects) AfterServices(ControllerState state, ValueList<Effect> effects, Fleet fleet, bool moved, DateTimeOffset now) =>
        !fleet.WantsControls && !(moved && fleet.Rules.MassFailure is not null)
            ? (state, effects)
            : Judge(state, effects, now, turn =>
            {
                if (fleet.WantsControls)
                {
                    turn.Ask();
                }

                if (moved)
                {
                    turn.Count(state.Services.Values);
                }
            });

    private static (ControllerState State, ValueList<Effect> Effects) Judge(ControllerState state, ValueList<Effect> effects, DateTimeOffset now, Action<NetworkTurn> act)
    {
        var turn = new NetworkTurn(state.Network, state.Configuration.Rules, now);
        act(turn);
        var (network, requested) = turn.End();
        var next = state with { Network = network };
        return (turn.ConcernsServices ? AllDue(next, now) : next, requested.Concat(effects).ToValueList());
    }

    /// <summary>Each service looks again at once, in a step in which time passes: a defect in one of them then holds no other one up.</summary>
    private static ControllerState AllDue(ControllerState state, DateTimeOffset now) => state with
    {
        Services = state.Services.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value with { RevisitAt = now }),
        WakeAt = now,
    };
}
