using System.Net;
using System.Text.Json;

namespace DnsFailover.Notifications;

/// <summary>What a webhook answered.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Word">
/// The body when it is one word such as <c>invalid_payload</c>, as Slack sends them; else empty. Nothing else of a
/// body is ever told, because error pages repeat the address, and the address is a secret.
/// </param>
/// <param name="IsWebPage">Whether the body is HTML, so that it was not a webhook that answered.</param>
/// <param name="RetryAfter">How long it asks us to wait (RFC 9110 section 10.2.3).</param>
internal sealed record WebhookReply(HttpStatusCode Status, string Word, bool IsWebPage, TimeSpan? RetryAfter)
{
    /// <summary>The beginning of the body, to look for what is known in it; never to be repeated.</summary>
    public byte[] Body { get; init; } = [];

    /// <summary>The body as JSON; null when it is none.</summary>
    public JsonElement? Json
    {
        get
        {
            try
            {
                var reader = new Utf8JsonReader(Body);
                return JsonElement.ParseValue(ref reader);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    /// <summary>2xx.</summary>
    public bool IsSuccess => (int)Status is >= 200 and <= 299;

    /// <summary>What a status means for the alert, where the body does not say more.</summary>
    public DeliveryFailure Failure => (int)Status switch
    {
        408 or 425 or 429 or >= 500 => DeliveryFailure.Transient,
        400 or 413 or 422 => DeliveryFailure.Refused,
        _ => DeliveryFailure.Misconfigured,
    };
}
