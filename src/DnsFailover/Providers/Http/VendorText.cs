namespace DnsFailover.Providers.Http;

/// <summary>Makes what a vendor says fit for a message: short, on one line, and without the secrets that it may repeat.</summary>
internal static class VendorText
{
    private const int Longest = 300;

    /// <summary>The text without control characters and secrets, cut after 300 characters.</summary>
    /// <param name="text">As received.</param>
    /// <param name="secrets">What must not be in it.</param>
    public static string Clean(string text, params ReadOnlySpan<string> secrets)
    {
        foreach (var secret in secrets)
        {
            text = secret.Length > 0 ? text.Replace(secret, "***", StringComparison.Ordinal) : text;
        }

        var line = string.Concat(text.Take(Longest + 1).Select(c => char.IsControl(c) ? ' ' : c)).Trim();
        return line.Length > Longest ? $"{line[..Longest]}…" : line;
    }
}
