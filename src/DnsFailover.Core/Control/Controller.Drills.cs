using DnsFailover.Core.Drills;
using DnsFailover.Core.Journal;
using DnsFailover.Core.Operations;

namespace DnsFailover.Core.Control;

/// <summary>How drills and the services go together.</summary>
public static partial class Controller
{
    /// <summary>What the journal tells of drills. One that a daemon before this one began is gone on with, so that its name comes back.</summary>
    private static (ControllerState State, ValueList<Effect> Effects) RecallDrills((ControllerState State, ValueList<Effect> Effects) step, IEnumerable<JournalEntry> journal, DateTimeOffset now)
    {
        var books = DrillBook.Fold(journal);
        var unfinished = books.Values.Select(book => book.Unfinished).OfType<DrillBegan>().OrderByDescending(began => began.Number).ToList();
        var resumed = unfinished.Find(began => step.State.Services.ContainsKey(began.Service!.Value));
        var number = books.Values.SelectMany(book => book.Reports.Select(report => report.Number).Append(book.Unfinished?.Number ?? 0)).Append(0).Max();
        var state = step.State with
        {
            DrillBooks = books,
            LastDrill = number,
            Drill = resumed is { } began ? DrillTurn.Resumed(began, step.State.Services[began.Service!.Value].Definition, step.State, now) : null,
        };
        var (ended, effects) = Abandoned((state, step.Effects), unfinished.Where(began => began != resumed), now);
        var left = ended.Overrides.Where(said => said.Drill is not null && said.Drill != resumed?.Number).ToList();
        var (cleared, more) = left.Count > 0 ? Commands.Drain(ended, left, [], now) : (ended, []);
        return Expected((cleared, effects.Concat(more).ToValueList()), now);
    }

    /// <summary>Drills that cannot be gone on with: their services are not declared any more.</summary>
    private static (ControllerState State, ValueList<Effect> Effects) Abandoned((ControllerState State, ValueList<Effect> Effects) step, IEnumerable<DrillBegan> drills, DateTimeOffset now)
    {
        foreach (var began in drills)
        {
            var (service, book) = (began.Service!.Value, step.State.DrillBooks[began.Service.Value]);
            var report = new DrillReport
            {
                Number = began.Number,
                Live = began.Live,
                Name = began.Name,
                Actor = began.Actor,
                BeganAt = began.At,
                Took = now - began.At,
                Result = DrillResult.Failed,
                Reason = $"the daemon was stopped in the middle of it, and {service} is not declared any more",
                Next = $"{began.Name} stays as it is.",
            };
            var entry = new DrillEnded { At = now, Service = service, Report = report, LastPassedAt = book.LastPassedAt, Formerly = book.Formerly };
            step = (
                step.State with { DrillBooks = step.State.DrillBooks.SetItem(service, book.With(entry)) },
                step.Effects.Append(new Effect.Record(Name: null, [entry], [DrillTurn.AlertOf(service, report, now)])).ToValueList());
        }

        return step;
    }

    /// <summary>A drill is asked for. What the schedule asks for and is refused is told, once; an operator is told by the answer.</summary>
    private static (ControllerState State, ValueList<Effect> Effects) BeginDrill(ControllerState state, OperatorCommand.Drill asked, DateTimeOffset now)
    {
        if (OperatorRules.Objection(state, asked, now) is { } objection)
        {
            return asked.Actor is null && state.Services.ContainsKey(asked.Service) ? Refuse(state, asked, objection, now) : (state, []);
        }

        var (plan, number) = (DrillRules.Of(state, asked, now), state.LastDrill + 1);
        var drill = DrillTurn.New(number, plan, asked, state, now);
        var book = state.DrillBooks.GetValueOrDefault(asked.Service, new DrillBook());
        var began = new DrillBegan
        {
            At = now,
            Service = asked.Service,
            Number = number,
            Live = asked.Live,
            Name = drill.Name,
            Actor = asked.Actor,
            Down = drill.Down,
            Home = drill.Home.Sets,
            LastPassedAt = book.LastPassedAt,
            Formerly = drill.Definition.Endpoints.SelectMany(endpoint => endpoint.Targets).Distinct().ToValueList(),
        };

        // The canary's records go under its own name: when this one cannot be made durable, nothing of the drill is done. The values
        // that the canary may hold from before stay ours until it holds others.
        var record = new Effect.Record(asked.Live ? null : drill.Name, [began with { Formerly = began.Formerly.Union(book.Formerly).ToValueList() }], []);
        var next = state with { LastDrill = number, Drill = drill, DrillBooks = state.DrillBooks.SetItem(asked.Service, book with { Unfinished = began, Formerly = began.Formerly.Union(book.Formerly).ToValueList() }) };
        var (cleared, more) = EachService(next, now, static turn => turn.ForgetRefusedDrill(), service => service.Definition.Name == asked.Service);
        return (cleared, more.Prepend(record).ToValueList());
    }

    private static (ControllerState State, ValueList<Effect> Effects) Refuse(ControllerState state, OperatorCommand.Drill asked, string objection, DateTimeOffset now)
    {
        var book = state.DrillBooks.GetValueOrDefault(asked.Service, new DrillBook());
        var report = new DrillReport
        {
            Number = state.LastDrill + 1,
            Live = asked.Live,
            Name = asked.Service,
            BeganAt = now,
            Took = TimeSpan.Zero,
            Result = DrillResult.Refused,
            Reason = objection,
            Next = "It is tried again at its next time.",
        };
        var entry = new DrillEnded { At = now, Service = asked.Service, Report = report, LastPassedAt = book.LastPassedAt, Formerly = book.Formerly };
        var (next, effects) = EachService(
            state with { LastDrill = report.Number, DrillBooks = state.Drill?.Service == asked.Service ? state.DrillBooks : state.DrillBooks.SetItem(asked.Service, book.With(entry)) },
            now,
            turn => turn.RefuseDrill(objection),
            service => service.Definition.Name == asked.Service);
        return state.Drill?.Service == asked.Service
            ? (next, effects) // the one under way has the last word
            : (next, effects.Prepend(new Effect.Record(Name: null, [entry], [])).ToValueList());
    }

    /// <summary>After each step: the drill under way looks at it, and what is overdue is told.</summary>
    private static (ControllerState State, ValueList<Effect> Effects) Drilled((ControllerState State, ValueList<Effect> Effects) step, ControllerEvent? fact, DateTimeOffset now)
    {
        if (fact is ControllerEvent.JournalFailed failed && failed.Entries.OfType<DrillBegan>().FirstOrDefault(began => began.Number == step.State.Drill?.Number && !began.Live) is { } lost)
        {
            // It was not begun: what was to follow was not done either.
            var book = step.State.DrillBooks[lost.Service!.Value];
            step.State = step.State with { Drill = null, DrillBooks = step.State.DrillBooks.SetItem(lost.Service.Value, book with { Unfinished = null }) };
        }

        step = step.State.Drill is null ? step : Turn(step, fact, now);
        return step.State.DrillsDueAt <= now || fact is ControllerEvent.ConfigurationLoaded ? Expected(step, now) : step;
    }

    private static (ControllerState State, ValueList<Effect> Effects) Turn((ControllerState State, ValueList<Effect> Effects) step, ControllerEvent? fact, DateTimeOffset now)
    {
        var turn = new DrillTurn(step.State.Drill!, step.State, now);
        turn.Advance(fact);
        var (state, effects) = (step.State with { Drill = turn.Report is null ? turn.Drill : null }, step.Effects);
        if (turn.Report is { } report)
        {
            var service = turn.Drill.Service;
            var book = state.DrillBooks.GetValueOrDefault(service, new DrillBook());
            var passed = report.Result == DrillResult.Passed;
            var entry = new DrillEnded { At = now, Service = service, Report = report, LastPassedAt = passed ? now : book.LastPassedAt, Formerly = book.Formerly };
            state = state with { DrillBooks = state.DrillBooks.SetItem(service, book.With(entry)), DrillsDueAt = now, LastProgress = new DrillProgress(report.Number, turn.Drill.Lines) };
            effects = effects.Append(new Effect.Record(Name: null, [entry], [DrillTurn.AlertOf(service, report, now)])).ToValueList();
        }

        var (moved, more) = turn.Ended.Count + turn.Begun.Count > 0 ? Commands.Drain(state, turn.Ended, turn.Begun, now) : (state, []);
        return turn.WantsControls ? Judge(moved, effects.Concat(turn.Effects).Concat(more).ToValueList(), now, static network => network.Ask()) : (moved, effects.Concat(turn.Effects).Concat(more).ToValueList());
    }

    /// <summary>Takes note of drills that are expected from now on, tells those that are overdue, and reckons when the next one is.</summary>
    private static (ControllerState State, ValueList<Effect> Effects) Expected((ControllerState State, ValueList<Effect> Effects) step, DateTimeOffset now)
    {
        var (state, entries) = (step.State, new List<JournalEntry>());
        foreach (var definition in state.Services.Values.Where(service => !service.Retired).Select(service => service.Definition).Where(definition => definition.Drill?.OverdueAfter is not null))
        {
            var book = state.DrillBooks.GetValueOrDefault(definition.Name, new DrillBook());
            if (book.ExpectedSince is null)
            {
                var expected = new DrillExpected { At = now, Service = definition.Name };
                entries.Add(expected);
                state = state with { DrillBooks = state.DrillBooks.SetItem(definition.Name, book.With(expected)) };
            }
        }

        var effects = entries.Count == 0 ? step.Effects : step.Effects.Append(new Effect.Record(Name: null, entries.ToValueList(), [])).ToValueList();
        var (judged, more) = EachService(state, now, static turn => turn.JudgeDrills(), service => service.IsDrillToJudge(BookOf(state, service), now));
        var due = judged.Services.Values.Select(service => BookOf(judged, service).OverdueAt(service.Definition)).Where(at => at > now).Min();
        return (judged with { DrillsDueAt = due }, effects.Concat(more).ToValueList());
    }

    private static DrillBook BookOf(ControllerState state, ServiceState service) => state.DrillBooks.GetValueOrDefault(service.Definition.Name, new DrillBook());
}
