using System.Text.Json;
using DnsFailover.Providers.Http;

namespace DnsFailover.Providers.Hetzner;

/// <summary>Something that Hetzner has begun to do (https://docs.hetzner.cloud/reference/cloud#actions).</summary>
/// <param name="Id">Its id.</param>
/// <param name="Status"><c>running</c>, <c>success</c> or <c>error</c>.</param>
/// <param name="ErrorCode">Why it failed, as a code.</param>
/// <param name="ErrorMessage">Why it failed, in words.</param>
internal sealed record HetznerAction(long Id, string Status, string? ErrorCode, string? ErrorMessage)
{
    /// <summary>True once it is done, well or badly.</summary>
    public bool IsDone => Status is "success" or "error";

    /// <summary>Reads <c>action</c> of a reply.</summary>
    /// <exception cref="JsonException">It is not as documented.</exception>
    public static HetznerAction Read(JsonElement json)
    {
        var action = json.Object("action") ?? throw new JsonException("'action' is missing");
        var status = action.Text("status");
        var error = action.Object("error");
        return status is "running" or "success" or "error"
            ? new HetznerAction(action.LargeNumber("id"), status, error?.OptionalText("code"), error?.OptionalText("message"))
            : throw new JsonException($"the action's status is '{VendorText.Clean(status)}'");
    }
}

/// <summary>An action ended with an error; whether it has written something, only a read can tell.</summary>
internal sealed class ActionFailedException(HetznerAction action) : Exception
{
    private static readonly string[] PassingCodes = ["timeout", "locked", "conflict", "server_error", "service_error", "unavailable", "maintenance", "resource_unavailable"];

    /// <summary>Why, as Hetzner says it.</summary>
    public string Reason { get; } = VendorText.Clean($"{action.ErrorCode ?? "no code"}: {action.ErrorMessage}");

    /// <summary>True when it may work later.</summary>
    public bool MayPass { get; } = PassingCodes.Contains(action.ErrorCode);
}
