namespace DnsFailover.Dns;

/// <summary>Bytes that are no DNS message. The message says what is wrong and holds nothing of the content.</summary>
internal sealed class DnsFormatException(string message) : Exception(message);
