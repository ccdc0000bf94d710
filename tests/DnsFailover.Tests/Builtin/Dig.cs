using System.Diagnostics;
using System.Net;

namespace DnsFailover.Tests.Builtin;

/// <summary>BIND's client, as a second opinion on what a server sends.</summary>
internal static class Dig
{
    /// <summary>Asks one question, without recursion unless the arguments say otherwise.</summary>
    public static async Task<DigReply> AskAsync(IPEndPoint server, params string[] arguments)
    {
        Peers.Require("dig", "bind9-dnsutils");
        var start = new ProcessStartInfo("dig") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        string[] fixedArguments = ["-r", $"@{server.Address}", "-p", $"{server.Port}", "+norecurse", "+tries=1", "+time=3", "+nocookie"];
        foreach (var argument in fixedArguments.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return DigReply.Parse(output);
    }
}

/// <summary>What dig printed.</summary>
internal sealed record DigReply(string Status, string[] Flags, string[] Question, string[] Answer, string[] Authority, string[] Additional, string Text)
{
    public static DigReply Parse(string text) => new(
        Between(text, "status: ", ',') ?? "NONE",
        Words(Between(text, ";; flags:", ';') ?? string.Empty),
        Section(text, "QUESTION"),
        Section(text, "ANSWER"),
        Section(text, "AUTHORITY"),
        Section(text, "ADDITIONAL"),
        text);

    private static string? Between(string text, string before, char after)
    {
        var start = text.IndexOf(before, StringComparison.Ordinal);
        return start < 0 ? null : text[(start + before.Length)..].Split(after)[0];
    }

    private static string[] Words(string line) => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    private static string[] Section(string text, string name) =>
        [.. text.Split('\n')
            .SkipWhile(line => line != $";; {name} SECTION:")
            .Skip(1)
            .TakeWhile(line => line.Length > 0)
            .Select(line => string.Join(' ', Words(line.TrimStart(';'))))];
}
