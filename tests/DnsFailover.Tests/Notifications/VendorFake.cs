using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace DnsFailover.Tests.Notifications;

/// <summary>A vendor on loopback that is as strict as the real one: it says no to what it documents not to take.</summary>
internal abstract class VendorFake : IAsyncDisposable
{
    private Receiver? _receiver;

    /// <summary>What was taken, in order.</summary>
    public List<JsonElement> Taken { get; } = [];

    /// <summary>Why something was not taken.</summary>
    public List<string> Refusals { get; } = [];

    /// <summary>Answers the next requests in place of the vendor's own answer.</summary>
    public Queue<Func<HttpContext, Task>> Instead { get; } = [];

    public Receiver Receiver => _receiver!;

    public Uri BaseUrl => new($"http://127.0.0.1:{Receiver.Port}/");

    public async ValueTask DisposeAsync() => await Receiver.DisposeAsync();

    protected static string? Text(JsonElement body, string name) => body.TryGetProperty(name, out var value) ? value.GetString() : null;

    protected static Task SayAsync(HttpContext context, int status, string json, string? retryAfter = null)
    {
        context.Response.ContentType = "application/json";
        return Receiver.Say(context, status, json, retryAfter);
    }

    protected async Task<T> StartAsync<T>()
        where T : VendorFake
    {
        _receiver = await Receiver.StartAsync();
        _receiver.Answer = (number, context) => AnswerAsync(_receiver.Requests[number], context);
        return (T)this;
    }

    /// <summary>The vendor's answer.</summary>
    protected abstract Task JudgeAsync(ReceivedRequest request, JsonElement body, HttpContext context);

    protected Task RefuseAsync(HttpContext context, int status, string json, string why)
    {
        Refusals.Add(why);
        return SayAsync(context, status, json);
    }

    /// <summary>Every object in the document has only these members.</summary>
    protected static string? Unknown(JsonElement element, IReadOnlySet<string> known) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Select(member => known.Contains(member.Name) ? Unknown(member.Value, known) : member.Name).FirstOrDefault(name => name is not null),
        JsonValueKind.Array => element.EnumerateArray().Select(item => Unknown(item, known)).FirstOrDefault(name => name is not null),
        _ => null,
    };

    private Task AnswerAsync(ReceivedRequest request, HttpContext context)
    {
        if (Instead.TryDequeue(out var instead))
        {
            return instead(context);
        }

        Assert.Equal(("POST", "application/json; charset=utf-8"), (request.Method, request.Headers["Content-Type"]));
        Assert.True(Encoding.UTF8.GetByteCount(request.Body) > 0);
        return JudgeAsync(request, JsonDocument.Parse(request.Body).RootElement.Clone(), context);
    }
}

/// <summary>https://docs.slack.dev/reference/methods/chat.postMessage, with the limits of Block Kit.</summary>
internal sealed class SlackFake : VendorFake
{
    public const string Token = "xoxb-SECRET-1";

    private static readonly HashSet<string> Members =
    [
        "channel", "text", "blocks", "attachments", "thread_ts", "reply_broadcast", "unfurl_links", "unfurl_media",
        "type", "emoji", "verbatim", "fields", "elements", "color",
    ];

    private readonly HashSet<string> _deleted = [];

    public static Task<SlackFake> StartAsync() => new SlackFake().StartAsync<SlackFake>();

    public HashSet<string> Roots { get; } = [];

    /// <summary>Somebody deletes a message: replies to it become messages of their own.</summary>
    public void Delete(string ts) => _deleted.Add(ts);

    protected override Task JudgeAsync(ReceivedRequest request, JsonElement body, HttpContext context)
    {
        if (request.Path != "/api/chat.postMessage")
        {
            return No(context, "unknown_method");
        }

        if (request.Headers.GetValueOrDefault("Authorization") != $"Bearer {Token}")
        {
            return No(context, "invalid_auth");
        }

        if (Text(body, "channel") is not "#alerts")
        {
            return No(context, "channel_not_found");
        }

        if (string.IsNullOrEmpty(Text(body, "text")))
        {
            return No(context, "no_text");
        }

        if (Unknown(body, Members) is { } unknown || Complaint(body) is not null)
        {
            return No(context, "invalid_blocks");
        }

        var thread = Text(body, "thread_ts");
        if (thread is not null && !Roots.Contains(thread))
        {
            return No(context, "thread_not_found");
        }

        if (body.TryGetProperty("reply_broadcast", out _) && thread is null)
        {
            return No(context, "invalid_arguments");
        }

        var ts = $"1785326400.{Taken.Count:000000}";
        if (thread is not null && _deleted.Contains(thread))
        {
            thread = null;
        }

        if (thread is null)
        {
            Roots.Add(ts);
        }

        Taken.Add(body);
        var inThread = thread is null ? string.Empty : $",\"thread_ts\":\"{thread}\"";
        return SayAsync(context, 200, $$$"""{"ok":true,"channel":"C0123456789","ts":"{{{ts}}}","message":{"type":"message","ts":"{{{ts}}}"{{{inThread}}} } }""");
    }

    /// <summary>What Block Kit does not take: https://docs.slack.dev/reference/block-kit/blocks.</summary>
    public static string? Complaint(JsonElement message)
    {
        var blocks = message.GetProperty("blocks").EnumerateArray().Concat(message.GetProperty("attachments").EnumerateArray().SelectMany(attachment => attachment.GetProperty("blocks").EnumerateArray())).ToList();
        return blocks.Count > 50 ? "more than 50 blocks" : blocks.Select(Block).FirstOrDefault(complaint => complaint is not null);
    }

    private static string? Block(JsonElement block) => Text(block, "type") switch
    {
        "header" => Length(block.GetProperty("text"), 150),
        "section" when block.TryGetProperty("fields", out var fields) => fields.GetArrayLength() is < 1 or > 10 ? "fields" : fields.EnumerateArray().Select(field => Length(field, 2000)).FirstOrDefault(complaint => complaint is not null),
        "section" => Length(block.GetProperty("text"), 3000),
        "context" => block.GetProperty("elements").GetArrayLength() is < 1 or > 10 ? "elements" : null,
        var other => $"unexpected {other}",
    };

    private static string? Length(JsonElement text, int most) => text.GetProperty("text").GetString()!.Length is var length && (length < 1 || length > most) ? $"{length} characters" : null;

    private Task No(HttpContext context, string error) => RefuseAsync(context, 200, $$"""{"ok":false,"error":"{{error}}"}""", error);
}

/// <summary>https://discord.com/developers/docs/resources/webhook#execute-webhook.</summary>
internal sealed class DiscordFake : VendorFake
{
    private static readonly HashSet<string> Members = ["content", "embeds", "allowed_mentions", "parse", "color", "description", "fields", "name", "value", "inline", "footer", "text"];

    public static Task<DiscordFake> StartAsync() => new DiscordFake().StartAsync<DiscordFake>();

    protected override Task JudgeAsync(ReceivedRequest request, JsonElement body, HttpContext context)
    {
        Assert.Equal((Receiver.SecretPath, "?wait=true"), (request.Path, context.Request.QueryString.Value));
        if (Complaint(body) is { } complaint)
        {
            return RefuseAsync(context, 400, $$$"""{"message": "Invalid Form Body", "code": 50035, "errors": {"embeds": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "{{{complaint}}}"} ] } } }""", complaint);
        }

        Taken.Add(body);
        return SayAsync(context, 200, """{"id": "1", "type": 0}""");
    }

    private static string? Complaint(JsonElement body)
    {
        if (Unknown(body, Members) is { } unknown)
        {
            return $"unknown {unknown}";
        }

        if (body.GetProperty("content").GetString()!.Length is < 1 or > 2000 || body.GetProperty("embeds").GetArrayLength() is < 1 or > 10)
        {
            return "content or number of embeds";
        }

        var total = 0;
        foreach (var embed in body.GetProperty("embeds").EnumerateArray())
        {
            var fields = embed.TryGetProperty("fields", out var listed) ? listed.EnumerateArray().ToList() : [];
            var (description, footer) = (Text(embed, "description") ?? string.Empty, Text(embed.GetProperty("footer"), "text")!);
            if (fields.Count > 25 || description.Length > 4096 || footer.Length is < 1 or > 2048 || embed.GetProperty("color").GetInt32() is < 0 or > 0xFFFFFF)
            {
                return "embed";
            }

            foreach (var field in fields)
            {
                var (name, value) = (Text(field, "name")!, Text(field, "value")!);
                if (name.Length is < 1 or > 256 || value.Trim().Length is < 1 or > 1024)
                {
                    return $"field {name}: {value.Length}";
                }

                total += name.Length + value.Length;
            }

            total += description.Length + footer.Length;
        }

        return total > 6000 ? $"{total} characters" : body.GetProperty("allowed_mentions").GetProperty("parse").GetArrayLength() == 0 ? null : "mentions";
    }
}

/// <summary>A workflow with the trigger "When a Teams webhook request is received".</summary>
internal sealed class TeamsFake : VendorFake
{
    private static readonly HashSet<string> Members =
    [
        "type", "attachments", "contentType", "content", "$schema", "version", "msteams", "width", "body", "actions",
        "text", "wrap", "size", "weight", "color", "isSubtle", "facts", "title", "value", "url",
    ];

    public static Task<TeamsFake> StartAsync() => new TeamsFake().StartAsync<TeamsFake>();

    protected override Task JudgeAsync(ReceivedRequest request, JsonElement body, HttpContext context)
    {
        Assert.Equal(Receiver.SecretPath, request.Path);
        if (Encoding.UTF8.GetByteCount(request.Body) > 28 * 1024)
        {
            return RefuseAsync(context, 413, """{"error":{"code":"RequestEntityTooLarge","message":"too large"}}""", "too large");
        }

        var complaint = Unknown(body, Members) ?? Complaint(body);
        if (complaint is not null)
        {
            return RefuseAsync(context, 400, """{"error":{"code":"TriggerInputSchemaMismatch","message":"no"}}""", complaint);
        }

        Taken.Add(body);
        context.Response.StatusCode = 202;
        return Task.CompletedTask;
    }

    private static string? Complaint(JsonElement body)
    {
        var attachment = body.GetProperty("attachments")[0];
        var card = attachment.GetProperty("content");
        if (Text(body, "type") != "message" || Text(attachment, "contentType") != "application/vnd.microsoft.card.adaptive" || Text(card, "type") != "AdaptiveCard" || Text(card, "version") is not ("1.4" or "1.5"))
        {
            return "not a card";
        }

        return card.GetProperty("body").EnumerateArray().Select(element => Text(element, "type") switch
        {
            "TextBlock" => string.IsNullOrEmpty(Text(element, "text")) ? "empty text" : null,
            "FactSet" => element.GetProperty("facts").GetArrayLength() == 0 ? "no facts" : null,
            var other => $"unexpected {other}",
        }).Concat(card.TryGetProperty("actions", out var actions) ? actions.EnumerateArray().Select(action => Text(action, "type") == "Action.OpenUrl" && Uri.TryCreate(Text(action, "url"), UriKind.Absolute, out _) ? null : "action") : [])
            .FirstOrDefault(complaint => complaint is not null);
    }
}

/// <summary>https://developer.pagerduty.com/docs/send-alert-event.</summary>
internal sealed class PagerDutyFake : VendorFake
{
    public const string RoutingKey = "SECRETSECRETSECRETSECRETSECRET12";

    private static readonly HashSet<string> Members =
    [
        "routing_key", "event_action", "dedup_key", "payload", "links", "client", "client_url", "summary", "source", "severity", "timestamp", "class", "custom_details",
        "served", "why", "what happens next", "evidence", "time", "href", "text",
    ];

    public static Task<PagerDutyFake> StartAsync() => new PagerDutyFake().StartAsync<PagerDutyFake>();

    /// <summary>The alerts that are not resolved.</summary>
    public HashSet<string> Open { get; } = [];

    protected override Task JudgeAsync(ReceivedRequest request, JsonElement body, HttpContext context)
    {
        var complaint = request.Path != "/v2/enqueue" ? "not found" : Unknown(body, Members) ?? Complaint(body);
        if (complaint is not null)
        {
            return RefuseAsync(context, request.Path != "/v2/enqueue" ? 404 : 400, $$"""{"status":"invalid event","message":"Event object is invalid","errors":["{{complaint}}"]}""", complaint);
        }

        var key = Text(body, "dedup_key")!;
        _ = Text(body, "event_action") == "trigger" ? Open.Add(key) : Open.Remove(key);
        Taken.Add(body);
        return SayAsync(context, 202, $$"""{"status":"success","message":"Event processed","dedup_key":"{{key}}"}""");
    }

    private static string? Complaint(JsonElement body)
    {
        var payload = body.GetProperty("payload");
        return Text(body, "routing_key") != RoutingKey ? "Invalid routing key"
            : Text(body, "event_action") is not ("trigger" or "resolve" or "acknowledge") ? "event_action"
            : Text(body, "dedup_key") is not { Length: > 0 and <= 255 } ? "dedup_key"
            : Text(payload, "summary") is not { Length: > 0 and <= 1024 } ? "'payload.summary' is missing or too long"
            : string.IsNullOrEmpty(Text(payload, "source")) ? "'payload.source' is missing or blank"
            : Text(payload, "severity") is not ("critical" or "error" or "warning" or "info") ? "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')"
            : !payload.GetProperty("timestamp").TryGetDateTimeOffset(out _) ? "timestamp"
            : body.GetRawText().Length > 512 * 1024 ? "too large"
            : null;
    }
}
