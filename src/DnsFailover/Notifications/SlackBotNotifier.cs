using System.Net;
using System.Text.Json;
using DnsFailover.Configuration;
using DnsFailover.Core.Alerts;
using DnsFailover.Journal;
using DnsFailover.Probing;

namespace DnsFailover.Notifications;

/// <summary>
/// Posts as a bot (https://docs.slack.dev/reference/methods/chat.postMessage): the first alert of an incident is a message
/// in the channel, and the others are replies to it. Replies go by unseen, so what is urgent and the end of the incident
/// are shown in the channel too. Slack answers 200 also when it refuses, and says why in a word.
/// </summary>
internal sealed class SlackBotNotifier(SlackBotChannel definition, WebhookClient client, PageLinks links) : INotificationChannel
{
    private const char Between = ' ';

    /// <inheritdoc/>
    public string Name => definition.Name;

    /// <inheritdoc/>
    public TimeSpan Pace => TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public bool TakesDigests => true;

    private string Setting => $"notifications.{Name}.token";

    /// <inheritdoc/>
    public async Task<string?> SendAsync(OutboxItem item, CancellationToken cancellationToken)
    {
        var message = SlackMessage.Of(item, links.Of(item.Alert));
        var thread = ThreadIn(item.Thread);
        if (thread is null)
        {
            return Reference(item, await PostAsync(message, cancellationToken));
        }

        try
        {
            var reply = await PostAsync(message with { ThreadTs = thread, ReplyBroadcast = IsForAll(item.Alert) ? true : null }, cancellationToken);

            // Where the first message was deleted, Slack makes the reply a message of its own; the rest goes below that.
            return reply.ThreadTs == thread ? null : Reference(item, reply);
        }
        catch (ThreadGoneException)
        {
            return Reference(item, await PostAsync(message, cancellationToken));
        }
    }

    /// <inheritdoc/>
    public async Task SendDigestAsync(IReadOnlyList<OutboxItem> items, CancellationToken cancellationToken) => await PostAsync(SlackMessage.OfDigest(items), cancellationToken);

    private static bool IsForAll(Alert alert) => alert.Incident is { Ends: true } || alert.Severity() >= AlertSeverity.Error;

    /// <summary>A thread of a channel that was configured before is not one of this channel.</summary>
    private string? ThreadIn(string? reference) =>
        reference?.Split(Between) is [var ts, ..] && reference.EndsWith($"{Between}{definition.Channel}", StringComparison.Ordinal) ? ts : null;

    private string? Reference(OutboxItem item, Posted posted) => item.Alert.Incident is null || posted.Ts is null ? null : $"{posted.Ts}{Between}{definition.Channel}";

    private async Task<Posted> PostAsync(SlackMessage message, CancellationToken cancellationToken)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message with { Channel = definition.Channel }, NotificationJson.Readable.SlackMessage);
        var address = Secret.Literal(new Uri(definition.BaseUrl, "chat.postMessage").AbsoluteUri);
        var reply = await client.PostAsync(address, [new CheckHeader("Authorization", Bearer())], json, Setting, cancellationToken);
        var said = reply.Json;
        if (reply.IsSuccess && said is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty("ok", out var ok))
        {
            return ok.ValueKind == JsonValueKind.True ? Posted.Of(body) : throw Refusal(body, reply);
        }

        throw reply.Status == HttpStatusCode.TooManyRequests ? new DeliveryException(DeliveryFailure.Transient, "Slack answered 429", reply.RetryAfter)
            : new DeliveryException(reply.IsSuccess ? DeliveryFailure.Misconfigured : reply.Failure, $"Slack answered {(int)reply.Status}{(reply.IsSuccess ? $", but not as its Web API does: correct notifications.{Name}.baseUrl" : string.Empty)}", reply.RetryAfter);
    }

    private Secret Bearer()
    {
        try
        {
            return Secret.Literal($"Bearer {definition.Token.Reveal().Trim()}");
        }
        catch (SecretUnavailableException error)
        {
            throw new DeliveryException(DeliveryFailure.Misconfigured, $"{error.Message}; needed for {Setting}");
        }
    }

    private Exception Refusal(JsonElement body, WebhookReply reply)
    {
        var word = body.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.String && WebhookClient.IsWord(error.GetString()!) ? error.GetString()! : "no";
        if (word is "thread_not_found" or "cannot_reply_to_message" or "invalid_thread_ts")
        {
            return new ThreadGoneException();
        }

        var remedy = Remedy(word);
        var failure = remedy is not null ? DeliveryFailure.Misconfigured
            : word is "ratelimited" or "rate_limited" or "internal_error" or "fatal_error" or "service_unavailable" or "request_timeout" or "team_added_to_org" ? DeliveryFailure.Transient
            : DeliveryFailure.Refused;
        return new DeliveryException(failure, remedy is null ? $"Slack says {word}" : $"Slack says {word}: {remedy}", reply.RetryAfter);
    }

    private string? Remedy(string word) => word switch
    {
        "not_authed" or "invalid_auth" or "token_revoked" or "token_expired" or "account_inactive" or "not_allowed_token_type" => $"the token is not valid (any more); put a bot token of the app in {Setting}",
        "missing_scope" or "no_permission" or "access_denied" => "give the app the scope chat:write and install it again",
        "not_in_channel" => $"invite the app to {definition.Channel}, or give it the scope chat:write.public",
        "channel_not_found" => $"there is no channel {definition.Channel} that the app can see; correct notifications.{Name}.channel, or invite the app to it",
        "is_archived" => $"{definition.Channel} is archived; unarchive it, or name another in notifications.{Name}.channel",
        "restricted_action" or "restricted_action_read_only_channel" or "restricted_action_thread_only_channel" or "restricted_action_non_threadable_channel" or "ekm_access_denied" or "team_access_not_granted" or "enterprise_is_restricted" or "accesslimited" =>
            "an administrator of the workspace has forbidden it; have it allowed, or name another channel",
        _ => null,
    };

    private sealed class ThreadGoneException : Exception;

    /// <summary>What Slack made of a message.</summary>
    /// <param name="Ts">Its number.</param>
    /// <param name="ThreadTs">The message that it replies to; null when it is one of its own.</param>
    private sealed record Posted(string? Ts, string? ThreadTs)
    {
        public static Posted Of(JsonElement body)
        {
            var message = body.TryGetProperty("message", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : body;
            return new Posted(Text(body, "ts"), Text(message, "thread_ts"));
        }

        private static string? Text(JsonElement body, string name) =>
            body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and < 64 } text ? text : null;
    }
}
